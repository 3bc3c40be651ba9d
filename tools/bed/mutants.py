"""Mutants: one small edit each, by rule, of a line of the engine; what the compiler makes of them, and who notices."""

import dataclasses
import re
import subprocess

from . import grade, place

SOURCES = "engine/src"
BUILD = "build/mutants"
SECONDS = 60  # of one harness over its corpora, or of the worlds; longer is a hang
WORLDS = 60


def swap(a, b):
    """Both ways: operators that stand between blanks."""
    return [(f"{a} to {b}", rf"(?<= ){re.escape(a)}(?= )", b), (f"{b} to {a}", rf"(?<= ){re.escape(b)}(?= )", a)]


RULES = [
    *swap("<", "<="), *swap(">", ">="), *swap("==", "!="), *swap("&&", "||"), *swap("+", "-"), *swap("+=", "-="), *swap("&", "|"),
    *swap("<<", ">>"), *swap("&=", "|="), *swap("*", "+"),
    ("< to >", r"(?<= )<(?= )", ">"), ("> to <", r"(?<= )>(?= )", "<"),
    ("++ to --", r"\+\+", "--"), ("-- to ++", r"--", "++"),
    ("true to false", r"\btrue\b", "false"), ("false to true", r"\bfalse\b", "true"),
    ("not dropped", r"!(?=[\w(])(?!=)", ""),
    ("condition turned", r"\b(if|while) \((.+)\)(?=$| \{$| [a-z*])", r"\1 (!(\2))"),
    ("64 bits to 32", r"\buint64_t\b", "uint32_t"), ("32 bits to 16", r"\buint32_t\b", "uint16_t"),
    ("number and one", r"(?<![\w.\[])(\d+)(?=u?\b)(?!\w*x)", lambda match: str(int(match.group(1)) + 1)),
    ("number less one", r"(?<![\w.\[])([1-9]\d*)(?=u?\b)(?!\w*x)", lambda match: str(int(match.group(1)) - 1)),
    ("statement dropped", r"^(\s+)(?!return\b|goto\b|case\b|default\b|struct\b|const\b|static\b|enum\b|u?int\d*_t\b|size_t\b|bool\b|"
                          r"wrn_time\b|unsigned\b|else\b)[a-z(*+-][^;{}]*;$", r"\1;"),
    ("break dropped", r"^(\s+)break;$", r"\1;"), ("continue to break", r"\bcontinue;", "break;"),
    ("returns the other", r"\breturn (?=[a-z!(])(?!true|false)(.+);", r"return !(\1);"),
    ("seconds to milliseconds", r"\bWRN_SECOND\b", "WRN_MILLISECOND"),
]


@dataclasses.dataclass(frozen=True)
class Mutant:
    file: str
    line: int  # from 1
    rule: str
    nth: int  # place in the line
    before: str
    after: str

    @property
    def name(self):
        return f"{self.file}:{self.line} {self.rule}" + (f" #{self.nth + 1}" if self.nth else "")

    @property
    def key(self):
        return self.name, self.after.strip()


def code_lines(text):
    """(number, line) of what is code: comments and strings hold no mutants, nor do declarations outside functions."""
    inside = comment = False
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(r"/\*.*?\*/|//.*", "", line)
        opens = not comment and "/*" in bare
        if comment and "*/" in bare:
            comment = False
            continue
        if opens and "*/" not in bare.split("/*", 1)[1]:
            comment = True
            bare = bare.split("/*", 1)[0]
        if line == "{":
            inside = True
        elif line == "}":
            inside = False
        elif inside and not comment and bare.strip() and not bare.lstrip().startswith("#") and "static_assert" not in bare:
            yield number, line


def quoted(line, at):
    return line[:at].count('"') % 2 == 1


def in_comment(line, at):
    return line[:at].rfind("/*") > line[:at].rfind("*/")


def mutants_of(file, text):
    found = []
    for number, line in code_lines(text):
        for rule, pattern, to in RULES:
            for nth, match in enumerate(re.finditer(pattern, line)):
                after = line[:match.start()] + match.expand(to) + line[match.end():] if isinstance(to, str) else (
                    line[:match.start()] + to(match) + line[match.end():])
                if after != line and not quoted(line, match.start()) and not in_comment(line, match.start()):
                    found.append(Mutant(file, number, rule, nth, line, after))
    return found


