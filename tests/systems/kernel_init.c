/* SPDX-License-Identifier: MIT */
/*
 * The first process of a virtual machine of tests/systems/kernels.py: runs the
 * jobs listed in /jobs, one in a line, and tells how each ended on the second
 * serial line. Words with a '=' before the program are for its environment.
 *
 * What it tells is records of fields, begun and parted by control characters
 * that no test prints: first the kernel's release; for each job its status as
 * of waitpid(), its output and its errors; and at last that all is done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define RECORD "\x1e"
#define FIELD "\x1f"
#define WORDS_MAX 16
#define OUTPUT "/tmp/output"
#define ERRORS "/tmp/errors"
/* As far as Linux lets it be raised. */
#define MOST_DESCRIPTORS "2147483584"

static FILE *report;

/* For the kernel's console; its panic is the end of the machine. */
static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void mount_at(const char *type, const char *place, const char *data)
{
	mkdir(place, 0755);
	if (mount(type, place, type, 0, data))
		give_up(place);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file))
		give_up(path);
}

/*
 * The first mount of all can't be changed for another: pivot_root(2). So it is
 * bound over itself, and that is the root of all that follows.
 */
static void leave_first_mount(void)
{
	mkdir("/root", 0755);
	if (mount("/", "/root", NULL, MS_BIND, NULL) || chdir("/root") ||
	    mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		give_up("/");
}

static void furnish(void)
{
	leave_first_mount();
	mkdir("/var", 0755);
	mount_at("devtmpfs", "/dev", NULL);
	mount_at("devpts", "/dev/pts", "ptmxmode=0666");
	mount_at("tmpfs", "/dev/shm", "mode=1777");
	mount_at("proc", "/proc", NULL);
	mount_at("sysfs", "/sys", NULL);
	mount_at("securityfs", "/sys/kernel/security", NULL);
	mount_at("cgroup2", "/sys/fs/cgroup", NULL);
	mount_at("tmpfs", "/tmp", "mode=1777");
	write_text("/proc/sys/fs/nr_open", MOST_DESCRIPTORS);
	symlink("/proc/self/fd", "/dev/fd");
	setenv("PATH", "/bin", 1);
}

/* Raw: what is written arrives as it is. */
static void open_report(void)
{
	struct termios modes;
	int fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &modes))
		give_up("/dev/ttyS1");
	cfmakeraw(&modes);
	cfsetspeed(&modes, B115200);
	if (tcsetattr(fd, TCSANOW, &modes))
		give_up("/dev/ttyS1");
	report = fdopen(fd, "w");
}

static void redirect(int fd, const char *path, int flags)
{
	int from = open(path, flags, 0600);

	if (from < 0 || dup2(from, fd) < 0)
		give_up(path);
	close(from);
}

static _Noreturn void execute(char **words)
{
	setsid();
	redirect(0, "/dev/null", O_RDONLY);
	redirect(1, OUTPUT, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
	redirect(2, ERRORS, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
	if (chdir("/tmp"))
		give_up("/tmp");
	while (*words && strchr(*words, '='))
		putenv(*words++);
	execv(words[0], words);
	give_up(words[0]);
}

/* Reaps whatever else has lost its parent. */
static int wait_for(pid_t job)
{
	pid_t ended;
	int status;

	while ((ended = wait(&status)) != job)
		if (ended < 0 && errno != EINTR)
			give_up("wait");
	return status;
}

static void tell_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char bytes[4096];
	size_t size;

	fputs(FIELD, report);
	while (file && (size = fread(bytes, 1, sizeof bytes, file)) > 0)
		fwrite(bytes, 1, size, report);
	if (file)
		fclose(file);
}

static void run_job(char *line)
{
	char *words[WORDS_MAX + 1];
	size_t count = 0;
	pid_t pid;

	for (char *word = strtok(line, " \n"); word && count < WORDS_MAX;
	     word = strtok(NULL, " \n"))
		words[count++] = word;
	words[count] = NULL;
	pid = fork();
	if (pid == 0)
		execute(words);
	if (pid < 0)
		give_up("fork");
	fprintf(report, RECORD "%d", wait_for(pid));
	tell_file(OUTPUT);
	tell_file(ERRORS);
	fflush(report);
}

static void run_jobs(void)
{
	FILE *jobs = fopen("/jobs", "re");
	char line[1024];

	if (!jobs)
		give_up("/jobs");
	while (fgets(line, sizeof line, jobs))
		run_job(line);
	fclose(jobs);
}

int main(void)
{
	struct utsname system;

	furnish();
	open_report();
	uname(&system);
	fprintf(report, RECORD "%s", system.release);
	run_jobs();
	fputs(RECORD "done", report);
	fflush(report);
	tcdrain(fileno(report));
	reboot(RB_POWER_OFF);
	give_up("reboot");
}
