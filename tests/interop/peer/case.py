"""case - one negotiation: what both ends are told, what must come of it, and the judges of that."""
import json
import signal
import time
from dataclasses import dataclass, field

import charon
import creds
import lab as labs
import relay
import vici
from lab import need


@dataclass
class Case:
    name: str
    by: str				# who initiates: "us" or "peer"
    ours: list = field(default_factory=list)	# our options beside those of base()
    conn: dict = field(default_factory=dict)	# of labs.conn()
    setup: dict = field(default_factory=dict)	# keys, certs, shared, pools: names of files in creds
    family: str = "plain"
    auth: bool = True			# False: the options name how we authenticate themselves
    ts: bool = True			# False: the options have --ts, or there is none
    rule: object = None			# of the relay; a function that makes one
    want: dict = field(default_factory=dict)	# what charon's list of SAs must say of the IKE SA
    want_child: dict = field(default_factory=dict)
    children: int = 1
    prepare: object = None		# before either end begins: prepare(lab, case)
    then: tuple = ()			# steps once all is up: step(lab, case)
    refused: tuple = ()			# our end must fail, with one of these ids
    late: bool = False			# charon refuses what we answered: it was up for a moment
    peer_says: str = ""			# charon's log must hold this
    hosts: tuple = (labs.PEER, labs.OURS)	# where we initiate to; where we listen
    initiate: str = "net"		# charon's child; "": the IKE SA alone
    moving: bool = False		# our options change at once what came up
    native: bool = True			# our key log is of our own format
    leaves: bool = True			# ends with our SIGTERM, a delete, and status 0


def base(lab, case):
    """Our options that nearly all cases share."""
    out = [case.hosts[0], "--hold", "forever"] if case.by == "us" else ["--listen", case.hosts[1]]
    out += ["--id", creds.ME, "--remote-id", creds.GW] if case.auth else []
    out += ["--psk-file", lab.creds("psk")] if case.auth else []
    out += ["--ts", "%s=%s" % (labs.OUR_NET, labs.PEER_NET)] if case.ts else []
    return out


def given(lab, words):
    """@NAME is a file of the credentials, %NAME one of the lab's folder."""
    return [lab.creds(w[1:]) if w.startswith("@") else lab.folder + "/" + w[1:] if w.startswith("%") and w != "%any" else w
            for w in words]


def blob(lab, value):
    """The same connection with files in place of "@NAME"."""
    if isinstance(value, dict):
        return {k: blob(lab, v) for k, v in value.items()}
    if isinstance(value, list):
        return [blob(lab, v) for v in value]
    if isinstance(value, str) and value.startswith("@"):
        with open(lab.creds(value[1:]), "rb") as f:
            return f.read()
    return value


def setup_of(lab, case):
    s = dict(case.setup)
    s["keys"] = [lab.creds(n) for n in s.get("keys", ())]
    s["certs"] = [(kind, flag, lab.creds(n)) for kind, flag, n in s.get("certs", ())]
    s.setdefault("shared", [("IKE", creds.SECRET, [creds.ME, creds.GW])])
    s.setdefault("conns", {"peer": case.conn or labs.conn()})
    s["conns"] = blob(lab, s["conns"])
    return s


def start(lab, case):
    lab.run_ours("initiate" if case.by == "us" else "respond", *base(lab, case), *given(lab, case.ours))


def begin(lab, case):
    """Both ends start; charon's refusal, in words, or None."""
    lab.begin(case.family, setup_of(lab, case), case.rule() if case.rule else relay.straight)
    if case.prepare:
        case.prepare(lab, case)
    start(lab, case)
    if case.by == "us":
        return None
    try:
        lab.peer.initiate(case.initiate)
    except vici.Refused as e:
        return str(e)
    return None


def play(lab, case):
    """Raises Failed."""
    said = begin(lab, case)
    if case.refused or case.peer_says and not case.leaves:
        refusal(lab, case, said)
        return
    need(said is None, "charon: %s", said)
    count = 2 * case.children
    need(lab.us.wait_sas(count), "%d descriptors, wanted %d", len(lab.us.sas()), count)
    if not case.moving:
        up(lab, case)
    for step in case.then:
        step(lab, case)
    need(case.peer_says in lab.peer.log(), "charon does not say %s", case.peer_says)
    if case.leaves:
        leave(lab, case)
    need(lab.relay.trouble is None, "the relay: %s", lab.relay.trouble)


