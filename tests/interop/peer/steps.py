"""steps - what happens to a tunnel that is up: rekeys, deletes, traffic, from either side."""
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import time

import case as cases
import ours
import relay
import traffic
import vici
from lab import Failed, need

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import pcaps  # noqa: E402

TUN = "ipsec0"


def until(ready, why, limit=None):
    end = time.monotonic() + (limit or ours.LIMIT)
    while not ready():
        need(time.monotonic() < end, "%s did not come", why)
        time.sleep(0.02)


def heard(lab, name, count=1):
    need(lab.us.wait_event(name, count), "no event %s", name)


def said(lab, words, limit=None):
    until(lambda: words in lab.peer.log(), "charon's \"%s\"" % words, limit)


def settled(lab, ikes=1, children=1):
    """charon has so many SAs, all in use."""
    def ready():
        sas = lab.peer.sas()
        kids = [c for sa in sas for c in sa["child-sas"].values()]
        return (len(sas), len(kids)) == (ikes, children) and all(sa["state"] == "ESTABLISHED" for sa in sas) and \
            all(c["state"] == "INSTALLED" for c in kids)
    until(ready, "%d IKE SAs and %d children at charon" % (ikes, children))


def peer_rekeys_child(lab, case):
    before = len(lab.us.events("child-rekeyed"))
    lab.peer.vici.ask("rekey", {"child": "net"})
    heard(lab, "child-rekeyed", before + 1)
    settled_again(lab, case)


def settled_again(lab, case):
    """One IKE SA, so many children, the same at both ends.  After a rekey charon keeps the old child for some seconds,
    and it may begin another one at any time: what differs is looked at again."""
    end = time.monotonic() + ours.LIMIT
    while True:
        try:
            sas = cases.established(lab)
            need(len(sas) == 1, "charon has %d IKE SAs", len(sas))
            kids = {n: c for n, c in sas[0]["child-sas"].items() if c["state"] == "INSTALLED"}
            need(len(kids) == case.children, "charon has %d children", len(kids))
            cases.same_keys(lab, {**sas[0], "child-sas": kids})
            return
        except Failed:
            if time.monotonic() > end or lab.us.ended:
                raise
        time.sleep(0.02)


def calm(lab, case):
    """Nothing goes over the path any more but what is sent again in vain."""
    last, since = -1, time.monotonic()
    end = since + ours.LIMIT
    while time.monotonic() < min(end, since + 1.5):
        now = len(lab.relay.frames())
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.05)


def peer_rekeys_ike(lab, case):
    before = len(lab.us.events("rekeyed"))
    lab.peer.vici.ask("rekey", {"ike": "peer"})
    heard(lab, "rekeyed", before + 1)
    settled_again(lab, case)


def peer_reauthenticates(lab, case):
    before = len(lab.us.events("authenticated"))
    lab.peer.vici.ask("rekey", {"ike": "peer", "reauth": "yes"})
    heard(lab, "authenticated", before + 1)
    settled_again(lab, case)


def peer_deletes_child(lab, case):
    lab.peer.vici.ask("terminate", {"child": "net", "timeout": "20000", "loglevel": "-1"})
    heard(lab, "child-down")


def peer_deletes_ike(lab, case):
    lab.peer.vici.ask("terminate", {"ike": "peer", "timeout": "20000", "loglevel": "-1"})
    heard(lab, "deleted")
    need(not lab.peer.sas(), "charon still has the IKE SA")
    if case.by == "us":
        status = lab.us.stop(sign=0)
        need(status == 1, "our exit status is %s, though it was to be held", status)


def peer_new_child(name):
    def step(lab, case):
        before = len(lab.us.sas())
        lab.peer.initiate(name)
        need(lab.us.wait_sas(before + 2), "no descriptors of %s", name)
        case.children += 1
        settled_again(lab, case)
    return step


