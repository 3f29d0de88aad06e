"""creds - keys, certificates, revocation lists and passwords of both ends, made once for a run.

Not all of one maker: "root" and what it signed is of ipsec-keygen, "pki" of strongSwan's pki (RSA, with an
intermediate), "ossl" of openssl.  Names: KIND-me and KIND-gw are two ends, KIND a row of KEYS.
"""
import os
import subprocess

ME, GW = "me.example", "gw.example"
KEYS = {
    "rsa": ["--type", "rsa", "--bits", "2048"],
    "p256": ["--type", "ecdsa"],
    "p384": ["--type", "ecdsa", "--curve", "secp384r1"],
    "p521": ["--type", "ecdsa", "--curve", "secp521r1"],
    "ed25519": ["--type", "ed25519"],
    "ed448": ["--type", "ed448"],
}
SECRET = "a secret of both ends, 1"
PASSWORD = "pass word: \u00e9?"


class Creds:
    def __init__(self, folder, keygen):
        self.folder, self.keygen = folder, keygen
        os.makedirs(folder, exist_ok=True)
        self.write("passphrase", "open it\n")
        self._ours()
        self._pki()
        self._openssl()
        self._crls()
        for name, text in (("psk", SECRET), ("other.psk", "another secret"), ("password", "me secret"),
                           ("password.bad", "not it"), ("users", "me:me secret\nyou:you secret\n")):
            self.write(name, text + "\n")

    def __call__(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self(name), "wb", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(data.encode() if isinstance(data, str) else data)

    def _run(self, *argv, to=None):
        done = subprocess.run(argv, capture_output=True, cwd=self.folder)
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (" ".join(argv), done.stderr.decode()))
        if to:
            self.write(to, done.stdout)

    def _keygen(self, *argv):
        self._run(self.keygen, "-q", *argv)

    def _leaf(self, name, san, ca="root", *more):
        self._keygen("cert", "--subject", "C=CH, O=Lab, CN=" + san, "--ca", ca + ".pem", "--ca-key", ca + ".key",
                     "--san", san, "-o", name, *more)

    def _ours(self):
        self._keygen("ca", "--subject", "C=CH, O=Lab, CN=Root", "-o", "root")
        self._keygen("ca", "--subject", "C=CH, O=Other, CN=Other", "-o", "stranger")
        for kind, options in KEYS.items():
            for end, san in (("me", ME), ("gw", GW)):
                self._leaf("%s-%s" % (kind, end), san, "root", *options)
                self._run("openssl", "pkey", "-in", "%s-%s.key" % (kind, end), "-pubout", to="%s-%s.pub" % (kind, end))
        for end, san in (("me", ME), ("gw", GW)):
            self._leaf("stranger-" + end, san, "stranger")
            self._leaf("expired-" + end, san, "root", "--not-before", "2020-01-01T00:00:00Z", "--not-after",
                       "2021-01-01T00:00:00Z")
            self._leaf("misnamed-" + end, "somebody.example", "root")
            self._leaf("revoked-" + end, san, "root")
        self._leaf("locked-me", ME, "root", "--key-passphrase-file", "passphrase")
        # two intermediates below the root
        self._keygen("ca", "--subject", "C=CH, O=Lab, CN=Sub 1", "--ca", "root.pem", "--ca-key", "root.key", "-o",
                     "sub1")
        self._keygen("ca", "--subject", "C=CH, O=Lab, CN=Sub 2", "--ca", "sub1.pem", "--ca-key", "sub1.key", "-o",
                     "sub2",
                     "--type", "rsa", "--bits", "2048")
        for end, san in (("me", ME), ("gw", GW)):
            self._leaf("chain-" + end, san, "sub2")
            self._join("chain-%s-full.pem" % end, "chain-%s.pem" % end, "sub2.pem", "sub1.pem")

    def _join(self, to, *names):
        self.write(to, b"".join(open(self(n), "rb").read() for n in names))

    def _pki(self):
        """An RSA root, an intermediate and two ends, all of strongSwan's pki."""
        pem = ("--outform", "pem")
        for name in ("pki", "pkisub", "pki-me", "pki-gw"):
            self._run("pki", "--gen", "--type", "rsa", "--size", "2048", *pem, to=name + ".key")
        self._run("pki", "--self", "--in", "pki.key", "--ca", "--dn", "C=CH, O=pki, CN=pki root", *pem, to="pki.pem")
        self._issue("pki", "pkisub", "CN=pki sub", "--ca", "--pathlen", "0")
        for end, san in (("me", ME), ("gw", GW)):
            self._issue("pkisub", "pki-" + end, "CN=" + san, "--san", san, "--san", end + "@example.org")
            self._join("pki-%s-full.pem" % end, "pki-%s.pem" % end, "pkisub.pem")

    def _issue(self, ca, name, dn, *more):
        self._run("pki", "--pub", "--in", name + ".key", "--outform", "pem", to="tmp.pub")
        self._run("pki", "--issue", "--in", "tmp.pub", "--cacert", ca + ".pem", "--cakey", ca + ".key", "--dn",
                  "C=CH, O=pki, " + dn, *more, "--outform", "pem", to=name + ".pem")

    def _openssl(self):
        """P-384, in openssl's ways; the ends are named by address, too."""
        self._run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes",
                  "-keyout",
                  "ossl.key", "-out", "ossl.pem", "-subj", "/C=CH/O=openssl/CN=openssl root", "-days", "30")
        for end, san, address in (("me", ME, "192.0.2.1"), ("gw", GW, "192.0.2.2")):
            self._run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout",
                      "ossl-%s.key" % end, "-out", "tmp.csr", "-subj", "/C=CH/O=openssl/CN=" + san)
            self.write("tmp.ext", "subjectAltName=DNS:%s,IP:%s,email:%s@example.org\n" % (san, address, end))
            self._run("openssl", "x509", "-req", "-in", "tmp.csr", "-CA", "ossl.pem", "-CAkey", "ossl.key", "-days",
                      "30",
                      "-CAcreateserial", "-extfile", "tmp.ext", "-out", "ossl-%s.pem" % end)

    def _crls(self):
        base = ("pki", "--signcrl", "--cacert", "root.pem", "--cakey", "root.key", "--lifetime", "10", "--outform",
                "pem")
        self._run(*base, "--reason", "key-compromise", "--cert", "revoked-me.pem", "--reason", "superseded", "--cert",
                  "revoked-gw.pem", to="root.crl")
