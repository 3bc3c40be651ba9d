#!/usr/bin/env python3
"""A configuration that changes while traffic flows. Usage: test_live.py WARREN-TUN [CASE...]. Exit 77: cannot run here, and why."""
import base64
import random
import re
import shutil
import socket
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
        """`lost`: the share of pings that may be: while the driver looks through a request, the interface's queue fills with the other
        traffic."""
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
        self.settled(f"{PEERS} peers added", took, 0.5)
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
        self.settled(f"{PEERS} peers set, and {back:.2f} s back to one", took, 0.5)


class Steady(unittest.TestCase):
    """A ping every 10 ms through the tunnel while its driver takes a request of 10,000 peers."""

    def begin(self):
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        pings = subprocess.Popen(["ip", "netns", "exec", a.space, "ping", "-n", "-D", "-i", "0.01", b.inner4], stdout=subprocess.PIPE,
                                 text=True)
        self.addCleanup(lambda: (pings.kill(), pings.wait(), pings.stdout.close()))
        time.sleep(0.5)
        return a, b, pings

    def lost(self, a, verb, text, pings):
        """How many that were sent before the last answer were not answered, and how many a driver busy for that long finds queued."""
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            began = time.time()
            a.wg(verb, a.name, file.name)
            took = time.time() - began
        time.sleep(1)
        pings.send_signal(2)
        said = re.findall(r"^\[([\d.]+)\] .*icmp_seq=(\d+) ", pings.communicate(timeout=20)[0], re.M)
        answers = [(float(when), int(number)) for when, number in said]
        self.assertEqual(len(a.wg("show", a.name, "peers").stdout.split()), PEERS + 1)
        gap = max(later[0] - earlier[0] for earlier, later in zip(answers, answers[1:]))
        missing = set(range(1, answers[-1][1])) - {number for _, number in answers}
        print(f"{verb} of {PEERS} peers: {took:.2f} s; {len(answers)} pings came back, {len(missing)} did not; longest gap "
              f"{1000 * gap:.0f} ms", file=sys.stderr)
        self.assertLess(gap, MOMENT)
        self.assertGreater(answers[-1][0], began + took, "none came back afterwards")
        return len(missing), 20 + int(gap / 0.01)

    def test_adding(self):
        a, _, pings = self.begin()
        self.assertEqual(self.lost(a, "addconf", strangers(PEERS), pings)[0], 0)

    def test_setting(self):
        """The old session with b goes (P-127), and with it what was under way: at most what was sent at once just before."""
        a, b, pings = self.begin()
        head = (f"[Interface]\nPrivateKey = {a.secret}\nListenPort = {a.port}\n[Peer]\nPublicKey = {b.public}\n"
                f"Endpoint = {b.outer4}:{b.port}\nAllowedIPs = {b.inner4}/32\n")
        lost, queued = self.lost(a, "setconf", head + strangers(PEERS), pings)
        self.assertLess(lost, queued)


def section(number, *lines):
    key = number.to_bytes(32, "little").hex()
    return "".join(f"{line}\n" for line in (f"public_key={key}", *lines))


class Slices(unittest.TestCase):
    """A request of many peers is applied a few at a time; seen from outside it is one."""

    def setUp(self):
        self.a, _ = place.pair(self)
        self.a.start()

    def talk(self, *requests):
        """What is answered to these, sent at once, one behind the other."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            client.connect(self.a.socket())
            client.sendall("".join(f"{request}\n" for request in requests).encode())
            client.shutdown(socket.SHUT_WR)
            with client.makefile() as file:
                return file.read().split("\n\n")[:-1]

    def peers(self):
        """Each with what is configured for it."""
        text = self.talk("get=1\n")[0]
        return sorted(re.split("(?m)^(?=public_key=)", re.sub("(?m)^(errno|last_|rx_|tx_).*\n?", "", text))[1:])

    def test_any_number(self):
        for count in (63, 64, 65, 128, 129, 1000):
            sections = (section(i + 1, f"allowed_ip=10.1.{i >> 8}.{i & 255}/32") for i in range(count))
            self.assertEqual(self.talk("set=1\nreplace_peers=true\n" + "".join(sections)), ["errno=0"])
            self.assertEqual(len(self.peers()), count)

    def test_the_same_as_one_by_one(self):
        """Later lines see what earlier ones did, also of the slice before."""
        draw = random.Random(3)
        words = ([], ["remove=true"], ["update_only=true", "persistent_keepalive_interval=7"], ["replace_allowed_ips=true"])
        sections = [section(draw.randrange(1, 150), *draw.choice(words), f"allowed_ip=10.2.0.{draw.randrange(200)}/32",
                            f"preshared_key={draw.randbytes(32).hex()}") for _ in range(700)]
        self.assertEqual(self.talk("set=1\nfwmark=5\n" + "".join(sections)), ["errno=0"])
        at_once = self.peers()
        self.assertGreater(len(at_once), 50)
        self.assertEqual(self.talk("set=1\nreplace_peers=true\n"), ["errno=0"])
        self.assertEqual(self.talk(*(f"set=1\n{each}" for each in sections)), ["errno=0"] * len(sections))
        self.assertEqual(self.peers(), at_once)
        self.assertEqual(self.a.wg("show", self.a.name, "fwmark").stdout, "0x5\n")

    def test_refused_as_a_whole(self):
        text = "set=1\nlisten_port=40099\n" + "".join(section(i + 1) for i in range(500))
        self.assertEqual(self.talk(text + "allowed_ip=10.0.0.0/33\n"), ["errno=-22"])
        self.assertEqual(self.peers(), [])
        self.assertNotEqual(self.a.wg("show", self.a.name, "listen-port").stdout, "40099\n")

    def test_others_wait(self):
        """Requests behind it, and of others, are answered by all of it."""
        big = "set=1\n" + "".join(section(i + 1) for i in range(3000))
        answers = self.talk(big, "get=1\n", "set=1\nreplace_peers=true\n" + section(9), "get=1\n")
        self.assertEqual([answers[0], answers[2]], ["errno=0", "errno=0"])
        self.assertEqual([answer.count("public_key=") for answer in (answers[1], answers[3])], [3000, 1])
        clients = []
        for text in (big, *["get=1\n"] * 10):
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.settimeout(60)
            client.connect(self.a.socket())
            client.sendall(f"{text}\n".encode())
            clients.append(client)
        for client in clients[1:]:
            with client.makefile() as file:
                lines = iter(file.readline, "\n")
                self.assertIn(sum(line.startswith("public_key=") for line in lines), (1, 3000))
        self.assertEqual(clients[0].recv(100), b"errno=0\n\n")

    def test_who_asked_is_gone(self):
        """It is applied all the same, and the driver goes on; ended in the middle, it ends."""
        big = "set=1\n" + "".join(section(i + 1) for i in range(3000)) + "\n"
        for _ in range(2):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(self.a.socket())
                client.sendall(big.encode())
            wait_for("all of them", lambda: len(self.peers()) == 3000)
            self.assertEqual(self.talk("set=1\nreplace_peers=true\n"), ["errno=0"])
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.a.socket())
            client.sendall(big.encode())
            self.a.driver.terminate()
            self.assertEqual(self.a.driver.wait(20), 0)


if __name__ == "__main__":
    place.main(unittest)
