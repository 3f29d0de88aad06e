#!/bin/sh
# tests/install.sh install|uninstall: into $D (DESTDIR and PREFIX), from $B.
set -eu
B=${B:-build}
share=$D/share

# each FILE MODE FOLDER: puts it there, or takes it away
each()
{
	[ -f "$1" ] || return 0
	if [ "$what" = install ]; then
		install -d "$3"
		install -m "$2" "$1" "$3/"
		echo "$3/${1##*/}"
	else
		rm -f "$3/${1##*/}"
	fi
}

what=$1
for cmd in cmd/*.c; do
	each "$B/bin/$(basename "$cmd" .c)" 755 "$D/bin"
done
for section in 1 5 7; do
	for page in man/*."$section"; do each "$page" 644 "$share/man/man$section"; done
done
for schema in man/*.json; do each "$schema" 644 "$share/ipsec-toolkit"; done
for file in completions/bash/*; do each "$file" 644 "$share/bash-completion/completions"; done
for file in completions/zsh/*; do each "$file" 644 "$share/zsh/site-functions"; done
for file in completions/fish/*; do each "$file" 644 "$share/fish/vendor_completions.d"; done
[ "$what" = install ] || rmdir "$share/ipsec-toolkit" 2>/dev/null || true
