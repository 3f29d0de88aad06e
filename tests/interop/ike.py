#!/usr/bin/python3
"""ike.py - the IKE codec against captures of other implementations and what is known of them.

usage: ike.py IKE-SHOW DIR

DIR/public: every IKE frame's header, types and lengths of the payloads, in clear and inside, as expected/ has
them, and a fault where something is wrong there.  DIR/messages.jsonl: the payloads that case.json names.
DIR/vectors.json: published messages (ike-parse) and plaintexts.  Whatever has no fault must be the same octets when
it is encoded again.
"""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402

MARKER = b"\0\0\0\0"


def ip_of(link, data):
    if link == 0:                               # BSD loopback: a word, then IP
        link, data = 101, data[4:]
    try:
        return pcaps.ip_of(link, data)
    except (AssertionError, IndexError):        # damaged, or no IP
        return None


def datagrams(path):
    """(frame, source and destination port, payload) of each UDP datagram; IPv4 fragments are put together."""
    parts = {}
    for frame, (_, link, data, _) in enumerate(pcaps.packets(path), 1):
        ip = ip_of(link, data)
        if not ip:
            continue
        if ip[0] >> 4 == 6:
            if ip[6] == 17:
                yield frame, ip[40:42], ip[42:44], ip[48:]
            continue
        if ip[9] != 17:
            continue
        flags = int.from_bytes(ip[6:8], "big")
        body = ip[(ip[0] & 15) * 4:]
        if flags & 0x3fff:
            key = ip[4:6] + ip[12:20]
            parts.setdefault(key, {})[(flags & 0x1fff) * 8] = (body, not flags & 0x2000)
            at, whole = 0, b""
            while at in parts[key]:
                part, last = parts[key][at]
                whole, at = whole + part, at + len(part)
                if last:
                    break
            else:
                continue
            if not last:
                continue
            body = whole
        yield frame, body[:2], body[2:4], body[8:]


def by_spi(path, frame):
    """The message in a frame whose lower layers are damaged, or a fragment."""
    data = list(pcaps.packets(path))[frame["frame"] - 1][2]
    at = data.index(bytes.fromhex(frame["spi_i"] + frame["spi_r"]))
    return data[at:at + frame["udp_payload"]]


def messages(path):
    """{frame: octets of the IKE message}."""
    out = {}
    for frame, src, dst, data in datagrams(path):
        if data[:4] == MARKER and b"\x01\xf4" not in (src, dst):
            out[frame] = data[4:]
        elif len(data) > 27 or b"\x01\xf4" in (src, dst):
            out[frame] = data
    return out


def once(pairs):
    """No object has a key twice."""
    keys = [k for k, _ in pairs]
    assert len(set(keys)) == len(keys), keys
    return dict(pairs)


class Show:
    """Asks IKE-SHOW about many messages at once."""

    def __init__(self, tool):
        self.tool, self.asked, self.checks = tool, [], []

    def ask(self, name, message, first, plain, check):
        line = message.hex() + (" %d %s" % (first, plain.hex()) if plain is not None else "")
        self.asked.append(line)
        self.checks.append((name, check))

    def answer(self):
        run = subprocess.run([self.tool], input="".join(a + "\n" for a in self.asked), capture_output=True,
                             text=True, timeout=120)
        lines = run.stdout.splitlines()
        assert run.returncode == 0 and len(lines) == len(self.asked), run.stderr
        passed = failed = 0
        for line, (name, check) in zip(lines, self.checks):
            why = check(json.loads(line, object_pairs_hook=once))
            passed, failed = passed + (why is None), failed + (why is not None)
            if why:
                print("FAIL %s: %s" % (name, why))
        print("%d passed, %d failed" % (passed, failed))
        return 1 if failed or not passed else 0


def listed(payloads):
    return [(p["payload_id"], p["length"]) for p in payloads]


def check_frame(frame, damaged):
    def check(got):
        if "error" in got:
            return None if frame["udp_payload"] < 28 else got["error"]
        want = {"version": int(frame["version"].split(".")[0]), "spi_i": "0x" + frame["spi_i"], "spi_r": "0x" + frame["spi_r"],
                "exchange_id": frame["exchange"], "flags": frame["flags"], "length": frame["length"],
                "message_id": int(frame["message_id"], 16)}
        for key, value in want.items():
            if got[key] != value:
                return "%s is %s, wanted %s" % (key, got[key], value)
        if "payloads" in frame and frame["length"] >= 28 and listed(got["payloads"]) != listed_of(frame["payloads"]):
            return "payloads %s, wanted %s" % (listed(got["payloads"]), listed_of(frame["payloads"]))
        inner = frame.get("decrypted", {})
        if "plaintext" in inner:
            mine = got["payloads"] if got["version"] == 1 else got["payloads"][-1]["payloads"]
            if listed(mine) != listed_of(inner["payloads"]):
                return "inside %s, wanted %s" % (listed(mine), listed_of(inner["payloads"]))
        kinds = [f["fault"] for f in got.get("faults", [])]
        if damaged and not any(k in damaged for k in kinds):
            return "faults %s, wanted %s" % (kinds, damaged)
        broken = frame["length"] != frame["udp_payload"] or "error" in str(frame)
        if broken and "faults" not in got:
            return "no fault found"
        if not broken and not damaged and ("faults" in got or not got["same"]):
            return "faults %s, same %s" % (got.get("faults"), got["same"])
        return None
    return check


