#!/bin/sh
# What README.md and the manual pages tell to type exists: make targets, files, tools and their options.
set -u
B=${B:-build}
bad=0

verdict()
{
	if [ "$1" -eq 0 ]; then
		echo "ok readme $2"
	else
		echo "not ok readme $2"
		bad=1
	fi
}

code=$(awk '/^```/ { on = !on; next } on' README.md)
for target in $(printf '%s\n' "$code" | sed -n 's/.*\bmake \([a-z][a-z-]*\).*/\1/p' | sort -u); do
	grep -qE "^([a-z -]* )?$target( [a-z -]*)?:" Makefile
	verdict $? "make $target"
done
# shellcheck disable=SC2013
for file in $(sed -n 's/.*](\([^)#:]*\)).*/\1/p' README.md | sort -u); do
	[ -e "$file" ]
	verdict $? "link to $file"
done
for tool in $(printf '%s\n' "$code" | grep -o 'ipsec-[a-z]*' | grep -v toolkit | sort -u); do
	[ -f "cmd/$tool.c" ]
	verdict $? "$tool is a tool"
	[ -f "cmd/$tool.c" ] || continue
	help=$("$B/bin/$tool" --help)
	subs=$(printf '%s\n' "$help" | awk '/^$/ { on = 0 } on { print $1 } /^Subcommands:$/ { on = 1 }')
	for sub in $subs; do
		help="$help
$("$B/bin/$tool" "$sub" --help)"
	done
	for option in $(printf '%s\n' "$code" | tr '|' '\n' | grep "$tool" |
	    grep -oE -- '(^| )--?[a-zA-Z][a-z-]*' | sort -u); do
		printf '%s\n' "$help" | grep -qE -- "^ +(-., )?$option\b"
		verdict $? "$tool $option"
	done
done
exit $bad
