/* SPDX-License-Identifier: MIT */
/*
 * Who the child is and what it may do: groups, gid, bounding capabilities,
 * root, uid, ambient capabilities, securebits. After each the next would be
 * refused, or undone, if the order were another.
 */
#define _GNU_SOURCE
#include "plan/identity.h"

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
	       (HAS(AMBIENT_CAPS) || HAS(SECUREBITS));
}

/* groups, gid, uid: after each the next one would be refused. */
static void plan_identity(struct plan_builder *builder,
			  const struct libspawn_options *options)
{
	if (HAS(GROUPS))
		plan_data(builder, OP_GROUPS, LIBSPAWN_STEP_GROUPS,
			  options->groups, options->group_count);
	if (HAS(GID))
		plan_number(builder, OP_GID, LIBSPAWN_STEP_GID,
			    (int32_t)options->gid);
	if (HAS(BOUNDING_CAPS))
		plan_each_cap(builder, OP_BOUNDING_DROP,
			      LIBSPAWN_STEP_BOUNDING_CAPS,
			      ~options->bounding_caps);
	if (options->root)
		plan_data(builder, OP_CHROOT, LIBSPAWN_STEP_CHROOT,
			  options->root, 0);
	if (keeps_caps(options))
		plan_add(builder, OP_KEEP_CAPS, LIBSPAWN_STEP_UID);
	if (HAS(UID))
		plan_number(builder, OP_UID, LIBSPAWN_STEP_UID,
			    (int32_t)options->uid);
}

/* Last: a new user keeps of the old one's capabilities only the ambient. */
static void plan_capabilities(struct plan_builder *builder,
			      const struct libspawn_options *options)
{
	const int32_t step = HAS(AMBIENT_CAPS) ? LIBSPAWN_STEP_AMBIENT_CAPS
					       : LIBSPAWN_STEP_SECUREBITS;

	if (keeps_caps(options))
		plan_add(builder, OP_CAPS_RAISE, step);
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

/*
 * Between descriptors and cwd: chroot must not move the paths of the table, and
 * the cwd must be one that the new user may enter.
 */
void libspawn__identity_plan(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;

	plan_identity(builder, options);
	plan_capabilities(builder, options);
}
