#ifdef __linux__
#define _GNU_SOURCE		/* F_SETPIPE_SZ */
#endif
#include "packet/pipe.h"

#include <fcntl.h>

void pipe_widen(int fd)
{
#ifdef F_SETPIPE_SZ
	int room = fcntl(fd, F_GETPIPE_SZ);

	if (room >= 0 && room < PIPE_ROOM)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);	/* beyond the user's share: as it was */
#else
	(void)fd;
#endif
}
