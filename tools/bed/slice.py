"""What continuous integration fuzzes: a fixed number of runs of each harness, from the committed corpora, with a fixed seed."""

import base64
import concurrent.futures
import pathlib
import tempfile

from . import campaign, place, rates

SECONDS = 20  # of one harness, about, on the machine below
LOOPS = 11000  # of the loop of rates.py in a second, on a shared machine of 2026
SLOWER = 2  # a fuzzing process runs slower than a replaying one
# Committed are inputs of one or two things, and what is made of them does more.
LONGER = {"allowedips": 3, "keypairs": 3, "ratelimit_cookie": 4, "sim_schedule": 2, "tun_gso": 2, "tx_path": 6, "uapi": 6, "wgconf": 2}
FEW = 2000  # runs of a harness whose rate is not stored
BOUND = 150  # seconds that no harness may pass, however slow the machine
CANARY_RUNS = 100000
SHORT = 3000  # bytes of an input that a problem shows


class Settings:
    seed, jobs, quiet = 1, 1, True


def runs_of(name, share):
    """The same number on every machine: the stored rate is a share of a loop."""
    stored = rates.stored()
    runs = stored[name] * LOOPS * SECONDS / SLOWER / LONGER.get(name, 1) if name in stored else FEW
    return max(100, int(runs * share) // 100 * 100)


def one_harness(name, program, scratch, share):
    one = place.harness(name)
    one.out = pathlib.Path(scratch) / name
    if name == place.CANARY:
        return campaign.fuzz(one, program, Settings, BOUND, CANARY_RUNS)
    return campaign.fuzz(one, program, Settings, BOUND, runs_of(name, share))


def problem(name, failure, share):
    """With the input, which is gone with the scratch directory, or as good as gone where only the log is kept."""
    text = f"{name}: {failure['why']}; again: tools/fuzz {name} --runs {runs_of(name, share)} --seed 1"
    path = place.ROOT / failure["file"]
    if not path.is_file() or path.stat().st_size > SHORT:
        return text
    return f"{text}\n  its input: base64 -d <<< {base64.b64encode(path.read_bytes()).decode()} > input"


def check(wanted, jobs, share=1.0):
    """Problems, after every harness had its runs; the canary must be caught, all others must hold."""
    names = [one.name for one in wanted]
    folder = place.built("fuzz", [f"fuzz-{name}" for name in names])
    problems = []
    with tempfile.TemporaryDirectory(prefix="warren-fuzz-") as scratch, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        work = [pool.submit(one_harness, name, folder / f"fuzz-{name}", scratch, share) for name in names]
        for name, future in zip(names, work):
            found = future.result()
            failed = found["failures"]
            print(f"{name:18} {found['executions']:9} executions {found['seconds']:6} s  "
                  f"{failed[0]['key'] if failed else 'nothing failed'}", flush=True)
            if name == place.CANARY and not failed:
                problems.append("the canary was not caught: what is silent is not to be believed")
            elif name == place.CANARY:
                continue
            for failure in failed:
                problems.append(problem(name, failure, share))
            if not failed and found["executions"] == 0:
                problems.append(f"{name}: nothing was executed")
    return problems
