#!/usr/bin/env python3
"""What warren-tun does to packets that others see, and how it is started. Usage: test_outside.py WARREN-TUN [CASE...]. Exit 77: cannot
run here, and why."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import place
from place import join, joined, pair, ping, run, wait_for

CE, ECT0 = 3, 2
HANDSHAKE_TOS = 0x88  # P-94: AF41
DATA = 4


class Sniffer:
    """Every UDP datagram that arrives at a side's end of the cable: (IP version, traffic class, type of message, bytes)."""

    def __init__(self, case, side):
        self.process = subprocess.Popen(["ip", "netns", "exec", side.space, sys.executable, "-c", f"""
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
s.bind(("{side.cable}", 3))
print("ready", flush=True)
while True:
    data, address = s.recvfrom(65536)
    if address[2] == 4: # what this end sends itself
        continue
    if data[0] >> 4 == 4 and data[9] == 17:
        print(4, data[1], data[28], int.from_bytes(data[24:26], "big") - 8, flush=True)
    elif data[0] >> 4 == 6 and data[6] == 17:
        print(6, (data[0] & 15) << 4 | data[1] >> 4, data[48], int.from_bytes(data[44:46], "big") - 8, flush=True)
"""], stdout=subprocess.PIPE, text=True)
        case.addCleanup(lambda: (self.process.kill(), self.process.wait(), self.process.stdout.close()))
        case.assertEqual(self.process.stdout.readline(), "ready\n")

    def seen(self):
        """Ends it."""
        time.sleep(0.3)
        self.process.terminate()
        return [tuple(map(int, line.split())) for line in self.process.stdout.read().splitlines()]


