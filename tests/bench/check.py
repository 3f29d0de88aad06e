#!/usr/bin/python3
"""check.py - instructions of our own code per packet, against stored figures: no clock, no noise.

usage: check.py BIN FIGURES [--update]

Each row runs a tool under valgrind's callgrind over N and over 2N packets; the difference, of the tool's own
object alone (libcrypto, libIPSec_MB, libc and so on left out), is what a packet costs.  The hashes of our tables
are keyed anew in each process, so that some rows move by a hundredth or two.  More than 10 % over the figure is
a failure; so much less asks for --update.  Figures hold for the compiler named in the file; with another one
the rows are shown, and say so.
"""
import os
import re
import struct
import subprocess
import sys
import tempfile

PACKETS = 1500
# name, tool, proposal, bytes of the inner packet, more options
OPENSSL, MB = ["--engine", "openssl"], ["--engine", "ipsec-mb"]
ROWS = [
    ("decap-gcm-64", "ipsec-decap", "aes128gcm16", 64, OPENSSL),
    ("decap-gcm-1400", "ipsec-decap", "aes128gcm16", 1400, OPENSSL),
    ("decap-cbc-sha1-576", "ipsec-decap", "aes256-sha1", 576, OPENSSL),
    ("decap-gcm-esn-64", "ipsec-decap", "aes128gcm16-esn", 64, OPENSSL),
    ("decap-gcm-null-sa-64", "ipsec-decap", None, 64, OPENSSL),
    ("decap-gcm-64-mb", "ipsec-decap", "aes128gcm16", 64, MB),
    ("decap-cbc-sha1-576-mb", "ipsec-decap", "aes256-sha1", 576, MB),
    ("decap-cbc-sha1-esn-576-mb", "ipsec-decap", "aes256-sha1-esn", 576, MB),
    ("encap-gcm-64", "ipsec-encap", "aes128gcm16", 64, OPENSSL),
    ("encap-gcm-1400", "ipsec-encap", "aes128gcm16", 1400, OPENSSL),
    ("encap-cbc-sha1-576", "ipsec-encap", "aes256-sha1", 576, OPENSSL),
    ("encap-gcm-64-mb", "ipsec-encap", "aes128gcm16", 64, MB),
    ("encap-cbc-sha1-576-mb", "ipsec-encap", "aes256-sha1", 576, MB),
    ("decap-chacha-576", "ipsec-decap", "chacha20poly1305", 576, OPENSSL),
    ("decap-chacha-576-mb", "ipsec-decap", "chacha20poly1305", 576, MB),
    ("encap-chacha-576-mb", "ipsec-encap", "chacha20poly1305", 576, MB),
]


def plain(path, size, count):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 17, 0, b"\x0a\1\0\1", b"\x0a\2\0\1")
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i in range(count):
            p = b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + head + struct.pack(">HHHH", 1024 + i % 50, 53, size - 20, 0) + bytes(size - 28)
            f.write(struct.pack("<IIII", i // 1000, i % 1000, len(p), len(p)) + p)


def run(argv):
    got = subprocess.run(argv, capture_output=True, text=True)
    if got.returncode not in (0, 1):
        sys.exit("bench-check: %s: exit %d: %s" % (argv, got.returncode, got.stderr))


def instructions(binary, argv, tmp):
    """Of the binary's own object: callgrind's file names the object that each cost line is of."""
    out = tmp + "/callgrind"
    run(["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + out, binary] + argv)
    names, ours, total, calls = {}, False, 0, False
    for line in open(out):
        match = re.match(r"ob=\((\d+)\)(?: (.*))?$", line)
        if match:
            if match.group(2):
                names[match.group(1)] = match.group(2).strip()
            ours = os.path.basename(names[match.group(1)]) == os.path.basename(binary)
            continue
        match = re.match(r"cob=\((\d+)\)(?: (.*))?$", line)
        if match and match.group(2):
            names[match.group(1)] = match.group(2).strip()
        if line.startswith("calls="):
            calls = True
        elif re.match(r"[+\-*\d]", line):
            if ours and not calls:
                total += int(line.split()[-1])
            calls = False
    return total


def cost(tools, row, tmp):
    _, tool, proposal, size, more = row
    sa, totals = tmp + "/sa", []
    keygen = [tools + "/ipsec-keygen", "sa", "--seed", "ca", "--src", "192.0.2.1", "--dst", "192.0.2.2", "--mode", "tunnel",
              "-o", sa, "--proposal", proposal or "aes128gcm16"]
    run(keygen)
    for count in (PACKETS, 2 * PACKETS):
        plain(tmp + "/plain", size, count)
        wire = tmp + "/plain"
        if tool == "ipsec-decap":
            wire = tmp + "/wire"
            run([tools + "/ipsec-encap", "-q", "--seed", "fe", "-s", sa, "-r", tmp + "/plain", "-w", wire])
            if proposal is None:
                run(keygen + ["--label", "other"])
                text = open(sa).read()
                with open(sa, "w") as f:
                    f.write(re.sub(r'"spi":"0x[0-9a-f]+"', '"spi":"0x1001"', text))
        totals.append(instructions(tools + "/" + tool, ["-q", "-j1", "-s", sa, "-r", wire, "-w", "/dev/null"] + more, tmp))
        if proposal is None:
            run(keygen)
    return (totals[1] - totals[0]) / PACKETS


def compiler():
    return subprocess.run([os.environ.get("CC", "cc"), "--version"], capture_output=True, text=True).stdout.split("\n")[0]


def main():
    tools, figures = sys.argv[1:3]
    stored = dict(line.rstrip("\n").split("\t") for line in open(figures)) if os.path.exists(figures) else {}
    same, passed, failed, new = stored.get("compiler") == compiler(), 0, 0, {"compiler": compiler()}
    for row in ROWS:
        if row[4] == MB and os.uname().machine != "x86_64":
            print("%-25s not on this machine: no ipsec-mb" % row[0])
            continue
        with tempfile.TemporaryDirectory() as tmp:
            now = cost(tools, row, tmp)
        new[row[0]] = "%.0f" % now
        was = float(stored.get(row[0], "0"))
        if "--update" in sys.argv:
            print("%-25s %6.0f (was %.0f)" % (row[0], now, was))
        elif row[0] not in stored:
            failed += 1
            print("FAIL bench-check %s: %.0f instructions a packet, no figure: check.py --update" % (row[0], now))
        elif not same:
            passed += 1
            print("%-25s %6.0f, not compared: made by \"%s\", the figures by \"%s\"" % (
                row[0], now, compiler(), stored.get("compiler")))
        elif 0.8 * was <= now <= 1.1 * was:
            passed += 1
            print("%-25s %6.0f instructions a packet, figure %.0f" % (row[0], now, was))
        else:
            failed += 1
            print("FAIL bench-check %s: %.0f instructions a packet, figure %.0f%s" % (
                row[0], now, was, "; better: check.py --update" if now < was else ""))
    if "--update" in sys.argv:
        with open(figures, "w") as f:
            f.writelines("%s\t%s\n" % item for item in new.items())
        return
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
