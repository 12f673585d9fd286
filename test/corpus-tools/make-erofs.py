#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes test/corpus/erofs-reader: small layers that seal-layer wrote, one for each way in which it stores things.

    make-erofs.py SEAL-LAYER DIRECTORY
"""

import io
import os
import subprocess
import sys
import tarfile


def entry(name, data=None, **fields):
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    if data is not None:
        info.size = len(data)
    return info, data


def xattrs(**values):
    return {f"SCHILY.xattr.{name.replace('_', '.', 1)}": value for name, value in values.items()}


LAYERS = {
    "empty": [],
    "files": [
        entry("a", b"inlined"),
        entry("b", bytes(4096)),
        entry("c", b"c" * 4090, mtime=1),
        entry("replaced", b"1"),
        entry("replaced", b"2"),
        entry("d/hard", type=tarfile.LNKTYPE, linkname="a"),
    ],
    "sparse": [
        entry("s", b"data", pax_headers={"GNU.sparse.map": "90000,4", "GNU.sparse.numblocks": "1", "GNU.sparse.size": "100000"}),
    ],
    "kinds": [
        entry("link", type=tarfile.SYMTYPE, linkname="elsewhere"),
        entry("fifo", type=tarfile.FIFOTYPE, mtime=1),
        entry("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
        entry("disk", type=tarfile.BLKTYPE, devmajor=259, devminor=70000),
        entry("dir/.wh..wh..opq"),
        entry("dir/.wh.gone"),
    ],
    "xattrs": [
        entry("f", b"x", pax_headers=xattrs(user_a="1", security_capability="\1\0\0\2", trusted_t="")),
        entry("d", type=tarfile.DIRTYPE, mtime=1, pax_headers=xattrs(user_large="v" * 3000)),
    ],
    "names": [entry(f"{i:03d}" + "n" * 100, b"") for i in range(50)],
}


def main():
    seal, target = sys.argv[1:]
    for name, entries in LAYERS.items():
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for info, data in entries:
                archive.addfile(info, None if data is None else io.BytesIO(data))
        path = os.path.join(target, name)
        subprocess.run(["sh", "-c", 'exec "$0" 3<>"$1" >/dev/null', seal, path], input=out.getvalue(), check=True)


if __name__ == "__main__":
    main()
