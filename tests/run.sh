#!/bin/sh
# tests/run.sh STEP...: runs the steps and ends with the line "N passed, N failed".
# A step's output is counted by its lines: "ok ...", "not ok ...", "N passed, N failed", or
# Criterion's synthesis.  A step that fails without such a line, or counts nothing, is a failure.
set -u
B=${B:-build}
export B
log=$(mktemp) || exit 3
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0

# shellcheck disable=SC2317
step_unit()
{
	LC_ALL=C "$B/unit" --color=never --jobs "$(getconf _NPROCESSORS_ONLN)" 2>&1
}

# Every entry over its corpus; an entry without one still runs over this script.
step_corpus()
{
	for entry in "$B"/fuzz/*; do
		[ -f "$entry" ] || continue
		name=${entry##*/}
		[ "$name" = "${name%.*}" ] || continue
		[ -f "tests/fuzz/$name.c" ] || continue
		set -- tests/run.sh
		[ ! -d "tests/fuzz/corpus/$name" ] || set -- "$@" "tests/fuzz/corpus/$name"
		if "$entry" "$@"; then
			echo "ok corpus $name"
		else
			echo "not ok corpus $name"
		fi
	done
	echo "ok corpus: all entries ran"
}

step_vectors()
{
	[ -f tests/vectors/run.c ] || { echo "ok vectors: none in this tree"; return; }
	if "$B/vectors" tests/vectors; then
		echo "ok vectors program"
	else
		echo "not ok vectors program"
	fi
}

step()
{
	case $1 in
	unit|corpus|vectors) "step_$1" ;;
	layers) sh tests/layers.sh && sh tests/layers.sh --prove ;;
	cli) sh tests/cli/run.sh ;;
	*) sh "tests/$1.sh" ;;
	esac
}

for name; do
	echo "== $name"
	start=$(date +%s)
	(step "$name") >"$log" 2>&1
	rc=$?
	# shellcheck disable=SC2046
	set -- $(awk '
		/^ok / { ok++ }
		/^not ok / { bad++ }
		/^[0-9]+ passed, [0-9]+ failed/ { ok += $1; bad += $3 }
		/Synthesis: Tested:/ {
			gsub(/[|:]/, " ")
			for (i = 1; i < NF; i++) {
				if ($i == "Passing") ok += $(i + 1)
				if ($i == "Failing" || $i == "Crashing") bad += $(i + 1)
			}
		}
		END { print ok + 0, bad + 0 }' "$log")
	ok=$1 bad=$2
	if [ "$bad" -eq 0 ] && { [ "$rc" -ne 0 ] || [ "$ok" -eq 0 ]; }; then
		echo "step $name ended with status $rc, $ok passed"
		bad=1
	fi
	[ "$bad" -eq 0 ] || grep -v '^ok ' "$log"
	echo "$name: $ok passed, $bad failed, $(($(date +%s) - start)) s"
	passed=$((passed + ok))
	failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
