"""
The README tells the truth: paths exist, packages are those of tools/setup, presets exist, the example is the file.

usage: readme.py [--write]      --write copies the example into the README
"""

import json
import re
import subprocess
import sys

import repo

EXAMPLE = "engine/examples/embed.c"


def paths(text, root):
    """Words in backquotes that begin with a folder of ours name something that exists."""
    problems = []
    for word in re.findall(r"`([^`\s]+)`", text):
        if re.match(r"(engine|sim|fuzz|corpora|tools|cmake|\.ci)/", word) and "*" not in word and not (root / word).exists():
            problems.append(f"README.md: `{word}` does not exist")
    return problems


def packages(text, listed):
    """The first column of the table under "## Dependencies": the packages of tools/setup, all of them and no other."""
    part = re.search(r"^## Dependencies$(.*?)(^## |\Z)", text, re.M | re.S)
    if not part:
        return ["README.md: no section Dependencies"]
    named = {word for row in re.findall(r"^\|([^|]*)\|", part.group(1), re.M) for word in re.findall(r"`([^`]+)`", row)}
    return [f"README.md: dependency {name} is not in tools/setup" for name in sorted(named - listed)] + [
        f"README.md: dependency {name} of tools/setup is not explained" for name in sorted(listed - named)]


def presets(text, known):
    part = re.search(r"^## Presets$(.*?)(^## |\Z)", text, re.M | re.S)
    named = set(re.findall(r"^\| `([^`]+)`", part.group(1), re.M)) if part else set()
    return [f"README.md: preset {name} does not match CMakePresets.json" for name in sorted(named ^ known)]


def example(text, code):
    """Once the example exists, the README shows it, to the letter."""
    shown = code is None or f"```c\n{code}```" in text
    return [] if shown else [f"README.md does not show {EXAMPLE} as it is; python3 engine/test/repo/readme.py --write does it"]


def with_example(text, code):
    """The README with the part between the comment that marks the example and the next heading made anew."""
    return re.sub(r"(<!-- embed: [^\n]*-->\n).*?(?=^## )", lambda mark: f"{mark.group(1)}\n```c\n{code}```\n\n", text, flags=re.M | re.S)


def controls(root):
    repo.control("path", paths("`engine/attic`", root), True)
    repo.control("path there", paths("`engine/include`", root), False)
    repo.control("package", packages("## Dependencies\n| `a` `b` |\n", {"a"}), True)
    repo.control("package unexplained", packages("## Dependencies\n| `a` |\n", {"a", "b"}), True)
    repo.control("packages", packages("## Dependencies\n| `a` |\n", {"a"}), False)
    repo.control("preset", presets("## Presets\n| `dev` |\n", {"dev", "mcu"}), True)
    repo.control("example", example("```c\nint a;\n```", "int b;\n"), True)
    repo.control("example same", example("```c\nint a;\n```", "int a;\n"), False)


if __name__ == "__main__":
    controls(repo.ROOT)
    readme = (repo.ROOT / "README.md").read_text()
    code = (repo.ROOT / EXAMPLE).read_text() if (repo.ROOT / EXAMPLE).exists() else None
    if "--write" in sys.argv and code is not None:
        readme = with_example(readme, code)
        (repo.ROOT / "README.md").write_text(readme)
    listing = subprocess.run([str(repo.ROOT / "tools/setup"), "--list"], capture_output=True, text=True, check=True).stdout
    listed = {word for line in listing.splitlines() for word in line.split()[1:]}
    settings = json.loads((repo.ROOT / "CMakePresets.json").read_text())
    known = {entry["name"] for entry in settings["configurePresets"] if not entry.get("hidden")}
    problems = paths(readme, repo.ROOT) + packages(readme, listed) + presets(readme, known) + example(readme, code)
    repo.finish(problems, "the README names what exists")
