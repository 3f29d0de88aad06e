#!/usr/bin/python3
"""negotiated.py - SAs that ipsec-ike negotiated, with the Linux kernel as the other end.

usage: negotiated.py ENCAP FILE...      each FILE the descriptors of one end of one tunnel, of both directions

What ipsec-encap seals with them has to come out of the kernel that was given them, each direction.  Lines "ok" and
"not ok", as run.py's.
"""
import json
import os
import sys

import boot
import cases
import matrix


def flow(sa):
    """Addresses of packets that the SA is for."""
    if sa["mode"] == "transport":
        return sa["src"], sa["dst"]
    pick = [sa["ts"][end] for end in ("src", "dst")]
    pick = [p[0] if isinstance(p, list) else p for p in pick]
    return tuple(p.split("/")[0].rsplit(".", 1)[0] + ".9" for p in pick)


def rows(path):
    name = os.path.basename(path).rsplit(".", 1)[0]
    with open(path) as f:
        sas = [json.loads(line) for line in f]
    for sa in (s for s in sas if s.get("type", "sa") == "sa"):
        sa = {k: v for k, v in sa.items() if k not in ("id", "peer", "ike", "label", "created", "expires", "life",
                                                       "replaces")}
        if isinstance(sa.get("ts"), list):
            sa["ts"] = sa["ts"][0]
        way = sa.pop("dir", "?")
        yield cases.Row("%s-%s" % (name, way), {flow(sa): [sa]})


def main():
    bad, made = 0, []
    for path in sys.argv[2:]:
        for row in rows(path):
            case = matrix.make(sys.argv[1], row)
            if isinstance(case, str):
                print("not ok live uml %s: %s" % (row.name, case))
                bad += 1
            else:
                made.append(case)
    try:
        results, died = boot.run([c.job() for c in made], 300)
    except boot.NoKernel as e:
        print("not ok live uml: %s" % e)
        return 1
    for case in made:
        why = case.judge(results.get(case.name))
        bad += why is not None
        name = case.name.replace("encap-", "", 1)
        print("ok live uml %s" % name if why is None else "not ok live uml %s: %s" % (name, why))
    if died or not made:
        print("not ok live uml: %s" % (died or "no SAs to try"))
        bad += 1
    return 1 if bad else 0


sys.exit(main())
