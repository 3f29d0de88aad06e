"""matrix - the rows of cases.py and faults.py, sealed by ipsec-encap, as cases for the kernel."""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

import cases
import faults
import plain
from case import Case

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import pcaps  # noqa: E402

SEED = "00112233445566778899aabbccddeeff" * 2


class Refused(Exception):
    """ipsec-encap did not do what the row asks for."""


def _run(encap, top, ips, options):
    """The IP packets that ipsec-encap makes of ips, and its events."""
    plain.pcap(top + "/plain", ips)
    command = [encap, "-q", "-s", top + "/sa", "-r", top + "/plain", "-w", top + "/wire", "--seed", SEED,
               "--json=" + top + "/events", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Refused("ipsec-encap ended with %d: %s" % (done.returncode, done.stderr.strip()))
    with open(top + "/events") as f:
        events = [json.loads(line) for line in f]
    return [pcaps.ip_of(link, p) for _, link, p, _ in pcaps.packets(top + "/wire")], events


def _seal(encap, row, ips):
    with tempfile.TemporaryDirectory() as top:
        with open(top + "/sa", "w") as f:
            for sa in (sa for chain in row.flows.values() for sa in chain):
                f.write(json.dumps({k: v for k, v in sa.items() if not k.startswith("x-")}) + "\n")
        if not row.halves:
            return _run(encap, top, ips, row.options)
        half, options = len(ips) // 2, (*row.options, "--state", top + "/state")
        return _run(encap, top, ips[:half], options)[0] + _run(encap, top, ips[half:], options)[0], []


def _apply(fault, ips, events):
    """(what must come out, counters), by the frames that ipsec-encap says it wrote for each packet."""
    name = fault.spec.split(":")[0]
    first, hit = {}, set()
    for e in events:
        if e["event"] != "sealed":
            continue
        first.setdefault(e["packet"], e.get("frame", 0))
        if name in e.get("impairments", []):
            hit.add(e["packet"])
    if name == "replay":		# said of the packet that comes again
        if len([e for e in events if name in e.get("impairments", [])]) != len(ips) // faults.EVERY:
            raise Refused("--json says %s of %s" % (name, sorted(hit)))
    elif hit != set(range(faults.EVERY, len(ips) + 1, faults.EVERY)):
        raise Refused("--json says %s of packets %s" % (name, sorted(hit)))
    order = sorted(range(1, len(ips) + 1), key=lambda n: first[n])
    want = [fault.spoilt(ips[n - 1]) if n in hit else ips[n - 1] for n in order if fault.delivered or n not in hit]
    return want, {fault.counter: len(ips) // faults.EVERY} if fault.counter else {}


def make(encap, row):
    """A case, or why there is none."""
    ips = [p for turn in zip(*map(row.plain, row.flows)) for p in turn]
    try:
        send, events = _seal(encap, row, ips)
        if row.fault:
            want, counters = _apply(row.fault, ips, events)
        else:
            want, counters = [row.want(p) for i, p in enumerate(ips) if i not in row.lost], row.counters
    except (Refused, subprocess.TimeoutExpired, OSError, AssertionError, LookupError) as e:
        return "%s: %s" % (type(e).__name__, e)
    return Case("encap-" + row.name, row.flows, send, want, counters, reassemble=row.reassemble)


def make_all(encap, names):
    """(cases, {name: why there is none})"""
    rows = [r for r in [*cases.rows(), *faults.rows()] if not names or any(n in "encap-" + r.name for n in names)]
    assert len({r.name for r in rows}) == len(rows), "two rows of one name"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(lambda r: make(encap, r), rows))
    bad = {"encap-" + r.name: c for r, c in zip(rows, made) if not isinstance(c, Case)}
    bad.update(("encap-fault-" + name, "no row in faults.py") for name in faults.missing())
    return [c for c in made if isinstance(c, Case)], bad
