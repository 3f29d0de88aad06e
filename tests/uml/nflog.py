"""nflog - reads the packets that iptables' NFLOG target sends to groups, over netlink."""
import socket
import struct

NETLINK_NETFILTER, SUBSYS_ULOG, MSG_PACKET, MSG_CONFIG = 12, 4, 0, 1
CFG_CMD, CFG_MODE, CFG_QTHRESH = 1, 2, 5
CMD_BIND, COPY_PACKET = 1, 2
ATTR_PAYLOAD = 9
NLM_F_REQUEST, NLM_F_ACK, NLMSG_ERROR = 1, 4, 2
SO_RCVBUFFORCE = 33


def _attr(kind, body):
    return struct.pack("=HH", 4 + len(body), kind) + body + b"\0" * (-len(body) % 4)


def _config(sock, group, attrs):
    body = struct.pack(">BBH", socket.AF_UNSPEC, 0, group) + attrs
    sock.send(struct.pack("=IHHII", 16 + len(body), SUBSYS_ULOG << 8 | MSG_CONFIG,
                          NLM_F_REQUEST | NLM_F_ACK, 0, 0) + body)
    kind, code = struct.unpack("=4xH10xi", sock.recv(65536)[:20])
    if kind != NLMSG_ERROR or code != 0:
        raise OSError(-code, "NFLOG group %d" % group)


def open_groups(*groups):
    """A socket that gets each packet of these groups whole and at once."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    for group in groups:
        _config(sock, group, _attr(CFG_CMD, struct.pack("B", CMD_BIND)))
        _config(sock, group, _attr(CFG_MODE, struct.pack(">IBx", 0xffff, COPY_PACKET)) +
                _attr(CFG_QTHRESH, struct.pack(">I", 1)))
    return sock


def read(sock):
    """Yields (group, IP packet) for each packet of one datagram."""
    data = sock.recv(1 << 18)
    while len(data) >= 20:
        size, kind = struct.unpack("=IH", data[:6])
        if kind == SUBSYS_ULOG << 8 | MSG_PACKET:
            group, attrs = struct.unpack(">H", data[18:20])[0], data[20:size]
            while len(attrs) >= 4:
                n, what = struct.unpack("=HH", attrs[:4])
                if what & 0x7fff == ATTR_PAYLOAD:
                    yield group, attrs[4:n]
                attrs = attrs[(n + 3) & ~3:]
        data = data[(size + 3) & ~3:]