def we_rekey(lab, case):
    """At once, by signals: children, then the IKE SA, then children of the new one."""
    for sign, event in ((signal.SIGUSR1, "child-rekeyed"), (signal.SIGUSR2, "rekeyed"), (signal.SIGUSR1,
                                                                                         "child-rekeyed")):
        before = len(lab.us.events(event))
        lab.us.send_signal(sign)
        heard(lab, event, before + case.children if event == "child-rekeyed" else before + 1)
        settled_again(lab, case)


def collide(sign, message):
    """Both ends begin in the same moment (RFC 7296 2.8.1, 2.8.2): the path holds each request until both are under way."""
    def step(lab, case):
        lab.us.send_signal(sign)
        lab.peer.vici.ask("rekey", message)
        heard(lab, "child-rekeyed" if sign == signal.SIGUSR1 else "rekeyed")
        settled_again(lab, case)
    return step


def we_rekeyed(kind, count=1):
    """Our own, by time: "child-rekeyed", "rekeyed"."""
    def step(lab, case):
        heard(lab, kind, count)
        settled_again(lab, case)
    return step


def seen_event(name, count=1):
    def step(lab, case):
        heard(lab, name, count)
    return step


def peer_said(words):
    def step(lab, case):
        said(lab, words)
    return step


def ping(lab, case):
    """--tun brings its addresses and routes itself."""
    traffic.both_ways(lab, TUN, lossy=case.rule is not None)


def peer_speaks_first(lab, case):
    """A datagram of the peer's, then an answer."""
    socks = [traffic.udp(lab.wires.ours, traffic.NEAR, 7001), traffic.udp(lab.wires.peer, traffic.FAR, 7002)]
    try:
        need(traffic.arrives(socks[1], socks[0], (traffic.NEAR, 7001), b"from there"), "the peer's does not reach us")
        need(traffic.arrives(socks[0], socks[1], (traffic.FAR, 7002), b"from here"), "ours does not reach the peer")
    finally:
        for s in socks:
            s.close()


def ping_six(lab, case):
    traffic.both_ways(lab, TUN, near="fd00:1::1", far="fd00:2::1")


def ping_virtual(lab, case):
    """From the address that the other end gave."""
    sa = lab.peer.sas()[0]
    if case.by == "us":
        traffic.both_ways(lab, TUN, near=sa["remote-vips"][0])
    else:
        traffic.both_ways(lab, TUN, far=sa["local-vips"][0])


