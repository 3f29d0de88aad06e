"""prove - the harness can fail: each wrong result below, and a guest that hangs, must be noticed."""
import copy
import os
import sys

import boot
import captures

CAPTURE = "tests/interop/kernel/esp-tun44-aes128gcm12"
COUNTERS = {"XfrmInError": 0, "XfrmInStateProtoError": 0, "XfrmInNoStates": 0}


def lost(r):
    r["got"].pop()


def one_more(r):
    r["got"].append(r["got"][0])


def order(r):
    r["got"][0], r["got"][1] = r["got"][1], r["got"][0]


def octet(r):
    r["got"][3] = r["got"][3][:-1] + "%x" % (int(r["got"][3][-1], 16) ^ 1)


def counter(r):
    r["counters"]["XfrmInError"] = 1


def refused(r):
    r["forwarded"] -= 1


def failed(r):
    r["error"] = "ip: no such algorithm"


def say(ok, name):
    print("%s uml harness: %s" % ("ok" if ok else "not ok", name))
    return ok


def main():
    case = captures.load(CAPTURE)
    good = {"name": case.name, "got": [p.hex() for p in case.want], "forwarded": len(case.want),
            "counters": dict(COUNTERS)}
    all_ok = [say(case.judge(good) is None, "what the kernel should say is taken")]
    for spoil in (lost, one_more, order, octet, counter, refused, failed):
        result = copy.deepcopy(good)
        spoil(result)
        all_ok.append(say(case.judge(result), "noticed: " + spoil.__name__))
    all_ok.append(say(case.judge(None), "noticed: no result"))
    wanted = copy.copy(case)
    wanted.counters = {"XfrmInNoStates": 1}
    all_ok.append(say(wanted.judge(good), "noticed: a counter that stayed 0"))
    try:
        boot.run([case.job()], 0.5)
        all_ok.append(say(False, "a guest without time"))
    except boot.NoKernel as e:
        all_ok.append(say("did not end within" in str(e), "noticed: a guest that hangs"))
    return 0 if all(all_ok) else 1


os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.exit(main())
