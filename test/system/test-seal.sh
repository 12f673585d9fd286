#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# seal-layer against what tar, Python's tarfile, fsck.erofs and the kernel say. Root mounts the images in a mount namespace of its
# own; without root the comparisons are skipped.
#
#     [GANTRY_EXEC_DIR=BUILD] test/system/test-seal.sh

set -u
shopt -s nullglob
here=$(cd "$(dirname "$0")" && pwd)
seal=${GANTRY_EXEC_DIR:-/usr/libexec/gantry}/seal-layer
seal=$(realpath "$seal") || exit 1
corpus=$here/../corpus/tar/must-fail

if [ "$(id -u)" = 0 ] && [ -z "${SEAL_TEST_INSIDE-}" ]; then
        SEAL_TEST_INSIDE=1 exec unshare --mount --propagation=private "$0" "$@"
fi

work=$(mktemp -d) || exit 1
trap 'umount -q "$work"/mnt/* 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir mnt tars
number=0 failed=0

# result STATUS TEXT: one line of TAP.
result() {
        number=$((number + 1))
        if [ "$1" = 0 ]; then
                echo "ok $number - $2"
        else
                echo "not ok $number - $2"
                failed=$((failed + 1))
        fi
}

# is TEXT GOT WANTED
is() {
        [ "$2" = "$3" ]
        local status=$?
        result $status "$1"
        [ $status = 0 ] || printf '# got:    %s\n# wanted: %s\n' "$2" "$3"
}

skip() {
        number=$((number + 1))
        echo "ok $number - $1 # SKIP $2"
}

# seal_to IMAGE [OPTION…] <BLOB: the record on stdout, messages in ./stderr
seal_to() {
        local image=$1
        shift
        rm -f "$image"
        "$seal" "$@" 3<>"$image" 2>stderr
}

# mount_image IMAGE NAME [WAY]: below mnt/, by a loop device that libmount makes, or as a file
mount_image() {
        mkdir -p "mnt/$2" || return
        if [ "${3-loop}" = file ]; then
                python3 "$here/mount-file.py" "$1" "mnt/$2"
        else
                mount -t erofs -o ro,loop "$1" "mnt/$2"
        fi
}

# check_mounted TAR TEXT WAY: ./image, mounted, is what tarfile says.
check_mounted() {
        local status
        mount_image image it "$3"
        status=$?
        if [ $status = 77 ]; then
                skip "$2: the image mounted as a file is the tar" "the kernel mounts no files"
                return
        fi
        [ $status = 0 ] && python3 "$here/seal-tars.py" compare "$1" mnt/it >compare.log 2>&1
        result $? "$2: the image mounted as a $3 is the tar"
        sed 's/^/# /' compare.log | head -20
        umount mnt/it
}

# check_tar TAR TEXT: sealed, it is what tarfile says.
check_tar() {
        local record status
        record=$(seal_to image <"$1")
        status=$?
        if [ $status != 0 ]; then
                result 1 "$2"
                sed 's/^/# /' stderr
                return
        fi
        is "$2: digest and size" "$(cut -d" " -f1,2 <<<"$record")" "sha256:$(sha256sum <"$1" | cut -d' ' -f1) $(stat -c %s "$1")"
        fsck.erofs image >fsck.log 2>&1
        result $? "$2: fsck.erofs accepts it"
        mkdir -p images && cp image "images/$(basename "$1")"
        if [ "$(id -u)" != 0 ]; then
                skip "$2: the mounted image is the tar" "mounting takes root"
                return
        fi
        check_mounted "$1" "$2" file
        check_mounted "$1" "$2" loop
}

# ---- what python makes, and what GNU tar makes of a real tree

