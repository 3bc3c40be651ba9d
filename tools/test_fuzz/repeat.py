"""What continuous integration fuzzes is the same each time: one process, one seed, one corpus that grows alike."""

import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
from bed import campaign, place, slice  # noqa: E402

HARNESS, RUNS = "sim_schedule", 400  # addresses, and what others found meanwhile, changed what this one did


def grown(program, folder, seed):
    one = place.harness(HARNESS)
    one.out = pathlib.Path(folder)
    settings = type("Settings", (slice.Settings,), {"seed": seed})
    found = campaign.fuzz(one, program, settings, slice.BOUND, RUNS)
    return found["failures"], {path.name: path.read_bytes() for path in place.files_of(one.out / "corpus")}


def main():
    if not campaign.same_addresses():
        print("needs setarch -R, which is missing here or not allowed")
        return 77
    program = place.built("fuzz", [f"fuzz-{HARNESS}"]) / f"fuzz-{HARNESS}"
    with tempfile.TemporaryDirectory(prefix="warren-repeat-") as folder:
        first, second, other = (grown(program, f"{folder}/{number}", seed) for number, seed in enumerate((1, 1, 2)))
    if not first[1] or first != second:
        print(f"{RUNS} runs, and again: {len(first[1])} inputs and {len(second[1])}, of which {len(first[1].keys() & second[1].keys())} "
              "are the same")
        return 1
    if first == other:
        print("another seed finds the same: the comparison sees nothing")
        return 1
    print(f"{RUNS} runs, and again: the same {len(first[1])} inputs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
