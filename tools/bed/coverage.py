"""What the corpora reach by replay alone: a table for each harness and all of them, a report in HTML, a ratchet."""

import json
import os
import pathlib
import tempfile

from . import place, sides

PRESET = "fuzz-cover"
PROFDATA, COV = place.LLVM / "llvm-profdata", place.LLVM / "llvm-cov"
RATCHET = place.CORPORA / "coverage.txt"
REPORT = place.OUT / "coverage"
ENGINE = "engine/src/"
MEASURES = ("lines", "branches", "mcdc")
CORE = tuple(f"engine/src/{room}.c" for room in ("wire", "noise", "rotation", "window", "timers"))
GOALS = (("engine lines", "lines", 95.0, None), ("engine branches", "branches", 90.0, None), ("core MC/DC", "mcdc", 80.0, CORE))
READERS = {"capfile": ("tools/pcap/", "tools/capture/"), "wgconf": ("tools/wgconf/",), "scenario_text": ("sim/scenario/",),
           "tun_gso": ("tools/offload/",)}  # what a harness is about when it is not about the engine
READ = 85.0  # per cent of their lines
SHOWN = 10  # functions and branches, in the table of a harness
HEAD = """# What replaying the corpora reaches, written by tools/fuzz --coverage --write; --ratchet fails when a harness, or all of them
# together, reach less.
# harness    regions reached, branches (one side each) reached
# engine     lines, branches, conditions (MC/DC) that the harnesses reach together
"""


def replay(root, programs, name, scratch, reached=None):
    """The profile of one harness over its corpora, or None when it has none. What it says it reached is added up."""
    folders = place.Harness(root / f"fuzz/{name}.c", root).folders()
    if not folders:
        return None
    raw = pathlib.Path(scratch) / f"{name}.profraw"
    done = place.run(programs / f"replay-{name}", *(["--reached"] if reached is not None else []), *folders, cwd=root, env={**os.environ, "LLVM_PROFILE_FILE": str(raw)})
    if done.returncode or not raw.is_file():
        place.fail(1, f"replaying the corpora of {name} fails:\n{(done.stdout + done.stderr)[-800:]}")
    if reached is not None:
        add_reached(reached, done.stdout)
    return merged([raw], pathlib.Path(scratch) / f"{name}.profdata")


def add_reached(reached, text):
    """Lines 'reached reason replay 12' and 'reached pair S0/data 3' of one replay: (kind, name) -> how often."""
    for line in text.splitlines():
        if line.startswith("reached "):
            _, kind, name, count = line.split()
            reached[kind, name] = reached.get((kind, name), 0) + int(count)


def missing(reached):
    """Reasons to drop, and messages in snapshots, that no input of any corpus came to."""
    return [f"no input comes to {kind} {name}" for (kind, name), count in reached.items() if count == 0]


def merged(profiles, to):
    done = place.run(PROFDATA, "merge", "-sparse", *profiles, "-o", to)
    if done.returncode:
        place.fail(1, f"{PROFDATA}: {done.stderr.strip()[:300]}")
    return to


def objects(programs, names):
    first, *rest = (programs / f"replay-{name}" for name in names)
    return [first, *(word for other in rest for word in ("-object", other))]


def export(root, programs, names, profile, without="fuzz|sim|tools"):
    done = place.run(COV, "export", *objects(programs, names), f"-instr-profile={profile}", f"-ignore-filename-regex=^({without})/",
                     cwd=root)
    if done.returncode:
        place.fail(1, f"{COV}: {done.stderr.strip()[:300]}")
    return json.loads(done.stdout)["data"][0]


def engine_files(data, only=None):
    return [one for one in data["files"] if (one["filename"] in only if only else one["filename"].startswith(ENGINE))]


def counted(data, measure, only=None):
    """(reached, all) of one measure over the engine."""
    rows = [one["summary"][measure] for one in engine_files(data, only)]
    return sum(row["covered"] for row in rows), sum(row["count"] for row in rows)


def share(pair):
    return f"{100 * pair[0] / pair[1]:5.1f} %" if pair[1] else "    -  "


def unreached(data):
    """(regions, name, file, line) of functions that are linked and never called, largest first."""
    found = {}
    for one in data["functions"]:
        file = one["filenames"][0]
        if file.startswith(ENGINE):
            key = (one["name"].split(":")[-1], file, one["regions"][0][0])
            known = found.get(key, (0, 0))
            found[key] = (max(known[0], one["count"]), len(one["regions"]))
    return sorted(((regions, *key) for key, (count, regions) in found.items() if count == 0), reverse=True)


