# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cuts the power while the store is worked on, at every moment and in every way that a disk allows, and looks at what is
left each time: whatever had been reported as done must be there whole.

power.py LAYOUT ACI     where the images "one" and "two", which share a layer, and an ACI are
"""

import os
import random
import sys

import disk
import lab
import store

layout, aci = sys.argv[1:]
one, two = f"oci:{layout}:one", f"oci:{layout}:two"
memory = os.path.join("/dev/shm", os.path.basename(lab.WORK)) # where a sync costs nothing
where, tap = os.path.join(lab.WORK, "mounted"), os.path.join(lab.WORK, "tap")
root = os.path.join(where, "store")
everything = lab.template("all", *(["gantry-fetch", "-q", image] for image in (one, two, aci)))
golden = store.golden_layers(everything)
ids = {image: lab.run(["gantry-fetch", "-q", image], everything).out.strip().replace(":", "-") for image in (one, two, aci)}

SECOND = f"{'second':-<63}x" # as long as a name may be, so that the link is more than an inode has room for

# What is done, and of what that is the end or the beginning. "pod" is the one made last.
WORK = [
    (["gantry-fetch", "-q", one], "+", one),
    (["gantry-prepare", "-q", "--pull=never", "--name=first", one], "+", "pod first"),
    (["gantry-fetch", "-q", two], "+", two),
    (["gantry-fetch", "-q", aci], "+", aci),
    (["gantry-rm", "-q", "first"], "-", "pod first"),
    (["gantry-image", "rm", "-q", one], "-", one),
    (["gantry-prepare", "-q", "--pull=never", f"--name={SECOND}", two], "+", f"pod {SECOND}"),
    (lab.COLLECT, "-", f"pod {SECOND}"),
    (["gantry-fetch", "-q", one], "+", one),
]


def mark(text):
    with open(os.path.join(tap, "mark"), "wb", buffering=0) as f:
        f.write(text.encode())


def record(kind, before=()):
    """What reaches the disk while the work is done. Marks say what has begun ("?") and what was reported as done ("+", "-")."""
    base, image, log = (os.path.join(memory, name) for name in ("base", "disk", "log"))
    os.makedirs(memory, exist_ok=True)
    for directory in where, tap:
        os.makedirs(directory, exist_ok=True)
    if not disk.make(kind, base):
        return None, [f"{kind} cannot be made"]
    disk.subprocess.run(["cp", "--sparse=always", base, image], check=True)
    problems = []
    with disk.recorded(os.environ["RECORDER"], image, log, tap), disk.mounted(kind, os.path.join(tap, "disk"), where):
        for words, sign, what in WORK:
            mark("?" + what)
            result = lab.run(words, root, before)
            if result.status:
                problems.append(str(result))
            mark(sign + what)
    entries = list(disk.read_log(log))
    last = max(i for i, e in enumerate(entries) if e.kind == "M")
    return entries[:last + 1], problems


def check_barriers(entries):
    """Whatever is reported as done, the disk has been told to keep."""
    problems, synced = [], True
    for e in entries:
        synced = synced or e.kind == "S"
        if e.kind == "M" and e.data.startswith(b"?"):
            synced = False
        elif e.kind == "M" and not synced:
            problems.append(f"no sync before {e.data.decode()}")
    return problems


def claims(entries):
    """What has been reported and nothing has begun to change since."""
    found = {}
    for e in entries:
        if e.kind == "M":
            text = e.data.decode()
            found.pop(text[1:], None)
            if text[0] in "+-":
                found[text[1:]] = text[0] == "+"
    return found


def check_claims(look, claimed):
    problems = []
    for what, there in claimed.items():
        if what.startswith("pod "):
            is_there = what[4:] in look.pod_names()
        else:
            is_there = ids[what] in look.images
        if is_there != there:
            problems.append(f"it had been reported that {what} is {'there' if there else 'gone'}, and it is not so")
    return problems


def examine(claimed):
    look = store.Look(root, golden, tidy=False)
    problems = look.problems + check_claims(look, claimed)
    if os.path.exists(root):
        problems += lab.fsck(root)
    problems += lab.attempt(["gantry-fetch", "-q", random.choice((one, two, aci))], root)
    return problems + lab.collect(root) + lab.look(golden, root=root)


def try_cuts(kind, entries, wanted):
    """How many there were, and what was found."""
    trial = os.path.join(memory, "trial")
    replay = disk.Replay(entries, os.path.join(memory, "base"), trial)
    problems = []
    cuts = disk.cuts(entries, wanted)
    for cut in cuts:
        replay.cut(cut)
        try:
            with disk.mounted(kind, trial, where):
                found = examine(claims(entries[:cut.position]))
        except disk.subprocess.CalledProcessError as e:
            found = [str(e)]
        if found:
            problems += [f"cut at {cut.position} of {len(entries)}, {cut.text}:"] + ["    " + line for line in found]
    return len(cuts), problems


def power_cuts(kind, wanted):
    clock = lab.Clock()
    entries, problems = record(kind)
    if entries is None:
        lab.skip(f"power cuts on {kind}", problems[0])
        return
    n, found = try_cuts(kind, entries, wanted)
    syncs = sum(e.kind == "S" for e in entries)
    lab.report(f"{kind}: {n} power cuts in {len(entries)} writes and {syncs} syncs ({clock})", problems + check_barriers(entries) + found)


def missing_syncs(kind, wanted):
    """A test that finds nothing may be one that cannot."""
    entries, problems = record(kind, [lab.TRACER, f"--below={where}", "--pretend=fsync"])
    _, found = try_cuts(kind, entries, wanted)
    lab.report(f"{kind}: without fsync power cuts are not survived, and this test sees it",
               problems + ([] if found else ["it has not seen it"]))


try:
    power_cuts("ext4, data=writeback", None if lab.LONG else 35)
    missing_syncs("ext4, data=writeback", 20)
    if lab.LONG:
        for other in "ext4", "xfs", "btrfs":
            power_cuts(other, None)
finally:
    disk.shutil.rmtree(memory, ignore_errors=True)
lab.finish()
