"""Each header alone: public ones as C17, as C++17 and freestanding, by gcc and clang; the engine's own as freestanding C17."""

import subprocess
import sys

import repo

INCLUDE = ["engine/include", "sim/include", "engine/record", "engine/testing", "engine/src"]


def compile_alone(compiler, flags, path, include):
    """A file that holds one include and one declaration, so that main-file warnings do not count."""
    command = [compiler, *flags, "-fsyntax-only", *["-I" + str(folder) for folder in include], "-"]
    text = f'#include "{path}"\nextern int nothing_else;\n'
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    return f"{path}: {' '.join(command)}\n{done.stderr}" if done.returncode else None


def ways(public):
    c17 = ["-x", "c", "-std=c17", *repo.WARNINGS_C]
    # g++ calls a function that shares its name with a struct a shadow of its constructor; in C that is our way.
    cxx = ["-x", "c++", "-std=c++17", *[flag for flag in repo.WARNINGS if flag != "-Wshadow"]]
    for compiler in ["gcc", "clang-19"]:
        yield compiler, c17 + ["-ffreestanding"]
        if public:
            yield compiler, c17
    if public:
        yield "g++", cxx
        yield "clang++-19", cxx
    yield "arm-none-eabi-gcc", c17 + repo.CORTEX_M3


def check(headers, public, include):
    problems = []
    for path in headers:
        for compiler, flags in ways(public):
            problem = compile_alone(compiler, flags, path, include)
            if problem:
                problems.append(problem)
    return problems


if __name__ == "__main__":
    for compiler in ["gcc", "g++", "clang-19", "clang++-19", "arm-none-eabi-gcc"]:
        repo.need(compiler)
    with repo.scratch() as directory:
        for name, text, expected in [
            ("clean.h", "#include <stdint.h>\nstruct a { uint8_t b; };\n", False),
            ("not-alone.h", "struct a { uint8_t b; };\n", True),
            ("not-cxx.h", "#include <stdint.h>\nstruct a { uint8_t class; };\n", True),
        ]:
            (directory / name).write_text(text)
            repo.control(name, check([directory / name], True, []), expected)
    public = repo.sources(repo.ROOT, ["engine/include", "sim/include"], (".h",))
    own = repo.sources(repo.ROOT, ["engine/src", "engine/record", "engine/testing"], (".h",))
    if not public:
        sys.exit("no public headers")
    include = [repo.ROOT / folder for folder in INCLUDE]
    problems = check(public, True, include[:2]) + check(own, False, include)
    repo.finish(problems, f"{len(public)} public and {len(own)} internal headers stand alone")
