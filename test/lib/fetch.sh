# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what is set here is the callers'; "here" is theirs
# What the tests of gantry fetch share: a store, a configuration and servers of their own, all below the directory $work.
# Sourced by test/system/test-fetch*.sh, which set "here". Programs are found in $GANTRY_EXEC_DIR or PATH.

work=$(mktemp --directory) || exit 1
chmod 755 "$work" # user gantry-fetch reads layouts in here
root=$work/root
pids=()
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"

PATH=${GANTRY_EXEC_DIR:-/usr/libexec/gantry}:$PATH
export GANTRY_CONFIG_ROOT=$work/config
export GANTRY_FETCH_BACKOFF=0 # try again at once
export LC_ALL=C.UTF-8
export HOME=$work/home XDG_RUNTIME_DIR=$work/runtime # nobody's credentials
unset REGISTRY_AUTH_FILE CREDENTIALS_DIRECTORY DOCKER_CONFIG XDG_CONFIG_HOME
mkdir -p "$HOME" "$XDG_RUNTIME_DIR" "$GANTRY_CONFIG_ROOT/etc/gantry/trust.d"
log=$work/requests # of bad-registry.py

cleanup() {
        ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null
        rm -rf "$work"
}
trap cleanup EXIT

bail_out() {
        echo "Bail out! $*"
        exit 1
}

need() { # PROGRAM…
        local program
        for program in gantry-fetch gantry-verify registry-client seal-layer "$@"; do
                command -v "$program" >/dev/null || bail_out "$program is not there"
        done
}

# Runs what prepares a test, whose output is worth reading only if it fails.
quietly() { # COMMAND…
        "$@" >"$work/log" 2>&1 || bail_out "Cannot run '$*': $(tail -1 "$work/log")"
}

# -- results ---------------------------------------------------------------------------------------------------------

# Succeeds if the command does.
is() { # TEXT COMMAND…
        local text=$1
        shift
        if "$@" >"$work/is" 2>&1; then ok "$text"; else not_ok "$text" "$*" "$(cat "$work/is")"; fi
}

# As is(), about the last fetch.
was() { # TEXT COMMAND…
        local text=$1
        shift
        if "$@" >"$work/is" 2>&1; then ok "$text"; else not_ok "$text" "$*" "$(cat "$work/is")" "$(describe)"; fi
}

# -- running gantry-fetch ----------------------------------------------------------------------------------------------

# Sets status; what it printed is in $work/out and $work/err.
fetch() { # ARG…
        timeout "${fetch_seconds-60}" gantry-fetch --root="$root" -q "$@" >"$work/out" 2>"$work/err" </dev/null
        status=$?
}

new_store() {
        rm -rf "$root"
}

# Everything but directories. A layer that has no name yet cannot be seen here; it ends with its last fd.
store_files() {
        [[ ! -e $root ]] || find "$root" ! -type d
}

parts() { # what of a download is kept for the next attempt
        find "$root/incoming" -name '*.part' -type f -size +0 2>/dev/null
}

# Neither files nor directories that a fetch makes, but for the beginnings of blobs.
is_empty() {
        [[ ! -e $root ]] && return
        [[ ! $(store_files | grep -v '/incoming/[^/]*\.part$') ]] &&
                [[ ! $(find "$root"/incoming "$root"/images "$root"/layers -mindepth 1 ! -path "$root/images/refs" ! -name '*.part') ]]
}

describe() {
        echo "status $status, stdout '$(cat "$work/out")', stderr '$(cat "$work/err")', store: $(store_files | cut -c$((${#root} + 2))- | tr '\n' ' ')"
}

# Fetched: status 0, the ID (a pattern) and nothing else on stdout, nothing on stderr, nothing in the quarantine.
good() { # TEXT ID REF|OPTION…
        local text=$1 id=$2
        shift 2
        fetch "$@"
        if [[ $status == 0 && $(cat "$work/out") =~ ^$id$ && ! -s $work/err && ! $(ls -A "$root/incoming") ]]; then
                ok "$text"
        else
                not_ok "$text" "expected $id" "$(describe)"
        fi
}

# Refused: status 1, nothing on stdout, exactly one line on stderr that matches, nothing in the store.
bad() { # TEXT PATTERN REF|OPTION…
        local text=$1 pattern=$2
        shift 2
        new_store
        fetch "$@"
        if [[ $status == 1 && ! -s $work/out && $(wc -l <"$work/err") == 1 ]] && is_empty &&
                grep -qE -- "$pattern" "$work/err"; then
                ok "$text"
        else
                not_ok "$text" "expected /$pattern/" "$(describe)"
        fi
}

# Besides one that mends directories, if umoci leaves out an entry because the directory's time is still the same second.
has_layers() { # NUMBER
        [[ $(find "$root/layers" -name 'sha256-*.erofs' -size +0 | wc -l) == "$1" ]]
}

any_id='sha256:[0-9a-f]{64}'

# -- configuration -----------------------------------------------------------------------------------------------------

trust() { # NAME PREFIX LINE…: a rule
        local name=$1 prefix=$2
        shift 2
        printf '%s\n' "[Trust]" "Prefix=$prefix" "$@" >"$GANTRY_CONFIG_ROOT/etc/gantry/trust.d/$name.conf"
}

# For tests of something else than the judgement.
trust_everything() {
        trust all '*' Require=nothing
}

limit() { # KEY=VALUE…: in fetch.conf, and nothing else
        printf '%s\n' "[Fetch]" "$@" >"$GANTRY_CONFIG_ROOT/etc/gantry/fetch.conf"
}