def one_sided(data):
    """(regions behind it, file, line, side) of branches of which one side was never taken, those that hide most first."""
    found = {}
    for one in data["functions"]:
        file = one["filenames"][0]
        if not file.startswith(ENGINE) or one["count"] == 0:
            continue
        idle = sorted(region[0] for region in one["regions"] if region[4] == 0 and region[7] == 0)
        for branch in one.get("branches", []):
            line, taken, refused = branch[0], branch[4], branch[5]
            if (taken == 0) != (refused == 0):
                hidden = sum(line <= other <= line + 12 for other in idle)
                found[(file, line, "true" if taken == 0 else "false")] = hidden
    return sorted(((hidden, *key) for key, hidden in found.items()), reverse=True)


def untaken(data):
    return sides.untaken(data, engine_files(data))


def executed(root, programs, names, files):
    """file -> the lines that replaying these harnesses executes."""
    lines = {file: set() for file in files}
    with tempfile.TemporaryDirectory(prefix="warren-cover-") as scratch:
        for name in names:
            profile = replay(root, programs, name, scratch)
            if not profile:
                continue
            done = place.run(COV, "export", "-format=lcov", programs / f"replay-{name}", f"-instr-profile={profile}", cwd=root)
            file = None
            for line in done.stdout.splitlines():
                if line.startswith("SF:"):
                    file = line[3:].removeprefix(f"{root}/")
                elif line.startswith("DA:") and file in lines:
                    number, count = line[3:].split(",")[:2]
                    if int(count):
                        lines[file].add(int(number))
    return lines


def row_of(data):
    regions = counted(data, "regions")
    return {"regions": regions, **{measure: counted(data, measure) for measure in MEASURES}}


def table_of(name, data):
    lines = [f"{name}", ""]
    lines += [f"  {measure:9} {share(pair)}  {pair[0]} of {pair[1]}" for measure, pair in row_of(data).items()]
    lines += ["", "  functions that are linked and never called (regions, name, place):"]
    lines += [f"  {regions:5}  {function}  {file}:{line}" for regions, function, file, line in unreached(data)]
    lines += ["", f"  branches that never go one way, the {SHOWN} that hide most (regions behind, place, the side not taken):"]
    lines += [f"  {hidden:5}  {file}:{line}  {side}" for hidden, file, line, side in one_sided(data)[:SHOWN]]
    return "\n".join(lines) + "\n"


def html(root, programs, names, profile, folder):
    done = place.run(COV, "show", *objects(programs, names), f"-instr-profile={profile}", "-format=html", f"-output-dir={folder}",
                     "-show-branches=count", "-show-mcdc", "-ignore-filename-regex=^(fuzz|sim|tools)/", cwd=root)
    if done.returncode:
        place.fail(1, f"{COV} show: {done.stderr.strip()[:300]}")


def measure(wanted, report=True):
    """name -> its data, that of all of them together, and what they reached; tables and the report are written beside."""
    place.need({"clang-19": "clang-19", str(COV): "llvm-19", **place.NEEDED})
    names = [one.name for one in wanted if one.name != place.CANARY and one.folders()]
    if not names:
        place.fail(1, "none of these has a corpus")
    programs = place.built(PRESET, [f"replay-{name}" for name in names])
    found, profiles, reached = {}, [], {}
    REPORT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="warren-cover-") as scratch:
        for name in names:
            profile = replay(place.ROOT, programs, name, scratch, reached)
            profiles.append(profile)
            found[name] = export(place.ROOT, programs, [name], profile)
            if name in READERS:
                found[name]["reader"] = read_lines(export(place.ROOT, programs, [name], profile, "fuzz|engine"), name)
            (REPORT / f"{name}.txt").write_text(table_of(name, found[name]))
        everything = merged(profiles, pathlib.Path(scratch) / "all.profdata")
        together = export(place.ROOT, programs, names, everything)
        (REPORT / "engine.txt").write_text(table_of("all harnesses", together))
        (REPORT / "gaps.txt").write_text(sides.table(untaken(together)))
        if report:
            html(place.ROOT, programs, names, everything, REPORT / "html")
    (REPORT / "reached.txt").write_text("".join(f"{count:9}  {kind} {name}\n" for (kind, name), count in reached.items()))
    return found, together, reached


def readers(found):
    """(harness, lines reached of what it is about, all of them, share) of those that are about a reader."""
    for name, data in found.items():
        if "reader" in data:
            yield name, *data["reader"], 100 * data["reader"][0] / data["reader"][1]


