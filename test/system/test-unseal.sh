#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# unseal-layer gives back, byte for byte, what seal-layer was given: tars by GNU tar, bsdtar, Python, umoci, buildah and skopeo, and
# strange ones. Nothing of a damaged layer is taken for a tar. The programs are found in $GANTRY_EXEC_DIR. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
programs=$(realpath -- "${GANTRY_EXEC_DIR:-/usr/libexec/gantry}") || exit 1
work=$(mktemp --directory) || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
cd "$work" || exit 1

seal() {
        rm -f layer
        "$programs/seal-layer" --quiet "${@:2}" <"$1" 3<>layer
}

unseal() {
        "$programs/unseal-layer" "${@:2}" <"$1"
}

same_again() {
        seal "$@" && unseal layer | cmp - "$1"
}

# check_tar TEXT TAR [OPTION…]
check_tar() {
        expect 0 "$1" same_again "${@:2}"
}

# ---- archives of all kinds

for tar in "$here"/../corpus/tar/must-pass/*.tar; do
        check_tar "corpus: ${tar##*/}" "$tar"
done
mkdir tars
python3 "$here/seal-tars.py" make tars || exit 1
for tar in tars/*.tar; do
        check_tar "Python: ${tar##*/}" "$tar"
        expect 0 "… its size" unseal layer --size
        out_is "… is right" "$(stat -c %s "$tar")"
done

mkdir -p tree/dir tree/sparse
head -c 300000 /dev/urandom >tree/dir/random
ln tree/dir/random tree/hard
ln -s dir/random tree/soft
truncate -s 10M tree/sparse/hole
truncate -s 1G tree/sparse/middle
printf data | dd of=tree/sparse/middle bs=1 seek=500000000 conv=notrunc status=none
for i in {0..60}; do printf '%05000d' "$i" | dd of=tree/sparse/many bs=1M seek="$i" conv=notrunc status=none; done
for kind in v7 ustar oldgnu gnu posix-0.0 posix-0.1 posix-1.0; do
        options=(--format="${kind%%-*}")
        case $kind in
        v7 | ustar) options+=(--exclude=sparse) ;;
        posix*) options+=(--sparse --sparse-version="${kind#*-}" --xattrs) ;;
        *) options+=(--sparse) ;;
        esac
        tar -C tree --sort=name "${options[@]}" -cf made.tar .
        check_tar "GNU tar, $kind" made.tar
done
for format in v7 ustar pax gnutar; do
        options=(--format="$format")
        [ $format = pax ] || options+=(--exclude=sparse)
        bsdtar -C tree "${options[@]}" -cf made.tar .
        check_tar "bsdtar, $format" made.tar
done

# Entries whose data no name of the layer has, and devices.
python3 - <<'END'
import io, tarfile
with tarfile.open("strange.tar", "w", format=tarfile.GNU_FORMAT) as t:
    def add(name, data=b"", **fields):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        for key, value in fields.items():
            setattr(info, key, value)
        t.addfile(info, io.BytesIO(data))
    for i in range(3):
        add("same", b"%d" % i * 7000)
    add(".wh.gone", b"a whiteout with data" * 300)
    add("d/.wh..wh..opq")
    add(".wh..wh.plnk/1.2", b"aufs" * 2000)
    add("dir/file", b"x" * 5000)
    add("dir", b"now a file")
    add("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
    add("disk", type=tarfile.BLKTYPE, devmajor=259, devminor=300)
    add("link", type=tarfile.LNKTYPE, linkname="same")
END
check_tar "whiteouts with data, names given twice, devices" strange.tar
{ cat strange.tar; head -c 5000 /dev/zero; head -c 70000 /dev/urandom; } >behind.tar
check_tar "something behind the end" behind.tar
gzip -k strange.tar
expect 0 "of a compressed layer" seal strange.tar.gz
expect 0 "… the tar" sh -c "'$programs/unseal-layer' <layer | cmp - strange.tar"

mkdir -p aci/rootfs/dir
echo '{"acKind":"ImageManifest"}' >aci/manifest
echo text >aci/rootfs/dir/file
tar -C aci -cf image.aci manifest rootfs
check_tar "an App Container image" image.aci --format=aci

# ---- layers of images

# check_layers TEXT LAYOUT
check_layers() {
        local blob
        for blob in "$2"/blobs/sha256/*; do
                gzip -dc "$blob" >made.tar 2>/dev/null || cp "$blob" made.tar
                tar -tf made.tar >/dev/null 2>&1 || continue
                check_tar "$1: a layer of $(stat -c %s made.tar) bytes" made.tar
        done
}

make_image layout test /bin/true >/dev/null 2>&1
check_layers umoci layout
echo inserted >file
umoci insert --image layout:test file /srv/inserted >/dev/null 2>&1
check_layers "umoci insert" layout
expect 0 "skopeo copies an image" skopeo --insecure-policy copy --quiet --dest-compress-format zstd oci:layout:test dir:copied
if command -v buildah >/dev/null && [ "$(id -u)" = 0 ]; then
        expect 0 "buildah makes an image" sh -c '
                storage="--root $PWD/storage --runroot $PWD/run --storage-driver vfs"
                container=$(buildah $storage from scratch) &&
                buildah $storage add --quiet "$container" tree/dir /dir &&
                buildah $storage commit --quiet "$container" oci:built:test'
        check_layers buildah built
fi

# ---- damaged layers

python3 "$here/seal-tars.py" make tars || exit 1
seal tars/order.tar >/dev/null
size=$(stat -c %s layer)
for at in 0 1024 1100 4096 $((size / 2)) $((size - 1)); do
        head -c "$at" layer >shorter
        expect 1 "cut at $at" unseal shorter
        err_has "… says so" '^Cannot unseal layer: it is damaged, or no layer$'
        err_is_one_line "… in one line"
done
expect 0 "with other bits here and there, it is refused or gives something else" python3 - "$programs/unseal-layer" layer tars/order.tar <<'END'
import subprocess, sys
layer, tar = (open(name, "rb").read() for name in sys.argv[2:])
for at in range(0, len(layer), 97):
    with open("flipped", "wb") as f:
        f.write(layer[:at] + bytes([layer[at] ^ 1 << at % 8]) + layer[at + 1:])
    with open("flipped", "rb") as f:
        r = subprocess.run([sys.argv[1]], stdin=f, capture_output=True)
    if r.returncode not in (0, 1) or (r.returncode == 1 and r.stderr.count(b"\n") != 1):
        sys.exit(f"{at}: {r}")
END

# ---- the program itself

expect 1 "a pipe is refused" sh -c "cat layer | '$programs/unseal-layer'"
expect 1 "a full disk" sh -c "'$programs/unseal-layer' <layer >/dev/full"
err_has "… says so" '^Cannot unseal layer: No space left on device$'
expect 1 "it takes no arguments" unseal layer x

finish
