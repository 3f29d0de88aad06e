"""traffic - packets through a tunnel, both ways: what goes in at one end has to come out at the other, octet by octet."""
import select
import socket
import struct
import time

from lab import need

NEAR, FAR = "10.1.0.1", "10.2.0.1"	# inner addresses: ours, the peer's
SIZES = (0, 1, 100, 576, 1200, 1300)	# of UDP payloads


class Tap:
    """The IP packets that pass a device."""

    def __init__(self, space, device):
        def make():
            s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            s.bind((device, 0))
            return s
        self.sock = space.inside(make)

    def packets(self, sports):
        """UDP from these ports, in the order seen."""
        out = []
        while select.select([self.sock], [], [], 0)[0]:
            p = self.sock.recv(65536)
            at, kind = (20, p[9]) if p[0] >> 4 == 4 else (40, p[6])
            if kind == 17 and struct.unpack(">H", p[at:at + 2])[0] in sports:
                out.append(p)
        return out

    def close(self):
        self.sock.close()


def udp(space, address, port):
    def make():
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        return s
    return space.inside(make)


def arrives(a, b, where, body, tries=20):
    """Sends until it comes: the first may meet a route that is not there yet, or a loss."""
    for _ in range(tries):
        try:
            a.sendto(body, where)
        except OSError:
            time.sleep(0.1)
            continue
        while select.select([b], [], [], 0.5)[0]:
            if b.recv(65536) == body:
                return True
    return False


def both_ways(lab, our_device, near=NEAR, far=FAR, lossy=False):
    """Datagrams of several sizes there and back; inner packets are the same at both ends."""
    here, there = lab.wires.ours, lab.wires.peer
    taps = [Tap(here, our_device), Tap(there, "ipsec0")]
    socks = [udp(here, near, 7001), udp(there, far, 7002)]
    try:
        for size in SIZES:
            body = bytes(i * 7 + size & 255 for i in range(size))
            need(arrives(socks[0], socks[1], (far, 7002), body), "%d octets do not reach the peer", size)
            need(arrives(socks[1], socks[0], (near, 7001), body), "%d octets do not reach us", size)
        seen = [t.packets((7001, 7002)) for t in taps]
        need(len(seen[0]) >= 2 * len(SIZES), "%d inner packets at our end", len(seen[0]))
        if not lossy:
            need(sorted(seen[0]) == sorted(seen[1]), "inner packets differ: %d here, %d there", len(seen[0]),
                 len(seen[1]))
        for src, sent, came in ((near, seen[0], seen[1]), (far, seen[1], seen[0])):
            address, at = (socket.inet_pton(socket.AF_INET6, src), 8) if ":" in src else (socket.inet_aton(src), 12)
            sent, came = ({p for p in x if p[at:at + len(address)] == address} for x in (sent, came))
            need(came <= sent, "%d inner packets came out that never went in", len(came - sent))
    finally:
        for s in taps + socks:
            s.close()
