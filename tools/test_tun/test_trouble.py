#!/usr/bin/env python3
"""warren-tun where the machine lets it down. Usage: test_trouble.py WARREN-TUN [CASE...]. Exit 77: cannot run here, and why."""
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import place
from place import joined, pair, ping, run, wait_for

UNIT = pathlib.Path(__file__).resolve().parent.parent / "tun/warren-tun@.service.in"


def status(side):
    return json.loads(run(place.PROGRAM, "--status", "--json", side.name).stdout)


def processor_time(side):
    """Seconds that its driver took so far."""
    fields = pathlib.Path(f"/proc/{side.driver.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Unit(unittest.TestCase):
    def test_systemd_takes_it(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is missing")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "warren-tun@wtx.service")
            with open(path, "w") as file:
                file.write(UNIT.read_text().replace("@bindir@", os.path.dirname(place.PROGRAM)))
            result = run("systemd-analyze", "--man=no", "verify", path, check=False)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
            safe = run("systemd-analyze", "security", "--offline=true", "--threshold=30", path, check=False)
            self.assertEqual(safe.returncode, 0, safe.stdout[-300:])

    def test_its_capabilities_are_enough(self):
        words = re.search(r"^CapabilityBoundingSet=(.*)$", UNIT.read_text(), re.M)[1].lower().replace("cap_", "+").split()
        a, b = pair(self)
        fenced = ["setpriv", f"--bounding-set=-all,{','.join(words)}", "--no-new-privs", place.PROGRAM]
        a.start(program=fenced)
        b.start()
        a.configure(b)
        b.configure(a)
        a.address()
        b.address()
        self.assertTrue(ping(a, b.inner4))


class Trouble(unittest.TestCase):
    def test_a_loop_is_cut(self):
        """P-125: what is sealed for a peer whose endpoint lies behind the tunnel itself comes back, and ends there."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        a.wg("set", a.name, "peer", b.public, "endpoint", f"{b.inner4}:{b.port}")
        before = a.bytes()[1]
        for size in ("56", "1300"):
            a.inside("ping", "-c", "10", "-f", "-W", "1", "-s", size, b.inner4, check=False)
        time.sleep(1)
        self.assertLess(a.bytes()[1] - before, 70000)
        busy = processor_time(a)
        time.sleep(1)
        self.assertLess(processor_time(a) - busy, 0.2)
        self.assertGreater(status(a)["looped_packets"], 0)
        a.wg("set", a.name, "peer", b.public, "endpoint", f"{b.outer4}:{b.port}")
        self.assertTrue(ping(a, b.inner4))

    def test_a_tunnel_in_a_tunnel_is_no_loop(self):
        """Datagrams of another WireGuard on the same port go through."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        a.ip("address", "add", "10.9.1.1/32", "dev", "lo")
        b.wg("set", b.name, "peer", a.public, "allowed-ips", f"{a.inner4}/32,{a.inner6}/128,10.9.1.1/32")
        taker = subprocess.Popen(["ip", "netns", "exec", b.space, sys.executable, "-c", f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("{b.inner4}", 9))
s.settimeout(10)
print("ready", flush=True)
print(all(len(s.recv(2000)) == 100 for _ in range(50)))
"""], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (taker.kill(), taker.wait(), taker.stdout.close()))
        self.assertEqual(taker.stdout.readline(), "ready\n")
        a.inside(sys.executable, "-c", f"""
import os, socket, struct, time
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
s.bind(("10.9.1.1", 0))
for i in range(50):
    data = b"\\x04\\0\\0\\0" + os.urandom(96)
    s.sendto(struct.pack("!HHHH", {a.port}, 9, 108, 0) + data, ("{b.inner4}", 0))
    time.sleep(0.002)
""")
        self.assertEqual(taker.stdout.readline(), "True\n")
        self.assertEqual(status(a)["looped_packets"], 0)


if __name__ == "__main__":
    place.main(unittest)
