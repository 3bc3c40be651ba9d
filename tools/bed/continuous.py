"""Fuzzing for ever: which harness is next, what is found, what is kept, and a page that says how it stands."""

import concurrent.futures
import contextlib
import datetime
import hashlib
import json
import signal
import threading
import time

from . import campaign, manifest, merge, page, place, triage

STATE, RESULTS = place.OUT / "state.json", place.OUT / "results.jsonl"
WEIGHTS = {"sim_schedule": 8, "rx_init_auth": 4, "rx_resp_auth": 4, "rx_data_auth": 4, "rx_cookie_auth": 2, "tx_path": 2, "timers": 2,
           "keypairs": 2, "uapi": 2, "api_misuse": 4}  # 1: any other
PER_KEY = 10  # reproducers kept of one failure
CHARGE = 30  # seconds that a turn costs at least, so that a harness that fails at once does not take every turn
CANARY_SECONDS, CANARY_EVERY = 20, 3600
MERGE_EVERY = 24 * 3600  # seconds of fuzzing one harness
FORGET = 10000  # lines of results that are kept


def weight(name):
    return WEIGHTS.get(name, 1)


def stamp():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def head(root=place.ROOT):
    done = place.run("git", "-c", "safe.directory=*", "rev-parse", "--short=12", "HEAD", cwd=root)
    return done.stdout.strip() or "unknown"


class Ledger:
    """What has been spent on whom, and what came of it; on disk after every turn."""

    def __init__(self, names):
        self.lock, self.rows, self.canary, self.begun = threading.Lock(), {}, None, stamp()
        self.failures = {}  # key -> {"harness", "why", "count", "first", "files"}
        if STATE.is_file():
            with contextlib.suppress(ValueError, KeyError):
                old = json.loads(STATE.read_text())
                self.rows, self.canary, self.failures, self.begun = old["rows"], old["canary"], old["failures"], old["begun"]
        for name in names:
            self.rows.setdefault(name, {"seconds": 0.0, "charged": 0.0, "executions": 0, "rate": 0, "edges": 0, "inputs": 0, "turns": 0,
                                        "merged_at": 0.0, "grew": None})

    def save(self):
        STATE.parent.mkdir(parents=True, exist_ok=True)
        trial = STATE.with_suffix(".new")
        trial.write_text(json.dumps({"rows": self.rows, "canary": self.canary, "failures": self.failures, "begun": self.begun}, indent=1))
        trial.replace(STATE)

    def next(self, names, busy):
        """Who has had least for its weight, of those that are not at it; its place is charged at once."""
        free = [name for name in names if name not in busy]
        return min(free, key=lambda name: (self.rows[name]["charged"] / weight(name), name)) if free else None

    def add(self, name, found):
        row = self.rows[name]
        row["seconds"] += found["seconds"]
        row["charged"] += max(found["seconds"], CHARGE)
        row["executions"] += found["executions"]
        row["turns"] += 1
        row.update(rate=found["rate"], inputs=found["inputs"])
        if found["edges"] > row["edges"]:
            row.update(edges=found["edges"], grew=stamp())


def result(found, commit, command):
    """One line of the log: what is needed to run it again, and what came of it."""
    return {"at": stamp(), "commit": commit, "harness": found["harness"], "seed": found["seed"], "seconds": found["seconds"],
            "executions": found["executions"], "ok": not found["failures"], "failures": found["failures"], "command": command}


