"""net - network namespaces without names: each is held by a process that ends with this one.

A Lab's two namespaces meet in a third one, where a Relay (relay.py) carries frames from one to the other.
"""
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess

CLONE_NEWNET = 0x40000000
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
libc = ctypes.CDLL(None, use_errno=True)


class CannotRun(Exception):
    """This machine or user lacks what is needed."""


def check():
    """What is missing here for a lab, in words; "" if nothing is."""
    missing = ["%s (%s)" % row for row in (("ip", "iproute2"), ("nsenter", "util-linux"), ("setpriv", "util-linux"),
                                           ("charon-systemd", "charon-systemd"), ("swanctl", "strongswan-swanctl"),
                                           ("pki", "strongswan-pki"), ("openssl", "openssl"), ("tshark", "tshark"))
               if not shutil.which(row[0], path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if os.geteuid() != 0:
        missing.append("root: network namespaces")
    if not os.path.exists("/dev/net/tun"):
        missing.append("/dev/net/tun: the peer's ESP in userspace")
    return ", ".join(missing)


def _enter(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise CannotRun("setns: " + os.strerror(ctypes.get_errno()))


class Space:
    """One namespace."""

    def __init__(self):
        self.holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sh", "-c",
                                        "echo; exec sleep infinity"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        if self.holder.stdout.read(1) != b"\n":
            raise CannotRun("no network namespace of its own (unshare --net)")
        self.pid = self.holder.pid
        self.path = "/proc/%d/ns/net" % self.pid
        self.ip("link set lo up")

    def command(self, *argv):
        """The same command, inside, ended with this process."""
        return ["setpriv", "--pdeathsig", "KILL", "nsenter", "--net=" + self.path, "--", *argv]

    def run(self, *argv, check=True, **more):
        return subprocess.run(self.command(*argv), check=check, capture_output=True, text=True, **more)

    def ip(self, *lines):
        done = self.run("ip", "-batch", "-", input="\n".join(lines) + "\n", check=False)
        if done.returncode != 0:
            raise CannotRun("ip: %s" % done.stderr.strip())

    def inside(self, make):
        """make() in the namespace: sockets stay in the one they were made in."""
        with open("/proc/self/ns/net") as home, open(self.path) as there:
            _enter(there.fileno())
            try:
                return make()
            finally:
                _enter(home.fileno())

    def frames(self, device):
        def make():
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
            s.bind((device, 0))
            return s
        return self.inside(make)

    def checksums_in_full(self, device):
        """Or frames that a relay carries would have half a checksum."""
        def make():
            value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_STXCSUM, 0))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sP16x", device.encode(), ctypes.addressof(value)))
        self.inside(make)

    def listens(self, port):
        """A UDP socket is bound to the port."""
        for name in ("udp", "udp6"):
            with open("/proc/%d/net/%s" % (self.pid, name)) as f:
                if any(line.split()[1].endswith(":%04X" % port) for line in f.readlines()[1:]):
                    return True
        return False

    def close(self):
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()


class Wires:
    """Ours (192.0.2.1, .3, .5) and the peer's (192.0.2.2, .4) namespace, and the middle between them."""

    def __init__(self):
        self.ours, self.peer, self.middle = Space(), Space(), Space()
        for name, space, addresses in (("a", self.ours, OURS), ("b", self.peer, PEER)):
            self.middle.ip("link add %s0 mtu 1500 type veth peer name eth0 netns %d" % (name, space.pid),
                           "link set %s0 up" % name)
            space.ip(*("addr add %s dev eth0%s" % (a, " nodad" * (":" in a)) for a in addresses), "link set eth0 up")
            space.checksums_in_full("eth0")
            space.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/all/promote_secondaries")
        self.ours.ip("addr add 10.1.0.1/24 dev lo", "addr add 10.1.1.1/24 dev lo", "addr add fd00:1::1/64 dev lo nodad")
        self.peer.ip("addr add 10.2.0.1/24 dev lo", "addr add 10.2.1.1/24 dev lo", "addr add fd00:2::1/64 dev lo nodad")

    def mac(self, end):
        """Twelve hex digits: of "ours" or "peer"."""
        text = getattr(self, end).run("ip", "-o", "link", "show", "eth0").stdout
        return text.split("link/ether ")[1][:17].replace(":", "")

    def close(self):
        for space in (self.ours, self.peer, self.middle):
            space.close()


OURS = ("192.0.2.1/24", "192.0.2.3/24", "2001:db8::1/64")
PEER = ("192.0.2.2/24", "192.0.2.4/24", "2001:db8::2/64")
