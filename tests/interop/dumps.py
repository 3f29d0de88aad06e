#!/usr/bin/python3
"""dumps.py - every dump, log and table of the captures gives the SAs that its case is known to have.

usage: dumps.py CONVERT ARCHIVE
       dumps.py --pack CAPTURES ARCHIVE

The archive holds what `ip xfrm` printed for each kernel case with the SAs the case was made of, and for each strongSwan
case both daemons' logs and Wireshark's esp_sa with the keys that an independent program derived; --pack makes it.
Compared are keys, algorithms by their ICV, ends, directions, ESN, windows, encapsulation and the policies' selectors.
"""
import collections
import glob
import ipaddress
import json
import lzma
import os
import re
import subprocess
import sys
import tarfile
import tempfile

failed = collections.Counter()
passed = collections.Counter()


def pack(captures, archive):
    with tempfile.TemporaryDirectory() as tmp:
        for path in sorted(glob.glob(captures + "/kernel/*/case.json") + glob.glob(captures + "/strongswan/*/keys.json")):
            case, name = os.path.dirname(path), "/".join(path.split("/")[-3:-1])
            os.makedirs(tmp + "/" + name)
            got = json.load(open(path))
            with open("%s/%s/truth.json" % (tmp, name), "w") as f:
                json.dump(got.get("sas") or got.get("child_sas", []), f, separators=(",", ":"))
            for text in sorted(glob.glob(case + "/xfrm-*.txt") + glob.glob(case + "/*.log") + glob.glob(case + "/wireshark/esp_sa")):
                with open(text, "rb") as f, open("%s/%s/%s" % (tmp, name, os.path.basename(text)), "wb") as to:
                    to.write(f.read())
        with lzma.open(archive, "wb", preset=9 | lzma.PRESET_EXTREME) as to, tarfile.open(fileobj=to, mode="w") as tar:
            for path in sorted(glob.glob(tmp + "/*/*/*")):
                info = tar.gettarinfo(path, os.path.relpath(path, tmp))
                info.mtime, info.mode, info.uid, info.gid, info.uname, info.gname = 0, 0o644, 0, 0, "", ""
                with open(path, "rb") as f:
                    tar.addfile(info, f)


def convert(tool, *paths):
    """Descriptors by SPI (IPComp: by CPI), each a list of candidates; None: refused."""
    done = subprocess.run([tool, "native"] + list(paths), capture_output=True, text=True)
    out = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        sa = json.loads(line)
        out[sa["proto"], int(sa["spi"], 0)].append(sa)
    return (out if done.returncode == 0 else None), done.stderr


def hexes(text):
    return (text or "").replace("0x", "").lower()


