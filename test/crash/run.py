# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills, or lets fail, what a pod's life is made of: `gantry run` itself, and stage1 and pod-exit, which PID 1 starts.

run.py LAYOUT     where the image "one" is, which can be run
"""

import os
import subprocess
import sys
import time

import lab
import store

image = f"oci:{sys.argv[1]}:one"
LIBEXEC = "/usr/libexec/gantry"
UNIT = "gantry-crash.service"

WRAPPER = """#!/bin/sh
# {name} as PID 1 starts it, under the tracer if the test wants that.
read -r options <{options}
exec ${{options:+{tracer} --below={root} $options}} {libexec}/{name} "$@"
"""


def options_of(name):
    return os.path.join(lab.WORK, "options-" + name)


def set_options(name, text):
    with open(options_of(name), "w", encoding="ascii") as f:
        f.write(text + "\n")


def make_programs():
    """All programs of gantry's in one directory, with wrappers around those that PID 1 starts."""
    directory = os.path.join(lab.WORK, "programs")
    os.mkdir(directory)
    for name in os.listdir(LIBEXEC):
        path = os.path.join(directory, name)
        if name not in ("stage1-nspawn", "pod-exit"):
            os.symlink(os.path.join(LIBEXEC, name), path)
            continue
        set_options(name, "")
        with open(path, "w", encoding="ascii") as f:
            f.write(WRAPPER.format(name=name, options=options_of(name), tracer=lab.TRACER, root=lab.ROOT, libexec=LIBEXEC))
        os.chmod(path, 0o755)
    for name in os.listdir("/usr/bin"):
        if name.startswith("gantry-"):
            os.symlink(os.path.join("/usr/bin", name), os.path.join(directory, name))
    os.environ["GANTRY_EXEC_DIR"] = directory


def wait_for_end():
    for _ in range(200):
        state = subprocess.run(["systemctl", "is-active", UNIT], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
        if state in ("inactive", "failed", "unknown"):
            subprocess.run(["systemctl", "reset-failed", UNIT], stderr=subprocess.DEVNULL, check=False)
            return []
        time.sleep(0.05)
    return [f"{UNIT} is {state} all the time"]


def log_of(name):
    return os.path.join(lab.WORK, "log-" + name)


def go(name, option):
    """One pod from its beginning to its end, with the option for one of the programs. Also returns that one's changes."""
    if os.path.exists(log_of(name)):
        os.unlink(log_of(name))
    options = f"--log={log_of(name)} {option}"
    before = []
    if name == "gantry-run":
        before = [lab.TRACER, f"--below={lab.ROOT}", *options.split()]
    else:
        set_options(name, options)
    result = lab.run(["gantry-run", "-q", "--name=crash", "--pull=never", image], before=before)
    problems = wait_for_end()
    if name != "gantry-run":
        set_options(name, "")
    lines = open(log_of(name), encoding="utf-8").read().splitlines() if os.path.exists(log_of(name)) else []
    return result, lines, problems


def collect():
    """Twice: a pod whose end nobody noted has ended when gc notes it, and its grace begins."""
    return lab.collect() + lab.collect()


def again():
    """The pod of this name may be there, prepared."""
    result = lab.run(["gantry-run", "-q", "--pull=never", image])
    return [f"a second attempt fails: {result}"] if result.status else []


def kill_at_each(name, begin, wanted):
    clock = lab.Clock()
    lab.begin_with(begin)
    result, lines, problems = go(name, "")
    if result.status:
        problems.append(f"unharmed: {result}")
    points = lab.sample(len(lines), wanted)
    for n in points:
        lab.begin_with(begin)
        _, lines_now, found = go(name, f"--kill-at={n}")
        found += lab.fsck() + lab.look(golden, tidy=False)
        if n % 2:
            found += collect() + lab.look(golden)
        found += again() + lab.fsck() + collect() + lab.look(golden)
        found += [f"{uuid} is {phase}" for uuid, phase in store.Look(lab.ROOT).pods.items()]
        if found:
            problems += [f"{name} killed before change {' '.join(lines_now[-1:])}"] + ["    " + line for line in found]
    lab.report(f"run: {name} killed at {len(points)} of {len(lines)} changes ({clock})", problems)


make_programs()
fetched = lab.template("fetched", ["gantry-fetch", "-q", image])
golden = store.golden_layers(fetched)
kill_at_each("gantry-run", fetched, 12)
kill_at_each("stage1-nspawn", fetched, 12)
kill_at_each("pod-exit", fetched, 8)
lab.finish()
