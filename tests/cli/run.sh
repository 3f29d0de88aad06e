#!/bin/sh
# tests/cli/run.sh [--update] [NAME...]: the command line tests of tests/cli/list.
#
# A line of the list is "name | status | command"; '#' begins a comment line.  The command is given
# to sh in an empty folder, where "t" is a link to tests/; stdin is /dev/null, PATH has the built
# tools first.  stdout and stderr must be what tests/cli/out/NAME.out and NAME.err hold; a golden
# that is not there means "nothing".  --update writes them anew.
set -u
root=$(pwd)
B=${B:-build}
case $B in /*) ;; *) B=$root/$B ;; esac
out=$root/tests/cli/out
update=no
[ "${1-}" != --update ] || { update=yes; shift; }
PATH=$B/bin:$B/tests/bin:$PATH
LC_ALL=C TZ=UTC
export PATH LC_ALL TZ
unset NO_COLOR
top=$(mktemp -d) || exit 3
trap 'rm -rf "$top"' EXIT
trap 'exit 130' INT TERM
bad=0

# same KIND GOLDEN GOT: shows the difference, or rewrites the golden
same()
{
	golden=$2
	[ -f "$golden" ] || golden=/dev/null
	cmp -s "$golden" "$3" && return 0
	if [ $update = no ]; then
		diff -au "$golden" "$3" | sed "s/^/$1: /"
		return 1
	fi
	if [ -s "$3" ]; then
		mkdir -p "$out" && cp "$3" "$2"
	else
		rm -f "$2"
	fi
}

# one NAME STATUS COMMAND
one()
{
	mkdir "$top/$1" && cd "$top/$1" && ln -s "$root/tests" t || exit 3
	sh -c "$3" >"$top/out" 2>"$top/err" </dev/null
	got=$?
	cd "$root" || exit 3
	fine=yes
	[ "$got" -eq "$2" ] || { echo "status: found $got, wanted $2"; fine=no; }
	same stdout "$out/$1.out" "$top/out" || fine=no
	same stderr "$out/$1.err" "$top/err" || fine=no
	if [ $fine = yes ]; then
		echo "ok cli $1"
	else
		printf 'not ok cli %s: %s\n' "$1" "$3"
		bad=1
	fi
	rm -rf "${top:?}/$1"
}

seen=" "
while IFS= read -r line; do
	case $line in ''|'#'*) continue ;; esac
	name=${line%%" | "*}
	rest=${line#*" | "}
	status=${rest%%" | "*}
	command=${rest#*" | "}
	case $name in *[!a-z0-9.-]*|'') echo "not ok cli: wrong name in \"$line\""; bad=1; continue ;; esac
	case $status in [0-9]|[0-9][0-9]|[0-9][0-9][0-9]) ;; *) echo "not ok cli: wrong status in \"$line\""; bad=1; continue ;; esac
	case $seen in *" $name "*) echo "not ok cli: $name is there twice"; bad=1; continue ;; esac
	seen="$seen$name "
	[ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	one "$name" "$status" "$command"
done <tests/cli/list

# A golden that no line asks for would rot.
for golden in "$out"/*; do
	[ -f "$golden" ] || continue
	name=$(basename "$golden")
	case $seen in *" ${name%.*} "*) ;; *)
		if [ $update = yes ]; then
			rm -f "$golden"
		else
			echo "not ok cli: $golden belongs to no line of the list"
			bad=1
		fi ;;
	esac
done
exit $bad
