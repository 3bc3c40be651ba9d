#!/usr/bin/env python3
"""Datagrams from one namespace to another, as many a second as arrive: usage: datagrams.py sink FILE ADDRESS, and
datagrams.py source FILE ADDRESS LENGTH SECONDS, which prints how many a second the sink got.

The sink keeps its count in FILE, and the source is never more than WINDOW ahead of it: who measures a tunnel with all that a sender
can send measures what it costs to lose packets. What does not arrive within PATIENCE is lost, and the window opens again.
"""
import ctypes
import mmap
import os
import socket
import struct
import sys
import time

WINDOW, BATCH, PATIENCE, WARM = 256, 32, 0.01, 0.3
PORT = 9
LIBC = ctypes.CDLL(None, use_errno=True)


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Head(ctypes.Structure):
    """struct mmsghdr."""
    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("pieces", ctypes.POINTER(Piece)),
                ("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("got", ctypes.c_size_t)]  # after padding


def heads(length):
    """BATCH messages of one buffer each."""
    room = ctypes.create_string_buffer(BATCH * length)
    pieces = (Piece * BATCH)(*[Piece(ctypes.addressof(room) + i * length, length) for i in range(BATCH)])
    made = (Head * BATCH)()
    for i, head in enumerate(made):
        head.pieces, head.count = ctypes.pointer(pieces[i]), 1
    return made, pieces, room


def counter(path):
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), mmap.PAGESIZE)


def sink(path, address):
    taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taker.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)  # SO_RCVBUFFORCE
    taker.bind((address, PORT))
    count, total, made = counter(path), 0, heads(2048)
    print("ready", flush=True)
    while True:
        got = LIBC.recvmmsg(taker.fileno(), made[0], BATCH, 0x10000, None)  # MSG_WAITFORONE
        if got > 0:
            total += got
            struct.pack_into("=Q", count, 0, total)


def source(path, address, length, seconds):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect((address, PORT))
    count, made = counter(path), heads(length)

    def arrived():
        return struct.unpack_from("=Q", count, 0)[0]

    sent, seen, moved = arrived(), 0, time.monotonic()
    start, begin = moved + WARM, None
    while moved < start + seconds:
        now, there = time.monotonic(), arrived()
        if begin is None and now >= start:
            begin, start = there, now
        if there != seen:
            seen, moved = there, now
        elif now - moved > PATIENCE:
            sent, moved = there, now
        if sent - there > WINDOW - BATCH:
            time.sleep(0.00005)
        else:
            sent += max(0, LIBC.sendmmsg(sender.fileno(), made[0], BATCH, 0))
        if now >= start + seconds:
            break
    print((arrived() - begin) / (time.monotonic() - start))


if __name__ == "__main__":
    if sys.argv[1] == "sink":
        sink(sys.argv[2], sys.argv[3])
    else:
        source(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
    os._exit(0)
