"""findings_esp.py - rows of findings.py about ESP and AH: numbers, ports, addresses, silence; and what they say beside ids."""
import json
import os
import socket
import struct

FIRST, INSIDE = socket.inet_aton("192.0.2.1"), "10.0.0.2"


def put(f):
    Cap, row, fix, ip4, udp, src, check = f.Cap, f.row, f.fix, f.ip4, f.udp, f.src, f.check

    def two(lab, step=1, n=300):
        """One SA, and another sender's packets of it, with other content."""
        sa = lab.sa()
        return sa, lab.seal(lab.plain(n), sa), [[ns + step, p, length] for ns, p, length in lab.seal(lab.plain(n, size=204), sa).packets]

    def slow(cap, times=100):
        return Cap(cap.dlt, [[10**12 + (ns - 10**12) * times, p, n] for ns, p, n in cap.packets])

    def in_udp(cap, port, follow=None):
        """The same in UDP; port: of the first host by packet number; follow: where the other end sends to."""
        out = Cap(101, [])
        for i, (ns, p, n) in enumerate(cap.packets):
            a, b = socket.inet_ntoa(p[12:16]), socket.inet_ntoa(p[16:20])
            out.add(ns, udp(a, b, port(i), 4500, p[20:]) if src(p) == FIRST else udp(a, b, 4500, (follow or port)(i), p[20:]))
        return out

    def opened(name, make, *wrong):
        f.rows[name + ", without keys"] = lambda lab: (make(lab)[1], (), make(lab)[2], *wrong)
        f.rows[name + ", with keys"] = lambda lab: (make(lab)[1], ("--sa", make(lab)[0]), make(lab)[2], *wrong)

    def cluster(lab):
        sa, one, other = two(lab, 3 * 10**5)
        return sa, Cap(101, one.packets + other).sort(), one

    def restarted(lab):
        sa, one, other = two(lab, 10**9)
        return sa, Cap(101, one.packets + other), one

    f.rows["number-reused"] = lambda lab: (cluster(lab)[1], (), cluster(lab)[2])
    opened("number-reused by two senders", cluster, "duplicates|replayed|sequence-restart|captured-twice")
    opened("sequence-restart of some hundred numbers", restarted, "duplicates|replayed|number-reused")

    @row("number-zero")
    def _(lab):
        sa = lab.sa()
        return lab.seal(lab.plain(200), sa, "--impair", "seq-zero:at=150"), ("--sa", sa), lab.seal(lab.plain(200), sa), \
            "replayed|replay-window-small|reordering|duplicates"

    @row("nothing of numbers past their end")
    def _(lab):
        case = "esp-tun44-aes128cbc-sha1-96-seqwrap"
        return lab.wire(case), lab.keys(case), None, "replayed|duplicates|number-zero"

    @row("nothing of one SA for a group and a host")
    def _(lab):
        """OSPF with AH: one counter for 224.0.0.5 and for the neighbour (RFC 4552 6)."""
        cap = Cap(101, [])
        for i in range(60):
            ah = struct.pack(">BBHII", 89, 4, 0, 0x111, i + 1)
            cap.add(10**12 + i * 10**9, ip4("192.0.2.1", "224.0.0.5" if i % 3 else "192.0.2.2", 51, ah + os.urandom(56)))
            cap.add(10**12 + i * 10**9 + 5, ip4("192.0.2.2", "224.0.0.5" if i % 2 else "192.0.2.1", 51, ah + os.urandom(56)))
        return cap, (), None, "loss|sequence-jump|replay.*|duplicates|number-reused|one-way-esp"

    @row("port-changed")
    def _(lab):
        cap = slow(f.loaded(lab))
        return in_udp(cap, lambda i: 4500 if i < 200 else 61234), (), in_udp(cap, lambda i: 4500), "one-way-esp|port-not-followed|fell-silent"

    @row("port-not-followed")
    def _(lab):
        cap = slow(f.loaded(lab))
        return in_udp(cap, lambda i: 4500 if i < 200 else 61234, lambda i: 4500), (), in_udp(cap, lambda i: 4500), "one-way-esp|fell-silent"

    @row("peer-moved of ESP alone")
    def _(lab):
        cap = f.loaded(lab)
        new = socket.inet_aton("192.0.2.9")
        moved = Cap(101, [[ns, fix(p[:12] + p[12:20].replace(FIRST, new) + p[20:]) if i >= 200 else p, n]
                          for i, (ns, p, n) in enumerate(cap.packets)])
        return moved, (), cap, "one-way-esp|shared-spi|fell-silent"

    @row("fell-silent")
    def _(lab):
        cap = slow(f.loaded(lab))
        return Cap(101, [x for i, x in enumerate(cap.packets) if i < 160 or src(x[1]) == FIRST]), (), cap, "one-way-esp|loss"

    def on_the_nat(lab):
        """Both sides of it: the first host is 10.0.0.2 inside."""
        out = Cap(101, [])
        for ns, p, n in f.loaded(lab).packets:
            inside = fix(p[:8] + bytes((p[8] - 1,)) + p[9:12] + p[12:20].replace(FIRST, socket.inet_aton(INSIDE)) + p[20:])
            first, then = (inside, p) if src(p) == FIRST else (p, inside)
            out.packets += [[ns, first, n], [ns + 30000, then, n]]
        return out

    f.rows["captured-twice on the box that does NAT"] = lambda lab: (
        on_the_nat(lab), (), f.loaded(lab), "one-way-esp|shared-spi|duplicates|peer-moved|port-changed|fell-silent|loss")

    def apart(lab, gap):
        sa = lab.sa()
        early, late = lab.seal(lab.plain(200), sa, "--seq", "1"), lab.seal(lab.plain(200), sa, "--seq", "1201")
        return Cap(101, early.packets + [[ns + 200 * 10**6 + gap, p, n] for ns, p, n in late.packets])

    f.rows["sequence-jump of a thousand at once"] = lambda lab: (apart(lab, 0), (), None, "loss")
    f.rows["loss of an outage"] = lambda lab: (apart(lab, 10**9), (), None, "sequence-jump")

    @row("nothing of IVs that packets without a good ICV have")
    def _(lab):
        sa = lab.sa()
        cap = lab.seal(lab.plain(40), sa)
        again = [[ns + 10**9, p[:24] + struct.pack(">I", 100 + i) + p[28:], n] for i, (ns, p, n) in enumerate(cap.packets)]
        return Cap(101, cap.packets + again), ("--sa", sa), None, "iv-reuse"

    def changed(lab, case, **more):
        """The case's SAs, with other members; None: without them."""
        path = lab.work + "/changed.json"
        lines = lab.run("ipsec-sa", "convert", "--to", "native", lab.case(case) + "/xfrm-state.txt").stdout.splitlines()
        with open(path, "w") as out:
            for d in map(json.loads, lines):
                out.write(json.dumps({k: v for k, v in {**d, **more}.items() if v is not None}) + "\n")
        return path

    HIGH = "esp-tun66-aes128cbc-sha256-128-esn-high"
    f.rows["esn-mismatch of high halves, one small, one told"] = lambda lab: (
        lab.wire(HIGH), ("--sa", changed(lab, HIGH, esn=False)), None, "wrong-integ-key|bad-icv")

    @row("esn-mismatch of a small high half")
    def _(lab):
        high = lab.wire(HIGH)
        keep = [x for x in high.packets if high.ip(x)[40:44] == bytes.fromhex("be2fead5")]
        return Cap(high.dlt, keep), ("--sa", changed(lab, HIGH, esn=False, seq=None)), None, "wrong-integ-key|bad-icv"

    for case in ("ah-tra44-sha256-128-ipopts", "esp-tun44-null-sha1-96-tfc300"):
        f.rows["algorithm-found of " + case] = lambda lab, case=case: (
            lab.wire(case), ("--guess", "--sa", changed(lab, case, integ="unknown")), None, "algorithm-unknown|bad-icv")
        f.rows["algorithm-unknown of " + case] = lambda lab, case=case: (
            lab.wire(case), ("--sa", changed(lab, case, integ="unknown")), None, "algorithm-found")
        f.rows["algorithm-unknown of wrong keys of " + case] = lambda lab, case=case: (
            lab.wire(case), ("--guess", "--sa", changed(lab, case, integ="unknown", integ_key="00" * (32 if "256" in case else 20))), None,
            "algorithm-found")

    def told(lab, cap, *args):
        """{id: finding}, [SAs]"""
        r = lab.run("ipsec-inspect", "--json", "-r", cap.write(lab.work + "/made.pcap"), *args)
        lines = [json.loads(line) for line in r.stdout.splitlines()]
        return {o["id"]: o for o in lines if o["event"] == "finding"}, [o for o in lines if o["event"] == "sa"]

    def more(lab):
        """What they say beside ids."""
        got, sas = told(lab, on_the_nat(lab))
        check("10.0.0.2 and 192.0.2.1 are the same host" in got["captured-twice"]["text"] and len(sas) == 2, "both sides of a NAT", (got, sas))
        clean = lab.seal(lab.plain(400), lab.sa())
        for gone, of, severity in ((1, 7, "info"), (2, 40, "info"), (5, 40, "warning"), (5, 400, "warning"), (2, 400, "info"), (40, 400, "error")):
            left_out = set(range(1, gone * 2, 2))
            got, _ = told(lab, Cap(101, [x for i, x in enumerate(clean.packets[:of]) if i not in left_out]))
            check(got["loss"]["severity"] == severity, "%d of %d lost is %s" % (gone, of, severity), got.get("loss"))
        for impair in ("reorder:every=50", "reorder:every=50:by=40", "drop:every=7,reorder:every=11", "drop:prob=0.3,duplicate:every=9"):
            _, sas = told(lab, lab.seal(lab.plain(400), lab.sa(), "--impair", impair, "--seed", "05"))
            check(sum(sas[0]["series"]["lost"]) == sas[0]["lost"], "lost over time is what is lost: " + impair, sas[0])
        case = "ah-tra44-sha256-128-ipopts"
        got, sas = told(lab, lab.wire(case), "--guess", "--sa", changed(lab, case, integ="unknown"))
        check("hmac-sha2-256-128" in got["algorithm-found"]["text"] and all(list(s["verdicts"]) == ["ok"] for s in sas), "AH by trial", (got, sas))
        got, _ = told(lab, lab.seal(lab.plain(20), lab.sa(), "--seq", str(2**32 - 100)))
        check(got["sequence-wrap"]["packets"] == [20] and got["one-way-esp"]["packets"] == [1] and "one direction alone" in got["one-way-esp"]["text"], "packets that show it", got)

    return more
