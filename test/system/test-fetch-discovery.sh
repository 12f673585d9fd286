#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# App Container images by name (appc discovery) and by URL, from servers that have a network namespace to themselves.
# Needs root. Prints TAP.
set -u

if ((EUID != 0)); then
        echo "1..0 # SKIP not run as root"
        exit
fi
[[ ${1-} == inside ]] || exec unshare --net --mount -- "$0" inside

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"

need openssl python3 gpg ip
ip link set lo up || bail_out "Cannot have a network"
printf '%s\n' "127.0.0.1 localhost example.test" "127.0.0.2 plain.test" >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts || bail_out "Cannot have names"

# -- what there is to fetch ------------------------------------------------------------------------------------------

files=$work/files/example.test
mkdir -p "$files/walk/a" "$files/keys-above" "$files/broken" "$work/files/plain.test" "$work/files/beta/example.test"
for name in app walk/a/b html body labels prefix insecure keys-above/app keys-insecure broken/app moved wrong-version late drop; do
        craft aci "$files/$name-1.0.0.aci" "example.test/$name" big
done
craft aci "$files/app-latest.aci" example.test/app fine 7.0.0
craft aci "$files/app-2.0.0.aci" example.test/app plain 2.0.0
craft aci "$files/app-3.0.0.aci" example.test/app xz 3.0.0
craft aci "$work/files/beta/example.test/labels-1.0.0.aci" example.test/labels fine 1.0.0 channel=beta
craft aci "$files/wrong-name-1.0.0.aci" example.test/another fine
mv "$files/wrong-version-1.0.0.aci" "$files/wrong-version-2.0.0.aci"
craft aci "$work/files/plain.test/app-1.0.0.aci" plain.test/app fine
make_gpg_key "$work/gpg" ed25519 images@example.test
make_gpg_key "$work/gpg-other" ed25519 other@example.test
trap 'end_gpg "$work"/gpg*; cleanup' EXIT
cp "$work/gpg.asc" "$work/files/keys.asc"
cp "$work/gpg-other.asc" "$work/files/other.asc"
echo "<html>no keys here</html>" >"$work/files/bad.asc"

id_of() { # FILE
        echo "sha512-$({ gzip -dc "$1" 2>/dev/null || xz -dc "$1" 2>/dev/null || cat "$1"; } | sha512sum | cut -d' ' -f1)"
}

make_certificates
trust_certificate example.test
trust_everything
log=$work/requests
python3 "$here/discovery-server.py" "$work/files" "$work/tls.crt" "$work/tls.key" "$log" >"$work/ready" 2>"$work/server.log" &
pids+=($!)
wait_for test -s "$work/ready" || bail_out "discovery-server.py does not start: $(tail -1 "$work/server.log")"

fetched() { # TEXT NAME [LABELS]: from the file NAME-1.0.0.aci
        new_store
        : >"$log"
        good "$1" "$(id_of "$files/$2-1.0.0.aci")" "aci:example.test/$2:1.0.0${3-}"
}

# -- names -----------------------------------------------------------------------------------------------------------

fetched "by name and version" app
is "the page, the image and its signature were asked for" test \
        "$(cut -d' ' -f4 "$log" | sort -u | grep -cE '^/app\?ac-discovery=1$|/app-1\.0\.0\.aci$|/app-1\.0\.0\.aci\.asc$')" = 3
is "not by http" test "$(asked '^http ')" = 0
is "its name is kept" test -e "$root/images/refs/aci:example.test%2fapp:1.0.0"
new_store
good "without a version, the latest" "$(id_of "$files/app-latest.aci")" aci:example.test/app
good "not compressed" "$(id_of "$files/app-2.0.0.aci")" aci:example.test/app:2.0.0
good "compressed with xz" "$(id_of "$files/app-3.0.0.aci")" aci:example.test/app,version=3.0.0
good "the machine's labels may be said" "$(id_of "$files/app-1.0.0.aci")" aci:example.test/app:1.0.0,os=linux

