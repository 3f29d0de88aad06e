/* Without libgcrypt: the file that loads it, built once more with the name of a library that is not there. */
#define GCRYPT_FILE "libgcrypt-not-there.so.20"
#define suite_gcrypt_check absent_check
#define suite_gcrypt_init absent_init
#define suite_gcrypt_cbc absent_cbc
#define suite_gcrypt_clear absent_clear

#include <criterion/criterion.h>

#include "../../../libcommon/crypto/suite_gcrypt.c"

Test(gcrypt, library_is_missing)
{
	struct err e = { 0 };

	for (int i = 0; i < 2; i++) {
		cr_expect_lt(suite_gcrypt_check(alg_encr_by_name("serpent", NULL), &e), 0);
		cr_expect_str_eq(e.text, "serpent needs libgcrypt (package libgcrypt20, elsewhere libgcrypt): "
		    "libgcrypt-not-there.so.20: cannot open shared object file: No such file or directory");
		cr_expect_eq(e.kind, ERR_INPUT);
	}
}

Test(gcrypt, nothing_to_clear)
{
	struct suite s = { 0 };

	suite_gcrypt_clear(&s);
	cr_expect_null(s.gcrypt);
}
