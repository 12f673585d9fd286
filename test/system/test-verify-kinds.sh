#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each kind of signature admits an image for itself. Taken away, put in the place of another, or made for another purpose, none does.
# Keys and signatures by openssl, gpg and skopeo. Needs root and the system users of sysusers.d. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/signatures.sh
. "$here/../lib/signatures.sh"

need docker-registry skopeo umoci openssl python3 curl gpg
cd "$work" || exit 1

end() {
        stop_registry 2>/dev/null
        end_gpg "$work"/gpg 2>/dev/null
        cleanup
}
trap end EXIT

# Fetched into an empty store, and what verdict.json says: admitted TEXT PATTERN REF
admitted() {
        new_store
        good "$1" "($any_id|sha512-[0-9a-f]{128})" "$3"
        is "…because of that" grep -qzE -- "$2" "$root"/images/*/verdict.json
}

# Another image that shares its layers: vary TAG NEW-TAG
vary() {
        umoci config --image "$work/images:$1" --tag "$2" --config.label "variant=$2"
}

{
        make_image images a /bin/true
        vary a b
        vary a c
        make_cosign_key cosign
        make_cosign_key other
        make_gpg_key gpg ed25519 signer@example.com
        make_certificates
        start_registry 0
        for name in cosign bundle simple; do
                push_image images:a "$name:a"
                push_image images:b "$name:b"
        done
        a=$(image_digest cosign a)
        b=$(image_digest cosign b)
} >setup.log 2>&1 || bail_out "Cannot make images: $(tail -1 setup.log)"
trust all "$registry" "Key=$work/cosign.pub" "Key=$work/gpg.asc"
unsigned="it has no signature, and the rule for '$registry' in '.*/all.conf' requires one"

# -- each for itself ---------------------------------------------------------------------------------------------------

for name in cosign bundle simple; do
        bad "$name: unsigned" "$unsigned" "$registry/$name:a"
done
quietly sign_image cosign a cosign.key
admitted "cosign's tag" '"kind": "cosign".*"source": "'"$registry/cosign:${a/:/-}"'\.sig layers\[0\]".*"good": true' "$registry/cosign:a"
quietly sign_image_bundle bundle a cosign.key
admitted "a bundle, found by the tag of referrers" '"kind": "bundle".*"good": true' "$registry/bundle:a"
quietly sign_image_simple simple a gpg signer@example.com
admitted "simple signing from a directory" '"kind": "simple-signing".*"source": "file://.*/signature-1".*"good": true' "$registry/simple:a"

start_bad_registry "$work/images"
trust bad "$http" "Key=$work/gpg.asc"
bad "the extension has nothing" "it has no signature" "$http/signatures:a"
mkdir no-registries.d
quietly env GNUPGHOME="$work/gpg" skopeo --insecure-policy --registries.d no-registries.d copy --quiet --dest-tls-verify=false \
        --sign-by signer@example.com "oci:$work/images:a" "docker://$http/signatures:a"
admitted "simple signing from the registry's extension" '"kind": "simple-signing".*"good": true' "$http/signatures:a"
bad "a registry that says it has no extension" "it has no signature" "$http/fine:a"
bad "one that does not know of it after all" "it has no signature" "$http/signatures-404:a"

mkdir -p "$log.lookaside"
cp -r lookaside/. "$log.lookaside"
rm "$GANTRY_CONFIG_ROOT/etc/gantry/registries.d/lookaside.conf"
bad "no lookaside is configured" "$unsigned" "$registry/simple:a"
registry_rule web "[Registry]" "Prefix=$registry" "Lookaside=https://$https/lookaside"
admitted "simple signing from a web server" '"source": "https://.*/signature-1".*"good": true' "$registry/simple:a"
rm "$GANTRY_CONFIG_ROOT/etc/gantry/registries.d/web.conf"

quietly make_aci "$work/hello.aci" example.com/hello /bin/true
trust aci aci:example.com "Key=$work/gpg.asc"
bad "ACI: unsigned" "it has no signature" "$work/hello.aci"
quietly gpg_sign gpg "$work/hello.aci"
admitted "ACI: armored" '"kind": "openpgp".*"good": true' "$work/hello.aci"
quietly gpg --homedir gpg --batch --yes --dearmor --output "$work/hello.aci.bin" "$work/hello.aci.asc"
mv "$work/hello.aci.bin" "$work/hello.aci.asc"
admitted "ACI: binary" '"kind": "openpgp".*"good": true' "$work/hello.aci"

# -- indexes -----------------------------------------------------------------------------------------------------------

for name in index instance; do
        quietly push_image images:a "$name:a"
        quietly push_index "$name" i a
done
bad "an index: unsigned" "$unsigned" "$registry/index:i"
quietly sign_image index i cosign.key
admitted "the index is signed instead of the instance" '"good": true' "$registry/index:i"
bad "not asked for through it, the instance is not" "$unsigned" "$registry/index:a"
quietly sign_image instance a cosign.key
admitted "only the instance is signed" '"good": true' "$registry/instance:i"
quietly push_image images:b index:b
quietly push_index index j b a
quietly copy_manifest index "$(image_digest index i | tr : -).sig" index "$(image_digest index j | tr : -).sig"
bad "another index, with the first one's signature" "signs another digest" "$registry/index:j"
quietly push_index index k a b
quietly sign_image index k cosign.key
new_store
good "one image through two indexes" "$any_id" "$registry/index:i"
good "…that are both signed" "$any_id" "$registry/index:k"
for tag in i k; do
        is "…is admitted again as $tag" gantry-verify -q --root="$root" "$registry/index:$tag"
done

# -- taken away --------------------------------------------------------------------------------------------------------

cp -r lookaside lookaside-kept
registry_rule lookaside "[Registry]" "Prefix=$registry" "Lookaside=file://$work/lookaside"
kept=$work/kept
for name in cosign bundle simple; do
        is "$name: fetched while it is signed" gantry-fetch -q --root="$kept" "$registry/$name:a"
done
quietly delete_manifest cosign "${a/:/-}.sig"
bad "cosign's tag is deleted" "$unsigned" "$registry/cosign:a"
quietly empty_index bundle "${a/:/-}"
bad "the list of referrers is emptied" "$unsigned" "$registry/bundle:a"
quietly delete_manifest bundle "${a/:/-}"
bad "the list of referrers is deleted" "$unsigned" "$registry/bundle:a"
rm -r "$work"/lookaside/*
bad "the lookaside is emptied" "$unsigned" "$registry/simple:a"
root=$kept fetch "$registry/simple:a"
was "who fetches it again is told so, too" grep -q "it has no signature" err
for name in cosign bundle simple; do
        is "$name: what was admitted is judged by the signatures that came with it" gantry-verify -q --root="$kept" "$registry/$name:a"
done
cp -r lookaside-kept/. lookaside

# -- in the place of another -------------------------------------------------------------------------------------------

for name in cosign bundle simple; do
        bad "$name: the other image has none" "$unsigned" "$registry/$name:b"
done
quietly sign_image cosign a cosign.key
quietly copy_manifest cosign "${a/:/-}.sig" cosign "${b/:/-}.sig"
bad "cosign: the first image's signature" "signs another digest: '$a'" "$registry/cosign:b"

quietly sign_image_bundle bundle a cosign.key
get_manifest bundle "${a/:/-}" >referrers.json
quietly push_manifest bundle "${b/:/-}" referrers.json "$INDEX_TYPE"
bad "bundle: the first image's, as it is" "$unsigned" "$registry/bundle:b"
get_manifest bundle "bundle-${a:7:16}" | sed "s/$a/$b/" >moved.json
quietly push_manifest bundle moved moved.json "$MANIFEST_TYPE"
sed -E "s/\"digest\":\"sha256:[0-9a-f]*\"/\"digest\":\"sha256:$(sha256sum <moved.json | cut -d' ' -f1)\"/" referrers.json >moved-list.json
quietly push_manifest bundle "${b/:/-}" moved-list.json "$INDEX_TYPE"
bad "bundle: the first image's, with another subject" "signs another digest: '$a'" "$registry/bundle:b"

cp -r "$(lookaside_of simple "$a")" "$(lookaside_of simple "$b")"
bad "simple signing: the first image's" "signs another digest: '$a'" "$registry/simple:b"

quietly gpg_sign gpg "$work/hello.aci"
quietly make_aci "$work/other.aci" example.com/other /bin/false
cp "$work/hello.aci.asc" "$work/other.aci.asc"
bad "ACI: another file's" "does not match the document" "$work/other.aci"

# -- by the same key, for another purpose ------------------------------------------------------------------------------

push_image images:c purpose:c
c=$(image_digest purpose c)
for type in https://cosign.sigstore.dev/attestation/vuln/v1 https://spdx.dev/Document https://slsa.dev/provenance/v1; do
        quietly sign_image_bundle purpose c cosign.key "$type"
        bad "a bundle with a predicate of ${type#https://}" "signs something else than a container image: '$type'" "$registry/purpose:c"
done
quietly delete_manifest purpose "${c/:/-}"
quietly sign_claim purpose c cosign.key "$(claim "$c" "$registry/purpose" "$ATOMIC_CLAIM" '{}')"
bad "the claim of simple signing in cosign's form" "signs something else than a container image: '$ATOMIC_CLAIM'" "$registry/purpose:c"
quietly sign_claim purpose c cosign.key '{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"x","predicate":{}}'
bad "a statement in cosign's form" "signs JSON that is not exactly a claim about an image" "$registry/purpose:c"
quietly delete_manifest purpose "${c/:/-}.sig"

there=$(lookaside_of purpose "$c")
mkdir "$there"
simple() { # CLAIM: signed by gpg
        printf '%s' "$1" >claim.json
        quietly gpg --homedir gpg --batch --yes --quiet --sign --output "$there/signature-1" claim.json
}
simple "$(claim "$c" "$registry/purpose" "$COSIGN_CLAIM" '{}')"
bad "cosign's claim in simple signing" "signs something else than a container image: '$COSIGN_CLAIM'" "$registry/purpose:c"
simple "$(claim "$c" "$registry/purpose" "$ATOMIC_CLAIM" null)"
bad "a claim with nothing for the optional part" "signs JSON that is not exactly a claim about an image" "$registry/purpose:c"
simple "$(claim "$c" "$registry/purpose" "$ATOMIC_CLAIM" '{}')"
admitted "the claim as it should be" '"kind": "simple-signing".*"good": true' "$registry/purpose:c"
get_manifest purpose c >manifest.json
quietly gpg --homedir gpg --batch --yes --quiet --detach-sign --output "$there/signature-1" manifest.json
bad "a detached signature of the manifest" "signature-1' is not a complete OpenPGP message" "$registry/purpose:c"
quietly gpg --homedir gpg --batch --yes --quiet --clear-sign --output "$there/signature-1" claim.json
bad "a signature in clear text" "$unsigned" "$registry/purpose:c"
quietly gpg --homedir gpg --batch --yes --quiet --store --output "$there/signature-1" claim.json
bad "a message without a signature" "signature-1' (is|holds) [^;]*$" "$registry/purpose:c"

# -- the wrong key -----------------------------------------------------------------------------------------------------

quietly sign_image cosign b other.key
bad "cosign: a key that nobody trusts" "was not made by a trusted key" "$registry/cosign:b"
trust all "$registry" "Key=$work/gpg.asc"
bad "cosign: only an OpenPGP key is trusted" "needs a PEM key, and none is trusted here" "$registry/cosign:a"
trust all "$registry" "Key=$work/cosign.pub"
bad "simple signing: only a PEM key is trusted" "needs an OpenPGP key, and none is trusted here" "$registry/simple:a"

finish
