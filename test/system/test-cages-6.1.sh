#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Cages where the kernel has Landlock, which this machine's has not: what each of them forbids, that the work can be done in them, and what
# a gantry-fetch cannot do that somebody has taken over. In a guest with Debian 12's kernel. Runs in test/host.
set -u

self=$(realpath -- "$0")
here=${self%/*}
clone=${self%/test/system/*}
[[ ! ${CAGES_TEST_WORK-} ]] || export TMPDIR=/run # nameless files are not to be had on the overlay that the guest's root is
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

# One layer of one file: the guest is slow.
make_small_layout() { # LAYOUT TAG
        umoci init --layout "$1" && umoci new --image "$1:$2" && umoci unpack --image "$1:$2" "$work/bundle" &&
                add_file "$work/bundle" "$1:$2" "$self" srv/file
}

if [[ ! ${CAGES_TEST_WORK-} ]]; then
        need umoci python3 openssl
        quietly make_small_layout "$work/layout" image
        quietly cc -D_GNU_SOURCE -O1 -static -o "$work/probe" "$here/probe-cage.c"
        GANTRY_VM_SECONDS=900 "$clone/test/vm" --system "CAGES_TEST_WORK=$work bash $self"
        exit
fi

fetch_seconds=200

# -- in the guest --------------------------------------------------------------------------------------------------

has_landlock() {
        grep -qw landlock /sys/kernel/security/lsm
}
is "this kernel has Landlock" has_landlock

for build in build-check build; do
        [[ ! -x $clone/$build/test/test-confine ]] || confine=$clone/$build/test/test-confine
done
forbids_all() {
        TMPDIR=/tmp CMOCKA_MESSAGE_OUTPUT=STDOUT "${confine-test-confine}" 2>&1 | tee "$work/confine" | grep -q 'PASSED' && ! grep -E 'FAILED|SKIPPED|skipped' "$work/confine"
}
is "each row of the table forbids what it should" forbids_all

trust_everything
make_certificates
layout=$CAGES_TEST_WORK/layout
image=$(tagged "$layout" image)
user=alice password=s3cr3t-of-alice # those of bad-registry.py
start_bad_registry "$layout"

# It keeps something, and where it likes.
mkdir -p "$work/bin" "$HOME/.docker" "$work/helper"
cat >"$work/bin/docker-credential-test" <<END
#!/bin/sh
read -r host
echo "\$1 \$host" >>$work/helper/asked
echo '{"ServerURL":"x","Username":"$user","Secret":"$password"}'
END
chmod +x "$work/bin/docker-credential-test"
PATH=$work/bin:$PATH
echo '{"credsStore":"test"}' >"$HOME/.docker/config.json"

good "a fetch" "$image" "$http/fine:image"
new_store
good "a fetch with a credential helper" "$image" "$https/basic:image"
is "which keeps things where it likes" test "$(cat "$work/helper/asked")" = "$(printf 'get %s\nget %s' "$http" "$https")"
good "an image in a layout" "$any_id" "oci:$layout:image"
tar -C "$layout" -cf "$work/archive.tar" .
good "and in an archive" "$any_id" "oci-archive:$work/archive.tar:image"
new_store
gantry-prepare --root="$root" "$https/basic:image" -- /bin/true >"$work/out" 2>"$work/err" </dev/null
status=$?
was "gantry-prepare has one fetched, by the helper's password" test "$status" = 0

# -- taken over ------------------------------------------------------------------------------------------------------

# In place of gantry-verify the probe is started, with all that gantry-fetch may do and in no cage of its own.
mkdir "$work/programs"
ln -s /usr/libexec/gantry/* "$work/programs"
ln -s "$CAGES_TEST_WORK/probe" "$work/programs/gantry-verify"
echo kept >"$work/file"
export PROBE_STORE=$root PROBE_OUTSIDE=$work PROBE_FILE=$work/file PROBE_HELPER=$work/bin/docker-credential-test
export PROBE_CLIENT=$work/programs/registry-client PROBE_STAGE=$work/programs/stage1-nspawn

answered() { # TEXT NAME ANSWER
        was "$1" grep -qx "$2: $3" "$work/err"
}

"$work/programs/gantry-verify" 2>"$work/err" >"$work/out" </dev/null
status=$?
for what in "make a file beside it" "make a file in /etc" "overwrite a file" "execute another program" "execute a credential helper"; do
        answered "without a cage: $what" "$what" "done"
done
new_store
GANTRY_EXEC_DIR=$work/programs fetch "$https/basic:image"
was "a gantry-fetch that was taken over fetches nothing" test "$status" = 1
answered "it can write to the store" "make a file in the store" "done"
answered "and nowhere else" "make a file beside it" EACCES
answered "not as root either" "make a file in /etc" EACCES
answered "nor to what is there" "overwrite a file" EACCES
answered "it can execute no other program" "execute another program" EACCES
answered "no credential helper by itself" "execute a credential helper" EACCES
answered "none of ours that it has no use for" "execute a stage" EACCES
answered "what speaks with registries it can" "execute registry-client" "done"
answered "and give it the network" "open a socket" "done"
answered "the process that runs helpers is out of its reach" "look into the process with the credentials" EACCES
finish
