#!/usr/bin/env python3
"""captures.py strongswan DIR... | public DIR: vector cases of captures whose keys are known, to stdout.

What goes into a case comes from the capture's own files: messages by tshark out of the capture, keys out of
keys.json or index.json.  IVs of IKEv1 are chained here with hashlib, and the nonces of quick mode read
with `openssl enc`, so that nothing of ours judges itself.
"""
import hashlib
import json
import os
import subprocess
import sys

SK, SKF, NONCE = 46, 53, 10
TYPES = {"SA": 33, "KE": 34, "IDi": 35, "IDr": 36, "CERT": 37, "CERTREQ": 38, "AUTH": 39, "Nonce": 40, "N": 41,
         "D": 42, "V": 43, "VID": 43, "TSi": 44, "TSr": 45, "CP": 47, "EAP": 48}
OPENSSL = {"aes-cbc": "aes-%d-cbc", "3des": "des-ede3-cbc", "camellia-cbc": "camellia-%d-cbc", "des": "des-cbc"}


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def messages(pcap):
    """(frame, message without marker) of every IKE datagram."""
    out = subprocess.run(["tshark", "-r", pcap, "-Y", "isakmp", "-T", "fields", "-e", "frame.number", "-e",
                          "udp.payload"], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        frame, payload = line.split("\t")
        data = bytes.fromhex(payload)
        yield int(frame), data[4:] if data[:4] == b"\0\0\0\0" else data


def name(text):
    """Names of IANA as ours."""
    for prefix in ("ENCR_", "AUTH_", "PRF_"):
        text = text.removeprefix(prefix)
    return text


def payloads(first, data):
    at = 0
    while first != 0 and at + 4 <= len(data):
        n = int.from_bytes(data[at + 2:at + 4], "big")
        if n < 4:
            return
        yield first, data[at + 4:at + n]
        first, at = data[at], at + n


def types_of(row):
    """The payloads of case.json in numbers; None where one is called otherwise."""
    words = [w.split("(")[0] for w in row.get("payloads", [])]
    return [TYPES[w] for w in words] if all(w in TYPES for w in words) else None


def v2_keys(case, sa, sas):
    a = sa["algorithms"]
    out = {"id": f"{case}-{sa['spi_i']}", "type": "ikev2-keys", "result": "valid", "prf": name(a["prf"]),
           "enc": name(a["encr"]), "integ": name(a.get("integ") or "NONE"), "key_bits": a["key_bits"],
           "ni": sa["nonce_i"], "nr": sa["nonce_r"], "spi_i": sa["spi_i"], "spi_r": sa["spi_r"],
           "gir": sa["g_ir"], "skeyseed": sa["SKEYSEED"]}
    for key in ("d", "ai", "ar", "ei", "er", "pi", "pr"):
        out["sk_" + key] = sa.get("SK_" + key) or ""
    if "rekeyed from" in sa["origin"]:
        old = next(s for s in sas if s["spi_i"] + "_" + s["spi_r"] == sa["origin"].split()[-1])
        out["prf_old"] = name(old["algorithms"]["prf"])
        out["sk_d_old"] = old.get("ppk_SK_d") or old["SK_d"]
    if "PPK" in sa:
        out["ppk"] = sa["PPK"]
        for key in ("d", "pi", "pr"):
            out["ppk_sk_" + key] = sa["ppk_SK_" + key]
    return out


def v2_child(case, child, sas):
    sa = next(s for s in sas if s["spi_i"] + "_" + s["spi_r"] == child["ike_sa"])
    a = child["algorithms"]
    sides = sorted(child["sas"], key=lambda s: s["from"] != child["exchange_initiator"])
    out = {"id": f"{case}-{sides[0]['spi']}", "type": "ikev2-child", "result": "valid",
           "prf": name(sa["algorithms"]["prf"]), "sk_d": sa.get("ppk_SK_d") or sa["SK_d"],
           "ni": child["nonce_i"], "nr": child["nonce_r"], "enc": name(a["encr"]),
           "integ": name(a.get("integ") or "NONE"), "key_bits": a.get("key_bits") or 0}
    if child["g_ir"]:
        out["gir"] = child["g_ir"]
    for side, s in zip("ir", sides):
        out["encr_" + side], out["integ_" + side] = s["enc_key"], s["integ_key"]
    return out


def v2_messages(case, keys, rows, pcap):
    sas = {s["spi_i"] + s["spi_r"]: s for s in keys["ike_sas"]}
    for frame, m in messages(pcap):
        sa, row = sas.get(m[:16].hex()), rows.get(frame, {})
        if sa is None or m[16] not in (SK, SKF):
            continue
        a = sa["algorithms"]
        case_keys = {"enc": name(a["encr"]), "integ": name(a.get("integ") or "NONE")}
        for key in ("ei", "er", "ai", "ar"):
            case_keys["sk_" + key] = sa.get("SK_" + key) or ""
        out = {"id": f"{case}-frame{frame}", "type": "ikev2-message", "result": "valid", "message": m.hex(),
               "initiator_sent": bool(m[19] & 8), "keys": case_keys, "icv": "ok"}
        if m[16] == SK and types_of(row) is not None:
            out["types"] = types_of(row)
        yield out


def openssl(encr, key, iv, data):
    cipher = OPENSSL[encr] % (len(key) * 8) if "%" in OPENSSL[encr] else OPENSSL[encr]
    return subprocess.run(["openssl", "enc", "-d", "-" + cipher, "-nopad", "-K", key.hex(), "-iv", iv.hex()],
                          input=data, capture_output=True, check=True).stdout


class V1:
    """One phase 1: its chain of IVs, and what quick mode's messages say."""

    def __init__(self, case, sa):
        self.case, self.sa, self.values, self.nonces = case, sa, {}, {}
        self.iv, self.last, self.encr = {}, None, our_encr(sa["algorithms"]["encr"])
        self.hash, self.key = sa["algorithms"]["hash"], bytes.fromhex(sa["encryption_key_Ka"])
        self.block = len(sa["initial_iv"]) // 2

    def digest(self, *parts):
        return hashlib.new(self.hash, b"".join(parts)).digest()[:self.block]

    def clear(self, m):
        side = "r" if "ke_i" in self.values and "ke_r" not in self.values else "i"
        for kind, data in payloads(m[16], m[28:]):
            if kind == 4 and "ke_r" not in self.values:
                self.values["ke_" + side] = data.hex()

    def encrypted(self, frame, m):
        mid = m[20:24]
        fresh = mid not in self.iv
        out = {"id": f"{self.case}-frame{frame}", "type": "ikev1-message", "result": "valid", "message": m.hex(),
               "enc": self.encr, "hash": self.hash, "key": self.key.hex(), "iv_from": "chain"}
        if fresh and mid == b"\0\0\0\0":
            out.update(iv_from="phase1", g_xi=self.values["ke_i"], g_xr=self.values["ke_r"])
            self.iv[mid] = bytes.fromhex(self.sa["initial_iv"])
        elif fresh:
            last = self.last or bytes.fromhex(self.sa["initial_iv"])
            out.update(iv_from="phase2", last_block=last.hex())
            self.iv[mid] = self.digest(last, mid)
        iv = self.iv[mid]
        out["iv"] = iv.hex()
        self.iv[mid] = m[-self.block:]
        if mid == b"\0\0\0\0":
            self.last = m[-self.block:]
        plain = openssl(self.encr, self.key, iv, m[28:])
        out["types"] = [kind for kind, _ in payloads(m[16], plain)]
        if m[18] == 32:
            self.quick(mid, m[16], plain)
        return out

    def quick(self, mid, first, plain):
        found = dict(payloads(first, plain))
        if NONCE in found and 1 in found:
            # DOI, situation, proposal header, then its SPI
            spi = found[1][16:20].hex()
            self.nonces.setdefault(mid, []).append((spi, found[NONCE].hex()))

    def child(self, child):
        for both in self.nonces.values():
            if len(both) < 2 or {s["spi"] for s in child["sas"]} != {spi for spi, _ in both[:2]}:
                continue
            a = child["algorithms"]
            for s in child["sas"]:
                out = {"id": f"{self.case}-{s['spi']}", "type": "ikev1-quick", "result": "valid",
                       "prf": name(self.sa["algorithms"]["prf"]), "skeyid_d": self.sa["SKEYID_d"],
                       "ni": both[0][1], "nr": both[1][1], "spi": s["spi"], "enc": name(a["encr"]),
                       "integ": name(a.get("integ") or "NONE"), "key_bits": a.get("key_bits") or 0,
                       "encr": s["enc_key"], "integ_key": s["integ_key"]}
                if child["g_xy"]:
                    out["gxy"] = child["g_xy"]
                yield out


def our_encr(text):
    return name(text).lower().replace("_", "-")


def v1_keys(case, sa, values):
    a = sa["algorithms"]
    return {"id": f"{case}-{sa['cookie_i']}", "type": "ikev1-keys", "result": "valid", "prf": name(a["prf"]),
            "enc": name(a["encr"]), "key_bits": a["key_bits"], "ni": sa["nonce_i"], "nr": sa["nonce_r"],
            "cky_i": sa["cookie_i"], "cky_r": sa["cookie_r"], "gxy": sa["g_xy"], "skeyid": sa["SKEYID"],
            "skeyid_d": sa["SKEYID_d"], "skeyid_a": sa["SKEYID_a"], "skeyid_e": sa["SKEYID_e"],
            "ka": sa["encryption_key_Ka"], "iv": sa["initial_iv"],
            "auth": "sig" if any(w in case for w in ("rsa", "ecdsa")) else "psk", **values}


def v1_whole(pcap):
    """Messages, those put together that came as Cisco's fragments: id (2), number, last, the rest."""
    parts = {}
    for frame, m in messages(pcap):
        if m[16] != 132:
            yield frame, m
            continue
        have = parts.setdefault(m[:8] + m[32:34], {})
        have[m[34]] = (m[36:], m[35])
        ends = [n for n, (_, last) in have.items() if last]
        if ends and len(have) == ends[0]:
            yield frame, b"".join(have[n][0] for n in sorted(have))


def v1(case, keys, pcap):
    phases = {s["cookie_i"] + s["cookie_r"]: V1(case, s) for s in keys["ike_sas"]}
    by_cookie = {s["cookie_i"]: p for s, p in zip(keys["ike_sas"], phases.values())}
    seen = set()
    for frame, m in v1_whole(pcap):
        phase = phases.get(m[:16].hex()) or by_cookie.get(m[:8].hex())
        if phase is None or m in seen or int.from_bytes(m[24:28], "big") != len(m):
            continue
        seen.add(m)             # a retransmission does not go on with the chain
        if m[19] & 1:
            yield phase.encrypted(frame, m)
        else:
            phase.clear(m)
    for key, phase in phases.items():
        yield v1_keys(case, phase.sa, phase.values)
    for child in keys["child_sas"]:
        yield from phases[child["ike_sa"].replace("_", "")].child(child)


def strongswan(path):
    case, keys = os.path.basename(path.rstrip("/")), load(os.path.join(path, "keys.json"))
    rows = {m["frame"]: m for m in load(os.path.join(path, "case.json")).get("messages", [])}
    pcap = os.path.join(path, "wire.pcap")
    if keys["ike_version"] == 1:
        # the ends' keys differ there; keys.json has the initiator's
        if "wrong-psk" not in case:
            yield from v1(case, keys, pcap)
        return
    for sa in keys["ike_sas"]:
        yield v2_keys(case, sa, keys["ike_sas"])
    for child in keys["child_sas"]:
        yield v2_child(case, child, keys["ike_sas"])
    yield from v2_messages(case, keys, rows, pcap)


def public(path):
    for row in load(os.path.join(path, "index.json"))["captures"]:
        keys = row.get("keys", {}).get("ikev2")
        if not keys:
            continue
        sas = {k["spi_i"] + k["spi_r"]: k for k in keys}
        frames = {f["frame"]: f for f in load(os.path.join(path, row["expected"]))["frames"] if f["kind"] == "ike"}
        for frame, m in messages(os.path.join(path, row["file"])):
            k, want = sas.get(m[:16].hex()), frames.get(frame, {}).get("decrypted")
            if k is None or want is None:
                continue
            out = {"id": f"{row['file']}-frame{frame}", "type": "ikev2-message", "result": "valid",
                   "message": m.hex(), "initiator_sent": bool(m[19] & 8), "icv": want["icv"],
                   "keys": {n: k.get(n) or ("NONE" if n == "integ" else "") for n in
                            ("enc", "integ", "sk_ei", "sk_er", "sk_ai", "sk_ar")}}
            if "plaintext" in want:
                out["plaintext"] = want["plaintext"]
            yield out


def main():
    make = {"strongswan": strongswan, "public": public}[sys.argv[1]]
    cases = [dict(c, source=sys.argv[1]) for path in sys.argv[2:] for c in make(path)]
    json.dump({"schema": "ipsec-vectors-1", "name": sys.argv[1], "count": len(cases), "cases": cases},
              sys.stdout, indent=1)
    print()


main()
