#!/usr/bin/env python3
"""How much memory a large capture takes: makes one of a world (MIB, 1024 without), lists it and holds it against the engine, and prints
the largest memory of each and its speed. No test: it takes minutes, and twice the space. Usage: large_capture.py WARREN [MIB]"""
import os
import subprocess
import sys
import tempfile
import time

WORLD = """warren: 1
name: a large capture
stop: %ds
paths:
  wire: {delay: 1ms}
nodes:
  left:  {path: wire, peer: right}
  right: {path: wire}
traffic:
  - {from: left, to: right, send: 1400B, every: 1ms}
"""
A_SECOND = 2.93  # MiB: a thousand datagrams, at both ends


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    warren, mib = os.path.abspath(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 1024
    with tempfile.TemporaryDirectory() as folder:
        world, capture = os.path.join(folder, "world.yaml"), os.path.join(folder, "x.pcapng")
        with open(world, "w") as file:
            file.write(WORLD % max(1, round(mib / A_SECOND)))
        subprocess.run([warren, "run", world, "--quiet", "--pcap", capture], check=True)
        size = os.stat(capture).st_size
        for words in ([], ["--conform"]):
            began, process = time.time(), os.spawnv(os.P_NOWAIT, warren, [warren, "replay", capture, "--quiet", *words])
            _, status, usage = os.wait4(process, 0)
            print("replay %-9s %7.1f MiB: exit %d, %.1f MiB of memory at most, %.1f s, %.0f MiB/s by processor time"
                  % (" ".join(words), size / 2**20, os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024, time.time() - began,
                     size / 2**20 / (usage.ru_utime + usage.ru_stime)))


if __name__ == "__main__":
    main()
