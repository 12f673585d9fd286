#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes test/corpus/tar/must-fail: archives that seal-layer refuses, each small and wrong in one way.

    make-tars.py DIRECTORY

cases.tsv says of each: file, --format=, what the reason contains.
"""

import gzip
import io
import os
import sys
import tarfile

tarfile.RECORDSIZE = tarfile.BLOCKSIZE  # keeps them small

CASES = []


def entry(name, data=None, **fields):
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    if data is not None:
        info.size = len(data)
    return info, data


def directory(name, **fields):
    return entry(name, type=tarfile.DIRTYPE, mode=0o755, **fields)


def link(name, target):
    return entry(name, type=tarfile.LNKTYPE, linkname=target)


def symlink(name, target):
    return entry(name, type=tarfile.SYMTYPE, linkname=target)


def tar(*entries, format=tarfile.PAX_FORMAT, end=True):
    out = io.BytesIO()
    archive = tarfile.open(fileobj=out, mode="w", format=format)
    for info, data in entries:
        archive.addfile(info, io.BytesIO(data) if data is not None else None)
    archive.close()
    data = out.getvalue()
    return data if end else data[:-1024]


def header(info, **overwrite):
    """A ustar header with fields overwritten at will and a right checksum."""
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    for position, value in overwrite.values():
        block[position:position + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def case(name, reason, data, format="oci"):
    CASES.append((name, format, reason, data))


def names():
    where = "its name has a '..' in it"
    case("dotdot.tar", where, tar(entry("../../etc/passwd", b"root::0:0:::\n")))
    case("dotdot-in-the-middle.tar", where, tar(entry("a/../../etc/passwd", b"x")))
    case("dotdot-harmless.tar", where, tar(entry("a/../b", b"x")))
    case("dotdot-at-the-end.tar", where, tar(directory("a/..")))
    case("dotdot-alone.tar", where, tar(directory("..")))
    case("dotdot-gnu-long.tar", where, tar(entry("x/" * 60 + "../y", b"x"), format=tarfile.GNU_FORMAT))
    case("name-256.tar", "its name has a part of 256 bytes", tar(entry("d/" + "n" * 256, b"x")))
    case("name-300.tar", "its name has a part of 300 bytes", tar(entry("n" * 300, b"x")))
    case("name-300-directory.tar", "its name has a part of 300 bytes", tar(entry("n" * 300 + "/x", b"x")))
    case("path-5000.tar", "its name is longer than 4095 bytes", tar(entry("d/" * 2500 + "x", b"x")))
    case("no-name.tar", "it has no name", header(tarfile.TarInfo("x"), name=(0, b"\0")) + bytes(1024))
    case("root-is-a-file.tar", "the root is a directory", tar(entry(".", b"x")))
    case("parent-is-a-file.tar", "'file' in its name is not a directory", tar(entry("file", b"x"), entry("file/below", b"x")))
    case("parent-is-a-symlink.tar", "'out' in its name is not a directory",
         tar(symlink("out", "/etc"), entry("out/passwd", b"x")))
    case("name-to-be-escaped.tar", r"entry '\x1b[31m\x0a\x27/xxx", tar(entry("\033[31m\n'/" + "x" * 256, b"x")))


def links():
    out = "it is a hard link to outside of the layer"
    file = entry("file", b"x")
    case("hardlink-outside.tar", out, tar(link("l", "../../etc/shadow")))
    case("hardlink-dangling.tar", "it is a hard link to 'etc/shadow', which is no file", tar(link("l", "etc/shadow")))
    case("hardlink-forward.tar", "it is a hard link to 'file', which is no file", tar(link("l", "file"), file))
    case("hardlink-to-itself.tar", "it is a hard link to 'l', which is no file", tar(link("l", "l")))
    case("hardlink-to-a-directory.tar", "it is a hard link to 'd', which is no file", tar(directory("d"), link("l", "d")))
    case("hardlink-to-the-root.tar", "it is a hard link to '', which is no file", tar(directory("."), link("l", ".")))
    case("hardlink-to-a-whiteout.tar", "it is a hard link to 'w', which is no file", tar(entry(".wh.w", b""), link("l", "w")))
    case("hardlink-through-a-symlink.tar", "it is a hard link to 's/passwd', which is no file",
         tar(symlink("s", "/etc"), link("l", "s/passwd")))
    case("hardlink-to-what-was-replaced.tar", "it is a hard link to 'd/file', which is no file",
         tar(entry("d/file", b"x"), entry("d", b"x"), link("l", "d/file")))
    case("symlink-5000.tar", "a symbolic link has 1 to 4095 bytes, not 5000", tar(symlink("l", "t" * 5000)))
    case("symlink-empty.tar", "a symbolic link has 1 to 4095 bytes, not 0", tar(symlink("l", "")))


def types():
    case("device-forged-whiteout.tar", "it is the character device 0:0, a whiteout in disguise",
         tar(entry("etc", type=tarfile.CHRTYPE, devmajor=0, devminor=0)))
    case("device-number.tar", "it is a device node whose number no kernel has",
         tar(entry("dev/sda", type=tarfile.BLKTYPE, devmajor=4096, devminor=0)))
    case("unknown-type.tar", "it is of the unknown type 'V'", tar(entry("volume", type=b"V")))
    case("whiteout-of-nothing.tar", "it is a whiteout of nothing", tar(entry("d/.wh.", b"")))
    case("whiteout-of-dot.tar", "it is a whiteout of nothing", tar(entry(".wh..", b"")))
    case("whiteout-of-dotdot.tar", "it is a whiteout of nothing", tar(entry("d/.wh...", b"")))
    case("whiteout-with-children.tar", "it is within a whiteout", tar(entry("d/.wh.x/y", b"")))
    case("opaque-file.tar", "what it makes opaque is not a directory", tar(entry("f", b""), entry("f/.wh..wh..opq", b"")))


def metadata():
    big = {"SCHILY.xattr.user.x": "v" * 65000, "SCHILY.xattr.user.y": "v" * 1000}
    case("xattrs-too-large.tar", "its extended attributes are larger than 65536 bytes", tar(entry("f", b"", pax_headers=big)))
    case("xattr-on-root-too-large.tar", "the root directory's extended attributes are larger",
         tar(directory(".", pax_headers={"SCHILY.xattr.user.x": "v" * 3000})))
    case("owner-too-large.tar", "its owner has the number 4294967296", tar(entry("f", b"", pax_headers={"uid": "4294967296"})))
    case("owner-nobody-at-all.tar", "its owner is no valid user or group", tar(entry("f", b"", pax_headers={"gid": "4294967295"})))
    negative = tarfile.TarInfo("f")
    case("owner-negative.tar", "its owner has the number -2",
         header(negative, uid=(108, b"\xff" * 7 + b"\xfe")) + bytes(1024))


def streams():
    good = tar(entry("a", b"a" * 5000), entry("b", b"b" * 100))
    packed = gzip.compress(good, mtime=0)
    long = gzip.compress(tar(entry("zeros", bytes(1 << 20))), mtime=0)
    case("empty", "it is empty", b"")
    case("text", "the header at byte 0: its checksum is wrong: this is no tar", b"This is not a tar archive.\n" * 100)
    case("cut-in-the-header.tar", "the header at byte 5632: it is cut short", good[:512 * 11 + 200])
    case("cut-in-the-data.tar", "entry 'a': it is cut short", good[:3000])
    case("cut-in-gzip.tar.gz", "cannot decompress it", long[:600])
    case("cut-in-the-gzip-trailer.tar.gz", "cannot decompress it", long[:-8])
    case("cut-in-the-gzip-header.tar.gz", "cannot decompress it", packed[:5])
    case("garbage-behind-gzip.tar.gz", "there are bytes behind the end of the compressed data", packed + b"garbage")
    case("zeros-behind-gzip.tar.gz", "there are bytes behind the end of the compressed data", packed + bytes(512))
    case("gzip-of-nothing.gz", "it is empty", gzip.compress(b"", mtime=0))
    case("gzip-of-gzip.tar.gz", "the header at byte 0: it is cut short", gzip.compress(packed, mtime=0))
    bad = bytearray(good)
    bad[512 * 11 + 10] ^= 1
    case("checksum.tar", "the header at byte 5632: its checksum is wrong", bytes(bad))
    case("size-beyond-the-end.tar", "entry 'f': it is cut short",
         header(tarfile.TarInfo("f"), size=(124, b"77777777777\0")) + bytes(1024))
    case("size-negative.tar", "the header at byte 0: its size is negative", header(tarfile.TarInfo("f"), size=(124, b"\xff" * 12)) + bytes(1024))


def aci():
    manifest, rootfs = entry("manifest", b"{}"), directory("rootfs")

    def refuse(name, reason, *entries):
        case("aci-" + name + ".tar", reason, tar(*entries), "aci")

    outside = "it is neither the manifest nor below rootfs"
    again = "there is an entry of that name already"
    refuse("no-manifest", "it has no manifest", rootfs)
    refuse("no-rootfs", "it has no rootfs", manifest)
    refuse("rootfs-only-implied", "it has no rootfs", manifest, entry("rootfs/f", b"x"))
    refuse("third-name", outside, manifest, rootfs, entry("etc/passwd", b"x"))
    refuse("rootfs-prefix", outside, manifest, rootfs, entry("rootfsX/f", b"x"))
    refuse("root-is-a-file", outside, entry(".", b"x"), manifest, rootfs)
    refuse("dotdot", "its name has a '..' in it", manifest, rootfs, entry("rootfs/../evil", b"x"))
    refuse("absolute", "its name is absolute", manifest, rootfs, entry("/rootfs/x", b"x"))
    refuse("rootfs-file", "rootfs is no directory", manifest, entry("rootfs", b"x"))
    refuse("rootfs-symlink", "rootfs is no directory", manifest, symlink("rootfs", "/"))
    refuse("rootfs-link", "rootfs is no directory", manifest, directory("rootfs"), link("rootfs", "rootfs"))
    refuse("manifest-directory", "the manifest is no regular file", directory("manifest"), rootfs)
    refuse("manifest-symlink", "the manifest is no regular file", symlink("manifest", "rootfs/m"), rootfs)
    refuse("manifest-link", "the manifest is no regular file", rootfs, entry("rootfs/m", b"{}"), link("manifest", "rootfs/m"))
    refuse("manifest-twice", again, manifest, rootfs, entry("./manifest", b"{}"))
    refuse("file-twice", again, manifest, rootfs, entry("rootfs/f", b"x"), entry("./rootfs//f", b"x"))
    refuse("directory-twice", again, manifest, rootfs, directory("rootfs/d"), directory("rootfs/d/"))
    refuse("rootfs-twice", again, manifest, rootfs, rootfs)
    refuse("file-and-directory", again, manifest, rootfs, entry("rootfs/d", b"x"), directory("rootfs/d"))
    refuse("link-twice", again, manifest, rootfs, entry("rootfs/f", b"x"), link("rootfs/g", "rootfs/f"), link("rootfs/g", "rootfs/f"))
    refuse("hardlink-to-manifest", "it is a hard link to outside of rootfs", manifest, rootfs, link("rootfs/m", "manifest"))
    refuse("hardlink-outside", "it is a hard link to outside of the layer", manifest, rootfs, link("rootfs/m", "../../etc/passwd"))
    refuse("hardlink-not-below-rootfs", "it is a hard link to outside of rootfs",
           manifest, rootfs, entry("rootfs/f", b"x"), link("rootfs/g", "f"))
    large = tar(entry("manifest", bytes(4 * 1024 * 1024 + 1)), rootfs)
    case("aci-manifest-too-large.tar.gz", "the manifest is larger than 4194304 bytes", gzip.compress(large, mtime=0), "aci")


def main():
    for make in (names, links, types, metadata, streams, aci):
        make()

    directory_path = sys.argv[1]
    os.makedirs(directory_path, exist_ok=True)
    with open(os.path.join(directory_path, "cases.tsv"), "w", encoding="utf-8") as table:
        for name, format_name, reason, data in CASES:
            with open(os.path.join(directory_path, name), "wb") as file:
                file.write(data)
            table.write(f"{name}\t{format_name}\t{reason}\n")


if __name__ == "__main__":
    main()
