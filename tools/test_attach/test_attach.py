#!/usr/bin/env python3
"""warren run --attach from outside. Usage: test_attach.py WARREN [CASE...]. Exit 77: cannot run here, and why."""

import hashlib
import json
import os
import pwd
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lab"))
from place import Missing, Place, require, wait_for  # noqa: E402

PROGRAM = ""
INTERFACE = "wr0"
WORLD = """
warren: 1
name: attached
seed: 5
stop: 10m
paths:
  wire: {delay: 15ms, loss: 5%}
nodes:
  left:  {path: wire, peer: right, listen: 192.0.2.1:51820}
  right: {path: wire, listen: 192.0.2.2:51820}
  mallory: {role: attacker, path: wire, listen: 192.0.2.3:9}
"""
LEFT, RIGHT = "10.0.0.1", "10.0.0.2"  # and fd00::1, fd00::2: what the nodes of that file get


class Case(unittest.TestCase):
    def setUp(self):
        self.place = self.enterContext(Place())
        self.world = self.place.path("world.yaml")
        with open(self.world, "w", encoding="ascii") as file:
            file.write(WORLD)


class Refused(Case):
    def refused(self, code, *words, arguments=(), command=("run",), before=()):
        result = subprocess.run([*before, PROGRAM, *command, self.world, *arguments], capture_output=True, text=True, timeout=60,
                                check=False)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def attach(self, code, text, *words, **options):
        self.refused(code, "--attach", *words, arguments=("--attach", text), **options)

    def test_words(self):
        for text in ("left", "left=", "=wr0", "left=/wr0", "left=space/"):
            self.attach(2, text, f"'{text}' is no NODE=IFNAME", "left=wr0")
        self.attach(2, "left=" + "x" * 16, "no name of an interface", "1 to 15")
        self.attach(2, "left=a/b/c", "'b/c' is no name of an interface")
        self.attach(2, "left=..", "no name of an interface")
        self.attach(2, "x" * 60 + "=wr0", "no node has a name that long")

    def test_nodes(self):
        self.attach(2, "nobody=wr0", "no node 'nobody'", "'left'")
        self.attach(2, "mallory=wr0", "'mallory' is an attacker")
        self.refused(2, "node 'left' twice", arguments=("--attach", "left=wr0", "--attach", "left=wr1"))
        self.refused(2, "interface 'wr0' twice", arguments=("--attach", "left=wr0", "--attach", "right=wr0"))
        self.refused(2, "more than 16", arguments=[word for i in range(17) for word in ("--attach", f"left=wr{i}")])

    def test_what_is_for_more_worlds(self):
        self.refused(2, "--attach is for one run", arguments=("--attach", "left=wr0", "--seed", "1..3"))
        self.refused(2, "--attach and --twice", arguments=("--attach", "left=wr0", "--twice"))
        self.refused(2, "--attach", arguments=("--attach", "left=wr0"), command=("shrink",))

    def test_machine(self):
        if not os.path.exists("/dev/net/tun"):
            self.skipTest("/dev/net/tun is missing")
        self.attach(3, f"left=no-such-space-{os.getpid()}/wr0", "No such file", "ip netns add")
        if os.geteuid() == 0:
            self.attach(3, "left=lo", "no tun device")
            less = ("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin")  # the program may lie where only root comes
            self.attach(3, f"left=wr{os.getpid()}", "needs root", before=less)


