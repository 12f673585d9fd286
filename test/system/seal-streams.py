#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compressed streams for test-seal.sh: all that the formats allow, and what they do not.

    seal-streams.py make TAR DIRECTORY    writes good/*, which are TAR, and bad/*, with the reasons in bad.tsv
    seal-streams.py drip SEAL SIZE        seals standard input, which arrives SIZE bytes at a time; prints the record
    seal-streams.py bomb KIND             prints what becomes a GiB: gzip of zeros, of a file of them, of a tar of holes
"""

import bz2
import lzma
import os
import socket
import struct
import subprocess
import sys
import tarfile
import zlib

BEHIND = "there are bytes behind the end of the compressed data"
CANNOT = "cannot decompress it: "


def deflate(data, level=6, flush_every=None):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    step = flush_every or len(data) or 1
    out = b""
    for at in range(0, len(data), step):
        out += packer.compress(data[at:at + step])
        if flush_every:
            out += packer.flush(zlib.Z_FULL_FLUSH)
    return out + packer.flush()


def header(extra=None, name=None, comment=None, checksum=None):
    """`checksum`: what is added to the right one."""
    flags = 4 * (extra is not None) | 8 * (name is not None) | 16 * (comment is not None) | 2 * (checksum is not None)
    out = struct.pack("<4BIBB", 0x1f, 0x8b, 8, flags, 12345, 0, 3)
    if extra is not None:
        out += struct.pack("<H", len(extra)) + extra
    for text in (name, comment):
        if text is not None:
            out += text + b"\0"
    if checksum is not None:
        out += struct.pack("<H", zlib.crc32(out) + checksum & 0xffff)
    return out


def member(data, head=None, crc=0, size=0, **how):
    """`crc`, `size`: what is added to the right ones."""
    trailer = struct.pack("<II", zlib.crc32(data) ^ crc, len(data) + size & 0xffffffff)
    return (head or header()) + deflate(data, **how) + trailer


def zstd(data):
    return subprocess.run(["zstd", "--quiet", "--stdout"], input=data, stdout=subprocess.PIPE, check=True).stdout


def skippable(data, number=0):
    return struct.pack("<II", 0x184d2a50 + number, len(data)) + data


def split(data, count):
    step = len(data) // count + 1
    return [data[at:at + step] for at in range(0, len(data), step)]


def good(tar):
    everything = header(b"AB\x04\0" + bytes(4) + b"x" * 3000, b"layer.tar", b"a comment", 0)
    yield "fields.gz", member(tar, everything)
    yield "extra-only.gz", member(tar, header(extra=b""))
    yield "name-only.gz", member(tar, header(name=b"\xe4" * 70000))
    yield "comment-only.gz", member(tar, header(comment=b""))
    yield "checksum-only.gz", member(tar, header(checksum=0))
    yield "stored.gz", member(tar, level=0)
    yield "flushed.gz", member(tar, flush_every=1000)
    yield "members.gz", b"".join(member(part, everything if i % 2 else None) for i, part in enumerate(split(tar, 100)))
    yield "empty-members.gz", member(b"") * 3 + member(tar) + member(b"") * 3
    frames = [zstd(part) for part in split(tar, 20)]
    yield "frames.zst", b"".join(frames)
    yield "pzstd.zst", b"".join(skippable(struct.pack("<I", len(frame))) + frame for frame in frames)
    # As containers/storage writes it: a frame for each chunk, the list of them and a footer in frames to be skipped.
    manifest = zstd(b'{"version":1,"entries":[]}')
    footer = struct.pack("<7Q", 0, len(manifest), 26, 1, 0, 0, 0) + b"GNUlInUx"
    yield "chunked.zst", b"".join(frames) + skippable(manifest) + skippable(footer)
    yield "streams.xz", b"".join(lzma.compress(part) for part in split(tar, 3))
    yield "streams.bz2", b"".join(bz2.compress(part) for part in split(tar, 3))


def bad(tar):
    gz = member(tar)
    yield "reserved-flag.gz", CANNOT, gz[:3] + b"\x20" + gz[4:]
    yield "method.gz", CANNOT, gz[:2] + b"\x07" + gz[3:]
    for name, blob in ("gz", gz), ("zst", zstd(tar)), ("xz", lzma.compress(tar)), ("bz2", bz2.compress(tar)):
        yield "garbage-behind." + name, BEHIND if name in ("gz", "bz2") else CANNOT, blob + b"garbage"
        yield "cut-at-the-end." + name, CANNOT, blob[:-1]
        yield "cut-in-the-middle." + name, CANNOT, blob[:len(blob) // 2]
        yield "cut-early." + name, CANNOT, blob[:9]
    yield "second-member-cut.gz", CANNOT, gz + gz[:-4]
    yield "block-type.gz", CANNOT, header() + b"\x07" + bytes(100)
    yield "lookback.gz", CANNOT, header() + b"\x4b\x04\xf2\xff\xff\xff" + bytes(100)


def bad_checksums(tar):
    """What libarchive lets pass or calls something else."""
    yield "crc.gz", CANNOT + "its checksum", member(tar, crc=1)
    yield "size.gz", CANNOT + "its checksum", member(tar, size=1)
    yield "size-of-the-first.gz", CANNOT + "its checksum", member(tar[:5000], size=-1) + member(tar[5000:])
    yield "header-checksum.gz", CANNOT + "its checksum", member(tar, header(name=b"x", checksum=1))
    yield "second-member-cut-in-its-header.gz", CANNOT + "it is cut short", member(tar) + header()[:5]
    yield "one-byte-behind.gz", BEHIND, member(tar) + b"\0"
    yield "half-a-magic-number-behind.gz", CANNOT, member(tar) + b"\x1f"
    yield "another-magic-number-behind.gz", BEHIND, member(tar) + b"\x1f\x8c" + bytes(100)


def make(path, directory):
    with open(path, "rb") as file:
        tar = file.read()
    for name in "good", "bad":
        os.makedirs(os.path.join(directory, name), exist_ok=True)

    def write(kind, name, blob):
        with open(os.path.join(directory, kind, name), "wb") as out:
            out.write(blob)

    for name, blob in good(tar):
        write("good", name, blob)
    for table, cases in ("bad.tsv", bad(tar)), ("checksums.tsv", bad_checksums(tar)):
        with open(os.path.join(directory, table), "w", encoding="ascii") as out:
            for name, reason, blob in cases:
                write("bad", name, blob)
                out.write(f"{name}\t{reason}\n")


def drip(seal, size):
    """A message is what one read() gets."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with subprocess.Popen([seal, "--quiet"], stdin=there, pass_fds=[3]) as child:
        there.close()
        with here:
            while piece := sys.stdin.buffer.read(size):
                here.send(piece)
    return child.returncode


def bomb(kind):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)

    def put(data):
        sys.stdout.buffer.write(packer.compress(data))

    # A byte in the middle of a file that is too large for small holes.
    for i in range(100 if kind == "holes" else 0):
        info = tarfile.TarInfo(f"f{i}")
        info.size = 1
        info.pax_headers = {"GNU.sparse.size": str(1 << 43), "GNU.sparse.numblocks": "1", "GNU.sparse.map": f"{1 << 42},1"}
        put(info.tobuf(tarfile.PAX_FORMAT) + bytes(512))
    if kind == "file":
        info = tarfile.TarInfo("file")
        info.size = 1 << 30
        put(info.tobuf())
    for _ in range(1 if kind == "holes" else 1 << 10):
        put(bytes(1 << 20))
    sys.stdout.buffer.write(packer.flush())


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "make":
        make(*arguments)
    elif command == "drip":
        return drip(arguments[0], int(arguments[1]))
    elif command == "bomb":
        bomb(arguments[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
