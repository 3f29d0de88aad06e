#!/usr/bin/python3
"""ike_traffic.py - packets through tunnels that ipsec-ike negotiated with itself: what goes in comes out.

usage: ike_traffic.py BIN-DIR [CASE...]

Over loopback with streams of packets, through TUN devices between network namespaces with packets of Linux's own; what is
on the wire is opened by scapy and tshark with the keys of the descriptors.  Waits for events, never for times.
"""
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings

warnings.filterwarnings("ignore")
import logging  # noqa: E402
logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.layers.inet import ICMP, IP, TCP, UDP  # noqa: E402
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6  # noqa: E402
from scapy.layers.ipsec import ESP, SecurityAssociation  # noqa: E402
from scapy.packet import Raw  # noqa: E402
from scapy.utils import rdpcap  # noqa: E402

LONG = 60		# seconds that nothing here takes unless something is wrong
NOBODY = 65534


class Failed(Exception):
    pass


def want(true, what):
    if not true:
        raise Failed(what)


class Waited:
    """A list that a thread fills; others wait for what is in it."""

    def __init__(self):
        self.list, self.more, self.ended = [], threading.Condition(), False

    def add(self, x):
        with self.more:
            self.list.append(x)
            self.more.notify_all()

    def end(self):
        with self.more:
            self.ended = True
            self.more.notify_all()

    def wait(self, done, what):
        until = time.monotonic() + LONG
        with self.more:
            while not done(self.list):
                left = until - time.monotonic()
                if self.ended or left <= 0 or not self.more.wait(left):
                    raise Failed("%s: not after %d, %s" % (what, len(self.list), "ended" if self.ended else "in time"))
            return list(self.list)


def pcap_head(nano=False):
    return struct.pack("<IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101)


def pcap_record(packet, ns=1_700_000_000_000_000_000):
    return struct.pack("<IIII", ns // 10**9, ns % 10**9 // 1000, len(packet), len(packet)) + packet


def pcap(path, packets, step=0):
    with open(path, "wb") as f:
        f.write(pcap_head())
        for i, p in enumerate(packets):
            f.write(pcap_record(p, 1_700_000_000_000_000_000 + i * step))


def pcap_packets(f, to):
    """Each packet of a stream as it comes."""
    f.read(24)
    while True:
        head = f.read(16)
        if len(head) < 16:
            break
        to.add(f.read(struct.unpack("<IIII", head)[2]))
    to.end()


def inner(src, dst, n, start=0):
    """Packets of several kinds from one to the other."""
    out = []
    for i in range(start, start + n):
        body = bytes((i + j) & 255 for j in range(i % 97))
        if ":" in src:
            p = IPv6(src=src, dst=dst) / (ICMPv6EchoRequest(id=7, seq=i, data=body) if i % 2 else UDP(sport=i + 1, dport=9999) / Raw(body))
        else:
            p = IP(src=src, dst=dst, id=i) / (ICMP(id=7, seq=i) / Raw(body) if i % 3 == 0 else UDP(sport=i + 1, dport=9999) / Raw(body)
                                             if i % 3 == 1 else TCP(sport=i + 1, dport=80, seq=i) / Raw(body))
        out.append(bytes(p))
    return out


class End:
    """An ipsec-ike that runs: its lines of JSON, its packets in and out."""

    def __init__(self, lab, what, *words, pipes=False, user=None, into=(), seen=None):
        self.lab, self.lines, self.packets, self.errors = lab, Waited(), Waited(), []
        self.to = None
        command = list(into) + [lab.bin + "/ipsec-ike", what] + [str(w) for w in words] + ["--events", "--psk-file", lab.psk, "-v"]
        fds = ()
        if pipes:
            read_in, write_in = os.pipe()
            read_out, write_out = os.pipe()
            fds = (read_in, write_out)
            command += ["--packets-in", "/dev/fd/%d" % read_in, "--packets-out", "/dev/fd/%d" % write_out]
        extra = {"user": user, "group": user, "extra_groups": []} if user is not None else {}
        self.run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=fds, text=True, **extra)
        lab.running.append(self)
        for fd in fds:
            os.close(fd)
        if pipes:
            self.to = os.fdopen(write_in, "wb", buffering=0)
            self.to.write(pcap_head())
            threading.Thread(target=pcap_packets, args=(os.fdopen(read_out, "rb"), self.packets), daemon=True).start()
        threading.Thread(target=self.read_lines, daemon=True).start()
        self.read_errors = threading.Thread(target=lambda: self.errors.extend(self.run.stderr), daemon=True)
        self.read_errors.start()

    def read_lines(self):
        for line in self.run.stdout:
            self.lines.add(json.loads(line))
        self.lines.end()

    def send(self, packets):
        for p in packets:
            self.to.write(pcap_record(p))

    def event(self, name, n=1):
        got = self.lines.wait(lambda l: len([x for x in l if x.get("event") == name]) >= n, name)
        return [x for x in got if x.get("event") == name][n - 1]

    def descriptors(self):
        """Both of its child at least; packets may be elsewhere before they are printed."""
        self.lines.wait(lambda lines: sum(x["type"] == "sa" for x in lines) >= 2, "its descriptors")
        return [x for x in self.lines.list if x["type"] == "sa"]

    def stop(self):
        self.run.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self, status=0):
        """Its summary of traffic."""
        try:
            got = self.run.wait(LONG)
        except subprocess.TimeoutExpired:
            raise Failed("it does not end")
        self.lines.wait(lambda l: self.lines.ended, "the end")
        self.read_errors.join()
        want(got == status, "exit status %d: %s" % (got, "".join(self.errors)))
        return self.event("ike-traffic")