registry_rule() { # NAME LINE…: in registries.d
        local name=$1
        shift
        mkdir -p "$GANTRY_CONFIG_ROOT/etc/gantry/registries.d"
        printf '%s\n' "$@" >"$GANTRY_CONFIG_ROOT/etc/gantry/registries.d/$name.conf"
}

# An authority of our own, trusted only where certs.d says so, a server's certificate and a client's.
make_certificates() {
        {
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=test authority" \
                        -keyout "$work/ca.key" -out "$work/ca.crt" &&
                        openssl req -newkey rsa:2048 -nodes -subj "/CN=registry" -keyout "$work/tls.key" -out "$work/tls.csr" &&
                        openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
                                -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:example.test,DNS:files.example.test") \
                                -out "$work/tls.crt" &&
                        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=client" \
                                -keyout "$work/client.key" -out "$work/client.csr" &&
                        openssl x509 -req -in "$work/client.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
                                -extfile <(echo "extendedKeyUsage=clientAuth") -out "$work/client.cert"
        } >"$work/log" 2>&1 || bail_out "Cannot make certificates: $(tail -1 "$work/log")"
}

trust_certificate() { # HOST[:PORT]
        mkdir -p "$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/$1"
        cp "$work/ca.crt" "$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/$1/ca.crt"
}

# -- images ------------------------------------------------------------------------------------------------------------

craft() {
        python3 "$here/craft-image.py" "$@" || bail_out "Cannot make '$*'"
}

# One more layer: add_file BUNDLE LAYOUT:TAG FILE NAME
add_file() {
        mkdir -p "$1/rootfs/${4%/*}" && cp "$3" "$1/rootfs/$4" && umoci repack --refresh-bundle --image "$2" "$1"
}

# Made by umoci: busybox and three layers of numbers: make_layout LAYOUT TAG
make_layout() {
        local image=$1:$2 bundle=$work/bundle-$2 rootless=(--rootless) i
        ((EUID != 0)) || rootless=()
        umoci init --layout "$1" && umoci new --image "$image" &&
                umoci config --image "$image" --config.cmd=/bin/busybox &&
                umoci unpack "${rootless[@]}" --image "$image" "$bundle" &&
                add_file "$bundle" "$image" "$(command -v busybox)" bin/busybox || return
        for i in 1 2 3; do
                seq "$i" 20000 >"$work/numbers" && add_file "$bundle" "$image" "$work/numbers" "srv/numbers-$i" || return
        done
}

tagged() { # LAYOUT TAG: its digest
        python3 -c 'import json, sys
for entry in json.load(open(sys.argv[1] + "/index.json"))["manifests"]:
        if entry.get("annotations", {}).get("org.opencontainers.image.ref.name") == sys.argv[2]:
                print(entry["digest"])' "$1" "$2"
}

# The digests of a manifest's layers, one a line.
layers_of() { # LAYOUT DIGEST
        python3 -c 'import json, sys
for layer in json.load(open(sys.argv[1]))["layers"]:
        print(layer["digest"])' "$1/blobs/${2/:/\/}"
}

# -- servers -----------------------------------------------------------------------------------------------------------

free_port() {
        python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# All of them serve the same storage. Sets registry to its HOST:PORT. With tls=yes over https, with tls=client only to those who
# have a certificate of our authority.
serve_registry() { # CONFIGURATION-LINE…
        local port
        port=$(free_port)
        registry=127.0.0.1:$port
        {
                printf '%s\n' "version: 0.1" "log: {level: error}" "storage: {filesystem: {rootdirectory: $work/registry}}" "$@"
                printf '%s\n' "http:" "  addr: $registry"
                [[ ! ${tls-} ]] || printf '%s\n' "  tls:" "    certificate: $work/tls.crt" "    key: $work/tls.key"
                [[ ${tls-} != client ]] || echo "    clientcas: [$work/ca.crt]"
        } >"$work/registry-$port.yml"
        docker-registry serve "$work/registry-$port.yml" >"$work/registry-$port.log" 2>&1 &
        pids+=($!)
        wait_for bash -c ": <'/dev/tcp/127.0.0.1/$port'" ||
                bail_out "docker-registry does not start: $(tail -1 "$work/registry-$port.log")"
}

push() { # SOURCE DESTINATION SKOPEO-ARG…
        local source=$1 destination=$2
        shift 2
        skopeo --insecure-policy copy --quiet --dest-tls-verify=false "$@" "$source" "docker://$destination" >"$work/log" 2>&1 ||
                bail_out "Cannot push $destination: $(tail -1 "$work/log")"
}

# Sets http, https and other to the HOST:PORT of its three listeners.
start_bad_registry() { # LAYOUT
        local ports
        rm -f "$work/ports"
        python3 "$here/bad-registry.py" "$1" "$work/tls.crt" "$work/tls.key" "$log" >"$work/ports" 2>"$work/bad-registry.log" &
        pids+=($!)
        wait_for test -s "$work/ports"
        read -ra ports <"$work/ports" || bail_out "bad-registry.py does not start: $(tail -1 "$work/bad-registry.log")"
        http=127.0.0.1:${ports[0]}
        https=127.0.0.1:${ports[1]}
        other=127.0.0.1:${ports[2]}
        trust_certificate "$https"
        trust_certificate "$other"
}

asked() { # PATTERN: how often
        grep -cE -- "$1" "$log"
}
