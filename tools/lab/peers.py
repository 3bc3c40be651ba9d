"""WireGuard implementations as ends of a tunnel, all configured by `wg`, and their ephemeral keys."""

import base64
import json
import os
import re
import shutil
import struct
import subprocess

from place import Failed, Missing, public_key, run, stop, wait_for

MODULE, VERSION = "golang.zx2c4.com/wireguard", "v0.0.0-20220316235147-5aff28b14c24"  # what Debian 12 packages
OUTER = {4: "192.168.77.", 6: "fd77::"}
INNER = {4: "10.77.0.", 6: "fd78::"}
MASK = {4: "/24", 6: "/64"}
PORT = 51820

# The argument of every call is a handshake just made: after 56 bytes its ephemeral private key, at 48 the pointer to the static
# identity, whose first 32 bytes are the public key (struct noise_handshake, drivers/net/wireguard/noise.h, Linux 5.6 and later).
PROBE = "p:lab/made wireguard:wg_index_hashtable_insert " + " ".join(
    [f"s{word}=+{8 * word}(+48(%si)):x64" for word in range(4)] + [f"e{word}=+{56 + 8 * word}(%si):x64" for word in range(4)])


class End:
    """One end. `shell` runs a line where the implementation lives."""

    def __init__(self, number, interface, outer):
        self.number, self.interface, self.outer = number, interface, outer
        self.private = run("wg", "genkey").strip()
        self.public = public_key(self.private)

    def outer_address(self, family):
        return OUTER[family] + str(self.number)

    def inner_address(self, family):
        return INNER[family] + str(self.number)

    def endpoint(self, family):
        address = self.outer_address(family)
        return f"[{address}]:{PORT}" if family == 6 else f"{address}:{PORT}"

    def set(self, words):
        return self.shell(f"wg set {self.interface} {words}")

    def address(self, interface, base):
        for family in (4, 6):
            nodad = " nodad" if family == 6 else ""
            self.shell(f"/usr/bin/ip address add {base[family]}{self.number}{MASK[family]} dev {interface}{nodad}")
        self.shell(f"/usr/bin/ip link set {interface} up")

    def move(self, *addresses):
        """Other addresses outside, all of one family; the first is the one that packets leave with."""
        ipv6 = ":" in addresses[0]
        self.shell(f"/usr/bin/ip {'-6' if ipv6 else '-4'} address flush dev {self.outer} scope global" + "".join(
            f"; /usr/bin/ip address add {address}{MASK[6] + ' nodad' if ipv6 else MASK[4]} dev {self.outer}" for address in addresses))

    def up(self):
        """Ready, also after a restart: key, port, inner addresses."""
        self.set(f"listen-port {PORT} private-key {self.file('private', self.private)}")
        self.address(self.interface, INNER)

    def know(self, other, family, psk=None):
        """The other end as a peer, by its outer address of one family."""
        secret = f" preshared-key {self.file('psk', psk)}" if psk else ""
        self.set(f"peer {other.public}{secret} endpoint {other.endpoint(family)} allowed-ips {INNER[4]}0/24,{INNER[6]}/64")

    def ping(self, other, family, count=1, size=56, wait=2, interval=1, check=True):
        return self.shell(f"/usr/bin/ping -n -q -c {count} -s {size} -W {wait} -i {interval} {other.inner_address(family)}",
                          check=check, timeout=60 + count * interval)

    def transfer(self, other):
        """What `wg show` says of that peer: bytes received and sent."""
        lines = [line.split() for line in self.shell(f"wg show {self.interface} transfer").splitlines() if other.public in line]
        return int(lines[0][1]), int(lines[0][2])

    def key_log(self, other, psk):
        lines = [f"LOCAL_STATIC_PRIVATE_KEY={self.private}", f"REMOTE_STATIC_PUBLIC_KEY={other.public}"]
        for key in self.ephemerals():
            lines.append(f"LOCAL_EPHEMERAL_PRIVATE_KEY={key}")
            lines += [f"PRESHARED_KEY={psk}"] if psk else []  # Wireshark takes it with the ephemeral key before it
        return "\n".join(lines) + "\n"


