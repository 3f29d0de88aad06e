"""damage - the kernel's own packets, spoilt, and SAs and policies that do not fit them.

Each row must raise the one counter it names, once for each packet that it spoils; the other packets
are delivered as ever.  So every counter that the matrix wants at 0 is seen to be alive.
"""
import copy
import struct

import captures
import plain
import xfrm
from case import addresses, header

EVERY = 5


def cut(packet, n):
    """The first n bytes, with the length in the IP header made right."""
    if packet[0] >> 4 == 6:
        return packet[:4] + struct.pack(">H", n - 40) + packet[6:n]
    return plain.mended(packet[:2] + struct.pack(">H", n) + packet[4:n])


def _flip(packet, at):
    at %= len(packet)
    return packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1:]


def _body(packet):
    return header(packet)[0]


def _in_ah(packet):
    """AH has four octets before the SPI."""
    return 4 if header(packet)[1] == 51 else 0


def icv(packet):
    return [_flip(packet, -1)]


def payload(packet):
    return [_flip(packet, -20)]


def address(packet):
    """Covered by AH alone; the IP checksum, which routers mend, is made right."""
    return [plain.mended(_flip(packet, 15))]


def spi(packet):
    return [_flip(packet, _body(packet) + _in_ah(packet))]


def seq_zero(packet):
    at = _body(packet) + _in_ah(packet) + 4
    return [packet[:at] + bytes(4) + packet[at + 4:]]


def short(packet):
    return [cut(packet, _body(packet) + 6)]


def end(packet):
    return [cut(packet, len(packet) - 4)]


def tail(packet):
    return [cut(packet, _body(packet) + 16)]


# Packets.  What is sent instead of every fifth packet, whether it is delivered all the same, the counter.
PACKETS = (
    ("icv", icv, False, "XfrmInStateProtoError"),
    ("payload", payload, False, "XfrmInStateProtoError"),
    ("end-missing", end, False, "XfrmInStateProtoError"),
    ("only-header", tail, False, "XfrmInStateProtoError"),
    ("half-header", short, False, "XfrmInHdrError"),
    ("spi", spi, False, "XfrmInNoStates"),
    ("seq-zero", seq_zero, False, "XfrmInStateSeqError"),
    ("twice", lambda p: [p, p], True, "XfrmInStateSeqError"),
)
CAPTURES = ("esp-tun44-aes128gcm12", "esp-tra66-aes256gcm8", "esp-tra44-chacha20poly1305",
            "esp-tun44-aes192cbc-sha384-192", "ah-tra66-sha256-128-exthdr", "esp-tun44-aes128gmac-esn-cross")
AH = "ah-tra44-sha256-128-ipopts"


def _spoil(case, name, change, delivered, counter):
    send, want, n = [], [], 0
    assert len(case.send) == len(case.want), "a capture where one packet is one packet"
    for i, (packet, plain) in enumerate(zip(case.send, case.want)):
        spoilt = i % EVERY == EVERY - 1
        send += change(packet) if spoilt else [packet]
        want += [plain] if delivered or not spoilt else []
        n += spoilt
    case.name += "+" + name
    case.send, case.want, case.counters = send, want, {counter: n}
    return case


def _sas(case):
    return [sa for chain in case.flows.values() for sa in chain]


def other_key(case):
    for sa in _sas(case):
        sa["encr_key"] = "%02x" % (int(sa["encr_key"][:2], 16) ^ 1) + sa["encr_key"][2:]


def other_salt(case):
    for sa in _sas(case):
        sa["encr_key"] = sa["encr_key"][:-2] + "%02x" % (int(sa["encr_key"][-2:], 16) ^ 1)


def other_icv(case):
    for sa in _sas(case):
        sa["encr"] = "aes-gcm-16"


def not_esn(case):
    for sa in _sas(case):
        sa["esn"] = False


def not_encap(case):
    """The UDP socket is there, the SA does not say so."""
    case.setup = [line.split(" encap ")[0] if " state add " in line else line for line in xfrm.setup(case.flows)]


def tunnel(case):
    for sa in _sas(case):
        sa["mode"] = "tunnel"


def other_reqid(case):
    case.setup = [line.replace("reqid 1", "reqid 9").replace("reqid 2", "reqid 1").replace("reqid 9", "reqid 2")
                  if " policy add " in line else line for line in xfrm.setup(case.flows)]


def no_policy(case):
    case.setup = [line for line in xfrm.setup(case.flows) if " policy add " not in line]


def block(case):
    case.setup = [line.split(" tmpl ")[0] + " action block" if " policy add " in line else line
                  for line in xfrm.setup(case.flows)]


def used_up(case):
    """A limit of three packets, four of one direction."""
    for sa in _sas(case):
        sa["x-state"] = ["limit packet-hard 3"]
    one_way = [(p, q) for p, q in zip(case.send, case.want) if addresses(p)[0] == _sas(case)[0]["src"]][:4]
    case.name += "+used-up"
    case.send = [p for p, _ in one_way]
    case.want = [q for _, q in one_way[:3]]
    case.counters = {"XfrmInStateExpired": 1}
    return case


# SAs and policies.  What is done to them, the counter that each packet raises, whether IPsec delivers it
# all the same, and then a policy refuses it.
SETUPS = (
    ("other-key", "esp-tun44-aes128gcm12", other_key, "XfrmInStateProtoError", False),
    ("other-salt", "esp-tun44-aes128gcm12", other_salt, "XfrmInStateProtoError", False),
    ("other-icv", "esp-tun44-aes128gcm12", other_icv, "XfrmInStateProtoError", False),
    ("not-esn", "esp-tun44-aes256cbc-sha512-256-esn-w64", not_esn, "XfrmInStateProtoError", False),
    ("not-encap", "esp-natt-tun44-chacha20poly1305-port40001", not_encap, "XfrmInStateMismatch", False),
    ("tunnel", "esp-tra44-chacha20poly1305", tunnel, "XfrmInStateModeError", False),
    ("other-reqid", "esp-tun44-aes128gcm12", other_reqid, "XfrmInTmplMismatch", True),
    ("other-reqid", "esp-tra44-chacha20poly1305", other_reqid, "XfrmInTmplMismatch", True),
    ("no-policy", "esp-tun44-aes128gcm12", no_policy, "XfrmInNoPols", True),
    ("block", "esp-tun44-aes128gcm12", block, "XfrmInPolBlock", True),
)


def _misfit(case, name, change, counter, delivered):
    change(case)
    case.name += "+" + name
    case.counters, case.accepted = {counter: len(case.send)}, False
    case.want = case.want if delivered else []
    return case


def cases(top):
    whole = {name: captures.load("%s/%s" % (top, name))
             for name in {AH, *CAPTURES, *(row[1] for row in SETUPS)}}
    out = [_spoil(copy.deepcopy(whole[name]), *row) for name in CAPTURES for row in PACKETS
           if not ("esn" in name and row[0] == "seq-zero")]		# a number like any other there
    out.append(_spoil(copy.deepcopy(whole[AH]), "address", address, False, "XfrmInStateProtoError"))
    out += [_misfit(copy.deepcopy(whole[row[1]]), row[0], *row[2:]) for row in SETUPS]
    return out + [used_up(copy.deepcopy(whole[CAPTURES[0]]))]
