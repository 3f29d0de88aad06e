#!/bin/sh
# tests/slurm.sh: ipsec-inspect as a Slurm job array, as ipsec-inspect(1) has it; "make check SLURM=no" leaves it out.
set -u
B=${B:-build}
bin=$(cd "$B/bin" && pwd)
root=$(pwd)
D=$(mktemp -d) || exit 3
trap 'sh "$root/tests/interop/slurm-one" down "$D" >/dev/null 2>&1; sleep 1; rm -rf "$D"' EXIT
trap 'exit 130' INT TERM
export SLURM_CONF="$D/slurm.conf"

fail()
{
	echo "not ok slurm: $*"
	tail -n 5 "$D"/*.log 2>/dev/null
	exit 1
}

[ "$(id -u)" = 0 ] || fail "needs root; make check SLURM=no leaves it out"
sh tests/interop/slurm-one up "$D" >"$D/up.log" 2>&1 || fail "it does not start"
i=0
until sinfo -h -o %t 2>/dev/null | grep -q idle; do
	i=$((i + 1))
	[ $i -lt 300 ] || fail "the node does not come up"
	sleep 0.1
done
cp tests/interop/kernel/many-sa-66/wire.pcap "$D/big.pcap"
# the script of the manual page
awk '/^\$ cat inspect.sh$/ { on = 1; next } /^\$ sbatch/ { on = 0 } on' man/ipsec-inspect.1 | sed 's/\\e$/\\/' >"$D/inspect.sh"
grep -q SBATCH "$D/inspect.sh" || fail "the manual page has no example"
(cd "$D" && PATH=$bin:$PATH timeout 120 sbatch --wait -o /dev/null inspect.sh >"$D/batch.log" 2>&1) || fail "$(cat "$D/batch.log")"
"$bin/ipsec-inspect" --json -r "$D/big.pcap" | sed "s|$D/||" >"$D/whole.json"
(cd "$D" && "$bin/ipsec-inspect" --json --merge share-*.json) >"$D/merged.json"
cmp -s "$D/whole.json" "$D/merged.json" || fail "the merged report differs: $(diff "$D/whole.json" "$D/merged.json" | head -n 3)"
set -- "$D"/share-*.json
echo "ok slurm: a job array of $# shares gives the report of the whole"
