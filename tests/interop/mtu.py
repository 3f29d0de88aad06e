#!/usr/bin/python3
"""mtu.py - "ipsec-sa mtu" against the sizes of packets that the Linux kernel made and that ipsec-encap seals.

usage: mtu.py BINARIES CASE...
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

import cases
import pcaps

passed = failed = compared = 0


def count(fine, what):
    global passed, failed
    passed, failed = passed + bool(fine), failed + (not fine)
    if not fine:
        print("FAIL mtu: " + what)


def sizes(tool, sas, first, last, *options):
    """{(spi of the outermost layer, inner length): outer length}"""
    run = subprocess.run([tool, "mtu", "--json", "--payload", "%d-%d" % (first, last), "-s", "-", *options],
                         input="".join(json.dumps(d) + "\n" for d in sas), capture_output=True, text=True)
    out = {}
    for line in run.stdout.splitlines():
        a = json.loads(line)
        parts = a["layers"][-1]
        if a["outer"] == 0:
            continue
        total = sum(v for k, v in parts.items() if k not in ("proto", "spi", "mode"))
        assert total == a["outer"], line
        out[int(parts["spi"], 16), a["inner"]] = a["outer"]
    return out, run


def ip_len(p):
    return struct.unpack(">H", p[2:4])[0] if p[0] >> 4 == 4 else 40 + struct.unpack(">H", p[4:6])[0]


def is_plain(p):
    """No options, no extension headers: what mtu counts with."""
    return p[0] == 0x45 if p[0] >> 4 == 4 else p[0] >> 4 == 6 and p[6] not in (0, 43, 44, 60)


def spi_of(p):
    at, proto = (20, p[9]) if p[0] >> 4 == 4 else (40, p[6])
    if proto == 17:
        return struct.unpack(">I", p[at + 8:at + 12])[0]
    if proto in (50, 51):
        return struct.unpack(">I", p[at + (4 if proto == 51 else 0):][:4])[0]
    return None


def kernel(tool, path):
    global compared
    case = json.load(open(path + "/case.json"))
    # what is compressed or padded on purpose has another size; fragments are no whole packets
    if case.get("tfcpad") or "comp" in str(case["proto"]) or "gre" in path:
        return
    sas = cases.descriptors(case)
    bundle = len({sa.get("layer", 0) for sa in case["sas"]}) > 1
    for d, sa in zip(sas, case["sas"]):
        if case.get("natt"):
            d["encap"] = {"type": "udp"}
        if bundle:
            d.update(bundle="b", layer=sa["layer"], dir="out" if sa["dir"] == case["sas"][0]["dir"] else "in")
        if d["mode"] == "beet" and case.get("inner_family"):
            d["ts"] = {"src": ["10.0.0.1" if "4" in case["inner_family"] else "fd00::1"]}
    plain = [pcaps.ip_of(link, p) for _, link, p, _ in pcaps.packets(path + "/plain.pcap")]
    wire_name = "/wire.pcapng" if os.path.exists(path + "/wire.pcapng") else "/wire.pcap"
    wire = [pcaps.ip_of(link, p) for _, link, p, _ in pcaps.packets(path + wire_name)]
    align = "4" if "align4" in path else "8"
    lengths = sorted(ip_len(p) for p in plain)
    want, run = sizes(tool, sas, lengths[0], lengths[-1], "--ah-align", align)
    here = 0
    for p, frames in zip(plain, case["plain_from_wire_frames"]):
        w = wire[frames - 1] if isinstance(frames, int) else None
        if w is None or not is_plain(p) or not is_plain(w) or spi_of(w) is None or (spi_of(w), ip_len(p)) not in want:
            continue
        here += 1
        if want[spi_of(w), ip_len(p)] != ip_len(w):
            count(False, "%s: inner %d, wire %d, computed %d" % (path, ip_len(p), ip_len(w),
                                                              want[spi_of(w), ip_len(p)]))
            return
    compared += here
    odd = any(word in path for word in ("ipopts", "exthdr", "outerfrag", "dsthdr"))
    count(here > 0 or odd, "%s: nothing compared: %s" % (path, run.stderr))


NET = b"\x20\x01\x0d\xb8" + bytes(11)


def v4(n):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, n, 1, 0x4000, 64, 253, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])) + bytes(n - 20)


def v6(n):
    return struct.pack(">IHBB", 0x60000000, n - 40, 253, 64) + NET + b"\1" + NET + b"\2" + bytes(n - 40)


def sealed(binaries, name, make, *options):
    """Every size from a header to 9,000, through ipsec-encap."""
    with tempfile.TemporaryDirectory() as tmp:
        sa = json.loads(subprocess.run([binaries + "/ipsec-keygen", "sa", *options], capture_output=True, check=True).stdout)
        open(tmp + "/sa", "w").write(json.dumps(sa))
        first = 20 if make is v4 else 40
        with open(tmp + "/in", "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
            for n in range(first, 9001):
                f.write(struct.pack("<IIII", n, 0, n, n) + make(n))
        subprocess.run([binaries + "/ipsec-encap", "-q", "-s", tmp + "/sa", "-r", tmp + "/in", "-w", tmp + "/out"], check=True)
        want, _ = sizes(binaries + "/ipsec-sa", [sa], first, 9000)
        got = [ip_len(p) for _, _, p, _ in pcaps.packets(tmp + "/out")]
    count(got == [want[int(sa["spi"], 16), n] for n in range(first, 9001)], "%s: sizes differ" % name)


binaries = sys.argv[1]
for path in sys.argv[2:]:
    kernel(binaries + "/ipsec-sa", path.rstrip("/"))
count(compared > 1000, "only %d packets compared" % compared)
ends = {4: ("--src", "192.0.2.1", "--dst", "192.0.2.2"), 6: ("--src", "2001:db8::1", "--dst", "2001:db8::2")}
for proposal in ("aes256gcm16", "aes128-sha256", "3des-sha1", "null-sha512", "chacha20poly1305", "aes128ccm12"):
    sealed(binaries, proposal, v4, "--proposal", proposal, *ends[4])
sealed(binaries, "udp", v4, "--proposal", "aes128gcm8-esn", "--encap", "udp", *ends[4])
sealed(binaries, "tunnel over IPv6", v6, "--proposal", "aes192-sha384", *ends[6])
sealed(binaries, "transport", v4, "--proposal", "aes128-sha1", "--mode", "transport", *ends[4])
sealed(binaries, "transport over IPv6", v6, "--proposal", "camellia128-md5", "--mode", "transport", *ends[6])
sealed(binaries, "AH", v4, "--proposal", "sha256", "--ah", *ends[4])
sealed(binaries, "AH over IPv6", v6, "--proposal", "sha384", "--ah", "--mode", "transport", *ends[6])
sealed(binaries, "BEET", v4, "--proposal", "aes128gcm16", "--mode", "beet", "--ts", "192.0.2.1=192.0.2.2", *ends[4])
sealed(binaries, "BEET over IPv6", v4, "--proposal", "aes128gcm16", "--mode", "beet", "--ts", "192.0.2.1=192.0.2.2", *ends[6])
print("mtu: %d packets of the kernel compared" % compared)
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
