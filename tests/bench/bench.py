#!/usr/bin/python3
"""bench.py - ipsec-decap and ipsec-encap beside bare loops that do the same job, in one run, as ratios.

usage: bench.py [--full] [--wall] [-n RUNS] BIN PROGRAMS

BIN holds the tools, PROGRAMS what tests/bench/run builds.  Every table is measured with commands that take
turns; a figure is the middle of RUNS, a ratio the middle of the ratios round by round.  One thread is judged
by processor time (--wall: by the clock), two by the clock.
"""
import getopt
import os
import sys

import common

# inner megabytes for a size: quick, full
MBYTES = {"64": (25, 60), "576": (60, 150), "1400": (100, 300), "imix": (50, 150)}
QUICK = [("gcm128", "64"), ("gcm128", "1400")] + [(suite, "imix") for suite in common.SUITES]
FULL = [(suite, size) for suite in common.SUITES for size in common.SIZES]
HEAD = """
                               one thread                                                  two threads
suite         inner  way   engine       Mpps  Gbit/s  of whole  of crypto  of decap   MiB  over one  of whole   MiB"""
EXPLAIN = """
Mpps: million packets a second; Gbit/s: of inner packets; to /dev/null.  of whole: our speed over that of the bare
loop which does the whole job with the same library; of crypto: over that of its cryptography alone, in memory;
of decap: ipsec-encap's over ipsec-decap's; over one: two threads over one; MiB: peak resident memory."""


def check(bench, load, engines):
    """Neither side may be fast by not doing its job."""
    back, sealed = os.path.join(bench.tmp, "back"), os.path.join(bench.tmp, "sealed")
    for engine in engines:
        for threads in (1, 2):
            bench.measure(bench.ours(load, "decap", engine, threads, to=back))
            if not common.same(back, load["plain"]):
                common.stop("ipsec-decap gave other packets than went in")
            bench.measure(bench.ours(load, "encap", engine, threads, to=sealed))
            bench.program("bare", *bench.bare(load, "decap", engine, sealed, back))
            if not common.same(back, load["plain"]):
                common.stop("ipsec-encap sealed other packets than went in")
            bench.program("bare", *bench.bare(load, "encap", engine, load["plain"], sealed, "-j", str(threads)))
            bench.measure(bench.ours(load, "decap", engine, threads, source=sealed, to=back))
            if not common.same(back, load["plain"]):
                common.stop("the bare loop sealed other packets than went in")
    os.unlink(back)
    os.unlink(sealed)


def jobs_of(bench, load, way, engines):
    jobs, source = {}, load["wire"] if way == "decap" else load["plain"]
    for engine in engines:
        for threads in (1, 2):
            jobs["ours", engine, threads] = bench.ours(load, way, engine, threads)
            jobs["whole", engine, threads] = [os.path.join(bench.programs, "bare")] + bench.bare(
                load, way, engine, source, "/dev/null", "-j", str(threads))
        jobs["crypto", engine, 1] = [os.path.join(bench.programs, "bare")] + bench.bare(
            load, way, engine, source, "/dev/null", "-m")
    return jobs


def row(bench, load, way, engine, costs, decap):
    ours, two = costs["ours", engine, 1], costs["ours", engine, 2]
    whole, wide = costs["whole", engine, 1], costs["whole", engine, 2]
    loop = [float(c.out.split()[0]) for c in costs["crypto", engine, 1]]
    took = [bench.seconds(c) for c in ours]
    med = common.middle(took)
    decap.setdefault(engine, med)
    print("%-13s %5s  %-5s %-9s %7.3f %7.2f %9.2f %10.2f %9s %5.1f %9.2f %9.2f %5.1f" % (
        load["suite"], load["size"], way, engine, load["packets"] / med / 1e6, load["inner"] * 8 / med / 1e9,
        common.middle(bench.seconds(b) / t for b, t in zip(whole, took)),
        common.middle(b / t for b, t in zip(loop, took)),
        "%.2f" % (decap[engine] / med) if way == "encap" else "",
        max(c.mib for c in ours), common.middle(a.wall / b.wall for a, b in zip(ours, two)),
        common.middle(b.wall / t.wall for b, t in zip(wide, two)), max(c.mib for c in two)), flush=True)


def speed(bench, cells, runs, full, engines):
    print(HEAD)
    for suite, size in cells:
        load, decap = bench.load(suite, size, MBYTES[size][full]), {}
        check(bench, load, engines)
        for way in ("decap", "encap"):
            costs = bench.rounds(jobs_of(bench, load, way, engines), runs)
            for engine in engines:
                row(bench, load, way, engine, costs, decap)
    print(EXPLAIN)


def memory(bench, engines):
    print("\npeak resident MiB          1 SA, -j1   -j4   1,000 SAs, -j1   -j4")
    peaks = {}
    for sas in (1, 1000):
        load = bench.load("cbc256-sha1", "imix", 20, sas)
        for way in ("decap", "encap"):
            for engine in engines:
                for threads in (1, 4):
                    peaks[way, engine, sas, threads] = max(
                        bench.measure(bench.ours(load, way, engine, threads)).mib for _ in range(2))
    for way in ("decap", "encap"):
        for engine in engines:
            print("ipsec-%s, %-9s %14.1f %5.1f %16.1f %5.1f" % (
                way, engine, *(peaks[way, engine, sas, threads] for sas in (1, 1000) for threads in (1, 4))))


def lookup(bench):
    counts, files = (1, 1000, 100000), []
    for n in counts:
        prefix = os.path.join(bench.tmp, "sas%d" % n)
        bench.program("gen", "-m", "1", "-S", str(n), prefix)
        files.append(prefix + ".in.json")
    print("\nSAs        load, s   bytes an SA   look-up of 1,000, ns   of any, ns   unknown SPI, ns")
    for line in bench.program("lookup", *files).splitlines():
        n, load, size, hot, find, miss = line.split()
        print("%-9s %8s %13s %22s %12s %17s" % (n, load, size if int(n) > 1 else "-", hot, find, miss))


def negotiations(bench, full):
    rounds, held = (60, 10000) if full else (20, 2000)
    ours, bare, ratio, n, size = bench.program("negotiate", str(rounds), str(held)).split()
    print("\nIKE SAs with a child each, PSK, X25519, both ends in memory, one thread:\n"
          "%.0f a second; %.0f a second of their two X25519 key pairs and two agreements alone: %.2f of these\n"
          "%d held by a responder: %s bytes each" % (1e9 / float(ours), 1e9 / float(bare), float(ratio), int(n), size))


def main():
    try:
        options, args = getopt.getopt(sys.argv[1:], "n:", ["full", "wall"])
    except getopt.GetoptError as why:
        common.stop("%s\n%s" % (why, __doc__))
    options = dict(options)
    if len(args) != 2:
        common.stop(__doc__)
    full = "--full" in options
    runs = int(options.get("-n", 7 if full else 3))
    with common.folder() as tmp:
        bench = common.Bench(args[0], args[1], tmp, "wall" if "--wall" in options else "cpu")
        print("%s; middle of %d runs; one thread by %s" % (
            common.machine(), runs, "the clock" if bench.basis == "wall" else "processor time"))
        engines = bench.engines()
        speed(bench, FULL if full else QUICK, runs, full, engines)
        memory(bench, engines)
        lookup(bench)
        negotiations(bench, full)
        print("\n" + bench.noise())
        if not full:
            print("quick: \"make bench FULL=1\" measures every suite and size, middle of 7 runs, and forged packets")


main()
