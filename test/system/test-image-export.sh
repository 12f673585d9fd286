#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry image export: other people's tools read what it writes, and it is what was fetched. Needs root. Prints TAP.
set -u

if ((EUID != 0)); then
        echo "1..0 # SKIP not run as root"
        exit
fi

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/image-tool.sh
. "$here/../lib/image-tool.sh"

need gantry-image unseal-layer docker-registry skopeo umoci podman python3
trust_everything
layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
image=$(tagged "$layout" image)
name=oci:$layout:image
new_store
good "an image of umoci's" "$image" "$name"

layers() { # the diff_ids in the store
        (cd "$root/layers" && stat --format='%n %i' -- *.erofs)
}
expected=$(layers)

# -- an OCI image ------------------------------------------------------------------------------------------------------

archive=$work/image.tar
silent "export: an image to a file" export -q "$name" "$archive"
is "…nothing is left beside it" test "$(find "$work" -maxdepth 1 -name '.#*')" = ""
gantry-image --root="$root" -q export "$image" - >"$work/again.tar" 2>"$work/err"
is "…by its ID, to standard output: the same bytes" cmp "$archive" "$work/again.tar"
mkdir "$work/unpacked"
is "…a tar" tar -C "$work/unpacked" -xf "$archive"
config_of() { # LAYOUT DIGEST
        python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["config"]["digest"])' "$1/blobs/${2/:/\/}"
}
exported=$(tagged "$work/unpacked" image)
is "…has the same config" test "$(config_of "$work/unpacked" "$exported")" = "$(config_of "$layout" "$image")"
is "…whose layers are there by their diff_ids" python3 - "$work/unpacked" "$exported" <<'END'
import hashlib, json, os, sys
layout, digest = sys.argv[1:]
blob = lambda d: open(f"{layout}/blobs/" + d.replace(":", "/"), "rb").read()
manifest = json.loads(blob(digest))
config = json.loads(blob(manifest["config"]["digest"]))
for layer, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
    assert layer["digest"] == diff_id and len(blob(diff_id)) == layer["size"]
for name in os.listdir(f"{layout}/blobs/sha256"):
    assert hashlib.sha256(blob("sha256:" + name)).hexdigest() == name
END
is "umoci reads it" umoci unpack --image "$work/unpacked:image" "$work/bundle"
is "…and finds the same files" diff --no-dereference -r "$work/bundle/rootfs" "$work/bundle-image/rootfs"

new_registry() {
        mkdir -p "$work/registry"
        serve_registry
}
new_registry
is "skopeo copies it into a registry" \
        skopeo --insecure-policy copy --quiet --dest-tls-verify=false "oci-archive:$archive" "docker://$registry/exported:1"
fetch "$registry/exported:1"
was "…from where gantry fetches it again" test "$status" = 0
is "…with the layers that are there already" test "$(layers)" = "$expected"
fetch "oci-archive:$archive:image"
was "gantry fetches it from the archive" test "$status" = 0
is "…by the digest of its manifest" test "$(cat "$work/out")" = "$exported"
is "…with the layers that are there already" test "$(layers)" = "$expected"
silent "export: what was exported" export -q "$exported" "$work/again.tar"
gantry-image --root="$root" -q cat-manifest "$exported" >"$work/manifest"
tar -xOf "$work/again.tar" "blobs/${exported/:/\/}" >"$work/again-manifest"
is "…has the same manifest" cmp "$work/manifest" "$work/again-manifest"

silent "export: by a registry's name" export -q "$registry/exported:1" "$work/named.tar"
tar -xOf "$work/named.tar" index.json >"$work/index.json"
is "…the tag and the name are told" python3 -c 'import json, sys
annotations = json.load(open(sys.argv[1]))["manifests"][0]["annotations"]
assert annotations == {"org.opencontainers.image.ref.name": "1", "io.containerd.image.name": sys.argv[2]}' "$work/index.json" "$registry/exported:1"
podman() { # a store of its own
        command podman --root="$work/podman" --runroot="$work/podman-run" --storage-driver=vfs "$@"
}
is "podman loads it" podman load --quiet --input "$work/named.tar"
is "…by its name" podman image exists "$registry/exported:1"

# -- an appc image -----------------------------------------------------------------------------------------------------

craft aci "$work/app.aci" example.test/app fine
fetch "$work/app.aci"
id=$(cat "$work/out")
silent "export: an appc image" export -q aci:example.test/app:1.0.0 "$work/exported.aci"
is "…is the archive that its ID is the digest of" test "sha512-$(sha512sum <"$work/exported.aci" | cut -d' ' -f1)" = "${id/:/-}"
zcat -f "$work/app.aci" >"$work/plain.aci"
is "…and that was fetched" cmp "$work/plain.aci" "$work/exported.aci"

# -- what cannot be exported -------------------------------------------------------------------------------------------

refused "export: an unknown image" "Cannot find image" export nothing "$work/nothing.tar"
refused "export: no file named" "to which file" export "$name"
refused "export: into a directory that is not there" "Cannot write .*No such file" export "$name" "$work/nowhere/file.tar"
refused "export: in the place of a device" "'/dev/null'.*it is there, and no file" export "$name" /dev/null
gantry-image --root="$root" -q export "$name" - >/dev/full 2>"$work/err"
is "export: to a full disk" test "$? $(wc -l <"$work/err")" = "1 1"
echo kept >"$work/kept.tar"
upper=$root/layers/$(layer_of "$layout" "$image" 4)
python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
byte = os.pread(fd, 1, 5000)
os.pwrite(fd, bytes([byte[0] ^ 1]), 5000)' "$upper"
refused "export: a layer that is damaged" "layer $(basename "$upper" .erofs).*another digest" export -q "$name" "$work/kept.tar"
is "…what was there before stays" test "$(cat "$work/kept.tar")" = kept
truncate --size=8192 "$upper"
refused "export: a layer that is short" "layer $(basename "$upper" .erofs).*damaged" export -q "$name" "$work/kept.tar"
rm "$upper"
refused "export: a layer that is missing" "layer $(basename "$upper" .erofs): No such file.*fetch the image again" export "$name" "$work/kept.tar"
is "…nothing is left of the attempts" test "$(find "$work" -maxdepth 1 -name '.#*')" = ""

finish
