"""Rows that a long command writes as it goes, one line of JSON each: what was broken off goes on where it was."""

import json

from . import place


def read(path, tool, key):
    """key(row) -> the last row that has it."""
    rows = {}
    for number, line in enumerate(path.read_text().splitlines() if path.is_file() else [], 1):
        try:
            row = json.loads(line)
            rows[key(row)] = row
        except (ValueError, KeyError):
            place.fail(2, f"{path}:{number}: no row of {tool}; remove the line or the file")
    return rows


def add(path, row):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")
