"""What happens to a tunnel in its life: rekeys, reauthentication, deletes, DPD, moves, traffic."""
import signal

import mischief
import steps
from case import Case
from lab import conn

PFS = {"esp_proposals": ["aes128gcm16-ecp256", "aes128gcm16"]}
TUN = ["--tun", steps.TUN]


def by_peer():
    for by in ("us", "peer"):
        yield Case("rekey-child-by-peer-" + by, by, ["--esp", "aes128gcm16-ecp256,aes128gcm16"], conn(child=PFS),
                   then=(steps.peer_rekeys_child, steps.peer_rekeys_child))
        yield Case("rekey-ike-by-peer-" + by, by, [], then=(steps.peer_rekeys_ike, steps.peer_rekeys_ike,
                                                          steps.peer_rekeys_child))
        yield Case("delete-child-by-peer-" + by, by, [], then=(steps.peer_deletes_child,))
        yield Case("delete-by-peer-" + by, by, [], then=(steps.peer_deletes_ike,), leaves=by == "peer")
        yield Case("dpd-by-peer-" + by, by, [], conn(dpd_delay="1"),
                   then=(steps.peer_said("sending DPD request"), steps.peer_said("parsed INFORMATIONAL response")))
    yield Case("reauth-by-peer", "peer", [], then=(steps.peer_reauthenticates,))
    yield Case("reauth-make-first-by-peer", "peer", [], family="make-first", then=(steps.peer_reauthenticates,))


def by_us():
    for by in ("us", "peer"):
        yield Case("rekey-child-by-us-" + by, by, ["--esp", "aes128gcm16-ecp256,aes128gcm16", "--rekey-child", "1"],
                   conn(child=PFS),
                   then=(steps.we_rekeyed("child-rekeyed", 2),))
        yield Case("rekey-ike-by-us-" + by, by, ["--rekey-ike", "1"], then=(steps.we_rekeyed("rekeyed", 2),))
        yield Case("dpd-by-us-" + by, by, ["--dpd", "1"], then=(steps.seen_event("dpd", 2),
                                                               steps.peer_said("generating INFORMATIONAL response")))
    yield Case("reauth-by-us", "us", ["--reauth", "2"], then=(steps.seen_event("authenticated", 2),
                                                              steps.settled_again))


def contact():
    yield Case("initial-contact-us", "us", then=(steps.new_contact,))
    yield Case("initial-contact-peer", "peer", then=(steps.peer_new_contact,))
    yield Case("mobike-peer", "peer", [], conn(mobike="yes", local_addrs=None, remote_addrs=["192.0.2.1"]),
               then=(steps.peer_moves,))
    # the third judge
    for by in ("us", "peer"):
        for p in ("aes128-sha256-x25519", "aes256gcm16-prfsha384-ecp384"):
            yield Case("tshark-%s-%s" % (p, by), by, ["--proposal", p, "--keylog-format", "wireshark"],
                       conn(proposals=[p]),
                       native=False, then=(steps.tshark_reads,))


def crossing():
    return mischief.Together(36)


def together():
    for by in ("us", "peer"):
        yield Case("rekeys-by-us-" + by, by, ["--esp", "aes128gcm16-ecp256,aes128gcm16"], conn(child=PFS),
                   then=(steps.we_rekey,))
        yield Case("child-rekeys-collide-" + by, by, [], rule=crossing,
                   then=(steps.collide(signal.SIGUSR1, {"child": "net"}), steps.peer_rekeys_child),
                   peer_says="detected CHILD_REKEY collision with CHILD_REKEY")
        yield Case("ike-rekeys-collide-" + by, by, [], rule=crossing,
                   then=(steps.collide(signal.SIGUSR2, {"ike": "peer"}), steps.peer_rekeys_child),
                   peer_says="collision with IKE_REKEY")
        yield Case("rekeys-cross-" + by, by, [], rule=crossing,
                   then=(steps.collide(signal.SIGUSR2, {"child": "net"}), steps.we_rekey), peer_says="N(TEMP_FAIL)")
        yield Case("do-" + by, by, ["--do", "rekey-child,dpd,rekey-ike,rekey-child,dpd"],
                   then=(steps.we_rekeyed("child-rekeyed", 2), steps.seen_event("dpd", 4)), moving=True)
    yield Case("do-reauth", "us", ["--do", "reauth,rekey-child"], then=(steps.we_rekeyed("child-rekeyed", 1),),
               moving=True)
    yield Case("do-move", "us", ["--do", "move=192.0.2.3,rekey-child"], conn(mobike="yes"),
               then=(steps.seen_event("moved"), steps.we_rekeyed("child-rekeyed"),
                     steps.peer_at("192.0.2.3")), moving=True)
    yield Case("do-delete-child", "us", ["--do", "delete-child=1"], then=(steps.seen_event("child-down"),
                                                                          steps.settled_none), moving=True)


def traffic():
    for by in ("us", "peer"):
        yield Case("traffic-" + by, by, TUN, then=(steps.ping, steps.peer_rekeys_child, steps.ping,
                                                   steps.peer_rekeys_ike,
                                                   steps.ping))
        yield Case("traffic-ipv6-" + by, by, [*TUN, "--ts", "fd00:1::/64=fd00:2::/64"], conn(child={
            "local_ts": ["fd00:2::/64"], "remote_ts": ["fd00:1::/64"]}), ts=False, then=(steps.ping_six,))
        yield Case("traffic-over-ipv6-" + by, by, [*TUN, *(["--local", "2001:db8::1"] if by == "us" else [])],
                   conn(local_addrs=["2001:db8::2"], remote_addrs=["2001:db8::1"]), hosts=("2001:db8::2",
                                                                                           "2001:db8::1"),
                   then=(steps.ping,))
        for esp in ("aes256-sha256", "chacha20poly1305", "aes128ccm12", "null-sha256"):
            yield Case("traffic-%s-%s" % (esp, by), by, [*TUN, "--esp", esp], conn(child={"esp_proposals": [esp]}),
                       then=(steps.ping,))


def streams():
    for by in ("us", "peer"):
        yield Case("packets-" + by, by, ["--packets-in", "%in", "--packets-out", "%out"], prepare=steps.packets_prepare,
                   then=(steps.packets_through,))
    yield Case("traffic-address-client", "us", [*TUN, "--address", "--ts", "dynamic=10.2.0.0/16"],
               conn(pools=["pool4"], child={"remote_ts": ["dynamic"]}), {"pools": {"pool4": {"addrs": "10.9.0.0/24"}}},
               ts=False, then=(steps.ping_virtual,))
    yield Case("traffic-address-server", "peer", [*TUN, "--pool", "10.9.0.0/24", "--ts", "10.1.0.0/16=dynamic"],
               conn(vips=["0.0.0.0"], child={"local_ts": ["dynamic"]}), ts=False, then=(steps.ping_virtual,))


def cases():
    yield from by_peer()
    yield from by_us()
    yield from contact()
    yield from together()
    yield from traffic()
    yield from streams()
