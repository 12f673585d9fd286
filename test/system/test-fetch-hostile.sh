#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry fetch against a registry that misbehaves: whatever it does, there is one line to read and nothing in the store.
# Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

need openssl python3 umoci
trust_everything
make_certificates
layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
craft index "$layout" image plain
image=$(tagged "$layout" image)
start_bad_registry "$layout"

# -- redirects -------------------------------------------------------------------------------------------------------

: >"$log"
good "redirected to another host" "$image" "$https/redirect-token:image"
is "which never sees the token" test "$(asked '^other .* anonymous$'):$(asked '^other .* bearer')" = "4:0"
new_store
good "redirected from http on loopback to https" "$image" "$http/redirect-token:image"
: >"$log"
bad "redirected from https to http" "redirected to plain http on $http" "$https/redirect-http:image"
is "which is never asked" test "$(asked '^http ')" = 0
: >"$log"
bad "redirected in a circle" "redirected more than 5 times" "$http/redirect-loop:image"
is "followed five times" test "$(asked 'redirect-loop/manifests')" = 6
bad "redirected to a file" "redirected to something that is no http URL" "$http/redirect-file:image"

# -- tokens ----------------------------------------------------------------------------------------------------------

: >"$log"
bad "401 twice" "401 from $https" "$https/unauthorized:image"
is "asked twice, with one token" test "$(asked 'unauthorized/manifests') $(asked /token)" = "2 1"
bad "a login is wanted" "401 from $http" "$http/basic:image"
bad "malformed challenge" "401 from $http with a bad challenge" "$http/bad-challenge:image"
bad "token from elsewhere over http" "a token would have to come over plain http from 198.51.100.1" "$http/elsewhere-token:image"
bad "endless token" "Cannot fetch manifest of .*more than the 65536 bytes" "$http/endless-token:image"
bad "token that ends the header" "no usable token in the answer of $http" "$http/bad-token:image"
bad "answer without a token" "no usable token" "$http/no-token:image"
bad "token denied" "403 from $http, asked for a token$" "$http/denied-token:image"

# -- too busy --------------------------------------------------------------------------------------------------------

new_store
: >"$log"
good "503, try again after a second" "$image" "$http/busy-once:image"
is "it did" test "$(asked 'busy-once/manifests/image')" = 2
new_store
SECONDS=0
good "429, try again at a certain time" "$image" "$http/busy-date:image"
is "not before" test "$SECONDS" -ge 1
SECONDS=0
bad "429, try again tomorrow" "429 from $http" "$http/busy-day:image"
is "nobody waits for that" test "$SECONDS" -lt 10
: >"$log"
bad "429 each time" "429 from $http" "$http/busy-forever:image"
is "asked a few times" test "$(asked busy-forever)" -ge 2 -a "$(asked busy-forever)" -le 10
bad "503 each time" "503 from $http" "$http/busy:image"

# -- manifests -------------------------------------------------------------------------------------------------------

bad "manifest that is not JSON" "Cannot fetch manifest of '$http/not-json:image': " "$http/not-json:image"
bad "empty manifest" "Cannot fetch manifest of " "$http/empty-manifest:image"
bad "half a manifest" "Cannot fetch manifest of " "$http/cut-manifest:image"
bad "a hundred thousand brackets" "Cannot fetch manifest of " "$http/deep-json:image"
bad "duplicate keys" "duplicate" "$http/duplicate-keys:image"
bad "duplicate keys, one escaped" "duplicate" "$http/duplicate-keys-escaped:image"
bad "bytes behind the manifest" "Cannot fetch manifest of " "$http/trailing-bytes:image"
bad "schema 1" "schema ?1|schemaVersion" "$http/schema1:image"
bad "artifact" "Cannot fetch manifest of .*config" "$http/artifact:image"
bad "artifact, of Helm" "Cannot fetch manifest of .*config" "$http/helm-chart:image"
bad "manifest and index at once" "Cannot fetch manifest of " "$http/both-kinds:image"
bad "no layers" "Cannot fetch manifest of .*layers" "$http/no-layers:image"
bad "too many layers" "512" "$http/many-layers:image"
bad "too many entries in the index" "1024" "$http/many-entries:index"
bad "layers not to be distributed" "layers\[0\]" "$http/foreign-layer:image"
bad "layers that are no tar" "layers\[0\]" "$http/zip-layer:image"
bad "a config of 1 TiB" "4 MiB|4194304" "$http/huge-config:image"
bad "layers of 4 EiB" "size|bytes|CompressedMax" "$http/huge-layer:image"
bad "a digest that is SHA-1" "digest" "$http/sha1:image"
bad "a digest that is a path" "digest" "$http/path-digest:image"
bad "manifest of another digest than asked for" "has the digest sha256:[0-9a-f]{64}, expected $image" "$http/changed-manifest@$image"
bad "manifest of another digest than in the index" "has the digest .*, expected $image" "$http/changed-manifest:index"
bad "endless manifest" "more than the 4194304 bytes" "$http/endless-manifest:image"
bad "endless headers" "headers of more than 65536 bytes" "$http/big-headers:image"

