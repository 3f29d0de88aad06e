"""pcaps - a reader of pcap and pcapng of its own, so that our C reader is not its own judge."""
import gzip
import os
import struct
import subprocess
import sys


def packets(path):
    """Yields (nanoseconds, linktype, bytes, wire length)."""
    data = open(path, "rb").read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    magic = data[:4]
    if magic in (b"\x0a\x0d\x0d\x0a",):
        yield from _ng(data)
        return
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    link = struct.unpack(order + "I", data[20:24])[0] & 0xffff
    at = 24
    while at < len(data):
        sec, sub, cap, wire = struct.unpack(order + "IIII", data[at:at + 16])
        yield sec * 10**9 + sub * unit, link, data[at + 16:at + 16 + cap], wire
        at += 16 + cap


def _ng(data):
    at, ifaces, order = 0, [], "<"
    while at < len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            ifaces = []
        kind, size = struct.unpack(order + "II", data[at:at + 8])
        body = data[at + 8:at + size - 4]
        if kind == 1:
            link, opts, unit = struct.unpack(order + "H", body[:2])[0], body[8:], 10**-6
            while len(opts) >= 4:
                code, n = struct.unpack(order + "HH", opts[:4])
                if code == 9:
                    unit = 2.0 ** -(opts[4] & 127) if opts[4] & 128 else 10.0 ** -opts[4]
                opts = opts[4 + (n + 3) // 4 * 4:]
            ifaces.append((link, unit))
        elif kind == 6:
            i, hi, lo, cap, wire = struct.unpack(order + "IIIII", body[:20])
            link, unit = ifaces[i]
            yield round((hi << 32 | lo) * unit * 10**9), link, body[20:20 + cap], wire
        at += size


def ip_of(link, p):
    """The IP packet in a frame: without link header and Ethernet padding, or None."""
    if link == 1:
        at, kind = 14, p[12:14]
        while kind in (b"\x81\x00", b"\x88\xa8", b"\x91\x00"):
            kind, at = p[at + 2:at + 4], at + 4
        if kind not in (b"\x08\x00", b"\x86\xdd"):
            return None
    elif link == 113:
        at, kind = 16, p[14:16]
    elif link == 276:
        at, kind = 20, p[0:2]
    else:
        at, kind = 0, b"\x08\x00" if p[0] >> 4 == 4 else b"\x86\xdd"
    want = {b"\x08\x00": 4, b"\x86\xdd": 6}[kind]
    p = p[at:]
    assert p[0] >> 4 == want, "the link header says IPv%d, the packet is IPv%d" % (want, p[0] >> 4)
    n = struct.unpack(">H", p[2:4])[0] if want == 4 else 40 + struct.unpack(">H", p[4:6])[0]
    return p[:n]


def engines(tool):
    """What --engine can be here.  libipsec-mb must be there on x86-64; elsewhere its absence is said."""
    probe = subprocess.run([tool, "--engine", "ipsec-mb", "-s", os.devnull, "-r", os.devnull, "-w", os.devnull],
                           capture_output=True, text=True).stderr
    if "option --engine" not in probe:
        return ["openssl", "ipsec-mb"]
    if os.uname().machine == "x86_64":
        sys.exit(probe)
    print("without ipsec-mb: " + probe.split("\n")[0])
    return ["openssl"]
