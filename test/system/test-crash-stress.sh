#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Eight at work on one store for 15 seconds, or with GANTRY_LONG=1 for two minutes. Runs in test/host. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/crash.sh
. "$here/../lib/crash.sh"

need umoci skopeo docker-registry python3
host_trust
make_images "$(command -v busybox)"
serve_images
WORK=$work python3 "$crash/stress.py" "$layout" "$registry" "$aci"
