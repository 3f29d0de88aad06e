"""mischief - who sits on the path and means harm: rules for the relay, and steps that inject."""
import random
import struct

import relay
import steps
from lab import need

SA, KE, NONCE, NOTIFY = 33, 34, 40, 41


def chain(first, body):
    """[(type, body)] of the payloads in clear."""
    out, at, kind = [], 0, first
    while kind and at + 4 <= len(body):
        following, _, n = struct.unpack(">BBH", body[at:at + 4])
        out.append((kind, body[at + 4:at + n]))
        kind, at = following, at + n
    return out


def join(head, payloads):
    """The message again."""
    kinds = [k for k, _ in payloads] + [0]
    body = b"".join(struct.pack(">BBH", kinds[i + 1], 0, 4 + len(b)) + b for i, (_, b) in enumerate(payloads))
    return head[:16] + bytes([kinds[0]]) + head[17:24] + struct.pack(">I", 28 + len(body)) + body


def proposals(sa):
    out, at = [], 0
    while at + 4 <= len(sa):
        n = struct.unpack(">H", sa[at + 2:at + 4])[0]
        out.append(sa[at:at + n])
        at += n
    return out


def weakened(sa):
    """Without all but the last proposal, as number 1."""
    last = proposals(sa)[-1]
    return b"\0" + last[1:4] + b"\1" + last[5:]


def alter_init(change, answers=False):
    """A rule: payloads of IKE_SA_INIT requests (or answers) are what change() makes of them."""
    def rule(frame):
        if frame.ike is None or frame.exchange != 34 or frame.is_response != answers:
            return relay.straight(frame)
        payloads = change(chain(frame.ike[16], frame.ike[28:]))
        return [(0, frame.changed(ike=join(frame.ike, payloads)))]
    return rule


def downgrade():
    return alter_init(lambda ps: [(k, weakened(b) if k == SA else b) for k, b in ps])


def without(notify, answers=False):
    def change(payloads):
        return [(k, b) for k, b in payloads if k != NOTIFY or struct.unpack(">H", b[2:4])[0] != notify]
    return lambda: alter_init(change, answers)


def other_nonce():
    return alter_init(lambda ps: [(k, bytes([b[0] ^ 1]) + b[1:] if k == NONCE else b) for k, b in ps])


def altered_copies():
    """A rule: each protected message comes with copies before it: octets changed, cut, with garbage behind.

    charon answers what does not parse with INVALID_SYNTAX before it looks at the ICV: it gets changed octets alone.  And
    while it works on a request it takes no other with that number, to which a good one can fall victim: it gets one copy,
    and time.
    """
    dice = random.Random("copies")

    def rule(frame):
        if frame.ike is None or frame.exchange == 34 or len(frame.ike) < 40:
            return relay.straight(frame)
        out = []
        for _ in range(1 if frame.ours else 4):
            ike = bytearray(frame.ike)
            ike[dice.randrange(32, len(ike))] ^= 1 << dice.randrange(8)
            out.append((0, frame.changed(ike=bytes(ike))))
        if not frame.ours:
            for at in list(range(8)) + list(range(16, 32)):
                ike = bytearray(frame.ike)
                ike[at] ^= 0x21
                out.append((0, frame.changed(ike=bytes(ike))))
            cut = frame.ike[:-5]
            out.append((0, frame.changed(ike=cut[:24] + struct.pack(">I", len(cut)) + cut[28:])))
            out.append((0, frame.changed(ike=cut)))
            out.append((0, frame.changed(ike=frame.ike + b"garbage")))
        return out + [(0.05 if frame.ours else 0, frame)]
    return rule


class Together:
    """A rule: of one exchange each end's first request waits for the other's, then both go on; so do the answers."""

    def __init__(self, exchange):
        self.exchange, self.held = exchange, ({}, {})

    def __call__(self, frame):
        if frame.ike is None or frame.exchange != self.exchange:
            return relay.straight(frame)
        held = self.held[frame.is_response]
        if len(held) == 2:
            return relay.straight(frame)
        held.setdefault(frame.ours, frame)		# not what is sent again
        return [(0, f) for f in held.values()] if len(held) == 2 else []


