"""Network namespaces with names of their own, the links between them, and the programs in them; gone when the place is left."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time


class Missing(Exception):
    """The machine lacks something; the message names it and says what would help."""


class Failed(Exception):
    """A command, or something that was waited for, failed."""


def require(*programs):
    """Fail unless the machine can hold a lab: root, namespaces, /dev/net/tun, and these programs."""
    if os.geteuid() != 0:
        raise Missing("needs root, for network namespaces")
    if not os.path.exists("/dev/net/tun"):
        raise Missing("needs /dev/net/tun; load the kernel's module tun")
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode != 0:
        raise Missing("needs network namespaces, which this machine does not let root make")
    for program in ("ip", "wg", *programs):
        if shutil.which(program) is None:
            raise Missing(f"needs the program {program}; tools/setup installs it")


def run(*command, stdin=None, check=True, timeout=60):
    """Run a command to its end and give what it printed."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def public_key(private):
    return run("wg", "pubkey", stdin=private).strip()


def wait_for(what, condition, seconds):
    """Poll until the condition gives something true, and give that."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(0.05)


class Namespace:
    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *command):
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command, **options):
        return run(*self.command(*command), **options)

    def address(self, interface, *addresses):
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", interface, *(["nodad"] if ":" in address else []))
        self.run("ip", "link", "set", interface, "up")


class Place:
    """Everything that one run makes on this machine. Use it in a `with`; leaving ends its processes and removes its namespaces."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.count = 0

    def __enter__(self):
        self.scratch = tempfile.mkdtemp(prefix="warren-lab.")
        self.stack.callback(shutil.rmtree, self.scratch, ignore_errors=True)
        self.former = signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        self.stack.callback(signal.signal, signal.SIGTERM, self.former)
        return self

    def __exit__(self, *error):
        self.stack.close()
        return False

    def path(self, name):
        return os.path.join(self.scratch, name)

    def namespace(self, role):
        self.count += 1
        name = f"wlab{os.getpid()}-{role}{self.count}"
        self.stack.callback(run, "ip", "netns", "delete", name, check=False)
        return Namespace(name)

    def link(self, one, other, interface="outer"):
        """A cable between two namespaces; its ends have the same name."""
        one.run("ip", "link", "add", interface, "type", "veth", "peer", "name", interface, "netns", other.name)

    def start(self, command, **options):
        """A process that ends with the place at the latest."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
        process = subprocess.Popen(command, **options)
        self.stack.callback(stop, process)
        return process


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
