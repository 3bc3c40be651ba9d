"""tools/fuzz --continuous on a broken engine: the canary sings, the failure is found, made smaller and kept, the page says so."""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
from bed import sabotages  # noqa: E402

HARNESS, SABOTAGE, ORACLE = "api_misuse", "old-key-lives", "told-keeps"


def want(problems, condition, text):
    if not condition:
        problems.append(text)


def main():
    problems = []
    with tempfile.TemporaryDirectory(prefix="warren-pipeline-") as folder:
        copy = sabotages.Copy(folder)
        git = ["git", "-C", folder, "-c", "user.name=test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", "init", "-q", folder], check=True)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-qm", "broken"], check=True)
        why = copy.patch(next(one for one in sabotages.everyone() if one.name == SABOTAGE))
        want(problems, not why, f"the patch does not fit: {why}")
        done = subprocess.run([copy.folder / "tools/fuzz", "--continuous", "--minutes", "0.2", "--turn", "5", "--quiet", HARNESS, "canary"],
                              capture_output=True, text=True)
        want(problems, done.returncode == 1, f"exit {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")
        kept = sorted((copy.folder / "corpora/regress" / HARNESS).glob(f"{ORACLE}-*"))
        want(problems, kept, "no reproducer was kept")
        want(problems, len(kept) <= 10, f"{len(kept)} reproducers of one failure; 10 are enough")
        lines = [json.loads(line) for line in (copy.folder / "out/fuzz/results.jsonl").read_text().splitlines()]
        want(problems, any(failure["key"] == ORACLE for line in lines for failure in line["failures"]), "the log names no failure")
        page = (copy.folder / "out/fuzz/index.html").read_text()
        want(problems, "The canary was caught" in page and ORACLE in page, "the page does not say what was found")
        if kept:
            again = subprocess.run([copy.folder / "build/fuzz/bin" / f"fuzz-{HARNESS}", kept[0]], capture_output=True, text=True)
            want(problems, f"oracle: {ORACLE}:" in again.stderr, "what was kept does not fail alike")
    print("\n".join(problems) if problems else f"the pipeline sees, keeps and tells: {len(kept)} of {ORACLE}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
