"""sweep.py ADDRESS FIRST LAST: an IPv4 packet of every length from FIRST to LAST bytes, an echo request from 28 on; each must come
back whole. Prints how many did, or the lengths that did not."""

import os
import select
import socket
import struct
import sys
import time

IP, HEADERS, NOBODYS = 20, 28, 253  # of IPv4; of that and ICMP; and a protocol for experiments


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo(wire, address, number, payload):
    head = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xFFFF, number)
    request = head[:2] + struct.pack("!H", checksum(head + payload)) + head[4:] + payload
    want = head[4:] + payload
    for _ in range(3):  # what a busy machine loses is not what is looked for
        wire.sendto(request, (address, 0))
        end = time.monotonic() + 2
        while (left := end - time.monotonic()) > 0 and select.select([wire], [], [], left)[0]:
            reply = wire.recv(65536)
            if reply[20] == 0 and reply[24:] == want:
                return True
    return False


def bare(wire, address, length):
    """Too short for an echo: of a protocol that nobody has, which the other end says with what it got (RFC 792)."""
    payload = os.urandom(length - IP)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, NOBODYS) as sender:
        for _ in range(3):
            sender.sendto(payload, (address, 0))
            end = time.monotonic() + 2  # such answers are held to about one a second
            while (left := end - time.monotonic()) > 0 and select.select([wire], [], [], left)[0]:
                reply = wire.recv(65536)
                if reply[20:22] == b"\3\2" and reply[30:32] == struct.pack("!H", length) and reply[48:48 + length - IP] == payload:
                    return True
    return False


def main(address, first, last):
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    lost = [length for length in range(int(first), int(last) + 1)
            if not (echo(wire, address, length, os.urandom(length - HEADERS)) if length >= HEADERS else bare(wire, address, length))]
    print("lost:", *lost) if lost else print(int(last) - int(first) + 1, "came back")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
