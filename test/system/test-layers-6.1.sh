#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Layers on Debian 12's own kernel, in a guest: what that says of each image is what this machine's kernel says of it, whom
# test-seal.sh compares with the tar. And fs-verity, which this machine's kernel may not have.
#
#     [GANTRY_EXEC_DIR=BUILD] test/system/test-layers-6.1.sh

set -u
shopt -s nullglob
here=$(cd "$(dirname "$0")" && pwd)
clone=$here/../..
. "$clone/test/lib/tap.sh"
seal=$(realpath "${GANTRY_EXEC_DIR:-/usr/libexec/gantry}/seal-layer") || exit 1

if [ -z "${LAYERS_TEST_INSIDE-}" ]; then
        LAYERS_TEST_INSIDE=1 exec unshare --mount --propagation=private "$0" "$@"
fi

work=$(mktemp -d) || exit 1
trap 'umount -q "$work/mnt" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir mnt tars sparse here disk disk/images there
