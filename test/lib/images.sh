# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # $work is the caller's
# Images made by other people's tools, and a registry to have them in: for the demo and the system tests.
# Everything goes below the directory $work.

# One more layer: add_layer BUNDLE LAYOUT:TAG, of what has changed in BUNDLE/rootfs.
add_layer() {
        umoci repack --refresh-bundle --image "$2" "$1"
}

# An OCI image of three layers (busybox, accounts, content) in the layout $work/LAYOUT: make_image LAYOUT TAG COMMAND…
make_image() {
        local image=$work/$1:$2 bundle root applet
        bundle=$(mktemp -d "$work/bundle.XXXXXX")
        root=$bundle/rootfs
        [[ -e ${image%:*}/oci-layout ]] || umoci init --layout "${image%:*}"
        umoci new --image "$image"
        umoci unpack --image "$image" "$bundle"

        mkdir -p "$root"/{bin,proc,sys,dev,tmp,run,var}
        cp "$(command -v busybox)" "$root/bin/busybox"
        for applet in sh ls cat echo sleep httpd id mount wget kill ps env true false; do
                ln -s busybox "$root/bin/$applet"
        done
        add_layer "$bundle" "$image"

        mkdir "$root/etc"
        printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000:web:/srv:/bin/sh\n' >"$root/etc/passwd"
        printf 'root:x:0:\nweb:x:1000:\nlog:x:4:web\n' >"$root/etc/group"
        add_layer "$bundle" "$image"

        mkdir -p "$root/srv/www"
        echo "Hello from $2" >"$root/srv/www/index.html"
        add_layer "$bundle" "$image"

        shift 2
        umoci config --image "$image" --config.workingdir=/srv "${@/#/--config.cmd=}"
        rm -rf "$bundle"
}

# An image in the appc format: make_aci FILE NAME COMMAND… ("exec" of the app)
make_aci() {
        local file=$1 name=$2 tree
        shift 2
        tree=$(mktemp -d "$work/tree.XXXXXX")
        mkdir -p "$tree"/rootfs/{bin,etc,proc,sys,dev,tmp,run,var}
        cp "$(command -v busybox)" "$tree/rootfs/bin/busybox"
        ln -s busybox "$tree/rootfs/bin/sh"
        ln -s busybox "$tree/rootfs/bin/echo"
        echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/rootfs/etc/passwd"
        echo 'root:x:0:' >"$tree/rootfs/etc/group"
        python3 - "$tree/manifest" "$name" "$@" <<'END'
import json, sys
json.dump({"acKind": "ImageManifest", "acVersion": "0.8.11", "name": sys.argv[2],
           "labels": [{"name": "version", "value": "1.0"}, {"name": "os", "value": "linux"}],
           "app": {"exec": sys.argv[3:], "user": "0", "group": "0"}}, open(sys.argv[1], "w"))
END
        tar -C "$tree" --owner=0 --group=0 -czf "$file" manifest rootfs
        rm -rf "$tree"
}

# Debian's docker-registry on a free loopback port, preferably PORT; sets registry (HOST:PORT) and registry_pid.
start_registry() { # [PORT]
        local port
        port=$(python3 - "${1-0}" <<'END'
import socket, sys
for port in int(sys.argv[1]), 0:
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(s.getsockname()[1])
        break
END
        )
        registry=127.0.0.1:$port
        cat >"$work/registry.yml" <<END
version: 0.1
storage: { filesystem: { rootdirectory: $work/registry }, delete: { enabled: true } }
http: { addr: "$registry" }
log: { accesslog: { disabled: false }, level: info, formatter: json }
END
        docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
        registry_pid=$!
        for _ in $(seq 100); do
                curl --silent --fail --output /dev/null "http://$registry/v2/" && return
                sleep 0.1
        done
        cat "$work/registry.log" >&2
        return 1
}

stop_registry() {
        kill "$registry_pid"
        wait "$registry_pid" 2>/dev/null || true
}

push_image() { # LAYOUT:TAG NAME:TAG
        skopeo copy --quiet --dest-tls-verify=false "oci:$work/$1" "docker://$registry/$2"
}

push_blob() { # NAME FILE
        local digest location
        digest=sha256:$(sha256sum "$2" | cut -d' ' -f1)
        location=$(curl --silent --fail -X POST -D - -o /dev/null "http://$registry/v2/$1/blobs/uploads/" |
                sed -n 's/^[Ll]ocation: \(.*\)\r$/\1/p')
        curl --silent --fail -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$2" \
                "$location&digest=$digest" -o /dev/null
        echo "$digest"
}

image_digest() { # NAME TAG
        skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$registry/$1:$2"
}

# Puts a manifest of one layer under a tag: push_artifact NAME TAG LAYERFILE LAYERTYPE MORE, where MORE is put into the manifest and
# ANNOTATIONS (may be empty) into the layer's descriptor.
push_artifact() { # NAME TAG LAYERFILE LAYERTYPE MORE ANNOTATIONS
        local config layer annotations=${6:+,\"annotations\":$6} # in a here-document the quotes would be lost
        echo '{"architecture":"","config":{},"os":"","rootfs":{"diff_ids":[],"type":"layers"}}' >"$work/sig-config.json"
        config=$(push_blob "$1" "$work/sig-config.json")
        layer=$(push_blob "$1" "$3")
        cat >"$work/sig-manifest.json" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",$5
 "config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":$(stat -c %s "$work/sig-config.json"),"digest":"$config"},
 "layers":[{"mediaType":"$4","size":$(stat -c %s "$3"),"digest":"$layer"$annotations}]}
