#!/usr/bin/python3
"""schema.py - descriptors and --json lines against man/*.schema.json.

usage: schema.py DECAP
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

passed = failed = 0


def count(fine, what):
    global passed, failed
    passed, failed = passed + bool(fine), failed + (not fine)
    if not fine:
        print("FAIL schema: " + what)


def schema_of(name):
    schema = json.load(open("man/" + name))
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    return cls(schema)


def descriptors():
    check = schema_of("ipsec-sa.schema.json")
    for path in sorted(glob.glob("tests/sa/*.want")) + ["tests/sa/native.txt"]:
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            if line.startswith("{") and json.loads(line).get("type", "sa") == "sa" and '"ESP"' not in line:
                errors = [e.message for e in check.iter_errors(json.loads(line))]
                count(not errors, "%s:%d: %s" % (path, number, errors))
    for odd in ({}, {"proto": "esp", "spi": 1}, {"proto": "ipcomp", "spi": 0}, {"proto": "ipcomp", "spi": 1, "sip": 2},
                {"proto": "ah", "spi": 1, "encr": "null", "integ": "x"}):
        count(not check.is_valid(odd), "valid but odd: %s" % odd)


def events(tool):
    check = schema_of("ipsec-event.schema.json")
    for case in ("netem-corrupt-esp-tun44-aes128gcm16", "mixed-noise-esp-tun44-aes128gcm16",
                 "esp-tun44-aes128gcm16-outerfrag", "bundle-esp-esp-tun44", "many-sa-66"):
        path = "tests/interop/kernel/" + case
        with tempfile.TemporaryDirectory() as tmp:
            run = subprocess.run([tool, "--json", "-v", "-s", path + "/xfrm-state.txt", "-r", path + "/wire.pcap"],
                                 stdout=open(os.devnull, "w"), stderr=subprocess.PIPE, cwd=None)
            bad = subprocess.run([tool, "--json", "-s", tmp + "/no\x1b\xff\"such", "-r", path + "/wire.pcap"],
                                 stdout=open(os.devnull, "w"), stderr=subprocess.PIPE)
        lines = (run.stderr + bad.stderr).decode("utf-8").splitlines()
        count(len(lines) > 10, "%s: %d lines" % (case, len(lines)))
        for line in lines:
            errors = [e.message for e in check.iter_errors(json.loads(line))]
            count(not errors, "%s: %s: %s" % (case, line, errors))
    count(not check.is_valid({"type": "event", "event": "packet", "packet": 0}), "valid but odd")


descriptors()
events(sys.argv[1])
print("%d passed, %d failed" % (passed, failed))
sys.exit(1 if failed else 0)
