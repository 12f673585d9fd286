#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Credentials: from a file, from the command line, encrypted, from the unit, to an app that is root, that is not, with and without a user
# namespace. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
cleanup() {
        gantry trust rm -q --prefix="oci:$work"
        rm -rf /run/systemd/system/gantry-dropped.service.d "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

# What the app finds: its user, the directory's and the files' owners and modes, what is in them.
look='cd $CREDENTIALS_DIRECTORY || exit 1; echo "directory=$PWD"; id -u; ls -ln . | cut -c1-10; for f in *; do echo "$f=$(cat $f)"; done'

make_image images hello /bin/true >setup.log 2>&1 || { cat setup.log; exit 1; }
expect 0 "the layout is trusted" gantry trust add --prefix="oci:$work" --require=nothing
i=oci:$work/images:hello
printf 'from a file' >file
chmod 600 file

expect 0 "two credentials" g run -q --load-credential="first:$work/file" --set-credential=second:said "$i" -- /bin/sh -c "$look"
out_has "the directory has the app's name" '^directory=/run/credentials/images$'
out_has "the file's" '^first=from a file$'
out_has "and what was said" '^second=said$'
out_has "for the app's eyes only" '^-r--------$'
expect 125 "one that the host does not have" g run -q --load-credential=nobodys "$i" -- /bin/true
err_has "is missed" "the host has no credential of this name"
expect 0 "to a user" g run -q --user=web --load-credential="first:$work/file" "$i" -- /bin/sh -c "$look"
out_has "who is not root" '^1000$'
out_has "and reads it" '^first=from a file$'
expect 0 "without a user namespace" g run -q --userns=host --user=web --load-credential="first:$work/file" "$i" -- /bin/sh -c "$look"
out_has "as well" '^first=from a file$'
expect 1 "nobody writes there" g run -q --load-credential="first:$work/file" "$i" -- /bin/sh -c 'echo more >$CREDENTIALS_DIRECTORY/second'
expect 0 "no other user reads it" g run -q --load-credential="first:$work/file" "$i" -- \
        /bin/busybox su web -s /bin/sh -c 'cat /run/credentials/*/first || echo refused'
out_has "is refused" '^refused$'
expect 0 "without any" g run -q "$i" -- /bin/sh -c 'env; ls /run'
report "there is no directory" "$(grep -ciE 'credentials' out)"

systemd-creds encrypt --with-key=host --name=secret file secret.cred 2>creds.log
if [[ -s secret.cred ]]; then
        expect 0 "encrypted" g run -q --set="LoadCredentialEncrypted=secret:$work/secret.cred" "$i" -- /bin/sh -c "$look"
        out_has "arrives decrypted" '^secret=from a file$'
        expect 0 "encrypted, as a property" g run -q --property="LoadCredentialEncrypted=secret:$work/secret.cred" "$i" -- /bin/sh -c "$look"
        out_has "as well" '^secret=from a file$'
else
        report "systemd-creds encrypts: $(tr '\n' ' ' <creds.log)" 1
fi

mkdir -p /run/systemd/system/gantry-dropped.service.d
printf '[Service]\nSetCredential=dropped:in\n' >/run/systemd/system/gantry-dropped.service.d/x.conf
systemctl daemon-reload
expect 0 "of a drop-in of the unit" g run -q --name=dropped "$i" -- /bin/sh -c "$look"
out_has "is the app's, too" '^dropped=in$'

expect 125 "a file that is not there" g run -q --load-credential="first:$work/nothing" "$i" -- /bin/true
err_has "says which" "LoadCredential=.*/nothing"
expect 0 "in a pod that is entered" g run -q -d --name=entered --set-credential=second:said "$i" -- /bin/sleep 100
expect 0 "exec has them" g exec entered -- /bin/sh -c "$look"
out_has "at the same place" '^second=said$'
g stop --force entered >/dev/null 2>&1
finish