def counts(end, way):
    return end[way]["verdicts"]


class Lab:
    def __init__(self, bin_dir, folder):
        self.bin, self.folder, self.running = os.path.abspath(bin_dir), folder, []
        self.psk = self.file("psk")
        with open(self.psk, "w") as f:
            f.write("correct horse battery staple\n")
        os.chmod(self.psk, 0o600)
        self.nobody = self.for_nobody()

    def file(self, name):
        return os.path.join(self.folder, name)

    def ports(self):
        """Two UDP ports that were free just now."""
        s = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for x in s:
            x.bind(("127.0.0.1", 0))
        got = [x.getsockname()[1] for x in s]
        for x in s:
            x.close()
        return got

    def listens(self, end, port, pid="self"):
        until = time.monotonic() + LONG
        while time.monotonic() < until and end.run.poll() is None:
            for table in ("udp", "udp6"):
                with open("/proc/%s/net/%s" % (pid, table)) as f:
                    if re.search(r":%04X [0-9A-F:]+ 07" % port, f.read()):
                        return
            time.sleep(0.01)
        raise Failed("no responder: " + "".join(end.errors))

    def pair(self, ts, pipes=True, i=(), r=(), user=None, address="127.0.0.1"):
        port, natt = self.ports()
        there = End(self, "respond", "--listen", address, "--port", port, "--natt-port", natt, "--id", "b@test", "--ts",
                    "=".join(reversed(ts.split("="))), *r, pipes=pipes, user=user)
        self.listens(there, port)
        here = End(self, "initiate", address, "--port", port, "--natt-port", natt, "--id", "a@test", "--ts", ts, *i, pipes=pipes,
                   user=user)
        return here, there, natt

    def for_nobody(self):
        """The user nobody, and a key of his own; None where he cannot run the tools."""
        try:
            subprocess.run([self.bin + "/ipsec-ike", "--version"], user=NOBODY, group=NOBODY, capture_output=True, check=True)
            os.chmod(self.folder, 0o711)
            os.chown(self.psk, NOBODY, NOBODY)
            return NOBODY
        except (OSError, subprocess.SubprocessError):
            return None

    def clear(self):
        for end in self.running:
            if end.run.poll() is None:
                end.run.kill()
            end.run.wait()
        self.running = []


def arrive(end, packets, start, what):
    got = end.packets.wait(lambda l: len(l) >= start + len(packets), what)
    for i, p in enumerate(packets):
        want(got[start + i] == p, "%s: packet %d is another one" % (what, start + i))


TS = "10.1.0.0/16,fd01::/64=10.2.0.0/16,fd02::/64"


