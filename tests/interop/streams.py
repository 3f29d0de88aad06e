#!/usr/bin/python3
"""streams.py - live pipes: packets come out at once, SA streams grow, signals end quietly.

usage: streams.py DECAP KERNEL-DIR

Nothing here waits for a clock to pass; a packet that does not come is a failure after a minute.
"""
import os
import select
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pcaps  # noqa: E402

PATIENCE = 60


def records(path):
    data = open(path, "rb").read()
    out, at = [data[:24]], 24
    while at < len(data):
        n = 16 + int.from_bytes(data[at + 8:at + 12], "little")
        out.append(data[at:at + n])
        at += n
    return out


def take(pipe, n):
    """Exactly n bytes, or what came until nothing came for a minute."""
    got = b""
    while len(got) < n and select.select([pipe], [], [], PATIENCE)[0]:
        more = os.read(pipe.fileno(), n - len(got))
        if not more:
            break
        got += more
    return got


def record(pipe):
    head = take(pipe, 16)
    return head + take(pipe, int.from_bytes(head[8:12], "little"))


def start(tool, *args, **more):
    return subprocess.Popen([tool, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, bufsize=0, **more)


def each_at_once(tool, case, threads):
    """Each packet comes out before the next one goes in, written in two halves."""
    wire = records(case + "/wire.pcap")
    p = start(tool, "-j", threads, "-s", case + "/xfrm-state.txt")
    p.stdin.write(wire[0])
    for i, r in enumerate(wire[1:]):
        p.stdin.write(r[:20])
        p.stdin.write(r[20:])
        if i == 0 and len(take(p.stdout, 24)) != 24:
            return "no file header"
        if len(record(p.stdout)) < 30:
            return "packet %d did not come out" % (i + 1)
    p.stdin.close()
    rest = p.stdout.read()
    return None if p.wait() == 0 and not rest else "exit %d" % p.returncode


def sa_stream(tool, case):
    """An SA that comes through a FIFO while its packets wait."""
    wire = records(case + "/wire.pcap")
    text = open(case + "/xfrm-state.txt").read()
    blocks = [b for b in text.split("\nsrc ")[1:3]]
    with tempfile.TemporaryDirectory() as tmp:
        os.mkfifo(tmp + "/sa")
        p = start(tool, "-s", tmp + "/sa", "--sa-wait", str(PATIENCE))
        with open(tmp + "/sa", "w") as sa:
            sa.write("src " + blocks[1] + "\n")
            sa.flush()
            p.stdin.write(b"".join(wire[:5]))
            sa.write("src " + blocks[0] + "\n")
            sa.flush()
            got = take(p.stdout, 24)
            out = [record(p.stdout) for _ in range(4)]
            if len(got) != 24 or any(len(r) < 30 for r in out):
                return "%d of 4 packets came out" % sum(len(r) >= 30 for r in out)
        p.stdin.close()
        p.stdout.read()
        return None if p.wait() == 0 else "exit %d: %s" % (p.returncode, p.stderr.read())


def interrupted(tool, case, which):
    """INT or TERM: what was read is written, and the end is quiet."""
    wire = records(case + "/wire.pcap")
    p = start(tool, "-s", case + "/xfrm-state.txt")
    p.stdin.write(b"".join(wire[:4]))
    take(p.stdout, 24)
    for _ in range(3):
        record(p.stdout)
    p.send_signal(which)
    p.wait(PATIENCE)
    return None if p.returncode == 0 else "exit %d" % p.returncode


def closed_early(tool, case):
    """A reader that goes away."""
    wire = records(case + "/wire.pcap")
    p = start(tool, "-s", case + "/xfrm-state.txt")
    p.stdin.write(b"".join(wire[:4]))
    take(p.stdout, 24)
    p.stdout.close()
    try:
        p.stdin.write(b"".join(wire[4:]))
        p.stdin.close()
    except BrokenPipeError:
        pass
    p.wait(PATIENCE)
    return None if p.returncode in (0, 1) else "exit %d" % p.returncode


def growing_file(tool, case):
    """--follow-sa: a file that gets its second SA later."""
    wire = records(case + "/wire.pcap")
    blocks = open(case + "/xfrm-state.txt").read().split("\nsrc ")[1:3]
    with tempfile.TemporaryDirectory() as tmp:
        open(tmp + "/sa", "w").write("src " + blocks[0] + "\n")
        p = start(tool, "-s", tmp + "/sa", "--follow-sa", "--sa-wait", str(PATIENCE))
        p.stdin.write(b"".join(wire[:5]))
        with open(tmp + "/sa", "a") as sa:
            sa.write("src " + blocks[1] + "\n")
        take(p.stdout, 24)
        out = [record(p.stdout) for _ in range(4)]
        p.stdin.close()
        p.stdout.read()
        p.wait(PATIENCE)
        return None if p.returncode == 0 and all(len(r) >= 30 for r in out) else "exit %d" % p.returncode


def bad_line_later(tool, case):
    """A line that makes no sense, once packets flow: what the SAs before it open still comes out; exit 3."""
    wire = records(case + "/wire.pcap")
    with tempfile.TemporaryDirectory() as tmp:
        os.mkfifo(tmp + "/sa")
        p = start(tool, "-s", tmp + "/sa")
        with open(tmp + "/sa", "w") as sa:
            sa.write(open(case + "/xfrm-state.txt").read())
            sa.flush()
            p.stdin.write(b"".join(wire[:3]))
            take(p.stdout, 24)
            out = [record(p.stdout) for _ in range(2)]
            sa.write('{"proto":"esp","bad":1}\n')
            sa.flush()
            p.stdin.write(wire[3])
            out.append(record(p.stdout))
        p.stdin.close()
        p.stdout.read()
        words = p.stderr.read()
        p.wait(PATIENCE)
        fine = all(len(r) >= 30 for r in out) and p.returncode == 3 and b'unknown key "bad"' in words
        return None if fine else "exit %d: %s" % (p.returncode, words)


def main():
    tool, base = sys.argv[1:3]
    case = base + "/esp-tun44-aes128gcm8"
    passed = failed = 0
    for name, why in (
            ("each at once, -j 1", each_at_once(tool, case, "1")),
            ("each at once, -j 3", each_at_once(tool, case, "3")),
            ("an SA stream", sa_stream(tool, case)),
            ("a growing SA file", growing_file(tool, case)),
            ("a bad line in a growing stream", bad_line_later(tool, case)),
            ("INT", interrupted(tool, case, signal.SIGINT)),
            ("TERM", interrupted(tool, case, signal.SIGTERM)),
            ("HUP", interrupted(tool, case, signal.SIGHUP)),
            ("a reader that goes away", closed_early(tool, case))):
        passed, failed = passed + (why is None), failed + (why is not None)
        if why:
            print("FAIL streams: %s: %s" % (name, why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed else 0)


main()
