/* SPDX-License-Identifier: MIT */
/*
 * The protocol of one start: who may touch its memory, who tells what came of
 * it, and who ends it. README.md says what stands for what in src/. The faults
 * are seeded, to see that each is found: FAULT in the environment is the number
 * of one, or 0, and WAY that of the only way to create, or 0.
 */
c_decl { \#include <stdlib.h> }

#define STARTED	 1 /* what the child has written of itself, in this order */
#define EXECUTES 2

#define RUNS   1 /* what the caller says came of it */
#define FAILED 2
#define DIED   3

#define NO_LOOK_AT_PARENT  1
#define ASKED_TOO_LATE	   2
#define PIPE_ALONE	   3
#define PIPE_AFTER_FATE	   4
#define WORD_ALONE	   5
#define RECORD_BEFORE_WORD 6
#define WORD_BEFORE_PIPE   7
#define NO_GRACE	   8
#define LEARN_FROM_FAILURE 9
#define FREED_AT_FINISH	   10
#define FREED_AT_CANCEL	   11

mtype:way = { BEGUN, WAITED, EMULATED, FORKED };
mtype:block = { NEVER, UNTIL_KILLED, FOR_A_WHILE };
mtype:life = { ALIVE, ZOMBIE, REAPED };
mtype:call = { FINISH, CANCEL, KILL, SWEEP };

/* ---- What is so before the start ------------------------------------------ */

byte fault, only; /* 0; else a seeded fault, and the way to look at */
mtype:way way;
mtype:block blocks;  /* a step of the plan */
bool zeroes_at_exec; /* the kernel; else at the end of a process only */
bool is_proven;	     /* that it does; the pipe carries nothing then */
bool has_pipe;
bool is_held;
bool is_traced;	     /* by one that lets the caller of vfork() run early */
bool has_stranger;   /* another thread's fork has the pipe, for ever */
bool is_shot;	     /* somebody kills the child, some time */
bool caller_dies;    /* some time */
bool dies_together;  /* hazard 17 */

#define is_shared (way == BEGUN || way == WAITED)
#define goes_on	  (way == BEGUN || way == FORKED)
#define is_silent (way != EMULATED) /* has no signal before exec */

/* ---- The memory, the pipe, the process ------------------------------------ */

bool is_owned;	  /* the memory is the start's; else anybody's */
bool word;	  /* launch.occupied */
byte state, code; /* launch.report */
bool held;

bool has_news;	  /* in the pipe: that only exec is left */
byte bad_news;	  /* in the pipe, after that: an errno */
bool child_writes, caller_writes, reads;

mtype:life life;
bool is_ordinary; /* exec has given it its signal */
bool is_out;	  /* of the memory: exec, or its end */
bool is_killed, is_let_go, wants_death, is_parent_gone, is_created;
bool has_executed, is_released; /* the truth, for the assertions */
byte has_failed;

#define is_dead	    (life != ALIVE)
#define has_record  (has_news || bad_news != 0)
#define has_writers (child_writes || caller_writes || has_stranger)
#define seen_to_run (is_silent && is_ordinary && life != REAPED)

/* ---- The child: src/child/child.c ----------------------------------------- */

/* It and the kernel write to what is the start's, and nobody else's. */
inline touch()
{
	assert(!is_shared || is_owned || is_parent_gone)
}

inline tell(of_state, of_code)
{
	touch();
	if
	:: is_shared -> state = of_state; code = of_code
	:: else
	fi;
	if
	:: child_writes && !is_proven && of_code -> bad_news = of_code
	:: child_writes && !is_proven && of_state == EXECUTES && !of_code ->
		has_news = true
	:: else
	fi
}

inline fail(of_code)
{
	atomic { has_failed = of_code; tell(child_state, of_code) };
	goto ends
}

inline unless_killed()
{
	if
	:: is_killed -> goto ends
	:: else
	fi
}

/* The kernel's store. */
inline leave_memory()
{
	atomic {
		if
		:: is_shared && word -> touch(); word = false
		:: else
		fi;
		is_out = true
	}
}

active proctype child()
{
	byte child_state = STARTED;

	is_created;
	unless_killed();
	atomic { tell(STARTED, 0) };
	/* It waits for its release. */
	if
	:: is_held ->
		if
		:: !held -> touch()
		:: is_killed -> goto ends
		:: is_parent_gone && fault != NO_LOOK_AT_PARENT -> fail(3)
		fi
	:: else
	fi;
	assert(!is_held || is_released);
	/* It asks to die with its parent, which may be gone already. */
	if
	:: dies_together ->
		wants_death = true;
		if
		:: is_parent_gone && fault != ASKED_TOO_LATE -> fail(3)
		:: else
		fi
	:: else
	fi;
	/* A step that may hang, and may fail. */
	if
	:: blocks == UNTIL_KILLED -> is_killed; goto ends
	:: blocks == FOR_A_WHILE -> is_let_go
	:: blocks == NEVER
	fi;
	unless_killed();
	if
	:: fail(1)
	:: touch()
	fi;
	wants_death = false;
	atomic { child_state = EXECUTES; tell(EXECUTES, 0) };
	unless_killed();
	if
	:: fail(2)
	:: atomic { touch(); is_ordinary = true; has_executed = true }
	fi;
	/* There is no way back: its kind, the word, the pipe, in this order. */
	if
	:: zeroes_at_exec -> leave_memory()
	:: else -> is_out = true
	fi;
	child_writes = false;
	/* The program runs until somebody ends it. */
end:	is_killed;
ends:
	if
	:: !is_out -> leave_memory()
	:: else
	fi;
	child_writes = false;
	life = ZOMBIE
}

/* A file system that answers after all. */
active proctype kernel()
{
end:	is_created && blocks == FOR_A_WHILE -> is_let_go = true
}

/* Somebody who kills it, at any moment. */
active proctype foe()
{
end:	is_created && is_shot -> is_killed = true
}

/* ---- The caller: src/backend/report.c, fate.c ----------------------------- */

bool has_deadline, is_late;
byte told_state, told_code;
bool has_given_up; /* on a pipe that others have, too */

/* The pipe had nothing: 250 ms later it looks at the child, and once more. */
inline look_at_fate()
{
	if
	:: (is_dead || seen_to_run) && fault != PIPE_ALONE ->
		if
		:: has_record && fault != PIPE_AFTER_FATE
		:: else -> has_given_up = true
		fi
	:: has_record || !has_writers
	:: has_deadline -> is_late = true
	fi
}

/* Until the end of the pipe, a failure, or until the child has gone. */
inline read_records()
{
	do
	:: told_code || is_late || has_given_up -> break
	:: else ->
		if
		:: has_news -> atomic {
				told_state = EXECUTES;
				has_news = false
			}
		:: !has_news && bad_news -> atomic {
				told_code = bad_news;
				bad_news = 0
			}
		:: !has_record && !has_writers -> break
		:: !has_record && has_writers -> look_at_fate()
		fi
	od
}

/* As pthread_join(3) does: without looking at the child. */
#define trusts_word (way == BEGUN && is_proven && !has_pipe && !has_deadline)

/*
 * Who waits frees the memory when it returns: that the kernel's store comes
 * within the grace it has after exec was seen, where it comes at all, is the
 * one assumption about time. Who has begun a start keeps the memory.
 */
inline await_word(must_leave)
{
	if
	:: !word
	:: !trusts_word && is_dead
	:: !trusts_word && seen_to_run && fault != WORD_ALONE &&
	   !(must_leave && zeroes_at_exec)
	:: has_deadline && word -> is_late = true
	fi
}

inline believe_pipe()
{
	atomic { state = told_state; code = told_code }
}

inline await_begun()
{
	if
	:: has_pipe && word -> read_records()
	:: else
	fi;
	if
	:: has_pipe && fault == WORD_BEFORE_PIPE && !is_late -> believe_pipe()
	:: else -> is_late = false; await_word(false)
	fi
}

inline await_waited()
{
	if
	:: has_pipe -> read_records()
	:: else -> await_word(true)
	fi;
	if
	:: has_given_up && way == WAITED && fault != NO_GRACE ->
		await_word(true)
	:: else
	fi;
	if
	:: has_pipe && !is_late && word ->
		believe_pipe()
	:: else
	fi
}

/* What it reads of the memory may not be final yet. */
inline read_too_early()
{
	atomic { told_state = state; told_code = code };
	await_word(false);
	believe_pipe()
}

/* libspawn__report_await() */
inline await()
{
	is_late = false;
	has_given_up = false;
	if
	:: way == BEGUN && fault == RECORD_BEFORE_WORD -> read_too_early()
	:: way == BEGUN && fault != RECORD_BEFORE_WORD -> await_begun()
	:: way != BEGUN && word -> await_waited()
	:: way != BEGUN && !word
	fi
}

/* ---- The caller: src/backend/judge.c, sharing.c --------------------------- */

byte verdict;

/* What later starts rely on. */
inline learn()
{
	assert(zeroes_at_exec || !is_shared || word ||
	       (verdict != RUNS && fault != LEARN_FROM_FAILURE))
}

/* The truth; but who has a signal from the first may die in its exec. */
inline check_verdict()
{
	assert(verdict != RUNS || has_executed ||
	       (!is_silent && is_killed && !has_failed));
	assert(verdict != FAILED || (has_failed && code == has_failed));
	assert(verdict != DIED || (!has_executed && !has_failed && is_killed))
}

inline reap()
{
	life == ZOMBIE -> life = REAPED
}

/* Asked of the kernel: whether it never executed, though it was about to. */
inline judge()
{
	if
	:: code -> verdict = FAILED
	:: !code && state < EXECUTES -> verdict = DIED
	:: !code && state == EXECUTES && (!is_silent || is_ordinary) ->
		verdict = RUNS
	:: !code && state == EXECUTES && is_silent && !is_ordinary &&
	   is_dead -> verdict = DIED
	fi;
	learn();
	check_verdict();
	if
	:: verdict != RUNS -> reap()
	:: else
	fi;
	reads = false
}

/* ---- The caller: src/start/pending.c, begin.c, timed.c -------------------- */

mtype:call call;
bool is_left; /* the memory, to a later call */

/* Before anybody else could be given the same pid. */
inline shoot()
{
	assert(life != REAPED);
	is_killed = true
}

inline settle()
{
	if
	:: verdict -> is_late = false
	:: else ->
		await();
		if
		:: is_late
		:: else -> judge()
		fi
	fi
}

/* One that runs is killed and reaped; the kernel may take its time. */
inline end_program()
{
	shoot();
	if
	:: reap()
	:: is_late = true
	fi
}

/* After a settle(), in end_pending(). */
inline go_on_ending()
{
	if
	:: is_late && call != KILL ->
		if
		:: !seen_to_run -> shoot()
		:: else
		fi;
		call = KILL
	:: is_late && call == KILL ->
		is_owned = is_owned && fault != FREED_AT_CANCEL;
		call = SWEEP;
		/* Again and again; only what is final counts. */
		!word || is_dead || seen_to_run
	:: !is_late ->
		if
		:: verdict == RUNS -> end_program()
		:: else
		fi;
		if
		:: is_late -> call = SWEEP
		:: else -> is_owned = false; break
		fi
	fi
}

/* libspawn__pending_release_memory() */
inline hand_over()
{
	if
	:: goes_on && fault != FREED_AT_FINISH -> is_left = true
	:: else -> is_owned = false
	fi
}

/* By a later call, when nobody writes to it. */
inline sweep_memory()
{
	if
	:: is_left ->
		!is_shared || !word || is_dead;
		is_owned = false
	:: else
	fi
}

/* ---- The caller ----------------------------------------------------------- */

inline choose_way()
{
	if
	:: only != 2 && only != 3 && only != 4 -> way = BEGUN
	:: only != 1 && only != 3 && only != 4 -> way = WAITED
	:: only != 1 && only != 2 && only != 4 -> way = EMULATED
	:: only != 1 && only != 2 && only != 3 -> way = FORKED
	fi;
	if :: is_shared -> zeroes_at_exec = true :: skip fi;
	if :: zeroes_at_exec -> is_proven = true :: skip fi;
	/* It is proven, but a descriptor to poll was asked for. */
	if :: !is_proven || way == BEGUN -> has_pipe = true :: is_proven fi;
	/* In an emulator, such a stranger is waited for: hazard 8. */
	if :: has_pipe && is_silent -> has_stranger = true :: skip fi;
	if :: way == WAITED -> is_traced = true :: skip fi;
	if :: is_shot = true :: skip fi
}

/* Who goes on may be killed and leave one that hangs: hazard 17. */
inline choose_plan()
{
	if :: way == BEGUN -> is_held = true :: skip fi;
	if
	:: blocks = NEVER
	:: blocks = FOR_A_WHILE
	:: goes_on -> blocks = UNTIL_KILLED
	:: way == WAITED ->
		blocks = UNTIL_KILLED; dies_together = true; caller_dies = true
	fi;
	if
	:: way == BEGUN && blocks != UNTIL_KILLED -> caller_dies = true
	:: skip
	fi
}

inline create()
{
	is_owned = true;
	word = true;
	held = is_held;
	reads = has_pipe;
	child_writes = has_pipe;
	caller_writes = has_pipe;
	life = ALIVE;
	is_created = true
}

/* vfork() holds it, but for a tracer, and a signal that kills. */
inline wait_for_vfork()
{
	if
	:: way != WAITED || is_out || is_dead || is_traced
	:: way == WAITED && caller_dies -> goto dies
	fi
}

/* What it does next with a start that is under way. */
inline choose_call()
{
	if
	:: caller_dies -> goto dies
	:: held -> atomic {
			is_released = true;
			held = false;
			has_deadline = true
		}
	:: !held && blocks != UNTIL_KILLED -> has_deadline = false
	:: goes_on -> has_deadline = true
	:: goes_on -> has_deadline = true; call = CANCEL
	fi
}

active proctype caller()
{
	atomic {
		c_code {
			now.fault = atoi(getenv("FAULT"));
			now.only = atoi(getenv("WAY"));
		};
		choose_way();
		choose_plan();
		create()
	};
	wait_for_vfork();
	caller_writes = false;
	call = FINISH;
	do
	:: true ->
		if
		:: call == FINISH -> choose_call()
		:: else
		fi;
		settle();
		if
		:: call == FINISH && is_late
		:: call == FINISH && !is_late -> hand_over(); break
		:: call != FINISH -> go_on_ending()
		fi
	od;
	/* A program is the caller's now: to end, and to reap. */
	if
	:: life != REAPED -> shoot(); reap()
	:: else
	fi;
	sweep_memory();
	/* Nothing is left behind. */
	assert(!is_owned && !reads && !child_writes);
	goto done;
dies:
	atomic {
		reads = false;
		caller_writes = false;
		is_parent_gone = true;
		is_killed = is_killed || wants_death
	};
	/* What it began does not wait for ever. */
	is_dead || has_executed;
done:
	skip
}
