"""fuzz/build_oss.sh as OSS-Fuzz would call it: programs, corpora and options have the names that are looked for, and inputs run."""

import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SETTINGS = {"CC": "clang-19", "CXX": "clang++-19", "CFLAGS": "-O1 -g -fsanitize=address,fuzzer-no-link", "CXXFLAGS": "-O1",
            "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer"}
EXECUTED = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


def problems_of(name, out, scratch):
    """What is wrong with one harness as it came out."""
    archive = out / f"{name}_seed_corpus.zip"
    if not archive.is_file():
        return [f"{name}: {archive.name} is not there"]
    corpus = scratch / name
    with zipfile.ZipFile(archive) as file:
        file.extractall(corpus)
    done = subprocess.run([out / name, "-runs=0", "-print_final_stats=1", corpus], capture_output=True, text=True, errors="replace")
    found = EXECUTED.search(done.stderr)
    if done.returncode or not found:
        return [f"{name}: exit {done.returncode}: {done.stderr.strip()[-300:]}"]
    if int(found.group(1)) < 3:  # libFuzzer itself tries an empty one
        return [f"{name}: {found.group(1)} inputs were executed; its archive holds {len(list(corpus.iterdir()))}"]
    wrong = []
    for suffix, folder in (("dict", "dict"), ("options", "options")):
        if (ROOT / f"fuzz/{folder}/{name}.{suffix}").is_file() and not (out / f"{name}.{suffix}").is_file():
            wrong.append(f"{name}: {name}.{suffix} is not beside it")
    return wrong


def main():
    with tempfile.TemporaryDirectory(prefix="warren-oss-") as folder:
        scratch = pathlib.Path(folder)
        out = scratch / "out"
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "OUT": str(out), "WORK": str(scratch / "work"), **SETTINGS}
        done = subprocess.run([ROOT / "fuzz/build_oss.sh"], env=environment, capture_output=True, text=True)
        if done.returncode:
            print(f"fuzz/build_oss.sh: exit {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
            return 1
        expected = {path.stem for path in (ROOT / "fuzz").glob("*.c")
                    if not re.search(r'include .(scenario/|reader\.h)', path.read_text())} - {"canary"}
        names = {path.name for path in out.iterdir() if path.is_file() and "." not in path.name}
        problems = [f"{name}: {'is not built' if name in expected else 'nobody asked for it'}" for name in sorted(expected ^ names)]
        problems += [f"{name}: a name of letters, digits, - and _ is right" for name in names if not re.fullmatch(r"[\w-]+", name)]
        for name in sorted(expected & names):
            problems += problems_of(name, out, scratch)
        problems += ["with OUT unset it goes on" for _ in [0]
                     if subprocess.run([ROOT / "fuzz/build_oss.sh"], env={**environment, "OUT": ""}, capture_output=True).returncode != 2]
    print("\n".join(problems) if problems else f"{len(names)} harnesses, each with its inputs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
