"""How fast the harnesses replay their corpora, beside a fixed loop of cryptography timed in the same run."""

import json

from . import place

FILE = place.CORPORA / "rates.txt"
HEAD = """# How fast each harness replays its corpora in the fuzz build, on one core, as a share of a fixed loop of cryptography (one X25519
# and 16 sealed packets of 1420 bytes) timed in the same run. tools/fuzz --rates --write writes the shares; a harness below half of
# its own fails. Inputs in a second: the aim is what a harness should do at best (0: none is set), the floor what all harnesses of
# its class should do at least, and never more than the aim. One below its floor is named.
# harness            share     floor       aim  class
"""
SECONDS = 2.0
CLASSES = {
    "parser": 200000,  # bytes once through a reader or a gate, or a table's operations; no cryptography but a mac
    "data": 70000,  # up to 32 packets or calls on a snapshot
    "initiation": 20000,  # sealed handshake messages on a snapshot
    "handshake": 8000,  # whole handshakes, or real primitives
    "window": 150000,  # the replay window beside a list
    "schedule": 1000,  # plans for several engines, or several executions of one, about 64 operations
}
KINDS = {"rx_init_raw": "initiation", "rx_resp_raw": "initiation", "rx_cookie_raw": "parser", "rx_data_raw": "parser",
         "rx_init_auth": "initiation", "rx_resp_auth": "initiation", "rx_cookie_auth": "data", "rx_data_auth": "data",
         "tx_path": "data", "replay_window": "window", "allowedips": "parser", "timers": "schedule",
         "ratelimit_cookie": "parser", "keypairs": "data", "uapi": "data", "wgconf": "parser", "scenario_text": "parser",
         "capfile": "parser", "tun_gso": "parser", "crypto_diff": "handshake", "noise_diff": "handshake",
         "entropy": "schedule", "sim_schedule": "schedule", "api_misuse": "schedule", "keys_text": "parser",
         "lanes": "schedule", "limits": "schedule", "unreachable": "parser"}
AIMS = {"rx_init_raw": 50000, "rx_resp_raw": 50000, "rx_cookie_raw": 50000, "rx_data_raw": 200000, "rx_init_auth": 20000,
        "rx_resp_auth": 20000, "rx_cookie_auth": 100000, "rx_data_auth": 70000, "tx_path": 70000, "replay_window": 150000,
        "allowedips": 200000, "timers": 50000, "ratelimit_cookie": 200000, "keypairs": 50000, "uapi": 50000, "wgconf": 100000,
        "scenario_text": 100000, "capfile": 100000, "tun_gso": 200000, "crypto_diff": 20000, "noise_diff": 3000,
        "sim_schedule": 5000, "api_misuse": 50000, "keys_text": 500000}


def kind(name):
    return KINDS.get(name, "schedule")


def floor(name):
    return min(CLASSES[kind(name)], AIMS.get(name, CLASSES[kind(name)]))


def stored():
    """name -> its share"""
    rows = {}
    for number, line in enumerate(FILE.read_text().splitlines() if FILE.is_file() else [], 1):
        if line and not line.startswith("#"):
            try:
                name, ratio, least, aim, _ = line.split()
                rows[name] = float(ratio)
                int(least), int(aim)
            except ValueError:
                place.fail(2, f"{place.short(FILE)}:{number}: '{line}' is no row; harness, share, floor, aim and class are right")
    return rows


def measure(wanted, seconds=SECONDS):
    """name -> what its rate program says, for those that have a corpus."""
    names = [one.name for one in wanted if one.name != place.CANARY and one.folders()]
    programs = place.built("fuzz", [f"rate-{name}" for name in names])
    found = {}
    for one in wanted:
        if one.name in names:
            done = place.run(programs / f"rate-{one.name}", str(seconds), *one.folders(), env=place.environment(), cwd=place.ROOT)
            if done.returncode:
                place.fail(1, f"rate-{one.name}: {(done.stderr or done.stdout).strip()[-400:]}")
            found[one.name] = json.loads(done.stdout)
    return found


def show(found):
    rows = stored()
    print(f"{'harness':18} {'inputs':>6} {'bytes':>7} {'exec/s':>9} {'floor':>8} {'aim':>8} {'share':>8} {'stored':>8}  class")
    for name, one in found.items():
        before = f"{rows[name]:8.3f}" if name in rows else "       -"
        print(f"{name:18} {one['inputs']:6} {one['mean_bytes']:7.0f} {one['rate']:9.0f} {floor(name):8} {AIMS.get(name, 0):8} "
              f"{one['share']:8.3f} {before}  {kind(name)}{', below its floor' if one['rate'] < floor(name) else ''}")


def problems(found):
    rows = stored()
    return [f"{name}: {one['share']:.3f} of the loop, less than half of {rows[name]:.3f}" for name, one in found.items()
            if name in rows and one["share"] < rows[name] / 2]


def write(found):
    rows = stored() | {name: one["share"] for name, one in found.items()}
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(HEAD + "".join(f"{name:18} {share:9.3f} {floor(name):9} {AIMS.get(name, 0):9}  {kind(name)}\n"
                                   for name, share in sorted(rows.items())))
