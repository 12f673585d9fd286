#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry fetch against a real registry, against one that misbehaves, and with layouts and ACIs no decent tool would make.
# Programs are found in $GANTRY_EXEC_DIR or PATH. As root it needs the system users of sysusers.d. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp --directory) || exit 1
chmod 755 "$work" # user gantry-fetch reads layouts in here
root=$work/root
pids=()
count=0
failed=0

PATH=${GANTRY_EXEC_DIR:-/usr/libexec/gantry}:$PATH
export GANTRY_CONFIG_ROOT=$work/config
export LC_ALL=C.UTF-8

cleanup() {
        ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null
        rm -rf "$work"
}
trap cleanup EXIT

bail_out() {
        echo "Bail out! $*"
        exit 1
}

# -- results ---------------------------------------------------------------------------------------------------------

ok() { # TEXT
        echo "ok $((++count)) - $1"
}

not_ok() { # TEXT EXPLANATION…
        echo "not ok $((++count)) - $1"
        shift
        printf '# %s\n' "$@" | sed 's/^\([^#]\)/# \1/'
        failed=$((failed + 1))
}

# Succeeds if the command does.
is() { # TEXT COMMAND…
        local text=$1
        shift
        if "$@" >"$work/is" 2>&1; then ok "$text"; else not_ok "$text" "$*" "$(cat "$work/is")"; fi
}

# -- running gantry-fetch ----------------------------------------------------------------------------------------------

# Sets status; what it printed is in $work/out and $work/err.
fetch() { # ARG…
        timeout 60 gantry-fetch --root="$root" -q "$@" >"$work/out" 2>"$work/err"
        status=$?
}

new_store() {
        rm -rf "$root"
}

# Everything but directories. A layer that has no name yet cannot be seen here; it ends with its last fd.
store_files() {
        [[ ! -e $root ]] || find "$root" ! -type d
}

# Neither files nor directories that a fetch makes.
is_empty() {
        [[ ! -e $root ]] && return
        [[ ! $(store_files) && ! $(find "$root"/incoming "$root"/images "$root"/layers -mindepth 1 ! -path "$root/images/refs") ]]
}

describe() {
        echo "status $status, stdout '$(cat "$work/out")', stderr '$(cat "$work/err")', store: $(store_files | tr '\n' ' ')"
}

good() { # TEXT ID REF
        local text=$1 id=$2
        fetch "$3"
        if [[ $status == 0 && $(cat "$work/out") == "$id" && ! -s $work/err && ! $(ls -A "$root/incoming") ]]; then
                ok "$text"
        else
                not_ok "$text" "expected $id" "$(describe)"
        fi
}

# Refused: status 1, nothing on stdout, exactly one line on stderr that matches, nothing in the store.
bad() { # TEXT PATTERN REF
        local text=$1 pattern=$2
        new_store
        fetch "$3"
        if [[ $status == 1 && ! -s $work/out && $(wc -l <"$work/err") == 1 ]] && is_empty &&
                grep -qE -- "$pattern" "$work/err"; then
                ok "$text"
        else
                not_ok "$text" "expected /$pattern/" "$(describe)"
        fi
}

has_layers() { # NUMBER
        [[ $(find "$root/layers" -name '*.erofs' -size +0 | wc -l) == "$1" ]]
}

# -- what there is to fetch --------------------------------------------------------------------------------------------

for program in gantry-fetch gantry-verify registry-client seal-layer docker-registry skopeo umoci openssl python3 curl; do
        command -v "$program" >/dev/null || bail_out "$program is not there"
done

craft() {
        python3 "$here/craft-image.py" "$@" || bail_out "Cannot make '$*'"
}

layout=$work/layout # made by umoci: "image", four layers
bundle=$work/bundle
rootless=(--rootless)
((EUID != 0)) || rootless=()

add_layer() { # FILE NAME
        mkdir -p "$bundle/rootfs/${2%/*}" && cp "$1" "$bundle/rootfs/$2" &&
                umoci repack --refresh-bundle --image "$layout:image" "$bundle"
}

