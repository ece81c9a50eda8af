/* SPDX-License-Identifier: MIT */
/* A server of FUSE that answers as far as it must. <linux/fuse.h> */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "dead_fs.h"

enum { ROOT = 1, PROGRAM = 2, FOR_EVER = 1 << 30, REQUEST_MAX = 1 << 17 };

/* ---- The server ---------------------------------------------------------- */

static void answer(int fd, const struct fuse_in_header *request, int error,
		   const void *body, size_t size)
{
	char bytes[sizeof(struct fuse_out_header) + 256];
	struct fuse_out_header head = {
		.len = (uint32_t)(sizeof head + size),
		.error = -error,
		.unique = request->unique,
	};

	memcpy(bytes, &head, sizeof head);
	if (size)
		memcpy(bytes + sizeof head, body, size);
	if (write(fd, bytes, sizeof head + size) < 0)
		_exit(1);
}

static struct fuse_attr attributes_of(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0755,
		.nlink = 1,
		.size = 4096,
	};
}

static void answer_init(int fd, const struct fuse_in_header *request)
{
	const struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = 23, /* of the answer's size */
		.max_write = 4096,
	};

	answer(fd, request, 0, &out, sizeof out);
}

static void answer_lookup(int fd, const struct fuse_in_header *request)
{
	const struct fuse_entry_out out = {
		.nodeid = PROGRAM,
		.entry_valid = FOR_EVER,
		.attr_valid = FOR_EVER,
		.attr = attributes_of(PROGRAM),
	};

	if (strcmp((const char *)(request + 1), "program") != 0)
		answer(fd, request, ENOENT, NULL, 0);
	else
		answer(fd, request, 0, &out, sizeof out);
}

static void answer_attributes(int fd, const struct fuse_in_header *request)
{
	const struct fuse_attr_out out = {
		.attr_valid = FOR_EVER,
		.attr = attributes_of(request->nodeid),
	};

	answer(fd, request, 0, &out, sizeof out);
}

static void tell_test(int asked)
{
	if (write(asked, "", 1) != 1)
		_exit(1);
}

/* False once it has the attributes of the program: all that is ever needed. */
static int serve_one(int fd, const struct fuse_in_header *request, int asked)
{
	switch (request->opcode) {
	case FUSE_INIT: answer_init(fd, request); break;
	case FUSE_LOOKUP: answer_lookup(fd, request); return 0;
	case FUSE_GETATTR: answer_attributes(fd, request); break;
	case FUSE_OPEN: tell_test(asked); break;
	case FUSE_INTERRUPT:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET: break; /* no answer */
	default: answer(fd, request, ENOSYS, NULL, 0);
	}
	return 1;
}

_Noreturn static void serve(int fd, int asked, enum dead_fs_kind kind)
{
	static uint64_t bytes[REQUEST_MAX / sizeof(uint64_t)];

	while (read(fd, bytes, sizeof bytes) > 0)
		if (!serve_one(fd, (const void *)bytes, asked) &&
		    kind == DEAD_FS_DEAF)
			break;
	_exit(0);
}

/* ---- The file system ----------------------------------------------------- */

/* Nothing is left of what is skipped. */
static void mount_or_skip(struct dead_fs *fs)
{
	char options[80];

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip_apart("no mount namespace of its own");
	fs->fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fs->fd < 0)
		skip_apart("no /dev/fuse");
	strcpy(fs->directory, "/tmp/libspawn-dead-XXXXXX");
	assert_non_null(mkdtemp(fs->directory));
	snprintf(fs->program, sizeof fs->program, "%s/program", fs->directory);
	snprintf(options, sizeof options,
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", fs->fd);
	if (mount("dead", fs->directory, "fuse", MS_NOSUID | MS_NODEV,
		  options)) {
		rmdir(fs->directory);
		skip_apart("FUSE may not be mounted here");
	}
}

static void reap_server(struct dead_fs *fs)
{
	assert_int_equal(waitpid(fs->server, NULL, 0), fs->server);
	fs->server = 0;
	close(fs->asked);
}

static void begin_server(struct dead_fs *fs, enum dead_fs_kind kind)
{
	struct stat st;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fs->asked = ends[0];
	fs->server = fork();
	if (fs->server == 0)
		serve(fs->fd, ends[1], kind);
	assert_true(fs->server > 0);
	/* What it said of the program is known for ever. */
	assert_int_equal(stat(fs->program, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	close(ends[1]);
	/* Nobody reads from the deaf one any more: so there is no child. */
	if (kind == DEAD_FS_DEAF)
		reap_server(fs);
	else
		close(fs->fd);
}

void make_dead_fs(struct dead_fs *fs, enum dead_fs_kind kind)
{
	*fs = (struct dead_fs){ .server = 0 };
	mount_or_skip(fs);
	if (kind != DEAD_FS_ALONE)
		begin_server(fs, kind);
}

void await_question(const struct dead_fs *fs)
{
	char byte;

	assert_int_equal(read(fs->asked, &byte, 1), 1);
}

void end_dead_fs(struct dead_fs *fs)
{
	if (fs->server) {
		kill(fs->server, SIGKILL);
		reap_server(fs);
	} else {
		close(fs->fd);
	}
	assert_int_equal(umount2(fs->directory, MNT_DETACH), 0);
	assert_int_equal(rmdir(fs->directory), 0);
}
