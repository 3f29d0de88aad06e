#!/usr/bin/python3
"""ike_loop.py - ipsec-ike initiate against ipsec-ike respond over loopback, without privileges.

usage: ike_loop.py BINARIES [NAME...]

Both ends print descriptors: they have to be the same SAs, seen from either side.  Every line of both has to be valid by
the JSON Schemas.  Captures and key logs are read back by `ipsec-ike decode` and by tshark.  NAME: only cases whose names
hold one.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import jsonschema

BIN = os.path.abspath(sys.argv[1])
ONLY = sys.argv[2:]
IKE = BIN + "/ipsec-ike"
TREE = os.getcwd()
PATIENCE = 60
passed = failed = 0


def say(good, what, why=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAIL ike_loop %s: %s" % (what, why))


def schema_of(name):
    return jsonschema.Draft202012Validator(json.load(open(TREE + "/man/" + name)))


EVENT, SA, KEYS = [schema_of("ipsec-%s.schema.json" % n) for n in ("event", "sa", "ike")]


def run(*argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, **more)


def keygen(*argv):
    done = run(BIN + "/ipsec-keygen", "-q", *argv)
    if done.returncode:
        say(False, "keygen " + " ".join(argv), done.stderr)


def secret(name, text):
    with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(text)


class End:
    """What one end printed, its status."""

    def __init__(self, what, status, out, err):
        self.status, self.out, self.err = status, out, err
        self.lines, self.sas, self.events = [], [], []
        for line in out.splitlines():
            got = json.loads(line)
            check = SA if got.get("type") == "sa" else EVENT
            errors = [e.message for e in check.iter_errors(got)]
            say(not errors, what + ": schema", "%s: %s" % (line, errors))
            (self.sas if got["type"] == "sa" else self.events).append(got)
            for r in got.get("reasons", []):
                say(r["severity"] != "error" or r.get("advice"), what + ": advice", line)

    def names(self):
        return [e["event"] for e in self.events]

    def first(self, name):
        return next((e for e in self.events if e["event"] == name), {})

    def reasons(self):
        return [r["id"] for e in self.events for r in e.get("reasons", [])]

    def __str__(self):
        return "exit %s, %s %s" % (self.status, self.err.strip(),
                                   [e for e in self.events if e["event"] in ("ike-failed", "ike-child-refused")])


class Responder:
    def __init__(self, what, options, sessions=1, listen="127.0.0.1", port=0, events=True):
        count = ["--sessions", str(sessions)] if sessions else []
        where = ["--listen", listen, "--port", str(port)]
        self.what = what
        self.p = subprocess.Popen([IKE, "respond", *where, *count, *(["--events"] if events else []), *options],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.head = self.p.stdout.readline() if events else self.p.stderr.readline()
        self.text = []
        self.reader = threading.Thread(target=lambda: self.text.append(self.p.stdout.read()))
        self.reader.start()  # a full pipe would stop it
        try:
            ready = json.loads(self.head)
            self.port, self.natt = str(ready["port"]), str(ready["natt_port"])
        except ValueError:
            self.port = self.natt = "0"
            say(False, what, "the responder did not start: %s%s" % (self.head, self.p.stderr.read()))
        self.at = ["--port", self.port, "--natt-port", self.natt]

    def end(self, kill=None):
        if kill:
            self.p.send_signal(kill)
        ended = ""
        try:
            self.p.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
            ended = "\n(it did not end)"
        self.reader.join()
        if kill == signal.SIGKILL:
            return None
        return End(self.what, self.p.returncode, self.head + self.text[0], self.p.stderr.read() + ended)


def initiate(what, responder, options, host="127.0.0.1"):
    """Options that say a port are not given one."""
    try:
        done = run(IKE, "initiate", host, *responder.at, "--events", *options)
    except subprocess.TimeoutExpired as e:
        return End(what, "none", (e.stdout or b"").decode(), "it did not end")
    return End(what, done.returncode, done.stdout, done.stderr)


def by_spi(end, direction):
    """Its SAs of one direction, with the SPIs of those that `peer` and `replaces` name, and of each its `id`."""
    strip = ("dir", "replay_window", "life", "created", "label", "insecure", "expires", "oa", "encap")
    of = {way: {s["id"]: s["spi"] for s in end.sas if s["dir"] == way} for way in ("in", "out")}
    sas, ids = {}, {}
    for s in end.sas:
        if s["dir"] != direction:
            continue
        sas[s["spi"]] = x = {k: v for k, v in s.items() if k not in strip}
        ids[s["spi"]] = x.pop("id")
        x["peer"] = of["in" if direction == "out" else "out"].get(x["peer"], "names nobody")
        if "replaces" in x:
            x["replaces"] = of[direction].get(x["replaces"], "names nobody")
    return sas, ids


def collided(end):
    """Both ends rekeyed one child at once: two have replaced it."""
    replaced = [s["replaces"] for s in end.sas if s["dir"] == "out" and "replaces" in s]
    return len(replaced) > len(set(replaced))


def same_sas(what, i, r):
    """One end's outbound SAs are the other's inbound ones.  An `id` is the end's own, and tells in which order its children
    came up: where rekeyings collide each end may see another order."""
    for a, b in ((i, r), (r, i)):
        (out, out_ids), (into, in_ids) = by_spi(a, "out"), by_spi(b, "in")
        say(out == into and out, what + ": descriptors", "%s\n%s" % (out, into))
        say("names nobody" not in str(out), what + ": names", a.sas)
        say(out_ids == in_ids or collided(a), what + ": ids", "%s\n%s" % (out_ids, in_ids))


def pair(what, iopts, ropts, istatus=0, rstatus=0, host="127.0.0.1", listen="127.0.0.1", children=None, look=None,
         port=0):
    """One negotiation; look(initiator, responder) checks more, and gives what is wrong."""
    if ONLY and not any(w in what for w in ONLY):
        return
    responder = Responder(what, ropts, listen=listen, port=port)
    i = initiate(what, responder, iopts, host)
    r = responder.end()
    say(i.status == istatus, what + ": initiator", i)
    say(r.status == rstatus, what + ": responder", r)
    if istatus == 0 and rstatus == 0:
        same_sas(what, i, r)
    if children is not None:
        say(len(i.sas) == 2 * children, what + ": children", "%d descriptors, %s" % (len(i.sas), i))
    if look is not None:
        why = look(i, r)
        say(not why, what, why)


# Who is who

IPSK, RPSK = ["--psk-file", "psk", "--id", "me@example"], ["--psk-file", "psk", "--id", "gw.example"]
KEY_TYPES = [
    ("rsa", ["--type", "rsa", "--bits", "2048"]), ("p256", []), ("p384", ["--curve", "secp384r1"]),
    ("p521", ["--curve", "secp521r1"]), ("bp256", ["--curve", "brainpoolP256r1"]), ("ed25519", ["--type", "ed25519"]),
    ("ed448", ["--type", "ed448"]),
]


def make_files():
    secret("psk", "a shared secret\n")
    secret("psk-hex", "0x" + b"a shared secret".hex() + "\n")
    secret("psk-wrong", "another secret\n")
    secret("psk-many", "# by identity\nyou@example: nothing\nme@example: \"a shared secret\"\n%any: else\n")
    secret("password", "correct horse\n")
    secret("password-wrong", "battery staple\n")
    secret("users", "# who may\nalice:correct horse\nbob:x\n")
    for name, options in KEY_TYPES:
        keygen("ca", "--type", "ed25519", "--subject", "CN=Root " + name, "-o", "ca-" + name)
        for who, san in (("i", "me@example"), ("r", "gw.example")):
            keygen("cert", *options, "--ca", "ca-%s.pem" % name, "--ca-key", "ca-%s.key" % name, "--subject",
                   "C=CH, O=Lab, CN=" + san, "--san", san, "-o", "%s-%s" % (who, name))
    keygen("ca", "--subject", "CN=Sub", "--ca", "ca-p256.pem", "--ca-key", "ca-p256.key", "-o", "sub")
    ca = ["--ca", "ca-p256.pem", "--ca-key", "ca-p256.key", "--subject", "CN=x"]
    keygen("cert", "--ca", "sub.pem", "--ca-key", "sub.key", "--subject", "CN=deep", "--san", "me@example", "-o", "deep")
    keygen("cert", *ca, "--san", "me@example", "--not-before", "2020-01-01T00:00:00Z", "--days", "10", "-o", "old")
    keygen("cert", *ca, "--san", "eve@example", "-o", "eve")
    keygen("cert", *ca, "--san", "127.0.0.1", "-o", "address")
    secret("pass", "a passphrase\n")
    keygen("cert", *ca, "--san", "me@example", "--key-passphrase-file", "pass", "-o", "locked")
    for who in "i", "r":
        key = run("openssl", "pkey", "-in", "%s-ed25519.key" % who, "-pubout")
        secret(who + ".pub", key.stdout)
    secret("ca.conf", "[ca]\ndefault_ca=x\n[x]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\n"
           "default_crl_days=3650\ncertificate=ca-p256.pem\nprivate_key=ca-p256.key\n")
    secret("index", "")
    secret("number", "01\n")
    run("openssl", "ca", "-config", "ca.conf", "-gencrl", "-out", "none.crl")
    run("openssl", "ca", "-config", "ca.conf", "-revoke", "i-p256.pem")
    run("openssl", "ca", "-config", "ca.conf", "-gencrl", "-out", "me.crl")


def cert(who, name="p256", ca=None):
    return ["--cert", "%s-%s.pem" % (who, name), "--key", "%s-%s.key" % (who, name), "--ca", "ca-%s.pem" % (ca or name),
            "--id", "me@example" if who == "i" else "gw.example"]


def own(name):
    return ["--cert", name + ".pem", "--key", name + ".key", "--ca", "ca-p256.pem", "--id", "me@example"]


def authenticated(how, remote_how):
    def look(i, r):
        a = i.first("ike-authenticated")
        return "" if (a.get("auth"), a.get("remote_auth")) == (how, remote_how) else a
    return look


def refused_as(*ids):
    """Either end names one of these reasons."""
    def look(i, r):
        got = i.reasons() + r.reasons()
        return "" if set(ids) & set(got) else "reasons %s, wanted %s" % (got, ids)
    return look


def advised(end, reason, word):
    return any(r["id"] == reason and word in r.get("advice", "") for e in end.events for r in e.get("reasons", []))


def auth():
    pair("psk", IPSK + ["--remote-id", "gw.example"], RPSK, look=authenticated("psk", "psk"), children=1)
    pair("psk in hex", ["--psk-file", "psk-hex", "--id", "me@example"], RPSK)
    pair("psk by identity", IPSK, ["--psk-file", "psk-many", "--id", "gw.example"])
    pair("psk, others by identity", ["--psk-file", "psk-wrong", "--id", "me@example"],
         ["--psk-file", "psk-many", "--id", "gw.example"], 1, 1)
    pair("psk wrong", ["--psk-file", "psk-wrong", "--id", "me@example"], RPSK, 1, 1, children=0,
         look=lambda i, r: "" if i.reasons() and r.reasons() else "no reasons")
    pair("psk, remote id is another", IPSK + ["--remote-id", "other.example"], RPSK, 1, 1, children=0)
    for name, _ in KEY_TYPES:
        pair("cert " + name, cert("i", name) + ["--remote-id", "gw.example"], cert("r", name) + ["--remote-id", "me@example"],
             look=authenticated("certificate", "certificate"))
        if not name.startswith(("ed", "bp")):
            pair("cert %s, old methods" % name, cert("i", name) + ["--sign", "old"], cert("r", name) + ["--sign", "old"])
    pair("cert rsa, PKCS#1", cert("i", "rsa") + ["--sign", "pkcs1"], cert("r", "rsa") + ["--sign", "pkcs1"])
    pair("cert, different kinds", cert("i", "rsa", "p384"), cert("r", "p384", "rsa"))
    pair("cert, shown if asked", cert("i") + ["--send-cert", "asked"], cert("r") + ["--send-cert", "asked"])
    pair("cert with intermediate", own("deep") + ["--cert", "sub.pem"], cert("r"))
    pair("cert with encrypted key", own("locked") + ["--key-passphrase-file", "pass"], cert("r"))
    pair("cert by address", ["--cert", "address.pem", "--key", "address.key", "--ca", "ca-p256.pem"], cert("r"))
    pair("cert by name", cert("i")[:-2] + ["--id", "C=CH, O=Lab, CN=me@example"], cert("r"))
    pair("cert without intermediate", own("deep"), cert("r"), 1, 1, children=0)
    pair("cert untrusted", cert("i", "p384") + ["--ca", "ca-p256.pem"], cert("r"), 1, 1, children=0)
    pair("cert expired", own("old"), cert("r"), 1, 1, children=0)
    pair("cert of somebody else", own("eve"), cert("r"), 1, 1, children=0)
    pair("cert, the responder's is somebody else's", cert("i") + ["--remote-id", "other.example"], cert("r"), 1, 1)
    pair("cert revoked", cert("i"), cert("r") + ["--crl", "me.crl"], 1, 1, children=0)
    pair("cert not revoked", cert("i"), cert("r") + ["--crl", "none.crl", "--need-crl"])
    pair("cert without a revocation list", cert("i"), cert("r") + ["--need-crl"], 1, 1)
    pair("cert believed as it is", cert("i")[:4] + ["--id", "me@example", "--remote-cert", "r-p256.pem"],
         cert("r")[:4] + ["--id", "gw.example", "--remote-cert", "i-p256.pem"])
    pair("raw keys", ["--key", "i-ed25519.key", "--remote-key", "r.pub", "--id", "me@example"],
         ["--key", "r-ed25519.key", "--remote-key", "i.pub", "--id", "gw.example"], look=authenticated("raw-key", "raw-key"))
    pair("raw key of another", ["--key", "i-ed448.key", "--remote-key", "r.pub", "--id", "me@example"],
         ["--key", "r-ed25519.key", "--remote-key", "i.pub", "--id", "gw.example"], 1, 1)
    pair("cert and psk", cert("i")[:4] + ["--id", "me@example", "--auth", "cert", "--psk-file", "psk", "--remote-auth", "psk"],
         ["--psk-file", "psk", "--id", "gw.example", "--ca", "ca-p256.pem", "--remote-auth", "cert"],
         look=authenticated("certificate", "psk"))
    pair("null", ["--auth", "null", "--remote-auth", "null"], ["--auth", "null", "--remote-auth", "null"],
         look=authenticated("null", "null"))
    pair("null is not believed by itself", ["--auth", "null", "--psk-file", "psk"], RPSK, 1, 1, children=0,
         look=lambda i, r: "" if advised(i, "auth-failed", "NULL authentication") else i.events)
    pair("no answer to IKE_AUTH", IPSK + ["--impair", "corrupt-icv", "--tries", "2", "--retransmit", "0.05"],
         RPSK + ["--half-open-time", "0.5"], 1, 1, children=0,
         look=lambda i, r: "" if advised(i, "no-answer", "--fragment-size") and "no answer to IKE_AUTH, sent 3 times" in str(i.events)
         else i.events)
    pair("a critical payload", IPSK + ["--impair", "unknown-critical@IKE_AUTH"], RPSK + ["--half-open-time", "0.5"], 1, 1, children=0,
         look=lambda i, r: "" if advised(i, "refused", "extension") else i.events)
    pair("a key exchange of zeros", IPSK + ["--impair", "zero-ke"], RPSK, 1, 1, children=0)


def eap():
    client = ["--eap-id", "alice", "--eap-password-file", "password", "--ca", "ca-p256.pem", "--id", "me@example"]
    server = cert("r")[:4] + ["--id", "gw.example", "--eap-users", "users"]
    for method in "mschapv2", "md5", "gtc":
        pair("eap " + method, ["--eap", method] + client, ["--eap", method] + server,
             look=authenticated("eap", "certificate"))
    pair("eap, the other method", ["--eap", "gtc,md5"] + client, ["--eap", "mschapv2,md5"] + server)
    pair("eap, wrong password", ["--eap", "mschapv2"] + client[:2] + ["--eap-password-file", "password-wrong"] + client[4:],
         ["--eap", "mschapv2"] + server, 1, 1, children=0)
    pair("eap, unknown user", ["--eap", "mschapv2", "--eap-id", "mallory"] + client[2:], ["--eap", "mschapv2"] + server, 1, 1)
    pair("eap, no common method", ["--eap", "gtc"] + client, ["--eap", "mschapv2"] + server, 1, 1,
         look=lambda i, r: "" if advised(i, "eap-failed", "--eap") and advised(r, "eap-failed", "--eap") else i.events + r.events)
    pair("eap tls", ["--eap", "tls", "--eap-id", "me@example"] + cert("i"), ["--eap", "tls"] + cert("r"))
    pair("eap alone", ["--eap", "tls", "--eap-id", "me@example", "--eap-only", "--remote-id", "gw.example"] + cert("i"),
         ["--eap", "tls", "--eap-only"] + cert("r"))


def negotiated():
    pair("no overlap", IPSK + ["--proposal", "aes128-sha256-modp2048"], RPSK + ["--proposal", "aes256-sha512-ecp384"], 1, 1,
         children=0, look=refused_as("no-proposal"))
    pair("no overlap of ESP", IPSK + ["--esp", "aes128-sha256"], RPSK + ["--esp", "aes256gcm16"], 1, 1, children=0,
         look=refused_as("no-proposal"))
    pair("selectors elsewhere", IPSK + ["--ts", "10.1.0.0/16=10.2.0.0/16"], RPSK + ["--ts", "10.9.0.0/16=10.1.0.0/16"], 1, 1,
         children=0, look=refused_as("ts-unacceptable"))
    pair("another group first", IPSK + ["--proposal", "aes256gcm16-prfsha384-ecp256-ecp384"],
         RPSK + ["--proposal", "aes256gcm16-prfsha384-ecp384"],
         look=lambda i, r: "" if "ike-other-group" in i.names() else i.names())
    for group in ("modp1024", "modp1536", "modp2048", "modp3072", "modp4096", "modp6144", "modp8192", "modp1024s160",
                  "modp2048s224", "modp2048s256", "ecp192", "ecp224", "ecp256", "ecp384", "ecp521", "ecp224bp", "ecp256bp",
                  "ecp384bp", "ecp512bp", "curve25519", "curve448"):
        p = ["--proposal", "aes128gcm16-prfsha256-" + group, "--esp", "aes128gcm16-" + group]
        pair("group " + group, IPSK + p + ["--do", "rekey-child,rekey-ike"], RPSK + p, children=2)
    for p in ("aes128-sha1-modp2048", "aes256-sha384-prfsha512-ecp256", "3des-md5-modp2048", "aes128ctr-sha256-ecp256",
              "aes256ccm16-prfaesxcbc-ecp256", "chacha20poly1305-prfsha256-curve25519", "aes192-aesxcbc-ecp256",
              "camellia256-sha512-ecp256", "aes128-aescmac-prfaescmac-ecp256", "aes256gcm8-prfsha1-ecp256"):
        pair("proposal " + p, IPSK + ["--proposal", p], RPSK + ["--proposal", p])
    for p in ("aes128-sha1", "null-sha256", "aes256gcm16-esn", "aes256gmac", "chacha20poly1305", "3des-md5", "aes128ctr-sha256",
              "aes192ccm12", "camellia128-sha384", "aes256-sha512-esn-noesn"):
        pair("esp " + p, IPSK + ["--esp", p], RPSK + ["--esp", p], children=1)
    pair("ah", IPSK + ["--ah", "sha256"], RPSK + ["--ah", "sha512-sha256"], children=1,
         look=lambda i, r: "" if i.sas[0]["proto"] == "ah" else i.sas)
    pair("transport mode", IPSK + ["--mode", "transport"], RPSK + ["--mode", "transport"],
         look=lambda i, r: "" if i.sas and i.sas[0]["mode"] == "transport" else i.sas)
    pair("transport mode as asked", IPSK + ["--mode", "transport"], RPSK,
         look=lambda i, r: "" if i.sas and i.sas[0]["mode"] == "transport" else i.sas)
    pair("transport mode is not given", IPSK + ["--mode", "transport"], RPSK + ["--mode", "tunnel"], 1, 0)
    pair("transport mode between others", IPSK + ["--mode", "transport", "--ts", "10.1.0.1=10.2.0.1"], RPSK, 1, 0,
         look=lambda i, r: refused_as("mode")(i, r) or ("" if [s["mode"] for s in r.sas] == ["tunnel"] * 2 else r.sas))
    pair("narrowed", IPSK + ["--ts", "10.0.0.0/8=10.0.0.0/8"], RPSK + ["--ts", "10.2.0.0/16=10.1.0.0/16"],
         look=lambda i, r: "" if i.sas[0]["ts"] == [{"src": ["10.1.0.0/16"], "dst": ["10.2.0.0/16"]}] else i.sas[0]["ts"])
    pair("ports", IPSK + ["--ts", "10.1.0.0/16[tcp]=10.2.0.1[tcp/443]"], RPSK,
         look=lambda i, r: "" if i.sas[0]["ts"][0].get("dport") == 443 else i.sas[0]["ts"])
    several = [x for n in range(1, 9) for x in ("--ts", "10.1.%d.0/24=10.2.%d.0/24" % (n, n))]
    pair("eight children", IPSK + several, RPSK, children=8)
    pair("childless", IPSK + several[:4] + ["--childless"], RPSK + ["--childless"], children=2)
    pair("one child of two is refused", IPSK + several[:4], RPSK + ["--ts", "10.2.1.0/24=10.1.1.0/24"], 1, 1, children=1)
    pair("address", IPSK + ["--address"], RPSK + ["--pool", "10.9.0.0/24", "--dns", "10.9.0.1", "--dns", "10.9.0.2"],
         look=lambda i, r: "" if i.first("ike-address").get("addresses") and i.first("ike-address").get("dns") == [
             "10.9.0.1", "10.9.0.2"] and r.first("ike-address") else i.first("ike-address"))
    pair("this address", IPSK + ["--address=10.9.0.77"], RPSK + ["--pool", "10.9.0.0/24"],
         look=lambda i, r: "" if i.first("ike-address").get("addresses") == ["10.9.0.77"] else i.events)
    pair("addresses of both families", IPSK + ["--address=any4", "--address=any6"], RPSK + ["--pool", "10.9.0.0/24,fd00:9::/112"],
         look=lambda i, r: "" if len(i.first("ike-address").get("addresses", [])) == 2 else i.first("ike-address"))
    pair("no address to give", IPSK + ["--address"], RPSK, 1, 0)


def network():
    pair("ipv6", IPSK, RPSK, host="::1", listen="::1", children=1)
    pair("all addresses", IPSK, RPSK, listen="*", host="127.0.0.7",
         look=lambda i, r: "" if r.first("ike-authenticated").get("local") == "127.0.0.7" else r.events)
    pair("all addresses, ipv6", IPSK, RPSK, listen="*", host="::1")
    pair("cookies", IPSK, RPSK + ["--cookies"], look=lambda i, r: "" if "ike-cookie" in i.names() else i.names())
    pair("fragments", cert("i", "rsa") + ["--fragment-size", "400"], cert("r", "rsa") + ["--fragment-size", "400"])
    pair("without fragments", cert("i", "rsa") + ["--fragment-size", "off"], cert("r", "rsa"))
    pair("forced into UDP", IPSK + ["--force-natt"], RPSK,
         look=lambda i, r: "" if i.sas[0].get("encap", {}).get("type") == "udp" and r.sas[0].get("encap") else i.sas[0])
    pair("without MOBIKE", IPSK + ["--no-mobike"], RPSK,
         look=lambda i, r: "" if i.first("ike-child-up")["remote_port"] != int(i.first("ike-init-sent")["local_port"]) else i)
    pair("from another address", IPSK + ["--local", "127.0.0.9"], RPSK,
         look=lambda i, r: "" if r.first("ike-child-up")["remote"] == "127.0.0.9" else r.events)
    pair("moved", IPSK + ["--do", "move=127.0.0.8,dpd"], RPSK,
         look=lambda i, r: "" if "ike-moved" in i.names() and r.first("ike-moved").get("remote") == "127.0.0.8" else
         "%s %s" % (i.names(), r.first("ike-moved")))
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
    s.close()
    pair("one port", IPSK + ["--force-natt"], RPSK + ["--natt-port", str(port)], port=port, children=1)
    for fault in ("drop@IKE_SA_INIT:1", "drop@IKE_AUTH:1", "duplicate@any", "replay@IKE_AUTH"):
        pair("impaired: " + fault, IPSK + ["--impair", fault, "--retransmit", "0.05"], RPSK, children=1)
        pair("impaired responder: " + fault, IPSK + ["--retransmit", "0.05"], RPSK + ["--impair", fault], children=1)


def elsewhere():
    """A peer of several addresses: what nobody answers at, or ICMP speaks of, is left for the next."""
    def at(n, local="127.0.0.1"):
        def look(i, r):
            events = [e for e in i.events if e["event"] == "ike-other-address"]
            up = i.first("ike-authenticated")
            return "" if len(events) == n and up.get("remote") == local and "ike-failed" not in i.names() else i
        return look
    pair("next address, port unreachable", IPSK, RPSK, host="127.0.0.9,127.0.0.8,127.0.0.1", look=lambda i, r: at(2)(i, r) or (
        "" if all("port unreachable" in e["text"] for e in i.events if e["event"] == "ike-other-address") else i.events))
    pair("next address, of either family", IPSK, RPSK, host="::1,127.0.0.1", look=at(1))
    pair("next address, the first is it", IPSK, RPSK, host="127.0.0.1,127.0.0.9", look=at(0))
    pair("next address, a name is unknown", IPSK, RPSK, host="host.invalid,127.0.0.1", look=lambda i, r: at(0)(i, r) or (
        "" if "host.invalid" in i.err else i.err))
    what = "next address, silence"
    if ONLY and not any(w in what for w in ONLY):
        return
    responder = Responder(what, RPSK)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.9", int(responder.port)))
    i = initiate(what, responder, IPSK + ["--retransmit", "0.05"], "127.0.0.9,127.0.0.1")
    r = responder.end()
    s.close()
    say(i.status == 0 and r.status == 0 and not at(1)(i, r) and i.names().count("ike-retransmit") >= 2, what, i)
    same_sas(what, i, r)
    responder = Responder(what, RPSK, sessions=0)
    done = run(IKE, "probe", "--brief", "127.0.0.9,::1,127.0.0.1", "--port", responder.port, "--retransmit", "0.2", "--tries", "1")
    say(done.returncode == 0 and "IKEv2 yes" in done.stdout and "no answer from 127.0.0.9" in done.stderr and "127.0.0.1 is next"
        in done.stderr, what + ": probe", done.stdout + done.stderr)
    responder.end(signal.SIGTERM)


def lost_farewell():
    """The answer to a delete is lost; who asked hears it all the same, though the IKE SA is no more at the other end."""
    what = "delete, the answer is lost"
    if ONLY and not any(w in what for w in ONLY):
        return
    for lost in 1, 2:
        drop = ["drop@INFORMATIONAL-response:%d" % (n + 1) for n in range(lost)]
        responder = Responder(what, RPSK + ["--impair", ",".join(drop)], sessions=0)
        i = initiate(what, responder, IPSK + ["--retransmit", "0.3"])
        r = responder.end(signal.SIGTERM)
        say(i.status == 0 and r.status == 0, what, "%s %s" % (i, r))
        say(i.names().count("ike-retransmit") >= lost, what + ": asked again", i.names())
        say(i.first("ike-deleted").get("text") == "by this end", what + ": heard", i.first("ike-deleted"))


def collide():
    """Both ends ask while the other's question is lost, and both hear the answer late: each has made a child when it learns
    of the other's.  What the machine delays more than a retransmission does not meet, and is tried again."""
    late = ["--do", "rekey-child", "--retransmit", "0.3", "--impair",
            "drop@CREATE_CHILD_SA-request:1,drop@CREATE_CHILD_SA-response:1"]
    met = []
    for _ in range(10):
        pair("both ends rekey one child at once", IPSK + ["--hold", "1.5"] + late, RPSK + late,
             look=lambda i, r: met.append(collided(i) and collided(r)) or (
                 "" if "ike-failed" not in i.names() + r.names() else i.names() + r.names()))
        if not met or met[-1]:
            break
    say(not met or met[-1], "both ends rekey one child at once: they met", met)


