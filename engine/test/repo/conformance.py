"""
engine/CONFORMANCE.md is true to the tests: every rule of level M or S names a test, every gotcha names one or says why not here,
and the names written are exactly those that exist.

A test function names its items at its beginning (p46_g56_replayed_...), and counts if it is handed to cmocka. A scenario shows the
items of its line "# Shows P-167, G-43." A test of the driver names those that its comment begins with (P-125: ...).

usage: conformance.py [--write]      --write puts today's names into the document
"""

import re
import sys

import repo

DOCUMENT = repo.ROOT / "engine/CONFORMANCE.md"
ITEMS = r"(?:(?:p\d+a?|g\d+)_)+"
RUN = re.compile(r"\bcmocka_unit_test\w*\(\s*(" + ITEMS + r")(\w+)")
SHOWS = re.compile(r"^#\s*Shows ([PG]-\d+a?(?:, [PG]-\d+a?)*)", re.M)
DRIVEN = re.compile(r'^    def (test_\w+)\(self\):\n +"""([PG]-\d+a?(?:, [PG]-\d+a?)*): ', re.M)
WHY_NOT = ("none", "not here: ")


def shown(tests, scenarios, driven=()):
    """item -> the names that show it"""
    found = {}
    for stem, text in tests:
        for items, rest in RUN.findall(repo.without_comments(text)):
            for item in items.strip("_").split("_"):
                found.setdefault(f"{item[0].upper()}-{item[1:]}", set()).add(f"`{stem}.{items}{rest}`")
    for name, text in scenarios:
        for items in SHOWS.findall(text):
            for item in items.split(", "):
                found.setdefault(item, set()).add(f"`{name}`")
    for stem, text in driven:
        for name, items in DRIVEN.findall(text):
            for item in items.split(", "):
                found.setdefault(item, set()).add(f"`{stem}.{name}`")
    return {item: ", ".join(sorted(names)) for item, names in found.items()}


def today(old, new):
    """what the document should say, given what it says and what is shown"""
    return new if new else old if old.startswith(WHY_NOT[1]) else WHY_NOT[0]


def rewrite(text, found):
    """the document with today's names, and what it lacks"""
    found = dict(found)
    lines, lacks, item, needed = [], [], None, False
    for line in text.split("\n"):
        heading = re.match(r"### (P-\d+a?) · (\S+)", line)
        row = re.match(r"\| (G-\d+) \|.*\| ([^|]*) \|$", line)
        if heading:
            item, needed = heading[1], heading[2] != "D"
        if item and line.startswith("*Tests*: "):
            names = today(line[len("*Tests*: "):], found.pop(item, None))
            if needed and names == "none":
                lacks.append(f"{item} has no test")
            line, item = f"*Tests*: {names}", None
        elif row:
            names = today(row[2], found.pop(row[1], None))
            if names == "none":
                lacks.append(f"{row[1]} has no test and no reason")
            line = f"{line[:row.start(2)]}{names} |"
        lines.append(line)
    lacks += [f"{names} names {item}, which the document does not have" for item, names in sorted(found.items())]
    return "\n".join(lines), lacks


def compare(text, found):
    new, lacks = rewrite(text, found)
    if new != text:
        lacks.append("the names are not today's: run engine/test/repo/conformance.py --write")
    return lacks


def controls():
    good = "### P-46 · M\n\nrule\n\n*Tests*: `test_a.p46_g7_x`\n\n| G-7 | a | `test_a.p46_g7_x` |\n| G-8 | a | not here: a driver |\n"
    tests = shown([("test_a", "cmocka_unit_test(p46_g7_x),")], [])
    repo.control("true", compare(good, tests), False)
    repo.control("test is gone", compare(good, {}), True)
    repo.control("rule without test", compare(good + "### P-47 · S\n*Tests*: none\n", tests), True)
    repo.control("host's rule without test", compare(good + "### P-47 · D\n*Tests*: none\n", tests), False)
    repo.control("gotcha without reason", compare(good.replace("not here: a driver", "none"), tests), True)
    repo.control("unknown item", compare(good, shown([("test_a", "cmocka_unit_test(p46_g7_x), cmocka_unit_test(p1_y)")], [])), True)
    repo.control("scenario", compare(good, tests | shown([], [("a.yaml", "# Shows G-8.\n")])), True)
    driven = shown([], [], [("test_d", 'class D:\n    def test_y(self):\n        """G-8: a loop."""\n')])
    repo.control("driver", compare(good, tests | driven), True)


if __name__ == "__main__":
    controls()
    tests = [(path.stem, path.read_text()) for path in repo.sources(repo.ROOT, ["engine/test", "sim/test", "tools/test_tun"], (".c",))]
    scenarios = [(path.name, path.read_text()) for path in sorted(repo.ROOT.glob("corpora/scenarios/**/*.yaml"))]
    driven = [(path.stem, path.read_text()) for path in sorted(repo.ROOT.glob("tools/test_tun/test_*.py"))]
    found = shown(tests, scenarios, driven)
    if "--write" in sys.argv:
        DOCUMENT.write_text(rewrite(DOCUMENT.read_text(), found)[0])
    repo.finish(compare(DOCUMENT.read_text(), found), f"{len(found)} items are shown, all accounted for")