python3 "$here/seal-tars.py" make tars || exit 1
for tar in tars/*.tar; do
        check_tar "$tar" "$(basename "$tar")"
done

mkdir -p tree/a/deep/er tree/b
head -c 300000 /dev/urandom >tree/a/random
echo text >tree/a/deep/text
ln tree/a/random tree/b/hard
ln -s ../a/deep/text tree/b/soft
ln -s "$(printf 'long/%.0s' {1..100})" tree/b/soft-long
mkfifo tree/b/pipe
touch -d '2001-02-03 04:05:06.123456789Z' tree/a/deep/text tree/b
chmod 4711 tree/a/deep/text
mkdir "tree/$(printf 'd%.0s' {1..200})"
echo x >"tree/$(printf 'd%.0s' {1..200})/$(printf 'f%.0s' {1..200})"
for format in v7 ustar oldgnu gnu posix; do
        exclude=()
        [ $format = v7 ] || [ $format = ustar ] && exclude=(--exclude='./dddd*' --exclude='soft-long')
        [ $format = v7 ] && exclude+=(--exclude='pipe')
        tar --format=$format -C tree "${exclude[@]}" --sort=name -cf "tars/$format.gnutar" .
        check_tar "tars/$format.gnutar" "GNU tar, $format"
done

mkdir sparse
truncate -s 10M sparse/hole
truncate -s 3000001 sparse/middle
printf data | dd of=sparse/middle bs=1 seek=1500000 conv=notrunc status=none
truncate -s 1T sparse/tera
printf data | dd of=sparse/tera bs=1 seek=777777777777 conv=notrunc status=none
for i in {0..40}; do printf '%05000d' "$i" | dd of=sparse/many bs=1M seek="$i" conv=notrunc status=none; done
for kind in oldgnu gnu posix-0.0 posix-0.1 posix-1.0; do
        version=(--format="${kind%%-*}")
        [ "${kind#*-}" != "$kind" ] && version+=(--sparse-version="${kind#*-}")
        tar -C sparse "${version[@]}" --sparse -cf "tars/$kind.sparse" .
        check_tar "tars/$kind.sparse" "sparse files, $kind"
        [ "$(stat -c %s image)" -lt 10000000 ]
        result $? "sparse files, $kind: holes take no space"
done

# ---- the same layer gives the same bytes, however it was compressed

record=$(seal_to one <tars/everything.tar)
record_of_everything=$record
for how in cat "gzip -1" "gzip -9" bzip2 xz zstd; do
        if ! command -v "${how%% *}" >/dev/null; then
                skip "the same image from $how" "${how%% *} is not installed"
                continue
        fi
        is "the same record from $how" "$($how <tars/everything.tar | seal_to other)" "$record"
        cmp -s one other
        result $? "the same image from $how"
done
python3 "$here/seal-streams.py" make tars/everything.tar streams || exit 1
for stream in streams/good/*; do
        is "the same record from $(basename "$stream")" "$(seal_to other <"$stream")" "$record"
        cmp -s one other
        result $? "the same image from $(basename "$stream")"
done
python3 "$here/seal-streams.py" make tars/order.tar drips || exit 1
record=$(seal_to one <tars/order.tar)
for stream in tars/order.tar drips/good/*; do
        for size in 1 3; do
                rm -f other # what is behind the layer would count for its fs-verity digest
                is "$(basename "$stream"), $size bytes at a time" \
                        "$(python3 "$here/seal-streams.py" drip "$seal" $size <"$stream" 3<>other)" "$record"
        done
done
record=$record_of_everything
is "in small pieces" "$(dd if=tars/everything.tar bs=777 status=none | seal_to other)" "$record"

# same_in TEXT COMMAND…: COMMAND, given a program and its arguments, runs it in other circumstances.
same_in() {
        local text=$1 tar
        shift
        for tar in tars/{everything,names-pax,order,replaced}.tar tars/posix.gnutar tars/oldgnu.sparse; do
                rm -f other
                "$@" "$seal" <"$tar" 3<>other >/dev/null 2>&1 && cmp -s "images/$(basename "$tar")" other || break
        done
        cmp -s "images/$(basename "$tar")" other
        result $? "the same images $text"
}
same_in "in another locale" env LC_ALL=C.UTF-8
same_in "in another time zone" env TZ=Asia/Tokyo
same_in "with another umask" sh -c 'umask 0777; exec "$@"' -
same_in "with memory that is not zero" env MALLOC_PERTURB_=165
same_in "with other addresses" setarch --addr-no-randomize
same_in "with memory from elsewhere" env GLIBC_TUNABLES=glibc.malloc.mmap_threshold=64:glibc.malloc.tcache_count=0
same_in "with other names of program and user" env -i USER=nobody HOME=/ "$(command -v bash)" -c 'exec -a other "$@"' -
if [ "$(id -u)" = 0 ]; then
        chmod 711 "$work"
        record=$(seal_to one <tars/order.tar)
        rm -f other
        is "without privileges" "$(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$seal" <tars/order.tar 3<>other)" "$record"
        cmp -s one other
        result $? "without privileges: the same image"
else
        skip "without privileges" "setting the user takes root"
fi

# ---- archives that must be refused

while IFS=$'\t' read -r file format reason; do
        record=$(seal_to image --format="$format" <"$corpus/$file")
        status=$?
        message=$(cat stderr)
        is "refused: $file" "$status/$record/$(wc -l <stderr)/${message:0:19}/$(grep -cF -- "$reason" stderr)" "1//1/Cannot seal layer: /1"
done <"$corpus/cases.tsv"

refused_streams() {
        while IFS=$'\t' read -r file reason; do
                record=$(seal_to image <"streams/bad/$file")
                is "refused: $file" "$?/$record/$(grep -cF -- "$reason" stderr)" "1//1"
        done <"streams/$1"
}
refused_streams bad.tsv
if ldd "$seal" | grep -q libisal; then
        refused_streams checksums.tsv
else
        skip "checksums of gzip" "built without ISA-L"
fi
for file in "$corpus"/*; do
        grep -q "^$(basename "$file")"$'\t' "$corpus/cases.tsv" || [ "$(basename "$file")" = cases.tsv ] ||
                result 1 "$(basename "$file") is not in cases.tsv"
done

# ---- limits

size=$(stat -c %s tars/everything.tar)
is "a limit that is just large enough" "$(seal_to other --max-size="$size" <tars/everything.tar)" "$record_of_everything"
for how in cat gzip zstd xz bzip2; do
        $how <tars/everything.tar | seal_to other --max-size=$((size - 1)) >/dev/null
        is "a limit that is one too small, $how" "$(cat stderr)" "Cannot seal layer: more than $((size - 1)) bytes unpacked"
done
for bomb in "zeros more than $((64 << 20)) bytes unpacked" "file entry: more than $((64 << 20)) bytes unpacked" "holes entry: more than $((64 << 20)) bytes unpacked"; do
        reason=${bomb#* } bomb=${bomb%% *}
        python3 "$here/seal-streams.py" bomb $bomb >bomb.gz
        start=$(date +%s%N)
        seal_to other --max-size=$((64 << 20)) <bomb.gz >/dev/null
        spent=$((($(date +%s%N) - start) / 1000000))
        is "a bomb of $bomb" "$(sed "s/entry '[a-z0-9]*'/entry/" stderr)" "Cannot seal layer: $reason"
        [ $spent -lt 1000 ]
        result $? "… is seen after $spent ms"
done
is "a limit that is no number" "$("$seal" --max-size=lots <tars/order.tar 3<>other 2>&1 >/dev/null | grep -c max-size)" 1

# ---- whiteouts, seen by overlayfs

if [ "$(id -u)" = 0 ]; then
        mkdir -p base/{gone-dir,opaque,again,kept}
        for f in base/{gone,stays,gone-dir/x,opaque/old,again/old,kept/a,kept/b}; do echo base >"$f"; done
        tar -C base --sort=name -cf base.tar .
        mkdir -p upper/{opaque,again,kept}
        touch upper/.wh.gone upper/.wh.gone-dir upper/opaque/.wh..wh..opq upper/.wh.again upper/kept/.wh.a upper/.wh..wh.plnk
        for f in upper/{opaque/new,again/new,kept/c}; do echo upper >"$f"; done
        tar -C upper --sort=name -cf upper.tar .
        seal_to base.image <base.tar >/dev/null
        seal_to upper.image <upper.tar >/dev/null
        mount_image base.image base && mount_image upper.image upper && mkdir mnt/merged &&
                mount -t overlay -o ro,lowerdir="$work/mnt/upper:$work/mnt/base" overlay mnt/merged
        result $? "two layers stack"
        is "whiteouts hide and opaque directories are opaque" "$(cd mnt/merged && find . -type f | sort | tr '\n' ' ')" \
                "./again/new ./kept/b ./kept/c ./opaque/new ./stays "
        umount mnt/merged mnt/upper mnt/base

        python3 - <<'END'
import tarfile
with tarfile.open("forged.tar", "w", format=tarfile.PAX_FORMAT) as t:
    d = tarfile.TarInfo("etc"); d.type = tarfile.DIRTYPE; d.mode = 0o755
    d.pax_headers = {"SCHILY.xattr." + k: v for k, v in {
        "trusted.overlay.opaque": "y", "trusted.overlay.redirect": "/other", "user.overlay.opaque": "y", "user.kept": "1",
        "trusted.kept": "2", "com.apple.quarantine": "3"}.items()}
    t.addfile(d)
END
        seal_to image <forged.tar >/dev/null
        is "overlayfs's own attributes are dropped, with a note" "$(cat stderr)" \
                "Dropped 4 extended attributes that a layer may not set."
        mount_image image it
        is "… and others kept" "$(getfattr -d -m - mnt/it/etc | grep "=" | tr '\n' ' ')" 'trusted.kept="2" user.kept="1" '
        umount mnt/it
else
        skip "whiteouts" "mounting takes root"
fi

# ---- App Container images

mkdir -p aci/rootfs/sub
printf '{"acKind":"ImageManifest"}' >aci/manifest
echo x >aci/rootfs/.wh.literal
ln aci/rootfs/.wh.literal aci/rootfs/sub/hard
chmod 700 aci/rootfs
touch -d @12345 aci/rootfs
for order in "manifest rootfs" "rootfs manifest" "./manifest ./rootfs" "."; do
        # shellcheck disable=SC2086
        tar -C aci --sort=name -cf image.aci $order
        record=$(seal_to image --format=aci --manifest=4 4>manifest <image.aci)
        is "ACI of $order: image ID" "$(cut -d" " -f1,2 <<<"$record")" "sha512:$(sha512sum <image.aci | cut -d' ' -f1) $(stat -c %s image.aci)"
        cmp -s manifest aci/manifest
        result $? "ACI of $order: the manifest's bytes"
        is "ACI of $order: manifest only" "$("$seal" --format=aci --manifest-only --manifest=4 4>other 3>&- <image.aci)" "${record% *} -"
        cmp -s other aci/manifest
        result $? "ACI of $order: manifest only: the manifest's bytes"
        if [ "$(id -u)" = 0 ]; then
                mount_image image it
                is "ACI of $order: rootfs is the root" "$(cd mnt/it && find . -printf '%p %n %m %T@\n' | sort | sed 's/ 1[0-9]*\.[0-9]*$/ T/' | tr '\n' ';')" \
                        "$(cd aci/rootfs && find . -printf '%p %n %m %T@\n' | sort | sed 's/ 1[0-9]*\.[0-9]*$/ T/' | tr '\n' ';')"
                umount mnt/it
        else
                skip "ACI of $order: rootfs is the root" "mounting takes root"
        fi
done

# ---- the program itself

"$seal" --format=zip </dev/null >/dev/null 2>&1 3<>image
is "an unknown format is refused" $? 1
"$seal" <tars/order.tar >/dev/null 2>stderr 3>&-
is "without an output file" "$? $(cat stderr)" "1 Cannot write to fd 3: Bad file descriptor"
"$seal" <tars/order.tar 3</dev/full >/dev/null 2>stderr
is "an output file that cannot be written" "$? $(cat stderr)" "1 Cannot seal layer: Bad file descriptor"
"$seal" <tars/order.tar 3<>/dev/full >/dev/null 2>stderr
is "a full disk" "$? $(cat stderr)" "1 Cannot seal layer: No space left on device"

# Beyond names, which are 16 bytes here. The memory of what starts the program is a floor that hides some of the first figure.
few=$(python3 "$here/seal-tars.py" memory "$seal" 1000)
many=$(python3 "$here/seal-tars.py" memory "$seal" 301000)
each=$(((many - few) * 1024 / 300000))
[ $each -gt 0 ] && [ $each -lt 150 ]
result $? "memory grows by less than 150 bytes an entry: by $each"

echo "1..$number"
[ $failed = 0 ]
