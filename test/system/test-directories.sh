#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Layers without entries for directories: a pod shows what extracting them one over the other does (umoci). Runs in test/host.
set -u

if ((EUID != 0)); then
        echo "1..0 # SKIP not run as root"
        exit
fi
[[ ${1-} == inside ]] || exec unshare --mount --propagation private -- "$0" inside

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

need umoci python3 mend-directories
host_rules=/etc/gantry/trust.d # the pods' units ask these
trap 'umount -q "$work/mnt"; rm -f "$host_rules"/bare.conf; cleanup' EXIT

image=oci:$work/layout:bare
quietly python3 "$here/bare-layers.py" make "$work/layout"
quietly umoci unpack --image "$work/layout:bare" "$work/bundle"
python3 "$here/bare-layers.py" expect "$work/bundle/rootfs" >"$work/expected" || bail_out "Cannot see what is to be seen"
trust bare "${image%:bare}" Require=nothing
mkdir -p "$host_rules"
cp "$GANTRY_CONFIG_ROOT/etc/gantry/trust.d/bare.conf" "$host_rules"

g() { # VERB ARG…
        local verb=$1
        shift
        timeout 60 gantry "$verb" --root="$root" "$@" >"$work/out" 2>"$work/err" </dev/null
        status=$?
}

stack() { # how many layers the image is stacked of, and the last
        local files=("$root"/images/sha256-*/layers)
        sed -n '$s/ .*//p;$=' "${files[0]}"
}

fetch "$image"
was "it is fetched" test $status = 0
mending=$(stack | head -1)
is "with a layer on top of its three" test "$(stack)" = "$mending"$'\n4'
is "that is named as no tar is" expr "$mending" : "sha512-"
g run -q "$image"
was "its pod runs" test $status = 0
was "and shows what extracting shows" diff "$work/expected" "$work/out"

mkdir "$work/mnt"
mount -o loop,ro "$root/layers/$mending.erofs" "$work/mnt" || bail_out "Cannot mount the layer"
is "attributes are there, too" test "$(python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.said"))' "$work/mnt/opt")" = "b'so'"
is "of files it has none" test -z "$(find "$work/mnt" ! -type d)"
umount "$work/mnt"

before=$(cat "$root"/images/sha256-*/layers && sha256sum "$root"/layers/*)
fetch "$image"
was "it is fetched again: nothing changes" test "$before" = "$(cat "$root"/images/sha256-*/layers && sha256sum "$root"/layers/*)"
rm "$root/layers/$mending.erofs"
g image fsck
was "fsck misses it" grep -q "needs layer $mending, which is missing" "$work/err"
fetch "$image"
was "and it is made again" test -e "$root/layers/$mending.erofs"
is "of the same bytes" test "$(grep -F "  $root/layers/$mending.erofs" <<<"$before")" = "$(sha256sum "$root/layers/$mending.erofs")"
g image fsck
was "fsck is content" test $status = 0

g image export "$image" "$work/exported.tar"
was "it is exported" test $status = 0
mkdir "$work/exported"
tar -C "$work/exported" -xf "$work/exported.tar"
is "with its own layers only" test "$(find "$work/exported/blobs" -type f | wc -l)" = "$(find "$work/layout/blobs" -type f | wc -l)"

g gc --grace=0
was "gc does not take it for rubbish" test -e "$root/layers/$mending.erofs"
g image rm "$image"
was "the image is removed" test $status = 0
is "and the layer with it" test ! -e "$root/layers/$mending.erofs"

finish
