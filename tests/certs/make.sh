#!/bin/sh
# How the files here were made, by OpenSSL 3.0: run in an empty folder.  chain-*.pem, ed*.pem are
# strongSwan's (shared/captures/strongswan cert-chain, cert-ed25519, cert-ed448).
set -eu
days=20000
conf=$(mktemp)
trap 'rm -f "$conf"' EXIT
cat >"$conf" <<END
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[sub]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[gw]
basicConstraints = CA:false
keyUsage = digitalSignature
extendedKeyUsage = serverAuth,1.3.6.1.5.5.7.3.17,1.3.6.1.5.5.8.2.2,1.2.3.4
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:gw.example.org,DNS:*.wild.example,email:Me@Example.org,IP:192.0.2.1,IP:2001:db8::1,URI:ike://gw,dirName:dn2,otherName:1.2.3.4;UTF8:x
crlDistributionPoints = URI:http://crl.example/one,URI:ldap://crl.example/two
[dn2]
C = CH
CN = other
[plain]
subjectKeyIdentifier = hash
[agree]
keyUsage = keyAgreement
END
# issue NAME SECTION ISSUER SUBJECT [DIGEST]
issue()
{
	openssl req -new -key "$1.key" -subj "$4" -config "$conf" -out "$1.csr"
	if [ "$3" = self ]; then set -- "$1" "$2" "-signkey $1.key" "$4" "${5:-sha256}"
	else set -- "$1" "$2" "-CA $3.pem -CAkey $3.key -CAcreateserial" "$4" "${5:-sha256}"; fi
	# shellcheck disable=SC2086
	openssl x509 -req -in "$1.csr" $3 -days $days -extfile "$conf" -extensions "$2" -"$5" -out "$1.pem"
}
ec() { openssl ecparam -name "${2:-prime256v1}" -genkey -noout -out "$1.key"; }
for n in ca sub gw plain agree leaf revoked md5; do ec $n; done
issue ca ca self '/C=CH/O=Test, "Inc"/CN=Root'
issue sub sub ca '/C=CH/O=Test/CN=Sub'
issue gw gw sub '/C=CH/O=Test/OU=a\+b/CN=gw/emailAddress=me@example.org'
issue plain plain ca '/CN=no authority'
issue leaf gw plain '/CN=of no authority'
issue agree agree ca '/CN=agrees alone'
issue revoked gw sub '/CN=revoked'
openssl genrsa -out rsaca.key 2048
issue rsaca ca self '/CN=RSA root'
issue md5 gw rsaca '/CN=md5' md5
ec explicit
openssl ec -in explicit.key -param_enc explicit -out explicit2.key && mv explicit2.key explicit.key
issue explicit plain ca '/CN=explicit'
openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -pkeyopt dsa_paramgen_q_bits:160 -out dsa.param
openssl genpkey -paramfile dsa.param -out dsa.key
issue dsa plain ca '/CN=dsa'
mkdir -p db && : >db/index && echo 01 >db/number
cat >>"$conf" <<END
[list]
database = db/index
crlnumber = db/number
default_md = sha256
default_crl_days = 20000
END
openssl ca -config "$conf" -name list -keyfile sub.key -cert sub.pem -revoke revoked.pem
openssl ca -config "$conf" -name list -keyfile sub.key -cert sub.pem -gencrl -out sub.crl
openssl ca -config "$conf" -name list -keyfile sub.key -cert sub.pem -gencrl -crlsec 1 -out old.crl
# for EAP-TLS: a client's that its own list names
sed -i 's/^.list.$/[client]\nextendedKeyUsage = clientAuth\nsubjectAltName = DNS:gone.example.org\n&/' "$conf"
ec gone
issue gone client sub '/CN=gone'
openssl ca -config "$conf" -name list -keyfile sub.key -cert sub.pem -revoke gone.pem
openssl ca -config "$conf" -name list -keyfile sub.key -cert sub.pem -gencrl -out gone.crl
openssl crl2pkcs7 -in sub.crl -certfile sub.pem -certfile gw.pem -outform DER -out bundle.p7
openssl pkcs12 -export -inkey gw.key -in gw.pem -certfile sub.pem -passout pass:secret -out aes.p12
openssl pkcs12 -export -legacy -inkey gw.key -in gw.pem -certfile sub.pem -passout pass:secret -out rc2.p12
openssl pkcs12 -export -inkey gw.key -in gw.pem -passout pass: -out empty.p12
openssl pkcs12 -export -inkey gw.key -in gw.pem -keypbe NONE -certpbe NONE -nomac -passout pass: -out clear.p12
openssl pkcs12 -export -inkey gw.key -in gw.pem -macalg sha256 -iter 3000000 -nomaciter -passout pass:secret -out rounds.p12
openssl pkcs12 -export -inkey gw.key -in gw.pem -iter 2048 -passout pass:secret -out many.p12
rm -rf db ./*.csr ./*.srl ./*.param
