#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whoever works on the store may be killed at any moment: nothing may be left by halves that a second attempt or gc does not
# mend. At a sample of moments, or with GANTRY_LONG=1 at each. Runs in test/host. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/crash.sh
. "$here/../lib/crash.sh"

need umoci skopeo docker-registry python3 ninja
trust_everything
build_tools tracer
make_images
serve_images
WORK=$work python3 "$crash/kill.py" "$layout" "$registry" "$aci"
