#!/usr/bin/python3
"""make.py - packets sealed by scapy under ESN with random high halves: wire.pcap, plain.pcap, sa.json.

Run by hand (python3-scapy); the results are committed.  The halves are kept nowhere: decap must find them.
scapy leaves the half out of ESP's MACs: its MAC is called here, over the packet and the half.
"""
import json
import random
import struct

from scapy.all import ICMP, IP, UDP, PcapWriter, Raw
from scapy.layers.ipsec import AH, ESP, SecurityAssociation

random.seed(303)
# protocol, scapy's names, key lengths, our names; solved: any half, else one that is searched by default
SUITES = [
    (ESP, "AES-GCM", None, 20, 0, "aes-gcm-16", "none", True),
    (ESP, "AES-GCM", None, 36, 0, "aes-gcm-16", "none", True),
    (ESP, "CHACHA20-POLY1305", None, 36, 0, "chacha20-poly1305", "none", True),
    (ESP, "AES-CCM", None, 19, 0, "aes-ccm-16", "none", True),
    (ESP, "AES-CBC", "HMAC-SHA1-96", 16, 20, "aes-cbc", "hmac-sha1-96", False),
    (ESP, "AES-CTR", "SHA2-256-128", 20, 32, "aes-ctr", "hmac-sha2-256-128", False),
    (ESP, "NULL", "SHA2-512-256", 0, 64, "null", "hmac-sha2-512-256", False),
    (ESP, "AES-CBC", "AES-CMAC-96", 32, 16, "aes-cbc", "aes-cmac-96", False),
    (AH, None, "SHA2-384-192", 0, 48, None, "hmac-sha2-384-192", False),
]


def seal(sa, packet, seq, esn):
    if sa.proto is AH:
        return bytes(sa.encrypt(packet, seq_num=seq, esn_en=True, esn=esn))
    auth, sa.auth_algo = sa.auth_algo, sa.none
    sealed = sa.encrypt(packet, seq_num=seq, esn_en=True, esn=esn)
    sa.auth_algo = auth
    if auth.mac:
        mac = auth.new_mac(sa.auth_key)
        mac.update(bytes(sealed[ESP]) + struct.pack("!L", esn))
        sealed[ESP].data += mac.finalize()[:auth.icv_size]
    del sealed[IP].len, sealed[IP].chksum
    return bytes(sealed)


with PcapWriter("wire.pcap", linktype=101) as wire, PcapWriter("plain.pcap", linktype=101) as plain, \
        open("sa.json", "w") as out:
    for i, (proto, crypt, auth, ck, ak, encr, integ, solved) in enumerate(SUITES):
        key, auth_key = random.randbytes(ck), random.randbytes(ak)
        sa = SecurityAssociation(proto, spi=0x1000 + i, crypt_algo=crypt, crypt_key=key or None, auth_algo=auth,
                                 auth_key=auth_key or None, tunnel_header=IP(src="192.0.2.1", dst="192.0.2.2"))
        sa.none = SecurityAssociation(ESP, spi=1).auth_algo
        esn = random.randrange(1 << 32) if solved else random.randrange(1 << 17)
        seq = random.randrange(1, 1 << 31)
        d = {"proto": "esp" if proto is ESP else "ah", "spi": hex(0x1000 + i), "src": "192.0.2.1",
             "dst": "192.0.2.2", "encr": encr, "encr_key": key.hex() if encr else None, "integ": integ,
             "integ_key": auth_key.hex() if ak else None}
        out.write(json.dumps({k: v for k, v in d.items() if v is not None}) + "\n")
        for k in range(3):
            p = IP(bytes(IP(src="10.1.0.1", dst="10.2.0.1") / (ICMP(seq=k) if k else UDP(dport=53)) / Raw(b"x" * 17 * k)))
            wire.write(IP(seal(sa, p, seq + k, esn)))
            plain.write(p)
