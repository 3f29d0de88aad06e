"""charon - strongSwan's daemon in a namespace, driven by vici; what its log says of keys.

Connections, secrets and certificates are loaded for each case and unloaded after it.  The families are
the settings that the daemon reads only when it starts.
"""
import os
import re
import subprocess
import time

import vici

SKIP = ("tpm pkcs11 test-vectors stroke bypass-lan eap-radius eap-aka eap-tnc tnc-tnccs ha dhcp farp led lookip "
        "certexpire counters unity error-notify addrblock connmark forecast ldap curl dnskey rdrand agent "
        "xauth-eap xauth-pam").split()

CONF = """charon-systemd {
  load_modular = yes
  install_routes = yes
  max_packet = 30000
  block_threshold = 0
  half_open_timeout = 20
  retransmit_timeout = 1.0
  retransmit_base = 1.2
  retransmit_tries = 8
  %(opts)s
  plugins {
    include /etc/strongswan.d/charon/*.conf
    kernel-libipsec {
      load = yes
    }
    vici {
      socket = unix://%(dir)s/vici.sock
    }
    eap-gtc {
      load = yes
      backend = generic
    }
    resolve {
      load = yes
      file = %(dir)s/resolv.conf
    }
    %(skip)s
  }
  filelog {
    peer {
      path = %(dir)s/charon.log
      append = no
      flush_line = yes
      ike_name = yes
      default = 1
      ike = 4
      chd = 4
      enc = 1
      cfg = 2
    }
  }
  journal {
    default = -1
  }
}
charon {
  load_modular = yes
  plugins {
    include /etc/strongswan.d/charon/*.conf
  }
}
"""
FAMILIES = {
    "plain": "",
    "pss": "rsa_pss = yes",
    "old": "signature_authentication = no",
    "cookie": "cookie_threshold = 1\n  half_open_timeout = 120",
    "small": "fragment_size = 400",
    "make-first": "make_before_break = yes",
    "lossy": "retransmit_timeout = 0.4\n  retransmit_base = 1.1\n  retransmit_tries = 15",
}
LINE = re.compile(r"^(?:[A-Z][a-z]{2} .{12} )?(\d\d)\[([A-Z]{3})\] (?:<([^>]*)> )?(.*)$")
ROW = re.compile(r"^ *\d+: ((?:[0-9A-F]{2} ?)+)")


