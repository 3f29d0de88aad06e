#!/usr/bin/python3
"""make.py - makes the captures of this folder with scapy, which shares no code with the tools.

usage: make.py            in this folder; needs python3-scapy; what it writes is committed

NAME.pcap is the wire, NAME.plain.pcap.gz what must come out (raw IP), NAME.json the options, the verdict
of each packet, and what --keep must pass; sa.json the SAs.  ESP and AH are sealed by scapy, carriers
and TCP are scapy's; WESP is by hand after RFC 5840's figures 1 to 3, IPComp is zlib's raw DEFLATE.
"""
import gzip
import hmac
import json
import random
import struct
import zlib
from decimal import Decimal

from scapy.all import (ESP, AH, GRE, IP, IPv6, TCP, UDP, Ether, ICMP, ICMPv6EchoRequest, Raw, SecurityAssociation,
                       PcapWriter, fragment, load_contrib)
from scapy.layers.vxlan import VXLAN

for name in ("etherip", "erspan", "geneve", "gtp", "mpls"):
    load_contrib(name)
from scapy.contrib.etherip import EtherIP                     # noqa: E402
from scapy.contrib.erspan import ERSPAN_II, ERSPAN_III      # noqa: E402
from scapy.contrib.geneve import GENEVE                      # noqa: E402
from scapy.contrib.gtp import GTP_U_Header                   # noqa: E402
from scapy.contrib.mpls import MPLS                          # noqa: E402

rand = random.Random(1)
A, B, A6, B6 = "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"
sas = []


def key(n):
    return bytes(rand.randrange(256) for _ in range(n))


def sa_line(proto, spi, src, dst, **more):
    d = {"proto": proto, "spi": "0x%x" % spi, "src": src, "dst": dst}
    d.update(more)
    sas.append(d)


def make_gcm(spi, src, dst, mode="tunnel", **more):
    k = key(20)
    sa_line("esp", spi, src, dst, mode=mode, encr="aes-gcm-16", encr_key=k.hex(), **more)
    head = (IPv6 if ":" in src else IP)(src=src, dst=dst) if mode == "tunnel" else None
    return SecurityAssociation(ESP, spi=spi, crypt_algo="AES-GCM", crypt_key=k, tunnel_header=head)


def make_null(spi, src, dst, mode="tunnel"):
    k = key(20)
    sa_line("esp", spi, src, dst, mode=mode, encr="null", integ="hmac-sha1-96", integ_key=k.hex())
    head = (IPv6 if ":" in src else IP)(src=src, dst=dst) if mode == "tunnel" else None
    return SecurityAssociation(ESP, spi=spi, crypt_algo="NULL", crypt_key=b"", auth_algo="HMAC-SHA1-96", auth_key=k,
                               tunnel_header=head)


def make_ah(spi, src, dst, mode="tunnel"):
    k = key(32)
    sa_line("ah", spi, src, dst, mode=mode, integ="hmac-sha2-256-128", integ_key=k.hex())
    return SecurityAssociation(AH, spi=spi, auth_algo="SHA2-256-128", auth_key=k,
                               tunnel_header=IP(src=src, dst=dst) if mode == "tunnel" else None)


gcm = make_gcm(0x1001, A, B)
gcm6 = make_gcm(0x1002, A6, B6)
tra = make_gcm(0x1003, A, B, "transport")
ah = make_ah(0x1004, A, B)
null = make_null(0x1005, A, B)
null6 = make_null(0x1006, A6, B6)
back = make_gcm(0x1007, B, A)
odd = make_gcm(0x1008, A, B, encap={"type": "tcp", "sport": 0, "dport": 8443})
beet = make_gcm(0x1009, A, B, "transport")
sas[-1].update(mode="beet", ts={"src": "10.11.0.1", "dst": "10.22.0.1"})
ah_key = key(32)
sa_line("ah", 0x100a, A, B, mode="transport", integ="hmac-sha2-256-128", integ_key=ah_key.hex())
sa_line("ipcomp", 2001, A, B, mode="tunnel")
sa_line("ipcomp", 2002, A, B, mode="transport")
sa_line("ipcomp", 2003, A6, B6, mode="tunnel")
sa_line("ipcomp", 2004, A, "192.0.2.77")


