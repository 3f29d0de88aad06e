#!/bin/sh
# Manual pages are clean, and hold every option of --help and no other.
set -u
B=${B:-build}
bad=0

verdict()	# STATUS WHAT
{
	if [ "$1" -eq 0 ]; then
		echo "ok man $2"
	else
		echo "not ok man $2"
		bad=1
	fi
}

# The subcommands, if there are any.
subs()
{
	"$B/bin/$1" --help | awk '/^$/ { on = 0 } on { print $1 } /^Subcommands:$/ { on = 1 }'
}

# --help, and that of each subcommand.
helps()
{
	"$B/bin/$1" --help
	for sub in $(subs "$1"); do "$B/bin/$1" "$sub" --help; done
}

# The option names of "  -s, --sa FILE  text" lines: s, -sa.
of_help()
{
	helps "$1" | sed -n 's/^  \( *-\)/\1/p' |
		awk '{ for (i = 1; i <= 2; i++) if ($i ~ /^-/) { sub(/[[,=].*/, "", $i); print substr($i, 2) } }' | sort -u
}

# Those of ".It Fl s Ar file , Fl -sa Ar file".
of_page()
{
	sed -n 's/^\.It Fl /Fl /p' "$1" | tr ' ' '\n' |
		awk 'last == "Fl" { sub(/[[,=].*/, ""); print } { last = $1 }' | sort -u
}

for page in man/*.[157]; do
	[ -f "$page" ] || continue
	mandoc -Tlint -W warning "$page"
	verdict $? "$page: lint"
done
for cmd in cmd/*.c; do
	[ -f "$cmd" ] || continue
	tool=$(basename "$cmd" .c)
	page=man/$tool.1
	[ -f "$page" ]
	verdict $? "$tool has a page"
	[ -f "$page" ] || continue
	help=$(of_help "$tool")
	paged=$(of_page "$page")
	for option in $help; do
		printf '%s\n' "$paged" | grep -qxe "$option"
		verdict $? "$tool: -$option is in the page"
	done
	for option in $paged; do
		printf '%s\n' "$help" | grep -qxe "$option"
		verdict $? "$tool: -$option of the page is in --help"
	done
	[ -n "$(subs "$tool")" ] || continue
	for sub in $(subs "$tool"); do
		grep -q "^\.It Cm $sub\b" "$page"
		verdict $? "$tool: $sub is in the page"
	done
	# shellcheck disable=SC2013
	for sub in $(sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' "$page"); do
		subs "$tool" | grep -qx "$sub"
		verdict $? "$tool: $sub of the page is in --help"
	done
done
for schema in man/*.json; do
	[ -f "$schema" ] || continue
	jq empty "$schema"
	verdict $? "$schema is JSON"
done
exit $bad
