# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many at work on one store, at random: refusals there may be, but nobody crashes, and what is left is whole.

stress.py LAYOUT REGISTRY ACI     where the images "one" and "two" are, which can be run, and an ACI
"""

import os
import random
import re
import sys
import threading
import time

import lab
import store

layout, registry, aci = sys.argv[1:]
WORKERS = 8
SECONDS = 120 if lab.LONG else 15
ORIGINS = [f"oci:{layout}:one", f"oci:{layout}:two", f"{registry}/crash:one", f"{registry}/crash:two"]

# What may be refused because of what somebody else has done a moment before, or is doing.
REFUSALS = {
    "gantry-prepare": r"is not in the store|does not have it|was removed|No such file|a pod of this name exists",
    "gantry-run": r"is not in the store|does not have it|was removed|no prepared pod has this UUID|it is \w+, not prepared|No such file",
    "gantry-rm": r"[Nn]o pod|is running|is not stopped|No such file",
    "gantry-image": r"is not in the store|is made of it|is needed by|is being fetched|in use",
}


class Pods:
    """UUIDs of pods that somebody has prepared."""

    def __init__(self):
        self.lock = threading.Lock()
        self.list = []

    def add(self, uuid):
        with self.lock:
            self.list.append(uuid)

    def take(self):
        with self.lock:
            return self.list.pop(random.randrange(len(self.list))) if self.list else None


pods = Pods()
complaints = []
done = {}


def act(words, refusal=None, timeout=60):
    """Returns the result, or None if it was refused."""
    result = lab.run(words, timeout=timeout)
    done[words[0]] = done.get(words[0], 0) + 1
    if result.status == 0:
        return result
    pattern = refusal or REFUSALS.get(words[0])
    if result.status in (1, 125) and pattern and len(result.err.splitlines()) == 1 and re.search(pattern, result.err):
        done["refused"] = done.get("refused", 0) + 1
        return None
    complaints.append(str(result))
    return None


def prepare():
    result = act(["gantry-prepare", "-q", random.choice(ORIGINS)])
    if result:
        pods.add(result.out.strip())


def run_prepared():
    uuid = pods.take()
    if uuid:
        act(["gantry-run", "-q", uuid])


def remove():
    uuid = pods.take()
    if uuid:
        act(["gantry-rm", "-q", uuid])


ACTIONS = [
    (4, lambda: act(["gantry-fetch", "-q", random.choice([*ORIGINS, aci])])),
    (4, prepare),
    (2, lambda: act(["gantry-run", "-q", "--rm", random.choice(ORIGINS)])),
    (2, run_prepared),
    (2, remove),
    (2, lambda: act(["gantry-image", "rm", "-q", random.choice([*ORIGINS, aci])])),
    (1, lambda: act(["gantry-gc", "-q", "--grace=0", "--prepared-grace=1h", "--part-grace=0"])),
    (1, lambda: act(lab.COLLECT)),
    (1, lambda: act(["gantry-image", "list"])),
]


def work(until):
    while time.monotonic() < until:
        random.choices([a[1] for a in ACTIONS], [a[0] for a in ACTIONS])[0]()


def start_survivors():
    """All pods that are left can be started, whatever happened to the images they were made of."""
    problems = []
    survivors = [uuid for uuid, phase in store.Look(lab.ROOT, tidy=False).pods.items() if phase == "prepared"]
    for uuid in survivors:
        result = lab.run(["gantry-run", "-q", uuid])
        if result.status:
            problems.append(str(result))
    return len(survivors), problems


def main():
    act(["gantry-fetch", "-q", ORIGINS[0]])
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=work, args=(until,)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = ", ".join(f"{n} {name.removeprefix('gantry-')}" for name, n in sorted(done.items()))
    lab.report(f"{WORKERS} at a time, {SECONDS} s: {count}", sorted(set(complaints)))
    lab.report("the store is whole", lab.fsck() + lab.look({}, tidy=False))
    for _ in range(6): # some to be sure
        prepare()
    n, problems = start_survivors()
    lab.report(f"every pod that is left starts, {n} of them", problems + ([] if n else ["there is none"]))
    lab.report("nothing is left when gc has gone", lab.collect() + lab.look({}) +
               [f"{uuid} is {phase}" for uuid, phase in store.Look(lab.ROOT).pods.items()])


main()
lab.finish()
