/* SPDX-License-Identifier: MIT */
/*
 * Low numbers that are kept for the child's ends: libspawn_reserve_fds(). They
 * are copies of one end of a pipe that nobody else has, by which they are known
 * again: somebody may have closed them, and opened a file of his own there.
 * Two words of bits, no lock: a start takes a bit, or does without.
 */
#define _GNU_SOURCE
#include "ends/reserve.h"

#include <errno.h>
#include <sys/stat.h>

#include "backend/descriptor.h"
#include "child/sys.h"
#include "libspawn.h"

#define SLOT_BIT(slot) (UINT32_C(1) << (slot))

/* Hazard 9. */
enum { FIRST_KEPT = 3 };

_Static_assert(LIBSPAWN_RESERVE_MAX == 32, "a word has a bit for each slot");

/* Hazard 13: nothing to destroy. */
static struct {
	uint32_t kept; /* slots whose number is the reserve's */
	uint32_t free; /* of these, those that no start has in use */
	uint32_t is_changing;
	int32_t numbers[LIBSPAWN_RESERVE_MAX];
	int32_t anchor; /* what they are copies of, when it is not in use */
	dev_t device;
	ino_t inode;
} reserve = { .anchor = -1 };

static uint32_t read_bits(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Whether it is still what was put there. */
static int is_copy(int32_t fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == reserve.device &&
	       st.st_ino == reserve.inode;
}

/* ---- For a start --------------------------------------------------------- */

/* A slot that is free, which is the caller's then; or -1. */
static int take_slot(void)
{
	uint32_t bits = read_bits(&reserve.free);
	uint32_t lowest;

	do {
		if (!bits)
			return -1;
		lowest = bits & -bits;
	} while (!__atomic_compare_exchange_n(
		&reserve.free, &bits, bits & ~lowest, 0, __ATOMIC_ACQ_REL,
		__ATOMIC_ACQUIRE));
	return __builtin_ctz(lowest);
}

static void give_slot(int slot)
{
	__atomic_fetch_or(&reserve.free, SLOT_BIT(slot), __ATOMIC_RELEASE);
}

static void forget_slot(int slot)
{
	__atomic_fetch_and(&reserve.kept, ~SLOT_BIT(slot), __ATOMIC_RELEASE);
}

/* The slot of a number that is kept, or -1. */
static int slot_of(int32_t number)
{
	uint32_t kept = read_bits(&reserve.kept);
	int slot;

	for (slot = 0; slot < (int)LIBSPAWN_RESERVE_MAX; slot++)
		if (kept & SLOT_BIT(slot) && reserve.numbers[slot] == number)
			return slot;
	return -1;
}

void libspawn__reserve_move_down(int32_t *fd)
{
	int slot;

	if (*fd < TABLE_BOUND)
		return;
	slot = take_slot();
	while (slot >= 0 && !is_copy(reserve.numbers[slot])) {
		forget_slot(slot);
		slot = take_slot();
	}
	if (slot < 0)
		return;
	if (libspawn__descriptor_put(*fd, reserve.numbers[slot]) < 0) {
		give_slot(slot);
		return;
	}
	libspawn__descriptor_close(*fd);
	*fd = reserve.numbers[slot];
}

void libspawn__reserve_close(int32_t fd)
{
	int slot = slot_of(fd);

	if (slot >= 0 && is_copy(reserve.anchor) &&
	    libspawn__descriptor_put(reserve.anchor, fd) == 0) {
		give_slot(slot);
		return;
	}
	if (slot >= 0)
		forget_slot(slot);
	libspawn__descriptor_close(fd);
}

int libspawn__reserve_has(int32_t fd)
{
	return slot_of(fd) >= 0 && is_copy(fd);
}

/* ---- For the caller ------------------------------------------------------ */

static int note_anchor(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	reserve.device = st.st_dev;
	reserve.inode = st.st_ino;
	reserve.anchor = fd;
	return 0;
}

/* High, so that it takes none of the numbers that are to be kept. */
static int make_anchor(void)
{
	int ends[2];
	int code = libspawn__descriptor_pipe(ends);
	int copy;

	if (code < 0)
		return code;
	copy = libspawn__descriptor_copy(ends[0], TABLE_BOUND);
	libspawn__descriptor_close(ends[0]);
	libspawn__descriptor_close(ends[1]);
	return copy < 0 ? copy : note_anchor(copy);
}

static int first_empty(void)
{
	uint32_t kept = read_bits(&reserve.kept);

	return kept == UINT32_MAX ? -1 : __builtin_ctz(~kept);
}

/* A number from 3 to 63 that nobody has. 0 or -errno. */
static int keep_one(void)
{
	int fd = libspawn__descriptor_copy(reserve.anchor, FIRST_KEPT);
	int slot = first_empty();

	if (fd < 0)
		return fd;
	if (fd >= TABLE_BOUND || slot < 0) {
		libspawn__descriptor_close(fd);
		return -EMFILE;
	}
	reserve.numbers[slot] = fd;
	__atomic_fetch_or(&reserve.kept, SLOT_BIT(slot), __ATOMIC_RELEASE);
	give_slot(slot);
	return 0;
}

static uint32_t count_kept(void)
{
	return (uint32_t)__builtin_popcount(read_bits(&reserve.kept));
}

/* Not those that a start has in use. */
static void keep_at_most(uint32_t count)
{
	int slot;

	while (count_kept() > count && (slot = take_slot()) >= 0) {
		int32_t number = reserve.numbers[slot];
		int is_ours = is_copy(number);

		forget_slot(slot);
		if (is_ours)
			libspawn__descriptor_close(number);
	}
}

static int keep_as_many(uint32_t count)
{
	const uint32_t before = count_kept();
	int code = 0;

	if (count > before && !is_copy(reserve.anchor))
		code = make_anchor();
	while (code == 0 && count_kept() < count)
		code = keep_one();
	keep_at_most(code == 0 ? count : before);
	return code;
}

int libspawn__reserve_keep(uint32_t count)
{
	int code = -EBUSY;

	if (!__atomic_exchange_n(&reserve.is_changing, 1, __ATOMIC_ACQUIRE)) {
		code = keep_as_many(count);
		__atomic_store_n(&reserve.is_changing, 0, __ATOMIC_RELEASE);
	}
	return code;
}