def packets_file(lab, near=traffic.NEAR, far=traffic.FAR, count=40):
    """A capture (RAW) of UDP packets from our network to the peer's, and its packets."""
    def address(text):
        return bytes(map(int, text.split(".")))
    ips = [relay.udp_packet(address(near), address(far), 7001, 7002, b"%d " % i * (i * 8 + 1)) for i in range(count)]
    with open(lab.folder + "/in.pcap", "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i, p in enumerate(ips):
            f.write(struct.pack("<IIII", 1700000000, i, len(p), len(p)) + p)
    return ips


def packets_prepare(lab, case):
    if not os.path.exists(lab.folder + "/in"):
        os.mkfifo(lab.folder + "/in")
    lab.pipe = os.open(lab.folder + "/in", os.O_RDWR)	# neither end waits for the other
    if os.path.exists(lab.folder + "/out"):
        os.remove(lab.folder + "/out")


def packets_through(lab, case):
    """--packets-in and --packets-out: all go to the peer; its answers come back; what is outside the selectors stays."""
    ips = packets_file(lab)
    tap = traffic.Tap(lab.wires.peer, "ipsec0")
    sink = traffic.udp(lab.wires.peer, traffic.FAR, 7002)
    try:
        outside = relay.udp_packet(bytes([10, 77, 0, 1]), bytes([10, 2, 0, 1]), 7001, 7002, b"outside")
        with open(lab.folder + "/in.pcap", "rb") as have:
            os.write(lab.pipe, have.read())
        os.write(lab.pipe, struct.pack("<IIII", 1700000001, 0, len(outside), len(outside)) + outside)
        got = []
        for i in range(len(ips)):
            need(select.select([sink], [], [], 20)[0], "only %d of %d came", i, len(ips))
            body, where = sink.recvfrom(65536)
            got.append(body)
            sink.sendto(body[::-1], where)
        need(sorted(got) == sorted(p[28:] for p in ips), "other octets came")
        until(lambda: len(came(lab)) >= len(ips), "all answers in --packets-out")
        seen = tap.packets((7001, 7002))
        need(sorted(p for p in seen if p[20:22] == struct.pack(">H", 7001)) == sorted(ips), "inner packets differ")
        need(sorted(p for p in seen if p[20:22] == struct.pack(">H", 7002)) == sorted(came(lab)), "answers differ")
    finally:
        os.close(lab.pipe)
        tap.close()
        sink.close()


def came(lab):
    try:
        return [p for _, _, p, _ in pcaps.packets(lab.folder + "/out")]
    except (OSError, struct.error):
        return []			# not written yet, or just being written


def refused_by_peer(command, **message):
    def step(lab, case):
        try:
            lab.peer.vici.ask(command, message)
        except vici.Refused:
            return
        need(False, "%s was not refused", command)
    return step


def tshark_reads(lab, case):
    """The third judge: tshark opens all of the relay's capture with our key log (--keylog-format wireshark)."""
    lab.relay.save(lab.folder + "/wire.pcap")
    config = lab.folder + "/wireshark"
    os.makedirs(config, exist_ok=True)
    shutil.copy(lab.us.keylog, config + "/ikev2_decryption_table")
    shown = subprocess.run(["tshark", "-r", lab.folder + "/wire.pcap", "-Y", "isakmp", "-V"], capture_output=True,
                           env=dict(os.environ, WIRESHARK_CONFIG_DIR=config)).stdout.decode("utf-8", "replace")
    sealed = len([f for _, f, _ in lab.relay.frames() if f.ike is not None and f.exchange != 34])
    good = len(re.findall(r"Integrity Checksum Data.*\[correct\]", shown))
    need(good == sealed and sealed, "tshark opened %d messages of %d", good, sealed)
    need(" AUTH" in shown or "Authentication (39)" in shown, "tshark shows no AUTH")


def new_contact(lab, case):
    """We are gone without a word and come again: INITIAL_CONTACT ends what was before."""
    before = lab.peer.sas()[0]["uniqueid"]
    lab.us.process.kill()
    lab.us.close()
    cases.start(lab, case)
    need(lab.us.wait_sas(2 * case.children), "nothing came up again")
    until(lambda: [sa["uniqueid"] for sa in lab.peer.sas()] not in ([before], []) and len(lab.peer.sas()) == 1,
          "the end of the old IKE SA at charon")
    settled_again(lab, case)


def peer_new_contact(lab, case):
    """charon is gone without a word and comes again: our responder forgets what was before."""
    lab.peer.process.kill()
    lab.peer.process.wait()
    lab.restart_peer(cases.setup_of(lab, case))
    lab.peer.initiate("net")
    need(lab.us.wait_sas(4), "nothing came up again")
    heard(lab, "deleted")
    settled_again(lab, case)


def peer_at(address):
    """charon sees us there."""
    def step(lab, case):
        until(lambda: lab.peer.sas()[0]["remote-host"] == address, "our new address at charon")
    return step


def settled_none(lab, case):
    settled(lab, 1, 0)


def peer_moves(lab, case):
    """charon's address goes; it has another one (MOBIKE)."""
    lab.wires.peer.ip("addr del 192.0.2.2/24 dev eth0")
    try:
        heard(lab, "moved")
        until(lambda: lab.peer.sas()[0]["local-host"] == "192.0.2.4", "charon's new address")
        lab.peer.vici.ask("rekey", {"child": "net"})
        heard(lab, "child-rekeyed")
        settled_again(lab, case)
    finally:
        lab.wires.peer.ip("addr add 192.0.2.2/24 dev eth0", "addr del 192.0.2.4/24 dev eth0",
                          "addr add 192.0.2.4/24 dev eth0")