END
        push_manifest "$1" "$2" "$work/sig-manifest.json" application/vnd.oci.image.manifest.v1+json
}

push_manifest() { # NAME TAG FILE TYPE
        curl --silent --fail -X PUT -H "Content-Type: $4" --data-binary "@$3" "http://$registry/v2/$1/manifests/$2" -o /dev/null
}

# Signs NAME:TAG with the key in the way of cosign: a payload, its signature in an annotation, under the tag sha256-….sig. The payload
# names the repository AS (default: NAME's).
sign_image() { # NAME TAG KEY [AS]
        local digest payload=$work/payload.json signature
        digest=$(image_digest "$1" "$2")
        printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
                "${4-$registry/$1}" "$digest" >"$payload"
        signature=$(openssl dgst -sha256 -sign "$3" "$payload" | base64 -w0)
        push_artifact "$1" "${digest/:/-}.sig" "$payload" application/vnd.dev.cosign.simplesigning.v1+json "" \
                "{\"dev.cosignproject.cosign/signature\":\"$signature\"}"
}

# The same in the way of cosign 3: a sigstore bundle, which refers to the image; in a registry without that API, by the tag sha256-….
# PREDICATE is the in-toto predicate type.
sign_image_bundle() { # NAME TAG KEY [PREDICATE]
        local digest size type=application/vnd.dev.sigstore.bundle.v0.3+json
        digest=$(image_digest "$1" "$2")
        python3 - "$digest" "$3" "${4-https://sigstore.dev/cosign/sign/v1}" >"$work/bundle.json" <<'END'
import base64, json, subprocess, sys

digest, key, predicate = sys.argv[1:]
body = json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": digest[7:]}}],
                   "predicateType": predicate, "predicate": {}}).encode()
kind = b"application/vnd.in-toto+json"
message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=message, stdout=subprocess.PIPE, check=True).stdout
print(json.dumps({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
                  "verificationMaterial": {"publicKey": {"hint": "test"}},
                  "dsseEnvelope": {"payload": base64.b64encode(body).decode(), "payloadType": kind.decode(),
                                   "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}]}}))
END
        size=$(curl --silent --fail --head -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/$1/manifests/$2" |
                sed -n 's/^[Cc]ontent-[Ll]ength: \([0-9]*\).*/\1/p')
        push_artifact "$1" "bundle-${digest:7:16}" "$work/bundle.json" "$type" \
                "\"artifactType\":\"$type\",\"subject\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"$digest\",\"size\":$size}," ""
        cat >"$work/referrers.json" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",
 "manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"$type",
               "size":$(stat -c %s "$work/sig-manifest.json"),"digest":"sha256:$(sha256sum "$work/sig-manifest.json" | cut -d' ' -f1)"}]}
END
        push_manifest "$1" "${digest/:/-}" "$work/referrers.json" application/vnd.oci.image.index.v1+json
}

# Signs NAME:TAG with skopeo and gpg, into the lookaside directory $work/lookaside, and tells gantry of that.
sign_image_simple() { # NAME TAG HOME ADDRESS
        mkdir -p "$work/registries.d" "$work/lookaside" "${GANTRY_CONFIG_ROOT-}/etc/gantry/registries.d"
        printf 'default-docker:\n  lookaside: file://%s/lookaside\n  lookaside-staging: file://%s/lookaside\n' "$work" "$work" \
                >"$work/registries.d/default.yaml"
        printf '[Registry]\nPrefix=%s\nLookaside=file://%s/lookaside\n' "$registry" "$work" \
                >"${GANTRY_CONFIG_ROOT-}/etc/gantry/registries.d/lookaside.conf"
        GNUPGHOME=$3 skopeo --registries.d "$work/registries.d" copy --quiet --src-tls-verify=false --dest-tls-verify=false \
                --sign-by "$4" "docker://$registry/$1:$2" "docker://$registry/$1:$2"
}

make_cosign_key() { # NAME: NAME.key and NAME.pub
        openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
        openssl ec -in "$1.key" -pubout -out "$1.pub" 2>/dev/null
}

# An OpenPGP key in a home of its own: make_gpg_key HOME ALGORITHM ADDRESS
make_gpg_key() {
        mkdir -m 0700 "$1"
        gpg --homedir "$1" --batch --quiet --passphrase '' --pinentry-mode loopback --quick-generate-key "$3" "$2" sign never 2>/dev/null
        gpg --homedir "$1" --batch --armor --export "$3" >"$1.asc"
}

gpg_sign() { # HOME FILE
        gpg --homedir "$1" --batch --yes --quiet --passphrase '' --pinentry-mode loopback --armor --detach-sign --output "$2.asc" "$2"
}

# gpg starts an agent for a home; it goes with the home.
end_gpg() { # HOME…
        local home
        for home in "$@"; do
                gpgconf --homedir "$home" --kill all
        done
}
