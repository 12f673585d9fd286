#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# archive-index against what Python's tarfile says: archives by tar and skopeo, one as old docker versions wrote it, and hostile
# ones. The program is found in $GANTRY_EXEC_DIR. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
index=$(realpath -- "${GANTRY_EXEC_DIR:-/usr/libexec/gantry}/archive-index") || exit 1
work=$(mktemp --directory) || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
cd "$work" || exit 1

# index_of ARCHIVE [OPTION…]: into ./index and, if need be, ./unpacked
index_of() {
        local archive=$1
        shift
        : >unpacked
        "$index" "$@" <"$archive" >index 3<>unpacked
}

agrees() {
        python3 "$here/index-archives.py" compare "$1" index "$2"
}

# check_archive TEXT ARCHIVE
check_archive() {
        expect 0 "$1: is listed" index_of "$2"
        expect 0 "$1: as Python does" agrees "$2" plain
        expect 1 "$1: nothing is unpacked" test -s unpacked
}

# ---- what tar makes of a tree, compressed or not

mkdir -p tree/a/deep/er tree/empty "tree/$(printf 'd%.0s' {1..90})"
head -c 300000 /dev/urandom >tree/a/random
echo text >tree/a/deep/text
: >tree/a/nothing
ln tree/a/random tree/hard
ln -s ../a/./deep//text tree/empty/soft
ln -s deep/../deep/er/../text tree/a/soft
echo x >"tree/$(printf 'd%.0s' {1..90})/$(printf 'f%.0s' {1..90})"
for format in v7 ustar oldgnu gnu posix; do
        exclude=()
        [ $format = v7 ] && exclude=(--exclude='./dddd*')
        tar --format=$format -C tree "${exclude[@]}" --sort=name -cf $format.tar .
        check_archive "tar, $format" $format.tar
done
for how in gzip zstd xz bzip2; do
        $how <posix.tar >compressed
        expect 0 "tar, $how: is listed" index_of compressed
        expect 0 "tar, $how: as Python does" agrees posix.tar unpacked
        expect 0 "tar, $how: is unpacked" cmp posix.tar unpacked
done

# ---- images

make_image layout test /bin/true >/dev/null 2>&1
for kind in oci-archive docker-archive; do
        expect 0 "skopeo makes an $kind" skopeo --insecure-policy copy --quiet oci:layout:test "$kind:image.$kind:name:tag"
        check_archive "skopeo, $kind" image.$kind
done

# docker save up to version 24: a directory a layer; one that is there already is a link.
mkdir -p docker/{one,two}
echo layer >docker/one/layer.tar
ln -s ../one/layer.tar docker/two/layer.tar
echo '[{"Config":"c.json","RepoTags":["a:b"],"Layers":["one/layer.tar","two/layer.tar"]}]' >docker/manifest.json
tar -C docker --sort=name -cf docker.tar manifest.json one two
check_archive "docker save" docker.tar
expect 0 "docker save: the link has its target's name" grep --quiet --null-data --line-regexp one/layer.tar index

# ---- limits

expect 0 "a limit that is just large enough" index_of compressed --max-size="$(stat -c %s posix.tar)"
expect 1 "a limit that is one too small" index_of compressed --max-size=$(($(stat -c %s posix.tar) - 1))
err_has "… says so" '^Cannot index archive: more than [0-9]+ bytes unpacked$'
out_is "… and lists nothing" ''
expect 0 "the limit is for what is unpacked" index_of posix.tar --max-size=1

python3 - <<'END'
import tarfile
with open("large.tar", "wb") as file:
    for name in "first", "second":
        info = tarfile.TarInfo(name)
        info.size = 5 << 30
        file.write(info.tobuf())
        file.truncate(file.tell() + info.size)
        file.seek(info.size, 1)
    file.write(bytes(1024))
END
check_archive "10 GiB" large.tar

# ---- archives that must be refused

python3 "$here/index-archives.py" make hostile || exit 1
while IFS=$'\t' read -r file reason; do
        index_of "hostile/$file" 2>err
        got="$?/$(stat -c %s index)/$(wc -l <err)/$(grep -oF -- "$reason" err)"
        cp index out
        [[ $got == "1/0/1/$reason" ]]
        report "refused: $file" $?
done <hostile/cases.tsv

# ---- the program itself

expect 1 "a pipe is refused" sh -c "cat posix.tar | '$index' 3<>unpacked"
err_has "… says so" '^Cannot index archive: standard input is no regular file$'
expect 1 "a compressed archive and nowhere to unpack it" sh -c "exec '$index' <compressed 3<&-"
err_has "… says so" '^Cannot index archive: Bad file descriptor$'
expect 1 "a full disk" sh -c "exec '$index' <compressed 3<>/dev/full"
err_has "… says so" '^Cannot index archive: No space left on device$'
if [ "$(id -u)" = 0 ]; then
        chmod 711 "$work"
        : >unpacked
        setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$index" <compressed >index 3<>unpacked
        expect 0 "without privileges" agrees posix.tar unpacked
fi

finish
