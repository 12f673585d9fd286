# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the benchmarks of starting share: pods and peers that print the time of their first instruction. Behind test/lib/stamp.sh."""

import os, statistics, subprocess, sys, time

work, image, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
root = f"--root={work}/store"
podman = ["podman", f"--root={work}/podman/root", f"--runroot={work}/podman/run", "--storage-driver=overlay"]
podman_run = [*podman, "run", "--cgroups=disabled", "--ulimit=host", "--runtime=crun"]
log = open(f"{work}/log", "w")
UNITS = "/sys/fs/cgroup/machine.slice"


def prepare(*words):
    """The UUID of a pod: of what words say, or of the image."""
    out = subprocess.run(["gantry-prepare", "-q", root, *(words or [image])], check=True, stdout=subprocess.PIPE, text=True).stdout
    return out.strip()


def start(argv, **more):
    return time.clock_gettime(time.CLOCK_MONOTONIC), subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                                                      text=True, env={**os.environ, **more})


def stamp(started, n=1):
    """Milliseconds until the last of n apps has begun, once they have all ended."""
    begin, child = started
    times = [float(line) for line in child.communicate()[0].split()]
    if child.returncode != 0 or len(times) != n:
        log.close()
        sys.exit(f"'{child.args}' failed ({child.returncode}):\n" + open(f"{work}/log").read())
    return (max(times) - begin) * 1000


def private_mib(name):
    """Private memory of all processes of a running pod but its apps."""
    total = 0
    for directory, _, _ in os.walk(f"{UNITS}/gantry-{name}.service"):
        with open(f"{directory}/cgroup.procs") as f:
            pids = f.read().split()
        for pid in pids:
            with open(f"/proc/{pid}/cmdline") as f:
                command = f.read().split("\0")[0]
            if command == "/bin/stamp":
                continue
            with open(f"/proc/{pid}/smaps_rollup") as f:
                kib = sum(int(line.split()[1]) for line in f if line.startswith("Private_"))
            print(f"{command}: {kib} KiB private", file=sys.stderr)
            total += kib
    return total / 1024


def figure(name, value, unit):
    print(f"figure {name} {value:.4g} {unit}", flush=True)


def spread(name, values):
    print(f"{name}: {min(values):.1f} to {max(values):.1f} ms", file=sys.stderr)
    return statistics.median(values)
