"""net - the guest's network namespaces: a veth pair w0 - w1, IPsec's end at w1, a dummy device behind it.

Packets are sent into w0.  netfilter copies to NFLOG what comes out of IPsec, in PREROUTING (before the
TTL is decremented, after each layer of a bundle), and what was forwarded, which is behind the policy
check.
"""
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import time

import nflog

CLONE_NEWNET = 0x40000000
SIOCETHTOOL, ETHTOOL_SGRO = 0x8946, 0x2c
UDP_ENCAP, UDP_ENCAP_ESPINUDP = 100, 2
RTF_LOCAL = 0x80000000
OUT, FORWARD, MARKER = 1, 2, 3	# NFLOG groups
MARK = "203.0.113.253"		# where the packet goes that says "all before me were processed"
BURST = 8			# packets sent before the log is read again
LIMIT = 10			# seconds for a job's packets

SYSCTLS = (
    ("ipv6/conf/default/accept_dad", "0"), ("ipv6/conf/all/forwarding", "1"), ("ipv4/ip_forward", "1"),
    # the namespace has both ends' addresses
    ("ipv4/conf/all/accept_local", "1"), ("ipv4/conf/all/rp_filter", "0"), ("ipv4/conf/default/rp_filter", "0"),
    # source routes are among the options and extension headers that stay outside
    ("ipv4/conf/all/accept_source_route", "1"), ("ipv4/conf/default/accept_source_route", "1"),
    ("ipv6/conf/all/seg6_enabled", "1"), ("ipv6/conf/default/seg6_enabled", "1"),
)
LINKS = """link add w0 mtu 20000 type veth peer name w1 mtu 20000
link add in0 mtu 65535 type dummy
link set lo up
link set w0 up
link set w1 up
link set in0 up
route add default dev in0
route add ::/0 dev in0
""".splitlines()
EMPTY = ["xfrm state flush", "xfrm policy flush"]
# Answers never leave: the namespace would talk to itself.
RULES = """*mangle
%s-A PREROUTING -m policy --dir in --pol ipsec -j NFLOG --nflog-group {0}
-A FORWARD -j NFLOG --nflog-group {1}
-A OUTPUT -j DROP
COMMIT
""".format(OUT, FORWARD)
MARK_RULES = """-A PREROUTING -p 253 -d {0} -j NFLOG --nflog-group {1}
-A PREROUTING -p 253 -d {0} -j DROP
""".format(MARK, MARKER)

libc = ctypes.CDLL(None, use_errno=True)


def _run(command, text):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (command[0], done.stderr.strip().replace("\n", "; ") or done.returncode))


def _gro_off(name):
    """Or the packets of a tunnel would come out merged."""
    value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_SGRO, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sP16x", name, ctypes.addressof(value)))


def _marker():
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20, 0, 0, 64, 253, 0, bytes([203, 0, 113, 254]),
                       socket.inet_aton(MARK))
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack(">H", ~total & 0xffff) + head[12:]


def _listen_udp(port):
    socks = []
    for family, anywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        s = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind((anywhere, port))
        s.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP)
        socks.append(s)
    return socks


def _is_local(address):
    """IPv6: whether its route is there."""
    start = socket.inet_pton(socket.AF_INET6, address).hex() + " 80 "
    with open("/proc/net/ipv6_route") as f:
        return any(line.startswith(start) and int(line.split()[8], 16) & RTF_LOCAL for line in f)


def _counters():
    """The lines of xfrm_stat, and IP's."""
    out = {}
    with open("/proc/net/xfrm_stat") as f:
        pairs = [line.split() for line in f]
    with open("/proc/net/snmp") as f:
        lines = [line.split() for line in f if line.startswith("Ip:")]
    pairs += [("Ip" + name, value) for name, value in zip(lines[0][1:], lines[1][1:])]
    with open("/proc/net/snmp6") as f:
        pairs += [line.split() for line in f if line.startswith("Ip6")]
    out.update((name, int(value)) for name, value in pairs)
    return out


class Net:
    """A namespace, which this process enters; jobs use it one after the other."""

    def __init__(self):
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "unshare")
        for path, text in SYSCTLS:
            with open("/proc/sys/net/" + path, "w") as f:
                f.write(text)
        _run(["ip", "-batch", "-"], "\n".join(LINKS) + "\n")
        _run(["iptables-legacy-restore"], RULES % MARK_RULES)
        _run(["ip6tables-legacy-restore"], RULES % "")
        _gro_off(b"w1")
        self.wire, end = (socket.socket(socket.AF_PACKET, socket.SOCK_RAW) for _ in "01")
        self.wire.bind(("w0", 0))
        end.bind(("w1", 0))
        self.link = end.getsockname()[4] + self.wire.getsockname()[4]
        end.close()
        self.log = nflog.open_groups(OUT, FORWARD, MARKER)
        self.ends = set()

    def close(self):
        self.wire.close()
        self.log.close()

    def is_clean(self):
        """False when fragments wait in it for the rest of their packet."""
        for path in ("/proc/net/sockstat", "/proc/net/sockstat6"):
            with open(path) as f:
                if any(line.startswith("FRAG") and line.split()[2] != "0" for line in f):
                    return False
        return True

    def _set_up(self, job):
        """Addresses stay: IPv6 ones are local only some time after they were added."""
        ends = set(job["ends"]) - self.ends
        added = ["addr add %s dev w1%s" % (end, " nodad" * (":" in end)) for end in sorted(ends)]
        _run(["ip", "-batch", "-"], "\n".join(EMPTY + added + job["setup"]) + "\n")
        self.ends |= ends
        until = time.monotonic() + LIMIT
        for end in ends:
            while ":" in end and not _is_local(end):
                if time.monotonic() > until:
                    raise RuntimeError("%s never became local" % end)
                time.sleep(0.01)

    def states(self, job):
        """The kernel's own text for states that a shell's commands add."""
        _run(["ip", "-batch", "-"], "\n".join(EMPTY) + "\n")
        _run(["sh", "-e"], "\n".join(job["states"]) + "\n")
        text = subprocess.run(["ip", "-s", "xfrm", "state"], capture_output=True, text=True, check=True).stdout
        _run(["ip", "-batch", "-"], "\n".join(EMPTY) + "\n")
        return {"name": job["name"], "states": text}

    def work(self, job):
        """The job's result, as guest.py describes it."""
        self._set_up(job)
        before = _counters()
        socks = [s for port in job["udp"] for s in _listen_udp(port)]
        try:
            got, forwarded = self._replay([bytes.fromhex(p) for p in job["send"]] + [_marker()])
        finally:
            for s in socks:
                s.close()
        counters = {name: value - before.get(name, 0) for name, value in _counters().items()}
        return {"name": job["name"], "got": got, "forwarded": forwarded, "counters": counters}

    def _replay(self, packets):
        got, forwarded, marked = [], 0, False
        until = time.monotonic() + LIMIT
        while packets or not marked:
            for packet in packets[:BURST]:
                self.wire.send(self.link + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet)
            del packets[:BURST]
            # behind the mark comes only what the kernel put off into a tasklet
            wait = 0 if packets else 1
            while select.select([self.log], [], [], 0.02 if marked else wait)[0]:
                for group, packet in nflog.read(self.log):
                    if group == OUT:
                        got.append(packet.hex())
                    forwarded += group == FORWARD
                    marked = marked or group == MARKER
            if time.monotonic() > until:
                raise RuntimeError("the packet after the last one never came through")
        return got, forwarded
