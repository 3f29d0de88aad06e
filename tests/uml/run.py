#!/usr/bin/python3
"""run.py - the Linux kernel as judge: packets replayed into User-Mode Linux.

usage: run.py [--limit SECONDS] [--captures DIR] ENCAP CONVERT [NAME...]     NAME: only cases whose name holds it
"""
import argparse
import sys
import tempfile

import boot
import captures
import damage
import matrix
import states


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--captures", default="tests/interop/kernel")
    parser.add_argument("encap")
    parser.add_argument("convert")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        return run(args, scratch)


def run(args, scratch):
    cases = captures.cases(args.captures) + damage.cases(args.captures)
    cases += states.cases(args.convert, args.captures, scratch)
    if args.names:
        cases = [c for c in cases if any(n in c.name for n in args.names)]
    made, missing = matrix.make_all(args.encap, args.names)
    cases += made
    for name, why in missing.items():
        print("not ok uml %s: %s" % (name, why))
    try:
        results, died = boot.run([c.job() for c in cases], args.limit)
    except boot.NoKernel as e:
        print("not ok uml: %s" % e)
        return 1
    bad = len(missing)
    for case in cases:
        why = case.judge(results.get(case.name))
        bad += why is not None
        print("ok uml %s" % case.name if why is None else "not ok uml %s: %s" % (case.name, why))
    if died:
        print("not ok uml: %s" % died)
    return 1 if bad or died else 0


sys.exit(main())
