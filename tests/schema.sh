#!/bin/sh
# Every descriptor that tests know is valid by man/ipsec-sa.schema.json, and odd ones are not.
# Further files may be given.  Needs python3 with jsonschema (Debian: python3-jsonschema);
# without it: status 77, skipped.
cd "$(dirname "$0")/.." || exit 3
python3 -c 'import jsonschema' 2>/dev/null || {
	echo "schema.sh: skipped, wants python3-jsonschema" >&2
	exit 77
}
exec python3 - tests/sa/*.want tests/sa/native.txt "$@" <<'EOF'
import json, sys, jsonschema

with open("man/ipsec-sa.schema.json") as f:
	schema = json.load(f)
jsonschema.Draft7Validator.check_schema(schema)
check = jsonschema.Draft7Validator(schema)
bad = n = 0
for path in sys.argv[1:]:
	for number, line in enumerate(open(path, encoding="utf-8"), 1):
		if not line.startswith("{"):
			continue
		sa = json.loads(line)
		if sa.get("type", "sa") != "sa" or sa["proto"] == "ESP":
			continue
		n += 1
		for e in check.iter_errors(sa):
			print(f"{path}:{number}: {e.message}")
			bad += 1
for odd in ({}, {"proto": "esp", "spi": 1}, {"proto": "ah", "spi": 1, "encr": "null", "integ": "x"},
    {"proto": "ipcomp", "spi": 1, "sip": 2}, {"proto": "ipcomp", "spi": 0}):
	if check.is_valid(odd):
		print(f"valid but odd: {odd}")
		bad += 1
if n == 0:
	print("found no descriptors")
sys.exit(1 if bad or n == 0 else 0)
EOF
