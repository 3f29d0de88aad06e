#!/bin/sh
# tests/fault/alloc.sh: a capture twice as long takes not one allocation more.
set -u
B=${B:-build}
K=tests/interop/kernel/esp-tun44-aes128gcm8
lib=$B/fault.so
case $lib in /*) ;; *) lib=$(pwd)/$lib ;; esac
dir=$(mktemp -d) || exit 3
trap 'rm -rf "$dir"' EXIT
${CC:-cc} -shared -fPIC -O1 -g -o "$lib" tests/fault/preload.c -ldl || exit 3
python3 - $K/wire.pcap "$dir" <<'END'
import sys
data = open(sys.argv[1], "rb").read()
for name, times in (("short", 50), ("long", 100)):
    open(sys.argv[2] + "/" + name, "wb").write(data[:24] + data[24:] * times)
END
count()
{
	rm -f "$dir/count"
	env FAULT_COUNT="$dir/count" FAULT_CALL=malloc LD_PRELOAD="$lib" \
		"$B/bin/ipsec-decap" -q -j1 --replay-window off -s $K/xfrm-state.txt -r "$1" -w /dev/null
	tail -n 1 "$dir/count"
}
short=$(count "$dir/short")
long=$(count "$dir/long")
if [ "$short" -gt 0 ] && [ "$short" -eq "$long" ]; then
	echo "ok alloc: $short allocations for 2100 packets and for 4200"
else
	echo "not ok alloc: $short allocations for 2100 packets, $long for 4200"
	exit 1
fi
