"""One job for a machine among many: a commit, a harness, a seed, seconds; one line of JSON comes back."""

import base64
import fcntl
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

from . import campaign, place

JOBS = place.OUT / "jobs"
SENT = 64 << 10  # bytes of a failing input that go into the line


class Settings:
    def __init__(self, seed):
        self.seed, self.jobs, self.quiet = seed, 1, True


def tree_of(commit):
    """The commit's tree in a folder of its own, whole or not at all."""
    done = place.run("git", "-c", "safe.directory=*", "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", cwd=place.ROOT)
    full = done.stdout.strip()
    if not re.fullmatch(r"[0-9a-f]{40}", full):
        place.fail(2, f"'{commit}' is no commit of this repository")
    folder = JOBS / full[:12]
    if not (folder / "CMakeLists.txt").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.Popen(["git", "-c", "safe.directory=*", "-C", place.ROOT, "archive", full], stdout=subprocess.PIPE)
        with tarfile.open(fileobj=archive.stdout, mode="r|") as tar:
            tar.extractall(folder)
        archive.wait()
    return full, folder


def play(commit, name, seed, seconds):
    if not seed.isdigit() or not seconds.isdigit() or int(seconds) < 1:
        place.fail(2, f"--job COMMIT HARNESS SEED SECONDS: '{seed} {seconds}' are not two numbers")
    JOBS.mkdir(parents=True, exist_ok=True)
    with (JOBS / "lock").open("w") as lock:  # many jobs of one machine share the tree and its build
        fcntl.flock(lock, fcntl.LOCK_EX)
        full, folder = tree_of(commit)
        if not (folder / f"fuzz/{name}.c").is_file():
            place.fail(2, f"'{name}' is no harness of {full[:12]}")
        programs, why = place.build("fuzz", [f"fuzz-{name}"], root=folder)
    if why is not None:
        place.fail(1, f"{full[:12]} does not build:\n{why}")
    one = place.Harness(folder / f"fuzz/{name}.c", folder)
    with tempfile.TemporaryDirectory(prefix="warren-job-") as scratch:
        one.out = pathlib.Path(scratch)
        found = campaign.fuzz(one, programs / f"fuzz-{name}", Settings(int(seed)), int(seconds))
        for failure in found["failures"]:
            path = pathlib.Path(failure.pop("file"))
            failure.pop("command")
            if path.is_file() and path.stat().st_size <= SENT:
                failure["input"] = base64.b64encode(path.read_bytes()).decode()
    line = {"commit": full, **found, "command": f"tools/fuzz --job {full[:12]} {name} {seed} {seconds}"}
    json.dump(line, sys.stdout)
    print()
    return 1 if found["failures"] else 0


def collect(paths):
    """What came back: a line for each harness, and the failing inputs in the harness's folder of crashes."""
    rows, failures = {}, {}
    for path in paths:
        try:
            lines = pathlib.Path(path).read_text().splitlines()
        except OSError as error:
            place.fail(2, f"{path}: {error.strerror}")
        for number, text in enumerate(lines, 1):
            try:
                line = json.loads(text)
                row = rows.setdefault(line["harness"], [0, 0.0, 0, 0])
                for i, value in enumerate((1, line["seconds"], line["executions"], len(line["failures"]))):
                    row[i] += value
                for failure in line["failures"]:
                    failures.setdefault((line["harness"], failure["key"]), (failure, line["command"]))
            except (ValueError, KeyError, TypeError):
                place.fail(2, f"{path}:{number}: no line of tools/fuzz --job")
    for name, (jobs, seconds, executions, failed) in sorted(rows.items()):
        print(f"{name:18} {jobs:5} jobs {seconds / 3600:8.2f} h {executions:14} executions {failed:4} failed")
    for (name, key), (failure, command) in sorted(failures.items()):
        print(f"FAILED {failure['why']}\n  again   {command}")
        if "input" in failure:
            data = base64.b64decode(failure["input"])
            target = place.OUT / name / "crashes" / f"crash-{hashlib.sha1(data).hexdigest()}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            print(f"  input   {place.short(target)}")
    return 1 if failures else 0
