#!/usr/bin/env python3
"""Captures against the engine: warren replay --conform. Usage: test_conform.py WARREN [CASE...]"""
import glob
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CAPTURE = os.path.join(ROOT, "corpora", "captures", "wireguard-ping-tcp")
FOLDER = os.path.dirname(CAPTURE)
SCENARIOS = os.path.join(ROOT, "corpora", "scenarios")
UDP = 14 + 20 + 8  # where the datagram begins in a frame of the capture
WARREN = ""

# Preshared keys, IPv4 and IPv6 inside, loss, retransmissions, rekeys, a persistent keepalive, a peer without an endpoint.
WORLD = """warren: 1
name: everything
stop: 6m
paths:
  net: {delay: 15ms, loss: 3%}
nodes:
  hub: {path: net}
  one: {path: net}
  two: {path: net}
tunnels:
  - {node: hub, peer: one, psk: true, endpoint: none}
  - {node: one, peer: hub, psk: true, keepalive: 25s}
  - {node: hub, peer: two}
  - {node: two, peer: hub}
traffic:
  - {from: one, to: hub, send: 300B, every: 700ms, echo: true}
  - {from: two, to: hub, send: 1400B, every: 900ms, echo: true, ipv6: true}
"""


# A near and a far peer of one hub; the far one's way up is slower than its way down, and loses datagrams.
UNEVEN = """warren: 1
name: uneven
stop: 5m
paths:
  short: {delay: 10ms}
  uneven: {up: {delay: 20ms}, down: {delay: 10ms}}
  long:
    up: {delay: 90ms, loss: 30%}
    down: {delay: 50ms}
nodes:
  hub: {path: short}
  near: {path: uneven, peer: hub}
  far: {path: long, peer: hub}
traffic:
  - {from: near, to: hub, send: 300B, every: 300ms, echo: true}
  - {from: far, to: hub, send: 300B, every: 300ms, echo: true}
"""


def warren(*arguments):
    return subprocess.run([WARREN, *arguments], capture_output=True, text=True, timeout=300, env=dict(os.environ, LC_ALL="C"))


def captured(name, side):
    return os.path.join(FOLDER, name + ".pcapng"), "--keys", os.path.join(FOLDER, "%s.%s.keys" % (name, side))


