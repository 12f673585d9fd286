# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets the Nth change of the store fail, for every N, and looks at what the command makes of it.

errors.py LAYOUT REGISTRY ACI     as scenarios.py says
"""

import errno
import os

import disk
import lab
import scenarios

ERRORS = ["ENOSPC", "EIO", "EDQUOT"]


def check_failure(result, why):
    """One line that says what and why, unless the command got over it."""
    if result.status == 0:
        return []
    lines = result.err.splitlines()
    if result.status in (1, 125) and len(lines) == 1 and why in lines[0]:
        return []
    return [f"status {result.status}, '{why}' is not said in one line:"] + ["    " + line for line in lines]


def what_is_left(words):
    problems = lab.fsck() + lab.look(scenarios.golden, tidy=False)
    return problems + scenarios.attempt(words) + lab.fsck() + lab.collect() + lab.look(scenarios.golden)


def errors_at(n):
    return [(error,) for error in (ERRORS if lab.LONG else [ERRORS[n % len(ERRORS)]])]


def fail_at(words, n, error):
    result, change = lab.traced(words, f"--fail-at={n}:{error}")
    problems = check_failure(result, os.strerror(getattr(errno, error))) + what_is_left(words)
    return problems, f"{error} at change {change}"


def fill(words, directory, ballast, left):
    """A file system that really is full but for `left` KiB."""
    root = os.path.join(directory, "store")
    st = os.statvfs(directory)
    disk.subprocess.run(["fallocate", f"--length={st.f_bavail * st.f_frsize - left * 1024}", ballast], check=True)
    result = lab.run(words, root)
    problems = check_failure(result, os.strerror(errno.ENOSPC)) + lab.look(scenarios.golden, tidy=False, root=root)
    os.unlink(ballast)
    problems += lab.attempt(words, root) + lab.collect(root) + lab.look(scenarios.golden, root=root)
    lab.empty(root)
    return [f"with {left} KiB left:"] + ["    " + line for line in problems] if problems else []


def full(kind):
    directory, image = os.path.join(lab.WORK, "mounted"), os.path.join(lab.WORK, "full")
    os.makedirs(directory, exist_ok=True)
    disk.make(kind, image)
    problems = []
    with disk.mounted(kind, image, directory):
        for left in range(16, 300, 8 if lab.LONG else 40):
            for words in (["gantry-fetch", "-q", scenarios.one], ["gantry-fetch", "-q", f"{scenarios.registry}/crash:two"]):
                problems += fill(words, directory, os.path.join(directory, "ballast"), left)
    lab.report(f"{kind} that is full", problems)


scenarios.each_point("an error", fail_at, errors_at)
full("ext4")
lab.finish()