def case_rekeys(lab):
    """Both ways, while children and the IKE SA are rekeyed by either end; without privileges if nobody can run the tools."""
    more = () if lab.nobody else ("--force-natt",)
    here, there, _ = lab.pair(TS, i=("--hold", "forever", *more), r=("--sessions", 1, *more), user=lab.nobody)
    rekeys = [(here, signal.SIGUSR1, "ike-child-rekeyed", 1), (there, signal.SIGUSR1, "ike-child-rekeyed", 2),
              (here, signal.SIGUSR2, "ike-rekeyed", 1), (here, signal.SIGUSR1, "ike-child-rekeyed", 3), None]
    here.event("ike-child-up")
    there.event("ike-child-up")
    at = 0
    for rekey in rekeys:
        forth = inner("10.1.0.9", "10.2.0.9", 60, at) + inner("fd01::9", "fd02::9", 40, at)
        back = inner("10.2.0.9", "10.1.0.9", 50, at) + inner("fd02::9", "fd01::9", 50, at)
        here.send(forth[:50])
        there.send(back[:50])
        if rekey:
            rekey[0].run.send_signal(rekey[1])		# in the middle of it
        here.send(forth[50:])
        there.send(back[50:])
        arrive(there, forth, at, "to the responder")
        arrive(here, back, at, "to the initiator")
        at += 100
        if rekey:
            here.event(rekey[2], rekey[3])
            there.event(rekey[2], rekey[3])
    for sum_ in (here.stop(), there.wait()):
        for way in ("in", "out"):
            want(counts(sum_, way) == {"ok": 500}, "%s: %s" % (way, sum_))
    spis = {x["spi"] for x in here.descriptors()}
    want(len(spis) == 8, "four children, found %d SPIs" % len(spis))
    return "%d packets over %d children and 2 IKE SAs%s" % (2 * at, len(spis) // 2, ", unprivileged" if lab.nobody else "")


def case_files(lab):
    """Files: an initiator without --hold ends when all of its packets are sent."""
    forth, back = inner("10.1.0.9", "10.2.0.9", 3000), inner("10.2.0.9", "10.1.0.9", 30)
    pcap(lab.file("forth.pcap"), forth)
    pcap(lab.file("back.pcap"), back)
    here, there, _ = lab.pair(TS, pipes=False, i=("--force-natt", "--packets-in", lab.file("forth.pcap"), "--packets-out",
                                                  lab.file("to-here.pcap")),
                              r=("--sessions", 1, "--packets-in", lab.file("back.pcap"), "--packets-out", lab.file("to-there.pcap")))
    sums = here.wait(), there.wait()
    want([bytes(p) for p in rdpcap(lab.file("to-there.pcap"))] == forth, "what came is not what was sent: %s" % sums[1])
    got = [bytes(p) for p in rdpcap(lab.file("to-here.pcap"))]
    want(got == back[:len(got)], "what came back")
    want(counts(sums[0], "out") == {"ok": 3000} and os.stat(lab.file("to-there.pcap")).st_mode & 0o77 == 0, "%s" % sums[0])
    return "3000 packets, none lost"


def case_pace(lab):
    """Packets as far apart as they were captured: not before their time."""
    pcap(lab.file("slow.pcap"), inner("10.1.0.9", "10.2.0.9", 6), step=100_000_000)
    here, there, _ = lab.pair(TS, pipes=False, i=("--packets-in", lab.file("slow.pcap"), "--packets-pace"), r=("--sessions", 1, "--packets-out", lab.file("out.pcap")))
    here.wait()
    there.wait()
    times = [float(p.time) for p in rdpcap(lab.file("out.pcap"))]
    want(len(times) == 6 and times[5] - times[0] > 0.4, "six packets in half a second, found %s" % times)
    return "6 packets in %.2f s" % (times[5] - times[0])


def scapy_sa(d):
    """scapy's SA of a descriptor."""
    key = bytes.fromhex(d.get("encr_key", ""))
    crypt = {"aes-gcm-16": "AES-GCM", "aes-cbc": "AES-CBC", "aes-ctr": "AES-CTR", "chacha20-poly1305": "CHACHA20-POLY1305",
             "null": "NULL"}[d["encr"]]
    auth = {None: None, "none": None, "hmac-sha2-256-128": "SHA2-256-128", "hmac-sha1-96": "HMAC-SHA1-96",
            "hmac-sha2-512-256": "SHA2-512-256"}[d.get("integ")]
    more = {"esn_en": True, "esn": 0} if d.get("esn") else {}
    return SecurityAssociation(ESP, spi=int(d["spi"], 16), crypt_algo=crypt, crypt_key=key, auth_algo=auth,
                               auth_key=bytes.fromhex(d.get("integ_key", "")) or None, **more)


def wire(path):
    """ESP in UDP out of a capture: SPI and octets, with an IP header that scapy takes."""
    for p in rdpcap(path):
        udp = p.getlayer(UDP)
        body = bytes(udp.payload) if udp else b""
        if len(body) > 8 and body[:4] != bytes(4):
            yield body


SUITES = ["aes256gcm16-noesn", "aes128gcm16-esn", "aes128-sha256-noesn", "aes256-sha512-noesn", "aes192ctr-sha1-noesn",
          "chacha20poly1305-noesn", "null-sha256-noesn"]


def case_scapy(lab):
    """What is on the wire, opened by scapy with the keys of the descriptors."""
    total = 0
    for suite in SUITES:
        forth, back = inner("10.1.0.9", "10.2.0.9", 25), inner("fd02::9", "fd01::9", 25)
        save = lab.file("save.pcap")
        here, there, _ = lab.pair(TS, i=("--esp", suite, "--save", save, "--hold", "forever", "--force-natt"), r=("--esp", suite, "--sessions", 1))
        here.send(forth)
        arrive(there, forth, 0, suite)
        there.send(back)
        arrive(here, back, 0, suite)
        here.stop()
        there.wait()
        sas = {int(d["spi"], 16): (d["dir"], scapy_sa(d)) for d in here.descriptors()}
        opened = {"out": [], "in": []}
        for body in wire(save):
            spi = struct.unpack(">I", body[:4])[0]
            if spi not in sas or body[4:8] == bytes(4):
                continue
            way, sa = sas[spi]
            packet = sa.decrypt(IP(bytes(IP(src="127.0.0.1", dst="127.0.0.1", proto=50) / Raw(body))))
            opened[way].append(bytes(packet)[20:])
        want(opened["out"] == forth and opened["in"] == back, "%s: scapy opens something else (%d, %d)" %
             (suite, len(opened["out"]), len(opened["in"])))
        total += len(forth) + len(back)
    return "%d packets of %d suites" % (total, len(SUITES))


TSHARK = {"aes-gcm-16": "AES-GCM with 16 octet ICV [RFC4106]", "aes-cbc": "AES-CBC [RFC3602]"}


def case_tshark(lab):
    """The same, opened by tshark."""
    total = 0
    for suite in ("aes256gcm16-noesn", "aes128-sha256-noesn"):
        forth, save = inner("10.1.0.9", "10.2.0.9", 25), lab.file("save.pcap")
        here, there, natt = lab.pair(TS, i=("--esp", suite, "--save", save, "--hold", "forever", "--force-natt"), r=("--esp", suite, "--sessions", 1))
        here.send(forth)
        arrive(there, forth, 0, suite)
        here.stop()
        there.wait()
        command = ["tshark", "-n", "-r", save, "-d", "udp.port==%d,udpencap" % natt, "-o", "esp.enable_encryption_decode:TRUE",
                   "-o", "esp.enable_authentication_check:TRUE", "-T", "fields", "-E", "separator=|", "-e", "ip.id", "-e", "esp.icv_good",
                   "-Y", "esp && ip.dst == 10.2.0.9"]
        for d in here.descriptors():
            auth = ("HMAC-SHA-256-128 [RFC4868]", "0x" + d["integ_key"]) if "integ_key" in d else ("NULL", "")
            row = ["IPv4", d["src"], d["dst"], d["spi"], TSHARK[d["encr"]], "0x" + d["encr_key"], *auth]
            command += ["-o", "uat:esp_sa:" + ",".join('"%s"' % x for x in row)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        ids = [int(line.split("|")[0].split(",")[-1], 16) for line in lines]
        want(ids == list(range(25)), "%s: tshark sees %s" % (suite, ids))
        want(all(line.split("|")[1] == "1" for line in lines), "%s: tshark on ICVs: %s" % (suite, lines))
        total += len(ids)
    return "%d packets" % total


def seal(lab, descriptor, packet, seq, **other):
    """ESP by ipsec-encap, with whatever the descriptor should say instead."""
    d = {k: v for k, v in descriptor.items() if k not in ("ts", "encap", "dir", "peer", "id", "life", "created", "ike")}
    d.update(seq=seq - 1, **other)
    pcap(lab.file("forged.pcap"), [packet])
    with open(lab.file("forged.json"), "w") as f:
        f.write(json.dumps(d) + "\n")
    os.chmod(lab.file("forged.json"), 0o600)
    out = subprocess.run([lab.bin + "/ipsec-encap", "-s", lab.file("forged.json"), "-r", lab.file("forged.pcap")],
                         capture_output=True, check=True).stdout
    return out[24 + 16 + 20:]


def case_selectors(lab):
    """RFC 4301 5.1, 5.2: outside the selectors nothing goes out or comes in; forged, altered and replayed ESP."""
    ts = "10.1.0.0/16[udp]=10.2.0.0/16[udp/53]"
    here, there, natt = lab.pair(ts, i=("--hold", "forever", "--force-natt", "--esp", "aes128gcm16-noesn"), r=("--sessions", 1))
    udp = UDP(sport=1000, dport=53) / Raw(b"question")
    good = bytes(IP(src="10.1.0.1", dst="10.2.0.1") / udp)
    outside = [bytes(p) for p in (IP(src="10.1.0.1", dst="10.3.0.1") / udp, IP(src="10.9.0.1", dst="10.2.0.1") / udp,
                                  IP(src="10.1.0.1", dst="10.2.0.1") / UDP(sport=1000, dport=54),
                                  IP(src="10.1.0.1", dst="10.2.0.1") / TCP(dport=53), IPv6(src="fd01::1", dst="fd02::1") / udp,
                                  IP(src="10.2.0.1", dst="10.1.0.1") / udp)]
    here.send(outside + [good])
    arrive(there, [good], 0, "the one inside")
    out = [d for d in here.descriptors() if d["dir"] == "out"][0]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    forged = [seal(lab, out, p, 100 + i) for i, p in enumerate(outside)]
    fine = seal(lab, out, good, 200)
    bad = bytearray(seal(lab, out, good, 201))
    bad[20] ^= 1
    unknown = b"\x01\x02\x03\x04" + fine[4:]
    padding = seal(lab, out, good, 202)
    for esp in forged + [fine, bytes(bad), fine, unknown, padding]:
        s.sendto(esp, ("127.0.0.1", natt))
    arrive(there, [good, good], 1, "what ipsec-encap sealed inside the selectors")
    first, second = here.stop(), there.wait()
    want(counts(first, "out") == {"ok": 1, "outside-ts": len(outside)}, "out: %s" % first)
    want(counts(second, "in") == {"ok": 3, "outside-ts": len(outside), "bad-icv": 1, "replayed": 1, "no-sa": 1}, "in: %s" % second)
    want(len(there.packets.list) == 3, "only what is inside came out")
    return "%d packets outside dropped at either end" % len(outside)


def case_transport(lab):
    """Transport mode between the ends themselves: payloads and addresses, checksums good."""
    here, there, _ = lab.pair("127.0.0.1=127.0.0.2", i=("--force-natt", "--mode", "transport", "--hold", "forever", "--local", "127.0.0.1"),
                              r=("--mode", "transport", "--sessions", 1), address="127.0.0.2",
                              user=lab.nobody)
    forth, back = inner("127.0.0.1", "127.0.0.2", 30), inner("127.0.0.2", "127.0.0.1", 30)
    here.send(forth)
    there.send(back)
    for end, sent in ((there, forth), (here, back)):
        got = end.packets.wait(lambda l: len(l) >= len(sent), "transport mode")
        for a, b in zip(sent, got):
            want(a[20:] == b[20:] and a[12:20] == b[12:20] and a[9] == b[9], "a packet changed")
            head = sum(struct.unpack(">10H", b[:20]))
            want((head & 0xffff) + (head >> 16) == 0xffff, "the header's checksum")
    mode = {d["mode"] for d in here.descriptors()}
    want(mode == {"transport"}, "mode %s" % mode)
    here.send([bytes(IP(src="127.0.0.1", dst="127.0.0.2", flags="MF") / UDP()), bytes(IP(src="127.0.0.1", dst="127.0.0.2", options=b"\x01" * 4) / UDP())])
    here.send(inner("127.0.0.1", "127.0.0.2", 1))
    there.packets.wait(lambda l: len(l) >= 31, "after what cannot be carried")
    sum_ = here.stop()
    there.wait()
    want(counts(sum_, "out") == {"ok": 31, "unsupported": 2}, "%s" % sum_)
    return "60 packets"


def case_sessions(lab):
    """A responder of many sessions: packets find the child whose selectors hold them."""
    port, natt = lab.ports()
    there = End(lab, "respond", "--listen", "127.0.0.1", "--port", port, "--natt-port", natt, "--id", "b@test", "--ts", "10.2.0.0/16=dynamic",
                "--pool", "10.9.0.0/24", "--sessions", 3, "--hold", "forever", pipes=True)
    lab.listens(there, port)
    clients = [End(lab, "initiate", "127.0.0.1", "--port", port, "--natt-port", natt, "--id", "c%d@test" % i, "--address", "--ts", "dynamic=10.2.0.0/16",
                   "--hold", "forever", "--force-natt", pipes=True) for i in range(3)]
    mine = [c.event("ike-address")["addresses"][0] for c in clients]
    want(len(set(mine)) == 3, "three addresses: %s" % mine)
    for c in clients:
        c.event("ike-child-up")
    order = [random.randrange(3) for _ in range(90)] + [0, 1, 2]
    sent = [inner("10.2.0.5", mine[k], 1, i)[0] for i, k in enumerate(order)]
    there.event("ike-child-up", 3)
    there.send(sent)
    for k, c in enumerate(clients):
        arrive(c, [p for p, to in zip(sent, order) if to == k], 0, "client %d" % k)
        c.send(inner(mine[k], "10.2.0.5", 10))
    there.packets.wait(lambda l: len(l) >= 30, "answers")
    clients[0].send(inner(mine[1], "10.2.0.5", 1))		# another one's address
    clients[0].send(inner(mine[0], "10.2.0.5", 1))
    there.packets.wait(lambda l: len(l) >= 31, "the last one")
    sums = [c.stop() for c in clients]
    want(counts(sums[0], "out") == {"ok": 11, "outside-ts": 1}, "%s" % sums[0])
    last = there.stop()
    want(counts(last, "out") == {"ok": 93} and counts(last, "in") == {"ok": 31}, "%s" % last)
    return "93 packets to 3 clients"


def case_moves(lab):
    """The initiator gets another address (MOBIKE), then authenticates anew: packets find their way."""
    here, there, _ = lab.pair(TS, i=("--hold", "forever", "--force-natt", "--do", "move=127.0.0.3,reauth"), r=("--sessions", 2))
    here.event("ike-moved")
    there.event("ike-moved")
    here.event("ike-authenticated", 2)
    there.event("ike-child-up", 2)
    here.event("ike-child-up", 2)
    there.event("ike-child-down")
    here.event("ike-child-down")
    forth, back = inner("10.1.0.9", "10.2.0.9", 100), inner("10.2.0.9", "10.1.0.9", 100)
    here.send(forth)
    there.send(back)
    arrive(there, forth, 0, "from the other address")
    arrive(here, back, 0, "to the other address")
    sums = here.stop(), there.wait()
    want(all(counts(s, way) == {"ok": 100} for s in sums for way in ("in", "out")), "%s %s" % sums)
    local = {e["local"] for e in here.lines.list if e.get("event") == "ike-child-up"}
    want("127.0.0.3" in local, "from %s" % local)
    return "200 packets"


def case_children(lab):
    """Several children: each packet goes into its own."""
    ts = ["10.1.0.0/16=10.2.0.0/16", "10.1.0.0/16=10.3.0.0/16", "10.1.0.0/16[udp]=10.2.0.0/16[udp/9999]"]
    here, there, _ = lab.pair(ts[0], i=("--hold", "forever", "--force-natt", "--ts", ts[1], "--ts", ts[2]),
                              r=("--sessions", 1, "--ts", "10.3.0.0/16=10.1.0.0/16"))
    for end in (here, there):
        end.event("ike-child-up", 3)
    packets = [p for i in range(30) for p in inner("10.1.0.9", "10.%d.0.9" % (2 + i % 2), 1, i)]
    here.send(packets)
    arrive(there, packets, 0, "all of them")
    here.stop()
    there.wait()
    sent = sorted(int(re.search(r"sent \d+ bytes in (\d+) packet", line).group(1)) for line in here.errors if "child SA" in line)
    udp = len([p for i, p in enumerate(packets) if i % 2 == 0 and p[9] == 17])
    want(sent == sorted([15, udp, 15 - udp]), "by child: %s" % sent)
    return "%s packets" % sent


class Spaces:
    """Two network namespaces with a wire between them."""

    def __init__(self):
        self.sleeper = [subprocess.Popen(["unshare", "-n", "sleep", "1000"]) for _ in range(2)]
        until = time.monotonic() + LONG
        own = os.readlink("/proc/self/ns/net")
        while any(os.readlink("/proc/%d/ns/net" % s.pid) == own for s in self.sleeper) and time.monotonic() < until:
            time.sleep(0.01)
        a, b = (str(s.pid) for s in self.sleeper)
        name = "w%d" % os.getpid()
        self.ip("link add %sa netns %s type veth peer name %sb netns %s" % (name, a, name, b), None)
        for i, end in enumerate("ab"):
            self.ip("link set lo up", i)
            self.ip("addr add 192.0.2.%d/24 dev %s%s" % (i + 1, name, end), i)
            self.ip("addr add 2001:db8::%d/64 dev %s%s nodad" % (i + 1, name, end), i)
            self.ip("link set %s%s up" % (name, end), i)

    def into(self, i):
        return ["nsenter", "-t", str(self.sleeper[i].pid), "-n"]

    def ip(self, words, i):
        into = [] if i is None else self.into(i)
        return subprocess.run(into + ["ip"] + words.split(), check=True, capture_output=True, text=True).stdout

    def close(self):
        for s in self.sleeper:
            s.kill()
            s.wait()


def ping(space, i, dst, n, size):
    """How many echo replies Linux at the other end gives."""
    program = """
import socket, struct, sys
six, dst, n, size = ":" in sys.argv[1], sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, 58 if six else 1)
s.settimeout(%d)
good = 0
for i in range(n):
    body = bytes((i + j) & 255 for j in range(size))
    echo = struct.pack(">BBHHH", 128 if six else 8, 0, 0, 77, i) + body
    if not six:
        total = sum(struct.unpack(">%%dH" %% ((len(echo) + 1) // 2), echo + bytes(len(echo) %% 2)))
        while total > 0xffff:
            total = (total & 0xffff) + (total >> 16)
        echo = echo[:2] + struct.pack(">H", ~total & 0xffff) + echo[4:]
    s.sendto(echo, (dst, 0))
    while True:
        p = s.recv(65535)[0 if six else 20:]
        if p[0] == (129 if six else 0) and p[4:8] == echo[4:8]:
            good += p[8:] == body
            break
print(good)
""" % LONG
    done = subprocess.run(space.into(i) + [sys.executable, "-c", program, dst, str(n), str(size)], capture_output=True, text=True)
    want(done.stdout.strip() == str(n), "ping %s: %s of %d %s" % (dst, done.stdout.strip(), n, done.stderr[-200:]))


def tun_case(lab, address, i=(), r=(), name="ipsec%d"):
    space = Spaces()
    try:
        there = End(lab, "respond", "--listen", address, "--id", "b@test", "--ts", "10.2.0.1,fd02::1=10.1.0.0/24,fd01::/64", "--tun", name,
                    "--sessions", 1, *r, into=space.into(1))
        lab.listens(there, 500, space.sleeper[1].pid)
        here = End(lab, "initiate", address, "--id", "a@test", "--ts", "10.1.0.1,fd01::1=10.2.0.0/24,fd02::/64", "--tun", name, "--hold", "forever",
                   *i, into=space.into(0))
        here.event("ike-child-up")
        there.event("ike-child-up")
        before = [space.ip("-o route show proto kernel", k) for k in range(2)]
        until = time.monotonic() + LONG
        while any("ipsec0" not in space.ip("-6 route", k) or "10." not in space.ip("route show dev ipsec0", k) for k in range(2)):
            want(time.monotonic() < until, "no routes: %s" % space.ip("route", 0))
            time.sleep(0.01)
        ping(space, 0, "10.2.0.1", 20, 1000)
        ping(space, 1, "10.1.0.1", 20, 64)
        ping(space, 0, "fd02::1", 10, 1200)
        here.run.send_signal(signal.SIGUSR1)
        here.event("ike-child-rekeyed")
        there.event("ike-child-rekeyed")
        ping(space, 0, "10.2.0.1", 10, 4000)		# in fragments
        ping(space, 1, "fd01::1", 10, 1000)
        sums = here.stop(), there.wait()
        for s in sums:
            for way in ("in", "out"):
                want(set(counts(s, way)) <= {"ok"} and counts(s, way)["ok"] >= 70, "%s" % s)
        for k in range(2):
            want("ipsec" not in space.ip("-o link", k) and space.ip("-o route show proto kernel", k) == before[k], "something is left")
        return "70 pings, %d packets" % (sums[0]["in"]["packets"] + sums[0]["out"]["packets"])
    finally:
        space.close()


def case_tun(lab):
    """TUN devices in two network namespaces, Linux's own pings; ESP directly in IP."""
    return tun_case(lab, "192.0.2.2")


def case_tun_udp(lab):
    """The same with ESP in UDP."""
    return tun_case(lab, "192.0.2.2", i=("--force-natt",))


def case_tun_ipv6(lab):
    """The same over IPv6."""
    return tun_case(lab, "2001:db8::2")


def case_tun_all(lab):
    """A virtual address and everything through the tunnel, but for the tunnel itself."""
    space = Spaces()
    try:
        there = End(lab, "respond", "--listen", "192.0.2.2", "--id", "b@test", "--ts", "any=dynamic", "--pool", "10.9.0.0/24", "--tun", "ipsec0",
                    "--sessions", 1, into=space.into(1))
        lab.listens(there, 500, space.sleeper[1].pid)
        space.ip("addr add 198.51.100.1/32 dev lo", 1)
        here = End(lab, "initiate", "192.0.2.2", "--id", "a@test", "--ts", "dynamic=any", "--address", "--tun", "ipsec0", "--hold", "forever",
                   into=space.into(0))
        until = time.monotonic() + LONG
        while "128.0.0.0/1" not in space.ip("route", 0) or "10.9.0" not in space.ip("route show dev ipsec0", 1):
            want(time.monotonic() < until, "no routes: %s" % "".join(here.errors))
            time.sleep(0.01)
        want("10.9.0." in space.ip("addr show dev ipsec0", 0), "no virtual address")
        ping(space, 0, "198.51.100.1", 10, 500)
        sum_ = here.stop()
        there.wait()
        want(counts(sum_, "out")["ok"] >= 10, "%s" % sum_)
        want("dev ipsec" not in space.ip("route", 0) and "proto static" not in space.ip("route", 0), "routes are left")
        return "10 pings"
    finally:
        space.close()


def virtual_ends(lab, space, sessions):
    there = End(lab, "respond", "--listen", "192.0.2.2", "--id", "b@test", "--ts", "any=dynamic", "--pool", "10.9.0.0/24", "--sessions", sessions,
                "--packets-out", "/dev/null", into=space.into(1))
    lab.listens(there, 500, space.sleeper[1].pid)
    return there


def virtual_client(lab, space):
    here = End(lab, "initiate", "192.0.2.2", "--id", "a@test", "--ts", "dynamic=any", "--address", "--tun", "ipsec0", "--hold", "forever",
               into=space.into(0))
    until = time.monotonic() + LONG
    while "128.0.0.0/1" not in space.ip("route", 0):
        want(time.monotonic() < until, "no routes: %s" % "".join(here.errors))
        time.sleep(0.01)
    return here


def case_tun_signals(lab):
    """The host route of --tun goes with a hang-up, and with a second signal while a peer that is gone does not answer; one
    that a killed run left is used."""
    space = Spaces()
    left = lambda: space.ip("route show 192.0.2.2", 0)
    try:
        there = virtual_ends(lab, space, 2)
        here = virtual_client(lab, space)
        want("proto static" in left(), "no route to the peer: %s" % left())
        here.run.send_signal(signal.SIGHUP)
        here.wait()
        want(left() == "", "a hang-up leaves %s" % left())
        here = virtual_client(lab, space)
        there.run.kill()
        here.run.send_signal(signal.SIGINT)
        until = time.monotonic() + LONG
        while not any("ends once" in x for x in here.errors):
            want(time.monotonic() < until, "it does not say that it waits")
            time.sleep(0.01)
        here.run.send_signal(signal.SIGINT)
        here.wait()
        want(left() == "", "two signals leave %s" % left())
        there.run.wait()
        there = virtual_ends(lab, space, 3)
        here = virtual_client(lab, space)
        here.run.kill()
        here.run.wait()
        want("proto static" in left(), "a killed run took its route away")
        here = virtual_client(lab, space)
        here.stop()
        want(any("there is one already" in x for x in here.errors) and not any("File exists" in x for x in here.errors), "%s" % here.errors)
        want("proto static" in left(), "what was there before was taken away")
        wire = re.search(r"dev (\S+)", left()).group(1)
        space.ip("route add 128.0.0.0/1 dev " + wire, 0)
        here = virtual_client(lab, space)
        until = time.monotonic() + LONG
        while not any("such a route leads to %s already" % wire in x for x in here.errors):
            want(time.monotonic() < until, "nothing is said of another route: %s" % here.errors)
            time.sleep(0.01)
        here.stop()
        want(wire in space.ip("route show 128.0.0.0/1", 0), "somebody else's route was taken away")
        return "hang-up, two signals, a kill, other routes"
    finally:
        space.close()


def case_unreachable(lab):
    """No route: an event with a reason and advice, as with any other failure."""
    space = Spaces()
    try:
        for more in ((), ("--local", "192.0.2.1")):
            here = End(lab, "initiate", "198.51.100.7", "--id", "a@test", *more, into=space.into(0))
            want(here.run.wait(LONG) == 1, "exit status %d" % here.run.returncode)
            here.lines.wait(lambda l: here.lines.ended, "the end")
            failed = here.event("ike-failed")
            want(failed["reasons"][0]["id"] == "unreachable" and "no way to 198.51.100.7: Network is unreachable" in
                 failed["reasons"][0]["text"] and "routes" in failed["reasons"][0]["advice"], "%s" % failed)
        return "told"
    finally:
        space.close()


SCHEMAS = """
import json, jsonschema, sys
check = {n: jsonschema.Draft202012Validator(json.load(open("man/ipsec-%s.schema.json" % n))) for n in ("event", "sa")}
bad = n = 0
for line in sys.stdin:
    x = json.loads(line)
    for e in check["sa" if x["type"] == "sa" else "event"].iter_errors(x):
        print(line, e.message, file=sys.stderr)
        bad = 1
    n += 1
print(n)
sys.exit(bad)
"""


def schemas(lines):
    """All lines that were printed are as the schemas say; by whichever python3 has jsonschema."""
    for python in (sys.executable, "python3"):
        if subprocess.run([python, "-c", "import jsonschema"], capture_output=True).returncode == 0:
            done = subprocess.run([python, "-c", SCHEMAS], input="".join(json.dumps(x) + "\n" for x in lines), text=True,
                                  capture_output=True)
            print("%sok ike_traffic schemas: %s lines %s" % ("not " if done.returncode else "", done.stdout.strip(), done.stderr[:2000]))
            return done.returncode == 0
    print("not ok ike_traffic schemas: no python3 here has jsonschema")
    return False


def main():
    if os.geteuid() != 0:
        os.execvp("unshare", ["unshare", "-Urn", "sh", "-c", 'ip link set lo up && exec "$0" "$@"', sys.executable] + sys.argv)
    cases = {name[5:]: f for name, f in globals().items() if name.startswith("case_")}
    bad, lines = False, []
    for name in sys.argv[2:] or cases:
        with tempfile.TemporaryDirectory() as folder:
            lab = Lab(sys.argv[1], folder)
            try:
                print("ok ike_traffic %s: %s" % (name, cases[name](lab)), flush=True)
            except Exception as e:
                bad = True
                print("not ok ike_traffic %s: %r" % (name, e), flush=True)
                for end in lab.running:
                    print("  " + "  ".join(end.errors[-4:]), file=sys.stderr)
            finally:
                for end in lab.running:
                    lines += end.lines.list
                lab.clear()
    sys.exit(not schemas(lines) or bad)


main()
