#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Signatures, wherever they are kept: cosign's tag, referrers, the signature extension, a lookaside. What is found must be with the
# image afterwards; whether it is any good is for others to say. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"

need docker-registry skopeo umoci openssl python3 curl gpg
trust_everything
make_certificates
layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
craft index "$layout" image plain
image=$(tagged "$layout" image)
index=$(tagged "$layout" index)
make_cosign_key "$work/cosign"
export GNUPGHOME=$work/gnupg
make_gpg_key "$GNUPGHOME" ed25519 signer@example.com
end_signer() {
        end_gpg "$GNUPGHOME"
        cleanup
}
trap end_signer EXIT

# How many signatures of this kind came with the image.
kept() { # ENDING
        find "$root/images/${image/:/-}/signatures" -name "*.$1" 2>/dev/null | wc -l
}

# They are fetched with the image, and are all there is: finds TEXT COUNTS REF, with COUNTS "cosign:bundles:simple".
finds() {
        local text=$1 counts=$2
        new_store
        : >"$log"
        good "$text" "$image" "$3"
        is "…they are with the image" test "$(kept signature):$(kept bundle):$(kept simple)" = "$counts"
}

# The same, and people are told what was passed over. (The last fetch was quiet.)
says() { # PATTERN REF
        gantry-fetch --root="$root" "$2" >"$work/out" 2>"$work/err" </dev/null
        is "…and it is said" grep -qE -- "$1" "$work/err"
}

sources() {
        sort "$root/images/${image/:/-}/signatures/"*.source
}

# A layout of its own with an artifact of each KIND: referred NAME KIND… (each refers to "image")
referred() {
        local name=$1 kind
        shift
        cp -r "$layout" "$work/$name"
        for kind in "$@"; do craft refer "$work/$name" image "$work/cosign.key" "$kind"; done
}

# -- a registry that knows of referrers --------------------------------------------------------------------------------

referred good fine config-type artifact sbom attestation
craft sign "$work/good" image "$work/cosign.key" registry.test/x
start_bad_registry "$work/good"

finds "nothing but the tag" 1:0:0 "$http/fine:image"
is "…the list of referrers is asked for, and a tag in its stead" test "$(asked "/referrers/$image "):$(asked "/manifests/${image/:/-} ")" = 1:1
finds "the tag, and referrers" 2:2:0 "$http/referrers:image"
is "…requests: tag, list, two bundles and one of the old kind with their contents" \
        test "$(asked "${image/:/-}.sig "):$(asked "/referrers/$image "):$(asked '/manifests/sha256:'):$(asked '^')" = "1:1:3:15"
is "…it is said where they were" test "$(sources | grep -cE "^$http/referrers(:${image/:/-}.sig layers\[0\]|@sha256:[0-9a-f]{64}( layers\[0\])?)$")" = 4
trust all '*' Require=signature "Key=$work/cosign.pub"
finds "a bundle is what admits it" 2:2:0 "$http/referrers:image"
bad "without the bundle it is refused" "registry.test/x" "$http/fine:image"
trust_everything
finds "a token is wanted" 2:2:0 "$http/referrers/token:image"
finds "behind an index" 2:2:0 "$http/referrers:index"
is "…which is asked about, too" test "$(asked "/referrers/$index "):$(asked "/referrers/$image ")" = 1:1
finds "a list that does not say what they are" 2:2:0 "$http/referrers-unnamed:image"
finds "a list in pages" 2:2:0 "$http/referrers-paged:image"
finds "a list without end" 2:2:0 "$http/referrers-circle:image"
is "…is left after a few pages" test "$(asked "/referrers/$image")" = 8
says "more that may be signatures than are looked at" "$http/referrers-circle:image"
: >"$log"
fetch "$http/referrers-elsewhere:image"
is "the next page is on another host: not asked" test "$status $(asked '^other ')" = "0 0"
for status_code in 400 403 404 405 406 501; do
        finds "no list: $status_code" 1:0:0 "$http/referrers-$status_code:image"
