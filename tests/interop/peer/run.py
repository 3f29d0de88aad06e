#!/usr/bin/python3
"""run.py - ipsec-ike against a real strongSwan: negotiations in network namespaces made for them.

usage: run.py [-v] [-l] [--jobs N] BIN-DIR [NAME...]        NAME: only cases whose name holds it; -l lists
"""
import argparse
import glob
import multiprocessing
import os
import queue
import subprocess
import sys
import tempfile
import time
import traceback

import case
import cases_algs
import cases_auth
import cases_fail
import cases_impair
import cases_life
import cases_loss
import cases_options
import cases_path
import cases_more
import creds
import lab
import manual
import net
import ours
import page
import pair
import prove

MODULES = (cases_algs, cases_auth, cases_options, cases_life, cases_loss, cases_fail, cases_impair, cases_path, pair,
           prove, cases_more, manual, page)
PLAYS = {"pair": pair, "manual": manual, "page": page}		# who plays: others are case.py's
LEAST = 40


def work(args, mine, todo, said):
    """One worker: a lab of its own, cases until there are none.  todo: numbers of cases."""
    try:
        here = lab.Lab(args.tools, creds_of(args), args.folder + "/lab%d" % mine)
    except Exception as e:
        said.put(("lab %d" % mine, "%s" % (e,), 0))
        return
    cases = all_cases(args)
    while True:
        number = todo.get()
        if number is None:
            break
        one, start, why = cases[number], time.monotonic(), None
        try:
            PLAYS.get(one.by, case).play(here, one)
        except lab.Failed as e:
            why = "%s%s" % (e, here.why())
        except Exception:
            why = traceback.format_exc() + here.why()
        said.put((one.name, why, time.monotonic() - start))
    here.close()


def creds_of(args):
    made = creds.Creds.__new__(creds.Creds)
    made.folder = args.folder + "/creds"
    return made


def all_cases(args):
    out = [c for m in MODULES for c in m.cases()]
    if args.names:
        out = [c for c in out if any(n in c.name for n in args.names)]
    return sorted(out, key=lambda c: c.family)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", action="store_true")
    parser.add_argument("-l", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep")
    parser.add_argument("--limit", type=int, default=60, help="seconds that any event may take")
    parser.add_argument("tools", type=os.path.abspath)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    ours.LIMIT = args.limit
    cases = all_cases(args)
    if args.l:
        print("\n".join(c.name for c in cases))
        return 0
    missing = net.check()
    if missing:
        print("not ok live: cannot run here without %s; make check LIVE=no leaves it out" % missing)
        return 1
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        args.folder = args.keep or folder
        return run(args, cases)


def run(args, cases):
    creds.Creds(args.folder + "/creds", args.tools + "/ipsec-keygen")
    todo, said = multiprocessing.Queue(), multiprocessing.Queue()
    for number in range(len(cases)):
        todo.put(number)
    workers = [multiprocessing.Process(target=work, args=(args, i, todo, said)) for i in range(args.jobs)]
    for w in workers:
        todo.put(None)
        w.start()
    bad, left = 0, {c.name for c in cases}
    while left:
        try:
            name, why, seconds = said.get(timeout=5)
        except queue.Empty:
            if any(w.is_alive() for w in workers):
                continue
            name, why, seconds = left.pop(), "the harness died", 0
        left.discard(name)
        bad += why is not None
        print("ok live %s" % name + (" (%.2f s)" % seconds if args.v else "") if why is None else
              "not ok live %s: %s" % (name, why), flush=True)
    for w in workers:
        w.join(20)
        w.kill()
    bad += kernel(args)
    if not args.names and len(cases) < LEAST:
        print("not ok live: %d negotiations are not enough" % len(cases))
        bad += 1
    return 1 if bad else 0


def kernel(args):
    """What our ends negotiated between themselves goes to User-Mode Linux: UML=no leaves that out."""
    files = sorted(glob.glob(args.folder + "/uml/*.json"))
    if not files and not any(c.name.startswith("uml-") for c in all_cases(args)):
        return 0
    if os.environ.get("UML", "yes") == "no":
        print("# live: without the kernel's judgement of transport mode and ESN (UML=no)")
        return 0
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "uml", "negotiated.py")
    return subprocess.run([sys.executable, script, args.tools + "/ipsec-encap", *files]).returncode != 0


if __name__ == "__main__":
    sys.exit(main())
