#!/usr/bin/python3
"""ike_keys.py - IKE keys out of real charon logs, and key logs judged by the programs they are for.

usage: ike_keys.py IKE-KEYS DIR...   each DIR a case as captures/strongswan/README.md describes it

Each log, alone and in the other forms that charon's log takes, must give every key of keys.json, with SPIs and
nonces that are right or not said, and no other IKE SA.  The case's own Wireshark tables are read and written again.
Where the case has a capture, tshark must open every encrypted IKE message with the table that was written, and
tcpdump those that it can.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import strongswan  # noqa: E402

V2 = {"SKEYSEED": "skeyseed", "SK_d": "sk_d", "SK_ai": "sk_ai", "SK_ar": "sk_ar", "SK_ei": "sk_ei",
      "SK_er": "sk_er", "SK_pi": "sk_pi", "SK_pr": "sk_pr"}
PPK = {"ppk_SK_d": "sk_d", "ppk_SK_pi": "sk_pi", "ppk_SK_pr": "sk_pr", "PPK": "ppk"}
V1 = {"SKEYID": "skeyid", "SKEYID_d": "skeyid_d", "SKEYID_a": "skeyid_a", "SKEYID_e": "skeyid_e",
      "encryption_key_Ka": "ka", "initial_iv": "iv"}

tool = sys.argv[1]
passed = failed = 0


def count(fine, what):
    global passed, failed
    passed, failed = passed + bool(fine), failed + (not fine)
    if not fine:
        print("FAIL ike_keys: " + what)


def convert(form, text):
    """The text in another form; and what was said."""
    run = subprocess.run([tool, form], input=text.encode("utf-8", "surrogateescape"), capture_output=True)
    return run.stdout.decode(), run.stderr.decode()


def truth(sa, version):
    want = {name: sa[key] for key, name in (V2 if version == 2 else V1).items() if sa.get(key)}
    want.update({name: sa[key] for key, name in PPK.items() if sa.get(key)})
    want["shared"] = [sa.get("g_ir") or sa.get("g_xy")]
    names = {"spi_i": "0x" + sa["spi_i"], "spi_r": "0x" + sa["spi_r"]} if version == 2 else \
        {"cky_i": "0x" + sa["cookie_i"], "cky_r": "0x" + sa["cookie_r"]}
    names.update(ni=sa["nonce_i"], nr=sa["nonce_r"], version=version)
    bits = sa["algorithms"].get("key_bits")
    if bits:
        names["encr_bits"] = bits
    return want, names


def check(where, keys, text, all_said):
    """all_said: SPIs and algorithms are in this log."""
    version = keys["ike_version"]
    out, err = convert("all", text)
    sets = [json.loads(line) for line in out.splitlines()]
    count(err == "", "%s: %s" % (where, err[:200]))
    found = 0
    for sa in keys["ike_sas"]:
        want, names = truth(sa, version)
        first = "skeyseed" if version == 2 else "skeyid"
        got = [s for s in sets if s.get(first) == want[first]]
        count(len(got) == 1, "%s: %d sets for one IKE SA" % (where, len(got)))
        for s in got[:1]:
            found += 1
            bad = [k for k in want if s.get(k) != want[k]] + [k for k in V2.values() if k in s and k not in want]
            count(not bad, "%s: %s" % (where, bad))
            bad = [k for k in names if k in s and s[k] != names[k]]
            count(not bad, "%s: wrong %s" % (where, bad))
            if all_said:
                lacks = [k for k in ("spi_i", "spi_r") if k in names and k not in s] + ["encr"][:"encr" not in s]
                count(not lacks, "%s: %s not said" % (where, lacks))
    count(len(sets) == found, "%s: %d sets, %d IKE SAs" % (where, len(sets), found))


def without(text, *groups):
    for line in text.splitlines():
        m = strongswan.LINE.match(line)
        if m and m[3] in groups:
            yield line


def logs(case, keys):
    for end in ("initiator", "responder"):
        path = "%s/%s.log" % (case, end)
        if not os.path.exists(path):
            continue
        text = open(path, encoding="utf-8", errors="surrogateescape").read()
        where = os.path.basename(case) + " " + end
        said = "[MGR]" in text and "[CFG]" in text
        check(where, keys, text, said)
        check(where + " json", keys, "\n".join(strongswan.as_json(text)), said)
        check(where + " syslog", keys, "\n".join(strongswan.as_syslog(text)), said)
        check(where + " journal", keys, "\n".join(strongswan.as_journal(text)), False)
        # a daemon that was started again counts its IKE SAs from one again
        if said and "ppk" not in where:
            check(where + " twice", keys, text + "\n" + text, said)
        # these lines alone say less, but nothing wrong
        check(where + " without cfg", keys, "\n".join(without(text, "IKE", "CHD", "MGR", "ENC")), False)
        check(where + " ike alone", keys, "\n".join(without(text, "IKE", "CHD")), False)
        yield text, said


def tshark(case, messages, env):
    decode = []
    for m in messages:
        for port in {m["src"].rsplit(":", 1)[1], m["dst"].rsplit(":", 1)[1]} - {"500", "4500"}:
            decode += ["-d", "udp.port==%s,%s" % (port, "udpencap" if m.get("non_esp_marker") else "isakmp")]
    run = subprocess.run(["tshark", "-r", case + "/wire.pcap", "-Y", "isakmp", "-V"] + decode, capture_output=True,
                         env=env)
    return run.stdout.decode("utf-8", "replace")


def judged(case, keys, text):
    """tshark and tcpdump with what was written for them."""
    version = keys["ike_version"]
    where = os.path.basename(case)
    with tempfile.TemporaryDirectory() as tmp:
        env = dict(os.environ, WIRESHARK_CONFIG_DIR=tmp)
        table, err = convert("wireshark" if version == 2 else "wireshark-ikev1", text)
        open("%s/ikev%d_decryption_table" % (tmp, version), "w").write(table)
        messages = json.load(open(case + "/case.json"))["messages"]
        shown = tshark(case, messages, env)
        sealed = [m for m in messages if m.get("encrypted") or m["exchange"] not in ("IKE_SA_INIT", "main mode")]
        if version == 1 and not table:
            print("# %s: not for Wireshark: %s" % (where, err.strip()[:100]))
        elif version == 1:
            # payloads within: each message's as many as there are
            inner = [len(re.findall(r"^ {8}Payload: ", m, re.M)) for m in shown.split("Internet Security Association")
                     if "Encryption: Encrypted" in m]
            inner = [n for n in inner if n]     # fragments have none
            want = [len(m.get("payloads", [])) for m in messages if m.get("encrypted")]
            # a retransmission is another link of the chain of IVs for tshark
            want = want[:want.index(0)] if 0 in want else want
            count(want and inner[:len(want)] == want, "%s: tshark shows payloads %s, wanted %s" % (where, inner, want))
        elif "remark" in err or "left out" in err:
            print("# %s: not for Wireshark: %s" % (where, err.strip()[:100]))
        else:
            opened = len(re.findall(r"Integrity Checksum Data.*\[correct\]", shown))
            count(opened == len(sealed), "%s: tshark opened %d of %d" % (where, opened, len(sealed)))
        secrets, err = convert("tcpdump", text)
        if secrets and "remark" not in err:
            os.chmod(tmp, 0o755)  # tcpdump reads them as another user
            open(tmp + "/secrets", "w").write(secrets)
            run = subprocess.run(["tcpdump", "-nvvr", case + "/wire.pcap", "-E", "file %s/secrets" % tmp, "udp"],
                                 capture_output=True)
            opened = run.stdout.decode().count("(v2auth:")
            count(opened == 2, "%s: tcpdump opened %d AUTH payloads of 2" % (where, opened))
        else:
            count(err != "", "%s: nothing for tcpdump, and not why" % where)


def tables(case):
    for version, form in ((1, "wireshark-ikev1"), (2, "wireshark")):
        path = "%s/wireshark/ikev%d_decryption_table" % (case, version)
        if os.path.exists(path):
            text = open(path).read()
            count(convert(form, text) == (text, ""), "%s: written otherwise" % path)


def main():
    for case in sys.argv[2:]:
        keys = json.load(open(case + "/keys.json"))
        texts = list(logs(case, keys)) if keys["ike_sas"] else []
        tables(case)
        if os.path.exists(case + "/wire.pcap"):
            for text in [t for t, said in texts if said][:1]:
                judged(case, keys, text)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
