#!/usr/bin/env python3
"""Peers over several threads. Usage: test_lanes.py WARREN-TUN [CASE...]. Exit 77: cannot run here, and why."""
import json
import os
import re
import shutil
import subprocess
import sys
import time
import unittest

import place
from place import join, joined, keys, pair, ping, run, wait_for

PEERS = 12
NUMBERS = 6000


def status(side):
    return json.loads(run(place.PROGRAM, "--status", "--json", side.name).stdout)


def lanes(side):
    """By number, and "control"."""
    return {lane["lane"]: lane for lane in status(side)["lanes"]}


def total(found, key, which):
    return sum(lane[key][which] for lane in found.values())


class Figures(unittest.TestCase):
    def test_each_lane_has_its_own(self):
        a, b = joined(self, "--lanes", "2")
        self.assertTrue(ping(a, b.inner4, count=20))
        found, whole = lanes(a), status(a)
        self.assertEqual(list(found), [0, 1, "control"])
        self.assertEqual((whole["queues"], whole["threads"]), (2, 2))
        self.assertEqual(found["control"]["handshakes"], 1)
        self.assertEqual(found["control"]["sent_messages"]["initiation"], 1)
        self.assertEqual(found["control"]["handed_packets"]["over"], 1) # the response
        self.assertGreaterEqual(found[0]["tun_packets"]["send"], 19) # the peer in slot 0
        self.assertGreaterEqual(found[0]["net_packets"]["deliver"], 20)
        self.assertEqual((found[1]["tun_packets"]["send"], found[1]["net_packets"]["deliver"]), (0, 0))
        self.assertEqual(found[0]["handed_packets"]["over"], found[1]["handed_packets"]["on"] -
                         (found["control"]["handed_packets"]["over"] - found[0]["handed_packets"]["on"]))
        self.assertGreater(total(found, "datagram_bytes", "received"), 20 * 128)
        self.assertEqual(total(found, "net_packets", "pass"), 1) # data comes to the lane of its session
        self.assertEqual(total(found, "tun_packets", "pass"), 0) # and what is for it alone, to its peer's
        text = run(place.PROGRAM, "--status", a.name).stdout
        for line in ("queues: 2", "lane 0", "lane 1", "lane control"):
            self.assertRegex(text, f"(?m)^{line}$")
        metrics = run(place.PROGRAM, "--metrics", a.name).stdout
        for lane in ("0", "1", "control"):
            self.assertRegex(metrics, fr'(?m)^warren_tun_packets_total{{interface="{a.name}",lane="{lane}",verdict="send"}} \d+$')

    def test_drops_are_the_lanes_own(self):
        a, b = joined(self, "--lanes", "3")
        self.assertTrue(ping(a, b.inner4))
        a.ip("route", "add", "10.77.0.0/16", "dev", a.name)
        before = total(lanes(a), "dropped_packets", "no_route")
        found = a.inside("ping", "-c", "5", "-i", "0.1", "-W", "1", "10.77.0.1", check=False).stdout
        self.assertIn("Unreachable", found) # by the lane that read it
        self.assertGreaterEqual(total(lanes(a), "dropped_packets", "no_route"), before + 5)
        for lane in lanes(a).values():
            self.assertEqual(sum(lane["dropped_packets"].values()), lane["tun_packets"]["drop"] + lane["net_packets"]["drop"])

    def test_what_waits(self):
        """Packets for a peer that does not answer, in whatever lane it is."""
        a, b = joined(self, "--lanes", "3")
        b.ip("link", "set", b.name, "down")
        a.inside("ping", "-c", "3", "-i", "0.05", "-W", "1", b.inner4, check=False)
        self.assertEqual(status(a)["staged_packets"], 3)
        self.assertEqual(lanes(a)[0]["tun_packets"]["taken"], 3)

    def test_bytes_are_exact(self):
        """What one side has sent the other has received, to the byte, and asking for it waits for no report."""
        a, b = joined(self, "--lanes", "4")
        for count in (3, 40, 200):
            self.assertTrue(ping(a, b.inner4, "-i", "0.002", "-s", "777", count=count))
            (received, sent), (other_received, other_sent) = a.bytes(), b.bytes()
            self.assertEqual((received, sent), (other_sent, other_received))


