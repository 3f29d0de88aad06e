"""What must not come up, and what is said of it."""
import creds
from case import Case
from cases_auth import ROOT, certs, pub
from lab import conn

CERT = {"keys": ["p256-gw.key"], "certs": [ROOT]}


def refused(name, by, ours, c, ids=(), says="", **more):
    return Case("%s-%s" % (name, by), by, ours, c, refused=ids, peer_says=says, leaves=False, **more)


def keys():
    ids = ["--id", creds.ME, "--remote-id", creds.GW]
    for by in ("us", "peer"):
        yield refused("wrong-psk", by, [*ids, "--psk-file", "@other.psk"], conn(), ("wrong-psk", "auth-failed"),
                      auth=False,
                      says="tried 1 shared key" if by == "us" else "AUTHENTICATION_FAILED")
        # our certificate does not do: charon says no
        for name, kind, says in (("stranger", "stranger", "no issuer certificate found"),
                                 ("expired", "expired", "subject certificate invalid"),
                                 ("misnamed", "misnamed", "")):
            yield refused("our-%s-cert" % name, by, certs(kind + "-me", ""), pub("p256"), ("auth-failed",), says,
                          setup=CERT,
                          auth=False, late=by == "peer")
        yield refused("our-revoked-cert", by, certs("revoked-me", ""), pub("p256", remote="pubkey", ), ("auth-failed",),
                      "certificate was revoked", setup={**CERT, "certs": [ROOT, ("X509_CRL", "NONE",
                                                                                 "root.crl")]}, auth=False,
                      late=by == "peer")
        # charon's does not do: we say no
        for name, ids_ in (("stranger", ("certificate-untrusted",)), ("expired", ("certificate-expired",)),
                           ("misnamed", ("certificate-identity",)),
                           ("revoked", ("certificate-revoked",))):
            ours = certs("p256-me", "", *(["--crl", "@root.crl"] if name == "revoked" else []))
            yield refused("their-%s-cert" % name, by, ours, pub("", cert=name + "-gw"), ids_,
                          setup={"keys": [name + "-gw.key"], "certs": [ROOT]}, auth=False)
        yield refused("crl-missing", by, certs("p256-me", "", "--need-crl"), pub("p256"), ("certificate-crl",),
                      setup=CERT,
                      auth=False)
        yield refused("other-cert-pinned", by, certs("p256-me", "", "--remote-cert", "@p384-gw.pem", anchors=()),
                      pub("p256"), ("wrong-signature",), setup=CERT, auth=False)
        yield refused("other-raw-key", by, ["--id", creds.ME, "--remote-id", creds.GW, "--key", "@p256-me.key",
                                            "--remote-key", "@p384-gw.pub"],
                      conn(local={"auth": "pubkey", "pubkeys": ["@p256-gw.pub"]},
                           remote={"auth": "pubkey", "pubkeys": ["@p256-me.pub"]}), ("wrong-signature",),
                      setup={"keys": ["p256-gw.key"]}, auth=False)
        yield refused("no-anchor", by, certs("p256-me", "", anchors=("stranger.pem",)), pub("p256"),
                      ("certificate-untrusted",), setup=CERT,
                      auth=False)
        yield refused("wrong-remote-id", by, ["--id", creds.ME, "--remote-id", "other.example", "--psk-file", "@psk"],
                      conn(),
                      ("auth-failed",) if by == "us" else ("identity",), auth=False)


def nothing_in_common():
    for by in ("us", "peer"):
        yield refused("no-ike-overlap", by, ["--proposal", "aes256-sha512-ecp521"],
                      conn(proposals=["aes128-sha256-x25519"]),
                      ("no-proposal",), "NO_PROP")
        yield refused("no-esp-overlap", by, ["--esp", "aes256-sha512"], conn(child={"esp_proposals": ["aes128gcm16"]}),
                      ("no-proposal",), "NO_PROP")
        yield refused("no-selectors", by, ["--ts", "10.5.0.0/16=10.6.0.0/16"], conn(), ("ts-unacceptable",),
                      "TS_UNACCEPT", ts=False)
        # charon's userspace ESP has no transport mode, no ESN: as far as its answer
        yield refused("transport-not-there", by, ["--mode", "transport", "--ts", "dynamic=dynamic"],
                      conn(child={"mode": "transport", "local_ts": ["dynamic"], "remote_ts": ["dynamic"]}),
                      ("no-proposal",) if by == "us" else (), "NO_PROP" if by == "us" else "unable to install", ts=False,
                      late=by == "peer")
        yield refused("esn-not-there", by, ["--esp", "aes128gcm16-esn"],
                      conn(child={"esp_proposals": ["aes128gcm16-noesn"]}),
                      ("no-proposal",), "NO_PROP")
        yield refused("ah-not-there", by, ["--ah", "sha256"], conn(child={"esp_proposals": ["aes128gcm16"]}),
                      ("no-proposal",),
                      "NO_PROP")
        # charon has no NULL authentication (RFC 7619)
        yield refused("null-not-there", by, ["--id", creds.ME, "--remote-id", creds.GW, "--auth", "null", "--psk-file",
                                             "@psk",
                                             "--remote-auth", "psk"], conn(), ("auth-failed",), auth=False, late=by == "peer")
    yield refused("eap-password", "us", ["--id", creds.ME, "--remote-id", creds.GW, "--eap", "mschapv2", "--eap-id",
                                         "me",
                                         "--eap-password-file", "@password.bad", "--ca", "@root.pem"],
                  conn(local={"auth": "pubkey", "certs": ["@p256-gw.pem"]}, remote={"auth": "eap-mschapv2",
                                                                                    "eap_id": "%any"}),
                  ("eap-failed",), setup={**CERT, "shared": [("EAP", "me secret", ["me"])]}, auth=False)
    yield refused("eap-password", "peer", [*certs("p256-me", ""), "--remote-auth", "eap", "--eap", "mschapv2",
                                           "--eap-users", "@users"],
                  conn(local={"auth": "eap-mschapv2", "eap_id": "me"}, remote={"auth": "pubkey"}), ("eap-failed",),
                  setup={"certs": [ROOT], "shared": [("EAP", "not it", ["me"])]}, auth=False)


def cases():
    yield from keys()
    yield from nothing_in_common()
