#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry fetch of what other people's tools made: archives by skopeo, umoci and tar, images pushed by skopeo and buildah, layers
# in every compression, indexes and platforms. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

need docker-registry skopeo umoci buildah python3 xz zstd
trust_everything
layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
image=$(tagged "$layout" image)
cd "$work" || exit 1

layers() { # the diff_ids in the store
        (cd "$root/layers" && echo *.erofs)
}
new_store
good "oci: layout" "$image" "oci:$layout:image"
new_store
gantry-fetch --root="$root" "oci:$layout:image" >"$work/out" 2>"$work/err" </dev/null
is "…none of whose layers was here before" test "$(grep -cE '^Layer [1-4] of 4: [0-9.]+ [kM]?B$' "$work/err")" = 4
expected=$(layers)

# Fetched into an empty store: has an ID (a pattern), and the layers of "image".
disguised() { # TEXT ID REF
        new_store
        good "$@"
        was "its layers" test "$(layers)" = "$expected"
}

# -- archives --------------------------------------------------------------------------------------------------------

copy() { # SOURCE DESTINATION ARG…
        quietly skopeo --insecure-policy copy --quiet "$@"
}

copy "oci:$layout:image" "oci-archive:$work/skopeo.tar:image"
disguised "oci-archive: by skopeo" "$image" "oci-archive:$work/skopeo.tar:image"
disguised "oci-archive: without a tag, the only image" "$image" "oci-archive:$work/skopeo.tar"
disguised "oci-archive: relative path" "$image" oci-archive:skopeo.tar
is "oci-archive: the kept name is absolute" test "$(find "$root/images/refs" -name 'oci-archive:%2f*skopeo.tar*' | wc -l)" = 1
bad "oci-archive: unknown tag" "the tag 'other'" "oci-archive:$work/skopeo.tar:other"
cp -r "$layout" "$work/two"
craft image "$work/two" second fine
second=$(tagged "$work/two" second)
tar -C "$work/two" -cf "$work/tar.tar" .
disguised "oci-archive: by tar" "$image" "oci-archive:$work/tar.tar:image"
new_store
good "oci-archive: the other image in it" "$second" "oci-archive:$work/tar.tar:second"
bad "oci-archive: two images, none named" "not exactly one image" "oci-archive:$work/tar.tar"
tar -C "$work/two" --format=posix -cf "$work/pax.tar" blobs index.json oci-layout
disguised "oci-archive: index.json behind the blobs" "$image" "oci-archive:$work/pax.tar:image"
gzip -k "$work/skopeo.tar"
xz -k0 "$work/skopeo.tar"
zstd -q "$work/skopeo.tar"
for suffix in gz xz zst; do
        disguised "oci-archive: compressed, $suffix" "$image" "oci-archive:$work/skopeo.tar.$suffix"
done
bad "oci-archive: no such file" "Cannot open .*No such file" "oci-archive:$work/nothing.tar"
bad "oci-archive: not an archive" "Cannot " "oci-archive:$here/test-fetch.sh"
head -c 300000 "$work/skopeo.tar" >"$work/cut.tar"
bad "oci-archive: truncated" "Cannot " "oci-archive:$work/cut.tar"
tar -C "$layout" -cf "$work/no-index.tar" oci-layout blobs
bad "oci-archive: without an index" "index.json" "oci-archive:$work/no-index.tar"

copy "oci:$layout:image" "docker-archive:$work/docker.tar:example.com/numbers:1"
disguised "docker-archive: by skopeo" "$any_id" "docker-archive:$work/docker.tar"
id=$(<"$work/out")
disguised "docker-archive: always the same ID" "$id" "docker-archive:$work/docker.tar:example.com/numbers:1"
gzip -k "$work/docker.tar"
disguised "docker-archive: compressed" "$id" "docker-archive:$work/docker.tar.gz"
bad "docker-archive: no such image in it" "Cannot .*numbers:2" "docker-archive:$work/docker.tar:example.com/numbers:2"

craft docker-archive "$work/hand.tar" fine
new_store
good "docker-archive: one layer a link to another" "$any_id" "docker-archive:$work/hand.tar"
is "docker-archive: it is one layer" has_layers 1
good "docker-archive: by one of its names" "$any_id" "docker-archive:$work/hand.tar:example.com/hand:1"
craft docker-archive "$work/hand.tar" two-images
new_store
good "docker-archive: two images, one of them named" "$any_id" "docker-archive:$work/hand.tar:example.com/other:2"
bad "docker-archive: two images, none named" "Cannot " "docker-archive:$work/hand.tar"
for kind in absolute-layer dot-dot-layer one-layer link-outside absolute-link link-loop link-to-nothing no-images no-manifest \
        wrong-diff-id cut; do
        craft docker-archive "$work/hand.tar" "$kind"
        bad "docker-archive: $kind" "Cannot " "docker-archive:$work/hand.tar"
done

# -- ACI files -------------------------------------------------------------------------------------------------------

