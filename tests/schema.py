#!/usr/bin/python3
"""schema.py - descriptors and --json lines against man/*.schema.json.

usage: schema.py BINARIES
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

import jsonschema

passed = failed = 0


def count(fine, what):
    global passed, failed
    passed, failed = passed + bool(fine), failed + (not fine)
    if not fine:
        print("FAIL schema: " + what)


def schema_of(name):
    schema = json.load(open("man/" + name))
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    return cls(schema)


def descriptors():
    check = schema_of("ipsec-sa.schema.json")
    for path in sorted(glob.glob("tests/sa/*.want")) + ["tests/sa/native.txt"]:
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            if line.startswith("{") and json.loads(line).get("type", "sa") == "sa" and '"ESP"' not in line:
                errors = [e.message for e in check.iter_errors(json.loads(line))]
                count(not errors, "%s:%d: %s" % (path, number, errors))
    for odd in ({}, {"proto": "esp", "spi": 1}, {"proto": "ipcomp", "spi": 0}, {"proto": "ipcomp", "spi": 1, "sip": 2},
                {"proto": "ah", "spi": 1, "encr": "null", "integ": "x"}):
        count(not check.is_valid(odd), "valid but odd: %s" % odd)


def ike_keys():
    check = schema_of("ipsec-ike.schema.json")
    for path in sorted(glob.glob("tests/ike/*.want")) + ["tests/ike/native.txt", "tests/ike/write.json"]:
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            if not line.startswith("{") or json.loads(line).get("type") != "ike":
                continue
            # samples of logs print what cannot be written as a line: sets without SPIs
            got = dict({"spi_i": 1} if '"spi_i"' not in line and '"cky_i"' not in line else {}, **json.loads(line))
            errors = [e.message for e in check.iter_errors(got)]
            count(not errors, "%s:%d: %s" % (path, number, errors))
    for odd in ({}, {"type": "ike"}, {"type": "sa", "spi_i": 1}, {"type": "ike", "spi_i": 0},
                {"type": "ike", "spi_i": 1, "cky_i": 1}, {"type": "ike", "spi_i": 1, "sk_x": "00"},
                {"type": "ike", "spi_i": 1, "sk_d": ""}, {"type": "ike", "spi_i": 1, "sk_d": "0"},
                {"type": "ike", "cky_i": 1, "sk_d": "00"}, {"type": "ike", "version": 3, "spi_i": 1},
                {"type": "ike", "spi_i": 1, "shared": ["00"] * 9}):
        count(not check.is_valid(odd), "valid but odd: %s" % odd)


def events(tool):
    check = schema_of("ipsec-event.schema.json")
    for case in ("netem-corrupt-esp-tun44-aes128gcm16", "mixed-noise-esp-tun44-aes128gcm16",
                 "esp-tun44-aes128gcm16-outerfrag", "bundle-esp-esp-tun44", "many-sa-66"):
        path = "tests/interop/kernel/" + case
        with tempfile.TemporaryDirectory() as tmp:
            run = subprocess.run([tool, "--json", "-v", "-s", path + "/xfrm-state.txt", "-r", path + "/wire.pcap"],
                                 stdout=open(os.devnull, "w"), stderr=subprocess.PIPE, cwd=None)
            bad = subprocess.run([tool, "--json", "-s", tmp + "/no\x1b\xff\"such", "-r", path + "/wire.pcap"],
                                 stdout=open(os.devnull, "w"), stderr=subprocess.PIPE)
        lines = (run.stderr + bad.stderr).decode("utf-8").splitlines()
        count(len(lines) > 10, "%s: %d lines" % (case, len(lines)))
        for line in lines:
            errors = [e.message for e in check.iter_errors(json.loads(line))]
            count(not errors, "%s: %s: %s" % (case, line, errors))
    count(not check.is_valid({"type": "event", "event": "packet", "packet": 0}), "valid but odd")


def sealed(tools):
    """What ipsec-encap prints: a line for each packet, also of faults, and every name of them."""
    check = schema_of("ipsec-event.schema.json")
    result = set(check.schema["$defs"]["result"]["enum"])
    faults = set(check.schema["$defs"]["sealed"]["properties"]["impairments"]["items"]["enum"])
    plain, seen, done = "tests/interop/kernel/esp-tun44-aes128gcm16-outerfrag/plain.pcap", set(), set()
    with tempfile.TemporaryDirectory() as tmp:
        with open(tmp + "/sa", "w") as f:
            f.write(json.dumps({"proto": "esp", "spi": 256, "src": "192.0.2.1", "dst": "192.0.2.2", "mode": "tunnel", "esn": True,
                                "encr": "aes-gcm-16", "encr_key": "00" * 20, "encap": {"type": "udp"}}))
        for words in (["--impair", ",".join("%s:every=3" % x for x in sorted(faults - {"drop"}))], ["--impair", "drop:at=2"],
                      ["--mtu", "1000", "--df", "set"], ["--mtu", "1000", "--fragment", "before"], ["--dummy", "2"],
                      ["--iv", "00" * 8], ["--seq", "18446744073709551610"], ["-r", plain]):
            got = subprocess.run([tools + "/ipsec-encap", "-v", "-s", tmp + "/sa", "-r", plain, "-w", "/dev/null", "--json=/dev/stdout"] +
                                 words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for line in [json.loads(x) for x in got.stdout.decode().splitlines()]:
                errors = [e.message for e in check.iter_errors(line)]
                count(not errors, "%s: %s: %s" % (words, line, errors))
                seen |= {line.get("result")} | set(line.get("results", {}))
                done |= set(line.get("impairments", []))
    count(done == faults, "faults that were not done: %s" % (faults - done))
    count(seen - {None} <= result and {"ok", "dummy", "dropped", "too-big", "iv-end", "seq-end"} <= seen, "results: %s" % seen)


CIPHERS = (["null-sha1", "des-md5", "3des-sha1", "blowfish-448-sha1", "cast128-aesxcbc", "chacha20poly1305",
            "chacha20-poly1305-iiv", "aes-ccm-8-iiv-256", "aes-gcm-16-iiv-192", "twofish256-aescmac", "aes256-none"] +
           ["%s%d%s" % (cipher, bits, mode) for cipher in ("aes", "camellia") for bits in (128, 192, 256)
            for mode in ("-sha384", "ctr-sha512-esn", "ccm8", "ccm12-noesn", "ccm16-esn")] +
           ["aes%d%s-esn" % (bits, mode) for bits in (128, 192, 256) for mode in ("gcm8", "gcm12", "gcm16", "gmac")] +
           ["serpent%d-sha256_96" % bits for bits in (128, 192, 256)])
MACS = ["md5", "sha1", "sha256", "sha256_96", "sha384", "sha512-esn", "aesxcbc", "aescmac", "md5_128", "sha1_160",
        "aes-128-gmac", "aes-192-gmac", "aes-256-gmac-esn", "hmac-ripemd160-96"]


def keygen(tools):
    """What ipsec-keygen prints is valid, and ipsec-decap takes it; every run has other keys."""
    sa, event = schema_of("ipsec-sa.schema.json"), schema_of("ipsec-event.schema.json")
    plain = "tests/interop/kernel/esp-tun44-aes128gcm8/plain.pcap"
    keys = []

    def run(*args, **more):
        return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    for words, proposals in ([], CIPHERS), (["--ah"], MACS):
        for proposal in proposals:
            got = run(tools + "/ipsec-keygen", "sa", "--proposal", proposal, "--src", "192.0.2.1", "--dst", "192.0.2.2",
                      "--pair", "--label", "a \"name\"", "--ts", "10.0.0.0/8[tcp/1-80]=any", *words)
            lines = [json.loads(line) for line in got.stdout.decode().splitlines()]
            errors = [e.message for line in lines for e in sa.iter_errors(line)]
            count(len(lines) == 2 and not errors, "%s: %s %s" % (proposal, errors, got.stderr))
            keys += [line[key] for line in lines for key in ("encr_key", "integ_key") if key in line]
            took = run(tools + "/ipsec-decap", "-s", "-", "-r", plain, "-w", "/dev/null", input=got.stdout)
            count(took.returncode == 0 and b"candidate" not in took.stderr, "%s: decap: %s" % (proposal, took.stderr))
    made = tempfile.mkdtemp() + "/made"
    count(len(keys) > 150 and len(set(keys)) == len(keys), "the same key twice")
    for args in (["key", "aes256-sha256", "3des"], ["key", "des", "--seed", "00"], ["psk"], ["psk", "--seed", "01"],
                 ["spi", "-n", "5"], ["spi", "--seed", "01"], ["ca", "--subject", "CN=x", "--type", "ed448", "-o", made],
                 ["cert", "--subject", "CN=x", "--seed", "01", "-o", made]):
        got = run(tools + "/ipsec-keygen", "--json", *args)
        lines = [json.loads(line) for line in got.stdout.decode().splitlines()]
        errors = [e.message for line in lines for e in event.iter_errors(line)]
        count(lines and not errors, "%s: %s" % (args, errors))
        count(all(("insecure" in line) == ("--seed" in args) for line in lines), "%s: insecure" % args)
    shutil.rmtree(os.path.dirname(made))
    derived = 0
    for path in sorted(glob.glob("tests/fuzz/corpus/derive/*")):
        with open(path, "rb") as f:
            got = run(tools + "/ipsec-keygen", "derive", input=f.read())
        for line in [json.loads(line) for line in got.stdout.decode().splitlines() if '"event"' in line]:
            errors = [e.message for e in event.iter_errors(line)]
            count(not errors, "%s: %s" % (path, errors))
            derived += line["event"] == "derived"
    count(derived > 3, "%d derived" % derived)


def sa_tool(tools):
    """What ipsec-sa prints as JSON, of every subcommand."""
    sa, event = schema_of("ipsec-sa.schema.json"), schema_of("ipsec-event.schema.json")
    state = "tests/interop/kernel/many-sa-mixed-esp-ah-44/xfrm-state.txt"
    weak = "tests/interop/kernel/esp-tun44-blowfish128-sha1-96/xfrm-state.txt"
    odd = "tests/interop/kernel/esp-beet-6in4-aes128gcm16/xfrm-state.txt"
    stat = "tests/fuzz/corpus/xfrm_stat/linux-6.18"
    for check, least, args in ((sa, 10, ["show", state]), (sa, 10, ["show", "--show-keys", state]), (sa, 10, ["select", "proto", state]),
                               (sa, 10, ["convert", "--to", "native", state]), (event, 3, ["check", state, weak]),
                               (event, 30, ["check", "--xfrm-stat", stat]), (event, 3, ["diff", weak, odd]),
                               (event, 10, ["mtu", "--link", "1500", "-s", state, "-s", odd]),
                               (event, 10, ["mtu", "--payload", "20-200", "--wesp", "-s", odd]), (event, 30, ["algorithms"]),
                               (event, 2, ["algorithms", "--speed", "3des", "aes-gcm-16"]), (event, 5, ["formats"])):
        got = subprocess.run([tools + "/ipsec-sa", *args, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        lines = [json.loads(line) for line in got.stdout.decode().splitlines()]
        errors = ["%s: %s" % (line, e.message) for line in lines for e in check.iter_errors(line)]
        count(len(lines) >= least and not errors, "%s: %d lines, %s %s" % (args, len(lines), errors[:2], got.stderr))
        keys = any("encr_key" in line or "integ_key" in line for line in lines)
        count(keys == (args[0] in ("select", "convert") or "--show-keys" in args), "%s: keys shown: %s" % (args, keys))


def ike_messages(tools):
    """What ipsec-ike decode prints of every capture that is shipped, the damaged ones too."""
    event, sa = schema_of("ipsec-event.schema.json"), schema_of("ipsec-sa.schema.json")
    n = {"ike-message": 0, "summary": 0, "sa": 0, "finding": 0}
    for path in sorted(glob.glob("tests/interop/ike/public/*.pcap*") + glob.glob("tests/interop/ike/public/malformed/*") +
                       glob.glob("tests/interop/ike/strongswan/*/wire.pcap") + glob.glob("tests/ike/refused/*.pcap")):
        log = glob.glob(os.path.dirname(path) + "/*.log")
        got = subprocess.run([tools + "/ipsec-ike", "decode", "-q", "--json", "--print-sa", "-r", path] +
                             (["--keys", log[0]] if log else []), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for line in [json.loads(line) for line in got.stdout.decode("utf-8").splitlines()]:
            errors = [e.message for e in (event if line["type"] == "event" else sa).iter_errors(line)]
            if line["type"] == "event" and errors:      # of which of the kinds
                kind = line["event"] if line["event"] in ("ike-message", "finding") else "ike-summary"
                errors = [e.message for e in event.evolve(schema=dict(event.schema, oneOf=[{"$ref": "#/$defs/" + kind}])).descend(
                    line, dict(event.schema["$defs"][kind], **{"$defs": event.schema["$defs"]}))]
            count(not errors, "%s: %s" % (path, errors[:3]))
            n[line.get("event", "sa")] += 1
    count(n["ike-message"] > 200 and n["summary"] > 60 and n["sa"] > 30 and n["finding"] > 5, "ike: %s" % n)


def matches(tools):
    """What ipsec-ike match prints of each configuration against every other."""
    event, n = schema_of("ipsec-event.schema.json"), 0
    files = sorted(glob.glob("tests/ike/match/*"))
    for a in files:
        for b in files:
            got = subprocess.run([tools + "/ipsec-ike", "match", "-q", "--json", a, b], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            count(got.returncode in (0, 1, 2), "%s %s: status %d" % (a, b, got.returncode))
            for line in [json.loads(line) for line in got.stdout.decode("utf-8").splitlines()]:
                errors = [e.message for e in event.iter_errors(line)]
                count(not errors and line["match"] == (got.returncode == 0), "%s %s: %s" % (a, b, errors[:3]))
                n += 1
    count(n > 200, "match: %d lines" % n)


descriptors()
ike_keys()
ike_messages(sys.argv[1])
matches(sys.argv[1])
sa_tool(sys.argv[1])
events(sys.argv[1] + "/ipsec-decap")
sealed(sys.argv[1])
keygen(sys.argv[1])
print("%d passed, %d failed" % (passed, failed))
sys.exit(1 if failed else 0)
