"""The corpora over harnesses built for another machine.

    cross.py [--grown N] [--emulator PROGRAM] HARNESS=PROGRAM...

Each program gets all seeds and all that once failed of its harness, and at most N of its grown inputs, spread over the folder
(all of them without --grown).
Says what was replayed and what was left out. Exit codes: 0 none failed; 1 one did; 2 bad usage."""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = 20  # for one input


def inputs(folder):
    """Files of a folder, without hidden ones and renderings (NAME.txt beside NAME)."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    there = set(names)
    names = [name for name in names if not name.startswith(".") and not (name.endswith(".txt") and name[:-4] in there)]
    return [os.path.join(folder, name) for name in names if os.path.isfile(os.path.join(folder, name))]


def spread(names, most):
    """So many of them, evenly."""
    return [names[i * len(names) // most] for i in range(most)] if len(names) > most else names


def replay(job):
    """What a harness said over its inputs, and whether it is right."""
    name, command, most = job
    always = inputs(f"corpora/fuzz/{name}/seed") + inputs(f"corpora/regress/{name}")
    grown = inputs(f"corpora/fuzz/{name}/grown")
    some = spread(grown, most)
    if not always:
        return False, f"{name}: no seeds in corpora/fuzz/{name}/seed"
    done = subprocess.run([*command, "--seconds", str(SECONDS), *always, *some], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="replace", check=False)
    right = f"{name}: {len(always) + len(some)} inputs\n"
    line = f"{name}: {len(always)} seeds and past failures, {len(some)} of {len(grown)} grown inputs"
    if done.returncode == 0 and done.stdout == right:
        return True, line
    return False, f"{line}: exit code {done.returncode}, {right.strip()!r} is right\n{done.stdout}{done.stderr}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grown", type=int, default=sys.maxsize, metavar="N")
    parser.add_argument("--emulator", default="", metavar="PROGRAM")
    parser.add_argument("programs", nargs="+", metavar="HARNESS=PROGRAM")
    options = parser.parse_args()
    os.chdir(ROOT)
    jobs = []
    for program in options.programs:
        name, equals, path = program.partition("=")
        if not equals or options.grown < 1:
            parser.error(f"{program}: HARNESS=PROGRAM is right, and --grown of 1 or more")
        jobs.append((name, ([options.emulator] if options.emulator else []) + [path], options.grown))
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        results = list(pool.map(replay, jobs))
    for _, text in results:
        print(text)
    bad = sum(not good for good, _ in results)
    print(f"{len(results)} harnesses, {bad} failed, {time.monotonic() - begin:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
