#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The power may go at any moment, and a disk writes what nobody waits for in whatever order it likes: what was reported as
# done is there, and nothing is there by halves. On ext4 at a sample of moments; with GANTRY_LONG=1 at all that were
# thought of, and on xfs and btrfs. Runs in test/host. Prints TAP.
set -u

[[ ${GANTRY_CRASH_MOUNTS-} ]] || GANTRY_CRASH_MOUNTS=own exec unshare --mount -- "$0" # nothing stays mounted

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/crash.sh
. "$here/../lib/crash.sh"

need umoci python3 ninja
trust_everything
build_tools tracer recorder
make_images
WORK=$work python3 "$crash/power.py" "$layout" "$aci"
