#!/bin/sh
# The scripts in completions/ are what the tools print; --write writes them.
set -u
B=${B:-build}
bad=0

# current TOOL SHELL FILE
current()
{
	if ! "$B/bin/$1" --completions="$2" >"$new"; then
		echo "not ok completions $1 $2: the tool prints none"
		bad=1
	elif [ "$write" = yes ]; then
		mkdir -p "$(dirname "$3")" && cat "$new" >"$3" || bad=1
	elif cmp -s "$new" "$3"; then
		echo "ok completions $3"
	else
		diff -u "$3" "$new"
		echo "not ok completions $3: run make completions"
		bad=1
	fi
}

write=no
[ "${1-}" != --write ] || write=yes
new=$(mktemp) || exit 3
trap 'rm -f "$new"' EXIT
for cmd in cmd/*.c; do
	[ -f "$cmd" ] || continue
	tool=$(basename "$cmd" .c)
	current "$tool" bash "completions/bash/$tool"
	current "$tool" zsh "completions/zsh/_$tool"
	current "$tool" fish "completions/fish/$tool.fish"
done
[ $write = yes ] || for file in completions/bash/*; do
	[ -f "$file" ] || continue
	if bash -n "$file"; then
		echo "ok completions: bash reads $file"
	else
		echo "not ok completions: bash does not read $file"
		bad=1
	fi
	[ -f "cmd/${file##*/}.c" ] || { echo "not ok completions: no such tool: $file"; bad=1; }
done
[ $write = yes ] || [ $bad = 1 ] || echo "ok completions"
exit $bad
