"""Every drop reason of types.h is named in a test of the engine or the simulator."""

import re

import repo


def unnamed(reasons, texts, owed):
    named = {word for text in texts for word in re.findall(r"\bWRN_REASON_\w+", repo.without_comments(text))}
    return [f"{reason}: no test names it" for reason in reasons if reason not in named and reason not in owed]


if __name__ == "__main__":
    repo.control("unnamed", unnamed(["WRN_REASON_A"], ["/* WRN_REASON_A */", "WRN_REASON_AB"], []), True)
    repo.control("named", unnamed(["WRN_REASON_A"], ["assert_int_equal(x, WRN_REASON_A);"], []), False)
    header = repo.without_comments((repo.ROOT / "engine/include/warren/types.h").read_text())
    reasons = [name for name in re.findall(r"^\s*(WRN_REASON_\w+)", header, re.M) if not name.endswith(("_NONE", "_COUNT"))]
    if not reasons:
        raise SystemExit("no reasons in types.h")
    texts = [path.read_text() for path in repo.sources(repo.ROOT, ["engine/test", "sim/test"], (".c", ".h"))]
    owed = [row[0] for row in repo.table("reasons.txt", 1)]
    repo.finish(unnamed(reasons, texts, owed), f"{len(reasons)} reasons, {len(owed)} of them owed a test")