def read_lines(data, name):
    rows = [one["summary"]["lines"] for one in data["files"] if one["filename"].startswith(READERS[name])]
    return sum(row["covered"] for row in rows), sum(row["count"] for row in rows)


def goals(together):
    """(what, share reached, goal), in per cent."""
    for text, kind, goal, only in GOALS:
        reached, count = counted(together, kind, only)
        yield text, 100 * reached / count if count else 0.0, goal


def show(found, together, reached):
    print(f"{'harness':18} {'lines':>8} {'branches':>9} {'MC/DC':>8}  not called")
    for name, data in found.items():
        row = row_of(data)
        print(f"{name:18} {share(row['lines'])}  {share(row['branches'])}  {share(row['mcdc'])}  {len(unreached(data))} functions")
    row = row_of(together)
    print(f"{'together':18} {share(row['lines'])}  {share(row['branches'])}  {share(row['mcdc'])}  {len(unreached(together))} functions")
    for text, part, goal in goals(together):
        print(f"{text:18} {part:5.1f} %, the goal is {goal:g} %{'' if part >= goal else ': not reached'}")
    for name, lines, count, part in readers(found):
        print(f"{name:18} {part:5.1f} %, {lines} of {count} lines of {' '.join(READERS[name])}, the goal is {READ:g} %"
              f"{'' if part >= READ else ': not reached'}")
    for kind, text in (("reason", "reasons to drop"), ("pair", "messages in snapshots")):
        counts = [count for (one, _), count in reached.items() if one == kind]
        print(f"{text:21} {sum(count > 0 for count in counts)} of {len(counts)}")
    print("\n".join(missing(reached)), end="\n" if missing(reached) else "")
    gaps = untaken(together)
    stale, new = sides.compare(gaps)
    print(f"{'sides not taken':21} {len(gaps)}, of which {len(gaps) - len(new)} are listed with a reason")
    print("\n".join(stale + new), end="\n" if stale + new else "")
    print(f"tables {place.short(REPORT)}/*.txt, report {place.short(REPORT)}/html/index.html")


def numbers(found, together):
    rows = {name: (counted(data, "regions")[0], counted(data, "branches")[0]) for name, data in found.items()}
    return rows, tuple(counted(together, measure)[0] for measure in MEASURES)


def write(found, together):
    rows, reached = numbers(found, together)
    RATCHET.parent.mkdir(parents=True, exist_ok=True)
    RATCHET.write_text(HEAD + "".join(f"{name:18} {regions} {branches}\n" for name, (regions, branches) in sorted(rows.items())) +
                       f"{'engine':18} {reached[0]} {reached[1]} {reached[2]}\n")


def stored():
    rows = {}
    for number, line in enumerate(RATCHET.read_text().splitlines() if RATCHET.is_file() else [], 1):
        if line and not line.startswith("#"):
            name, *values = line.split()
            if len(values) != (3 if name == "engine" else 2) or not all(value.isdigit() for value in values):
                place.fail(2, f"{place.short(RATCHET)}:{number}: '{line}' is no row; tools/fuzz --coverage --write writes it")
            rows[name] = tuple(int(value) for value in values)
    return rows


def ratchet(found, together, reached):
    """What is lost against the stored numbers, and goals that do not hold any more."""
    rows, sums = numbers(found, together)
    old, wrong = stored(), []
    if not old:
        return [f"{place.short(RATCHET)} is missing; tools/fuzz --coverage --write writes it"]
    for name, values in old.items():
        if name == "engine":
            wrong += [f"together they reach {now} {measure} of the engine, {then} before"
                      for measure, now, then in zip(MEASURES, sums, values) if now < then]
        elif name not in rows:
            wrong.append(f"{name}: is in {place.short(RATCHET)}, and has no corpus")
        else:
            wrong += [f"{name}: reaches {now} {what}, {then} before" for what, now, then in zip(("regions", "branches"), rows[name], values)
                      if now < then]
    wrong += [f"{text}: {part:.1f} %, and {goal:g} % are the goal" for text, part, goal in goals(together) if part < goal]
    wrong += [f"{name}: {part:.1f} % of the lines of {' '.join(READERS[name])}, and {READ:g} % are the goal"
              for name, _, _, part in readers(found) if part < READ]
    wrong += missing(reached)
    for name in rows.keys() - old.keys():
        print(f"{name}: not in {place.short(RATCHET)} yet; tools/fuzz --coverage --write adds it")
    return wrong