make_image() {
        local i
        umoci init --layout "$layout" && umoci new --image "$layout:image" &&
                umoci config --image "$layout:image" --config.cmd=/bin/busybox &&
                umoci unpack "${rootless[@]}" --image "$layout:image" "$bundle" &&
                add_layer "$(command -v busybox)" bin/busybox || return
        for i in 1 2 3; do
                seq "$i" 20000 >"$work/numbers" && add_layer "$work/numbers" "srv/numbers-$i" || return
        done
}
make_image >"$work/log" 2>&1 || bail_out "Cannot make an image: $(tail -1 "$work/log")"
craft index "$layout" image plain

tagged() { # TAG: its digest in the layout
        python3 -c 'import json, sys
for entry in json.load(open(sys.argv[1]))["manifests"]:
        if entry["annotations"]["org.opencontainers.image.ref.name"] == sys.argv[2]:
                print(entry["digest"])' "$layout/index.json" "$1"
}
image=$(tagged image)
index=$(tagged index)

openssl ecparam -name prime256v1 -genkey -noout -out "$work/cosign.key" 2>/dev/null
openssl ec -in "$work/cosign.key" -pubout -out "$work/cosign.pub" 2>/dev/null

# An authority of our own, trusted only where certs.d says so.
make_certificates() {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=test authority" \
                -keyout "$work/ca.key" -out "$work/ca.crt" &&
                openssl req -newkey rsa:2048 -nodes -subj "/CN=registry" \
                        -keyout "$work/tls.key" -out "$work/tls.csr" &&
                openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
                        -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost") -out "$work/tls.crt"
}
make_certificates >"$work/log" 2>&1 || bail_out "Cannot make certificates: $(tail -1 "$work/log")"

trust_certificate() { # HOST:PORT
        mkdir -p "$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/$1"
        cp "$work/ca.crt" "$GANTRY_CONFIG_ROOT/etc/gantry/certs.d/$1/ca.crt"
}

# The judgement is not what is tested here, but for the one rule at the end.
mkdir -p "$GANTRY_CONFIG_ROOT/etc/gantry/trust.d"
printf '[Trust]\nPrefix=*\nRequire=nothing\n' >"$GANTRY_CONFIG_ROOT/etc/gantry/trust.d/all.conf"

