"""guest.py MODULES - runs inside User-Mode Linux as its first process, in the job's folder.

Reads jobs.json, one job a line, and writes results.json, one line for each job as it ends:

  job     {"name", "ends": [IPsec's own addresses], "setup": [SAs and policies, as lines for ip -batch],
           "udp": [ports], "send": [IP packets in hex]}
          or {"name", "states": [shell commands that add SAs]}
  result  {"name", "got": [IP packets in hex], "forwarded": N, "counters": {"XfrmInError": N, ...}}
          or {"name", "states": what `ip -s xfrm state` prints}, or {"name", "error": why}

"got" are the packets that came out of IPsec, those between the layers of a bundle too.  "counters" says
by how much the lines of xfrm_stat and IP's of snmp and snmp6 rose.
"""
import ctypes
import json
import os
import sys

import net

# Dependencies come from modules.dep.
MODULES = """veth dummy ipv6 esp4 esp6 ah4 ah6 ipcomp ipcomp6 xfrm4_tunnel xfrm6_tunnel xfrm_user
 hmac drbg authenc authencesn echainiv seqiv cbc ecb ctr gcm ccm ghash-generic cmac xcbc des_generic
 blowfish_generic cast5_generic camellia_generic serpent_generic twofish_generic chacha20poly1305
 chacha_generic poly1305_generic rmd160 sha512_generic deflate
 iptable_mangle ip6table_mangle xt_policy xt_NFLOG nfnetlink_log""".split()
POWER_OFF, FINIT_MODULE = 0x4321fedc, 313	# reboot(2); x86-64's number of finit_module(2)

libc = ctypes.CDLL(None, use_errno=True)


def load_modules(top):
    """Without kmod, which the machine may lack."""
    top += "/" + os.uname().release + "/"
    needs, done = {}, set()
    for line in open(top + "modules.dep"):
        name, rest = line.split(":")
        needs[os.path.basename(name)[:-3]] = rest.split()[::-1] + [name]
    for module in MODULES:
        if module not in needs:
            print("no module %s: built in, or jobs will fail" % module)
        for path in needs.get(module, []):
            if path not in done:
                done.add(path)
                with open(top + path) as f:
                    if libc.syscall(FINIT_MODULE, f.fileno(), b"", 0) != 0:
                        print("%s: %s" % (path, os.strerror(ctypes.get_errno())))


def main():
    load_modules(sys.argv[1])
    space = None
    with open("jobs.json") as jobs, open("results.json", "w") as results:
        for line in jobs:
            job = json.loads(line)
            try:
                space = space or net.Net()
                result, again = space.states(job) if "states" in job else space.work(job), space.is_clean()
            except (OSError, RuntimeError) as e:
                result, again = {"name": job["name"], "error": str(e)}, False
            if space and not again:
                space.close()
                space = None
            results.write(json.dumps(result) + "\n")
            results.flush()


try:
    main()
except BaseException:
    sys.excepthook(*sys.exc_info())
finally:
    sys.stdout.flush()
    sys.stderr.flush()
    os.sync()
    libc.reboot(POWER_OFF)
