#!/usr/bin/python3
"""ike_decode.py - what ipsec-ike decode does beyond the messages, judged by tshark and by keys.json.

usage: ike_decode.py BIN-DIR CASES-DIR...

--write-decrypted is read by tshark without keys; child SAs follow from part of the keys alone; packets in any order
give no wrong key; 100,000 negotiations are followed in bounded memory.
"""
import glob
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

SEED = 20261126
MEMORY = 400 << 20
bad = done = 0


def check(ok, *words):
    global bad, done
    done += 1
    if not ok:
        bad += 1
        print("FAIL", *words)


def run(*argv):
    r = subprocess.run(argv, capture_output=True, timeout=300)
    check(r.returncode in (0, 1), *argv, r.returncode, r.stderr[-200:])
    return r


def lines(data):
    return [json.loads(line) for line in data.decode().splitlines()]


def log_of(case):
    return sorted(glob.glob(case + "/*.log"))[0]


def names(value, found):
    """Every type of payload that tshark names, in its order."""
    if isinstance(value, dict):
        for k, v in value.items():
            if k == "isakmp.typepayload":
                found += v if isinstance(v, list) else [v]
            names(v, found)
    elif isinstance(value, list):
        for v in value:
            names(v, found)
    return found


def decrypted(tools, case, tmp):
    """Ours are the payloads that tshark finds in what was written, none of it malformed."""
    out = tmp + "/clear.pcap"
    r = run(tools + "/ipsec-ike", "decode", "-q", "--json", "--keys", log_of(case), "-r", case + "/wire.pcap",
            "--write-decrypted", out)
    want = []
    for m in lines(r.stdout):
        if m["event"] != "ike-message" or (m.get("fragments") and m["frames"][1:] == []):
            continue
        ps = m.get("payloads", [])
        if ps and ps[-1]["payload"] in ("SK", "SKF"):
            ps = ps[:-1] + ps[-1].get("payloads", [ps[-1]])
        want.append([p.get("payload_id") for p in ps])
    ports = {m[end].rsplit(":", 1)[1] for m in json.load(open(case + "/case.json"))["messages"] for end in ("src", "dst")}
    as_ike = [x for p in sorted(ports - {"500", "4500"}) for x in ("-d", "udp.port==%s,udpencap" % p)]
    t = subprocess.run(["tshark", "-n", "-r", out, "-T", "json", "--no-duplicate-keys", *as_ike], capture_output=True)
    got = [p["_source"]["layers"] for p in json.loads(t.stdout or b"[]")]
    check(len(got) == len(want), case, "tshark reads", len(got), "messages, wanted", len(want))
    for i, (g, w) in enumerate(zip(got, want)):
        check("_ws.malformed" not in g and "Malformed" not in json.dumps(g), case, "message", i + 1, "is malformed")
        types = [int(x) for x in names(g.get("isakmp", {}), [])]
        # a proposal and a transform are payloads to tshark
        check([x for x in types if x not in (2, 3)] == w, case, "message", i + 1, types, "wanted", w)


def ike_line(sa, **some):
    return json.dumps({"type": "ike", "version": 2, "spi_i": "0x" + sa["spi_i"], "spi_r": "0x" + sa["spi_r"], **some})


def true_keys(keys):
    return {(int(sa["spi"], 16), sa["enc_key"], sa["integ_key"] or "")
            for c in keys.get("child_sas", []) for sa in c["sas"]}


def printed(r):
    return {(int(sa["spi"], 16), sa.get("encr_key", ""), sa.get("integ_key", "")) for sa in lines(r.stdout)
            if sa["proto"] == "esp" and "encr_key" in sa}


