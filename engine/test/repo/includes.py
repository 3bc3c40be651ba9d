"""Include direction, the floors of the engine, and no cycles."""

import sys

import repo

FOLDERS = ["engine", "sim", "tools", "fuzz"]


def rules():
    return {row[0]: row[1:] for row in repo.table("directions.txt", 2)}


def rule_of(name, allowed):
    folders = [folder for folder in allowed if name.startswith(folder + "/")]
    return max(folders, key=len) if folders else None


def direction(root, allowed):
    problems, edges = [], {}
    for path in repo.sources(root, FOLDERS, (".c", ".h", ".cc", ".cpp")):
        name = str(path.relative_to(root))
        folder = rule_of(name, allowed)
        if folder is None:
            problems.append(f"{name}: no rule in directions.txt for this folder")
            continue
        edges[path] = []
        for line, target, quoted in repo.includes(path):
            if not quoted:
                if f"<{target}>" not in allowed[folder] and "<*>" not in allowed[folder]:
                    problems.append(f"{name}:{line}: {folder} may not include <{target}>")
                continue
            places = [path.parent] + [root / word for word in allowed[folder] if not word.startswith("<")]
            found = next(((place / target).resolve() for place in places if (place / target).is_file()), None)
            if found is None or not any(place.resolve() in found.parents for place in places):
                problems.append(f'{name}:{line}: {folder} may not include "{target}", or it does not exist')
            else:
                edges[path].append(found)
    return problems, edges


def cycles(root, edges):
    problems, state = [], {}

    def visit(path, trail):
        state[path] = "open"
        for target in edges.get(path, []):
            if state.get(target) == "open":
                start = trail.index(target)
                problems.append("include cycle: " + " -> ".join(str(p.relative_to(root)) for p in trail[start:] + [target]))
            elif target not in state:
                visit(target, trail + [target])
        state[path] = "done"

    for path in sorted(edges):
        if path not in state:
            visit(path, [path])
    return problems


def floors(root, edges, floor_of):
    problems = []
    home = root / "engine/src"
    for path in sorted(edges):
        if path.parent != home:
            continue
        # A room may be split into files: trie_walk.c is of the room trie.
        room = path.stem if path.stem in floor_of else path.stem.split("_")[0]
        if room not in floor_of:
            problems.append(f"{path.relative_to(root)}: no floor in floors.txt for the room {path.stem}")
            continue
        for target in edges[path]:
            if target.parent != home:
                continue
            other = target.stem if target.stem in floor_of else target.stem.split("_")[0]
            if floor_of.get(other, 0) > floor_of[room]:
                problems.append(f"{path.relative_to(root)}: floor {floor_of[room]} includes {target.name} of floor {floor_of[other]}")
    return problems


def check(root, allowed, floor_of):
    problems, edges = direction(root, allowed)
    return problems + cycles(root, edges) + floors(root, edges, floor_of)


def controls(allowed, floor_of):
    def plant(files):
        with repo.scratch() as root:
            root = root.resolve()
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return check(root, allowed, floor_of)

    repo.control("clean tree", plant({"engine/src/base.h": "#include <stdint.h>\n", "engine/src/heap.h": '#include "base.h"\n'}), False)
    repo.control("upward", plant({"engine/src/base.h": '#include "peer.h"\n', "engine/src/peer.h": ""}), True)
    repo.control("cycle", plant({"engine/src/kdf.h": '#include "wire.h"\n', "engine/src/wire.h": '#include "kdf.h"\n'}), True)
    repo.control("sim into engine", plant({"engine/src/base.h": "", "sim/src/a.c": '#include "base.h"\n'}), True)
    repo.control("tools into engine", plant({"engine/src/base.h": "", "tools/warren/a.c": '#include "base.h"\n'}), True)
    repo.control("sideways path", plant({"engine/src/base.h": "", "tools/warren/a.c": '#include "../../engine/src/base.h"\n'}), True)
    repo.control("library header", plant({"sim/src/a.c": "#include <stdio.h>\n"}), True)
    repo.control("unknown room", plant({"engine/src/attic.h": ""}), True)
    repo.control("fuzz", plant({"fuzz/f.h": "", "engine/test/test_a.c": '#include "fuzz/f.h"\n'}), True)


if __name__ == "__main__":
    allowed, floor_of = rules(), {row[0]: int(row[1]) for row in repo.table("floors.txt", 2)}
    controls(allowed, floor_of)
    repo.finish(check(repo.ROOT, allowed, floor_of), "includes go down, and nowhere else")
