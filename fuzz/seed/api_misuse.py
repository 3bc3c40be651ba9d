#!/usr/bin/env python3
"""Write the seeds of the harness api_misuse, one small plan for each thing that can happen: fuzz/seed/api_misuse.py FOLDER."""

import pathlib
import struct
import sys

TUN, OUTPUT, SETTLE, ROAD, WAIT, BACK, KEY, PEER, ROUTES, DEVICE, PEERS, UP, BURST, LOOK, RAW = 0, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
DELIVER, LOSE, FLIP, MOVE, CUT, AGAIN = 5, 0, 1, 2, 3, 4
WAITS = ("0", "1ns", "1ms", "19ms", "333ms", "1s", "5s-", "5s", "10s", "15s", "25s", "120s", "165s", "180s", "540s", "1d")


def op(what, side=0, a=0, b=0, word=0):
    return struct.pack("<BBBBI", what, side, a, b, word)


def wait(time):
    return op(WAIT, a=WAITS.index(time))


def shake(side=0, place=0):
    """A packet, the initiation, the response, and what waited."""
    return (op(TUN, side, word=100) + op(SETTLE, side) + op(ROAD, a=place, b=DELIVER) + op(ROAD, a=place + 1, b=DELIVER) + op(SETTLE, side) +
            op(ROAD, a=place + 2, b=DELIVER))


