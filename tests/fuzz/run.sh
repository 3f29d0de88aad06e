#!/bin/sh
# tests/fuzz/run.sh SECONDS [NAME...]: each entry for so long, with libFuzzer and sanitizers.
# New inputs stay in build-fuzz/work/NAME; a crash is written there and ends the run.
set -eu
seconds=${1:-60}
[ $# -eq 0 ] || shift
if [ $# -eq 0 ]; then
	for f in tests/fuzz/*.c; do
		name=$(basename "$f" .c)
		[ "$name" = replay ] || [ "$name" = '*' ] || set -- "$@" "$name"
	done
fi
B=${B:-build}-fuzz
san=address,undefined
${MAKE:-make} -s "B=$B" CC=clang \
	"CFLAGS=-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,$san -fno-sanitize-recover=undefined" \
	LDFLAGS=-fsanitize=$san "$B/libcommon.a"
for name; do
	work=$B/work/$name
	seed=tests/fuzz/corpus/$name
	mkdir -p "$work" "$seed"
	${MAKE:-make} -s "B=$B" CC=clang \
		"CFLAGS=-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,$san -fno-sanitize-recover=undefined" \
		LDFLAGS=-fsanitize=$san "$B/tests/fuzz/$name.o"
	# shellcheck disable=SC2046
	clang -fsanitize=fuzzer,$san -o "$work.run" "$B/tests/fuzz/$name.o" "$B/libcommon.a" \
		$(pkg-config --libs libssl libcrypto libsodium libpcap jansson zlib) -lpthread
	if "$work.run" -max_total_time="$seconds" -artifact_prefix="$work/" -rss_limit_mb=2048 \
	    "$work" "$seed" >"$work.log" 2>&1
	then
		echo "ok fuzz $name: $(tail -n 1 "$work.log")"
	else
		tail -n 40 "$work.log" >&2
		echo "not ok fuzz $name"
		exit 1
	fi
done
