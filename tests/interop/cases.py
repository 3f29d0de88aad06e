"""cases.py - what case.json of captures/kernel says, as descriptors (ipsec-sa(5)) that can be spoilt."""

# where the kernel's name alone does not say all; others are names that descriptors take, too
NATIVE = {"rfc4106(gcm(aes))": "aes-gcm-%d", "rfc4309(ccm(aes))": "aes-ccm-%d", "rfc3686(ctr(aes))": "aes-ctr",
          "cbc(aes)": "aes-cbc", "cbc(camellia)": "camellia-cbc", "ecb(cipher_null)": "null",
          "rfc4543(gcm(aes))": "null-auth-aes-gmac", "rfc7539esp(chacha20,poly1305)": "chacha20-poly1305"}


def native(part):
    name = NATIVE.get(part["name"], part["name"])
    return name % (part["icv_bits"] // 8) if "%" in name else name


def descriptors(case, hint=0, **more):
    """A list of dicts, keys alone: no sequence number (but high halves above hint), nor whether ESN is used."""
    out = []
    for sa in case["sas"]:
        d = {"proto": sa["proto"], "spi": sa["spi"], "src": sa["src"], "dst": sa["dst"], "mode": sa["mode"]}
        d.update(more)
        if hint and int(sa["last_seq_before"], 16) >> 32 >= hint:
            d["seq"] = sa["last_seq_before"].replace("0x0", "0x")
        for key, name in (("encr", "enc"), ("encr", "aead"), ("integ", "auth")):
            part = sa.get(name)
            if not part:
                continue
            d[key] = native(part)
            if key == "integ":
                d["integ_key"] = part["key"]
                d["icv_bits"] = part["icv_bits"]
            else:
                d["encr_key"] = part["key"]
        if d["proto"] == "esp":
            d.setdefault("integ", "none")
        out.append(d)
    return out
