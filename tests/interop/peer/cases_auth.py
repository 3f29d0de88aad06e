"""Every way of proving who one is that charon 5.9.8 has.  It has no NULL authentication (RFC 7619)."""
import creds
from case import Case
from lab import conn, need

ROOT = ("X509", "CA", "root.pem")


def certs(ours, theirs, *more, anchors=("root.pem",)):
    """Our options for certificates; file names without suffix, or with."""
    out = ["--id", creds.ME, "--remote-id", creds.GW, "--cert", "@%s.pem" % ours, "--key",
           "@%s.key" % ours.replace("-full", "")]
    for name in anchors:
        out += ["--ca", "@" + name]
    return out + list(more)


def pub(kind, local="pubkey", remote="pubkey", cert=None, **more):
    return conn(local={"auth": local, "certs": ["@%s.pem" % (cert or kind + "-gw")]}, remote={"auth": remote}, **more)


def plain(name, by, kind, family="plain", remote="pubkey", local="pubkey", ours=(), says=""):
    return Case("%s-%s" % (name, by), by, certs(kind + "-me", kind + "-gw", *ours), pub(kind, local, remote),
                family=family,
                setup={"keys": [kind + "-gw.key"], "certs": [ROOT]}, auth=False, peer_says=says)


# name, key, charon's family, what it demands of us, how it signs, our options, what its log says of our signature
CERTS = [
    ("rsa-7427", "rsa", "plain", "ike:rsa-sha256", "ike:rsa-sha384", ("--sign", "pkcs1"),
     "with RSA_EMSA_PKCS1_SHA2_256 successful"),
    ("rsa-old", "rsa", "old", "pubkey", "pubkey", (), "with RSA signature successful"),
    ("rsa-ours-old", "rsa", "plain", "pubkey", "pubkey", ("--sign", "old"), "with RSA signature successful"),
    ("rsa-pss", "rsa", "pss", "ike:rsa/pss-sha256", "ike:rsa/pss-sha512", ("--sign", "pss"),
     "with RSA_EMSA_PSS_SHA2_256_SALT_32 successful"),
    ("ecdsa256-7427", "p256", "plain", "pubkey", "pubkey", (), "with ECDSA_WITH_SHA256_DER successful"),
    ("ecdsa256-old", "p256", "old", "pubkey", "pubkey", (), "with ECDSA-256 signature successful"),
    ("ecdsa384-7427", "p384", "plain", "pubkey", "pubkey", (), "with ECDSA_WITH_SHA384_DER successful"),
    ("ecdsa384-old", "p384", "old", "pubkey", "pubkey", (), "with ECDSA-384 signature successful"),
    ("ecdsa521-7427", "p521", "plain", "pubkey", "pubkey", (), "with ECDSA_WITH_SHA512_DER successful"),
    ("ecdsa521-old", "p521", "old", "pubkey", "pubkey", (), "with ECDSA-521 signature successful"),
    ("ed25519", "ed25519", "plain", "pubkey", "pubkey", (), "with ED25519 successful"),
    ("ed448", "ed448", "plain", "pubkey", "pubkey", (), "with ED448 successful"),
]


def chains(by):
    setup = {"keys": ["chain-gw.key"], "certs": [ROOT, ("X509", "NONE", "sub1.pem"), ("X509", "NONE", "sub2.pem")]}
    yield Case("chain-" + by, by, certs("chain-me-full", ""), pub("", cert="chain-gw"), setup=setup, auth=False)
    theirs = {"keys": ["pki-gw.key"], "certs": [("X509", "CA", "pki.pem"), ("X509", "NONE", "pkisub.pem")]}
    yield Case("chain-pki-" + by, by, certs("pki-me-full", "", anchors=("pki.pem",)), pub("", cert="pki-gw"),
               setup=theirs,
               auth=False)
    # identities that are the certificate's address, e-mail address, subject
    theirs = {"keys": ["ossl-gw.key"], "certs": [("X509", "CA", "ossl.pem")]}
    for name, me, gw in (("address", "192.0.2.1", "192.0.2.2"), ("email", "me@example.org", "gw@example.org"),
                         ("subject", "C=CH, O=openssl, CN=me.example", "C=CH, O=openssl, CN=gw.example")):
        ours = ["--id", me, "--remote-id", gw, *certs("ossl-me", "", anchors=("ossl.pem",))[4:]]
        yield Case("id-%s-%s" % (name, by), by, ours, conn(local={"auth": "pubkey", "id": gw,
                                                                  "certs": ["@ossl-gw.pem"]},
                                                        remote={"auth": "pubkey", "id": me}), setup=theirs, auth=False)
    # both roots at both ends, revocation lists: nobody is revoked
    setup = {"keys": ["p256-gw.key"], "certs": [ROOT, ("X509", "CA", "stranger.pem"), ("X509_CRL", "NONE", "root.crl")]}
    yield Case("crl-" + by, by, certs("p256-me", "", "--crl", "@root.crl", anchors=("stranger.pem", "root.pem")),
               pub("p256", remote="pubkey"), setup=setup, auth=False)
    for kind in ("rsa", "p256", "ed25519"):
        yield Case("raw-%s-%s" % (kind, by), by, ["--id", creds.ME, "--remote-id", creds.GW, "--key",
                                                  "@%s-me.key" % kind,
                                                  "--remote-key", "@%s-gw.pub" % kind],
                   conn(local={"auth": "pubkey", "pubkeys": ["@%s-gw.pub" % kind]},
                        remote={"auth": "pubkey",
                                "pubkeys": ["@%s-me.pub" % kind]}), setup={"keys": [kind + "-gw.key"]},
                   auth=False)
    yield Case("psk-and-cert-" + by, by, ["--id", creds.ME, "--remote-id", creds.GW, "--psk-file", "@psk", "--ca",
                                          "@root.pem",
                                          "--remote-auth", "cert"], pub("p256", remote="psk"),
               setup={"keys": ["p256-gw.key"], "certs": [ROOT]}, auth=False)


