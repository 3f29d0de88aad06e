"""What the command line promises beside negotiating: when it ends, and with what; its files; how tools go on from them."""
import json
import os
import subprocess

import case as judge
import creds
import steps
import traffic
from case import Case
from lab import conn, need

TUN = ["--tun", steps.TUN]
DEAD = ["--dpd", "1", "--retransmit", "0.2", "--tries", "2"]


def ends_by_itself(lab, case):
    """Without --hold: what was asked for came up, then it is deleted."""
    need(lab.us.stop(sign=0) == 0, "exit status: %s", lab.us.said())
    need(len(lab.us.sas()) == 2, "%d descriptors", len(lab.us.sas()))
    need(not lab.peer.sas(), "charon still has the IKE SA")


def interrupted(lab, case):
    need(lab.us.stop(sign=2) == 0, "exit status after SIGINT: %s", lab.us.said())
    need(not lab.peer.sas(), "charon still has the IKE SA")


def peer_dies(lab, case):
    """Without a word: DPD finds it out."""
    lab.peer.process.kill()
    lab.peer.process.wait()
    need(lab.us.wait_event("failed"), "nothing was told")
    ids = [r["id"] for x in lab.us.events("failed") for r in x["reasons"]]
    need("peer-gone" in ids, "told as %s", ids)
    need(lab.us.wait_event("child-down"), "the child is still up")
    status = lab.us.stop(sign=0 if case.by == "us" else 15)
    need(status == 1, "exit status %s", status)


def told_by_bytes(lab, case):
    """--rekey-child 5kB: traffic brings new children."""
    for _ in range(3):
        traffic.both_ways(lab, steps.TUN)
    steps.heard(lab, "child-rekeyed")
    steps.settled_again(lab, case)
    traffic.both_ways(lab, steps.TUN)


def files_agree(lab, case):
    """--save has what went over the wire; decode opens it with --keylog and finds the same SAs; decap opens the ESP."""
    steps.ping(lab, case)
    inner = seen_inside(lab)
    need(lab.us.stop() == 0, "exit status: %s", lab.us.said())
    wire = sorted(bytes(f.data[14:]) for _, f, _ in lab.relay.frames() if f.udp is not None)
    saved = [p for _, _, p, _ in steps.pcaps.packets(lab.us.capture)]
    ike = sorted(udp_body(p) for p in wire if not is_esp(p))
    need(sorted(udp_body(p) for p in saved if not is_esp(p)) == ike, "--save differs from the wire: %d, %d",
         len(saved), len(ike))
    lab.relay.save(lab.folder + "/wire.pcap")
    shown = run(lab, "ipsec-ike", "decode", "-q", "--print-sa", "--keys", lab.us.keylog, "-r", lab.us.capture)
    found = {(judge.number(d["spi"]), d["encr_key"]) for d in map(json.loads, shown.splitlines()) if d.get("type",
                                                                                                           "sa") == "sa"}
    need(found == {(judge.number(d["spi"]), d["encr_key"]) for d in lab.us.sas()}, "decode prints other SAs")
    lab.us.raw(lab.folder + "/sa.json")
    run(lab, "ipsec-decap", "-q", "-s", lab.folder + "/sa.json", "-r", lab.folder + "/wire.pcap", "-w",
        lab.folder + "/inner.pcap", "--link", "raw")
    opened = {p for _, _, p, _ in steps.pcaps.packets(lab.folder + "/inner.pcap")}
    need(inner and inner <= opened, "ipsec-decap opens %d packets, %d were inside", len(opened), len(inner))


def seen_inside(lab):
    """A few datagrams, as the peer's TUN device gave them out."""
    tap = traffic.Tap(lab.wires.peer, "ipsec0")
    socks = [traffic.udp(lab.wires.ours, traffic.NEAR, 7001), traffic.udp(lab.wires.peer, traffic.FAR, 7002)]
    try:
        for n in (3, 300, 900):
            need(traffic.arrives(socks[0], socks[1], (traffic.FAR, 7002), b"x" * n), "nothing arrives")
        return set(tap.packets((7001,)))
    finally:
        for s in [tap, *socks]:
            s.close()


def is_esp(ip):
    body = ip[28:]
    return 4500 in (int.from_bytes(ip[20:22], "big"), int.from_bytes(ip[22:24], "big")) and body[:4] != bytes(4)


def udp_body(ip):
    return ip[28:]


def run(lab, tool, *options):
    done = subprocess.run([os.path.join(lab.tools, tool), *options], capture_output=True, text=True)
    need(done.returncode == 0, "%s: %s", tool, done.stderr[-300:])
    return done.stdout


MANY = 12


def crowd(lab, case):
    """Many clients at once, from one address: each gets its own address, all stay."""
    for i in range(MANY):		# charon does not wait for one before it begins the next
        lab.peer.vici.ask("initiate", {"child": "net", "ike": "c%d" % i, "timeout": "-1"})
    need(lab.us.wait_sas(2 * (MANY + 1)), "%d descriptors", len(lab.us.sas()))
    steps.until(lambda: len(judge.established(lab)) == MANY + 1, "charon's end of all")
    sas = judge.established(lab)
    need(len({sa["local-vips"][0] for sa in sas}) == len(sas) == MANY + 1, "addresses were given twice: %s",
         [sa["local-vips"] for sa in sas])
    for sa in sas:
        judge.same_keys(lab, sa)


def crowd_conns():
    out = {}
    for name in ["peer"] + ["c%d" % i for i in range(MANY)]:
        out[name] = conn(local={"id": name + "@example.org"}, child={"local_ts": ["dynamic"]}, vips=["0.0.0.0"])
    return out


def cases():
    yield Case("crowd", "peer", ["--id", creds.ME, "--psk-file", "@psk", "--pool", "10.9.0.0/24", "--ts",
                                 "10.1.0.0/16=dynamic"],
               auth=False, ts=False, setup={"conns": crowd_conns(), "shared": [("IKE", creds.SECRET,
                                                                                ["%any"])]}, then=(crowd,))

    yield Case("no-hold", "us", ["--hold", "0.01"], then=(ends_by_itself,), leaves=False, moving=True)
    yield Case("interrupted", "us", then=(interrupted,), leaves=False)
    yield Case("sessions", "peer", ["--sessions", "1", "--hold", "0.01"], then=(ends_by_itself,), leaves=False,
               moving=True)
    for by in ("us", "peer"):
        yield Case("peer-dies-" + by, by, DEAD, then=(peer_dies,), leaves=False)
        yield Case("rekey-by-octets-" + by, by, [*TUN, "--rekey-child", "5kB"], then=(told_by_bytes,))
        yield Case("rekey-by-packets-" + by, by, [*TUN, "--rekey-child", "10p"], then=(told_by_bytes,))
        yield Case("files-" + by, by, TUN, then=(files_agree,), leaves=False)
    # a name of each kind that charon has
    for name, me, gw in (("keyid", "keyid:me", "keyid:gw"), ("dn", "CN=me", "CN=gw"), ("address", "192.0.2.1",
                                                                                       "192.0.2.2"),
                         ("email", "me@example.org", "gw@example.org")):
        for by in ("us", "peer"):
            yield Case("psk-id-%s-%s" % (name, by), by, ["--id", me, "--remote-id", gw],
                       conn(local={"id": gw}, remote={"id": me}), {"shared": [("IKE", creds.SECRET, [me, gw])]})
