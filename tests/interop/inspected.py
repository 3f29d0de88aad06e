#!/usr/bin/python3
"""inspected.py - ipsec-inspect against captures whose truth is known.

usage: inspected.py BIN-DIR KERNEL-DIR STRONGSWAN-DIR...

Counts of kernel captures as case.json has them; findings of every capture: what it was made to show comes first, clean ones
have none; loss, duplicates and delays made by ipsec-encap --impair counted again here, packet by packet; shares of a capture
merged give the report of the whole; the annotated capture as tshark reads it; two ends compared; reports valid by the schema.
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
bad = 0

# what captures were made to show, beyond being clean; case name (a pattern) -> errors and warnings there are
SHOWS = [
    (r".*-outerfrag$", {"esp-fragmented"}), (r".*-noauth$", {"no-integrity"}), (r"netem-dup-reorder-.*", {"replayed"}),
    (r"netem-corrupt-.*", {"altered"}), (r".*-seqend$", {"sequence-wrap"}), (r".*-seqwrap$", {"sequence-wrap"}),
    (r"esp-beet-4in6-aes128cbc-sha256-128$", {"esp-fragmented", "mss-not-clamped"}),
    (r"fail-no-proposal-ike$|no-nat-child-fails$|esp-.*-esn(-noesn)?$", {"no-proposal"}),
    (r"v1-fail-no-proposal$|v1-no-nat-port-500$", {"no-proposal"}),
    (r"cookie.*|fail-ts-gcm$|ts-ranges$|v1-fail-quick-id$", {"ts-unacceptable"}),
    (r"fail-no-peer-config$|fail-wrong-psk.*|ppk-wrong$", {"auth-failed"}), (r"cert-untrusted$", {"certificate-untrusted"}),
    (r"ppk-no-ppk-auth$|ppk-optional-fallback$", {"ppk-not-used"}), (r"transport-mode-refused$", {"transport-refused"}),
    (r"cfg-vip-none$", {"address"}), (r"eap-mschapv2-wrong-password$", {"eap-failed", "ike-retransmissions"}),
    (r"loss-responses-gcm$", {"ike-retransmissions"}), (r"no-answer$", {"no-answer", "ike-retransmissions"}),
    (r"no-answer-icmp$", {"no-answer", "ike-retransmissions", "unreachable"}),
    (r"rekey-child-collision$", {"ike-retransmissions"}), (r"v1-fail-wrong-psk$", {"wrong-psk", "ike-retransmissions"}), (r"v1-aggressive-fail-wrong-psk$", {"auth-failed", "aggressive-psk"}),
    (r"v1-aggressive-psk-.*", {"aggressive-psk", "ike-retransmissions"}), (r"v1-aggressive-rsa$", {"ike-retransmissions"}),
    (r"v1-xauth-wrong-password$", {"xauth-failed"}),
]
# weak algorithms are what they are
WEAK = {"weak-esp", "weak-ike"}
# the retransmissions of this one are there or not, by the daemon's mood
MAY = {"v1-aggressive-psk-aes256-sha256": {"ike-retransmissions"}}
# IPComp in tunnel mode also passes plain IP in IP, which no capture tells from a tunnel without IPComp
COUNTED_LESS = {"ipcomp-tun44"}


def check(ok, what, why=""):
    global bad
    print(("ok" if ok else "not ok") + " inspect " + what + ("" if ok else ": " + str(why)[:400]))
    bad += not ok


def inspect(tools, *args, status=(0, 1)):
    r = subprocess.run([tools + "/ipsec-inspect", *args], capture_output=True, timeout=120)
    if r.returncode not in status:
        raise AssertionError("ipsec-inspect %s: %d %s" % (" ".join(args), r.returncode, r.stderr.decode()[:300]))
    return r.stdout.decode()


def events(text):
    return [json.loads(line) for line in text.splitlines()]


def of(lines, event):
    return [line for line in lines if line["event"] == event]


def wire(case):
    for name in ("wire.pcap", "wire.pcap.gz", "wire.pcapng"):
        if os.path.exists(case + "/" + name):
            return case + "/" + name
    return None


def keys(case):
    out = []
    if os.path.exists(case + "/xfrm-state.txt"):
        out += ["--sa", case + "/xfrm-state.txt"]
    for name in ("initiator-1.log", "initiator.log", "responder.log"):
        if os.path.exists(case + "/" + name):
            out += ["--keys", case + "/" + name]
    return out


def cases(root):
    return [root + "/" + c for c in sorted(os.listdir(root)) if os.path.exists(root + "/" + c + "/case.json") and wire(root + "/" + c)]


def kernel_counts(tools, case):
    truth = json.load(open(case + "/case.json"))
    lines = events(inspect(tools, "--json", "-r", wire(case)))
    sas = of(lines, "sa")
    got = (of(lines, "capture")[0]["packets"], sum(s["packets"] for s in sas), sum(s.get("duplicates", 0) for s in sas))
    want = (truth["wire_records"], truth["protected_datagrams"], truth["duplicates"])
    if os.path.basename(case) in COUNTED_LESS:
        got, want = (got[0], 0, got[2]), (want[0], 0, want[2])
    check(got == want, os.path.basename(case) + ": counts", "records, datagrams, duplicates %s, wanted %s" % (got, want))


def wanted(name):
    for pattern, ids in SHOWS:
        if re.fullmatch(pattern, name):
            return ids
    return set()


def findings(tools, case):
    name = os.path.basename(case)
    found = [f for f in of(events(inspect(tools, "--json", "-r", wire(case), *keys(case))), "finding") if f["severity"] != "info"]
    ids = {f["id"] for f in found} - WEAK - MAY.get(name, set())
    want = wanted(name)
    if name.startswith("v1-aggressive-psk-"):
        ids, want = ids - {"ike-retransmissions"}, want - {"ike-retransmissions"}
    check(ids == want, name + ": findings", "%s, wanted %s" % (sorted(ids), sorted(want)))
    if "fail" in name or name in ("no-answer", "no-answer-icmp", "cfg-vip-none", "cert-untrusted", "ppk-wrong"):
        first = found[0]["id"] if found else None
        check(first in want - {"ike-retransmissions", "unreachable", "aggressive-psk"}, name + ": the cause comes first", first)


def unkeyed(tools, case):
    """Without keys less is seen, and nothing that is not there."""
    name = os.path.basename(case)
    ids = {f["id"] for f in of(events(inspect(tools, "--json", "-r", wire(case))), "finding") if f["severity"] != "info"}
    more = ids - WEAK - MAY.get(name, set()) - wanted(name) - {"auth-refused-unread"}
    if wanted(name) & {"ts-unacceptable", "no-proposal", "address"}:
        more -= {"child-refused-unread"}
    may = {"duplicates"} if "replayed" in wanted(name) else {"wrong-psk"} if "auth-failed" in wanted(name) else \
        {"ike-retransmissions"} if name.startswith("v1-aggressive-") else set()
    check(more <= may, name + ": findings without keys", sorted(more))


BLOCKS_64 = {"3des", "des", "des-iv64", "cast", "blowfish"}
BLOCKS_128 = {"aes-cbc", "camellia-cbc", "serpent", "twofish"}
ICV = {"hmac-sha2-256-128": "16", "hmac-sha2-384-192": "24", "hmac-sha2-512-256": "32", "none": "none"}


def ciphers(tools, case):
    """What lengths and IVs say of a cipher, against what its keys are for; an SA with packets of one length may say nothing."""
    def sas(*more):
        return {(s["spi"], s["dst"]): s for s in of(events(inspect(tools, "--json", "-r", wire(case), *more)), "sa") if s["proto"] == "esp"}
    truth = sas(*keys(case)) if keys(case) else {}
    wrong = []
    for sa, guess in sas().items():
        encr, said = truth.get(sa, {}).get("encr"), guess.get("cipher")
        if encr is None or said is None:
            continue
        icv = ICV.get(truth[sa].get("integ"), "12")
        fits = "NULL" in said if encr.startswith("null") else "3DES" in said and icv in said if encr in BLOCKS_64 else \
            "AES-CBC" in said and icv in said.split("ICV")[1] if encr in BLOCKS_128 else "AES-CTR" in said and "AES-GCM" in said
        if not fits or (guess["cipher_percent"] > 90 and said.count("ICV") and icv not in said and not encr.startswith("null")):
            wrong.append((sa, encr, truth[sa].get("integ"), said))
    check(not wrong, os.path.basename(case) + ": ciphers without keys", wrong)


# --- what ipsec-encap spoils, counted here ---

def records(path):
    data = open(path, "rb").read()
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        caplen = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield data[at + 16:at + 16 + caplen]
        at += 16 + caplen


def plain(path, n):
    """n UDP packets of several sizes, raw IP."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i in range(n):
            size = 60 + 37 * i % 900
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + size, i & 0xffff, 0, 64, 17, 0, bytes((10, 1, 0, 1)), bytes((10, 2, 0, 1)))
            s = sum(struct.unpack(">10H", ip))
            s = (s & 0xffff) + (s >> 16)
            ip = ip[:10] + struct.pack(">H", ~((s & 0xffff) + (s >> 16)) & 0xffff) + ip[12:]
            udp = struct.pack(">HHHH", 4000, 4001, size, 0) + bytes(size - 8)
            f.write(struct.pack("<IIII", 1000 + i // 1000, i % 1000 * 1000, len(ip + udp), len(ip + udp)) + ip + udp)


def count_again(path):
    """Loss, duplicates, late ones of a capture with one ESP SA over raw IP, by keeping every number."""
    seen, top, late, dup, most = set(), 0, 0, 0, 0
    for p in records(path):
        if p[9] != 50:
            continue
        seq = struct.unpack(">I", p[24:28])[0]
        if seq in seen:
            dup += 1
            continue
        if seq < top:
            late += 1
            most = max(most, top - seq)
        seen.add(seq)
        top = max(top, seq)
    return {"lost": top - min(seen) + 1 - len(seen), "duplicates": dup, "late": late, "late_most": most}


def permutations(tools, work):
    subprocess.run([tools + "/ipsec-keygen", "sa", "--proposal", "aes128gcm16", "--src", "192.0.2.1", "--dst", "192.0.2.2", "--seed", "01",
                    "-o", work + "/sa.json"], check=True, capture_output=True)
    plain(work + "/plain.pcap", 3000)
    for impair in ("drop:prob=0.05", "reorder:prob=0.1", "duplicate:prob=0.03", "replay:prob=0.02", "drop:every=7,reorder:every=11,duplicate:every=13"):
        out = work + "/impaired.pcap"
        subprocess.run([tools + "/ipsec-encap", "-q", "-s", work + "/sa.json", "--impair", impair, "-r", work + "/plain.pcap", "-w", out],
                       check=True, capture_output=True)
        sa = of(events(inspect(tools, "--json", "-r", out)), "sa")[0]
        got = {k: sa.get(k, 0) for k in ("lost", "duplicates", "late", "late_most")}
        want = count_again(out)
        check(got == want and any(want.values()), "--impair " + impair, "%s, wanted %s" % (got, want))


# --- other outputs ---

def shares(tools, case, work):
    args = ["--json", "-r", wire(case), *keys(case)]
    whole = inspect(tools, *args)
    files = []
    for k in (1, 2, 3):
        files.append(work + "/share-%d.json" % k)
        open(files[-1], "w").write(inspect(tools, *args, "--shard", "%d/3" % k))
    merged = inspect(tools, "--merge", "--json", files[2], files[0], files[1])
    check(merged == whole, os.path.basename(case) + ": three shares merged", "differ")
    check("wanted all of them" in subprocess.run([tools + "/ipsec-inspect", "--merge", *files[:2]], capture_output=True).stderr.decode(),
          os.path.basename(case) + ": a share is missing")


def parallel(tools, root, work):
    """The example of the manual page: shares by GNU parallel."""
    case = root + "/many-sa-66"
    r = subprocess.run("cd '%s' && PATH=%s:$PATH parallel --will-cite ipsec-inspect --json --shard {}/4 -r '%s' '>' share-{}.json ::: 1 2 3 4; "
                       "%s/ipsec-inspect --json --merge share-1.json share-2.json share-3.json share-4.json" %
                       (work, os.path.abspath(tools), os.path.abspath(wire(case)), os.path.abspath(tools)), shell=True, capture_output=True)
    whole = inspect(tools, "--json", "-r", os.path.abspath(wire(case)))
    check(r.stdout.decode() == whole, "GNU parallel: four shares", r.stderr.decode() or "differ")


def decap_shares(tools, root, work):
    case = root + "/many-sa-66"
    out = []
    for share in (None, "1/3", "2/3", "3/3"):
        path = work + "/inner.pcap"
        subprocess.run([tools + "/ipsec-decap", "-q", "-s", case + "/xfrm-state.txt", "-r", wire(case), "-w", path] +
                       (["--shard", share] if share else []), capture_output=True, check=True)
        out.append(sorted(records(path)))
    check(out[0] == sorted(out[1] + out[2] + out[3]) and all(out[1:]), "ipsec-decap --shard: together all packets", [len(o) for o in out])


def annotated(tools, case, work):
    path = work + "/annotated.pcapng"
    inspect(tools, "-r", wire(case), *keys(case), "--annotate", path)
    fields = ["-T", "fields", "-e", "frame.number", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.comment"]
    r = subprocess.run(["tshark", "-r", path, *fields], capture_output=True, text=True)
    before = subprocess.run(["tshark", "-r", wire(case), *fields[:-2]], capture_output=True, text=True)
    rows = [line.split("\t") for line in r.stdout.splitlines()]
    check([row[:3] for row in rows] == [line.split("\t")[:3] for line in before.stdout.splitlines()] and rows,
          os.path.basename(case) + ": --annotate keeps the packets", r.stderr)
    packets = of(events(inspect(tools, "--json", "--packets", "-r", wire(case), *keys(case))), "inspected-packet")
    want = {p["packet"]: p["spi"] for p in packets if "spi" in p}
    got = {int(row[0]): re.search(r"0x[0-9a-f]{8}", row[3]) for row in rows if len(row) > 3}
    check(want and all(n in got and got[n] and got[n][0] == spi for n, spi in want.items()), os.path.basename(case) + ": comments name SAs", want)


def comments_kept(tools, case, work):
    """Comments that a pcapng has, of both byte orders; and with a filter, or several files, the numbers of the report."""
    packets = []
    with open(wire(case), "rb") as f:
        data = f.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, dlt = 24, struct.unpack(order + "I", data[20:24])[0]
    while at < len(data):
        n = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        packets.append(data[at + 16:at + 16 + n])
        at += 16 + n

    def shown(path, *args):
        out = work + "/commented.pcapng"
        inspect(tools, "-r", path, *args, "--annotate", out)
        r = subprocess.run(["tshark", "-r", out, "-T", "fields", "-E", "quote=d", "-E", "occurrence=a", "-e", "frame.number", "-e", "frame.comment"],
                           capture_output=True, text=True)
        return re.split(r'^"\d+"\t', r.stdout, flags=re.M)[1:]
    for order in "<>":
        def block(kind, body):
            return struct.pack(order + "II", kind, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))

        def option(code, value):
            return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)
        path = work + "/own.pcapng"
        with open(path, "wb") as f:
            f.write(block(0x0a0d0d0a, struct.pack(order + "IHHQ", 0x1a2b3c4d, 1, 0, 2**64 - 1)) + block(1, struct.pack(order + "HHI", dlt, 0, 0)))
            for i, p in enumerate(packets):
                own = option(2, bytes(4)) + option(1, b"note one") + option(1, "n\u00f6te two".encode()) + option(0, b"") if i == 2 else b""
                f.write(block(6, struct.pack(order + "IIIII", 0, 0, 1000 * i, len(p), len(p)) + p + bytes(-len(p) % 4) + own))
        got = shown(path)
        check(len(got) == len(packets) and all("note one" in g and "te two" in g and "0x" in g for g in got[2:3]) and not any("note" in g for g in got[3:]),
              "--annotate keeps comments, byte order " + order, got[:4])
    esp = [p["packet"] for p in of(events(inspect(tools, "--json", "--packets", "-r", path)), "inspected-packet") if "spi" in p]
    got = shown(path, "greater 400")
    long = [i + 1 for i, p in enumerate(packets) if len(p) >= 400]
    check(long and long[0] > 1 and len(got) == len(long) and all("packet %d" % n in g for n, g in zip(long, got)) and esp,
          "--annotate with a filter names the report's numbers", got)
    got = shown(path, "-r", path)
    check(len(got) == 2 * len(packets) and "packet 1:3" in got[2] and "packet 2:1" in got[len(packets)], "--annotate of several files, too", got[:3])


def two_ends(tools, case):
    """The same tunnel on both sides of a NAT; the truth is in the packets themselves."""
    lines = events(inspect(tools, "--json", "-r", wire(case), "--other", case + "/wire-responder.pcap"))
    ids = {f["id"] for f in of(lines, "finding")}
    lines = of(lines, "compared")
    check("rewritten" in ids and not ids & {"lost-between", "blocked-between", "missed-by-capture", "captures-unrelated"}, "--other: a NAT rewrites", ids)
    esp = [line for line in lines if line["proto"] == "esp"]
    check(esp and all(line["one_alone"] == line["other_alone"] == 0 and line["both"] == line["one"]["packets"] for line in esp),
          "--other: nothing was lost through the NAT", esp)
    there = [line for line in esp if line["one"]["src"].startswith("10.")]
    check(there and all(line["nearer"] == "one" and line["one"]["sport"] != line["other"]["sport"] and
                        line["one"]["ttl"] == line["other"]["ttl"] + 1 and line["other"]["src"] != line["one"]["src"] for line in there),
          "--other: what the NAT rewrote", there)


def csv(tools, case):
    rows = inspect(tools, "-q", "-r", wire(case), "--csv", "/dev/stderr")
    r = subprocess.run([tools + "/ipsec-inspect", "-q", "-r", wire(case), "--csv", "/dev/stderr"], capture_output=True, text=True)
    lines = r.stderr.splitlines()
    packets = sum(int(line.split(",")[6]) for line in lines[1:])
    sas = of(events(inspect(tools, "--json", "-r", wire(case))), "sa")
    check(rows and lines[0].startswith("proto,spi,") and packets == sum(s["packets"] for s in sas), "--csv: packets add up", packets)


def schema(tools, root, swan):
    import jsonschema
    v = jsonschema.Draft202012Validator(json.load(open(HERE + "/../../man/ipsec-event.schema.json")))
    n = 0
    for case in cases(root)[:12] + cases(swan)[:12]:
        for more in ([], ["--packets"], ["--other", wire(case)]):
            for line in events(inspect(tools, "--json", "-r", wire(case), *keys(case), *more)):
                n += 1
                if not v.is_valid(line):
                    check(False, "schema: " + os.path.basename(case), json.dumps(line))
                    return
    check(n > 500, "schema: %d lines are valid" % n, n)


def main():
    tools, root, *swans = sys.argv[1:]
    for case in cases(root):
        kernel_counts(tools, case)
        ciphers(tools, case)
        findings(tools, case)
        unkeyed(tools, case)
    for swan in swans:
        for case in cases(swan):
            ciphers(tools, case)
            findings(tools, case)
            unkeyed(tools, case)
    with tempfile.TemporaryDirectory() as work:
        permutations(tools, work)
        for case in cases(root)[::9] + [c for swan in swans for c in cases(swan)][::4]:
            shares(tools, case, work)
        parallel(tools, root, work)
        decap_shares(tools, root, work)
        for case in cases(root)[::20] + [c for swan in swans for c in cases(swan)][::6]:
            annotated(tools, case, work)
        comments_kept(tools, next(c for c in cases(root) if c.endswith("esp-tun44-aes128gcm16-w256-noesn")), work)
    both = [c for swan in swans for c in cases(swan) if os.path.exists(c + "/wire-responder.pcap")]
    check(bool(both), "there is a tunnel captured at both ends")
    for case in both:
        two_ends(tools, case)
    csv(tools, cases(root)[0])
    schema(tools, root, swans[0])
    sys.exit(bad != 0)


main()