def lives():
    pair("everything in turn", IPSK + ["--ts", "10.1.0.0/16=10.2.0.0/16", "--ts", "10.1.0.0/16=10.3.0.0/16", "--do",
                                       "rekey-child,rekey-ike,dpd,rekey-child,rekey-ike,delete-child,new-child=2,delete"], RPSK,
         look=lambda i, r: "" if i.names().count("ike-child-rekeyed") == 4 and i.names().count("ike-rekeyed") == 2 and
         r.names().count("ike-rekeyed") == 2 else i.names())
    pair("reauthenticated", IPSK + ["--do", "reauth"], RPSK, children=2,
         look=lambda i, r: "" if i.names().count("ike-authenticated") == 2 else i.names())
    pair("rekeyed by the responder", IPSK + ["--hold", "1"], RPSK + ["--do", "rekey-child,rekey-ike,dpd"], children=2,
         look=lambda i, r: "" if "ike-rekeyed" in i.names() else i.names())
    # the responder's delete is lost: the old one is there still when the script asks, and is not asked for
    pair("rekeyed by the responder just now", IPSK + ["--do", "0.3s:rekey-child,delete"],
         RPSK + ["--do", "rekey-child", "--impair", "drop@INFORMATIONAL-request:1", "--retransmit", "0.6"], children=3)
    for step in "rekey-ike", "rekey-child":
        pair("%s that is refused" % step, IPSK + ["--do", step + ",delete", "--impair", "wrong-proposal@CREATE_CHILD_SA"], RPSK,
             istatus=1, rstatus=1)
    pair("rekeyed by time", IPSK + ["--hold", "2", "--rekey-ike", "0.7", "--rekey-child", "0.5"], RPSK,
         look=lambda i, r: "" if "ike-rekeyed" in i.names() and "ike-child-rekeyed" in i.names() else i.names())
    pair("both ends rekey", IPSK + ["--hold", "2", "--rekey-ike", "0.5", "--rekey-child", "0.5"],
         RPSK + ["--rekey-ike", "0.5", "--rekey-child", "0.5"],
         look=lambda i, r: "" if "ike-failed" not in i.names() + r.names() else i.names())
    elsewhere()
    lost_farewell()
    collide()
    pair("deleted by the responder", IPSK + ["--hold", "forever"], RPSK + ["--do", "delete"], istatus=1,
         look=lambda i, r: "" if i.events[-1]["event"] in ("ike-child-down", "ike-deleted") else i.names())
    pair("held by the responder for so long", IPSK + ["--hold", "forever"], RPSK + ["--hold", "0.2"], 1)
    pair("deleted by the responder in the midst of a script", IPSK + ["--do", "30s:dpd"], RPSK + ["--do", "delete"], 1)
    pair("deleted by its own script, though held", IPSK + ["--hold", "forever", "--do", "delete"], RPSK)
    pair("moves to an address that it has not", IPSK + ["--do", "move=192.0.2.77"], RPSK, 1,
         look=lambda i, r: "" if "--do: move: this host has no address 192.0.2.77" in i.err and
         "ike-deleted" in i.names() and "ike-retransmit" not in i.names() else i)
    pair("moves to another family", IPSK + ["--do", "move=::1"], RPSK, 1,
         look=lambda i, r: "" if "::1 does not reach the peer, which is at 127.0.0.1" in i.err else i)


