# SPDX-License-Identifier: MIT
"""What the legs share that run a project's own suite beside itself: as it is,
and with its launcher replaced by libspawn."""
import os
import sys

import trace_tools

TOOLS = ["apt-get", "dpkg-source", "gcc", "ninja", "unshare", "setpriv", "ip"]
#: A user who is not root.
USER = 65534
#: A folder that this user may not search is another error than a missing name.
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
#: How often what differs is tried again.
TRIES = 3

#: A run sees its folder as /mnt, an empty /tmp, and a network of its own. What
#: it leaves behind ends with it.
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc"]
ALONE = """
mount --bind "$1" /mnt && mount -t tmpfs none /tmp && chmod 1777 /tmp &&
ip link set lo up && cd /mnt && shift || exit 99
if [ -d /mnt/share ]; then
	mount -t tmpfs none /usr/share || exit 99
	cp -r /mnt/share/. /usr/share || exit 99
fi
"$@"
exit $?
"""

#: Laid into the adapter's copy: each start leaves its mark.
COUNTER = """
#include <fcntl.h>
#include <unistd.h>

static int counted_start(struct libspawn_process *process, const char *program,
                         char *const argv[],
                         const struct libspawn_options *options,
                         struct libspawn_error *error) {
  int code = libspawn_start(process, program, argv, options, error);
  int fd = open("/mnt/starts", O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd >= 0) {
    (void) !write(fd, code ? "-" : "+", 1);
    close(fd);
  }
  return code;
}
#define libspawn_start counted_start
"""


def need_what_it_takes(*tools):
    """Skip where this can't be done."""
    lacking = trace_tools.missing(*TOOLS, *tools)
    if lacking:
        trace_tools.skip(f"{lacking} is not installed")
    may = os.getuid() == 0 and not trace_tools.run(
        [*UNSHARE, "true"]).returncode
    if not may:
        trace_tools.skip("not root, who alone can give each run its own /tmp")


def alone(work, command, user=False, timeout=900, **variables):
    """Run it with a network, processes, /tmp and working folder of its own."""
    become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    return trace_tools.run(
        [*UNSHARE, "sh", "-c", ALONE, "sh", work,
         *(become if user else []), *command],
        timeout=timeout, errors="replace",
        env=dict(os.environ, HOME="/tmp", PATH=PATH, **variables))


def must_run(checks, what, commands, **more):
    for command in commands:
        done = trace_tools.run(command, timeout=900, **more)
        if not checks.check(done.returncode == 0,
                            f"{what}: {done.stdout}{done.stderr}"):
            checks.finish()


def replace(checks, script, tree, adapter):
    """By the script that users have, and with a counter of starts."""
    done = trace_tools.run([sys.executable, "-B", script, tree])
    if not checks.check(done.returncode == 0, done.stderr):
        checks.finish()
    print(done.stdout.strip())
    line = '#include "libspawn.c"\n'
    text = adapter.read_text()
    checks.check(line in text, f"{adapter.name} does not include libspawn.c")
    adapter.write_text(text.replace(line, line + COUNTER))


#: In the projects themselves: locks of another kind than pthread's.
SUPPRESSED = ["race:uv__signal", "race:g_spawn_error_quark",
              "race:g_mutex_lock_a"]


def run_sanitized(checks, what, folder, command, **variables):
    """Eight threads that start programs; nothing else than its own line."""
    (folder / "suppressed").write_text("\n".join(SUPPRESSED) + "\n")
    options = f"suppressions={folder / 'suppressed'}:exitcode=66"
    # Some kernels place memory where the thread sanitizer can't bear it.
    done = trace_tools.run(
        ["setarch", "-R", *command], timeout=600,
        env=dict(os.environ, TSAN_OPTIONS=options, **variables))
    print(f"{what}: {done.stdout.strip()}")
    checks.check(done.returncode == 0, f"{what}:\n{done.stderr[-6000:]}")


def make_counter(folder):
    (folder / "starts").touch()
    (folder / "starts").chmod(0o666)


def check_count(checks, folder):
    text = (folder / "starts").read_text()
    good, failed = text.count("+"), text.count("-")
    print(f"through libspawn: {good} starts, and {failed} that failed")
    checks.check(good > 0 and failed > 0, "no start went through libspawn")


def differing(stock, ours):
    return [name for name in {**stock, **ours}
            if stock.get(name) != ours.get(name)]


def is_ok(outcome):
    return outcome == "ok"


def compare(checks, what, runs, least, has_passed=is_ok,
            may_differ=lambda stock, ours: False):
    """Two functions, stock and ours: run(*names) tells {name: outcome}. What
    differs is run again, one by one; may_differ(stock, ours) knows better. So
    many must pass at least: to fail in the same way is no proof."""
    def same(name):
        return stock.get(name) == ours.get(name) or may_differ(
            stock.get(name), ours.get(name))

    stock, ours = trace_tools.on_all_processors(lambda run: run(), runs)
    for name in differing(stock, ours):
        for _ in range(TRIES):
            if same(name):
                break
            for run, seen in zip(runs, (stock, ours)):
                seen.update(run(name))
        checks.check(same(name), f"{what}: {name} differs")
    report(what, stock, ours)
    passed = sum(map(has_passed, ours.values()))
    print(f"{what}: {passed} pass")
    checks.check(passed >= least, f"{what}: only {passed} pass, not {least}")


def report(what, stock, ours):
    for name in differing(stock, ours):
        print(f"{what}: {name}: stock {stock.get(name)!r}, "
              f"ours {ours.get(name)!r}")
    for name in ours:
        if ours[name] == stock.get(name) == "not ok":
            print(f"{what}: {name} fails with both")
    outcomes = list(ours.values())
    print(f"{what}: {len(ours)} cases, {outcomes.count('skipped')} skipped, "
          f"{len(differing(stock, ours))} differ")
