#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots a stage1 image, as a pod does, with two units, of which one fails; and ends it.

    boot-stage1.py TREE WORK

Prints how long it took. What process 1 says must be of the unit that fails, and of nothing else.
"""

import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time

tree, work = sys.argv[1], pathlib.Path(sys.argv[2])
FIRST_ID = 1_000_000

UNITS = {
    "default.target": "[Unit]\nDefaultDependencies=no\nWants=good.service bad.service\nAfter=good.service bad.service\n",
    "good.service": "[Unit]\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n"
                    "[Service]\nType=exec\nExecStart=/apps/sleep 1000\nExecStop=/usr/bin/systemctl show good.service\n",
    "bad.service": "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/usr/bin/systemctl cat none.service\n",
}


def prepare():
    units = work / "units"
    units.mkdir()
    for name, text in UNITS.items():
        (units / name).write_text(text)
    (work / "machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    os.mkfifo(work / "kmsg", 0o600)
    os.chown(work / "kmsg", FIRST_ID, FIRST_ID)
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(work / "notify"))
    return units, notify, os.open(work / "kmsg", os.O_RDWR | os.O_NONBLOCK)


def start(units):
    command = ["systemd-nspawn", "--quiet", f"--directory={tree}", "--read-only", "--boot", "--notify-ready=yes", "--register=no",
               "--keep-unit", "--machine=stage1-test", "--console=pipe", "--private-network", f"--private-users={FIRST_ID}:65536",
               "--private-users-ownership=off", "--timezone=off", "--resolv-conf=off", f"--bind-ro={units}:/etc/systemd/system",
               f"--bind-ro={work}/machine-id:/etc/machine-id", "--bind-ro=/usr/bin:/apps", f"--bind={work}/kmsg:/dev/kmsg"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**os.environ, "NOTIFY_SOCKET": str(work / "notify"), "SYSTEMD_SECCOMP": "0"})


def wait_until_ready(notify, child):
    """The pid of the leader, and when it was there and ready."""
    leader = began = None
    while True:
        if not select.select([notify], [], [], 30)[0] or child.poll() is not None:
            child.kill()
            sys.exit("It is not ready after 30 s, or has ended")
        for line in notify.recv(4096).decode().splitlines():
            if line.startswith("X_NSPAWN_LEADER_PID="):
                leader, began = int(line.split("=")[1]), time.monotonic()
            elif line == "READY=1" and leader:
                return leader, began, time.monotonic()


def private_kilobytes(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("Private_Dirty:"))


def main():
    units, notify, kmsg = prepare()
    begin = time.monotonic()
    child = start(units)
    leader, began, ready = wait_until_ready(notify, child)
    memory = private_kilobytes(leader)
    os.kill(leader, signal.SIGRTMIN + 4)
    stopping = time.monotonic()
    status = child.wait(timeout=30)
    print(f"# nspawn {1000 * (began - begin):.0f} ms, systemd {1000 * (ready - began):.0f} ms, "
          f"end {1000 * (time.monotonic() - stopping):.0f} ms, {memory} kB of its own")
    said = os.read(kmsg, 65536).decode().splitlines()
    wrong = [line for line in said if "bad.service" not in line]
    if status != 0 or not said or wrong:
        sys.exit(f"Status {status}; it said {said}")


main()