def kernel_wrong(sa, want):
    """What differs, or None."""
    key = want.get("aead") or want.get("enc") or {}
    auth = want.get("auth") or {}
    pairs = [("src", sa.get("src"), want["src"]), ("dst", sa.get("dst"), want["dst"]), ("mode", sa.get("mode"), want["mode"])]
    if want["proto"] in ("esp", "ah"):
        pairs += [("encr_key", hexes(sa.get("encr_key")), hexes(key.get("key"))),
                  ("integ_key", hexes(sa.get("integ_key")), hexes(auth.get("key"))),
                  ("esn", sa.get("esn", False), want["esn"])]
        if "window" in want:
            pairs.append(("replay_window", sa.get("replay_window"), want["window"]))
        encap = want.get("encap") and dict(want["encap"], type="tcp" if "tcp" in want["encap"]["type"] else "udp")
        pairs.append(("encap", sa.get("encap") and {k: v for k, v in sa["encap"].items() if not k.startswith("oa_")}, encap))
        bits = key.get("icv_bits") or auth.get("icv_bits") or auth.get("trunc_bits")
        name = sa.get("encr", "") if want.get("aead") else sa.get("integ", "none")
        if bits and not (str(bits) == name.split("-")[-1] or str(bits // 8) == name.split("-")[-1] or sa.get("icv_bits") == bits or
                         name in ("null-auth-aes-gmac", "chacha20-poly1305") and bits == 128):
            return "icv: %s, wanted %s bits" % (name, bits)
    for what, got, wanted in pairs:
        if got != wanted:
            return "%s: %s, wanted %s" % (what, got, wanted)
    return None


def network(text):
    return ipaddress.ip_network(text, strict=False)


def policies(text):
    """(selector's ends, the innermost template's protocol and reqid) of each policy."""
    for src, dst, tmpl in re.findall(r"^src (\S+) dst (\S+)[^\n]*\n((?:[ \t]+[^\n]*\n?)+)", text, re.M):
        m = re.search(r"tmpl [^\n]*\n\s*proto (\S+) (?:spi \S+ )?reqid (\d+)", tmpl)
        if m:
            yield network(src), network(dst), {"comp": "ipcomp"}.get(m[1], m[1]), int(m[2])


def check_policy(tool, path):
    """Every SA that is some policy's innermost has the selectors of a policy; how many."""
    got, said = convert(tool, path + "/xfrm-state.txt", path + "/xfrm-policy.txt")
    have, n = list(policies(open(path + "/xfrm-policy.txt").read())), 0
    for sas in (got or {}).values():
        for sa in sas:
            fits = [(s, d) for s, d, proto, reqid in have if (proto, reqid) == (sa["proto"], sa.get("reqid"))]
            if not fits:
                continue
            ts = sa.get("ts")
            first = ts[0] if isinstance(ts, list) else ts
            if first is None:
                if not any(s.prefixlen == 0 and d.prefixlen == 0 for s, d in fits):
                    return "0x%x has no selector" % int(sa["spi"], 0), n
                continue
            ends = tuple(network(first[k][0]) if k in first else None for k in ("src", "dst"))
            if not any(all(e is None or e == f for e, f in zip(ends, fit)) for fit in fits):
                return "0x%x: selector %s is no policy's" % (int(sa["spi"], 0), first), n
            n += 1
    return (said if got is None else None), n


def check_kernel(tool, path):
    truth = json.load(open(path + "/truth.json"))
    got, said = convert(tool, path + "/xfrm-state.txt")
    if got is None:
        return said
    for want in truth:
        name = {"comp": "ipcomp"}.get(want["proto"], want["proto"]), int(want["spi"], 0)
        why = [kernel_wrong(sa, want) for sa in got.get(name, [])]
        if not why or None not in why:
            return "%s %s: %s" % (*name, why[0] if why else "not found")
        passed["SAs of xfrm-state.txt"] += 1
    why, n = check_policy(tool, path)
    passed["selectors of xfrm-policy.txt"] += n
    return why


def same_keys(sa, want):
    return hexes(sa.get("encr_key")) == want["enc_key"] and hexes(sa.get("integ_key")) == want["integ_key"]


def check_log(tool, log, truth):
    """Each SA that the log installs has its keys and direction; candidates only where the log leaves the roles open."""
    text, end = open(log, encoding="latin-1").read(), os.path.basename(log).split(".")[0].split("-")[0]
    got, said = convert(tool, log)
    n = 0
    for child in truth:
        for want in child["sas"]:
            if not re.search(r"SPI 0x%s, src" % want["spi"], text):
                continue			# negotiated, and not installed at this end
            sas = got.get(("esp", int(want["spi"], 16)), []) if got else []
            wrong = [s for s in sas if not same_keys(s, want)]
            if len(sas) == len(wrong) or (wrong and not all(s.get("candidate") for s in sas)):
                return "%s: 0x%s: %s" % (os.path.basename(log), want["spi"], "wrong keys" if sas else "not found: " + said)
            if wrong and re.search(r"(parsed|generating) (IKE_AUTH|CREATE_CHILD_SA|QUICK_MODE) request", text):
                return "%s: 0x%s: roles are not settled" % (os.path.basename(log), want["spi"])
            if wrong:
                passed["SAs of logs that leave the roles open"] += 1
                continue
            for sa in sas:
                if sa.get("dir") != ("out" if want["from"] == end else "in"):
                    return "%s: 0x%s: direction %s" % (os.path.basename(log), want["spi"], sa.get("dir"))
                if child["algorithms"]["esn"] != sa.get("esn", False):
                    return "%s: 0x%s: esn %s" % (os.path.basename(log), want["spi"], sa.get("esn"))
            n += 1
    passed["SAs of logs"] += n
    return None


def check_table(tool, path, truth):
    got, said = convert(tool, path)
    if got is None:
        return "esp_sa: " + said
    want = {int(w["spi"], 16): w for child in truth for w in child["sas"]}
    for (_, spi), sas in got.items():
        if spi not in want or not any(same_keys(s, want[spi]) for s in sas):
            return "esp_sa: 0x%08x" % spi
        passed["SAs of esp_sa"] += 1
    rows = len({line for line in open(path).read().splitlines() if line.startswith('"IPv')})
    return None if sum(map(len, got.values())) == rows else "esp_sa: %d SAs of %d rows" % (sum(map(len, got.values())), rows)


def check_strongswan(tool, path):
    truth = json.load(open(path + "/truth.json"))
    for log in sorted(glob.glob(path + "/*.log")):
        why = check_log(tool, log, truth)
        if why:
            return why
    return check_table(tool, path + "/esp_sa", truth) if os.path.exists(path + "/esp_sa") else None


def main():
    if sys.argv[1] == "--pack":
        return pack(sys.argv[2], sys.argv[3])
    with tempfile.TemporaryDirectory() as tmp:
        with lzma.open(sys.argv[2]) as f, tarfile.open(fileobj=f) as tar:
            tar.extractall(tmp)
        for kind, check in (("kernel", check_kernel), ("strongswan", check_strongswan)):
            for path in sorted(glob.glob("%s/%s/*" % (tmp, kind))):
                why = check(sys.argv[1], path)
                if why:
                    failed[kind] += 1
                    print("FAIL %s: %s" % (os.path.basename(path), why.strip()))
    for what, n in sorted(passed.items()):
        print("ok dumps: %d %s are what they are known to be" % (n, what))
    if failed or len(passed) < 5:
        print("not ok dumps: %s" % dict(failed))
    sys.exit(1 if failed or len(passed) < 5 else 0)


main()
