/* SPDX-License-Identifier: MIT */
/*
 * What goes over a channel: frames. Each is a head, bytes, and descriptors. On
 * Linux a frame is one packet, and bytes that are too many for it are in a
 * memfd, the last of its descriptors; elsewhere it is a piece of a stream. Both
 * ends are the same program, or were built for the same processor.
 */
#ifndef LIBSPAWN_WORKERS_FRAME_H
#define LIBSPAWN_WORKERS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <libspawn_workers.h>

#include "workers/descriptors.h"

#define FRAME_MAGIC UINT32_C(0x6c73777b)

enum frame_kind {
	FRAME_MESSAGE = 1,
	FRAME_HELLO = 2,   /* to a worker: what is handed over */
	FRAME_REFUSED = 3, /* from it: code; bytes: a word on it */
	FRAME_READY = 4,   /* from a template: it takes requests */
	FRAME_FORK = 5,	   /* to it: the worker's end, then what is its hello */
	FRAME_BORN = 6,	   /* from its worker: code: its way, tag: its pid */
	FRAME_END = 7,	   /* from a template, of that pid: figure: how; code */
	FRAME_RESULT = 8,  /* of a task; code: its function's, figure: KiB */
	FRAME_KILL = 9,	   /* to a template: tag: the pid of its child */
	/* Before one with descriptors, where that has to be known (Linux). */
	FRAME_DESCRIPTORS = 10,
};

/* frame_head.flags: the bytes are in a memfd */
#define FRAME_IN_MEMFD 1u

struct frame_head {
	uint32_t magic;
	uint32_t kind;
	uint64_t size; /* of the bytes */
	uint64_t tag;
	uint64_t figure;
	int32_t code;
	uint32_t fd_count; /* without that of the memfd */
	uint32_t flags;
	uint32_t spare;
};

/* What is sent. */
struct outbound {
	struct frame_head head; /* magic, size and fd_count are filled in */
	const void *bytes;
	size_t size;
	const int32_t *fds;
	uint32_t fd_count;
};

/* A frame has a leash, a block, an end and a memfd besides a message's. */
enum {
	FRAME_FDS_MAX = (int)LIBSPAWN_MESSAGE_FDS_MAX + 4,
	/* Bytes of a frame that are in its packet. */
	FRAME_BYTES_INSIDE = 32768,
};

/* What is received. All-zero before the first. */
struct inbound {
	struct frame_head head;
	unsigned char *packet; /* where a whole one goes: a head, then room */
	unsigned char *room;
	size_t room_size; /* the head not counted */
	size_t got;	  /* bytes of the frame in room */
	int32_t fds[FRAME_FDS_MAX];
	uint32_t fd_count;
	uint32_t announced; /* so often: descriptors come with the next one */
};

/* Whom a receive is from, and what it is ready to take. */
struct outlook {
	int32_t fd;
	int32_t pidfd; /* of the other process, or -1 */
	int64_t moment;
	uint64_t size_max;
	uint32_t fds_max;
};

/*
 * frame.c: sends a frame, whole or not at all: 0, or -errno: -ETIMEDOUT,
 * -EPIPE, or what kept it from being sent.
 */
int libspawn__frame_send(const struct outlook *to, struct outbound *frame);
/*
 * Receives one. 0, or -errno: -ETIMEDOUT, -EPIPE; -EPROTO, -EMSGSIZE if what
 * came was refused; -EMFILE, -ENOMEM. Then it holds no descriptor.
 */
int libspawn__frame_receive(const struct outlook *from, struct inbound *frame);
/* Closes those of the frame's descriptors that nobody has taken. */
void libspawn__frame_drop(struct inbound *frame);
void libspawn__frame_free(struct inbound *frame);
/* Room for so many bytes behind a head: 0 or -ENOMEM. */
int libspawn__frame_make_room(struct inbound *frame, size_t size);

/* wire.c: the two ends of a channel, close-on-exec and above 2. 0 or -errno. */
int libspawn__wire_pair(int32_t ends[2]);
/*
 * One of them: waits until it can be read or written (POLLIN, POLLOUT), its
 * other end is gone or that process has ended: 0, -ETIMEDOUT or -errno.
 */
int libspawn__wire_await(const struct outlook *outlook, int events);

/*
 * wire_packet.c, wire_stream.c: whether any number of bytes fits in a frame.
 */
int libspawn__wire_is_boundless(void);
int libspawn__wire_send(const struct outlook *to, const struct outbound *frame);
/* Reads head, bytes that are inside, and descriptors; judges none of them. */
int libspawn__wire_receive(const struct outlook *from, struct inbound *frame);

/* wire.c: descriptors in a control message. */
struct msghdr;
#define WIRE_CONTROL_SIZE 256
void libspawn__wire_attach(struct msghdr *message, void *control,
			   const int32_t *fds, uint32_t count);
/* Takes those that came; -EPROTO if some had no room. */
int libspawn__wire_detach(struct msghdr *message, struct inbound *frame);

/* sealed.c: a block of bytes, or -errno; it is sealed where that exists. */
int libspawn__sealed_make(const void *bytes, uint64_t size);
/* Its size if it is one that cannot change, else -errno. */
int64_t libspawn__sealed_size(int fd);
/*
 * The same for the bytes of one frame, which its reader copies: nothing seals
 * them. Its size if it is memory, whoever may still change it, else -errno.
 */
int libspawn__sealed_make_parcel(const void *bytes, uint64_t size);
int64_t libspawn__sealed_parcel_size(int fd);
/* All of it into memory: 0; -EPROTO if it is shorter, or not to be read. */
int libspawn__sealed_read(int fd, void *bytes, uint64_t size);

#endif
