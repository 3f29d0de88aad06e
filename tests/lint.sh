#!/bin/sh
# Static checks: cppcheck, clang-tidy, shellcheck, mandoc.  Each must be clean.
set -u
bad=0

run()
{
	what=$1
	shift
	if "$@"; then
		echo "ok lint $what"
	else
		echo "not ok lint $what"
		bad=1
	fi
}

# shellcheck disable=SC2317
tidy()
{
	find libcommon cmd -name '*.c' -print0 |
	xargs -0 -n 4 -P "$(getconf _NPROCESSORS_ONLN)" sh -c \
	    'clang-tidy --quiet --warnings-as-errors="*" "$@" -- -std=c17 -D_DEFAULT_SOURCE -Ilibcommon 2>/dev/null' tidy
}

run cppcheck cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	--error-exitcode=1 --suppress=missingIncludeSystem -Ilibcommon -j 2 libcommon cmd
run clang-tidy tidy
git ls-files -co --exclude-standard >/dev/null 2>&1 || { echo "not ok lint: not in a git tree"; exit 1; }
# shellcheck disable=SC2046
run shellcheck shellcheck $(git ls-files -co --exclude-standard -- ':!tests/sa' ':!tests/fuzz/corpus' | while IFS= read -r f; do
	[ -f "$f" ] && head -n 1 "$f" | grep -aqE '^#! */bin/(ba|da)?sh' && printf '%s\n' "$f"
done)
for page in man/*.[157]; do
	[ ! -f "$page" ] || run "mandoc $page" mandoc -Tlint -W warning "$page"
done
exit $bad
