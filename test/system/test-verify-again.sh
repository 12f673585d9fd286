#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What was admitted once is judged again at every start, by the rules and keys of that moment, by the signatures in the store and
# without a network: `gantry run`, and stage1 for pods that were prepared before. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/signatures.sh
. "$here/../lib/signatures.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
empty_trust # the pods' units ask the host's own rules

cleanup() {
        empty_trust
        rm -f /etc/gantry/registries.d/lookaside.conf
        stop_registry 2>/dev/null
        end_gpg "$work"/gpg-* 2>/dev/null
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

rule() { # NAME PREFIX LINE…
        local name=$1 prefix=$2
        shift 2
        printf '%s\n' "[Trust]" "Prefix=$prefix" "$@" >"/etc/gantry/trust.d/$name.conf"
}

fingerprint_of() { # HOME
        gpg --homedir "$1" --batch --with-colons --list-keys 2>/dev/null | sed -n '/^fpr/{s/^fpr:*//;s/:$//p;q}'
}

# The key as it will be: NAME.asc, and how it is when it is revoked (gpg makes the certificate with it) and when it has expired.
make_mortal_key() { # NAME
        local home=$work/gpg-$1
        make_gpg_key "$home" ed25519 signer@example.com
        cp -r "$home" "$home-revoked"
        sed -i 's/^:---/---/' "$home-revoked"/openpgp-revocs.d/*.rev
        gpg --homedir "$home-revoked" --batch --import "$home-revoked"/openpgp-revocs.d/*.rev
        gpg --homedir "$home-revoked" --batch --armor --export >"$home-revoked.asc"
        cp -r "$home" "$home-expired"
        gpg --homedir "$home-expired" --batch --passphrase '' --pinentry-mode loopback \
                --quick-set-expire "$(fingerprint_of "$home")" seconds=1
        gpg --homedir "$home-expired" --batch --armor --export >"$home-expired.asc"
}

trust_key() { # FILE: what the rules name
        cp "$1" "$work/key.asc"
}

{
        start_registry 0
        make_cosign_key cosign
        make_cosign_key other
        make_mortal_key signer
        make_image images app /bin/echo started
        for name in cosign bundle simple; do # images of their own: the store keeps all signatures of one together
                umoci config --image images:app --tag "$name" --config.label "for=$name"
                push_image "images:$name" "$name:1"
        done
        sign_image cosign 1 cosign.key
        sign_image_bundle bundle 1 cosign.key
        sign_image_simple simple 1 gpg-signer signer@example.com
        make_aci hello.aci example.com/hello /bin/echo started
        gpg_sign gpg-signer hello.aci
} >setup.log 2>&1 || { cat setup.log; exit 1; }
trust_key gpg-signer.asc
all_rules() {
        rule pem "$registry" "Key=$work/cosign.pub"
        rule simple "$registry/simple" "Key=$work/key.asc"
        rule aci aci:example.com "Key=$work/key.asc"
}
all_rules
images=("$registry/cosign:1" "$registry/bundle:1" "$registry/simple:1" aci:example.com/hello:1.0)
expect 0 "all of them are fetched" g fetch -q "${images[@]:0:3}" ./hello.aci
rm hello.aci hello.aci.asc
rm -r lookaside

# -- as it should be ---------------------------------------------------------------------------------------------------

asked() {
        grep -c '"http.request.uri"' registry.log
}
before=$(asked)
for image in "${images[@]}"; do
        expect 0 "${image##*/}: runs" g run -q "$image"
        out_is "…and prints" started
done
report "the registry was not asked" $(($(asked) - before))
stop_registry
for image in "${images[@]}"; do
        expect 0 "${image##*/}: runs without a registry" g run -q "$image"
done

# -- pods that are prepared, and then something changes ------------------------------------------------------------------

# Prepares a pod of each image: its UUID is in pods.
declare -A pods
prepare_all() {
        local image
        for image in "$@"; do
                pods[$image]=$(g prepare -q "$image") || { echo "Bail out! Cannot prepare '$image'"; exit 1; }
        done
}

mark() {
        journalctl --sync
        cursor=$(journalctl -q -n 1 --show-cursor | sed -n 's/^-- cursor: //p')
}

# Has the journal got an entry of this kind since: logged MESSAGE-ID REGEX
logged() {
        journalctl --sync
        journalctl -q --after-cursor="$cursor" -o json | python3 -c 'import json, re, sys
sys.exit(not any(e.get("MESSAGE_ID") == sys.argv[1] and re.search(sys.argv[2], e["MESSAGE"]) for e in map(json.loads, sys.stdin)))' "$@"
}
REFUSED=c21b08e6f4a94f6b9d37a5e0816c4d72
UNENFORCED=8e4d1f60a7b34c0c9f52d6b3e81a7c95

# Neither the image nor the pod that was prepared starts: refused TEXT REGEX IMAGE…
refused() {
        local text=$1 why=$2 image
        shift 2
        for image; do
                expect 125 "$text: ${image##*/} does not run" g run -q "$image"
                err_has "…for that reason" "$why"
                mark
                expect 125 "…nor does the pod that was prepared before" g run -q "${pods[$image]}"
                report "…which stage1 found out, for nobody else asks" "$(logged "$REFUSED" "$why"; echo $?)"
        done
}

runs_again() {
        local image
        for image; do
                expect 0 "${image##*/}: runs again" g run -q "$image"
        done
}

pem=("${images[@]:0:2}") pgp=("${images[@]:2}")
prepare_all "${pgp[@]}"
trust_key gpg-signer-revoked.asc
refused "the key is revoked" "was revoked" "${pgp[@]}"
trust_key gpg-signer.asc
runs_again "${pgp[@]}"

prepare_all "${pgp[@]}"
trust_key gpg-signer-expired.asc
refused "the key has expired" "expired" "${pgp[@]}"
trust_key gpg-signer.asc

prepare_all "${images[@]}"
rule pem "$registry" "Key=$work/other.pub"
make_gpg_key "$work/gpg-other" rsa3072 signer@example.com
trust_key gpg-other.asc
refused "another key in its place" "none of its signatures is good: .*(not made by a trusted key|key 0x[0-9A-F]{16})" "${images[@]}"
trust_key gpg-signer.asc
all_rules
runs_again "${images[@]}"

prepare_all "${images[@]}"
ln -sf /dev/null /etc/gantry/trust.d/pem.conf
rm /etc/gantry/trust.d/{simple,aci}.conf
refused "the rules are gone, one of them masked" "no trust rule covers" "${images[@]}"
rm /etc/gantry/trust.d/pem.conf
all_rules

prepare_all "${pem[@]}"
rule pem "$registry" "Key=$work/cosign.pub" "Key=$work/other.pub" Threshold=2
refused "two must sign from now on" "1 of the 2 keys that are required" "${pem[@]}"
all_rules
prepare_all "${pem[@]}"
rule pem "$registry" "Key=$work/cosign.pub" SignedName=exact
refused "the very reference must be signed from now on" "signs another name|does not say the image's name" "${pem[@]}"

rule pem "$registry" "Key=$work/other.pub" Enforce=no
mark
expect 0 "not enforced: it runs" g run -q "${pem[0]}"
report "…and is logged by who starts it" "$(logged "$UNENFORCED" "not made by a trusted key" call-; echo $?)"
report "…and by stage1" "$(logged "$UNENFORCED" "not made by a trusted key" gantry-; echo $?)"
prepare_all "${pem[@]}"
rule pem "$registry" "Key=$work/other.pub" Enforce=yes
refused "enforced again" "not made by a trusted key" "${pem[@]}"
rule pem "$registry" "Key=$work/cosign.pub" "Thresholds=2"
prepare_all "${pgp[@]}"
expect 125 "a rule that cannot be read" g run -q "${pem[0]}"
err_has "…refuses what it governs" "cannot be used: /etc/gantry/trust.d/pem.conf:4: unknown key: 'Thresholds'"
expect 0 "…and nothing else" g run -q "${pods[$registry/simple:1]}"
all_rules

mkdir keys
cp key.asc keys/a.asc
rule simple "$registry/simple" "KeyDirectory=$work/keys"
prepare_all "$registry/simple:1"
expect 0 "a directory of keys" g run -q "$registry/simple:1"
cp gpg-other.asc keys/b.asc
rm keys/a.asc
refused "…from which its key is taken" "none of its signatures is good" "$registry/simple:1"

# -- in the store ------------------------------------------------------------------------------------------------------

all_rules
prepare_all "${pem[0]}"
there=$(grep -l "\"reference\": \"${pem[0]}\"" "$root"/images/*/verdict.json)
there=${there%/*}/signatures
mkdir away
mv "$there"/*.signature away
refused "the signatures are taken out of the store" "it has no signature" "${pem[0]}"
mv away/* "$there"
runs_again "${pem[0]}"

finish
