# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks whose power can be cut: what reaches one is written down by the recorder, and any part of it that a real disk might
have kept is put onto a fresh copy.
"""

import contextlib
import os
import random
import shutil
import struct
import subprocess
import time

HEAD = struct.Struct("<c7xQQ")
PAGE = 4096  # what a disk writes whole; small enough to tear apart what is larger

# What makes a file system, and how it is mounted. As small as it gets: each trial copies it.
KINDS = {
    "ext4": ("32M", ["mkfs.ext4", "-q", "-J", "size=4", "-N", "2048"], "data=ordered"),
    "ext4, data=writeback": ("32M", ["mkfs.ext4", "-q", "-J", "size=4", "-N", "2048"], "data=writeback"),
    "xfs": ("300M", ["mkfs.xfs", "-q"], "rw"),
    "btrfs": ("120M", ["mkfs.btrfs", "-q"], "rw"),
}


def make(kind, path):
    """An empty file system in a file. False if there is no program to make it."""
    size, words, _ = KINDS[kind]
    if not shutil.which(words[0]):
        return False
    subprocess.run(["truncate", "--size=0", path], check=True)
    subprocess.run(["truncate", "--size=" + size, path], check=True)
    subprocess.run([*words, path], check=True, stdout=subprocess.DEVNULL)
    return True


@contextlib.contextmanager
def mounted(kind, path, where):
    subprocess.run(["mount", "-o", "loop," + KINDS[kind][2], path, where], check=True)
    try:
        yield
    finally:
        unmount(where)


def unmount(where):
    """What was mounted by a loop device may be busy for a moment."""
    for i in range(100):
        if subprocess.run(["umount", where], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise TimeoutError(f"Cannot unmount {where}")


@contextlib.contextmanager
def recorded(recorder, disk, log, where):
    """The directory `where` has the files "disk" and "mark" for as long as this lasts."""
    with subprocess.Popen([recorder, disk, log, where]) as process:
        while not os.path.exists(os.path.join(where, "disk")):
            if process.poll() is not None:
                raise OSError("the recorder does not start")
            time.sleep(0.02)
        try:
            yield
        finally:
            unmount(where)


class Entry:
    def __init__(self, kind, offset, data):
        self.kind, self.offset, self.data = kind, offset, data


def read_log(path):
    with open(path, "rb") as f:
        while head := f.read(HEAD.size):
            kind, offset, size = HEAD.unpack(head)
            yield Entry(kind.decode(), offset, f.read(size))


class Cut:
    """A moment at which the power goes, and which of the writes that no sync has followed are on the disk."""

    def __init__(self, position, kept, text):
        self.position, self.kept, self.text = position, kept, text


def pages(entries):
    """Writes, torn apart."""
    for e in entries:
        offset, data = e.offset, e.data
        while data:
            n = PAGE - offset % PAGE
            yield offset, data[:n]
            offset, data = offset + n, data[n:]


class Replay:
    """The log's moments in order. `settle` says what is on the disk for certain."""

    def __init__(self, entries, base, trial):
        self.entries, self.trial = entries, trial
        self.settled = trial + ".settled"
        subprocess.run(["cp", "--sparse=always", base, self.settled], check=True)
        self.done = 0 # entries before this one are in it

    def last_sync(self, position):
        return max((i + 1 for i in range(position) if self.entries[i].kind == "S"), default=0)

    def settle(self, position):
        with open(self.settled, "r+b") as f:
            for e in self.entries[self.done:position]:
                if e.kind == "W":
                    f.seek(e.offset)
                    f.write(e.data)
        self.done = position

    def cut(self, cut):
        """Makes the disk as it is after the cut. Cuts must come in order."""
        self.settle(self.last_sync(cut.position))
        subprocess.run(["cp", "--sparse=always", self.settled, self.trial], check=True)
        with open(self.trial, "r+b") as f:
            for offset, data in cut.kept:
                f.seek(offset)
                f.write(data)


def cuts(entries, wanted):
    """All that had been written, at the end of each epoch; and, in each, a prefix and random pages of it. Or so many of them."""
    found = []
    begun = 0
    for i, e in enumerate(entries):
        if e.kind not in "SM":
            continue
        writes = [w for w in entries[begun:i] if w.kind == "W"]
        if e.kind == "S":
            if writes:
                everything = list(pages(writes))
                found.append(Cut(i, everything, "all of the epoch"))
                some = random.randrange(len(everything))
                found.append(Cut(i, everything[:some], f"{some} of the epoch's {len(everything)} pages"))
                for _ in range(2):
                    subset = [p for p in everything if random.random() < random.choice((0.2, 0.5, 0.8))]
                    found.append(Cut(i, subset, f"any {len(subset)} of the epoch's {len(everything)} pages"))
            begun = i + 1
        else: # the worst: what had not been synced when something was reported as done is not there
            found.append(Cut(i + 1, [], "nothing of the epoch, at a mark"))
            found.append(Cut(i + 1, list(pages(writes)), "all so far, at a mark"))
    if wanted and wanted < len(found):
        found = sorted(random.sample(found, wanted), key=lambda cut: cut.position)
    return found
