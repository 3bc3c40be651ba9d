"""An emulated machine with Debian's kernel: qemu without acceleration, a root in memory made here, a shell on its serial line."""

import os
import re
import shutil
import stat
import subprocess
import threading

from place import Failed, Missing, run

MODULES = ("virtio_pci", "virtio_net", "veth", "wireguard")
PROGRAMS = ("ip", "wg", "ping")

INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /etc /var/run
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox --install -s /bin
export PATH=/usr/bin:/usr/sbin:/sbin:/bin LD_LIBRARY_PATH=/lib HOME=/
mount -t tracefs none /sys/kernel/tracing
for module in $(cat /modules); do insmod /lib/modules/$module; done
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
echo ready
while read -r line; do eval "$line"; done
"""


def kernel(cache):
    """Debian's kernel for clouds, fetched by apt and unpacked, not installed: where it is, and its version."""
    found = re.search(r"Depends: (linux-image-\S+)", run("apt-cache", "depends", "linux-image-cloud-amd64", check=False))
    if not found:
        raise Missing("apt knows no package linux-image-cloud-amd64; run apt-get update on Debian for amd64")
    place = os.path.join(cache, found[1])
    if not os.path.isdir(place):
        os.makedirs(cache, exist_ok=True)
        for name in os.listdir(cache):
            if name.endswith(".deb"):
                os.remove(os.path.join(cache, name))
        done = subprocess.run(["apt-get", "download", "-qq", found[1]], cwd=cache, capture_output=True, text=True, check=False)
        archives = [name for name in os.listdir(cache) if name.endswith(".deb")]
        if done.returncode != 0 or not archives:
            raise Missing(f"apt-get cannot download {found[1]}: {done.stderr.strip()}")
        run("dpkg", "-x", os.path.join(cache, archives[0]), place + ".part", timeout=600)
        os.rename(place + ".part", place)
        os.remove(os.path.join(cache, archives[0]))
    return place, found[1].removeprefix("linux-image-")


def modules_in_order(tree):
    """The files of MODULES and of what they need, needs first, by the names that the files themselves carry."""
    files = {}
    for folder, _, names in os.walk(tree):
        files.update({re.sub(r"\.ko.*", "", name).replace("-", "_"): os.path.join(folder, name) for name in names if ".ko" in name})
    order = []

    def visit(name):
        if name in files and name not in order:
            with open(files[name], "rb") as file:
                needs = re.search(rb"\0depends=([^\0]*)\0", file.read())
            for need in needs[1].decode().replace("-", "_").split(",") if needs else []:
                visit(need)
            order.append(name)

    for name in MODULES:
        visit(name)
    return [files[name] for name in order]


def archive(entries):
    """A cpio archive, as kernels unpack one, of (path, mode, bytes)."""
    out = bytearray()
    for number, (path, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        name = path.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)


def root(place):
    """The machine's root: busybox, the programs and libraries of this machine, the modules, and an init."""
    busybox = "/usr/bin/busybox" if os.path.exists("/usr/bin/busybox") else "/bin/busybox"
    content, folders = {"bin/busybox": busybox}, set()
    for program in PROGRAMS:
        path = shutil.which(program)
        if path is None:
            raise Missing(f"needs the program {program}; tools/setup interop installs it")
        content["usr/bin/" + program] = path
        for library in re.findall(r"(/\S+)", "\n".join(run("ldd", path).splitlines()).replace(path + ":", "")):
            content["lib/" + os.path.basename(library)] = library
            if "ld-linux" in library:
                content[library.lstrip("/")] = library
    order = modules_in_order(os.path.join(place, "lib/modules"))
    content.update({"lib/modules/" + os.path.basename(path): path for path in order})
    for path in content:
        parts = path.split("/")[:-1]
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    entries = [(folder, stat.S_IFDIR | 0o755, b"") for folder in sorted(folders | {"dev"})]
    for path, source in sorted(content.items()):
        with open(source, "rb") as file:
            entries.append((path, stat.S_IFREG | 0o755, file.read()))
    names = "\n".join(os.path.basename(path) for path in order)
    return archive([*entries, ("modules", stat.S_IFREG | 0o644, names.encode()), ("init", stat.S_IFREG | 0o755, INIT.encode())])


class Machine:
    """
    A booted machine whose cards eth0 and eth1 and this namespace's tap hang on one hub, so that a capture on the tap sees what the
    machine's own namespaces tell each other, too.
    """

    def __init__(self, place, namespace, cache, tap="outer"):
        tree, self.version = kernel(cache)
        initrd = place.path("initrd")
        self.console = place.path(f"console-{namespace.name}")
        with open(initrd, "wb") as file:
            file.write(root(tree))
        command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "384", "-nodefaults", "-no-user-config", "-no-reboot",
                   "-display", "none", "-kernel", os.path.join(tree, "boot/vmlinuz-" + self.version), "-initrd", initrd,
                   "-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on mitigations=off",
                   "-serial", "file:" + self.console, "-serial", "stdio",
                   "-netdev", f"tap,id=tap,ifname={tap},script=no,downscript=no", "-netdev", "hubport,id=h2,hubid=0,netdev=tap"]
        for card in range(2):
            command += ["-netdev", f"hubport,id=h{card},hubid=0", "-device",
                        f"virtio-net-pci,netdev=h{card},mac=02:00:00:00:00:0{card + 1},romfile=,csum=off,gso=off,"
                        "guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ufo=off"]
        self.process = place.start(namespace.command(*command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lock = threading.Lock()
        self.number = 0
        self.until("ready", "boot", 90)

    def until(self, mark, what, timeout):
        """The lines that come before the one that starts with a mark, and that one."""
        watch = threading.Timer(timeout, self.process.kill)
        watch.start()
        lines = []
        try:
            for line in self.process.stdout:
                lines.append(line.decode(errors="replace").rstrip("\r\n"))
                if lines[-1].startswith(mark):
                    return lines
        finally:
            watch.cancel()
        with open(self.console, encoding="utf-8", errors="replace") as file:
            last = "\n".join([*lines[-5:], *file.read().splitlines()[-15:]])
        raise Failed(f"the emulated machine ended, or was silent for {timeout} s, at: {what}\n{last}")

    def run(self, command, check=True, timeout=60):
        """Run one line of shell in the machine and give what they printed."""
        with self.lock:
            self.number += 1
            mark = f"@@{self.number} "
            self.process.stdin.write(f"( {command} ) </dev/null 2>&1; echo; echo {mark}$?\n".encode())
            self.process.stdin.flush()
            *lines, last = self.until(mark, command, timeout)
        text = "\n".join(lines[:-1])
        if check and last != mark + "0":
            raise Failed(f"in the emulated machine: {command}: exit {last.split()[1]}: {text.strip()}")
        return text
