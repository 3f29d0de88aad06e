#!/usr/bin/python3
"""run.py - the examples of ipsec-ike(1) against libreswan and OpenIKED, for real: in User-Mode Linux, whose kernel has the
IPsec that they need.

usage: run.py IPSEC-IKE [FOLDER]        FOLDER: where to keep packages and logs

Not a part of "make check": their packages are fetched by apt-get and unpacked, not installed (libreswan's conflicts with
strongSwan's).
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [HERE + "/..", HERE + "/../../interop/peer"]
import boot  # noqa: E402
import page  # noqa: E402

PACKAGES = ["libreswan", "openiked", "libldns3", "libevent-pthreads-2.1-7", "libunbound8"]
LIMIT = 200


def fetch(top):
    """Unpacked under top/root.  The tools of NSS have to be of the version that is installed."""
    nss = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libnss3"], capture_output=True, text=True).stdout
    for name in PACKAGES + ["libnss3-tools" + ("=" + nss if nss else "")]:
        subprocess.run(["apt-get", "download", name], cwd=top, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for deb in glob.glob(top + "/*.deb"):
        subprocess.run(["dpkg", "-x", deb, top + "/root"], check=True)


def lay_out(top, tool):
    os.makedirs(top + "/bin", exist_ok=True)
    shutil.copy(tool, top + "/bin/ipsec-ike")
    swan, libre, iked = (page.blocks("Against " + name) for name in ("strongSwan", "libreswan", "OpenIKED"))
    texts = {"ipsec.conf": libre[0], "ipsec.secrets": libre[1], "iked.conf": iked[0], "initiate.sh": swan[1],
             "respond.sh": "exec " + swan[2].lstrip(), "initiate-iked.sh": iked[1],
             # what the other end has is the same but for the child SA's algorithms
             "respond-iked.sh": "exec " + swan[2].lstrip().replace("aes256gcm16-ecp384", "aes256-sha512-ecp384")}
    for name, text in texts.items():
        with open(top + "/" + name, "w") as f:
            f.write(text)
    for name in ("init", "guest.py", "job.sh"):
        shutil.copy(HERE + "/" + name, top)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    top = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="others-")
    os.makedirs(top, exist_ok=True)
    if not os.path.isdir(top + "/root"):
        fetch(top)
    lay_out(top, sys.argv[1])
    command = [boot.LINUX, "mem=512M", "root=/dev/root", "rootfstype=hostfs", "ro", "quiet", "con=null", "con0=null,fd:1",
               "init=%s/init" % top, "uml_dir=" + top, "uml_mods=" + boot.MODULES]
    with open(top + "/console", "wb") as console:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, timeout=LIMIT)
    with open(top + "/out") as f:
        lines = [line for line in f.read().splitlines() if line.startswith(("ok ", "not ok "))]
    print("\n".join(lines))
    if len(lines) < 8 or any(line.startswith("not") for line in lines):
        print("not ok others: see %s/out" % top)
        return 1
    if len(sys.argv) < 3:
        shutil.rmtree(top)
    return 0


sys.exit(main())
