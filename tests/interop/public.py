#!/usr/bin/python3
"""public.py - keyed ESP captures of other projects' test suites, against their expected/ files.

usage: public.py DECAP DIR      DIR as captures/public/README.md describes it
"""
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402


def descriptor(key):
    d = {"proto": "esp", "spi": "0x" + key["spi"], "dst": key["dst"], "mode": key["mode"],
         "encr": key["enc"], "encr_key": key["enc_key"], "integ": key.get("integ", "NONE")}
    if "src" in key:
        d["src"] = key["src"]
    if "integ_key" in key:
        d["integ_key"] = key["integ_key"]
    return d


def final(frame):
    """The innermost packet a frame opens to."""
    while frame.get("nested"):
        frame = frame["nested"]
    return frame


def same(frame, got):
    if "inner" in frame:
        inner = bytes.fromhex(frame["inner"])
        n = struct.unpack(">H", inner[2:4])[0] if inner[0] >> 4 == 4 else len(inner)
        return inner[:n] == got
    return frame["inner_len"] >= len(got) and (frame["inner_len"] != len(got) or
                                               hashlib.sha256(got).hexdigest() == frame["inner_sha256"])


def check(decap, base, entry):
    name = entry["file"]
    frames = [f for f in json.load(open(base + "/" + entry["expected"]))["frames"] if f["kind"] == "esp"]
    with tempfile.TemporaryDirectory() as tmp:
        open(tmp + "/sa", "w").write("".join(json.dumps(descriptor(k)) + "\n" for k in entry["keys"]["esp"]))
        run = subprocess.run([decap, "-s", tmp + "/sa", "-r", base + "/" + name, "-w", tmp + "/out",
                              "--link", "raw", "--replay-window", "off"], capture_output=True, text=True)
        if run.returncode != 0:
            return "exit %d: %s" % (run.returncode, run.stderr.strip())
        got = [p for _, _, p, _ in pcaps.packets(tmp + "/out")]
    if len(got) != len(frames):
        return "%d packets, wanted %d: %s" % (len(got), len(frames), run.stderr.strip())
    for frame, packet in zip(frames, got):
        if not same(final(frame), packet):
            return "frame %d differs" % frame["frame"]
    return None


def main():
    decap, base = sys.argv[1:3]
    passed = failed = 0
    for entry in json.load(open(base + "/index.json"))["captures"]:
        if not entry.get("keys", {}).get("esp") or not os.path.exists(base + "/" + entry["file"]):
            continue
        why = check(decap, base, entry)
        passed, failed = passed + (why is None), failed + (why is not None)
        if why:
            print("FAIL %s: %s" % (entry["file"], why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
