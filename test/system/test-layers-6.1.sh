#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Layers on Debian 12's own kernel, in a guest: what that says of each image is what this machine's kernel says of it, whom
# test-seal.sh compares with the tar. And fs-verity, which this machine's kernel may not have.
#
#     [GANTRY_EXEC_DIR=BUILD] test/system/test-layers-6.1.sh

set -u
shopt -s nullglob
here=$(cd "$(dirname "$0")" && pwd)
clone=$here/../..
. "$clone/test/lib/tap.sh"
seal=$(realpath "${GANTRY_EXEC_DIR:-/usr/libexec/gantry}/seal-layer") || exit 1

if [ -z "${LAYERS_TEST_INSIDE-}" ]; then
        LAYERS_TEST_INSIDE=1 exec unshare --mount --propagation=private "$0" "$@"
fi

work=$(mktemp -d) || exit 1
trap 'umount -q "$work/mnt" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir mnt tars sparse here disk disk/images there

# ---- every image of test-seal.sh's kind, listed here and there

python3 "$here/seal-tars.py" make tars || exit 1
printf 'begin' >sparse/tera
truncate -s 1T sparse/tera
printf 'data' | dd of=sparse/tera bs=1M seek=$((7 << 17)) conv=notrunc status=none
for i in {0..40}; do printf '%05000d' "$i" | dd of=sparse/many bs=1M seek="$i" conv=notrunc status=none; done
tar --format=posix --sparse --sort=name -C sparse -cf tars/sparse.tar .
mkdir -p base/{opaque,again,kept} upper/{opaque,again,kept}
for f in base/{gone,stays,opaque/old,again/old,kept/a,kept/b} upper/{opaque/new,again/new,kept/c}; do echo "$f" >"$f"; done
touch upper/.wh.gone upper/opaque/.wh..wh..opq upper/.wh.again upper/kept/.wh.a
for layer in base upper; do tar -C "$layer" --sort=name -cf "tars/$layer.tar" .; done

cc -D_GNU_SOURCE -O2 -static -o list-tree "$here/list-tree.c" || exit 1
for tar in tars/*.tar; do
        name=$(basename "$tar" .tar)
        "$seal" <"$tar" 3<>"disk/images/$name" >/dev/null || exit 1
        mount -t erofs -o ro,loop "disk/images/$name" mnt && ./list-tree mnt >"here/$name" && umount mnt || exit 1
done

truncate -s 1G disk.ext4
truncate -s 256M verity.ext4
mke2fs -q -t ext4 -d disk disk.ext4 && mke2fs -q -t ext4 -b 4096 -O verity verity.ext4 || exit 1
for build in build-check build; do
        [ ! -x "$clone/$build/test/test-verity" ] || verity=$clone/$build/test/test-verity
done

# /bin/mount is util-linux's, which makes the loop device by libmount, as stage1 does where it has to.
"$clone/test/vm" --with mount --with ./list-tree ${verity:+--with "$verity"} --disk disk.ext4 --disk disk/images/everything \
        --disk verity.ext4 '
                mkdir /disk /layer /base /upper /merged /verity
                mount -o ro /dev/vda /disk
                for image in /disk/images/*; do
                        echo "== ${image##*/}"
                        /bin/mount -t erofs -o ro,nodev,loop "$image" /layer && list-tree /layer
                        umount /layer
                done
                echo "== disk"
                mount -t erofs -o ro /dev/vdb /layer && list-tree /layer
                echo "== merged"
                /bin/mount -t erofs -o ro,loop /disk/images/base /base && /bin/mount -t erofs -o ro,loop /disk/images/upper /upper &&
                        mount -t overlay -o ro,lowerdir=/upper:/base overlay /merged && cd /merged && find . -type f | sort
                cd /
                echo "== verity"
                mount /dev/vdc /verity && CMOCKA_MESSAGE_OUTPUT=TAP TMPDIR=/verity test-verity test_kernel
                echo "== end"
                dmesg | grep -i erofs: | grep -v mounted
                uname -r' >guest 2>err
report "a guest with Debian's kernel" $?

# section NAME: what the guest printed of it.
section() {
        sed -n "/^== $1\$/,/^== /{/^== /d;p}" guest
}

# same TEXT SECTION: it is what this machine's kernel says.
same() {
        section "$2" | diff "here/$2" - >difference
        local status=$?
        report "$1" $status
        [ $status = 0 ] || sed 's/^/# /' difference | head -20
}

[[ $(tail -1 guest) == 6.1.* ]]
report "… which is 6.1" $?
for list in here/*; do
        same "${list##*/}: by loop device, the same as here" "${list##*/}"
done
diff here/everything <(section disk) >/dev/null
report "a disk that is a layer: the same as here" $?
[ "$(section merged | tr '\n' ' ')" = "./again/new ./kept/b ./kept/c ./opaque/new ./stays " ]
report "overlayfs hides what whiteouts say, and shows nothing through opaque directories" $?
[ "$(section end | wc -l)" = 1 ]
report "EROFS has not complained" $?
if [ "${verity-}" ]; then
        section verity | grep --quiet '^ok [0-9]* - test_kernel$'
        report "fs-verity: the kernel measures what gantry computes" $?
else
        skip fs-verity "build-check/test/test-verity has not been built"
fi
finish
