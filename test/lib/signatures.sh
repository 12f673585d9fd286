# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # $work and $registry are the caller's, and what is set here is for it
# Signatures in the registry as no tool would put them there: on something else, in another's place, too many. For the tests of
# verdicts; goes with test/lib/images.sh.

SIGNATURE_TYPE=application/vnd.dev.cosign.simplesigning.v1+json
MANIFEST_TYPE=application/vnd.oci.image.manifest.v1+json
INDEX_TYPE=application/vnd.oci.image.index.v1+json
COSIGN_CLAIM="cosign container image signature"
ATOMIC_CLAIM="atomic container signature"

# The JSON that is signed: claim DIGEST NAME TYPE OPTIONAL
claim() {
        printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"%s"},"optional":%s}' \
                "$2" "$1" "$3" "$4"
}

# The signature of a file in base64: cosign_sign KEY FILE
cosign_sign() {
        openssl dgst -sha256 -sign "$1" "$2" | base64 -w0
}

# Puts a manifest with signatures under a tag: push_signatures NAME TAG PAYLOADFILE SIGNATURE [PAYLOADFILE SIGNATURE]…
push_signatures() {
        local name=$1 tag=$2 layers='' config digest
        shift 2
        echo '{}' >"$work/signatures-config.json"
        config=$(push_blob "$name" "$work/signatures-config.json")
        while (($# > 0)); do
                [[ ${file-} == "$1" ]] || digest=$(push_blob "$name" "$1")
                local file=$1
                layers+=${layers:+,}$(printf '{"mediaType":"%s","size":%d,"digest":"%s","annotations":{"dev.cosignproject.cosign/signature":"%s"}}' \
                        "$SIGNATURE_TYPE" "$(stat -c %s "$1")" "$digest" "$2")
                shift 2
        done
        printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":3,"digest":"%s"},"layers":[%s]}' \
                "$MANIFEST_TYPE" "$config" "$layers" >"$work/signatures.json"
        push_manifest "$name" "$tag" "$work/signatures.json" "$MANIFEST_TYPE"
}

# A claim of our own making about NAME:TAG, signed in cosign's way: sign_claim NAME TAG KEY CLAIM
sign_claim() {
        local digest
        digest=$(image_digest "$1" "$2")
        printf '%s' "$4" >"$work/claim.json"
        push_signatures "$1" "${digest/:/-}.sig" "$work/claim.json" "$(cosign_sign "$3" "$work/claim.json")"
}

# The manifest under a tag, as it is: get_manifest NAME TAG
get_manifest() {
        curl --silent --fail -H "Accept: $MANIFEST_TYPE" -H "Accept: $INDEX_TYPE" "http://$registry/v2/$1/manifests/$2"
}

# Under another tag, maybe of another repository: copy_manifest NAME TAG OTHER-NAME OTHER-TAG
copy_manifest() {
        local digest
        get_manifest "$1" "$2" >"$work/copied.json"
        while read -r digest; do
                curl --silent --fail -X POST "http://$registry/v2/$3/blobs/uploads/?mount=$digest&from=$1" -o /dev/null
        done < <(grep -oE 'sha256:[0-9a-f]{64}' "$work/copied.json" | sort -u)
        push_manifest "$3" "$4" "$work/copied.json" "$MANIFEST_TYPE"
}

# Takes away what is under a tag: delete_manifest NAME TAG
delete_manifest() {
        local digest
        digest=sha256:$(get_manifest "$1" "$2" | sha256sum | cut -d' ' -f1)
        curl --silent --fail -X DELETE "http://$registry/v2/$1/manifests/$digest" -o /dev/null
}

# An index of the images that are tagged INSTANCE…, which must be there: push_index NAME TAG INSTANCE…
push_index() {
        local name=$1 tag=$2 list='' instance
        shift 2
        for instance; do
                get_manifest "$name" "$instance" >"$work/instance.json"
                list+=${list:+,}$(printf '{"mediaType":"%s","digest":"sha256:%s","size":%d,"platform":{"os":"linux","architecture":"%s"}}' \
                        "$MANIFEST_TYPE" "$(sha256sum <"$work/instance.json" | cut -d' ' -f1)" "$(stat -c %s "$work/instance.json")" \
                        "$(dpkg --print-architecture)")
        done
        printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' "$INDEX_TYPE" "$list" >"$work/index.json"
        push_manifest "$name" "$tag" "$work/index.json" "$INDEX_TYPE"
}

empty_index() { # NAME TAG
        printf '{"schemaVersion":2,"mediaType":"%s","manifests":[]}' "$INDEX_TYPE" >"$work/empty.json"
        push_manifest "$1" "$2" "$work/empty.json" "$INDEX_TYPE"
}

lookaside_of() { # NAME DIGEST: the directory of its signatures
        echo "$work/lookaside/$1@${2/:/=}"
}
