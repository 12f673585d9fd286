#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Registries that want to know who asks: passwords, tokens and certificates, where they come from, and that they stay secret.
# Needs root, and systemd for one test. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

need docker-registry skopeo umoci openssl perl python3
trust_everything
make_certificates
layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
image=$(tagged "$layout" image)
user=alice password=s3cr3t-of-alice identity=1dentity-t0ken # those of bad-registry.py
start_bad_registry "$layout"

serve_registry
push "oci:$layout:image" "$registry/team/app:1"
perl -e 'print "$ARGV[0]:", crypt($ARGV[1], "\$2y\$04\$" . "0123456789012345678901"), "\n"' "$user" "$password" >"$work/htpasswd"
tls=yes serve_registry "auth: {htpasswd: {realm: test, path: $work/htpasswd}}"
trust_certificate "$registry"
ref=$registry/team/app:1

# -- files -----------------------------------------------------------------------------------------------------------

encoded() { # USER PASSWORD
        printf '%s:%s' "$1" "$2" | base64 -w0
}

# An auth.json: auth FILE [KEY USER PASSWORD]…
auth() {
        local file=$1 entries=()
        shift
        while (($# > 0)); do
                entries+=("\"$1\":{\"auth\":\"$(encoded "$2" "$3")\"}")
                shift 3
        done
        mkdir -p "${file%/*}"
        (IFS=,; echo "{\"auths\":{${entries[*]}}}") >"$file"
}

forget() {
        rm -rf "$HOME" "$XDG_RUNTIME_DIR" "$work/auth" "$work/config-home" "$work/credentials"
        mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
        new_store
}

bad "without credentials" "401 from $registry .*gantry login $registry" "$ref"

auth "$work/auth/given.json" "$registry" "$user" "$password"
new_store
good "--authfile" "$image" --authfile="$work/auth/given.json" "$ref"
new_store
REGISTRY_AUTH_FILE=$work/auth/given.json good "\$REGISTRY_AUTH_FILE" "$image" "$ref"
auth "$work/auth/wrong.json" "$registry" "$user" wrong
new_store
REGISTRY_AUTH_FILE=$work/auth/wrong.json good "--authfile goes first" "$image" --authfile="$work/auth/given.json" "$ref"
bad "a wrong password" "401 from $registry" --authfile="$work/auth/wrong.json" "$ref"
is "which is not repeated" test "$(grep -c "wrong" "$work/err")" = 0
bad "--authfile: no such file" "nothing.json" --authfile="$work/auth/nothing.json" "$ref"
bad "--authfile: no name of a file" "Cannot use '' as the value of --authfile=FILE" --authfile= "$ref"
bad "an ID that is not in the store" "Cannot find image 'sha256-12345678': it is not in '.*'; fetch it by its name" sha256:12345678
bad "--registry-socket: nobody listens" "cannot connect to '/nowhere' \(--registry-socket=\): No such file" --registry-socket=/nowhere "$ref"

forget
auth "$work/credentials/gantry.auth.json" "$registry" "$user" "$password"
CREDENTIALS_DIRECTORY=$work/credentials good "a credential of the unit" "$image" "$ref"
forget
auth "$XDG_RUNTIME_DIR/containers/auth.json" "$registry" "$user" "$password"
good "\$XDG_RUNTIME_DIR/containers/auth.json" "$image" "$ref"
auth "$HOME/.docker/config.json" "$registry" "$user" wrong
new_store
good "goes before ~/.docker/config.json" "$image" "$ref"
forget
auth "$work/config-home/containers/auth.json" "$registry" "$user" "$password"
XDG_CONFIG_HOME=$work/config-home good "\$XDG_CONFIG_HOME/containers/auth.json" "$image" "$ref"
for file in .config/containers/auth.json .docker/config.json; do
        forget
        auth "$HOME/$file" "$registry" "$user" "$password"
        good "\$HOME/$file" "$image" "$ref"
done
forget
auth "$work/auth/config.json" "$registry" "$user" "$password"
DOCKER_CONFIG=$work/auth good "\$DOCKER_CONFIG" "$image" "$ref"
forget
echo "{\"https://$registry/v1/\":{\"auth\":\"$(encoded "$user" "$password")\",\"email\":\"x\"}}" >"$HOME/.dockercfg"
good "\$HOME/.dockercfg, with a URL" "$image" "$ref"

forget
auth "$HOME/.docker/config.json" "$registry" "$user" wrong "$registry/team" "$user" "$password" "$registry/team/application" "$user" wrong
good "the longest path counts, by whole components" "$image" "$ref"
auth "$HOME/.docker/config.json" "$registry" "$user" "$password" "$registry/team/app" "$user" wrong
bad "…even if it is the wrong one" "401 from $registry" "$ref"
auth "$HOME/.docker/config.json" "other.example" "$user" "$password"
bad "another host's are not used" "401 from $registry .*gantry login" "$ref"
mkdir -p "$HOME/.docker"
for text in "{" "[]" "{\"auths\":{\"$registry\":{\"auth\":\"$password\"}}}" "{\"auths\":{\"$registry\":{\"auth\":7}}}"; do
        echo "$text" >"$HOME/.docker/config.json"
        bad "a file that cannot be used: ${text:0:9}…" "$HOME/.docker/config.json" "$ref"
        is "…is not shown" test "$(grep -c "$password" "$work/err")" = 0
done

# -- helpers ---------------------------------------------------------------------------------------------------------

forget
mkdir -p "$work/bin" "$HOME/.docker"
helper() { # USER SECRET
        cat >"$work/bin/docker-credential-test" <<END
#!/bin/sh
read -r host
echo "\$1 \$host" >>$work/helped
echo '{"ServerURL":"x","Username":"$1","Secret":"$2"}'
END
        chmod +x "$work/bin/docker-credential-test"
}
helper "$user" "$password"
PATH=$work/bin:$PATH
echo "{\"credHelpers\":{\"$registry\":\"test\"}}" >"$HOME/.docker/config.json"
good "credential helper of the registry" "$image" "$ref"
is "…was asked for it" grep -qx "get $registry" "$work/helped"
new_store
echo '{"credsStore":"test"}' >"$HOME/.docker/config.json"
good "credential helper for all" "$image" "$ref"
echo '{"credsStore":"nothing"}' >"$HOME/.docker/config.json"
bad "no such helper" "docker-credential-nothing" "$ref"
echo '{"credsStore":"../test"}' >"$HOME/.docker/config.json"
bad "a helper that is a path" "$HOME/.docker/config.json" "$ref"
helper '<token>' "$identity"
echo '{"credsStore":"test"}' >"$HOME/.docker/config.json"
new_store
good "a helper that knows a token" "$image" "$https/identity-token:image"

# -- tokens ----------------------------------------------------------------------------------------------------------

forget
auth "$HOME/.docker/config.json" "$https" "$user" "$password"
for repository in basic token-basic; do
        new_store
        good "$repository" "$image" "$https/$repository:image"
done
echo "{\"auths\":{\"$https\":{\"auth\":\"$(encoded "$user" '')\",\"identitytoken\":\"$identity\"}}}" >"$HOME/.docker/config.json"
new_store
: >"$log"
good "identity token" "$image" "$https/identity-token:image"
is "…is sent to the token server only" test "$(($(asked '^https POST /token') > 0)) $(asked ' basic')" = "1 0"
forget
: >"$log"
good "a token that is good for three requests" "$image" "$https/token-expires:image"
is "…is renewed" test "$(asked ' /token')" -ge 2

auth "$HOME/.docker/config.json" "$https" "$user" "$password"
new_store
: >"$log"
good "redirected with a password" "$image" "$https/redirect-basic:image"
is "…the other host does not see it" test "$(asked '^other .* anonymous'):$(asked '^other .* (basic|bearer)')" = "4:0"
: >"$log"
bad "redirected to http" "http" "$https/redirect-http/basic:image"
is "…nothing is asked there" test "$(asked '^http ')" = 0

# -- login -----------------------------------------------------------------------------------------------------------

forget
login() { # ARG…: with the password on standard input; sets status
        gantry login --password-stdin "$@" >"$work/out" 2>"$work/err" <<<"$password"
        status=$?
}

logout() { # ARG…: sets status
        gantry logout "$@" >"$work/out" 2>"$work/err" </dev/null
        status=$?
}

file=$work/auth.json
login --authfile="$file" --username="$user" "$registry"
was "login" test "$status $(stat -c %a "$file")" = "0 600"
is "…as others write it" test "$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["auths"][sys.argv[2]]["auth"])' "$file" "$registry")" = "$(encoded "$user" "$password")"
good "…and then" "$image" --authfile="$file" "$ref"
is "…skopeo can use it" skopeo --insecure-policy inspect --authfile "$file" --cert-dir \
        "$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/$registry" "docker://$ref"
login --authfile="$file" --username="$user" "$https"
was "login where tokens are given out" test "$status $(grep -c "$registry" "$file")" = "0 1"
cp "$file" "$work/before.json"
login --authfile="$file" --username=mallory "$registry"
was "login: refused" test "$status $(wc -l <"$work/err")" = "1 1"
is "…nothing is changed" cmp "$work/before.json" "$file"
logout --authfile="$file" "$registry"
was "logout" test "$status $(grep -c "$registry" "$file") $(grep -c "$https" "$file")" = "0 0 1"
logout --authfile="$file" "$registry"
was "logout: not logged in" test "$status $(wc -l <"$work/err")" = "1 1"
login --username="$user" "$registry"
was "login without a file" test "$status" = 0
new_store
good "…is found" "$image" "$ref"
forget
rm -f "$file"
skopeo login --authfile "$file" --cert-dir "$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/$registry" --username "$user" \
        --password-stdin "$registry" <<<"$password" >"$work/log" 2>&1
good "login by skopeo" "$image" --authfile="$file" "$ref"

# -- secrets ---------------------------------------------------------------------------------------------------------

forget
auth "$work/auth/auth.json" "$https" "$user" "$password"
printf '%s\n' "$password" "$(encoded "$user" "$password")" dG9rZW4-for >"$work/secrets" # the last is bad-registry.py's token
gantry-fetch --root="$root" --authfile="$work/auth/auth.json" "$https/slow-drip/basic:image" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
shown=0 clients=0
while kill -0 "$pid" 2>/dev/null; do
        ! grep -qs registry-client /proc/[0-9]*/cmdline || clients=$((clients + 1))
        ! grep -qsFf "$work/secrets" /proc/[0-9]*/cmdline || shown=$((shown + 1))
        sleep 0.1
done
wait "$pid"
status=$?
was "a fetch that takes a while" test "$status $((clients > 5))" = "0 1"
is "…no secret is in a command line" test "$shown" = 0
was "…or on stderr" test ! "$(grep -lFf "$work/secrets" "$work/err" "$work/out")"
is "…or in the store" test ! "$(grep -rlFf "$work/secrets" "$root")"
new_store
GANTRY_LOG_LEVEL=debug fetch --authfile="$work/auth/auth.json" "$https/token-basic:image"
was "…not even when debugging" test "$status $(grep -cFf "$work/secrets" "$work/err")" = "0 0"

if [[ -d /run/systemd/system ]]; then
        forget
        auth "$work/auth/auth.json" "$registry" "$user" "$password"
        systemd-run --quiet --wait --pipe --unit="test-fetch-auth-$$" \
                --property=LoadCredential="gantry.auth.json:$work/auth/auth.json" \
                --setenv=GANTRY_CONFIG_ROOT="$GANTRY_CONFIG_ROOT" --setenv=PATH="$PATH" \
                gantry fetch --root="$root" "$ref" >"$work/out" 2>"$work/err"
        status=$?
        was "in a unit with LoadCredential=" test "$status $(<"$work/out")" = "0 $image"
        is "no secret is in the journal" test ! "$(journalctl --quiet --boot --output=cat | grep -Ff "$work/secrets")"
else
        skip "in a unit with LoadCredential=" "no systemd here"
fi

# -- certificates ------------------------------------------------------------------------------------------------------

forget
tls=client serve_registry
trust_certificate "$registry"
bad "a certificate of ours is wanted" "Cannot fetch manifest of '$registry/team/app:1': " "$registry/team/app:1"
certificates=$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/$registry
cp "$work/client.cert" "$work/client.key" "$certificates"
chmod 600 "$certificates/client.key"
good "with client.cert and client.key" "$image" "$registry/team/app:1"
rm "$certificates/client.key"
bad "client.cert without its key" "certs.d/$registry: .*key" "$registry/team/app:1"

finish
