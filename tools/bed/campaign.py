"""One harness fuzzed for a while by libFuzzer: several processes over one work corpus."""

import functools
import re
import shutil
import subprocess
import sys
import time

from . import place, triage

STATUS = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/\S+.*?exec/s: (\d+)", re.M)
EXECUTED = re.compile(r"^stat::number_of_executed_units:\s+(\d+)", re.M)
EVERY = 10  # seconds between lines of progress where nobody watches


@functools.cache
def same_addresses():
    """What to put before a command so that addresses, which libFuzzer compares and learns from, are the same in each run."""
    words = ("setarch", "-R")
    return words if shutil.which(words[0]) and place.run(*words, "true").returncode == 0 else ()


class Job:
    """One process of libFuzzer and its log. Alone it does the same with the same seed, program and corpora; what several find for one
    another depends on the clock."""

    def __init__(self, harness, program, number, options, bounds):
        self.log = harness.out / f"log-{number}.txt"
        folders = [harness.out / "corpus", *harness.folders()]
        alone = options.jobs == 1
        command = [*(same_addresses() if alone else ()), program, f"-seed={options.seed + number}", f"-reload={0 if alone else 1}",
                   "-print_final_stats=1",
                   f"-artifact_prefix={harness.out}/crashes/", *harness.flags(), *bounds]
        if harness.dictionary.is_file():
            command.append(f"-dict={harness.dictionary}")
        self.command = [str(word) for word in [*command, *folders]]
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=self.log.open("w"), cwd=place.ROOT,
                                        env=place.environment())

    def text(self):
        return self.log.read_text(errors="replace")

    def status(self):
        """Executions, edges, features, inputs, executions a second: the newest."""
        found = STATUS.findall(self.text())
        return tuple(int(word) for word in found[-1]) if found else (0, 0, 0, 0, 0)

    def executed(self):
        found = EXECUTED.search(self.text())
        return int(found.group(1)) if found else self.status()[0]


class Progress:
    """A line that renews itself on a terminal, plain lines elsewhere."""

    def __init__(self, quiet):
        self.quiet, self.live, self.last = quiet, sys.stdout.isatty(), time.monotonic()

    def show(self, text):
        now = time.monotonic()
        if self.quiet or (not self.live and now - self.last < EVERY):
            return
        self.last = now
        print(f"\r\033[K{text}" if self.live else text, end="" if self.live else "\n", flush=True)

    def end(self):
        if self.live and not self.quiet:
            print("\r\033[K", end="")


def crashes(harness, since=0.0):
    folder = harness.out / "crashes"
    return [path for path in place.files_of(folder) if path.stat().st_mtime >= since]


def prepare(harness):
    for name in ("corpus", "crashes"):
        (harness.out / name).mkdir(parents=True, exist_ok=True)


def fuzz(harness, program, options, seconds=0, runs=0):
    """Fuzz; the summary, as a dictionary that JSON can hold. Ends at the first failure."""
    prepare(harness)
    bounds = ([f"-max_total_time={int(seconds)}"] if seconds else []) + ([f"-runs={runs}"] if runs else [])
    begun, progress = time.time(), Progress(options.quiet)
    jobs = [Job(harness, program, number, options, bounds) for number in range(options.jobs)]
    try:
        while all(job.process.poll() is None for job in jobs):
            time.sleep(0.2)
            states = [job.status() for job in jobs]
            progress.show(f"{harness.name}: {time.time() - begun:.0f} s, {sum(state[0] for state in states)} executions, "
                          f"{sum(state[4] for state in states)}/s, {max(state[1] for state in states)} edges, "
                          f"{max(state[3] for state in states)} inputs")
        if any(job.process.poll() for job in jobs):  # one has failed: the others need not go on
            stop(jobs)
        for job in jobs:
            job.process.wait()
    except KeyboardInterrupt:
        stop(jobs)
    progress.end()
    return summary(harness, program, options, jobs, begun)


def failure_of(program, path):
    """What an input that failed is: key, text, file, and the command that repeats it."""
    failure, text = triage.again(program, path)
    return {"key": failure or "not-again", "why": triage.why(text) if failure else "this input alone does not fail",
            "file": place.short(path), "command": f"{place.short(program)} {place.short(path)}"}


def stop(jobs):
    for job in jobs:
        if job.process.poll() is None:
            job.process.terminate()
    for job in jobs:
        try:
            job.process.wait(10)
        except subprocess.TimeoutExpired:
            job.process.kill()
            job.process.wait()


def summary(harness, program, options, jobs, begun):
    took = time.time() - begun
    executions = sum(job.executed() for job in jobs)
    found = {"harness": harness.name, "seed": options.seed, "jobs": len(jobs), "seconds": round(took, 1), "executions": executions,
             "rate": round(executions / took) if took else 0, "edges": max(job.status()[1] for job in jobs),
             "inputs": len(place.files_of(harness.out / "corpus")), "failures": []}
    for path in crashes(harness, begun - 1):
        failure = failure_of(program, path)
        if failure["key"] == "not-again":  # what it was when it did
            failure["why"] += "; " + "; ".join(triage.why(job.text()) for job in jobs if triage.key(job.text()))
        found["failures"].append(failure)
    broken = [job for job in jobs if job.process.returncode not in (0, -15, None)]
    if broken and not found["failures"]:  # it failed before any input did, or without leaving one
        text = broken[0].text()
        found["failures"].append({"key": triage.key(text) or f"exit-{broken[0].process.returncode}", "file": place.short(broken[0].log),
                                  "why": triage.why(text) if triage.key(text) else (text.strip().splitlines() or ["no word"])[-1][:200],
                                  "command": " ".join(place.short(word) if word.startswith("/") else word for word in broken[0].command)})
    return found


def tell(found):
    print(f"{found['harness']}: {found['executions']} executions in {found['seconds']} s ({found['rate']}/s), {found['edges']} edges, "
          f"{found['inputs']} inputs in out/fuzz/{found['harness']}/corpus")
    for one in found["failures"]:
        print(f"FAILED {one['why']}\n  oracle  {one['key']}\n  input   {one['file']}\n  again   {one['command']}")
