#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry fetch against a real registry, with layouts and ACIs no decent tool would make, and with trust rules.
# As root it needs the system users of sysusers.d. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

# -- what there is to fetch --------------------------------------------------------------------------------------------

need docker-registry skopeo umoci openssl python3 curl

layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
craft index "$layout" image plain

image=$(tagged "$layout" image)
index=$(tagged "$layout" index)

openssl ecparam -name prime256v1 -genkey -noout -out "$work/cosign.key" 2>/dev/null
openssl ec -in "$work/cosign.key" -pubout -out "$work/cosign.pub" 2>/dev/null

make_certificates
trust_everything # but for the rules at the end

# -- a real registry ---------------------------------------------------------------------------------------------------

tls='' serve_registry
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

json() { # ARG…: the kinds of event and their states, a word each; how often progress is told depends on the time
        gantry-fetch --root="$root" --json=short "$@" 2>"$work/err" |
                python3 -c 'import json, sys
events = map(json.loads, sys.stdin)
print(*(state for _, state in dict.fromkeys((e.get("index"), e.get("state", e["event"])) for e in events)))'
}

new_store
is "an event a step" test "$(json "$plain/busybox:1" | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" = \
        " 4 done 4 downloading 1 image 1 resolve 4 sealing "
is "which say that layers are there" test "$(json "$plain/busybox:1")" = "resolve present present present present image"
is "and no more than that" test ! -s "$work/err"
is "quietly: the result alone" test "$(json --quiet "$plain/busybox:1")" = image

tls=yes serve_registry
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

        python3 "$here/proxy.py" "$work/proxied" >"$work/proxy-port" &
        pids+=($!)
        wait_for test -s "$work/proxy-port"
        proxy=http://127.0.0.1:$(<"$work/proxy-port")
        registry_rule proxied '[Registry]' "Prefix=registry.test:${plain#*:}" Insecure=yes
        http_proxy=$proxy unshare --mount bash "$work/elsewhere" --root="$root" -q "registry.test:${plain#*:}/busybox:1" \
                >"$work/out" 2>"$work/err"
        status=$?
        is "by a proxy" test "$status $(<"$work/out")" = "0 $image"
        is "which was asked for all of it" test "$(grep -c "^http://registry.test:${plain#*:}/v2/busybox/blobs/" "$work/proxied")" = 5
        : >"$work/proxied"
        new_store
        http_proxy=$proxy good "loopback addresses are not" "$image" "$plain/busybox:1"
        is "asked for there" test ! -s "$work/proxied"
        http_proxy=$proxy no_proxy=registry.test unshare --mount bash "$work/elsewhere" --root="$root" -q \
                "registry.test:${plain#*:}/busybox:1" >"$work/out" 2>"$work/err"
        status=$?
        is "nor are exceptions" test "$status $(stat -c %s "$work/proxied")" = "0 0"
else
        skip "plain http on a host that is not loopback by name" "not run as root"
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
        "dot-dot:'../../etc/passwd'" "hard-link-outside:'passwd'" "hard-link-absolute:'passwd'" \
        "forged-whiteout:whiteout in disguise" "long-name:name" "through-link:'d/passwd'" \
        "cut-tar:Cannot seal layer" "no-tar:Cannot seal layer" "cut-gzip:Cannot seal layer" "damaged-gzip:Cannot seal layer" \
        "wrong-diff-id:unpacks to the digest sha256:" "two-diff-ids:diff_id" "no-config:config" \
        "other-os:the image is for plan9/" "other-architecture:the image is for linux/vax, this machine"; do
        kind=${case%%:*}
        craft image "$work/hostile" "$kind" "$kind"
        bad "image: $kind" "${case#*:}" "oci:$work/hostile:$kind"
done
push "oci:$work/hostile:dot-dot" "$plain/hostile:1"
bad "image: dot-dot, from a registry" "Cannot seal layer .*'../../etc/passwd'" "$plain/hostile:1"

for case in "no-platform:linux/s390x, linux/riscv64, windows/amd64" "wrong-size:bytes, expected"; do
        kind=${case%%:*}
        cp -r "$layout" "$work/index-$kind"
        craft index "$work/index-$kind" image "$kind"
        bad "index: $kind" "${case#*:}" "oci:$work/index-$kind:index"