def backwards():
    """Selectors that end before they begin come to nothing, and the capture shows what is wrong with them."""
    for ts in "10.1.0.1[tcp/80]=10.2.0.1", "dynamic=dynamic":
        pair("selectors end before they begin, " + ts, IPSK + ["--ts", ts, "--impair", "bad-ts", "--save", "backwards.pcap",
                                                               "--keylog", "backwards.keys"], RPSK, 1, 1, children=0,
             look=lambda i, r: refused_as("ts-unacceptable")(i, r) or (
                 "" if "ends before it begins" in str(r.first("ike-child-refused").get("reasons")) else r.events))
        if ONLY and not os.path.exists("backwards.pcap"):
            continue
        done = run(IKE, "decode", "--json", "--keys", "backwards.keys", "-r", "backwards.pcap")
        say(done.returncode == 1 and '"fault":"range"' in done.stdout, "selectors end before they begin: decoded", done.stdout)


def strangers():
    """First messages that come to nothing: without a good nonce they are answered, others are told with -v."""
    for fault in "omit:Nonce@IKE_SA_INIT", "bad-nonce-length@IKE_SA_INIT":
        pair("first message, " + fault, IPSK + ["--impair", fault], RPSK, 1, 1, children=0,
             look=lambda i, r: "" if "INVALID_SYNTAX" in str(i.events) else i.events)
    for fault, why in ("trailing", "and its header says"), ("wrong-message-id", "its message ID is"):
        what = "first message, " + fault
        if ONLY and not any(w in what for w in ONLY):
            continue
        responder = Responder(what, RPSK + ["-v"], sessions=0)
        i = initiate(what, responder, IPSK + ["--impair", fault + "@IKE_SA_INIT", "--retransmit", "0.05", "--tries", "1"])
        r = responder.end(signal.SIGTERM)
        say(i.status == 1 and "a first message of 127.0.0.1[" in r.err and why in r.err, what, "%s %s" % (i, r))


