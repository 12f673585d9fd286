#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What gantry-verify makes of a quarantine that a registry-client wrote which somebody else has taken over: it may write what it likes,
# but nothing it writes is an image that a trusted key has not signed. Needs root and the system users of sysusers.d. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/signatures.sh
. "$here/../lib/signatures.sh"

need umoci openssl python3 gpg
cd "$work" || exit 1

end() {
        end_gpg "$work"/gpg 2>/dev/null
        cleanup
}
trap end EXIT

name=0123456789abcdef
there=$root/incoming/$name
reference=registry.test/app:1

# Begins with what an honest one writes for the image a.
new_quarantine() {
        new_store
        mkdir -p "$there/signatures"
        chmod 711 "$root/incoming"
        chmod 700 "$there"
        cp a.json "$there/manifest"
}

# As gantry-fetch asks. Sets status; what it printed is in out and err.
judge() { # [REF]
        chown -Rh gantry-fetch:gantry-fetch "$there"
        timeout 60 gantry-verify --root="$root" --admit="$name" --name="${1-$reference}" >out 2>err </dev/null
        status=$?
}

is_published() {
        [[ -e $root/images ]] && [[ $(find "$root/images" -name manifest) ]]
}

refused() { # TEXT PATTERN [REF]
        judge "${@:3}"
        is_published
        if (($? == 1 && status == 1)) && [[ ! -s out && $(wc -l <err) == 1 ]] && grep -qE -- "$2" err; then
                ok "$1"
        else
                not_ok "$1" "expected /$2/" "status $status" "$(head -c 1000 out err)"
        fi
}

admitted() { # TEXT [REF]
        judge "${@:2}"
        if ((status == 0)) && is_published && grep -qxE "sha256-[0-9a-f]{64} new|sha512-[0-9a-f]{128} new" out; then
                ok "$1"
        else
                not_ok "$1" "status $status" "$(head -c 1000 out err)"
        fi
}

add() { # FILE NAME: to the signatures
        cp "$1" "$there/signatures/$2"
}

# Everything that a signature has: cosign_signature N CLAIM KEY
cosign_signature() {
        printf '%s' "$2" >"$there/signatures/$1.payload"
        cosign_sign "$3" "$there/signatures/$1.payload" >"$there/signatures/$1.signature"
        echo "somewhere" >"$there/signatures/$1.source"
}

{
        make_image images a /bin/true
        umoci config --image images:a --tag b --config.label=variant=b
        for tag in a b; do
                digest=$(tagged images "$tag")
                cp "images/blobs/${digest/:/\/}" "$tag.json"
        done
        make_cosign_key cosign
        make_cosign_key other
        make_gpg_key gpg ed25519 signer@example.com
        make_aci hello.aci example.com/hello /bin/true
        make_aci evil.aci example.com/hello /bin/false
        gpg_sign gpg hello.aci
        gpg_sign gpg a.json
} >setup.log 2>&1 || bail_out "Cannot make images: $(tail -1 setup.log)"
a=$(tagged images a)
b=$(tagged images b)
trust registry registry.test "Key=$work/cosign.pub" "Key=$work/gpg.asc"
trust aci aci:example.com "Key=$work/gpg.asc"
good_claim=$(claim "$a" registry.test/app "$COSIGN_CLAIM" null)

# -- as it should be ---------------------------------------------------------------------------------------------------

new_quarantine
refused "no signature" "it has no signature"
new_quarantine
cosign_signature 0 "$good_claim" cosign.key
mkdir "$there/config" "$there/layers"
echo '{"admitted":true}' >"$there/verdict.json"
echo evil >"$there/signatures/0.sh"
admitted "a good one"
is "…nothing else came along" test "$(find "$root/images" -type f -printf '%f\n' | sed 's/^[0-9a-f]*\././' | sort | tr '\n' ' ')" = \
        ".payload .signature .source manifest verdict.json "