def ping(n, size=40):
    return IP(bytes(IP(src="10.1.0.%d" % (n % 250 + 1), dst="10.2.0.1", id=n, ttl=63) / ICMP(id=7, seq=n) /
                    Raw(bytes((n + i) & 255 for i in range(size)))))


def ping6(n):
    return IPv6(bytes(IPv6(src="fd00:1::%x" % (n + 1), dst="fd00:2::1", hlim=63) / ICMPv6EchoRequest(id=7, seq=n, data=b"y" * 30)))


def eth(p, back=False):
    ends = ["02:00:00:00:00:01", "02:00:00:00:00:02"]
    if back:
        ends.reverse()
    return Ether(src=ends[0], dst=ends[1]) / p


class Case:
    def __init__(self, name, options=()):
        self.name, self.options = name, list(options)
        self.wire, self.times, self.plain, self.verdicts, self.keep = [], [], [], [], None
        self.now = 1700000000 * 1000000         # microseconds

    def add(self, frame, *verdicts, plain=()):
        self.wire.append(frame)
        self.now += 1000
        self.times.append(self.now)
        frame.time = Decimal(self.now) / 1000000
        for v in verdicts:
            self.verdicts.append([len(self.wire), v])
        for p in plain:
            self.plain.append((self.now, bytes(p)))

    def late(self, number, verdict, plain=()):
        """What comes out after the end, as from that frame."""
        self.verdicts.append([number, verdict])
        for p in plain:
            self.plain.append((self.times[number - 1], bytes(p)))

    def write(self):
        out = PcapWriter(self.name + ".pcap", linktype=1)
        for frame in self.wire:
            out.write(frame)
        out.close()
        # linktype 101; its times have to be the wire's to the microsecond
        plain = struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101)
        for when, p in self.plain:
            plain += struct.pack("<IIII", when // 1000000, when % 1000000, len(p), len(p)) + p
        with open(self.name + ".plain.pcap.gz", "wb") as f:
            f.write(gzip.compress(plain, mtime=0))
        with open(self.name + ".json", "w") as f:
            case = {"options": self.options, "verdicts": self.verdicts}
            if self.keep is not None:
                case["keep"] = self.keep
            json.dump(case, f)
            f.write("\n")


def carriers():
    c = Case("carriers", ["--dig"])
    inner_eth = Ether(src="02:00:00:00:00:aa", dst="02:00:00:00:00:bb")
    ways = [
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / GRE() / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / GRE(key_present=1, key=5, seqnum_present=1, seqence_number=9,
                                                                     chksum_present=1) / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / GRE(proto=0x6558) / inner_eth / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / GRE(proto=0x88be, seqnum_present=1, seqence_number=3) /
        ERSPAN_II(ver=1, session_id=3) / inner_eth / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / GRE(proto=0x22eb, seqnum_present=1, seqence_number=3) /
        ERSPAN_III(session_id=3) / inner_eth / p,
        lambda p: IPv6(src="2001:db8:9::1", dst="2001:db8:9::2") / UDP(sport=40000, dport=4789) / VXLAN(vni=7, flags=8) / inner_eth / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / UDP(sport=40000, dport=6081) / GENEVE(vni=7, proto=0x6558) / inner_eth / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / UDP(sport=2152, dport=2152) / GTP_U_Header(teid=7) / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / UDP(sport=40000, dport=6635) / MPLS(label=100, s=1) / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / p,
        lambda p: IPv6(src="2001:db8:9::1", dst="2001:db8:9::2") / p,
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2", proto=97) / EtherIP() / inner_eth / p,
        # GRE in VXLAN
        lambda p: IP(src="198.51.100.1", dst="198.51.100.2") / UDP(sport=40000, dport=4789) / VXLAN(vni=7, flags=8) / inner_eth /
        IP(src="198.51.100.3", dst="198.51.100.4") / GRE() / p,
    ]
    for n, way in enumerate(ways):
        p = ping(n)
        c.add(eth(way(gcm.encrypt(p))), "ok", plain=[p])
        p = ping(n + 50)
        c.add(eth(way(ah.encrypt(p))), "ok", plain=[p])
    p = ping6(1)
    c.add(eth(IP(src="198.51.100.1", dst="198.51.100.2") / GRE(proto=0x86dd) / gcm6.encrypt(p)), "ok", plain=[p])
    # in the carrier in fragments, and the carrier in fragments
    p = ping(100, 1000)
    whole = gcm.encrypt(p)
    for part in fragment(IP(bytes(whole)), 600):
        last = part.flags != "MF"
        c.add(eth(IP(src="198.51.100.1", dst="198.51.100.2") / GRE() / part), *(["ok"] if last else []), plain=[p] if last else [])
    p = ping(101, 1000)
    whole = IP(src="198.51.100.1", dst="198.51.100.2", id=77) / GRE() / gcm.encrypt(p)
    for part in fragment(IP(bytes(whole)), 600):
        last = part.flags != "MF"
        c.add(eth(part), *(["ok"] if last else []), plain=[p] if last else [])
    # UDP encapsulation inside
    p = ping(102)
    c.add(eth(IP(src="198.51.100.1", dst="198.51.100.2") / GRE() / IP(src=A, dst=B) / UDP(sport=4500, dport=4500, chksum=0) /
              Raw(bytes(gcm.encrypt(p)[ESP]))), "ok", plain=[p])
    # a tunnel in GRE in a tunnel
    p = ping(103)
    mid = IP(src="10.1.0.9", dst="10.2.0.9") / GRE() / gcm.encrypt(p)
    c.add(eth(gcm.encrypt(IP(bytes(mid)))), "ok", plain=[p])
    # nothing for us in there: stays as it was opened
    mid = IP(bytes(IP(src="10.1.0.9", dst="10.2.0.9") / GRE() / ping(104)))
    c.add(eth(gcm.encrypt(mid)), "ok", plain=[mid])
    # no IPsec, and no SA
    c.add(eth(IP(src="198.51.100.1", dst="198.51.100.2") / GRE() / ping(105)), "not-ipsec")
    c.add(eth(IP(src="198.51.100.1", dst="198.51.100.2") / GRE() / IP(src=B, dst=A) / ESP(spi=0x1001, seq=1, data=b"x" * 40)), "no-sa")
    c.write()


def wesp():
    c = Case("wesp")
    raw = bytes
    for n, sa in enumerate((gcm, null)):
        p = ping(n)
        e = raw(sa.encrypt(p)[ESP])
        head = bytes([0, 0, 0, 0x20]) if sa is gcm else bytes([4, 12, 12, 0])
        c.add(eth(IP(src=A, dst=B, proto=141) / Raw(head + e)), "ok", plain=[p])
        p = ping(n + 10)
        e = raw(sa.encrypt(p)[ESP])
        c.add(eth(IP(src=A, dst=B) / UDP(sport=4500, dport=4500, chksum=0) / Raw(struct.pack(">I", 2) + head + e)), "ok", plain=[p])
    # over IPv6 the header is 8 octets
    for n, sa in enumerate((gcm6, null6)):
        p = ping6(n)
        e = raw(sa.encrypt(p)[ESP])
        head = bytes([0, 0, 0, 0x30, 0, 0, 0, 0]) if sa is gcm6 else bytes([41, 16, 12, 0x10, 0, 0, 0, 0])
        c.add(eth(IPv6(src=A6, dst=B6, nh=141) / Raw(head + e)), "ok", plain=[p])
    # transport mode: the outer header comes back
    p = IP(bytes(IP(src=A, dst=B, id=5) / UDP(sport=1, dport=2) / Raw(b"transport")))
    e = raw(tra.encrypt(p)[ESP])
    c.add(eth(IP(src=A, dst=B, id=5, proto=141) / Raw(bytes([0, 0, 0, 0x20]) + e)), "ok", plain=[p])
    # lies: next header, offset, ICV length, encrypted or not
    for lie in ([41, 12, 12, 0], [4, 16, 12, 0], [4, 12, 16, 0], [0, 0, 0, 0x20]):
        c.add(eth(IP(src=A, dst=B, proto=141) / Raw(bytes(lie) + raw(null.encrypt(ping(20))[ESP]))), "bad-header")
    c.add(eth(IP(src=A, dst=B, proto=141) / Raw(bytes([4, 12, 12, 0]) + raw(gcm.encrypt(ping(21))[ESP]))), "bad-header")
    # contradictions and another version
    c.add(eth(IP(src=A, dst=B, proto=141) / Raw(bytes([4, 0, 0, 0x20]) + raw(gcm.encrypt(ping(22))[ESP]))), "bad-header")
    c.add(eth(IP(src=A, dst=B, proto=141) / Raw(bytes([0, 0, 0, 0x60]) + raw(gcm.encrypt(ping(23))[ESP]))), "unsupported")
    c.add(eth(IP(src=A, dst=B, proto=141) / Raw(bytes([0, 0, 0, 0x20, 1, 2]))), "bad-header")
    # one bit of ESP is not as it was
    e = bytearray(raw(gcm.encrypt(ping(24))[ESP]))
    e[-1] ^= 1
    c.add(eth(IP(src=A, dst=B, proto=141) / Raw(bytes([0, 0, 0, 0x20]) + bytes(e))), "bad-icv")
    c.write()


def deflate(b):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(b) + z.flush()


def comp(next_header, cpi, b):
    return struct.pack(">BBH", next_header, 0, cpi) + deflate(b)


def ipcomp():
    c = Case("ipcomp")
    p = ping(1, 1000)
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(comp(4, 2001, bytes(p)))), "ok", plain=[p])
    # left plain: between the tunnel's ends, with and without fragments, and not between others
    p = ping(2)
    c.add(eth(IP(src=A, dst=B) / p), "ok", plain=[p])
    p = ping(3, 1000)
    for part in fragment(IP(bytes(IP(src=A, dst=B, id=9) / p)), 600):
        last = part.flags != "MF"
        c.add(eth(part), *(["ok"] if last else []), plain=[p] if last else [])
    p = ping6(4)
    c.add(eth(IPv6(src=A6, dst=B6) / p), "ok", plain=[p])
    c.add(eth(IP(src=B, dst=A) / ping(5)), "not-ipsec")
    c.add(eth(IP(src=A, dst="192.0.2.77") / ping(6)), "not-ipsec")
    # mode from the next header
    p = ping(7, 500)
    c.add(eth(IP(src=A, dst="192.0.2.77", proto=108) / Raw(comp(4, 2004, bytes(p)))), "ok", plain=[p])
    p = IP(bytes(IP(src=A, dst=B, id=8) / UDP(sport=1, dport=2) / Raw(b"z" * 500)))
    c.add(eth(IP(src=A, dst=B, id=8, proto=108) / Raw(comp(17, 2002, bytes(p)[20:]))), "ok", plain=[p])
    # as long as IP allows, from very little; and longer
    p = IP(src="10.1.0.1", dst="10.2.0.1", len=65535, proto=253)
    p = IP(bytes(p) + bytes(65535 - 20))
    for _ in range(3):
        c.add(eth(IP(src=A, dst=B, proto=108) / Raw(comp(4, 2001, bytes(p)))), "ok", plain=[p])
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(comp(4, 2001, bytes(p) + b"!"))), "bad-header")
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(comp(17, 2002, bytes(65530)))), "bad-header")
    # no SA; the CPI that needs none needs a layer around it
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(comp(4, 2009, bytes(ping(8, 500))))), "no-sa")
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(comp(4, 2, bytes(ping(9, 500))))), "no-sa")
    p = IP(bytes(IP(src=A, dst=B, id=8) / UDP(sport=1, dport=2) / Raw(b"q" * 900)))
    inside = IP(bytes(IP(src=A, dst=B, id=8, proto=108) / Raw(comp(17, 2, bytes(p)[20:]))))
    c.add(eth(tra.encrypt(inside)), "ok", plain=[p])
    # a negotiated CPI that nobody told us about stays
    inside = IP(bytes(IP(src=A, dst=B, id=8, proto=108) / Raw(comp(17, 2010, bytes(p)[20:]))))
    c.add(eth(tra.encrypt(inside)), "ok", plain=[inside])
    # in a tunnel, and under it
    p = ping(10, 60000)
    inside = IP(bytes(IP(src=A, dst=B, proto=108) / Raw(comp(4, 2001, bytes(p)))))
    c.add(eth(tra.encrypt(inside)), "ok", plain=[p])
    p = ping(11, 700)
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(comp(4, 2001, bytes(gcm.encrypt(p))))), "ok", plain=[p])
    # no DEFLATE, one that does not end, and no header
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(struct.pack(">BBH", 4, 0, 2001) + b"\xff" * 50)), "bad-header")
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(comp(4, 2001, bytes(ping(12, 500)))[:-3])), "bad-header")
    c.add(eth(IP(src=A, dst=B, proto=108) / Raw(b"\x04\x00")), "truncated")
    c.write()


