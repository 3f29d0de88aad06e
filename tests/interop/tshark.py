#!/usr/bin/python3
"""tshark.py - what comes out is what tshark decrypts, where tshark can.

usage: tshark.py DECAP KERNEL-DIR

tshark opens the wire capture with its own esp_sa table; the inner packets it sees must be those that
tshark sees in the plain capture which ipsec-decap writes.
"""
import json
import os
import subprocess
import sys
import tempfile

FIELDS = ["ip.src", "ip.dst", "ip.id", "ip.len", "ip.proto", "ipv6.src", "ipv6.dst", "ipv6.plen", "udp.checksum",
          "tcp.checksum", "tcp.seq_raw", "icmp.checksum", "icmpv6.checksum", "udp.length"]
ENC = {"cbc(aes)": "AES-CBC [RFC3602]", "rfc3686(ctr(aes))": "AES-CTR [RFC3686]",
       "cbc(des3_ede)": "TripleDES-CBC [RFC2451]", "ecb(cipher_null)": "NULL"}
AUTH = {("hmac(sha1)", 96): "HMAC-SHA-1-96 [RFC2404]", ("hmac(md5)", 96): "HMAC-MD5-96 [RFC2403]",
        ("hmac(sha256)", 128): "HMAC-SHA-256-128 [RFC4868]", ("hmac(sha384)", 192): "HMAC-SHA-384-192 [RFC4868]",
        ("hmac(sha512)", 256): "HMAC-SHA-512-256 [RFC4868]",
        ("hmac(sha256)", 96): "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]"}


def row(sa):
    """The esp_sa line of an SA, or None if tshark 4.0 cannot do it."""
    family = "IPv6" if ":" in sa["src"] else "IPv4"
    if sa["proto"] != "esp" or sa["esn"]:
        return None
    if "aead" in sa and sa["aead"]["name"] == "rfc4106(gcm(aes))":
        enc, key = "AES-GCM with %d octet ICV [RFC4106]" % (sa["aead"]["icv_bits"] // 8), sa["aead"]["key"]
        auth, akey = "NULL", ""
    elif "enc" in sa and sa["enc"]["name"] in ENC and "auth" in sa and \
            (sa["auth"]["name"], sa["auth"]["icv_bits"]) in AUTH:
        enc, key = ENC[sa["enc"]["name"]], sa["enc"]["key"] or ""
        auth, akey = AUTH[(sa["auth"]["name"], sa["auth"]["icv_bits"])], "0x" + sa["auth"]["key"]
    else:
        return None
    return ",".join('"%s"' % x for x in (family, sa["src"], sa["dst"], sa["spi"], enc, "0x" + key if key else "",
                                         auth, akey))


def see(path, rows, want):
    """The last value of each field (the innermost packet) of each frame of which want is true."""
    cmd = ["tshark", "-n", "-r", path, "-o", "esp.enable_encryption_decode:TRUE", "-o",
           "esp.enable_authentication_check:TRUE", "-T", "fields", "-E", "separator=|", "-o", "ip.defragment:FALSE",
           "-o", "ipv6.defragment:FALSE"]
    for r in rows:
        cmd += ["-o", "uat:esp_sa:" + r]
    for f in ["frame.number"] + FIELDS:
        cmd += ["-e", f]
    out = subprocess.run(cmd, capture_output=True, text=True, check=True).stdout
    seen = []
    for line in out.splitlines():
        number, *values = line.split("|")
        if want is None or int(number) in want:
            seen.append([v.split(",")[-1] for v in values])
    return seen


def strip_outer(values, inner6, natt):
    """Fields that the inner packet does not have come from the outer headers: leave them out."""
    outer = ("ip." if inner6 else "ipv6.", "udp." if natt else "-")
    return [v for f, v in zip(FIELDS, values) if not f.startswith(outer)]


def check(tool, path):
    case = json.load(open(path + "/case.json"))
    rows = [row(sa) for sa in case["sas"]]
    if None in rows or case["mode"] != "tunnel" or case["wire_fragments"] or case["wire_file"] != "wire.pcap":
        return False
    frames = set(case["plain_from_wire_frames"])
    inner6 = case["inner_family"] == "ipv6"
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run([tool, "-q", "-s", path + "/xfrm-state.txt", "-r", path + "/wire.pcap", "-w", tmp + "/out"])
        ours = [strip_outer(v, inner6, case["natt"]) for v in see(tmp + "/out", [], None)]
    theirs = [strip_outer(v, inner6, case["natt"]) for v in see(path + "/wire.pcap", rows, frames)]
    if ours != theirs:
        bad = [i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b]
        return "%d packets, tshark has %d; differ: %s" % (len(ours), len(theirs), bad[:5])
    return None


def main():
    tool, base = sys.argv[1:3]
    passed = failed = other = 0
    for name in sorted(os.listdir(base)):
        why = check(tool, base + "/" + name)
        if why is False:
            other += 1
            continue
        passed, failed = passed + (why is None), failed + (why is not None)
        if why:
            print("FAIL tshark %s: %s" % (name, why))
    print("not for tshark 4.0 (ESN, CCM, GMAC, ChaCha20, XCBC, CMAC, transport, fragments): %d cases" % other)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
