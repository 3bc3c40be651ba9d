#!/usr/bin/env python3
"""The driver warren-tun from outside. Usage: test_tun.py WARREN-TUN [CASE...]. Exit 77: cannot run here, and why."""
import base64
import os
import random
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import place
from place import join, joined, keys, pair, ping, run, wait_for


def sanitized():
    return "__asan_init" in run("nm", place.PROGRAM).stdout


class Usage(unittest.TestCase):
    def refused(self, arguments, code, *words, **environment):
        result = subprocess.run([place.PROGRAM, *arguments], capture_output=True, text=True, timeout=20,
                                env=dict(os.environ, **environment))
        self.assertEqual((result.returncode, result.stdout), (code, ""), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_arguments(self):
        self.refused([], 2, "no interface")
        self.refused(["a", "b"], 2, "more than one")
        for number in ("0", "17", "-1", "2x", ""):
            self.refused(["--threads", number, "a"], 2, "1 to 16")
        self.refused(["--provider", "rot13", "a"], 2, "ipsec-mb, boringssl or sodium")
        self.refused(["a/b"], 2, "1 to 15 characters")
        self.refused(["x" * 16], 2, "1 to 15 characters")
        self.refused(["-f", "wtx"], 2, "WG_TUN_FD=77", WG_TUN_FD="77")
        self.refused(["-f", "wtx"], 3, "WG_TUN_FD=0", WG_TUN_FD="0")
        self.refused(["-f", "lo"], 3, "lo: the interface cannot be made")
        self.refused(["lo"], 3, "lo: the interface cannot be made") # from the background, before it is one

    def test_words(self):
        result = run(place.PROGRAM, "--help")
        for word in ("IFNAME", "--foreground", "LOG_LEVEL", "Exit codes"):
            self.assertIn(word, result.stdout)
        self.assertRegex(run(place.PROGRAM, "--version").stdout, r"^warren-tun \d+\.\d+\.\d+\n$")


class Traffic(unittest.TestCase):
    def test_both_families(self):
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        self.assertTrue(ping(b, a.inner6))
        self.assertTrue(ping(a, b.inner6, "-s", "1372"))
        self.assertEqual(a.bytes(), b.bytes()[::-1])

    def test_golden_bytes(self):
        """P-99: ten pings of 84 bytes from a fresh initiator."""
        a, b = joined(self)
        b.ip("link", "set", b.name, "mtu", "1420")
        self.assertTrue(ping(a, b.inner4, count=10))
        received, sent = a.bytes()
        self.assertEqual(received, 92 + 10 * 128)
        self.assertIn(sent, (148 + 10 * 128, 148 + 10 * 128 + 32))

    def test_outside_is_ipv6_with_preshared_key(self):
        a, b = pair(self)
        for side, other in ((a, b), (b, a)):
            side.start()
            side.configure(other, endpoint=f"[{other.outer6}]:{other.port}")
            side.wg("set", side.name, "peer", other.public, "preshared-key", "/dev/stdin", text="A" * 43 + "=\n")
            side.address()
        self.assertTrue(ping(a, b.inner4))
        self.assertTrue(ping(b, a.inner6))

    def test_link_local_outside(self):
        """P-121: a scope stays with its endpoint."""
        a, b = pair(self)
        a.start()
        b.start()
        wait_for("a link-local address", lambda: "tentative" not in b.ip("-6", "address", "show", "scope", "link").stdout)
        local = re.search(r"inet6 (fe80[^/]*)/", b.ip("-6", "address", "show", "dev", b.cable).stdout)[1]
        index = int(re.match(r"(\d+):", a.ip("link", "show", a.cable).stdout)[1])
        a.configure(b, endpoint=f"[{local}%{index}]:{b.port}")
        b.configure(a, endpoint="192.0.2.99:1")
        a.address()
        b.address()
        self.assertTrue(ping(a, b.inner4))
        self.assertTrue(ping(b, a.inner4))

    def test_every_length(self):
        """Asked for an answer every 32: the queue of a tun device holds 500, and who waits for a processor may lose the rest."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        for side, other in ((a, b), (b, a)):
            taker = subprocess.Popen(["ip", "netns", "exec", other.space, sys.executable, "-c", f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("{other.inner4}", 9))
s.settimeout(20)
s.setsockopt(socket.SOL_SOCKET, 33, 1 << 23) # SO_RCVBUFFORCE: a taker that has to wait for a processor loses none
print("ready", flush=True)
for length in range(1393):
    data, source = s.recvfrom(2000)
    if length % 32 == 0:
        s.sendto(b"on", source)
    if data != bytes([length % 251]) * length:
        print("instead of", length, "bytes:", len(data), data[:1])
        break
else:
    print(True)
"""], stdout=subprocess.PIPE, text=True)
            self.addCleanup(lambda taker=taker: (taker.kill(), taker.wait(), taker.stdout.close()))
            self.assertEqual(taker.stdout.readline(), "ready\n")
            side.inside(sys.executable, "-c", f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(20)
for length in range(1393):
    s.sendto(bytes([length % 251]) * length, ("{other.inner4}", 9))
    if length % 32 == 0:
        s.recv(10)
""")
            self.assertEqual(taker.stdout.readline(), "True\n")
        self.assertEqual(a.bytes(), b.bytes()[::-1])

    def test_streams_arrive_whole(self):
        """P-157: large packets on and off, in every pairing: the same bytes."""
        ways = ([], ["--no-tun-offload", "--no-udp-gso", "--no-udp-gro"], ["--no-tun-offload"], ["--no-udp-gso"],
                ["--provider", "sodium"], ["--threads", "3"])
        ways += (["--provider", "boringssl"],) if "/android/libcrypto" in run("ldd", place.PROGRAM).stdout else ()
        a, b = pair(self)
        for side, other in ((a, b), (b, a)):
            for way in ways:
                side.end()
                other.end()
                side.start(*way)
                other.start()
                side.configure(other)
                other.configure(side)
                side.address()
                other.address()
                for address, family in ((other.inner4, "AF_INET"), (other.inner6, "AF_INET6")):
                    taker = subprocess.Popen(["ip", "netns", "exec", other.space, sys.executable, "-c", f"""
import hashlib, socket
s = socket.create_server(("{address}", 7), family=socket.{family}) # it may be taken again at once
print("ready", flush=True)
c, _ = s.accept()
h = hashlib.sha256()
while chunk := c.recv(1 << 20):
    h.update(chunk)
print(h.hexdigest())
"""], stdout=subprocess.PIPE, text=True)
                    self.addCleanup(lambda taker=taker: (taker.kill(), taker.wait(), taker.stdout.close()))
                    self.assertEqual(taker.stdout.readline(), "ready\n")
                    sent = side.inside(sys.executable, "-c", f"""
import hashlib, random, socket
random.seed(5)
data = random.randbytes(8 << 20)
s = socket.create_connection(("{address}", 7), timeout=20)
s.sendall(data)
s.close()
print(hashlib.sha256(data).hexdigest())
""")
                    self.assertEqual(taker.stdout.readline(), sent.stdout)

    def test_order_of_a_flow(self):
        """P-83: whoever seals and opens, datagrams come in the order in which they were sent; some may be lost where queues are full."""
        a, b = joined(self, "--threads", "3")
        self.assertTrue(ping(a, b.inner4))
        taker = subprocess.Popen(["ip", "netns", "exec", b.space, sys.executable, "-c", f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("{b.inner4}", 9))
s.settimeout(20)
print("ready", flush=True)
count, last = 0, -1
while last < 30000:
    number = int.from_bytes(s.recv(2000)[:4], "big")
    if number <= last < 30000:
        print(number, "after", last)
    count, last = count + 1, number
print(count)
"""], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (taker.kill(), taker.wait(), taker.stdout.close()))
        self.assertEqual(taker.stdout.readline(), "ready\n")
        a.inside(sys.executable, "-c", f"""
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(30000):
    s.sendto(number.to_bytes(4, "big") + bytes(number % 700), ("{b.inner4}", 9))
for _ in range(50): # the end
    time.sleep(0.02)
    s.sendto((30000).to_bytes(4, "big"), ("{b.inner4}", 9))
""")
        said = taker.stdout.read().splitlines()
        self.assertEqual(len(said), 1, said[:3])
        self.assertGreater(int(said[0]), 300)

    def test_which_provider(self):
        """The fastest that this machine has, or the one that is asked for."""
        a, _ = pair(self)
        a.start()
        with open("/proc/cpuinfo") as file:
            flags = file.read()
        linked = run("ldd", place.PROGRAM).stdout
        names = [name for name, there in (("ipsec-mb", " avx512f " in flags and "libIPSec_MB" in linked),
                                          ("boringssl", "/android/libcrypto" in linked),
                                          ("ipsec-mb", " avx2 " in flags and "libIPSec_MB" in linked), ("sodium", True)) if there]
        self.assertIn(f"packets are sealed and opened by {names[0]}\n", a.said())
        a.end()
        a.start("--provider", "sodium")
        self.assertIn("opened by sodium\n", a.said())

    def test_unreachable(self):
        """P-88: the kernel answers for what leads nowhere."""
        a, _ = joined(self)
        a.ip("route", "add", "10.77.0.0/16", "dev", a.name)
        result = a.inside("ping", "-c", "1", "-W", "2", "10.77.0.1", check=False)
        self.assertIn("Unreachable", result.stdout)

    def test_roaming_and_sticky_source(self):
        """P-119, P-122: the port changes and sessions live on; answers come from where the question went to."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        a.wg("set", a.name, "listen-port", "40055")
        self.assertTrue(ping(a, b.inner4))
        self.assertIn(f"{a.outer4}:40055", b.wg("show", b.name, "endpoints").stdout)
        # b is asked at its second address, and answers from there
        b.ip("address", "add", "192.0.2.22/24", "dev", b.cable)
        a.wg("set", a.name, "peer", b.public, "endpoint", f"192.0.2.22:{b.port}")
        time.sleep(1.2)
        self.assertTrue(ping(a, b.inner4))
        self.assertIn(f"192.0.2.22:{b.port}", a.wg("show", a.name, "endpoints").stdout)
        # and from another one when that is gone
        b.ip("address", "delete", "192.0.2.22/24", "dev", b.cable)
        self.assertTrue(ping(b, a.inner4, count=5))

    def test_garbage(self):
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        a.inside(sys.executable, "-c", f"""
import random, socket
random.seed(1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(30000):
    kind = bytes([random.randrange(5), 0, 0, 0])
    s.sendto(kind + random.randbytes(random.choice((0, 28, 60, 88, 144, 1400))), ("{b.outer4}", {b.port}))
""")
        self.assertTrue(ping(a, b.inner4))
        self.assertIsNone(b.driver.poll())


class Control(unittest.TestCase):
    def talk(self, side, *pieces):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(side.socket())
            for piece in pieces:
                client.sendall(piece)
                time.sleep(0.02)
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := client.recv(65536):
                answer += chunk
            return answer.decode()

    def test_words(self):
        """P-142, P-143, P-144, P-148, P-149: modes of socket and folder, requests in pieces, errors, the end in the middle."""
        a, b = joined(self)
        mode = os.stat(a.socket()).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(place.RUN).st_mode), 0o755)
        self.assertIn("errno=0\n\n", self.talk(a, b"get=1\n\n"))
        self.assertEqual(self.talk(a, b"get=1\n\nget=1\n\n").count("errno=0\n\n"), 2)
        self.assertIn("errno=0\n\n", self.talk(a, b"ge", b"t=1", b"\n", b"\n"))
        self.assertEqual(self.talk(a, b"get=1\nprivate_key\n\n"), "errno=22\n\n")
        self.assertEqual(self.talk(a, b"set=1\nlisten_port=70000\n\n"), "errno=-22\n\n")
        self.assertEqual(self.talk(a, b"set=1\nlisten_port\n\n"), "errno=-71\n\n")
        self.assertEqual(self.talk(a, b"set=1\nfwmark=7\n"), "") # incomplete: thrown away
        self.assertNotIn("fwmark", self.talk(a, b"get=1\n\n"))
        self.assertEqual(self.talk(a, b"hello\n"), "")
        self.assertEqual(self.talk(a, b"set=1\nfwmark=7\n\n"), "errno=0\n\n")
        self.assertEqual(a.wg("show", a.name, "fwmark").stdout, "0x7\n")
        self.assertTrue(ping(a, b.inner4))

    def test_several_clients(self):
        """P-143: each is answered, whenever its request is whole."""
        a, _ = joined(self)
        clients = [socket.socket(socket.AF_UNIX) for _ in range(20)]
        for client in clients:
            client.connect(a.socket())
            client.sendall(b"get=")
        for client in reversed(clients):
            client.sendall(b"1\n\n")
            client.settimeout(10)
            self.assertIn(b"public_key", client.recv(65536))
            client.close()

    def test_port_taken(self):
        """P-126, P-148: a port that another has is an error, and changes nothing."""
        a, _ = joined(self)
        holder = subprocess.Popen(["ip", "netns", "exec", a.space, sys.executable, "-c", """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 40077))