class Refused(unittest.TestCase):
    def test_words(self):
        for words, what in ((["--lanes", "0"], "1 to 16, or auto"), (["--lanes", "17"], "1 to 16, or auto"),
                            (["--lanes", "two"], "1 to 16, or auto"),
                            (["--lanes", "2", "--threads", "2"], "one of them"),
                            (["--lanes", "2", "--record-with-all-keys", "/nowhere/x"], "a recording is of one lane")):
            result = run(place.PROGRAM, "-f", *words, "wtnone", check=False)
            self.assertEqual((result.returncode, result.stdout), (2, ""), words)
            self.assertIn(what, result.stderr)

    def test_one_for_each_processor(self):
        a, _ = pair(self)
        a.start("--lanes", "auto")
        processors = min(len(os.sched_getaffinity(0)), 16)
        self.assertEqual(len(status(a)["lanes"]), processors + 1 if processors > 1 else 1)

    def test_no_queues(self):
        """A device that was made with one queue: its packets are read by one lane, and reach the others."""
        a, b = pair(self)
        a.ip("tuntap", "add", a.name, "mode", "tun")
        a.start("--lanes", "3")
        b.start("--lanes", "2")
        join(a, b)
        self.assertEqual((status(a)["queues"], status(b)["queues"]), (1, 2))
        for other in (b.inner4, b.inner6):
            self.assertTrue(ping(a, other))
        self.assertTrue(ping(b, a.inner4))
        a.ip("link", "delete", a.name)
        self.assertEqual(a.driver.wait(10), 0)

    def test_no_queues_in_the_background(self):
        """Its standard input is given up then: that is no descriptor of the lanes."""
        a, b = pair(self)
        a.ip("tuntap", "add", a.name, "mode", "tun")
        a.inside(place.PROGRAM, "--lanes", "2", a.name, timeout=10)
        b.start()
        join(a, b)
        self.assertTrue(ping(a, b.inner4))

    @unittest.skipUnless(shutil.which("strace"), "strace is missing; tools/setup tun installs it")
    def test_what_the_kernel_does_not_have(self):
        """Queues, a choice among them that keeps the order, sockets beside others: it goes without."""
        a, b = pair(self)
        b.start()
        b.configure(a)
        b.address()
        for what, queues, sockets in (("ioctl:error=EINVAL:when=1", 1, 3), ("bpf:error=EPERM", 1, 3), ("bpf:error=ENOSYS", 1, 3),
                                      ("openat:error=EMFILE:path=/dev/net/tun:when=3+", 2, 3),
                                      ("setsockopt:error=ENOPROTOOPT:when=16+", 3, 1)):
            with self.subTest(what):
                words = [word for part in what.split(":") if part.startswith("path=") for word in ("-P", part[5:])]
                inject = ":".join(part for part in what.split(":") if not part.startswith("path="))
                a.start("--lanes", "3", program=["strace", "-f", "-qq", "-o", "/dev/null", *words, "-e", f"inject={inject}", place.PROGRAM])
                a.configure(b)
                a.address()
                self.assertTrue(ping(a, b.inner4))
                self.assertTrue(ping(b, a.inner6))
                self.assertEqual(status(a)["queues"], queues)
                self.assertEqual(a.inside("ss", "-4", "-H", "-u", "-l", f"sport = :{a.port}").stdout.count(f":{a.port}"), sockets)
                a.ip("link", "delete", a.name)
                a.end()

    def test_a_port_of_others(self):
        """Lanes share a port among themselves, and with nobody else."""
        a, b = pair(self)
        for side in (a, b):
            side.start("--lanes", "2")
        join(a, b)
        second = place.Side.__new__(place.Side)
        second.__dict__.update(a.__dict__, name=f"{a.name}x", driver=None)
        self.addCleanup(second.end)
        second.start("--lanes", "2")
        second.wg("set", second.name, "private-key", "/dev/stdin", "listen-port", str(a.port), text=a.secret)
        second.ip("link", "set", second.name, "up")
        wait_for("a line about it", lambda: f"port {a.port} cannot be had" in second.said())
        self.assertTrue(ping(a, b.inner4))


