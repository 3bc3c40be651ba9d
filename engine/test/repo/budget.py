"""
Code size on Cortex-M3 at -Os, and the deepest single stack frame, against budget.txt. A budget only shrinks: a new smaller
measure is printed, to be written down.
"""

import subprocess

import repo

FOLDERS = {"engine": ["engine/src"], "portable": ["engine/crypto/portable"]}
INCLUDE = ["-I" + str(repo.ROOT / folder) for folder in ["engine/include", "engine/src", "engine/crypto"]]


def text_bytes(objects):
    lines = subprocess.run(["arm-none-eabi-size", *map(str, objects)], capture_output=True, text=True, check=True).stdout
    return sum(int(line.split()[0]) for line in lines.splitlines()[1:])


def frames(directory):
    """(bytes, function) of each function, largest first; a frame without a bound counts as unbounded."""
    found = []
    for path in directory.glob("*.su"):
        for line in path.read_text().splitlines():
            place, size, kind = line.split("\t")
            found.append((int(size) if "dynamic" not in kind or "bounded" in kind else 1 << 30, place.split(":")[0].rsplit("/", 1)[-1] + " " + place.split(":")[-1]))
    return sorted(found, reverse=True)


def measure():
    measured = {}
    with repo.scratch() as directory:
        for name, folders in FOLDERS.items():
            files = repo.sources(repo.ROOT, folders, (".c",))
            flags = ["-std=c17", *INCLUDE, "-fstack-usage"]
            arm = repo.compile_all("arm-none-eabi-gcc", flags + ["-Os", *repo.CORTEX_M3], files, directory / f"{name}-arm")
            repo.compile_all("gcc", flags + ["-O2"], files, directory / f"{name}-x86")
            measured[f"{name}.text.cortex-m3"] = (text_bytes(arm), "all files")
            measured[f"{name}.frame.cortex-m3"] = next(iter(frames(directory / f"{name}-arm")), (0, "-"))
            measured[f"{name}.frame.x86-64"] = next(iter(frames(directory / f"{name}-x86")), (0, "-"))
    return measured


def compare(measured, budgets):
    problems = [f"{name}: no budget in budget.txt" for name in measured if name not in budgets]
    problems += [f"{name}: budget without a measure" for name in budgets if name not in measured]
    for name, (size, where) in measured.items():
        if size > budgets.get(name, size):
            problems.append(f"{name}: {size} bytes ({where}), budget {budgets[name]}")
    return problems


if __name__ == "__main__":
    repo.need("arm-none-eabi-gcc")
    repo.control("over", compare({"a": (11, "")}, {"a": 10}), True)
    repo.control("within", compare({"a": (10, "")}, {"a": 10}), False)
    repo.control("unnamed", compare({"a": (10, "")}, {}), True)
    repo.control("forgotten", compare({}, {"a": 10}), True)
    budgets = {row[0]: int(row[1]) for row in repo.table("budget.txt", 2)}
    measured = measure()
    for name, (size, where) in measured.items():
        print(f"{name:28} {size:8} of {budgets.get(name, 0):8}  ({where})")
    repo.finish(compare(measured, budgets), "within budget")
