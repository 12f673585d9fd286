#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry trust: rules are added, listed, checked and removed, with keys of gpg and openssl, and on a terminal. Programs are
# found in $GANTRY_EXEC_DIR or PATH. Needs root and the system users of sysusers.d. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d) || exit 1
chmod 755 "$work"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"

PATH=${GANTRY_EXEC_DIR:-/usr/bin}:$PATH
export GANTRY_CONFIG_ROOT=$work/config LC_ALL=C.UTF-8
etc=$work/config/etc/gantry
rules=$etc/trust.d
vendor=$work/config/usr/lib/gantry/trust.d
mkdir -p "$rules" "$vendor"
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

t() {
        gantry-trust "$@"
}

# Types WORD when it is asked: answer WORD COMMAND…
answer() {
        timeout 60 python3 - "$@" <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
seen = b""
while True:
        try:
                seen += os.read(fd, 1000)
        except OSError:  # the other side is closed
                break
        if seen.endswith(b"[y/N] "):
                os.write(fd, sys.argv[1].encode() + b"\n")
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
}

fingerprint_of() { # HOME
        gpg --homedir "$1" --batch --with-colons --list-keys 2>/dev/null | sed -n '/^fpr/{s/^fpr:*//;s/:$//p;q}'
}

# A key that says more than its address: make_odd_key HOME EXPIRY
make_odd_key() {
        mkdir -m 0700 "$1"
        gpg --homedir "$1" --batch --quiet --passphrase '' --pinentry-mode loopback \
                --quick-generate-key "$1@example.com" ed25519 sign "$2" 2>/dev/null
        gpg --homedir "$1" --batch --armor --export >"$1.asc"
}

