#!/bin/sh
# Runs in the guest: the gateway in a namespace, 192.0.2.2; ipsec-ike outside of it, 192.0.2.1.
job=$PWD root=$PWD/root
export PATH="$job/bin:$root/usr/sbin:$PATH" LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu"

expect() # NAME FINE
{
	if [ "$2" = yes ]; then echo "ok others $1"; else echo "not ok others $1"; fi
}

yes_if() { if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }

# Up to 20 s until a file has so many lines with these words.
await() # FILE WORDS COUNT
{
	for _ in $(seq 100); do
		[ "$(grep -c "$2" "$1" 2>/dev/null)" -ge "$3" ] && return 0
		sleep 0.2
	done
	return 1
}

# initiate NAME SCRIPT [OPTION...]: the page's command, with more options, brings up and deletes what it shows
initiate()
{
	name=$1 script=$2
	shift 2
	rm -f sa.json
	sed "s|> sa.json|$* > sa.json|" "$job/$script" >command.sh
	if sh command.sh 2>messages && [ "$(wc -l <sa.json)" -ge 2 ]; then expect "$name" yes; else
		cat messages
		expect "$name" no
	fi
}

mkdir -p /run/pluto /tmp/nss /tmp/work /tmp/conf /tmp/empty
cp -a /etc /tmp/etc
echo '_iked:x:990:990::/tmp/empty:/usr/sbin/nologin' >>/tmp/etc/passwd
echo '_iked:x:990:' >>/tmp/etc/group
for d in private ca certs crls pubkeys/ipv4 pubkeys/ipv6 pubkeys/fqdn pubkeys/ufqdn; do mkdir -p "/tmp/etc/iked/$d"; done
mount --bind /tmp/etc /etc
mount --bind "$root/usr/libexec" /usr/libexec
ip netns add gw
ip link add w0 type veth peer name eth0 netns gw
ip addr add 192.0.2.1/24 dev w0
ip link set w0 up
ip link set lo up
ip -n gw addr add 192.0.2.2/24 dev eth0
ip -n gw link set eth0 up
ip -n gw link set lo up
ip -n gw addr add 10.2.0.1/24 dev lo
cd /tmp/work || exit 1

"$root/usr/bin/certutil" -N -d sql:/tmp/nss --empty-password
cp "$job/ipsec.conf" "$job/ipsec.secrets" /tmp/conf
expect libreswan-reads-it "$(yes_if /usr/libexec/ipsec/addconn --config /tmp/conf/ipsec.conf --checkconfig)"
ip netns exec gw /usr/libexec/ipsec/pluto --config /tmp/conf/ipsec.conf --secretsfile /tmp/conf/ipsec.secrets \
	--nssdir /tmp/nss --rundir /run/pluto --logfile "$job/pluto.log" --ipsecdir /tmp/conf --use-xfrm
await "$job/pluto.log" 'listening for IKE' 1
whack() { ip netns exec gw /usr/libexec/ipsec/whack --ctlsocket /run/pluto/pluto.ctl "$@"; }
ip netns exec gw /usr/libexec/ipsec/addconn --ctlsocket /run/pluto/pluto.ctl --config /tmp/conf/ipsec.conf toolkit
initiate libreswan-initiate initiate.sh
initiate libreswan-rekeys initiate.sh --do rekey-child,rekey-ike,dpd,rekey-child
initiate libreswan-what-peers-ignore initiate.sh --impair unknown-payload,reserved-bits,minor-version,reorder-payloads
sh "$job/respond.sh" >ours.json 2>messages &
ours=$!
await ours.json ike-listening 1
whack --initiate --name toolkit
whack --rekey-ipsec --name toolkit
whack --rekey-ike --name toolkit
await ours.json ike-child-rekeyed 1
await ours.json ike-rekeyed 1
expect libreswan-respond "$(yes_if grep -q ike-rekeyed ours.json)"
kill $ours
if wait $ours; then expect libreswan-parted yes; else expect libreswan-parted no; fi
whack --shutdown

openssl ecparam -name prime256v1 -genkey -noout -out /etc/iked/private/local.key
openssl ec -in /etc/iked/private/local.key -pubout -out /etc/iked/local.pub
iked_up() # passive|active
{
	sed "s/passive/$1/" "$job/iked.conf" >/etc/iked.conf
	chmod 600 /etc/iked.conf /etc/iked/private/local.key
	ip netns exec gw iked -d -v -v -f /etc/iked.conf >"$job/iked-$1.log" 2>&1 &
	await "$job/iked-$1.log" 'config_getstatic: nattport' 1
}
iked_up passive
expect openiked-reads-it "$(yes_if iked -n -f /etc/iked.conf)"
initiate openiked-initiate initiate-iked.sh
initiate openiked-rekeys initiate-iked.sh --do rekey-child,rekey-ike,dpd
kill "$(pidof -s iked)"
sleep 1
sh "$job/respond-iked.sh" >ours.json 2>messages &
ours=$!
await ours.json ike-listening 1
iked_up active
await ours.json ike-child-up 1
expect openiked-respond "$(yes_if grep -q ike-child-up ours.json)"
kill $ours
