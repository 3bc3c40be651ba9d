#!/usr/bin/env python3
"""The program warren from outside: exit codes, messages, JSON, keys, determinism. Usage: test_cli.py WARREN WARREN-PLAN [CASE...]"""
import base64
import glob
import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCENARIOS = os.path.join(ROOT, "corpora", "scenarios")
WARREN = PLAN = ""


def scenario(name):
    return os.path.join(SCENARIOS, name + ".yaml")


def warren(*arguments, text=None, cwd=None):
    environment = dict(os.environ, LC_ALL="C")
    return subprocess.run([WARREN, *arguments], input=text, capture_output=True, text=True, timeout=300, cwd=cwd, env=environment)


class Case(unittest.TestCase):
    def refused(self, result, message, code=2):
        self.assertEqual((result.stderr, result.returncode), (message + "\n", code))
        self.assertEqual(result.stdout, "")

    def wrong(self, result, message, code=2):
        """A scenario refused: the message, then its line and a caret where there is one."""
        first, *rest = result.stderr.split("\n")
        self.assertEqual((first, result.returncode, result.stdout), (message, code, ""))
        self.assertEqual(rest[-1], "")
        if len(rest) > 1:
            self.assertRegex(rest[1], r"^    [ \t]*\^$")
        return rest[:-1]

    def report(self, *arguments):
        result = warren("run", *arguments, "--quiet", "--json", "-")
        self.assertIn(result.returncode, (0, 1), result.stderr)
        self.assertEqual(result.stderr, "")
        return json.loads(result.stdout)


class Usage(Case):
    def test_no_command(self):
        self.refused(warren(), "warren: no command; one of run, check, schema, key, bench, diff, swarm, shrink, import, explain, sweep, replay (see warren --help)")

    def test_unknown_command(self):
        self.refused(warren("chekc", "x"), "warren: 'chekc' is no command; did you mean 'check'?")
        self.refused(warren("zzz"), "warren: 'zzz' is no command; run, check, schema, key, bench, diff, swarm, shrink, import, explain, sweep or replay")

    def test_bench_reads_captures_beside_the_aead(self):
        result = warren("bench", "capture", "--mib", "1", "--json", "-")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        rows = json.loads(result.stdout)["capture"]
        self.assertEqual([row["name"] for row in rows], ["capture/list", "capture/list-sodium", "capture/conform",
                                                      "capture/conform-sodium"])
        for row in rows:
            self.assertGreater(row["capture_bytes"], 1 << 20)
            self.assertGreater(row["memory_kib"], 1024)
            self.assertAlmostEqual(row["ratio"], row["ns"] / row["baseline_ns"], places=6)
        self.refused(warren("bench", "capture", "--mib", "x"), "warren bench: --mib 'x' is no such number; a whole one from 1 to 65536")

    def test_unknown_option(self):
        self.refused(warren("run", "--sed", "7", scenario("two-peers")),
                     "warren run: '--sed' is no option of this command; see warren run --help")
        self.refused(warren("run", scenario("two-peers"), "--seed"), "warren run: '--seed' lacks its value; --seed N|A..B")
        self.refused(warren("run", scenario("two-peers"), "--quiet=yes"), "warren run: '--quiet=yes' takes no value; --quiet alone")
        self.refused(warren("run", scenario("two-peers"), "-x"), "warren run: '-x' is no option of this command; see warren run --help")
        self.refused(warren("check", scenario("two-peers"), "--nonsense"),
                     "warren check: '--nonsense' is no option of this command; see warren check --help")
        self.refused(warren("--nonsense"), "warren: '--nonsense' is no option of this command; see warren --help")

    def test_help_teaches_by_example(self):
        for words in ([], ["run"], ["check"], ["schema"], ["key"], ["diff"], ["swarm"], ["shrink"], ["sweep"], ["replay"], ["import"], ["explain"]):
            result = warren(*words, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("Examples:", result.stdout)
            self.assertIn("warren", result.stdout)

    def test_schema(self):
        keys = json.loads(warren("schema", "--json").stdout)
        self.assertGreater(len(keys), 80)
        loss = [key for key in keys if (key["section"], key["key"]) == ("path", "loss")]
        self.assertEqual(loss[0]["built"], True)
        table = warren("schema")
        for key in keys:
            self.assertIn(key["doc"], table.stdout)

    def test_version(self):
        result = warren("--version")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^warren \d+\.\d+\.\d+\n$")

    def test_bad_values(self):
        two = scenario("two-peers")
        self.refused(warren("run"), "warren run: no scenario; a file such as corpora/scenarios/two-peers.yaml")
        self.refused(warren("run", two, two), "warren run: '%s' is one word too many; one scenario file" % two)
        for seed in ("x", "-1", "7x", "9223372036854775808", ""):
            self.refused(warren("run", two, "--seed", seed),
                         "warren run: --seed '%s' is no seed; a whole number from 0 to 9223372036854775807" % seed)
        self.refused(warren("run", two, "--until", "10"), "warren run: --until '10' is no time; such as 90s or 2m30s")
        self.refused(warren("run", two, "--until", "6m"),
                     "warren run: --until 6m is after the scenario's stop: 5m; an earlier time, or --set stop=6m")
        self.refused(warren("run", two, "--json", "-", "--trace", "-"),
                     "warren run: --json - and --trace - both want standard output; a file for one of them")
        self.refused(warren("run", two, "--pcap", "-"), "warren run: --pcap - is not possible; a file")
        self.refused(warren("run", two, "--record", "-"), "warren run: --record - is not possible; a file")
        self.refused(warren("run", two, "--provider", "rot13"), "warren run: --provider 'rot13' is unknown; ipsec-mb, boringssl, sodium or portable")
        self.refused(warren("run", two, "--quiet", "--json", "/nowhere/x"),
                     "warren run: /nowhere/x: cannot be written: No such file or directory; a file in a folder that exists")
        self.refused(warren("run", "/nowhere.yaml"), "/nowhere.yaml: error: cannot be read: No such file or directory; a scenario file")


class Explain(Case):
    """warren explain and the forms of warren schema."""

    def said(self, word):
        result = warren("explain", word)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def test_keys(self):
        for word in ("paths.loss", "paths.lte.loss", "path.loss"):
            self.assertIn("paths.NAME.loss\n  which datagrams are lost\n  type      loss\n  values    none, 2%", self.said(word))
        self.assertIn("  range     128 to 65536\n  example   window: 8192\n", self.said("nodes.hub.limits.window"))
        for place in ("nodes.NAME.keepalive\n", "tunnels.N.keepalive\n"):
            self.assertIn(place, self.said("keepalive"))
        self.assertIn("  values    real toy\n  default   real\n", self.said("crypto"))
        self.assertIn("paths.NAME\n  extends", self.said("paths"))

    def test_every_key(self):
        for key in json.loads(warren("schema", "--json").stdout)[::7]:
            self.assertIn(key["key"] + "\n", self.said("%s.%s" % (key["place"] or "scenario", key["key"])))

    def test_words(self):
        flood = self.said("timeline.do.flood")
        self.assertIn("  needs     at from to rate\n  may have  id kind mac1 for\n", flood)
        self.assertIn("do: flood, from: flooder", flood)
        self.assertIn("  example   - {that: delivered(", self.said("expect.that.delivered"))
        self.assertIn("secrets are erased 540 s after the last session", self.said("S8"))
        self.assertIn("sometimes: mark.cookie_reply_sent", self.said("mark.cookie_reply_sent"))

    def test_manual(self):
        """warren-scenario(5) is made by the build from the same rows."""
        path = os.path.join(os.path.dirname(WARREN), "..", "man", "warren-scenario.5")
        with open(path, encoding="utf-8") as file:
            page = file.read()
        roff = lambda text: text.replace("\\", "\\e").replace("-", "\\-")
        for key in json.loads(warren("schema", "--json").stdout):
            self.assertIn(".TP\n.B %s\n%s\n" % (roff(key["key"]), roff(key["doc"])), page)
        for text in (".B flood\n", ".B delivered\n", ".B S27\n", "cookie_reply_sent", ".SS paths.NAME\n"):
            self.assertIn(text, page)
        self.assertNotIn("@", page.replace("@KEYS", ""))

    def test_wrong(self):
        self.refused(warren("explain", "keepalvie"),
                     "warren explain: 'keepalvie' is nothing that can be explained; did you mean 'keepalive'?")
        self.refused(warren("explain"), "warren explain: no key; such as paths.loss, timeline.do.flood, S8 or mark.session")
        self.refused(warren("explain", "a", "b"), "warren explain: 'b' is one word too many; one key")

    def test_json_schema(self):
        schema = json.loads(warren("schema", "--json-schema").stdout)
        defs = schema["$defs"]
        self.assertEqual(schema["$ref"], "#/$defs/scenario")
        self.assertEqual(defs["scenario"]["required"], ["warren", "stop"])
        self.assertEqual(defs["scenario"]["properties"]["paths"]["additionalProperties"]["anyOf"][0], {"$ref": "#/$defs/path"})
        self.assertEqual(defs["scenario"]["properties"]["traffic"]["items"], {"$ref": "#/$defs/traffic"})
        self.assertIn("flood", defs["timeline"]["properties"]["do"]["enum"])
        self.assertEqual(defs["limits"]["properties"]["window"]["maximum"], 65536)
        for key in json.loads(warren("schema", "--json").stdout):
            self.assertEqual(key["built"], key["key"] in defs[key["section"]]["properties"])


class Import(Case):
    """warren import: configurations of wg and wg-quick."""

    PRIVATE = ("uA6fvgItuMp1faM9hpRGs/4hqK6yudsRUMKBm36Lc10=", "4IT8bmBocfFt3lSkatNzCoLX2ZEX/o1IBqqaDgm+TV4=")
    STRANGER = "YetGBVXrmPuxAGg2WJ+oSb4+eVUdWbR/3EUE2vSu0kA="
    PSK = "XAw7lOoQRCE5OiXvAIyE6wVuyCRxOtTcTtefn0EcsIY="

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        hub, laptop = (warren("key", "pub", text=key).stdout.strip() for key in self.PRIVATE)
        self.hub = """\
# the hub
[Interface]
Address = 10.8.0.1/24, fd08::1/64
ListenPort = 51820
PrivateKey = %s
FwMark = 0x4d
Table = off
PostUp = iptables -A FORWARD -i %%i -j ACCEPT  # forward
MTU = 1400

[Peer]
PublicKey = %s
PresharedKey = %s
AllowedIPs = 10.8.0.2/32,fd08::2/128

[Peer]
PublicKey = %s
AllowedIPs = 10.8.0.3/32
""" % (self.PRIVATE[0], laptop, self.PSK, self.STRANGER)
        self.laptop = """\
[interface]
privatekey=%s
Address = 10.8.0.2/32
Address = fd08::2/128
DNS = 10.8.0.1
[Peer]
PublicKey = %s
PresharedKey = %s
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = vpn.example.com:51820
PersistentKeepalive = 25
""" % (self.PRIVATE[1], hub, self.PSK)
        self.write("hub/wg0.conf", self.hub)
        self.write("laptop.conf", self.laptop)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def imported(self, *files):
        result = warren("import", *files, "-o", "net.yaml", cwd=self.folder)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        path = os.path.join(self.folder, "net.yaml")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="utf-8") as file:
            return path, file.read()

    def test_runs_at_once(self):
        path, text = self.imported("hub/wg0.conf", "laptop.conf")
        for part in ("  # hub/wg0.conf:8: PostUp = iptables -A FORWARD -i %i -j ACCEPT (means nothing here)\n", "FwMark = 0x4d", "Table = off",
                     "# its address stands for vpn.example.com\n  hub:\n    path: internet\n    listen: 198.51.100.1:51820\n",
                     "    mtu: 1400\n    key: %s\n" % self.PRIVATE[0], "# no file has the public key " + self.STRANGER,
                     "# its inner IPv6 address is made up\n  unknown-1:", "    allowed: [\"0.0.0.0/0\", \"::/0\"]\n    endpoint: known\n    keepalive: 25s\n",
                     "It holds the private keys"):
            self.assertIn(part, text)
        report = self.report(path)
        self.assertEqual((report["failed"], set(report["nodes"])), ([], {"hub", "laptop", "unknown-1"}))
        self.assertEqual(report["handshakes"]["completed"], 6)
        self.assertEqual(report["nodes"]["laptop"]["inner_delivered"], 300)
        tunnels = {(t["node"], t["peer"]): t for t in json.loads(warren("check", path, "--json", "-").stdout)["tunnels"]}
        self.assertEqual(set(tunnels), {("hub", "laptop"), ("laptop", "hub"), ("hub", "unknown-1"), ("unknown-1", "hub")})
        self.assertTrue(tunnels["hub", "laptop"]["psk"] and tunnels["laptop", "hub"]["psk"])
        # Standard output, and a file alone.
        self.assertEqual(warren("import", "hub/wg0.conf", "laptop.conf", cwd=self.folder).stdout, text)
        self.assertEqual(self.report(self.imported("laptop.conf")[0])["failed"], [])

    def test_one_sided(self):
        self.write("hub/wg0.conf", self.hub.split("[Peer]")[0])
        path, text = self.imported("hub/wg0.conf", "laptop.conf")
        self.assertIn("# hub does not know laptop: they will have no session\n", text)
        self.assertEqual(self.report(path)["handshakes"]["completed"], 0)

    def test_wrong(self):
        for line, wrong, message in (
                (4, "ListenPort = 65536", "4:14: error: ListenPort: '65536' is no such number; 0 to 65535"),
                (5, "PrivateKey = abc", "5:14: error: PrivateKey is no key; 44 characters of base64, as wg genkey prints"),
                (3, "Address = 10.8.0/24", "3:11: error: Address: '10.8.0' is no address; such as 10.0.0.1/24 or fd00::1/64"),
                (3, "  Adress = 10.8.0.1", "3:3: error: 'Adress' is no key of wg or wg-quick"),
                (2, "[Interfaces]", "2:1: error: '[Interfaces]' is no section; [Interface] or [Peer]"),
                (6, "FwMark =", "6:9: error: FwMark: '' is no mark; off, or a number of 32 bits such as 77 or 0x4d"),
                (9, "MTU", "9:1: error: 'MTU' is no KEY = VALUE"),
                *((6, "FwMark = " + mark, "6:10: error: FwMark: '%s' is no mark; off, or a number of 32 bits such as 77 or 0x4d" % mark)
                  for mark in ("0x", "0xx1", "0X4d", "4d", "-1", "0x-1", "4294967296", "0x100000000", "18446744073709551617")),
                (9, "Endpoint = 1.2.3.4:5", "9:1: error: Endpoint belongs to [Peer]"),
                (9, "ListenPort = 1", "9:1: error: ListenPort stands here a second time; once"),
                (12, "", "11:1: error: this peer lacks PublicKey"),
                (14, "AllowedIPs = 10.8.0.2/33", "14:23: error: AllowedIPs: '33' is no such number; 0 to 32"),
                (14, "AllowedIPs =", "14:13: error: AllowedIPs has no value; leave it out"),
                (14, "Endpoint = [::1:51820", "14:12: error: Endpoint: '[::1' is no host; a name, an IPv4 address, or an IPv6 one in brackets"),
                (14, "PersistentKeepalive = on", "14:23: error: PersistentKeepalive: 'on' is no such number; 0 to 65535")):
            with self.subTest(wrong=wrong):
                lines = self.hub.split("\n")
                lines[line - 1] = wrong
                self.write("hub/wg0.conf", "\n".join(lines))
                result = warren("import", "hub/wg0.conf", cwd=self.folder)
                self.assertEqual((result.stderr.split("\n")[0], result.returncode), ("hub/wg0.conf:" + message, 2))
                self.assertNotIn(self.PRIVATE[0], result.stderr)
        self.write("twin.conf", self.laptop)
        result = warren("import", "laptop.conf", "twin.conf", cwd=self.folder)
        self.assertEqual(result.stderr, "twin.conf:1:1: error: the PrivateKey of laptop.conf stands here too; each host has its own\n")
        self.refused(warren("import"), "warren import: no file; configurations of wg or wg-quick, such as hub.conf laptop.conf")
        self.assertIn("cannot be read", warren("import", "/nowhere.conf").stderr)

    def test_marks(self):
        """What `wg setconf` takes; what it refuses stands in test_wrong."""
        for mark in ("off", "OFF", "0", "077", "4294967295", "0xffffFFFF", "0x0000000000000004d"):
            with self.subTest(mark=mark):
                self.write("hub/wg0.conf", self.hub.replace("0x4d", mark))
                self.assertIn("FwMark = %s (" % mark, self.imported("hub/wg0.conf")[1])
        self.write("laptop.conf", self.laptop.replace("Keepalive = 25", "Keepalive = Off"))
        self.assertNotIn("keepalive:", self.imported("laptop.conf")[1])

    def test_any_bytes(self):
        import random
        draw = random.Random(1)
        for _ in range(40):
            data = bytearray(self.hub.encode())
            for _ in range(draw.randrange(1, 6)):
                data[draw.randrange(len(data))] = draw.choice(b"=[]#/,:.\n \0\xffA0")
            result = subprocess.run([WARREN, "import", "-"], input=bytes(data), capture_output=True, timeout=60)
            self.assertIn(result.returncode, (0, 2), result.stderr)