class Charon:
    def __init__(self, space, folder, family):
        self.folder, self.family = folder, family
        os.makedirs(folder, exist_ok=True)
        for name in ("vici.sock", "charon.log"):
            if os.path.exists(folder + "/" + name):
                os.remove(folder + "/" + name)
        skip = "\n    ".join("%s {\n      load = no\n    }" % name for name in SKIP)
        with open(folder + "/strongswan.conf", "w") as f:
            f.write(CONF % dict(dir=folder, skip=skip, opts=FAMILIES[family]))
        self.out = open(folder + "/charon.out", "w")
        self.process = subprocess.Popen(space.command("charon-systemd"), stdout=self.out, stderr=self.out,
                                        stdin=subprocess.DEVNULL,
                                        env=dict(os.environ, STRONGSWAN_CONF=folder + "/strongswan.conf",
                                                 SWANCTL_DIR=folder))
        until = time.monotonic() + 60
        while True:
            try:
                self.vici = vici.Vici(folder + "/vici.sock")
                self.vici.ask("stats")
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("charon does not come up: " + open(folder + "/charon.out").read()[-800:])
                time.sleep(0.02)
        self.loaded = []
        self.mark = 0

    def close(self):
        self.vici.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.out.close()

    def begin(self, setup):
        """A case begins.  setup: {"conn": {...}, "shared": [...], "keys": [...], "certs": [...], "pools": {...}}"""
        self.clear()
        self.mark = os.path.getsize(self.folder + "/charon.log")
        self.vici.ask("flush-certs")
        self.vici.ask("clear-creds")
        for path in setup.get("keys", ()):
            self.vici.ask("load-key", {"type": "any", "data": open(path, "rb").read()})
        for kind, flag, path in setup.get("certs", ()):
            self.vici.ask("load-cert", {"type": kind, "flag": flag, "data": open(path, "rb").read()})
        for kind, data, owners in setup.get("shared", ()):
            self.vici.ask("load-shared", {"type": kind, "data": data, "owners": owners})
        for name, pool in setup.get("pools", {}).items():
            self.vici.ask("load-pool", {name: pool})
        for name, conn in setup["conns"].items():
            self.vici.ask("load-conn", {name: conn})

    def clear(self):
        """No connection, no SA; the log stays."""
        for name in self.vici.ask("get-conns").get("conns", []):
            self.vici.ask("unload-conn", {"name": name})
        for _, sa in self.vici.sas():
            try:
                self.vici.ask("terminate", {"ike-id": sa["uniqueid"], "force": "yes", "timeout": "-1"})
            except vici.Refused:
                pass
        until = time.monotonic() + 10
        while self.vici.sas() and time.monotonic() < until:
            time.sleep(0.01)
        for name in self.vici.ask("get-pools"):
            self.vici.ask("unload-pool", {"name": name})

    def log(self):
        """What was logged since the case began."""
        with open(self.folder + "/charon.log", "rb") as f:
            f.seek(self.mark)
            return f.read().decode("latin-1")

    def initiate(self, child, ike="peer", timeout=20000):
        """Refused, with charon's words, when it does not come up."""
        self.vici.ask("initiate", {"child": child, "ike": ike, "timeout": str(timeout), "loglevel": "-1"}
                      if child else {"ike": ike, "timeout": str(timeout), "loglevel": "-1"})

    def sas(self):
        return [sa for _, sa in self.vici.sas()]


def secrets(text):
    """[(thread, what, hex)] of all that the log dumps, in order; threads write at the same time."""
    out, here = [], {}
    for line in text.splitlines():
        m = LINE.match(line)
        if not m:
            continue
        thread, said = m[1], m[4]
        row = ROW.match(said)
        if row and thread in here:
            here[thread][2] += row[1].replace(" ", "").lower()
        elif " => " in said and " bytes @ " in said:
            here[thread] = [thread, said.split(" => ")[0], ""]
            out.append(here[thread])
        elif " SPI 0x" in said or said.strip().startswith(("adding ", "registering ", "using ")):
            out.append([thread, "say", said.strip()])
    return out


def ike_keys(text):
    """[{"sk_d": hex, ...}] of each IKE SA, in the order they were made."""
    sets, here = [], {}
    for thread, what, value in secrets(text):
        if what == "SKEYSEED":
            here[thread] = {"skeyseed": value}
            sets.append(here[thread])
        elif thread in here and what.startswith("Sk_") and what.endswith(" secret"):
            here[thread]["sk_" + what[3:5].rstrip()] = value
    return sets


def child_keys(text):
    """{SPI: (way, {("encryption", "initiator"): hex, ...})} of every CHILD_SA, both directions."""
    out, keys, way = {}, {}, {}
    for thread, what, value in secrets(text):
        m = re.match(r"(encryption|integrity) (initiator|responder) key$", what)
        if m:
            mine = keys.setdefault(thread, {})
            if (m[1], m[2]) in mine and m[1] == "encryption":
                mine = keys[thread] = {}
            mine[m[1], m[2]] = value
        elif what == "say":
            m = re.match(r"(?:adding|registering) (inbound|outbound) ESP SA", value)
            way[thread] = m[1] if m else way.get(thread)
            m = re.match(r"SPI 0x([0-9a-f]+), src", value)
            if m and way[thread]:
                out.setdefault("0x%08x" % int(m[1], 16), (way[thread], dict(keys.get(thread, {}))))
    return out
