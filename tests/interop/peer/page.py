"""page - the examples of ipsec-ike(1) against libreswan and OpenIKED: their configurations, as they stand there, fit our side.

ipsec-ike match reads them; manual.py runs those against strongSwan.
"""
import os
import re
import subprocess

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


def option(command, name):
    return re.search(r"--%s (\S+)" % name, command).group(1)


def match(lab, title, name):
    """Their configuration, and ours as swanctl.conf of the page's other end."""
    folder, page = folder_of(lab), blocks(title)
    path = write(folder, name, page[0])
    swanctl, command = blocks("Against strongSwan")[:2]
    if len(page) > 1 and "initiate" in page[1]:
        command = page[1]
    mirror = {"192.0.2.2": "192.0.2.1", "192.0.2.1": "192.0.2.2", "gw.example": "me@example",
              "me@example": "gw.example",
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
    for name, title, conf in (("libreswan", "Against libreswan", "ipsec.conf"), ("openiked", "Against OpenIKED",
                                                                                 "iked.conf")):
        yield Case("page-" + name, "page", prepare=lambda lab, title=title, conf=conf: match(lab, title, conf))
