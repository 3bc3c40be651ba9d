#!/usr/bin/env python3
"""warren-tun where the machine lets it down. Usage: test_trouble.py WARREN-TUN [CASE...]. Exit 77: cannot run here, and why."""
import base64
import contextlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import place
from place import join, joined, pair, ping, run, wait_for

UNIT = pathlib.Path(__file__).resolve().parent.parent / "tun/warren-tun@.service.in"


def status(side):
    return json.loads(run(place.PROGRAM, "--status", "--json", side.name).stdout)


def limit(side, what, value):
    resource.prlimit(side.driver.pid, what, (value, value))


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
        join(a, b)
        self.assertTrue(ping(a, b.inner4))


class Memory(unittest.TestCase):
    """For builds without a sanitizer, which ends a program that has no memory."""

    def test_no_memory_left(self):
        """A request that needs more is refused, and the tunnel goes on."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        used = int(pathlib.Path(f"/proc/{a.driver.pid}/statm").read_text().split()[0]) * resource.getpagesize()
        limit(a, resource.RLIMIT_AS, used + (1 << 20))
        peers = [f"[Peer]\nPublicKey = {base64.b64encode(random.randbytes(32)).decode()}\n" for _ in range(20000)]
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("\n".join(peers))
            file.flush()
            self.assertNotEqual(a.wg("addconf", a.name, file.name, check=False).returncode, 0)
        self.assertTrue(ping(a, b.inner4))
        self.assertEqual(a.wg("show", a.name, "peers").stdout, f"{b.public}\n")


def copies(side, text):
    """How often these bytes are in the memory of its driver that can be written."""
    found = 0
    with open(f"/proc/{side.driver.pid}/maps") as maps, open(f"/proc/{side.driver.pid}/mem", "rb", 0) as memory:
        for first, behind in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", maps.read(), re.M):
            memory.seek(int(first, 16))
            found += memory.read(int(behind, 16) - int(first, 16)).count(text)
    return found


class Secrets(unittest.TestCase):
    """For builds without a sanitizer, whose memory is too large to be searched."""

    def test_keys_are_where_they_must_be(self):
        """Each once, in the engine's memory, and nowhere as the text of a request or an answer; and nowhere at all once it is removed."""
        for arguments in ([], ["--threads", "3"]):
            a, b = pair(self)
            shared = run("wg", "genpsk").stdout.strip()
            for side, other in ((a, b), (b, a)):
                side.start(*arguments)
                side.configure(other)
                side.wg("set", side.name, "peer", other.public, "preshared-key", "/dev/stdin", text=shared)
                side.address()
            self.assertTrue(ping(a, b.inner4))
            self.assertIn(shared, a.wg("show", a.name, "dump").stdout)
            keys = [base64.b64decode(key) for key in (a.secret, shared)]
            self.assertEqual([copies(a, key) for key in keys], [1, 1])
            self.assertEqual([copies(a, key.hex().encode()) for key in keys], [0, 0])
            a.wg("set", a.name, "peer", b.public, "remove")
            a.wg("set", a.name, "private-key", "/dev/null")
            self.assertEqual([copies(a, half) for key in keys for half in (key[:16], key[16:])], [0, 0, 0, 0])
            a.remove()
            b.remove()

    def test_nothing_is_bound_late(self):
        """Binding a function at its first call leaves the vector registers on the stack, with what was copied through them."""
        self.assertRegex(run("readelf", "-d", place.PROGRAM).stdout, r"FLAGS_1\).*\bNOW\b")


DOWNLOAD = """
import hashlib, socket
s = socket.create_connection(("{address}", 7), timeout=20)
h = hashlib.sha256()
while chunk := s.recv(1 << 20):
    h.update(chunk)
print(h.hexdigest())
"""
UPLOAD = """
import hashlib, random, socket
s = socket.create_server(("{address}", 7)) # it may be taken again at once
data = random.Random(5).randbytes(4 << 20)
print(hashlib.sha256(data).hexdigest(), flush=True)
c, _ = s.accept()
c.sendall(data)
"""