SEEDS = {
    "nothing": b"",
    "handshake": shake(),
    "both-at-once": op(TUN, 0, word=64) + op(TUN, 1, word=64) + op(SETTLE, 0) + op(SETTLE, 1) + b"".join(op(ROAD, a=i, b=DELIVER) for i in range(6)),
    "rekey": shake() + wait("120s") + op(TUN, 0, word=300) + op(SETTLE, 0) + b"".join(op(ROAD, a=i, b=DELIVER) for i in range(3, 8)),
    "expired": shake() + wait("180s") + op(TUN, 1, word=50) + op(SETTLE, 1),
    "forgotten": shake() + wait("540s") + op(SETTLE, 0) + op(SETTLE, 1),
    "replayed": op(TUN, word=100) + op(SETTLE) + op(ROAD, a=0, b=AGAIN) + op(ROAD, a=0, b=AGAIN) + wait("1s") + op(ROAD, a=0, b=AGAIN),
    "tampered": op(TUN, word=100) + op(SETTLE) + op(ROAD, a=0, b=FLIP, word=0x01000020) + op(ROAD, a=0, b=DELIVER),
    "cut-short": shake() + op(TUN, word=100) + op(ROAD, a=3, b=CUT, word=40) + op(ROAD, a=3, b=DELIVER),
    "roamed": shake() + op(TUN, word=100) + op(ROAD, a=3, b=MOVE, word=3) + op(ROAD, a=3, b=DELIVER) + op(TUN, 1, word=80),
    "loaded": op(DEVICE, 1, a=2) + shake() + wait("5s") + op(SETTLE) + op(ROAD, a=2, b=DELIVER),
    "new-key": shake() + op(KEY, 0, a=2) + op(TUN, word=64) + op(SETTLE),
    "no-key": shake() + op(KEY, 0, a=4) + op(TUN, word=64) + op(SETTLE) + op(KEY, 0, a=0) + op(SETTLE),
    "down-and-up": shake() + op(UP, 0, a=1) + op(UP, 1, b=0) + op(SETTLE, 1) + op(ROAD, a=0, b=DELIVER),
    "psk": op(PEER, 0, a=1, b=0, word=1 << 17) + op(PEER, 1, a=1, b=0, word=1 << 17) + shake() + op(PEER, 0, a=1, b=0),
    "keepalive": op(PEER, 0, a=16, word=25 << 8) + op(SETTLE) + b"".join(op(ROAD, a=i, b=DELIVER) for i in range(3)) + wait("25s") + op(SETTLE),
    "pinned": op(PEER, 1, a=8, word=1 << 16) + shake() + op(TUN, word=90) + op(ROAD, a=3, b=MOVE, word=5) + op(ROAD, a=3, b=DELIVER),
    "routes-full": b"".join(op(ROUTES, 0, a=0, word=i | 32 << 2) for i in range(4)) + op(ROUTES, 0, a=14, word=0x04080c),
    "routes-moved": op(PEERS, 0, a=7) + op(ROUTES, 0, a=0, b=1, word=2 | 32 << 2) + op(TUN, word=64),
    "peers-full": b"".join(op(PEERS, 0, a=3 * i + 1) for i in range(6)),
    "peer-gone": shake() + op(PEERS, 0, a=0) + op(PEERS, 0, a=0) + op(SETTLE) + op(PEERS, 0, a=4),
    "low-order-peer": op(PEERS, 0, a=13) + op(ROUTES, 0, a=0, b=1, word=2 | 32 << 2) + op(TUN, word=64) + op(SETTLE),
    "time-goes-back": shake() + wait("15s") + op(BACK, word=5) + op(BACK, 1, word=0x7fffffff) + op(SETTLE),
    "wall-jumps": op(DEVICE, 0, a=3, word=7) + shake() + op(DEVICE, 0, a=3, word=3) + op(DEVICE, 0, a=5) + wait("5s") + op(TUN, word=64) + op(SETTLE),
    "stage-full": b"".join(op(TUN, word=100 + i) for i in range(5)) + op(TUN, word=1400) + op(DEVICE, a=7),
    "gives-up": op(TUN, word=64) + b"".join(op(SETTLE) + wait("5s") + wait("333ms") for _ in range(20)),
    "mtu": op(DEVICE, a=0, word=0) + shake() + op(DEVICE, a=0, word=1280) + op(TUN, word=1400) + op(DEVICE, a=0, word=1) + op(TUN, word=77),
    "many": shake() + op(BURST, 0, a=150, word=40) + op(ROAD, a=4, b=DELIVER),
    "forged-far-ahead": shake() + op(TUN, word=60) + op(ROAD, a=3, b=FLIP, word=0x80000000 | 73 * 8) + op(ROAD, a=3, b=DELIVER),
    "forged-from-elsewhere": shake() + op(TUN, word=60) + op(ROAD, a=3, b=MOVE, word=4) + op(ROAD, a=3, b=FLIP, word=0x01000014) +
                             op(ROAD, a=3, b=DELIVER),
    "grown-and-copied": shake() + op(LOOK, 0, a=1) + op(LOOK, 1, a=0) + op(TUN, word=90) + op(ROAD, a=3, b=DELIVER) + op(LOOK, 0, a=0),
    "stirred": op(LOOK, 0, a=2, word=5) + shake() + op(LOOK, 1, a=2, word=6),
    "load-set": op(DEVICE, a=1, b=8 + 3, word=1) + op(DEVICE, 1, a=1, b=8 + 7, word=3) + shake(),
    "load-of-none": op(DEVICE, a=1, b=8 + 5, word=0) + shake(),
    "load-of-many": shake() + op(DEVICE, a=1, b=8 + 4, word=2) + wait("10s") + op(DEVICE, a=1, b=8 + 1, word=255) + op(DEVICE, a=1, b=0),
    "load-reported": op(DEVICE, 1, a=2) + op(DEVICE, 1, a=2) + shake() + wait("1s") + op(SETTLE, 1) + op(DEVICE, 1, a=2),
    "stamps-restored": op(DEVICE, a=4, b=0xff) + shake() + op(DEVICE, a=4, b=1) + op(UP, a=1) + op(SETTLE) + op(DEVICE, 1, a=4, b=0x80) +
                       op(TUN, 1, word=99) + op(SETTLE, 1),
    "wall-goes-on": op(TUN, word=64) + op(SETTLE) + wait("1d") + op(UP, a=1) + op(SETTLE) + op(DEVICE, a=3, word=199999999) + op(UP, a=1) +
                    op(SETTLE) + op(DEVICE, a=3, word=199999999) + op(UP, a=1) + op(SETTLE),
    "wall-goes-back": op(DEVICE, a=3, word=123456789) + op(TUN, word=64) + op(SETTLE) + op(DEVICE, a=3, word=0) + op(UP, a=1) + op(SETTLE),
    "again-in-a-slot": op(TUN, word=64) + op(SETTLE) + op(PEERS, a=0) + op(PEERS, a=4) + op(ROUTES, a=0, word=2 | 32 << 2) +
                       op(PEER, a=2, word=1 | 1 << 18) + op(TUN, word=64) + op(SETTLE),
    "gap-goes-down": op(PEERS, a=7) + op(PEERS, a=10) + op(PEERS, a=0, b=0) + op(PEERS, a=7) + op(PEERS, a=0, b=0) +
                     op(PEER, b=0, a=2 + 16, word=2 | 5 << 8 | 1 << 18) + op(PEER, b=1, a=2 + 16, word=3 | 5 << 8 | 1 << 18) + op(SETTLE) + op(UP, a=1) +
                     op(SETTLE) + op(DEVICE, a=5) + op(UP, b=0),
    "gap-forgotten": op(PEERS, a=7) + shake() + op(PEERS, a=7) + op(PEERS, a=0, b=1) + op(DEVICE, a=5) + op(TUN, word=64) + op(SETTLE),
    "calling-new-key": op(TUN, word=64) + op(SETTLE) + op(KEY, a=2) + op(SETTLE) + op(KEY, a=0),
    "calling-forgotten": op(TUN, word=64) + op(SETTLE) + op(DEVICE, a=5) + op(TUN, word=64) + op(SETTLE) + op(UP, b=0) + op(SETTLE) + op(UP, b=1),
    "paths": op(PEER, a=2, word=1 | 1 << 18 | 5 << 21) + op(DEVICE, a=6) + shake() + op(DEVICE, a=6),
    "other-own-key": op(PEERS, a=7) + op(KEY, a=2) + op(PEERS, a=7) + op(KEY, a=0) + op(TUN, word=64) + op(SETTLE),
    "mtu-pads": shake() + b"".join(op(DEVICE, a=0, word=mtu) + op(TUN, word=length) for mtu, length in
                                   ((100, 97), (97, 97), (0, 99), (1280, 1279), (64, 100), (65535, 700), (101, 101))),
    "walked": op(PEERS, 0, a=7) + op(ROUTES, 0, a=14, b=1, word=0x04080c) + op(LOOK, 0, a=4),
    "unreachable": op(LOOK, 0, a=3, b=60, word=0x45) + op(LOOK, 0, a=3, b=255, word=0x60),
    "rubbish": b"".join(op(RAW, i & 1, a=i, word=i % 5) for i in range(8)),
}


def main():
    if len(sys.argv) != 2:
        print("usage: fuzz/seed/api_misuse.py FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, plan in SEEDS.items():
        (folder / name).write_bytes(b"\2" + plan)
    print(f"{len(SEEDS)} seeds in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
