"""What IKEv2 can agree on beside keys and proofs, with charon at the other end."""
import relay
import steps
from case import Case
from cases_auth import ROOT, certs, pub
from lab import conn, need

RSA = {"keys": ["rsa-gw.key"], "certs": [ROOT]}


def fragments(lab, case):
    """SKF went both ways."""
    ways = {f.ours for _, f, _ in lab.relay.frames() if f.ike and f.ike[16] == 53}
    need(ways == {True, False}, "fragments went %s", "one way" if ways else "no way")


def no_fragments(lab, case):
    need(not [f for _, f, _ in lab.relay.frames() if f.ike and f.ike[16] == 53], "a fragment")


def inits(count):
    """So many IKE_SA_INIT requests went."""
    def step(lab, case):
        got = {bytes(f.ike) for _, f, _ in lab.relay.frames() if f.ike and f.exchange == 34 and not f.is_response}
        need(len(got) == count, "%d IKE_SA_INIT requests, wanted %d", len(got), count)
    return step


def half_open(lab, case):
    """A stranger's IKE_SA_INIT: charon (threshold 1) asks for cookies from now on."""
    import flood
    body = flood.init(1)
    data = bytes.fromhex(lab.wires.mac("peer")) + bytes.fromhex(lab.wires.mac("ours")) + b"\x08\x00" + relay.udp_packet(
        bytes([192, 0, 2, 77]), bytes([192, 0, 2, 2]), 500, 500, body)
    lab.relay.inject(relay.Frame(data, True))
    steps.said(lab, "to 192.0.2.77[500]")


def exchanges():
    for by in ("us", "peer"):
        yield Case("fragments-" + by, by, certs("rsa-me", "", "--fragment-size", "500"), pub("rsa",
                                                                                             fragmentation="yes"),
                   family="small", setup=RSA, auth=False, then=(fragments,))
        yield Case("no-fragments-" + by, by, certs("rsa-me", "", "--fragment-size", "off"), pub("rsa",
                                                                                                fragmentation="no"),
                   setup=RSA, auth=False, then=(no_fragments,))
        yield Case("childless-" + by, by, ["--childless"], conn(childless="force"), initiate="net", children=1,
                   peer_says="CREATE_CHILD_SA")
        # what one proposes is not what the other wants first
        yield Case("other-group-" + by, by, ["--proposal",
                                             "aes128-sha256-x25519-ecp384" if by == "us" else "aes128-sha256-ecp384"],
                   conn(proposals=["aes128-sha256-ecp384"] if by == "us" else ["aes128-sha256-x25519-ecp384"]),
                   want={"dh-group": "ECP_384"}, then=(inits(2),))
    yield Case("cookie-us", "us", [], conn(remote_addrs=["%any"]), family="cookie", prepare=half_open,
               then=(steps.seen_event("cookie"), inits(2)))
    yield Case("cookie-and-group-us", "us", ["--proposal", "aes128-sha256-x25519-ecp384"],
               conn(proposals=["aes128-sha256-ecp384", "aes128-sha256-x25519"],
                    remote_addrs=["%any"]), family="cookie", prepare=half_open,
               then=(steps.seen_event("cookie"), steps.seen_event("other-group")))
    yield Case("cookie-peer", "peer", ["--cookies"], then=(inits(2),))


def addresses():
    """Virtual addresses and DNS, with charon's pool and with ours."""
    pools = {"pool4": {"addrs": "10.9.0.0/24", "dns": ["10.2.0.53", "10.2.0.54"]},
             "pool6": {"addrs": "fd00:9::/120"}}

    def got(v4, v6):
        def step(lab, case):
            steps.heard(lab, "address")
            text = str(lab.us.events("address"))
            need(v4 in text and v6 in text and "10.2.0.53" in text and "10.2.0.54" in text, "we were told %s", text)
            vips = lab.peer.sas()[0].get("remote-vips", [])
            need(vips and all(a in text for a in vips), "charon gave %s", vips)
        return step

    def gave(lab, case):
        vips = lab.peer.sas()[0].get("local-vips", [])
        need(vips == ["10.9.0.1"], "charon got %s", vips)
        with open(lab.folder + "/peer/resolv.conf") as f:
            text = f.read()
        need("10.1.0.53" in text, "charon's resolv.conf has %s", text)

    yield Case("address-client", "us", ["--address=any4", "--address=any6", "--ts", "dynamic=10.2.0.0/16"],
               conn(pools=["pool4", "pool6"], child={"remote_ts": ["dynamic"]}), {"pools": pools}, ts=False,
               then=(got("10.9.0.", "fd00:9::"),))
    yield Case("address-server", "peer", ["--pool", "10.9.0.0/24", "--dns", "10.1.0.53", "--ts", "10.1.0.0/16=dynamic"],
               conn(vips=["0.0.0.0"], child={"local_ts": ["dynamic"]}), ts=False, then=(gave,))