done

# -- a registry of the tests' own ----------------------------------------------------------------------------------------

start_bad_registry "$layout"

for host in "$http" "$https"; do
        for repository in fine token access-token lying-headers; do
                new_store
                good "${host/$http/http}: $repository" "$image" "$host/$repository:image"
        done
done
is "anonymous first, then with the token" test "$(asked '/v2/token/manifests/image anonymous') $(asked '/v2/token/manifests/image bearer')" = "2 2"
new_store
good "index" "$image" "$http/fine:index"
good "index by its digest" "$image" "$http/fine@$index"

tls=yes serve_registry "auth: {token: {realm: \"https://$https/web-token\", service: test, issuer: test, rootcertbundle: $work/ca.crt}}"
trust_certificate "$registry"
new_store
good "a real registry that wants a token" "$image" "$registry/busybox:1"
bad "and wants another one for another image" "401 from $registry" "$registry/docker:2"

unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
if ((EUID == 0)); then
        "${unprivileged[@]}" gantry-fetch "$http/fine:image" >"$work/out" 2>"$work/err"
        status=$?
        was "no root privilege" grep -qx "Cannot open store '/var/lib/gantry': Permission denied; run as root or with --root=DIR" "$work/err"
        was "no root privilege: status 1" test "$status" = 1
        new_store
        install --directory --owner=65534 --group=65534 "$root"
        "${unprivileged[@]}" gantry-fetch --root="$root" -q "$http/fine:image" >"$work/out" 2>"$work/err"
        status=$?
        was "no root privilege, in a store of one's own" test "$status $(cat "$work/out")" = "0 $image"
else
        skip "no root privilege" "not run as root"
fi

# -- ACIs --------------------------------------------------------------------------------------------------------------

craft aci "$work/hello.aci" example.com/hello fine
aci=sha512-$(gzip -dc "$work/hello.aci" | sha512sum | cut -d' ' -f1)
new_store
good "ACI" "$aci" ./hello.aci
is "ACI: its layer" test -s "$root/layers/$aci.erofs"
is "ACI: its name" grep -qx "$aci" "$root/images/refs/aci:example.com%2fhello:1.0.0"
for case in "dot-dot:'rootfs/../../etc/passwd'" "other-architecture:the image is for linux/i386"; do
        kind=${case%%:*}
        craft aci "$work/$kind.aci" example.com/hello "$kind"
        bad "ACI: $kind" "${case#*:}" "$work/$kind.aci"
done
head -c 100 "$work/hello.aci" >"$work/cut.aci"
bad "ACI: truncated" "archive|cut short" "$work/cut.aci"
bad "ACI: no such file" "Cannot open './nothing.aci': No such file" ./nothing.aci
mkfifo "$work/fifo.aci"
bad "ACI: a FIFO" "not a regular file" "$work/fifo.aci"

# -- policy first ------------------------------------------------------------------------------------------------------

trust all "$http" Require=signature "Key=$work/cosign.pub"
: >"$log"
bad "unsigned" "$http/fine" "$http/fine:image"
is "unsigned: nothing but manifest and signatures was asked for" test "$(asked /manifests/):$(asked /referrers/):$(asked /blobs/)" = "3:1:0"
bad "no rule" "gantry trust add" "localhost:${http#*:}/fine:image"

craft sign "$layout" image "$work/cosign.key" "$http/fine"
new_store
good "signed" "$image" "$http/fine:image"
good "signed, below an index" "$image" "$http/fine:index"
bad "signed for another name" "$http/token" "$http/token:image"
push "oci:$layout:image" "$plain/signed:1"
push "oci:$layout:${image/:/-}.sig" "$plain/signed:${image/:/-}.sig"
craft sign "$layout" image "$work/cosign.key" "$plain/signed"
push "oci:$layout:${image/:/-}.sig" "$plain/signed:${image/:/-}.sig"
trust all "$plain" Require=signature "Key=$work/cosign.pub"
new_store
good "signed, from a real registry" "$image" "$plain/signed:1"
bad "unsigned, from a real registry" "$plain/busybox" "$plain/busybox:1"

finish