{
        make_cosign_key a
        make_cosign_key b
        openssl genrsa -out weak.key 2048
        openssl rsa -in weak.key -pubout -out weak.pub
        make_gpg_key gpg-1 ed25519 release@example.com
        make_gpg_key gpg-2 rsa3072 other@example.com
        make_odd_key gpg-soon 10d
        make_odd_key gpg-short seconds=1
        make_odd_key gpg-gone never
        sed -i 's/^:---/---/' gpg-gone/openpgp-revocs.d/*.rev
        gpg --homedir gpg-gone --batch --import gpg-gone/openpgp-revocs.d/*.rev
        gpg --homedir gpg-gone --batch --armor --export >gpg-revoked.asc
} >setup.log 2>&1 || { cat setup.log; exit 1; }
one=$(fingerprint_of gpg-1)
two=$(fingerprint_of gpg-2)

# The last command's output on stderr is one line: refused TEXT REGEX COMMAND…
refused() {
        local text=$1 why=$2
        shift 2
        expect 1 "$text: refused" "$@"
        err_is_one_line "$text: in one line"
        err_has "$text: with the reason" "$why"
}

is_empty() { # TEXT: nothing was written
        report "$1" "$(find "$rules" "$etc/keys" -type f 2>/dev/null | wc -l)"
}

# -- what is not taken --------------------------------------------------------------------------------------------------

refused "no prefix" "For which images" t add a.pub
refused "no key" "Which key" t add --prefix=127.0.0.1:5000/x
refused "a bare name" "docker.io/library/NAME or aci:NAME" t add --prefix=busybox --yes a.pub
refused "a prefix with a tag" "no tag" t add --prefix=quay.io/x:1 --yes a.pub
refused "a URL" "not a URL" t add --prefix=https://quay.io/x --yes a.pub
refused "a threshold that is none" "not a number from 1 to 64: '0'" t add --prefix=quay.io/x --threshold=0 --yes a.pub
refused "an unknown requirement" "unknown value: 'trust'" t add --prefix=quay.io/x --require=trust --yes a.pub
refused "an unknown signed name" "unknown value: 'tag'" t add --prefix=quay.io/x --signed-name=tag --yes a.pub
refused "a threshold without signatures" "Threshold= says nothing with Require=digest" \
        t add --prefix=quay.io/x --require=digest --threshold=2
refused "a key without signatures" "of no use" t add --prefix=quay.io/x --require=nothing a.pub
refused "a private key" "private" t add --prefix=quay.io/x --yes a.key
refused "a key that was revoked" "was revoked" t add --prefix=aci:example.com --yes gpg-revoked.asc
sleep 1
refused "a key that has expired" "has expired on 20" t add --prefix=aci:example.com --yes gpg-short.asc
expect 1 "more signatures than keys: refused" t add --prefix=quay.io/x --threshold=2 --yes a.pub
err_has "more signatures than keys: with the reason" "there is only 1"
expect 1 "one of two keys is not expected" t add --prefix=aci:example.com --fingerprint="$one" gpg-1.asc gpg-2.asc
err_has "which is shown" "fingerprint is $two"
expect 1 "no terminal" t add --prefix=aci:example.com gpg-1.asc
err_has "no terminal: it says what to do" "--fingerprint=$one"
is_empty "nothing of all this was written"

# -- on a terminal ------------------------------------------------------------------------------------------------------

expect 1 "no is no" answer n gantry-trust add --prefix=aci:example.com gpg-1.asc
out_has "the fingerprint was shown" "Ed25519 $one"
out_has "and the user ID" "release@example.com"
expect 1 "nothing is no" answer "" gantry-trust add --prefix=aci:example.com gpg-1.asc
is_empty "nothing was written for a no"
expect 0 "yes is yes" answer y gantry-trust add --prefix=aci:example.com gpg-1.asc
report "a key and a rule were written" "$([[ -s $etc/keys/$one.asc && -s $rules/aci-example.com.conf ]]; echo $?)"

# -- the list -----------------------------------------------------------------------------------------------------------

expect 0 "the list" t list --no-legend
out_is "has the rule" "aci:example.com  signature  $one  valid  $rules/aci-example.com.conf"
expect 0 "a rule for two of two" t add --prefix=quay.io/x --threshold=2 --signed-name=exact --enforce=no --yes a.pub weak.pub
expect 0 "a rule without keys" t add --prefix=quay.io/y --require=digest
expect 0 "the longer list" t list --no-legend
out_has "says how many" '^quay.io/x +2 of 2, not enforced +sha256:[0-9a-f]{64} +valid +'
out_has "has the other" '^quay.io/y +digest +- +- +'
expect 0 "as JSON" t list --json=short
json=$(python3 - "$work/out" <<'END'
import json, sys
rules = {r["prefix"]: r for r in json.load(open(sys.argv[1]))}
x, aci = rules["quay.io/x"], rules["aci:example.com"]
print(x["threshold"], x["enforce"], x["signed_name"], len(x["keys"]), aci["keys"][0]["user_ids"], rules["quay.io/y"]["require"])
END
)
report "it has all of that" "$([[ $json == "2 False exact 2 ['release@example.com'] digest" ]]; echo $?)"

# -- rotation -----------------------------------------------------------------------------------------------------------

refused "another requirement for the same prefix" "edit it, or use" t add --prefix=aci:example.com --threshold=2 --yes gpg-2.asc
expect 0 "one more key" t add --prefix=aci:example.com --fingerprint="$(sed 's/..../& /g' <<<"${two,,}")" gpg-2.asc
report "is a drop-in" "$([[ $(<"$rules/aci-example.com.conf.d/$two.conf") == $'[Trust]\nKey='$etc/keys/$two.asc ]]; echo $?)"
expect 0 "the same key again" t add --prefix=aci:example.com --yes gpg-2.asc
err_has "is trusted already" "already"
expect 0 "both are listed" t list
out_has "the first" "$one +valid +$rules/aci-example.com.conf$"
out_has "the second" "$two +valid +$rules/aci-example.com.conf.d/$two.conf$"
expect 0 "the first is taken out" t rm --prefix=aci:example.com --fingerprint="$one"
expect 0 "one is left" t list
report "the second" "$([[ $(grep -c aci:example.com out) == 1 ]] && grep -q "$two" out; echo $?)"
refused "the last key" "the last key" t rm --prefix=aci:example.com --fingerprint="$two"
refused "a key that is needed" "asks for 2 of 2 .*quay.io-x.conf:4" t rm quay.io-x.conf \
        --fingerprint="sha256:$(openssl pkey -pubin -in a.pub -outform DER | sha256sum | cut -d' ' -f1)"
refused "a key that it does not have" "does not have it" t rm --prefix=aci:example.com --fingerprint="$one"
expect 0 "a key comes back" t add --prefix=aci:example.com --yes gpg-1.asc
expect 0 "and its drop-in goes" t rm --prefix=aci:example.com --fingerprint="$one"
report "without a trace" "$([[ ! -e $rules/aci-example.com.conf.d/$one.conf ]]; echo $?)"

expect 0 "an older copy of a key" t add --prefix=aci:example.org --yes gpg-gone.asc
cp gpg-revoked.asc "$etc/keys/$(fingerprint_of gpg-gone).asc"
expect 1 "does not take its revocation back" t add --prefix=aci:example.net --yes gpg-gone.asc
err_has "which is said" "says that it was revoked"
expect 0 "a revoked key in the list" t list
out_has "is shown as such" "$(fingerprint_of gpg-gone) +revoked"
expect 0 "a rule goes by its file" t rm aci-example.org.conf
refused "a rule that is not there" "there is none" t rm --prefix=aci:example.org
refused "a file that is not there" "there is none" t rm nothing.conf

# -- what others wrote --------------------------------------------------------------------------------------------------

printf '[Trust]\nPrefix=example.com/vendor\nKey=%s\n' "$work/a.pub" >"$vendor/vendor.conf"
expect 0 "a key for a vendor's rule" t add --prefix=example.com/vendor --yes b.pub
refused "the vendor's key" "write a drop-in" t rm --prefix=example.com/vendor \
        --fingerprint="sha256:$(openssl pkey -pubin -in a.pub -outform DER | sha256sum | cut -d' ' -f1)"
expect 0 "the rule is masked" t rm --prefix=example.com/vendor
report "and its drop-in gone" "$([[ -e $rules/vendor.conf && ! -s $rules/vendor.conf && ! $(ls "$rules/vendor.conf.d") ]]; echo $?)"
mkdir -p "$rules/quay.io-z.conf.d"
printf '[Trust]\nKey=%s\n' "$work/b.pub" >"$rules/quay.io-z.conf.d/old.conf"
expect 1 "a new rule does not find old keys" t add --prefix=quay.io/z --yes a.pub
err_has "which are named" "quay.io-z.conf.d/old.conf' would change it"

# -- check --------------------------------------------------------------------------------------------------------------

expect 0 "warnings are no errors" t check
out_has "RSA of 2048 bits" "^$rules/quay.io-x.conf:[78]: warning: .*RSA of 2048 bits is weak"
out_has "not enforced" "^$rules/quay.io-x.conf:6: warning: Enforce=no"
out_has "no rotation" "^$rules/quay.io-x.conf:4: warning: all 2 keys must sign"
out_has "an orphan" "^$rules/quay.io-z.conf.d/old.conf:1: warning: has no effect: there is no rule file 'quay.io-z.conf'"
out_has "a hidden rule" "^$vendor/vendor.conf:1: warning: has no effect: '$rules/vendor.conf' hides it"
rm -r "${rules:?}"/* "${vendor:?}"/*

mkdir keys
cp a.pub keys/a.pub
chmod 666 keys/a.pub
cat >"$rules/a.conf" <<END
[Trust]
Prefix=aci:example.com
KeyDirectory=$work/keys
Key=$work/gpg-soon.asc
Key=$work/gpg-short.asc
Key=$work/gpg-revoked.asc
END
printf '[Trust]\nPrefix=*\nRequire=nothing\n' >"$rules/b.conf"
printf '[Trust]\nPrefix=docker.io/busybox\nRequire=digest\n' >"$rules/c.conf"
expect 0 "more warnings" t check
out_has "a key of the wrong kind" "^$rules/a.conf:3: warning: .*keys/a.pub.*appc images have OpenPGP signatures"
out_has "a key that others can write" "^$rules/a.conf:3: warning: key file '$work/keys/a.pub' can be written"
out_has "a key that expires soon" "^$rules/a.conf:4: warning: .* expires on 20"
out_has "a key that has expired" "^$rules/a.conf:5: warning: .* has expired on 20"
out_has "a key that was revoked" "^$rules/a.conf:6: warning: .* was revoked"
out_has "everything is admitted" "^$rules/b.conf:3: warning: Require=nothing for '\*'"
out_has "a name on Docker Hub" "^$rules/c.conf:2: warning: is for images below docker.io/busybox/; .* docker.io/library/busybox"
report "there are no others" "$(($(wc -l <out) - 7))"

printf '[Trust]\nPrefix=quay.io\nRequires=signature\n' >"$rules/d.conf"
printf '[Trust]\nPrefix=quay.io/x\nKey=%s\n' "$work/nowhere.pub" >"$rules/e.conf"
printf '[Trust]\nPrefix=quay.io/y\nKey=%s\n' "$work/a.key" >"$rules/f.conf"
printf '[Trust]\nPrefix=*\nRequire=digest\n' >"$rules/g.conf"
cp a.pub a-again.pub
printf '[Trust]\nPrefix=quay.io/z\nThreshold=2\nKey=%s\nKey=%s\n' "$work/a.pub" "$work/a-again.pub" >"$rules/h.conf"
printf '[Trust]\nPrefix=quay.io/keyless\nIssuer=https://example.com\nIdentity=me@example.com\n' >"$rules/i.conf"
expect 1 "errors are an exit status" t check
out_has "an unknown key" "^$rules/d.conf:3: error: unknown key: 'Requires'$"
out_has "a missing file" "^$rules/e.conf:3: error: cannot read key file '$work/nowhere.pub': No such file or directory$"
out_has "a private key" "^$rules/f.conf:3: error: cannot use key file '$work/a.key': .*private"
out_has "the same prefix, in both" "^$rules/b.conf:2: error: Prefix=\* is also in $rules/g.conf:2$"
out_has "and in both" "^$rules/g.conf:2: error: Prefix=\* is also in $rules/b.conf:2$"
out_has "a threshold of one key" "^$rules/h.conf:3: error: Threshold=2 can never be reached: only 1 of the keys differ"
out_has "keyless" "^$rules/i.conf:3: error: Issuer=: keyless signatures .* are not supported yet$"
report "nothing is on stderr" "$(wc -l <err)"
expect 1 "as JSON" t check --json=short
errors=$(python3 -c 'import json, sys; print(sum(f["severity"] == "error" for f in json.load(open(sys.argv[1]))))' out)
report "it has the same errors" "$((errors - 7))"

expect 0 "a broken rule in the list" t list
out_has "is shown with its reason" "^quay.io +BROKEN +- +$rules/d.conf:3: unknown key: 'Requires' +"
echo nonsense >"$rules/worse.conf"
expect 0 "a rule whose prefix nobody can read" t list
out_has "is for everything" '^\(everything\) +BROKEN'
expect 0 "and goes by its file" t rm "$rules/worse.conf"
report "which is gone" "$([[ ! -e $rules/worse.conf ]]; echo $?)"
refused "a rule's words where one is removed" "is for 'gantry trust add'" t rm --prefix=quay.io --require=nothing
refused "a prefix where all rules are shown" "All rules are shown" t list --prefix=quay.io
refused "a fingerprint where all are checked" "All rules are shown" t check --fingerprint=00
rm "$rules"/*
expect 0 "no rules" t check
out_is "are not wrong" ""

finish
