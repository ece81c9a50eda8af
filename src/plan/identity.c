/* SPDX-License-Identifier: MIT */
/*
 * Who the child is and what it may do: groups, gid, bounding capabilities, uid,
 * ambient capabilities, securebits; and where, which is root and cwd: their
 * place is among these. After each the next would be refused, or undone, if the
 * order were another.
 */
#define _GNU_SOURCE
#include "plan/identity.h"

#include <unistd.h>

#include "plan/blocking.h"

/* As many as a set has bits; the kernel's own last one is lower. */
enum { LAST_CAPABILITY = 63 };

/* One operation for each member of the set; its index is the capability. */
static void plan_each_cap(struct plan_builder *builder, enum op_kind kind,
			  int32_t step, uint64_t set)
{
	int32_t n;

	for (n = 0; n <= LAST_CAPABILITY; n++)
		if (set >> n & 1)
			libspawn__builder_add(builder, kind, step, n)->number =
				n;
}

/* What a change of uid would take away, kept until it is handed on. */
static int keeps_caps(const struct libspawn_options *options)
{
	return HAS(UID) && options->uid != 0 &&
	       (HAS(AMBIENT_CAPS) || HAS(SECUREBITS) || HAS(INHERITABLE_CAPS));
}

/*
 * At once to "/" in it: the directory that was current stays so, outside, and a
 * relative path would lead there. chroot(2).
 */
static void plan_root(struct plan_builder *builder,
		      const struct libspawn_options *options)
{
	if (!options->root)
		return;
	libspawn__blocking_renew(builder);
	plan_data(builder, OP_CHROOT, LIBSPAWN_STEP_CHROOT, options->root, 0);
	plan_data(builder, OP_CHDIR, LIBSPAWN_STEP_CHROOT, "/", 0);
}

/*
 * One that was entered before unshare() is entered again for who has the right
 * now. With another root or mount namespace it must not lie outside.
 */
static void plan_cwd(struct plan_builder *builder,
		     const struct libspawn_options *options)
{
	if (!options->cwd && !HAS(CWD_FD))
		return;
	libspawn__blocking_renew(builder);
	if (options->cwd)
		plan_data(builder, OP_CHDIR, LIBSPAWN_STEP_CWD, options->cwd,
			  0);
	else if (moves_cwd_fd(options))
		plan_data(builder, OP_CHDIR, LIBSPAWN_STEP_CWD, ".", 0);
	else
		plan_fd(builder, OP_FCHDIR, LIBSPAWN_STEP_CWD, options->cwd_fd);
	if (options->root || options->namespace_count ||
	    has_new_mounts(options))
		plan_add(builder, OP_CWD_INSIDE, LIBSPAWN_STEP_CWD);
}

static void plan_groups(struct plan_builder *builder,
			const struct libspawn_options *options)
{
	struct op *op = plan_add(builder, OP_GROUPS, LIBSPAWN_STEP_GROUPS);

	op->data = options->groups;
	op->value = options->group_count;
	op->number = HAS(TRY_GROUPS);
}

/* groups, gid, uid: after each the next one would be refused. */
static void plan_identity(struct plan_builder *builder,
			  const struct libspawn_options *options)
{
	if (HAS(GROUPS))
		plan_groups(builder, options);
	if (HAS(GID))
		plan_number(builder, OP_GID, LIBSPAWN_STEP_GID,
			    (int32_t)options->gid);
	if (HAS(BOUNDING_CAPS))
		plan_each_cap(builder, OP_BOUNDING_DROP,
			      LIBSPAWN_STEP_BOUNDING_CAPS,
			      ~options->bounding_caps);
	if (!HAS(CWD_BEFORE_IDS))
		plan_root(builder, options);
	if (keeps_caps(options))
		plan_add(builder, OP_KEEP_CAPS, LIBSPAWN_STEP_UID);
	if (HAS(UID))
		plan_number(builder, OP_UID, LIBSPAWN_STEP_UID,
			    (int32_t)options->uid);
}

/* Those that are not asked for are inheritable no more. */
static void plan_inheritable(struct plan_builder *builder,
			     const struct libspawn_options *options)
{
	struct op *op = plan_add(builder, OP_CAPS_INHERIT,
				 LIBSPAWN_STEP_INHERITABLE_CAPS);

	op->value = options->inheritable_caps;
	op->number = 1;
}

/* What the steps between raising and limiting are for. */
static int32_t step_of_caps(const struct libspawn_options *options)
{
	if (HAS(AMBIENT_CAPS))
		return LIBSPAWN_STEP_AMBIENT_CAPS;
	return HAS(SECUREBITS) ? LIBSPAWN_STEP_SECUREBITS
			       : LIBSPAWN_STEP_INHERITABLE_CAPS;
}

/* Last: a new user keeps of the old one's capabilities only the ambient. */
static void plan_capabilities(struct plan_builder *builder,
			      const struct libspawn_options *options)
{
	const int32_t step = step_of_caps(options);

	if (keeps_caps(options))
		plan_add(builder, OP_CAPS_RAISE, step);
	if (HAS(INHERITABLE_CAPS))
		plan_inheritable(builder, options);
	if (HAS(AMBIENT_CAPS)) {
		plan_add(builder, OP_AMBIENT_CLEAR, step);
		plan_value(builder, OP_CAPS_INHERIT, step,
			   options->ambient_caps);
		plan_each_cap(builder, OP_AMBIENT_RAISE, step,
			      options->ambient_caps);
	}
	if (HAS(SECUREBITS))
		plan_value(builder, OP_SECUREBITS, LIBSPAWN_STEP_SECUREBITS,
			   options->securebits);
	if (keeps_caps(options))
		plan_value(builder, OP_CAPS_LIMIT, step, options->ambient_caps);
}

/* In the place of the one that ends a child that blocks. */
static void plan_parent_death(struct plan_builder *builder,
			      const struct libspawn_options *options)
{
	struct op *op;

	if (!options->parent_death_signal) {
		libspawn__blocking_end(builder);
		return;
	}
	op = plan_add(builder, OP_PARENT_DEATH, LIBSPAWN_STEP_PARENT_DEATH);
	op->number = options->parent_death_signal;
	op->value = (uint64_t)getpid();
}

/*
 * After the descriptors: chroot must not move the paths of the table. The cwd
 * is one that the new user may enter, or, if asked for, that the old one may.
 */
void libspawn__identity_plan(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;

	if (HAS(CWD_BEFORE_IDS)) {
		plan_root(builder, options);
		plan_cwd(builder, options);
	}
	plan_identity(builder, options);
	plan_capabilities(builder, options);
	if (!HAS(CWD_BEFORE_IDS))
		plan_cwd(builder, options);
	plan_parent_death(builder, options);
}
