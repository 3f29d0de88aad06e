#!/bin/sh
# tests/live.sh: ipsec-ike against a real strongSwan, in network namespaces that the test makes.  Needs root and
# /dev/net/tun; where it cannot run, "make check LIVE=no" leaves the step out.
set -u
B=${B:-build}
exec python3 tests/interop/peer/run.py "$B/bin"
