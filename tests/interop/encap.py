#!/usr/bin/python3
"""encap.py - packets of the Linux kernel made again, octet for octet.

usage: encap.py ENCAP DIR...      each DIR a case as captures/kernel/README.md describes it

plain.pcap is sealed with the case's SAs; the result must be the packets of the wire, octet for octet, with
-j1 and -j3 alike.  Sequence numbers, IVs, padding and identification come from the captured packets
(--like); TTL, DSCP, DF and flow labels are ipsec-encap's own, by the rules that Linux follows too.  Left
to --like are the fields where Linux has rules of its own: ECN, which it does as RFC 3168, and the SAs'
flags for DSCP and DF.
Prints a line for each failed case and ends with "N passed, N failed".
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402

AEAD = {"rfc4106(gcm(aes))": "aes-gcm-%d", "rfc4309(ccm(aes))": "aes-ccm-%d", "rfc4543(gcm(aes))": "null-auth-aes-gmac",
        "rfc7539esp(chacha20,poly1305)": "chacha20-poly1305"}


# What no rule tells: BEET mode's reserved octet holds what was there before, and AH in transport mode is divided
# at two lengths in one case.
OTHER = ("esp-beet44-ipopts-aes128cbc-sha256-128", "ah-tra44-sha1-96-outerfrag")


def ends(p):
    """Source and destination of an IP packet, as text."""
    n, at = (4, 12) if p[0] >> 4 == 4 else (16, 8)
    parts = [p[at:at + n], p[at + n:at + 2 * n]]
    if n == 4:
        return [".".join(str(b) for b in a) for a in parts]
    return [":".join(a[i:i + 2].hex() for i in range(0, 16, 2)) for a in parts]


def way(case, sa, plain, wire):
    """The selectors of an SA: the ends of every plain packet that came in one of its packets."""
    spi = int(sa["spi"], 16).to_bytes(4, "big")
    pairs = []
    for p, frames in zip(plain, case["plain_from_wire_frames"]):
        first = frames if isinstance(frames, int) else frames[0]
        if spi in wire[first - 1][:160] and ends(p) not in pairs:
            pairs.append(ends(p))
    return [{"src": [s], "dst": [d]} for s, d in pairs]


def descriptor(case, sa, ts):
    """One SA of case.json as an ipsec-sa(5) line."""
    d = {"proto": sa["proto"], "spi": sa["spi"], "src": sa["src"], "dst": sa["dst"], "mode": sa["mode"],
         "seq": "0x%x" % int(sa["last_seq_before"], 16), "esn": sa["esn"]}
    if "aead" in sa:
        name = AEAD[sa["aead"]["name"]]
        d["encr"] = name % (sa["aead"]["icv_bits"] // 8) if "%" in name else name
        d["encr_key"] = sa["aead"]["key"]
    elif sa["proto"] == "esp":
        d["encr"], d["encr_key"] = sa["enc"]["name"], sa["enc"]["key"] or ""
        d["integ"] = "none"
    if sa.get("auth"):
        d.update(integ=sa["auth"]["name"], integ_key=sa["auth"]["key"], icv_bits=sa["auth"]["icv_bits"])
    if sa.get("encap"):
        d["encap"] = {"type": "udp", "sport": sa["encap"]["sport"], "dport": sa["encap"]["dport"]}
    if len({s["layer"] for s in case["sas"]}) > 1:
        d.update(bundle=sa["dir"], layer=sa["layer"])
    if ts:
        d["ts"] = ts
    return d


def fragment(p):
    return p[6] & 0x3f or p[7] if p[0] >> 4 == 4 else p[6] == 44


def write(path, link, records):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, link))
        for ns, p in records:
            out.write(struct.pack("<IIII", ns // 10**9, ns % 10**9, len(p), len(p)) + p)


def check(encap, path, tmp):
    case = json.load(open(path + "/case.json"))
    if any(sa["proto"] == "comp" for sa in case["sas"]) or case["name"] in OTHER:
        return False
    wire = list(pcaps.packets(path + "/" + case["wire_file"]))
    plain = [p for _, _, p, _ in pcaps.packets(path + "/plain.pcap")]
    frames = [f for x in case["plain_from_wire_frames"] for f in ([x] if isinstance(x, int) else x)]
    want = [pcaps.ip_of(wire[f - 1][1], wire[f - 1][2]) for f in frames]
    write(tmp + "/like.pcap", wire[frames[0] - 1][1], [(wire[f - 1][0], wire[f - 1][2]) for f in frames])
    with open(tmp + "/sa.json", "w") as out:
        for sa in case["sas"]:
            inner = sa["layer"] == 0
            ts = way(case, sa, plain, [w[2] for w in wire]) if inner or len(case["sas"]) == 2 else None
            bundle = len({s["layer"] for s in case["sas"]}) > 1
            if bundle and inner:	# its own SPI is encrypted; the way's outer one is not
                outer = [s for s in case["sas"] if s["dir"] == sa["dir"] and s["layer"] > 0][-1]
                ts = way(case, outer, plain, [w[2] for w in wire])
            if ts == []:
                continue
            out.write(json.dumps(descriptor(case, sa, ts)) + "\n")
    options = ["--like", tmp + "/like.pcap", "--ttl", "64", "--flow", "copy"]
    if "dont-encap-dscp" not in json.dumps(case):
        options += ["--dscp", "copy"]
    if case["mode"] == "beet" and case["wire_fragments"]:	# Linux lets its own IPv6 packets be divided
        options += ["--df", "clear"]
    elif "nopmtudisc" not in json.dumps(case):
        options += ["--df", "copy"]
    if case["wire_fragments"]:	# as Linux divided it, which keeps AH's length free over IPv4
        options += ["--mtu", str(max(len(p) for p in want if fragment(p)))]
    for j in ("1", "3"):
        run = subprocess.run([encap, "-j", j, "-s", tmp + "/sa.json", "-r", path + "/plain.pcap", "-w", tmp + "/out"]
                             + options, capture_output=True, text=True)
        if run.returncode != 0:
            return "status %d: %s" % (run.returncode, run.stderr.strip())
        got = [p for _, _, p, _ in pcaps.packets(tmp + "/out")]
        if got != want:
            bad = [i for i, (a, b) in enumerate(zip(got, want)) if a != b]
            at = bad[0] if bad else 0
            return "%d packets, wanted %d; differ: %s\n%s\n%s" % (len(got), len(want), bad[:5], got[at].hex(), want[at].hex())
    return None


def main():
    encap, dirs = sys.argv[1], sys.argv[2:]
    passed = failed = other = 0
    for path in dirs:
        if not os.path.exists(path + "/case.json"):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            why = check(encap, path, tmp)
        if why is False:
            other += 1
            continue
        passed, failed = passed + (why is None), failed + (why is not None)
        if why:
            print("FAIL %s: %s" % (os.path.basename(path.rstrip("/")), why))
    if other:
        print("cannot be equal (IPComp's compressor, what Linux leaves to chance): %d cases" % other)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