def log(line):
    """Append; passing lines go first when there are too many, and never a failing one."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a") as file:
        file.write(json.dumps(line) + "\n")
    lines = RESULTS.read_text().splitlines()
    if len(lines) > FORGET:
        kept = [text for i, text in enumerate(lines) if i > len(lines) - FORGET // 2 or not json.loads(text)["ok"]]
        RESULTS.write_text("\n".join(kept) + "\n")


def keep(one, program, failure, ledger):
    """Make an input that fails smaller and put it among the reproducers; its path, or None when there are enough of its kind."""
    key, source = failure["key"], place.ROOT / failure["file"]
    known = ledger.failures.setdefault(f"{one.name} {key}", {"harness": one.name, "key": key, "why": failure["why"], "count": 0,
                                                             "first": stamp(), "files": []})
    known["count"] += 1
    if not source.is_file() or key.startswith(("exit-", "not-again")) or len(known["files"]) >= PER_KEY:
        return None
    one.regress.mkdir(parents=True, exist_ok=True)
    small = triage.smaller(program, source, key, one.out / "smaller")
    name = f"{key}-{hashlib.sha256(small.read_bytes()).hexdigest()[:8]}"
    target = one.regress / name
    if not target.is_file():
        target.write_bytes(small.read_bytes())
        known["files"].append(place.short(target))
    small.unlink()
    source.unlink()
    manifest.write()
    return target


class Orchestra:
    """Harnesses that take turns."""

    def __init__(self, options, wanted):
        self.options = options
        self.harnesses = {one.name: one for one in wanted if one.name != place.CANARY}
        self.canary = next((one for one in wanted if one.name == place.CANARY), None)
        self.ledger, self.busy, self.stopping = Ledger(self.harnesses), set(), threading.Event()
        self.end = None  # the minutes are minutes of fuzzing: they begin after the first build
        self.commit, self.programs, self.blind = None, None, False

    def build(self):
        """Again, when the tree has moved on. A tree that does not build any more is fuzzed as it was."""
        commit = head()
        if commit == self.commit:
            return
        targets = [f"fuzz-{name}" for name in self.harnesses] + ([f"fuzz-{place.CANARY}"] if self.canary else [])
        folder, why = place.build("fuzz", targets)
        if why is None:
            self.programs, self.commit = folder, commit
            self.close()
        elif self.programs is None:
            place.fail(1, f"preset fuzz does not build:\n{why}")
        else:
            log({"at": stamp(), "commit": commit, "harness": "build", "ok": False, "failures": [{"key": "build", "why": why[-300:]}]})

    def close(self):
        """Failures whose reproducers fail no more are closed; the reproducers stay, as tests."""
        for name, one in list(self.ledger.failures.items()):
            files = [place.ROOT / file for file in one["files"] if (place.ROOT / file).is_file()]
            if files and one["harness"] in self.harnesses and not any(
                    triage.again(self.programs / f"fuzz-{one['harness']}", file)[0] for file in files):
                del self.ledger.failures[name]
                say(f"{one['harness']}: {one['key']} is mended")

    def left(self):
        return max(0.0, self.end - time.monotonic()) if self.end else float("inf")

    def watch_canary(self):
        """The harness that must fail. When it does not, nothing that is silent can be believed."""
        if not self.canary or (self.ledger.canary and time.time() - self.ledger.canary["time"] < CANARY_EVERY and not self.blind):
            return
        options = Settings(self.options.seed + self.ledger.rows[min(self.ledger.rows)]["turns"])
        found = campaign.fuzz(self.canary, self.programs / "fuzz-canary", options, CANARY_SECONDS)
        self.blind = not found["failures"]
        if not self.blind:
            self.ledger.canary = {"time": time.time(), "at": stamp(), "key": found["failures"][0]["key"]}
        for path in campaign.crashes(self.canary):
            path.unlink()

    def turn(self, name):
        one, row = self.harnesses[name], self.ledger.rows[name]
        seed = self.options.seed + row["turns"]
        seconds = int(max(1, min(self.options.turn, self.left())))
        found = campaign.fuzz(one, self.programs / f"fuzz-{name}", Settings(seed), seconds)
        with self.ledger.lock:
            self.ledger.add(name, found)
            for failure in found["failures"]:
                path = keep(one, self.programs / f"fuzz-{name}", failure, self.ledger)
                say(f"{name}: FAILED {failure['why']}{f'; {place.short(path)}' if path else ''}")
            log(result(found, self.commit, f"tools/fuzz --job {self.commit} {name} {seed} {seconds}"))
            if row["seconds"] - row["merged_at"] > MERGE_EVERY:
                row["merged_at"] = row["seconds"]
                _, why = merge.minimise(one, self.programs / f"fuzz-{name}")
                if why:
                    say(f"{name}: {why}")
                manifest.write()
            self.ledger.save()
            page.write(self)
        if not self.options.quiet:
            say(f"{name}: {found['executions']} executions in {found['seconds']} s, {found['edges']} edges, seed {seed}")

    def play(self):
        signal.signal(signal.SIGTERM, lambda *_: self.stopping.set())
        self.build()
        self.end = time.monotonic() + self.options.minutes * 60 if self.options.minutes else None
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            running = {}
            try:
                while not self.stopping.is_set() and self.left() > 0:
                    if not running:
                        self.build()
                        self.watch_canary()
                    while len(running) < self.options.jobs and self.left() > 0:
                        name = self.ledger.next(self.harnesses, set(running.values()))
                        if name is None:
                            break
                        running[pool.submit(self.turn, name)] = name
                    done, _ = concurrent.futures.wait(running, timeout=1, return_when=concurrent.futures.FIRST_COMPLETED)
                    for future in done:
                        running.pop(future)
                        future.result()
            except KeyboardInterrupt:
                say("stopping after these turns")
        self.ledger.save()
        page.write(self)


class Settings:
    """What campaign.fuzz asks of a command line."""

    def __init__(self, seed, jobs=1):
        self.seed, self.jobs, self.quiet = seed, jobs, True


def say(text):
    print(f"{stamp()} {text}", flush=True)


def play(options, wanted):
    orchestra = Orchestra(options, wanted)
    orchestra.play()
    fresh = [one for one in orchestra.ledger.failures.values() if one["count"]]
    if orchestra.canary and orchestra.blind:
        say("the canary was not caught: this pipeline sees nothing")
    say(f"{len(fresh)} failures open; {place.short(page.FILE)}")
    return 1 if fresh or (orchestra.canary and orchestra.blind) else 0
