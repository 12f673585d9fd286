#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What trust rules decide about images that are signed, from fetch to verdict.json and the journal: names, which rule, how many keys,
# not enforced, keyless. Runs in test/host, for the journal. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/signatures.sh
. "$here/../lib/signatures.sh"

need docker-registry skopeo umoci openssl python3 curl gpg journalctl
cd "$work" || exit 1

end() {
        stop_registry 2>/dev/null
        end_gpg "$work"/gpg 2>/dev/null
        cleanup
}
trap end EXIT

rules=$GANTRY_CONFIG_ROOT/etc/gantry/trust.d

# Fetched into an empty store: admitted TEXT REF
admitted() {
        new_store
        good "$1" "($any_id|sha512-[0-9a-f]{128})" "$2"
}

# Refused for a rule that is broken, which is said before: broken TEXT PATTERN REF
broken() {
        new_store
        fetch "$3"
        was "$1" grep -qE "^Refused image '$3': the trust rule that governs .* cannot be used: $2" err
        is "…nothing is in the store" is_empty
}

# The last fetch's verdict.json: verdict TEXT PYTHON-EXPRESSION of v
verdict() {
        is "$1" python3 -c 'import glob, json, sys
v, = [json.load(open(f)) for f in glob.glob(sys.argv[1] + "/images/*/verdict.json")]
print(v)
sys.exit(not eval(f"({sys.argv[2]})"))' "$root" "$2"
}

# What the journal got since `mark`, of one image: entries NAME PYTHON-EXPRESSION of e, a list
mark() {
        journalctl --sync
        cursor=$(journalctl -q -n 1 --show-cursor | sed -n 's/^-- cursor: //p')
}
entries() {
        journalctl --sync
        journalctl -q --after-cursor="$cursor" -o json | python3 -c 'import json, sys
e = [entry for entry in map(json.loads, sys.stdin) if entry.get("GANTRY_IMAGE") == sys.argv[1]]
for entry in e:
        print({k: v for k, v in entry.items() if k[0] != "_"})
sys.exit(not eval(f"({sys.argv[2]})"))' "$1" "$2"
}
ADMITTED=5f7a9d3c6b1e4d0f8a2c7e94b3d65018
REFUSED=c21b08e6f4a94f6b9d37a5e0816c4d72
UNENFORCED=8e4d1f60a7b34c0c9f52d6b3e81a7c95

key_of() { # PEMFILE: its fingerprint
        echo "sha256:$(openssl pkey -pubin -in "$1" -outform DER | sha256sum | cut -d' ' -f1)"
}

{
        make_image images a /bin/true
        umoci config --image images:a --tag b --config.label=variant=b
        make_cosign_key one
        make_cosign_key two
        make_gpg_key gpg ed25519 signer@example.com
        make_certificates
        start_registry 0
        for name in foo foobar foo/bar both bundle simple moved; do
                push_image images:a "$name:1"
        done
        for name in foo foobar foo/bar both moved; do
                sign_image "$name" 1 one.key
        done
        a=$(image_digest foo 1)
        push_image images:b foo:unsigned
        make_aci hello.aci example.com/hello /bin/true
        gpg_sign gpg hello.aci
} >setup.log 2>&1 || bail_out "Cannot make images: $(tail -1 setup.log)"
one=$work/one.pub two=$work/two.pub

# -- which rule --------------------------------------------------------------------------------------------------------

mark
bad "no rule" "no trust rule covers '$registry/foo'; to trust who signs it: gantry trust add --prefix=$registry/foo KEYFILE" "$registry/foo:1"
is "…one entry in the journal" entries "$registry/foo" \
        "[x['MESSAGE_ID'] for x in e] == ['$REFUSED'] and e[0]['PRIORITY'] == '4' and not e[0]['GANTRY_RULE'] and not e[0]['GANTRY_KEY']"
trust x "$registry/foo" "Key=$one"
mark
admitted "the rule of that name" "$registry/foo:1"
is "…one entry in the journal" entries "$registry/foo" \
        "[(x['MESSAGE_ID'], x['GANTRY_RULE'], x['GANTRY_PREFIX'], x['GANTRY_KEY'], x['PRIORITY']) for x in e]
                == [('$ADMITTED', '$rules/x.conf', '$registry/foo', '$(key_of one.pub)', '6')]"
verdict "…and so says verdict.json" "v['admitted'] and v['rule'] == '$rules/x.conf' and v['prefix'] == '$registry/foo'
        and v['require'] == 'signature' and v['signatures'][0]['key'] == '$(key_of one.pub)' and 'reason' not in v"
