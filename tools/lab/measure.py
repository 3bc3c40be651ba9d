"""What a tunnel carries, how late, and at what cost: iperf3, ping and datagrams.py between two namespaces that it joins."""

import base64
import json
import os
import re
import subprocess
import sys
import time

from place import Failed, run, stop, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
DATAGRAMS = [sys.executable, "-B", os.path.join(HERE, "datagrams.py")]
TICKS = os.sysconf("SC_CLK_TCK")
IPERF_PORT = 5201


class Way:
    """From one namespace to another; `processes` are the drivers between them, if any; `server` is the far end's address."""

    def __init__(self, place, near, far, server, processes):
        self.place, self.near, self.far, self.server, self.processes = place, near, far, server, processes

    def processor_seconds(self):
        total = 0
        for process in self.processes:
            with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
                fields = file.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def listen(self):
        """A server of iperf3; give it to `stop`."""
        process = self.place.start(self.far.command("iperf3", "-s", "-B", self.server))
        wait_for("iperf3 listens", lambda: f":{IPERF_PORT} " in self.far.run("ss", "-Hltn"), 5)
        return process

    def tcp(self, streams, backwards, seconds):
        """Gbit/s that arrive, and processor seconds of the drivers per gigabit."""
        server = self.listen()
        try:
            before = self.processor_seconds()
            said = self.near.run("iperf3", "-J", "-c", self.server, "-t", str(seconds), "-P", str(streams),
                                 *(["-R"] if backwards else []), timeout=seconds + 30)
            used = self.processor_seconds() - before
        finally:
            stop(server)
        total = json.loads(said)["end"]["sum_received"]
        return total["bits_per_second"] / 1e9, used / max(total["bytes"] * 8 / 1e9, 1e-9)

    def datagrams(self, length, seconds):
        """Datagrams a second that arrive, with few under way."""
        count = self.place.path(f"count-{self.far.name}")
        with open(count, "wb") as file:
            file.truncate(4096)
        sink = self.place.start(self.far.command(*DATAGRAMS, "sink", count, self.server), stdout=subprocess.PIPE, text=True)
        try:
            if sink.stdout.readline() != "ready\n":
                raise Failed("the sink of datagrams does not start")
            return float(self.near.run(*DATAGRAMS, "source", count, self.server, str(length), str(seconds), timeout=seconds + 30))
        finally:
            sink.stdout.close()
            stop(sink)

    def round_trips(self, count, skip=0):
        """Milliseconds each, in order; without the first `skip`, which wake up what stood still."""
        said = self.near.run("ping", "-c", str(count), "-i", "0.002", "-W", "2", self.server, check=False, timeout=120)
        times = [float(each) for each in re.findall(r"time=([0-9.]+) ms", said)]
        if len(times) < count / 2:
            raise Failed(f"ping: {len(times)} answers of {count}")
        return sorted(times[skip:])

    def round_trips_under_load(self, count, streams=4):
        """The same, while streams run the same way."""
        server = self.listen()
        seconds = 2 + count // 100
        load = self.place.start(self.near.command("iperf3", "-c", self.server, "-t", str(seconds), "-P", str(streams)))
        try:
            time.sleep(1)
            return self.round_trips(count)
        finally:
            stop(load)
            stop(server)


def quantile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def peers(place, end, count):
    """Give this end so many peers, each with an allowed IP of its own; MiB that the driver has in memory then."""
    path = place.path(f"peers-{end.interface}")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"[Interface]\nPrivateKey = {end.private}\n")
        for i in range(count):
            key = base64.b64encode(os.urandom(32)).decode()
            file.write(f"[Peer]\nPublicKey = {key}\nAllowedIPs = 10.{128 + (i >> 16)}.{i >> 8 & 255}.{i & 255}/32\n"
                       f"Endpoint = 192.0.2.1:{1 + i % 60000}\n")
    end.namespace.run("wg", "setconf", end.interface, path, timeout=300)
    end.shell(f"/usr/bin/ip link set {end.interface} up")
    time.sleep(1)
    with open(f"/proc/{end.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) / 1024


def unpacked(package, suite, cache):
    """A Debian package of another suite, fetched through the mirror that this machine uses, unpacked beside, never installed:
    its folder and its version. Raises Failed with the reason when it cannot be had."""
    policy = run("apt-cache", "policy", "dpkg", check=False)
    mirror = re.search(r"(https?://\S+)\s+\S+/main \S+ Packages", policy)
    if not mirror:
        raise Failed("apt knows no mirror of Debian")
    options = ["-qq", "-o", f"Dir::Etc::SourceList={cache}/sources", "-o", "Dir::Etc::SourceParts=/dev/null", "-o",
               f"Dir::State={cache}/state", "-o", f"Dir::Cache={cache}/cache", "-o", "Dir::State::status=/var/lib/dpkg/status",
               "-o", "Acquire::Languages=none", "-o", "APT::Sandbox::User=root"]
    for folder in ("state/lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(cache, folder), exist_ok=True)
    with open(os.path.join(cache, "sources"), "w", encoding="ascii") as file:
        file.write(f"deb {mirror[1]} {suite} main\n")
    try:
        run("apt-get", *options, "update", timeout=300)
        subprocess.run(["apt-get", *options, "download", package], cwd=cache, check=True, capture_output=True, timeout=300)
    except (Failed, subprocess.SubprocessError) as error:
        raise Failed(f"apt cannot fetch {package} of {suite}: {str(error)[:200]}") from error
    archive = sorted(name for name in os.listdir(cache) if name.startswith(package + "_") and name.endswith(".deb"))[-1]
    run("dpkg", "-x", os.path.join(cache, archive), os.path.join(cache, "root"))
    return os.path.join(cache, "root"), archive.split("_")[1].replace("%3a", ":")
