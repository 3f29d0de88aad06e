#!/usr/bin/python3
"""explain.py - each mistake that people make, on packets that the Linux kernel sealed: is it named?

usage: explain.py BIN [-v] DIR...     each DIR a case as captures/kernel/README.md describes it

Algorithms that Linux lacks are sealed by ipsec-encap, whose packets others judge elsewhere.

Prints the confusion matrix, a row for each mistake, and fails for each label that is not one of those that
are true of it, and for more `unknown` than the row allows.  A packet may also open: where the mistake is one
that decap finds out by itself (ESN), or where one in 256 random trailers has no padding.
"""
import collections
import copy
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases  # noqa: E402
import pcaps  # noqa: E402

ICV_KEY = {"aes-gcm-": (8, 12, 16), "aes-ccm-": (8, 12, 16), "camellia-ccm-": (8, 12, 16)}
SALT = {"aes-gcm": 4, "aes-ccm": 3, "aes-ctr": 4, "null-auth": 4, "chacha20": 4, "camellia-ccm": 3, "camellia-ctr": 4}


def salt_of(d):
    return next((n for name, n in SALT.items() if d.get("encr", "").startswith(name)), 0)


def combined(d):
    return d["proto"] == "esp" and d.get("integ") == "none" and salt_of(d) > 0 and not d["encr"].endswith("-ctr")


def separate(d):
    return d["proto"] == "esp" and d.get("integ") != "none"


def spoil(key):
    """Another key of the same length; 3DES and DES keys stay what they are but for parity bits."""
    return bytes(b ^ 0x5a for b in bytes.fromhex(key)).hex()


def cipher_key(d):
    if "encr_key" not in d or not d["encr_key"] or d["proto"] != "esp" or d.get("integ") == "none" and not combined(d):
        return False
    salt = salt_of(d)
    n = len(d["encr_key"]) - 2 * salt
    d["encr_key"] = spoil(d["encr_key"][:n]) + d["encr_key"][n:]
    return True


def integ_key(d):
    if "integ_key" not in d:
        return False
    d["integ_key"] = spoil(d["integ_key"])
    return True


def both_keys(d):
    return separate(d) and cipher_key(d) and integ_key(d)


def icv_length(d):
    if combined(d):
        for name, sizes in ICV_KEY.items():
            if d["encr"].startswith(name) and not d["encr"].endswith("-iiv"):
                now = int(d["encr"][len(name):])
                d["encr"] = name + str(next(s for s in sizes if s != now))
                return True
        return False
    if "icv_bits" not in d:
        return False
    d["icv_bits"] = {96: 128, 128: 96, 192: 256, 256: 128, 160: 96}[d["icv_bits"]]
    return True


def salt_front(d):
    salt = 2 * salt_of(d)
    if not salt or not (combined(d) or separate(d)):
        return False
    d["encr_key"] = d["encr_key"][-salt:] + d["encr_key"][:-salt]
    return True


def salt_missing(d):
    salt = 2 * salt_of(d)
    if not salt:
        return False
    d["encr_key"] = d["encr_key"][:-salt]
    return True


OTHER_ENCR = {"aes-cbc": "camellia-cbc", "camellia-cbc": "aes-cbc", "aes-gcm-16": "null-auth-aes-gmac",
              "null-auth-aes-gmac": "aes-gcm-16", "chacha20-poly1305": "aes-gcm-16", "aes-ctr": "camellia-ctr",
              "null": None}


def other_encr(d):
    if d["proto"] != "esp" or not (combined(d) or separate(d)) or not OTHER_ENCR.get(d["encr"]):
        return False
    d["encr"] = OTHER_ENCR[d["encr"]]
    return True


OTHER_INTEG = {"hmac(sha1)": "hmac-ripemd160-96", "hmac(rmd160)": "hmac-sha1-96", "hmac(md5)": "aes-xcbc-96",
               "xcbc(aes)": "aes-cmac-96", "cmac(aes)": "hmac-md5-96"}