done
finds "no list: a web page" 1:0:0 "$http/referrers-html:image"
says "list of referrers from $http cannot be used: " "$http/referrers-html:image"
finds "an endless list" 1:0:0 "$http/referrers-endless:image"
finds "a list of 1000 that are not there" 1:0:0 "$http/referrers-many:image"
is "…is not asked for all of them" test "$(asked '/manifests/sha256:0')" = 63
finds "a list of 10000" 1:0:0 "$http/referrers-too-many:image"
bad "the list cannot be had" "Cannot fetch manifest of .*503 from $http" "$http/referrers-503:image"

: >"$log"
registry_rule mirror "[Registry]" "Prefix=$https/referrers" "[Mirror]" "Location=$http/mirror-down" "[Mirror]" "Location=$http/fine"
new_store
good "mirrors: one is down, one has no list" "$image" "$https/referrers:image"
is "…the registry's is used" test "$(kept bundle) $(asked "^https GET /v2/referrers/referrers/")" = "2 1"
rm -r "$GANTRY_CONFIG_ROOT/etc/gantry/registries.d"

# -- artifacts that lie ------------------------------------------------------------------------------------------------

referred bad big changed lost-layer wrong-size two-layers text endless old fine
craft refer "$work/bad" index "$work/cosign.key" fine
start_bad_registry "$work/bad"
finds "one good bundle among bad ones" 0:1:0 "$http/referrers:image"
for pattern in "more than 64 KiB" "not the digest or size by which it is named" "404 from $http, no such blob" \
        "bytes announced, expected" "not exactly one layer, a bundle"; do
        says "passing over signatures in '$http/referrers@sha256:[0-9a-f]{64}': .*$pattern" "$http/referrers:image"
done
says "'$http/referrers@sha256:[0-9a-f]{64} layers\\[0\\]': the signature is too long" "$http/referrers:image"
finds "a list with what is another image's" 0:1:0 "$http/referrers-lie:image"
says "passing over signatures in .*: its subject is something else" "$http/referrers-lie:image"

# -- layouts and a real registry ---------------------------------------------------------------------------------------

referred tagged fine artifact
craft list-referrers "$work/tagged" image tag
finds "layout: a tag that lists referrers" 1:1:0 "oci:$work/tagged:image"
referred listed fine artifact
craft refer "$work/listed" index "$work/cosign.key" fine
craft list-referrers "$work/listed" index layout
craft list-referrers "$work/listed" image layout
finds "layout: listed in index.json" 1:1:0 "oci:$work/listed:image"
cp -r "$work/listed" "$work/untagged"
python3 - "$work/untagged/index.json" <<'END'
import json, sys
index = json.load(open(sys.argv[1]))
index["manifests"] = [e for e in index["manifests"] if e.get("annotations", {}).get("org.opencontainers.image.ref.name") != "index"]
json.dump(index, open(sys.argv[1], "w"))
END
finds "layout: the only image, for signatures are none" 1:1:0 "oci:$work/untagged"
gantry-fetch --root="$root" "oci:$work/listed:image" >"$work/out" 2>"$work/err"
is "…nothing is said about another image's" test "$(grep -c "passing over" "$work/err")" = 0
tar -C "$work/tagged" -cf "$work/tagged.tar" .
finds "archive: the same" 1:1:0 "oci-archive:$work/tagged.tar:image"

# shellcheck disable=SC2119 # it takes more lines of configuration
tls='' serve_registry
real=$registry
push "oci:$layout:image" "$real/app:1"
put_manifest() { # FILE TYPE REFERENCE
        curl --silent --fail -X PUT -H "Content-Type: application/vnd.oci.image.$2.v1+json" --data-binary "@$1" \
                "http://$real/v2/app/manifests/$3" -o /dev/null || bail_out "Cannot push $3"
}
for file in "$work/tagged/blobs/sha256/"*; do
        if grep -q '"subject"' "$file"; then
                while read -r blob; do
                        push_blob app "$work/tagged/blobs/${blob/:/\/}" >/dev/null
                done < <(grep -oE 'sha256:[0-9a-f]{64}' "$file" | grep -v "$image")
                put_manifest "$file" manifest "sha256:${file##*/}"
        fi
