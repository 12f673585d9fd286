#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is looked at before a pod is prepared or started: whether its layers are there, and are what was sealed. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /var/lib/gantry/test.XXXXXX) # on a disk, as stores are
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
empty_trust

cleanup() {
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

# Doubles the lowest layer of an image in a layout, as builders do with the empty one: double_layer LAYOUT:TAG NEW-TAG
double_layer() {
        python3 - "${1%:*}" "${1##*:}" "$2" <<'END'
import hashlib, json, sys

layout, tag, new = sys.argv[1:]


def blob(descriptor):
    return f"{layout}/blobs/sha256/{descriptor['digest'][7:]}"


def put(descriptor, document):
    data = json.dumps(document).encode()
    descriptor.update(digest="sha256:" + hashlib.sha256(data).hexdigest(), size=len(data))
    with open(blob(descriptor), "wb") as f:
        f.write(data)


index = json.load(open(layout + "/index.json"))
name = "org.opencontainers.image.ref.name"
entry = json.loads(json.dumps(next(m for m in index["manifests"] if m["annotations"][name] == tag)))
manifest = json.load(open(blob(entry)))
config = json.load(open(blob(manifest["config"])))
manifest["layers"].insert(2, manifest["layers"][0])
config["rootfs"]["diff_ids"].insert(2, config["rootfs"]["diff_ids"][0])
config.pop("history", None)
put(manifest["config"], config)
put(entry, manifest)
entry["annotations"][name] = new
index["manifests"].append(entry)
json.dump(index, open(layout + "/index.json", "w"))
END
}

{
        make_image images hello /bin/sh -c 'cat /srv/www/index.html; id -un'
        double_layer images:hello doubled
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image is fetched" g fetch "$i:hello"
image=$(<out)
documents=$root/images/${image/:/-}
report "its layers are noted down, bottom first" "$(($(wc -l <"$documents/layers") - 3))"
top=$root/layers/$(tail -1 "$documents/layers" | cut -d' ' -f1).erofs
report "each with the size of its file" \
        "$(while read -r id size _; do [[ $(stat -c %s "$root/layers/$id.erofs") == "$size" ]] || echo wrong; done <"$documents/layers" | wc -l)"
report "and what fsverity computes of it" \
        "$(while read -r id _ verity _; do
                [[ $(fsverity digest --compact "$root/layers/$id.erofs") == "${verity#sha256-}" ]] || echo wrong
        done <"$documents/layers" | wc -l)"

# -- as it should be -------------------------------------------------------------------------------------------------

expect 0 "it runs" g run -q --pull=never "$image"
out_has "with what is in its layers" "Hello from hello"
touch -d 2001-01-01 "$documents"
expect 0 "a pod is prepared of it" g prepare -q --pull=never "$image"
pod=$(<out)
report "that counts as use of the image" "$(($(stat -c %Y "$documents") < $(date +%s) - 60))"
touch -d 2001-01-01 "$documents"
expect 0 "the pod is started" g run -q "$pod"
report "that does, too" "$(($(stat -c %Y "$documents") < $(date +%s) - 60))"

expect 0 "an image with a layer that comes twice runs" g run -q "$i:doubled"
out_has "its layers being stacked once each" "Hello from hello"

# -- settings of somebody else's ---------------------------------------------------------------------------------------

for directory in /etc/systemd/nspawn /run/systemd/nspawn; do
        mkdir -p "$directory"
        touch "$directory/checked.nspawn"
        expect 125 "a pod with settings for a machine of its name in $directory" g run -q --name=checked --pull=never "$image"
        err_has "is told of them" "'$directory/checked.nspawn' has settings for a machine of this name; remove it or use another name"
        rm "$directory/checked.nspawn"
        expect 0 "and is removed" g rm checked
done
expect 0 "without them it runs" g run -q --name=checked --pull=never "$image"

# -- touched, damaged, gone ------------------------------------------------------------------------------------------

prepared() {
        g prepare -q --pull=never "$image"
}

pod=$(prepared)
chmod 0400 "$top"
chmod 0444 "$top"
expect 125 "a layer that was touched is not started from" g run -q "$pod"
err_has "the message says why, and what to do" "somebody has touched the file; .*'gantry image fsck'"
expect 0 "a full check finds that it is good" g image fsck
pod=$(prepared)
expect 0 "from then on it is started from again" g run -q "$pod"

pod=$(prepared)
printf x | dd of="$top" bs=1 seek=5000 conv=notrunc status=none
expect 125 "a layer with other bytes is not started from" g run -q "$pod"
err_has "that it was touched is seen" "somebody has touched the file"
truncate --size=+4096 "$top"
pod=$(prepared)
expect 125 "a layer of another size is not started from" g run -q "$pod"
err_has "it is known to be damaged" "it is not what was sealed; .*'gantry image fsck --repair'"
expect 1 "a check finds it" g image fsck -q
expect 1 "a repair finds it and puts it aside" g image fsck -q --repair
report "under another name" "$(($(find "$root/layers" -name '*.damaged' | wc -l) != 1))"
expect 125 "a pod is not prepared without the layer" g run -q --pull=never "$image"
err_has "the message says what to do" "layer sha256-[0-9a-f]* is missing; fetch the image again"
expect 0 "the next fetch brings it" g fetch -q "$i:hello"
expect 0 "and the image runs" g run -q --pull=never "$image"

pod=$(prepared)
rm -f "$top"
expect 125 "a pod is not started when a layer has gone" g run -q "$pod"
err_has "the message says what to do" "Cannot open layer 'sha256-[0-9a-f]*': .*fetch the image again"
rm -f "$documents/layers"
expect 125 "a pod is not prepared of an image that has no list of layers" g run -q --pull=never "$image"
err_has "the message says what to do" "it is not complete; fetch it again"
expect 0 "a fetch restores both" g fetch -q "$i:hello"
expect 0 "and the image runs" g run -q --pull=never "$image"

finish