def ike(n):
    body = bytes(n)
    return key(8) + bytes(8) + bytes([33, 0x20, 34, 8]) + bytes(4) + struct.pack(">I", 28 + n) + body


def message(b):
    return struct.pack(">H", len(b) + 2) + b


class Stream:
    def __init__(self, c, sport, dport, src=A, dst=B, back=False, seq=1000):
        self.c, self.ports, self.ends, self.back, self.seq = c, (sport, dport), (src, dst), back, seq

    def frame(self, b, seq, flags="PA"):
        ip = IPv6 if ":" in self.ends[0] else IP
        return eth(ip(src=self.ends[0], dst=self.ends[1]) / TCP(sport=self.ports[0], dport=self.ports[1], seq=seq & 0xffffffff,
                                                                ack=1, flags=flags) / Raw(b), self.back)

    def syn(self, *v, ack=False):
        self.c.add(self.frame(b"", self.seq, "SA" if ack else "S"), *v)
        self.seq += 1

    def send(self, b, *v, plain=()):
        self.c.add(self.frame(b, self.seq), *v, plain=plain)
        self.seq += len(b)

    def bare(self, flags="A"):
        self.c.add(self.frame(b"", self.seq, flags), "not-ipsec")


def esp(sa, p):
    return message(bytes(sa.encrypt(p)[ESP]))


