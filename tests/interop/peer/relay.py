"""relay - the path between the ends: a thread that carries frames from one namespace to the other, with faults.

A rule is a function of a Frame that gives the frames to go on, each with the seconds it is held back:
[(0, frame)] is no change, [] is loss.  What was sent and what arrived is kept, for captures.
"""
import heapq
import os
import random
import select
import struct
import threading
import time

OUTGOING = 4			# of AF_PACKET: what this socket's own side sent


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def udp_packet(src, dst, sport, dport, body):
    """An IPv4 packet; addresses as four octets."""
    n = 8 + len(body)
    pseudo = src + dst + struct.pack(">BBH", 0, 17, n)
    udp = struct.pack(">HHHH", sport, dport, n, 0) + body
    udp = udp[:6] + struct.pack(">H", checksum(pseudo + udp) or 0xffff) + body
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + n, 0, 0x4000, 64, 17, 0, src, dst)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + udp


class Frame:
    """One Ethernet frame; of IPv4 and UDP its parts.  ike: the IKE message in it, or None."""

    def __init__(self, data, ours):
        self.data, self.ours = data, ours		# ours: our end sent it
        self.udp = self.ike = None
        self.esp = False
        ip = data[14:]
        if data[12:14] != b"\x08\x00" or ip[9] != 17 or struct.unpack(">H", ip[6:8])[0] & 0x3fff:
            return
        self.head = 4 * (ip[0] & 15)
        self.src, self.dst = ip[12:16], ip[16:20]
        self.sport, self.dport, n = struct.unpack(">HHH", ip[self.head:self.head + 6])
        self.udp = ip[self.head + 8:self.head + n]
        if 500 in (self.sport, self.dport):
            self.ike = self.udp
        elif self.udp[:4] == bytes(4):
            self.ike = self.udp[4:]
        else:
            self.esp = len(self.udp) > 8

    def changed(self, udp=None, ike=None, **more):
        """The same with other contents or addresses (src, dst, sport, dport)."""
        if ike is not None:
            udp = self.udp[:len(self.udp) - len(self.ike)] + ike
        f = dict(src=self.src, dst=self.dst, sport=self.sport, dport=self.dport, body=self.udp if udp is None else udp)
        f.update(more)
        return Frame(self.data[:14] + udp_packet(**f), self.ours)

    @property
    def exchange(self):
        return self.ike[18]

    @property
    def is_response(self):
        return bool(self.ike[19] & 0x20)

    @property
    def message_id(self):
        return struct.unpack(">I", self.ike[20:24])[0]


def straight(frame):
    return [(0, frame)]


def noisy(seed, loss=0.0, twice=0.0, late=0.0, delay=0.03):
    """A rule: the n-th packet of each direction has its fate by the seed."""
    dice = {True: random.Random("%s ours" % seed), False: random.Random("%s peer" % seed)}

    def rule(frame):
        if frame.udp is None:
            return straight(frame)
        r = dice[frame.ours]
        lost, again, held = r.random() < loss, r.random() < twice, r.random() < late
        if lost:
            return []
        out = [(delay if held else 0, frame)]
        return out + [(delay * r.random(), frame)] if again else out
    return rule


class Relay:
    def __init__(self, middle):
        self.ends = {True: middle.frames("a0"), False: middle.frames("b0")}
        self.rule, self.seen, self.late, self.order, self.keep = straight, [], [], 0, True
        self.lock = threading.Lock()
        self.wake, self.woken = os.pipe()[::-1]
        self.trouble = None
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def close(self):
        os.write(self.wake, b"q")
        self.thread.join()
        for s in self.ends.values():
            s.close()
        os.close(self.wake)
        os.close(self.woken)

    def begin(self, rule=straight, keep=True):
        """A case begins: what is held back is dropped, what was seen forgotten.  keep: what will be seen is kept."""
        with self.lock:
            self.rule, self.seen, self.late, self.keep = rule, [], [], keep

    def frames(self):
        """What went over the path: (time, frame, whether it was let through)"""
        with self.lock:
            return list(self.seen)

    def inject(self, frame):
        """As if the frame's sender had sent it."""
        with self.lock:
            self._give(frame)

    def _give(self, frame):
        try:
            self.ends[not frame.ours].send(frame.data)
        except OSError as e:
            self.trouble = e

    def _take(self, ours):
        data, where = self.ends[ours].recvfrom(65536)
        if where[2] == OUTGOING:
            return
        frame = Frame(data, ours)
        with self.lock:
            try:
                out = self.rule(frame)
            except Exception as e:		# a rule of a case: told where the case is judged
                self.trouble, out = e, straight(frame)
            if self.keep:
                self.seen.append((time.time(), frame, out))
            for wait, f in out:
                if wait <= 0:
                    self._give(f)
                else:
                    self.order += 1
                    heapq.heappush(self.late, (time.monotonic() + wait, self.order, f))

    def _work(self):
        while True:
            wait = None
            with self.lock:
                while self.late and self.late[0][0] <= time.monotonic():
                    self._give(heapq.heappop(self.late)[2])
                if self.late:
                    wait = max(0, self.late[0][0] - time.monotonic())
            ready = select.select([self.woken, *self.ends.values()], [], [], wait)[0]
            if self.woken in ready:
                return
            for ours, s in self.ends.items():
                if s in ready:
                    self._take(ours)

    def save(self, path):
        """A capture of what arrived at the middle."""
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for when, frame, _ in self.frames():
                f.write(struct.pack("<IIII", int(when), int(when % 1 * 10**6), len(frame.data), len(frame.data)) +
                        frame.data)
