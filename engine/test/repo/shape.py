"""The shape of sources: lengths of lines, functions and files; words that do not belong; scripts that parse."""

import re
import shutil
import subprocess

import repo

# .clang-format breaks code at 130; a comment may run over by a word.
LINE, FUNCTION, FILE = 135, 100, 600
TAKES_IT_AWAY = "cmake/WarrenFlags.cmake"  # the file that removes what the third word forbids

# Split so that this file does not contain what it looks for.
WORDS = [
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b(?!\([a-z]+\))"), "a debt without an owner, as in TO" "DO(name)"),
    (re.compile(r"(?<![\w.$}])/(home|root|work|Users|mnt)/\w"), "a path of one machine"),
    (re.compile(r"-D\s*N" r"DEBUG|define\s+N" r"DEBUG"), "asserts stay on"),
]
CALLS = re.compile(r"\b(malloc|calloc|realloc|free|alloca|printf|fprintf|time|clock|clock_gettime|gettimeofday|rand|random"
                   r"|getenv|fopen|setjmp|longjmp|assert)\s*\(")
PURE = ("engine/src/", "engine/record/", "engine/crypto/portable/", "sim/src/")
TEXT = (".c", ".h", ".cc", ".cpp", ".py", ".cmake", ".txt", ".md", ".json", ".yaml", ".sh", "")


def files(root):
    """What is committed or about to be."""
    if shutil.which("git") and (root / ".git").exists():
        done = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard"], cwd=root,
                              capture_output=True, text=True, check=True)
        names = done.stdout.splitlines()
    else:
        skip = ("build/", "out/", ".git/")
        names = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
        names = [name for name in names if not name.startswith(skip)]
    return sorted(name for name in names if (root / name).is_file() and (root / name).suffix in TEXT
                  and not name.startswith("corpora/"))


def functions(text):
    """(first line, name, lines) of each function: a brace in column 0 opens and closes it, as .clang-format lays it out."""
    lines = repo.without_comments(text).splitlines()
    start, head = None, ""
    for number, line in enumerate(lines, 1):
        if line.startswith("{") and re.search(r"\)\s*$", head):
            start = (number, head)
        elif line.startswith("}") and start:
            name = re.findall(r"(\w+)\s*\(", start[1])
            yield start[0], name[0] if name else "?", number - start[0] + 1
            start = None
        if line.strip():
            head = line if not line[0].isspace() else head + line


def c_problems(name, text, exceptions):
    problems = []
    count = text.count("\n")
    if count > exceptions.get(name, FILE):
        problems.append(f"{name}: {count} lines; a file has at most {exceptions.get(name, FILE)}")
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LINE:
            problems.append(f"{name}:{number}: {len(line)} columns; a line has at most {LINE}")
        if "\t" in line or line != line.rstrip():
            problems.append(f"{name}:{number}: tab or trailing blank")
    for number, function, length in functions(text):
        limit = exceptions.get(f"{name}:{function}", FUNCTION)
        if length > limit:
            problems.append(f"{name}:{number}: {function} has {length} lines; a function has at most {limit}")
    if name.startswith(PURE):
        for number, line in enumerate(repo.without_comments(text).splitlines(), 1):
            match = CALLS.search(line)
            if match:
                problems.append(f"{name}:{number}: {match.group(1)} does not belong here")
    return problems


def check(root, exceptions):
    problems, scripts = [], 0
    for name in files(root):
        text = (root / name).read_text(errors="replace")
        if "\0" in text:
            continue
        for pattern, why in WORDS[:2] if name == TAKES_IT_AWAY else WORDS:
            for match in pattern.finditer(text):
                problems.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group(0)!r}: {why}")
        if "\r" in text:
            problems.append(f"{name}: carriage return")
        if name.endswith((".c", ".h", ".cc", ".cpp")):
            problems += c_problems(name, text, exceptions)
        shebang = re.match(r"#!\s*(?:/usr)?/bin/(?:env )?(sh|bash|dash)\b", text)
        if shebang and shutil.which(shebang.group(1)):
            scripts += 1
            done = subprocess.run([shebang.group(1), "-n", str(root / name)], capture_output=True, text=True)
            if done.returncode:
                problems.append(f"{name}: {done.stderr.strip()}")
        if text.startswith("#!") and not (root / name).stat().st_mode & 0o100:
            problems.append(f"{name}: a script that is not executable")
    return problems, scripts


def controls():
    def plant(name, text):
        with repo.scratch() as root:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
            return check(root, {})[0]

    short = "int wrn_a(void)\n{\n" + "    ;\n" * 3 + "}\n"
    repo.control("clean", plant("engine/src/a.c", short), False)
    repo.control("function", plant("engine/src/a.c", "int wrn_a(int x,\n          int y)\n{\n" + "    ;\n" * 99 + "}\n"), True)
    repo.control("file", plant("engine/src/a.c", short * 101), True)
    repo.control("line", plant("engine/src/a.c", "/* " + "a" * LINE + " */\n"), True)
    repo.control("call", plant("sim/src/a.c", "void *a(void)\n{\n    return malloc(3);\n}\n"), True)
    repo.control("call in a comment", plant("sim/src/a.c", "/* malloc(3) is not called */\n"), False)
    repo.control("debt", plant("a.md", "TO" "DO later\n"), True)
    repo.control("path", plant("a.md", "see /ho" "me/somebody\n"), True)
    repo.control("script", plant("tools/a", "#!/bin/sh\nif then\n"), True)


if __name__ == "__main__":
    controls()
    exceptions = {row[0]: int(row[1]) for row in repo.table("shape.txt", 2)}
    problems, scripts = check(repo.ROOT, exceptions)
    repo.finish(problems, f"every file has its shape; {scripts} scripts parse")
