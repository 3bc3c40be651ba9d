"""What the bed sees of one sabotage: stage by stage, who noticed it, by which oracle, after how long."""

import argparse
import json
import re
import subprocess
import time

from . import campaign, coverage, place, sabotages, triage

STAGES = ("replay", "unit", "fuzz", "swarm")
TESTS, FUZZ, COVER = "build/release", "build/fuzz", "build/fuzz-cover"
UNIT_SECONDS = 600


ASKED = []  # harnesses that are asked whatever a patch says


def present(sabotage, copy):
    """The harnesses near it, as far as they exist."""
    names = {one.name for one in place.harnesses(copy.folder)}
    return [name for name in ASKED or sabotage.harnesses if name in names]


def passed(begun):
    return round(time.monotonic() - begun, 1)


def nobody(seconds):
    return {"caught": False, "seconds": seconds}


def failing(copy, build, name, seconds):
    """Why one harness fails over its committed corpora, by the plain driver: oracle and words; None when it holds."""
    folders = place.Harness(copy.folder / f"fuzz/{name}.c", copy.folder).folders()
    if not folders:
        return None
    try:
        done = place.run(copy.program(build, f"replay-{name}"), *folders, timeout=seconds)
    except subprocess.TimeoutExpired:
        return {"oracle": "timeout"}
    text = done.stdout + done.stderr
    return {"oracle": triage.key(text) or f"exit-{done.returncode}", "why": triage.why(text)} if done.returncode else None


def replay(copy, sabotage, _settings):
    """The committed corpora, by the plain driver."""
    begun = time.monotonic()
    for name in present(sabotage, copy):
        found = failing(copy, TESTS, name, UNIT_SECONDS)
        if found:
            return {"caught": True, "by": name, **found, "seconds": passed(begun)}
    return nobody(passed(begun))


def unit(copy, _sabotage, _settings, build=TESTS, label="^(engine|sim)$"):
    """The unit tests of the engine and of the simulator."""
    begun = time.monotonic()
    done = place.run("ctest", "--test-dir", copy.folder / build, "-L", label, "-LE", "memcheck", "--timeout", "120", "--parallel", "1")
    failed = re.findall(r"^\s*\d+ - (\S+) \(", done.stdout, re.M)
    if done.returncode == 0:
        return nobody(passed(begun))
    return {"caught": True, "by": "ctest", "oracle": " ".join(failed[:4]) or f"exit-{done.returncode}", "count": len(failed),
            "seconds": passed(begun)}


def fuzz(copy, sabotage, settings):
    """Each harness near it for a while, from the committed corpora, with an empty work corpus."""
    spent, executions = 0.0, 0
    for name in present(sabotage, copy):
        one = place.Harness(copy.folder / f"fuzz/{name}.c", copy.folder)
        one.out = copy.folder / "out/fuzz" / sabotage.name / name
        options = argparse.Namespace(seed=settings.seed, jobs=1, quiet=True)
        found = campaign.fuzz(one, copy.program(FUZZ, f"fuzz-{name}"), options, settings.seconds)
        spent, executions = spent + found["seconds"], executions + found["executions"]
        if found["failures"]:
            first = found["failures"][0]
            return {"caught": True, "by": name, "oracle": first["key"], "why": first["why"], "seconds": round(spent, 1),
                    "executions": executions}
    return {**nobody(round(spent, 1)), "executions": executions}


def swarm_of(copy, settings):
    done = place.run(copy.program(TESTS, "warren"), "swarm", "--seeds", f"1..{settings.worlds}", "--jobs", "1", "--quiet", "--json", "-",
                     timeout=sabotages.SECONDS * 2)
    return json.loads(done.stdout)


def swarm(copy, _sabotage, settings):
    """Random worlds, and their hash beside the honest one's."""
    begun = time.monotonic()
    try:
        results = swarm_of(copy, settings)
    except subprocess.TimeoutExpired:
        return {"caught": True, "by": "swarm", "oracle": "timeout", "seconds": passed(begun)}
    except ValueError:
        return {"caught": True, "by": "swarm", "oracle": "crash", "seconds": passed(begun)}
    row = {**nobody(passed(begun)), "hash": results["trace_hash"]}
    if results["failures"]:
        first = results["failures"][0]
        row.update(caught=True, by=f"seed {first['seed']}", oracle=first["what"].split()[0], why=first["what"], count=len(results["failures"]))
    return row


def reached(copy, sabotage):
    """Whether the corpora of the harnesses near it execute a line that it changes."""
    names = present(sabotage, copy)
    if not names:
        return False
    why = copy.preset("fuzz-cover") or copy.build(COVER, *(f"replay-{name}" for name in names))
    if why:
        return None
    lines = coverage.executed(copy.folder, copy.folder / COVER / "bin", names, sabotage.files)
    return any(count & lines.get(file, set()) for file, count in sabotage.changed().items())


def prepare(copy, stages):
    """Configure what these stages need."""
    why = None
    if {"replay", "unit", "swarm"} & set(stages):
        why = copy.preset("release", "-DWARREN_BENCH=OFF", "-DWARREN_REPO=OFF", "-DCMAKE_C_FLAGS_NONE=-O1")
    if not why and "fuzz" in stages:
        why = copy.preset("fuzz")
    if why:
        place.fail(1, f"a scratch copy does not configure:\n{why}")


def build(copy, sabotage, stages):
    names = present(sabotage, copy)
    wanted = (["warren"] if "swarm" in stages else []) + ([f"replay-{name}" for name in names] if "replay" in stages else [])
    why = copy.build(TESTS, *([] if "unit" in stages else wanted)) if "unit" in stages or wanted else None
    if not why and "fuzz" in stages and names:
        why = copy.build(FUZZ, *(f"fuzz-{name}" for name in names))
    return why


def grade(copy, sabotage, cache, settings):
    """One row of the table."""
    row = {"sabotage": sabotage.name, "check": sabotage.check, "breaks": sabotage.head["Breaks"], "harnesses": present(sabotage, copy)}
    if "swarm" in settings.stages and "hash" not in cache:
        why = copy.build(TESTS, "warren")
        if why:
            return {**row, "result": "broken", "why": why}
        cache["hash"] = swarm_of(copy, settings)["trace_hash"]
    why = copy.patch(sabotage) or build(copy, sabotage, settings.stages)
    if why:
        copy.restore()
        return {**row, "result": "broken", "why": why}
    stages = {name: globals()[name](copy, sabotage, settings) for name in STAGES if name in settings.stages}
    caught = any(stage["caught"] for stage in stages.values())
    if sabotage.check == sabotages.NONE:
        row["result"] = "accused" if caught else "silent"
    else:
        row["result"] = "caught" if caught else "escaped"
        if not caught:
            changed = stages.get("swarm", {}).get("hash", cache.get("hash")) != cache.get("hash")
            row["seen"] = "triggered" if changed else "reached" if reached(copy, sabotage) else "unseen"
    copy.restore()
    return {**row, "stages": stages}


def good(row):
    return row["result"] in ("caught", "silent")
