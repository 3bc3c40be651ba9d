"""
What a compiled library asks for and keeps: undefined symbols only of a list, no mutable statics, no floating point.

usage: symbols.py --compiler CC [--mcu] LIBRARY        engine (with the portable provider) or sim
"""

import argparse
import re
import subprocess
import sys

import repo

GROUND = {"memcpy", "memmove", "memset", "memcmp", "wrn_panic"}

# Integer helpers of the ARM run-time ABI; those of floating point are __aeabi_f*, d*, i2d, ...: not here, so they are found.
ARM_HELPERS = re.compile(r"__aeabi_(u?l?divmod|u?idiv|u?idivmod|l(lsl|lsr|asr|mul|cmp)|ulcmp|u?ldivmod|uread[48]|uwrite[48]"
                         r"|mem(cpy|move|set|clr)[48]?)$")

LIBRARIES = {
    "engine": (["engine/src", "engine/crypto/portable"], ["engine/include", "engine/src", "engine/crypto"]),
    "sim": (["sim/src", "engine/record", "engine/src", "engine/crypto/portable"],
            ["engine/include", "engine/src", "engine/crypto", "engine/record", "sim/include", "sim/src"]),
}


def undefined(nm, objects):
    wanted, given, common = {}, set(), []
    for path in objects:
        for line in subprocess.run([nm, "-P", str(path)], capture_output=True, text=True, check=True).stdout.splitlines():
            name, kind = line.split()[:2]
            if name == "_GLOBAL_OFFSET_TABLE_":
                continue  # the linker's own, wherever code is position-independent
            if kind in "Uvw":
                wanted.setdefault(name, path.name)
            elif kind == "C":
                common.append(f"{path.name}: common symbol {name}")
            elif kind.isupper() or kind == "u":
                given.add(name)
    return {name: path for name, path in wanted.items() if name not in given}, common


def mutable(readelf, objects):
    """Sections that hold state: .data, .bss and their thread-local kin; .data.rel.ro is constant after linking."""
    problems = []
    for path in objects:
        text = subprocess.run([readelf, "-SW", str(path)], capture_output=True, text=True, check=True).stdout
        for name, size in re.findall(r"\]\s+(\.\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)", text):
            if re.match(r"\.(data|bss|sdata|sbss|tdata|tbss)(\.|$)", name) and not name.startswith(".data.rel.ro") and int(size, 16):
                problems.append(f"{path.name}: {int(size, 16)} bytes of mutable state in {name}")
    return problems


def words(files):
    """Floating point types by name, where the compiler would fold them away."""
    problems = []
    for path in files:
        for number, line in enumerate(repo.without_comments(path.read_text()).splitlines(), 1):
            if re.search(r"\b(float|double|_Float\d+)\b", line):
                problems.append(f"{path}:{number}: floating point")
    return problems


def check(arguments, files, flags, allowed, helpers, directory):
    prefix = "arm-none-eabi-" if arguments.mcu else ""
    objects = repo.compile_all(arguments.compiler, flags, files, directory)
    wanted, problems = undefined(prefix + "nm", objects)
    problems += [f"{path}: needs {name}" for name, path in sorted(wanted.items())
                 if name not in allowed and not (helpers and helpers.match(name))]
    return problems + mutable(prefix + "readelf", objects)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--mcu", action="store_true")
    parser.add_argument("library", choices=LIBRARIES)
    arguments = parser.parse_args()
    repo.need(arguments.compiler)
    folders, include = LIBRARIES[arguments.library]
    files = repo.sources(repo.ROOT, folders, (".c",))
    if not files:
        print("no sources")
        sys.exit(1)
    flags = ["-std=c17", "-g0", *repo.WARNINGS_C, "-fno-builtin-bcmp"] + ["-I" + str(repo.ROOT / folder) for folder in include]
    # Without floating point registers a float becomes an error or a helper call, so it cannot hide.
    flags += ["-Os", *repo.CORTEX_M3] if arguments.mcu else ["-O2", "-mgeneral-regs-only"]
    allowed = GROUND | {row[1] for row in repo.table("symbols.txt", 2) if row[0] == arguments.library}
    helpers = ARM_HELPERS if arguments.mcu else None

    with repo.scratch() as directory:
        for name, text, expected in [
            ("clean", "int wrn_a(int x);\nint wrn_a(int x) { return x; }\n", False),
            ("heap", "#include <stddef.h>\nvoid *malloc(size_t);\nvoid *wrn_a(void);\nvoid *wrn_a(void) { return malloc(3); }\n", True),
            ("static", "int wrn_a(void);\nint wrn_a(void) { static int n; return ++n; }\n", True),
            ("float", "int wrn_a(int x);\nint wrn_a(int x) { return (int)(x * 1.5); }\n", True),
        ]:
            found = run_control(arguments, text, flags, allowed, helpers, directory)
            repo.control(name, found, expected)
        problems = check(arguments, files, flags, allowed, helpers, directory / "objects")
    headers = repo.sources(repo.ROOT, folders + include)
    repo.finish(problems + words(headers), f"{len(files)} files by {arguments.compiler}: only {' '.join(sorted(allowed))}")


def run_control(arguments, text, flags, allowed, helpers, directory):
    path = directory / "control.c"
    path.write_text(text)
    out = directory / "control.o"
    done = subprocess.run([arguments.compiler, *flags, "-Wno-conversion", "-c", str(path), "-o", str(out)], capture_output=True, text=True)
    if done.returncode:
        return [done.stderr]
    prefix = "arm-none-eabi-" if arguments.mcu else ""
    wanted, problems = undefined(prefix + "nm", [out])
    problems += [name for name in wanted if name not in allowed and not (helpers and helpers.match(name))]
    return problems + mutable(prefix + "readelf", [out])


if __name__ == "__main__":
    main()
