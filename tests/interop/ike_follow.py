#!/usr/bin/python3
"""ike_follow.py - ipsec-ike decode against the truth of strongSwan captures.

usage: ike_follow.py BIN-DIR CASES-DIR [-v]

For every case and each of its ends' logs: every IKE message as case.json has it (frame, SPIs, exchange, id,
payloads), every child SA with the keys of keys.json, and their ESP opened by ipsec-decap.
"""
import calendar
import json
import os
import re
import struct
import subprocess
import sys
import time

V1 = {"main mode": "Main", "aggressive mode": "Aggressive", "quick mode": "Quick",
      "informational": "Informational", "transaction": "Transaction", "transaction mode": "Transaction",
      "config mode": "Transaction"}
NAMES = {"VID": "V", "NONCE": "Nonce", "CERT_REQ": "CERTREQ", "CR": "CERTREQ", "MODECFG": "ATTR", "CFG": "ATTR",
         "CONF": "ATTR", "NATD": "NAT-D", "NATOA": "NAT-OA"}


def name_of(text):
    """"N(16388)" -> ("N", "16388"); "CERT(4)" -> ("CERT", "4")."""
    m = re.match(r"([A-Za-z0-9_-]+)(?:\((.*)\))?$", text)
    return NAMES.get(m[1], m[1]), m[2]


def same_payload(want, got):
    name, arg = name_of(want)
    if got["payload"] != name:
        return False
    if name == "N" and arg and arg.isdigit():
        return got.get("notify_id", got.get("type_id")) == int(arg)
    if name == "KE" and arg:
        return got.get("group_id") == int(arg)
    return True


def payloads_of(msg):
    """What is readable: inside SK where there is one."""
    out = msg.get("payloads", [])
    for p in out:
        if p["payload"] in ("SK", "SKF"):
            return p.get("payloads", [])
    return out


def decode(tools, case, log, *options):
    before = log.replace(".log", "-1.log")      # of before the daemon began again
    more = ["--keys", before] if os.path.exists(before) else []
    return subprocess.run([tools + "/ipsec-ike", "decode", "-q", "--keys", log, *more, "-r", case + "/wire.pcap", *options],
                          capture_output=True, timeout=120)


def messages(tools, case, log, truth):
    r = decode(tools, case, log, "--json")
    got = {}
    for line in r.stdout.decode().splitlines():
        m = json.loads(line)
        if m["event"] == "ike-message":
            got[m["frames"][-1]] = m
    if r.returncode not in (0, 1):
        return ["exit %d: %s" % (r.returncode, r.stderr.decode()[:200])]
    wrong = []
    for want in truth["messages"]:
        m = got.pop(want["frame"], None)
        if m is None:
            wrong.append("frame %d is missing" % want["frame"])
            continue
        name = V1.get(want["exchange"], want["exchange"])
        if m["exchange"].split("(")[0] != name or m["message_id"] != want["mid"] or \
                m["spi_i"] != "0x" + want["spi_i"] or m["spi_r"] != "0x" + want["spi_r"]:
            wrong.append("frame %d: %s %s, wanted %s %s" % (want["frame"], m["exchange"], m["message_id"], name,
                                                            want["mid"]))
        if "response" in want and m["response"] != want["response"]:
            wrong.append("frame %d: response" % want["frame"])
        if want.get("retransmission") and "repeats" not in m:
            wrong.append("frame %d: repetition not seen" % want["frame"])
        if "payloads" not in want or want.get("retransmission"):
            continue
        have = payloads_of(m)
        if len(have) != len(want["payloads"]) or not all(map(same_payload, want["payloads"], have)):
            wrong.append("frame %d: %s, wanted %s (%s %s)" % (want["frame"], [p["payload"] for p in have],
                                                              want["payloads"], m["verdict"], m.get("why", "")))
        elif m.get("auth") == "wrong" and "wrong" not in case:
            wrong.append("frame %d: AUTH judged wrong by %s" % (want["frame"], m.get("auth_by")))
        elif m.get("faults"):
            wrong.append("frame %d: faults %s" % (want["frame"], m["faults"]))
    wrong += ["frame %d is too much" % f for f in got]
    return wrong


def moment(text):
    """RFC 3339 into seconds."""
    head, _, rest = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(head, "%Y-%m-%dT%H:%M:%S")) + float("0." + (rest or "0"))