class Key(Case):
    def test_known_answer(self):
        # RFC 7748, section 6.1: Alice's keys.
        alice = "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo="
        self.assertEqual(warren("key", "pub", text=alice + "\n").stdout, "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n")

    def test_generated_keys(self):
        private, again, psk = (warren("key", verb).stdout for verb in ("gen", "gen", "psk"))
        self.assertNotEqual(private, again)
        for text in (private, again, psk):
            self.assertEqual(len(text), 45)
            self.assertEqual(len(base64.b64decode(text, validate=False)), 32)
        key = base64.b64decode(private)
        self.assertEqual((key[0] & 7, key[31] & 192), (0, 64))
        public = warren("key", "pub", text=private)
        self.assertEqual((public.returncode, public.stderr, len(public.stdout)), (0, "", 45))

    def test_bad_keys(self):
        wrong = "warren: Key is not the correct length or format; 44 characters of base64, as warren key gen prints"
        good = "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo="
        for text in ("", "\n", good[:43], good[:42] + "==", good[:10] + "!" + good[11:], good[:42] + "p=", " " + good[:43], "=" * 44):
            self.refused(warren("key", "pub", text=text), wrong)
        for byte in range(128, 256): # libsodium 1.0.18 takes them for characters of base64
            result = subprocess.run([WARREN, "key", "pub"], input=good[:8].encode() + bytes([byte]) + good[9:].encode(),
                                    capture_output=True, timeout=60)
            self.assertEqual((result.stderr.decode(), result.stdout, result.returncode), (wrong + "\n", b"", 2), byte)
        self.refused(warren("key", "pub", text=good + "x"),
                     "warren: Trailing characters found after key; one key of 44 characters and nothing else")
        self.assertEqual(warren("key", "pub", text=good + " \n\t\n").returncode, 0)

    def test_verbs(self):
        self.refused(warren("key"), "warren key: no verb; gen, pub or psk")
        self.refused(warren("key", "sign"), "warren key: 'sign' is no verb; gen, pub or psk")
        self.refused(warren("key", "gen", "gen"), "warren key: 'gen' is one word too many; gen, pub or psk")

    def test_readers_are_warned_of(self):
        with tempfile.TemporaryDirectory() as folder:
            for mode, warned in ((0o644, True), (0o600, False)):
                path = os.path.join(folder, "key%o" % mode)
                with open(os.open(path, os.O_CREAT | os.O_WRONLY, mode), "w") as out:
                    os.fchmod(out.fileno(), mode)
                    result = subprocess.run([WARREN, "key", "gen"], stdout=out, stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual(result.stderr.startswith("Warning: writing to world accessible file."), warned)

    def test_full_disk(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([WARREN, "key", "gen"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, "^warren key: standard output: writing failed: No space left on device[^\n]*\n$")


class Refused(Case):
    def test_bad_scenarios(self):
        """Every case of scenarios-refused.txt: exit 2 and exactly its message, line and caret, from check; some from run, too."""
        with open(os.path.join(ROOT, "corpora", "scenarios-refused.txt"), encoding="utf-8", newline="") as file:
            cases = file.read().split("\n### ")[1:]
        self.assertGreater(len(cases), 100)
        with tempfile.TemporaryDirectory() as folder:
            for number, case in enumerate(cases):
                message, _, body = case.partition("\n")
                place = re.match(r"x\.yaml(?::(\d+):(\d+))?:", message)
                told = place.group(0) + " error:" + message[place.end():]
                with open(os.path.join(folder, "x.yaml"), "w", encoding="utf-8", newline="") as file:
                    file.write(body + "\n" if body else "")
                with self.subTest(message=message):
                    quote = self.wrong(warren("check", "x.yaml", cwd=folder), told)
                    if place.group(1) and body:
                        line = (body + "\n").split("\n")[int(place.group(1)) - 1].rstrip("\r")
                        if quote and len(line) < 120:
                            self.assertEqual(quote[0], "    " + line)
                            self.assertEqual(len(quote[1]), 4 + int(place.group(2)))
                    if number % 10 == 0:
                        self.wrong(warren("run", "x.yaml", cwd=folder), told)

    def test_overrides_name_themselves(self):
        quote = self.wrong(warren("run", scenario("two-peers"), "--set", "paths.wire.delay=10"),
                           "--set paths.wire.delay=10: error: delay: '10' lacks a unit; one of ns us ms s m h, such as 10s")
        self.assertEqual(quote, ["    paths.wire.delay=10", "                     ^"])
        quote = self.wrong(warren("run", scenario("two-peers"), "--set", "paths.wire.dealy=10ms"),
                           "--set paths.wire.dealy=10ms: error: unknown key 'dealy' in path 'wire'; did you mean 'delay'?")
        self.assertEqual(quote[1], "               ^")


class Compose(Case):
    """Several files make one scenario: include, extends, --with."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("profiles/isp.yaml", "warren: 1\ninclude: [radio.yaml]\npaths:\n  lte: {extends: air, loss: 2%}\n"
                   "nats:\n  cgn: {idle: 20s, shared: true}\nlimits: {window: 256, staging: 8}\n")
        self.write("profiles/radio.yaml", "warren: 1\npaths: {air: {delay: 30ms}}\n")
        self.write("storm.yaml", "warren: 1\nname: a storm\ninclude: [profiles/radio.yaml]\nnodes: {mallory: {role: attacker, path: air}}\n"
                   "traffic:\n  - {from: a, to: b, send: 100B, every: 1s}\n"
                   "timeline:\n  - {at: 20s, do: flood, from: mallory, to: b, rate: 100pps, for: 5s}\n"
                   "expect:\n  - {sometimes: mark.initiation_sent}\n")
        self.write("a.yaml", "warren: 1\nstop: 1m\ninclude: [profiles/isp.yaml, profiles/radio.yaml]\nlimits: {window: 512}\n"
                   "paths:\n  bad: {extends: lte, loss: 5%}\nnodes: {a: {path: bad, nat: cgn, peer: b}, b: {path: lte}}\n"
                   "traffic:\n  - {from: a, to: b, send: 100B, every: 1s}\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def check(self, *arguments):
        return warren("check", *arguments, cwd=self.folder)

    def test_profiles(self):
        result = self.check("a.yaml")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for text in ("air          delay 30ms, loss none", "lte          delay 30ms, loss 2%", "bad          delay 30ms, loss 5%",
                     "nat cgn"):
            self.assertIn(text, result.stdout)
        # The same from elsewhere: relative to the file that includes.
        self.assertEqual(warren("check", os.path.join(self.folder, "a.yaml")).stdout, result.stdout)

    def test_laid_over(self):
        result = self.check("a.yaml", "--with", "storm.yaml", "--set", "timeline.0.rate=50pps")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for text in ("mallory", "Traffic: 2", "Timeline: 1", "Expectations: 1"):
            self.assertIn(text, result.stdout)
        path = os.path.join(self.folder, "a.yaml")
        report = self.report(path, "--with", os.path.join(self.folder, "storm.yaml"))
        self.assertEqual((report["failed"], len(report["with"])), ([], 1))
        self.assertIn("mallory", report["nodes"])
        # Keyed by identity: what is laid over it shifts no draw of what was there.
        self.assertNotEqual(report["trace_hash"], self.report(path)["trace_hash"])

    def test_repeated(self):
        self.write("never.yaml", "warren: 1\nexpect:\n  - {that: delivered(a->b) == 0}\n")
        result = warren("run", "a.yaml", "--with", "never.yaml", cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("again: warren run 'a.yaml' --seed 1 --with 'never.yaml'\n", result.stdout)

    def test_wrong(self):
        self.write("profiles/isp.yaml", "warren: 1\npaths:\n  lte: {dealy: 5ms}\n")
        lines = self.check("a.yaml").stderr.split("\n")
        self.assertEqual(lines[:4], ["profiles/isp.yaml:3:9: error: unknown key 'dealy' in path 'lte'; did you mean 'delay'?",
                                     "      lte: {dealy: 5ms}", "            ^", "a.yaml:3: note: included here"])
        for name, text, message in (
                ("profiles/isp.yaml", "warren: 1\nnodes: {x: {}}\n",
                 "profiles/isp.yaml:2:1: error: 'nodes' in an included file; only include paths nats limits"),
                ("profiles/isp.yaml", "paths: {}\n",
                 "profiles/isp.yaml:1:1: error: the first key is not 'warren: 1', the format version"),
                ("profiles/isp.yaml", "warren: 1\ninclude: [deep/er.yaml]\n",
                 "profiles/isp.yaml:2:11: error: include: 'deep/er.yaml' cannot be read: No such file or directory; a file with paths, nats, limits"),
                ("profiles/isp.yaml", "warren: 1\ninclude: [isp.yaml]\n",
                 "profiles/isp.yaml:2:11: error: include: 'isp.yaml' includes itself, by this; no circles"),
                ("profiles/isp.yaml", "warren: 1\npaths: {bad: {}, lte: {}}\n",
                 "a.yaml:6:3: error: 'bad' stands here a second time; profiles/isp.yaml:2 has it already"),
                ("profiles/isp.yaml", "warren: 1\npaths: [1]\n",
                 "profiles/radio.yaml:2:8: error: paths is no list, as it is in profiles/isp.yaml; the same in both")):
            with self.subTest(text=text):
                self.write(name, text)
                self.assertEqual(self.check("a.yaml").stderr.split("\n")[0], message)

    def test_depth(self):
        for i in range(12):
            self.write("p%d.yaml" % i, "warren: 1\ninclude: [p%d.yaml]\n" % (i + 1))
        self.write("b.yaml", "warren: 1\nstop: 1m\ninclude: [p0.yaml]\nnodes: {a: {}}\n")
        self.assertEqual(self.check("b.yaml").stderr.split("\n")[0],
                         "p7.yaml:2:11: error: include: more than 8 files deep; fewer")

    def test_wrong_overlays(self):
        self.wrong(self.check("a.yaml", "--with", "none.yaml"),
                   "none.yaml: error: cannot be read: No such file or directory; a file for --with")
        self.write("stop.yaml", "warren: 1\nstop: 2m\n")
        self.wrong(self.check("a.yaml", "--with", "stop.yaml"),
                   "stop.yaml:2:1: error: 'stop' in a file for --with; only name include paths nats nodes traffic timeline expect")


class Check(Case):
    def test_resolved_topology(self):
        result = warren("check", scenario("star-lossy"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for text in ("Nodes: 51", "spoke.7", "10.0.0.8 fd00::8", "203.0.113.1:51820", "normal(45ms 12ms), loss 2%", "... and",
                     "Tunnels, one line per side: 100", "handshakes(spoke.all->hub) >= 230  [0s..10m]"):
            self.assertIn(text, result.stdout)
        self.assertNotIn("spoke.50 ", result.stdout)
        everything = warren("check", scenario("star-lossy"), "--all").stdout
        self.assertIn("spoke.50     -> hub          allowed 10.0.0.0/8 fd00::/8; endpoint known; keepalive 25s", everything)
        self.assertNotIn("... and", everything)

    def test_many_nodes(self):
        text = ("warren: 1\nstop: 1s\ncrypto: toy\nchecks: none\nnodes:\n  hub: {}\n"
                "  spoke: {count: %d, peer: hub, limits: {staging: %d}}\nexpect: [{that: initiations(hub->spoke.1) == 0}]\n")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "many.yaml")
            for count, staging in ((140000, 4), (20000, 16384)):
                with open(path, "w", encoding="ascii") as file:
                    file.write(text % (count, staging))
                result = warren("check", path)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertIn("Nodes: %d" % (count + 1), result.stdout)
            result = warren("run", path, "--quiet")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, "^warren run: 20001 engines take [0-9]+ MB, this machine has [0-9]+; smaller limits")

    def test_boxes(self):
        result = warren("check", scenario("cgn"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for text in ("Nats (where paths meet the core): 22",
                     "  carrier           198.19.0.1      map address-port, filter address-port", "100.64.0.1", "behind carrier", ", nat home quick.1", "10m        nat carrier forgets all it has mapped",
                     "Warnings: 10", "slow.1: keepalives of 25s leave gaps of 35s, and nat carrier may forget in them"):
            self.assertIn(text, result.stdout)
        both = warren("check", scenario("nat-both-sides-keepalive")).stdout
        self.assertIn("both.1: keepalives of 25s leave gaps of any length, and nat home both.1 may forget", both)
        self.assertNotIn("Warnings", warren("check", scenario("road-warriors")).stdout)
        self.assertNotIn("kind.1: keepalives", both)

    def test_what_was_hardly_meant(self):
        text = ("warren: 1\nstop: 1m\npaths:\n  slow: {rate: 64kbps}\n  quick: {rate: 64kbps, queue: codel(5ms 100ms)}\n"
                "  few: {up: {rate: 64kbps, queue: droptail(8kB)}, down: {rate: list(1000), queue: droptail(40 packets)}}\n"
                "nats: {home: {}}\n"
                "nodes: {a: {path: slow, nat: home}, b: {path: quick, nat: home}, c: {path: few}, d: {}}\n"
                "tunnels:\n  - {node: a, peer: b}\n  - {node: b, peer: a, endpoint: known}\n  - {node: a, peer: c}\n"
                "  - {node: c, peer: a}\n  - {node: c, peer: d}\n")
        result = warren("check", "-", text=text)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.split("Warnings: ")[1].split("\n"), [
            "5", "  path slow, up: a full queue takes 3m7s to leave; a shorter one, or codel",
            "  path slow, down: a full queue takes 3m7s to leave; a shorter one, or codel",
            "  path few, down: a full queue takes 39s to leave; a shorter one, or codel",
            "  a and b: neither knows an address of the other that it can reach",
            "  c: has d as a peer, which does not know it; no session", ""])

    def test_json(self):
        result = warren("check", scenario("demo"), "--json", "-")
        plan = json.loads(result.stdout)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(plan["nodes"][0]["name"], "hub")
        self.assertEqual(len(plan["tunnels"]), 6)
        self.assertIn("always safety.all", plan["expectations"])
        self.assertTrue(any(event["name"] == "storm" for event in plan["timeline"]))

    def test_standard_input(self):
        with open(scenario("two-peers"), encoding="utf-8") as file:
            result = warren("check", "-", text=file.read())
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_plan_is_secret_and_always_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            plans = []
            for name in ("a", "b"):
                path = os.path.join(folder, name)
                self.assertEqual(warren("check", scenario("demo"), "--quiet", "--plan", path).stdout, "")
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
                with open(path, "rb") as file:
                    plans.append(file.read())
            self.assertEqual(plans[0], plans[1])
            self.assertGreater(len(plans[0]), 1000)


class Run(Case):
    def test_json_fields(self):
        report = self.report(scenario("two-peers"))
        self.assertEqual(report["scenario"], "two peers through two rekeys")
        self.assertEqual((report["seed"], report["simulated_ns"], report["failed"], report["finished"]), (1, 300 * 10**9, [], True))
        for field in ("wall_ns", "events", "datagrams"):
            self.assertGreater(report[field], 0)
        self.assertRegex(report["trace_hash"], "^[0-9a-f]{64}$")
        for name in ["S%d" % i for i in range(1, 28)] + ["L%d" % i for i in range(1, 18)]:
            self.assertGreaterEqual(report["invariants"][name]["checked"], 0)
            self.assertEqual(report["invariants"][name]["violated"], 0)
        self.assertGreater(report["invariants"]["S1"]["checked"], 0)
        for expectation in report["expectations"]:
            self.assertEqual((set(expectation), expectation["held"]), ({"text", "held", "measured"}, True))
        self.assertEqual(set(report["nodes"]), {"left", "right"})
        self.assertEqual(report["nodes"]["left"]["inner_sent"], report["nodes"]["right"]["inner_delivered"])
        self.assertEqual(report["drops"], {})
        self.assertEqual(report["handshakes"]["completed"], 3)
        self.assertEqual(report["handshakes"]["rekeys"], 2)

    def test_same_twice_other_seed_other_hash(self):
        first, second = self.report(scenario("demo")), self.report(scenario("demo"))
        del first["wall_ns"], second["wall_ns"]
        self.assertEqual(first, second)
        other = self.report(scenario("demo"), "--seed", "43", "--until", "30s")
        self.assertEqual(other["seed"], 43)
        self.assertNotEqual(other["trace_hash"], self.report(scenario("demo"), "--until", "30s")["trace_hash"])

    def test_resolved(self):
        with tempfile.TemporaryDirectory() as folder:
            path, again = os.path.join(folder, "resolved.yaml"), os.path.join(folder, "again.yaml")
            for name in ("demo", "cgn"):
                with self.subTest(name):
                    report = self.report(scenario(name), "--seed", "5", "--resolved", path)
                    self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
                    rerun = self.report(path, "--resolved", again)
                    for key in ("trace_hash", "seed", "events", "failed", "drops", "nodes"):
                        self.assertEqual(report[key], rerun[key], key)
                    with open(path, encoding="utf-8") as first, open(again, encoding="utf-8") as second:
                        self.assertEqual(first.read(), second.read())
        text = warren("check", scenario("cgn"), "--resolved", "-").stdout
        self.assertTrue(text.startswith("warren: 1\n"))
        self.assertIn("  carrier: {map: address-port", text)
        self.refused(warren("run", scenario("cgn"), "--resolved", "-", "--json", "-"),
                     "warren run: --resolved - and --json - both want standard output; a file for one of them")

    def test_twice_is_the_same_world(self):
        once = self.report(scenario("two-peers"))
        twice = self.report(scenario("two-peers"), "--twice")
        part = self.report(scenario("two-peers"), "--twice", "--until", "1s", "--set", "crypto=toy")
        self.assertEqual(once["invariants"]["S27"]["checked"], 0)
        for report in (twice, part):
            self.assertEqual((report["invariants"]["S27"]["checked"], report["invariants"]["S27"]["violated"]), (2, 0))
        self.assertEqual(once["trace_hash"], twice["trace_hash"])

    def test_providers_agree(self):
        fastest = self.report(scenario("golden/p-166-response-lost"))["trace_hash"]
        for provider in ("sodium", "portable"):
            self.assertEqual(self.report(scenario("golden/p-166-response-lost"), "--provider", provider)["trace_hash"], fastest)

    def test_flows_are_reported(self):
        report = self.report(scenario("web-browsing"))
        (flow,) = report["flows"]
        self.assertEqual((flow["from"], flow["to"], flow["kind"]), ("phone", "server", "requests"))
        self.assertEqual(flow["begun"], flow["completed"] + flow["timeouts"])
        self.assertEqual(flow["response"]["count"], flow["completed"])
        times = [flow["response"][key] for key in ("p50_ns", "p90_ns", "p99_ns", "max_ns")]
        self.assertEqual(times, sorted(times))
        self.assertLessEqual(flow["delivered"], flow["sent"])

    def test_toy_takes_the_same_turns(self):
        """Some short worlds; tools/hash-matrix runs them all."""
        for name in ("two-peers", "demo", "cgn", "replay-attacker", "nested-tunnels", "tamperer", "golden/p-168-crossing"):
            with self.subTest(name):
                real, toy = self.report(scenario(name)), self.report(scenario(name), "--set", "crypto=toy")
                self.assertRegex(real["control_hash"], "^[0-9a-f]{64}$")
                self.assertEqual(real["control_hash"], toy["control_hash"])
                self.assertNotEqual(real["trace_hash"], toy["trace_hash"])
                for key in ("events", "failed", "drops", "marks", "handshakes", "expectations", "invariants"):
                    self.assertEqual(real[key], toy[key], key)

    def test_no_capture_of_toy(self):
        result = warren("run", scenario("two-peers"), "--set", "crypto=toy", "--pcap", os.devnull)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("--pcap needs crypto: real", result.stderr)

    def test_broken_expectation(self):
        result = warren("run", scenario("two-peers"), "--set", "paths.wire.loss=20%")
        self.assertEqual((result.returncode, result.stderr), (1, ""))
        self.assertIn("FAILED: expectation", result.stdout)
        self.assertIn("    NO  delivered(left->right) == 100% during 0s..299s", result.stdout)
        self.assertIn("again: warren run '%s' --seed 1 --set 'paths.wire.loss=20%%'" % scenario("two-peers"), result.stdout)
        report = self.report(scenario("two-peers"), "--set", "paths.wire.loss=20%")
        self.assertEqual(report["failed"], ["expectation"])

    def test_until(self):
        report = self.report(scenario("two-peers"), "--until", "90s")
        self.assertEqual((report["simulated_ns"], report["finished"], report["failed"]), (90 * 10**9, False, []))
        held = {e["text"]: e["held"] for e in report["expectations"]}
        self.assertIsNone(held["handshakes(left->right) == 3"])
        self.assertTrue(held["up(left->right) within 60ms after 0s"])

    def test_how_it_is_cut_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace")
            report = self.report(scenario("golden/p-166-response-lost"), "--trace", path)
            with open(path, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
        self.assertEqual((lines[0]["scenario"], lines[0]["seed"], lines[0]["warren_trace"]), ("a response lost", 1, 1))
        self.assertIn("warren", lines[0]["build"])
        self.assertEqual(lines[-1]["chain"], report["trace_hash"])
        self.assertEqual([line["number"] for line in lines[1:-1]], list(range(len(lines) - 2)))
        self.assertEqual(lines[-1]["events"], report["events"])
        kinds = {line["kind"] for line in lines[1:-1]}
        self.assertTrue({"inner_in", "inner_out", "sent", "lost", "arrived"} <= kinds)
        self.assertEqual({line["node"] for line in lines[1:-1]} - {""}, {"left", "right"})

    def test_capture_decrypts_by_itself(self):
        if not shutil.which("tshark"):
            self.assertNotIn("CI", os.environ, "tshark is missing (tools/setup)")
            self.skipTest("tshark is missing")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "demo.pcapng")
            report = self.report(scenario("demo"), "--until", "60s", "--pcap", path)
            self.assertEqual(report["trace_hash"], self.report(scenario("demo"), "--until", "60s")["trace_hash"])
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            fields = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "frame.interface_name", "-e", "wg.type", "-e", "ip.src",
                                     "-e", "udp.length", "-e", "frame.comment", "-e", "ipv6.src"], capture_output=True, text=True, timeout=300,
                                    env=dict(os.environ, HOME=folder)).stdout.splitlines()
        rows = [line.split("\t") for line in fields]
        self.assertEqual({row[0] for row in rows}, {"hub", "anna", "ben", "cleo", "mallory"})
        data = [row for row in rows if row[1] == "4"]
        closed = [row for row in data if int(row[3].split(",")[0]) > 8 + 32 and ",10.0.0." not in row[2] and not row[5]]
        self.assertGreater(len(data), 1000)
        self.assertEqual(closed, [])
        self.assertTrue(any("link drop_next" in row[4] for row in rows))

    def test_log_shows_the_conversation(self):
        result = warren("run", scenario("golden/p-166-response-lost"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        order = ["initiation -> right", "response to left lost on the way", "initiation -> right, attempt 2", "response   -> left",
                 "session with right", "gets inner packet 1", "expected    "]
        places = [result.stdout.find(text) for text in order]
        self.assertNotIn(-1, places)
        self.assertEqual(places, sorted(places))
        self.assertNotIn("\033", result.stdout)

    def test_limits_of_the_log(self):
        short, long = warren("run", scenario("two-peers")), warren("run", scenario("two-peers"), "--verbose")
        self.assertIn("further deliveries are not shown (--verbose shows all)", short.stdout)
        self.assertNotIn("are not shown", long.stdout)
        self.assertEqual(long.stdout.count("gets inner packet"), 1196)

    def test_quiet(self):
        result = warren("run", scenario("golden/p-167-unreachable"), "--quiet")
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", 0))

    def test_log_beside_json(self):
        result = warren("run", scenario("golden/p-166-response-lost"), "--json", "-")
        self.assertEqual(json.loads(result.stdout)["failed"], [])
        self.assertIn("initiation -> right", result.stderr)

    def test_full_disk(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([WARREN, "run", scenario("golden/p-166-response-lost")], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, "^warren run: standard output: writing failed: No space left on device[^\n]*\n$")


class Diff(Case):
    """warren diff: two trace files."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def trace(self, name, *arguments):
        path = os.path.join(self.folder, name)
        self.assertIn(warren("run", *arguments, "--trace", path, "--quiet").returncode, (0, 1))
        return path

    def changed(self, name, path, change):
        with open(path, encoding="utf-8") as file:
            lines = change(file.read().splitlines())
        out = os.path.join(self.folder, name)
        with open(out, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        return out

    def test_equal(self):
        a = self.trace("a", scenario("golden/p-166-response-lost"))
        b = self.trace("b", scenario("golden/p-166-response-lost"), "--provider", "portable")
        result = warren("diff", a, b)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, "^the same: [0-9]+ events, trace hash [0-9a-f]{64}\n$")
        with open(b, encoding="utf-8") as file:
            self.assertEqual(warren("diff", a, "-", text=file.read()).returncode, 0)
        self.assertEqual(warren("diff", "--quiet", a, b).stdout, "")

    def test_a_world_that_begins_at_once(self):
        """Persistent keepalives are sent as the world is made: the header comes before them."""
        a, b = self.trace("a", scenario("demo")), self.trace("b", scenario("demo"), "--seed", "2")
        self.assertEqual(warren("diff", a, a).returncode, 0)
        result = warren("diff", a, b)
        self.assertEqual((result.returncode, result.stderr), (1, ""))

    def test_each_field(self):
        a = self.trace("a", scenario("golden/p-166-response-lost"))
        for field, value in (("time_ns", 1), ("node", "x"), ("kind", "lost"), ("length", 7), ("digest", "00"), ("verdict", "hold")):
            def change(lines, field=field, value=value):
                at = next(i for i in range(6, len(lines)) if field in json.loads(lines[i]))
                lines[at] = json.dumps(dict(json.loads(lines[at]), **{field: value}), separators=(",", ":"))
                change.number = at - 1
                return lines
            b = self.changed("b", a, change)
            result = warren("diff", a, b)
            self.assertEqual((result.returncode, result.stderr), (1, ""))
            self.assertRegex(result.stdout, r"^event %d differs at [0-9]+ ns, node (left|right), in %s: \S+ and %s\n"
                             % (change.number, field, value))
            self.assertIn("before it, the same in both:", result.stdout)

    def test_seeds_are_named_and_events_decide(self):
        a, b = self.trace("a", scenario("golden/p-166-response-lost")), self.trace("b", scenario("golden/p-166-response-lost"), "--seed", "2")
        result = warren("diff", a, b)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"^seed differs: 1 and 2\nevent [0-9]+ differs at")
        early = self.trace("early", scenario("golden/p-166-response-lost"), "--until", "1s")
        result = warren("diff", early, a)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, "^event [0-9]+ is only in %s: at [0-9]+ ns" % a)

    def test_bad_input(self):
        a = self.trace("a", scenario("golden/p-166-response-lost"))
        self.refused(warren("diff"), "warren diff: no trace files; two files of warren run --trace")
        self.refused(warren("diff", a), "warren diff: one trace file; two files of warren run --trace")
        self.refused(warren("diff", a, a, a), "warren diff: '%s' is one word too many; two trace files" % a)
        self.refused(warren("diff", "-", "-"), "warren diff: both are standard input; a file for one of them")
        self.refused(warren("diff", a, "/nowhere"), "warren diff: /nowhere: cannot be read: No such file or directory; a trace file")
        for name, change, why in (("none", lambda lines: [], "1: an empty file"),
                                  ("text", lambda lines: ["hello"], "1: no JSON object"),
                                  ("json", lambda lines: ["{}"], "1: no header of a trace"),
                                  ("cut", lambda lines: lines[:9], "10: the last line is missing"),
                                  ("gap", lambda lines: lines[:9] + lines[10:], "10: not the event that comes next")):
            b = self.changed(name, a, change)
            self.refused(warren("diff", a, b), "warren diff: %s:%s; a whole file of warren run --trace" % (b, why))


def siphash(key, data):
    """SipHash-2-4, as the checks of a recording are made."""
    mask = 2**64 - 1
    turn = lambda x, by: (x << by | x >> (64 - by)) & mask
    v = [key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573]

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & mask
            v[1] = turn(v[1], 13) ^ v[0]
            v[0] = turn(v[0], 32)
            v[2] = (v[2] + v[3]) & mask
            v[3] = turn(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & mask
            v[3] = turn(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & mask
            v[1] = turn(v[1], 17) ^ v[2]
            v[2] = turn(v[2], 32)

    last = data[len(data) // 8 * 8:]
    words = [int.from_bytes(data[i:i + 8], "little") for i in range(0, len(data) // 8 * 8, 8)]
    for word in words + [int.from_bytes(last, "little") | (len(data) & 255) << 56]:
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 255
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


class Replay(Case):
    """warren run --record, and warren replay."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "x.wtr")

    def record(self, *arguments):
        return self.report(*arguments, "--record", self.path)

    def forge(self, function, change):
        """Change what the first call of a function gave back, and make the checks right again."""
        with open(self.path, "rb") as file:
            data = bytearray(file.read())
        at, chain, before, calls, done = 9, 0, None, 0, None
        while at < len(data):
            kind = data[at]
            _, body = number(data, at + 1)
            length, body = number(data, body)
            calls += kind == 2
            if kind == 3 and before == function and done is None:
                change(data, body)
                done = calls
            before = data[body] if kind == 2 else None
            chain = siphash((chain, 1), bytes(data[at:body + length]))
            data[body + length:body + length + 4] = (chain & 0xffffffff).to_bytes(4, "little")
            at = body + length + 4
        with open(self.path, "wb") as file:
            file.write(data)
        return done

    def test_every_scenario_replays(self):
        for path in sorted(glob.glob(os.path.join(SCENARIOS, "**", "*.yaml"), recursive=True)):
            with self.subTest(path):
                if warren("run", path, "--until", "5s", "--quiet", "--record", self.path).returncode == 2:
                    self.record(path)  # it stops before
                result = warren("replay", self.path, "--quiet", "--json", "-")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                report = json.loads(result.stdout)
                self.assertEqual((report["state"], report["difference"], report["bytes"]), ("equal", None, os.path.getsize(self.path)))
                with open(path, encoding="utf-8") as file:  # who is dead when it stops has none
                    crashes = file.read().count("do: crash,")
                self.assertGreaterEqual(report["digests"], max(1, report["engines"] - crashes))

    def test_toy_worlds_and_the_other_provider(self):
        arguments = [scenario("demo"), "--set", "crypto=toy", "--until", "1m"]
        self.assertEqual(self.record(*arguments)["trace_hash"], self.report(*arguments)["trace_hash"])
        self.assertEqual(warren("replay", self.path).returncode, 0)
        self.record(scenario("golden/p-166-response-lost"))
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        for provider in ("ipsec-mb", "boringssl", "sodium", "portable"):
            result = warren("replay", self.path, "--provider", provider)
            if provider in ("ipsec-mb", "boringssl") and result.returncode == 3:
                continue  # not on this machine, as test_conform.Conform holds against what the machine says of itself
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertRegex(result.stdout, r"^%s: \d+ calls of 2 engines, \d+ digests: all equal\n$" % self.path)
        self.assertEqual(warren("replay", self.path, "--quiet").stdout, "")
        plan = subprocess.run([PLAN, "--replay", self.path], capture_output=True, text=True, timeout=60)
        self.assertEqual((plan.returncode, plan.stdout), (0, result.stdout))

    def test_the_first_difference_is_named(self):
        self.record(scenario("golden/p-166-response-lost"))

        def other_verdict(data, body):
            data[body + 1] = 2

        call = self.forge(8, other_verdict)  # wrn_tun_input
        result = warren("replay", self.path)
        self.assertEqual((result.returncode, result.stderr), (1, ""))
        self.assertRegex(result.stdout, r"^%s: call %d differs: wrn_tun_input of engine '\w+' at its time \d+\.\d{9} s, number 0: "
                                        r"verdict: deliver in the recording, taken here\n$" % (self.path, call))
        result = warren("replay", self.path, "--json", "-", "--quiet")
        self.assertEqual(result.returncode, 1)
        difference = json.loads(result.stdout)["difference"]
        self.assertEqual([difference[key] for key in ("call", "function", "index", "what", "recorded", "here")],
                         [call, "wrn_tun_input", 0, "verdict", "deliver", "taken"])
        plan = subprocess.run([PLAN, "--replay", self.path], capture_output=True, text=True, timeout=60)
        self.assertEqual(plan.returncode, 1)

    def test_bad_input(self):
        self.refused(warren("replay"), "warren replay: no recording; a file of warren run --record, or a capture")
        self.refused(warren("replay", "a", "b"), "warren replay: 'b' is one word too many; one recording or capture")
        self.refused(warren("replay", "/nowhere"), "warren replay: /nowhere: cannot be read: No such file or directory; a recording or capture")
        for text in ("0", "x", "", "-1", "99999999999999999999"):
            self.refused(warren("replay", "a", "--memory", text), "warren replay: --memory '%s' is no number of MiB; such as 1024" % text)
        self.refused(warren("replay", "a", "--provider", "rot13"), "warren replay: --provider 'rot13' is unknown; ipsec-mb, boringssl, sodium or portable")
        self.refused(warren("replay", scenario("demo")), "warren replay: %s: byte 0: no recording begins like this; a file of warren run "
                     "--record, or of another host's recorder" % scenario("demo"))
        self.record(scenario("golden/p-166-response-lost"))
        with open(self.path, "rb") as file:
            data = file.read()
        for change, message in ((data[:-1], r"the recording ends within a frame; the whole file that its host wrote \(the \d+ calls"),
                                (data[:4000] + bytes([data[4000] ^ 4]) + data[4001:], r"[^;]+; [^;]+"),
                                (data + b"x", r"bytes behind the end mark; the whole file")):
            with open(self.path, "wb") as file:
                file.write(change)
            result = warren("replay", self.path)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertRegex(result.stderr, r"^warren replay: %s: byte \d+: %s[^\n]*\n$" % (self.path, message))
        with open(self.path, "wb") as file:
            file.write(data[:-9])  # without the end mark: the host was stopped
        result = warren("replay", self.path)
        self.assertEqual(result.returncode, 0, result)
        self.assertRegex(result.stdout, "all equal; no end mark: the host was stopped\n$")

    def test_memory_is_bounded(self):
        self.record(scenario("hub-50"), "--until", "1s")
        result = warren("replay", self.path, "--memory", "1")
        self.assertEqual((result.returncode, result.stdout), (3, ""))
        self.assertRegex(result.stderr, r"^warren replay: %s: call \d+ needs \d+ bytes of memory; a machine with more, or a higher limit\n$"
                         % self.path)


CAPTURE = os.path.join(ROOT, "corpora", "captures", "wireguard-ping-tcp")


def frames(path):
    """Time in microseconds and bytes of each frame of a little-endian pcap file."""
    with open(path, "rb") as file:
        data = file.read()
    at, found = 24, []
    while at < len(data):
        seconds, micro, kept, _ = struct.unpack_from("<IIII", data, at)
        found.append((seconds * 1000000 + micro, data[at + 16:at + 16 + kept]))
        at += 16 + kept
    return found


def pcap(rows, link, order="<", nano=False):
    out = struct.pack(order + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, 65535, link)
    for time, frame in rows:
        out += struct.pack(order + "IIII", time // 1000000, time % 1000000 * (1000 if nano else 1), len(frame), len(frame)) + frame
    return out


def over_ipv6(packet):
    """The UDP datagram of an IPv4 packet, under IPv6 with a hop-by-hop header."""
    datagram = packet[20:]
    return (struct.pack(">IHBB", 6 << 28, len(datagram) + 8, 0, 64) + bytes(12) + packet[12:16] + bytes(12) + packet[16:20]
            + bytes([17, 0, 1, 4, 0, 0, 0, 0]) + datagram)


SHARED = """warren: 1
name: a key shared with each of many
stop: 15s
paths:
  wire: {delay: 5ms}
nodes:
  hub: {path: wire}
  spoke: {count: 40, path: wire}
tunnels:
  - {node: hub, peer: spoke.all, psk: true}
  - {node: spoke.all, peer: hub, psk: true}
traffic:
  - {from: spoke.all, to: hub, send: 500B, every: 5s, echo: true}
"""


class Capture(Case):
    """warren replay of captures."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "x.pcap")

    def written(self, data):
        with open(self.path, "wb") as file:
            file.write(data)
        return self.path

    def listed(self, path, keys="initiator", code=0):
        arguments = ["--keys", "%s.%s.keys" % (CAPTURE, keys)] if keys else []
        result = warren("replay", path, *arguments, "--quiet", "--json", "-")
        self.assertEqual((result.returncode, result.stderr), (code, ""))
        return json.loads(result.stdout)

    def test_either_side_opens_a_real_capture(self):
        for side in ("initiator", "responder"):
            report = self.listed(CAPTURE + ".pcap", side)
            self.assertEqual([report[key] for key in ("initiations", "responses", "cookie_replies", "authentic", "failed", "closed")],
                             [2, 2, 0, report["frames"], 0, 0])
            self.assertEqual({row["mac1"] for row in report["datagrams"] if row["type"] != "data"}, {"good"})
        first = report["datagrams"][0]
        self.assertEqual((first["from"], first["sender"], first["stamp"][:8]), ("10.9.0.1:43462", 0x30d037d8, "40000000"))
        self.assertEqual(sum(row.get("inner") == "keepalive" for row in report["datagrams"]), 2)
        result = warren("replay", CAPTURE + ".pcap", "--keys", CAPTURE + ".initiator.keys")
        self.assertRegex(result.stdout, r"(?m)^ +1 +0\.000000  10\.9\.0\.1:43462 > 10\.9\.0\.2:\d+  initiation sender 30d037d8 mac1 good "
                                        r"mac2 absent 148 bytes: authentic$")
        self.assertRegex(result.stdout, r"(?m)^ +3 +0\.002850 .* data receiver ab7df406 counter 0 128 bytes: authentic, 10\.\S+ > 10\.\S+ "
                                        r"protocol 1, 84 bytes$")

    def test_lines_name_ipv6_and_empty_packets(self):
        ours = os.path.join(os.path.dirname(CAPTURE), "go-go-ipv6")
        lines = warren("replay", ours + ".pcapng", "--keys", ours + ".a.keys").stdout.splitlines()
        self.assertRegex(lines[0], r"^     1      0\.000000  \[fd77::1\]:51820 > \[fd77::2\]:51820  initiation sender a414971c mac1 good mac2 absent 148 "
                                   r"bytes: authentic$")
        self.assertRegex(lines[16], r"^    17      0\.041189  \[fd77::1\]:51820 > \[fd77::2\]:51820  data receiver e1c47141 counter 7 80 bytes: "
                                    r"authentic, fd78::1 > fd78::2 protocol 58, 48 bytes$")
        empty = [line for line in warren("replay", CAPTURE + ".pcap", "--keys", CAPTURE + ".initiator.keys").stdout.splitlines() if " 32 bytes" in line]
        self.assertEqual([line.split(": ")[1] for line in empty], ["authentic, keepalive"] * 2)

    def test_wireshark_sees_the_same_inside(self):
        if not shutil.which("tshark"):
            self.skipTest("tshark is missing")
        inside = os.path.join(self.folder.name, "inside.pcapng")
        result = warren("replay", CAPTURE + ".pcap", "--keys", CAPTURE + ".responder.keys", "--write-inner", inside, "--quiet")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(stat.S_IMODE(os.stat(inside).st_mode), 0o600)
        fields = ["-T", "fields", "-E", "occurrence=l", "-e", "ip.src", "-e", "ip.dst", "-e", "ip.len", "-e", "ip.id"]
        ours = subprocess.run(["tshark", "-r", inside, *fields], capture_output=True, text=True, timeout=100).stdout
        theirs = subprocess.run(["tshark", "-r", CAPTURE + ".pcap", "-o", "wg.keylog_file:%s.responder.keys" % CAPTURE,
                                 *fields],
                                capture_output=True, text=True, timeout=100).stdout
        kept = [line for line in theirs.splitlines() if line and not line.startswith("10.9.0.")]
        self.assertEqual(sorted(ours.splitlines()), sorted(kept))
        self.assertGreater(len(kept), 10)

    def test_what_does_not_open_says_why(self):
        report = self.listed(CAPTURE + ".pcap", None)
        self.assertEqual((report["authentic"], report["failed"], report["closed"]), (0, 0, report["frames"]))
        self.assertEqual(report["datagrams"][0]["why"], "no key: its mac1 is for nobody whose public key is here")
        rows = frames(CAPTURE + ".pcap")
        report = self.listed(self.written(pcap(rows[2:9], 1)))
        self.assertEqual({row["why"] for row in report["datagrams"]}, {"no handshake seen"})
        time, frame = rows[4]
        rows[4] = time, frame[:-1] + bytes([frame[-1] ^ 1])
        report = self.listed(self.written(pcap(rows, 1)), code=1)
        self.assertEqual((report["failed"], report["datagrams"][4]["why"]), (1, "authentication failed"))

    def test_our_own_captures_bring_their_keys(self):
        path = os.path.join(self.folder.name, "own.pcapng")
        self.report(scenario("cookie-storm"), "--until", "12s", "--pcap", path)
        report = self.listed(path, None)
        self.assertGreater(report["authentic"], 20)
        self.assertEqual(report["failed"], 0)

    def test_blocks_are_of_any_size_and_keys_anywhere(self):
        """Also where a block, or what one passes over, is larger than what is read at once; and where the keys come last."""
        block = lambda kind, body: struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
        ours = os.path.join(os.path.dirname(CAPTURE), "go-go-psk")
        with open(ours + ".pcapng", "rb") as file, open(ours + ".a.keys", "rb") as keys:
            data, log = file.read(), keys.read()
        right = warren("replay", ours + ".pcapng", "--keys", ours + ".a.keys", "--quiet", "--json", "-")
        first = struct.unpack_from("<I", data, 4)[0]
        secrets = block(10, struct.pack("<II", 0x57474b4c, len(log)) + log + bytes(-len(log) % 4))
        for before, between in ((0, 0), (65536 - first - 8, 4), (65536 - first - 16, 70000), (200000, 65524), (65524, 1 << 20)):
            with self.subTest((before, between)):
                path = self.written(data[:first] + block(0x0bad, bytes(before)) + data[first:] + block(0x0bad, bytes(between)) + secrets)
                result = warren("replay", path, "--quiet", "--json", "-")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(result.stdout, right.stdout)
        self.assertEqual(json.loads(right.stdout)["closed"], 0)
        result = warren("replay", self.written(data + block(0x0bad, bytes(100000))[:-4]))
        self.assertRegex(result.stderr, r": after frame \d+: it ends within a block; a whole capture\n$")

    def test_the_newest_handshakes_and_sessions_are_kept(self):
        """1024 and 4096; of those with one index, however many, the newest is meant first."""
        packet = frames(CAPTURE + ".pcap")[0][1][14:]
        def datagram(payload):
            head = bytearray(packet[:28])
            head[2:4], head[24:26] = struct.pack(">H", 28 + len(payload)), struct.pack(">H", 8 + len(payload))
            return 0, bytes(head) + payload
        initiation = lambda sender: datagram(struct.pack("<II", 1, sender) + bytes(140))
        response = lambda sender, receiver: datagram(struct.pack("<III", 2, sender, receiver) + bytes(80))
        data = lambda receiver: datagram(struct.pack("<II", 4, receiver) + bytes(24))
        why = lambda rows: [row["why"] for row in self.listed(self.written(pcap(rows, 101)), None)["datagrams"]]
        far, count = 1 << 20, 3000
        shaken = [row for i in range(count) for row in (initiation(i), response(far + i, i))]
        told = why(shaken + [data(i) for i in range(count)] + [data(far + i) for i in range(count)])[2 * count:]
        kept = ["no handshake seen" if i < count - 2048 else "no key: its handshake was not opened" for i in range(count)]
        self.assertEqual(told, kept + kept)
        told = why([initiation(i) for i in range(1500)] + [response(far, i) for i in range(1500)])[1500:]
        self.assertEqual(told, ["no handshake seen: the initiation that it answers"] * (1500 - 1024)
                         + ["no key: its initiation was not opened"] * 1024)
        again = [row for _ in range(count) for row in (initiation(7), response(far, 7))]
        self.assertEqual(set(why(again + [data(7), data(far)])[2 * count:]), {"no key: its handshake was not opened"})
        self.assertEqual(why(again + shaken + [data(far), data(7), data(count - 1)])[4 * count:], [kept[0], kept[0], kept[-1]])

    def test_preshared_keys_of_many_peers_and_new_ones_open(self):
        """A hub shares a key with each of forty, more than any fixed number of them; and keys that change while the world runs."""
        path, world = os.path.join(self.folder.name, "own.pcapng"), os.path.join(self.folder.name, "world.yaml")
        with open(world, "w") as file:
            file.write(SHARED)
        for name in (world, scenario("gotchas/g-10-psk-change")):
            with self.subTest(name):
                self.report(name, "--pcap", path)
                report = self.listed(path, None)
                self.assertEqual((report["failed"], report["closed"]), (0, 0))
                if shutil.which("tshark"):
                    seen = subprocess.run(["tshark", "-r", path, "-Y", "wg.type == 2", "-T", "fields", "-e", "wg.handshake_ok"],
                                          capture_output=True, text=True, timeout=300, env=dict(os.environ, HOME=self.folder.name))
                    self.assertEqual(seen.stdout.split(), ["1"] * report["responses"])

    def test_every_link_type(self):
        rows = [(time, frame[14:]) for time, frame in frames(CAPTURE + ".pcap")]
        ethernet = bytes(12)
        cooked, cooked2 = bytes(14), b"\x08\x00" + bytes(18)
        for link, order, nano, head in ((101, "<", False, b""), (12, ">", False, b""), (228, "<", True, b""), (0, ">", True, b"\0\0\0\2"),
                                        (108, "<", False, b"\0\0\0\2"), (1, ">", False, ethernet + b"\x08\x00"),
                                        (1, "<", False, ethernet + b"\x81\0\0\7\x08\0"),
                                        (1, "<", False, ethernet + b"\x88\xa8\0\7\x81\0\0\x08\x08\0"),
                                        (113, "<", False, cooked + b"\x08\0"), (276, "<", False, cooked2)):
            with self.subTest((link, order, nano, head)):
                report = self.listed(self.written(pcap([(time, head + packet) for time, packet in rows], link, order, nano)))
                self.assertEqual((report["authentic"], report["frames"]), (len(rows), len(rows)))
                self.assertEqual(report["datagrams"][1]["time_ns"], rows[1][0] * 1000)
        report = self.listed(self.written(pcap([(time, over_ipv6(packet)) for time, packet in rows], 229)))
        self.assertEqual(report["authentic"], len(rows))
        result = warren("replay", self.written(pcap(rows, 105)))
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"^warren replay: \S+: frames of link type 105 \([^\n]*\); Ethernet, raw IP, Linux cooked or loopback\n$")

    def test_what_is_none_is_counted(self):
        packet = frames(CAPTURE + ".pcap")[0][1][14:]
        fragment, tcp, other = bytearray(packet), bytearray(packet), bytearray(packet)
        fragment[6] |= 0x20
        tcp[9] = 6
        other[28] = 9  # no message of WireGuard
        rows = [(5, packet), (4, bytes(fragment)), (6, bytes(tcp)), (7, packet[:60]), (8, bytes([0x90]) + packet[1:]), (9, bytes(other)), (9, b"")]
        report = self.listed(self.written(pcap(rows, 101)))
        self.assertEqual([report[key] for key in ("frames", "initiations", "fragments", "not_udp", "cut", "not_ip", "not_wireguard", "times_back")],
                         [7, 1, 1, 1, 1, 2, 1, 1])

    def test_spoilt_files_end_in_one_line(self):
        with open(CAPTURE + ".pcap", "rb") as file:
            data = file.read()
        for length in list(range(0, 60, 3)) + list(range(60, len(data), 331)):
            result = warren("replay", self.written(data[:length]), "--quiet")
            self.assertIn(result.returncode, (0, 2), length)
            self.assertEqual(len(result.stderr.splitlines()), result.returncode // 2)
        absurd = bytearray(data)
        absurd[24 + 8:24 + 12] = b"\xff\xff\xff\x7f"
        result = warren("replay", self.written(bytes(absurd)), "--quiet")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"^warren replay: \S+: after frame 0: [^\n]+; a whole capture\n$")

    def test_bad_keys_are_placed(self):
        path = os.path.join(self.folder.name, "keys")
        good = "PRESHARED_KEY = " + base64.b64encode(bytes(32)).decode() + "\n"
        for text, where, what in (("# a comment\n\n" + good + "KEY = x\n", "4:1", "no key is called so; LOCAL_STATIC_PRIVATE_KEY, "
                                   "REMOTE_STATIC_PUBLIC_KEY, LOCAL_EPHEMERAL_PRIVATE_KEY or PRESHARED_KEY"),
                                  ("PRESHARED_KEY abc\n", "1:15", "no = behind the name; NAME = KEY"),
                                  (good[:-3] + "\n", "1:17", "no key; 44 characters of base64"),
                                  (good[:20] + "\u00bc\u00ff" + good[24:], "1:17", "no key; 44 characters of base64"),
                                  (good[:-1] + " x\n", "1:61", "more behind the key; one key a line")):
            with open(path, "w") as file:
                file.write(text)
            self.refused(warren("replay", CAPTURE + ".pcap", "--keys", path), "warren replay: %s:%s: %s" % (path, where, what))
        self.refused(warren("replay", CAPTURE + ".pcap", "--keys", "/nowhere"), "warren replay: /nowhere: cannot be read: No such file or "
                     "directory; a file of keys, as Wireshark reads them")
        self.refused(warren("replay", scenario("demo"), "--keys", path), "warren replay: %s: not a capture; --keys, --write-inner, --conform "
                     "and --to-scenario are for pcap and pcapng" % scenario("demo"))


class Swarm(Case):
    """warren swarm: random worlds."""

    def swarm(self, *arguments):
        result = warren("swarm", *arguments, "--quiet", "--json", "-")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        report = json.loads(result.stdout)
        del report["wall_ns"]
        return report

    def test_jobs_change_nothing(self):
        one, three = self.swarm("--seeds", "1..30", "--jobs", "1"), self.swarm("--seeds", "1..30", "--jobs", "3")
        self.assertEqual(one, three)
        self.assertEqual((one["worlds"], one["failed"], one["failures"]), (30, 0, []))
        self.assertGreater(one["checks"]["S1"], 1000)
        self.assertGreater(one["marks"]["initiation_sent"], 100)
        self.assertEqual(list(one["marks"]), sorted(one["marks"]))
        self.assertEqual(one["mark_worlds"]["initiation_sent"], one["worlds"])
        self.assertLess(one["mark_worlds"]["gave_up"], one["worlds"])
        self.assertEqual(one["checks"]["S27"], 2)  # seed 20, on the other queue and with the other crypto
        self.assertEqual(len(one["tries"]), 20)
        self.assertTrue(one["tries_plausible"])

    def test_a_part_is_the_same_worlds(self):
        hashes = [int(self.swarm("--seeds", "%d..%d" % pair, "--jobs", "2")["trace_hash"], 16) for pair in ((40, 47), (40, 43), (44, 47))]
        self.assertEqual(hashes[0], hashes[1] ^ hashes[2])

    def test_written_worlds_run_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "world.yaml")
            for seed in range(1, 13):
                report = self.swarm("--seeds", str(seed), "--write", path)
                self.assertEqual(report["trace_hash"], self.report(path)["trace_hash"])

    def test_text(self):
        result = warren("swarm", "--seeds", "3")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for text in ("swarm of 1 worlds from seed 3 on", "never armed", "never hit", "trace hash", "held: 0 failures in 1 worlds\n"):
            self.assertIn(text, result.stdout)
        self.assertEqual(warren("swarm", "--seeds", "3", "--quiet").stdout, "")

    def test_bad_usage(self):
        for seeds in ("x", "2..1", "1..", "1..9223372036854775808", "-1", "1...2"):
            self.refused(warren("swarm", "--seeds", seeds), "warren swarm: --seeds '%s' are no seeds; such as 1..1000 or 7" % seeds)
        self.refused(warren("swarm", "--jobs", "0"), "warren swarm: --jobs '0' is no such number; a whole one from 1 to 1024")
        self.refused(warren("swarm", "--seeds", "1..2", "--write", "x"),
                     "warren swarm: --write is for one world; --seeds 1..1 --write FILE")
        self.refused(warren("swarm", "x"), "warren swarm: 'x' is one word too many; --seeds A..B names the worlds")


STORM = """\
warren: 1
name: storm
stop: 10m
paths:
  lte: {delay: normal(45ms 12ms), loss: 2%, duplicate: 1%, reorder: 1%}
  bad: {delay: 20ms, loss: 95%}
nodes:
  hub: {path: lte}
  spoke: {count: 6, path: lte, peer: hub, keepalive: 25s}
  mallory: {role: attacker, path: lte}
traffic:
  - {from: spoke.all, to: hub, send: 200B, every: 1s}
  - {from: spoke.1, to: spoke.2, send: 400B, every: exp(3s), echo: true}
timeline:
  - {at: 30s, do: record, who: mallory, of: hub}
  - {at: 1m, do: partition, split: spoke.1-2 | hub, for: 40s}
  - {at: 3m2s, do: path, who: spoke.3, path: bad}
  - {at: 4m, do: replay, who: mallory, count: 50}
  - {at: 5m, do: reboot, who: spoke.4}
expect:
  - {always: safety.all}
  - {that: delivered(spoke.1->hub) >= 50%}
  - {that: delivered(spoke.3->hub) >= 90%, during: 4m..9m}
"""


class Shrink(Case):
    """warren shrink: a smaller world that fails in the same way."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def shrunk(self, text, *arguments):
        path, out = os.path.join(self.folder, "x.yaml"), os.path.join(self.folder, "small.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        result = warren("shrink", path, *arguments, "--quiet", "--write", out)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        with open(out, encoding="utf-8") as file:
            return file.read(), self.report(out)

    def test_only_what_matters_is_left(self):
        text, report = self.shrunk(STORM)
        self.assertEqual(report["failed"], ["expectation"])
        self.assertEqual([(e["text"], e["held"]) for e in report["expectations"]],
                         [("delivered(spoke.3->hub) >= 90% during 4m..9m", False)])
        self.assertEqual(set(report["nodes"]), {"hub", "spoke.3"})
        self.assertLessEqual(len(text.splitlines()), 20)
        self.assertTrue(text.startswith("# expectation delivered(spoke.3->hub)"), text)
        self.assertIn("do: path, who: spoke.3, path: bad", text)
        for gone in ("mallory", "partition", "reboot", "keepalive", "duplicate", "normal"):
            self.assertNotIn(gone, text)
        self.assertEqual(self.shrunk(text)[0], text)

    def test_what_repairs_stays(self):
        """Leaving out the end of a fault would fail too, and for another reason."""
        text, report = self.shrunk("""\
warren: 1
stop: 5m
nodes: {a: {}, b: {peer: a}, c: {peer: a}}
traffic:
  - {from: b, to: a, send: 100B, every: 10s, start: 2m}
  - {from: c, to: a, send: 100B, every: 1s}
timeline:
  - {at: 10s, do: down, who: b, for: 20s}
  - {at: 40s, do: partition, split: b | a, for: 30s}
expect:
  - {that: initiations(b->a) >= 9, during: 2m..5m}
""")
        self.assertEqual(report["failed"], ["expectation"])
        self.assertEqual("do: down" in text, "do: up" in text)
        self.assertIn("from: b, to: a", text)
        self.assertNotIn("from: c", text)

    def test_overrides_and_the_log(self):
        out = os.path.join(self.folder, "small.yaml")
        result = warren("shrink", scenario("two-peers"), "--set", "paths.wire.loss=20%", "--write", out)
        self.assertEqual((result.returncode, result.stdout), (0, ""))
        self.assertRegex(result.stderr, "^fails: expectation delivered\\(left->right\\) == 100%")
        self.assertIn("again: warren run '%s'" % out, result.stderr)
        self.assertEqual(self.report(out)["failed"], ["expectation"])

    def test_bad_usage(self):
        self.refused(warren("shrink"), "warren shrink: no world; a scenario file, or --seed N of warren swarm")
        self.refused(warren("shrink", "--runs", "0", "--seed", "1"), "warren shrink: --runs '0' is no such number; a whole one from 1")
        self.refused(warren("shrink", scenario("two-peers")),
                     "warren shrink: nothing fails in 'two peers through two rekeys'; a world that does")
        self.refused(warren("shrink", "--seed", "1"), "warren shrink: nothing fails in 'swarm 1'; a world that does")


class Plan(Case):
    """warren-plan: the same world without any library."""

    def plan(self, folder, *arguments):
        path = os.path.join(folder, "plan")
        self.assertEqual(warren("check", *arguments, "--quiet", "--plan", path).returncode, 0)
        return path

    def test_same_hash_as_run(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.plan(folder, scenario("replay-attacker"), "--seed", "5")
            result = subprocess.run([PLAN, path], capture_output=True, text=True, timeout=300)
            with open(path, "rb") as file:
                piped = subprocess.run([PLAN], stdin=file, capture_output=True, text=True, timeout=300)
        report = self.report(scenario("replay-attacker"), "--seed", "5")
        self.assertEqual((result.returncode, result.stderr, result.stdout), (0, "", piped.stdout))
        self.assertIn("trace_hash %s\n" % report["trace_hash"], result.stdout)
        for name, node in report["nodes"].items():
            self.assertRegex(result.stdout, "\nnode %s %s [0-9a-f]{64}\n" % (name, node["chain"]))

    def test_worlds_of_one_process_take_turns(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("a", "b")]
            for path, name in zip(paths, ("two-peers", "golden/p-166-response-lost")):
                self.assertEqual(warren("check", scenario(name), "--quiet", "--plan", path).returncode, 0)
            alone = [subprocess.run([PLAN, path], capture_output=True, text=True, timeout=300).stdout for path in paths]
            both = subprocess.run([PLAN, "--queue", "heap", *paths, paths[0]], capture_output=True, text=True, timeout=300)
        self.assertEqual((both.returncode, both.stderr, both.stdout), (0, "", alone[0] + alone[1] + alone[0]))

    def test_hash_table(self):
        tool = [sys.executable, "-B", os.path.join(ROOT, "tools", "hash-table"), "--warren", WARREN]
        with tempfile.TemporaryDirectory() as folder:
            table = os.path.join(folder, "hashes.txt")
            run = lambda *more: subprocess.run([*tool, "--table", table, *more, "two-peers"], capture_output=True, text=True)
            self.assertIn("not in corpora/scenarios/hashes.txt", run().stdout)
            self.assertEqual(run("--update").returncode, 0)
            self.assertEqual((run().returncode, run().stdout), (0, "1 of 1 as in the table\n"))
            with open(table, encoding="ascii") as file:
                rows = file.read()
            with open(table, "w", encoding="ascii") as file:
                file.write(rows.replace("two-peers 1 ", "two-peers 1 0"))
            result = run()
        self.assertEqual(result.returncode, 1)
        self.assertIn("two-peers: trace hash is ", result.stdout)

    def test_broken_expectation(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.plan(folder, scenario("two-peers"), "--set", "paths.wire.loss=20%")
            self.assertEqual(subprocess.run([PLAN, path], capture_output=True, timeout=300).returncode, 1)

    def test_broken_plans_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(self.plan(folder, scenario("golden/p-166-response-lost")), "rb") as file:
                good = file.read()
        # Cut short, too long, each byte of the beginning changed: an answer, never a crash.
        for data in [good[:cut] for cut in range(0, len(good), 37)] + [good + b"x"]:
            result = subprocess.run([PLAN], input=data, capture_output=True, timeout=300)
            self.assertEqual((result.returncode, result.stdout), (2, b""))
            self.assertRegex(result.stderr, b"^warren-plan: standard input: [^\n]*\n$")
        for at in range(0, len(good), 29):
            data = good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1:]
            try:
                result = subprocess.run([PLAN], input=data, capture_output=True, timeout=10)
            except subprocess.TimeoutExpired:
                continue  # a world that runs for years is a plan, too
            self.assertIn(result.returncode, (0, 1, 2), (at, result.stderr))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: test_cli.py WARREN WARREN-PLAN [CASE...]")
    WARREN, PLAN = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
