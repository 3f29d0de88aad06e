#!/usr/bin/python3
"""ike_follow.py - ipsec-ike decode against the truth of strongSwan captures.

usage: ike_follow.py BIN-DIR CASES-DIR [-v]

For every case and each of its ends' logs: every IKE message as case.json has it (frame, SPIs, exchange, id,
payloads), every child SA with the keys of keys.json, and their ESP opened by ipsec-decap.
"""
import json
import os
import re
import subprocess
import sys

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


def children(tools, case, log, keys, truth, tmp):
    r = decode(tools, case, log, "--print-sa")
    got = {}
    for line in r.stdout.decode().splitlines():
        sa = json.loads(line)
        got.setdefault(int(sa["spi"], 16), sa)
    wrong = []
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
