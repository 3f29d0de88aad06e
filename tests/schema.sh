#!/bin/sh
# tests/schema.sh: what is read and printed as JSON is valid by the schemas beside the manual pages.
exec python3 tests/schema.py "${B:-build}/bin"