done
list=$(tagged "$work/tagged" "${image/:/-}")
put_manifest "$work/tagged/blobs/${list/:/\/}" index "${image/:/-}"
finds "docker-registry: a tag that lists referrers" 1:1:0 "$real/app:1"

# -- simple signing: the signature extension ---------------------------------------------------------------------------

signed() { # DESTINATION SKOPEO-ARG…: pushed and signed by skopeo
        local destination=$1
        shift
        skopeo --insecure-policy "$@" copy --quiet --dest-tls-verify=false --sign-by signer@example.com \
                "oci:$layout:image" "docker://$destination" >"$work/log" 2>&1 || bail_out "Cannot sign $destination: $(tail -1 "$work/log")"
}
mkdir "$work/no-registries.d"
start_bad_registry "$layout"
signed "$http/signatures:image" --registries.d "$work/no-registries.d"
finds "extension: signed by skopeo" 0:0:1 "$http/signatures:image"
is "…one more request" test "$(asked /extensions/v2/signatures/signatures/) $(asked ' /v2/ ')" = "1 0"
is "…it is said where it was" test "$(sources)" = "$http/signatures@$image signatures[0]"
trust all '*' Require=signature "Key=$GNUPGHOME.asc"
finds "extension: the signature is what admits it" 0:0:1 "$http/signatures:image"
bad "…elsewhere it is refused" "'$http/fine:image'" "$http/fine:image"
trust_everything
signed "$http/signatures:image" --registries.d "$work/no-registries.d"
finds "extension: two signatures" 0:0:2 "$http/signatures:image"
finds "extension: behind an index" 0:0:2 "$http/signatures:index"
finds "extension: one good one among bad ones" 0:0:1 "$http/signatures-hostile:image"
for pattern in "not an object" "schemaVersion: missing" "content: not base64" "it does not begin as an OpenPGP signature does" \
        "content: more than 256 KiB"; do
        says "passing over signatures in '$http/signatures-hostile@$image signatures\[[0-9]\]': $pattern" "$http/signatures-hostile:image"
done
finds "extension: it has said so, and does not know of it" 0:0:0 "$http/signatures-404:image"
finds "extension: a web page" 0:0:0 "$http/signatures-html:image"
finds "extension: endless" 0:0:0 "$http/signatures-endless:image"
bad "extension: it cannot be had" "Cannot fetch manifest of .*503 from $http" "$http/signatures-503:image"
finds "no extension" 0:0:0 "$http/fine:image"
is "…it is not asked for" test "$(asked /extensions/)" = 0

# -- simple signing: a lookaside ---------------------------------------------------------------------------------------

lookaside=$log.lookaside
mkdir "$work/registries.d" "$lookaside"
printf '%s\n' docker: "  $real:" "    lookaside-staging: file://$lookaside" >"$work/registries.d/real.yaml"
signed "$real/team/app:1" --registries.d "$work/registries.d"
signed "$real/team/app:1" --registries.d "$work/registries.d"
is "skopeo has written a lookaside" test -s "$lookaside/team/app@${image/:/=}/signature-1"
looked() { # LINE…
        registry_rule lookaside "[Registry]" "Prefix=$real/team" "$@"
}

looked "Lookaside=file://$lookaside"
finds "lookaside: a directory" 0:0:1 "$real/team/app:1"
is "…it is said where it was" test "$(sources)" = "file://$lookaside/team/app@${image/:/=}/signature-1"
is "…the very bytes" cmp "$root/images/${image/:/-}/signatures/"*.simple "$lookaside/team/app@${image/:/=}/signature-1"
trust all '*' Require=signature "Key=$GNUPGHOME.asc"
finds "lookaside: the signature is what admits it" 0:0:1 "$real/team/app:1"
trust_everything
cp "$lookaside/team/app@${image/:/=}/signature-1" "$lookaside/team/app@${image/:/=}/signature-3"
finds "lookaside: none after the first that is missing" 0:0:1 "$real/team/app:1"
gpg --batch --quiet --passphrase '' --pinentry-mode loopback --sign --output "$lookaside/team/app@${image/:/=}/signature-2" \
        "$layout/index.json"
