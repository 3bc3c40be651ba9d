"""Where things are: the tree, its harnesses and their corpora, and the builds they need."""

import configparser
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "out/fuzz"
CORPORA = ROOT / "corpora/fuzz"
REGRESS = ROOT / "corpora/regress"
CANARY = "canary"  # the harness that must fail
LLVM = pathlib.Path("/usr/lib/llvm-19/bin")
SYMBOLIZER = LLVM / "llvm-symbolizer"
PROJECT = ("engine/", "sim/", "fuzz/", "tools/")
NEEDED = {"clang-19": "clang-19", "cmake": "cmake", "ninja": "ninja-build"}


def fail(code, text):
    print(f"{os.path.relpath(sys.argv[0], ROOT)}: {text}", file=sys.stderr)
    sys.exit(code)


def need(programs):
    for program, package in programs.items():
        if not shutil.which(program):
            fail(3, f"{program} is missing; run tools/setup (Debian: {package})")


def environment():
    """Of a program that may fail: readable frames, three of which tell one failure from another."""
    found = dict(os.environ)
    found["ASAN_OPTIONS"] = f"dedup_token_length=3:quarantine_size_mb=8:malloc_context_size=2:external_symbolizer_path={SYMBOLIZER}:handle_abort=1"
    found["UBSAN_OPTIONS"] = f"print_stacktrace=1:external_symbolizer_path={SYMBOLIZER}"
    return found


class Harness:
    """One file of fuzz/, what it fuzzes, and what it feeds on."""

    def __init__(self, path, root=ROOT):
        self.path, self.name = path, path.stem
        self.seed = root / "corpora/fuzz" / self.name / "seed"
        self.grown = root / "corpora/fuzz" / self.name / "grown"
        self.regress = root / "corpora/regress" / self.name
        self.dictionary = root / f"fuzz/dict/{self.name}.dict"
        self.options = root / f"fuzz/options/{self.name}.options"
        self.out = root / "out/fuzz" / self.name

    def about(self):
        """The first sentence of the comment at its head."""
        head = re.match(r"\s*/\*+(.*?)\*/", self.path.read_text(), re.S)
        words = " ".join(line.strip().lstrip("*").strip() for line in head.group(1).splitlines()) if head else ""
        words = re.sub(rf"^\s*(?:H-\d+\S*\s+)?{self.name}\s*[:.,]\s*", "", words.strip())
        return re.split(r"(?<=[.:;])\s", words)[0].rstrip(".:;") if words else "(its file does not say)"

    def folders(self):
        """Of its corpora, those that are there."""
        return [folder for folder in (self.seed, self.grown, self.regress) if folder.is_dir()]

    def inputs(self):
        return [path for folder in self.folders() for path in sorted(folder.iterdir()) if is_input(path)]

    def flags(self):
        """Of libFuzzer, as its options file says."""
        if not self.options.is_file():
            return []
        parser = configparser.ConfigParser()
        try:
            parser.read_string(self.options.read_text())
            found = [f"-{key}={value}" for key, value in parser["libfuzzer"].items()] if "libfuzzer" in parser else []
        except configparser.Error as error:
            fail(2, f"{self.options.relative_to(ROOT)}: {' '.join(str(error).split())}; sections and 'key = value' lines are right")
        return [flag for flag in found if not flag.startswith("-dict=")]


def is_input(path):
    """A rendering of an input stands beside it, and is none."""
    return path.is_file() and not (path.suffix == ".txt" and path.with_suffix("").is_file())


def harnesses(root=ROOT):
    return [Harness(path, root) for path in sorted((root / "fuzz").glob("*.c"))]


def harness(name):
    for one in harnesses():
        if one.name == name:
            return one
    fail(2, f"'{name}' is no harness; tools/fuzz --list names them")


def chosen(names):
    return [harness(name) for name in names] if names else harnesses()


def bytes_of(paths):
    return sum(path.stat().st_size for path in paths)


def files_of(folder):
    return [path for path in sorted(folder.iterdir()) if is_input(path)] if folder.is_dir() else []


def run(*command, **more):
    return subprocess.run([str(word) for word in command], **{"capture_output": True, "text": True, "errors": "replace", **more})


def build(preset, targets, root=ROOT, quiet=True, jobs=None):
    """The folder of programs, after building; None and a text when that failed."""
    folder = root / "build" / preset
    need(NEEDED)
    if not (folder / "build.ninja").is_file():
        done = run("cmake", "--preset", preset, cwd=root)
        if done.returncode:
            return None, (done.stdout + done.stderr)[-2000:]
    done = run("cmake", "--build", "--preset", preset, "--parallel", jobs or os.cpu_count() or 1, "--target", *targets, cwd=root,
               capture_output=quiet)
    return (folder / "bin", None) if done.returncode == 0 else (None, ((done.stdout or "") + (done.stderr or ""))[-2000:])


def built(preset, targets, **more):
    folder, why = build(preset, targets, **more)
    if why is not None:
        fail(1, f"preset {preset} does not build:\n{why}")
    return folder


def short(path):
    """A name to show: relative to where the reader stands."""
    path = pathlib.Path(path)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def oracles(root=ROOT):
    """id -> the files of fuzz/ that fail with it."""
    found = {}
    for path in sorted([*(root / "fuzz").glob("*.c"), *(root / "fuzz/support").glob("*.[ch]"), *(root / "fuzz/driver").glob("*.c")]):
        text = path.read_text()
        ids = re.findall(r'\bfuzz_fail\(\s*"([a-z][\w-]*)"', text)
        ids += [match.group(1) for start in re.finditer(r"\bFUZZ_CHECK\(", text)
                if (match := re.compile(r'"([a-z][a-z0-9-]*)"').search(text, start.end(), start.end() + 600))]
        for name in ids:
            found.setdefault(name, []).append(str(path.relative_to(root)))
    return {name: sorted(set(files)) for name, files in sorted(found.items())}