def everyone(files):
    return [mutant for file in files for mutant in mutants_of(file, (place.ROOT / file).read_text())]


def sources(words):
    """The files that these words name: a room, or a path."""
    found = []
    for word in words or ["*"]:
        named = sorted((place.ROOT / SOURCES).glob(f"{word}.c")) or [path for path in [place.ROOT / word] if path.is_file()]
        if not named:
            place.fail(2, f"'{word}' is no room of {SOURCES} and no file; a name as in {SOURCES}/NAME.c")
        found += [str(path.relative_to(place.ROOT)) for path in named]
    return sorted(set(found))


def machine_code(path):
    """What the compiler made, without names of lines."""
    return subprocess.run(["objdump", "-d", "-r", "-s", "-j", ".text", "-j", ".rodata", path], capture_output=True, check=False).stdout


def object_of(file):
    return f"CMakeFiles/libwarren.dir/{file}.o"


def prepare(copy):
    why = copy.preset("release", "-B", str(copy.folder / BUILD), "-DWARREN_BENCH=OFF", "-DWARREN_REPO=OFF", "-DCMAKE_C_FLAGS_NONE=-O1")
    names = [one.name for one in place.harnesses(copy.folder) if one.name != place.CANARY and one.inputs()]
    why = why or copy.build(BUILD, "warren", *(f"replay-{name}" for name in names))
    if why:
        place.fail(1, f"a scratch copy does not build:\n{why}")
    copy.names = names


def put(copy, mutant):
    path = copy.folder / mutant.file
    copy.whole = {mutant.file: path.read_bytes()}
    lines = copy.whole[mutant.file].decode().splitlines(keepends=True)
    lines[mutant.line - 1] = mutant.after + "\n"
    path.write_text("".join(lines))


def swarmed(copy):
    try:
        done = place.run(copy.program(BUILD, "warren"), "swarm", "--seeds", f"1..{WORLDS}", "--jobs", "1", "--quiet", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "timeout"
    if done.returncode == 0:
        return None
    said = re.search(r"\b([SLT]\d+)\b", done.stdout + done.stderr)
    return said.group(1) if said else f"exit-{done.returncode}"


def tested(copy):
    if copy.build(BUILD):
        return "exit-build"
    found = grade.unit(copy, None, None, BUILD, "^engine$")
    return found["oracle"] if found["caught"] else None


def judge(copy, mutant, cache, swarm, unit):
    """One row: same (the compiler sees no difference), broken (it does not compile), killed, or survived."""
    row = {"mutant": mutant.name, "file": mutant.file, "line": mutant.line, "rule": mutant.rule, "after": mutant.after.strip()}
    target, honest = copy.folder / BUILD / object_of(mutant.file), cache.setdefault("objects", {})
    if mutant.file not in honest:
        why = copy.build(BUILD, object_of(mutant.file))
        honest[mutant.file] = machine_code(target)
    put(copy, mutant)
    try:
        why = copy.build(BUILD, object_of(mutant.file))
        if why:
            return {**row, "result": "broken"}
        if machine_code(target) == honest[mutant.file]:
            return {**row, "result": "same"}
        why = copy.build(BUILD, *(["warren"] if swarm else []), *(f"replay-{name}" for name in copy.names))
        if why:
            return {**row, "result": "broken"}
        order = cache.setdefault("order", list(copy.names))
        for name in list(order):
            found = grade.failing(copy, BUILD, name, SECONDS)
            if found:
                order.remove(name)
                order.insert(0, name)  # who sees one sees its neighbour, mostly
                return {**row, "result": "killed", "by": name, "oracle": found["oracle"]}
        for stage, wanted, ask in (("swarm", swarm, swarmed), ("unit", unit, tested)):
            oracle = ask(copy) if wanted else None
            if oracle:
                return {**row, "result": "killed", "by": stage, "oracle": oracle}
        return {**row, "result": "survived"}
    finally:
        copy.restore()
