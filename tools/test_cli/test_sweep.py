#!/usr/bin/env python3
"""Many runs: warren sweep, and warren run --seed A..B. The table is read by Python's own sqlite3. Usage: test_sweep.py WARREN [CASE...]"""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WARREN = ""

# Loses enough that about half of its worlds are up in time.
LOSSY = """warren: 1
name: lossy
stop: 10s
crypto: toy
paths:
  bad: {delay: 20ms, loss: 30%}
nodes:
  a: {path: bad}
  b: {path: bad}
tunnels:
  - {node: a, peer: b}
  - {node: b, peer: a}
traffic:
  - {from: a, to: b, send: 200B, every: 1s}
expect:
  - {always: safety.all}
  - {that: up(a->b), within: 7s, seeds: 60%}
"""
SWEEP = "sweep:\n  loss: {set: paths.bad.loss, to: [0%, 10%]}\n  keepalive: {set: [tunnels.0.keepalive, tunnels.1.keepalive], to: [none, 2s]}\n"
CELLS = ["lossy/loss=%s/keepalive=%s" % (loss, keepalive) for loss in ("0%", "10%") for keepalive in ("none", "2s")]


def warren(*arguments, text=None):
    return subprocess.run([WARREN, *arguments], input=text, capture_output=True, text=True, timeout=300,
                          env=dict(os.environ, LC_ALL="C"))


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def scenario(self, text=LOSSY, name="x.yaml"):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def refused(self, message, *arguments):
        """The first line; behind what a scenario does wrong come its line and a caret."""
        result = warren(*arguments)
        self.assertEqual((result.stderr.split("\n")[0], result.returncode, result.stdout), (message, 2, ""))


class Many(Case):
    """warren run --seed A..B"""

    def many(self, *arguments):
        result = warren("run", *arguments, "--quiet", "--json", "-")
        self.assertEqual(result.stderr, "")
        report = json.loads(result.stdout)
        for run in report["runs"]:
            del run["wall_ns"]
        return result.returncode, report

    def test_one_run_measures_only(self):
        path, held = self.scenario(), set()
        for seed in range(1, 9):
            result = warren("run", path, "--seed", str(seed), "--quiet", "--json", "-")
            claim = json.loads(result.stdout)["expectations"][1]
            self.assertEqual((claim["text"], claim["seeds_ppm"]), ("up(a->b) within 7s in 60% of seeds", 600000))
            self.assertEqual(result.returncode, 0)
            held.add(claim["held"])
        self.assertEqual(held, {True, False})

    def test_broken_and_early(self):
        code, report = self.many(self.scenario(), "--seed", "1..2000", "--set", "paths.bad.loss=50%")
        claim = report["expectations"][1]
        self.assertEqual((code, claim["verdict"], report["held"], report["failed"]), (1, "BROKEN", False, 0))
        self.assertLess(report["seeds"], 200)
        self.assertEqual(claim["seeds"], report["seeds"])
        self.assertLessEqual(claim["high_ppm"], 600000)

    def test_held_and_early(self):
        code, report = self.many(self.scenario(), "--seed", "1..2000", "--set", "paths.bad.loss=2%")
        claim = report["expectations"][1]
        self.assertEqual((code, claim["verdict"], report["held"]), (0, "held", True))
        self.assertLess(report["seeds"], 200)
        self.assertGreaterEqual(claim["low_ppm"], 600000)

    def test_undecided_is_not_held(self):
        result = warren("run", self.scenario(), "--seed", "1..5", "--set", "paths.bad.loss=0%")
        self.assertEqual((result.returncode, result.stderr), (1, ""))
        self.assertIn("  OPEN   up(a->b) within 7s in 60% of seeds", result.stdout)
        self.assertIn("5 of 5, 27.8%..100% (99%)", result.stdout)
        self.assertIn("not decided; that takes more seeds, at the least 15 that all hold", result.stdout)
        self.assertTrue(result.stdout.endswith("FAILED: a claim about seeds is not shown to hold\n"))

    def test_checks_are_summed(self):
        invariants = self.many(self.scenario(), "--seed", "1..4")[1]["invariants"]
        self.assertEqual({name for name, one in invariants.items() if one["violated"]}, set())
        self.assertGreaterEqual(invariants["L10"]["checked"], 4)

    def test_jobs_change_nothing(self):
        one, three = (self.many(self.scenario(), "--seed", "3..60", "--jobs", jobs) for jobs in ("1", "3"))
        self.assertEqual(one, three)
        self.assertEqual(one[1]["runs"][0]["seed"], 3)

    def test_each_seed_is_the_run_of_that_seed(self):
        path = self.scenario()
        runs = self.many(path, "--seed", "5..6")[1]["runs"]
        for run in runs:
            alone = json.loads(warren("run", path, "--seed", str(run["seed"]), "--quiet", "--json", "-").stdout)
            self.assertEqual(alone["trace_hash"], run["trace_hash"])

    def test_a_broken_run_fails_and_can_be_repeated(self):
        path = self.scenario(LOSSY.replace(", seeds: 60%", ""))
        result = warren("run", path, "--seed", "1..12", "--set", "paths.bad.loss=60%")
        self.assertEqual(result.returncode, 1)
        first = [line for line in result.stdout.splitlines() if "FAILED: expectation up(a->b)" in line][0]
        seed = first.split()[1].rstrip(":")
        again = result.stdout.splitlines()[-1]
        self.assertEqual(again, "again: warren run '%s' --seed %s --set 'paths.bad.loss=60%%'" % (path, seed))
        self.assertEqual(warren("run", path, "--seed", seed, "--set", "paths.bad.loss=60%", "--quiet").returncode, 1)

    def test_refusals(self):
        path = self.scenario()
        self.refused("warren run: --seed '9..3' are no seeds; such as 1..1000 or 7", "run", path, "--seed", "9..3")
        self.refused("warren run: --trace is for one run; --seed 1, or none of it", "run", path, "--seed", "1..2", "--trace", "-")
        for one in (["--record", "r.wtr"], ["--resolved", "r.yaml"], ["--twice"]):
            self.refused("warren run: %s is for one run; --seed 1, or none of it" % one[0], "run", path, "--seed", "1..2", *one)
        self.refused("warren run: --jobs is for many seeds; --seed A..B", "run", path, "--jobs", "2")
        self.refused("warren run: many seeds read the scenario many times; a file instead of standard input", "run", "-", "--seed", "1..2")