def established(lab):
    """Not half open ones, and not those whose end charon still tells."""
    return [sa for sa in lab.peer.sas() if sa["state"] == "ESTABLISHED"]


def up(lab, case):
    """What both ends say of the SAs is the same."""
    sas = established(lab)
    need(len(sas) == 1, "charon has %d IKE SAs", len(sas))
    sa = sas[0]
    for key, value in case.want.items():
        need(sa.get(key) == value, "charon's %s is %s, wanted %s", key, sa.get(key), value)
    need(len(sa["child-sas"]) == case.children, "charon has %d children", len(sa["child-sas"]))
    for child in sa["child-sas"].values():
        for key, value in case.want_child.items():
            need(child.get(key) == value, "charon's child has %s %s, wanted %s", key, child.get(key), value)
    if case.native:
        same_keys(lab, sa)


def number(text):
    return "0x%x" % int(text, 16)


def same_keys(lab, sa):
    """SPIs and keys of the IKE SA and of every child: our key log and descriptors, charon's list and log."""
    log = lab.peer.log()
    with open(lab.us.keylog) as f:
        ours = [json.loads(line) for line in f]
    mine = [k for k in ours if number(k["spi_i"]) == number(sa["initiator-spi"]) and
            number(k["spi_r"]) == number(sa["responder-spi"])]
    need(len(mine) == 1, "%d lines in our key log for charon's IKE SA", len(mine))
    theirs = [k for k in charon.ike_keys(log) if k["sk_d"] == mine[0]["sk_d"]]
    need(theirs, "charon's log has no such SK_d")
    del theirs[-1]["skeyseed"]		# gone as soon as the others are made of it
    for name, value in theirs[-1].items():
        need(mine[0].get(name, "") == value, "%s is not charon's", name)
    keys = charon.child_keys(log)
    for child in sa["child-sas"].values():
        for way, key in (("in", "spi-in"), ("out", "spi-out")):
            spi = number(child[key])
            got = [d for d in lab.us.sas() if number(d["spi"]) == spi]
            need(len(got) == 1, "%d descriptors with charon's SPI %s", len(got), spi)
            other = {"in": "out", "out": "in"}[way]
            need(got[0].get("dir") == other, "our SA %s is %s, charon's %s", spi, got[0].get("dir"), way)
            need("0x%08x" % int(child[key], 16) in keys, "charon's log has no keys of %s", spi)
        same_child_keys(lab, child, keys)


def same_child_keys(lab, child, keys):
    """Both directions' keys are charon's, one each: it calls them by who began the exchange."""
    made = keys["0x%08x" % int(child["spi-in"], 16)][1]
    ours = {}
    for key in ("spi-in", "spi-out"):
        ours[key] = [d for d in lab.us.sas() if number(d["spi"]) == number(child[key])][0]
    for what, name in (("encryption", "encr_key"), ("integrity", "integ_key")):
        want = {made.get((what, "initiator"), ""), made.get((what, "responder"), "")}
        got = [ours[k].get(name, "") for k in ("spi-in", "spi-out")]
        need(set(got) == want, "the children's %s is not charon's", name)


def leave(lab, case):
    status = lab.us.stop()
    need(status == 0, "our exit status is %s: %s", status, lab.us.said()[-300:])
    end = time.monotonic() + 10			# of a noisy path it may still come
    while case.rule and established(lab) and time.monotonic() < end:
        time.sleep(0.02)
    need(not established(lab), "charon still has the IKE SA after our delete")


def refusal(lab, case, said):
    """Nothing may come up, at either end, and ours says why."""
    if case.by == "peer":
        need(said is not None, "charon's connection came up")
    if case.refused:
        need(lab.us.wait(lambda o: o.events("failed", "child-refused")), "no refusal was told")
        ids = [r.get("id") for x in lab.us.events("failed", "child-refused") for r in x.get("reasons", [])]
        need(set(ids) & set(case.refused), "told as %s, wanted %s", ids, "/".join(case.refused))
    if case.late:
        need(lab.us.wait_event("child-down"), "the child did not go down again")
    else:
        need(not lab.us.sas(), "descriptors came up")
    # a refused child leaves the IKE SA, which --hold holds
    status = lab.us.stop(sign=0 if case.by == "us" and lab.us.events("failed") else signal.SIGTERM)
    need(status == (1 if case.refused else 0), "our exit status is %s", status)
    need(case.peer_says in lab.peer.log(), "charon does not say %s", case.peer_says)
    need(not established(lab), "charon has an IKE SA")
