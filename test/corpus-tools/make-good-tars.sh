#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes test/corpus/tar/must-pass: small archives by GNU tar, bsdtar and Python, of each format that they have.
#
#     make-good-tars.sh DIRECTORY
set -eu

target=$(realpath -- "$1")
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir -p tree/dir
echo text >tree/dir/file
ln tree/dir/file tree/hard
ln -s dir/file tree/soft
mkfifo tree/pipe
: >tree/empty
long=$(printf 'n%.0s' {1..90})
mkdir "tree/$long"
echo x >"tree/$long/$long"
truncate -s 100000 tree/sparse
echo data | dd of=tree/sparse bs=1 seek=50000 conv=notrunc status=none
for i in 0 9000 20000 30000 60000 70000; do printf %s "$i" | dd of=tree/sparse bs=1 seek=$i conv=notrunc status=none; done
setfattr -n user.comment -v value tree/dir/file
touch -d '2001-02-03 04:05:06.123456789Z' tree/dir/file tree/dir
find tree ! -path tree/dir ! -path tree/dir/file -exec touch -h -d @1000000000 {} +

options=(--blocking-factor=1 --sort=name --owner=0 --group=3000000 --numeric-owner -C tree)
tar "${options[@]}" --format=v7 --group=0 --exclude=pipe --exclude="$long" --exclude=sparse -cf "$target/gnutar-v7.tar" .
tar "${options[@]}" --format=ustar --group=0 --exclude=sparse -cf "$target/gnutar-ustar.tar" .
tar "${options[@]}" --format=gnu --sparse -cf "$target/gnutar-gnu.tar" .
tar "${options[@]}" --format=oldgnu --sparse -cf "$target/gnutar-oldgnu.tar" sparse
for version in 0.0 0.1 1.0; do
        tar "${options[@]}" --format=posix --sparse --sparse-version=$version --pax-option=exthdr.name=%d/PaxHeaders/%f \
                --xattrs -cf "$target/gnutar-pax-$version.tar" .
done
for format in ustar pax; do
        bsdtar -b 1 --format=$format --xattrs --uid 0 --gid 0 -C tree -cf "$target/bsdtar-$format.tar" dir "$long" hard soft pipe
done
bsdtar -b 1 --format=pax --uid 0 --gid 0 -C tree -cf "$target/bsdtar-sparse.tar" sparse

python3 - "$target" <<'END'
import io, sys, tarfile
tarfile.RECORDSIZE = tarfile.BLOCKSIZE
for name, format in ("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT):
    headers = {"comment": "global"} if name == "pax" else None
    with tarfile.open(f"{sys.argv[1]}/python-{name}.tar", "w", format=format, pax_headers=headers) as t:
        for path in "a", "b/" * 100 + "c", "a":
            info = tarfile.TarInfo(path)
            info.size, info.uid, info.mtime = 600, 1 << 31, 1.5
            t.addfile(info, io.BytesIO(path.encode() * 600))
data = open(f"{sys.argv[1]}/python-gnu.tar", "rb").read().rstrip(b"\0")
open(f"{sys.argv[1]}/not-padded.tar", "wb").write(data)
END