class Client(place.Side):
    """One of many drivers in a's namespace: it reaches an address of b of its own."""

    def __init__(self, a, number):
        self.__dict__.update(a.__dict__, name=f"{a.name[:12]}{number:x}", port=a.port + 10 + number, driver=None)
        self.secret, self.public = keys()
        self.mine, self.theirs = f"10.9.{10 + number}.1", f"10.9.2.{number + 1}"
        self.prefix = f"10.9.{10 + number}.0/24" if number % 2 else f"{self.mine}/32"

    def meet(self, b):
        b.wg("set", b.name, "peer", self.public, "allowed-ips", self.prefix)
        b.ip("address", "add", f"{self.theirs}/32", "dev", b.name)
        b.ip("route", "add", f"{self.mine}/32", "dev", b.name, "src", self.theirs)
        self.ip("address", "add", f"{self.mine}/32", "dev", self.name)
        self.know(b)

    def know(self, b):
        """As after a start."""
        self.wg("set", self.name, "private-key", "/dev/stdin", "listen-port", str(self.port), "peer", b.public, "endpoint",
                f"{b.outer4}:{b.port}", "allowed-ips", f"{self.theirs}/32", text=self.secret)
        self.ip("link", "set", self.name, "up")
        self.ip("route", "add", f"{self.theirs}/32", "dev", self.name, "src", self.mine)


# Takes numbered datagrams at each of these addresses until each had the last one; says what came late, and how many came.
TAKER = """
import select, socket, sys, time
last, addresses = int(sys.argv[1]), sys.argv[2:]
sockets = {}
for address in addresses:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    s.bind((address, 9))
    sockets[s] = [-1, 0]
print("ready", flush=True)
end = time.monotonic() + 90
while any(newest < last for newest, _ in sockets.values()) and time.monotonic() < end:
    for s in select.select(list(sockets), [], [], 1)[0]:
        data = s.recv(2000)
        number = int.from_bytes(data[:4], "big")
        if number <= sockets[s][0] < last:
            print("late:", number, "after", sockets[s][0])
        if data[4:] != bytes([number & 255]) * (len(data) - 4):
            print("broken:", number)
        sockets[s] = [max(number, sockets[s][0]), sockets[s][1] + 1]
print("came:", *(count for _, count in sockets.values()))
"""
GIVER = """
import socket, sys, time
last, ways = int(sys.argv[1]), [way.split(",") for way in sys.argv[2:]]
sockets = []
for mine, theirs in ways:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((mine, 0))
    s.connect((theirs, 9))
    sockets.append(s)
def give(number, length):
    for s in sockets:
        try:
            s.send(number.to_bytes(4, "big") + bytes([number & 255]) * length)
        except OSError:
            pass
for number in range(last):
    give(number, number * 37 % 1200)
    if number % 8 == 0: # streams need room beside them
        time.sleep(0.002)
for _ in range(100): # the end
    time.sleep(0.02)
    give(last, 3)
"""
# Sends back what comes at each of these addresses, whoever it is from.
ECHO = """
import socket, sys, threading
def serve(c):
    while data := c.recv(65536):
        c.sendall(data)
    c.close()
def listen(s):
    while True:
        threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
for address in sys.argv[1:]:
    s = socket.create_server((address, 7))
    threading.Thread(target=listen, args=(s,), daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
"""
CALLER = """
import hashlib, os, socket, sys, threading
def call(way):
    mine, theirs = way.split(",")
    s = socket.create_connection((theirs, 7), 60, (mine, 0))
    data, back = os.urandom(300000), bytearray()
    threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR))).start()
    while more := s.recv(65536):
        back += more
    os.write(1, b"same\\n" if back == data else b"others\\n")
threads = [threading.Thread(target=call, args=(way,)) for way in sys.argv[1:]]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""

# Counts what comes late of several senders, whom it answers for a moment every five seconds.
ANSWERER = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
s.bind((sys.argv[1], 9))
s.settimeout(20)
print("ready", flush=True)
last, came, late, answered, begin = {}, 0, 0, 0, time.monotonic()
try:
    while True:
        data, who = s.recvfrom(2000)
        number = int.from_bytes(data[:4], "big")
        came, late = came + 1, late + (number <= last.get(who, -1))
        last[who] = max(number, last.get(who, -1))
        now = time.monotonic() - begin
        s.settimeout(3)
        if now % 5 < 0.3 and now - answered > 0.001:
            answered = now
            for sender in last:
                s.sendto(b"x", sender)
except TimeoutError:
    print(came, late)
"""
FLOOD = """
import socket, sys, time
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
for s in sockets:
    s.connect((sys.argv[1], 9))
end, number = time.monotonic() + 6, 0
while time.monotonic() < end:
    for s in sockets:
        try:
            s.send(number.to_bytes(4, "big") + bytes(300))
        except OSError:
            pass
    number += 1
"""
# Much to one address, and in the end little to another.
BURST = """
import socket, sys
much, little = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
for s, address in (much, sys.argv[1]), (little, sys.argv[2]):
    s.connect((address, 9))
for number in range(300):
    much.send(bytes(100))
    if number % 50 == 49 and number > 150:
        little.send(bytes(100))
"""


