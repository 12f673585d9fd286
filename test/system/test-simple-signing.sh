#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Simple signing by two hands: what skopeo signs gantry-verify takes, and what one of them refuses the other refuses as well. Programs
# are found in $GANTRY_EXEC_DIR or PATH. Needs root and the system users of sysusers.d. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d) || exit 1
chmod 755 "$work"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"

PATH=${GANTRY_EXEC_DIR:-/usr/bin}:$PATH
export LC_ALL=C.UTF-8
name=quay.io/coreos/etcd:v3.5
cd "$work" || exit 1

cleanup() {
        end_gpg "$work"/gpg-* 2>/dev/null
        rm -rf "$work"
}
trap cleanup EXIT

if ((EUID != 0)); then
        echo "1..0 # SKIP not run as root"
        exit
fi

# Both say the same about SIGNATURE on MANIFEST by the key in HOME: agree STATUS TEXT HOME MANIFEST NAME SIGNATURE
agree() {
        local digest
        digest=sha256:$(sha256sum "$4" | cut -d' ' -f1)
        expect "$1" "gantry-verify: $2" gantry-verify --key="$3.asc" --signature="$6" --digest="$digest" --name="$5"
        expect "$1" "skopeo: $2" env GNUPGHOME="$3" skopeo standalone-verify "$4" "$5" "$(fingerprint "$3")" "$6"
}

fingerprint() { # HOME
        gpg --homedir "$1" --batch --with-colons --list-keys 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }'
}

printf '{"schemaVersion":2,"layers":[]}' >manifest
printf '{"schemaVersion":2,"layers":[ ]}' >other-manifest
for algorithm in ed25519 rsa3072 nistp256; do
        home=$work/gpg-$algorithm
        make_gpg_key "$home" "$algorithm" signer@example.com
        GNUPGHOME=$home skopeo standalone-sign manifest "$name" "$(fingerprint "$home")" --output "$algorithm" >/dev/null
        agree 0 "a signature by $algorithm" "$home" manifest "$name" "$algorithm"
done

agree 1 "another manifest" "$work/gpg-ed25519" other-manifest "$name" ed25519
agree 1 "another name" "$work/gpg-ed25519" manifest quay.io/coreos/flannel:v3.5 ed25519
agree 1 "another key" "$work/gpg-rsa3072" manifest "$name" ed25519
head -c 200 ed25519 >cut-off
agree 1 "a signature that is cut off" "$work/gpg-ed25519" manifest "$name" cut-off
agree 1 "no signature" "$work/gpg-ed25519" manifest "$name" /dev/null
gpg --homedir "$work/gpg-ed25519" --batch --store --output stored manifest
agree 1 "a message that is not signed" "$work/gpg-ed25519" manifest "$name" stored

# Here gpg has nothing against unpacking it all.
head -c 100000000 /dev/zero | gpg --homedir "$work/gpg-ed25519" --batch --quiet --sign --output bomb
expect 1 "gantry-verify: a message that unpacks to 100 MB" \
        gantry-verify --key=gpg-ed25519.asc --signature=bomb --digest="sha256:$(sha256sum manifest | cut -d' ' -f1)"
err_has "…says so" "unpacks to more than 1048576 bytes"

finish
