"""guest.py MODULES - runs inside User-Mode Linux as its first process, in the job's folder.

Reads jobs.json, one job a line, and writes results.json, one line for each job as it ends:

  job     {"name", "setup": [lines for ip -batch], "udp": [ports], "send": [IP packets in hex]}
  result  {"name", "got": [IP packets in hex], "forwarded": N, "counters": {"XfrmInError": N, ...}}
          or {"name", "error": why}

Each job has a network namespace of its own: a veth pair w0 - w1, the packets sent into w0, the IPsec
end at w1, a dummy device behind it.  "got" are the packets that netfilter saw come out of IPsec, in
PREROUTING: before the TTL is decremented and after each layer, so that the layers between are in it
too.  "counters" holds each line of xfrm_stat, and of snmp and snmp6 those of IP that are not zero.
"""
import ctypes
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time

import nflog

# Dependencies come from modules.dep.
MODULES = """veth dummy ipv6 esp4 esp6 ah4 ah6 ipcomp ipcomp6 xfrm4_tunnel xfrm6_tunnel xfrm_user
 hmac drbg authenc authencesn echainiv seqiv cbc ecb ctr gcm ccm ghash-generic cmac xcbc des_generic
 blowfish_generic cast5_generic camellia_generic serpent_generic twofish_generic chacha20poly1305
 chacha_generic poly1305_generic rmd160 sha512_generic deflate
 iptable_mangle ip6table_mangle xt_policy xt_NFLOG nfnetlink_log""".split()
CLONE_NEWNET, POWER_OFF, FINIT_MODULE = 0x40000000, 0x4321fedc, 313
SIOCETHTOOL, ETHTOOL_SGRO = 0x8946, 0x2c
UDP_ENCAP, UDP_ENCAP_ESPINUDP = 100, 2
MARK = "203.0.113.253"		# where the packet goes that says "all before me were processed"
OUT, FORWARD, MARKER = 1, 2, 3	# NFLOG groups

# Answers never leave: the namespace holds both ends' addresses and would talk to itself.
RULES = """*mangle
-A PREROUTING -m policy --dir in --pol ipsec -j NFLOG --nflog-group %d
-A FORWARD -j NFLOG --nflog-group %d
%s-A OUTPUT -j DROP
COMMIT
"""
MARK_RULES = """-A PREROUTING -p 253 -d %s -j NFLOG --nflog-group %d
-A PREROUTING -p 253 -d %s -j DROP
""" % (MARK, MARKER, MARK)
LINKS = """link add w0 mtu 20000 type veth peer name w1 mtu 20000
link add in0 mtu 65535 type dummy
link set lo up
link set w0 up
link set w1 up
link set in0 up
route add default dev in0
route add ::/0 dev in0
""".splitlines()

libc = ctypes.CDLL(None, use_errno=True)


def load_modules(top):
    top += "/" + os.uname().release + "/"
    needs, done = {}, set()
    for line in open(top + "modules.dep"):
        name, rest = line.split(":")
        needs[os.path.basename(name)[:-3]] = rest.split()[::-1] + [name]
    for module in MODULES:
        if module not in needs:
            print("no module %s: built in, or jobs will fail" % module)
        for path in needs.get(module, []):
            if path not in done:
                done.add(path)
                with open(top + path) as f:
                    if libc.syscall(FINIT_MODULE, f.fileno(), b"", 0) != 0:
                        print("%s: %s" % (path, os.strerror(ctypes.get_errno())))


def put(path, text):
    with open("/proc/sys/net/" + path, "w") as f:
        f.write(text)


def run(command, text):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        words = text.splitlines()
        raise RuntimeError("%s: %s" % (command[0], done.stderr.strip().replace("\n", "; ") or words[:1]))


def gro_off(name):
    value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_SGRO, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sP16x", name, ctypes.addressof(value)))


