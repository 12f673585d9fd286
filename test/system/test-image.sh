#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry image list, cat-manifest, rm and fsck: what a store has, what may go, and what is wrong with it. Needs root. Prints TAP.
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

need gantry-image gantry-prepare gantry-rm umoci python3
trust_everything
layout=$work/layout # made by umoci: "image", four layers, and "small", the first two of them
quietly make_layout "$layout" image
quietly umoci tag --image "$layout:image" again
small=$(python3 - "$layout" <<'END'
import hashlib, json, sys
layout = sys.argv[1]
blobs = layout + "/blobs/sha256/"
index = json.load(open(layout + "/index.json"))
manifest = json.load(open(blobs + index["manifests"][0]["digest"][7:]))
config = json.load(open(blobs + manifest["config"]["digest"][7:]))

def write(document):
    data = json.dumps(document).encode()
    digest = hashlib.sha256(data).hexdigest()
    open(blobs + digest, "wb").write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}

config["rootfs"]["diff_ids"] = config["rootfs"]["diff_ids"][:2]
config.pop("history", None)
manifest["layers"] = manifest["layers"][:2]
manifest["config"].update(write(config))
entry = dict(index["manifests"][0], **write(manifest))
entry["annotations"] = {"org.opencontainers.image.ref.name": "small"}
index["manifests"].append(entry)
json.dump(index, open(layout + "/index.json", "w"))
print(entry["digest"])
END
)
image=$(tagged "$layout" image)
name=oci:$layout:image

fetch_all() {
        new_store
        fetch "$name"
        fetch "oci:$layout:again"
        fetch "oci:$layout:small"
        ((status == 0)) || bail_out "Cannot fetch: $(cat "$work/err")"
}

layers() { # how many there are, besides one that mends directories (test/lib/fetch.sh, has_layers)
        find "$root/layers" -name 'sha256-*.erofs' | wc -l
}

json() { # EXPRESSION about "rows": prints what it is of the last list
        python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$work/out" "$1"
}

# -- list --------------------------------------------------------------------------------------------------------------

new_store
mkdir -p "$root"/{incoming,images/refs,layers,pods}
silent "list: an empty store, without a legend" list --no-legend
fetch_all
image list --json=short
was "list: JSON" test "$status" = 0
is "…a row a name, in order" test "$(json '" ".join(r["name"].split(":")[2] for r in rows)')" = "again image small"
is "…the IDs" test "$(json '" ".join(r["id"] for r in rows)')" = "${image/:/-} ${image/:/-} ${small/:/-}"
is "…the verdict is what was required" test "$(json '{r["verdict"] for r in rows}')" = "{'nothing'}"
is "…sizes are numbers; what is shared is not unique" \
        test "$(json 'all(type(r["size"]) == int and 0 <= r["unique"] < r["size"] for r in rows)')" = True
used=$(du --block-size=1 --summarize "$root/layers" | awk '{ print $1 }')
own=$(stat --format='%b' "$root/layers" | awk '{ print $1 * 512 }')
is "…the size is that of its layers, to the block" \
        test "$(json '[r["size"] for r in rows if r["name"].endswith(":image")][0]')" = "$((used - own))"
image list
is "list: for people" grep -qE "^$name +${image/:/-} +[0-9.]+ [kM]B +[0-9.]+ [kM]B +nothing +[0-9]{4}-" "$work/out"
gantry-prepare --root="$root" -q "$name" >/dev/null
image list --json=short
is "…a pod that is made of it is a use" test "$(json 'rows[1]["used"] >= rows[2]["used"]')" = True
refused "list: no argument is wanted" "No image is wanted" list "$name"

# -- cat-manifest ------------------------------------------------------------------------------------------------------

image cat-manifest "$name"
was "cat-manifest: byte for byte" cmp "$work/out" "$layout/blobs/${image/:/\/}"
image cat-manifest --config "$name"
was "cat-manifest --config" test "sha256:$(sha256sum <"$work/out" | cut -d' ' -f1)" = \
        "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["config"]["digest"])' "$layout/blobs/${image/:/\/}")"
refused "cat-manifest: an unknown image" "Cannot find image 'nothing'.*gantry image list" cat-manifest nothing
refused "cat-manifest: none" "Which image" cat-manifest

# -- rm ----------------------------------------------------------------------------------------------------------------

