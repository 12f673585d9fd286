#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry prepare and run --pull=: when the registry is asked. Needs root. Prints TAP.
set -u

if ((EUID != 0)); then
        echo "1..0 # SKIP not run as root"
        exit
fi

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

need gantry openssl python3 umoci
trust_everything
make_certificates
layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
image=$(tagged "$layout" image)
start_bad_registry "$layout"
ref=$http/tag-moves:image # "image", and from the second time on another manifest of the same layers
moved=sha256:$({ cat "$layout/blobs/${image/:/\/}"; echo; } | sha256sum | cut -d' ' -f1)

prepare() { # ARG…: sets status
        : >"$log"
        gantry prepare --root="$root" -q "$@" >"$work/out" 2>"$work/err" </dev/null
        status=$?
}

# A pod of the image ID was made, and so much was asked for it: prepared TEXT ID MANIFESTS BLOBS
prepared() {
        was "$1" grep -q "${2/:/-}" "$root/pods/prepared/$(<"$work/out")/pod.json"
        is "…asked for: $3 manifests, $4 blobs" test "$(asked /manifests/image) $(asked /blobs/)" = "$3 $4"
}

prepare --pull=never "$ref"
was "--pull=never: what is not there is refused" test "$status $(wc -l <"$work/err")" = "1 1"
is "…nothing is asked" test ! -s "$log"
prepare --pull=missing "$ref"
prepared "--pull=missing: what is not there is fetched" "$image" 1 5
prepare --pull=missing "$ref"
prepared "--pull=missing: what is there is taken" "$image" 0 0
prepare "$ref"
prepared "missing is the default" "$image" 0 0
prepare --pull=never "$ref"
prepared "--pull=never: what is there is taken" "$image" 0 0
prepare --pull=always "$ref"
prepared "--pull=always: asks, and finds another, of which the config is missing" "$moved" 1 1
is "…and says what there was" test "$(asked "manifests/image .*if-none-match=\"$image\"")" = 1
prepare --pull=always "$ref"
prepared "--pull=always: asks, and is told that nothing has changed" "$moved" 1 0
prepare --pull=always "$http/tag-moves@$image"
prepared "--pull=always: what is pinned" "$image" 0 0
prepare --pull=sometimes "$ref"
was "--pull=sometimes" test "$status $(wc -l <"$work/err")" = "1 1"
: >"$log"
gantry run --root="$root" --pull=never "$http/nothing:image" >"$work/out" 2>"$work/err" </dev/null
status=$?
was "run --pull=never" test "$((status > 0)) $(wc -l <"$work/err")" = "1 1"
is "…nothing is asked" test ! -s "$log"

finish