def partial(tools, case, tmp):
    """SKEYSEED or g^ir alone gives all messages and child SAs, SK_d alone the first child SA."""
    keys = json.load(open(case + "/keys.json"))
    first = [c for c in keys["child_sas"] if c["exchange"] == "IKE_AUTH"][:1]
    sa = next(k for k in keys["ike_sas"] if k["spi_i"] + "_" + k["spi_r"] == first[0]["ike_sa"])
    want = true_keys({"child_sas": first})
    ppk = {"ppk": sa["PPK"]} if "PPK" in sa else {}
    if ppk:                                     # without it nothing is better than what is wrong
        open(tmp + "/keys", "w").write(ike_line(sa, skeyseed=sa["SKEYSEED"]) + "\n")
        r = run(tools + "/ipsec-ike", "decode", "-q", "--print-sa", "--keys", tmp + "/keys", "-r", case + "/wire.pcap")
        check(printed(r) == set(), case, "without the PPK", printed(r))
    for some in ({"skeyseed": sa["SKEYSEED"], **ppk}, {"shared": [sa["g_ir"]], **ppk},
                 {"sk_d": sa.get("ppk_SK_d", sa["SK_d"])}):
        open(tmp + "/keys", "w").write(ike_line(sa, **some) + "\n")
        r = run(tools + "/ipsec-ike", "decode", "-q", "--print-sa", "--keys", tmp + "/keys", "-r", case + "/wire.pcap")
        got, name = printed(r), list(some)[0]
        truth = json.load(open(case + "/case.json"))
        esp = truth["counts"]["esp"] > 0 and any(m["dst"].endswith(":4500") for m in truth["messages"])
        if name != "sk_d" or esp:               # which needs a packet to try the algorithms on, known as ESP by its port
            check(want and want <= got, case, "from", name, got, "wanted", want)
        check(got <= true_keys(keys), case, "from", name, "wrong keys", got - true_keys(keys))
        r = run(tools + "/ipsec-ike", "decode", "-q", "--json", "--keys", tmp + "/keys", "-r", case + "/wire.pcap")
        opened = [m for m in lines(r.stdout) if m.get("spi_r") == "0x" + sa["spi_r"] and m["exchange"] == "IKE_AUTH"]
        check({m["verdict"] for m in opened} == {"no-key" if name == "sk_d" else "ok"}, case, "from", name)