print("ready", flush=True)
time.sleep(60)
"""], stdout=subprocess.PIPE)
        self.addCleanup(lambda: (holder.kill(), holder.wait(), holder.stdout.close()))
        holder.stdout.readline()
        self.assertEqual(self.talk(a, b"set=1\nlisten_port=40077\n\n"), "errno=-98\n\n")
        self.assertEqual(a.wg("show", a.name, "listen-port").stdout, f"{a.port}\n")

    def test_syncconf(self):
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        before = a.wg("show", a.name, "latest-handshakes").stdout
        conf = a.wg("showconf", a.name).stdout
        _, another = keys()
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(conf + f"\n[Peer]\nPublicKey = {another}\nAllowedIPs = 10.9.9.0/24\n")
            file.flush()
            a.wg("syncconf", a.name, file.name)
        self.assertIn(another, a.wg("show", a.name, "peers").stdout)
        self.assertIn(before.strip(), a.wg("show", a.name, "latest-handshakes").stdout) # the session lives on
        self.assertTrue(ping(a, b.inner4))


class Life(unittest.TestCase):
    def test_killed_and_started_again(self):
        """P-142: a socket that nobody listens to is replaced."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        pid = int(run("pgrep", "-f", f"{place.PROGRAM} -f .*{a.name}").stdout.split()[-1])
        os.kill(pid, signal.SIGKILL)
        a.driver.wait()
        self.assertTrue(os.path.exists(a.socket()))
        made = os.stat(a.socket()).st_ctime_ns
        a.end()
        a.start()
        wait_for("a socket of its own", lambda: os.path.exists(a.socket()) and os.stat(a.socket()).st_ctime_ns != made)
        a.configure(b)
        a.address()
        self.assertTrue(ping(a, b.inner4))

    def ends(self, side):
        self.assertEqual(side.driver.wait(10), 0)
        self.assertFalse(os.path.exists(side.socket()))

    def test_interface_deleted(self):
        """P-141, P-154: it ends, and its socket is gone."""
        a, _ = joined(self)
        a.ip("link", "delete", a.name)
        self.ends(a)

    def test_socket_removed(self):
        """P-154: who removes the socket wants it to end."""
        a, _ = joined(self)
        os.unlink(a.socket())
        self.ends(a)

    def test_terminated(self):
        a, _ = joined(self)
        a.driver.terminate()
        self.ends(a)
        self.assertNotEqual(a.ip("link", "show", a.name, check=False).returncode, 0)

    def test_second_one_refused(self):
        """P-142: a socket that somebody listens to is not."""
        a, _ = joined(self)
        result = run(place.PROGRAM, a.name, check=False) # in the namespace of the test: the name is free, the socket is not
        self.assertEqual(result.returncode, 3)
        self.assertIn("no other driver serves", result.stderr)
        self.assertTrue(os.path.exists(a.socket()))

    def test_down_and_up(self):
        """P-137, P-138: sockets are open while the interface is up."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        a.ip("link", "set", a.name, "down")
        self.assertFalse(ping(b, a.inner4, "-W", "1", count=1))
        a.ip("link", "set", a.name, "up")
        self.assertTrue(ping(a, b.inner4))
        a.ip("link", "set", a.name, "mtu", "1280")
        self.assertTrue(ping(a, b.inner4, "-s", "1400"))

    def test_moved_to_another_namespace(self):
        """P-155: the sockets stay where the driver was started: the interface is the only way out of the other namespace."""
        a, b = joined(self)
        other = f"{a.space}x"
        run("ip", "netns", "add", other)
        self.addCleanup(run, "ip", "netns", "delete", other)
        a.ip("link", "set", a.name, "netns", other)
        run("ip", "-n", other, "address", "add", f"{a.inner4}/24", "dev", a.name)
        run("ip", "-n", other, "link", "set", a.name, "up")
        result = run("ip", "netns", "exec", other, "ping", "-c", "5", "-W", "5", b.inner4, check=False)
        self.assertEqual(result.returncode, 0, result.stdout) # the first second may be lost: up is probed
        run("ip", "-n", other, "link", "delete", a.name)
        self.ends(a)

    def test_fence(self):
        """Every thread has it, helpers too."""
        a, b = pair(self)
        for side, other, words in ((a, b, ["--threads", "3"]), (b, a, ["--lanes", "2"])):
            side.start(*words)
            side.configure(other)
            side.address()
        self.assertTrue(ping(a, b.inner4))
        tasks = [(side, task) for side in (a, b) for task in os.listdir(f"/proc/{side.driver.pid}/task")]
        self.assertGreaterEqual(len(tasks), 6)
        for side, task in tasks:
            with open(f"/proc/{side.driver.pid}/task/{task}/status") as file:
                status = dict(line.split(":\t") for line in file.read().splitlines())
            if status["Name"] != "warren-tun":
                continue # a sanitizer's own
            self.assertEqual(status["NoNewPrivs"], "1")
            for kind in ("CapEff", "CapPrm", "CapBnd"):
                self.assertEqual(int(status[kind], 16), 1 << 12 | 1 << 10, kind)
            self.assertEqual(int(status["CapInh"], 16), 0)
            if not sanitized():
                self.assertEqual(status["Seccomp"], "2")
                self.assertGreater(int(status["VmLck"].split()[0]), 0)
        with open(f"/proc/{a.driver.pid}/limits") as file:
            self.assertRegex(file.read(), r"Max core file size\s+0\s+0 ")
        self.assertNotIn("toy", run("nm", place.PROGRAM).stdout)

    def test_background(self):
        a, _ = pair(self)
        result = a.inside(place.PROGRAM, a.name, timeout=10)
        self.assertEqual((result.stdout, result.stderr), ("", ""))
        self.assertIn("interface", a.wg("show", a.name).stdout) # ready when it returned
        a.ip("link", "delete", a.name)
        wait_for("its end", lambda: not os.path.exists(a.socket()))


class Recorded(unittest.TestCase):
    def test_a_recording_replays(self):
        """Real packets, a request that makes the engine move, down and up: run again, they give the same bytes."""
        a, b = pair(self)
        path = f"/tmp/{a.name}.wtr"
        self.addCleanup(lambda: os.path.exists(path) and os.unlink(path))
        a.start("--record-with-all-keys", path)
        b.start()
        join(a, b)
        self.assertTrue(ping(a, b.inner4, count=3))
        for _ in range(40):
            a.wg("set", a.name, "peer", place.keys()[1], "allowed-ips", "10.8.0.0/24")
        self.assertTrue(ping(b, a.inner6, "-s", "1372", count=3))
        a.ip("link", "set", a.name, "down")
        a.ip("link", "set", a.name, "up")
        self.assertTrue(ping(a, b.inner4))
        self.assertIn("ALL KEYS", a.said())
        a.end()
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        said = run(os.path.join(os.path.dirname(place.PROGRAM), "warren"), "replay", path).stdout
        calls = re.search(r": (\d+) calls of 1 engines, .* all equal$", said.strip())
        self.assertTrue(calls and int(calls.group(1)) > 100, said)

    def test_refused(self):
        a, _ = pair(self)
        for path in ("/nowhere/x.wtr", "/dev"):
            result = a.inside(place.PROGRAM, "-f", "--record-with-all-keys", path, a.name, check=False)
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertIn(f"warren-tun: {path}: ", result.stderr)


class Quick(unittest.TestCase):
    def quick(self, side, word, path, **options):
        environment = dict(os.environ, WG_QUICK_USERSPACE_IMPLEMENTATION=place.PROGRAM)
        return side.inside("wg-quick", word, path, environment=environment, timeout=60, **options)

    def test_up_and_down(self):
        """P-152, P-153, P-154: as wg-quick does it, the default route too."""
        a, b = pair(self)
        b.start()
        b.configure(a)
        b.address()
        b.wg("set", b.name, "peer", a.public, "allowed-ips", f"{a.inner4}/32,{a.inner6}/128")
        for address in ("203.0.113.1/32", "2001:db8:7::1/128"):
            b.ip("address", "add", address, "dev", "lo")
        for allowed in (f"{b.inner4}/32", "0.0.0.0/0", "0.0.0.0/0, ::/0"):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, f"{a.name}.conf")
                with open(path, "w") as file:
                    os.fchmod(file.fileno(), 0o600)
                    file.write(f"[Interface]\nPrivateKey = {a.secret}\nAddress = {a.inner4}/24, {a.inner6}/64\nListenPort = {a.port}\n\n[Peer]\n"
                               f"PublicKey = {b.public}\nEndpoint = {b.outer4}:{b.port}\nAllowedIPs = {allowed}\n")
                self.quick(a, "up", path)
                self.assertTrue(ping(a, b.inner4))
                if "0.0.0.0/0" in allowed:
                    self.assertEqual(a.wg("show", a.name, "fwmark").stdout, "0xca6c\n")
                    self.assertTrue(ping(a, "203.0.113.1")) # by the default route, through the tunnel
                if "::/0" in allowed:
                    self.assertTrue(ping(a, "2001:db8:7::1"))
                self.quick(a, "down", path)
                wait_for("the socket's end", lambda: not os.path.exists(a.socket()))


class Many(unittest.TestCase):
    def test_thousand_peers(self):
        """P-150: as many lines as they take."""
        a, b = joined(self)
        self.assertTrue(ping(a, b.inner4))
        random.seed(7)
        lines = [f"[Interface]\nPrivateKey = {a.secret}\nListenPort = {a.port}\n",
                 f"[Peer]\nPublicKey = {b.public}\nEndpoint = {b.outer4}:{b.port}\nAllowedIPs = {b.inner4}/32\n"]
        for i in range(1000):
            key = base64.b64encode(random.randbytes(32)).decode()
            lines.append(f"[Peer]\nPublicKey = {key}\nAllowedIPs = 10.{100 + i // 250}.{i % 250}.0/24, fd00:{i:x}::/64\n")
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("\n".join(lines))
            file.flush()
            a.wg("setconf", a.name, file.name)
        self.assertEqual(len(a.wg("show", a.name, "peers").stdout.split()), 1001)
        self.assertEqual(len(a.wg("show", a.name, "allowed-ips").stdout.split()), 1001 + 2001)
        self.assertTrue(ping(a, b.inner4))
        self.assertIn("grew", a.said())


if __name__ == "__main__":
    place.main(unittest)
