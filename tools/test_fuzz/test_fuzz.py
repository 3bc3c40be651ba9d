"""tools/fuzz and its parts from outside: what a failure's key is, who is next, what is refused, how the command speaks."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
from bed import continuous, coverage, job, manifest, mutants, place, sabotages, sides, triage  # noqa: E402

OVERFLOW = """==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602
    #0 0x55 in __asan_memcpy (bin/fuzz-x+0x1)
    #1 0x56 in wrni_trie_insert engine/src/trie.c:250:9
    #2 0x57 in wrn_allowed_add engine/src/routes.c:31:10
    #3 0x58 in LLVMFuzzerTestOneInput fuzz/allowedips.c:9:1
    #4 0x59 in fuzzer::Fuzzer::ExecuteCallback
SUMMARY: AddressSanitizer: heap-buffer-overflow engine/src/trie.c:250:9 in wrni_trie_insert
"""
RUNTIME = "engine/src/trie.c:100:51: runtime error: shift exponent 64 is too large\n    #0 0x1 in upper engine/src/trie.c:100:51\n"


def fuzz(*words):
    return subprocess.run([ROOT / "tools/fuzz", *words], capture_output=True, text=True)


class Triage(unittest.TestCase):
    def test_an_oracle_is_the_key(self):
        text = "INFO: Seed\noracle: window-twice: counter 7\n" + OVERFLOW
        self.assertEqual(triage.key(text), "window-twice")
        self.assertEqual(triage.why(text), "window-twice: counter 7")

    def test_else_kind_and_three_frames_of_ours(self):
        self.assertEqual(triage.key(OVERFLOW), "heap-buffer-overflow-wrni_trie_insert-wrn_allowed_add-LLVMFuzzerTestOneInput")
        self.assertEqual(triage.key(RUNTIME), "undefined-upper")
        self.assertIn("shift exponent 64", triage.why(RUNTIME))

    def test_silence_has_none(self):
        self.assertIsNone(triage.key("Executed in 3 ms"))


class Ledger(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        continuous.STATE = pathlib.Path(self.folder.name) / "state.json"
        continuous.RESULTS = pathlib.Path(self.folder.name) / "results.jsonl"

    def tearDown(self):
        self.folder.cleanup()

    def found(self, name, seconds):
        return {"harness": name, "seconds": seconds, "executions": 10, "rate": 1, "edges": 5, "inputs": 2, "failures": [], "seed": 1}

    def test_turns_follow_the_weights(self):
        names = ["sim_schedule", "uapi", "keys_text"]
        ledger, turns = continuous.Ledger(names), {name: 0 for name in names}
        for _ in range(110):
            name = ledger.next(names, set())
            turns[name] += 1
            ledger.add(name, self.found(name, 60))
        self.assertEqual(turns, {"sim_schedule": 80, "uapi": 20, "keys_text": 10})

    def test_who_fails_at_once_pays_all_the_same(self):
        ledger = continuous.Ledger(["a", "b"])
        ledger.add("a", self.found("a", 0.1))
        self.assertEqual(ledger.next(["a", "b"], set()), "b")
        self.assertEqual(ledger.next(["a", "b"], {"b"}), "a")
        self.assertIsNone(ledger.next(["a", "b"], {"a", "b"}))

    def test_it_goes_on_where_it_was(self):
        first = continuous.Ledger(["a"])
        first.add("a", self.found("a", 60))
        first.save()
        self.assertEqual(continuous.Ledger(["a", "b"]).rows["a"]["executions"], 10)

    def test_failing_lines_outlive_passing_ones(self):
        continuous.FORGET = 10
        continuous.log({"ok": False, "n": 0})
        for n in range(1, 30):
            continuous.log({"ok": True, "n": n})
        lines = [json.loads(line) for line in continuous.RESULTS.read_text().splitlines()]
        self.assertLessEqual(len(lines), 11)
        self.assertEqual([line["n"] for line in lines if not line["ok"]], [0])


class Sabotages(unittest.TestCase):
    def test_changed_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.patch"
            path.write_text("What: a\nBreaks: P-1, G-2\nCheck: bed\nHarness: uapi\n\n--- a/f.c\n+++ b/f.c\n@@ -5,4 +5,4 @@\n"
                            " five\n-six\n+sechs\n seven\n-eight\n nine\n")
            one = sabotages.Sabotage(path)
        self.assertEqual(one.changed(), {"f.c": {6, 8}})
        self.assertEqual(one.gotchas(), ["G-2"])

    def test_thirty_gotchas_and_three_harmless_edits(self):
        everyone = sabotages.everyone()
        self.assertGreaterEqual(sum(bool(one.gotchas()) for one in everyone), 30)
        self.assertGreaterEqual(sum(one.check == sabotages.NONE for one in everyone), 3)


class Manifest(unittest.TestCase):
    def test_what_does_not_agree_is_named(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            root = pathlib.Path(folder)
            for name, value in (("FILE", root / "MANIFEST"), ("SHIPPED", (root,))):
                stack.callback(setattr, manifest, name, getattr(manifest, name))
                setattr(manifest, name, value)
            stack.callback(setattr, place, "ROOT", place.ROOT)
            place.ROOT = root
            self.assertIn("missing", manifest.problems()[0])
            manifest.FILE.write_text("nonsense\n")
            self.assertIn("is no row", manifest.problems()[0])


class Coverage(unittest.TestCase):
    def data(self, covered):
        summary = {kind: {"covered": covered, "count": 10} for kind in ("lines", "branches", "mcdc", "regions")}
        return {"files": [{"filename": "engine/src/wire.c", "summary": summary}], "functions": []}

    def test_the_ratchet_goes_one_way(self):
        with tempfile.TemporaryDirectory() as folder:
            kept, coverage.RATCHET = coverage.RATCHET, pathlib.Path(folder) / "coverage.txt"
            goals, coverage.GOALS = coverage.GOALS, ()
            try:
                self.assertIn("missing", coverage.ratchet({"a": self.data(5)}, self.data(5), {})[0])
                coverage.write({"a": self.data(5)}, self.data(5))
                self.assertEqual(coverage.ratchet({"a": self.data(6)}, self.data(6), {}), [])
                self.assertEqual(len(coverage.ratchet({"a": self.data(4)}, self.data(5), {})), 2)
                self.assertEqual(len(coverage.ratchet({"a": self.data(5)}, self.data(4), {})), 3)
                self.assertEqual(len(coverage.ratchet({}, self.data(5), {})), 1)
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    self.assertEqual(coverage.ratchet({"a": self.data(5), "b": self.data(1)}, self.data(5), {}), [])
                self.assertIn("b: not in", out.getvalue())
                coverage.GOALS = goals
                coverage.write({"a": self.data(8)}, self.data(8))
                self.assertEqual([one.split(":")[0] for one in coverage.ratchet({"a": self.data(8)}, self.data(8), {})],
                                 ["engine lines", "engine branches"])
                self.assertEqual(coverage.ratchet({"a": self.data(10)}, self.data(10), {}), [])
            finally:
                coverage.RATCHET, coverage.GOALS = kept, goals

    def test_what_no_input_comes_to_is_named(self):
        reached = {}
        coverage.add_reached(reached, "reached reason replay 2\nreached pair S0/data 0\nother line\n")
        coverage.add_reached(reached, "reached reason replay 1\nreached pair S1/data 4\n")
        self.assertEqual(reached, {("reason", "replay"): 3, ("pair", "S0/data"): 0, ("pair", "S1/data"): 4})
        self.assertEqual(coverage.missing(reached), ["no input comes to pair S0/data"])

    def test_a_reader_of_which_little_is_reached_is_named(self):
        rows = [{"filename": f"tools/wgconf/{name}.c", "summary": {"lines": {"covered": lines, "count": 100}}}
                for name, lines in (("a", 90), ("b", 79))] + [{"filename": "tools/other.c", "summary": {"lines": {"covered": 0, "count": 9}}}]
        self.assertEqual(coverage.read_lines({"files": rows}, "wgconf"), (169, 200))
        with tempfile.TemporaryDirectory() as folder:
            kept, coverage.RATCHET = coverage.RATCHET, pathlib.Path(folder) / "coverage.txt"
            goals, coverage.GOALS = coverage.GOALS, ()
            try:
                coverage.write({"wgconf": self.data(5)}, self.data(5))
                for lines, wrong in ((169, 1), (170, 0)):
                    found = {"wgconf": {**self.data(5), "reader": (lines, 200)}}
                    self.assertEqual(len(coverage.ratchet(found, self.data(5), {})), wrong)
            finally:
                coverage.RATCHET, coverage.GOALS = kept, goals

    def measured(self, folder, *counts):
        """A function of one line, its condition twice, as llvm-cov has it; an inline function is there once for each file."""
        file = pathlib.Path(folder) / "engine/src/a.h"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\nif (here && here)\n")
        branches = [[2, 5 + 8 * i, 2, 9 + 8 * i, *pair, 0, 0, 4] for each in counts for i, pair in enumerate(each)]
        data = {"files": [{"filename": "engine/src/a.h", "branches": branches}],
                "functions": [{"filenames": ["engine/src/a.h"], "name": "x.c:one", "regions": [[1, 1, 3, 1, 1, 0, 0, 0]]}]}
        return sides.untaken(data, data["files"], pathlib.Path(folder))

    def test_a_side_is_not_taken_when_no_file_takes_it(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.measured(folder, [(3, 0), (0, 1)], [(3, 0), (0, 0)]),
                             [(sides.Side("engine/src/a.h:one", "false", "here"), 2), (sides.Side("engine/src/a.h:one", "true", "here"), 2)])
            self.assertEqual(self.measured(folder, [(3, 0), (0, 1)], [(0, 1), (1, 0)]), [])

    def test_the_list_of_sides_is_held_against_what_is_measured(self):
        with tempfile.TemporaryDirectory() as folder:
            rows = pathlib.Path(folder) / "untaken.txt"
            true, false = (f"engine/src/a.h:one  {side}  {kind}  here  -- so it is" for side, kind in (("true", "never"), ("false", "open")))
            found = self.measured(folder, [(3, 0), (3, 0)])
            stale, new = sides.compare(found, rows)
            self.assertEqual((len(stale), len(new)), (0, 2))
            rows.write_text(f"# head\n{false}\n{false}\n")
            self.assertEqual(sides.compare(found, rows), ([], []))
            self.assertEqual(sides.prune(found, rows), 0)
            rows.write_text(f"# head\n{false}\n{true}\n")
            stale, new = sides.compare(found, rows)
            self.assertEqual((len(stale), len(new)), (1, 1))
            self.assertIn("true side of 'here'", stale[0])
            self.assertIn("as never taken", stale[0])
            self.assertEqual(sides.prune(found, rows), 1)
            self.assertEqual(rows.read_text(), f"# head\n{false}\n")
            for bad in (false.replace("open", "perhaps"), false.replace("  -- so it is", ""), "nonsense"):
                rows.write_text(f"{bad}\n")
                with self.assertRaises(SystemExit) as done, contextlib.redirect_stderr(io.StringIO()) as said:
                    sides.compare(found, rows)
                self.assertEqual(done.exception.code, 2)
                self.assertIn("untaken.txt:1: '", said.getvalue())

    def test_every_row_of_the_list_names_a_function_that_is_there(self):
        rows = sides.listed()
        self.assertTrue(rows)
        for side, _ in rows:
            file, function = side.place.split(":")
            self.assertIn(f"{function}(", (place.ROOT / file).read_text(), side)


class Commands(unittest.TestCase):
    def refused(self, *words):
        done = fuzz(*words)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr

    def test_bad_usage(self):
        self.assertIn("--list", self.refused("no-such-harness"))
        self.assertIn("which harness", self.refused())
        self.assertIn("--minutes", self.refused("canary", "--minutes", "-1"))
        self.assertIn("no commit", self.refused("--job", "no-such-commit", "canary", "1", "1"))
        self.assertIn("two numbers", self.refused("--job", "HEAD", "canary", "x", "1"))
        self.assertIn("no line of tools/fuzz", self.refused("--collect", str(ROOT / "LICENSE")))
        self.assertIn("No such file", self.refused("--collect", "no-such-file"))

    def test_the_list_says_what_each_fuzzes(self):
        lines = fuzz("--list").stdout.splitlines()
        self.assertEqual(len(lines) - 1, len(list((ROOT / "fuzz").glob("*.c"))))
        self.assertFalse([line for line in lines if "does not say" in line])

    def test_help_teaches(self):
        self.assertIn("Examples:", fuzz("--help").stdout)
        self.assertIn("Examples:", subprocess.run([ROOT / "tools/grade", "--help"], capture_output=True, text=True).stdout)

    def test_what_jobs_say_is_summed_up(self):
        line = {"harness": "canary", "seconds": 1800, "executions": 5, "failures": [{"key": "canary", "why": "canary: it sings",
                                                                                    "input": "eHk="}], "command": "tools/fuzz --job x"}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "results.jsonl"
            path.write_text((json.dumps(line) + "\n") * 2)
            kept, place.OUT = place.OUT, pathlib.Path(folder)
            out = io.StringIO()
            try:
                with contextlib.redirect_stdout(out):
                    self.assertEqual(job.collect([path]), 1)
            finally:
                place.OUT = kept
            self.assertEqual([path.read_bytes() for path in pathlib.Path(folder).glob("canary/crashes/*")], [b"xy"])
        self.assertIn("2 jobs     1.00 h             10 executions    2 failed", out.getvalue())

    def test_jobs_for_many_machines(self):
        done = subprocess.run([ROOT / "fuzz/cluster/jobs", "abc", "60", "2", "uapi", "timers"], capture_output=True, text=True)
        self.assertEqual(done.stdout, "abc uapi 1 60\nabc timers 1 60\nabc uapi 2 60\nabc timers 2 60\n")
        self.assertEqual(subprocess.run([ROOT / "fuzz/cluster/jobs"], capture_output=True).returncode, 2)


class Mutants(unittest.TestCase):
    SOURCE = """/* a < b */
