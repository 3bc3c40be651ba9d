"""What fuzzing found, made small enough to keep: --minimise."""

import pathlib
import re
import shutil
import tempfile

from . import place

KEEP = 1 << 20  # bytes of grown inputs of one harness
LONGEST = 16 << 10  # of one input


def edges(harness, program, folders):
    """How much of the program these inputs reach, by libFuzzer's own count."""
    done = place.run(program, "-runs=0", *harness.flags(), *folders, env=place.environment(), cwd=place.ROOT)
    found = re.findall(r"cov: (\d+)", done.stdout + done.stderr)
    return int(found[-1]) if found else 0


def minimise(harness, program, quiet=False):
    """Replace grown/ by the smallest inputs that reach what grown/ and the work corpus reach beside the seeds; a summary, and a
    problem. Not by the fewest: those are the longest, and their rate is that of all their pieces."""
    seeds = {path.name for path in place.files_of(harness.seed)}
    sources = [folder for folder in (harness.grown, harness.out / "corpus") if folder.is_dir()]
    with tempfile.TemporaryDirectory(prefix="warren-merge-") as scratch:
        small, whole = pathlib.Path(scratch) / "small", pathlib.Path(scratch) / "whole"
        for folder in (small, whole):
            folder.mkdir()
            for path in place.files_of(harness.seed):
                shutil.copyfile(path, folder / path.name)
        for source in sources:
            for path in place.files_of(source):
                if path.stat().st_size <= LONGEST:
                    shutil.copyfile(path, whole / path.name)
        done = place.run(program, "-merge=1", *harness.flags(), small, whole, env=place.environment(), cwd=place.ROOT)
        if done.returncode:
            return None, f"merging failed:\n{(done.stdout + done.stderr)[-1500:]}"
        before, after = edges(harness, program, [whole]), edges(harness, program, [small])
        if after < before:
            return None, f"the merged inputs reach {after} edges, all of them {before}; nothing is replaced"
        fresh = [path for path in place.files_of(small) if path.name not in seeds]
        if place.bytes_of(fresh) > KEEP:
            return None, f"{place.bytes_of(fresh)} bytes of inputs would be kept, {KEEP} are allowed; nothing is replaced"
        old = place.files_of(harness.grown)
        if not fresh and not old:
            return {"harness": harness.name, "edges": after, "before": 0, "after": 0, "bytes": 0}, None
        harness.grown.mkdir(parents=True, exist_ok=True)
        for path in old:
            path.unlink()
        for path in fresh:
            shutil.copyfile(path, harness.grown / path.name)
    return {"harness": harness.name, "edges": after, "before": len(old), "after": len(fresh),
            "bytes": place.bytes_of(place.files_of(harness.grown))}, None
