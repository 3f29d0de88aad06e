#!/bin/sh
# What may include what.  "ok"/"not ok" a line for each rule; tests/layers.sh [TREE] checks a tree,
# tests/layers.sh --prove shows on bad trees that each rule can fail.
set -u
order="base crypto packet sa esp ike report cli"

# An include stays in its folder or points down the list, never up; sub-folders count as their parent.
direction()
{
	grep -rno '#include "[^"]*"' libcommon --include='*.[ch]' |
	awk -F'[:"]' -v order="$order" '
		BEGIN { n = split(order, l, " "); for (i = 1; i <= n; i++) rank[l[i]] = i }
		{
			split($1, at, "/"); from = at[2]
			parts = split($4, to, "/")
			if (parts < 2 || !(from in rank) || !(to[1] in rank) || rank[to[1]] > rank[from])
				print $1 ":" $2 ": " from " must not include \"" $4 "\""
		}'
}

# Third-party headers: pattern, then where it may appear (a folder ends with /).
third_party()
{
	while read -r header places; do
		grep -rnE "#include <$header>" libcommon cmd tests --include='*.[ch]' 2>/dev/null |
		while IFS= read -r line; do
			file=${line%%:*}
			allowed=no
			for place in $places; do
				case $place in
				*/) case $file in "$place"*) allowed=yes ;; esac ;;
				*) # shellcheck disable=SC2254
				   case $file in $place) allowed=yes ;; esac ;;
				esac
			done
			[ $allowed = yes ] || echo "$line: $header is only for $places"
		done
	done <<-END
	openssl/.* libcommon/crypto/ tests/unit/crypto/ tests/unit/ike/ tests/vectors/ tests/bench/
	sodium.h libcommon/base/secret.c libcommon/base/text.c libcommon/crypto/ libcommon/cli/cli.c
	pcap(/.*)?.h libcommon/packet/pcap_*.c tests/unit/packet/
	jansson.h libcommon/base/json.c tests/
	zlib.h libcommon/esp/ipcomp.c libcommon/packet/ tests/
	gcrypt.h libcommon/crypto/suite_gcrypt.c
	intel-ipsec-mb.h libcommon/crypto/suite_mb* tests/bench/
	seccomp.h libcommon/cli/sandbox.c
	linux/landlock.h libcommon/cli/sandbox.c
	linux/if_tun.h libcommon/ike/tun.c
	pthread.h libcommon/packet/flow.c libcommon/packet/pcap_ahead.c libcommon/crypto/evp.c tests/
	sys/socket.h libcommon/ike/transport*.c libcommon/ike/tun_net.c libcommon/base/text.c tests/
	criterion/.* tests/
	END
}

# FOLDER_FILE_H, so that no two headers share a guard.
guards()
{
	find libcommon -name '*.h' | while IFS= read -r file; do
		guard=$(echo "${file#libcommon/}" | tr 'a-z/.-' 'A-Z___')
		grep -q "^#ifndef $guard\$" "$file" && grep -q "^#define $guard\$" "$file" ||
			echo "$file: include guard is not $guard"
	done
}

unfinished()
{
	grep -rnE '\bXXX\b' libcommon cmd --include='*.[ch]' 2>/dev/null
}

unbounded()
{
	grep -rnE '\b(strcpy|strcat|sprintf|vsprintf|gets|strncpy|strtok|alloca)\(' libcommon cmd \
		--include='*.[ch]' 2>/dev/null
}

# Packed structures over wire bytes are not how this project reads them.
packed()
{
	grep -rnE '__attribute__\(\(.*packed|#pragma pack' libcommon cmd --include='*.[ch]' 2>/dev/null
}

# A command that needs no IKE holds none of it.
symbols()
{
	for tool in ipsec-decap ipsec-encap ipsec-keygen ipsec-sa; do
		[ -x "${B:-build}/bin/$tool" ] || continue
		nm "${B:-build}/bin/$tool" | grep ' [TtDdRr] ike_' | sed "s/^/$tool: /"
	done
}

rules="direction third_party guards unfinished unbounded packed symbols"

check()
{
	status=0
	for rule in $rules; do
		found=$($rule)
		if [ -z "$found" ]; then
			echo "ok layers $rule"
		else
			echo "$found"
			echo "not ok layers $rule"
			status=1
		fi
	done
	return $status
}

# prove RULE FILE TEXT: a tree with that text in that file must break that rule.
prove()
{
	rm -rf "$tree/libcommon"
	mkdir -p "$tree/$(dirname "$2")"
	printf '%b\n' "$3" >"$tree/$2"
	if sh "$self" "$tree" 2>&1 | grep -q "^not ok layers $1\$"; then
		echo "ok layers: $1 can fail"
	else
		echo "not ok layers: $1 did not fail for $2: $3"
		bad=1
	fi
}

case ${1-} in
--prove)
	self=$(pwd)/tests/layers.sh
	tree=$(mktemp -d) || exit 3
	trap 'rm -rf "$tree"' EXIT
	bad=0
	prove direction libcommon/esp/esp.c '#include "ike/ids.h"'
	prove direction libcommon/sa/format/xfrm.c '#include "report/text.h"'
	prove direction libcommon/packet/ip.c '#include "ip.h"'
	prove third_party libcommon/sa/sa.c '#include <openssl/evp.h>'
	prove third_party libcommon/packet/ip.c '#include <pcap.h>'
	prove third_party libcommon/base/json.h '#include <jansson.h>'
	prove guards libcommon/base/rd.h '#ifndef RD_H\n#define RD_H\n#endif'
	prove unfinished libcommon/base/rd.c '/* XXX later */'
	prove unbounded libcommon/base/rd.c 'strcpy(a, b);'
	prove packed libcommon/packet/ip.c 'struct x { int a; } __attribute__((packed));'
	exit $bad ;;
'') check ;;
*) cd "$1" && check ;;
esac
