#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An image whose upper layers have no entries for directories, and what they look like.

bare-layers.py make LAYOUT      writes an OCI layout with the image "bare"
bare-layers.py expect ROOTFS    says of an extracted root what the image's command says in a pod
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

# Of the second ones no entry that counts says a time.
COMMAND = """stat -c '%n %a %u:%g %Y' /tmp /home /home/u /home/u/deep /opt /opt/d /said
stat -c '%n %a %u:%g' / /white /file /opaque /opaque/in /now /now/in /again /fresh"""
APPLETS = ["sh", "stat"]


def directory(path, mode=0o755, uid=0, mtime=1, **xattrs):
    member = tarfile.TarInfo(path)
    member.type, member.mode, member.uid, member.gid, member.mtime = tarfile.DIRTYPE, mode, uid, uid, mtime
    member.pax_headers = {"SCHILY.xattr.user." + k: v for k, v in xattrs.items()}
    return member, None


def file(path, data=b"x", mode=0o644):
    member = tarfile.TarInfo(path)
    member.size, member.mode, member.mtime = len(data), mode, 1
    return member, data


def link(path, target):
    member = tarfile.TarInfo(path)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member, None


def layers():
    with open("/bin/busybox", "rb") as f:
        busybox = f.read()
    yield [
        directory(".", 0o711),
        directory("bin"), file("bin/busybox", busybox, 0o755), *(link("bin/" + a, "busybox") for a in APPLETS),
        directory("tmp", 0o1777, mtime=2), directory("home", 0o711), directory("home/u", 0o700, 1000, 3),
        directory("home/u/deep", 0o750, 1000, 4), directory("opt", mtime=5, said="so"), directory("opt/d", 0o2755, 7),
        *(directory(d, 0o700, 9, 6) for d in ["white", "file", "opaque", "opaque/in", "now", "now/in", "again", "said"]),
    ]  # fmt: skip
    yield [file(".wh.white", b""), file(".wh.file", b""), file("file"), file("opaque/.wh..wh..opq", b""),
           file("home/u/deep/a"), directory("said", 0o701, 8)]  # fmt: skip
    yield [file(".wh.file", b""), file("tmp/x"), file("home/u/y"), file("opt/d/x"), file("white/x"), file("file/x"),
           file("opaque/in/x"), file("now/.wh..wh..opq", b""), file("now/in/x"), file(".wh.again", b""),
           file("again/x"), file("said/x"), file("fresh/x")]  # fmt: skip


def put(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(layout, "blobs", "sha256", digest), "wb") as f:
        f.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


def put_json(layout, media_type, value):
    return {"mediaType": media_type} | put(layout, json.dumps(value).encode())


def make_layer(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member, data in members:
            tar.addfile(member, None if data is None else io.BytesIO(data))
    return out.getvalue()


def make(layout):
    os.makedirs(os.path.join(layout, "blobs", "sha256"))
    blobs = [put(layout, make_layer(members)) for members in layers()]
    config = {
        "os": "linux",
        "architecture": subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip(),
        "config": {"Cmd": ["/bin/sh", "-c", COMMAND]},
        "rootfs": {"type": "layers", "diff_ids": [b["digest"] for b in blobs]},
    }
    oci = "application/vnd.oci.image."
    manifest = put_json(layout, oci + "manifest.v1+json", {
        "schemaVersion": 2, "mediaType": oci + "manifest.v1+json",
        "config": put_json(layout, oci + "config.v1+json", config),
        "layers": [{"mediaType": oci + "layer.v1.tar"} | b for b in blobs],
    })  # fmt: skip
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "bare"}
    with open(os.path.join(layout, "index.json"), "w") as f:
        json.dump({"schemaVersion": 2, "manifests": [manifest]}, f)
    with open(os.path.join(layout, "oci-layout"), "w") as f:
        f.write('{"imageLayoutVersion": "1.0.0"}')


def expect(rootfs):
    sys.exit(subprocess.run(["chroot", rootfs, "/bin/sh", "-c", COMMAND]).returncode)


if __name__ == "__main__":
    {"make": make, "expect": expect}[sys.argv[1]](sys.argv[2])
