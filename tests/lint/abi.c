/* SPDX-License-Identifier: MIT */
/*
 * The binary interface: sizes and offsets of the public structs on processors
 * of 64 and of 32 bits. They never change; a field can only come at the end of
 * struct libspawn_options. To be compiled, with -Wpadded, and never run.
 */
#include <stddef.h>

#include <libspawn.h>

#define OF_WIDTH(on_64, on_32) (sizeof(void *) == 8 ? (on_64) : (on_32))

#define SIZE(name, on_64, on_32)                                               \
	_Static_assert(sizeof(struct libspawn_##name) ==                       \
			       OF_WIDTH(on_64, on_32),                         \
		       "the size of struct libspawn_" #name)
#define AT(name, field, on_64, on_32)                                          \
	_Static_assert(offsetof(struct libspawn_##name, field) ==              \
			       OF_WIDTH(on_64, on_32),                         \
		       "the place of " #field " in struct libspawn_" #name)

/* What the first version had; a later one is longer. */
_Static_assert(sizeof(struct libspawn_options) >= OF_WIDTH(264, 216),
	       "the options never shrink");
/* Of the coming version. */
SIZE(options, 464, 352);
AT(options, size, 0, 0);
AT(options, backend, 4, 4);
AT(options, flags, 8, 8);
AT(options, signal_default, 16, 16);
AT(options, signal_ignore, 24, 24);
AT(options, signal_mask, 32, 32);
AT(options, ambient_caps, 40, 40);
AT(options, bounding_caps, 48, 48);
AT(options, unshare, 56, 56);
AT(options, timer_slack, 64, 64);
AT(options, program_fd, 72, 72);
AT(options, search, 76, 76);
AT(options, search_list, 80, 80);
AT(options, env, 88, 84);
AT(options, env_unset, 96, 88);
AT(options, env_set, 104, 92);
AT(options, cwd, 112, 96);
AT(options, root, 120, 100);
AT(options, cwd_fd, 128, 104);
AT(options, umask, 132, 108);
AT(options, fds, 136, 112);
AT(options, fd_count, 144, 116);
AT(options, process_group, 148, 120);
AT(options, terminal_fd, 152, 124);
AT(options, uid, 156, 128);
AT(options, gid, 160, 132);
AT(options, group_count, 164, 136);
AT(options, groups, 168, 140);
AT(options, securebits, 176, 144);
AT(options, nice, 180, 148);
AT(options, rlimits, 184, 152);
AT(options, rlimit_count, 192, 156);
AT(options, cpu_count, 196, 160);
AT(options, cpus, 200, 164);
AT(options, sched_policy, 208, 168);
AT(options, sched_priority, 212, 172);
AT(options, io_priority, 216, 176);
AT(options, oom_score_adj, 220, 180);
AT(options, cgroup_fd, 224, 184);
AT(options, parent_death_signal, 228, 188);
AT(options, namespaces, 232, 192);
AT(options, namespace_count, 240, 196);
AT(options, landlock_fd, 244, 200);
AT(options, seccomp, 248, 204);
AT(options, seccomp_count, 256, 208);
AT(options, busy_retry, 260, 212);
AT(options, terminal_modes, 264, 216);
AT(options, terminal_window, 272, 220);
AT(options, start_timeout_ms, 280, 224);
AT(options, search_default, 288, 232);
AT(options, search_paths, 296, 236);
AT(options, keep_fds, 304, 240);
AT(options, pid_variable, 312, 244);
AT(options, keep_count, 320, 248);
AT(options, reserved, 324, 252);
AT(options, hostname, 328, 256);
AT(options, domainname, 336, 260);
AT(options, exec_label, 344, 264);
AT(options, session_keyring, 352, 268);
AT(options, time_offsets, 360, 272);
AT(options, sched_attr, 368, 276);
AT(options, memory_policy, 376, 280);
AT(options, filters, 384, 284);
AT(options, inheritable_caps, 392, 288);
AT(options, filter_count, 400, 296);
AT(options, personality, 404, 300);
AT(options, speculation, 408, 304);
AT(options, tsc, 420, 316);
AT(options, memory_traits, 424, 320);
AT(options, coredump_filter, 428, 324);
AT(options, new_namespaces, 432, 328);
AT(options, id_maps, 440, 336);
AT(options, mounts, 448, 340);
AT(options, id_map_count, 456, 344);
AT(options, mount_count, 460, 348);

SIZE(fd, 48, 40);
AT(fd, child_fd, 0, 0);
AT(fd, kind, 4, 4);
AT(fd, parent_fd, 8, 8);
AT(fd, entry, 12, 12);
AT(fd, open_flags, 16, 16);
AT(fd, open_mode, 20, 20);
AT(fd, path, 24, 24);
AT(fd, parent_end, 32, 28);
AT(fd, spare, 40, 32);

SIZE(window, 8, 8);
AT(window, rows, 0, 0);
AT(window, columns, 2, 2);
AT(window, width, 4, 4);
AT(window, height, 6, 6);

SIZE(rlimit, 32, 32);
AT(rlimit, soft, 0, 0);
AT(rlimit, hard, 8, 8);
AT(rlimit, resource, 16, 16);
AT(rlimit, flags, 20, 20);
AT(rlimit, spare, 24, 24);

SIZE(bpf, 8, 8);
AT(bpf, code, 0, 0);
AT(bpf, jump_true, 2, 2);
AT(bpf, jump_false, 3, 3);
AT(bpf, operand, 4, 4);

SIZE(filter, 24, 20);
AT(filter, instructions, 0, 0);
AT(filter, count, 8, 4);
AT(filter, flags, 12, 8);
AT(filter, spare, 16, 12);

SIZE(time_offsets, 24, 24);
AT(time_offsets, monotonic_s, 0, 0);
AT(time_offsets, boottime_s, 8, 8);
AT(time_offsets, monotonic_ns, 16, 16);
AT(time_offsets, boottime_ns, 20, 20);

/* As the kernel has it: struct sched_attr of linux/sched/types.h. */
SIZE(sched_attr, 56, 56);
AT(sched_attr, size, 0, 0);
AT(sched_attr, policy, 4, 4);
AT(sched_attr, flags, 8, 8);
AT(sched_attr, nice, 16, 16);
AT(sched_attr, priority, 20, 20);
AT(sched_attr, runtime, 24, 24);
AT(sched_attr, deadline, 32, 32);
AT(sched_attr, period, 40, 40);
AT(sched_attr, util_min, 48, 48);
AT(sched_attr, util_max, 52, 52);

SIZE(memory_policy, 24, 20);
AT(memory_policy, nodes, 0, 0);
AT(memory_policy, node_count, 8, 4);
AT(memory_policy, mode, 12, 8);
AT(memory_policy, spare, 16, 12);
SIZE(id_map, 24, 24);
AT(id_map, kinds, 0, 0);
AT(id_map, inside, 4, 4);
AT(id_map, outside, 8, 8);
AT(id_map, count, 12, 12);
AT(id_map, spare, 16, 16);

SIZE(mount, 56, 40);
AT(mount, kind, 0, 0);
AT(mount, flags, 4, 4);
AT(mount, target, 8, 8);
AT(mount, source, 16, 12);
AT(mount, type, 24, 16);
AT(mount, data, 32, 20);
AT(mount, mode, 40, 24);
AT(mount, spare, 44, 28);

SIZE(process, 32, 32);
AT(process, pid, 0, 0);
AT(process, pidfd, 4, 4);
AT(process, backend, 8, 8);
AT(process, retries, 12, 12);
AT(process, fallbacks, 16, 16);
AT(process, state, 20, 20);
AT(process, flags, 24, 24);
AT(process, spare, 28, 28);

SIZE(status, 112, 112);
AT(status, end, 0, 0);
AT(status, code, 4, 4);
AT(status, flags, 8, 8);
AT(status, spare, 12, 12);
AT(status, user_us, 40, 40);
AT(status, system_us, 48, 48);
AT(status, max_rss_kib, 56, 56);
AT(status, minor_faults, 64, 64);
AT(status, major_faults, 72, 72);
AT(status, input_blocks, 80, 80);
AT(status, output_blocks, 88, 88);
AT(status, voluntary_switches, 96, 96);
AT(status, involuntary_switches, 104, 104);

_Static_assert(sizeof(struct libspawn_stop_how) >= 24, "it never shrinks");
AT(stop_how, size, 0, 0);
AT(stop_how, flags, 4, 4);
AT(stop_how, signal, 8, 8);
AT(stop_how, cgroup_fd, 12, 12);
AT(stop_how, grace_ms, 16, 16);

SIZE(error, 32, 32);
AT(error, code, 0, 0);
AT(error, step, 4, 4);
AT(error, index, 8, 8);
AT(error, signal, 12, 12);
AT(error, backend, 16, 16);
AT(error, stage, 20, 20);
AT(error, spare, 24, 24);

SIZE(input, 32, 24);
AT(input, size, 0, 0);
AT(input, bytes, 8, 8);
AT(input, spare, 16, 12);
AT(input, kind, 24, 16);
AT(input, fd, 28, 20);

SIZE(output, 48, 32);
AT(output, limit, 0, 0);
AT(output, buffer, 8, 8);
AT(output, take, 16, 12);
AT(output, context, 24, 16);
AT(output, spare, 32, 20);
AT(output, kind, 40, 24);
AT(output, fd, 44, 28);

/* Of the first version; a later one is longer. */
_Static_assert(sizeof(struct libspawn_capture) >= OF_WIDTH(168, 120),
	       "the capture never shrinks");
AT(capture, size, 0, 0);
AT(capture, flags, 4, 4);
AT(capture, timeout_ms, 8, 8);
AT(capture, linger_ms, 16, 16);
AT(capture, input, 24, 24);
AT(capture, output, 56, 48);
AT(capture, error, 104, 80);
AT(capture, stop, 152, 112);
AT(capture, statuses, 160, 116);

SIZE(captured, 40, 32);
AT(captured, size, 0, 0);
AT(captured, total, 8, 8);
AT(captured, room, 16, 16);
AT(captured, bytes, 24, 24);
AT(captured, spare, 32, 28);

SIZE(result, 256, 240);
AT(result, process, 0, 0);
AT(result, status, 32, 32);
AT(result, output, 144, 144);
AT(result, error, 184, 176);
AT(result, input_size, 224, 208);
AT(result, flags, 232, 216);
AT(result, reserved, 236, 220);
AT(result, spare, 240, 224);

SIZE(stage, 40, 24);
AT(stage, program, 0, 0);
AT(stage, argv, 8, 4);
AT(stage, options, 16, 8);
AT(stage, spare, 24, 12);
AT(stage, flags, 32, 16);
AT(stage, reserved, 36, 20);

/* Numbers are never reused. */
#define NUMBER(name, number)                                                   \
	_Static_assert(LIBSPAWN_##name == (number), "the number of " #name)

NUMBER(BACKEND_ANY, 0);
NUMBER(BACKEND_CLONE, 1);
NUMBER(BACKEND_VFORK, 2);
NUMBER(BACKEND_POSIX_SPAWN, 3);
NUMBER(BACKEND_FORK, 4);
NUMBER(STEP_NONE, 0);
NUMBER(STEP_ARGUMENTS, 1);
NUMBER(STEP_OPTIONS, 2);
NUMBER(STEP_BACKEND, 3);
NUMBER(STEP_MEMORY, 4);
NUMBER(STEP_REPORT, 5);
NUMBER(STEP_CREATE, 6);
NUMBER(STEP_DIED, 7);
NUMBER(STEP_POSIX_SPAWN, 8);
NUMBER(STEP_PIDFD, 9);
NUMBER(STEP_SIGNALS, 10);
NUMBER(STEP_SIGNAL_MASK, 11);
NUMBER(STEP_SESSION, 12);
NUMBER(STEP_PROCESS_GROUP, 13);
NUMBER(STEP_TERMINAL, 14);
NUMBER(STEP_FOREGROUND, 15);
NUMBER(STEP_CGROUP, 16);
NUMBER(STEP_SCHEDULER, 17);
NUMBER(STEP_NICE, 18);
NUMBER(STEP_AFFINITY, 19);
NUMBER(STEP_IO_PRIORITY, 20);
NUMBER(STEP_TIMER_SLACK, 21);
NUMBER(STEP_RLIMIT, 22);
NUMBER(STEP_UMASK, 23);
NUMBER(STEP_OOM_SCORE_ADJ, 24);
NUMBER(STEP_UNSHARE, 25);
NUMBER(STEP_NAMESPACE, 26);
NUMBER(STEP_FD, 27);
NUMBER(STEP_CLOSE_FDS, 28);
NUMBER(STEP_GROUPS, 29);
NUMBER(STEP_GID, 30);
NUMBER(STEP_BOUNDING_CAPS, 31);
NUMBER(STEP_CHROOT, 32);
NUMBER(STEP_UID, 33);
NUMBER(STEP_SECUREBITS, 34);
NUMBER(STEP_AMBIENT_CAPS, 35);
NUMBER(STEP_PARENT_DEATH, 36);
NUMBER(STEP_CWD, 37);
NUMBER(STEP_NO_NEW_PRIVS, 38);
NUMBER(STEP_LANDLOCK, 39);
NUMBER(STEP_SECCOMP, 40);
NUMBER(STEP_ENVIRONMENT, 41);
NUMBER(STEP_SEARCH, 42);
NUMBER(STEP_EXEC, 43);
NUMBER(STEP_CAPTURE, 44);
NUMBER(STEP_DETACH, 45);
NUMBER(STEP_BEGIN, 46);
NUMBER(STEP_HOSTNAME, 53);
NUMBER(STEP_DOMAINNAME, 54);
NUMBER(STEP_LOOPBACK, 55);
NUMBER(STEP_TIME_OFFSETS, 56);
NUMBER(STEP_PERSONALITY, 57);
NUMBER(STEP_MEMORY_POLICY, 58);
NUMBER(STEP_SCHED_ATTR, 59);
NUMBER(STEP_NEW_CORE, 60);
NUMBER(STEP_SPECULATION, 61);
NUMBER(STEP_TSC, 62);
NUMBER(STEP_INHERITABLE_CAPS, 63);
NUMBER(STEP_EXEC_LABEL, 64);
NUMBER(STEP_KEYRING, 65);
NUMBER(STEP_MEMORY_TRAITS, 66);
NUMBER(STEP_PID_VARIABLE, 67);
NUMBER(STEP_NEW_NAMESPACES, 47);
NUMBER(STEP_UID_MAP, 48);
NUMBER(STEP_GID_MAP, 49);
NUMBER(STEP_SETGROUPS, 50);
NUMBER(STEP_MOUNT, 51);
NUMBER(STEP_INIT, 52);
NUMBER(FD_FROM, 1);
NUMBER(FD_SAME, 2);
NUMBER(FD_OPEN, 3);
NUMBER(FD_NULL, 4);
NUMBER(FD_PIPE_READ, 5);
NUMBER(FD_PIPE_WRITE, 6);
NUMBER(FD_PTY, 7);
NUMBER(FD_CLOSE, 8);
NUMBER(FD_SOCKET, 9);
NUMBER(FD_SKIP, 10);
NUMBER(FD_NULL_READ, 11);
NUMBER(MOUNT_BIND, 1);
NUMBER(MOUNT_TMPFS, 2);
NUMBER(MOUNT_PROC, 3);
NUMBER(MOUNT_DEV, 4);
NUMBER(MOUNT_MQUEUE, 5);
NUMBER(MOUNT_OVERLAY, 6);
NUMBER(MOUNT_FILESYSTEM, 7);
NUMBER(MOUNT_REMOUNT, 8);
NUMBER(MOUNT_DIRECTORY, 9);
NUMBER(MOUNT_SYMLINK, 10);
NUMBER(MOUNT_PROPAGATION, 11);
NUMBER(MOUNT_ROOT, 12);
NUMBER(ID_UID, 1u);
NUMBER(ID_GID, 2u);
NUMBER(MOUNT_READ_ONLY, 1u);
NUMBER(MOUNT_NO_SUID, 2u);
NUMBER(MOUNT_NO_DEV, 4u);
NUMBER(MOUNT_NO_EXEC, 8u);
NUMBER(MOUNT_WRITABLE, 16u);
NUMBER(MOUNT_RECURSIVE, 32u);
NUMBER(MOUNT_CREATE, 64u);
NUMBER(MOUNT_CREATE_FILE, 128u);
NUMBER(MOUNT_PRIVATE, 256u);
NUMBER(MOUNT_SLAVE, 512u);
NUMBER(MOUNT_SHARED, 1024u);
NUMBER(ID_MAPS_MAX, 340u);
NUMBER(MOUNTS_MAX, 1024u);
NUMBER(SEARCH_NONE, 0);
NUMBER(SEARCH_PARENT_PATH, 1);
NUMBER(SEARCH_CHILD_PATH, 2);
NUMBER(SEARCH_LIST, 3);
NUMBER(SEARCH_PATHS, 4);
NUMBER(END_RUNNING, 0);
NUMBER(END_EXITED, 1);
NUMBER(END_KILLED, 2);
NUMBER(END_LOST, 3);
NUMBER(STATUS_CORE, 1);
NUMBER(STATUS_USAGE, 2);
NUMBER(STATUS_ASKED, 4);
NUMBER(STATUS_FORCED, 8);
NUMBER(SIGNAL_GROUP, 1);
NUMBER(STOP_GROUP, 1);
NUMBER(STOP_CGROUP, 2);
NUMBER(FOREVER, -1);

NUMBER(PROGRAM_FD, UINT64_C(1) << 0);
NUMBER(CWD_FD, UINT64_C(1) << 1);
NUMBER(UMASK, UINT64_C(1) << 2);
NUMBER(SIGNAL_MASK, UINT64_C(1) << 3);
NUMBER(PROCESS_GROUP, UINT64_C(1) << 4);
NUMBER(TERMINAL_FD, UINT64_C(1) << 5);
NUMBER(UID, UINT64_C(1) << 6);
NUMBER(GID, UINT64_C(1) << 7);
NUMBER(GROUPS, UINT64_C(1) << 8);
NUMBER(AMBIENT_CAPS, UINT64_C(1) << 9);
NUMBER(BOUNDING_CAPS, UINT64_C(1) << 10);
NUMBER(SECUREBITS, UINT64_C(1) << 11);
NUMBER(NICE, UINT64_C(1) << 12);
NUMBER(SCHEDULER, UINT64_C(1) << 13);
NUMBER(IO_PRIORITY, UINT64_C(1) << 14);
NUMBER(OOM_SCORE_ADJ, UINT64_C(1) << 15);
NUMBER(TIMER_SLACK, UINT64_C(1) << 16);
NUMBER(CGROUP_FD, UINT64_C(1) << 17);
NUMBER(LANDLOCK_FD, UINT64_C(1) << 18);
NUMBER(BUSY_RETRY, UINT64_C(1) << 19);
NUMBER(PERSONALITY, UINT64_C(1) << 55);
NUMBER(INHERITABLE_CAPS, UINT64_C(1) << 59);
NUMBER(INHERIT_FDS, UINT64_C(1) << 32);
NUMBER(SHELL_FALLBACK, UINT64_C(1) << 33);
NUMBER(DEFAULT_SIGNALS, UINT64_C(1) << 34);
NUMBER(NEW_SESSION, UINT64_C(1) << 35);
NUMBER(CONTROLLING_TERMINAL, UINT64_C(1) << 36);
NUMBER(FOREGROUND, UINT64_C(1) << 37);
NUMBER(NO_NEW_PRIVS, UINT64_C(1) << 38);
NUMBER(PIDFD, UINT64_C(1) << 39);
NUMBER(ALLOW_FORK, UINT64_C(1) << 40);
NUMBER(DETACH, UINT64_C(1) << 41);
NUMBER(CWD_BEFORE_IDS, UINT64_C(1) << 43);
NUMBER(DEATH_IS_START, UINT64_C(1) << 45);
NUMBER(KEEP_SESSION, UINT64_C(1) << 51);
NUMBER(SEARCH_ON, UINT64_C(1) << 46);
NUMBER(LOOPBACK, UINT64_C(1) << 53);
NUMBER(NEW_CORE, UINT64_C(1) << 54);
NUMBER(OWN_IDS, UINT64_C(1) << 47);
NUMBER(DENY_SETGROUPS, UINT64_C(1) << 48);
NUMBER(ID_HELPERS, UINT64_C(1) << 50);
NUMBER(INIT, UINT64_C(1) << 52);
NUMBER(HOLD, UINT64_C(1) << 56);
NUMBER(POLL_FD, UINT64_C(1) << 57);
NUMBER(MAY_WAIT, UINT64_C(1) << 58);
NUMBER(INTERRUPTIBLE, UINT64_C(1) << 49);
NUMBER(PROCESS_INTERRUPTIBLE, 1);
NUMBER(PROCESS_SHARED_TABLE, 2);
NUMBER(FILTER_LOG, 2);
NUMBER(FILTER_SPEC_ALLOW, 4);
NUMBER(MEMORY_NO_EXEC_GAIN, 1);
NUMBER(MEMORY_NO_HUGE_PAGES, 2);
NUMBER(MEMORY_MERGE, 4);
NUMBER(MEMORY_COREDUMP_FILTER, 8);
NUMBER(SECUREBITS_NO_ROOT, 0x2f);
NUMBER(SECUREBITS_NO_AMBIENT, 0xef);
NUMBER(STREAM_TABLE, 0);
NUMBER(STREAM_NULL, 1);
NUMBER(STREAM_FD, 2);
NUMBER(STREAM_MEMORY, 3);
NUMBER(STREAM_CALLBACK, 4);
NUMBER(STREAM_MERGED, 5);
NUMBER(CAPTURE_LINGER, 1);
NUMBER(CAPTURE_STOP_AT_LIMIT, 2);
NUMBER(CAPTURE_GROUP, 4);
NUMBER(RUN_TIMED_OUT, 1);
NUMBER(RUN_OUTPUT_CUT, 2);
NUMBER(RUN_ERROR_CUT, 4);
NUMBER(RUN_INPUT_LEFT, 8);
NUMBER(RUN_LEFT_OPEN, 16);
NUMBER(STAGE_MERGE, 1);
NUMBER(PIPELINE_GROUP, 1);