class Conform(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        with open(CAPTURE + ".pcap", "rb") as file:
            self.real = file.read()
        self.keys = self.name("both.keys")
        with open(self.keys, "w") as out:
            for side in ("initiator", "responder"):
                with open("%s.%s.keys" % (CAPTURE, side)) as file:
                    out.write(file.read())

    def name(self, name):
        return os.path.join(self.folder.name, name)

    def written(self, data):
        with open(self.name("x.pcap"), "wb") as file:
            file.write(data)
        return self.name("x.pcap")

    def conform(self, path, *arguments, code=0):
        result = warren("replay", path, "--conform", "--quiet", "--json", "-", *arguments)
        self.assertEqual((result.returncode, result.stderr), (code, ""), result.stdout[-2000:])
        return json.loads(result.stdout)

    def frame(self, number):
        """Where frame `number` begins in the real capture, and its length."""
        at = 24
        for _ in range(number - 1):
            at += 16 + struct.unpack_from("<I", self.real, at + 8)[0]
        return at + 16, struct.unpack_from("<I", self.real, at + 8)[0]

    def changed(self, number, offset, bit=1):
        """The real capture with one bit of a datagram changed; a negative offset counts from its end."""
        at, length = self.frame(number)
        data = bytearray(self.real)
        data[at + (UDP if offset >= 0 else length) + offset] ^= bit
        return self.written(bytes(data))

    def test_a_real_capture_conforms_from_either_side(self):
        for side, equal in (("initiator", 12), ("responder", 10)):
            report = self.conform(CAPTURE + ".pcap", "--keys", "%s.%s.keys" % (CAPTURE, side))
            self.assertEqual([report[key] for key in ("equal", "different", "not_played", "refused")], [equal, 0, 0, 0])
        report = self.conform(CAPTURE + ".pcap", "--keys", self.keys)
        self.assertEqual((report["equal"], report["differences"]), (22, []))
        self.assertEqual([side["sent"]["initiation"] for side in report["sides"]], [2, 0])
        self.assertEqual([row["in_time"] for row in report["timers"]], [True] * 3)
        result = warren("replay", CAPTURE + ".pcap", "--keys", self.keys, "--conform", "--provider", "portable")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"(?m)^  keepalive: 2 by the engine's timers, 0 out of tolerance, \+\d\.\d+ to \+1\d\d\.\d+ ms$")
        self.assertRegex(result.stdout, r"(?m)^\S+: 22 messages equal, 0 different, 0 not played; 0 received that the engine refuses$")

    def providers(self):
        """The names of those that run here."""
        result = warren("replay", CAPTURE + ".pcap", "--quiet", "--provider", "ipsec-mb")
        with open("/proc/cpuinfo") as about, open(WARREN, "rb") as program:
            program_bytes = program.read()
            runs = re.search(r"\bavx2\b", about.read()) and b"libIPSec_MB" in program_bytes
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", "") if runs else (
            3, "", "warren replay: ipsec-mb does not run here, which needs a build with its library and a processor with AVX2; "
                   "--provider sodium\n"))
        other = warren("replay", CAPTURE + ".pcap", "--quiet", "--provider", "boringssl")
        linked = b"/android" in program_bytes
        self.assertEqual((other.returncode, other.stderr), (0, "") if linked else (
            3, "warren replay: boringssl does not run here, which needs a build with its library; --provider sodium\n"))
        return [*(["ipsec-mb"] if runs else []), *(["boringssl"] if linked else []), "sodium", "portable"]

    def test_every_provider_says_the_same(self):
        """Also of what does not open, and of a packet that is told from its stream alone."""
        captures = [(path, ["%s.%s.keys" % (path.removesuffix(".pcapng"), side) for side in "ab"])
                    for path in sorted(glob.glob(os.path.join(FOLDER, "*.pcapng")))]
        real = ["%s.%s.keys" % (CAPTURE, side) for side in ("initiator", "responder")]
        captures += [(CAPTURE + ".pcap", real), (self.changed(9, -16), real), (CAPTURE + ".pcap", [])]
        self.assertGreaterEqual(len(captures), 16)
        providers, first, seen = self.providers(), CAPTURE + ".pcap", set()
        for path, files in captures:
            with open(self.keys, "w") as out:
                for name in files:
                    with open(name) as file:
                        out.write(file.read())
            every = [["--json", "-"], ["--conform", "--json", "-"], *([[], ["--conform"], ["--to-scenario", "-"]] if path == first else [])]
            for words in every:
                with self.subTest(path, words=words):
                    chosen = [["--provider", name] for name in providers] + [[]] * (path == first)
                    told = {(result.returncode, result.stdout, result.stderr) for result in
                            (warren("replay", path, "--keys", self.keys, *words, *by) for by in chosen)}
                    self.assertEqual(len(told), 1)
                    seen |= {code for code, *_ in told}
        self.assertEqual(seen, {0, 1, 2})

    def test_captures_of_other_implementations_conform_from_either_side(self):
        with open(os.path.join(FOLDER, "README.md")) as file:
            rows = re.findall(r"(?m)^\| ((?:`[\w-]+` ?)+) \| (\d+), (\d+) \|", file.read())
        equal = {name: {"a": int(a), "b": int(b)} for names, a, b in rows for name in names.replace("`", "").split()}
        self.assertEqual(sorted(equal), sorted(name.removesuffix(".pcapng") for name in os.listdir(FOLDER) if name.endswith(".pcapng")))
        for name in sorted(equal):
            for side in "ab":
                with self.subTest(name, side=side):
                    report = self.conform(*captured(name, side))
                    self.assertEqual([report[key] for key in ("equal", "different", "not_played", "refused")], [equal[name][side], 0, 0, 0])
                    self.assertEqual([row for row in report["timers"] if not row["in_time"]], [])

    def test_the_engine_follows_a_peer_that_roams(self):
        """It sends to where the capture does of its own accord: never `elsewhere`."""
        for name in ("kernel-kernel-roaming", "go-kernel-roaming"):
            listed = json.loads(warren("replay", *captured(name, "a"), "--quiet", "--json", "-").stdout)["datagrams"]
            self.assertEqual(len({row["from"] for row in listed} - {listed[0]["from"]}), 3)
            sides = self.conform(*captured(name, "a"))["sides"]
            self.assertEqual([side["freedoms"]["elsewhere"] for side in sides], [0])

    def test_one_changed_bit_is_found_in_its_field(self):
        cases = [(1, 1, {"type"}), (1, 8, {"ephemeral"}), (1, 39, {"ephemeral"}), (1, 40, {"static"}), (1, 87, {"static"}),
                 (1, 88, {"timestamp", "mac1"}), (1, 115, {"timestamp"}), (1, 116, {"mac1"}), (1, 147, {"mac2"}),
                 (2, 2, {"type"}), (2, 12, {"ephemeral"}), (2, 44, {"empty"}), (2, 59, {"empty"}), (2, 75, {"mac1"}), (2, 76, {"mac2"}),
                 (5, 3, {"type"}), (5, 4, {"receiver"}), (5, 8, {"counter"}), (5, 40, {"tag"}), (5, -1, {"tag"}), (9, -16, {"tag"}),
                 (4, -1, {"tag"}), (20, 15, {"counter"})]
        for number, offset, fields in cases:
            with self.subTest(frame=number, offset=offset):
                report = self.conform(self.changed(number, offset), "--keys", self.keys, code=1)
                first = [row for row in report["differences"] if row["frame"] == number]
                self.assertEqual({row["field"] for row in first}, fields)
                self.assertEqual({row["frame"] for row in report["differences"]}, {number})
                self.assertRegex(first[0]["meaning"], r"^P-\d+")

    def test_a_packet_chosen_before_the_rotation_leaves_after_it(self):
        """Frame 15, the last under the first session, goes on the wire behind the first two under the second."""
        start = lambda number: self.frame(number)[0] - 16
        late, rest = bytearray(self.real[start(15):start(16)]), self.real[start(16):start(18)]
        late[:8] = self.real[start(17):start(17) + 8]
        report = self.conform(self.written(self.real[:start(15)] + rest + bytes(late) + self.real[start(18):]), "--keys", self.keys)
        self.assertEqual([report[key] for key in ("equal", "different", "not_played", "refused")], [22, 0, 0, 0])
        self.assertEqual([side["freedoms"]["in_flight"] for side in report["sides"]], [1, 0])

    def test_an_index_is_free_and_its_mac_is_not(self):
        report = self.conform(self.changed(1, 4), "--keys", self.keys, code=1)
        self.assertEqual([row["field"] for row in report["differences"] if row["frame"] == 1], ["mac1"])

    def test_our_own_captures_conform_wholly(self):
        path = self.name("world.yaml")
        with open(path, "w") as file:
            file.write(WORLD)
        worlds = [path] + [os.path.join(SCENARIOS, name + ".yaml") for name in ("cookie-storm", "two-peers", "site-to-site", "tamperer",
                                                                              "nested-tunnels", "road-warriors", "golden/p-168-crossing")]
        for world in worlds:
            with self.subTest(os.path.basename(world)):
                capture = self.name("world.pcapng")
                self.assertEqual(warren("run", world, "--quiet", "--pcap", capture).stderr, "")
                report = self.conform(capture)
                self.assertGreater(report["equal"], 20)
                self.assertEqual([report[key] for key in ("different", "not_played")], [0, 0])
                self.assertEqual([row for row in report["timers"] if not row["in_time"]], [])

    def test_a_capture_becomes_a_world(self):
        world, capture, seen = self.name("world.yaml"), self.name("world.pcapng"), self.name("seen.yaml")
        with open(world, "w") as file:
            file.write(WORLD)
        for path, keys in ((CAPTURE + ".pcap", self.keys), (capture, None)):
            if not keys:
                self.assertEqual(warren("run", world, "--quiet", "--until", "30s", "--pcap", capture).stderr, "")
            result = warren("replay", path, "--to-scenario", seen, *(("--keys", keys) if keys else ()))
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            nodes, packets = map(int, result.stdout.split(": ")[1].split(";")[0].replace(" nodes, ", " ").split(" ")[:2])
            self.assertEqual(nodes, 2 if keys else 3)
            result = warren("run", seen, "--quiet", "--json", "-", "--seed", "9")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            with open(seen) as file:
                text = file.read()
            self.assertEqual(len(re.findall(r"(?m)^ +- \d+us \d+B", text)), packets)
            self.assertEqual("psk: true" in text, not keys)
        self.assertEqual(len(re.findall(r"(?m)^  p\d: \{up: \{delay: 15\d{3}us(, loss: \d\.\d+%)?\}, down: \{delay: 15", text)), 3)
        result = warren("replay", CAPTURE + ".pcap", "--to-scenario", seen)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertRegex(result.stderr, r"^warren replay: \S+: no handshake in it opens; the keys of a side that has one\n$")

    def test_each_way_has_its_own_delay_and_loss(self):
        world, capture, seen = self.name("world.yaml"), self.name("world.pcapng"), self.name("seen.yaml")
        with open(world, "w") as file:
            file.write(UNEVEN)
        self.assertEqual(warren("run", world, "--quiet", "--pcap", capture).stderr, "")
        self.assertEqual(warren("replay", capture, "--to-scenario", seen).stderr, "")
        with open(seen) as file:
            halves = re.findall(r"(?m)^  p\d: \{up: \{delay: (\d+)us(?:, loss: (\S+)%)?\}, down: \{delay: (\d+)us(?:, loss: (\S+)%)?\}\}$",
                                file.read())
        up, up_loss, down, down_loss = zip(*[[float(value or 0) for value in row] for row in halves])
        near, hub, far = range(3)
        ways = [round((up[a] + down[b]) / 1000) for a, b in ((near, hub), (hub, near), (far, hub), (hub, far))]
        self.assertEqual(ways, [30, 20, 100, 60])
        self.assertEqual(sum(loss < 0.5 for loss in up_loss + down_loss), 5)
        self.assertAlmostEqual(up_loss[far], 30, delta=6)

    def test_what_is_missing_is_said(self):
        result = warren("replay", CAPTURE + ".pcap", "--conform")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertRegex(result.stderr, r"^warren replay: \S+: no side to play; the static private key of one side, [^\n]+\n$")
        with open(CAPTURE + ".initiator.keys") as file:
            lines = [line for line in file if not line.startswith("LOCAL_EPHEMERAL")]
        with open(self.name("less"), "w") as file:
            file.writelines(lines)
        result = warren("replay", CAPTURE + ".pcap", "--conform", "--keys", self.name("less"))
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        result = warren("replay", CAPTURE + ".pcap", "--conform", "--keys", self.keys, "--write-inner", self.name("inside"))
        self.assertEqual((result.returncode, result.stderr), (2, "warren replay: --write-inner is for the list of a capture; without "
                                                                 "--conform\n"))

    def test_spoilt_captures_end_in_one_line(self):
        for length in list(range(0, 60, 7)) + list(range(60, len(self.real), 431)):
            result = warren("replay", self.written(self.real[:length]), "--quiet", "--conform", "--keys", self.keys)
            self.assertIn(result.returncode, (0, 2), length)
            self.assertEqual(len(result.stderr.splitlines()), result.returncode // 2, result.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: test_conform.py WARREN [CASE...]")
    WARREN = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
