#!/usr/bin/python3
"""refuse.py - nothing ever comes out that did not verify.

usage: refuse.py DECAP KERNEL-DIR

For one packet of each suite: every bit of every byte flipped (the outer header too, which ESP does not
protect): only the very packet that was sealed may come out.  Wrong keys, and the two ends' keys
swapped: exit 1, nothing written.
"""
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402

CASES = ["esp-tun44-aes128gcm16-noreplay", "esp-tun44-aes128gcm8", "esp-tra44-aes128ccm12",
         "esp-tun44-aes256ccm8", "esp-tra66-aes128gmac", "esp-tra44-chacha20poly1305",
         "esp-tun44-aes192cbc-sha384-192", "esp-tun44-aes128cbc-sha256-96", "esp-tra66-aes192cbc-xcbc-96",
         "esp-tun44-aes256cbc-cmac-96", "esp-tun44-aes192ctr-sha256-128", "esp-tra66-3des-md5-96-sizes",
         "esp-tun44-null-sha1-96-tfc300", "esp-natt-tun44-chacha20poly1305-port40001",
         "esp-tun44-aes256gcm16-esn-cross"]


def write_pcap(path, link, records):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link))
        for p in records:
            f.write(struct.pack("<IIII", 1, 0, len(p), len(p)) + p)


def decap(tool, sa, records, link, tmp, *options):
    write_pcap(tmp + "/in", link, records)
    run = subprocess.run(tool + ["-s", sa, "-r", tmp + "/in", "-w", tmp + "/out", "--link", "raw",
                          "--replay-window", "off", *options], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise SystemExit("exit %d: %s" % (run.returncode, run.stderr))
    return run.returncode, [p for _, _, p, _ in pcaps.packets(tmp + "/out")]


def flipped(frame):
    for i in range(14, len(frame)):
        for bit in range(8):
            yield frame[:i] + bytes([frame[i] ^ 1 << bit]) + frame[i + 1:]


def esp_at(ip):
    at = (ip[0] & 15) * 4 if ip[0] >> 4 == 4 else 40
    return at + (8 if (ip[9] if ip[0] >> 4 == 4 else ip[6]) == 17 else 0)


def check_case(tool, path, tmp):
    wire = [(link, p) for _, link, p, _ in pcaps.packets(path + "/wire.pcap")]
    link, frame = wire[2]
    sa = path + "/xfrm-state.txt"
    status, sealed = decap(tool, sa, [frame], link, tmp)
    if status != 0 or len(sealed) != 1:
        return "the packet itself does not open"
    status, out = decap(tool, sa, list(flipped(frame)), link, tmp)
    ip = pcaps.ip_of(link, frame)
    protected = (len(ip) - esp_at(ip)) * 8
    transport = "-tra" in path
    for p in out:
        # transport mode keeps the outer header, damage and all; what ESP protects must be intact
        if p != sealed[0] and not (transport and p[20:] == sealed[0][20:] or
                                   transport and p[40:] == sealed[0][40:]):
            return "a damaged packet came out: %s" % p.hex()
    if status != 1 or len(out) > (len(frame) - 14) * 8 - protected:
        return "%d of %d damaged packets came out, exit %d" % (len(out), (len(frame) - 14) * 8, status)
    text = open(sa).read()
    wrong = re.sub(r"(0x[0-9a-f]{31})([0-9a-f])", lambda m: m.group(1) + "%x" % (int(m.group(2), 16) ^ 1), text)
    open(tmp + "/wrong", "w").write(wrong)
    keys = re.findall(r"\t(?:aead|auth-trunc|enc) \S+ (0x[0-9a-f]+)", text)
    half = len(set(keys)) // 2
    order = list(dict.fromkeys(keys))
    turned = text
    for a, b in zip(order[:half], order[half:]):
        turned = turned.replace(a, "@").replace(b, a).replace("@", b)
    open(tmp + "/swapped", "w").write(turned)
    for name in ("wrong", "swapped"):
        status, out = decap(tool, tmp + "/" + name, [p for _, p in wire], link, tmp)
        if status != 1 or out:
            return "%s keys: exit %d, %d packets" % (name, status, len(out))
    return None


def main():
    tool, base = sys.argv[1:3]
    passed = failed = 0
    for name, engine in [(name, engine) for name in CASES for engine in pcaps.engines(tool)]:
        with tempfile.TemporaryDirectory() as tmp:
            why = check_case([tool, "--engine", engine], base + "/" + name, tmp)
        passed, failed = passed + (why is None), failed + (why is not None)
        if why:
            print("FAIL refuse %s (%s): %s" % (name, engine, why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
