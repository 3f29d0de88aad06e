"""pair - both ends are ours, for what charon's userspace ESP has not: the SAs go to the Linux kernel later.

The descriptors are left in the run's folder "uml", a file for each case (tests/uml/negotiated.py).
"""
import os
import signal

import creds
import ours
import steps
import traffic
from case import Case, given, number
from lab import need

RESPONDER, INITIATOR = "192.0.2.1", "192.0.2.3"

ROWS = [
    ("transport", ["--mode", "transport", "--ts", "dynamic=dynamic", "--esp", "aes256gcm16"]),
    ("transport-esn", ["--mode", "transport", "--ts", "dynamic=dynamic", "--esp", "aes128-sha256-esn"]),
    ("tunnel-esn", ["--ts", "10.1.0.0/16=10.2.0.0/16", "--esp", "aes256gcm16-esn"]),
    ("tunnel-cbc-esn", ["--ts", "10.1.0.0/16=10.2.0.0/16", "--esp", "aes256-sha512-esn"]),
    ("tunnel-ctr", ["--ts", "10.1.0.0/16=10.2.0.0/16", "--esp", "aes128ctr-sha384"]),
    ("tunnel-in-udp", ["--ts", "10.1.0.0/16=10.2.0.0/16", "--esp", "chacha20poly1305", "--force-natt"]),
    ("ah-transport", ["--mode", "transport", "--ts", "dynamic=dynamic", "--ah", "sha256"]),
    ("ah-tunnel-esn", ["--ts", "10.1.0.0/16=10.2.0.0/16", "--ah", "sha512-esn"]),
]


def mirrored(options):
    out = list(options)
    if "--ts" in out:
        at = out.index("--ts") + 1
        out[at] = "=".join(out[at].split("=")[::-1])
    return out


def play(lab, case):
    if case.then:
        case.then[0](lab, case)
        return
    lab.end()
    psk = ["--psk-file", lab.creds("psk"), "--events"]
    there = lab.run_ours("respond", "--listen", RESPONDER, "--id", creds.GW, "--remote-id", creds.ME, *psk[:2],
                         *mirrored(given(lab, case.ours)))
    here = ours.Ours(lab.wires.ours, [lab.tools + "/ipsec-ike", "initiate", RESPONDER, "--local", INITIATOR, "--hold",
                                      "forever",
                                      "--id", creds.ME, "--remote-id", creds.GW, *psk, *given(lab,
                                                                                              case.ours)], lab.folder)
    try:
        need(here.wait_sas(2), "nothing came up: %s %s", here.said()[-300:], here.lines[-2:])
        need(there.wait_sas(2), "the responder has no descriptors: %s", there.said()[-300:])
        compare(here, there)
        folder = os.path.dirname(lab.folder) + "/uml"
        os.makedirs(folder, exist_ok=True)
        here.raw(folder + "/%s.json" % case.name)
        need(here.stop() == 0, "the initiator's exit status is not 0: %s", here.said()[-300:])
        need(there.wait_event("deleted"), "the responder was not told of the end")
        need(there.stop() == 0, "the responder's exit status is not 0: %s", there.said()[-300:])
    finally:
        here.close()


def through_raw_esp(lab, case):
    """No NAT: ESP without UDP, both ends in userspace, in two namespaces; the relay sees protocol 50."""
    lab.without_peer()
    lab.relay.begin()
    psk = ["--psk-file", lab.creds("psk"), "--events", "--tun", "ipsec0"]
    there = ours.Ours(lab.wires.peer, [lab.tools + "/ipsec-ike", "respond", "--listen", "192.0.2.2", "--id", creds.GW,
                                       *psk,
                                       "--remote-id", creds.ME, "--ts", "10.2.0.0/16=10.1.0.0/16"], lab.folder)
    try:
        steps.until(lambda: lab.wires.peer.listens(500), "the responder")
        here = lab.run_ours("initiate", "192.0.2.2", "--hold", "forever", "--id", creds.ME, "--remote-id", creds.GW,
                            *psk,
                            "--ts", "10.1.0.0/16=10.2.0.0/16")
        need(here.wait_sas(2) and there.wait_sas(2), "nothing came up: %s", here.said()[-300:])
        compare(here, there)
        traffic.both_ways(lab, "ipsec0")
        kinds = {f.data[23] for _, f, _ in lab.relay.frames() if f.data[12:14] == b"\x08\x00"}
        need(50 in kinds, "no ESP but in UDP")
        need(not [f for _, f, _ in lab.relay.frames() if f.esp], "ESP in UDP without a NAT")
        here.send_signal(signal.SIGUSR1)
        need(here.wait_event("child-rekeyed") and there.wait_event("child-rekeyed"), "no rekey")
        traffic.both_ways(lab, "ipsec0")
        need(here.stop() == 0 and there.stop() == 0, "exit statuses: %s %s", here.said()[-300:], there.said()[-300:])
    finally:
        there.close()


def compare(here, there):
    """Each SA is the same at both ends, with the directions swapped."""
    for sa in here.sas():
        other = [x for x in there.sas() if number(x["spi"]) == number(sa["spi"]) and x["dst"] == sa["dst"]]
        need(len(other) == 1, "%d descriptors at the responder for SPI %s", len(other), sa["spi"])
        for key in ("proto", "src", "mode", "encr", "encr_key", "integ", "integ_key", "esn", "encap"):
            need(sa.get(key) == other[0].get(key), "%s differs: %s here, %s there", key, sa.get(key), other[0].get(key))
        need({sa["dir"], other[0]["dir"]} == {"in", "out"}, "directions are %s and %s", sa["dir"], other[0]["dir"])


def cases():
    for name, options in ROWS:
        yield Case("uml-" + name, "pair", options)
    yield Case("raw-esp", "pair", then=(through_raw_esp,))