def wait_for(p, word):
    lines = []
    for line in p.stdout:
        lines.append(line)
        if word in line:
            return lines
    return lines


def held(responder, *options, word="ike-child-up", preexec=None):
    p = subprocess.Popen([IKE, "initiate", "127.0.0.1", *responder.at, "--events", "--hold", "forever", *IPSK, *options],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=preexec)
    wait_for(p, word)
    return p


def hangups():
    """The window is closed."""
    what = "hang-up"
    responder = Responder(what, RPSK)
    p = held(responder)
    p.send_signal(signal.SIGHUP)
    p.send_signal(signal.SIGHUP)
    out, err = p.communicate(timeout=PATIENCE)
    r = responder.end()
    say(p.returncode == 0 and ended(out) == "by this end" and "ike-deleted" in r.names(), what, "%s %s %s" % (p.returncode, out + err, r))
    responder = Responder(what, RPSK)
    p = held(responder, preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    p.send_signal(signal.SIGHUP)
    p.send_signal(signal.SIGUSR1)
    got = wait_for(p, "ike-child-rekeyed")
    say(got and "ike-child-rekeyed" in got[-1], what + " that nohup has ignored", got)
    p.send_signal(signal.SIGTERM)
    p.communicate(timeout=PATIENCE)
    responder.end()


def ended(out):
    """What its last event but those of children says."""
    events = [json.loads(line) for line in out.splitlines()]
    last = [e for e in events if e["type"] == "event" and not e["event"].startswith("ike-child-")][-1]
    return last.get("text") if last["event"] == "ike-deleted" else last


def silence():
    """Nobody answers the delete: there is a last word all the same, and a second signal does not wait for it."""
    for signals_, text in (((signal.SIGINT,), "by this end; the peer did not answer"),
                           ((signal.SIGINT, signal.SIGTERM), "by this end, which was not to wait for an answer")):
        what = "%d signals, and a peer that is gone" % len(signals_)
        responder = Responder(what, RPSK, sessions=0)
        p = held(responder, "--retransmit", "30")
        responder.end(signal.SIGKILL)
        p.send_signal(signals_[0])
        if len(signals_) > 1:
            p.stderr.readline()  # that it waits
            p.send_signal(signals_[1])
        out, err = p.communicate(timeout=PATIENCE)
        say(p.returncode == 0 and ended(out) == text, what, "%s %s %s" % (p.returncode, out, err))
        say(len(signals_) > 1 or "ends once the peer has answered" in err, what + ": is told", err)
    what = "a signal while IKE_AUTH is not answered"
    responder = Responder(what, RPSK + ["--impair", "drop@IKE_AUTH"], sessions=0)
    p = held(responder, "--retransmit", "30", word="ike-keys")
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=PATIENCE)
    say(p.returncode == 1 and ended(out) == "by this end; the peer did not answer", what, out + err)
    responder.end(signal.SIGTERM)