class Sweep(Case):
    """warren sweep"""

    def sweep(self, *arguments, out="t.sqlite", code=None):
        result = warren("sweep", *arguments, "--out", self.path(out))
        self.assertIn(result.returncode, (0, 1) if code is None else (code,), result.stderr)
        return result.stdout

    def rows(self, query, out="t.sqlite"):
        with sqlite3.connect(self.path(out)) as base:
            rows = base.execute(query).fetchall()
        base.close()
        return rows

    def content(self, out="t.sqlite"):
        """Everything but numbers of rows and wall time."""
        run = "SELECT name, seed, world_seed, failed, failure, simulated_ns, events, datagrams, ties, initiations, delivered, violations," \
              " unheld, trace_hash, control_hash FROM runs JOIN cells USING(cell) ORDER BY 1, 2"
        parts = [self.rows(run, out)]
        for table, columns in (("expectations", "number, text, seeds_ppm, held, measured"), ("invariants", "id, checked, violated"),
                               ("drops", "reason, count"), ("marks", "mark, count"), ("nodes", "node, datagrams_sent, bytes_sent, dh")):
            parts.append(self.rows("SELECT name, seed, %s FROM %s JOIN runs USING(run) JOIN cells USING(cell) ORDER BY 1, 2, 3"
                                   % (columns, table), out))
        return parts + [self.rows("SELECT name, axis, path, value FROM axes JOIN cells USING(cell) ORDER BY 1, 2, 3", out)]

    def test_cells_of_the_file(self):
        out = self.sweep(self.scenario(LOSSY + SWEEP), "--seeds", "1..3")
        self.assertIn("sweep of 'lossy': 4 cells, seeds 1..3", out)
        self.assertEqual([name for name, in self.rows("SELECT name FROM cells ORDER BY cell")], CELLS)
        self.assertEqual(self.rows("SELECT loss, keepalive, count(*), min(failed), max(violations) FROM grid GROUP BY cell LIMIT 1"),
                         [("0%", "none", 3, 0, 0)])
        self.assertEqual(self.rows("SELECT count(DISTINCT world_seed), count(DISTINCT trace_hash) FROM runs"), [(12, 12)])
        self.assertEqual({path for path, in self.rows("SELECT path FROM axes WHERE axis = 'keepalive'")},
                         {"tunnels.0.keepalive", "tunnels.1.keepalive"})
        self.assertEqual(self.rows("SELECT count(*) FROM expectations"), [(24,)])
        self.assertEqual(self.rows("SELECT count(*) FROM invariants WHERE id = 'S5' AND checked > 0 AND violated = 0"), [(12,)])
        self.assertEqual(self.rows("SELECT sum(count) > 0 FROM drops WHERE reason = 'link loss'"), [(1,)])
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])

    def test_a_cell_is_the_run_it_names(self):
        path = self.scenario(LOSSY + SWEEP)
        self.sweep(path, "--seeds", "4")
        world, expected = self.rows("SELECT world_seed, trace_hash FROM grid WHERE loss = '10%' AND keepalive = '2s'")[0]
        run = warren("run", path, "--seed", str(world), "--set", "paths.bad.loss=10%", "--set", "tunnels.0.keepalive=2s", "--set",
                     "tunnels.1.keepalive=2s", "--quiet", "--json", "-")
        self.assertEqual(json.loads(run.stdout)["trace_hash"], expected)

    def test_no_axes_is_the_scenario(self):
        path = self.scenario()
        self.sweep(path, "--seeds", "7..8")
        self.assertEqual(self.rows("SELECT cell_name, seed, world_seed FROM grid"), [("lossy", 7, 7), ("lossy", 8, 8)])

    def test_jobs_change_nothing(self):
        path = self.scenario(LOSSY + SWEEP)
        one = self.sweep(path, "--seeds", "1..6", "--jobs", "1", out="1.sqlite").splitlines()[:-1]
        three = self.sweep(path, "--seeds", "1..6", "--jobs", "3", out="3.sqlite").splitlines()[:-1]
        self.assertEqual(one, three)
        self.assertEqual(self.content("1.sqlite"), self.content("3.sqlite"))

    def test_jobs_change_nothing_when_cells_end_early(self):
        path = self.scenario((LOSSY + SWEEP).replace("seeds: 60%", "seeds: 40%"))
        self.sweep(path, "--seeds", "1..200", "--early", "--jobs", "1", out="1.sqlite")
        out = self.sweep(path, "--seeds", "1..200", "--early", "--jobs", "3", out="3.sqlite")
        self.assertEqual(self.content("1.sqlite"), self.content("3.sqlite"))
        self.assertLess(self.rows("SELECT count(*) FROM runs", "1.sqlite")[0][0], 400)
        self.assertNotIn("OPEN", out)

    def test_a_larger_grid_moves_no_cell(self):
        path = self.scenario(LOSSY + SWEEP)
        self.sweep(path, "--seeds", "1..3")
        before = self.content()[0]
        wall = self.rows("SELECT cell_name, seed, wall_ns FROM grid ORDER BY 1, 2")
        out = self.sweep(path, "--seeds", "1..4", "--vary", "paths.bad.loss=0%,5%,10%")
        after = self.content()[0]
        self.assertEqual(len(after), 24)
        self.assertEqual([row for row in after if row in before], before)
        self.assertEqual([row for row in self.rows("SELECT cell_name, seed, wall_ns FROM grid ORDER BY 1, 2") if row in wall], wall)
        self.assertIn("24 runs in the table", out)
        self.sweep(path, "--seeds", "1..4", "--vary", "paths.bad.loss=0%,5%,10%", out="anew.sqlite")
        self.assertEqual(self.content(), self.content("anew.sqlite"))

    def test_an_aborted_sweep_goes_on(self):
        # Long runs: the table is committed once a second, and the whole sweep must take several.
        path = self.scenario((LOSSY + SWEEP).replace("stop: 10s", "stop: 8h"))
        arguments = [path, "--seeds", "1..5", "--jobs", "1"]
        with subprocess.Popen([WARREN, "sweep", *arguments, "--out", self.path("t.sqlite")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            for _ in range(6000):
                time.sleep(0.005)
                if os.path.exists(self.path("t.sqlite")) and os.path.getsize(self.path("t.sqlite")) > 0 and self.present() > 0:
                    break
            process.send_signal(signal.SIGKILL)
        present = self.present()
        self.assertTrue(0 < present < 20, present)
        self.sweep(*arguments)
        self.assertEqual(self.present(), 20)
        self.sweep(*arguments, out="whole.sqlite")
        self.assertEqual(self.content(), self.content("whole.sqlite"))

    def present(self):
        try:
            return self.rows("SELECT count(*) FROM runs")[0][0]
        except sqlite3.OperationalError:
            return 0

    def test_zip(self):
        path = self.scenario(LOSSY + SWEEP.replace("sweep:\n", "sweep:\n  zip: true\n"))
        self.sweep(path, "--seeds", "1", "--vary", "nodes.a.mtu=1300,1420")
        self.assertEqual([name for name, in self.rows("SELECT name FROM cells ORDER BY cell")],
                         ["lossy/loss=0%/keepalive=none/nodes.a.mtu=1300", "lossy/loss=0%/keepalive=none/nodes.a.mtu=1420",
                          "lossy/loss=10%/keepalive=2s/nodes.a.mtu=1300", "lossy/loss=10%/keepalive=2s/nodes.a.mtu=1420"])

    def test_failures_are_named_with_their_command(self):
        path = self.scenario(LOSSY.replace(", seeds: 60%", ""))
        out = self.sweep(path, "--seeds", "1..8", "--vary", "paths.bad.loss=0%,70%", "--set", "tunnels.0.keepalive=2s", code=1)
        again = [line for line in out.splitlines() if line.startswith("again: ")][0]
        self.assertIn("--set 'tunnels.0.keepalive=2s' --set 'paths.bad.loss=70%'", again)
        words = again.replace("'", "").split()[2:]
        self.assertEqual(warren(*words, "--quiet").returncode, 1)
        self.assertEqual(self.rows("SELECT count(*) FROM runs WHERE failed AND failure LIKE 'expectation up(a->b)%'")[0][0],
                         self.rows("SELECT count(*) FROM runs WHERE unheld > 0")[0][0])

    def test_files_are_not_mixed(self):
        path = self.scenario(LOSSY + SWEEP)
        table = self.path("t.sqlite")
        self.sweep(path, "--seeds", "1")
        message = "warren sweep: %s: holds runs of another %s; another --out, or remove the file"
        self.refused(message % (table, "scenario"), "sweep", path, "--seeds", "1", "--set", "stop=11s", "--out", table)
        with sqlite3.connect(table) as base:
            base.execute("UPDATE about SET value = 'x' WHERE key = 'build_digest'")
        base.close()
        self.refused(message % (table, "build of warren"), "sweep", path, "--seeds", "1", "--out", table)
        with sqlite3.connect(self.path("other.sqlite")) as base:
            base.execute("CREATE TABLE mine(x)")
        base.close()
        self.refused("warren sweep: %s: is no table of a sweep; another --out" % self.path("other.sqlite"), "sweep", path, "--seeds", "1",
                     "--out", self.path("other.sqlite"))
        self.refused("warren sweep: %s: is no table of a sweep; another --out" % path, "sweep", path, "--seeds", "1", "--out", path)

    def test_refusals(self):
        path, table = self.scenario(LOSSY + SWEEP), self.path("t.sqlite")
        for message, arguments in (
                ("no seeds; such as --seeds 1..100", []),
                ("--vary paths.bad: no PATH=V1,V2; for example --vary paths.lte.loss=0%,2%", ["--seeds", "1", "--vary", "paths.bad"]),
                ("--vary x=1,: an empty value; PATH=V1,V2", ["--seeds", "1", "--vary", "x=1,"]),
                ("--vary x=1,1: '1' stands there twice; each once", ["--seeds", "1", "--vary", "x=1,1"]),
                ("--vary seed=1,2: 'seed' is nothing to vary; seeds by --seeds A..B, else a value of the world",
                 ["--seeds", "1", "--vary", "seed=1,2"]),
                ("--set paths.bad.loss=1%: the axis 'loss' varies this value; one of them", ["--seeds", "1", "--set", "paths.bad.loss=1%"]),
                ("--out - is not possible; a file", ["--seeds", "1", "--out", "-"])):
            self.refused("warren sweep: " + message, "sweep", path, *arguments, *([] if "--out" in arguments else ["--out", table]))
        self.refused("warren sweep: no table; such as --out runs.sqlite", "sweep", path, "--seeds", "1")
        self.refused("--vary paths.worse.loss=5%: error: no 'worse' in this scenario; a path like nodes.NAME.KEY, paths.NAME.KEY or traffic.0.KEY",
                     "sweep", path, "--seeds", "1", "--vary", "paths.worse.loss=5%", "--out", table)
        self.refused("--vary paths.bad.loss=lots: error: loss: 'lots' is no loss; none, 2%, 1/10000, 3 of 4, or list(2 3 7)", "sweep", self.scenario(name="y.yaml"), "--seeds", "1", "--vary",
                     "paths.bad.loss=lots", "--out", table)
        bad = self.scenario(LOSSY + "sweep: {k: {set: tunnels.0.keepalive, to: [none, 2]}}\n", "z.yaml")
        message = "%s: axis 'k': tunnels.0.keepalive=2: error: keepalive: '2' lacks a unit; one of ns us ms s m h, such as 2s" % bad
        self.refused(message, "sweep", bad, "--seeds", "1", "--out", table)
        self.refused(message, "check", bad)
        self.assertFalse(os.path.exists(table))

    def test_check_prints_the_grid(self):
        result = warren("check", self.scenario(LOSSY + SWEEP))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("Sweep: 4 cells\n  loss         paths.bad.loss to 0% 10%\n"
                      "  keepalive    tunnels.0.keepalive tunnels.1.keepalive to none 2s\n", result.stdout)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: test_sweep.py WARREN [CASE...]")
    WARREN = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
