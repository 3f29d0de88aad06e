#!/bin/sh
# Instructions of our own code per packet against stored figures: tests/bench/check.py.
exec python3 tests/bench/check.py "${B:-build}/bin" tests/bench/figures
