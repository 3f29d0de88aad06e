"""common.py - what bench.py and peers.py share: workloads, measured commands, tables."""
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile

SUITES = ["gcm128", "gcm256", "chacha", "cbc128-sha256", "cbc256-sha1"]
SIZES = ["64", "576", "1400", "imix"]


def stop(text):
    sys.exit("bench: " + text)


def folder():
    """Where captures go: memory, if there is some to be had by a name.  Gone when the program ends, stopped or not."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    where = os.environ.get("TMPDIR") or ("/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    return tempfile.TemporaryDirectory(prefix="ipsec-bench.", dir=where)


class Cost:
    """Of one run: seconds by the wall and of processors, peak MiB, output."""

    def __init__(self, wall, cpu, mib, out):
        self.wall, self.cpu, self.mib, self.out = wall, cpu, mib, out


class Bench:
    def __init__(self, tools, programs, tmp, basis="cpu"):
        self.tools, self.programs, self.tmp, self.basis = tools, programs, tmp, basis
        self.costs = []

    def program(self, name, *args):
        got = subprocess.run([os.path.join(self.programs, name)] + list(args), capture_output=True, text=True)
        if got.returncode:
            stop("%s %s: %s" % (name, " ".join(args), got.stderr.strip()))
        return got.stdout

    def measure(self, argv, env=None, fine=(0,)):
        """One run under the stopwatch; its own output goes to Cost.out."""
        with open(os.path.join(self.tmp, "stderr"), "w+b") as err:
            got = subprocess.run([os.path.join(self.programs, "stopwatch")] + argv, stdout=subprocess.PIPE,
                                 stderr=err, stdin=subprocess.DEVNULL, env=dict(os.environ, **(env or {})))
            err.seek(0)
            said = err.read().decode(errors="replace")
        out, _, last = got.stdout.decode(errors="replace").rstrip("\n").rpartition("\n")
        if got.returncode or len(last.split()) != 4:
            stop("%s: %s" % (" ".join(argv), said))
        wall, cpu, kib, status = last.split()
        if int(status) not in fine:
            stop("%s: exit %s: %s" % (" ".join(argv), status, said))
        return Cost(float(wall), float(cpu), int(kib) / 1024, out)

    def rounds(self, jobs, runs):
        """jobs: name to a command or (command, environment).  All take turns, each round from another one on, so
        that none always follows the same neighbour.  Name to a list of costs, in step with each other."""
        names, costs = list(jobs), {name: [] for name in jobs}
        for i in range(runs):
            for name in names[i % len(names):] + names[:i % len(names)]:
                job = jobs[name]
                costs[name].append(self.measure(*job) if isinstance(job, tuple) else self.measure(job))
        self.costs += costs.values()
        return costs

    def seconds(self, cost, threads=1):
        return cost.wall if threads > 1 or self.basis == "wall" else cost.cpu

    def load(self, suite, size, mbytes, sas=1, name="load"):
        """Plain text, sealed by the bare loop; a dictionary."""
        prefix = os.path.join(self.tmp, name)
        packets, inner = self.program("gen", "-a", suite, "-s", size, "-m", str(mbytes), "-S", str(sas), prefix).split()
        load = {"suite": suite, "size": size, "sas": sas, "packets": int(packets), "inner": int(inner),
                "plain": prefix + ".plain.pcap", "wire": prefix + ".wire.pcap", "in": prefix + ".in.json",
                "out": prefix + ".out.json"}
        self.program("bare", *self.bare(load, "encap", "openssl", load["plain"], load["wire"]))
        return load

    def bare(self, load, way, engine, source, to, *more):
        return (["-x"] if way == "encap" else []) + ["-e", engine, "-a", load["suite"], "-S", str(load["sas"]),
                                                     *more, source, to]

    def ours(self, load, way, engine, threads, source=None, to="/dev/null"):
        sa, packets = (load["in"], load["wire"]) if way == "decap" else (load["out"], load["plain"])
        return [os.path.join(self.tools, "ipsec-" + way), "-q", "--engine", engine, "-j", str(threads), "-s", sa,
                "-r", source or packets, "-w", to]

    def engines(self):
        """ipsec-mb where both the tools and the bare loops have it."""
        here = ["openssl"]
        tool = subprocess.run([os.path.join(self.tools, "ipsec-decap"), "--engine", "ipsec-mb", "-s", "/dev/null", "-r",
                               "/dev/null"], capture_output=True, text=True).stderr
        if "ipsec-mb" in tool:
            print("without ipsec-mb: " + tool.strip())
        elif subprocess.run([os.path.join(self.programs, "bare"), "-e", "ipsec-mb", "/dev/null", "/dev/null"],
                            capture_output=True, text=True).stderr.find("no such") >= 0:
            print("without ipsec-mb: no intel-ipsec-mb.h to build its bare loop with")
        else:
            here.append("ipsec-mb")
        return here

    def noise(self):
        """A line about how far this run may be trusted."""
        runs = [c for c in self.costs if len(c) > 1]
        spread = {}
        for key in ("cpu", "wall"):
            each = sorted((max(getattr(x, key) for x in c) - min(getattr(x, key) for x in c)) /
                          statistics.median(getattr(x, key) for x in c) for c in runs)
            spread[key] = each[len(each) // 2] if each else 0
        said = ("noise: runs of one command spread by %.0f %% of processor time, %.0f %% by the clock (half of the commands "
                "by more); load %s on %d processors" % (100 * spread["cpu"], 100 * spread["wall"],
                                                        " ".join("%.1f" % x for x in os.getloadavg()), os.cpu_count()))
        if spread["wall"] > 0.25 or os.getloadavg()[0] > 2 * os.cpu_count():
            said += "\nthis machine has other work: what two threads reach here says little"
        return said


def middle(values):
    return statistics.median(values)


def machine():
    model = "unknown processor"
    if os.path.exists("/proc/cpuinfo"):
        found = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
        model = found.group(1) if found else os.uname().machine
    return "%s, %d processors" % (model, os.cpu_count())


def same(a, b):
    return subprocess.run(["cmp", "-s", a, b]).returncode == 0