class Lacking(unittest.TestCase):
    """A kernel without this or that: strace lets it refuse from the start."""

    @unittest.skipUnless(shutil.which("strace"), "strace is missing; tools/setup tun installs it")
    def test_what_the_kernel_does_not_have(self):
        """P-157: it goes without, and streams arrive whole."""
        for what, lacks in (("ioctl:error=EINVAL:when=2", {"tun_udp"}), ("ioctl:error=EINVAL:when=2..3", {"tun_tcp", "tun_udp"}),
                            ("setsockopt:error=ENOPROTOOPT:when=7", {"udp_gro"}),
                            ("sched_setattr:error=EINVAL", set()), ("mlock2,mlockall:error=EPERM", set()),
                            ("inotify_init1:error=EMFILE", set())):
            with self.subTest(what):
                self.doCleanups()
                a, b = pair(self)
                a.start(program=["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={what}", place.PROGRAM])
                b.start()
                join(a, b)
                self.assertTrue(ping(a, b.inner4))
                for side, other in ((a, b), (b, a)):
                    with subprocess.Popen(["ip", "netns", "exec", other.space, sys.executable, "-c",
                                           UPLOAD.format(address=other.inner4)], stdout=subprocess.PIPE, text=True) as sender:
                        expected = sender.stdout.readline()
                        self.assertEqual(side.inside(sys.executable, "-c", DOWNLOAD.format(address=other.inner4)).stdout, expected)
                has, could = ({name for name, there in status(side)["offload"].items() if there} for side in (a, b))
                self.assertEqual(has, could - lacks)


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

    def flood(self, a, b, code):
        """Datagrams from a to b as fast as they go, each `code`, until the end of the test or kill."""
        process = subprocess.Popen(["ip", "netns", "exec", a.space, sys.executable, "-c", f"""
import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("{b.outer4}", {b.port}))
while True:
    for data in ({code}):
        try:
            s.send(data)
        except OSError:
            pass
"""])
        self.addCleanup(lambda: (process.kill(), process.wait()))
        return process

    def test_no_descriptors_left(self):
        """Clients that find none wait, without costing anything; a port that cannot be opened leaves the old one."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        limit(a, resource.RLIMIT_NOFILE, max(map(int, os.listdir(f"/proc/{a.driver.pid}/fd"))) + 2)
        clients = [socket.socket(socket.AF_UNIX) for _ in range(12)]
        for client in clients:
            self.addCleanup(client.close)
            client.connect(a.socket())
        self.assertTrue(ping(a, b.inner4))
        busy = processor_time(a)
        time.sleep(2)
        self.assertLess(processor_time(a) - busy, 0.3)
        for client in clients[1:]:
            client.close()
        clients[0].settimeout(10)
        clients[0].sendall(b"set=1\nlisten_port=40066\n\n")
        self.assertEqual(clients[0].recv(100), b"errno=-24\n\n") # EMFILE: two sockets, and one descriptor at most
        clients[0].close()
        self.assertTrue(ping(b, a.inner4))
        self.assertEqual(a.wg("show", a.name, "listen-port").stdout, f"{a.port}\n")

    def test_sends_that_are_refused(self):
        """P-124: by whatever errno; they are counted, and it goes on when they are taken again."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        for kind in ("unreachable", "prohibit", "blackhole"):
            before = status(a)["unsent_datagrams"]
            a.ip("route", "add", kind, f"{b.outer4}/32")
            self.assertFalse(ping(a, b.inner4, "-W", "1", count=5))
            a.ip("route", "delete", kind, f"{b.outer4}/32")
            self.assertGreaterEqual(status(a)["unsent_datagrams"] - before, 5)
            self.assertTrue(ping(a, b.inner4))
        self.assertTrue(ping(b, a.inner4))

    @contextlib.contextmanager
    def traced(self, side, *options, out="/dev/null"):
        """A context in which strace looks at the system calls of its driver, or lets them fail."""
        tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", out, "-p", str(side.driver.pid), *options],
                                  stderr=subprocess.PIPE, text=True)
        tracing = pathlib.Path(f"/proc/{side.driver.pid}/status")
        try:
            wait_for("the tracer", lambda: tracer.poll() is not None or "TracerPid:\t0\n" not in tracing.read_text())
            if tracer.poll() is not None:
                self.skipTest(f"strace may not: {tracer.stderr.read().strip()}")
            yield
        finally:
            tracer.terminate()
            tracer.wait()
            tracer.stderr.close()

    @unittest.skipUnless(shutil.which("strace"), "strace is missing; tools/setup tun installs it")
    def test_calls_that_fail(self):
        """P-124: whatever the kernel lacks while datagrams and packets go in and out: counted, and over when it has it again."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        calls = [(f"sendmmsg,sendmsg:error={error}", "unsent_datagrams") for error in ("ENOBUFS", "ENOMEM", "EPERM", "ENETDOWN")]
        calls += [("writev:error=ENOBUFS", "unwritten_packets"), ("recvmmsg:error=ENOMEM", None), ("readv:error=ENOMEM", None)]
        for what, counter in calls:
            with self.subTest(what), tempfile.NamedTemporaryFile("r") as out:
                before, began = status(a), time.monotonic()
                with self.traced(a, "-e", f"inject={what}", out=out.name):
                    self.assertFalse(ping(a, b.inner4, "-W", "1", count=5))
                refused = sum("(INJECTED)" in line for line in out)
                self.assertLessEqual(refused, 20 + 1000 * (time.monotonic() - began), "it asks again and again")
                self.assertTrue(ping(a, b.inner4))
                self.assertTrue(ping(b, a.inner4))
                if counter:
                    self.assertGreaterEqual(status(a)[counter] - before[counter], 5)

    @unittest.skipUnless(shutil.which("strace"), "strace is missing; tools/setup tun installs it")
    def test_the_fence_refuses_none_of_its_calls(self):
        """Also those that it makes now and then: while it stays awake, answers requests, and opens other sockets."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        with tempfile.NamedTemporaryFile("r") as out:
            with self.traced(a, out=out.name):
                self.assertTrue(ping(a, b.inner4, "-i", "0.01", count=350)) # it rests for a second where others compute
                self.assertFalse(ping(a, "10.9.0.77", "-i", "0.01", "-W", "1", count=100)) # no answer: it waits in vain
                a.wg("set", a.name, "listen-port", "0", "fwmark", "7")
                self.assertEqual(status(a)["up"], 1)
            said = out.read()
        calls = {"epoll_wait", "sendmmsg", "recvmmsg", "accept4", "bind"}
        calls |= set() if place.LANES else {"sched_yield"} # of several threads each stays awake less often
        self.assertEqual({call for call in calls if f"{call}(" in said}, calls)
        self.assertEqual([line for line in said.splitlines() if " = -1 EPERM " in line], [])

    @unittest.skipUnless(shutil.which("strace"), "strace is missing; tools/setup tun installs it")
    def test_answers_of_the_kernel(self):
        """What is answered while it is written is read at once, without a wait between; what is not, is hardly ever asked for."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4, "-i", "0.01", count=60))
        with tempfile.NamedTemporaryFile("r") as out:
            with self.traced(b, out=out.name):
                self.assertTrue(ping(a, b.inner4, "-i", "0.01", count=60))
            calls = [re.sub(r"^\d+ +", "", line).partition("(")[0] for line in out]
        self.assertGreater(sum(pair == ("writev", "readv") for pair in zip(calls, calls[1:])), 30)
        before = status(b)["vain_reads"]
        b.inside("sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1")
        self.assertFalse(ping(a, b.inner4, "-i", "0.01", "-W", "1", count=60))
        self.assertLess(status(b)["vain_reads"] - before, 12)

    def test_sockets_closed_under_it(self):
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        for _ in range(3):
            killed = a.inside("ss", "-K", "-u", "-a", f"sport = :{a.port}", check=False)
            if killed.returncode or str(a.port) not in killed.stdout:
                self.skipTest("this kernel closes no sockets of others")
            busy = processor_time(a)
            time.sleep(0.5)
            self.assertLess(processor_time(a) - busy, 0.2)
            self.assertTrue(ping(a, b.inner4))
            self.assertTrue(ping(b, a.inner4))

    def test_interface_deleted_under_load(self):
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        self.flood(b, a, 'b"\\x04\\0\\0\\0" + os.urandom(1000), b"\\x01\\0\\0\\0" + os.urandom(144)')
        for target in (b.inner4, "10.9.0.77"):
            pings = subprocess.Popen(["ip", "netns", "exec", a.space, "ping", "-q", "-f", target], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            self.addCleanup(lambda pings=pings: (pings.kill(), pings.wait()))
        time.sleep(0.5)
        a.ip("link", "delete", a.name)
        self.assertEqual(a.driver.wait(10), 0)
        self.assertFalse(os.path.exists(a.socket()))

    def test_garbage_at_line_rate(self):
        """All of it is counted as what it is, while peers are served."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        flood = self.flood(a, b, 'os.urandom(60), b"\\x01\\0\\0\\0" + os.urandom(144), b"\\x04\\0\\0\\0" + os.urandom(200), b""')
        wait_for("a thousand of each", lambda: all(sum(lane["dropped_packets"][reason] for lane in status(b)["lanes"]) > 1000
                                                   for reason in ("type", "mac1", "index")), 30)
        answer = a.inside("ping", "-c", "20", "-i", "0.05", "-W", "2", b.inner4, check=False).stdout
        self.assertGreaterEqual(int(re.search(r"(\d+) received", answer)[1]), 10, answer)
        flood.kill()
        flood.wait()
        self.assertTrue(ping(a, b.inner4))

    def test_killed_at_any_moment(self):
        random.seed(11)
        a, b = joined(self)
        for _ in range(8):
            pings = subprocess.Popen(["ip", "netns", "exec", a.space, "ping", "-q", "-f", b.inner4], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            time.sleep(random.uniform(0, 0.3))
            a.driver.kill()
            a.driver.wait()
            pings.kill()
            pings.wait()
            a.end()
            a.start()
            wait_for("an answer", lambda: run(place.PROGRAM, "--status", a.name, check=False).returncode == 0)
            a.configure(b)
            a.address()
            self.assertTrue(ping(a, b.inner4))

    def test_killed_while_it_starts(self):
        random.seed(12)
        a, b = pair(self)
        for _ in range(12):
            process = subprocess.Popen(["ip", "netns", "exec", a.space, place.PROGRAM, "-f", a.name], stderr=subprocess.DEVNULL)
            time.sleep(random.uniform(0, 0.08))
            process.kill()
            process.wait()
        a.start()
        wait_for("an answer", lambda: run(place.PROGRAM, "--status", a.name, check=False).returncode == 0)
        b.start()
        join(a, b)
        self.assertTrue(ping(a, b.inner4))

    def test_the_log_is_bounded(self):
        a, _ = pair(self)
        a.start()
        begin = time.monotonic()
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(a.socket())
            for _ in range(2000):
                client.sendall(b"set=1\nlisten_port=70000\n\n")
                self.assertEqual(client.recv(100), b"errno=-22\n\n")
            time.sleep(2.2)
            client.sendall(b"set=1\nlisten_port=70000\n\n")
            client.recv(100)
        lines = a.said().splitlines()
        self.assertLess(len(lines), 60 + 6 * (time.monotonic() - begin))
        self.assertIn("lines before this one were left out", a.said())
        self.assertGreater(status(a)["log_left_out_lines"], 1000)

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
