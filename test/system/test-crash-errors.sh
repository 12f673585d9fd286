#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Any change of the store may fail: then one line says what and why, nothing is left by halves, and the next attempt
# succeeds. At a sample of changes, or with GANTRY_LONG=1 at each. Runs in test/host. Prints TAP.
set -u

[[ ${GANTRY_CRASH_MOUNTS-} ]] || GANTRY_CRASH_MOUNTS=own exec unshare --mount -- "$0" # nothing stays mounted

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/crash.sh
. "$here/../lib/crash.sh"

need umoci skopeo docker-registry python3 ninja
trust_everything
build_tools tracer
make_images
serve_images
WORK=$work python3 "$crash/errors.py" "$layout" "$registry" "$aci"
