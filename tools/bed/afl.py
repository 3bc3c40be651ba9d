"""One harness fuzzed for a while by AFL++; what it finds comes into the work corpus by libFuzzer's merge, and is judged by the same program."""

import hashlib
import os
import shutil
import subprocess
import time

from . import campaign, place

NEEDED = {"afl-fuzz": "afl++", "afl-clang-fast": "afl++ libclang-rt-14-dev"}
TEXT = ("uapi", "wgconf", "scenario_text", "capfile", "keys_text")  # where looking into comparisons pays
QUIET = {"AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
         "AFL_AUTORESUME": "1", "AFL_BENCH_UNTIL_CRASH": "1", "AFL_CMPLOG_ONLY_NEW": "1", "AFL_FAST_CAL": "1", "AFL_QUIET": "1",
         "ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0", "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:symbolize=0"}


def build(names, quiet):
    """The folders of the instrumented programs and, for text, of those whose comparisons are looked into."""
    place.need(NEEDED)
    os.environ["AFL_QUIET"] = "1"
    targets = [f"fuzz-{name}" for name in names]
    plain = place.built("fuzz-afl", targets, quiet=quiet)
    text = [f"fuzz-{name}" for name in names if name in TEXT]
    return plain, place.built("fuzz-cmplog", text, quiet=quiet) if text else None


def stats(folder):
    path = folder / "fuzzer_stats"
    rows = [line.split(":", 1) for line in path.read_text().splitlines() if ":" in line] if path.is_file() else []
    return {key.strip(): value.strip() for key, value in rows}


def seeds(harness, out):
    folder = out / "in"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for i, path in enumerate([*harness.inputs(), *place.files_of(harness.out / "corpus")]):
        if path.stat().st_size:
            shutil.copyfile(path, folder / f"{i:05}")
    if not any(folder.iterdir()):
        (folder / "zero").write_bytes(b"\0")
    return folder


def start(harness, programs, options, out, seconds, runs):
    plain, compared = programs
    source, jobs = seeds(harness, out), []
    for number in range(options.jobs):
        name = "main" if number == 0 else f"job{number}"
        command = ["afl-fuzz", "-i", source, "-o", out / "sync", "-M" if number == 0 else "-S", name, "-m", "none", "-t", "1000+",
                   "-s", options.seed + number]
        command += ["-V", int(seconds)] if seconds else []
        command += ["-E", runs] if runs else []
        command += ["-x", harness.dictionary] if harness.dictionary.is_file() else []
        if compared and number == options.jobs - 1:
            command += ["-c", compared / f"fuzz-{harness.name}"]
        command += ["--", plain / f"fuzz-{harness.name}"]
        log = (harness.out / f"afl-{number}.txt").open("w")
        jobs.append((name, subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, cwd=place.ROOT,
                                            env={**os.environ, **QUIET})))
    return jobs


def take_over(harness, judge, out, begun):
    """New crashes among the others' crashes; the queue, merged into the work corpus."""
    for path in sorted(out.glob("sync/*/crashes/id:*")):
        if path.stat().st_mtime >= begun - 1:
            data = path.read_bytes()
            (harness.out / "crashes" / f"crash-{hashlib.sha1(data).hexdigest()}").write_bytes(data)
    queues = sorted(out.glob("sync/*/queue"))
    if queues:
        place.run(judge, "-merge=1", *harness.flags(), harness.out / "corpus", *queues, env=place.environment(), cwd=place.ROOT)


def fuzz(harness, programs, judge, options, seconds=0, runs=0):
    """As campaign.fuzz; `judge` is the program that libFuzzer drives."""
    campaign.prepare(harness)
    out, begun, progress = harness.out / "afl", time.time(), campaign.Progress(options.quiet)
    jobs = start(harness, programs, options, out, seconds, runs)
    try:
        while all(process.poll() is None for _, process in jobs):
            time.sleep(0.5)
            rows = [stats(out / "sync" / name) for name, _ in jobs]
            progress.show(f"{harness.name}: {time.time() - begun:.0f} s, {sum(int(row.get('execs_done', 0)) for row in rows)} executions, "
                          f"{max(int(row.get('corpus_count', 0)) for row in rows)} inputs")
    except KeyboardInterrupt:
        pass
    for _, process in jobs:
        if process.poll() is None:
            process.terminate()
        process.wait()
    progress.end()
    took = time.time() - begun
    take_over(harness, judge, out, begun)
    rows = [stats(out / "sync" / name) for name, _ in jobs]
    executions = sum(int(row.get("execs_done", 0)) for row in rows)
    found = {"harness": harness.name, "engine": "afl", "seed": options.seed, "jobs": len(jobs), "seconds": round(took, 1),
             "executions": executions, "rate": round(executions / took), "edges": max(int(row.get("edges_found", 0)) for row in rows),
             "inputs": len(place.files_of(harness.out / "corpus")), "failures": []}
    for path in campaign.crashes(harness, begun - 1):
        found["failures"].append(campaign.failure_of(judge, path))
    if not any(rows):
        text = (harness.out / "afl-0.txt").read_text(errors="replace").strip().splitlines()
        found["failures"].append({"key": "afl", "why": next((line for line in text if "PROGRAM ABORT" in line), text[-1] if text else "no word"),
                                  "file": place.short(harness.out / "afl-0.txt"), "command": " ".join(map(str, jobs[0][1].args))})
    return found