def shuffled(tools, case, tmp):
    """Whatever the order: no crash, no key that is not true."""
    keys, log = json.load(open(case + "/keys.json")), log_of(case)
    data = open(case + "/wire.pcap", "rb").read()
    order = "<" if data[:1] in (b"\xd4", b"\x4d") else ">"
    records, at = [], 24
    while at + 16 <= len(data):
        n = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        records.append(data[at:at + 16 + n])
        at += 16 + n
    for i in range(4):
        rng = random.Random(SEED + i)
        some = rng.sample(records, len(records) if i < 2 else max(1, len(records) * 2 // 3))
        open(tmp + "/shuffled.pcap", "wb").write(data[:24] + b"".join(some))
        r = run(tools + "/ipsec-ike", "decode", "-q", "--print-sa", "--keys", log, "-r", tmp + "/shuffled.pcap")
        check(printed(r) <= true_keys(keys), case, "seed", SEED + i, printed(r) - true_keys(keys))
        run(tools + "/ipsec-ike", "decode", "-q", "--full", "--keys", log, "-r", tmp + "/shuffled.pcap")


def sa_payload():
    """aes128gcm16-prfsha256-x25519"""
    rows, body = [(1, 20, struct.pack(">HH", 0x800e, 128)), (2, 5, b""), (4, 31, b"")], b""
    for i, (kind, number, attr) in enumerate(rows):
        body += struct.pack(">BBHBBH", 3 if i < 2 else 0, 0, 8 + len(attr), kind, 0, number) + attr
    return struct.pack(">BBHBBBB", 0, 0, 8 + len(body), 1, 1, 0, 3) + body


def payload(following, body):
    return struct.pack(">BBH", following, 0, 4 + len(body)) + body


def message(spi_i, spi_r, first, exchange, flags, number, body):
    return struct.pack(">QQBBBBII", spi_i, spi_r, first, 0x20, exchange, flags, number, 28 + len(body)) + body


def init(spi_i, spi_r, flags, value, nonce):
    return message(spi_i, spi_r, 33, 34, flags, 0, payload(34, sa_payload()) +
                   payload(40, struct.pack(">HH", 31, 0) + value) + payload(0, nonce))


def packet(src, dst, body):
    return struct.pack(">BBHHHBBH4s4sHHHH", 0x45, 0, 28 + len(body), 0, 0, 64, 17, 0, src, dst, 500, 500,
                       8 + len(body), 0) + body


def write(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i, p in enumerate(packets):
            f.write(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(p), len(p)) + p)


def private(tools, tmp):
    """A negotiation made by python's cryptography, opened with one end's private value alone."""
    from cryptography.hazmat.primitives import hashes, hmac, serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    def prf(key, data):
        h = hmac.HMAC(key, hashes.SHA256())
        h.update(data)
        return h.finalize()

    raw = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    ends = [X25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (7, 9)]
    public = [k.public_key().public_bytes(*raw) for k in ends]
    ni, nr, spi_i, spi_r = b"i" * 32, b"r" * 32, 0x1122334455667788, 0x99aabbccddeeff00
    seed = prf(ni + nr, ends[0].exchange(ends[1].public_key()))
    stream, last = b"", b""
    for i in range(1, 8):                       # RFC 7296 2.13: SK_d, SK_ei, SK_er, SK_pi, SK_pr
        last = prf(seed, last + ni + nr + struct.pack(">QQ", spi_i, spi_r) + bytes([i]))
        stream += last
    sk_ei, salt = stream[32:48], stream[48:52]
    inner = payload(0, struct.pack(">BBH", 0, 0, 16384)) + b"\0"
    head = message(spi_i, spi_r, 46, 37, 8, 1, b"")[:24] + struct.pack(">I", 28 + 4 + 8 + len(inner) + 16)
    sk = struct.pack(">BBH", 41, 0, 4 + 8 + len(inner) + 16)
    sealed = head + sk + b"\0" * 7 + b"\1" + AESGCM(sk_ei).encrypt(salt + b"\0" * 7 + b"\1", inner, head + sk)
    a, b = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
    write(tmp + "/private.pcap", [packet(a, b, init(spi_i, 0, 8, public[0], ni)),
                                  packet(b, a, init(spi_i, spi_r, 0x20, public[1], nr)), packet(a, b, sealed)])
    sa = {"spi_i": "%016x" % spi_i, "spi_r": "%016x" % spi_r}
    for key, verdict in ((bytes([7]) * 32, "ok"), (bytes([9]) * 32, "ok"), (bytes([8]) * 32, None)):
        open(tmp + "/keys", "w").write(ike_line(sa, private=key.hex()) + "\n")
        got = lines(run(tools + "/ipsec-ike", "decode", "-q", "--json", "--keys", tmp + "/keys", "-r",
                        tmp + "/private.pcap").stdout)[2]
        check(got["verdict"] == verdict if verdict else got["verdict"] != "ok", "private", key[:1], got["verdict"],
              got.get("why"))


def many(tools, tmp):
    """More negotiations than are followed at a time."""
    def packets():
        server = bytes([192, 0, 2, 1])
        for i in range(100000):
            client, some = struct.pack(">I", 0x0a000000 + i), struct.pack(">QQQQ", i, i * 7, i * 13, 5)
            yield packet(client, server, init(i + 1, 0, 8, some, some))
            yield packet(server, client, init(i + 1, i + 10 ** 9, 0x20, some, some))
    write(tmp + "/many.pcap", packets())
    pid = subprocess.Popen([tools + "/ipsec-ike", "decode", "--json", "-r", tmp + "/many.pcap"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    last = b""
    for last in pid.stdout:
        pass
    _, status, used = os.wait4(pid.pid, 0)
    end = json.loads(last)
    check(status == 0 and (end["messages"], end["ike_sas"], end["failed"]) == (200000, 100000, 0), "many", status, end)
    check(used.ru_maxrss * 1024 < MEMORY or "asan" in tools or "tsan" in tools, "many:", used.ru_maxrss, "KB")


def main():
    tools = sys.argv[1]
    with tempfile.TemporaryDirectory() as tmp:
        for base in sys.argv[2:]:
            for name in sorted(os.listdir(base)):
                case = base + "/" + name
                if not os.path.exists(case + "/keys.json") or not glob.glob(case + "/*.log"):
                    continue
                decrypted(tools, case, tmp)
                shuffled(tools, case, tmp)
                keys = json.load(open(case + "/keys.json"))
                if keys["ike_version"] == 2 and any(c["exchange"] == "IKE_AUTH" for c in keys.get("child_sas", [])):
                    partial(tools, case, tmp)
        private(tools, tmp)
        many(tools, tmp)
    print("%d checks, %d failed" % (done, bad))
    sys.exit(1 if bad or done < 100 else 0)


main()
