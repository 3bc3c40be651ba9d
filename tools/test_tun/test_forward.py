#!/usr/bin/env python3
"""warren-forward and tools/bench-io. Usage: test_forward.py WARREN-FORWARD [CASE...]. Exit 77: cannot run here, and why."""
import hashlib
import os
import random
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "lab"))
from forward import WAYS, joined  # noqa: E402
from place import Missing, Place, require  # noqa: E402

PROGRAM = ""
SKIPPED = 77
STREAM_BYTES = 3_000_000
SIZES = (1, 36, 36, 36, 36, 1200, 700, 1392, 36)

# What arrives, as a digest: a stream to its end, or so many datagrams, in order.
TAKE = """
import hashlib, socket, sys
kind, address, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
taker, seen = socket.socket(socket.AF_INET, getattr(socket, kind)), hashlib.sha256()
taker.bind((address, 9))
taker.settimeout(10)
if kind == "SOCK_STREAM":
    taker.listen()
print("ready", flush=True)
if kind == "SOCK_STREAM":
    taker = taker.accept()[0]
    while part := taker.recv(65536):
        seen.update(part)
else:
    for _ in range(count):
        seen.update(taker.recv(65536) + b"|")
print(seen.hexdigest())
"""
GIVE = """
import socket, sys
kind, address, sizes, everything = sys.argv[1], sys.argv[2], sys.argv[3].split(","), sys.stdin.buffer.read()
giver, at = socket.socket(socket.AF_INET, getattr(socket, kind)), 0
giver.connect((address, 9))
for size in sizes:
    giver.sendall(everything[at:at + int(size)])
    at += int(size)
"""


def refused(case, arguments, *words):
    result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=20, check=False)
    case.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (2, "", 1), result.stderr)
    for word in words:
        case.assertIn(word, result.stderr)


class Forward(unittest.TestCase):
    def sent(self, place, giver, taker, kind, pieces):
        digest = hashlib.sha256(b"".join(piece + b"|" * (kind == "SOCK_DGRAM") for piece in pieces)).hexdigest()
        process = place.start(taker.namespace.command(sys.executable, "-c", TAKE, kind, taker.inner, str(len(pieces))),
                              stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        subprocess.run(giver.namespace.command(sys.executable, "-c", GIVE, kind, taker.inner, ",".join(str(len(p)) for p in pieces)),
                       input=b"".join(pieces), check=True, timeout=20)
        self.assertEqual(process.stdout.readline(), digest + "\n")
        process.stdout.close()

    def test_ways(self):
        """Each carries streams both ways, and datagrams that do and do not make one message, in order and unharmed."""
        source = random.Random(1)
        for way in WAYS:
            with self.subTest(way), Place() as place:
                near, far = joined(place, PROGRAM, way)
                self.sent(place, near, far, "SOCK_STREAM", [source.randbytes(STREAM_BYTES)])
                self.sent(place, far, near, "SOCK_STREAM", [source.randbytes(STREAM_BYTES)])
                self.sent(place, near, far, "SOCK_DGRAM", [source.randbytes(size) for size in SIZES * 10])
                self.assertEqual((near.end(), far.end()), (0, 0))

    def test_usage(self):
        self.assertIn("ring-defer", subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout)
        good = {"--device": "x", "--port": "9", "--to": "192.0.2.1", "--by": "epoll"}
        for option, value, word in (("--port", "0", "1 to 65535"), ("--port", "9x", "1 to 65535"), ("--to", "::1", "IPv4"),
                                    ("--by", "magic", "--help")):
            refused(self, [word for pair in {**good, option: value}.items() for word in pair], option, word, value)
        for option in good:
            refused(self, [word for pair in good.items() for word in pair if pair[0] != option], option, "missing")

    def test_bench(self):
        """A few pings by two ways are a table; what cannot be asked for is named."""
        bench = [sys.executable, "-B", os.path.join(ROOT, "tools", "bench-io"), "--forward", PROGRAM, "--rounds", "1",
                 "--seconds", "1"]
        said = subprocess.run([*bench, "--ways", "ring-defer", "--only", "idle-median"], capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertRegex(said.stdout, r"\| +\| epoll +\| epoll again +\| ring-defer +\|\n\|[-|]+\|\n\| round trip at idle, median: ms "
                                      r"\| [0-9.]+ +\| [0-9.]+ \([0-9.]+\) +\| [0-9.]+ \([0-9.]+\) +\|\n")
        said = subprocess.run([*bench, "--ways", "magic"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(said.returncode, 2)
        self.assertIn("magic", said.stderr)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv[1])
    try:
        require("ping")
    except Missing as error:
        print(f"skipped: {error}")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