for case in "plain=cat" "xz=xz -dc" "bzip2=bzip2 -dc" "fine=gzip -dc"; do
        kind=${case%%=*}
        craft aci "$work/$kind.aci" example.com/hello "$kind"
        new_store
        good "ACI: $kind" "sha512-$(${case#*=} <"$work/$kind.aci" | sha512sum | cut -d' ' -f1)" "./$kind.aci"
done

# -- registries ------------------------------------------------------------------------------------------------------

serve_registry
push "oci:$layout:image" "$registry/skopeo:oci"
disguised "pushed by skopeo" "$image" "$registry/skopeo:oci"
push "oci:$layout:image" "$registry/skopeo:docker" --format=v2s2
disguised "pushed by skopeo, Docker's types" "$any_id" "$registry/skopeo:docker"
for compression in zstd zstd:chunked; do
        rm -r "$work/registry" # lest skopeo takes the blobs that are there already
        push "oci:$layout:image" "$registry/skopeo:${compression/:/-}" --dest-compress-format "$compression"
        is "$compression it is" bash -c '[[ $(skopeo inspect --raw --tls-verify=false "$1") == *tar+zstd* ]]' - \
                "docker://$registry/skopeo:${compression/:/-}"
        disguised "pushed by skopeo, $compression" "$any_id" "$registry/skopeo:${compression/:/-}"
done

if ((EUID == 0)); then
        builder() { # COMMAND ARG…
                buildah --storage-driver vfs --root "$work/buildah" --runroot "$work/buildah-run" "$@"
        }
        build() {
                local container
                container=$(builder from scratch) &&
                        builder copy "$container" "$(command -v busybox)" /bin/busybox &&
                        builder config --cmd /bin/busybox --arch "$(dpkg --print-architecture)" "$container" &&
                        builder commit --quiet --format "$1" "$container" "example.com/built:$1" &&
                        builder push --quiet --tls-verify=false "example.com/built:$1" "docker://$registry/buildah:$1" &&
                        builder push --quiet "example.com/built:$1" "oci-archive:$work/buildah-$1.tar:built"
        }
        for format in oci docker; do
                quietly build "$format"
                new_store
                good "pushed by buildah, $format" "$any_id" "$registry/buildah:$format"
                is "its layer" has_layers 1
                new_store
                good "archive by buildah, $format" "$any_id" "oci-archive:$work/buildah-$format.tar"
        done
else
        skip "pushed by buildah" "not run as root"
fi

# -- layers ----------------------------------------------------------------------------------------------------------

new_store
craft image "$work/kinds" gzip fine
good "layer: gzip" "$(tagged "$work/kinds" gzip)" "oci:$work/kinds:gzip"
expected=$(layers)
for kind in plain-tar gzip-members zstd zstd-frames zstd-skippable xz xz-streams bzip2 bzip2-streams zstd-as-gzip tar-as-gzip twice; do
        craft image "$work/kinds" "$kind" "$kind"
        disguised "layer: $kind" "$(tagged "$work/kinds" "$kind")" "oci:$work/kinds:$kind"
done
for kind in cut-gzip cut-zstd cut-xz gzip-empty gzip-and-more damaged-gzip; do
        craft image "$work/kinds" "$kind" "$kind"
        bad "layer: $kind" "Cannot seal layer" "oci:$work/kinds:$kind"
done

# -- platforms -------------------------------------------------------------------------------------------------------

for kind in nested deep; do
        cp -r "$layout" "$work/index-$kind"
        craft index "$work/index-$kind" image "$kind"
done
new_store
good "an index in an index" "$image" "oci:$work/index-nested:index"
is "its layers" has_layers 4
bad "indexes twenty deep" "index" "oci:$work/index-deep:index"

multi=$work/multi
craft platforms "$multi" index linux/amd64 linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm64/v8 linux/s390x
push "oci:$multi:index" "$registry/multi:1" --all
for case in linux/amd64=linux-amd64 linux/arm/v5=linux-arm-v5 linux/arm/v6=linux-arm-v6 linux/arm/v7=linux-arm-v7 linux/arm=linux-arm-v7 \
        linux/arm/v8=linux-arm-v7 linux/arm64=linux-arm64-v8 linux/arm64/v8=linux-arm64-v8 linux/s390x=linux-s390x; do
        new_store
        good "--platform=${case%=*}" "$(tagged "$multi" "${case#*=}")" --platform="${case%=*}" "oci:$multi:index"
done
new_store
good "--platform, from a registry" "$(tagged "$multi" linux-arm-v6)" --platform=linux/arm/v6 "$registry/multi:1"
bad "--platform: not in the index" "linux/riscv64.*linux/amd64, linux/arm/v5" --platform=linux/riscv64 "oci:$multi:index"
bad "--platform: an image that is no index" "the image is for linux/s390x" --platform=linux/amd64 "oci:$multi:linux-s390x"
bad "--platform: nonsense" "[Pp]latform" --platform=linux "oci:$multi:index"

finish
