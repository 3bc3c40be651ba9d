#!/usr/bin/env python3
"""A configuration that changes while traffic flows. Usage: test_live.py WARREN-TUN [CASE...]. Exit 77: cannot run here, and why."""
import base64
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import place
from place import joined, ping, wait_for

PEERS = 10000
MOMENT = 10 # s, of a machine that is busy with other tests, under sanitizers; the times are printed


def strangers(count):
    """Peers that nobody has the private keys of, two allowed IPs each."""
    draw = random.Random(7)
    return "".join(f"[Peer]\nPublicKey = {base64.b64encode(draw.randbytes(32)).decode()}\n"
                   f"AllowedIPs = 10.{100 + (i >> 8)}.{i & 255}.0/24, fd00:{i:x}::/64\n" for i in range(count))


class Load:
    """Traffic from a to b for as long as it is asked for, and somebody who asks a's driver again and again."""

    def __init__(self, case, a, b):
        self.a, self.b, self.times, self.asking = a, b, [], True
        self.server = subprocess.Popen(["ip", "netns", "exec", b.space, "iperf3", "-s"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        case.addCleanup(self.end)
        wait_for("iperf3's server", lambda: ":5201" in b.inside("ss", "-ltn").stdout)
        self.client = subprocess.Popen(["ip", "netns", "exec", a.space, "iperf3", "-c", b.inner4, "-u", "-b", "20M", "-t", "300"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.ping = subprocess.Popen(["ip", "netns", "exec", a.space, "ping", "-n", "-q", "-i", "0.05", b.inner6],
                                     stdout=subprocess.PIPE, text=True)
        self.asker = threading.Thread(target=self.ask)
        self.asker.start()

    def ask(self):
        while self.asking:
            began = time.monotonic()
            self.a.wg("show", self.a.name, "latest-handshakes")
            self.times.append(time.monotonic() - began)
            time.sleep(0.02)

    def stop(self):
        """How many pings were sent, and how many came back."""
        self.asking = False
        self.asker.join()
        self.ping.send_signal(2)
        said = self.ping.communicate(timeout=20)[0]
        sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", said).groups()
        self.client.kill()
        self.client.wait()
        return int(sent), int(received)

    def end(self):
        self.asking = False
        self.asker.join()
        for process in (self.client, self.ping, self.server):
            if process.poll() is None:
                process.kill()
            process.wait()
        self.ping.stdout.close()


def handshake(a, b):
    """When the last one with b was, by a's driver; nothing without."""
    for line in a.wg("show", a.name, "latest-handshakes").stdout.splitlines():
        if line.startswith(b.public):
            return int(line.split()[1])
    return None


class Live(unittest.TestCase):
    def setUp(self):
        if not shutil.which("iperf3"):
            self.skipTest("iperf3 is missing; tools/setup tun installs it")
        self.a, self.b = joined(self)
        self.assertTrue(ping(self.a, self.b.inner4))
        self.born = handshake(self.a, self.b)
        self.load = Load(self, self.a, self.b)
        time.sleep(1.1) # a handshake from now on would have another time

    def configure(self, verb, text):
        """Seconds that it took."""
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            began = time.monotonic()
            self.a.wg(verb, self.a.name, file.name)
            return time.monotonic() - began

    def settled(self, what, took, lost):
        """`lost`: the share of pings that may be: while the driver is busy the interface's queue is full of the other traffic."""
        sent, received = self.load.stop()
        print(f"{what}: {took:.2f} s; wg show meanwhile: {len(self.load.times)} times, {max(self.load.times):.2f} s at most; "
              f"{received} of {sent} pings came back", file=sys.stderr)
        self.assertGreater(len(self.load.times), 3)
        self.assertLess(max(self.load.times), MOMENT)
        self.assertGreaterEqual(received, (1 - lost) * sent)
        self.assertTrue(ping(self.a, self.b.inner4))
        self.assertTrue(ping(self.b, self.a.inner6))

    def test_peers_come_and_go(self):
        """Others are added and removed, and allowed IPs go from one to the other, b's too: its session stays."""
        keys = [base64.b64encode(random.randbytes(32)).decode() for _ in range(20)]
        began = time.monotonic()
        for i in range(100):
            one, other = keys[i % 20], keys[(i + 7) % 20]
            self.a.wg("set", self.a.name, "peer", one, "allowed-ips", f"10.200.0.0/16,10.9.{i}.7/32,fd00:9::{i + 16:x}/128")
            self.a.wg("set", self.a.name, "peer", other, "remove")
            self.a.wg("set", self.a.name, "peer", self.b.public, "allowed-ips",
                      f"{self.b.inner4}/32,{self.b.inner6}/128,10.200.{i}.0/24", "persistent-keepalive", str(1 + i % 3))
        took = time.monotonic() - began
        self.assertEqual(handshake(self.a, self.b), self.born)
        self.settled("300 changes", took, 0.05)
        self.assertEqual(handshake(self.a, self.b), self.born)

    def test_ten_thousand_are_added(self):
        """Beyond all initial limits, in one request: the session with b stays."""
        took = self.configure("addconf", strangers(PEERS))
        self.assertEqual(len(self.a.wg("show", self.a.name, "peers").stdout.split()), PEERS + 1)
        self.assertEqual(handshake(self.a, self.b), self.born)
        self.assertIn("grew", self.a.said())
        self.settled(f"{PEERS} peers added", took, 0.8)
        self.assertEqual(handshake(self.a, self.b), self.born)

    def test_ten_thousand_are_set(self):
        """A whole configuration of so many, and back: it begins without peers (P-127), so b shakes hands anew, at once."""
        head = f"[Interface]\nPrivateKey = {self.a.secret}\nListenPort = {self.a.port}\n"
        known = (f"[Peer]\nPublicKey = {self.b.public}\nEndpoint = {self.b.outer4}:{self.b.port}\n"
                 f"AllowedIPs = {self.b.inner4}/32,{self.b.inner6}/128\n")
        took = self.configure("setconf", head + known + strangers(PEERS))
        self.assertEqual(len(self.a.wg("show", self.a.name, "allowed-ips").stdout.split()), 3 * PEERS + 3)
        wait_for("a handshake with b", lambda: handshake(self.a, self.b), 20)
        back = self.configure("setconf", head + known)
        self.assertEqual(self.a.wg("show", self.a.name, "peers").stdout.split(), [self.b.public])
        wait_for("a handshake with b", lambda: handshake(self.a, self.b), 20)
        self.settled(f"{PEERS} peers set, and {back:.2f} s back to one", took, 0.8)


if __name__ == "__main__":
    place.main(unittest)