class Userspace(End):
    """A program that makes a tun interface, with these words of its own: wireguard-go, or another with its ways. LOG in its
    environment: see `logged_go`."""

    def __init__(self, place, namespace, number, program, *words, outer="outer", processors=None):
        super().__init__(number, namespace.name.replace("wlab", "wl"), outer)  # its control socket is seen from every namespace
        self.place, self.namespace, self.program, self.words = place, namespace, program, words
        self.log = place.path(f"{namespace.name}.log")
        self.environment = dict(os.environ, WG_KEY_LOG=self.log, **({"GOMAXPROCS": str(processors)} if processors else {}))
        self.address(outer, OUTER)
        self.begin()

    def shell(self, line, **options):
        return self.namespace.run("sh", "-c", line, **options)

    def file(self, name, text):
        path = self.place.path(f"{self.namespace.name}.{name}")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def begin(self):
        command = self.namespace.command(self.program, *self.words, "-f", self.interface)
        self.errors = open(self.place.path(self.namespace.name + ".errors"), "w+", encoding="utf-8")
        self.process = self.place.start(command, env=self.environment, stdout=self.errors, stderr=subprocess.STDOUT)
        socket = f"/var/run/wireguard/{self.interface}.sock"

        def ready():
            if self.process.poll() is not None:
                self.errors.seek(0)
                raise Failed(f"{self.program}: exit {self.process.returncode}: {self.errors.read().strip()[-500:]}")
            return os.path.exists(socket)

        wait_for(f"{self.program}: {socket}", ready, 20)

    def end(self):
        stop(self.process)
        wait_for(self.interface + " gone", lambda: self.interface not in self.shell("ip -o link"), 5)

    def ephemerals(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="ascii") as file:
            return [line.strip().partition("=")[2] for line in file]


class Kernel(End):
    """The kernel's module, in a namespace of an emulated machine; the card eth0 or eth1 is its outside."""

    def __init__(self, machine, number, card):
        super().__init__(number, f"wg{number}", card)
        self.machine, self.name = machine, f"n{number}"
        machine.run(f"/usr/bin/ip netns add {self.name}; /usr/bin/ip link set {card} netns {self.name}")
        self.address(card, OUTER)
        machine.run(f"echo '{PROBE}' >/sys/kernel/tracing/kprobe_events; echo >/sys/kernel/tracing/trace;"
                    "echo 1 >/sys/kernel/tracing/events/lab/made/enable")
        self.begin()

    def shell(self, line, **options):
        return self.machine.run(f"/usr/bin/ip netns exec {self.name} sh -c '{line}'", **options)

    def file(self, name, text):
        path = f"/tmp/{self.name}.{name}"
        self.machine.run(f": >{path}")
        for first in range(0, len(text), 3000):  # the machine reads a line at a time
            part = text[first:first + 3000].replace("\n", "\\n")
            self.machine.run(f"printf %b '{part}' >>{path}")
        return path

    def begin(self):
        self.shell(f"/usr/bin/ip link add {self.interface} type wireguard")

    def end(self):
        self.shell(f"/usr/bin/ip link delete {self.interface}")

    def leave(self):
        self.machine.run(f"/usr/bin/ip netns delete {self.name}")
        wait_for("card back", lambda: self.outer in self.machine.run("/usr/bin/ip -o link"), 10)

    def ephemerals(self):
        found = []
        for line in self.machine.run("cat /sys/kernel/tracing/trace").splitlines():
            words = [int(word, 16) for word in re.findall(r" [se]\d=0x([0-9a-f]+)", line)]
            if len(words) == 8 and base64.b64encode(struct.pack("<4Q", *words[:4])).decode() == self.public:
                found.append(base64.b64encode(struct.pack("<4Q", *words[4:])).decode())
        return found


def logged_go(cache):
    """wireguard-go of Debian's version, built from the module proxy with the patch beside this file: it logs its ephemeral keys."""
    program = os.path.join(cache, "wireguard-go-logged")
    if os.path.exists(program):
        return program
    for needed in ("go", "patch"):
        if shutil.which(needed) is None:
            raise Missing(f"needs the program {needed}, to build wireguard-go with a key log; Debian: golang-go, patch")
    os.makedirs(cache, exist_ok=True)
    environment = dict(os.environ, GOPATH=os.path.join(cache, "go"), GOFLAGS="-modcacherw")

    def go(*words, folder=cache):
        done = subprocess.run(["go", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise Failed(f"go {' '.join(words)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    source = os.path.join(cache, "wireguard-go")
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(json.loads(go("mod", "download", "-json", f"{MODULE}@{VERSION}"))["Dir"], source)
    run("patch", "-s", "-p1", "-d", source, "-i", os.path.join(os.path.dirname(os.path.abspath(__file__)), "wireguard-go.patch"))
    minor = int(re.search(r"go1\.(\d+)", go("version"))[1])
    linkname = ["-ldflags=-checklinkname=0"] if minor >= 23 else []  # golang.org/x/net of that time
    go("build", *linkname, "-o", program, ".", folder=source)
    return program
