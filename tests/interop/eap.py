#!/usr/bin/python3
"""eap.py - our EAP against wpa_supplicant's (eapol_test) and hostapd's, over RADIUS on the loopback.

usage: eap.py BUILD

Our server (eap-end) behind a RADIUS server of this script is asked by eapol_test; our client, by a RADIUS client of this
script, asks hostapd. The keys of both ends must be the same: RADIUS carries the server's (RFC 2548 2.4).
"""
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

os.environ["PATH"] += ":/usr/sbin:/sbin"
BUILD = os.path.abspath(sys.argv[1])
END = os.path.join(BUILD, "tests/bin/eap-end")
KEYGEN = os.path.join(BUILD, "bin/ipsec-keygen")
SECRET = b"radius"
USER, EAP, STATE, AUTHENTICATOR, VENDOR, NAS, REPLY_KEYS = 1, 79, 24, 80, 26, 4, (17, 16)
REQUEST, ACCEPT, REJECT, CHALLENGE = 1, 2, 3, 11
passed = failed = 0


def say(good, what, why=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAIL eap %s: %s" % (what, why))


class End:
    """One end of ours: packets in, packets out."""

    def __init__(self, *argv):
        self.p = subprocess.Popen([END, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.outcome = None

    def read(self):
        line = self.p.stdout.readline().strip()
        return b"" if line in ("-", "") else bytes.fromhex(line)

    def send(self, packet):
        self.p.stdin.write(packet.hex() + "\n")
        self.p.stdin.flush()
        return self.read()

    def end(self):
        self.p.stdin.close()
        self.outcome = self.p.stdout.read().strip()
        self.p.stdout.close()
        self.p.wait()
        return self.outcome


def attributes(data):
    out = []
    while len(data) >= 2 and data[1] >= 2:
        out.append((data[0], data[2:data[1]]))
        data = data[data[1]:]
    return out


def joined(attrs, kind):
    return b"".join(v for t, v in attrs if t == kind)


def encode(code, ident, auth, attrs, answer):
    """A RADIUS packet with its Message-Authenticator (RFC 3579 3.2)."""
    attrs = attrs + [(AUTHENTICATOR, bytes(16))]
    body = b"".join(bytes([t, len(v) + 2]) + v for t, v in attrs)
    head = struct.pack(">BBH", code, ident, 20 + len(body))
    mac = hmac.new(SECRET, head + auth + body, "md5").digest()
    body = body[:-16] + mac
    return head + (hashlib.md5(head + auth + body + SECRET).digest() if answer else auth) + body


def pieces(packet):
    return [(EAP, packet[i:i + 253]) for i in range(0, len(packet), 253)]


def crypt(key, auth, salt, decrypt):
    """MS-MPPE-Send-Key, -Recv-Key (RFC 2548 2.4.2)."""
    out, last = b"", auth + salt
    for i in range(0, len(key), 16):
        pad = hashlib.md5(SECRET + last).digest()
        block = bytes(a ^ b for a, b in zip(key[i:i + 16], pad))
        out += block
        last = key[i:i + 16] if decrypt else block
    return out


def key_attribute(kind, key, auth):
    salt = bytes([0x80 | kind, kind])
    plain = bytes([len(key)]) + key
    plain += bytes(-len(plain) % 16)
    value = salt + crypt(plain, auth, salt, False)
    return VENDOR, struct.pack(">IBB", 311, kind, len(value) + 2) + value


def keys_of(attrs, auth):
    """MSK as RADIUS gave it: the receive key, then the send key."""
    found = {}
    for t, v in attrs:
        if t == VENDOR and v[:4] == struct.pack(">I", 311) and v[4] in REPLY_KEYS:
            plain = crypt(v[8:], auth, v[6:8], True)
            found[v[4]] = plain[1:1 + plain[0]]
    return b"".join(found.get(k, b"") for k in REPLY_KEYS)


def serve(sock, argv, outcomes):
    """A RADIUS server with our EAP server behind it, for one conversation."""
    end = End("server", *argv)
    first = end.read()
    end_read = False
    while not end_read:
        data, peer = sock.recvfrom(65536)
        attrs, auth = attributes(data[20:]), data[4:20]
        packet = joined(attrs, EAP)
        if first is not None and packet[:1] == b"\2" and packet[4:5] == b"\1":
            packet = packet[:1] + first[1:2] + packet[2:]       # eapol_test says its identity unasked
            first = None
        reply = end.send(packet)
        code = {1: CHALLENGE, 3: ACCEPT, 4: REJECT}[reply[0]]
        more = pieces(reply)
        if code == CHALLENGE:
            more.append((STATE, b"s"))
        else:
            end_read = True
            outcomes.append(end.end())
        if code == ACCEPT:
            key = bytes.fromhex(outcomes[0].partition(" ")[2])
            if key:
                half = 16 if not any(key[32:]) else 32          # MSCHAPv2 has two keys of 16 octets
                more += [key_attribute(17, key[:half], auth), key_attribute(16, key[half:2 * half], auth)]
        sock.sendto(encode(code, data[1], auth, more, True), peer)


def ask_ours(what, network, argv, good, words, keys=True, version=""):
    """eapol_test asks our server."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    outcomes = []
    thread = threading.Thread(target=serve, args=(sock, argv, outcomes), daemon=True)
    thread.start()
    with open("network.conf", "w") as f:
        f.write("network={\nkey_mgmt=IEEE8021X\neapol_flags=0\n%s\n}\n" % "\n".join(network))
    done = subprocess.run(["eapol_test", "-c", "network.conf", "-a", "127.0.0.1", "-p", str(sock.getsockname()[1]), "-s",
                           SECRET.decode(), "-t", "20", "-r", "0"] + ([] if keys else ["-n"]),
                          capture_output=True, text=True)
    thread.join(20)
    sock.close()
    outcome = outcomes[0] if outcomes else "nothing"
    say((done.returncode == 0) == good, what, "eapol_test %d, ours: %s\n%s" % (done.returncode, outcome,
                                                                               done.stdout[-3000:]))
    say(outcome.startswith("done" if good else "failed") and words in outcome, what + " outcome", outcome)
    if good and keys:
        say("MPPE keys OK: 1" in done.stdout, what + " keys", done.stdout[-2000:])
        say(not version or "Using TLS version TLSv1." + version[1] in done.stdout, what + " version", done.stdout[-2000:])


def ask_theirs(what, port, argv, good, words):
    """Our client asks hostapd."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(20)
    end = End("client", *argv)
    packet = b"\2\0" + struct.pack(">H", 5 + len(argv[1])) + b"\1" + argv[1].encode()
    state, key, ident, code = b"", b"", 0, CHALLENGE
    while code == CHALLENGE and packet:
        auth, ident = os.urandom(16), ident + 1
        attrs = [(USER, argv[1].encode()), (NAS, bytes([127, 0, 0, 1]))] + pieces(packet)
        if state:
            attrs.append((STATE, state))
        sock.sendto(encode(REQUEST, ident, auth, attrs, False), ("127.0.0.1", port))
        data = sock.recv(65536)
        code, attrs = data[0], attributes(data[20:])
        state, key = joined(attrs, STATE), keys_of(attrs, auth)
        packet = end.send(joined(attrs, EAP))
    outcome = end.end()
    sock.close()
    say((code == ACCEPT) == good, what, "RADIUS code %d, ours: %s" % (code, outcome))
    say(outcome.startswith("done" if good else "failed") and words in outcome, what + " outcome", outcome)
    if good and outcome.startswith("done "):
        ours = bytes.fromhex(outcome[5:])
        say(ours.rstrip(b"\0") == key.rstrip(b"\0"), what + " keys", "%s, %s" % (ours.hex(), key.hex()))


def certificates():
    def keygen(*argv):
        subprocess.run([KEYGEN, "-q", *argv], check=True)

    keygen("ca", "--subject", "CN=Root", "-o", "ca")
    keygen("ca", "--subject", "CN=Other", "-o", "other")
    keygen("ca", "--type", "rsa", "--bits", "2048", "--subject", "CN=Sub", "--ca", "ca.pem", "--ca-key", "ca.key", "-o", "sub")
    for name, ca, options in (("gw", "sub", ["--san", "gw.example", "--type", "rsa", "--bits", "2048"]),
                              ("alice", "ca", ["--san", "alice"]),
                              ("old", "ca", ["--san", "alice", "--not-before", "2020-01-01T00:00:00Z", "--not-after",
                                             "2021-01-01T00:00:00Z"])):
        keygen("cert", "--subject", "CN=" + name, *options, "--ca", ca + ".pem", "--ca-key", ca + ".key", "-o", name)
        with open(name + ".both", "w") as f:
            for part in (name + ".pem", name + ".key") + (("sub.pem",) if ca == "sub" else ()):
                f.write(open(part).read())
    with open("gw.chain", "w") as f:
        f.write(open("gw.pem").read() + open("sub.pem").read())


def hostapd(flags):
    """hostapd as a RADIUS server; its process and port."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    with open("clients", "w") as f:
        f.write("127.0.0.1 %s\n" % SECRET.decode())
    with open("users", "w") as f:
        f.write('"md5user" MD5 "secret"\n"gtcuser" GTC "secret"\n"mschap" MSCHAPV2 "secret"\n'
                '"both" GTC,MSCHAPV2 "secret"\n* TLS\n')
    with open("hostapd.conf", "w") as f:
        f.write("driver=none\ninterface=none0\nradius_server_clients=clients\nradius_server_auth_port=%d\n"
                "eap_server=1\neap_user_file=users\nca_cert=ca.pem\nserver_cert=gw.chain\nprivate_key=gw.key\n"
                "tls_flags=%s\nlogger_stdout=-1\n" % (port, flags))
    p = subprocess.Popen(["hostapd", "-d", "hostapd.conf"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = []
    for line in p.stdout:
        log.append(line)
        if "ENABLED" in line:
            break
    reader = threading.Thread(target=lambda: log.extend(p.stdout), daemon=True)
    reader.start()
    say(p.poll() is None, "hostapd starts", "".join(log))
    return p, port, log, reader


def passwords_of(name, method):
    return ['eap=%s' % method, 'identity="%s"' % name, 'password="secret"']


def ours_as_server():
    for method in ("MD5", "GTC", "MSCHAPV2"):
        keys = method == "MSCHAPV2"
        argv = [method.lower(), "alice", "secret"]
        ask_ours("server %s" % method, passwords_of("alice", method), argv, True, "done", keys)
        ask_ours("server %s, wrong password" % method, passwords_of("alice", method)[:-1] + ['password="wrong"'], argv, False,
                 'the password of "alice" is wrong', keys)
    ask_ours("server, NAK", passwords_of("alice", "GTC"), ["mschapv2,gtc", "alice", "secret"], True, "done", False)
    for version in ("12", "13"):
        tls = ['eap=TLS', 'identity="alice"', 'ca_cert="ca.pem"', 'client_cert="alice.pem"', 'private_key="alice.key"',
               'phase1="tls_disable_tlsv1_3=%d"' % (version == "12")]
        argv = ["tls", "alice", "-", "gw.both", "ca.pem", version]
        ask_ours("server TLS 1.%s" % version[1], tls, argv, True, "done", True, version)
        ask_ours("server TLS 1.%s, small fragments" % version[1], tls + ["fragment_size=100"], argv, True, "done")
        ask_ours("server TLS 1.%s, its authority unknown" % version[1], tls + ['ca_cert="other.pem"'], argv, False,
                 'TLS alert "unknown CA"')
        ask_ours("server TLS 1.%s, expired client" % version[1], tls + ['client_cert="old.pem"', 'private_key="old.key"'],
                 argv, False, "certificate has expired")


def ours_as_client():
    for flags, version in (("[DISABLE-TLSv1.3]", "12"), ("[ENABLE-TLSv1.3]", "13")):
        p, port, log, reader = hostapd(flags)
        try:
            tls = ["tls", "alice", "-", "alice.both", "ca.pem", version, "gw.example"]
            what = "client TLS 1.%s" % version[1]
            ask_theirs(what, port, tls, True, "done")
            ask_theirs(what + ", wrong name", port, tls[:-1] + ["other.example"], False, 'does not name "other.example"')
            ask_theirs(what + ", unknown authority", port, tls[:4] + ["other.pem"] + tls[5:], False, "is not trusted")
            ask_theirs(what + ", expired", port, tls[:3] + ["old.both"] + tls[4:], False, "the server refused EAP-TLS")
            if version == "13":
                continue
            for name, method in (("md5user", "md5"), ("gtcuser", "gtc"), ("mschap", "mschapv2"), ("both", "mschapv2")):
                ask_theirs("client %s as %s" % (method, name), port, [method, name, "secret"], True, "done")
                ask_theirs("client %s as %s, wrong password" % (method, name), port, [method, name, "wrong"], False,
                           "(E=691)" if method == "mschapv2" else "the server refused")
            ask_theirs("client, NAK for all", port, ["gtc", "mschap", "secret"], False, "before any method")
        finally:
            p.terminate()
            p.wait()
        reader.join(20)
        say("Using TLS version TLSv1." + version[1] in "".join(log), what + " version", "".join(log)[-2000:])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    certificates()
    ours_as_server()
    ours_as_client()
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