fetch_all
first=$(gantry-prepare --root="$root" -q --name=web "$name")
second=$(gantry-prepare --root="$root" -q --name=db "$name")
silent "rm: a name that is not the last one goes alone, whoever needs the image" rm "oci:$layout:again"
is "…the image stays" test -d "$root/images/${image/:/-}"
refused "rm: all pods that are made of it are named" "needed by pod '(web|db)', pod '(web|db)'" rm "$name"
refused "rm: …also by its ID" "needed by pod" rm "$image"
is "…nothing is gone" test "$(layers) $(ls "$root/images/refs" | wc -l)" = "4 2"
gantry-rm --root="$root" -q "$first" "$second" 2>/dev/null
exec 8<"$root/images/${image/:/-}"
flock --shared 8
refused "rm: one that is being fetched" "it is being fetched" rm "$name"
exec 8<&-
silent "rm: by its last name" rm "$name"
is "…it is gone with the layers that nobody else needs" test "$(layers) $(ls "$root/images")" = "2 refs
${small/:/-}"
refused "rm: one that is not there" "Cannot find image" rm "$name"
fetch_all
silent "rm: by its ID, with all its names" rm "${image:0:20}"
is "…one name is left" test "$(ls "$root/images/refs" | wc -l)" = 1
image rm nothing "oci:$layout:small"
was "rm: several, of which one is not there" test "$status $(wc -l <"$work/err") $(layers)" = "1 1 0"

# -- fsck: nothing is wrong --------------------------------------------------------------------------------------------

# Nothing is wrong.
clean() { # TEXT OPTION…
        local text=$1
        shift
        silent "$text" fsck -q "$@"
}

# One thing is wrong, and said in one line.
wrong() { # TEXT PATTERN OPTION…
        local text=$1 pattern=$2
        shift 2
        refused "$text" "$pattern" fsck -q "$@"
}

# After --repair and gantry fetch all is as it was.
mended() { # TEXT REF…
        local text=$1
        shift
        image fsck -q --repair
        is "$text: --repair says it, too" test "$status" = 1
        for ref in "$@"; do
                fetch "$ref"
        done
        clean "$text: …and the next fetch restores it"
        is "$text: …all of it" test "$(layers)" = 4
}

fetch_all
clean "fsck: a store as it should be"
clean "fsck --quick" --quick
clean "fsck: one image" "$name"
image fsck
was "fsck: says what was looked at" grep -qE '^Checked 2 images, [45] layers \([0-9.]+ [kM]B read\) and 0 pods: nothing is wrong$' "$work/err"
refused "fsck: an image that is not there" "Cannot find image" fsck -q nothing

setpriv --reuid=65534 --clear-groups gantry-image --root="$root" fsck >"$work/out" 2>"$work/err" </dev/null
was "fsck: does not say of pods what it cannot see" grep -qE '^Checked 2 images, .* and no pods, which are root.s to look at: nothing is wrong$' "$work/err"
status=0; setpriv --reuid=65534 --clear-groups gantry-image --root="$root" rm "$name" >"$work/out" 2>"$work/err" </dev/null || status=$?
was "rm: is root's" test "$status $(<"$work/err")" = "1 Cannot remove image '$name': Permission denied; run as root"
refused "export: to no name" "Cannot export to a file without a name" export "$name" ""

# -- fsck: layers ------------------------------------------------------------------------------------------------------

upper=$root/layers/$(layer_of "$layout" "$image" 4)
lower=$root/layers/$(layer_of "$layout" "$image" 1)
flip() { # FILE OFFSET: one bit
        python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
byte = os.pread(fd, 1, int(sys.argv[2]))
os.pwrite(fd, bytes([byte[0] ^ 1]), int(sys.argv[2]))' "$1" "$2"
}

gantry-prepare --root="$root" -q --name=web "$name" >/dev/null
for offset in 0 5000 "$(($(stat --format=%s "$upper") - 1))"; do
        flip "$upper" "$offset"
        image fsck -q
        was "fsck: a bit at $offset has flipped" test "$status $(grep -c . "$work/err")" = "1 2"
        is "…the layer and its image are named" grep -qE "^Layer $(basename "$upper" .erofs) of image 'oci:.*' is damaged: it is not what was sealed$" "$work/err"
        is "…and the pod" grep -qE "^Pod 'web' needs layer $(basename "$upper" .erofs), which is damaged$" "$work/err"
        wrong "fsck --quick: sees that it was touched" "was touched since it was sealed" --quick
        wrong "fsck: of the image alone" "is damaged" "$name"
        clean "fsck: of the other image" "oci:$layout:small"
        mended "a flipped bit" "$name"
        is "…the damaged one is kept for a while" test -s "${upper%.erofs}.damaged"