def new_net(setup):
    """A fresh namespace; returns the sending socket and the link header without its type."""
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for path, text in (("ipv6/conf/default/accept_dad", "0"), ("ipv6/conf/all/forwarding", "1"),
                       ("ipv4/ip_forward", "1"), ("ipv4/conf/all/accept_local", "1"),
                       ("ipv4/conf/all/rp_filter", "0"), ("ipv4/conf/default/rp_filter", "0"),
                       # source routes are among the options and extension headers that stay outside
                       ("ipv4/conf/default/accept_source_route", "1"), ("ipv4/conf/all/accept_source_route", "1"),
                       ("ipv6/conf/default/seg6_enabled", "1"), ("ipv6/conf/all/seg6_enabled", "1")):
        put(path, text)
    run(["ip", "-batch", "-"], "\n".join(LINKS + setup) + "\n")
    run(["iptables-legacy-restore"], RULES % (OUT, FORWARD, MARK_RULES))
    run(["ip6tables-legacy-restore"], RULES % (OUT, FORWARD, ""))
    gro_off(b"w1")
    wire, end = (socket.socket(socket.AF_PACKET, socket.SOCK_RAW) for _ in "01")
    wire.bind(("w0", 0))
    end.bind(("w1", 0))
    link = end.getsockname()[4] + wire.getsockname()[4]
    end.close()
    return wire, link


def marker():
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20, 0, 0, 64, 253, 0, bytes([203, 0, 113, 254]),
                       socket.inet_aton(MARK))
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack(">H", ~total & 0xffff) + head[12:]


def listen_udp(port):
    socks = []
    for family, anywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        s = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind((anywhere, port))
        s.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP)
        socks.append(s)
    return socks


def counters():
    """The lines of xfrm_stat, and IP's that are not zero."""
    out = {}
    with open("/proc/net/xfrm_stat") as f:
        for line in f:
            name, value = line.split()
            out[name] = int(value)
    with open("/proc/net/snmp") as f:
        lines = [line.split() for line in f if line.startswith("Ip:")]
    pairs = [("Ip" + name, value) for name, value in zip(lines[0][1:], lines[1][1:])]
    with open("/proc/net/snmp6") as f:
        pairs += [line.split() for line in f if line.startswith("Ip6")]
    out.update((name, int(value)) for name, value in pairs if value != "0")
    return out


def work(job):
    wire, link = new_net(job["setup"])
    socks = [s for port in job["udp"] for s in listen_udp(port)]
    log = nflog.open_groups(OUT, FORWARD, MARKER)
    got, forwarded, marked = [], 0, False
    until = time.monotonic() + 10
    packets = [bytes.fromhex(p) for p in job["send"]] + [marker()]
    while True:
        for packet in packets[:8]:
            wire.send(link + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet)
        del packets[:8]
        # after the mark, only what the kernel put off into a tasklet or a timer
        wait = 0 if packets else 0.02 if marked else 1
        while select.select([log], [], [], wait)[0]:
            for group, packet in nflog.read(log):
                if group == OUT:
                    got.append(packet.hex())
                forwarded += group == FORWARD
                marked = marked or group == MARKER
            if marked:
                wait = 0.02
        if marked and not packets:
            break
        if time.monotonic() > until:
            raise RuntimeError("the packet after the last one never came through")
    result = {"name": job["name"], "got": got, "forwarded": forwarded, "counters": counters()}
    for s in socks + [wire, log]:
        s.close()
    return result


def main():
    load_modules(sys.argv[1])
    with open("jobs.json") as jobs, open("results.json", "w") as results:
        for line in jobs:
            job = json.loads(line)
            try:
                result = work(job)
            except (OSError, RuntimeError) as e:
                result = {"name": job["name"], "error": str(e)}
            results.write(json.dumps(result) + "\n")
            results.flush()


try:
    main()
except BaseException:
    sys.excepthook(*sys.exc_info())
finally:
    sys.stdout.flush()
    sys.stderr.flush()
    os.sync()
    libc.reboot(POWER_OFF)
