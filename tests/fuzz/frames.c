/* SPDX-License-Identifier: MIT */
/*
 * Random frames for the reader of a worker's channel: valid ones, valid ones
 * with something changed, and rubbish. What is valid is read as it was; all
 * else is refused with an errno that the header names; and whatever came, no
 * descriptor is left and no more memory is held than the limit allows.
 *
 *	frames SECONDS SEED	SEED: a number, or - for the time
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "workers/frame.h"
#include "workers/moment.h"

enum { LIMIT = 100000, FDS_LIMIT = 4, BYTES_MOST = 200000, FDS_SENT = 40 };

static uint64_t seed;
static unsigned char bytes[BYTES_MOST];

static uint32_t random_below(uint32_t bound)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % bound;
}

static void complain(const char *what, int code)
{
	fprintf(stderr, "frames: %s (%d)\n", what, code);
	exit(1);
}

static int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* ---- Frames as they should be ------------------------------------------ */

/* What must come of it: 0 or -EMSGSIZE. */
static int send_valid(int fd)
{
	const struct outlook to = { fd, -1, MOMENT_PASSED, 0, 0 };
	const int32_t fds[6] = { 0, 1, 2, 0, 1, 2 };
	struct outbound frame = {
		.head = { .kind = FRAME_MESSAGE, .tag = random_below(1000) },
		.bytes = bytes,
		.size = random_below(3) ? random_below(2000)
					: random_below(BYTES_MOST),
		.fds = fds,
		.fd_count = random_below(6),
	};
	int code = libspawn__frame_send(&to, &frame);

	if (code < 0)
		complain("a valid frame is not sent", code);
	return frame.head.size > LIMIT || frame.head.fd_count > FDS_LIMIT
		       ? -EMSGSIZE
		       : 0;
}

/* ---- And as they should not -------------------------------------------- */

static void change_head(struct frame_head *head)
{
	unsigned char *byte = (unsigned char *)head;

	for (uint32_t n = random_below(4); n > 0; n--)
		byte[random_below(sizeof *head)] ^=
			(unsigned char)(1u << random_below(8));
}

/* The same memory, which can't be read there. */
static int reopen_for_writing(int memory)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		complain("a file is not opened again", errno);
	close(memory);
	return fd;
}

/* A file that is sealed, or not, or not to be read, or no memory at all. */
static int make_file(uint32_t size)
{
	int fd;

	if (random_below(4) == 0)
		return open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (random_below(2))
		return libspawn__sealed_make(bytes, size);
	fd = memfd_create("frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && ftruncate(fd, size) < 0)
		complain("a file is not made", errno);
	return fd >= 0 && random_below(2) ? reopen_for_writing(fd) : fd;
}

static void announce_descriptors(int fd)
{
	const struct frame_head head = { .magic = FRAME_MAGIC,
					 .kind = FRAME_DESCRIPTORS };

	if (send(fd, &head, sizeof head, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		complain("an announcement is not sent", errno);
}

static void send_packet_of(int fd, struct frame_head *head, size_t size,
			   const int32_t *fds, uint32_t count)
{
	union {
		struct cmsghdr aligned;
		char room[CMSG_SPACE(FDS_SENT * sizeof(int))];
	} control;
	struct iovec parts[2] = { { head, random_below(20) ? sizeof *head
							   : random_below(48) },
				  { bytes, size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	struct cmsghdr *header;

	memset(&control, 0, sizeof control);
	if (count > 0 && random_below(4))
		announce_descriptors(fd);
	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		complain("a packet is not sent", errno);
}

static void send_changed(int fd)
{
	struct frame_head head = { .magic = FRAME_MAGIC,
				   .kind = 1 + random_below(11) };
	int32_t fds[FDS_SENT];
	uint32_t count =
		random_below(3) ? random_below(4) : random_below(FDS_SENT);
	size_t size = random_below(2) ? random_below(100) : random_below(40000);

	for (uint32_t n = 0; n < count; n++)
		fds[n] = make_file(1 + random_below(2000));
	head.size = random_below(4) ? size : random_below(BYTES_MOST);
	head.fd_count = random_below(2) ? count : random_below(6);
	head.flags = random_below(2);
	change_head(&head);
	send_packet_of(fd, &head, size, fds, count);
	for (uint32_t n = 0; n < count; n++)
		close(fds[n]);
}

/* What it says of the file is true, but not that it is memory to be read. */
static void send_in_file(int fd)
{
	struct frame_head head = { .magic = FRAME_MAGIC,
				   .kind = FRAME_MESSAGE,
				   .size = 1 + random_below(BYTES_MOST),
				   .flags = FRAME_IN_MEMFD };
	int32_t file = make_file((uint32_t)head.size);

	send_packet_of(fd, &head, 0, &file, 1);
	close(file);
}

/* ---- Reading ----------------------------------------------------------- */

static void check_valid(const struct inbound *frame, int wanted, int code)
{
	if (code != wanted)
		complain("a valid frame is not read as such", code);
	if (code == 0 && memcmp(frame->room, bytes, frame->got) != 0)
		complain("not the bytes that were sent", (int)frame->got);
}

static void check_any(const struct inbound *frame, int code)
{
	if (code != 0 && code != -EPROTO && code != -EMSGSIZE &&
	    code != -EPIPE && code != -EMFILE &&
	    !(code == -ETIMEDOUT && frame->announced > 0))
		complain("an errno that is not named", code);
	if (code != 0 && frame->fd_count != 0)
		complain("descriptors of what was refused", code);
	if (code == 0 && (frame->got > LIMIT || frame->fd_count > FDS_LIMIT))
		complain("more than may be", (int)frame->got);
	if (frame->room_size > LIMIT)
		complain("more memory than may be", (int)frame->room_size);
}

static void try_one(struct inbound *frame, const int32_t ends[2])
{
	const struct outlook from = { ends[1], -1, MOMENT_PASSED, LIMIT,
				      FDS_LIMIT };
	int is_valid = random_below(3) == 0;
	int wanted = 0;
	int code;

	if (is_valid)
		wanted = send_valid(ends[0]);
	else if (random_below(4) == 0)
		send_in_file(ends[0]);
	else
		send_changed(ends[0]);
	code = libspawn__frame_receive(&from, frame);
	if (is_valid)
		check_valid(frame, wanted, code);
	check_any(frame, code);
	libspawn__frame_drop(frame);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	struct inbound frame = { .room = NULL };
	unsigned long count = 0;
	int32_t ends[2];
	int before;

	seed = argc > 2 && argv[2][0] != '-' ? strtoul(argv[2], NULL, 10)
					     : (uint64_t)time(NULL);
	printf("seed %lu\n", (unsigned long)seed);
	for (size_t n = 0; n < sizeof bytes; n++)
		bytes[n] = (unsigned char)(n * 7 + n / 256);
	if (libspawn__wire_pair(ends) < 0)
		complain("no channel", errno);
	before = count_descriptors();
	for (; time(NULL) < end; count++)
		try_one(&frame, ends);
	if (count_descriptors() != before)
		complain("a descriptor is left", count_descriptors() - before);
	libspawn__frame_free(&frame);
	printf("%lu frames\n", count);
	return count == 0;
}
