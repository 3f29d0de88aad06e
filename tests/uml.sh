#!/bin/sh
# tests/uml.sh: the Linux kernel as judge.  Packets are replayed into a kernel of its own, User-Mode Linux,
# which needs no root and reaches nothing of this machine's network.  Where it cannot run, "make check UML=no"
# leaves the step out.
set -u
B=${B:-build}
python3 tests/uml/prove.py || { echo "the harness failed; make check UML=no leaves it out"; exit 1; }
exec python3 tests/uml/run.py "$B/bin/ipsec-encap" "$B/tests/bin/sa-convert"
