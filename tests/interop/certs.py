#!/usr/bin/python3
"""certs.py - certificates and keys of ipsec-keygen, judged by openssl and strongSwan's pki.

usage: certs.py KEYGEN
"""
import os
import pty
import stat
import subprocess
import sys
import tempfile

KEYGEN = os.path.abspath(sys.argv[1])
TYPES = [
    ("rsa", ["--type", "rsa", "--bits", "2048"], "RSA 2048 bits"),
    ("rsa-pss", ["--type", "rsa", "--bits", "2048", "--pss"], "RSA 2048 bits"),
    ("p256", [], "ECDSA 256 bits"),
    ("p384", ["--curve", "secp384r1"], "ECDSA 384 bits"),
    ("p521", ["--curve", "secp521r1"], "ECDSA 521 bits"),
    ("bp256", ["--curve", "brainpoolP256r1"], "ECDSA 256 bits"),
    ("ed25519", ["--type", "ed25519"], "ED25519 256 bits"),
    ("ed448", ["--type", "ed448"], "ED448 456 bits"),
]
passed = failed = 0


def say(good, what, why=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAIL certs %s: %s" % (what, why))


def run(*argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, **more)


def keygen(*argv):
    done = run(KEYGEN, "-q", *argv)
    if done.returncode != 0:
        say(False, " ".join(argv), done.stderr)
    return done


def expect(what, done, *words):
    text = done.stdout + done.stderr
    missing = [w for w in words if w not in text]
    say(done.returncode == 0 and not missing, what, "exit %d, %s missing in %s" % (done.returncode, missing, text))


def refuse(what, done, *words):
    text = done.stdout + done.stderr
    say(done.returncode != 0 and all(w in text for w in words), what, "exit %d: %s" % (done.returncode, text))


def check_type(name, options, key):
    ca, sub, gw = name + "-ca", name + "-sub", name + "-gw"
    keygen("ca", *options, "--subject", "O=Lab, CN=Root " + name, "-o", ca)
    keygen("ca", *options, "--subject", "O=Lab, CN=Sub", "--ca", ca + ".pem", "--ca-key", ca + ".key",
           "--path-len", "0", "-o", sub)
    keygen("cert", *options, "--subject", "C=CH, O=Lab, CN=gw", "--ca", sub + ".pem", "--ca-key", sub + ".key",
           "--san", "gw.example.org", "--san", "192.0.2.1", "--san", "2001:db8::1", "--san", "me@example.org",
           "-o", gw)
    for file in (ca, sub, gw):
        for suffix in (".pem", ".key"):
            mode = stat.S_IMODE(os.stat(file + suffix).st_mode)
            say(mode == 0o600, file + suffix, "mode %o" % mode)
    expect(name + " openssl", run("openssl", "verify", "-x509_strict", "-CAfile", ca + ".pem", "-untrusted",
                                  sub + ".pem", gw + ".pem"), gw + ".pem: OK")
    expect(name + " openssl host", run("openssl", "verify", "-CAfile", ca + ".pem", "-untrusted", sub + ".pem",
                                       "-purpose", "sslserver", "-verify_hostname", "gw.example.org", "-verify_ip",
                                       "2001:db8::1", gw + ".pem"), "OK")
    refuse(name + " other host", run("openssl", "verify", "-CAfile", ca + ".pem", "-untrusted", sub + ".pem",
                                     "-verify_hostname", "other.example.org", gw + ".pem"), "mismatch")
    refuse(name + " without intermediate", run("openssl", "verify", "-CAfile", ca + ".pem", gw + ".pem"))
    expect(name + " key", run("openssl", "pkey", "-in", gw + ".key", "-check", "-noout"), "valid")
    a = run("openssl", "pkey", "-in", gw + ".key", "-pubout").stdout
    b = run("openssl", "x509", "-in", gw + ".pem", "-pubkey", "-noout").stdout
    say(a == b and "PUBLIC" in a, name + " pair", "the key is not the certificate's")
    check_pki(name, ca, sub, gw, key)


def check_pki(name, ca, sub, gw, key):
    if name == "bp256":         # the openssl plugin of strongSwan 5.9.8 knows it; its own key size words differ
        key = "ECDSA"
    expect(name + " pki chain", run("pki", "--verify", "--in", gw + ".pem", "--cacert", sub + ".pem", "--cacert",
                                    ca + ".pem"), "certificate trusted")
    expect(name + " pki intermediate", run("pki", "--verify", "--in", sub + ".pem", "--cacert", ca + ".pem"),
           "certificate trusted")
    refuse(name + " pki wrong authority", run("pki", "--verify", "--in", gw + ".pem", "--cacert", "other.pem"))
    expect(name + " pki print", run("pki", "--print", "--in", gw + ".pem"), "C=CH, O=Lab, CN=gw", "gw.example.org",
           "192.0.2.1", "2001:db8::1", "me@example.org", "serverAuth", "clientAuth", key)
    expect(name + " pki key", run("pki", "--print", "--type", "priv", "--in", gw + ".key"), key)


def pki_list(path, passphrase):
    """What pki finds in an archive; it asks for the passphrase on a terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp("pki", ["pki", "--pkcs12", "--list", "--in", path])
    out, asked = b"", False
    while True:
        try:
            got = os.read(fd, 4096)
        except OSError:
            break
        if not got:
            break
        out += got
        if b"passphrase:" in out and not asked:
            os.write(fd, passphrase.encode() + b"\n")
            asked = True
    os.waitpid(pid, 0)
    return out.decode(errors="replace")


def check_archive():
    with open("pass", "w") as to:
        to.write("a b\u00e9c\n")
    secret = "file:pass"
    keygen("cert", "--subject", "CN=p12", "--ca", "p256-sub.pem", "--ca-key", "p256-sub.key", "--pkcs12",
           "--key-passphrase-file", "pass", "-o", "arch")
    expect("p12 openssl", run("openssl", "pkcs12", "-in", "arch.p12", "-passin", secret, "-nodes"),
           "subject=CN = p12", "subject=O = Lab, CN = Sub", "BEGIN PRIVATE KEY")
    listed = pki_list("arch.p12", "a b\u00e9c")
    say(all(w in listed for w in ('"O=Lab, CN=Sub" (CA)', '"CN=p12"', "ECDSA 256 bits")), "p12 pki", listed)
    refuse("p12 other passphrase", run("openssl", "pkcs12", "-in", "arch.p12", "-passin", "pass:x", "-nodes"), "Mac")
    expect("encrypted key", run("openssl", "pkey", "-in", "arch.key", "-passin", secret, "-noout", "-check"), "valid")
    refuse("encrypted key, other passphrase", run("openssl", "pkey", "-in", "arch.key", "-passin", "pass:x", "-noout"))
    say("ENCRYPTED" in open("arch.key").read(), "encrypted key", "in clear")
    # an authority with an encrypted key, then its certificates
    keygen("ca", "--subject", "CN=Locked", "--key-passphrase-file", "pass", "-o", "locked")
    keygen("cert", "--subject", "CN=x", "--ca", "locked.pem", "--ca-key", "locked.key", "--ca-passphrase-file",
           "pass", "-o", "x")
    expect("of a locked authority", run("openssl", "verify", "-CAfile", "locked.pem", "x.pem"), "OK")
    refuse("locked, no passphrase", run(KEYGEN, "cert", "--subject", "CN=x", "--ca", "locked.pem", "--ca-key",
                                        "locked.key", "-o", "y"), "--ca-passphrase-file")


def check_theirs():
    """Authorities of others: openssl's and pki's, keys in each form they have."""
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "o.key", "-out", "o.pem", "-subj",
        "/C=CH/CN=openssl", "-days", "30")
    forms = [("o.key", []), ("o-rsa.key", ["openssl", "rsa", "-in", "o.key", "-traditional", "-out", "o-rsa.key"]),
             ("o.der", ["openssl", "pkey", "-in", "o.key", "-outform", "DER", "-out", "o.der"]),
             ("o-aes.key", ["openssl", "rsa", "-in", "o.key", "-traditional", "-aes128", "-passout", "file:pass",
                            "-out", "o-aes.key"]),
             ("o-des3.key", ["openssl", "rsa", "-in", "o.key", "-traditional", "-des3", "-passout", "file:pass",
                             "-out", "o-des3.key"]),
             ("o-scrypt.key", ["openssl", "pkcs8", "-topk8", "-in", "o.key", "-scrypt", "-passout", "file:pass", "-out",
                               "o-scrypt.key"]),
             ("o-v1.key", ["openssl", "pkcs8", "-topk8", "-in", "o.key", "-v1", "PBE-SHA1-3DES", "-passout",
                           "file:pass", "-out", "o-v1.key"]),
             ("o-pbes2.der", ["openssl", "pkcs8", "-topk8", "-in", "o.key", "-v2", "aes-256-cbc", "-passout",
                              "file:pass", "-outform", "DER", "-out", "o-pbes2.der"])]
    for key, make in forms:
        if make:
            expect("openssl makes " + key, run(*make))
        keygen("cert", "--subject", "CN=z", "--ca", "o.pem", "--ca-key", key, "--ca-passphrase-file", "pass", "-o", "z")
        expect("by " + key, run("openssl", "verify", "-CAfile", "o.pem", "z.pem"), "OK")
    with open("s.key", "wb") as to:
        to.write(subprocess.run(["pki", "--gen", "--type", "ecdsa", "--size", "384"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL).stdout)
    with open("s.crt", "wb") as to:
        to.write(subprocess.run(["pki", "--self", "--in", "s.key", "--type", "ecdsa", "--ca", "--dn", "C=CH, CN=pki"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    keygen("cert", "--type", "ed448", "--subject", "CN=z", "--ca", "s.crt", "--ca-key", "s.key", "-o", "z")
    expect("by pki", run("pki", "--verify", "--in", "z.pem", "--cacert", "s.crt"), "certificate trusted")
    refuse("not an authority", run(KEYGEN, "cert", "--subject", "CN=x", "--ca", "z.pem", "--ca-key", "z.key", "-o", "y"),
           "authority")
    refuse("another's key", run(KEYGEN, "cert", "--subject", "CN=x", "--ca", "o.pem", "--ca-key", "s.key", "-o", "y"),
           "not that of its certificate")


def check_seed(name, options):
    made = []
    for i in range(2):
        keygen("ca", *options, "--subject", "CN=Root", "--seed", "0102", "-o", "seed%d" % i)
        keygen("cert", *options, "--subject", "CN=x", "--ca", "seed%d.pem" % i, "--ca-key", "seed%d.key" % i, "--seed",
               "03", "--key-passphrase-file", "pass", "--pkcs12", "-o", "leaf%d" % i)
        made.append([open("%s%d%s" % (f, i, s), "rb").read() for f, s in
                     [("seed", ".pem"), ("seed", ".key"), ("leaf", ".pem"), ("leaf", ".key"), ("leaf", ".p12")]])
    say(made[0] == made[1], "seed " + name, "not the same again: %s" % [a == b for a, b in zip(*made)])
    keygen("ca", *options, "--subject", "CN=Root", "--seed", "0103", "-o", "seed2")
    say(open("seed2.key").read() != open("seed0.key").read(), "seed " + name, "another seed, the same key")
    expect("seed verifies " + name, run("openssl", "verify", "-CAfile", "seed0.pem", "leaf0.pem"), "OK")


def check_times():
    keygen("cert", "--subject", "CN=past", "--not-before", "2020-01-01T00:00:00Z", "--not-after", "2021-01-01T00:00:00Z",
           "-o", "past")
    refuse("expired", run("openssl", "verify", "-CAfile", "past.pem", "past.pem"), "expired")
    keygen("cert", "--subject", "CN=far", "--not-before", "2049-12-31T00:00:00Z", "--days", "2", "-o", "far")
    expect("2050", run("openssl", "x509", "-in", "far.pem", "-noout", "-enddate"), "Jan  2 00:00:00 2050 GMT")


def main():
    with tempfile.TemporaryDirectory() as tmp:
        os.chdir(tmp)
        keygen("ca", "--subject", "CN=other", "-o", "other")
        for row in TYPES:
            check_type(*row)
        check_archive()
        check_theirs()
        for name, options, _ in TYPES:
            if name != "rsa":       # its key is that of rsa-pss
                check_seed(name, options)
        check_times()
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or passed < 100 else 0)


main()
