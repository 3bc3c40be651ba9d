"""The simulator calls its engines through the recorder: what changes an engine is called as wrn_rec_X, never as wrn_X."""

import re

import repo


def recorded(header):
    """Functions that have a recorded twin and change the engine: those under `What only reads` do not."""
    changing = header.split("What only reads.")[0]
    return sorted(set(re.findall(r"\bwrn_rec_(\w+)\(", changing)))


def direct(name, text, functions):
    problems = []
    for number, line in enumerate(repo.without_comments(text).splitlines(), 1):
        for function in functions:
            if re.search(rf"\bwrn_{function}\(", line):
                problems.append(f"{name}:{number}: wrn_{function} past the recorder; wrn_rec_{function}")
    return problems


if __name__ == "__main__":
    header = (repo.ROOT / "engine/include/warren/record.h").read_text()
    functions = recorded(header)
    repo.control("direct", direct("a.c", "x = wrn_advance(engine, now);", functions), True)
    repo.control("recorded", direct("a.c", "x = wrn_rec_advance(record, engine, now); /* wrn_advance(e) */", functions), False)
    repo.control("reading", direct("a.c", "wrn_digest(engine, 3, out);", functions), False)
    if len(functions) < 25:
        raise SystemExit("few recorded functions in record.h")
    problems = [problem for path in repo.sources(repo.ROOT, ["sim/src"], (".c",))
                for problem in direct(path.relative_to(repo.ROOT), path.read_text(), functions)]
    repo.finish(problems, f"{len(functions)} functions are called through the recorder")