class Crowd(unittest.TestCase):
    """Many drivers of one lane, all peers of one with several."""

    def crowd(self, count, *words):
        self.a, self.b = pair(self)
        self.b.start("--lanes", "4", *words)
        self.b.wg("set", self.b.name, "private-key", "/dev/stdin", "listen-port", str(self.b.port), text=self.b.secret)
        self.b.ip("link", "set", self.b.name, "up")
        self.clients = []
        for number in range(count):
            client = Client(self.a, number)
            self.clients.append(client)
            self.addCleanup(client.end)
            client.start()
            client.meet(self.b)
        for client in self.clients:
            self.assertTrue(ping(client, client.theirs))

    def script(self, side, text, *arguments):
        process = subprocess.Popen(["ip", "netns", "exec", side.space, sys.executable, "-c", text, *map(str, arguments)],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stdout.close()))
        return process

    def ready(self, *arguments):
        process = self.script(*arguments)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def streams(self):
        """Bytes there and back, all clients at once."""
        caller = self.script(self.a, CALLER, *(f"{client.mine},{client.theirs}" for client in self.clients))
        self.assertEqual(caller.communicate(timeout=120)[0].split(), ["same"] * len(self.clients))

    def test_streams_and_order(self):
        """Datagrams of each peer, both ways at once, come in the order of their sending, and streams come whole, in whatever lane."""
        self.crowd(PEERS)
        self.ready(self.b, ECHO, *(client.theirs for client in self.clients))
        there = self.ready(self.b, TAKER, NUMBERS, *(client.theirs for client in self.clients))
        back = self.ready(self.a, TAKER, NUMBERS, *(client.mine for client in self.clients))
        givers = [self.script(self.a, GIVER, NUMBERS, *(f"{client.mine},{client.theirs}" for client in self.clients)),
                  self.script(self.b, GIVER, NUMBERS, *(f"{client.theirs},{client.mine}" for client in self.clients))]
        self.streams()
        for taker in (there, back):
            said = taker.communicate(timeout=120)[0].splitlines()
            self.assertEqual(len(said), 1, said[:3])
            self.assertGreater(min(map(int, said[0].split()[1:])), 100)
            print(said[0], file=sys.stderr)
        for giver in givers:
            self.assertEqual(giver.wait(30), 0)
        found = lanes(self.b)
        for number in range(4):
            self.assertGreater(found[number]["tun_packets"]["send"], 100)
            self.assertGreater(found[number]["net_packets"]["deliver"], 100)
            self.assertEqual(found[number]["handed_packets"]["astray"], 0)
        self.assertEqual(total(found, "net_packets", "pass"), found["control"]["handed_packets"]["over"])

    def test_changes_under_load(self):
        """Peers come and go, allowed IPs move, the engine grows, the port's mark changes: sessions stay, streams come whole."""
        self.crowd(PEERS)
        self.ready(self.b, ECHO, *(client.theirs for client in self.clients))
        born = self.b.wg("show", self.b.name, "latest-handshakes").stdout
        time.sleep(1.1)
        for turn in range(3):
            caller = self.script(self.a, CALLER, *(f"{client.mine},{client.theirs}" for client in self.clients))
            for i in range(20):
                strange = keys()[1]
                self.b.wg("set", self.b.name, "peer", strange, "allowed-ips", f"10.200.{turn}.{i}/32,10.201.0.0/16", "endpoint",
                          f"{self.a.outer4}:9")
                client = self.clients[i % PEERS]
                self.b.wg("set", self.b.name, "fwmark", str(i % 2), "peer", client.public, "allowed-ips",
                          f"{client.prefix},10.201.0.0/16", "persistent-keepalive", str(1 + i % 4))
                if i % 3 == 0:
                    self.b.wg("set", self.b.name, "peer", strange, "remove")
            self.assertEqual(caller.communicate(timeout=120)[0].split(), ["same"] * PEERS)
        self.assertGreater(status(self.b)["peers_room"], 16)
        now = self.b.wg("show", self.b.name, "latest-handshakes").stdout
        for line in born.splitlines():
            self.assertIn(line, now.splitlines())
        self.assertEqual(total(lanes(self.b), "dropped_packets", "expired"), 0)

    def test_bytes_are_exact(self):
        """After all that, what each side counts is the same, to the byte."""
        self.crowd(4)
        self.ready(self.b, ECHO, *(client.theirs for client in self.clients))
        self.streams()
        time.sleep(0.5) # the last acknowledgements
        seen = {line.split()[0]: tuple(map(int, line.split()[1:])) for line in
                self.b.wg("show", self.b.name, "transfer").stdout.splitlines()}
        for client in self.clients:
            received, sent = client.bytes()
            self.assertEqual(seen[client.public], (sent, received))

    def test_what_is_refused_is_taken_back(self):
        """Of each peer of a lane, though another has much more of it."""
        self.crowd(5)
        def sent():
            return {line.split()[0]: int(line.split()[2]) for line in self.b.wg("show", self.b.name, "transfer").stdout.splitlines()}
        before, given = sent(), lanes(self.b)[0]["tun_packets"]["send"]
        self.b.ip("route", "add", "blackhole", f"{self.a.outer4}/32")
        self.b.inside(sys.executable, "-c", BURST, self.clients[0].mine, self.clients[4].mine)
        time.sleep(0.2)
        self.assertEqual(sent(), before)
        self.b.ip("route", "delete", "blackhole", f"{self.a.outer4}/32")
        self.assertEqual(lanes(self.b)[0]["tun_packets"]["send"] - given, 303)

    def test_killed_and_started_again(self):
        """Either end: the other shakes hands anew, and all peers are there again."""
        self.crowd(6)
        for client in self.clients[:2]:
            client.driver.kill()
            client.end()
            wait_for("the interface's end", lambda: client.ip("link", "show", client.name, check=False).returncode != 0)
            client.start()
            client.ip("address", "add", f"{client.mine}/32", "dev", client.name)
            client.know(self.b)
            self.assertTrue(ping(client, client.theirs))
        config = self.b.wg("showconf", self.b.name).stdout
        self.b.driver.kill()
        self.b.end()
        wait_for("the interface's end", lambda: self.b.ip("link", "show", self.b.name, check=False).returncode != 0)
        self.b.start("--lanes", "4")
        self.b.wg("setconf", self.b.name, "/dev/stdin", text=config)
        self.b.ip("link", "set", self.b.name, "up")
        for client in self.clients:
            self.b.ip("address", "add", f"{client.theirs}/32", "dev", self.b.name)
            self.b.ip("route", "add", f"{client.mine}/32", "dev", self.b.name, "src", client.theirs)
        for client in self.clients:
            self.assertTrue(ping(self.b, client.mine))
            self.assertTrue(ping(client, client.theirs))


