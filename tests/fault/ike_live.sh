#!/bin/sh
# tests/fault/ike_live.sh IPSEC-IKE initiate|respond: one negotiation over loopback, for tests/fault/run.sh with
# FAULT_PRELOAD=IKE_PRELOAD: the failing calls are those of that end alone.  Its exit status is that end's.
set -u
ike=$1 who=$2
lib=${IKE_PRELOAD-}
dir=$(mktemp -d) || exit 3
trap 'rm -rf "$dir"' EXIT
(umask 077; echo secret >"$dir/psk")
of_respond='' of_initiate=''
[ "$who" = respond ] && of_respond=$lib || of_initiate=$lib
env LD_PRELOAD="$of_respond" "$ike" respond --listen 127.0.0.1:1600 --sessions 1 --psk-file "$dir/psk" --id gw.example -q \
	--events --half-open-time 0.5 --keylog "$dir/rk" --save "$dir/rs" >"$dir/out" &
responder=$!
until [ -s "$dir/out" ] || ! kill -0 $responder 2>/dev/null; do sleep 0.01; done
env LD_PRELOAD="$of_initiate" "$ike" initiate 127.0.0.1 --port 1600 --psk-file "$dir/psk" --id me@example -q --events \
	--retransmit 0.05 --tries 3 --keylog "$dir/ik" --save "$dir/is" --do rekey-child,rekey-ike >/dev/null
status=$?
kill $responder 2>/dev/null
wait $responder
ended=$?
[ "$who" = initiate ] || status=$ended
exit $status