static int x = 1;
int f(int a, int b)
{
    /* a < b in a comment */
    if (a < b && !a)
        g("a < b", 3);
    uint64_t sum = 0;
    return a == b;
}
"""

    def found(self):
        return {(one.line, one.rule, one.nth): one.after for one in mutants.mutants_of("x.c", self.SOURCE)}

    def test_every_rule_makes_one_edit_of_a_line_of_code(self):
        found = self.found()
        self.assertEqual({line for line, _, _ in found}, {6, 7, 8, 9})
        self.assertEqual(found[6, "< to <=", 0], "    if (a <= b && !a)")
        self.assertEqual(found[6, "&& to ||", 0], "    if (a < b || !a)")
        self.assertEqual(found[6, "not dropped", 0], "    if (a < b && a)")
        self.assertEqual(found[6, "condition turned", 0], "    if (!(a < b && !a))")
        self.assertEqual(found[7, "statement dropped", 0], "        ;")
        self.assertEqual(found[7, "number and one", 0], '        g("a < b", 4);')
        self.assertEqual(found[8, "64 bits to 32", 0], "    uint32_t sum = 0;")
        self.assertEqual(found[9, "returns the other", 0], "    return !(a == b);")
        self.assertNotIn((8, "statement dropped", 0), found)
        self.assertNotIn((9, "statement dropped", 0), found)

    def test_each_rule_has_work_in_the_engine(self):
        rules = {one.rule for one in mutants.everyone(mutants.sources([]))}
        self.assertEqual({rule for rule, _, _ in mutants.RULES} - rules, set())


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
