#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Archives for test-archive-index.sh, and what Python's tarfile says of them.

    index-archives.py make DIRECTORY             writes archives that must be refused, with the reasons in cases.tsv
    index-archives.py compare TAR INDEX WHERE    the index is what TAR, uncompressed, is, and begins with WHERE
"""

import io
import os
import posixpath
import sys
import tarfile

CASES = []


def entry(name, data=b"x", headers=None, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.pax_headers = headers or {}
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def link(name, target, kind=tarfile.SYMTYPE):
    return entry(name, b"", type=kind, linkname=target)


def tar(*entries, format=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def case(name, reason, data):
    CASES.append((name, reason, data))


def names():
    case("dotdot", "member '../x': its name has a '..' in it", tar(entry("../x")))
    case("dotdot-inside", "its name has a '..' in it", tar(entry("a/../x")))
    case("dotdot-directory", "its name has a '..' in it", tar(entry("a/..", b"", type=tarfile.DIRTYPE)))
    case("absolute", "its name is absolute", tar(entry("/x")))
    case("root-file", "it has no name", tar(entry(".")))
    case("root-link", "it has no name", tar(link(".", "a")))
    case("too-long", "its name is longer", tar(entry("d/" * 2100 + "x")))
    case("escaped", "member '\\x1b[31m/..'", tar(entry("\x1b[31m/..")))
    case("twice", "member 'a': it is there twice", tar(entry("a"), entry("b"), entry("a")))
    case("twice-unclean", "member 'a/b': it is there twice", tar(entry("a/b"), entry("./a//b")))
    case("file-and-link", "member 'a': it is there twice", tar(entry("a"), entry("b"), link("a", "b")))
    case("two-links", "member 'a': it is there twice", tar(entry("b"), link("a", "b"), link("a", "b", tarfile.LNKTYPE)))


def links():
    outside = "it is a symbolic link to outside of the archive"
    case("symlink-absolute", outside, tar(link("a", "/etc/passwd")))
    case("symlink-outside", outside, tar(link("a", "../b")))
    case("symlink-outside-and-back", outside, tar(link("a/b", "../../a/c")))
    case("symlink-outside-deep", outside, tar(link("a/b/c", "x/../../../../d")))
    case("symlink-long", "File name too long", tar(link("a" * 200 + "/b", "c/" * 2000)))
    hard = "it is a hard link to outside of the archive"
    case("hardlink-outside", hard, tar(link("a", "../b", tarfile.LNKTYPE)))
    case("hardlink-absolute", hard, tar(link("a", "/b", tarfile.LNKTYPE)))


def types():
    neither = "it is neither file, directory nor link"
    for name, kind in ("device", tarfile.CHRTYPE), ("block-device", tarfile.BLKTYPE), ("fifo", tarfile.FIFOTYPE):
        case(name, neither, tar(entry("a", b"", type=kind)))
    sparse = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a", "GNU.sparse.realsize": "5000"}
    case("sparse-1.0", "it is a sparse file", tar(entry("a", b"1\n4000\n1\n" + bytes(503) + b"x", sparse)))
    case("sparse-0.1", "it is a sparse file", tar(entry("a", b"x", {
        "GNU.sparse.size": "5000", "GNU.sparse.numblocks": "1", "GNU.sparse.map": "4000,1"})))


def sizes():
    data = bytes(range(256)) * 40
    whole = tar(entry("a", data), entry("b"))
    case("cut-in-the-data", "member 'a': it is cut short", whole[:5000])
    case("cut-in-the-header", "the header at byte 1024: it is cut short", tar(entry("a"), entry("b"))[:1024 + 100])
    case("size-beyond-the-end", "member 'a': it is cut short", tar(entry("a", data, {"size": str(1 << 40)})))
    case("size-negative", "its size is negative", tar(entry("a", data, {"size": "-1"})))
    case("size-huge", "member 'a': it is cut short", tar(entry("a", data, {"size": str((1 << 63) - 1)})))
    case("real-size", "it has only some of the records of a sparse file", tar(entry("a", b"x" * 600, {"GNU.sparse.realsize": "2000"}), entry("b", data)))
    case("real-size-of-the-last", "it has only some of the records of a sparse file", tar(entry("a", b"x" * 600, {"GNU.sparse.realsize": "9000"})))
    bad = bytearray(whole)
    bad[20] ^= 1
    case("checksum", "this is no tar", bytes(bad))
    case("empty", "it is empty", b"")
    case("text", "this is no tar", b"hello\n" * 1000)
    case("too-many", "it has more than 16384 members", tar(*(entry(f"{i}", b"") for i in range(16385)), format=tarfile.USTAR_FORMAT))
    case("too-much", "the names of its members are too long", tar(*(entry(f"{i}/" + "d/" * 2000 + "x", b"") for i in range(1100))))


def make(directory):
    os.makedirs(directory, exist_ok=True)
    for fill in names, links, types, sizes:
        fill()
    with open(os.path.join(directory, "cases.tsv"), "w", encoding="utf-8") as table:
        for name, reason, data in CASES:
            with open(os.path.join(directory, name), "wb") as file:
                file.write(data)
            table.write(f"{name}\t{reason}\n")


def expected(archive):
    for member in archive:
        name = posixpath.normpath(member.name)
        if member.isreg():
            yield "file", str(member.offset_data), str(member.size), name
        elif member.issym():
            yield "link", posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname)), name
        elif member.islnk():
            yield "link", posixpath.normpath(member.linkname), name


def compare(path, index, where):
    with tarfile.open(path, "r:", encoding="utf-8", errors="surrogateescape") as archive:
        wanted = [where] + [field for record in expected(archive) for field in record]
    with open(index, "rb") as file:
        got = file.read().decode("utf-8", "surrogateescape").split("\0")
    if got == wanted + [""]:
        return 0
    print(next((pair for pair in zip(got, wanted) if pair[0] != pair[1]), (len(got), len(wanted) + 1)))
    return 1


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "make":
        make(*arguments)
    elif command == "compare":
        return compare(*arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
