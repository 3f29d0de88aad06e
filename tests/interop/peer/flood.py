"""flood - IKE_SA_INIT from a hundred thousand forged sources against our responder.

From some half-open IKE SAs on it asks for cookies: then no answer is longer than what was asked, its memory
does not grow, and a true client gets in all the same.
"""
import struct
import threading
import time

import relay
from lab import OURS, need

COUNT = 100000
FORGED = bytes([198, 18])			# 198.18.0.0/15, of benchmarks (RFC 2544)
PORTS = (500, 4500)


def payload(following, body):
    return struct.pack(">BBH", following, 0, 4 + len(body)) + body


def transform(last, kind, number, bits=0):
    attributes = struct.pack(">HH", 0x800e, bits) if bits else b""
    return struct.pack(">BBHBBH", 0 if last else 3, 0, 8 + len(attributes), kind, 0, number) + attributes


def init(number):
    """AES-CBC-128, SHA2-256, x25519: SPI, public value and nonce by the number."""
    transforms = transform(False, 1, 12, 128) + transform(False, 2, 5) + transform(False, 3, 12) + transform(True, 4,
                                                                                                             31)
    proposal = struct.pack(">BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, 4) + transforms
    seed = struct.pack(">Q", number + 1)
    body = payload(34, proposal) + payload(40, struct.pack(">HH", 31, 0) + seed * 4) + payload(0, seed * 4)
    return struct.pack(">8s8sBBBBII", seed, bytes(8), 33, 0x20, 34, 0x08, 0, 28 + len(body)) + body


def forged(number):
    """The source of the n-th."""
    return FORGED + struct.pack(">H", number % 65000 + 1)


class Answers:
    """A rule: what goes to forged sources ends here, counted."""

    def __init__(self):
        self.asked = len(init(0))
        self.cookies = self.others = self.longer = 0

    def __call__(self, frame):
        if frame.udp is None or frame.dst[:2] != FORGED:
            return relay.straight(frame)
        # a notify of type COOKIE first and alone
        is_cookie = frame.ike[16] == 41 and struct.unpack(">H", frame.ike[34:36])[0] == 16390
        self.cookies += is_cookie
        self.others += not is_cookie
        self.longer += is_cookie and len(frame.ike) > self.asked
        return []


def memory(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def send(lab, first, count):
    """Frames as fast as this can make them, but with a look at how the other end keeps up."""
    link = bytes.fromhex(lab.wires.mac("ours")) + bytes.fromhex(lab.wires.mac("peer")) + b"\x08\x00"
    body, to, out = init(0), bytes(map(int, OURS.split("."))), lab.relay.ends[True]
    n = 20 + 8 + len(body)
    head = struct.pack(">BBHHHBB", 0x45, 0, n, 0, 0x4000, 64, 17)
    part = sum(struct.unpack(">5H", head)) + sum(struct.unpack(">2H", to))
    udp = struct.pack(">HHHH", 500, 500, n - 20, 0)
    for i in range(first, first + count):
        src = forged(i)
        total = part + (src[0] << 8 | src[1]) + (src[2] << 8 | src[3])
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        out.send(link + head + struct.pack(">H", ~total & 0xffff) + src + to + udp + init(i))
        if i % 50 == 0:
            time.sleep(0.001)


def queued(space):
    """Octets that wait in the sockets of IKE."""
    with open("/proc/%d/net/udp" % space.pid) as f:
        return sum(int(line.split()[4].split(":")[1], 16) for line in f.readlines()[1:])


def run(lab, case):
    """A step of a case that charon's connection is up in: our responder runs."""
    lab.wires.ours.ip("route replace 198.18.0.0/15 via 192.0.2.2")
    answers = Answers()
    lab.relay.begin(answers, keep=False)
    send(lab, 0, 2000)
    before = memory(lab.us.process.pid)
    for part in range(1, 11):
        flood = threading.Thread(target=send, args=(lab, part * COUNT // 10, COUNT // 10))
        flood.start()
        if part == 5:			# in the midst of it
            lab.peer.initiate("net", ike="second")
        flood.join()
    until = time.monotonic() + 30
    while queued(lab.wires.ours) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.2)
    grown = memory(lab.us.process.pid) - before
    need(answers.longer == 0, "%d answers longer than what was asked", answers.longer)
    need(answers.cookies >= COUNT // 4, "only %d cookies, %d other answers", answers.cookies, answers.others)
    need(answers.others <= 4096, "%d answers without a cookie", answers.others)
    need(grown < 16384, "memory grew by %d KiB", grown)
    up = [sa for sa in lab.peer.sas() if sa["state"] == "ESTABLISHED"]
    need("192.0.2.4" in [sa["local-host"] for sa in up], "the true client is not in")
    need("received COOKIE notify" in lab.peer.log() or "COOKIE" in lab.peer.log(), "the true client saw no cookie")
    print("ok live flood: %d asked, %d cookies, %d others, %d KiB" % (COUNT, answers.cookies, answers.others, grown))
