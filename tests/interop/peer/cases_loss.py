"""The path loses, doubles and reorders: what was to come up comes up, and rekeys go through."""
import functools
import os
import random
import signal
import time

import creds
import relay
import steps
import traffic
import vici
from case import Case
from cases_auth import ROOT, certs, pub
from lab import conn

FAST = ["--retransmit", "0.4", "--tries", "12"]
PATHS = {
    "loss": dict(loss=0.25),
    "twice": dict(twice=0.5),
    "late": dict(late=0.4),
    "all": dict(loss=0.15, twice=0.2, late=0.3),
}


SEEDS = 3			# of storms; more by STORMS in the environment


def storm(seed):
    """Rekeys from both sides, in any order and at once, on a path that loses, doubles and reorders: in the end there is
    one IKE SA with one child, and it works."""
    def step(lab, case):
        dice = random.Random(seed)
        for _ in range(6):
            what = dice.choice((signal.SIGUSR1, signal.SIGUSR2, {"child": "net"}, {"ike": "peer"}))
            if isinstance(what, dict):
                try:
                    lab.peer.vici.ask("rekey", what)
                except vici.Refused:		# there is none in that state just now
                    pass
            else:
                lab.us.send_signal(what)
            time.sleep(dice.choice((0, 0, 0.05, 0.3)))
        steps.calm(lab, case)
        lab.relay.begin(relay.straight)
        steps.settled_again(lab, case)
        traffic.both_ways(lab, steps.TUN)
        steps.we_rekey(lab, case)
    return step


def storms():
    for seed in range(int(os.environ.get("STORMS", SEEDS))):
        for by in ("us", "peer"):
            rule = functools.partial(relay.noisy, "storm %d %s" % (seed, by), loss=0.1, twice=0.1, late=0.3)
            yield Case("storm-%d-%s" % (seed, by), by, [*FAST, "--tun", steps.TUN], family="lossy", rule=rule,
                       then=(storm("%d %s" % (seed, by)),))


def eap():
    for by, ours, c in (("us", ["--eap", "mschapv2", "--eap-id", "me", "--eap-password-file", "@password", "--ca",
                                "@root.pem"],
                         conn(local={"auth": "pubkey", "certs": ["@p256-gw.pem"]},
                              remote={"auth": "eap-mschapv2", "eap_id": "%any"})),
                        ("peer", [*certs("p256-me", "")[4:], "--remote-auth", "eap", "--eap", "mschapv2", "--eap-users",
                                  "@users"],
                         conn(local={"auth": "eap-mschapv2", "eap_id": "me"}, remote={"auth": "pubkey"}))):
        rule = functools.partial(relay.noisy, "eap " + by, loss=0.2, twice=0.1, late=0.3)
        yield Case("path-eap-" + by, by, ["--id", creds.ME, "--remote-id", creds.GW if by == "us" else "me", *ours,
                                          *FAST], c,
                   family="lossy", rule=rule, auth=False,
                   setup={"keys": ["p256-gw.key"], "certs": [ROOT], "shared": [("EAP", "me secret", ["me"])]})


def cases():
    yield from storms()
    yield from eap()

    for by in ("us", "peer"):
        for name, faults in PATHS.items():
            rule = functools.partial(relay.noisy, "%s %s" % (name, by), **faults)
            yield Case("path-%s-%s" % (name, by), by, FAST, family="lossy", rule=rule,
                       then=(steps.peer_rekeys_child, steps.peer_rekeys_ike, steps.peer_rekeys_child))
        rule = functools.partial(relay.noisy, "fragments " + by, loss=0.15, twice=0.1, late=0.3)
        yield Case("path-fragments-" + by, by, certs("rsa-me", "", "--fragment-size", "500", *FAST), pub("rsa"),
                   family="lossy", rule=rule, setup={"keys": ["rsa-gw.key"], "certs": [ROOT]}, auth=False)
        rule = functools.partial(relay.noisy, "traffic " + by, loss=0.1, twice=0.1, late=0.2)
        yield Case("path-traffic-" + by, by, [*FAST, "--tun", steps.TUN], family="lossy", rule=rule, then=(steps.ping,))
