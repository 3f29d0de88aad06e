#!/usr/bin/python3
"""scapy_opens.py - scapy opens packets with the constructors that are written for it.

usage: scapy_opens.py CONVERT KERNEL-DIR...

Left out: what scapy cannot do and a remark says (short ICVs, ESN with a MAC of its own), fragments, SAs inside others,
damaged packets, AH over IPv4 options (it takes them as they are), and captures that begin behind a wrap of the number.
"""
import glob
import json
import os
import re
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
from scapy.layers.inet import IP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.layers.ipsec import AH, ESP  # noqa: E402
from scapy.utils import rdpcap  # noqa: E402

PACKETS = 6


def is_for_scapy(path):
    case = json.load(open(path + "/case.json"))
    name = os.path.basename(path.rstrip("/"))
    return not (case["wire_fragments"] or re.search("bundle|jumbo|esn-cross|esn-high|ipopts|netem|link-|noise", name))


def check(tool, path):
    """How many packets opened, and what did not."""
    done = subprocess.run([tool, "scapy", path + "/xfrm-state.txt"], capture_output=True, text=True)
    made = {}
    exec(done.stdout, made)
    remarked = {int(spi, 16) for spi in re.findall(r"remark: SA (0x\w+)", done.stderr)}
    sas = {sa.spi: sa for sa in made["sas"] if sa.spi not in remarked}
    good, bad = 0, []
    for packet in rdpcap(glob.glob(path + "/wire.pcap*")[0], count=200):
        ip = packet.getlayer(IP) or packet.getlayer(IPv6)
        outer = ip and (ip.getlayer(ESP) or ip.getlayer(AH))
        if not outer or outer.spi not in sas or good + len(bad) >= PACKETS:
            continue
        try:
            sas[outer.spi].decrypt(ip.copy())
            good += 1
        except Exception as e:
            bad.append("0x%08x: %s" % (outer.spi, type(e).__name__))
    return good, bad


def main():
    total, failed = 0, 0
    for path in filter(is_for_scapy, sys.argv[2:]):
        good, bad = check(sys.argv[1], path)
        total += good
        if bad:
            print("scapy_opens: %s: %s" % (path, bad[0]))
            failed += 1
    ok = total > 0 and not failed
    print("%sok scapy opens what is written for it: %d packets" % ("" if ok else "not ", total))
    sys.exit(not ok)


main()