def tcp():
    c = Case("tcp")
    o, r = Stream(c, 40000, 4500), Stream(c, 4500, 40000, B, A, True, 0xfffffff0)
    o.syn("not-ipsec")
    r.syn("not-ipsec", ack=True)
    o.bare()
    o.send(b"IKETCP" + message(bytes(4) + ike(200)), "ike")
    r.send(message(bytes(4) + ike(300)), "ike")
    p = [ping(n, 100) for n in range(40)]
    o.send(esp(gcm, p[0]), "ok", plain=[p[0]])
    r.send(esp(back, p[1]), "ok", plain=[p[1]])
    o.send(esp(gcm, p[2]) + esp(gcm, p[3]) + message(b"\xff"), "ok", "ok", "keepalive", plain=p[2:4])
    # one message in three segments, the last of which begins another
    m, n = esp(gcm, p[4]), esp(gcm, p[5])
    o.send(m[:1])
    o.send(m[1:50])
    o.send(m[50:] + n[:20], "ok", plain=[p[4]])
    o.send(n[20:], "ok", plain=[p[5]])
    # out of order: both come out with the one that fills the hole
    m, n = esp(gcm, p[6]), esp(gcm, p[7])
    c.add(o.frame(n, o.seq + len(m)))
    c.add(o.frame(m, o.seq), "ok", "ok", plain=p[6:8])
    # retransmitted, also in other pieces
    c.add(o.frame(m, o.seq))
    c.add(o.frame(m[20:] + n[:30], o.seq + 20))
    o.seq += len(m) + len(n)
    # transport mode: the segment's IP header, with the protocol restored
    t = IP(bytes(IP(src=A, dst=B, id=1) / UDP(sport=1, dport=2) / Raw(b"transport in TCP")))
    m = message(bytes(tra.encrypt(t)[ESP]))
    o.send(m, "ok", plain=[t])
    # closed: no SA, altered
    o.send(message(bytes(ESP(spi=0x9999, seq=5, data=b"n" * 60))), "no-sa")
    m = bytearray(esp(gcm, p[8]))
    m[-1] ^= 1
    o.send(bytes(m) + esp(gcm, p[9]), "bad-icv", "ok", plain=[p[9]])
    o.bare("FA")
    # another connection at the same time that is none of ours
    web = Stream(c, 50000, 80)
    web.syn("not-ipsec")
    web.send(b"GET / HTTP/1.1\r\n\r\n", "not-ipsec")
    # --keep passes what stayed closed, once each, and what is not IPsec
    c.keep = sorted({n for n, v in c.verdicts if v not in ("ok",)})
    c.write()

    c = Case("tcp-odd", ["--replay-window", "off"])
    # a port nobody named: the prefix tells
    o, r = Stream(c, 40001, 443), Stream(c, 443, 40001, B, A, True)
    o.syn("not-ipsec")
    r.syn("not-ipsec", ack=True)
    o.send(b"IKETCP" + message(bytes(4) + ike(20)) + esp(gcm, p[20]), "ike", "ok", plain=[p[20]])
    r.send(message(bytes(4) + ike(40)), "ike")
    r.send(esp(back, p[21]), "ok", plain=[p[21]])
    # TLS to the same port is left alone
    tls = Stream(c, 40002, 443)
    tls.syn("not-ipsec")
    tls.send(b"\x16\x03\x01\x00\x80" + bytes(128), "not-ipsec")
    # a port that an SA names, from the middle of a message on
    o = Stream(c, 40003, 8443)
    m = esp(odd, p[22])
    o.send(m[30:], "not-ipsec")
    o.send(esp(odd, p[23]), "ok", "incomplete", plain=[p[23]])
    o.send(esp(odd, p[24]), "ok", plain=[p[24]])
    # a segment is lost, and more than ten seconds pass
    o.seq += len(esp(odd, p[25]))
    o.send(esp(odd, p[26]))
    c.now += 11000000
    o.send(esp(odd, p[27]), "ok", "ok", "incomplete", plain=p[26:28])
    # in fragments of IP
    whole = IP(bytes(o.frame(esp(odd, ping(28, 1000)), o.seq)[IP]))
    o.seq += len(esp(odd, ping(28, 1000)))
    whole.id = 99
    for part in fragment(whole, 600):
        last = part.flags != "MF"
        c.add(eth(part), *(["ok"] if last else []), plain=[ping(28, 1000)] if last else [])
    # IPv6
    o6 = Stream(c, 40004, 4500, A6, B6)
    o6.syn("not-ipsec")
    o6.send(b"IKETCP" + message(bytes(4) + ike(20)), "ike")
    q = ping6(30)
    o6.send(esp(gcm6, q), "ok", plain=[q])
    # a segment that never comes
    o6.seq += 100
    o6.send(esp(gcm6, ping6(31)))
    c.late(len(c.wire), "incomplete")
    c.late(len(c.wire), "ok", plain=[ping6(31)])
    c.write()


