"""What a failure is: its key, its text, and a smaller input that fails alike."""

import re
import shutil
import subprocess

from . import place

ORACLE = re.compile(r"^oracle: ([\w.+-]+): (.*)$", re.M)
SUMMARY = re.compile(r"^SUMMARY: (\w+): (\S+)", re.M)
RUNTIME = re.compile(r"^(\S+?):(\d+):\d+: runtime error: (.*)$", re.M)
FRAME = re.compile(r"^\s*#\d+ 0x[0-9a-f]+ in (\S+) (\S+)", re.M)
SECONDS = 60  # that a single input may take


def frames(text, count=3):
    """The topmost functions of the project."""
    found = [name for name, where in FRAME.findall(text) if where.startswith(place.PROJECT) and name != "fuzz_fail"]
    return found[:count]


def key(text):
    """The key of a failure: the id of its oracle; else kind and frames. None: nothing in this text failed."""
    oracle = ORACLE.search(text)
    if oracle:
        return oracle.group(1)
    runtime, summary = RUNTIME.search(text), SUMMARY.search(text)
    kind = "undefined" if runtime else summary.group(2) if summary else None
    if not kind and "libFuzzer: timeout" in text:
        kind = "timeout"
    if not kind:
        return None
    return "-".join([kind, *frames(text)]).replace("/", "_")


def why(text):
    """One line for a reader."""
    oracle, runtime, summary = ORACLE.search(text), RUNTIME.search(text), SUMMARY.search(text)
    if oracle:
        return f"{oracle.group(1)}: {oracle.group(2)}"
    if runtime:
        return f"{runtime.group(1)}:{runtime.group(2)}: {runtime.group(3)}"
    return " ".join([summary.group(2) if summary else "failed", *frames(text)])


def again(program, path, seconds=SECONDS):
    """What one input does: its key (None when it does not fail) and everything it said."""
    try:
        done = place.run(program, f"-timeout={seconds}", path, env=place.environment(), timeout=seconds * 2)
    except subprocess.TimeoutExpired:
        return "timeout", f"no end within {seconds * 2} s"
    text = done.stdout + done.stderr
    return (key(text) or f"exit-{done.returncode}", text) if done.returncode else (None, text)


def smaller(program, path, wanted, to, seconds=30):
    """A minimised copy of a failing input at `to`, if it fails with the same key; the input itself otherwise."""
    trial = to.with_name(to.name + ".trial")
    try:
        place.run(program, "-minimize_crash=1", f"-max_total_time={seconds}", "-runs=100000", f"-exact_artifact_path={trial}", path,
                  env=place.environment(), timeout=seconds + 60)
    except subprocess.TimeoutExpired:
        pass
    source = path
    if trial.is_file() and trial.stat().st_size <= path.stat().st_size and again(program, trial)[0] == wanted:
        source = trial
    if source != to:
        shutil.copyfile(source, to)
    trial.unlink(missing_ok=True)
    return to
