#!/usr/bin/python3
"""peers.py - ipsec-decap beside tshark, tcpdump and scapy on the same packets, in one run, as ratios.

usage: peers.py [--wall] [-n RUNS] BIN PROGRAMS

The peers take the SAs as ipsec-sa converts them.  tshark counts what it opened, tcpdump -E prints (it verifies
nothing), scapy opens and writes the first packets alone; each must have opened what it is timed for.  We get more of the same packets.  Commands
take turns, figures are the middle of RUNS; by processor time, or by the clock with --wall.
"""
import getopt
import os
import shutil
import subprocess
import sys

import common

# suite, inner size, inner megabytes for the peers (some 100,000 packets) and for us
CELLS = [(suite, size, theirs, ours) for suite in ("gcm128", "cbc256-sha1")
         for size, theirs, ours in (("64", 6, 40), ("imix", 30, 150), ("1400", 100, 300))]
SCAPY_PACKETS = 2000
INNER = ": IP 10.1.0.1."       # how tcpdump begins what was inside: gen's source address
TSHARK = ["-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE"]


def convert(bench, load, to, path, *more):
    got = subprocess.run([os.path.join(bench.tools, "ipsec-sa"), "-q", "convert", "--to", to, "-o", path, *more,
                          load["in"]], capture_output=True, text=True)
    if got.returncode:
        common.stop("ipsec-sa convert --to %s: %s" % (to, got.stderr.strip()))
    return path


def wireshark_version(text):
    """The layout of esp_sa changed with 4.4 and 4.6 (ipsec-formats(5))."""
    words = [w for w in text.split() if w[0].isdigit() and w.count(".") >= 1]
    major, minor = (int(x) for x in words[0].split(".")[:2])
    return "4.6" if (major, minor) >= (4, 6) else "4.4" if (major, minor) >= (4, 4) else "4.0"


class Tshark:
    name, suites = "tshark", common.SUITES

    def __init__(self):
        self.there = shutil.which("tshark") is not None
        self.why = "not installed"
        if self.there:
            self.said = subprocess.run(["tshark", "--version"], capture_output=True, text=True).stdout.split("\n")[0]

    def job(self, bench, load):
        home = os.path.join(bench.tmp, "wireshark")
        os.makedirs(home, exist_ok=True)
        convert(bench, load, "wireshark", home + "/esp_sa", "--wireshark", wireshark_version(self.said))
        return (["tshark", *TSHARK, "-r", load["wire"], "-q", "-z", "io,stat,0,udp"], {"WIRESHARK_CONFIG_DIR": home})

    def opened(self, bench, load, out):
        rows = [line for line in out.splitlines() if "<>" in line and line.strip()[1:].strip()[:1].isdigit()]
        return int(rows[-1].split("|")[2]) if rows else 0

    def packets(self, load):
        return load["packets"]


class Tcpdump:
    """As root it becomes another user before it reads the secrets, unless told not to."""
    name, suites = "tcpdump -E", ["cbc256-sha1"]
    why = "not installed"

    def __init__(self):
        self.there = shutil.which("tcpdump") is not None
        if self.there:
            got = subprocess.run(["tcpdump", "--version"], capture_output=True, text=True)
            self.said = (got.stdout + got.stderr).split("\n")[0] + " (knows no AES-GCM)"
            usage = subprocess.run(["tcpdump", "--help"], capture_output=True, text=True)
            self.stay = ["-Z", "root"] if os.geteuid() == 0 and "-Z" in usage.stdout + usage.stderr else []

    def job(self, bench, load):
        secrets = convert(bench, load, "tcpdump", os.path.join(bench.tmp, "secrets"))
        return ["tcpdump", *self.stay, "-nr", load["wire"], "-E", "file " + secrets]

    def opened(self, bench, load, out):
        return sum(INNER in line for line in out.splitlines())

    def packets(self, load):
        return load["packets"]


class Scapy:
    name, suites = "scapy", common.SUITES
    why = "no Python here imports scapy.layers.ipsec"

    def __init__(self):
        self.python = next((p for p in (sys.executable, "/usr/bin/python3") if os.path.exists(p) and subprocess.run(
            [p, "-c", "import scapy.layers.ipsec"], capture_output=True).returncode == 0), None)
        self.there = self.python is not None
        if self.there:
            self.said = "scapy " + subprocess.run([self.python, "-c", "import scapy; print(scapy.VERSION)"],
                                                  capture_output=True, text=True).stdout.strip()

    def job(self, bench, load):
        sas = convert(bench, load, "scapy", os.path.join(bench.tmp, "sas.py"))
        return [self.python, os.path.join(os.path.dirname(os.path.abspath(__file__)), "scapy_open.py"), sas,
                load["wire"], os.path.join(bench.tmp, "scapy.pcap"), str(SCAPY_PACKETS)]

    def opened(self, bench, load, out):
        mine = open(os.path.join(bench.tmp, "scapy.pcap"), "rb").read()
        with open(load["plain"], "rb") as f:
            right = f.read(len(mine))
        return int(out) if mine[24:] == right[24:] and len(mine) > 24 else 0

    def packets(self, load):
        return min(SCAPY_PACKETS, load["packets"])