def signals():
    what = "signals"
    responder = Responder(what, RPSK)
    p = subprocess.Popen([IKE, "initiate", "127.0.0.1", *responder.at, "--events", "--hold", "forever", *IPSK],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for number, word in ((None, "ike-child-up"), (signal.SIGUSR1, "ike-child-rekeyed"), (signal.SIGUSR2, "ike-rekeyed"),
                         (signal.SIGTERM, "ike-deleted")):
        if number:
            p.send_signal(number)
        got = wait_for(p, word)
        say(got and word in got[-1], "%s: %s" % (what, word), got)
    p.communicate(timeout=PATIENCE)
    say(p.returncode == 0, what + ": initiator", p.returncode)
    r = responder.end()
    say(r.status == 0 and "ike-deleted" in r.names(), what + ": responder", r)

    what = "the responder is stopped"
    responder = Responder(what, RPSK, sessions=0)
    p = subprocess.Popen([IKE, "initiate", "127.0.0.1", *responder.at, "--events", "--hold", "forever", *IPSK],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(p, "ike-child-up")
    r = responder.end(signal.SIGINT)
    out, err = p.communicate(timeout=PATIENCE)
    say(r.status == 0, what + ": responder", r)
    say(p.returncode == 1 and "ike-deleted" in out, what + ": initiator", "%s %s" % (out, err))
    hangups()
    silence()

    what = "the responder dies"
    responder = Responder(what, RPSK, sessions=0)
    p = subprocess.Popen([IKE, "initiate", "127.0.0.1", *responder.at, "--hold", "forever", "--dpd", "0.2", "--events",
                          "--retransmit", "0.05", "--tries", "3", *IPSK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(p, "ike-child-up")
    responder.end(signal.SIGKILL)
    out, err = p.communicate(timeout=PATIENCE)
    say(p.returncode == 1 and '"peer-gone"' in out and "port unreachable" in out and "start the responder" in out, what, "%s %s %s" % (p.returncode, out, err))


def many():
    what = "twenty at once"
    responder = Responder(what, RPSK + ["--pool", "10.9.0.0/24", "--cookie-after", "4"], sessions=20)
    ends = [subprocess.Popen([IKE, "initiate", "127.0.0.1", *responder.at, "--events", "--psk-file", "psk", "--id",
                              "me%d@example" % n, "--address", "--retransmit", "0.5"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True) for n in range(20)]
    got = []
    for p in ends:
        out, err = p.communicate(timeout=PATIENCE)
        end = End(what, p.returncode, out, err)
        say(end.status == 0, what, end)
        got += end.first("ike-address").get("addresses", [])
    r = responder.end()
    say(r.status == 0 and len(r.sas) == 40, what + ": responder", r)
    say(len(set(got)) == 20, what + ": addresses", got)


def tshark_opens(folder):
    """Messages that tshark decrypts with our table: those with an inner payload."""
    conf = folder + "/tshark"
    os.makedirs(conf, exist_ok=True)
    os.replace(folder + "/table", conf + "/ikev2_decryption_table")
    done = run("tshark", "-r", folder + "/wire.pcap", "-d", "udp.port==%s,isakmp" % folder_port[0], "-T", "fields", "-e",
               "isakmp.exchangetype", "-e", "isakmp.typepayload", "-e", "isakmp.enc.decrypted",
               env=dict(os.environ, WIRESHARK_CONFIG_DIR=conf))
    return done


folder_port = ["0"]


def results():
    what = "results"
    responder = Responder(what, cert("r"))
    folder_port[0] = responder.port
    os.makedirs("results", exist_ok=True)
    i = initiate(what, responder, cert("i") + ["--no-mobike", "--proposal", "aes256-sha256-ecp256", "--keylog", "results/keys",
                                              "--save", "results/wire.pcap", "--do", "rekey-child,dpd"])
    r = responder.end()
    say(i.status == 0 and r.status == 0, what, "%s %s" % (i, r))
    for name in "keys", "wire.pcap":
        mode = os.stat("results/" + name).st_mode & 0o777
        say(mode == 0o600, "%s: %s" % (what, name), oct(mode))
    for line in open("results/keys"):
        errors = [e.message for e in KEYS.iter_errors(json.loads(line))]
        say(not errors, what + ": key log", errors)
    done = run(IKE, "decode", "--json", "--keys", "results/keys", "-r", "results/wire.pcap")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [m["exchange"] for m in messages if m["event"] == "ike-message"]
    say(done.returncode == 0 and kinds[:4] == ["IKE_SA_INIT"] * 2 + ["IKE_AUTH"] * 2 and len(kinds) == 12 and
        all(m["verdict"] == "ok" for m in messages if m["event"] == "ike-message"), what + ": decoded",
        "%s %s" % (kinds, done.stderr))
    done = run(IKE, "decode", "--print-sa", "--keys", "results/keys", "-r", "results/wire.pcap")
    of = {s["spi"]: (s["encr_key"], s.get("integ_key")) for s in map(json.loads, done.stdout.splitlines())}
    say(of == {s["spi"]: (s["encr_key"], s.get("integ_key")) for s in i.sas}, what + ": SAs of the capture", of)

    what = "tshark"
    responder = Responder(what, cert("r"))
    folder_port[0] = responder.port
    i = initiate(what, responder, cert("i") + ["--no-mobike", "--proposal", "aes256-sha256-ecp256", "--keylog", "results/table",
                                              "--keylog-format", "wireshark", "--save", "results/wire.pcap"])
    r = responder.end()
    say(i.status == 0 and r.status == 0, what, "%s %s" % (i, r))
    done = tshark_opens("results")
    say(done.returncode == 0 and "IKE" not in done.stderr, what, done.stderr)
    opened = [line for line in done.stdout.splitlines() if line.split("\t")[0] in ("35", "37")]
    say(len(opened) == 4 and all(line.split("\t")[2] for line in opened), what + ": decrypted", done.stdout)


def travels():
    """What one end's descriptors seal the other's open."""
    what = "descriptors"
    responder = Responder(what, RPSK)
    i = initiate(what, responder, IPSK + ["--ts", "10.1.0.0/16=10.2.0.0/16", "--esp", "aes256gcm16-noesn"])
    r = responder.end()
    for name, end in (("i.sa", i), ("r.sa", r)):
        secret(name, "".join(json.dumps(s) + "\n" for s in end.sas))
    packet = bytes.fromhex("45000020000100004001") + b"\x26\xd8" + bytes([10, 1, 0, 1, 10, 2, 0, 1]) + bytes.fromhex(
        "0800f7fe00010000") + b"data"
    sealed = run(BIN + "/ipsec-encap", "--hex", "-s", "i.sa", input=packet.hex() + "\n")
    opened = run(BIN + "/ipsec-decap", "--hex", "-s", "r.sa", input=sealed.stdout)
    say(opened.returncode == 0 and packet.hex() in opened.stdout.replace(" ", ""), what, "%s %s %s" % (
        sealed.stderr, opened.stderr, opened.stdout))


def seeds():
    what = "seeds"
    keys = []
    for _ in range(2):
        responder = Responder(what, RPSK + ["--seed", "aa"])
        i = initiate(what, responder, IPSK + ["--seed", "bb"])
        r = responder.end()
        say(i.status == 0 and r.status == 0, what, "%s %s" % (i, r))
        say(all(s.get("insecure") == "seed" for s in i.sas + r.sas), what + ": marked", i.sas)
        keys.append([s["encr_key"] for s in i.sas])
    say(keys[0] == keys[1] and keys[0], what + ": the same again", keys)
    done = run(IKE, "initiate", "192.0.2.1", "--psk-file", "psk", "--seed", "aa")
    say(done.returncode == 2 and "not secret" in done.stderr, what + ": of other hosts", done.stderr)


def nobody():
    quick = ["--retransmit", "0.02", "--tries", "2"]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    port = str(s.getsockname()[1])
    done = run(IKE, "initiate", "127.0.0.1", "--port", port, "--natt-port", "1", *IPSK, *quick)
    say(done.returncode == 1 and "error:" in done.stderr, "nobody answers", done.stderr)
    s.close()
    for host, listen in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        s = socket.socket(listen, socket.SOCK_DGRAM)
        s.bind((host, 0))
        port = str(s.getsockname()[1])
        s.close()
        done = run(IKE, "initiate", host, "--port", port, "--natt-port", "1", *IPSK, *quick)
        say(done.returncode == 1 and "port unreachable" in done.stderr, "port unreachable, " + host, done.stderr)
    done = run(IKE, "initiate", "255.255.255.255", *IPSK, *quick)
    say(done.returncode == 1 and "ip route get" in done.stderr, "no way to the host", "%d %s" % (done.returncode, done.stderr))
    done = run(IKE, "initiate", "host.invalid", *IPSK, *quick)
    say(done.returncode == 1 and "ip route get" in done.stderr, "no such host", "%d %s" % (done.returncode, done.stderr))

    what = "stdout closed early"
    responder = Responder(what, RPSK)
    line = "%s initiate 127.0.0.1 %s --events --do rekey-child,rekey-ike %s | head -n 1" % (IKE, " ".join(responder.at), " ".join(IPSK))
    done = run("sh", "-c", "set -e; (%s; echo) ; exit 0" % line)
    say(done.stderr == "", what, done.stderr)
    responder.end(signal.SIGTERM)


def probes():
    what = "probe"
    responder = Responder(what, RPSK + ["--cookies"], sessions=0)
    done = run(IKE, "probe", "--json", "--delay", "0", "127.0.0.1", "--port", responder.port, "--retransmit", "0.2", "--tries", "1")
    say(done.returncode == 0, what, done.stderr)
    got = json.loads(done.stdout)
    errors = [e.message for e in EVENT.iter_errors(got)]
    say(not errors, what + ": schema", errors)
    yes = {t["name"] for t in got["transforms"] if t["answer"] == "yes"}
    say(got["ikev2"] == "yes" and got["cookie"] and yes == {
        "aes128", "aes256", "aes128gcm16", "aes256gcm16", "chacha20poly1305", "sha256", "sha384", "sha512", "prfsha256",
        "prfsha384", "prfsha512", "modp2048", "modp3072", "modp4096", "ecp256", "ecp384", "ecp521", "curve25519", "curve448"},
        what + ": transforms", sorted(yes))
    say({"no"} == {t["answer"] for t in got["transforms"]} - {"yes"}, what + ": answers", done.stdout)
    done = run(IKE, "probe", "--brief", "127.0.0.1", "127.0.0.2", "--port", responder.port, "--retransmit", "0.05", "--tries", "1")
    say(done.returncode == 1 and "IKEv2 yes" in done.stdout and "IKEv2 no answer" in done.stdout, what + ": two hosts",
        done.stdout + done.stderr)
    responder.end(signal.SIGTERM)


STEPS = [auth, eap, negotiated, backwards, strangers, network, lives, signals, many, results, travels, seeds, nobody, probes]

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    make_files()
    began = time.time()
    for step in STEPS:
        at = time.time()
        step()
        if os.environ.get("TIMES"):
            print("%s: %.1f s" % (step.__name__, time.time() - at))
    os.chdir(TREE)
print("%s ike_loop: %d checks, %d failed" % ("ok" if not failed else "not ok", passed, failed))
sys.exit(failed > 0)