def first_time(case):
    """Of the capture's first packet, in seconds."""
    head = open(case + "/wire.pcap", "rb").read(32)
    order = "<" if head[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    sec, part = struct.unpack(order + "II", head[24:32])
    return sec + part / (1e9 if head[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1e6)


def maker(child, truth):
    """The message that brought the child SA up, and which end of the IKE SA sent it."""
    for m in truth["messages"]:
        if m["exchange"].lower() == child["exchange"].lower() and m["mid"] == child["mid"] and \
                m["spi_i"] + "_" + m["spi_r"] == child["ike_sa"] and m["response"] and "SA" in m.get("payloads", []):
            return m
    return None


def relations(case, got, ends, keys, truth):
    """created, ike, peer, replaces, src, dst, encap of each child SA, and when it ends."""
    wrong, start = [], None
    all_v2 = [c for c in keys.get("child_sas", []) if keys["ike_version"] == 2]
    for child in all_v2:
        made = maker(child, truth)
        if made is None:
            continue
        start = first_time(case) if start is None else start
        a, b = (got.get(int(sa["spi"], 16)) for sa in child["sas"])
        if a is None or b is None:
            continue
        if (a["peer"], b["peer"]) != (b["id"], a["id"]):
            wrong.append("peers of %s" % a["spi"])
        rekeyed = [c for c in all_v2 if child["rekeys_spi"] in [s["spi"] for s in c["sas"]]] if child["rekeys_spi"] else []
        olds = {got[int(s["spi"], 16)]["id"] for c in rekeyed for s in c["sas"] if int(s["spi"], 16) in got}
        if {sa.get("replaces") for sa in (a, b)} != (olds or {None}):
            wrong.append("%s replaces %s, wanted %s" % (a["spi"], a.get("replaces"), olds))
        for sa in a, b:
            if sa["ike"].replace("/", "_") != child["ike_sa"]:
                wrong.append("%s: ike %s, wanted %s" % (sa["spi"], sa["ike"], child["ike_sa"]))
            if abs(moment(sa["created"]) - start - made["t"]) > 0.001:
                wrong.append("%s: created %s, wanted %f" % (sa["spi"], sa["created"], start + made["t"]))
            # the answer came from its src or went to it
            pair = [e.rsplit(":", 1) for e in (made["src"], made["dst"])]
            if {sa["src"], sa["dst"]} != {p[0].strip("[]") for p in pair}:
                wrong.append("%s: %s > %s, wanted %s" % (sa["spi"], sa["src"], sa["dst"], pair))
            ports = sorted(int(p[1]) for p in pair)
            if "encap" in sa and sorted((sa["encap"]["sport"], sa["encap"]["dport"])) != ports:
                wrong.append("%s: encap %s, wanted %s" % (sa["spi"], sa["encap"], ports))
        # which direction: the ends of the exchange
        if child["sas"][0]["from"] != child["sas"][1]["from"] and (a["src"], a["dst"]) != (b["dst"], b["src"]):
            wrong.append("%s and %s are no pair" % (a["spi"], b["spi"]))
    finished = any("D" in m.get("payloads", []) for m in truth["messages"])
    if finished and all_v2 and not ends:
        wrong.append("nothing expires")
    return wrong


def children(tools, case, log, keys, truth, tmp):
    r = decode(tools, case, log, "--print-sa")
    got, ends = {}, {}
    for line in r.stdout.decode().splitlines():
        sa = json.loads(line)
        got.setdefault(int(sa["spi"], 16), sa)
        if "expires" in sa:
            ends[int(sa["spi"], 16)] = sa["expires"]
    wrong = relations(case, dict(got), ends, keys, truth)
    for child in keys.get("child_sas", []):
        for sa in child["sas"]:
            have = got.pop(int(sa["spi"], 16), None)
            if have is None:
                wrong.append("child SA %s is missing" % sa["spi"])
            elif have.get("encr_key", "") != sa["enc_key"] or have.get("integ_key", "") != (sa["integ_key"] or ""):
                wrong.append("child SA %s: keys %s %s, wanted %s %s" % (
                    sa["spi"], have.get("encr_key"), have.get("integ_key"), sa["enc_key"], sa["integ_key"]))
    open(tmp + "/sa", "wb").write(r.stdout)
    if not truth["counts"].get("esp") or not os.path.exists(case + "/plain.pcap"):
        return wrong
    r = subprocess.run([tools + "/ipsec-decap", "-q", "--json", "-s", tmp + "/sa", "-r", case + "/wire.pcap", "-w",
                        tmp + "/plain"], capture_output=True, timeout=120)
    end = [json.loads(line) for line in r.stderr.decode().splitlines() + r.stdout.decode(errors="replace").splitlines()
           if '"event":"summary"' in line]
    n = end[0]["verdicts"].get("ok", 0) if end else 0
    if n != truth["counts"]["esp_opened"]:
        wrong.append("ESP: %d opened, wanted %d (%s)" % (n, truth["counts"]["esp_opened"], r.stderr.decode()[-200:]))
    return wrong


def main():
    import tempfile
    tools, base = sys.argv[1:3]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        for name in sorted(os.listdir(base)):
            case = base + "/" + name
            if not os.path.exists(case + "/case.json"):
                continue
            truth = json.load(open(case + "/case.json"))
            keys = json.load(open(case + "/keys.json")) if os.path.exists(case + "/keys.json") else {}
            for end in "initiator", "responder":
                log = "%s/%s.log" % (case, end)
                # the ends' keys differ, and the truth is of the initiator's
                if not os.path.exists(log) or (name.startswith("v1") and "wrong-psk" in name and end == "responder"):
                    continue
                wrong = messages(tools, case, log, truth) + children(tools, case, log, keys, truth, tmp)
                passed, failed = passed + (not wrong), failed + bool(wrong)
                for w in wrong[:4]:
                    print("FAIL %s (%s's log): %s" % (name, end, w))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
