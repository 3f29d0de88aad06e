"""case - one row of the kernel test: what is sent, and what the kernel must make of it."""
import dataclasses
import ipaddress
import struct

import plain
import xfrm

LAYERS = {50, 51, 108}		# ESP, AH, IPComp: what shows between the layers of a bundle
IPIP = {4, 41}
EXTENSIONS = {0, 43, 60}	# hop-by-hop, routing, destination options


def addresses(packet):
    """(source, destination) as text."""
    at, n = (12, 4) if packet[0] >> 4 == 4 else (8, 16)
    return tuple(str(ipaddress.ip_address(packet[i:i + n])) for i in (at, at + n))


def header(packet):
    """(offset of what follows the IP header and IPv6 extension headers, its protocol)."""
    if packet[0] >> 4 == 4:
        return (packet[0] & 15) * 4, packet[9]
    at, kind = 40, packet[6]
    while kind in EXTENSIONS and at + 2 <= len(packet):
        at, kind = at + (packet[at + 1] + 1) * 8, packet[at]
    return at, kind


def without_options(packet):
    """A receiving Linux fills in record-route and timestamp options: all else must be equal."""
    if packet[0] >> 4 == 6 or packet[0] & 15 == 5:
        return packet
    n = (packet[0] & 15) * 4
    return packet[:10] + bytes(2) + packet[12:20] + bytes(n - 20) + packet[n:]


def reassembled(packets):
    """IPv4 fragments, in order, put together; identification, flags and checksum are not compared."""
    out = []
    for p in packets:
        flags = struct.unpack(">H", p[6:8])[0]
        body = p[20:]
        if flags & 0x1fff:
            if not out or p[4:6] != out[-1][4:6] or (flags & 0x1fff) * 8 != len(out[-1]) - 20:
                raise ValueError("a fragment that does not follow the one before it")
            out[-1] += body
        else:
            out.append(p)
    return [plain.ip4(*map(ipaddress.ip_address, addresses(p)), p[9], struct.unpack(">H", p[4:6])[0], p[20:])
            for p in out]


@dataclasses.dataclass
class Case:
    name: str
    flows: dict			# {(inner source, inner destination): [SA, ...] innermost first}
    send: list			# IP packets
    want: list			# IP packets that must come out, in this order
    counters: dict = dataclasses.field(default_factory=dict)	# those that are not 0
    setup: list = None		# replaces xfrm.setup(flows)
    reassemble: bool = False	# what comes out may be fragments of what is wanted
    accepted: bool = True	# policies let it pass: what is not for the ends is forwarded

    def job(self):
        sas = [sa for chain in self.flows.values() for sa in chain]
        return {"name": self.name, "ends": xfrm.ends(sas), "udp": xfrm.ports(sas),
                "setup": xfrm.setup(self.flows) if self.setup is None else self.setup,
                "send": [p.hex() for p in self.send]}

    def _has_ipcomp(self):
        return any(sa["proto"] == "ipcomp" for chain in self.flows.values() for sa in chain)

    def _any_order(self):
        """Tunnels are put off, transport mode is not; what IPComp left as it was takes another path, too."""
        return self._has_ipcomp() or len({chain[0]["mode"] for chain in self.flows.values()}) > 1

    def _is_between(self, packet):
        """It shows between the layers of a bundle."""
        return header(packet)[1] in (LAYERS | IPIP if self._has_ipcomp() else LAYERS)

    def _comparable(self, packets):
        out = [without_options(p) for p in (reassembled(packets) if self.reassemble else packets)]
        return sorted(out) if self._any_order() else out

    def _forwarded(self, packets):
        """How many of them the policies let pass, and have to: to whom IPsec does not end, with a TTL left."""
        ends = xfrm.ends([sa for chain in self.flows.values() for sa in chain])
        return self.accepted * sum(addresses(p)[1] not in ends and p[8 if p[0] >> 4 == 4 else 7] > 1
                                   for p in packets)

    def _notes(self, result):
        seen = result["counters"]
        wrong = {k: v for k, v in seen.items() if k.startswith("Xfrm") and v != self.counters.get(k, 0)}
        wrong.update({k: seen.get(k) for k, v in self.counters.items() if seen.get(k) != v})
        if wrong:
            yield "counters %s, wanted %s" % (wrong, self.counters or "none")
        came = [p for p in map(bytes.fromhex, result["got"]) if not self._is_between(p)]
        got, want = self._comparable(came), self._comparable(self.want)
        if got != want:
            yield difference(got, want)
        forwarded = self._forwarded(came if self.reassemble else self.want)
        if result["forwarded"] != forwarded:
            yield "%d packets were forwarded, wanted %d" % (result["forwarded"], forwarded)

    def judge(self, result):
        """None when all is well, else what is not."""
        if result is None:
            return "no result"
        if "error" in result:
            return result["error"]
        try:
            return "; ".join(self._notes(result)) or None
        except (ValueError, LookupError, struct.error) as e:
            return "what came out cannot be read: %s" % e


def difference(got, want):
    for i, (a, b) in enumerate(zip(got, want)):
        if a != b:
            at = next((k for k, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            show = max(0, at - 8)
            return "packet %d of %d (%d came): octet %d: delivered %s, wanted %s (of %d and %d octets)" % (
                i + 1, len(want), len(got), at, a[show:at + 24].hex(), b[show:at + 24].hex(), len(a), len(b))
    return "%d packets delivered, wanted %d" % (len(got), len(want))
