"""What the repository checks share: finding sources, reading data files, compiling, reporting."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
WARNINGS_C = WARNINGS + ["-Wstrict-prototypes", "-Wvla"]

CORTEX_M3 = ["-mcpu=cortex-m3", "-mthumb", "-ffreestanding", "-isystem", str(ROOT / "cmake/freestanding")]


def table(name, columns):
    """Rows of a data file: words, at least `columns` of them; # starts a comment."""
    rows = []
    for number, line in enumerate((HERE / name).read_text().splitlines(), 1):
        words = line.split("#")[0].split()
        if words and len(words) < columns:
            sys.exit(f"{name}:{number}: {columns} words expected")
        if words:
            rows.append(words)
    return rows


def sources(root, folders, endings=(".c", ".h")):
    found = []
    for folder in folders:
        base = root / folder
        if base.is_dir():
            found += [path for path in sorted(base.rglob("*")) if path.suffix in endings and path.is_file()]
    return found


def without_comments(text, keep_strings=False):
    """C text with comments (and contents of strings) blanked; line numbers stay."""

    def blank(match):
        piece = match.group(0)
        if piece.startswith("/"):
            return " " + "\n" * piece.count("\n")
        return piece if keep_strings else piece[0] + piece[-1]

    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def includes(path):
    """(line number, name, is quoted) of each #include."""
    found = []
    for number, line in enumerate(without_comments(path.read_text(), keep_strings=True).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
        if match:
            found.append((number, match.group(1) or match.group(2), match.group(1) is not None))
    return found


def need(program):
    """A program this check cannot do without; a skip (77), or a failure when CI is set."""
    if shutil.which(program):
        return
    print(f"{program} is missing; run tools/setup")
    sys.exit(1 if os.environ.get("CI") else 77)


def compile_all(compiler, flags, files, directory):
    """Compile each file to an object; returns the objects. Ends the check when one does not compile."""
    directory.mkdir(parents=True, exist_ok=True)

    def one(path):
        out = directory / (str(path.relative_to(ROOT)).replace("/", "_") + ".o")
        done = subprocess.run([compiler, *flags, "-c", str(path), "-o", str(out)], capture_output=True, text=True, cwd=directory)
        return out, done.returncode, done.stderr

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(one, files))
    failed = [text for _, code, text in results if code]
    if failed:
        print("".join(failed))
        sys.exit(1)
    return [out for out, _, _ in results]


class scratch:
    """A temporary directory of this check."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="warren-"))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def relative(path, root=ROOT):
    return path.relative_to(root)


def finish(problems, held):
    """Print and exit: the problems, or what held."""
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problem(s)")
        sys.exit(1)
    print(held)
    sys.exit(0)


def control(name, found, expected):
    """A self-test: the check must find what was planted."""
    if bool(found) != expected:
        print(f"control {name}: {'nothing was found' if expected else 'found ' + repr(found)}")
        sys.exit(1)
