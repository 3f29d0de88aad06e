#!/bin/sh
# tests/fault/run.sh COMMAND...: runs it once for each call that can fail, with that call failing.
# It must end by itself with 0 to 3 (no crash, no hang), and with a message unless it is 0 or 1.
# FAULT_MOST: how many of each call at most (200); later ones are spread over the run.
# FAULT_PRELOAD: the variable that has the library, for commands that preload it in one of their processes.
set -u
B=${B:-build}
most=${FAULT_MOST:-200}
preload=${FAULT_PRELOAD:-LD_PRELOAD}
lib=$B/fault.so
case $lib in /*) ;; *) lib=$(pwd)/$lib ;; esac
mkdir -p "$B"
${CC:-cc} -shared -fPIC -O1 -g -o "$lib" tests/fault/preload.c -ldl || exit 3
dir=$(mktemp -d) || exit 3
trap 'rm -rf "$dir"' EXIT
bad=0
for call in malloc read write open close rename; do
	rm -f "$dir/count"
	env FAULT_COUNT="$dir/count" FAULT_CALL=$call "$preload=$lib" "$@" \
		>"$dir/out" 2>"$dir/err" </dev/null
	total=$(tail -n 1 "$dir/count" 2>/dev/null)
	total=${total:-0}
	step=$((total / most + 1))
	n=1 wrong=0
	while [ "$n" -le "$total" ]; do
		timeout 60 env FAULT_CALL=$call FAULT_AT=$n "$preload=$lib" "$@" \
			>"$dir/out" 2>"$dir/err" </dev/null
		rc=$?
		if [ $rc -gt 3 ] || { [ $rc -ge 2 ] && [ ! -s "$dir/err" ]; }; then
			echo "$call $n of $total failed: status $rc"
			cat "$dir/err"
			wrong=1
		fi
		n=$((n + step))
	done
	if [ $wrong -eq 0 ]; then
		echo "ok fault $call ($total calls)"
	else
		echo "not ok fault $call"
		bad=1
	fi
done
exit $bad