def other_integ(d):
    if not OTHER_INTEG.get(d.get("integ")):
        return False
    d["integ"] = OTHER_INTEG[d["integ"]]
    return True


def each(change):
    def apply(sas):
        return all([change(d) for d in sas])
    return apply


def exchange(*names):
    """Between the SAs of the two directions."""
    def apply(sas):
        a, b = sas[0], next((d for d in sas if d["src"] == sas[0]["dst"]), None)
        if b is None or len(sas) != 2:
            return False
        for name in names:
            if name in a:
                a[name], b[name] = b[name], a[name]
        return (combined(a) or "integ_key" in a) if names != ("src", "dst") else True
    return apply


def set_esn(sas):
    for d in sas:
        d["esn"] = True
    return all(combined(d) or "integ_key" in d for d in sas)


# ---- what happens to packets


def offsets(ip):
    """Where the protected part begins, and its protocol."""
    if ip[0] >> 4 == 4:
        at, proto = (ip[0] & 15) * 4, ip[9]
    else:
        at, proto = 40, ip[6]
        while proto in (0, 43, 60):
            proto, at = ip[at], at + (ip[at + 1] + 1) * 8
    return (at + 8, 50) if proto == 17 else (at, proto)


def flip(ip, rng):
    at, proto = offsets(ip)
    bit = rng.randrange((at + 8 if proto == 50 else at + 12) * 8, len(ip) * 8)
    return ip[:bit // 8] + bytes([ip[bit // 8] ^ 1 << bit % 8]) + ip[bit // 8 + 1:]


def flip_spi(ip, rng):
    at, proto = offsets(ip)
    i = at + (0 if proto == 50 else 4) + rng.randrange(4)
    return ip[:i] + bytes([ip[i] ^ 1 << rng.randrange(8)]) + ip[i + 1:]


def readdress(ip):
    """The first host's address as a NAT would change it, on its way out alone."""
    if ip[0] >> 4 == 4:
        if ip[12:16] != b"\xc0\x00\x02\x01":
            return ip
        ip = bytearray(ip[:12] + b"\xcb\x00\x71\x07" + ip[16:])
        ip[10:12] = b"\0\0"
        words = sum(struct.unpack(">%dH" % ((ip[0] & 15) * 2), bytes(ip[:(ip[0] & 15) * 4])))
        while words >> 16:
            words = (words & 0xffff) + (words >> 16)
        ip[10:12] = struct.pack(">H", words ^ 0xffff)
        return bytes(ip)
    if ip[8:24] != bytes.fromhex("20010db8000000000000000000000001"):
        return ip
    return ip[:8] + bytes.fromhex("20010db8000000990000000000000007") + ip[24:]


def no_src(sas):
    for d in sas:
        del d["src"]
    return all(d["proto"] == "ah" for d in sas)


def keep(sas):
    return all(d["proto"] == "ah" or combined(d) or separate(d) for d in sas)


def keep_esp(sas):
    return all(combined(d) or separate(d) for d in sas)


# what captures/kernel has none of
PROPOSALS = ["aes-ccm-8-iiv-128", "aes-gcm-16-iiv-256", "chacha20-poly1305-iiv", "camellia128ccm8", "camellia192ccm12",
             "camellia256ccm16", "camellia256ctr-sha256", "aes128-md5_128", "aes256-sha1_160", "des-md5", "cast128-sha512"]


def sealed(tools, plain, tmp):
    """(name, SAs, packets) of both directions of a tunnel."""
    for proposal in PROPOSALS:
        run = subprocess.run([tools + "/ipsec-keygen", "sa", "--seed", "0e", "--proposal", proposal, "--src", "192.0.2.1",
                              "--dst", "192.0.2.2", "--mode", "tunnel", "--pair"], capture_output=True, text=True)
        sas = [json.loads(line) for line in run.stdout.splitlines()]
        assert len(sas) == 2, run.stderr
        packets = []
        for d in sas:
            for key in ("dir", "id", "peer", "insecure"):
                d.pop(key, None)
            d["esn"] = False
            d.setdefault("integ", "none")
            with open(tmp + "/one", "w") as f:
                f.write(json.dumps(d) + "\n")
            subprocess.run([tools + "/ipsec-encap", "-q", "--seed", "e0", "-c", "7", "-s", tmp + "/one", "-r", plain, "-w",
                            tmp + "/wire"], check=True)
            packets += [p for _, _, p, _ in pcaps.packets(tmp + "/wire")]
        yield proposal, sas, packets


ALL = ("wrong-encr-key", "wrong-integ-key", "wrong-icv-length", "wrong-integ", "wrong-encr", "esn", "swapped", "salt",
       "altered", "cut", "nat", "padding", "unknown", "open")

# name, what is done to the SAs, what to the packets, labels that are true, share of unknown that is allowed
MISTAKES = [
    ("wrong cipher key", each(cipher_key), None, ("wrong-encr-key",), 0.0),
    ("wrong integrity key", each(integ_key), None, ("wrong-integ-key",), 0.1),
    ("both keys wrong", each(both_keys), None, ("unknown",), 1.0),
    ("another ICV length", each(icv_length), None, ("wrong-icv-length",), 0.0),
    ("another cipher", each(other_encr), None, ("wrong-encr",), 0.0),
    ("another integrity algorithm", each(other_integ), None, ("wrong-integ",), 0.0),
    ("keys of the ends exchanged", exchange("encr_key", "integ_key"), None, ("swapped",), 0.0),
    ("addresses exchanged", exchange("src", "dst"), None, ("swapped",), 0.0),
    ("said ESN, is none", set_esn, None, ("esn",), 0.0),
    ("salt in front", each(salt_front), None, ("salt",), 0.0),
    ("one bit altered", keep, flip, ("altered",), 0.0),
    ("one bit of the SPI altered", keep, flip_spi, ("altered",), 0.0),
    ("cut by the snap length", keep, "cut", ("cut",), 0.0),
    ("NAT on AH", no_src, readdress, ("nat",), 0.0),
    ("NAT on ESP", keep_esp, readdress, ("nat",), 0.0),
]


def write(path, packets, snap):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for p in packets:
            n = min(len(p), snap)
            f.write(struct.pack("<IIII", 1, 0, n, len(p)) + p[:n])


def labels(decap, sas, packets, snap, tmp):
    with open(tmp + "/sa", "w") as f:
        f.writelines(json.dumps(d) + "\n" for d in sas)
    write(tmp + "/wire", packets, snap)
    run = subprocess.run([decap, "-q", "-j1", "--explain", "--json", "-s", tmp + "/sa", "-r", tmp + "/wire", "-w",
                          tmp + "/out"], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise SystemExit("exit %d: %s" % (run.returncode, run.stderr))
    for line in run.stdout.splitlines():
        e = json.loads(line)
        if e.get("event") != "packet" or e["verdict"] in ("not-ipsec", "ike", "keepalive"):
            continue
        where = e["layers"][-1] if "layers" in e else e
        yield "open" if e["verdict"] == "ok" else where.get("why", e["verdict"]), where


def wanted(case, seen):
    """Single-layer cases without fragments, one for each combination of algorithms, mode and family."""
    if case.get("layers") or case.get("sa_kinds") or case.get("netem") or case["wire_fragments"]:
        return False
    key = json.dumps([case["proto"], case["mode"], case["enc"], case["auth"], case["icv_bits"], case["outer_family"],
                      case["esn"], [len(s.get("enc", s.get("aead", {"key": ""}))["key"]) for s in case["sas"]]])
    if key in seen or case["mode"] == "beet" or "comp" in case["proto"]:
        return False
    seen.add(key)
    return True


class Matrix:
    def __init__(self, decap, verbose):
        self.decap, self.verbose = decap, verbose
        self.rows = {m[0]: collections.Counter() for m in MISTAKES}
        self.bad = self.used = self.refused = 0

    def fail(self, what):
        self.bad += 1
        print("FAIL explain " + what)

    def mistake(self, case, row, sas, packets, tmp):
        name, _, treat, true, _ = row
        for label, where in labels(self.decap, sas, packets, 90 if treat == "cut" else 65535, tmp):
            self.rows[name][label] += 1
            if label not in true and label not in ("unknown", "open"):
                self.fail("%s: %s: %s" % (case, name, where))
            if self.verbose and label == "unknown" and name != "both keys wrong":
                print("%s: %s: %s" % (case, name, where))

    def no_salt(self, case, sas, packets, tmp):
        if not all([salt_missing(d) for d in sas]):
            return
        with open(tmp + "/sa", "w") as f:
            f.writelines(json.dumps(d) + "\n" for d in sas)
        write(tmp + "/wire", packets, 65535)
        run = subprocess.run([self.decap, "-s", tmp + "/sa", "-r", tmp + "/wire"], capture_output=True, text=True)
        self.refused += 1
        if run.returncode != 2 or "salt" not in run.stderr:
            self.fail("%s: salt missing: exit %d, %s" % (case, run.returncode, run.stderr))

    def take(self, case, sas, wire, esn, tmp):
        self.used += 1
        rng = random.Random(case)
        for row in MISTAKES:
            spoilt = copy.deepcopy(sas)
            if row[0] == "said ESN, is none" and esn or not row[1](spoilt):
                continue
            treat = row[2]
            packets = [treat(p, rng) if treat in (flip, flip_spi) else treat(p) if callable(treat) else p for p in wire]
            self.mistake(case, row, spoilt, packets, tmp)
        self.no_salt(case, copy.deepcopy(sas), wire, tmp)

    def show(self):
        shown = [w for w in ALL if any(c[w] for c in self.rows.values())]
        print("%-28s %s" % ("%d cases" % self.used, " ".join("%16s" % w for w in shown)))
        for name, _, _, _, share in MISTAKES:
            row = self.rows[name]
            print("%-28s %s" % (name, " ".join("%16s" % (row[w] or ".") for w in shown)))
            closed = sum(row.values()) - row["open"]
            if closed == 0 or row["unknown"] > share * closed:
                self.fail("%s: %d unknown of %d closed" % (name, row["unknown"], closed))
        print("%-28s refused with the reason: %d" % ("salt missing", self.refused))
        print("%d passed, %d failed" % (len(MISTAKES) + 1 - min(self.bad, len(MISTAKES)), self.bad))


def main():
    args = [a for a in sys.argv[1:] if a != "-v"]
    tools, dirs = args[0], args[1:]
    matrix = Matrix(tools + "/ipsec-decap", "-v" in sys.argv)
    seen, plain = set(), None
    with tempfile.TemporaryDirectory() as tmp:
        for path in dirs:
            if not os.path.exists(path + "/case.json"):
                continue
            case = json.load(open(path + "/case.json"))
            plain = plain or path + "/plain.pcap"
            if not wanted(case, seen):
                continue
            sas = cases.descriptors(case, 16, **({} if case["esn"] else {"esn": False}))
            wire = [pcaps.ip_of(link, p) for _, link, p, _ in pcaps.packets(path + "/" + case["wire_file"])]
            wire = [p for p in wire if p and offsets(p)[1] in (50, 51)][:14]
            matrix.take(os.path.basename(path.rstrip("/")), sas, wire, case["esn"], tmp)
        for name, sas, packets in sealed(tools, plain, tmp):
            matrix.take(name, sas, packets, False, tmp)
    matrix.show()
    sys.exit(1 if matrix.bad or not matrix.used else 0)


main()
