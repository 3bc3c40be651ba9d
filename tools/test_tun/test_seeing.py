#!/usr/bin/env python3
"""What warren-tun shows of itself. Usage: test_seeing.py WARREN-TUN [CASE...]. Exit 77: cannot run here, and why."""
import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import place
from place import join, joined, pair, ping, run, wait_for


def status(side):
    return json.loads(run(place.PROGRAM, "--status", "--json", side.name).stdout)


class Status(unittest.TestCase):
    def test_figures(self):
        """What was done is counted, by verdict, reason and lane."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4, count=5))
        a.ip("route", "add", "10.77.0.0/16", "dev", a.name)
        a.inside("ping", "-c", "2", "-i", "0.1", "-W", "1", "10.77.0.1", check=False)
        a.inside(sys.executable, "-c", f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for kind in (b"\\x09", b"\\x04"):
    for _ in range(3):
        s.sendto(kind + bytes(31), ("{b.outer4}", {b.port}))
""")
        wait_for("garbage", lambda: status(b)["lanes"][0]["dropped_packets"]["index"] >= 3)
        mine, other = status(a), status(b)
        self.assertEqual((mine["interface"], mine["warren"], mine["up"], mine["peers"], mine["prefixes"]), (a.name, 1, 1, 1, 2))
        self.assertEqual((mine["listen_port"], mine["mtu_bytes"], mine["socket"]), (a.port, 1420, {"ipv4": 1, "ipv6": 1}))
        self.assertIn(mine["provider"], ("sodium", "boringssl", "ipsec-mb"))
        lane = mine["lanes"][0]
        self.assertEqual((len(mine["lanes"]), lane["lane"], lane["handshakes"]), (1, 0, 1))
        self.assertGreaterEqual(lane["dropped_packets"]["no_route"], 2) # and what the kernel sends to groups
        self.assertEqual(sum(lane["dropped_packets"].values()), lane["tun_packets"]["drop"] + lane["net_packets"]["drop"])
        self.assertGreaterEqual(lane["tun_packets"]["send"], 4)
        self.assertGreaterEqual(lane["net_packets"]["deliver"], 5)
        self.assertEqual(other["lanes"][0]["dropped_packets"]["type"], 3)
        text = run(place.PROGRAM, "--status", a.name).stdout
        for line in (f"interface: {a.name}", "up: 1", "lane 0", r"  dropped packets, no route: \d+"):
            self.assertRegex(text, f"(?m)^{line}$")
        self.assertNotIn("replay", text) # nought

    def test_lone_packets(self):
        """Of a device that gives packets one at a time, a second one is hardly ever asked for; of one that gives many, it is."""
        a, b = joined(self)
        before = status(a), status(b)
        self.assertTrue(ping(a, b.inner4, "-i", "0.01", count=64))
        for earlier, later in zip(before, (status(a), status(b))):
            self.assertGreaterEqual(later["lanes"][0]["tun_packets"]["send"] - earlier["lanes"][0]["tun_packets"]["send"], 60)
            self.assertLess(later["vain_reads"] - earlier["vain_reads"], 32)
        self.assertGreater(later["asleep_waits"] + later["awake_waits"], earlier["asleep_waits"] + earlier["awake_waits"])

    def test_sleeping_at_once(self):
        a, b = joined(self, "--stay-awake", "0")
        self.assertTrue(ping(a, b.inner4, "-i", "0.01", count=20))
        self.assertEqual((status(a)["awake_waits"], status(b)["awake_waits"]), (0, 0))

    def test_offloads_in_force(self):
        a, _ = pair(self)
        a.start("--no-tun-offload", "--no-udp-gso", "--no-udp-gro", "--provider", "sodium")
        found = status(a)
        self.assertEqual(set(found["offload"].values()), {0})
        self.assertEqual((found["provider"], found["up"], found["socket"]), ("sodium", 0, {"ipv4": 0, "ipv6": 0}))
        self.assertEqual(found["threads"], 1)
        a.end()
        a.start("--threads", "3", "--provider", "sodium")
        wait_for("an answer", lambda: run(place.PROGRAM, "--status", a.name, check=False).returncode == 0)
        self.assertEqual((status(a)["provider"], status(a)["threads"]), ("sodium", 3))

    def test_metrics(self):
        """The grammar of OpenMetrics, as far as we use it; a family's lines stand together."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        text = run(place.PROGRAM, "--metrics", a.name).stdout
        self.assertTrue(text.endswith("\n# EOF\n"))
        seen, family, kind = set(), None, None
        for line in text.splitlines()[:-1]:
            head = re.fullmatch(r"# (TYPE|UNIT|HELP) ([a-z_]+) (.+)", line)
            if head and head[1] == "TYPE":
                family, kind = head[2], head[3]
                self.assertNotIn(family, seen)
                seen.add(family)
                self.assertIn(kind, ("info", "gauge", "counter"))
            elif head:
                self.assertEqual(head[2], family)
                self.assertTrue(head[1] == "HELP" or family.endswith(f"_{head[3]}"), line)
            else:
                one = re.fullmatch(r'([a-z_]+)\{([a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*)\} \d+', line)
                self.assertTrue(one, line)
                self.assertEqual(one[1], family + {"info": "_info", "gauge": "", "counter": "_total"}[kind])
                self.assertIn(f'interface="{a.name}"', one[2])
        self.assertIn(f'warren_handshakes_total{{interface="{a.name}",lane="0"}} 1\n', text)
        self.assertRegex(text, r'warren_dropped_packets_total\{interface="\w+",lane="0",reason="replay"\} 0\n')
        numbers = {key for key, value in status(a).items() if isinstance(value, (int, dict))} | set(status(a)["lanes"][0])
        self.assertEqual({f"warren_{key}" for key in numbers - {"warren", "listen_port", "lane"}} | {"warren"}, seen)

    def test_wg_is_not_disturbed(self):
        a, b = joined(self)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(a.socket())
            client.settimeout(10)
            client.sendall(b"get=1\nwarren=1\n\nget=1\n\nget=1\nwarren=2\n\n")
            answer = b""
            while answer.count(b"\n\n") < 3:
                answer += client.recv(65536)
        first, second, third = answer.decode().split("\n\n")[:3]
        self.assertTrue(first.startswith("warren=1\n") and first.endswith("\nerrno=0"))
        self.assertTrue(second.startswith("private_key=") and b.public and second.endswith("\nerrno=0"))
        self.assertNotIn("private_key", first)
        self.assertEqual(third, "errno=22")
        self.assertIn(b.public, a.wg("show", a.name).stdout)

    def test_refusals(self):
        def refused(code, arguments, *words):
            result = run(place.PROGRAM, *arguments, check=False)
            self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (code, "", 1), result.stderr)
            for word in words:
                self.assertIn(word, result.stderr)
        a, _ = pair(self)
        refused(2, ["--json", a.name], "--json without --status")
        refused(2, ["--status", "--metrics", a.name], "one of them")
        refused(3, ["--status", a.name], "no driver answers at", "No such file", "an interface that warren-tun serves")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        os.makedirs(place.RUN, exist_ok=True)
        listener.bind(a.socket())
        refused(3, ["--metrics", a.name], "Connection refused")
        listener.listen()

        def another():
            client, _ = listener.accept()
            client.recv(100)
            client.sendall(b"errno=-22\n\n")
            client.close()
        thread = threading.Thread(target=another)
        thread.start()
        refused(3, ["--status", a.name], "does not know this question")
        thread.join()
        begin = time.monotonic()
        refused(3, ["--status", a.name], "does not answer within 5 seconds") # accepted by nobody
        self.assertLess(time.monotonic() - begin, 8)

    def test_under_load(self):
        """It answers soon, while garbage comes as fast as it can."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        flood = subprocess.Popen(["ip", "netns", "exec", a.space, sys.executable, "-c", f"""