def showing(by):
    """Certificates that are not sent, believed as they are, behind a passphrase; revocation lists that have to be."""
    gw = {"keys": ["p256-gw.key"], "certs": [ROOT]}
    yield Case("cert-asked-" + by, by, certs("p256-me", "", "--send-cert", "asked"), pub("p256"), setup=gw, auth=False,
               then=(shown(True),))
    known = {**gw, "certs": [ROOT, ("X509", "NONE", "p256-me.pem")]}
    yield Case("cert-not-asked-" + by, by, certs("p256-me", "", "--send-cert", "asked"),
               pub("p256", send_certreq="no", send_cert="always"), setup=known, auth=False, then=(shown(False),))
    ours = certs("p256-me", "", "--remote-cert", "@p256-gw.pem", anchors=())
    yield Case("cert-pinned-" + by, by, ours, pub("p256", send_cert="never"), setup=gw, auth=False)
    ours = certs("p256-me", "", "--need-crl", "--crl", "@root.crl")
    yield Case("crl-needed-" + by, by, ours, pub("p256"), setup=gw, auth=False)
    ours = ["--id", creds.ME, "--remote-id", creds.GW, "--cert", "@locked-me.pem", "--key", "@locked-me.key",
            "--key-passphrase-file", "@passphrase", "--ca", "@root.pem"]
    yield Case("key-locked-" + by, by, ours, pub("p256"), setup=gw, auth=False)


def shown(wanted):
    """Whether charon got our certificate."""
    def step(lab, case):
        need(("received end entity cert" in lab.peer.log()) == wanted, "our certificate was%s sent", " not" * wanted)
    return step


EAP_SECRETS = [("EAP", "me secret", ["me"]), ("XAUTH", "me secret", ["me"])]


def eap_client():
    """We are the client; charon proves itself by certificate, or by EAP alone."""
    for method in ("mschapv2", "md5", "gtc", "tls"):
        setup = {"keys": ["p256-gw.key"], "certs": [ROOT], "shared": EAP_SECRETS}
        how = ["--eap", method]
        how += certs("p256-me", "")[4:] if method == "tls" else \
            ["--eap-id", "me", "--eap-password-file", "@password", "--ca", "@root.pem"]
        remote = {"auth": "eap-" + method, "eap_id": "%any" if method != "tls" else creds.ME}
        yield Case("eap-%s-client" % method, "us", ["--id", creds.ME, "--remote-id", creds.GW, *how],
                   conn(local={"auth": "pubkey", "certs": ["@p256-gw.pem"]}, remote=remote), setup=setup, auth=False)
    yield Case("eap-tls-only-client", "us", ["--id", creds.ME, "--remote-id", creds.GW, "--eap", "tls", "--eap-only",
                                             *certs("p256-me", "")[4:]],
               conn(local={"auth": "eap-tls", "certs": ["@p256-gw.pem"]}, remote={"auth": "eap-tls"}),
               setup={"keys": ["p256-gw.key"], "certs": [ROOT]}, auth=False)


def eap_server():
    for method in ("mschapv2", "md5", "gtc", "tls"):
        setup = {"certs": [ROOT], "shared": EAP_SECRETS}
        ours = [*certs("p256-me", ""), "--remote-auth", "eap", "--eap", method, "--eap-users", "@users"]
        local = {"auth": "eap-" + method, "id": creds.GW, "eap_id": "me"}
        if method == "tls":
            local = {"auth": "eap-tls", "id": creds.GW, "certs": ["@p256-gw.pem"], "eap_id": creds.GW}
            setup["keys"] = ["p256-gw.key"]
            ours = ours[:-2]
        else:
            ours += ["--remote-id", "me"]	# whom EAP proved, not what IDi says
        yield Case("eap-%s-server" % method, "peer", ours, conn(local=local, remote={"auth": "pubkey"}), setup=setup,
                   auth=False)
    yield Case("eap-tls-only-server", "peer", [*certs("p256-me", ""), "--remote-auth", "eap", "--eap", "tls",
                                               "--eap-only"],
               conn(local={"auth": "eap-tls", "certs": ["@p256-gw.pem"]}, remote={"auth": "eap-tls"}),
               setup={"keys": ["p256-gw.key"], "certs": [ROOT]}, auth=False)


def cases():
    for by in ("us", "peer"):
        yield Case("psk-" + by, by)
        for name, kind, family, remote, local, ours, says in CERTS:
            yield plain(name, by, kind, family, remote, local, ours, says)
        yield from chains(by)
        yield from showing(by)
    yield from eap_client()
    yield from eap_server()
