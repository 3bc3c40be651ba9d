"""Where every input of the corpora comes from: corpora/fuzz/MANIFEST."""

import hashlib
import re

from . import place

FILE = place.CORPORA / "MANIFEST"
SHIPPED = (place.CORPORA, place.REGRESS)
HEAD = """# Every input of corpora/fuzz and corpora/regress: SHA-256, origin, file. Written by tools/fuzz --manifest, tested by fuzz.manifest.
#   generated  by the program in fuzz/seed, from vectors, captures and scenarios of this repository
#   grown      by fuzzing with tools/fuzz, minimised by --minimise
#   failure    an input that once failed
"""
ORIGINS = {"seed": "generated", "grown": "grown"}


def origin(path):
    return "failure" if path.is_relative_to(place.REGRESS) else ORIGINS.get(path.parent.name)


def present():
    """file -> (SHA-256, origin), of what is in the folders."""
    found = {}
    for top in SHIPPED:
        for path in sorted(top.rglob("*")) if top.is_dir() else []:
            if path.is_file() and path.parent not in SHIPPED:
                found[str(path.relative_to(place.ROOT))] = (hashlib.sha256(path.read_bytes()).hexdigest(), origin(path))
    return found


def write():
    found = present()
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(HEAD + "".join(f"{digest} {whence} {name}\n" for name, (digest, whence) in sorted(found.items())))
    return len(found)


def problems():
    """What the manifest and the folders do not agree on, and folders that belong to no harness."""
    found, listed, wrong = present(), {}, []
    if not FILE.is_file():
        return [f"{place.short(FILE)} is missing; tools/fuzz --manifest writes it"]
    for number, line in enumerate(FILE.read_text().splitlines(), 1):
        row = re.fullmatch(r"([0-9a-f]{64}) (\w+) (\S+)", line)
        if row:
            listed[row.group(3)] = (row.group(1), row.group(2))
        elif not line.startswith("#"):
            wrong.append(f"{place.short(FILE)}:{number}: '{line[:40]}' is no row; SHA-256, origin and file are right")
    names = {one.name for one in place.harnesses()}
    for name in sorted(found.keys() | listed.keys()):
        if name not in listed:
            wrong.append(f"{name}: not in the manifest; tools/fuzz --manifest writes it")
        elif name not in found:
            wrong.append(f"{name}: in the manifest, and not there")
        elif found[name] != listed[name]:
            wrong.append(f"{name}: not what the manifest says")
        elif found[name][1] is None:
            wrong.append(f"{name}: inputs stand in seed/ or grown/")
    for folder in sorted({name.split("/")[2] for name in found} - names):
        wrong.append(f"corpora/fuzz/{folder}: no harness has this name")
    return wrong
