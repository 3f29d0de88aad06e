#!/usr/bin/python3
"""flood.py - what forged packets cost: an SA that leaves nothing to try against ones that do.

usage: flood.py DECAP FOLDER [RUNS]

Each row is a capture of forged ESP packets, opened (in vain) with an SA that says `esn: false`, where a bad
ICV is the end of it, and with the same SA that does not say, or says true, where numbers and halves are
tried.  Best of RUNS, processor time; the ratio should stay below 2.
"""
import json
import os
import random
import resource
import struct
import subprocess
import sys

PACKETS = 100000
SUITES = [("aes-gcm-16", 20, None, 0), ("aes-gcm-8", 20, None, 0), ("chacha20-poly1305", 36, None, 0),
          ("aes-ccm-8", 19, None, 0), ("aes-cbc", 16, "hmac-sha1-96", 20), ("aes-cbc", 32, "hmac-sha2-256-128", 32)]


def capture(path, size):
    rng = random.Random(7)
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i in range(PACKETS):
            esp = struct.pack(">II", 0x1000, rng.randrange(1 << 32)) + rng.randbytes(size)
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(esp), 0, 0, 64, 50, 0, b"\xc0\0\2\1", b"\xc0\0\2\2")
            f.write(struct.pack("<IIII", i // 1000, i % 1000, 20 + len(esp), 20 + len(esp)) + ip + esp)


def seconds(argv):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(argv, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode != 1:
        sys.exit("flood: exit %d: %s" % (run.returncode, run.stderr.decode()))
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    decap, folder, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 5
    wire, sa = folder + "/flood.pcap", folder + "/flood.json"
    print("\nforged packets (%d), processor time against an SA without ESN\n" % PACKETS)
    print("%-28s %6s %10s %14s %10s" % ("suite", "bytes", "us/packet", "ESN not said", "ESN said"))
    for size in (72, 1416):
        capture(wire, size)
        for encr, key, integ, integ_key in SUITES:
            best = {}
            for _ in range(runs):
                for esn in (False, None, True):
                    d = {"proto": "esp", "spi": 0x1000, "encr": encr, "encr_key": "5a" * key, "esn": esn,
                         "integ": integ, "integ_key": "a5" * integ_key if integ else None}
                    with open(sa, "w") as f:
                        f.write(json.dumps({k: v for k, v in d.items() if v is not None}))
                    t = seconds([decap, "-q", "-j1", "-s", sa, "-r", wire, "-w", "/dev/null"])
                    best[esn] = min(t, best.get(esn, t))
            print("%-28s %6d %10.2f %14.2f %10.2f" % (encr + (" " + integ if integ else ""), size + 8,
                                                      best[False] / PACKETS * 1e6, best[None] / best[False],
                                                      best[True] / best[False]), flush=True)
    os.unlink(wire)
    os.unlink(sa)


main()
