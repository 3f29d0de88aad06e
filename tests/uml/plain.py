"""plain - plaintext packets for the matrix, the same on every machine.

A flow is a pair of addresses; packets(flow) gives ICMP, UDP and TCP of many sizes, the others what one
purpose needs.  All checksums are right.
"""
import ipaddress
import struct

TTL = 61


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return struct.pack(">H", ~total & 0xffff)


def octets(n, seed):
    """Octets that do not compress; seed None: those that do."""
    if seed is None:
        return (b"all work and no play makes jack a dull boy " * (n // 43 + 1))[:n]
    out, state = bytearray(), seed * 2654435761 + 1
    while len(out) < n:
        state = (state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
        out.append(state >> 56)
    return bytes(out)


def _pseudo(src, dst, kind, n):
    return src.packed + dst.packed + struct.pack(">I3xB" if src.version == 6 else ">xBH", *(
        (n, kind) if src.version == 6 else (kind, n)))


def _upper(src, dst, kind, i, body):
    if kind == 17:
        head, at = struct.pack(">HHHH", 10000 + i, 9999, 8 + len(body), 0), 6
    elif kind == 6:
        head, at = struct.pack(">HHIIBBHHH", 20000 + i, 443, 1000 * i, 77, 0x50, 0x10, 4096, 0, 0), 16
    else:
        head, at = struct.pack(">BBHHH", 128 if kind == 58 else 8, 0, 0, 77, i), 2
    pseudo = b"" if kind == 1 else _pseudo(src, dst, kind, len(head) + len(body))
    whole = head + body
    return whole[:at] + checksum(pseudo + whole) + whole[at + 2:]


def mended(p):
    """An IPv4 packet with the checksum its header should have."""
    n = (p[0] & 15) * 4
    return p[:10] + checksum(p[:10] + bytes(2) + p[12:n]) + p[12:]


def ip4(src, dst, kind, ident, body, options=b"", tos=0, flags=0):
    return mended(struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, tos, 20 + len(options) + len(body), ident,
                              flags, TTL, kind, 0) + src.packed + dst.packed + options + body)


def ip6(src, dst, kind, body, headers=(), tos=0, flow=0):
    """headers: [(type, all but the first octet)], the extension headers."""
    kinds = [k for k, _ in headers] + [kind]
    body = b"".join(bytes([k]) + h for k, (_, h) in zip(kinds[1:], headers)) + body
    return struct.pack(">IHBB", 6 << 28 | tos << 20 | flow, len(body), kinds[0], TTL) + \
        src.packed + dst.packed + body


def _packet(flow, i, kind, size, seed, tos=0, extra=b""):
    """extra: IPv4 options, or IPv6 extension headers as ip6() takes them."""
    src, dst = map(ipaddress.ip_address, flow)
    kind = 58 if kind == 1 and src.version == 6 else kind
    body = _upper(src, dst, kind, i, octets(size, seed))
    if src.version == 4:
        return ip4(src, dst, kind, 0x3000 + i, body, extra, tos, 0x4000 * (i % 2))
    return ip6(src, dst, kind, body, extra, tos, 0x12300 + i)


def packets(flow):
    """Twenty: each length of ESP padding, nothing at all, nearly an Ethernet frame."""
    sizes = list(range(16)) + [64, 557, 1200, 1300]
    return [_packet(flow, i, (17, 1, 6)[i % 3], size, i) for i, size in enumerate(sizes)]


def small(flow):
    """Nothing that would have room for 255 octets of padding."""
    return packets(flow)[:16]


def more(flow):
    """Four behind the last packet that a fault is done to."""
    return packets(flow) + packets(flow)[:4]


def soft(flow):
    """What IPComp shrinks, what it does not, and what is too short for it."""
    return [_packet(flow, i, 17, size, seed) for i, (size, seed) in enumerate(
        [(0, 1), (40, None), (400, None), (1300, None), (700, 5), (8, None), (1000, None), (90, 9)])]


def large(flow):
    return [_packet(flow, 2 * i, 17, size, i) for i, size in enumerate([100, 1400, 1600, 3000, 9, 6000])]


def marked(flow):
    """Each DSCP and ECN field."""
    return [_packet(flow, i, 17, 30, i, tos) for i, tos in enumerate([0, 1, 2, 3, 0xb8, 0xb9, 0xba, 0x28])]


def jumbo(flow):
    return [_packet(flow, i, 17, size, i) for i, size in enumerate([1473, 4000, 8000, 8900])]


def options(flow):
    """IPv4 options or IPv6 extension headers; the last packet has none."""
    if ":" in flow[0]:
        hop = (0, bytes([0, 5, 2, 0, 0, 1, 0]))			# router alert, PadN
        dest = (60, bytes([0, 0x3e, 4, 1, 2, 3, 4]))		# unknown, may change on the way
        route = (43, bytes([2, 4, 0, 0, 0, 0, 0]) + ipaddress.ip_address(flow[1]).packed)	# RFC 8754, at its end
        kinds = [[hop], [dest], [route], [hop, dest], [hop, route], [hop, route, dest], []]
    else:
        # NOP and end; security; router alert; record route; time stamp
        kinds = [b"\1\1\1\0", b"\x82\x0b" + bytes(10), b"\x94\4\0\0", b"\7\7\4\0\0\0\0\0",
                 b"\x44\x0c\5\0" + bytes(8), b""]
    return [_packet(flow, i, 17, 50 + i, i, extra=extra) for i, extra in enumerate(kinds)]


def rebuilt(p):
    """A receiver in BEET mode between families makes the inner header anew: no identification, no flow label."""
    if p[0] >> 4 == 6:
        return p[:1] + bytes([p[1] & 0xf0, 0, 0]) + p[4:]
    return mended(p[:4] + b"\0\0\x40\0" + p[8:])


def forwarded(p):
    """One less TTL."""
    if p[0] >> 4 == 6:
        return p[:7] + bytes([p[7] - 1]) + p[8:]
    return mended(p[:8] + bytes([p[8] - 1]) + p[9:])


def protocol_253(p):
    """With the next header of an experiment (RFC 3692)."""
    if p[0] >> 4 == 6:
        return p[:6] + bytes([253]) + p[7:]
    return mended(p[:9] + bytes([253]) + p[10:])


def pcap(path, ips):
    """Link type RAW, one packet a millisecond."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for i, p in enumerate(ips):
            f.write(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(p), len(p)) + p)
