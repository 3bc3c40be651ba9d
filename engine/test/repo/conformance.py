"""
engine/CONFORMANCE.md and the tests agree: every item has a test that names it, and every test named exists.

A row begins with its item ("| P-46 |" or "| G-7 |") and names test functions in backquotes. A test function names its items at
its beginning: p46_replayed_stamp_is_refused, p61_p66_..., g7_....

usage: conformance.py [--items]      --items prints each item with its tests, for whoever writes the document
"""

import re
import sys

import repo

DOCUMENT = "engine/CONFORMANCE.md"
NAME = r"(?:[pg]\d+_)+\w+"


def tests_in(texts):
    """Names of test functions that are handed to cmocka, so that a function nobody runs does not count."""
    return {name for text in texts for name in re.findall(r"\bcmocka_unit_test\w*\(\s*(" + NAME + r")\b", repo.without_comments(text))}


def items_of(name):
    head = re.match(r"(?:[pg]\d+_)+", name).group(0)
    return [f"{letter.upper()}-{number}" for letter, number in re.findall(r"([pg])(\d+)_", head)]


def compare(document, tests):
    problems, rows = [], {}
    for number, line in enumerate(document.splitlines(), 1):
        match = re.match(r"\|\s*([PG]-\d+)\s*\|", line)
        if not match:
            continue
        item = match.group(1)
        if item in rows:
            problems.append(f"{DOCUMENT}:{number}: {item} stands there twice")
        rows[item] = re.findall(r"`(" + NAME + r")`", line)
        problems += [f"{DOCUMENT}:{number}: no test {name}" for name in rows[item] if name not in tests]
        problems += [f"{DOCUMENT}:{number}: {name} does not name {item}" for name in rows[item] if item not in items_of(name)]
        if not rows[item]:
            problems.append(f"{DOCUMENT}:{number}: {item} has no test")
    if not rows:
        problems.append(f"{DOCUMENT}: no rows")
    problems += [f"{name}: {item} has no row in {DOCUMENT}" for name in sorted(tests) for item in items_of(name) if item not in rows]
    return problems


def controls():
    tests = {"p46_replayed_stamp_is_refused", "p61_p66_window"}
    good = "| P-46 | a | b | `p46_replayed_stamp_is_refused` |\n| P-61 | a | b | `p61_p66_window` |\n| P-66 | a | b | `p61_p66_window` |\n"
    repo.control("agree", compare(good, tests), False)
    repo.control("no test", compare(good + "| G-7 | a | b | |\n", tests), True)
    repo.control("test is gone", compare(good, {"p61_p66_window"}), True)
    repo.control("wrong item", compare(good + "| G-7 | a | b | `p61_p66_window` |\n", tests), True)
    repo.control("no row", compare(good, tests | {"g8_more"}), True)
    repo.control("not run", tests_in(["static void p1_x(void **s)\n{\n}\n"]), False)
    repo.control("run", tests_in(["cmocka_unit_test(p1_x),"]), True)


if __name__ == "__main__":
    controls()
    texts = [path.read_text() for path in repo.sources(repo.ROOT, ["engine/test", "sim/test"], (".c",))]
    tests = tests_in(texts)
    if "--items" in sys.argv:
        by_item = {}
        for name in sorted(tests):
            for item in items_of(name):
                by_item.setdefault(item, []).append(name)
        for item in sorted(by_item, key=lambda item: (item[0] != "P", int(item[2:]))):
            print(item, " ".join(by_item[item]))
        sys.exit(0)
    repo.finish(compare((repo.ROOT / DOCUMENT).read_text(), tests), f"{len(tests)} tests that name items, all accounted for")