class Order(unittest.TestCase):
    def test_answers_now_and_then(self):
        """A kernel that is left to itself gives a flow to another queue when answers come, and again when they stay out: then packets
        overtake those that wait. Of one address, whose lane is known, and of a larger prefix."""
        a, b = joined(self, "--lanes", "4")
        self.floods(a, b)
        a.wg("set", a.name, "peer", b.public, "allowed-ips", "10.9.0.0/24")
        self.floods(a, b)

    def floods(self, a, b):
        self.assertTrue(ping(a, b.inner4))
        taker = subprocess.Popen(["ip", "netns", "exec", b.space, sys.executable, "-c", ANSWERER, b.inner4], stdout=subprocess.PIPE,
                                 text=True)
        self.addCleanup(lambda: (taker.kill(), taker.wait(), taker.stdout.close()))
        self.assertEqual(taker.stdout.readline(), "ready\n")
        a.inside(sys.executable, "-c", FLOOD, b.inner4)
        came, late = map(int, taker.stdout.readline().split())
        print(f"{came} came, {late} late", file=sys.stderr)
        self.assertGreater(came, 1000)
        self.assertEqual(late, 0)


class Rekey(unittest.TestCase):
    def test_none_is_lost(self):
        """Two minutes of pings: the new session takes over in the middle of them."""
        a, b = joined(self, "--lanes", "2")
        self.assertTrue(ping(a, b.inner4))
        said = a.inside("ping", "-n", "-q", "-i", "0.02", "-c", "6400", b.inner4, check=False, timeout=200).stdout
        sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", said).groups()
        self.assertEqual((sent, received), ("6400", "6400"))
        self.assertGreaterEqual(lanes(a)["control"]["handshakes"], 2)
        (received, sent), (other_received, other_sent) = a.bytes(), b.bytes()
        self.assertEqual((received, sent), (other_sent, other_received))


if __name__ == "__main__":
    place.main(unittest)