def cell(bench, suite, size, small, large, peers, engines, runs):
    mine, load = bench.load(suite, size, large, name="mine"), bench.load(suite, size, small)
    jobs = {e: bench.ours(mine, "decap", e, 1) for e in engines}
    asked = [peer for peer in peers if suite in peer.suites]
    for peer in asked:
        jobs[peer.name] = peer.job(bench, load)
    costs = bench.rounds(jobs, runs)
    speed = {e: [mine["packets"] / bench.seconds(c) for c in costs[e]] for e in engines}
    for engine in engines:
        print("%-13s %5s  %-14s %10.1f %9.1f" % (suite, size, "ours " + engine, common.middle(speed[engine]) / 1e3,
                                                 max(c.mib for c in costs[engine])))
    for peer in asked:
        n = peer.packets(load)
        opened = peer.opened(bench, load, costs[peer.name][-1].out)
        if opened != n:
            common.stop("%s opened %d of %d packets of %s-%s" % (peer.name, opened, n, suite, size))
        theirs = [n / bench.seconds(c) for c in costs[peer.name]]
        print("%-13s %5s  %-14s %10.1f %9.1f %s" % (
            suite, size, peer.name, common.middle(theirs) / 1e3, max(c.mib for c in costs[peer.name]),
            " ".join("%14.0fx" % common.middle(a / b for a, b in zip(speed[e], theirs)) for e in engines)), flush=True)


def inspected(bench, size, large, runs):
    """ipsec-inspect without keys beside tshark that counts, and beside ipsec-decap with keys, on one capture, by the
    clock: ipsec-inspect reads with a second thread, and its user waits by the clock."""
    load = bench.load("gcm128", size, large, name="inspected")
    jobs = {"tshark -z io,stat,0": ["tshark", "-q", "-z", "io,stat,0", "-r", load["wire"]],
            "ipsec-decap, keys": [os.path.join(bench.tools, "ipsec-decap"), "-q", "-j", "1", "-s", load["in"], "-r", load["wire"], "-w", "/dev/null"],
            "ipsec-inspect": [os.path.join(bench.tools, "ipsec-inspect"), "-q", "-r", load["wire"]]}
    costs = {name: [] for name in jobs}
    for _ in range(runs):
        for name, argv in jobs.items():
            costs[name].append(bench.measure(argv, fine=(0, 1)))     # 1: packets one way alone are an error
    ours = costs["ipsec-inspect"]
    for name in jobs:
        theirs = costs[name]
        print("%5s  %-20s %9.3f s %9.3f s %9.1f MiB %8.1fx %8.1fx" % (
            size, name, common.middle(c.wall for c in theirs), common.middle(c.cpu for c in theirs), max(c.mib for c in theirs),
            common.middle(a.wall / b.wall for a, b in zip(theirs, ours)),
            common.middle(a.cpu / b.cpu for a, b in zip(theirs, ours))), flush=True)


def main():
    try:
        options, args = getopt.getopt(sys.argv[1:], "n:", ["wall"])
    except getopt.GetoptError as why:
        common.stop("%s\n%s" % (why, __doc__))
    options = dict(options)
    if len(args) != 2:
        common.stop(__doc__)
    runs = int(options.get("-n", 3))
    with common.folder() as tmp:
        bench = common.Bench(args[0], args[1], tmp, "wall" if "--wall" in options else "cpu")
        print("%s; middle of %d runs; one thread by %s" % (
            common.machine(), runs, "the clock" if bench.basis == "wall" else "processor time"))
        peers = []
        for peer in (Tshark(), Tcpdump(), Scapy()):
            print("%s: %s" % (peer.name, peer.said if peer.there else "left out: " + peer.why))
            peers += [peer] if peer.there else []
        engines = bench.engines()
        print("\nsuite         inner  who              kpps    MiB peak  " + " ".join(
            "%15s" % ("ours " + e) for e in engines))
        for suite, size, theirs, ours in CELLS:
            cell(bench, suite, size, theirs, ours, peers, engines, runs)
        if any(peer.name == "tshark" for peer in peers):
            print("\nipsec-inspect without keys, a capture of 1 GB: how many times its time the others take, by clock and processors")
            print("inner  who                       clock   processors         peak    clock    proc.")
            for size, large in (("64", 450), ("imix", 850), ("1400", 950)):
                inspected(bench, size, large, runs)
        print("\nours ENGINE: how many times as fast ipsec-decap is with it")
        print(bench.noise())


main()
