"""Sides of branches that no corpus takes: each is listed with a reason, and the list is held against what was measured."""

import collections
import re

from . import place

FILE = place.CORPORA / "untaken.txt"
KINDS = ("never", "open")  # by construction; it could be taken, and no corpus does
ROW = re.compile(r"(?P<place>[\w./]+:\w+)  (?P<side>true|false)  (?P<kind>\w+)  (?P<text>.+?)  -- (?P<reason>\S.*)")

Side = collections.namedtuple("Side", "place side text")  # file:function, true or false, the condition as it is written


def functions(data):
    """file -> (first line, last line, name) of its functions."""
    found = collections.defaultdict(set)
    for one in data["functions"]:
        first, _, last, *_ = one["regions"][0]
        found[one["filenames"][0]].add((first, last, one["name"].split(":")[-1]))
    return found


def branches(data, files, root):
    """(file, line, column, text, taken, refused) of each branch; of an inline function of a header, in all files together."""
    sums = {}
    for one in files:
        for line, column, _, end, taken, refused, *_ in one["branches"]:
            key = (one["filename"], line, column, end)
            before = sums.get(key, (0, 0))
            sums[key] = (before[0] + taken, before[1] + refused)
    texts = {one["filename"]: (root / one["filename"]).read_text().splitlines() for one in files}
    return [(file, line, column, texts[file][line - 1][column - 1:end - 1], *counts)
            for (file, line, column, end), counts in sorted(sums.items())]


def untaken(data, files, root=place.ROOT):
    """[(side, line)] that were not taken. A condition that its function has twice is there twice."""
    homes, found = functions(data), []
    for file, line, _, text, taken, refused in branches(data, files, root):
        inside = [name for first, last, name in homes[file] if first <= line <= last]
        for side, count in (("true", taken), ("false", refused)):
            if count == 0:
                found.append((Side(f"{file}:{inside[0] if inside else '?'}", side, text), line))
    return found


def listed(path=FILE):
    """[(side, kind)] of the list."""
    rows = []
    for number, line in enumerate(path.read_text().splitlines() if path.is_file() else [], 1):
        if not line or line.startswith("#"):
            continue
        row = ROW.fullmatch(line)
        if not row or row["kind"] not in KINDS:
            place.fail(2, f"{place.short(path)}:{number}: '{line}' is no row; FILE:FUNCTION  true|false  never|open  CONDITION  -- REASON "
                          "is right, with two spaces between")
        rows.append((Side(row["place"], row["side"], row["text"]), row["kind"]))
    return rows


def compare(found, path=FILE):
    """What is listed and taken (or gone), and what is neither taken nor listed: two lists of lines."""
    there = collections.Counter(side for side, _ in found)
    rows = listed(path)
    known, kinds = collections.Counter(side for side, _ in rows), dict(rows)
    stale = [f"{side.place}: {side.side} side of '{side.text}' is listed in {place.short(path)}"
             f"{' as never taken' if kinds[side] == 'never' else ''}, and some input takes it (or it is gone): remove the row"
             for side in (known - there).elements()]
    new = [f"{side.place}: no input takes the {side.side} side of '{side.text}': a seed that does, or a row with a reason in "
           f"{place.short(path)}" for side in (there - known).elements()]
    return stale, new


def prune(found, path=FILE):
    """Drop the rows that some input takes by now. How many."""
    left, kept, dropped = collections.Counter(side for side, _ in found), [], 0
    for line in path.read_text().splitlines() if path.is_file() else []:
        row = ROW.fullmatch(line)
        if row and left[Side(row["place"], row["side"], row["text"])] <= 0:
            dropped += 1
            continue
        if row:
            left[Side(row["place"], row["side"], row["text"])] -= 1
        kept.append(line + "\n")
    if dropped:
        path.write_text("".join(kept))
    return dropped


def table(found):
    """The measured sides, as rows to be given a kind and a reason; those that are listed have theirs."""
    known = {(row["place"], row["side"], row["text"]): (row["kind"], row["reason"])
             for line in (FILE.read_text().splitlines() if FILE.is_file() else []) if (row := ROW.fullmatch(line))}
    lines = []
    for side, line in found:
        kind, reason = known.get(tuple(side), ("unlisted", f"line {line}"))
        lines.append(f"{side.place}  {side.side}  {kind}  {side.text}  -- {reason}\n")
    return "".join(lines)
