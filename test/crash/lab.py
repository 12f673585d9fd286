# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where commands of gantry's are cut short: stores to begin with, commands under the tracer, and what is asked of a store
afterwards. Its surroundings come from the environment: WORK is a directory of the test's, TRACER the tracer.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time

import store

WORK = os.environ["WORK"]
TRACER = os.environ.get("TRACER", "")
ROOT = os.path.join(WORK, "root")  # of the store that commands are tried on
LONG = os.environ.get("GANTRY_LONG") == "1"
PROBLEMS_MAX = int(os.environ.get("GANTRY_CRASH_PROBLEMS", 20)) # lines
COLLECT = ["gantry-gc", "-q", "--grace=0", "--prepared-grace=0", "--part-grace=0"]

count = 0
failed = 0


def report(text, problems):
    """One line of TAP, with what is wrong behind it."""
    global count, failed
    count += 1
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {count} - {text}", flush=True)
    for problem in problems[:PROBLEMS_MAX]:
        print("#", problem.replace("\n", "\n# "), flush=True)
    if len(problems) > PROBLEMS_MAX:
        print(f"# … and {len(problems) - PROBLEMS_MAX} lines more", flush=True)


def skip(text, why):
    global count
    count += 1
    print(f"ok {count} - {text} # SKIP {why}", flush=True)


def finish():
    print(f"1..{count}")
    sys.exit(failed > 0)


class Result:
    def __init__(self, words, status, out, err):
        self.words, self.status, self.out, self.err = words, status, out, err

    def __str__(self):
        return f"{' '.join(self.words)}: status {self.status}, says '{self.out.strip()}' and '{self.err.strip()}'"


def run(words, root=ROOT, before=(), timeout=60):
    """A program of gantry's, "gantry-VERB", with its --root=."""
    command = [*before, words[0], f"--root={root}", *words[1:]]
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, err = p.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        p.kill()
        out, err = p.communicate()
        err += "(it took too long)"
    return Result(words, p.returncode, out, err)


def traced(words, *options, root=ROOT):
    """Runs it under the tracer. Also returns the change at which something happened, or the last one."""
    result, lines = changes(words, *options, root=root)
    number = [option.split("=")[1].split(":")[0] for option in options if "-at=" in option]
    return result, next((line for line in lines if line.split()[0] in number), "none")


def changes(words, *options, root=ROOT):
    """Runs it under the tracer. Also returns its changes of the store, a line each."""
    log = os.path.join(WORK, "changes")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(log)
    result = run(words, root, [TRACER, f"--below={root}", f"--log={log}", *options])
    try:
        with open(log, encoding="utf-8", errors="replace") as f:
            return result, f.read().splitlines()
    except FileNotFoundError:
        return result, []


def empty(root=ROOT):
    shutil.rmtree(root, ignore_errors=True)


def begin_with(template, root=ROOT):
    """A store like the template, or none."""
    empty(root)
    if template:
        subprocess.run(["cp", "-a", "--reflink=auto", template, root], check=True)
        store.renew_records(root)


def template(name, *commands):
    """A store that these commands have made: its path."""
    path = os.path.join(WORK, "templates", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    for words in commands:
        result = run(words, root=path)
        if result.status:
            sys.exit(f"Bail out! {result}")
    return path


def look(golden, tidy=True, root=ROOT):
    return store.Look(root, golden, tidy).problems


def fsck(root=ROOT):
    if not os.path.exists(os.path.join(root, "pods")): # which is made last
        return []
    result = run(["gantry-image", "fsck", "--quiet"], root)
    return [f"fsck: {result}"] if result.status else []


def collect(root=ROOT):
    result = run(COLLECT, root)
    return [f"gc: {result}"] if result.status else []


def attempt(words, root=ROOT):
    result = run(words, root)
    return [f"a second attempt fails: {result}"] if result.status else []


def sample(n, wanted):
    """Which of n points to try: all, or about as many as wanted, others each time."""
    if LONG or n <= wanted:
        return list(range(1, n + 1))
    step = n / wanted
    return sorted({min(n, 1 + int(step * (i + random.random()))) for i in range(wanted)})


class Clock:
    def __init__(self):
        self.begun = time.monotonic()

    def __str__(self):
        return f"{time.monotonic() - self.begun:.0f} s"
