#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

#include "packet/pipe.h"

Test(pipe, is_widened_once)
{
	int fd[2], null = open("/dev/null", O_RDONLY);

	cr_assert_eq(pipe(fd), 0);
	pipe_widen(null);
	pipe_widen(-1);
#ifdef F_SETPIPE_SZ
	cr_assert_lt(fcntl(fd[0], F_GETPIPE_SZ), PIPE_ROOM);
	pipe_widen(fd[1]);
	cr_expect_eq(fcntl(fd[0], F_GETPIPE_SZ), PIPE_ROOM);
	cr_assert_geq(fcntl(fd[0], F_SETPIPE_SZ, 2 * PIPE_ROOM), 2 * PIPE_ROOM);
	pipe_widen(fd[0]);
	cr_expect_eq(fcntl(fd[0], F_GETPIPE_SZ), 2 * PIPE_ROOM);
#endif
	close(fd[0]);
	close(fd[1]);
	close(null);
}
