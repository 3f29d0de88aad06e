#!/usr/bin/python3
"""kernel.py - captures made by the Linux kernel, opened with its own `ip xfrm state` text.

usage: kernel.py DECAP DIR...      each DIR a case as captures/kernel/README.md describes it

Every packet of plain.pcap must come out, in order, octet for octet, at the time of the frame that
completed it, and nothing else; the other protected packets must have a verdict that is no `ok`.
Prints a line for each failed case and ends with "N passed, N failed".
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402


def check(decap, path, engines):
    case = json.load(open(path + "/case.json"))
    wire = path + "/" + case["wire_file"]
    want = list(pcaps.packets(path + "/plain.pcap"))
    frames = [f if isinstance(f, int) else f[-1] for f in case["plain_from_wire_frames"]]
    for options in ([], ["-j1"], ["-j3"], ["--link", "raw"]) + tuple(["--engine", e] for e in engines):
        with tempfile.TemporaryDirectory() as tmp:
            out, verdicts = tmp + "/out.pcap", tmp + "/verdicts"
            run = subprocess.run([decap, "-s", path + "/xfrm-state.txt", "-r", wire, "-w", out,
                                  "--json=" + verdicts] + options, capture_output=True, text=True)
            got = [(ns, pcaps.ip_of(link, p)) for ns, link, p, _ in pcaps.packets(out)]
            events = [json.loads(line) for line in open(verdicts)]
        lost = [x["frame"] for x in case["protected_without_plain"]]
        if run.returncode != (1 if lost else 0):
            return "exit status %d: %s" % (run.returncode, run.stderr.strip())
        if [p for _, p in got] != [p for _, _, p, _ in want]:
            return "%s: %d packets out, wanted %d; %s" % (options, len(got), len(want), run.stderr.strip())
        # the truth was logged in microseconds
        if [ns // 1000 for ns, _ in got] != [ns // 1000 for ns, _, _, _ in want]:
            return "%s: times differ" % options
        by = {e["packet"]: e["verdict"] for e in events if e["event"] == "packet"}
        if [n for n in sorted(by) if by[n] == "ok"] != sorted(frames):
            return "%s: verdict ok on other frames than case.json says" % options
        for n in lost:
            if (n if isinstance(n, int) else n[-1]) not in by:
                return "%s: frame %s has no verdict" % (options, n)
        if events[-1]["event"] != "summary" or events[-1]["packets"] != case["wire_records"]:
            return "%s: summary %s" % (options, events[-1])
    return None


def main():
    decap, dirs = sys.argv[1], sys.argv[2:]
    passed = failed = 0
    engines = pcaps.engines(decap)
    for path in dirs:
        if not os.path.exists(path + "/case.json"):
            continue
        why = check(decap, path, engines)
        if why is None:
            passed += 1
        else:
            failed += 1
            print("FAIL %s: %s" % (os.path.basename(path.rstrip("/")), why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
