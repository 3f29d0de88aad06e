#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "cli/io.h"

static char dir[] = "/tmp/io-test-XXXXXX";
static char path[64];

static void setup(void)
{
	struct err e;

	cr_assert_eq(secret_init(&e), 0);
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/out", dir);
}

static void teardown(void)
{
	unlink(path);
	cr_expect_eq(rmdir(dir), 0, "nothing is left behind");
}

TestSuite(io, .init = setup, .fini = teardown);

Test(io, appears_at_close)
{
	struct out_file f;
	struct err e;
	struct stat st;

	cr_assert_eq(out_file_open(&f, path, true, &e), 0);
	cr_expect(fcntl(f.fd, F_GETFD) & FD_CLOEXEC);
	cr_expect_eq(access(path, F_OK), -1);
	cr_expect_eq(out_file_close(&f, &e), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
}

Test(io, show_makes_it_appear_at_once)
{
	struct out_file f;
	struct err e;

	cr_assert_eq(out_file_open(&f, path, true, &e), 0);
	cr_expect_eq(out_file_show(&f, &e), 0);
	cr_expect_eq(access(path, F_OK), 0);
	cr_expect_eq(out_file_close(&f, &e), 0);
}

Test(io, abandon_leaves_nothing)
{
	struct out_file f;
	struct err e;

	cr_assert_eq(out_file_open(&f, path, true, &e), 0);
	out_file_abandon(&f);
	out_file_abandon(&f);
	cr_expect_eq(access(path, F_OK), -1);
}

Test(io, descriptors_by_name)
{
	static const struct { const char *path; int fd; } rows[] = {
		{ NULL, 7 }, { "-", 7 }, { "/dev/stdin", 0 }, { "/dev/stdout", 1 },
		{ "/dev/fd/12", 12 }, { "/proc/self/fd/3", 3 }, { "/dev/fd/", -1 },
		{ "/dev/fd/x", -1 }, { "/dev/fd/1x", -1 }, { "/dev/fd/0x1", 1 }, { "./-", -1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cr_expect_eq(io_fd_of(rows[i].path, 7), rows[i].fd, "%s", rows[i].path);
}
