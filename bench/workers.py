# SPDX-License-Identifier: MIT
"""Workers, templates, messages and pools, next to the same by hand."""
import re
import subprocess

import cases
import drivers

ROUNDS, LOADED_MB, SECONDS = 300, 256, 20
LINE = re.compile(r"(\S.*?)\s+([\d.]+) us")


def measure(_, settings, tell):
    """The rows of bench-workers, with an empty template and a loaded one."""
    rounds = max(5, int(ROUNDS * min(settings.scale, 1)))
    for loaded in 0, LOADED_MB:
        done = subprocess.run(
            [settings.files / "bench-workers", str(rounds), str(loaded)],
            text=True, timeout=drivers.PATIENCE, check=False,
            stdout=subprocess.PIPE)
        if done.returncode:
            raise drivers.Failure(f"bench-workers: ended with "
                                  f"{done.returncode}")
        case = cases.Case("workers", 0, [])
        for name, time in map(re.Match.groups,
                              LINE.finditer(done.stdout)):
            yield case.fields() | {"method": name, "case": "plain",
                                   "template_mb": loaded,
                                   "start_p50_us": float(time)}
        tell(SECONDS / 2)
