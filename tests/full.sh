#!/bin/sh
# What "make check-full" does beyond "make check": sanitizers, the other compiler, lint, fuzzing.
set -u
B=${B:-build}
MAKE=${MAKE:-make}
bad=0
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

# variant NAME STEPS MAKE-ARGUMENTS...: builds in $B-NAME and runs steps of tests/run.sh there
variant()
{
	name=$1 steps=$2
	shift 2
	echo "=== $name"
	# shellcheck disable=SC2086
	if $MAKE -s -j2 "B=$B-$name" "$@" all tests >"$B-$name.log" 2>&1 &&
	    { ! grep -q 'warning:' "$B-$name.log" || { cat "$B-$name.log"; false; }; } &&
	    B=$B-$name sh tests/run.sh $steps
	then
		echo "ok full $name"
	else
		tail -n 20 "$B-$name.log"
		echo "not ok full $name"
		bad=1
	fi
}

step()
{
	name=$1
	shift
	echo "=== $name"
	if "$@"; then
		echo "ok full $name"
	else
		echo "not ok full $name"
		bad=1
	fi
}

asan='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined'
variant clang 'unit cli corpus vectors' CC=clang
variant asan 'unit cli corpus vectors' "CFLAGS=$asan" LDFLAGS=-fsanitize=address,undefined
# Criterion's own arena does not start under TSan; the command lines run the threads.
variant tsan 'cli corpus' 'CFLAGS=-O1 -g -fsanitize=thread' LDFLAGS=-fsanitize=thread
step tsan-threads python3 tests/interop/threads.py "$B-tsan/bin/ipsec-decap" tests/interop/kernel
step tsan-encap python3 tests/interop/roundtrip.py "$B-tsan/bin"
step tsan-inspect python3 tests/interop/inspected.py "$B-tsan/bin" tests/interop/kernel tests/interop/strongswan tests/interop/ike/strongswan
step tsan-streams python3 tests/interop/streams.py "$B-tsan/bin/ipsec-decap" tests/interop/kernel
case=tests/interop/kernel/esp-tun44-aes128gcm16-outerfrag
step fault sh tests/fault/run.sh "$B/bin/ipsec-decap" -q -j1 -s $case/xfrm-state.txt -r $case/wire.pcap -w "$B/fault.pcap"
step fault-cert sh tests/fault/run.sh "$B/bin/ipsec-keygen" -q cert --subject CN=x --ca tests/certs/sub.pem \
	--ca-key tests/certs/sub.key --san gw --type ed25519 -o "$B/fault-cert"
step fault-keygen sh tests/fault/run.sh "$B/bin/ipsec-keygen" -q sa --proposal aes256-sha256-esn --pair \
	--src 192.0.2.1 --dst 192.0.2.2 --ts '10.0.0.0/8=any' --label x -o "$B/fault.json"
step fault-derive sh tests/fault/run.sh sh -c \
	"exec $B/bin/ipsec-keygen derive -q -o $B/fault.json <tests/fuzz/corpus/derive/x25519"
ike=tests/interop/ike/strongswan/cert-chain-fragmented
step fault-ike sh tests/fault/run.sh "$B/bin/ipsec-ike" decode -q --full --keys $ike/responder.log -r $ike/wire.pcap \
	--write-decrypted "$B/fault.pcap" --keylog "$B/fault.json"
step fault-inspect sh tests/fault/run.sh "$B/bin/ipsec-inspect" -q --guess --keys $ike/responder.log -r $ike/wire.pcap \
	--other $ike/wire.pcap --html "$B/fault.html" --csv "$B/fault.csv" --annotate "$B/fault.pcapng"
for who in initiate respond; do
	FAULT_PRELOAD=IKE_PRELOAD FAULT_MOST=60 step fault-ike-$who sh tests/fault/run.sh sh tests/fault/ike_live.sh "$B/bin/ipsec-ike" $who
done
step fault-ike-sa sh tests/fault/run.sh "$B/bin/ipsec-ike" decode -q --print-sa --json="$B/fault.json" \
	--keys tests/interop/strongswan/v1-quick-rekey/responder.log -r tests/interop/strongswan/v1-quick-rekey/wire.pcap
plain=tests/interop/kernel/esp-tun44-aes128gcm16-outerfrag/plain.pcap
seal="$B/bin/ipsec-encap -q -j1 -s $B/fault.sa -r $plain"
echo '{"proto":"esp","spi":256,"src":"192.0.2.1","dst":"192.0.2.2","mode":"tunnel","encr":"aes-gcm-16","encr_key":"000102030405060708090a0b0c0d0e0f10111213"}' >"$B/fault.sa"
$seal -w "$B/fault-like.pcap"
# shellcheck disable=SC2086
step fault-encap sh tests/fault/run.sh $seal -w "$B/fault.pcap" --mtu 1400 --impair replay:every=3,reorder:every=4 \
	--like "$B/fault-like.pcap"
step fault-state sh tests/fault/run.sh sh -c "rm -f $B/fault.state; exec $seal -w $B/fault.pcap --state $B/fault.state"
sa="$B/bin/ipsec-sa -q"
for words in "show $case/xfrm-state.txt" "check -v $case/xfrm-state.txt" "select encr~aes $case/xfrm-state.txt" \
    "diff $case/xfrm-state.txt tests/sa/encap.json" "mtu --link 1500 -s $case/xfrm-state.txt" "algorithms --names" \
    "convert --to native -o $B/fault.o $case/xfrm-state.txt"; do
	# shellcheck disable=SC2086
	step "fault-sa-${words%% *}" sh tests/fault/run.sh $sa $words
done
step alloc sh tests/fault/alloc.sh
step cut python3 tests/interop/cut.py "$B/bin/ipsec-decap" tests/interop all
step lint env "B=$B" sh tests/lint.sh
step fuzz env "MAKE=$MAKE" sh tests/fuzz/run.sh "${FUZZ_SECONDS:-30}"
[ $bad -eq 0 ] && echo "full: all well"
exit $bad
