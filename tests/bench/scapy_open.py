#!/usr/bin/python3
"""scapy_open.py - opens the first packets of a capture with scapy, as its documentation shows.

usage: scapy_open.py SAS IN OUT PACKETS    (SAS: what "ipsec-sa convert --to scapy" writes)
"""
import sys

from scapy.layers.inet import IP
from scapy.layers.ipsec import ESP
from scapy.layers.l2 import Ether
from scapy.utils import PcapReader, PcapWriter


def main():
    made, done = {}, 0
    exec(open(sys.argv[1]).read(), made)
    by_spi = {sa.spi: sa for sa in made["sas"]}
    with PcapReader(sys.argv[2]) as packets, PcapWriter(sys.argv[3], linktype=1) as out:
        for p in packets:
            inner = Ether(src=p[Ether].src, dst=p[Ether].dst) / by_spi[p[ESP].spi].decrypt(p[IP])
            inner.time = p.time
            out.write(inner)
            done += 1
            if done == int(sys.argv[4]):
                break
    print(done)


main()
