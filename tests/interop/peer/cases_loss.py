"""The path loses, doubles and reorders: what was to come up comes up, and rekeys go through."""
import functools

import relay
import steps
from case import Case
from cases_auth import ROOT, certs, pub

FAST = ["--retransmit", "0.4", "--tries", "12"]
PATHS = {
    "loss": dict(loss=0.25),
    "twice": dict(twice=0.5),
    "late": dict(late=0.4),
    "all": dict(loss=0.15, twice=0.2, late=0.3),
}


def cases():
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
