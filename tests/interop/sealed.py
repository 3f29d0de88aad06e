#!/usr/bin/python3
"""sealed.py - what ipsec-encap makes opens in tshark and in scapy, where they can.

usage: sealed.py ENCAP KERNEL-DIR

plain.pcap of each case is sealed with the case's SAs.  tshark must verify every ICV and see the packets that it
sees in the plain capture; scapy (2.5, which has neither ESN nor 8- and 12-octet ICVs right) must decrypt to them.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import encap  # noqa: E402
import pcaps  # noqa: E402
import tshark  # noqa: E402

CRYPT = {"cbc(aes)": "AES-CBC", "rfc3686(ctr(aes))": "AES-CTR", "rfc4106(gcm(aes))": "AES-GCM", "rfc4309(ccm(aes))": "AES-CCM",
         "cbc(des3_ede)": "3DES", "ecb(cipher_null)": "NULL"}
AUTH = {("hmac(sha1)", 96): "HMAC-SHA1-96", ("hmac(sha256)", 128): "SHA2-256-128", ("hmac(sha384)", 192): "SHA2-384-192",
        ("hmac(sha512)", 256): "SHA2-512-256", ("hmac(md5)", 96): "HMAC-MD5-96", ("cmac(aes)", 96): "AES-CMAC-96"}


def seal(tool, case, path, tmp):
    wire = list(pcaps.packets(path + "/" + case["wire_file"]))
    plain = [p for _, _, p, _ in pcaps.packets(path + "/plain.pcap")]
    with open(tmp + "/sa.json", "w") as out:
        for sa in case["sas"]:
            ts = encap.way(case, sa, plain, [w[2] for w in wire])
            if ts:
                out.write(json.dumps(encap.descriptor(case, sa, ts)) + "\n")
    run = subprocess.run([tool, "-s", tmp + "/sa.json", "-r", path + "/plain.pcap", "-w", tmp + "/w"] +
                         (["--ah-align", "8"] if case["proto"] == "ah" else []), capture_output=True, text=True)
    if run.returncode != 0:
        return None, run.stderr
    return plain, [p for _, _, p, _ in pcaps.packets(tmp + "/w")]


def by_tshark(case, path, tmp):
    rows = [tshark.row(sa) for sa in case["sas"]]
    if None in rows or case["mode"] != "tunnel":
        return False
    inner6 = case["inner_family"] == "ipv6"
    theirs = [tshark.strip_outer(v, inner6, case["natt"]) for v in tshark.see(tmp + "/w", rows, None)]
    want = [tshark.strip_outer(v, inner6, case["natt"]) for v in tshark.see(path + "/plain.pcap", [], None)]
    cmd = ["tshark", "-n", "-r", tmp + "/w", "-o", "esp.enable_encryption_decode:TRUE", "-o",
           "esp.enable_authentication_check:TRUE", "-T", "fields", "-e", "esp.icv_good", "-e", "_ws.malformed"]
    for r in rows:
        cmd += ["-o", "uat:esp_sa:" + r]
    good = subprocess.run(cmd, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]
    icv = any(sa.get("auth") or sa.get("aead") for sa in case["sas"])
    # where a dissector of what is inside gives up, tshark says nothing of the ICV
    inside = [line for line in good if line.split("\t")[0] != "1" and len(line.split("\t")) == 2 and line.split("\t")[1]]
    if icv and (len(inside) > 2 or any(line.split("\t")[0] != "1" for line in good if line not in inside)):
        return "tshark: ICVs %s" % sorted(set(good))
    return None if theirs == want else "tshark sees other packets"


def by_scapy(case, plain, sealed):
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.ipsec import AH, ESP, IPSecIntegrityError, SecurityAssociation
    sas = {}
    for sa in case["sas"]:
        if sa["esn"] or sa["mode"] == "beet" or len(case["sas"]) != 2 or case["natt"] or case["inner_family"] != case["outer_family"]:
            return False
        name = sa["aead"]["name"] if "aead" in sa else sa["enc"]["name"] if "enc" in sa else None
        auth = (sa["auth"]["name"], sa["auth"]["icv_bits"]) if sa.get("auth") else None
        if (name and name not in CRYPT) or (auth and auth not in AUTH) or ("aead" in sa and sa["aead"]["icv_bits"] != 128):
            return False
        more = {}
        if name:
            key = bytes.fromhex((sa["aead"] if "aead" in sa else sa["enc"])["key"] or "")
            more.update(crypt_algo=CRYPT[name], crypt_key=key)
        if auth:
            more.update(auth_algo=AUTH[auth], auth_key=bytes.fromhex(sa["auth"]["key"]))
        head = None
        if sa["mode"] == "tunnel":
            head = (IPv6 if ":" in sa["src"] else IP)(src=sa["src"], dst=sa["dst"])
        sas[int(sa["spi"], 16)] = SecurityAssociation(ESP if sa["proto"] == "esp" else AH, spi=int(sa["spi"], 16),
                                                      tunnel_header=head, **more)
    for number, (want, p) in enumerate(zip(plain, sealed), 1):
        layer = (IP if p[0] >> 4 == 4 else IPv6)(p)
        proto = AH if layer.haslayer(AH) else ESP
        if not layer.haslayer(proto):
            return False
        # scapy makes the headers of transport mode anew, and has its own idea of what AH covers of options
        if case["mode"] != "tunnel" and (want[0] not in (0x45, 0x60) or (want[0] == 0x60 and want[6] in (0, 43, 60))):
            continue
        try:
            got = bytes(sas[layer[proto].spi].decrypt(layer))
        except (IPSecIntegrityError, TypeError, ValueError) as trouble:
            return "scapy: packet %d: %r" % (number, trouble)
        if got != want:
            return "scapy: packet %d differs: %s, wanted %s" % (number, got.hex(), want.hex())
    return None


def main():
    tool, base = sys.argv[1:3]
    passed = failed = other = 0
    for name in sorted(n for n in os.listdir(base) if os.path.exists("%s/%s/case.json" % (base, n))):
        path = base + "/" + name
        case = json.load(open(path + "/case.json"))
        if any(sa["proto"] == "comp" or sa["layer"] > 0 for sa in case["sas"]) or case["mode"] not in ("tunnel", "transport"):
            other += 1
            continue
        with tempfile.TemporaryDirectory() as tmp:
            plain, sealed = seal(tool, case, path, tmp)
            whys = [sealed] if plain is None else [by_tshark(case, path, tmp), by_scapy(case, plain, sealed)]
        for why in whys:
            if why is False:
                other += 1
                continue
            passed, failed = passed + (why is None), failed + (why is not None)
            if why:
                print("FAIL sealed %s: %s" % (name, why))
    print("neither tshark nor scapy can: %d" % other)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
