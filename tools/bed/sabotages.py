"""Sabotages: patches that break the engine on purpose, and scratch copies of the tree to break."""

import concurrent.futures
import pathlib
import queue
import re
import shutil
import subprocess
import tempfile

from . import place, rates

FOLDER = place.ROOT / "fuzz/sabotage"
FIELDS = ("What", "Breaks", "Check", "Harness", "Run")
SECONDS = 300  # of one run; a sabotage that hangs a world is caught by nobody
BED = "bed"  # in Check: no check of the simulator is asked, the harnesses are
NONE = "none"  # in Check: a harmless edit


class Sabotage:
    """One patch and its head."""

    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.head = {}
        self.text = path.read_text()
        for number, line in enumerate(self.text.splitlines(), 1):
            if line.startswith("--- "):
                break
            match = re.match(r"(\w+):\s+(\S.*)$", line)
            if match and match.group(1) in FIELDS:
                self.head[match.group(1)] = match.group(2)
            elif line.strip():
                place.fail(2, f"{path}:{number}: '{line[:40]}' is no head line; {', '.join(FIELDS)}: each with a text, then the patch")
        for field in FIELDS:
            if field not in self.head and not (field == "Run" and self.head["Check"] == BED):
                place.fail(2, f"{path}:1: the head lacks '{field}:'; {', '.join(FIELDS)} stand before the patch")
        self.check = self.head["Check"]
        self.harnesses = self.head["Harness"].split()
        self.files = sorted(set(re.findall(r"^\+\+\+ b/(\S+)", self.text, re.M)))
        if not self.files:
            place.fail(2, f"{path}: changes no file; a unified diff with a/ and b/ in front of the names")

    def arguments(self):
        return self.head["Run"].split()

    def gotchas(self):
        return re.findall(r"\bG-\d+\b", self.head["Breaks"])

    def changed(self):
        """file -> the lines, of the sabotaged file, that are new, or stand where something is gone."""
        found, file, line = {}, None, 0
        for text in self.text.splitlines():
            hunk = re.match(r"@@ -\S+ \+(\d+)", text)
            if text.startswith("+++ b/"):
                file = text[6:].split()[0]
            elif hunk:
                line = int(hunk.group(1))
            elif file and text.startswith(("+", "-")) and not text.startswith("---"):
                found.setdefault(file, set()).add(line)
                line += text.startswith("+")
            elif file:
                line += 1
        return found


def everyone():
    return [Sabotage(path) for path in sorted(FOLDER.glob("*.patch"))]


def load(wanted):
    all_of_them = everyone()
    for word in wanted:
        if not any(word in (one.name, one.check) for one in all_of_them):
            place.fail(2, f"'{word}' is no sabotage and no check of one; tools/sabotage --list")
    return [one for one in all_of_them if one.name in wanted or one.check in wanted] if wanted else all_of_them


class Copy:
    """A scratch copy of the tree, built in one way or several, and again after each patch."""

    def __init__(self, folder):
        self.folder, self.whole = pathlib.Path(folder), {}
        listed = subprocess.run(["git", "-c", "safe.directory=*", "-C", place.ROOT, "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], capture_output=True, check=True)
        for name in listed.stdout.decode().split("\0"):
            if name and (place.ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(place.ROOT / name, self.folder / name)

    def configure(self, build, *arguments):
        """None, or why it does not configure. Warnings are no errors here."""
        if (self.folder / build / "build.ninja").is_file():
            return None
        done = place.run("cmake", "-S", self.folder, "-B", self.folder / build, "-G", "Ninja", "-DWARREN_WERROR=OFF",
                         "-DWARREN_BENCH=OFF", "-DCMAKE_BUILD_TYPE=None", *arguments)
        return None if done.returncode == 0 else (done.stdout + done.stderr)[-2000:]

    def preset(self, name, *arguments):
        """The same, by a preset."""
        if (self.folder / "build" / name / "build.ninja").is_file():
            return None
        done = place.run("cmake", "--preset", name, "-DWARREN_WERROR=OFF", *arguments, cwd=self.folder)
        return None if done.returncode == 0 else (done.stdout + done.stderr)[-2000:]

    def build(self, build, *targets, jobs=1):
        done = place.run("cmake", "--build", self.folder / build, "--parallel", jobs, *(["--target", *targets] if targets else []))
        return None if done.returncode == 0 else done.stdout[-2000:]

    def patch(self, sabotage):
        self.whole = {name: (self.folder / name).read_bytes() for name in sabotage.files}
        done = place.run("patch", "-p1", "--no-backup-if-mismatch", "-i", sabotage.path, cwd=self.folder)
        return None if done.returncode == 0 else done.stdout + done.stderr

    def restore(self):
        for name, text in self.whole.items():  # not from the tree, which may have changed since
            (self.folder / name).write_bytes(text)
        self.whole = {}

    def program(self, build, name):
        return self.folder / build / "bin" / name


def run_all(chosen, jobs, work, show, prepare=lambda copy: None):
    """Work on each, `jobs` at a time, every worker with a copy and a cache of its own; everything they say, in order."""
    copies, verdicts = queue.Queue(), []
    with tempfile.TemporaryDirectory(prefix="warren-sabotage-") as scratch:
        for i in range(jobs):
            folder = pathlib.Path(scratch) / str(i)
            folder.mkdir()
            copy = Copy(folder)
            prepare(copy)
            copies.put((copy, {}))

        def one(sabotage):
            copy, cache = copies.get()
            try:
                return work(copy, sabotage, cache)
            finally:
                copies.put((copy, cache))

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for verdict in pool.map(one, chosen):
                show(verdict)
                verdicts += verdict if isinstance(verdict, list) else [verdict]
    return verdicts


def problems(root=place.ROOT):
    """What does not fit any more, checks that nobody puts to the test, heads that name what does not exist."""
    found, all_of_them = [], everyone()
    for one in all_of_them:
        done = place.run("patch", "-p1", "--dry-run", "--force", "-i", one.path, cwd=root)
        if done.returncode:
            found.append(f"{place.short(one.path)}: does not fit: {done.stdout.strip().splitlines()[-1]}")
    ids = re.findall(r'^    \{"([SLT]\d+)",', (root / "sim/src/rules.c").read_text(), re.M)
    if not ids:
        found.append("sim/src/rules.c: no check found; the table has changed its shape")
    tested = {one.check for one in all_of_them}
    found += [f"{check}: no sabotage shows that it fires; a patch with 'Check: {check}' in fuzz/sabotage" for check in ids
              if check not in tested]
    names = {one.name for one in place.harnesses(root)} | set(rates.KINDS)
    for one in all_of_them:
        if one.check not in (*ids, BED, NONE):
            found.append(f"{place.short(one.path)}: Check: {one.check} is no check")
        found += [f"{place.short(one.path)}: Harness: {name} is no harness" for name in one.harnesses if name not in names]
    return found
