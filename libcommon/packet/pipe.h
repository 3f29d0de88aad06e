/*
 * pipe.h - the kernel's buffer of a pipe, so large that a block of packets fits in: each end then
 * runs on while the other works.
 */
#ifndef PACKET_PIPE_H
#define PACKET_PIPE_H

enum { PIPE_ROOM = 256 * 1024 };

/* Where the system lets us; what is no pipe, or has more room, stays as it is. */
void pipe_widen(int fd);

#endif