fetched "two levels up" walk/a/b
is "one after the other" test "$(grep ac-discovery "$log" | cut -d' ' -f4 | tr '\n' ' ')" = \
        "/walk/a/b?ac-discovery=1 /walk/a?ac-discovery=1 /walk?ac-discovery=1 "
fetched "sloppy HTML, entities in the URL" html
fetched "tags in the body, not those in comments and scripts" body
is "the wrong ones were not followed" test "$(asked /wrong)" = 0
fetched "a template that asks for more than the name says is passed over" labels
new_store
good "a label chooses the template" "$(id_of "$work/files/beta/example.test/labels-1.0.0.aci")" \
        aci:example.test/labels:1.0.0,channel=beta
fetched "a prefix of characters" prefix
fetched "redirected" moved

for case in unresolved:1.0.0 no-ext:1.0.0 mismatch:1.0.0 foreign:1.0.0 nothing:1.0.0 app:9.9.9 broken/app:1.0.0 private:1.0.0 \
        moved-insecure:1.0.0 loop:1.0.0 endless:1.0.0 wrong-name:1.0.0 wrong-version:2.0.0 app:1.0.0,channel=beta; do
        : >"$log"
        bad "refused: $case" "Cannot (fetch|use) .*aci:example.test/${case%%:*}" "aci:example.test/$case"
        case $case in
                broken/*) is "the parent of what is broken was not asked" test "$(asked '/broken\?')" = 0 ;;
                private*) was "it says 401" grep -q 401 "$work/err" ;;
                moved-insecure*) is "nothing was asked for by http" test "$(asked '^http ')" = 0 ;;
                nothing*) is "all up to the host were asked" test "$(grep -c ac-discovery "$log")" = 2 ;;
        esac
done
bad "no such host" "resolve|connect" aci:nowhere.test/app
bad "not a name" "Cannot " "aci:Not A Name"
bad "a label twice" "Cannot " aci:example.test/app:1.0.0,version=1.0.0

# -- http ------------------------------------------------------------------------------------------------------------

: >"$log"
bad "a server without https" "plain.test" aci:plain.test/app:1.0.0
is "was not asked by http" test "$(asked '^http ')" = 0
bad "a template of http" "http" aci:example.test/insecure:1.0.0
is "was not followed" test "$(asked '^http ')" = 0
new_store
good "a server without https, with --allow-http" "$(id_of "$work/files/plain.test/app-1.0.0.aci")" --allow-http aci:plain.test/app:1.0.0
new_store
good "a template of http, with --allow-http" "$(id_of "$files/insecure-1.0.0.aci")" --allow-http aci:example.test/insecure:1.0.0

# -- URLs ------------------------------------------------------------------------------------------------------------

url=https://example.test/files/example.test
new_store
good "https URL" "$(id_of "$files/app-1.0.0.aci")" "$url/app-1.0.0.aci"
new_store
: >"$log"
good "a download that breaks off" "$(id_of "$files/drop-1.0.0.aci")" "$url/drop-1.0.0.aci"
is "goes on where it was" test "$(asked '/drop-1.0.0.aci range=bytes=[1-9][0-9]*- if-range="')" = 1
bad "URL: 404" "404 from example.test" "$url/nothing.aci"
bad "URL: http" "http" "${url/https/http}/app-1.0.0.aci"
new_store
good "URL: http, with --allow-http" "$(id_of "$files/app-1.0.0.aci")" --allow-http "${url/https/http}/app-1.0.0.aci"
bad "URL: of an unknown authority" "certificate" "https://localhost/files/example.test/app-1.0.0.aci"
mv "$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/example.test" "$work/known"
bad "name: of an unknown authority" "certificate" aci:example.test/app:1.0.0
mv "$work/known" "$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/example.test"

# -- keys ------------------------------------------------------------------------------------------------------------

rules=$GANTRY_CONFIG_ROOT/etc/gantry/trust.d
rm "$rules"/*
bad "without a rule" "Refused image 'aci:example.test/app:1.0.0'" aci:example.test/app:1.0.0

trust_add() { # ARG…
        gantry trust add "$@" >"$work/out" 2>"$work/err" </dev/null
        status=$?
}
fingerprint=$(gpg --homedir "$work/gpg" --batch --with-colons --list-keys 2>/dev/null | sed -n '/^fpr/{s/^fpr:*//;s/:$//p;q}')