free_port() {
        python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# All of them serve the same storage. Sets registry to its HOST:PORT.
start_registry() { # CONFIGURATION-LINE…
        local port i
        port=$(free_port)
        registry=127.0.0.1:$port
        {
                printf '%s\n' "version: 0.1" "log: {level: error}" "storage: {filesystem: {rootdirectory: $work/registry}}" "$@"
                printf '%s\n' "http:" "  addr: $registry" ${tls:+"  tls: {certificate: $work/tls.crt, key: $work/tls.key}"}
        } >"$work/registry-$port.yml"
        docker-registry serve "$work/registry-$port.yml" >"$work/registry-$port.log" 2>&1 &
        pids+=($!)
        for ((i = 0; i < 100; i++)); do
                if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
                sleep 0.1
        done
        bail_out "docker-registry does not start: $(tail -1 "$work/registry-$port.log")"
}

push() { # SOURCE DESTINATION SKOPEO-ARG…
        local source=$1 destination=$2
        shift 2
        skopeo --insecure-policy copy --quiet --dest-tls-verify=false "$@" "$source" "docker://$destination" >"$work/log" 2>&1 ||
                bail_out "Cannot push $destination: $(tail -1 "$work/log")"
}

# -- a real registry ---------------------------------------------------------------------------------------------------

tls='' start_registry
plain=$registry
push "oci:$layout:image" "$plain/busybox:1"
push "oci:$layout:image" "$plain/docker:2" --format=v2s2

good "http on loopback, by tag" "$image" "$plain/busybox:1"
is "all four layers are there" has_layers 4
good "the same again" "$image" "docker://$plain/busybox:1"
good "by digest" "$image" "$plain/busybox@$image"
good "by tag and digest" "$image" "$plain/busybox:1@$image"
good "localhost" "$image" "localhost:${plain#*:}/busybox:1"
is "layers are fetched once" has_layers 4
is "names are kept" test -e "$root/images/refs/$plain%2fbusybox:1"

new_store
docker=sha256:$(skopeo inspect --raw --tls-verify=false "docker://$plain/docker:2" | sha256sum | cut -d' ' -f1)
good "Docker's media types" "$docker" "$plain/docker:2"
is "its layers are the same" has_layers 4

new_store
fetch "$plain/busybox:1" "$plain/docker:2"
is "several at once" test "$status $(tr '\n' ' ' <"$work/out")" = "0 $image $docker "

new_store
gantry-fetch --root="$root" "$plain/busybox:1" >/dev/null 2>"$work/err"
is "one line a step" test "$(grep -c '^Layer [1-4] of 4: ' "$work/err")" = 4
gantry-fetch --root="$root" "$plain/busybox:1" >/dev/null 2>"$work/err"
is "which says that layers are there" test "$(grep -c '^Layer [1-4] of 4 is in the store' "$work/err")" = 4

tls=yes start_registry
secure=$registry
bad "https of an unknown authority" "Cannot fetch manifest of '$secure/busybox:1': .*certificate" "$secure/busybox:1"
trust_certificate "$secure"
new_store
good "https with an authority in certs.d" "$image" "$secure/busybox:1"
bad "which counts for this name only" "certificate" "localhost:${secure#*:}/busybox:1"

bad "unknown tag" "Cannot fetch manifest of '$plain/busybox:2': 404 from $plain, no such tag$" "$plain/busybox:2"
bad "unknown repository" "404 from $plain, no such tag$" "$plain/nothing:1"
bad "unknown digest" "404 from $plain, no such manifest$" "$plain/busybox@sha256:$(printf '0%.0s' {1..64})"
bad "nobody listens" "Cannot fetch manifest of '127.0.0.1:1/x:latest': .*connect" "127.0.0.1:1/x"
bad "no such host" "resolve" "registry.invalid/x:1"
bad "not a reference" "Cannot use 'UPPER/x:y:z' as a reference" "UPPER/x:y:z"

if ((EUID == 0)); then
        echo "127.0.0.1 registry.test" >"$work/hosts"
        cat >"$work/elsewhere" <<END
mount --bind "$work/hosts" /etc/hosts && exec gantry-fetch "\$@"
END
        new_store
        unshare --mount bash "$work/elsewhere" --root="$root" -q "registry.test:${plain#*:}/busybox:1" >"$work/out" 2>"$work/err"
        status=$?
        is "plain http on a host that is not loopback by name" test "$status $(wc -l <"$work/err")" = "1 1"
        is "nothing was asked for without TLS" grep -qE "Cannot fetch manifest of 'registry.test:.*(TLS|SSL)" "$work/err"
else
        echo "ok $((++count)) - plain http on a host that is not loopback by name # SKIP not run as root"
fi

# -- layouts -----------------------------------------------------------------------------------------------------------

new_store
good "oci: layout" "$image" "oci:$layout:image"
is "its layers" has_layers 4
new_store
good "index, this machine's platform" "$image" "oci:$layout:index"
is "the index is kept" cmp "$root/images/${image/:/-}/index" "$layout/blobs/${index/:/\/}"
cd "$work" || exit 1
new_store
good "relative path" "$image" "oci:layout:image"
is "the kept name is absolute" test -e "$root/images/refs/oci:${layout//\//%2f}:image"

crafted=$work/crafted
for kind in plain-tar fine; do
        craft image "$crafted-$kind" "$kind" "$kind"
        new_store
        fetch "oci:$crafted-$kind"
        is "oci: without a tag, the only image, $kind" test "$status" = 0
done
craft image "$crafted-fine" second plain-tar
bad "oci: without a tag, two images" "not exactly one image" "oci:$crafted-fine"
bad "oci: unknown tag" "the tag 'third'" "oci:$crafted-fine:third"
bad "oci: no such directory" "Cannot open" "oci:$work/nowhere"
bad "oci: not a layout" "'oci-layout' in the layout: No such file" "oci:$work/registry"

cp -r "$layout" "$work/links"
blob=$work/links/blobs/${image/:/\/}
mv "$blob" "$work/outside"
ln -s "$work/outside" "$blob"
bad "oci: a link out of the layout" "in the layout: " "oci:$work/links:image"

for case in \
        "dot-dot:'../../etc/passwd'" "absolute:'/etc/passwd'" "hard-link-outside:'passwd'" "hard-link-absolute:'passwd'" \
        "character-device:device node" "block-device:device node" "long-name:name" "through-link:'d/passwd'" \
        "cut-tar:Cannot seal layer" "no-tar:Cannot seal layer" "cut-gzip:Cannot seal layer" "damaged-gzip:Cannot seal layer" \
        "wrong-diff-id:unpacks to the digest sha256:" "two-diff-ids:diff_id" "no-config:config" \
        "other-os:the image is for plan9/" "other-architecture:the image is for linux/vax, this machine"; do
        kind=${case%%:*}
        craft image "$work/hostile" "$kind" "$kind"
        bad "image: $kind" "${case#*:}" "oci:$work/hostile:$kind"
done
push "oci:$work/hostile:dot-dot" "$plain/hostile:1"
bad "image: dot-dot, from a registry" "Cannot seal layer .*'../../etc/passwd'" "$plain/hostile:1"

for case in "no-platform:linux/s390x, linux/riscv64, windows/amd64" "nested:an index within an index" "wrong-size:bytes, expected"; do
        kind=${case%%:*}
        cp -r "$layout" "$work/index-$kind"
        craft index "$work/index-$kind" image "$kind"
        bad "index: $kind" "${case#*:}" "oci:$work/index-$kind:index"
done

# -- a registry that misbehaves ----------------------------------------------------------------------------------------

log=$work/requests
python3 "$here/bad-registry.py" "$layout" "$work/tls.crt" "$work/tls.key" "$log" >"$work/ports" 2>"$work/bad-registry.log" &
pids+=($!)
for ((i = 0; i < 100; i++)); do
        [[ ! -s $work/ports ]] || break
        sleep 0.1
done
read -r http_port https_port other_port <"$work/ports" || bail_out "bad-registry.py does not start: $(tail -1 "$work/bad-registry.log")"
http=127.0.0.1:$http_port
https=127.0.0.1:$https_port
trust_certificate "$https"
trust_certificate "127.0.0.1:$other_port"

asked() { # PATTERN: how often
        grep -cE -- "$1" "$log"
}

for host in "$http" "$https"; do
        for repository in fine token access-token; do
                new_store
                good "${host/$http/http}: $repository" "$image" "$host/$repository:image"
        done
done
is "anonymous first, then with the token" test "$(asked '/v2/token/manifests/image anonymous') $(asked '/v2/token/manifests/image bearer')" = "2 2"
new_store
good "index" "$image" "$http/fine:index"
good "index by its digest" "$image" "$http/fine@$index"

tls=yes start_registry "auth: {token: {realm: \"https://$https/web-token\", service: test, issuer: test, rootcertbundle: $work/ca.crt}}"
trust_certificate "$registry"
new_store
good "a real registry that wants a token" "$image" "$registry/busybox:1"
bad "and wants another one for another image" "401 from $registry" "$registry/docker:2"

: >"$log"
new_store
good "redirected to another host" "$image" "$https/redirect-token:image"
is "which never sees the token" test "$(asked '^other .* anonymous$'):$(asked '^other .* bearer$')" = "4:0"
new_store
good "redirected from http on loopback to https" "$image" "$http/redirect-token:image"
bad "redirected from https to http" "redirected to plain http on $http" "$https/redirect-http:image"
: >"$log"
bad "redirected in a circle" "redirected more than 5 times" "$http/redirect-loop:image"
is "followed five times" test "$(asked 'redirect-loop/manifests')" = 6
bad "redirected to a file" "redirected to something that is no http URL" "$http/redirect-file:image"

: >"$log"
bad "401 twice" "401 from $https" "$https/unauthorized:image"
is "asked twice, with one token" test "$(asked 'unauthorized/manifests') $(asked /token)" = "2 1"
bad "a login is wanted" "401 from $http" "$http/basic:image"
bad "malformed challenge" "401 from $http with a bad challenge" "$http/bad-challenge:image"
bad "token from elsewhere over http" "a token would have to come over plain http from 198.51.100.1" "$http/elsewhere-token:image"
bad "endless token" "Cannot fetch manifest of .*more than the 65536 bytes" "$http/endless-token:image"
bad "token that ends the header" "no usable token in the answer of $http" "$http/bad-token:image"
bad "answer without a token" "no usable token" "$http/no-token:image"
bad "token denied" "403 from $http, asked for a token$" "$http/denied-token:image"
bad "503" "503 from $http" "$http/busy:image"

bad "manifest that is not JSON" "Cannot fetch manifest of '$http/not-json:image': " "$http/not-json:image"
bad "empty manifest" "Cannot fetch manifest of " "$http/empty-manifest:image"
bad "duplicate keys" "duplicate" "$http/duplicate-keys:image"
bad "duplicate keys, one escaped" "duplicate" "$http/duplicate-keys-escaped:image"
bad "bytes behind the manifest" "Cannot fetch manifest of " "$http/trailing-bytes:image"
bad "schema 1" "schema ?1|schemaVersion" "$http/schema1:image"
bad "artifact" "Cannot fetch manifest of .*config" "$http/artifact:image"
bad "manifest and index at once" "Cannot fetch manifest of " "$http/both-kinds:image"
bad "no layers" "Cannot fetch manifest of .*layers" "$http/no-layers:image"
bad "layers not to be distributed" "layers\[0\]" "$http/foreign-layer:image"
bad "layers that are no tar" "layers\[0\]" "$http/zip-layer:image"
bad "a config of 1 TiB" "4 MiB|4194304" "$http/huge-config:image"
bad "manifest of another digest than asked for" "has the digest sha256:[0-9a-f]{64}, expected $image" "$http/changed-manifest@$image"
bad "manifest of another digest than in the index" "has the digest .*, expected $image" "$http/changed-manifest:index"
bad "endless manifest" "more than the 4194304 bytes" "$http/endless-manifest:image"
bad "endless headers" "headers of more than 65536 bytes" "$http/big-headers:image"

bad "changed config" "config of .*digest" "$http/changed-config:image"
bad "changed layer" "layer sha256:[0-9a-f]{64} of '$http/changed-layer:image': it has another digest" "$http/changed-layer:image"
bad "truncated layer" "blob sha256:[0-9a-f]{64} of '$http/cut-layer:image': .*bytes" "$http/cut-layer:image"
bad "truncated layer, over https" "blob sha256:[0-9a-f]{64} of '$https/cut-layer:image': " "$https/cut-layer:image"
bad "Content-Length is smaller than promised" "bytes announced, expected" "$http/short-layer:image"
bad "Content-Length is larger than promised" "bytes announced, expected" "$http/long-layer:image"
bad "no Content-Length and too few bytes" "only [0-9]+ of [0-9]+ bytes" "$http/no-length-short:image"
bad "endless layer" "more than the [0-9]+ bytes expected" "$http/endless-layer:image"
GANTRY_FETCH_TIMEOUT=3 bad "stalled layer" "nothing came for 3 s" "$http/stalled-layer:image"
bad "missing layer" "404 from $http, no such blob" "$http/missing-layer:image"

# -- what goes on beside it --------------------------------------------------------------------------------------------

new_store
good "an image that is complete…" "$image" "$http/fine:image"
find "$root/layers" -name '*.erofs' -delete
fetch "$http/cut-layer:image"
is "…stays when a later download fails" test "$status $(find "$root/images/${image/:/-}" -name config | wc -l)" = "1 1"

new_store
for n in 1 2 3; do
        gantry-fetch --root="$root" -q "$plain/busybox:1" >"$work/out-$n" 2>&1 &
        fetches[n]=$!
done
for n in 1 2 3; do
        wait "${fetches[n]}" || echo "status $?" >>"$work/out-$n"
done
is "three at once" test "$(cat "$work"/out-[123])" = "$image"$'\n'"$image"$'\n'"$image"
is "each layer is there once" has_layers 4
is "and nothing half-done" test ! "$(find "$root"/incoming/* "$root" -name '.#*' 2>/dev/null)"

for signal in INT TERM; do
        new_store
        env --default-signal=INT gantry-fetch --root="$root" "$http/stalled-layer:image" >"$work/out" 2>"$work/err" &
        pid=$!
        for ((i = 0; i < 100; i++)); do
                ! grep -q ^Layer "$work/err" || break
                sleep 0.1
        done
        sleep 0.5
        children=$(pgrep -P "$pid" | tr '\n' ' ')
        kill -"$signal" "$pid"
        wait "$pid"
        status=$?
        is "SIG$signal: status 1" test "$status $(tail -1 "$work/err")" = "1 Interrupted"
        is "SIG$signal: nothing is left in the store" is_empty
        # shellcheck disable=SC2086
        is "SIG$signal: two children had been there and are gone" bash -c '(($# == 2)) && ! kill -0 "$@"' bash $children
done

unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
if ((EUID == 0)); then
        "${unprivileged[@]}" gantry-fetch "$http/fine:image" >"$work/out" 2>"$work/err"
        status=$?
        is "no root privilege" grep -qx "Cannot open store '/var/lib/gantry': Permission denied; run as root or with --root=DIR" "$work/err"
        is "no root privilege: status 1" test "$status" = 1
        new_store
        install --directory --owner=65534 --group=65534 "$root"
        "${unprivileged[@]}" gantry-fetch --root="$root" -q "$http/fine:image" >"$work/out" 2>"$work/err"
        status=$?
        is "no root privilege, in a store of one's own" test "$status $(cat "$work/out")" = "0 $image"
else
        echo "ok $((++count)) - no root privilege # SKIP not run as root"
fi

for reference in oci-archive:x.tar docker-archive:x.tar aci:example.com/x https://example.com/x.aci; do
        bad "$reference" "Cannot fetch '$reference': .*not supported yet" "$reference"
done

# -- ACIs --------------------------------------------------------------------------------------------------------------

craft aci "$work/hello.aci" example.com/hello fine
aci=sha512-$(gzip -dc "$work/hello.aci" | sha512sum | cut -d' ' -f1)
new_store
good "ACI" "$aci" ./hello.aci
is "ACI: its layer" test -s "$root/layers/$aci.erofs"
is "ACI: its name" grep -qx "$aci" "$root/images/refs/aci:example.com%2fhello:1.0.0"
for case in "dot-dot:'rootfs/../../etc/passwd'" "dependencies:dependencies" "other-architecture:the image is for linux/i386"; do
        kind=${case%%:*}
        craft aci "$work/$kind.aci" example.com/hello "$kind"
        bad "ACI: $kind" "${case#*:}" "$work/$kind.aci"
done
head -c 100 "$work/hello.aci" >"$work/cut.aci"
bad "ACI: truncated" "archive" "$work/cut.aci"
bad "ACI: no such file" "Cannot open './nothing.aci': No such file" ./nothing.aci
mkfifo "$work/fifo.aci"
bad "ACI: a FIFO" "not a regular file" "$work/fifo.aci"

# -- policy first ------------------------------------------------------------------------------------------------------

printf '[Trust]\nPrefix=%s\nRequire=signature\nKey=%s\n' "$http" "$work/cosign.pub" >"$GANTRY_CONFIG_ROOT/etc/gantry/trust.d/all.conf"
: >"$log"
bad "unsigned" "$http/fine" "$http/fine:image"
is "unsigned: nothing but manifest and signature was asked for" test "$(asked '/manifests/') $(asked '/blobs/')" = "2 0"
bad "no rule" "gantry trust add" "localhost:$http_port/fine:image"

craft sign "$layout" image "$work/cosign.key" "$http/fine"
new_store
good "signed" "$image" "$http/fine:image"
good "signed, below an index" "$image" "$http/fine:index"
bad "signed for another name" "$http/token" "$http/token:image"
push "oci:$layout:image" "$plain/signed:1"
push "oci:$layout:${image/:/-}.sig" "$plain/signed:${image/:/-}.sig"
craft sign "$layout" image "$work/cosign.key" "$plain/signed"
push "oci:$layout:${image/:/-}.sig" "$plain/signed:${image/:/-}.sig"
printf '[Trust]\nPrefix=%s\nRequire=signature\nKey=%s\n' "$plain" "$work/cosign.pub" >"$GANTRY_CONFIG_ROOT/etc/gantry/trust.d/all.conf"
new_store
good "signed, from a real registry" "$image" "$plain/signed:1"
bad "unsigned, from a real registry" "$plain/busybox" "$plain/busybox:1"

echo "1..$count"
((failed == 0))
