"""sweep.py ADDRESS FIRST LAST: an echo request of every length from FIRST to LAST bytes, IPv4 header included; each must come back
whole. Prints how many did, or the lengths that did not."""

import os
import select
import socket
import struct
import sys
import time

HEADERS = 28  # of IPv4 and of ICMP


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


def main(address, first, last):
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    lost = [length for length in range(int(first), int(last) + 1)
            if not echo(wire, address, length, os.urandom(length - HEADERS))]
    print("lost:", *lost) if lost else print(int(last) - int(first) + 1, "came back")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