trust_add --prefix=example.test/app
was "trust add: asks before it believes a key from the web" test "$status $(ls "$rules")" = "1 "
trust_add --prefix=example.test/app --fingerprint=0123456789
was "trust add: not with another fingerprint" test "$status $(ls "$rules")" = "1 "
: >"$log"
trust_add --prefix=example.test/app --yes
was "trust add: finds the key" test "$status $(find "$rules" -type f | wc -l)" = "0 1"
was "trust add: shows the fingerprint" bash -c 'tr -d " \n" <"$1" | grep -qi "$2"' - "$work/err" "$fingerprint"
was "trust add: names the source" grep -q "https://example.test/keys.asc" "$work/err"
is "trust add: not by http" test "$(asked '^http ')" = 0
bad "a signature is missing" "example.test/app" aci:example.test/app:1.0.0
is "nothing of the archive was opened" test ! -e "$root/layers" -o ! "$(ls -A "$root/layers" 2>/dev/null)"
gpg_sign "$work/gpg-other" "$files/app-1.0.0.aci"
bad "signed by another key" "example.test/app" aci:example.test/app:1.0.0
gpg_sign "$work/gpg" "$files/app-1.0.0.aci"
new_store
good "signed" "$(id_of "$files/app-1.0.0.aci")" aci:example.test/app:1.0.0
new_store
good "signed, by URL" "$(id_of "$files/app-1.0.0.aci")" "$url/app-1.0.0.aci"
gpg_sign "$work/gpg" "$files/walk/a/b-1.0.0.aci"
gpg_sign "$work/gpg" "$files/late-1.0.0.aci"
trust late example.test/late Require=signature "Key=$work/gpg.asc"
fetched "the signature is late" late
is "it was asked for again" test "$(asked '/late-1.0.0.aci.asc')" = 2
rm "$rules/late.conf"
bad "the key is trusted for its own prefix only" "example.test/walk" aci:example.test/walk/a/b:1.0.0

trust_add --prefix=example.test/keys-above/app --fingerprint="$fingerprint"
was "trust add: keys one level above, with the fingerprint said" test "$status $(find "$rules" -type f | wc -l)" = "0 2"
for name in keys-insecure keys-missing keys-bad mismatch nothing; do
        trust_add --prefix="example.test/$name" --yes
        was "trust add: refused: $name" test "$status $(wc -l <"$work/err") $(find "$rules" -type f | wc -l)" = "1 1 2"
done
is "trust add: never by http" test "$(asked '^http .*keys')" = 0
trust_add --prefix=example.test/keys-insecure --allow-http --yes
was "trust add: by http, with --allow-http" test "$status $(grep -c ^Key= "$rules/example.test-keys-insecure.conf")" = "0 1"
trust_add --prefix=example.test/keys-two --fingerprint="$fingerprint"
was "trust add: of two keys the one whose fingerprint is said" test \
        "$status $(grep -c ^Key= "$rules/example.test-keys-two.conf")" = "0 1"
gantry trust rm -q --prefix=example.test/keys-two
trust_add --prefix=example.test/keys-two --yes
was "trust add: both keys in one rule" test "$status $(grep -c ^Key= "$rules/example.test-keys-two.conf")" = "0 2"
trust_add --prefix=127.0.0.1:5000/app --yes
was "trust add: a name that has no page" test "$status $(grep -c "Which key" "$work/err")" = "1 1"

finish
