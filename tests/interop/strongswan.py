#!/usr/bin/python3
"""strongswan.py - ESP of real strongSwan tunnels, opened with the daemons' keys.

usage: strongswan.py DECAP DIR...   each DIR a case as captures/strongswan/README.md describes it

Every ESP packet whose SA is in keys.json must open, and what comes out must be in plain.pcap: with
SAs made from keys.json, and with each end's log alone, as it is and in the other forms that charon's
log takes (JSON, syslog, the journal's text).
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402


def descriptors(keys):
    for child in keys.get("child_sas", []):
        a = child["algorithms"]
        if child.get("ipcomp"):
            continue
        for sa in child["sas"]:
            d = {"proto": "esp", "spi": "0x" + sa["spi"], "mode": child.get("mode", "tunnel"), "encr": a["encr"],
                 "encr_key": sa["enc_key"]}
            if a["integ"] not in (None, "NONE"):
                d.update(integ=a["integ"], integ_key=sa["integ_key"])
            if a.get("esn"):
                d["esn"] = True
            yield d


LINE = re.compile(r"^(?:(\d{4}-[-0-9]+ [:.0-9]+|[A-Z][a-z]{2} .{11}) )?(\d\d)\[([A-Z]{3})\] (?:<([^>]*)> )?(.*)$")
ROW = re.compile(r"^ *\d+: ")


def messages(text):
    """Thread, group, IKE_SA and lines of each message."""
    for line in text.splitlines():
        m = LINE.match(line)
        if not m:
            continue
        if ROW.match(m[5]):
            got[3].append(m[5])
        else:
            if "got" in locals():
                yield got
            got = (m[2], m[3], m[4], [m[5]])
    yield got


def as_json(text):
    for thread, group, ike, lines in messages(text):
        msg = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
        name = '"ikesa-uniqueid":"%s","ikesa-name":"%s",' % tuple(("|" + ike).split("|")[:-3:-1]) if ike else ""
        yield '{"time":"Nov 23 10:59:30","thread":%d,"group":"%s","level":1,%s"msg":"%s"}' % (
            int(thread), group, name, msg)


def as_syslog(text):
    for line in text.splitlines():
        m = LINE.match(line)
        yield "Nov 23 10:59:30 gw charon[77]: " + (line[line.index(m[2] + "["):] if m else line)


def as_journal(text):
    head = "Nov 23 10:59:30 gw charon-systemd[77]: "
    for _, _, _, lines in messages(text):
        yield head + ("\n" + " " * len(head)).join(lines)


FORMS = {"": str.splitlines, " as JSON": as_json, " in syslog": as_syslog, " in the journal": as_journal}


def sources(path, keys, tmp):
    """The name of each source of SAs, its file, and the capture that shows the SAs' addresses."""
    with open(tmp + "/sa.json", "w") as f:
        f.write("".join(json.dumps(d) + "\n" for d in descriptors(keys)))
    yield "keys.json", tmp + "/sa.json", path + "/wire.pcap"
    for end in ("initiator", "responder"):
        if not os.path.exists("%s/%s.log" % (path, end)):
            continue
        wire = path + "/wire.pcap"
        if end == "responder" and os.path.exists(path + "/wire-responder.pcap"):
            wire = path + "/wire-responder.pcap"
        text = "".join(open(path + "/" + name, encoding="latin-1").read()      # before a restart, and after
                       for name in (end + "-1.log", end + ".log") if os.path.exists(path + "/" + name))
        for form, change in FORMS.items():
            with open(tmp + "/log", "w", encoding="latin-1") as f:
                f.write("\n".join(change(text)) + "\n")
            yield "%s.log%s" % (end, form), tmp + "/log", wire


def opened(decap, source, wire, want, plain, tmp):
    run = subprocess.run([decap, "-s", source, "-r", wire, "-w", tmp + "/out", "--link", "raw",
                          "--replay-window", "off", "--expect", str(want)], capture_output=True, text=True)
    got = collections.Counter()
    if os.path.exists(tmp + "/out"):
        got = collections.Counter(p for _, _, p, _ in pcaps.packets(tmp + "/out"))
        os.remove(tmp + "/out")
    if sum(got.values()) < want or run.returncode != 0:
        return "%d opened, wanted %d (%s)" % (sum(got.values()), want, run.stderr.strip())
    if plain and got - plain:
        return "%d packets came out that are not in plain.pcap" % sum((got - plain).values())
    return None


def check(decap, path):
    case = json.load(open(path + "/case.json"))
    keys = json.load(open(path + "/keys.json"))
    spis = {d["spi"] for d in descriptors(keys)}
    want = sum(n["packets"] for spi, n in case.get("esp_by_spi", {}).items() if "0x" + spi.replace("0x", "") in spis)
    if not spis or not want:
        return False
    plain = collections.Counter()
    for name in ("plain.pcap", "plain-2.pcap"):
        if os.path.exists(path + "/" + name):
            plain.update(p for _, _, p, _ in pcaps.packets(path + "/" + name))
    with tempfile.TemporaryDirectory() as tmp:
        for name, source, wire in sources(path, keys, tmp):
            why = opened(decap, source, wire, want, plain, tmp)
            if why is not None:
                return "%s: %s" % (name, why)
    return None


def main():
    passed = failed = other = 0
    for path in sys.argv[2:]:
        why = check(sys.argv[1], path) if os.path.exists(path + "/keys.json") else False
        if why is False:
            other += 1
        elif why is None:
            passed += 1
        else:
            failed += 1
            print("FAIL %s: %s" % (os.path.basename(path.rstrip("/")), why))
    if other:
        print("without ESP for this version: %d cases" % other)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