def six():
    """Both families, from our pool."""
    def gave(lab, case):
        vips = lab.peer.sas()[0].get("local-vips", [])
        need(sorted(vips) == ["10.9.0.1", "fd00:9::1"], "charon got %s", vips)

    yield Case("address-server-both", "peer", ["--pool", "10.9.0.0/24,fd00:9::/112", "--dns", "fd00:1::53", "--ts",
                                               "any=dynamic"],
               conn(vips=["0.0.0.0", "::"], child={"local_ts": ["dynamic"], "remote_ts": ["0.0.0.0/0",
                                                                                          "::/0"]}), ts=False,
               then=(gave,))


def modes():
    """charon's userspace ESP has neither transport mode nor ESN: as far as its answer."""
    for by in ("us", "peer"):
        yield Case("narrow-" + by, by, ["--ts", "10.1.0.0/16=10.0.0.0/8"] if by == "us" else ["--ts",
                                                                                              "10.1.4.0/24=10.2.0.0/16"],
                   conn(child={"local_ts": ["10.2.0.0/16"],
                               "remote_ts": ["10.1.7.0/24" if by == "us" else "10.1.0.0/16"]}),
                   ts=False, want_child={"remote-ts": ["10.1.7.0/24" if by == "us" else "10.1.4.0/24"]})
        yield Case("ipv6-" + by, by, ["--local", "2001:db8::1"] if by == "us" else [],
                   conn(local_addrs=["2001:db8::2"], remote_addrs=["2001:db8::1"]), hosts=("2001:db8::2",
                                                                                           "2001:db8::1"))
        yield Case("selectors-" + by, by, ["--ts", "10.1.0.0/16[tcp/80]=10.2.0.0/16[tcp]"],
                   conn(child={"local_ts": ["10.2.0.0/16[tcp]"], "remote_ts": ["10.1.0.0/16[tcp/80]"]}), ts=False,
                   want_child={"remote-ts": ["10.1.0.0/16[tcp/http]"], "local-ts": ["10.2.0.0/16[tcp]"]})


def several():
    """Several children of one IKE SA."""
    kids = {"net": {"local_ts": ["10.2.0.0/24"], "remote_ts": ["10.1.0.0/24"]},
            "two": {"local_ts": ["10.2.1.0/24"], "remote_ts": ["10.1.1.0/24"]},
            "six": {"local_ts": ["fd00:2::/64"], "remote_ts": ["fd00:1::/64"]}}
    c = conn()
    for kid in kids.values():
        kid["esp_proposals"] = ["aes256-sha256-ecp256", "aes256-sha256"]
    c["children"] = kids
    ours = ["--esp", "aes256-sha256-ecp256,aes256-sha256", "--ts", "10.1.0.0/24=10.2.0.0/24", "--ts",
            "10.1.1.0/24=10.2.1.0/24", "--ts", "fd00:1::/64=fd00:2::/64"]
    yield Case("children-us", "us", ours, c, ts=False, children=3, then=(steps.we_rekey, steps.peer_rekeys_ike))
    yield Case("children-peer", "peer", ours, c, ts=False, then=(steps.peer_new_child("two"),
                                                                 steps.peer_new_child("six")))


def cases():
    yield from exchanges()
    yield from addresses()
    yield from six()
    yield from modes()
    yield from several()