def ah_by_hand(p, seq):
    """AH over an IPv4 packet without options; scapy 2.5 signs the ESP in it instead (RFC 4302 3.3.3)."""
    def with_icv(icv, head):
        return IP(head[:2] + struct.pack(">H", len(p) + 28) + head[4:9] + b"\x33" + head[10:20] +
                  struct.pack(">BBHII", p[9], 5, 0, 0x100a, seq) + icv + p[20:])
    zeroed = p[:1] + b"\0" + p[2:6] + bytes(4) + bytes(2) + p[12:20]
    icv = hmac.new(ah_key, bytes(with_icv(bytes(16), zeroed)), "sha256").digest()[:16]
    whole = with_icv(icv, p[:20])
    del whole.chksum
    return whole


def beet_inside():
    c = Case("beet")
    for n in range(3):
        p = IP(bytes(IP(src="10.11.0.1", dst="10.22.0.1", id=n, ttl=50 + n) / UDP(sport=1, dport=2) / Raw(b"b" * (100 * n))))
        sealed = beet.encrypt(IP(src=A, dst=B, id=n, ttl=50 + n, proto=17) / Raw(bytes(p)[20:]))
        c.add(eth(sealed if n == 0 else ah_by_hand(bytes(sealed), n)), "ok", plain=[p])
    c.write()


beet_inside()
carriers()
wesp()
ipcomp()
tcp()
with open("sa.json", "w") as f:
    f.writelines(json.dumps(d) + "\n" for d in sas)