def listed_of(payloads):
    return [(p["type"], p["length"]) for p in payloads]


def ask_public(show, base):
    for name in sorted(os.listdir(base + "/expected")):
        if not name.endswith(".json"):
            continue
        truth = json.load(open(base + "/expected/" + name))
        path = base + "/" + truth["file"]
        frames = [f for f in truth["frames"] if f["kind"] == "ike"]
        if not frames or not os.path.exists(path):
            continue
        found = messages(path)
        for frame in frames:
            inner = frame.get("decrypted", {})
            plain = bytes.fromhex(inner["plaintext"]) if "plaintext" in inner else None
            message = found.get(frame["frame"]) or by_spi(path, frame)
            show.ask("%s frame %d" % (truth["file"], frame["frame"]), message,
                     inner.get("first_payload", frame["next_payload"]), plain, check_frame(frame, DAMAGED.get(truth["file"])))


# what is wrong there beyond lengths: the kind of a fault that has to be found
DAMAGED = {"malformed/ikev2-id-short.pcap": "short", "malformed/isakmp-identification-segfault.pcap": "missing",
           "libreswan-01-isakmp-broadcast.pcap": "order", "libreswan-01-isakmp-vid-first-resp.pcap": "order",
           "libreswan-02-isakmp-vid-first.pcap": "order", "openswan-lp08-parentR1notify.pcap": ("trailing", "length")}


# case.json's words for what IKEv1 calls otherwise
WORDS = {"VID": "V", "NONCE": "Nonce", "CR": "CERTREQ", "CP": "ATTR"}


def words(got):
    """The payloads as case.json writes them."""
    ps, out = got["payloads"], []
    if got["version"] == 2 and ps and ps[-1]["payload"] == "SK":
        ps = ps[-1]["payloads"]
    forms = {} if got["version"] == 1 else {
        "N": "N(%(notify_id)d)", "KE": "KE(%(group_id)d)", "IDi": "IDi(type %(type_id)d)",
        "IDr": "IDr(type %(type_id)d)", "CERT": "CERT(%(encoding_id)d)", "AUTH": "AUTH(method %(method_id)d)",
        "D": "D(protocol %(protocol_id)d, %(live)d SPIs)"}
    for p in ps:
        out.append(forms.get(p["payload"], "%(payload)s") % dict(p, live=len(p.get("spis", []))))
    return out


def check_case(row):
    want = [re.sub(r"^(EAP|CP|TS.|SK)\(.*", r"\1", w) for w in row.get("payloads", [])]

    def check(got):
        if "faults" in got or not got["same"]:
            return "faults %s, same %s" % (got.get("faults"), got["same"])
        mine = words(got)
        if "payloads" not in row:               # a fragment, but for the one that completes
            return None if mine in (["SKF"], ["FRAGMENT"]) else "%s is no fragment" % mine
        if got["version"] == 1:
            if got["encrypted"] and "plain" not in row or mine == ["FRAGMENT"]:
                return None
            if mine != [WORDS.get(w, w) for w in want]:
                return "payloads %s, wanted %s" % (mine, want)
        elif mine != want and mine[-1:] != ["SKF"]:
            return "payloads %s, wanted %s" % (mine, want)
        return None
    return check


def rows_of(path):
    """The messages of strongSwan's cases that show something no other one shows (README)."""
    for line in open(path):
        yield json.loads(line)


def ask_cases(show, path):
    for row in rows_of(path):
        show.ask("%s frame %d" % (row["case"], row["frame"]), bytes.fromhex(row["message"]), row.get("first", 0),
                 bytes.fromhex(row["plain"]) if "plain" in row else None, check_case(row))


def check_parse(case):
    def check(got):
        types = [p["payload_id"] for p in got["payloads"]]
        if types != case["payload_types"] or got["length"] != case["length"] or got["exchange_id"] != case["exchange"]:
            return "%s, %d octets, exchange %d" % (types, got["length"], got["exchange_id"])
        if ("faults" in got) != case["malformed"] or not (got["same"] or case["malformed"]):
            return "faults %s, same %s" % (got.get("faults"), got["same"])
        return None
    return check


def check_plain(case):
    def check(got):
        if case["version"] == 1 and listed(got["payloads"]) != listed_of(case["payloads"]):
            return "payloads %s, wanted %s" % (listed(got["payloads"]), case["payloads"])
        garbage = "lp204" in case["id"]         # an ICV that is right over octets that are no payloads
        if ("faults" in got) != garbage or not (got["same"] or garbage):
            return "faults %s, same %s" % (got.get("faults"), got["same"])
        return None
    return check


def ask_vectors(show, path):
    for case in json.load(open(path))["cases"]:
        if case["type"] == "ike-parse":
            show.ask(case["id"], bytes.fromhex(case["message"]), 0, None, check_parse(case))
        elif case["type"] in ("ikev2-message", "ikev1-message"):
            case["version"] = int(case["type"][4])
            show.ask(case["id"], bytes.fromhex(case["message"]), case["first_payload"],
                     bytes.fromhex(case["plaintext"]), check_plain(case))


def main():
    show = Show(sys.argv[1])
    ask_public(show, sys.argv[2] + "/public")
    ask_cases(show, sys.argv[2] + "/messages.jsonl")
    ask_vectors(show, sys.argv[2] + "/vectors.json")
    sys.exit(show.answer())


if __name__ == "__main__":
    main()
