"""cookies.py FLOODED OTHER SECONDS: of what passes `outer`, cookie replies from the one to the other, and initiations of the other
that show a cookie. Prints both numbers; ends as soon as there is one of each."""

import socket
import sys
import time

ETHERNET, IPV4, UDP = 14, 20, 8
PORT = 51820


def main(flooded, other, seconds):
    replies = shown = 0
    flooded, other = socket.inet_aton(flooded), socket.inet_aton(other)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as wire:
        wire.bind(("outer", 3))
        end = time.monotonic() + float(seconds)
        while (left := end - time.monotonic()) > 0 and not (replies and shown):
            wire.settimeout(left)
            try:
                frame = wire.recv(65536)
            except TimeoutError:
                break
            header, message = frame[ETHERNET:ETHERNET + IPV4 + UDP], frame[ETHERNET + IPV4 + UDP:]
            if len(header) < IPV4 + UDP or header[0] != 0x45 or header[9] != 17 or int.from_bytes(header[20:22], "big") != PORT:
                continue
            ends = header[12:16], header[16:20]
            replies += ends == (flooded, other) and message[:1] == b"\3" and len(message) >= 64
            shown += ends == (other, flooded) and message[:1] == b"\1" and len(message) >= 148 and message[132:148] != bytes(16)
    print(replies, shown, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