import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("{b.outer4}", {b.port}))
while True:
    try:
        s.send(b"\\x01\\0\\0\\0" + os.urandom(144))
    except OSError:
        pass
"""])
        self.addCleanup(lambda: (flood.kill(), flood.wait()))
        wait_for("the flood", lambda: status(b)["lanes"][0]["dropped_packets"]["mac1"] > 1000)
        for _ in range(10):
            begin = time.monotonic()
            self.assertEqual(status(b)["up"], 1)
            self.assertLess(time.monotonic() - begin, 3)
        flood.send_signal(signal.SIGKILL)


class Capture(unittest.TestCase):
    def captured(self, *more):
        """Pings through a side that captures, with a preshared key; its packets as tshark sees them."""
        a, b = pair(self)
        self.path = f"/tmp/{a.name}.pcapng"
        self.addCleanup(lambda: os.path.exists(self.path) and os.unlink(self.path))
        a.start("--capture", self.path, *more)
        b.start()
        for number in range(20): # and others that it shares a key with, and no packet
            a.wg("set", a.name, "peer", base64.b64encode(bytes([number + 1] * 32)).decode(), "preshared-key", "/dev/stdin",
                 text=base64.b64encode(bytes([number + 1] * 32)).decode() + "\n")
        for side, other in ((a, b), (b, a)):
            side.configure(other)
            side.wg("set", side.name, "peer", other.public, "preshared-key", "/dev/stdin", text="B" * 42 + "A=\n")
            side.address()
        self.assertTrue(ping(a, b.inner4, "-s", "777", count=3))
        self.assertTrue(ping(b, a.inner6, count=2))
        wait_for("the capture to be written", lambda: self.rows() and len(self.rows()) == status(a)["captured_packets"])
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)
        return a, b, self.rows()

    def rows(self):
        fields = ("frame.interface_name", "wg.type", "ip.src", "udp.srcport", "udp.dstport", "icmp.type", "icmpv6.type", "frame.len")
        read = run("tshark", "-r", self.path, "-T", "fields", "-E", "separator=;", *(word for one in fields for word in ("-e", one)))
        return [dict(zip(fields, line.split(";"))) for line in read.stdout.splitlines()]

    @unittest.skipUnless(shutil.which("tshark"), "tshark is missing")
    def test_without_keys(self):
        a, b, rows = self.captured()
        inside = [row for row in rows if row["frame.interface_name"] == a.name]
        outside = [row for row in rows if row["frame.interface_name"] == f"{a.name}-outside"]
        self.assertEqual(len(inside) + len(outside), len(rows))
        self.assertEqual([row["icmp.type"] for row in inside if row["icmp.type"]], ["8", "0"] * 3)
        self.assertEqual([row["icmpv6.type"] for row in inside if row["icmpv6.type"] in ("128", "129")], ["128", "129"] * 2)
        self.assertEqual([row["wg.type"] for row in outside[:2]], ["1", "2"])
        ours = [row for row in outside if row["udp.srcport"] == str(a.port)]
        other = [row for row in outside if row["udp.dstport"] == str(a.port)]
        self.assertEqual(len(ours) + len(other), len(outside))
        self.assertGreaterEqual(min(len(ours), len(other)), 6)
        self.assertEqual({row["ip.src"] for row in other}, {b.outer4})
        self.assertFalse([row for row in outside if row["icmp.type"]]) # sealed
        with open(self.path, "rb") as file:
            data = file.read()
        for secret in (a.secret.encode(), base64.b64decode(a.secret), b"PRIVATE_KEY"):
            self.assertNotIn(secret, data)
        self.assertIn("in the clear", a.said())

    @unittest.skipUnless(shutil.which("tshark"), "tshark is missing")
    def test_with_all_keys(self):
        """tshark opens every datagram, by keys in the file alone."""
        a, _, rows = self.captured("--capture-with-all-keys", "--threads", "2")
        outside = [row for row in rows if row["frame.interface_name"] == f"{a.name}-outside"]
        self.assertEqual([row["icmp.type"] for row in outside if row["icmp.type"]], ["8", "0"] * 3)
        self.assertEqual([row["icmpv6.type"] for row in outside if row["icmpv6.type"] in ("128", "129")], ["128", "129"] * 2)
        self.assertIn("WITH ALL KEYS", a.said())

    def test_a_full_disk_ends_it_alone(self):
        """The file ends behind its last whole block, the tunnel goes on, and what is not in it is counted."""
        a, b = pair(self)
        folder = tempfile.mkdtemp()
        self.addCleanup(lambda: (run("umount", folder, check=False), os.rmdir(folder)))
        if run("mount", "-t", "tmpfs", "-o", "size=64k", "none", folder, check=False).returncode:
            self.skipTest("no file system of our own can be mounted here")
        path = f"{folder}/x.pcapng"
        a.start("--capture", path)
        b.start()
        join(a, b)
        self.assertTrue(ping(a, b.inner4, "-s", "1300", "-i", "0.002", count=200))
        wait_for("the end of the capture", lambda: status(a)["captured"] == 0)
        self.assertTrue(ping(a, b.inner4, count=3))
        self.assertGreaterEqual(status(a)["missed_packets"], 12)
        self.assertIn("the capture ends here", a.said())
        self.assertIn("No space left", a.said())
        with open(path, "rb") as file:
            data = file.read()
        at = 0
        while at < len(data): # block after block, to the last byte
            length = int.from_bytes(data[at + 4:at + 8], "little")
            self.assertEqual(data[at + 4:at + 8], data[at + length - 4:at + length])
            at += length
        self.assertGreater(at, 0)

    def test_refused(self):
        a, _ = pair(self)
        for path in ("/nowhere/x.pcapng", "/dev"):
            result = a.inside(place.PROGRAM, "-f", "--capture", path, a.name, check=False)
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertIn(f"warren-tun: {path}: ", result.stderr)
        result = run(place.PROGRAM, "--capture-with-all-keys", a.name, check=False)
        self.assertEqual((result.returncode, result.stderr.count("without --capture")), (2, 1), result.stderr)


if __name__ == "__main__":
    place.main(unittest)
