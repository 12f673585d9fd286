#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes the OpenPGP keys and signatures of test/corpus with GnuPG. Run by hand, the result is committed: make-openpgp.sh
# DIRECTORY (test/corpus). make-openpgp.js adds what gpg 2.2 cannot make, make-openpgp-hostile.py, make-openpgp-hostile-v6.py and
# make-armor.py what nobody else would make. Everything is dated in 2024 and meant to be judged on 2025-06-01 (1748736000); today
# will do as well.
set -euo pipefail

corpus=$(realpath "$1")
keys=$corpus/openpgp-key
signatures=$corpus/openpgp-signature
mkdir -p "$keys"/must-{pass,fail} "$signatures"/must-{pass,fail} "$signatures/documents"

GNUPGHOME=$(mktemp -d /tmp/make-openpgp.XXXXXX)
export GNUPGHOME
trap '[ $? -eq 0 ] || tail "$GNUPGHOME/log" >&2; gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
umask 077

# at TIME ARG…: gpg as of that day
at() {
        local time=$1
        shift
        gpg --batch --yes --quiet --no-tty --pinentry-mode loopback --passphrase '' --no-auto-check-trustdb \
            --faked-system-time "$time!" --ignore-time-conflict --ignore-valid-from "$@" 2>>"$GNUPGHOME/log"
}
# talk TIME ANSWERS ARG…: the same, answering its questions
talk() {
        local time=$1 answers=$2
        shift 2
        printf '%b' "$answers" | gpg --yes --quiet --no-tty --pinentry-mode loopback --passphrase '' --no-auto-check-trustdb \
                --faked-system-time "$time!" --ignore-time-conflict --command-fd 0 "$@" >>"$GNUPGHOME/log" 2>&1
}
fpr() { gpg --batch --quiet --no-auto-check-trustdb --with-colons --list-keys "$1" | awk -F: '$1 == "fpr" { print $10; exit }'; }
subkey() { gpg --batch --quiet --no-auto-check-trustdb --with-colons --list-keys "$1" | awk -F: '$1 == "sub" { s = 1 } $1 == "fpr" && s { print $10; exit }'; }
mail() { echo "<$1@example.com>"; }
# new NAME ALGORITHM [USAGE [EXPIRE]]
new() { at 20240101T000000 --quick-gen-key "$1 $(mail "$1")" "$2" "${3:-sign,cert}" "${4:-never}"; }
# public NAME [TIME]: exports it
public() { at "${2:-20240301T000000}" --armor --export "$(mail "$1")" >"$keys/must-pass/$1.asc"; }
# sign NAME KEY [TIME [ARG…]]: NAME.asc on hello
sign() {
        local name=$1 key=$2 time=${3:-20240201T000000}
        shift $(($# < 3 ? $# : 3))
        at "$time" --armor --detach-sign --local-user "$key" "$@" --output - "$signatures/documents/hello" >"$signatures/must-pass/$name.asc"
}

printf 'hello, world\n' >"$signatures/documents/hello"
printf 'hello, World\n' >"$signatures/documents/other"
: >"$signatures/documents/empty"
head -c 200000 /dev/zero | tr '\0' x >"$signatures/documents/large"

# --- good ones of each algorithm
for spec in {rsa2048,rsa3072,rsa4096,ed25519,brainpoolP{256,384,512}r1}: p256:nistp256 p384:nistp384 p521:nistp521; do
        name=${spec%:*}
        algorithm=${spec#*:}
        new "$name" "${algorithm:-$name}"
        public "$name"
        sign "$name" "$(mail "$name")"
done
at 20240301T000000 --export "$(mail ed25519)" >"$keys/must-pass/ed25519.gpg"
at 20240201T000000 --detach-sign --local-user "$(mail ed25519)" --output - "$signatures/documents/hello" >"$signatures/must-pass/ed25519.sig"
at 20240201T000000 --detach-sign --local-user "$(mail rsa3072)" --output - "$signatures/documents/hello" >"$signatures/must-pass/rsa3072.sig"
for hash in SHA256 SHA384 SHA512 SHA224 SHA1 RIPEMD160; do
        sign "rsa3072-${hash,,}" "$(mail rsa3072)" 20240201T000000 --digest-algo "$hash" --allow-weak-digest-algos
        sign "ed25519-${hash,,}" "$(mail ed25519)" 20240201T000000 --digest-algo "$hash" --allow-weak-digest-algos || rm "$signatures/must-pass/ed25519-${hash,,}.asc"
done
sign p256-sha384 "$(mail p256)" 20240201T000000 --digest-algo SHA384
sign p256-sha512 "$(mail p256)" 20240201T000000 --digest-algo SHA512
sign p384-sha512 "$(mail p384)" 20240201T000000 --digest-algo SHA512
at 20240201T000000 --armor --detach-sign --local-user "$(mail ed25519)" --output - "$signatures/documents/large" >"$signatures/must-pass/ed25519-large.asc"
at 20240201T000000 --armor --detach-sign --local-user "$(mail ed25519)" --output - "$signatures/documents/empty" >"$signatures/must-pass/ed25519-empty.asc"
sed 's/$/\r/' "$signatures/must-pass/ed25519.asc" >"$signatures/must-pass/ed25519-crlf.asc"
sed 's/^$/Comment: \x1b[31mred\n/' "$signatures/must-pass/ed25519.asc" >"$signatures/must-pass/ed25519-comment.asc"
grep -v '^=' "$signatures/must-pass/ed25519.asc" >"$signatures/must-pass/ed25519-no-checksum.asc"

# --- what a good key may sign, but not for us
sign ed25519-text "$(mail ed25519)" 20240201T000000 --textmode
sign ed25519-future "$(mail ed25519)" 20990101T000000
sign ed25519-short "$(mail ed25519)" 20240201T000000 --default-sig-expire 10d
sign ed25519-long "$(mail ed25519)" 20240201T000000 --default-sig-expire 70y
sign ed25519-notation "$(mail ed25519)" 20240201T000000 --sig-notation 'note@example.com=x'
sign ed25519-critical-notation "$(mail ed25519)" 20240201T000000 --sig-notation '!note@example.com=x'
sign ed25519-policy-url "$(mail ed25519)" 20240201T000000 --sig-policy-url '!https://example.com/'
sign ed25519-and-p256 "$(mail ed25519)" 20240201T000000 --local-user "$(mail p256)"
sign ed25519-before-key "$(mail ed25519)" 20231201T000000

# --- subkeys
new subkey ed25519 cert
at 20240101T000000 --quick-add-key "$(fpr "$(mail subkey)")" cv25519 encr never
at 20240102T000000 --quick-add-key "$(fpr "$(mail subkey)")" rsa2048 sign never
public subkey
sign subkey "$(mail subkey)"
sign subkey-before "$(mail subkey)" 20240101T120000 || rm -f "$signatures/must-pass/subkey-before.asc"

new subkey-expired ed25519 sign,cert
at 20240101T000000 --quick-add-key "$(fpr "$(mail subkey-expired)")" ed25519 sign 60d
sign subkey-expired "$(subkey "$(mail subkey-expired)")!"
sign subkey-expired-primary "$(fpr "$(mail subkey-expired)")!"
public subkey-expired

new subkey-revoked ed25519 sign,cert
at 20240101T000000 --quick-add-key "$(fpr "$(mail subkey-revoked)")" ed25519 sign never
sign subkey-revoked "$(subkey "$(mail subkey-revoked)")!"
talk 20240601T000000 'key 1\nrevkey\ny\n1\n\ny\nsave\n' --edit-key "$(mail subkey-revoked)"
public subkey-revoked 20240701T000000

new subkey-dsa ed25519 sign,cert
at 20240101T000000 --quick-add-key "$(fpr "$(mail subkey-dsa)")" dsa2048 sign never
at 20240101T000000 --quick-add-key "$(fpr "$(mail subkey-dsa)")" rsa1024 sign never
sign subkey-dsa "$(subkey "$(mail subkey-dsa)")!"
weak=$(gpg --batch --quiet --no-auto-check-trustdb --with-colons --list-keys "$(mail subkey-dsa)" | awk -F: '$1 == "fpr" { f = $10 } END { print f }')
sign subkey-rsa1024 "$weak!"
public subkey-dsa

# --- time and revocation of the primary key
new expired ed25519 sign,cert 60d
sign expired "$(mail expired)"
public expired
new extended ed25519 sign,cert 60d
sign extended "$(mail extended)"
at 20240220T000000 --quick-set-expire "$(fpr "$(mail extended)")" 50y
public extended
new shortened ed25519 sign,cert
sign shortened "$(mail shortened)"
at 20240220T000000 --quick-set-expire "$(fpr "$(mail shortened)")" 60d
public shortened
for reason in 0 1 3; do
        name=revoked-$reason
        new "$name" ed25519
        sign "$name" "$(mail "$name")"
        talk 20240601T000000 "y\n$reason\n\ny\n" --armor --output "$GNUPGHOME/$name.rev" --gen-revoke "$(mail "$name")"
        at 20240601T000000 --import "$GNUPGHOME/$name.rev"
        public "$name" 20240701T000000
done
new revoked-sha1 ed25519
sign revoked-sha1 "$(mail revoked-sha1)"
talk 20240601T000000 'y\n1\n\ny\n' --armor --cert-digest-algo SHA1 --output "$GNUPGHOME/sha1.rev" --gen-revoke "$(mail revoked-sha1)"
at 20240601T000000 --allow-weak-key-signatures --allow-weak-digest-algos --import "$GNUPGHOME/sha1.rev"
public revoked-sha1 20240701T000000

# --- user ids
new names ed25519
at 20240101T000000 --quick-add-uid "$(fpr "$(mail names)")" $'Zo\u00eb \\ \'quoted\' <zoe@example.com>'
at 20240101T000000 --quick-add-uid "$(fpr "$(mail names)")" 'Gone <gone@example.com>'
new third-party rsa2048
at 20240301T000000 --local-user "$(mail third-party)" --quick-sign-key "$(fpr "$(mail names)")" >>"$GNUPGHOME/log"
at 20240601T000000 --quick-revoke-uid "$(fpr "$(mail names)")" 'Gone <gone@example.com>'
public names 20240701T000000
sign names "$(mail names)"

# --- keys that are refused
new sha1-self rsa2048
at 20240201T000000 --cert-digest-algo SHA1 --quick-set-expire "$(fpr "$(mail sha1-self)")" 50y
at 20240301T000000 --armor --export "$(mail sha1-self)" >"$keys/must-fail/sha1-self-signature.asc"
for name in rsa1024 dsa2048 secp256k1; do
        new "$name" "$name"
        at 20240301T000000 --armor --export "$(mail "$name")" >"$keys/must-fail/$name.asc"
done
sign rsa1024 "$(mail rsa1024)"
sign dsa2048 "$(mail dsa2048)"
at 20240301T000000 --armor --export "$(mail ed25519)" "$(mail p256)" >"$keys/must-fail/two-keys.asc"
cat "$keys"/must-pass/{ed25519,p256}.asc >"$keys/must-fail/two-blocks.asc"
at 20240301T000000 --armor --export-secret-keys "$(mail p256)" >"$keys/must-fail/private.asc"
at 20240301T000000 --export-secret-keys "$(mail p256)" >"$keys/must-fail/private.gpg"
cp "$signatures/must-pass/ed25519.asc" "$keys/must-fail/signature.asc"
at 20240301T000000 --armor --export --export-options export-minimal "$(mail ed25519)" | sed '1i # the key of Example' >"$keys/must-fail/text-before.asc"
sed '$d' "$keys/must-pass/ed25519.asc" >"$keys/must-fail/no-end-line.asc"
sed '/^$/d' "$keys/must-pass/ed25519.asc" >"$keys/must-fail/no-empty-line.asc"
: >"$keys/must-fail/empty.asc"

# --- files that are not detached signatures
at 20240201T000000 --armor --sign --local-user "$(mail ed25519)" --output - "$signatures/documents/hello" >"$signatures/must-fail/inline.asc"
at 20240201T000000 --sign --compress-algo none --local-user "$(mail ed25519)" --output - "$signatures/documents/hello" >"$signatures/must-fail/inline.gpg"
at 20240201T000000 --clear-sign --local-user "$(mail ed25519)" --output - "$signatures/documents/hello" >"$signatures/must-fail/cleartext.asc"
cp "$keys/must-pass/ed25519.asc" "$signatures/must-fail/key.asc"
at 20240301T000000 --export "$(mail ed25519)" >"$signatures/must-fail/key.gpg"
sed '$d' "$signatures/must-pass/ed25519.asc" >"$signatures/must-fail/no-end-line.asc"
sed '/^$/d' "$signatures/must-pass/ed25519.asc" >"$signatures/must-fail/no-empty-line.asc"
cat "$signatures"/must-pass/{ed25519,rsa3072}.asc >"$signatures/must-fail/two-blocks.asc"
sed 's/^=.*/&\n&/' "$signatures/must-pass/ed25519.asc" >"$signatures/must-fail/two-checksums.asc"
sed 's/^=.*/&\nAAAA/' "$signatures/must-pass/ed25519.asc" >"$signatures/must-fail/data-behind-checksum.asc"
{ cat "$signatures/must-pass/ed25519.asc"; echo 'and more'; } >"$signatures/must-fail/text-after.asc"
: >"$signatures/must-fail/empty.asc"
sed 's/PGP SIGNATURE/PGP MESSAGE/' "$signatures/must-pass/ed25519.asc" >"$signatures/must-fail/wrong-label.asc"

# --- several signatures in one file
cat "$signatures"/must-pass/{ed25519,rsa3072}.sig >"$signatures/must-pass/two.sig"
for _ in {1..32}; do cat "$signatures/must-pass/ed25519.sig"; done >"$signatures/must-pass/thirty-two.sig"
cat "$signatures"/must-pass/{thirty-two,ed25519}.sig >"$signatures/must-fail/thirty-three.sig"

# --- what gpg reads in these keys: file, fingerprint, created, expires, revoked
for file in "$keys"/must-pass/*.asc; do
        [[ $file != */@(v6|native)-* ]] || continue # of make-openpgp.js
        gpg --batch --with-colons --show-keys "$file" 2>>"$GNUPGHOME/log" | awk -F: -v file="$(basename "$file")" '
                $1 == "pub" { created = $6; expires = $7; revoked = $2 == "r" ? "revoked" : "-" }
                $1 == "fpr" { print file "\t" $10 "\t" created "\t" (expires ? expires : 0) "\t" revoked; exit }'
done >"$keys/gpg-says.tsv"

chmod -R u=rwX,go=rX "$keys" "$signatures"
