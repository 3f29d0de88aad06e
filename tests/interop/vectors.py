#!/usr/bin/python3
"""vectors.py - published ESP and AH packets made again by ipsec-encap, octet for octet.

usage: vectors.py ENCAP DIR        DIR holds esp.json and ah.json

The payload of each valid case goes through `ipsec-encap --hex` with the case's sequence number and IV; ESP must
be the published one, and the whole packet where it was published, but for an ESP case's outer header, which
the RFCs filled by hand.
"""
import json
import struct
import subprocess
import sys
import tempfile

ENCR = {"3DES_CBC": "3des", "DES_CBC": "des", "NULL_AES_GMAC": "null-auth-aes-gmac"}
INTEG = {"AES_GMAC": "aes-%d-gmac"}


def checksum(head):
    total = sum(int.from_bytes(head[i:i + 2], "big") for i in range(0, len(head), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return (~total & 0xffff).to_bytes(2, "big")


def ip4(proto, payload, src=b"\xc0\0\2\1", dst=b"\xc0\0\2\2"):
    head = b"\x45\0" + (20 + len(payload)).to_bytes(2, "big") + b"\0\1\0\0\x40" + bytes([proto]) + b"\0\0" + src + dst
    return head[:10] + checksum(head) + head[12:] + payload


def run(encap, sa, packet, options):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        f.write(json.dumps(sa) + "\n")
        f.flush()
        got = subprocess.run([encap, "-q", "--hex", "-s", f.name] + options, input=packet.hex(), capture_output=True, text=True)
    return bytes.fromhex(got.stdout.strip()), got.stderr


def name(table, word):
    return table.get(word, word.lower().replace("_", "-"))


def outer(c):
    """The outer header's fields as options, where it was published."""
    p = bytes.fromhex(c["packet"])
    flags = p[6] & 0x40
    return ["--ttl", str(p[8] or 64), "--dscp", str(p[1] >> 2), "--ecn", "clear", "--df", "set" if flags else "clear",
            "--ident", "counter"]


def esp(encap, c):
    tunnel = c["next_header"] in (4, 41)
    sa = {"proto": "esp", "spi": "0x" + c["spi"], "src": "192.0.2.1", "dst": "192.0.2.2",
          "mode": "tunnel" if tunnel else "transport", "encr": name(ENCR, c["enc"]),
          "encr_key": c["enc_key"] + c.get("salt", ""), "esn": c["esn"]}
    if c["integ"] != "NONE":
        sa.update(integ=name(INTEG, c["integ"]), integ_key=c["integ_key"])
    elif not any(x in c["enc"] for x in ("GCM", "CCM", "GMAC", "CHACHA")):
        sa["integ"] = "none"
    if "icv_len" in c:
        sa["icv_bits"] = c["icv_len"] * 8
    payload = bytes.fromhex(c["payload"])
    plain = payload if tunnel else ip4(c["next_header"], payload)
    seq = c["seq"] | c.get("seq_hi", 0) << 32
    got, err = run(encap, sa, plain, ["--seq", str(seq)] + (["--iv", c["iv"]] if c["iv"] else []))
    return None if got[20:].hex() == c["esp"] else "found %s wanted %s %s" % (got[20:].hex(), c["esp"], err)


def ah(encap, c):
    packet, inner = bytes.fromhex(c["packet"]), bytes.fromhex(c["inner_packet"])
    if c.get("derived"):		# changed on its way: what the sender made is another case
        return None
    src, dst = [".".join(str(b) for b in packet[i:i + 4]) for i in (12, 16)]
    sa = {"proto": "ah", "spi": "0x" + c["spi"], "src": src, "dst": dst, "mode": c["mode"],
          "integ": name({"AES_GMAC": "aes-%d-gmac" % (len(c["integ_key"]) * 4)}, c["integ"]),
          "integ_key": c["integ_key"] + c["salt"], "esn": c["esn"]}
    options = ["--seq", str(c["seq"])] + outer(c)
    with tempfile.NamedTemporaryFile("wb", suffix=".pcap") as like:
        if c["salt"]:	# DPDK's ICV covers AH's IV, which RFC 4543 4 has as zero: imitated
            like.write(struct.pack("<IHHiIIIIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101, 0, 0, len(packet), len(packet)) + packet)
            like.flush()
            options = ["--like", like.name]
        got, err = run(encap, sa, inner, options)
    # DPDK leaves TTL and checksum of its tunnel's header to the driver
    want = packet[:8] + (packet[8:9] if packet[8] else got[8:9]) + packet[9:10] + got[10:12] + packet[12:]
    return None if got == want else "found %s wanted %s %s" % (got.hex(), want.hex(), err)


def main():
    encap, base = sys.argv[1:3]
    passed = failed = 0
    for kind, test in (("esp", esp), ("ah", ah)):
        for c in json.load(open("%s/%s.json" % (base, kind)))["cases"]:
            if c["result"] != "valid":
                continue
            why = test(encap, c)
            passed, failed = passed + (why is None), failed + (why is not None)
            if why:
                print("FAIL %s %s: %s" % (kind, c["id"], why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