is "…and the verdict is ours" grep -q '"prefix": "registry.test"' "$root"/images/*/verdict.json

# -- a detached signature is on a file ---------------------------------------------------------------------------------

digests() { # FILE…: what a signature of it is over, in all of our spellings
        python3 - "$@" <<'END'
import hashlib, sys
for name in sys.argv[1:]:
    data = open(name, "rb").read()
    for algorithm in "sha256", "sha384", "sha512":
        print(f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}")
END
}

# As it is computed: OpenPGP hashes a trailer behind the document.
openpgp_digest() { # FILE ASC
        gpg --dearmor <"$2" | python3 -c 'import hashlib, sys
packet = sys.stdin.buffer.read()
assert packet[0] in (0x88, 0xc2)
body = packet[2:2 + packet[1]]
hashed = body[:6 + int.from_bytes(body[4:6], "big")]
name = {8: "sha256", 9: "sha384", 10: "sha512"}[body[3]]
h = hashlib.new(name, open(sys.argv[1], "rb").read() + hashed + b"\x04\xff" + len(hashed).to_bytes(4, "big"))
print(f"{name}:{h.hexdigest()}")' "$1"
}

gpg --homedir gpg --quiet --verify hello.aci.asc hello.aci 2>/dev/null || bail_out "the signature is not genuine"
openpgp_digest hello.aci hello.aci.asc >true.digests
for file in hello.aci a.json; do
        new_quarantine
        add "$file.asc" 0.asc
        openpgp_digest "$file" "$file.asc" >"$there/signatures/0.digests"
        refused "a manifest, with a genuine signature of $file and what that is over" "it has no signature"
        new_quarantine
        add "$file.asc" 0.asc
        digests a.json >"$there/signatures/0.digests"
        refused "…and with the digest of the manifest in its place" "it has no signature"
        new_quarantine
        gpg --dearmor <"$file.asc" >"$there/signatures/0.simple"
        refused "…and as if it were simple signing" "none of its signatures is good"
done
new_quarantine
add hello.aci.asc 0.asc
add true.digests 0.digests
tar -xzOf hello.aci manifest >"$there/manifest"
refused "the manifest of an ACI, with its signature, but without it" "it has no signature" aci:example.com/hello
new_quarantine
cp evil.aci "$there/image.aci"
add hello.aci.asc 0.asc
add true.digests 0.digests
refused "an archive, with a genuine signature of another and what that is over" "does not match the document" "$work/hello.aci"
new_quarantine
cp hello.aci "$there/image.aci"
add hello.aci.asc 0.asc
echo "sha512:$(printf '0%.0s' {1..128})" >"$there/signatures/0.digests"
admitted "what is over is computed anew" "$work/hello.aci"
is "…and that is kept" cmp -s "$root"/images/*/signatures/*.digests true.digests
id=$(cut -d' ' -f1 out)
is "…for the next time" gantry-verify -q --root="$root" "$id"

# -- a signed index ----------------------------------------------------------------------------------------------------

index_of() { # DIGEST FILE
        printf '{"schemaVersion":2,"mediaType":"%s","manifests":[{"mediaType":"%s","digest":"%s","size":%d}]}' \
                "$INDEX_TYPE" "$MANIFEST_TYPE" "$1" "$(stat -c %s "$2")"
}
digest_of() {
        echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"
}
new_quarantine
index_of "$a" a.json >"$there/index"
cosign_signature 0 "$(claim "$(digest_of "$there/index")" registry.test/app "$COSIGN_CLAIM" null)" cosign.key
admitted "an index that is signed, and lists the manifest"
new_quarantine
index_of "$b" b.json >"$there/index"
cosign_signature 0 "$(claim "$(digest_of "$there/index")" registry.test/app "$COSIGN_CLAIM" null)" cosign.key
refused "…and one that does not" "signs another digest"
new_quarantine
index_of "$b" b.json >"$there/index"
index=$(digest_of "$there/index")
cosign_signature 0 "$good_claim" cosign.key
refused "a reference that is pinned to an index which does not list it" "not the one that the reference names" "registry.test/app@$index"
new_quarantine
cosign_signature 0 "$good_claim" cosign.key
refused "a reference that is pinned to another manifest" "not the one that the reference names" "registry.test/app@$b"
new_quarantine
cosign_signature 0 "$good_claim" cosign.key
admitted "…and to this one" "registry.test/app@$a"

# -- whose name it is judged by ----------------------------------------------------------------------------------------

trust open open.test Require=nothing
new_quarantine
echo "open.test/app:1" >"$there/reference"
refused "a file that says it was asked for under another name" "Refused image 'registry.test/app:1': it has no signature"

# -- what is no file ---------------------------------------------------------------------------------------------------

for file in manifest index signatures/0.signature signatures/0.payload signatures/0.source; do
        for kind in link fifo directory; do
                new_quarantine
                cosign_signature 0 "$good_claim" cosign.key
                cp "$there/$file" kept 2>/dev/null || index_of "$a" a.json >kept
                rm -f "$there/$file"
                case $kind in
                        link) ln -s "$work/kept" "$there/$file" ;;
                        fifo) mkfifo "$there/$file" ;;
                        directory) mkdir "$there/$file" ;;
                esac
                refused "$file is a $kind" "Cannot read '$there'"
        done
done
new_quarantine
cosign_signature 0 "$good_claim" cosign.key
mv "$there/signatures" elsewhere
ln -s "$work/elsewhere" "$there/signatures"
refused "signatures is a link" "Cannot read '$there'"
mv "$there" "$root/incoming/moved"
ln -s moved "$there"
refused "the quarantine is a link" "Cannot read '$there'"
for bad_name in .. '' "../incoming/$name" "$name/signatures"; do
        name=$bad_name refused "a quarantine called '$bad_name'" "Cannot read|Which image"
done

# -- too much ----------------------------------------------------------------------------------------------------------

new_quarantine
truncate -s 5M "$there/manifest"
refused "a manifest of 5 MB" "Cannot read '$there'"
new_quarantine
cosign_signature 0 "$good_claim" cosign.key
truncate -s 1M "$there/signatures/0.source"
refused "a source of 1 MB" "Cannot read '$there'"
new_quarantine
for i in $(seq 0 64); do cosign_signature "$i" "$good_claim" cosign.key; done
refused "65 signatures" "Cannot read '$there'"
new_quarantine
for i in $(seq 0 63); do cp hello.aci.asc "$there/signatures/$i.asc"; done
for i in $(seq 2000); do : >"$there/signatures/$i.rubbish"; done
refused "64 that are for something else, and rubbish" "it has no signature"
new_quarantine
: >"$there/manifest"
refused "an empty manifest" "there is no manifest"

finish
