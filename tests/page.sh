#!/bin/sh
# tests/page.sh: the page of ipsec-inspect --html in headless Chromium.
B=${B:-build}
exec python3 tests/interop/page.py "$B/bin" tests/interop/ike/strongswan/loss-responses-gcm tests/interop/ike/strongswan/v1-main-rsa \
	tests/interop/strongswan/rekey-child-pfs-ecp384-gcm tests/interop/kernel/many-sa-66 tests/interop/kernel/esp-tun44-aes128gcm16-outerfrag