class Attached(Case):
    def setUp(self):
        super().setUp()
        self.one, self.two = self.place.namespace("a"), self.place.namespace("b")

    def begin(self, *arguments, attach=("left", "right"), quiet=True):
        """A world in the background; `attach` goes into a namespace each."""
        spaces = {"left": self.one, "right": self.two}
        words = ["--quiet"] if quiet else []
        words += [word for node in attach for word in ("--attach", f"{node}={spaces[node].name}/{INTERFACE}")]
        self.json = self.place.path("results.json")
        self.errors = open(self.place.path("errors"), "w+", encoding="utf-8")
        self.addCleanup(self.errors.close)
        self.process = self.place.start([PROGRAM, "run", self.world, *words, "--json", self.json, *arguments],
                                        stderr=self.errors)
        for node in attach:
            wait_for("the interface up", lambda node=node: self.process.poll() is not None or self.is_up(spaces[node]), 20)

    @staticmethod
    def is_up(space):
        return "LOWER_UP" in space.run("ip", "-o", "link", "show", INTERFACE, check=False)

    def end(self, number=signal.SIGINT, code=0):
        self.process.send_signal(number)
        self.process.wait(30)
        self.errors.seek(0)
        self.said = self.errors.read()
        self.assertEqual(self.process.returncode, code, self.said)
        with open(self.json, encoding="utf-8") as file:
            return json.load(file)

    def pings(self, space, address, count, *more, interval=0.02):
        """How many of them were answered, and the least and the mean round trip in ms."""
        said = space.run("ping", "-n", "-q", "-c", str(count), "-i", str(interval), "-W", "2", *more, address, check=False)
        back = int(re.search(r"(\d+) received", said)[1])
        times = re.search(r"= ([\d.]+)/([\d.]+)/", said)
        return back, float(times[1]) if times else 0, float(times[2]) if times else 0

    def answered(self, space, address, *more):
        """One alone: behind the last of several, ping waits for two round trips only, or not even one when the packets are too
        small to tell them."""
        return "1 received" in space.run("ping", "-n", "-q", "-c", "1", "-W", "10", *more, address, check=False)

    def flow(self):
        """A ping every 20 ms from now on; some are answered already."""
        self.place.start(self.one.command("ping", "-n", "-q", "-i", "0.02", RIGHT))
        count = f"/sys/class/net/{INTERFACE}/statistics/rx_packets"
        wait_for("answers", lambda: int(self.one.run("cat", count)) > 5, 20)

    def iperf(self, *more):
        return json.loads(self.one.run("iperf3", "-c", RIGHT, "-J", *more))["end"]

    def test_ping_meets_loss_and_delay(self):
        """A packet passes four halves of 5 % there and back, with 15 ms each: 81.5 % return, after 60 ms."""
        self.begin()
        for space, address in ((self.one, RIGHT), (self.two, LEFT), (self.one, "fd00::2")):
            back, least, mean = self.pings(space, address, 300)
            self.assertTrue(0.72 * 300 < back < 0.91 * 300, f"{back} of 300 came back from {address}")
            self.assertTrue(60 <= least < 75, f"{least} ms to {address}")
            self.assertGreaterEqual(mean, least)
        results = self.end()
        left = results["attached"]["nodes"]["left"]
        self.assertEqual(left["interface"], INTERFACE)
        self.assertGreaterEqual(left["entered"], 900 - 200)
        self.assertGreater(left["left"], 600)
        self.assertGreater(results["invariants"]["S1"]["checked"], 1000)
        self.assertEqual([name for name, rule in results["invariants"].items() if rule["violated"]], [])
        self.assertIn("link loss", results["drops"])

    def test_iperf(self):
        """10 % of what goes one way is lost; TCP gets through all the same."""
        self.begin()
        self.place.start(self.two.command("iperf3", "-s"))
        wait_for("iperf3's server", lambda: ":5201" in self.two.run("ss", "-ltn"), 20)
        udp = self.iperf("-u", "-b", "2M", "-l", "500", "-t", "4")["sum"]
        self.assertGreater(udp["packets"], 1500)
        self.assertTrue(5 < udp["lost_percent"] < 16, udp)
        tcp = self.iperf("-n", "300K")["sum_received"]
        self.assertGreater(tcp["bytes"], 50_000)  # of 300 K: what is still on its way when the sender is done does not count
        results = self.end(signal.SIGTERM)
        self.assertEqual(results["failed"], [])

    def test_curl(self):
        """A file of 200 KB and one of none, over both families: the same bytes."""
        self.begin()
        folder = self.place.path("served")
        os.mkdir(folder)
        data = random.Random(4).randbytes(200_000)
        for name, content in (("large", data), ("empty", b"")):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        self.place.start(self.two.command(sys.executable, "-m", "http.server", "--bind", "::", "--directory", folder, "8000"))
        wait_for("the web server", lambda: ":8000" in self.two.run("ss", "-ltn"), 20)
        for host in (RIGHT, "[fd00::2]"):
            for name, content in (("large", data), ("empty", b"")):
                got = subprocess.run(self.one.command("curl", "-sS", "-f", "-m", "50", f"http://{host}:8000/{name}"),
                                     capture_output=True, timeout=60, check=False)
                self.assertEqual((got.returncode, got.stderr), (0, b""))
                self.assertEqual(hashlib.sha256(got.stdout).digest(), hashlib.sha256(content).digest())
        failed = self.one.run("curl", "-sS", "-f", "-m", "50", f"http://{RIGHT}:8000/none", check=False)
        self.assertEqual(failed, "")
        self.assertIn("link loss", self.end()["drops"])

    def test_ssh(self):
        """A command's output both ways, its exit code, and a file through standard input."""
        home = self.place.path("home")
        os.makedirs(os.path.join(home, ".ssh"), mode=0o700)
        key, host, known = (self.place.path(name) for name in ("key", "host", "known"))
        for path in (key, host):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, timeout=20)
        subprocess.run(["dropbearconvert", "openssh", "dropbear", host, f"{host}.server"], check=True, capture_output=True, timeout=20)
        shutil.copy(f"{key}.pub", os.path.join(home, ".ssh/authorized_keys"))
        with open(known, "w", encoding="ascii") as file, open(f"{host}.pub", encoding="ascii") as public:
            file.write(f"[{RIGHT}]:2200 {public.read()}")
        self.begin()
        # The server reads the home of the user: another one is put there, for this process alone.
        serve = f"mount --bind {home} {pwd.getpwuid(0).pw_dir} && exec dropbear -F -s -m -P '' -r {host}.server -p {RIGHT}:2200"
        self.place.start(self.two.command("unshare", "--mount", "sh", "-c", serve))
        wait_for("the ssh server", lambda: ":2200" in self.two.run("ss", "-ltn"), 20)
        ssh = self.one.command("ssh", "-F", "none", "-p", "2200", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o",
                               f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=yes", f"root@{RIGHT}")
        data = random.Random(5).randbytes(100_000)
        for command, given, taken, code in (("echo \"$SSH_CONNECTION\"", b"", f"{LEFT} ".encode(), 0), ("exit 7", b"", b"", 7),
                                            ("sha256sum", data, hashlib.sha256(data).hexdigest().encode(), 0)):
            with self.subTest(command):
                done = subprocess.run([*ssh, command], input=given, capture_output=True, timeout=60, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertTrue(done.stdout.startswith(taken), done.stdout)
        self.end()

    def test_packets_of_every_size(self):
        """The interface has the node's MTU, and nothing is cut."""
        self.begin("--set", "paths.wire.loss=0%")
        for size in (0, 1, 500, 1391, 1392):
            self.assertTrue(self.answered(self.one, RIGHT, "-M", "do", "-s", str(size)), f"{size} bytes")
        said = self.one.run("ping", "-c", "1", "-M", "do", "-s", "1393", RIGHT, check=False)
        self.assertIn("100% packet loss", said)
        self.end()

    def test_a_node_of_the_world_answers(self):
        self.begin("--set", "paths.wire.loss=0%", attach=("left",))
        self.assertTrue(self.answered(self.one, RIGHT))
        self.assertTrue(self.answered(self.one, "fd00::2"))
        self.end()

    def test_what_leads_nowhere_is_told(self):
        self.begin()
        self.two.run("ip", "route", "add", "10.5.0.0/16", "dev", INTERFACE)
        self.assertIn("Unreachable", self.two.run("ping", "-c", "1", "-W", "2", "10.5.0.1", check=False))
        self.end()

    def test_recorded_and_captured(self):
        tape, capture = self.place.path("run.wtr"), self.place.path("run.pcapng")
        self.begin("--record", tape, "--pcap", capture)
        back = self.pings(self.one, RIGHT, 50)[0]
        self.end()
        replay = subprocess.run([PROGRAM, "replay", tape], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(replay.returncode, 0, replay.stderr)
        self.assertIn("all equal", replay.stdout)
        listed = subprocess.run([PROGRAM, "replay", capture, "--json", "-", "--quiet"], capture_output=True, text=True, timeout=120,
                                check=False)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertGreater(back, 20)

    def test_it_says_how_late_it_was(self):
        """A process that stood still for half a second was late by as much, with what happened meanwhile."""
        self.begin("--set", "paths.wire.loss=0%")
        self.flow()
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        self.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        late = self.end()["attached"]["late"]
        self.assertGreaterEqual(late["most_ns"], 400_000_000)
        self.assertTrue(late["half_ns"] <= late["ninety_nine_ns"] <= late["most_ns"], late)
        self.assertGreater(late["events"], 100)

    def test_progress_says_so_too(self):
        """The first line comes after two seconds."""
        self.begin("--set", "paths.wire.loss=0%", quiet=False)
        self.flow()
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        self.process.send_signal(signal.SIGCONT)
        time.sleep(2)
        self.end()
        behind = re.search(r" of 10m  .*  behind real time by (\d+) ms at most  ", self.said)
        self.assertTrue(behind and 400 <= int(behind[1]) < 5000, self.said)
        self.assertNotIn("x real time", self.said)

    def test_it_follows_the_clock_to_its_end(self):
        began = time.monotonic()
        self.begin("--set", "stop=2s", "--set", "nodes.left.keepalive=25s", attach=("left",))
        self.process.wait(30)
        self.assertTrue(2 <= time.monotonic() - began < 10)
        self.assertEqual(self.process.returncode, 0)
        with open(self.json, encoding="utf-8") as file:
            results = json.load(file)
        self.assertEqual(results["simulated_ns"], 2_000_000_000)
        self.assertLess(results["attached"]["late"]["most_ns"], 10_000_000_000, "what happens before the clock runs is not late")

    def test_an_interface_that_is_there_stays_as_it_is(self):
        self.one.run("ip", "tuntap", "add", "mode", "tun", "name", INTERFACE)
        self.one.run("ip", "link", "set", INTERFACE, "up", "mtu", "1300")
        self.begin(attach=("left",))
        said = self.one.run("ip", "address", "show", INTERFACE)
        self.assertIn("mtu 1300", said)
        self.assertNotIn(LEFT, said)
        self.end()
        self.assertIn(INTERFACE, self.one.run("ip", "link"))

    def test_an_interface_that_it_made_goes(self):
        self.begin(attach=("left",))
        said = self.one.run("ip", "-o", "address", "show", INTERFACE)
        self.assertIn(f"{LEFT}/32", said)
        self.assertIn("fd00::1/128", said)
        self.assertIn("10.0.0.0/8", self.one.run("ip", "route"))
        self.assertIn("fd00::/8", self.one.run("ip", "-6", "route"))
        self.end()
        self.assertNotIn(INTERFACE, self.one.run("ip", "link"))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv[1])
    if "Refused" not in sys.argv[2:]:  # that case needs nothing
        try:
            require("ping", "iperf3", "curl", "ssh", "dropbear")
        except Missing as missing:
            print(f"skipped: {missing}")
            sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
