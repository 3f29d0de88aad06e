"""guest.py MODULES - inside User-Mode Linux: its modules, then job.sh, then the end."""
import ctypes
import os
import subprocess
import sys

MODULES = """veth ipv6 tun af_key esp4 esp6 xfrm4_tunnel xfrm_user hmac drbg authenc echainiv seqiv cbc ctr gcm ccm ghash-generic
 sha512_generic""".split()
POWER_OFF, FINIT_MODULE = 0x4321fedc, 313	# reboot(2); x86-64's number of finit_module(2)
libc = ctypes.CDLL(None, use_errno=True)


def load(top):
    needs, done = {}, set()
    for line in open(top + "modules.dep"):
        name, rest = line.split(":")
        needs[os.path.basename(name)[:-3]] = rest.split()[::-1] + [name]
    for path in [p for m in MODULES for p in needs.get(m, [])]:
        if path not in done:
            done.add(path)
            with open(top + path) as f:
                libc.syscall(FINIT_MODULE, f.fileno(), b"", 0)


try:
    load("%s/%s/" % (sys.argv[1], os.uname().release))
    with open("out", "w") as out:
        subprocess.run(["sh", "job.sh"], stdout=out, stderr=out, timeout=180)
finally:
    sys.stdout.flush()
    os.sync()
    libc.reboot(POWER_OFF)
