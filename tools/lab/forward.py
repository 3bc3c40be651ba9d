"""Two ends of a tunnel without a protocol: warren-forward at a device in each of two namespaces."""

import re
import subprocess

from peers import INNER, OUTER
from place import Failed, Missing, wait_for

WAYS = ("epoll", "batch", "ring", "ring-coop", "ring-defer", "ring-sqpoll")
DEVICE, PORT, MTU = "inner", "51820", "1420"
LACKS = 3


class End:
    def __init__(self, place, role, number):
        self.place, self.namespace = place, place.namespace(role)
        self.outer, self.inner = (f"{base[4]}{number}" for base in (OUTER, INNER))

    def start(self, program, way, other):
        """The device is there and up before, so that the program finds all as it stays."""
        self.way = way
        self.namespace.address("outer", self.outer + "/24")
        self.namespace.run("ip", "tuntap", "add", DEVICE, "mode", "tun", "vnet_hdr")
        self.namespace.run("ip", "link", "set", DEVICE, "mtu", MTU)
        self.namespace.address(DEVICE, self.inner + "/24")
        command = [program, "--device", DEVICE, "--port", PORT, "--to", other.outer, "--by", way]
        self.process = self.place.start(self.namespace.command(*command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.end()

    def end(self):
        """How many packets it lost."""
        self.process.terminate()
        said, complaint = self.process.communicate(timeout=10)
        lost = re.search(r"lost (\d+)", said)
        if self.process.returncode != 0 or not lost:
            raise (Missing if self.process.returncode == LACKS else Failed)(f"{self.way}: {complaint.strip()}")
        return int(lost[1])


def joined(place, program, way):
    near, far = End(place, "n", 1), End(place, "f", 2)
    place.link(near.namespace, far.namespace)
    near.start(program, way, far)
    far.start(program, way, near)
    ping = ("ping", "-c", "1", "-W", "1", far.inner)  # the first may come before the kernel sees that the device has a carrier
    try:
        wait_for(f"{way}: a ping through the tunnel", lambda: "1 received" in near.namespace.run(*ping, check=False), 10)
    except Failed:
        near.end()  # says so where that is why
        far.end()
        raise
    return near, far