done
gantry-rm --root="$root" -q web 2>/dev/null

truncate --size=-1 "$upper"
wrong "fsck --quick: sees that a layer is shorter" "is damaged: it is not what was sealed" --quick
wrong "fsck: sees that a layer is shorter" "is damaged: it is not what was sealed"
mended "a short layer" "$name"
echo >>"$upper"
wrong "fsck --quick: sees that a layer is longer" "is damaged" --quick
mended "a long layer" "$name"

cp --remove-destination "$layout/index.json" "$lower"
image fsck -q
was "fsck: a layer of two images is one thing" one_line "is damaged"
mended "a layer of two images" "$name" "oci:$layout:small"
rm "$lower"
image fsck -q
was "fsck: a layer is missing, to both images" test "$status $(grep -c 'needs layer .*, which is missing; fetch it again$' "$work/err")" = "1 2"
mended "a missing layer" "$name" "oci:$layout:small"

cp -a "$upper" "$work/copy" && mv "$work/copy" "$upper"
wrong "fsck --quick: another file of the same bytes is not believed" "was touched" --quick
clean "fsck: after reading it, it is"
clean "fsck --quick: …from then on" --quick
is "…gantry prepare believes it, too" gantry-prepare --root="$root" -q --name=web "$name"

rm "$upper"
image fsck -q
was "fsck: a pod's layer is missing" grep -qE "^Pod 'web' needs a layer or an image that is missing" "$work/err"
gantry-rm --root="$root" -q web 2>/dev/null
fetch "$name"

# -- fsck: documents ---------------------------------------------------------------------------------------------------

documents=$root/images/${image/:/-}
put() { # FILE: from standard input, as an administrator might
        cat >"$work/new" && mv -f "$work/new" "$documents/$1"
}

echo '{}' | put config
wrong "fsck: another config" "^Image '.*' is damaged: its config is not what its digest says$"
wrong "fsck --quick: another config" "its config is not what its digest says" --quick
mended "another config" "$name"
is "…its other name is gone until it is fetched, too" test "$(ls "$root/images/refs" | wc -l)" = 2
gantry-image --root="$root" cat-manifest "oci:$layout:small" | put manifest
wrong "fsck: another manifest" "its manifest is not what its digest says"
mended "another manifest" "$name"
rm "$documents/config"
wrong "fsck: no config" "its config is missing"
mended "no config" "$name"
for file in verdict.json layers; do
        echo '{' | put "$file"
        wrong "fsck: $file is not to be read" "is damaged: (its verdict.json|the list of its layers)"
        mended "$file is not to be read" "$name"
        rm "$documents/$file"
        wrong "fsck: $file is missing" "is damaged: (its verdict.json|the list of its layers)"
        mended "$file is missing" "$name"
done
rm -r "$documents"
image fsck -q
was "fsck: a name without an image" one_line "is the name of an image that is missing$"
mended "a name without an image" "$name"

# -- fsck: beside others -----------------------------------------------------------------------------------------------

while :; do fetch "$name"; image rm "$name"; done &
pids+=($!)
refusals=
for ((i = 0; i < 20; i++)); do
        gantry-image --root="$root" fsck -q >>"$work/beside" 2>&1 || refusals+=.
done
kill "$!" && wait "$!" 2>/dev/null
is "fsck: what comes and goes meanwhile is not wrong" test "$refusals$(cat "$work/beside")" = ""

# -- by the timer ------------------------------------------------------------------------------------------------------

[[ $(systemd-detect-virt --container) == systemd-nspawn ]] || bail_out "This is no throw-away host"
root=/var/lib/gantry
fetch "$name"
touch "$root"/layers/*.erofs
is "systemd accepts the units" systemd-analyze verify --man=no gantry-fsck.service gantry-fsck.timer
image fsck -q --quick "$name"
is "…layers that somebody touched are refused" test "$status" = 1
is "the service runs in its cage" systemctl start gantry-fsck.service
clean "…and may note down what it has read" --quick "$name"
flip "$root/layers/$(layer_of "$layout" "$image" 4)" 5000
is "…it fails if something is wrong" test "$(systemctl start gantry-fsck.service 2>/dev/null || systemctl is-failed gantry-fsck.service)" = failed
systemctl reset-failed gantry-fsck.service
gantry-image --root="$root" -q rm "$name"

finish
