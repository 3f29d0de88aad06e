#!/bin/sh
# tests/interop.sh: captures of other implementations, opened and compared with their truth, and what
# must never come out.  Checked by python3, which shares no code with the tools.
set -u
B=${B:-build}
decap=$B/bin/ipsec-decap
bad=0
for name in kernel strongswan; do
	python3 "tests/interop/$name.py" "$decap" tests/interop/"$name"/* || bad=1
done
python3 tests/interop/libreswan.py "$decap" tests/interop/libreswan/*/ || bad=1
python3 tests/interop/layers.py "$decap" tests/interop/layers || bad=1
python3 tests/interop/public.py "$decap" tests/interop/public || bad=1
python3 tests/interop/ike.py "$B/tests/bin/ike-show" tests/interop/ike || bad=1
python3 tests/interop/ike_tshark.py "$B/tests/bin/ike-show" tests/interop/ike || bad=1
python3 tests/interop/esn.py "$decap" tests/interop/kernel/* tests/interop/esn || bad=1
python3 tests/interop/explain.py "$B/bin" tests/interop/kernel/* || bad=1
python3 tests/interop/null.py "$decap" tests/interop/kernel/* || bad=1
python3 tests/interop/tshark.py "$decap" tests/interop/kernel || bad=1
python3 tests/interop/refuse.py "$decap" tests/interop/kernel || bad=1
python3 tests/interop/cut.py "$decap" tests/interop || bad=1
python3 tests/interop/streams.py "$decap" tests/interop/kernel || bad=1
python3 tests/interop/threads.py "$decap" tests/interop/kernel || bad=1
python3 tests/interop/encap.py "$B/bin/ipsec-encap" tests/interop/kernel/* || bad=1
python3 tests/interop/vectors.py "$B/bin/ipsec-encap" tests/vectors || bad=1
python3 tests/interop/roundtrip.py "$B/bin" || bad=1
python3 tests/interop/straight.py "$B/bin" || bad=1
# scapy may be the system's, where another python3 comes first
scapy=python3
python3 -c 'import scapy' 2>/dev/null || scapy=/usr/bin/python3
"$scapy" tests/interop/sealed.py "$B/bin/ipsec-encap" tests/interop/kernel || bad=1
# what others wrote, against what is known of it from elsewhere
python3 tests/interop/dumps.py "$B/tests/bin/sa-convert" tests/interop/dumps.tar.xz || bad=1
# what is written for other programs, judged by them
python3 tests/interop/formats.py "$B/tests/bin/sa-convert" tests/interop/kernel/* || bad=1
"$scapy" tests/interop/scapy_opens.py "$B/tests/bin/sa-convert" tests/interop/kernel/* || bad=1
python3 tests/interop/ike_keys.py "$B/tests/bin/ike-keys" tests/ike/charon/* tests/interop/strongswan/* || bad=1
# IKE negotiations followed: messages, keys, child SAs, and what is written of them
python3 tests/interop/ike_follow.py "$B/bin" tests/interop/ike/strongswan || bad=1
python3 tests/interop/ike_follow.py "$B/bin" tests/interop/strongswan || bad=1
python3 tests/interop/ike_public.py "$B/bin/ipsec-ike" tests/interop/ike/public || bad=1
python3 tests/interop/ike_decode.py "$B/bin" tests/interop/ike/strongswan tests/interop/strongswan || bad=1
# live negotiations of our own with ourselves
python3 tests/interop/ike_loop.py "$B/bin" || bad=1
# and the packets that they carry, opened by scapy and tshark, answered by Linux
"$scapy" tests/interop/ike_traffic.py "$B/bin" || bad=1
python3 tests/interop/mtu.py "$B/bin" tests/interop/kernel/* || bad=1
# what openssl and strongSwan say of our certificates
python3 tests/interop/certs.py "$B/bin/ipsec-keygen" || bad=1
# EAP of both roles, with wpa_supplicant's eapol_test and hostapd
python3 tests/interop/eap.py "$B" || bad=1
# captures inspected: counts, findings, other outputs; and a capture for each finding
python3 tests/interop/inspected.py "$B/bin" tests/interop/kernel tests/interop/strongswan tests/interop/ike/strongswan || bad=1
python3 tests/interop/findings.py "$B/bin" tests/interop/kernel tests/interop/strongswan tests/interop/ike/strongswan || bad=1
# shares of a capture, merged, against the report of the whole
python3 tests/interop/sharded.py "$B/bin" tests/interop/kernel tests/interop/strongswan tests/interop/ike/strongswan || bad=1
exit $bad
