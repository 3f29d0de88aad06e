"""page - the examples against strongSwan of ipsec-ike(1), as they stand there: its swanctl.conf, both of our commands.

Those against libreswan and OpenIKED are held against our side by ipsec-ike match, which reads their configurations.
"""
import os
import re
import subprocess

import ours
import vici
from case import Case
from lab import need

PAGE = "man/ipsec-ike.1"


def blocks(title):
    """The literal texts of a subsection."""
    with open(PAGE, encoding="utf-8") as f:
        part = re.split(r"\n\.S[sh] ", f.read().split(".Ss %s\n" % title)[1])[0]
    return [b.replace("\\e", "\\") for b in re.findall(r"\.Bd -literal[^\n]*\n(.*?)\.Ed", part, re.S)]


def folder_of(lab):
    folder = lab.folder + "/page"
    os.makedirs(folder, exist_ok=True)
    return folder


def write(folder, name, text):
    with open(folder + "/" + name, "w") as f:
        f.write(text)
    os.chmod(folder + "/" + name, 0o600)
    return folder + "/" + name


def shell(lab, folder, text):
    return ["env", "PATH=%s:%s" % (lab.tools, os.environ["PATH"]), "sh", "-c", "cd %s && %s" % (folder, text)]


def begin(lab):
    """charon has what the page tells to put into swanctl.conf."""
    folder, page = folder_of(lab), blocks("Against strongSwan")
    need(len(page) == 3, "%d literal texts, wanted a configuration and two commands", len(page))
    lab.begin("plain", {"conns": {}})
    path = write(folder, "swanctl.conf", page[0])
    done = subprocess.run(["swanctl", "--load-all", "--noprompt", "--file", path, "--uri",
                           "unix://%s/vici.sock" % lab.peer.folder], capture_output=True, text=True,
                          env=dict(os.environ, SWANCTL_DIR=folder, PATH=os.environ["PATH"] + ":/usr/sbin",
                                   STRONGSWAN_CONF=lab.peer.folder + "/strongswan.conf"))
    need(done.returncode == 0 and "toolkit" in done.stdout, "swanctl: %s%s", done.stdout[-300:], done.stderr[-300:])
    return folder, page


def initiate(lab):
    folder, page = begin(lab)
    done = lab.wires.ours.run(*shell(lab, folder, page[1]), check=False)
    need(done.returncode == 0, "the command ends with %d: %s", done.returncode, done.stderr[-600:])
    with open(folder + "/sa.json") as f:
        need(len(f.readlines()) == 2, "sa.json has not two descriptors")
    need("CHILD_SA net" in lab.peer.log(), "charon has no child net")
    need(not lab.peer.sas(), "charon still has the IKE SA")


def respond(lab):
    folder, page = begin(lab)
    write(folder, "psk", "correct horse battery staple\n")
    lab.us = ours.Ours(lab.wires.ours, shell(lab, folder, "exec " + page[2].lstrip()), folder)
    need(lab.us.wait_event("listening"), "it does not listen: %s", lab.us.said()[-300:])
    try:
        lab.peer.initiate("net", ike="toolkit")
    except vici.Refused as e:
        need(False, "charon: %s", e)
    need(lab.us.wait_sas(2), "no descriptors: %s", lab.us.said()[-300:])
    need(lab.us.stop() == 0, "it does not end with 0: %s", lab.us.said()[-300:])
    need(not lab.peer.sas(), "charon still has the IKE SA")


def option(command, name):
    return re.search(r"--%s (\S+)" % name, command).group(1)


def match(lab, title, name):
    """Their configuration, and ours as swanctl.conf of the page's other end."""
    folder, page = folder_of(lab), blocks(title)
    path = write(folder, name, page[0])
    swanctl, command = blocks("Against strongSwan")[:2]
    if len(page) > 1 and "initiate" in page[1]:
        command = page[1]
    mirror = {"192.0.2.2": "192.0.2.1", "192.0.2.1": "192.0.2.2", "gw.example": "me@example", "me@example": "gw.example",
              "10.2.0.0/24": "10.1.0.0/24", "10.1.0.0/24": "10.2.0.0/24"}
    ours_conf = re.sub("|".join(map(re.escape, mirror)), lambda m: mirror[m.group()], swanctl)
    ours_conf = re.sub(r"esp_proposals = \S+", "esp_proposals = " + option(command, "esp"), ours_conf)
    ours_conf = re.sub(r"( proposals) = \S+", r"\1 = " + option(command, "proposal"), ours_conf)
    done = subprocess.run([lab.tools + "/ipsec-ike", "match", write(folder, "ours.conf", ours_conf), path],
                          capture_output=True, text=True)
    need(done.returncode == 0, "ipsec-ike match ends with %d: %s%s", done.returncode, done.stdout, done.stderr)


def play(lab, case):
    case.prepare(lab)


def cases():
    for name, what in (("initiate", initiate), ("respond", respond),
                       ("libreswan", lambda lab: match(lab, "Against libreswan", "ipsec.conf")),
                       ("openiked", lambda lab: match(lab, "Against OpenIKED", "iked.conf"))):
        yield Case("page-" + name, "page", prepare=what)
