"""vici - charon's control socket: commands and answers as dictionaries (libcharon/plugins/vici/README.md)."""
import socket
import struct

REQUEST, RESPONSE, UNKNOWN, REGISTER, UNREGISTER, CONFIRM, EVENT_UNKNOWN, EVENT = range(8)
SECTION, SECTION_END, VALUE, LIST, ITEM, LIST_END = range(1, 7)


class Refused(Exception):
    """charon said no."""


def _raw(value):
    return value if isinstance(value, bytes) else str(value).encode()


def encode(message):
    out = b""
    for name, value in message.items():
        head = struct.pack("B", len(name)) + name.encode()
        if isinstance(value, dict):
            out += bytes([SECTION]) + head + encode(value) + bytes([SECTION_END])
        elif isinstance(value, (list, tuple)):
            items = b"".join(bytes([ITEM]) + struct.pack(">H", len(_raw(v))) + _raw(v) for v in value)
            out += bytes([LIST]) + head + items + bytes([LIST_END])
        else:
            out += bytes([VALUE]) + head + struct.pack(">H", len(_raw(value))) + _raw(value)
    return out


def decode(data):
    top, stack, items, at = {}, [], None, 0
    here = top
    while at < len(data):
        kind, at = data[at], at + 1
        if kind in (SECTION, VALUE, LIST):
            n = data[at]
            name, at = data[at + 1:at + 1 + n].decode(), at + 1 + n
        if kind in (VALUE, ITEM):
            n, = struct.unpack(">H", data[at:at + 2])
            value, at = data[at + 2:at + 2 + n].decode("latin-1"), at + 2 + n
        if kind == SECTION:
            stack.append(here)
            here[name] = {}
            here = here[name]
        elif kind == SECTION_END:
            here = stack.pop()
        elif kind == VALUE:
            here[name] = value
        elif kind == LIST:
            items = here[name] = []
        elif kind == ITEM:
            items.append(value)
    return top


class Vici:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(path)

    def close(self):
        self.sock.close()

    def _send(self, kind, name, body=b""):
        data = bytes([kind, len(name)]) + name.encode() + body
        self.sock.sendall(struct.pack(">I", len(data)) + data)

    def _exactly(self, n):
        out = b""
        while len(out) < n:
            got = self.sock.recv(n - len(out))
            if not got:
                raise ConnectionError("charon closed its socket")
            out += got
        return out

    def _receive(self):
        n, = struct.unpack(">I", self._exactly(4))
        data = self._exactly(n)
        return data[0], data[1:]

    def ask(self, command, message=None):
        """The answer; Refused where it says no."""
        self._send(REQUEST, command, encode(message or {}))
        kind, body = self._receive()
        if kind != RESPONSE:
            raise Refused("charon knows no command %s" % command)
        answer = decode(body)
        if answer.get("success", "yes") != "yes":
            raise Refused("%s: %s" % (command, answer.get("errmsg", "?")))
        return answer

    def stream(self, command, event, message=None):
        """What comes as events until the command ends."""
        out = []
        self._send(REGISTER, event)
        if self._receive()[0] != CONFIRM:
            raise Refused("charon knows no event %s" % event)
        self._send(REQUEST, command, encode(message or {}))
        while True:
            kind, body = self._receive()
            if kind != EVENT:
                break
            out.append(decode(body[1 + body[0]:]))
        self._send(UNREGISTER, event)
        while self._receive()[0] != CONFIRM:
            pass
        return out

    def sas(self):
        """[(connection, IKE SA)]"""
        return [pair for line in self.stream("list-sas", "list-sa") for pair in line.items()]
