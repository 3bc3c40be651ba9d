"""The status page: one static file."""

import html
import time

from . import coverage, place

FILE = place.OUT / "index.html"
STYLE = """body{font:14px sans-serif;margin:2em;color:#222}table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;
border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child{text-align:left}.bad{color:#b00;font-weight:bold}"""


def ago(seconds):
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def cells(values, tag="td"):
    return "<tr>" + "".join(f"<{tag}>{html.escape(str(value))}</{tag}>" for value in values) + "</tr>"


def canary(orchestra):
    if not orchestra.canary:
        return '<p class="bad">There is no canary: nobody knows whether this pipeline sees failures.</p>'
    seen = orchestra.ledger.canary
    if orchestra.blind or not seen:
        return '<p class="bad">The canary was not caught. What is silent below is not to be believed.</p>'
    return f"<p>The canary was caught {ago(time.time() - seen['time'])} ago, by {html.escape(seen['key'])}.</p>"


def harnesses(orchestra, weight):
    covered = coverage.stored()
    rows = [cells(("harness", "weight", "fuzzed", "turns", "executions", "exec/s", "edges", "last grew", "inputs", "regions by replay"), "th")]
    for name, row in sorted(orchestra.ledger.rows.items()):
        rows.append(cells((name, weight(name), ago(row["seconds"]), row["turns"], row["executions"], row["rate"], row["edges"],
                           row["grew"] or "-", row["inputs"], covered[name][0] if name in covered else "-")))
    return "<table>" + "\n".join(rows) + "</table>"


def failures(orchestra):
    known = orchestra.ledger.failures
    if not known:
        return "<p>No failure is open.</p>"
    rows = [cells(("failure", "harness", "times", "first", "what", "reproducers"), "th")]
    rows += [cells((one["key"], one["harness"], one["count"], one["first"], one["why"], " ".join(one["files"]) or "-"))
             for one in known.values()]
    return f'<p class="bad">{len(known)} failures are open.</p><table>' + "\n".join(rows) + "</table>"


def write(orchestra):
    from . import continuous  # weights are its own
    reached = coverage.stored().get("engine")
    text = f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="60"><title>fuzzing</title>
<style>{STYLE}</style><h1>Fuzzing</h1>
<p>Commit {html.escape(orchestra.commit or '-')}, since {orchestra.ledger.begun}; written {continuous.stamp()}.</p>
{canary(orchestra)}
{failures(orchestra)}
{harnesses(orchestra, continuous.weight)}
<p>{f'The corpora reach {reached[0]} lines, {reached[1]} branches and {reached[2]} conditions of the engine.' if reached else 'Coverage is not measured.'}</p>
</html>
"""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text)
