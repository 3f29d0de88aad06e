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
python3 - $K "$dir" <<'END'
import sys
for source in ("wire", "plain"):
    data = open("%s/%s.pcap" % (sys.argv[1], source), "rb").read()
    for name, times in (("short", 100), ("long", 200)):
        open("%s/%s-%s" % (sys.argv[2], source, name), "wb").write(data[:24] + data[24:] * times)
END
echo '{"proto":"esp","spi":256,"src":"192.0.2.1","dst":"192.0.2.2","mode":"tunnel","encr":"aes-gcm-16","encr_key":"000102030405060708090a0b0c0d0e0f10111213"}' >"$dir/sa"

# count COMMAND...: its allocations
count()
{
	rm -f "$dir/count"
	env FAULT_COUNT="$dir/count" FAULT_CALL=malloc LD_PRELOAD="$lib" "$@" -q -j1 -w /dev/null
	tail -n 1 "$dir/count"
}

# same NAME INPUT COMMAND...
same()
{
	name=$1 input=$2
	shift 2
	short=$(count "$@" -r "$dir/$input-short")
	long=$(count "$@" -r "$dir/$input-long")
	if [ "$short" -gt 0 ] && [ "$short" -eq "$long" ]; then
		echo "ok alloc $name: $short allocations for 4200 packets and for 8400"
	else
		echo "not ok alloc $name: $short allocations for 4200 packets, $long for 8400"
		bad=1
	fi
}

bad=0
same decap wire "$B/bin/ipsec-decap" --replay-window off -s $K/xfrm-state.txt
same encap plain "$B/bin/ipsec-encap" -s "$dir/sa"
same encap-mtu plain "$B/bin/ipsec-encap" -s "$dir/sa" --mtu 100 --df clear --dummy 3
exit $bad
