"""algs - the rows of libcommon/crypto/alg_encr.c and alg_integ.c as the tests read them.

A row is a dict of its columns; "size" is the list of key sizes in bits.  A row that Linux knows has
"xfrm"; so a new row there gets its kernel cases by itself.
"""
import re

ROWS = "libcommon/crypto/alg_%s.c"


def _rows(kind):
    text = re.sub(r"/\*.*?\*/", "", open(ROWS % kind).read(), flags=re.S)
    body = text[text.index("_rows[] = {") + len("_rows[] = {"):]
    rows, depth, start = [], 0, 0
    for i, c in enumerate(body):
        if c == "{":
            start = start if depth else i
            depth += 1
        elif c == "}":
            depth -= 1
            if depth < 0:
                break
            if depth == 0:
                rows.append(body[start + 1:i])
    out = []
    for row in rows:
        head, _, sizes = row.partition(".size = {")
        found = {k: v.strip().strip('"') for k, v in re.findall(r'\.(\w+) = ("[^"]*"|\w+)', head)}
        found["size"] = [int(n) for n in re.findall(r"\{\s*(\d+),", sizes)]
        for key in ("salt", "iv", "icv", "block", "key", "full", "min_bits", "max_bits"):
            found[key] = int(found.get(key, 0))
        out.append(found)
    assert out and all("name" in r for r in out), "cannot read " + ROWS % kind
    return out


ENCR = _rows("encr")
INTEG = _rows("integ")


def encr(name):
    return next(r for r in ENCR if r["name"] == name)


def integ(name):
    return next(r for r in INTEG if r["name"] == name)


def by_xfrm(rows, name, icv_bits=0):
    """Our name for Linux's name and ICV bits."""
    fit = [r for r in rows if r.get("xfrm") == name and r["icv"] * 8 == icv_bits]
    assert fit, "no row has xfrm %s with %d bits" % (name, icv_bits)
    return fit[0]["name"]
