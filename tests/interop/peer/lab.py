"""lab - both namespaces, the relay between them and charon in the settings that a case asks for."""
import os
import time

import charon
import creds
import net
import ours
import relay

OUR_NET, PEER_NET = "10.1.0.0/16", "10.2.0.0/16"
OURS, PEER = "192.0.2.1", "192.0.2.2"


class Failed(Exception):
    """Why a case failed."""


def need(fine, why, *more):
    if not fine:
        raise Failed(why % more if more else why)


def conn(local=None, remote=None, child=None, **more):
    """A connection of charon's: PSK, a tunnel between both networks, and what is different."""
    auth = {"auth": "psk", "id": creds.GW}, {"auth": "psk", "id": creds.ME}
    out = {"version": "2", "local_addrs": [PEER], "remote_addrs": [OURS], "local": {**auth[0], **(local or {})},
           "remote": {**auth[1], **(remote or {})}, "mobike": "no",
           "children": {"net": {"local_ts": [PEER_NET], "remote_ts": [OUR_NET], **(child or {})}}}
    for name, value in more.items():
        out[name] = value
    return {key: value for key, value in out.items() if value is not None}


class Lab:
    def __init__(self, tools, shared, folder):
        self.tools, self.creds, self.folder = tools, shared, folder
        os.makedirs(folder, exist_ok=True)
        self.wires = net.Wires()
        self.relay = relay.Relay(self.wires.middle)
        self.peer, self.us = None, None

    def close(self):
        self.end()
        if self.peer:
            self.peer.close()
        self.relay.close()
        self.wires.close()

    def begin(self, family, setup, rule=relay.straight):
        """charon has this, and nothing is left of the case before."""
        self.end()
        if self.peer is None or self.peer.family != family or self.peer.process.poll() is not None:
            if self.peer:
                self.peer.close()
            self.peer = charon.Charon(self.wires.peer, self.folder + "/peer", family)
        self.peer.begin(setup)
        self.relay.begin(rule)

    def without_peer(self):
        """Its ports are free."""
        self.end()
        if self.peer:
            self.peer.close()
            self.peer = None

    def restart_peer(self, setup):
        """charon again, after it was killed; it knows nothing of before."""
        self.peer.close()
        self.peer = charon.Charon(self.wires.peer, self.folder + "/peer", self.peer.family)
        self.peer.begin(setup)

    def end(self):
        if self.us:
            self.us.close()
            self.us = None

    def run_ours(self, what, *options, listen=OURS, **more):
        """ipsec-ike initiate or respond."""
        base = ["--events", "--keylog", self.folder + "/ours.keys", "--save", self.folder + "/ours.pcap"]
        for name in ("ours.keys", "ours.pcap"):
            if os.path.exists(self.folder + "/" + name):
                os.remove(self.folder + "/" + name)
        self.us = ours.Ours(self.wires.ours, [self.tools + "/ipsec-ike", what, *base, *options], self.folder, **more)
        if what == "respond":
            self.await_responder()
        return self.us

    def await_responder(self):
        until = time.monotonic() + ours.LIMIT
        while not (self.wires.ours.listens(500) and self.wires.ours.listens(4500)):
            need(self.us.process.poll() is None and time.monotonic() < until, "does not listen: %s", self.us.said())
            time.sleep(0.01)

    def why(self):
        """What is known of a failure, for people."""
        us = self.us
        boring = ("proto", "encr_key", "integ_key", "mode", "local_port", "remote_port", "replay_window", "life",
                  "created", "type", "time", "session", "spi_i", "spi_r", "local", "remote", "initiator")
        lines = [] if us is None else [str({k: v for k,
                                            v in x.items() if k not in boring})[:400] for x in us.lines[-4:]]
        tail = [x for x in (self.peer.log().splitlines() if self.peer else []) if not charon.ROW.match((charon.LINE.match(x) or [0] * 5)[4] or "")
                and "CFG] vici" not in x and " => " not in x and " bytes @" not in x]
        return "\n   ".join(["", *lines, "" if us is None else us.said()[-1200:], *tail[-9:],
                             str(self.relay.trouble or "")])
