# SPDX-License-Identifier: MIT
"""What the figures were measured on."""
import datetime
import os
import platform
import re
import shutil
import subprocess

VERSIONS = {
    "gcc": ["cc", "-dumpfullversion"],
    "python": ["python3", "--version"],
    "node": ["node", "--version"],
    "rust": ["rustc", "--version"],
    "java": ["java", "--version"],
    "go": ["go", "version"],
    "libuv": ["pkg-config", "--modversion", "libuv"],
    "glib": ["pkg-config", "--modversion", "glib-2.0"],
    "musl": ["dpkg-query", "-W", "-f", "${Version}", "musl-dev"],
}


def first_line(command):
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    lines = done.stdout.strip().split("\n")
    return lines[0] if done.returncode == 0 else ""


def processor():
    with open("/proc/cpuinfo") as text:
        found = re.search(r"model name\s*: (.*)", text.read())
    return found.group(1) if found else platform.machine()


def memory_gib():
    with open("/proc/meminfo") as text:
        return round(int(text.readline().split()[1]) / (1 << 20), 1)


def read(path):
    try:
        with open(path) as text:
            return text.read().strip()
    except OSError:
        return "?"


def describe():
    """Facts by name, in the order to print them."""
    facts = {
        "date": datetime.datetime.now(datetime.timezone.utc)
        .strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{processor()}, {os.cpu_count()} processors",
        "memory": f"{memory_gib()} GiB",
        "kernel": f"{platform.system()} {platform.release()} "
                  f"{platform.machine()}",
        "libc": " ".join(platform.libc_ver()),
        "huge pages": read("/sys/kernel/mm/transparent_hugepage/enabled"),
        "overcommit": read("/proc/sys/vm/overcommit_memory"),
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }
    for name, command in VERSIONS.items():
        facts[name] = first_line(command).replace(f"{name} ", "", 1)
    return {name: fact for name, fact in facts.items() if fact}