new_store
: >"$log"
moved=sha256:$({ cat "$layout/blobs/${image/:/\/}"; echo; } | sha256sum | cut -d' ' -f1)
good "the tag moves between two requests" "$image" "$http/tag-moves:image"
is "there is one request only" test "$(asked 'tag-moves/manifests/image ')" = 1
good "the next time it is the other" "$moved" "$http/tag-moves:image"
good "what is pinned stays" "$image" "$http/tag-moves:image@$image"

# -- blobs -----------------------------------------------------------------------------------------------------------

bad "changed config" "config of .*digest" "$http/changed-config:image"
bad "changed layer" "layer sha256:[0-9a-f]{64} of '$http/changed-layer:image': it has another digest" "$http/changed-layer:image"
is "what is known to be wrong is not kept" test ! "$(parts)"
: >"$log"
bad "truncated layer" "blob sha256:[0-9a-f]{64} of '$http/cut-layer:image': .*bytes" "$http/cut-layer:image"
is "tried again, and not for ever" test "$(asked cut-layer/blobs)" -ge 2 -a "$(asked cut-layer/blobs)" -le 40
bad "truncated layer, over https" "blob sha256:[0-9a-f]{64} of '$https/cut-layer:image': " "$https/cut-layer:image"
bad "Content-Length is smaller than promised" "bytes announced, expected" "$http/short-layer:image"
bad "Content-Length is larger than promised" "bytes announced, expected" "$http/long-layer:image"
bad "no Content-Length and too few bytes" "only [0-9]+ of [0-9]+ bytes" "$http/no-length-short:image"
bad "endless layer" "more than the [0-9]+ bytes expected" "$http/endless-layer:image"
GANTRY_FETCH_TIMEOUT=1 bad "stalled layer" "nothing came for 1 s" "$http/stalled-layer:image"
bad "missing layer" "404 from $http, no such blob" "$http/missing-layer:image"
bad "500 for a layer" "500 from $http" "$http/error-layer:image"
new_store
good "no Content-Length at all" "$image" "$http/no-length:image"

new_store
good "an image that is complete…" "$image" "$http/fine:image"
find "$root/layers" -name '*.erofs' -delete
fetch "$http/cut-layer:image"
was "…stays when a later download fails" test "$status $(find "$root/images/${image/:/-}" -name config | wc -l)" = "1 1"

# -- limits ----------------------------------------------------------------------------------------------------------

for kind in zeros zeros-only; do
        craft image "$layout" "$kind" "$kind"
        limit UnpackedMax=64M
        SECONDS=0
        bad "1 GiB from 1 MB, $kind" "UnpackedMax|67108864|64(\.0)? ?Mi?B" "$http/fine:$kind"
        is "cut off at once" test "$SECONDS" -lt 15
done
for case in CompressedMax=1M:image LayersMax=3:image ManifestMax=500:image ConfigMax=100:image IndexEntriesMax=4:index; do
        limit "${case%:*}"
        bad "${case%:*}" "${case%%=*}|[0-9]" "$http/fine:${case#*:}"
done
limit RedirectsMax=0
bad "RedirectsMax=0" "redirected" "$https/redirect-token:image"
limit Retries=0
: >"$log"
bad "Retries=0" "503 from $http" "$http/busy-once/fresh:image"
is "asked once" test "$(asked busy-once/fresh)" = 1
limit UnpackedMax=lots
bad "a limit that is none" "fetch.conf: line 2" "$http/fine:image"

finish
