/* What an end lacks is named before it begins. */
#include <criterion/criterion.h>

#include "unit/ike/pair_conf.h"

static struct session_conf conf;
static struct creds creds;
static struct rng rng;
static struct err e;

static void begin(int who)
{
	static const uint8_t psk[] = "secret";

	cr_assert_eq(secret_init(&e), 0);
	rng_init_system(&rng);
	pair_conf(&conf, &creds, who, (struct span){ psk, sizeof psk - 1 }, &rng);
}

static void end(bool initiator, const char *want)
{
	cr_expect_eq(session_conf_check(&conf, initiator, &e), want == NULL ? 0 : -1, "%s", want != NULL ? want : e.text);
	if (want != NULL)
		cr_expect_str_eq(e.text, want);
	session_conf_clear(&conf);
	creds_clear(&creds);
}

Test(session_conf, complete)
{
	begin(PAIR_I);
	end(true, NULL);
	begin(PAIR_R);
	end(false, NULL);
}

Test(session_conf, no_proof)
{
	begin(PAIR_I);
	creds.npsk = 0;
	end(true, "no key to prove who this is: --psk-file, or --cert and --key");
	begin(PAIR_I);
	creds.how = CREDS_CERT;
	end(true, "no private key to prove who this is: wanted --key");
	begin(PAIR_I);
	creds.how = CREDS_EAP;
	end(true, "no EAP method to prove who this is: wanted --eap");
}

/* A method that is named has what it needs, or nobody would learn of it before the first peer comes. */
Test(session_conf, eap_lacks)
{
	begin(PAIR_R);
	creds.remote = 1u << CREDS_EAP;
	creds.eap.methods = 1u << EAP_MD5 | 1u << EAP_TLS;
	end(false, "EAP by tls wants a certificate with its key, and a CA: --cert, --key, --ca");
	begin(PAIR_R);
	creds.remote = 1u << CREDS_EAP;
	creds.eap.methods = 1u << EAP_MD5;
	end(false, "EAP by md5 wants the passwords of its users: --eap-users");
}

/* Nobody is believed for lack of an anchor. */
Test(session_conf, nobody_to_believe)
{
	begin(PAIR_I);
	creds.remote = 0;
	end(true, "no way is allowed by which the peer could prove who it is: wanted --psk-file, --ca, --remote-cert or --remote-key");
	begin(PAIR_I);
	creds.remote = 1u << CREDS_CERT;
	end(true, "no CA to check the peer's certificate with: wanted --ca or --remote-cert");
	begin(PAIR_I);
	creds.remote = 1u << CREDS_RAW_KEY;
	end(true, "no public key of the peer to check it with: wanted --remote-key");
}

Test(session_conf, proposals)
{
	begin(PAIR_I);
	conf.ike.n = 0;
	end(true, "no proposal for the IKE SA");
	begin(PAIR_I);
	conf.child[0].offers.n = 0;
	end(true, "no proposal for a child SA");
	begin(PAIR_I);
	pair_offers(&conf, &conf.ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ke1_mlkem768");
	end(true, "the IKE SA: further key exchanges (RFC 9370) are not negotiated here");
}

/* RFC 7296 5: an IKE SA is encrypted, and its integrity is protected. */
Test(session_conf, bare_ike)
{
	static const struct { const char *offer, *want; } row[] = {
		{ "null-sha256-modp2048", "encrypts nothing" },
		{ "aes128-null-sha256-modp2048", "leaves out integrity" },
		{ "aes256gmac-prfsha256-ecp256", "encrypts nothing" },
		{ "aes256-none-prfsha256-x25519", "leaves out integrity" },
		{ "aes256-null-prfsha256-x25519", "leaves out integrity" },
		{ "aes256gcm16-prfsha256-none", "leaves out the key exchange" },
		{ "aes256gcm16-prfsha256-ecp256-esn", "speaks of sequence numbers" },
		{ "aes256-sha256-ecp256", NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		begin(PAIR_I);
		pair_offers(&conf, &conf.ike, IKE_PROTO_IKE, row[i].offer);
		cr_expect_eq(session_conf_check(&conf, true, &e), row[i].want == NULL ? 0 : -1, "%s", row[i].offer);
		if (row[i].want != NULL)
			cr_expect(strstr(e.text, row[i].want) != NULL, "%s: %s", row[i].offer, e.text);
		session_conf_clear(&conf);
		creds_clear(&creds);
	}
}

Test(session_conf, children)
{
	begin(PAIR_R);
	conf.nchild = 0;
	end(false, "no child SA that a peer may ask for");
	begin(PAIR_R);
	conf.nchild = 0;
	conf.childless = true;
	end(false, NULL);
	begin(PAIR_I);
	conf.child[0].mode = SA_MODE_UNKNOWN;
	end(true, "neither tunnel nor transport mode");
}
