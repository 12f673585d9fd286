#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tars for test-seal.sh, and what Python's tarfile says of them.

    seal-tars.py make DIRECTORY        writes archives of everything tar has
    seal-tars.py compare TAR MOUNT     the mounted file system is what the archive says: every name, type, mode, owner, time,
                                       link, extended attribute and byte, and nothing else
    seal-tars.py memory SEAL COUNT     seals COUNT empty files and prints the most memory that took, in KiB
"""

import decimal
import io
import os
import random
import resource
import stat
import subprocess
import sys
import tarfile
import tempfile

XATTR = "SCHILY.xattr."
WHOLE = 4 << 20  # larger sparse files are compared where they have data, and in one hole


def add(archive, name, data=None, **fields):
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    if data is not None:
        info.size = len(data)
    archive.addfile(info, io.BytesIO(data) if data is not None else None)


def directory(archive, name, **fields):
    add(archive, name, type=tarfile.DIRTYPE, **{"mode": 0o755, **fields})


def symlink(archive, name, target, **fields):
    add(archive, name, type=tarfile.SYMTYPE, linkname=target, **{"mode": 0o777, **fields})


def link(archive, name, target):
    add(archive, name, type=tarfile.LNKTYPE, linkname=target)


def noise(size, seed=0):
    return random.Random(seed).randbytes(size)


def everything(archive):
    directory(archive, "./", mode=0o751, uid=3, pax_headers={"mtime": "1.5"})
    directory(archive, "./bin", mode=0o1777, gid=5)
    add(archive, "./bin/su", noise(30000), mode=0o6755, pax_headers={
        "mtime": "1700000000.123456789", XATTR + "security.capability": "\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        XATTR + "user.comment": "grüße\n", XATTR + "trusted.t": "", XATTR + "user.binary": "\0\x01\x7f" * 100})
    add(archive, "empty", b"", uid=4294967294, gid=2147483648, mode=0o0, mtime=-5)
    directory(archive, "with-xattrs", pax_headers={XATTR + "user.x": "y" * 5000, XATTR + "user.z": "w"})
    add(archive, "with-xattrs/many", b"x", pax_headers={XATTR + f"user.{i}": str(i) for i in range(300)})
    add(archive, "with-xattrs/acl", b"x", pax_headers={
        XATTR + "system.posix_acl_access": "\x02\0\0\0\x01\0\x06\0\udcff\udcff\udcff\udcff\x02\0\x04\0\udce8\x03\0\0"
        "\x04\0\x04\0\udcff\udcff\udcff\udcff\x10\0\x04\0\udcff\udcff\udcff\udcff\x20\0\x04\0\udcff\udcff\udcff\udcff"})
    add(archive, "fifo", type=tarfile.FIFOTYPE, mode=0o622, mtime=77)
    symlink(archive, "sym", "../../nowhere", uid=1)
    symlink(archive, "sym-absolute", "/etc/passwd")
    symlink(archive, "sym-long", "t/" * 2000)
    link(archive, "hard", "./bin/su")
    link(archive, "bin/../hard2".replace("../", ""), "bin/su")
    link(archive, "sym-hard", "sym")
    link(archive, "fifo-hard", "fifo")
    add(archive, "/with-slash", b"x")
    add(archive, "//with/slashes", b"y")
    link(archive, "/slash-hard", "/with-slash")
    for size in (1, 511, 512, 513, 4031, 4032, 4033, 4095, 4096, 4097, 70000, 1048577):
        add(archive, f"sizes/{size}", noise(size, size), mtime=size)


def names(archive):
    for name in ("-", "!", "..a", ".-", "...", "a b", "new\nline", "back\\slash", "'\"", "\x01", "\x7f", "ü", "日本語", "\udcff\udcfe",
                 "caf\udce9", "n" * 255, "d/" * 200 + "f", "a//b", "c/./d", "./e", "f/g/", ".wh", ".whx", "x.wh.y"):
        if name.endswith("/"):
            directory(archive, name)
        else:
            add(archive, name, name.encode(errors="surrogateescape"))


def order(archive):
    add(archive, "missing/parents/of/file", b"x", mtime=5)
    directory(archive, "missing/parents", mode=0o700, uid=9, mtime=6)
    add(archive, "late/child", b"y")
    directory(archive, "late", mode=0o711, mtime=7, pax_headers={XATTR + "user.late": "1"})


def replaced(archive):
    add(archive, "twice", b"first" * 2000)
    add(archive, "twice", b"second", mode=0o600)
    directory(archive, "dir", mode=0o700)
    add(archive, "dir/kept", b"k")
    directory(archive, "dir", mode=0o755, mtime=3)
    add(archive, "was-dir/a/b", b"x")
    add(archive, "was-dir", b"now a file")
    add(archive, "was-file", b"x")
    directory(archive, "was-file")
    add(archive, "was-file/below", b"x")
    symlink(archive, "was-link", "/etc")
    directory(archive, "was-link")
    add(archive, "was-link/passwd", b"harmless")
    add(archive, "linked", b"x" * 100)
    link(archive, "other", "linked")
    add(archive, "linked", b"not linked any more")
    link(archive, "twice", "other")


def devices(archive):
    for name, kind, major, minor in (("null", tarfile.CHRTYPE, 1, 3), ("disk", tarfile.BLKTYPE, 259, 300),
                                     ("byte", tarfile.CHRTYPE, 255, 255), ("far", tarfile.BLKTYPE, 4095, 1048575)):
        add(archive, "dev/" + name, type=kind, devmajor=major, devminor=minor, mode=0o640, gid=6, mtime=9)
    link(archive, "zero", "dev/null")


def times(archive):
    for text in ("-1", "-0.000000001", "-2147483648.5", "0.999999999", "2147483647.25", "2147483648", "4294967296.000000001",
                 "253402300799.123456789"):
        add(archive, "at" + text, b"x", pax_headers={"mtime": text})


def whiteouts(archive):
    add(archive, "d/.wh.gone", b"")
    add(archive, "d/.wh.twice", b"ignored")
    add(archive, "d/.wh.twice", b"")
    add(archive, "d/.wh.back", b"")
    add(archive, "d/back", b"here")
    add(archive, "opaque/.wh..wh..opq", b"")
    directory(archive, "opaque", mtime=5, mode=0o700)
    directory(archive, "both", pax_headers={XATTR + "user.x": "y"})
    add(archive, "both/.wh..wh..opq", b"")
    add(archive, ".wh.dir", b"")
    directory(archive, "dir", mtime=6)
    add(archive, ".wh..wh.plnk/4711", b"AUFS's own")
    add(archive, "late", b"")
    add(archive, ".wh.late", b"")


def large_directory(archive):
    count = 200000 if os.environ.get("GANTRY_LONG") else 20000
    for i in range(count):
        add(archive, f"many/{i * 7919 % count:x}-{'n' * (i % 40)}", b"%d" % i if i % 3 == 0 else b"", mtime=i)


def many(out, count):
    block = bytearray(tarfile.TarInfo("d000/f000000000").tobuf(tarfile.USTAR_FORMAT))
    rest = sum(block[15:148]) + sum(block[156:]) + 8 * ord(" ")
    for i in range(count):
        block[:15] = b"d%03d/f%09d" % (i // 1000, i)
        block[148:156] = b"%06o\0 " % (rest + sum(block[:15]))
        out.write(block)
    out.write(bytes(1024))


def memory(seal, count):
    with tempfile.TemporaryFile() as image:
        command = ["sh", "-c", 'exec "$0" 3<>"/proc/self/fd/$1"', seal, str(image.fileno())]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[image.fileno()]) as child:
            many(child.stdin, count)
            child.stdin.close()
        if child.returncode != 0:
            sys.exit(1)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def make(target):
    def archive(name, format, *fill, **options):
        with tarfile.open(os.path.join(target, name), "w", format=format, **options) as out:
            for f in fill:
                f(out)

    pax, gnu, ustar = tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT
    archive("everything.tar", pax, everything)
    archive("names-pax.tar", pax, names)
    archive("names-gnu.tar", gnu, names)
    archive("order.tar", pax, order)
    archive("replaced.tar", pax, replaced)
    archive("global-header.tar", pax, order, pax_headers={"comment": "x" * 600, "uname": "somebody"})
    archive("devices.tar", gnu, devices)
    archive("times.tar", pax, times)
    archive("whiteouts.tar", pax, whiteouts)
    archive("large-directory.tar", gnu, large_directory)
    archive("empty.tar", ustar)
    archive("ustar-prefix.tar", ustar, lambda a: add(a, "p" * 100 + "/" + "q" * 90, b"x"))
    with open(os.path.join(target, "order.tar"), "rb") as f:
        data = f.read()
    with open(os.path.join(target, "no-end.tar"), "wb") as f:
        f.write(data.rstrip(b"\0").ljust(-(-len(data.rstrip(b"\0")) // 512) * 512, b"\0"))
    with open(os.path.join(target, "much-behind-the-end.tar"), "wb") as f:
        f.write(data + noise(3000000))


class Wanted:
    """What a name is to be; names of one file share an object."""

    def __init__(self, member=None):
        self.member = member
        self.nlink = 0
        self.opaque = False

    def is_dir(self):
        return not self.member or self.member.isdir()


def clean(name):
    return "/".join(part for part in name.split("/") if part not in ("", "."))


KINDS = {tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK, tarfile.FIFOTYPE: stat.S_IFIFO,
         tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK}

WHITEOUT = tarfile.TarInfo()  # all are names of one file
WHITEOUT.type, WHITEOUT.mode, WHITEOUT.devmajor, WHITEOUT.devminor, WHITEOUT.mtime = tarfile.CHRTYPE, 0, 0, 0, 0


def expected(archive):
    tree = {"": Wanted()}
    whiteout = Wanted(WHITEOUT)
    hidden = []
    for member in archive:
        path = clean(member.name)
        if path.startswith(".wh..wh."):
            continue
        parent = path
        while parent:
            parent = os.path.dirname(parent)
            tree.setdefault(parent, Wanted())

        if os.path.basename(path) == ".wh..wh..opq":
            tree[os.path.dirname(path)].opaque = True
            continue
        if os.path.basename(path).startswith(".wh."):
            hidden.append(os.path.join(os.path.dirname(path), os.path.basename(path)[4:]))
            continue

        old = tree.get(path)
        wanted = tree[clean(member.linkname)] if member.islnk() else Wanted(member)
        if old and old.is_dir() and not wanted.is_dir():
            for below in [name for name in tree if name.startswith(path + "/")]:
                del tree[below]
        if wanted.is_dir() and old:
            wanted.opaque = old.opaque
        tree[path] = wanted

    for path in hidden:  # what the layer has itself stays
        if tree.setdefault(path, whiteout).is_dir():
            tree[path].opaque = True
    for wanted in tree.values():
        wanted.nlink += 1
    return tree


def nanoseconds(member):
    text = member.pax_headers.get("mtime")
    return int(decimal.Decimal(text) * 1000000000) if text else int(member.mtime) * 1000000000


def xattrs(wanted):
    headers = wanted.member.pax_headers if wanted.member else {}
    of_entry = {key[len(XATTR):]: value.encode("utf-8", "surrogateescape") for key, value in headers.items() if key.startswith(XATTR)}
    return of_entry | ({"trusted.overlay.opaque": b"y"} if wanted.opaque else {})


class Comparison:
    def __init__(self, archive, root):
        self.archive = archive
        self.root = os.fsencode(root)
        self.wrong = 0

    def check(self, path, what, is_value, wanted):
        if is_value != wanted:
            print(f"{path!r}: {what} is {is_value!r:.200}, not {wanted!r:.200}")
            self.wrong += 1

    def data(self, path, full, member):
        ours = self.archive.extractfile(member)
        pieces = [(0, member.size)]
        if member.issparse() and member.size > WHOLE:
            pieces = [(o, min(s, 65536)) for o, s in member.sparse] + [(4096, 65536)]
        with open(full, "rb") as theirs:
            for offset, size in pieces:
                ours.seek(offset)
                theirs.seek(offset)
                self.check(path, f"data at {offset}", theirs.read(size), ours.read(size))

    def name(self, path, wanted):
        full = os.path.join(self.root, os.fsencode(path)) if path else self.root
        member = wanted.member
        try:
            st = os.lstat(full)
        except OSError as e:
            self.check(path, "it", e.strerror, "there")
            return

        self.check(path, "xattrs", {x: os.getxattr(full, x, follow_symlinks=False) for x in
                                    os.listxattr(full, follow_symlinks=False)}, xattrs(wanted))
        if not member:
            self.check(path, "mode", st.st_mode, stat.S_IFDIR | 0o755)
            self.check(path, "owner", (st.st_uid, st.st_gid, st.st_mtime_ns), (0, 0, 0))
            return

        self.check(path, "mode", oct(st.st_mode), oct(KINDS.get(member.type, stat.S_IFREG) | member.mode))
        self.check(path, "owner", (st.st_uid, st.st_gid), (member.uid, member.gid))
        self.check(path, "time", st.st_mtime_ns, nanoseconds(member))
        if not member.isdir():
            self.check(path, "link count", st.st_nlink, wanted.nlink)
        if member.ischr() or member.isblk():
            self.check(path, "device", st.st_rdev, os.makedev(member.devmajor, member.devminor))
        if member.issym():
            self.check(path, "target", os.readlink(full), os.fsencode(member.linkname))
        if member.isfile():
            self.check(path, "size", st.st_size, member.size)
            self.data(path, full, member)

    def run(self):
        tree = expected(self.archive)
        inodes = {}
        for path, wanted in tree.items():
            self.name(path, wanted)

        found = {b""}
        for at, dirs, files in os.walk(self.root):
            found |= {os.path.relpath(os.path.join(at, name), self.root) for name in dirs + files}
            below = sum(not os.path.islink(os.path.join(at, name)) for name in dirs)
            self.check(os.fsdecode(at), "link count", os.lstat(at).st_nlink, 2 + below)
        self.check("", "the set of names", sorted(found), sorted(os.fsencode(path) for path in tree))

        for path, wanted in tree.items():
            inode = os.lstat(os.path.join(self.root, os.fsencode(path))).st_ino
            self.check(path, "inode", inodes.setdefault(id(wanted), inode), inode)
        return self.wrong


def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "make":
        make(arguments[0])
    elif command == "memory":
        memory(arguments[0], int(arguments[1]))
    elif command == "compare":
        with tarfile.open(arguments[0], encoding="utf-8", errors="surrogateescape") as archive:
            return 1 if Comparison(archive, arguments[1]).run() else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
