#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whoever prepares pods at the same time as seven others: each gets a name and user ids of its own. 104 pods, or with GANTRY_LONG=1
# 504. Runs in test/host. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /var/lib/gantry/test.XXXXXX) # on a disk, as stores are
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
trap 'rm -rf "$work"' EXIT

root=$work/store image=example.com/image-0:1
each=13
[[ ${GANTRY_LONG-} != 1 ]] || each=63

head --bytes=4096 /dev/zero >"$work/layer" # nobody reads it
"$here/../lib/make-store" "$root" "$work/layer" 1 1

prepare_some() {
        local i
        for ((i = 0; i < each; i++)); do
                gantry prepare --root="$root" --pull=never "$image"
        done
}

for worker in {1..8}; do
        prepare_some >"$work/uuids-$worker" 2>"$work/errors-$worker" &
done
wait

cat "$work"/errors-* >"$work/err"
report "nobody is refused" "$(wc -l <"$work/err")"
find "$root/pods/prepared" -name identity -printf '%l\n' >"$work/out"
report "all pods are there" $(($(wc -l <"$work/out") != 8 * each))
report "no two have the same name" "$(cut --delimiter=: --fields=1 "$work/out" | sort | uniq --repeated | wc -l)"
report "no two have the same user ids" "$(cut --delimiter=: --fields=2 "$work/out" | sort | uniq --repeated | wc -l)"

gantry prepare --root="$root" --pull=never --name=mine "$image" >"$work/out"
expect 1 "a name that was asked for does not give way" gantry prepare --root="$root" --pull=never --name=mine "$image"
err_has "but is refused" "a pod of this name exists"

gantry prepare --root="$root" --pull=never --security-label=level:s0:c17,c42 "$image" >"$work/out"
expect 1 "a level that was asked for is one pod's" gantry prepare --root="$root" --pull=never --security-label=level:s0:c42,c17 "$image"
err_has "and whose it is not is told so" "another pod has the level 's0:c17,c42'"

finish
