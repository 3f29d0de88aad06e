"""The path means harm: messages replayed, forged, weakened; ICMP; NATs; floods; and what is no harm at all."""
import functools

import flood
import mischief
import steps
from case import Case
from cases_auth import certs, pub
from cases_fail import CERT, refused
from cases_options import RSA
from lab import OURS, conn

FAST = ["--retransmit", "0.2", "--tries", "2"]
WEAK = "aes256-sha512-x25519,aes128-sha1-x25519"


def forgers():
    for by in ("us", "peer"):
        yield Case("replayed-" + by, by, then=(mischief.everything_again,))
        yield Case("altered-copies-" + by, by, rule=mischief.altered_copies,
                   then=(steps.peer_rekeys_child, steps.peer_rekeys_ike))
        yield Case("altered-fragments-" + by, by, certs("rsa-me", "", "--fragment-size", "500"), pub("rsa"),
                   family="small",
                   setup=RSA, auth=False, rule=mischief.altered_copies, then=(steps.peer_rekeys_child,))
        yield Case("notifies-in-clear-" + by, by, then=(mischief.notifies_in_clear,))
        if by == "us":
            yield Case("refused-by-a-stranger-us", by, rule=mischief.refused_before)
        # whoever changes IKE_SA_INIT on the way is caught by AUTH
        both = conn(proposals=WEAK.split(","))
        yield refused("downgrade", by, ["--proposal", WEAK], both, ("auth-failed", "wrong-psk"),
                      rule=mischief.downgrade,
                      says="MAC mismatched" if by == "us" else "AUTHENTICATION_FAILED")
        if by == "us":
            yield refused("other-nonce", by, FAST, conn(), ("no-answer",), rule=mischief.other_nonce)
        # SIGNATURE_HASH_ALGORITHMS taken out (16431): back to the old methods
        yield refused("no-hashes", by, certs("p256-me", ""), conn(local={"auth": "pubkey", "certs": ["@p256-gw.pem"]},
                      remote={"auth": "pubkey"}), ("auth-failed",
                                                   "wrong-signature"), rule=mischief.without(16431), setup=CERT,
                      auth=False)


def routers():
    for code, name in ((1, "host"), (13, "prohibited"), (3, "port")):
        yield refused("icmp-" + name, "us", ["--retransmit", "0.2", "--tries", "2"], conn(), ("no-answer",
                                                                                              "unreachable"),
                      rule=mischief.no_answer_but(3, code))
    yield Case("icmp-but-answer-us", "us", rule=mischief.icmp_as_well(3, 1))
    yield refused("nobody-there", "us", ["--retransmit", "0.2", "--tries", "2"], conn(), ("no-answer", "unreachable"),
                  hosts=("192.0.2.99", OURS))
    yield refused("port-closed", "us", ["--retransmit", "0.2", "--tries", "2"], conn(), ("no-answer", "unreachable"),
                  hosts=("192.0.2.3", OURS))


def behind_nat(ours):
    """A rule, and what makes 192.0.2.9 known to the other end."""
    def prepare(lab, case):
        there, mac = ("peer", "ours") if ours else ("ours", "peer")
        address = lab.wires.mac(mac)
        getattr(lab.wires, there).ip("neigh replace 192.0.2.9 lladdr %s dev eth0" % ":".join(
            address[i:i + 2] for i in range(0, 12, 2)))
    return dict(rule=functools.partial(mischief.Nat, ours), prepare=prepare)


def other_ports(lab, case):
    """The NAT forgets, and takes other ports: RFC 7296 2.23."""
    lab.relay.rule.forget()


def nats():
    yield Case("nat-us", "us", [], conn(remote_addrs=["%any"]), then=(steps.seen_event("nat"),
                                                                      steps.peer_said("remote host is behind NAT"),
                                     steps.peer_rekeys_child), **behind_nat(True))
    yield Case("nat-peer", "peer", [], conn(remote_addrs=[OURS]),
               then=(steps.seen_event("nat"), other_ports, steps.peer_rekeys_child, steps.seen_event("moved"),
                     steps.peer_rekeys_ike), **behind_nat(False))


def moves_under_traffic():
    tun = ["--tun", steps.TUN]
    yield Case("nat-traffic-us", "us", tun, conn(remote_addrs=["%any"]), then=(steps.ping, other_ports, steps.we_rekey,
                                                                               steps.ping),
               **behind_nat(True))	# charon follows IKE, not ESP
    yield Case("nat-traffic-peer", "peer", tun, conn(remote_addrs=[OURS]),
               then=(steps.ping, other_ports, steps.peer_speaks_first, steps.ping), **behind_nat(False))
    yield Case("move-traffic-us", "us", [*tun, "--do", "move=192.0.2.3"], conn(mobike="yes"),
               then=(steps.seen_event("moved"), steps.peer_at("192.0.2.3"), steps.ping), moving=True)
    yield Case("move-traffic-peer", "peer", tun, conn(mobike="yes", local_addrs=None, remote_addrs=[OURS]),
               then=(steps.ping, steps.peer_moves, steps.ping))


def floods():
    both, other = conn(), conn(local_addrs=["192.0.2.4"])
    yield Case("flood", "peer", ["--cookie-after", "64"], setup={"conns": {"peer": both, "second": other}},
               then=(flood.run,))


def cases():
    yield from forgers()
    yield from routers()
    yield from nats()
    yield from moves_under_traffic()
    yield from floods()
