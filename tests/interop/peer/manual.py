"""manual - the examples of ipsec-ike(1) against strongSwan, run as they stand there."""
import os
import subprocess

import case as judge
import ours
from case import Case
from lab import need

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "man", "ipsec-ike.1")


def examples():
    """Literal texts of the section, in order: the configuration, a client, a server."""
    with open(PAGE) as f:
        text = f.read()
    text = text[text.index(".Ss Against strongSwan"):text.index(".Ss Against libreswan")]
    return [part[part.index("\n") + 1:part.index(".Ed")].replace("\\e",
                                                                 "\\") for part in text.split(".Bd -literal")[1:]]


def load(lab):
    """What begin() loads was of vici; this is a swanctl.conf."""
    conf = lab.folder + "/swanctl.conf"
    with open(conf, "w") as f:
        f.write(examples()[0])
    folder = lab.peer.folder
    done = subprocess.run(["swanctl", "--load-all", "--noprompt", "--file", conf, "--uri",
                           "unix://%s/vici.sock" % folder],
                          capture_output=True, text=True,
                          env=dict(os.environ, SWANCTL_DIR=folder, STRONGSWAN_CONF=folder + "/strongswan.conf"))
    need(done.returncode == 0 and "loaded connection 'toolkit'" in done.stdout, "swanctl: %s",
         done.stdout + done.stderr)


def run(lab, script):
    """As ours.Ours, a shell's in the lab's folder."""
    lab.us = ours.Ours(lab.wires.ours, ["env", "PATH=%s:%s" % (lab.tools, os.environ["PATH"]), "sh", "-ec",
                                        "cd '%s'\n%s" % (lab.folder, script)], lab.folder)


def play(lab, case):
    lab.begin("plain", {"conns": {}})
    load(lab)
    _, client, server = examples()
    run(lab, client)
    need(lab.us.stop(sign=0) == 0, "the client: %s", lab.us.said())
    with open(lab.folder + "/sa.json") as f:
        need(len(f.readlines()) == 2, "not two descriptors in sa.json")
    need(not lab.peer.sas(), "charon still has the IKE SA")
    run(lab, "exec " + server.strip())
    lab.await_responder()
    lab.peer.initiate("net", ike="toolkit")
    need(lab.us.wait_sas(2), "the server has no descriptors: %s", lab.us.said())
    need(len(judge.established(lab)) == 1, "charon has no IKE SA")
    need(lab.us.stop() == 0, "the server: %s", lab.us.said())


def cases():
    yield Case("manual-page", "manual")