class Outside(unittest.TestCase):
    def over(self, family, **options):
        """Two sides that know each other over this family; those of before are gone."""
        self.doCleanups()
        a, b = pair(self)
        for side, other in ((a, b), (b, a)):
            side.start(**options)
            side.configure(other, endpoint=f"[{other.outer6}]:{other.port}" if family == 6 else None)
            side.address()
        return a, b

    def test_classes_of_datagrams(self):
        """P-94, P-95: handshakes are AF41; data has the inner ECN bits, ECT(0) for CE, and nothing of the inner DSCP."""
        for family in (4, 6):
            a, b = self.over(family)
            sniffers = Sniffer(self, b), Sniffer(self, a)
            for tos in (0, 0xb8, 0xb8 | ECT0, 1, CE):
                self.assertTrue(ping(a, b.inner4, "-Q", str(tos)))
                self.assertTrue(ping(a, b.inner6, "-Q", str(tos)))
            for sniffer in sniffers:
                seen = sniffer.seen()
                self.assertEqual({version for version, *_ in seen}, {family})
                self.assertEqual({tos for _, tos, kind, _ in seen if kind in (1, 2)}, {HANDSHAKE_TOS})
                self.assertEqual({tos for _, tos, kind, length in seen if kind == DATA and length > 32}, {0, ECT0, 1})

    def arrives(self, side, other, family, classes):
        """Datagrams from inside to inside, of these classes: which come out as those."""
        name, level, take, give = (("AF_INET", "IPPROTO_IP", "IP_RECVTOS", "IP_TOS") if family == 4 else
                                   ("AF_INET6", "IPPROTO_IPV6", "IPV6_RECVTCLASS", "IPV6_TCLASS"))
        address = other.inner4 if family == 4 else other.inner6
        taker = subprocess.Popen(["ip", "netns", "exec", other.space, sys.executable, "-c", f"""
import socket, struct
s = socket.socket(socket.{name}, socket.SOCK_DGRAM)
s.bind(("{address}", 9))
s.setsockopt(socket.{level}, getattr(socket, "{take}", 13), 1) # IP_RECVTOS is 13
s.settimeout(10)
print("ready", flush=True)
for _ in range({len(classes)}):
    data, controls, *_ = s.recvmsg(100, 100)
    print(data[0], controls[0][2][0])
"""], stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(taker.stdout.readline(), "ready\n")
            side.inside(sys.executable, "-c", f"""
import socket
s = socket.socket(socket.{name}, socket.SOCK_DGRAM)
for sent in {list(classes)}:
    s.setsockopt(socket.{level}, socket.{give}, sent)
    s.sendto(bytes([sent]), ("{address}", 9))
""")
            found = [tuple(map(int, taker.stdout.readline().split())) for _ in classes]
            self.assertEqual(dict(found), classes)
        finally:
            taker.kill()
            taker.wait()
            taker.stdout.close()

    def test_congestion_on_the_way(self):
        """P-95: a mark of congestion outside comes out inside, where a mark may be. The inner DSCP stays."""
        if not shutil.which("nft"):
            self.skipTest("nft is missing; tools/setup tun installs it")
        for outer in (4, 6):
            a, b = self.over(outer)
            self.assertTrue(ping(a, b.inner4))
            for inner in (4, 6):
                self.arrives(a, b, inner, {0: 0, 0xb8 | ECT0: 0xb8 | ECT0, 1: 1, CE: CE})
            family = "ip" if outer == 4 else "ip6"
            for side in (a, b):
                side.inside("nft", "-f", "-", text=f"""
table {family} marking {{
    chain coming {{
        type filter hook prerouting priority -150;
        iifname "{side.cable}" udp dport {side.port} {family} ecn set ce
    }}
}}""")
            for side, other in ((a, b), (b, a)):
                for inner in (4, 6):
                    self.arrives(side, other, inner, {0xb8 | ECT0: 0xb8 | CE, 1: CE, 0xb8: 0xb8, CE: CE})

    def test_fwmark_routes(self):
        """P-123: what leaves has the mark, at once when it is set and no longer when it is taken away; handshakes too."""
        for family in (4, 6):
            a, b = self.over(family)
            self.assertTrue(ping(a, b.inner4))
            far = "203.0.113.5" if family == 4 else "2001:db8:5::5"
            b.ip("address", "add", f"{far}/{32 if family == 4 else 128}", "dev", "lo")
            option = "-4" if family == 4 else "-6"
            a.ip(option, "route", "add", far, "via", b.outer4 if family == 4 else b.outer6, "table", "77")
            a.ip(option, "rule", "add", "fwmark", "0x1234", "table", "77")
            a.wg("set", a.name, "peer", b.public, "endpoint", f"{far}:{b.port}" if family == 4 else f"[{far}]:{b.port}")
            b.wg("set", b.name, "peer", a.public, "endpoint", f"{a.outer4}:9" if family == 4 else f"[{a.outer6}]:9")
            self.assertFalse(ping(a, b.inner4, "-W", "1", count=2))
            a.wg("set", a.name, "fwmark", "0x1234")
            self.assertTrue(ping(a, b.inner4))
            a.wg("set", a.name, "fwmark", "off")
            self.assertFalse(ping(a, b.inner4, "-W", "1", count=2))
            a.wg("set", a.name, "fwmark", "0x1234", "listen-port", "40088")  # a new socket
            self.assertTrue(ping(a, b.inner4))
            a.ip("link", "set", a.name, "down")
            a.ip("link", "set", a.name, "up")
            self.assertTrue(ping(a, b.inner4))

    def test_sticky_source_of_ipv6(self):
        """P-119: answers come from where the question went to, and from another address when that is gone."""
        a, b = self.over(6)
        self.assertTrue(ping(a, b.inner4))
        b.ip("address", "add", "2001:db8::22/64", "dev", b.cable, "nodad", "preferred_lft", "0")  # not what routing would choose
        a.wg("set", a.name, "peer", b.public, "endpoint", f"[2001:db8::22]:{b.port}")
        self.assertTrue(ping(a, b.inner4))
        self.assertIn(f"[2001:db8::22]:{b.port}", a.wg("show", a.name, "endpoints").stdout)
        b.ip("address", "delete", "2001:db8::22/64", "dev", b.cable)
        self.assertTrue(ping(b, a.inner4, count=5))
        self.assertIn(f"[{b.outer6}]:{b.port}", a.wg("show", a.name, "endpoints").stdout)

    def test_unreachable(self):
        """P-88: no peer's address, or a peer of whom no endpoint is known; in both families."""
        a, b = joined(self)
        stranger = place.keys()[1]
        a.wg("set", a.name, "peer", stranger, "allowed-ips", "10.78.0.0/16,fd00:78::/32")
        for number in ("77", "78"):
            for option, prefix, address in (("-4", f"10.{number}.0.0/16", f"10.{number}.0.1"),
                                            ("-6", f"fd00:{number}::/32", f"fd00:{number}::1")):
                a.ip(option, "route", "add", prefix, "dev", a.name)
                said = a.inside("ping", "-c", "1", "-W", "2", address, check=False).stdout
                self.assertRegex(said, "[Uu]nreachable|No route", address)
        self.assertTrue(ping(a, b.inner4))

    def test_mtu_is_followed(self):
        """P-97: it bounds the padding; and larger packets than ever go whole, kept in wait for a session too."""
        a, b = pair(self)
        for side in (a, b):
            side.ip("link", "set", side.cable, "mtu", "9200")
        for side, other in ((a, b), (b, a)):
            side.start()
            side.configure(other)
            side.address()
        for mtu, size, length in ((1420, 1000, 1008), (1000, 1000, 1000), (1001, 1000, 1001), (9000, 8999, 9000), (1280, 1000, 1008)):
            for side in (a, b):
                side.ip("link", "set", side.name, "mtu", str(mtu))
            a.wg("set", a.name, "peer", b.public, "remove")
            a.configure(b)
            sniffer = Sniffer(self, b)
            wait_for("the MTU", lambda: ping(a, b.inner4, "-M", "do", "-s", str(size - 28), count=1))
            self.assertTrue(ping(a, b.inner4, "-M", "do", "-s", str(size - 28)))
            lengths = [bytes_ - 32 for _, _, kind, bytes_ in sniffer.seen() if kind == DATA and bytes_ > 32]
            self.assertIn(length, lengths[-3:], f"MTU {mtu}")
            self.assertFalse(ping(a, b.inner4, "-W", "1", "-M", "do", "-s", str(mtu - 27), count=1))


GIVEN = """
import fcntl, os, socket, struct, sys
name, path, flags, program = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", name.encode(), flags)) # TUNSETIFF
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
for fd in (tun, listener.fileno()):
    os.set_inheritable(fd, True)
os.environ.update(WG_TUN_FD=str(tun), WG_UAPI_FD=str(listener.fileno()))
os.execv(program, [program, *sys.argv[5:-1], "another"]) # the device has a name already
"""
TUN, NO_HEADERS, VIRTIO = 1, 0x1000, 0x4000


class Started(unittest.TestCase):
    def test_folder_and_socket(self):
        """P-142: the folder is made for all to enter, whatever the umask; one that is there stays as it is. The socket is for its
        owner."""
        a, _ = pair(self)
        for mask, before, mode in (("022", None, "755"), ("077", None, "755"), ("000", None, "755"), ("022", "700", "700"),
                                   ("077", "711", "711"), ("022", "1777", "1777")):
            said = a.inside("unshare", "--mount", "sh", "-ec", f"""
mount -t tmpfs none $(readlink -f /var/run)
{f"mkdir -m {before} {place.RUN}" if before else ""}
umask {mask}
{place.PROGRAM} {a.name}
stat -c %a {place.RUN} {a.socket()}
ip link delete {a.name}
""").stdout
            self.assertEqual(said.split(), [mode, "600"], (mask, before))
            wait_for("its end", lambda: not run("pgrep", "-f", f"{place.PROGRAM} {a.name}", check=False).stdout)

    def test_given_descriptors(self):
        """P-156: a tun device and a listening socket of who started it; without headers for large packets it goes without them."""
        large = TUN | NO_HEADERS | VIRTIO
        for flags, more in ((TUN | NO_HEADERS, []), (large, []), (large, ["--no-tun-offload"])):
            with self.subTest(flags=flags, more=more):
                a, b = pair(self)
                a.start(program=[sys.executable, "-c", GIVEN, a.name, a.socket(), str(flags), place.PROGRAM, *more])
                b.start()
                join(a, b)
                self.assertTrue(ping(a, b.inner4))
                self.assertTrue(ping(b, a.inner6, "-s", "1300"))
                a.remove()
                b.remove()

    def test_words_of_the_environment(self):
        """P-156: in the foreground, under a name by a pattern, which is written down; and how much is said."""
        a, _ = pair(self)
        for level, least in (("silent", 0), ("error", 0), ("verbose", 2), ("debug", 2)):
            with self.subTest(level), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "name")
                words = {"WG_PROCESS_FOREGROUND": "1", "WG_TUN_NAME_FILE": str(path), "LOG_LEVEL": level}
                driver = subprocess.Popen(["ip", "netns", "exec", a.space, place.PROGRAM, f"{a.name}%d"],
                                          env=dict(os.environ, **words), stderr=subprocess.PIPE, text=True)
                try:
                    wait_for("the name's file", lambda: driver.poll() is not None or (path.exists() and path.read_text()))
                    name = path.read_text()
                    self.assertEqual(name, f"{a.name}0\n")  # the first number that is free
                    self.assertEqual(a.wg("show", name.strip(), "peers").stdout, "")
                    self.assertIsNone(driver.poll())
                finally:
                    driver.terminate()
                    said = driver.communicate(timeout=20)[1]
                self.assertEqual(driver.returncode, 0)
                self.assertGreaterEqual(len(said.splitlines()), least)
                self.assertTrue(least or not said, said)


if __name__ == "__main__":
    place.main(unittest)
