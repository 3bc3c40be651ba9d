"""Two network namespaces with a cable between them and a driver in each. Everything has a private name and goes away at the end."""
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import time

PROGRAM = ""
SKIPPED = 77
RUN = "/var/run/wireguard"
LANES = os.environ.get("WARREN_TUN_LANES") # of drivers that a test leaves the choice to
CHOSEN = ("--lanes", "--threads", "--record-with-all-keys")


def missing():
    """Why the tests cannot run here, or nothing."""
    if os.geteuid() != 0:
        return "root is needed, for network namespaces"
    if not os.path.exists("/dev/net/tun"):
        return "/dev/net/tun is missing"
    for tool in ("ip", "wg", "wg-quick", "ping"):
        if not shutil.which(tool):
            return f"{tool} is missing; tools/setup tun installs it"
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        return "network namespaces cannot be made"
    return None


def run(*command, text=None, check=True, timeout=120, environment=None):
    result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=timeout, env=environment)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def wait_for(what, condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def keys():
    secret = run("wg", "genkey").stdout.strip()
    return secret, run("wg", "pubkey", text=secret).stdout.strip()


class Side:
    """One namespace, its interface and its driver."""

    def __init__(self, letter):
        self.space = f"wt{os.getpid()}{letter}"
        self.name = f"wt{os.getpid() % 1000000}{letter}"
        self.cable = f"c{os.getpid() % 1000000}{letter}"
        self.secret, self.public = keys()
        self.number = 1 if letter == "a" else 2
        self.outer4, self.outer6 = f"192.0.2.{self.number}", f"2001:db8::{self.number}"
        self.inner4, self.inner6 = f"10.9.0.{self.number}", f"fd00:9::{self.number}"
        self.port = 40000 + self.number
        self.driver = None
        run("ip", "netns", "add", self.space)

    def inside(self, *command, **options):
        return run("ip", "netns", "exec", self.space, *command, **options)

    def ip(self, *command, **options):
        return run("ip", "-n", self.space, *command, **options)

    def wg(self, *command, **options):
        return self.inside("wg", *command, **options) # scopes are numbers of this namespace

    def start(self, *arguments, program=None, **environment):
        if LANES and program is None and not any(word in CHOSEN for word in arguments):
            arguments = ("--lanes", LANES, *arguments)
        self.log = open(f"/tmp/{self.name}.log", "w+")
        self.driver = subprocess.Popen(["ip", "netns", "exec", self.space, *(program or [PROGRAM]), "-f", *arguments, self.name],
                                       stderr=self.log, env=dict(os.environ, LOG_LEVEL="verbose", **environment))
        wait_for("the control socket", lambda: self.driver.poll() is not None or self.listens())

    def socket(self):
        return f"{RUN}/{self.name}.sock"

    def listens(self):
        """The file is there a moment before anybody may connect."""
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(self.socket()) == 0

    def said(self):
        self.log.flush()
        with open(self.log.name) as file:
            return file.read()

    def address(self):
        self.ip("address", "add", f"{self.inner4}/24", "dev", self.name)
        self.ip("address", "add", f"{self.inner6}/64", "dev", self.name, "nodad")
        self.ip("link", "set", self.name, "up")

    def configure(self, other, *more, endpoint=None):
        endpoint = endpoint or f"{other.outer4}:{other.port}"
        self.wg("set", self.name, "private-key", "/dev/stdin", "listen-port", str(self.port), "peer", other.public,
                "endpoint", endpoint, "allowed-ips", f"{other.inner4}/32,{other.inner6}/128", *more, text=self.secret)

    def bytes(self):
        received, sent = self.wg("show", self.name, "transfer").stdout.split()[1:3]
        return int(received), int(sent)

    def end(self):
        if self.driver:
            if self.driver.poll() is None:
                self.driver.terminate()
            try:
                self.driver.wait(10)
            except subprocess.TimeoutExpired:
                self.driver.kill()
                self.driver.wait()
            self.log.close()
            os.unlink(self.log.name)
            self.driver = None

    def remove(self):
        self.ip("link", "delete", self.name, check=False) # a driver in the background ends by that
        self.end()
        run("ip", "netns", "delete", self.space, check=False)
        if os.path.exists(self.socket()):
            os.unlink(self.socket())


def pair(case):
    """Two sides, joined by a cable, with a driver in neither yet."""
    sides = []
    for letter in "ab":
        side = Side(letter)
        case.addCleanup(side.remove)
        sides.append(side)
    a, b = sides
    run("ip", "link", "add", a.cable, "netns", a.space, "type", "veth", "peer", "name", b.cable, "netns", b.space)
    for side in sides:
        side.ip("address", "add", f"{side.outer4}/24", "dev", side.cable)
        side.ip("address", "add", f"{side.outer6}/64", "dev", side.cable, "nodad")
        side.ip("link", "set", side.cable, "up")
        side.ip("link", "set", "lo", "up")
    return a, b


def joined(case, *arguments, **options):
    a, b = pair(case)
    for side in (a, b):
        side.start(*arguments, **options)
    join(a, b)
    return a, b


def join(a, b):
    """Both run: each is told of the other, has its addresses, and has heard that it is up."""
    a.configure(b)
    b.configure(a)
    for side in (a, b):
        side.address()
    for side in (a, b):
        wait_for("its sockets", lambda: f":{side.port} " in side.inside("ss", "-H", "-l", "-u", "-n").stdout)


def ping(side, address, *more, count=3):
    assert ipaddress.ip_address(address)
    return side.inside("ping", "-c", str(count), "-i", "0.05", "-W", "5", *more, address, check=False).returncode == 0


def main(unittest):
    """What a file of tests does when it is run."""
    global PROGRAM
    PROGRAM = os.path.abspath(sys.argv[1])
    reason = missing()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    result = unittest.main(argv=[sys.argv[0], *sys.argv[2:]], exit=False).result
    if result.skipped and os.environ.get("CI") == "true":
        sys.exit("a test that skips fails in CI: " + "; ".join(reason for _, reason in result.skipped))
    sys.exit(not result.wasSuccessful())
