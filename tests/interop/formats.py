#!/usr/bin/python3
"""formats.py - what is written for other programs works in them: tshark's esp_sa table and tcpdump's secrets.

usage: formats.py CONVERT KERNEL-DIR...

tshark gets all SAs of all cases in one table, and all captures in one.  It must decrypt every packet of an SA that has
a row (else it shows no pad length) and find its ICV good, unless a remark said that it cannot.  tcpdump, which ends at the
first packet that it cannot open, must print what is inside of every packet of an SA that has an entry.
"""
import json
import os
import re
import subprocess
import sys
import tempfile


def run(cmd, **more):
    return subprocess.run(cmd, capture_output=True, text=True, **more)


def convert(tool, form, paths):
    """The text, the SPIs left out and those remarked upon."""
    done = run([tool, form] + [p + "/xfrm-state.txt" for p in paths])
    if done.returncode != 0:
        sys.exit("formats.py: %s: %s" % (form, done.stderr))
    said = re.findall(r"^(left out|remark): SA (0x[0-9a-f]{8}):", done.stderr, re.M)
    return done.stdout, {s for k, s in said if k == "left out"}, {s for k, s in said if k == "remark"}


def bad_spis(paths):
    """SPIs of cases in which packets are damaged on purpose, and of what tshark 4.0 does not know: ESN, BEET's header
    for IPv4 options."""
    return {"0x%08x" % int(sa["spi"], 0) for p in paths for case in [json.load(open(p + "/case.json"))]
            if case.get("netem") or case["esn"] or "ipopts" in p for sa in case["sas"]}


def check_tshark(tool, paths, wire, tmp):
    rows, left, remarked = convert(tool, "wireshark=4.0", paths)
    os.mkdir(tmp + "/wireshark")
    with open(tmp + "/wireshark/esp_sa", "w") as f:
        f.write(rows)
    fields = ["esp.spi", "esp.pad_len", "esp.icv_good", "_ws.malformed"]
    cmd = ["tshark", "-n", "-r", wire, "-Y", "esp", "-o", "esp.enable_encryption_decode:TRUE", "-o",
           "esp.enable_authentication_check:TRUE", "-T", "fields", "-E", "separator=|"]
    for f in fields:
        cmd += ["-e", f]
    out = run(cmd, env=dict(os.environ, WIRESHARK_CONFIG_DIR=tmp + "/wireshark")).stdout
    lax, have = bad_spis(paths) | remarked, set(re.findall(r'"(0x[0-9a-f]{8})"', rows))
    opened, bad = set(), []
    for line in out.splitlines():
        spis, pads, icvs, malformed = [v.split(",") if v else [] for v in line.split("|")]
        if any(s not in have for s in spis):		# one ESP in another
            lax |= set(spis)
            continue
        if malformed and not pads:			# inside, and so without a look at the trailer
            continue
        if len(pads) != len(spis):
            bad += [s for s in spis if s not in lax]
            continue
        opened |= set(spis)
        if len(icvs) == len(spis):
            bad += [s for s, good in zip(spis, icvs) if good != "1" and s not in lax]
    quiet = have - opened - lax
    print("tshark: %d rows, %d SAs opened, %d left out" % (len(have), len(opened), len(left)))
    return sorted(set(bad)), sorted(quiet), len(opened)


def check_tcpdump(tool, path, tmp):
    """How many SAs opened, and how many entries had packets that did not."""
    secrets, _, remarked = convert(tool, "tcpdump", [path])
    lines = [s for s in secrets.splitlines() if s.split("@")[0] not in remarked]
    with open(tmp + "/secrets", "w") as f:
        f.write("\n".join(lines) + "\n")
    have, opened, bad = {s.split("@")[0] for s in lines}, set(), set()
    if not have:
        return 0, 0
    out = run(["tcpdump", "-nn", "-r", path + "/wire.pcap", "-E", "file " + tmp + "/secrets"]).stdout
    for spi, rest in re.findall(r"ESP\(spi=(0x[0-9a-f]{8}),seq=0x[0-9a-f]+\), length \d+(.*)", out):
        if spi in have:
            (opened if re.match(r": .*(length \d|ICMP|Flags|UDP)", rest) else bad).add(spi)
    return len(opened - bad), len(bad | (have - opened))


def main():
    tool, paths = sys.argv[1], sys.argv[2:]
    # one link type for all
    paths = [p for p in paths if json.load(open(p + "/case.json"))["link_type"] == 1 and
             os.path.exists(p + "/wire.pcap")]
    # tcpdump opens no datagram that is in pieces, and no second layer
    whole = [p for p in paths if not json.load(open(p + "/case.json"))["wire_fragments"] and "bundle" not in p]
    with tempfile.TemporaryDirectory() as tmp:
        run(["mergecap", "-F", "pcap", "-w", tmp + "/all.pcap"] + [p + "/wire.pcap" for p in paths])
        bad, quiet, opened = check_tshark(tool, paths, tmp + "/all.pcap", tmp)
        say("tshark", opened, bad + quiet)
        os.chmod(tmp, 0o755)			# tcpdump gives up its rights before it reads the secrets
        done = [(p, check_tcpdump(tool, p, tmp)) for p in whole]
        say("tcpdump", sum(good for _, (good, _) in done), [p for p, (_, wrong) in done if wrong])


def say(name, opened, bad):
    ok = opened > 0 and not bad
    print("%sok %s opens what is written for it: %d SAs%s" % ("" if ok else "not ", name, opened,
                                                             "; wrong: %s" % bad if bad else ""))
    failed.append(not ok)


failed = []
main()
sys.exit(any(failed))
