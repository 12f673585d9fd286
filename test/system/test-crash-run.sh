#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# As test-crash-kill.sh, for what starts pods and what PID 1 starts in their units. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/crash.sh
. "$here/../lib/crash.sh"

need umoci python3 ninja
host_trust
build_tools tracer
make_images "$(command -v busybox)"
WORK=$work python3 "$crash/run.py" "$layout"
