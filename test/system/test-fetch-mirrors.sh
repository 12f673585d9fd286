#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# registries.d: other places for an image, mirrors, blocked registries, and http. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

need openssl python3 umoci
trust_everything
make_certificates
layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
image=$(tagged "$layout" image)
start_bad_registry "$layout"

fresh() {
        new_store
        rm -rf "$GANTRY_CONFIG_ROOT/etc/gantry/registries.d"
        : >"$log"
}

# -- another place -----------------------------------------------------------------------------------------------------

fresh
registry_rule here "[Registry]" "Prefix=registry.test/lib" "Location=$http/fine"
good "Location=" "$image" registry.test/lib/app:image
is "…is asked" test "$(asked '^http GET /v2/fine/app/manifests/image ')" = 1
is "…the name is the image's own" test "$(ls "$root/images/refs")" = "registry.test%2flib%2fapp:image"
trust all registry.test/lib Require=nothing
new_store
good "…also for the trust rules" "$image" registry.test/lib/app:image
trust_everything
bad "by whole components" "resolve" registry.test/library/app:image

registry_rule longer "[Registry]" "Prefix=registry.test/lib/app" "Location=$http/missing-layer"
bad "the longest prefix counts" "404 from $http" registry.test/lib/app:image

# -- mirrors -----------------------------------------------------------------------------------------------------------

# A rule for $https/fine, with mirrors: mirrored LINE…
mirrored() {
        fresh
        registry_rule mirror "[Registry]" "Prefix=$https/fine" "$@"
}

mirrored "[Mirror]" "Location=$http/first"
good "mirror" "$image" "$https/fine:image"
is "…is asked for everything" test "$(asked '^http GET /v2/first/(manifests/image|blobs/)'):$(asked '^https .*blobs')" = "6:0"

mirrored "[Mirror]" "Location=127.0.0.1:1/x" "[Mirror]" "Location=$http/mirror-down" "[Mirror]" "Location=$http/third"
good "two mirrors are down, there is a third" "$image" "$https/fine:image"
is "…the origin was not asked" test "$(asked '^http GET /v2/third/manifests/image '):$(asked '^https .*(manifests/image|blobs)')" = "1:0"

mirrored "[Mirror]" "Location=$http/mirror-down"
good "all mirrors are down, the origin is asked" "$image" "$https/fine:image"

mirrored "[Mirror]" "Location=$http/mirror" "PullFrom=digest"
good "a mirror for digests" "$image" "$https/fine:image"
is "…is not asked for tags" test "$(asked '^http GET /v2/mirror/manifests/image'):$(asked '^https GET /v2/fine/manifests/image')" = "0:1"
is "…but for blobs" test "$(asked '^http GET /v2/mirror/blobs/'):$(asked '^https GET /v2/fine/blobs/')" = "5:0"
mirrored "[Mirror]" "Location=$http/mirror" "PullFrom=digest"
good "…and for what is pinned" "$image" "$https/fine@$image"
is "…the origin was not asked" test "$(asked '^https GET /v2/fine/(manifests/sha256:|blobs)')" = 0

mirrored "[Mirror]" "Location=$http/mirror"
good "a mirror that does not know the tag" "$image" "$https/fine:image"
mirrored "[Mirror]" "Location=$http/tags" "PullFrom=tag"
good "a mirror for tags" "$image" "$https/fine:image"
is "…the blobs are the origin's" test "$(asked '^http GET /v2/tags/manifests/image '):$(asked '^https GET /v2/fine/blobs/')" = "1:5"
mirrored "[Mirror]" "Location=$http/mirror-no-blobs"
good "a mirror without blobs" "$image" "$https/fine:image"
for lie in changed-manifest changed-config changed-layer; do
        mirrored "[Mirror]" "Location=$http/$lie"
        fetch "$https/fine@$image"
        if ((status == 0)); then
                was "a mirror that lies, $lie: the right one all the same" test "$(<"$work/out")" = "$image"
        else
                was "a mirror that lies, $lie: one line" test "$(wc -l <"$work/err")" = 1
                is "…nothing is left" is_empty
        fi
done
mirrored "[Mirror]" "Location=$http/drop-layer"
good "a mirror that hangs up" "$image" "$https/fine:image"

# The password is the origin's, and nobody else's.
mkdir -p "$HOME/.docker"
printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$https" "$(printf alice:s3cr3t-of-alice | base64 -w0)" >"$HOME/.docker/config.json"
mirrored "[Mirror]" "Location=$other/basic"
good "a mirror that wants a password" "$image" "$https/fine:image"
is "…does not get the origin's" test "$(asked '^other .* basic')" = 0
rm -r "$HOME/.docker"

# -- blocked and insecure ----------------------------------------------------------------------------------------------

fresh
registry_rule blocked "[Registry]" "Prefix=$http/fine" "Blocked=yes"
bad "Blocked=yes" "block" "$http/fine:image"
is "…nothing is asked" test ! -s "$log"
new_store
good "…what is beside it is not" "$image" "$http/finest:image"
fresh
registry_rule wild "[Registry]" "Prefix=*.example.test" "Blocked=yes"
bad "*.example.test" "block" eu.example.test/app:1

if ((EUID == 0)); then
        printf '%s\n' "127.0.0.1 localhost registry.test" >"$work/hosts"
        named() { # REF: with registry.test in /etc/hosts
                # shellcheck disable=SC2016
                timeout 60 unshare --mount bash -c 'mount --bind "$0" /etc/hosts && exec gantry-fetch "$@"' \
                        "$work/hosts" --root="$root" -q "$1" >"$work/out" 2>"$work/err" </dev/null
                status=$?
        }
        fresh
        named "registry.test:${http#*:}/fine:image"
        was "http for a name that is not loopback" test "$status $(asked .)" = "1 0"
        registry_rule insecure "[Registry]" "Prefix=registry.test:${http#*:}" "Insecure=yes"
        named "registry.test:${http#*:}/fine:image"
        was "…with Insecure=yes" test "$status $(<"$work/out")" = "0 $image"
        fresh
        registry_rule insecure "[Registry]" "Prefix=registry.test:${https#*:}" "Insecure=yes"
        named "registry.test:${https#*:}/fine:image"
        was "Insecure=yes is no word about certificates" test "$status $(grep -c certificate "$work/err")" = "1 1"
        fresh
        registry_rule insecure "[Registry]" "Prefix=$https/fine" "[Mirror]" "Location=registry.test:${http#*:}/first" "Insecure=yes"
        named "$https/fine:image"
        was "a mirror with Insecure=yes" test "$status $(<"$work/out") $(asked '^https .*blobs')" = "0 $image 0"
else
        skip "Insecure=" "not run as root"
fi

# -- mistakes ----------------------------------------------------------------------------------------------------------

for line in Prefix= "Prefix=a b" Insecure=maybe Surprise=yes; do
        fresh
        registry_rule broken "[Registry]" Prefix=quay.io/x "$line"
        bad "a file that cannot be used: $line" "registries.d/broken.conf" "$http/fine:image"
        is "…nothing is asked" test ! -s "$log"
done

finish
