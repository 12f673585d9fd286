#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes test/corpus/elf: programs and libraries by the system's own linker, and damaged copies of one of them, each wrong in one way.

    make-elf.py DIRECTORY

Needs cc, ld, strip and objcopy of the architecture that the tests are for. must-fail/WHY says of each how the refusal begins.
"""

import pathlib
import struct
import subprocess
import sys
import tempfile

SMALL = ["-fPIC", "-nostdlib", "-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-Wl,--hash-style=gnu", "-Wl,-s", "-fno-asynchronous-unwind-tables"]
BUILD_ID = "-Wl,--build-id=0x00112233445566778899aabbccddeeff"
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE = 1, 2, 3, 4
DT_NEEDED, DT_STRTAB, DT_STRSZ = 1, 5, 10


def link(work, name, source, *options):
    path = work / name
    subprocess.run(["cc", "-o", path, "-x", "c", "-", *SMALL, *options], input=source, text=True, check=True)
    return path


def make_good(work):
    """In the order in which they are needed."""
    other = link(work, "libother.so.1", "int other;", "-shared", "-Wl,-soname,libother.so.1", "-Wl,--build-id=none")
    search = ["-Wl,--no-as-needed", "-L", work, "-l:libother.so.1"]
    link(work, "library", "extern int other; int *f(void) { return &other; }", "-shared", *search, BUILD_ID)
    link(work, "runpath", "extern int other; int *f(void) { return &other; }", "-shared", *search, BUILD_ID,
         "-Wl,--enable-new-dtags,-rpath,/opt/a:$ORIGIN/b")
    link(work, "rpath", "extern int other; int *f(void) { return &other; }", "-shared", *search, BUILD_ID,
         "-Wl,--disable-new-dtags,-rpath,/opt/a")
    link(work, "program", "extern int other; void _start(void) { other = 1; }", "-pie", *search, BUILD_ID)
    link(work, "static", "void _start(void) { for (;;); }", "-static", BUILD_ID)
    other.rename(work / "no-build-id")
    return {p.name: p.read_bytes() for p in work.iterdir()}


class Damaged:
    """A copy of a 64-bit little-endian file, to be changed."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.headers, self.n = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]

    def header(self, kind):
        return next(o for o in range(self.headers, self.headers + self.n * 56, 56)
                    if struct.unpack_from("<I", self.data, o)[0] == kind)

    def put(self, form, offset, value):
        struct.pack_into("<" + form, self.data, offset, value)
        return self

    def dynamic(self, tag):
        o = struct.unpack_from("<Q", self.data, self.header(PT_DYNAMIC) + 8)[0]
        while struct.unpack_from("<Q", self.data, o)[0] != tag:
            o += 16
        return o + 8


def damage(program):
    d = lambda: Damaged(program)
    far = 1 << 62
    yield "empty", b"", "not an ELF file"
    yield "text", b"GROUP ( /lib/libc.so.6 )\n", "not an ELF file"
    yield "magic-only", program[:4], "the ELF header is cut off"
    yield "half-header", program[:40], "the ELF header is cut off"
    yield "class-32", d().put("B", 4, 1).data, "for another kind of machine"
    yield "big-endian", d().put("B", 5, 2).data, "for another kind of machine"
    yield "machine-arm", d().put("H", 18, 183).data, "for another kind of machine: 183"
    yield "header-size", d().put("H", 54, 32).data, "program headers: "
    yield "no-headers", d().put("H", 56, 0).data, "program headers: 0"
    yield "many-headers", d().put("H", 56, 65535).data, "program headers: 65535"
    yield "headers-far", d().put("Q", 32, far).data, "the program headers are cut off"
    yield "headers-wrap", d().put("Q", 32, (1 << 64) - 56).data, "the program headers are cut off"
    yield "interpreter-far", d().put("Q", d().header(PT_INTERP) + 8, far).data, "segment of type 3 is cut off"
    yield "interpreter-wrap", d().put("Q", d().header(PT_INTERP) + 32, (1 << 64) - 1).data, "segment of type 3 is cut off"
    yield "interpreter-endless", d().put("Q", d().header(PT_INTERP) + 32, 8).data, "a string is empty or has no end"
    yield "interpreter-empty", d().put("Q", d().header(PT_INTERP) + 32, 0).data, "a string is empty or has no end"
    yield "dynamic-far", d().put("Q", d().header(PT_DYNAMIC) + 8, far).data, "segment of type 2 is cut off"
    yield "note-far", d().put("Q", d().header(PT_NOTE) + 8, far).data, "segment of type 4 is cut off"
    yield "strings-far", d().put("Q", d().dynamic(DT_STRTAB), far).data, "the string table is not in the file"
    yield "strings-long", d().put("Q", d().dynamic(DT_STRSZ), far).data, "the string table is not in the file"
    yield "strings-short", d().put("Q", d().dynamic(DT_STRSZ), 4).data, "a string is "
    yield "strings-unloaded", d().put("I", d().header(PT_LOAD), 0).data, "the string table is not in the file"
    yield "needed-far", d().put("Q", d().dynamic(DT_NEEDED), far).data, "a string is not in the string table"
    yield "needed-empty", d().put("Q", d().dynamic(DT_NEEDED), 0).data, "a string is empty or has no end"
    yield "cut", program[:len(program) // 3], "segment of type "


def main():
    out = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        good = make_good(pathlib.Path(directory))
    for which in ("must-pass", "must-fail"):
        (out / which).mkdir(parents=True, exist_ok=True)
    for name, data in good.items():
        (out / "must-pass" / name).write_bytes(data)
    reasons = []
    for name, data, why in damage(good["program"]):
        (out / "must-fail" / name).write_bytes(bytes(data))
        reasons.append(f"{name}: {why}\n")
    (out / "must-fail" / "WHY").write_text("".join(sorted(reasons)))


main()