finds "lookaside: three, two of them the same" 0:0:2 "$real/team/app:1"
for scheme in https http; do
        looked "Lookaside=$scheme://${!scheme}/lookaside/"
        finds "lookaside: $scheme" 0:0:2 "$real/team/app:1"
        is "…asked until there is none" test "$(asked "^$scheme GET /lookaside/team/app@${image/:/=}/signature-[1-4] ")" = 4
done

# A rule of the image's own name, whoever it is asked for at.
registry_rule lookaside "[Registry]" "Prefix=registry.test/team" "Location=$real/team" "Lookaside=file://$lookaside"
finds "lookaside: by the name that was asked for" 0:0:2 registry.test/team/app:1

looked "Lookaside=file://$work/nowhere"
bad "lookaside: no such directory" "Cannot open '$work/nowhere': No such file" "$real/team/app:1"
looked "Lookaside=https://$https/lookaside-503"
bad "lookaside: it cannot be had" "Cannot fetch manifest of .*cannot look for signatures: 503 from $https" "$real/team/app:1"
looked "Lookaside=https://127.0.0.1:1/x"
bad "lookaside: nobody listens" "cannot look for signatures: .*connect" "$real/team/app:1"
looked "Lookaside=https://$https/lookaside-html"
finds "lookaside: web pages" 0:0:0 "$real/team/app:1"
says "does not begin as an OpenPGP signature does" "$real/team/app:1"
is "…64 of them" test "$(asked lookaside-html)" = 128 # two fetches
looked "Lookaside=https://$https/lookaside-endless"
finds "lookaside: endless" 0:0:0 "$real/team/app:1"

hostile=$work/hostile
mkdir -p "$hostile/team/app@${image/:/=}"
echo secret >"$work/secret"
ln -s "$work/secret" "$hostile/team/app@${image/:/=}/signature-1"
looked "Lookaside=file://$hostile"
bad "lookaside: a link out of it" "'team/app@${image/:/=}/signature-1' in the lookaside: " "$real/team/app:1"
rm "$hostile/team/app@${image/:/=}/signature-1"
mkfifo "$hostile/team/app@${image/:/=}/signature-1"
bad "lookaside: a FIFO" "in the lookaside: " "$real/team/app:1"
rm "$hostile/team/app@${image/:/=}/signature-1"
head -c 262145 /dev/zero | tr '\0' '\220' >"$hostile/team/app@${image/:/=}/signature-1"
cp "$lookaside/team/app@${image/:/=}/signature-1" "$hostile/team/app@${image/:/=}/signature-2"
finds "lookaside: one of more than 256 KiB is passed over" 0:0:1 "$real/team/app:1"

# Whoever may write to the repository must not be able to hide what is in the lookaside.
for i in $(seq 70); do echo "$i" >"$work/payload-$i"; done
python3 - "$work" "$image" "$layout" <<'END'
import hashlib, json, os, sys
work, image, layout = sys.argv[1:]
layers = []
for i in range(1, 71):
    data = open(f"{work}/payload-{i}", "rb").read()
    digest = hashlib.sha256(data).hexdigest()
    open(f"{layout}/blobs/sha256/{digest}", "wb").write(data)
    layers.append({"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": "sha256:" + digest, "size": len(data),
                   "annotations": {"dev.cosignproject.cosign/signature": f"{i:04}"}})
manifest = json.dumps({"schemaVersion": 2, "config": {"mediaType": "x/y", "digest": "sha256:" + "0" * 64, "size": 0}, "layers": layers})
digest = hashlib.sha256(manifest.encode()).hexdigest()
open(f"{layout}/blobs/sha256/{digest}", "w").write(manifest)
index = json.load(open(f"{layout}/index.json"))
index["manifests"].append({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:" + digest, "size": len(manifest),
                           "annotations": {"org.opencontainers.image.ref.name": image.replace(":", "-") + ".sig"}})
json.dump(index, open(f"{layout}/index.json", "w"))
END
registry_rule lookaside "[Registry]" "Prefix=$http/team" "Location=$http/fine" "Lookaside=file://$lookaside"
finds "70 signatures in the repository, three in the lookaside" 61:0:2 "$http/team/app:image"
says "has 64 signatures or more" "$http/team/app:image"

finish