admitted "a name below it" "$registry/foo/bar:1"
bad "a longer name is not below it" "no trust rule covers '$registry/foobar'" "$registry/foobar:1"
trust y "$registry/foo/bar" "Key=$two"
bad "the longest prefix decides alone" "was not made by a trusted key" "$registry/foo/bar:1"
trust z '*' "Key=$one"
admitted "* is for what nothing else governs" "$registry/foobar:1"
bad "…and for nothing else" "was not made by a trusted key" "$registry/foo/bar:1"
trust y "$registry/foo/bar" "Kex=$two"
broken "a broken rule governs all the same" "$rules/y.conf:3: unknown key: 'Kex'" "$registry/foo/bar:1"
trust y "$registry/foobar" "Key=$one"
trust z "$registry/foobar" "Key=$one"
broken "two rules with one prefix" ".*[yz].conf:2: Prefix=$registry/foobar is also in .*[yz].conf:2" "$registry/foobar:1"
: >"$rules/z.conf"
admitted "until one of them is masked" "$registry/foobar:1"

rm "$rules"/*
trust all '*' "Key=$work/gpg.asc"
admitted "ACI: * has its key" "$work/hello.aci"
trust plain example.com/hello "Key=$one"
bad "ACI: a rule without aci: governs it, too" "needs an OpenPGP key, and none is trusted here" "$work/hello.aci"
trust aci aci:example.com "Key=$work/gpg.asc"
bad "ACI: the longer prefix wins" "needs an OpenPGP key, and none is trusted here" "$work/hello.aci"
trust plain example.com "Key=$one"
admitted "ACI: of two that are equally long, aci: does" "$work/hello.aci"
rm "$rules"/*
trust aci 'aci:*' Require=nothing
trust foreign example.com/other "Key=$work/gpg.asc"
admitted "ACI: aci:* is for all of them" "$work/hello.aci"
bad "…and for no image of a registry" "no trust rule covers '$registry/foo'" "$registry/foo:1"
trust aci aci:example.com/hell "Key=$work/gpg.asc"
bad "ACI: a key that is trusted for another name" "no trust rule covers 'aci:example.com/hello'" "$work/hello.aci"

# -- which name --------------------------------------------------------------------------------------------------------

rm "$rules"/*
named() { # SIGNEDNAME
        trust x "$registry" "Key=$one" "Key=$work/gpg.asc" "SignedName=$1"
}
quietly copy_manifest foo "${a/:/-}.sig" both "${a/:/-}.sig"
named repository
bad "a signature of another repository" "signs another name: '$registry/foo'" "$registry/both:1"
named any
admitted "…where the name does not matter" "$registry/both:1"
named exact
bad "a signature without a tag, where it must be the very reference" "signs another name than SignedName=exact asks for: '$registry/foo'" "$registry/foo:1"
quietly sign_image both 1 one.key "$registry/both:1"
admitted "a signature with the tag" "$registry/both:1"
quietly push_image images:a both:2
bad "the same image by another tag" "signs another name than SignedName=exact asks for: '$registry/both:1'" "$registry/both:2"
bad "…or by its digest" "signs another name than SignedName=exact asks for: '$registry/both:1'" "$registry/both@$a"
named repository
admitted "…does not matter if it is the repository that counts" "$registry/both:2"
quietly sign_image_bundle bundle 1 one.key
admitted "a bundle has no name" "$registry/bundle:1"
named exact
bad "…which is not enough for the very reference" "does not say the image's name, and SignedName=exact asks for it" "$registry/bundle:1"
quietly sign_image_simple simple 1 gpg signer@example.com
admitted "simple signing has the tag" "$registry/simple:1"
quietly push_image images:a simple:2
bad "…and is for no other" "signs another name than SignedName=exact asks for: '$registry/simple:1'" "$registry/simple:2"
quietly push_image images:a other:1
mkdir -p lookaside/other
cp -r "$(lookaside_of simple "$a")" "$(lookaside_of other "$a")"
named repository
bad "simple signing for another repository" "signs another name: '$registry/simple:1'" "$registry/other:1"
quietly sign_image foo 1 one.key "Foo/../$registry/foo"
bad "a name that is none" "signs another name: 'Foo/../$registry/foo'" "$registry/foo:1"
quietly sign_image foo 1 one.key "docker://$registry/foo"
bad "a name with a scheme" "signs another name: 'docker://$registry/foo'" "$registry/foo:1"
quietly sign_image foo 1 one.key
skopeo --insecure-policy copy --quiet "oci:images:a" "oci:layout:a"
trust layout "oci:$work/layout" "Key=$one"
bad "a layout has no signature of its own" "it has no signature" "oci:$work/layout:a"

# -- what is required --------------------------------------------------------------------------------------------------

trust x "$registry" Require=digest
bad "a tag where a digest is required" "admits only references pinned by digest, which '$registry/foo:1' is not" "$registry/foo:1"
admitted "the digest" "$registry/foo@$a"
verdict "…and so says verdict.json" "v['require'] == 'digest' and v['signatures'] == []"
start_bad_registry "$work/images"
trust bad "$http" Require=digest
bad "another manifest is served for the digest" "another digest|$a" "$http/changed-manifest@$a"
trust bad "$http" Require=nothing
mark
admitted "nothing is required" "$http/fine:a"
is "…which is written down" entries "$http/fine" "[x['MESSAGE_ID'] for x in e] == ['$ADMITTED'] and not e[0]['GANTRY_KEY']"
: >"$log"
admitted "a tag that moves is asked for once" "$http/tag-moves:a"
is "…so that what was judged is what is downloaded" test "$(asked '/manifests/a ')" = 1

trust x "$registry" "Key=$one"
new_store
good "a tag, before it moves" "$a" "$registry/moved:1"
quietly push_image images:b moved:1
fetch "$registry/moved:1"
was "and when it has moved to what nobody signed" grep -q "it has no signature" err
is "…it means what it did before" gantry-verify -q --root="$root" "$registry/moved:1"
good "what it was can be had by its digest" "$a" "$registry/moved@$a"

# -- how many keys -----------------------------------------------------------------------------------------------------

printf '%s' "$(claim "$a" "$registry/both" "$COSIGN_CLAIM" null)" >claim-1.json
printf '%s' "$(claim "$a" "$registry/both" "$COSIGN_CLAIM" '{"n":2}')" >claim-2.json
sig() { # KEY FILE
        cosign_sign "$work/$1.key" "$2"
}
trust x "$registry" "Key=$one" "Key=$two" "Key=$work/gpg.asc" Threshold=2
quietly push_signatures both "${a/:/-}.sig" claim-1.json "$(sig one claim-1.json)" claim-2.json "$(sig one claim-2.json)" \
        claim-1.json "$(sig one claim-1.json)"
bad "one key has signed three times" "1 of the 2 keys that are required have signed it; no other signature is good" "$registry/both:1"
quietly push_signatures both "${a/:/-}.sig" claim-1.json "$(sig one claim-1.json)" claim-2.json "$(sig one claim-2.json)" \
        claim-1.json "$(sig two claim-1.json)"
mark
admitted "two keys" "$registry/both:1"
is "…both are in the journal" entries "$registry/both" "sorted(e[0]['GANTRY_KEY'].split()) == sorted(['$(key_of one.pub)', '$(key_of two.pub)'])"
verdict "…and in verdict.json" "v['threshold'] == 2 and len({s['key'] for s in v['signatures'] if s['good']}) == 2"
bad "one by simple signing" "1 of the 2 keys" "$registry/simple:1"
quietly sign_image simple 1 one.key
admitted "one by simple signing, one by cosign" "$registry/simple:1"
verdict "…of both kinds" "{s['kind'] for s in v['signatures'] if s['good']} == {'cosign', 'simple-signing'}"
quietly sign_image bundle 1 one.key
bad "one key in both forms of cosign" "1 of the 2 keys" "$registry/bundle:1"
cp one.pub one-again.pub
trust x "$registry" "Key=$one" "Key=$work/one-again.pub" Threshold=2
bad "the same key in two files" "only 1" "$registry/both:1"

# -- too many, and bad ones --------------------------------------------------------------------------------------------

trust x "$registry" "Key=$one"
garbage() { # NUMBER: arguments for push_signatures
        local i
        for ((i = 0; i < $1; i++)); do
                printf 'claim-1.json\nMEUC%04d\n' "$i"
        done
}
mapfile -t bad63 < <(garbage 63)
mapfile -t bad70 < <(garbage 70)
quietly push_signatures both "${a/:/-}.sig" "${bad63[@]}" claim-1.json "$(sig one claim-1.json)"
admitted "a good signature behind 63 bad ones" "$registry/both:1"
quietly push_signatures both "${a/:/-}.sig" claim-1.json "$(sig one claim-1.json)" "${bad70[@]}"
admitted "a good one before 70" "$registry/both:1"
verdict "…no more than 64 were looked at" "1 <= len(v['signatures']) <= 64"
quietly push_signatures both "${a/:/-}.sig" "${bad70[@]}" claim-1.json "$(sig one claim-1.json)"
bad "a good one behind 70 is not found" "none of its signatures is good" "$registry/both:1"
is "…in one line of reasonable length" test "$(wc -c <err)" -lt 4096
quietly push_signatures both "${a/:/-}.sig" claim-2.json "%%%" claim-1.json "$(sig one claim-1.json)" claim-2.json ""
admitted "bad ones beside it are no veto" "$registry/both:1"

# -- where the keys are ------------------------------------------------------------------------------------------------

mkdir keys
cp two.pub keys
trust x "$registry" "KeyDirectory=$work/keys"
bad "its key is not in the directory" "was not made by a trusted key" "$registry/both:1"
cp one.pub keys/new.pub
admitted "it is put there" "$registry/both:1"
rm keys/new.pub
is "it is taken away: the image of the store is refused" bash -c "! gantry-verify -q --root='$root' '$registry/both:1'"
echo rubbish >keys/x.pem
bad "a file that is no key" "key file '$work/keys/x.pem'" "$registry/both:1"
rm keys/*
broken "an empty directory" "$rules/x.conf:3: key directory '$work/keys' has no key" "$registry/both:1"

# -- not enforced ------------------------------------------------------------------------------------------------------

trust x "$registry" "Key=$two" Enforce=no
new_store
mark
fetch "$registry/foo:1"
was "what would be refused is admitted" test "$status $(<out)" = "0 $a"
was "…and said on stderr" grep -qE "^Admitted image '$registry/foo:1' only because its rule is not enforced: .*was not made by a trusted key$" err
is "…and in the journal" entries "$registry/foo" "[x['MESSAGE_ID'] for x in e] == ['$UNENFORCED'] and e[0]['PRIORITY'] == '4'
        and 'was not made by a trusted key' in e[0]['MESSAGE'] and e[0]['GANTRY_KEY'] == ''"
verdict "…and in verdict.json" "v['admitted'] and v['enforced'] is False and 'not made by' in v['reason']"
trust y "$registry/foobar" "Key=$two" Enforce=no "Thresholds=2"
broken "a broken rule is enforced" "$rules/y.conf:5: unknown key: 'Thresholds'" "$registry/foobar:1"
rm "$rules/y.conf"
trust x "$registry" "Key=$two"
is "enforced again: the image of the store is refused" bash -c "! gantry-verify -q --root='$root' '$registry/foo:1'"
trust x "$registry" Require=digest Enforce=no
new_store
fetch "$registry/foo:1"
was "a tag is admitted where a digest would be required" grep -q "only because its rule is not enforced: .*pinned by digest" err

make_aci unsigned.aci example.com/unsigned /bin/true
trust aci aci:example.com "Key=$work/gpg.asc" Enforce=no
new_store
fetch "$work/unsigned.aci"
was "an ACI without a signature, too" grep -q "^Admitted image 'aci:example.com/unsigned:1.0' only because .*: it has no signature" err
rm "$rules/aci.conf"
bad "…but not one that no rule is for" "no trust rule covers 'aci:example.com/unsigned'" "$work/unsigned.aci"

# -- keyless -----------------------------------------------------------------------------------------------------------

for line in Fulcio=/etc/ca.pem Rekor=/etc/rekor.pub Issuer=https://accounts.example.com Identity=me@example.com; do
        trust x "$registry" "Key=$one" "$line"
        broken "${line%%=*}=" "$rules/x.conf:4: ${line%%=*}=: keyless signatures .* are not supported yet" "$registry/foo:1"
done
trust x "$registry" "Key=$one"
quietly push_image images:b keyless:1
quietly sign_image_bundle keyless 1 one.key
b=$(image_digest keyless 1)
admitted "a bundle with a key" "$registry/keyless:1"
sed 's/"publicKey": *{[^}]*}/"certificate": {"rawBytes": "MIIB"}/' bundle.json >certificate.json
quietly push_artifact keyless with-certificate "$work/certificate.json" application/vnd.dev.sigstore.bundle.v0.3+json \
        "\"artifactType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"subject\":{\"mediaType\":\"$MANIFEST_TYPE\",\"digest\":\"$b\",\"size\":$(get_manifest keyless 1 | wc -c)}," ""
sed -E "s/\"digest\":\"sha256:[0-9a-f]*\"/\"digest\":\"sha256:$(sha256sum <sig-manifest.json | cut -d' ' -f1)\"/;
        s/\"size\":[0-9]+/\"size\":$(stat -c %s sig-manifest.json)/" referrers.json >keyless.json
quietly push_manifest keyless "${b/:/-}" keyless.json "$INDEX_TYPE"
bad "a bundle with a certificate" "is keyless \(certificate of Fulcio\), which is not supported yet" "$registry/keyless:1"

# -- the catalog -------------------------------------------------------------------------------------------------------

quietly journalctl --update-catalog
for text in "$ADMITTED:Subject: Image $registry/foo was admitted" "$REFUSED:Subject: Image $registry/foo was refused" \
        "$UNENFORCED:Subject: Image $registry/foo would have been refused" "$UNENFORCED:(Enforce=no), so the image was admitted"; do
        # shellcheck disable=SC2016
        is "journalctl -x: ${text#*:}" bash -c 'journalctl -q -x --no-hostname MESSAGE_ID="$1" GANTRY_IMAGE="$2" | grep -qF -- "$3"' - \
                "${text%%:*}" "$registry/foo" "${text#*:}"
done

finish