def refused_before():
    """A rule: somebody is faster than the responder, and answers our IKE_SA_INIT with errors (RFC 7296 2.21.1)."""
    def rule(frame):
        if frame.ike is None or frame.exchange != 34 or not frame.ours:
            return relay.straight(frame)
        out = []
        for kind in (14, 7, 24, 35, 9):
            ike = join(frame.ike[:8] + b"forgerer" + frame.ike[16:19] + b"\x20" + frame.ike[20:],
                       [(NOTIFY, struct.pack(">BBH", 0, 0, kind))])
            back = frame.changed(ike=ike, src=frame.dst, dst=frame.src, sport=frame.dport, dport=frame.sport)
            out.append((0, relay.Frame(frame.data[6:12] + frame.data[:6] + back.data[12:], False)))
        return out + [(0.02, frame)]
    return rule


def everything_again(lab, case):
    """All messages so far once more, at both ends; then the tunnel still obeys."""
    for _, frame, _ in lab.relay.frames():
        if frame.udp is not None:
            lab.relay.inject(frame)
    steps.peer_rekeys_child(lab, case)
    for _, frame, _ in lab.relay.frames():
        if frame.udp is not None:
            lab.relay.inject(frame)
    steps.peer_rekeys_ike(lab, case)


def notifies_in_clear(lab, case):
    """Of this IKE SA, not protected: INVALID_IKE_SPI, AUTHENTICATION_FAILED, a delete, garbage.  Nothing comes of it."""
    last = [f for _, f, _ in lab.relay.frames() if f.ike is not None and not f.ours and f.exchange != 34][-1]
    for flags in (0x00, 0x08, 0x20, 0x28):
        for number in range(6):
            for kind, body in ((NOTIFY, struct.pack(">BBH", 0, 0, 4)), (NOTIFY, struct.pack(">BBH", 0, 0, 24)),
                               (42, struct.pack(">BBH", 1, 0, 0)), (46, bytes(64)), (53, struct.pack(">HH", 1,
                                                                                                     2) + bytes(60))):
                head = last.ike[:17] + bytes([0x20, 37, flags]) + struct.pack(">II", number, 0)
                lab.relay.inject(last.changed(ike=join(head, [(kind, body)])))
    need(not lab.us.events("deleted", "failed"), "the tunnel went down")
    steps.peer_rekeys_child(lab, case)


def no_answer_but(icmp_type, code):
    """A rule: what we send is answered by a router's ICMP, and lost."""
    def rule(frame):
        if frame.udp is None or not frame.ours:
            return relay.straight(frame)
        return [(0, icmp(frame, icmp_type, code))]
    return lambda: rule


def icmp_as_well(icmp_type, code):
    """A rule: a router's ICMP for each message, which arrives all the same."""
    def rule(frame):
        if frame.ike is None or not frame.ours:
            return relay.straight(frame)
        return [(0, icmp(frame, icmp_type, code)), (0, frame)]
    return lambda: rule


def icmp(frame, icmp_type, code):
    quoted = frame.data[14:14 + 20 + 64]
    body = struct.pack(">BBHI", icmp_type, code, 0, 0) + quoted
    body = body[:2] + struct.pack(">H", relay.checksum(body)) + body[4:]
    router = bytes([192, 0, 2, 254])
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0, router, frame.src)
    head = head[:10] + struct.pack(">H", relay.checksum(head)) + head[12:]
    back = frame.data[6:12] + frame.data[:6] + b"\x08\x00"
    return relay.Frame(back + head + body, False)


class Nat:
    """A rule: one end is behind a NAT (192.0.2.9), whose ports may change."""

    def __init__(self, ours):
        self.ours, self.ports, self.first = ours, {}, 20000
        self.outside = bytes([192, 0, 2, 9])

    def forget(self):
        """Other ports from now on; the old ones lead nowhere."""
        self.ports, self.first = {}, self.first + 1000

    def __call__(self, frame):
        if frame.udp is None:
            return relay.straight(frame)
        if frame.ours == self.ours:
            self.inside = frame.src
            port = self.ports.setdefault(frame.sport, self.first + len(self.ports))
            return [(0, frame.changed(src=self.outside, sport=port))]
        for inside, port in self.ports.items():
            if frame.dst == self.outside and frame.dport == port:
                return [(0, frame.changed(dst=self.inside, dport=inside))]
        return []
