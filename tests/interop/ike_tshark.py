#!/usr/bin/python3
"""ike_tshark.py - the IKE codec and tshark agree, field by field, on messages both can read.

usage: ike_tshark.py IKE-SHOW DIR

The messages are those of ike.py, in clear: what was encrypted stands in place of its SK payload, or of the
octets after the header of IKEv1.  tshark's fields of a message, each a list in the order of the message, must
be what IKE-SHOW has.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ike  # noqa: E402

SK, SKF = 46, 53
KE = {0: "encr", 1: "prf", 2: "integ", 3: "dh", 4: "esn"}


def clear(message, first, plain):
    """The message with what was encrypted in clear; None if it is a fragment."""
    if message[17] >> 4 == 1:
        head = bytearray(message[:28])
        head[19] &= 0xfe
        return whole(head, plain)
    at, kind = 28, message[16]
    where = 16
    while kind not in (SK, SKF, 0):
        where, kind = at, message[at]
        at += struct.unpack(">H", message[at + 2:at + 4])[0]
    if kind != SK:
        return None
    head = bytearray(message[:at])
    head[where] = first
    return whole(head, plain)


def whole(head, rest):
    head[24:28] = struct.pack(">I", len(head) + len(rest))
    return bytes(head) + rest


def frame(message):
    udp = struct.pack(">HHHH", 500, 500, 8 + len(message), 0) + message
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\xc0\0\2\1", b"\xc0\0\2\2") + udp


def collect(base):
    """Clear messages, each once."""
    seen = {}
    for row in ike.rows_of(base + "/messages.jsonl"):
        message = bytes.fromhex(row["message"])
        if "plain" in row:
            message = clear(message, row["first"], bytes.fromhex(row["plain"]))
        if message and not message[19] & 1:
            seen[message] = "%s frame %d" % (row["case"], row["frame"])
    for name in sorted(os.listdir(base + "/public")):
        if "." not in name:
            continue
        for number, message in ike.messages(base + "/public/" + name).items():
            if len(message) >= 28 and message[17] in (0x10, 0x20) and \
                    (message[17] == 0x20 or not message[19] & 1) and \
                    struct.unpack(">I", message[24:28])[0] == len(message):
                seen[message] = "%s frame %d" % (name, number)
    return seen


class Fields(dict):
    def put(self, key, value):
        if value is not None:
            self.setdefault("isakmp." + key, []).append(value)


def proposal(f, v1, p):
    f.put("typepayload", 2)
    f.put("prop.number", p["proposal"])
    f.put("prop.protoid", p["protocol_id"])
    f.put("prop.transforms", len(p["transforms"]))
    f.put("spi", p.get("spi"))
    for t in p["transforms"]:
        f.put("typepayload", 3)
        if v1:
            f.put("trans.number", t["transform"])
            f.put("trans.id", t["id_id"])
            attrs(f, "ike.attr" if p["protocol_id"] == 1 else "ipsec.attr", t)
        else:
            f.put("tf.type", t["type_id"])
            f.put("tf.id." + KE[t["type_id"] - 1], t["transform_id"])
            f.put("ike2.attr.key_length", t.get("key_length"))


V1_ATTRS = {"ike.attr": {"encryption": "encryption_algorithm", "hash": "hash_algorithm", "group": "group_description",
                         "auth_method": "authentication_method"},
            "ipsec.attr": {"group": "group_description", "mode": "encap_mode", "auth_algorithm": "auth_algorithm"}}


def attrs(f, prefix, t):
    for key, name in V1_ATTRS[prefix].items():
        f.put(prefix + "." + name, t.get(key + "_id"))
    f.put(prefix + ".key_length", t.get("key_length"))
    for i, key in enumerate(("life_seconds", "life_kilobytes"), 1):
        if key in t:
            f.put(prefix + ".life_type", i)
            f.put(prefix + ".life_duration", t[key])


def notify(f, v1, p):
    f.put("notify.msgtype", p["notify_id"])
    f.put("notify.protoid", p["protocol_id"] if "protocol_id" in p else 0)
    f.put("notify.doi", p.get("doi"))
    f.put("spi", p.get("spi"))
    if not v1:
        f.put("notify.data.accepted_dh_group", p.get("group_id"))
        if p["notify"] == "AUTH_LIFETIME":
            f.put("notify.data.auth_lifetime", p["seconds"])
        for name in p.get("hashes", []):
            f.put("notify.data.signature_hash_algorithms", HASHES[name])
        if "gateway" in p and p["gateway_type_id"] == 1:
            new = "new" if p["notify"] == "REDIRECT" else "org"
            f.put("notify.data.redirect.%s_resp_gw_ident.ipv4" % new, p["gateway"])
    elif "sequence" in p:
        f.put("notify.data.dpd.are_you_there" + ("_ack" if "ACK" in p["notify"] else ""), p["sequence"])


HASHES = {"SHA1": 1, "SHA2_256": 2, "SHA2_384": 3, "SHA2_512": 4, "IDENTITY": 5}
ID_TEXT = {1: "ipv4_addr", 2: "fqdn", 3: "user_fqdn", 5: "ipv6_addr"}


def identity(f, v1, p):
    f.put("id.type", p["type_id"])
    if v1:
        f.put("id.protoid", p["protocol_id"])
        f.put("id.port", p["port"])
    if p["type_id"] == 4:
        address, mask = p["id"].split("/")
        f.put("id.data.ipv4_addr", address)
        f.put("id.data.ipv4_subnet", mask)
    elif p["type_id"] in ID_TEXT:
        f.put("id.data." + ID_TEXT[p["type_id"]], p["id"])


def selectors(f, v1, p):
    f.put("ts.number", len(p["selectors"]))
    for s in p["selectors"]:
        f.put("ts.type", s["type_id"])
        f.put("ts.protoid", s["protocol_id"])
        f.put("ts.start_port", s["first_port"])
        f.put("ts.end_port", s["last_port"])
        kind = "ipv6" if s["type_id"] == 8 else "ipv4"
        f.put("ts.start_" + kind, s["first"])
        f.put("ts.end_" + kind, s["last"])


CFG = {1: "internal_ip4_address", 2: "internal_ip4_netmask", 3: "internal_ip4_dns", 4: "internal_ip4_nbns",
       8: "internal_ip6_address", 10: "internal_ip6_dns"}


def config(f, v1, p):
    f.put("cfg.type", p["type_id"])
    f.put("cfg.identifier", p.get("identifier"))
    for a in p["attributes"]:
        f.put("cfg.attr.type", a["attribute_id"])
        if a["attribute_id"] in CFG:
            f.put("cfg.attr." + CFG[a["attribute_id"]], a.get("address"))
        elif a["attribute_id"] == 16521:
            f.put("cfg.attr.xauth.user_name", a.get("text"))
        elif a["attribute_id"] == 16527:
            f.put("cfg.attr.xauth.status", a.get("value"))


def eap(f, v1, p):
    f.setdefault("eap.code", []).append(p["code_id"])
    f.setdefault("eap.id", []).append(p["identifier"])
    if "type_id" in p:
        f.setdefault("eap.type", []).append(p["type_id"])
    if "identity" in p:
        f.setdefault("eap.identity", []).append(p["identity"])
    if "operation_id" in p:
        f.setdefault("eap.ms_chap_v2.opcode", []).append(p["operation_id"])


def simple(**keys):
    """A payload whose members are fields of tshark one by one."""
    def fill(f, v1, p):
        for mine, theirs in keys.items():
            f.put(theirs.replace("__", "."), p.get(mine))
    return fill


def delete(f, v1, p):
    f.put("delete.doi", p.get("doi"))
    f.put("delete.protoid", p["protocol_id"])
    f.put("spinum", p["spi_count"])
    for spi in p["spis"]:
        f.put("delete.spi", spi)


def security(f, v1, p):
    f.put("sa.doi", p.get("doi"))
    for it in p["proposals"]:
        proposal(f, v1, it)


FILL = {"SA": security, "N": notify, "IDi": identity, "IDr": identity, "ID": identity, "TSi": selectors,
        "TSr": selectors, "CP": config, "ATTR": config, "EAP": eap, "D": delete,
        "KE": simple(group_id="key_exchange__dh_group", value="key_exchange__data"),
        "Nonce": simple(data="nonce"), "CERT": simple(encoding_id="cert__encoding"),
        "CERTREQ": simple(encoding_id="certreq__type"), "AUTH": simple(method_id="auth__method"),
        "V": simple(vendor_id="vid_bytes"), "HASH": simple(data="hash"), "SIG": simple(data="sig"),
        "NAT-D": simple(data="ike__nat_hash"), "SKF": simple(fragment="frag__number", total="frag__total"),
        "FRAGMENT": simple(fragment_id="frag__packetid", fragment="frag__seq")}


def mine(got):
    f = Fields()
    f.put("ispi", got["spi_i"][2:])
    f.put("rspi", got["spi_r"][2:])
    f.put("exchangetype", got["exchange_id"])
    for key in ("flags", "length"):
        f.put(key, got[key])
    f.put("messageid", got["message_id"])
    for p in got["payloads"]:
        f.put("typepayload", p["payload_id"])
        f.put("payloadlength", p["length"])
        if p["payload"] in FILL:
            FILL[p["payload"]](f, got["version"] == 1, p)
    f.pop("isakmp.payloadlength", None)         # tshark's has the lengths of substructures among them
    return f


FIELDS = ["ispi", "rspi", "exchangetype", "flags", "length", "messageid", "typepayload", "prop.number", "prop.protoid",
          "prop.transforms", "spi", "trans.number", "trans.id", "tf.type", "tf.id.encr", "tf.id.prf", "tf.id.integ",
          "tf.id.dh", "tf.id.esn", "ike2.attr.key_length", "notify.msgtype", "notify.protoid", "notify.doi",
          "notify.data.accepted_dh_group", "notify.data.auth_lifetime", "notify.data.signature_hash_algorithms",
          "notify.data.redirect.new_resp_gw_ident.ipv4", "notify.data.redirect.org_resp_gw_ident.ipv4",
          "notify.data.dpd.are_you_there", "notify.data.dpd.are_you_there_ack", "id.type", "id.protoid", "id.port",
          "ts.number", "ts.type", "ts.protoid", "ts.start_port", "ts.end_port", "ts.start_ipv4", "ts.end_ipv4",
          "ts.start_ipv6", "ts.end_ipv6", "cfg.type", "cfg.identifier", "cfg.attr.type", "cfg.attr.xauth.user_name",
          "cfg.attr.xauth.status", "delete.doi", "delete.protoid", "spinum", "delete.spi", "sa.doi",
          "key_exchange.dh_group", "key_exchange.data", "nonce", "cert.encoding", "certreq.type", "auth.method",
          "vid_bytes", "hash", "sig", "ike.nat_hash", "frag.number", "frag.total", "frag.packetid", "frag.seq"]
FIELDS += ["id.data." + x for x in ID_TEXT.values()] + ["id.data.ipv4_subnet"] + ["cfg.attr." + x for x in CFG.values()]
FIELDS += ["%s.%s" % (a, x) for a, names in V1_ATTRS.items()
           for x in list(names.values()) + ["key_length", "life_type", "life_duration"]]
FIELDS = ["isakmp." + x for x in FIELDS] + ["eap.code", "eap.id", "eap.type", "eap.identity", "eap.ms_chap_v2.opcode"]


def theirs(messages, tmp):
    """tshark's fields of each message."""
    with open(tmp + "/pcap", "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for m in messages:
            data = frame(m)
            f.write(struct.pack("<IIII", 0, 0, len(data), len(data)) + data)
    cmd = ["tshark", "-n", "-r", tmp + "/pcap", "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|"]
    for name in FIELDS:
        cmd += ["-e", name]
    out = subprocess.run(cmd, capture_output=True, text=True, check=True).stdout
    return [dict((k, v.split("|")) for k, v in zip(FIELDS, line.split("\t")) if v) for line in out.splitlines()]


def number(text):
    """A value of tshark's in our form."""
    return str(int(text, 16)) if text.startswith("0x") else text.replace(":", "") if len(text) > 45 else text


def compare(got, seen):
    for name in FIELDS:
        a = [str(x) for x in got.get(name, [])]
        b = [number(x) for x in seen.get(name, [])]
        if name in EXEMPT and not a:
            continue
        if a != b:
            return "%s is %s, tshark has %s" % (name, a, b)
    return None


# what tshark 4.0 shows in other places, too
EXEMPT = {"isakmp.spi"}


def main():
    tool, base = sys.argv[1:3]
    found = collect(base)
    messages = list(found)
    run = subprocess.run([tool], input="".join(m.hex() + "\n" for m in messages), capture_output=True, text=True)
    shown = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0 and len(shown) == len(messages)
    with tempfile.TemporaryDirectory() as tmp:
        seen = theirs(messages, tmp)
    assert len(seen) == len(messages)
    passed = failed = 0
    for message, got, other in zip(messages, shown, seen):
        why = compare(mine(got), other)
        passed, failed = passed + (why is None), failed + (why is not None)
        if why:
            print("FAIL %s: %s" % (found[message], why))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
