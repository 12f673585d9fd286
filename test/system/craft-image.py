#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes OCI layouts and ACIs that no decent tool would make.

craft-image.py image LAYOUT TAG KIND     adds an image of one layer; KIND (below) says what is wrong with it
craft-image.py index LAYOUT TAG KIND     adds an index tagged "index" over the image TAG and images for other machines
craft-image.py sign LAYOUT TAG KEY NAME  adds a cosign signature of what is tagged TAG, made with openssl
craft-image.py aci FILE NAME KIND        writes an .aci file
"""

import base64
import gzip
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile

MACHINE = platform.machine()
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(MACHINE, MACHINE)
OTHERS = [("linux", "s390x"), ("linux", "riscv64"), ("windows", "amd64"), ("unknown", "unknown")]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
REF_NAME = "org.opencontainers.image.ref.name"


class Layout:
    def __init__(self, path):
        self.path = path
        os.makedirs(os.path.join(path, "blobs", "sha256"), exist_ok=True)
        self.write("oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())

    def write(self, name, data):
        with open(os.path.join(self.path, name), "wb") as f:
            f.write(data)

    def add(self, data, media_type, **more):
        digest = hashlib.sha256(data).hexdigest()
        self.write(os.path.join("blobs", "sha256", digest), data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data), **more}

    def entries(self):
        try:
            with open(os.path.join(self.path, "index.json"), "rb") as f:
                return json.load(f)["manifests"]
        except FileNotFoundError:
            return []

    def find(self, tag):
        return next(e for e in self.entries() if e.get("annotations", {}).get(REF_NAME) == tag)

    def tag(self, descriptor, tag):
        others = [e for e in self.entries() if e.get("annotations", {}).get(REF_NAME) != tag]
        entry = {**descriptor, "annotations": {REF_NAME: tag}}
        self.write("index.json", json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": others + [entry]}).encode())


def entry(name, kind=tarfile.REGTYPE, data=b"", **more):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(data)
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


def tar(*entries, format=tarfile.GNU_FORMAT):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format) as t:
        for info, data in entries:
            t.addfile(info, io.BytesIO(data))
    return stream.getvalue()


GOOD = tar(entry("etc", tarfile.DIRTYPE), entry("etc/motd", data=b"hello\n"))
TARS = {
    "dot-dot": tar(entry("../../etc/passwd", data=b"root::0:0::/:/bin/sh\n")),
    "absolute": tar(entry("/etc/passwd", data=b"root::0:0::/:/bin/sh\n")),
    "hard-link-outside": tar(entry("passwd", tarfile.LNKTYPE, linkname="../../etc/passwd")),
    "hard-link-absolute": tar(entry("passwd", tarfile.LNKTYPE, linkname="/etc/passwd")),
    "character-device": tar(entry("null", tarfile.CHRTYPE, devmajor=1, devminor=3)),
    "block-device": tar(entry("disk", tarfile.BLKTYPE, devmajor=8, devminor=0)),
    "long-name": tar(entry("n" * 300)),
    "through-link": tar(entry("d", tarfile.SYMTYPE, linkname="/etc"), entry("d/passwd", data=b"x")),
    "cut-tar": tar(entry("big", data=b"b" * 100000))[:50000],
    "no-tar": b"this is no archive at all\n" * 100,
}


def image(layout, tag, kind):
    plain = TARS.get(kind, GOOD)
    packed, media_type = plain, LAYER
    if kind != "plain-tar":
        packed, media_type = gzip.compress(plain, mtime=0), LAYER + "+gzip"
    if kind == "cut-gzip":
        packed = packed[:-20]
    if kind == "damaged-gzip":
        packed = packed[:40] + bytes([packed[40] ^ 0x55]) + packed[41:]

    diff_id = hashlib.sha256(b"another tar" if kind == "wrong-diff-id" else plain).hexdigest()
    diff_ids = ["sha256:" + diff_id] * (2 if kind == "two-diff-ids" else 1)
    config = {
        "os": "plan9" if kind == "other-os" else "linux",
        "architecture": "vax" if kind == "other-architecture" else ARCHITECTURE,
        "config": {"Cmd": ["/bin/true"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    document = b"[]" if kind == "no-config" else json.dumps(config).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.add(document, CONFIG),
        "layers": [layout.add(packed, media_type)],
    }
    layout.tag(layout.add(json.dumps(manifest).encode(), MANIFEST), tag)


def index(layout, tag, kind):
    ours = layout.find(tag)
    del ours["annotations"]
    ours["platform"] = {"os": "linux", "architecture": ARCHITECTURE}
    if kind == "wrong-size":
        ours["size"] += 1
    if kind == "nested":
        inner = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [ours]}).encode()
        ours = {**layout.add(inner, INDEX), "platform": ours["platform"]}

    entries = []
    for number, (system, architecture) in enumerate(OTHERS):
        other = layout.add(b"never to be fetched, %d" % number, MANIFEST, platform={"os": system, "architecture": architecture})
        os.unlink(os.path.join(layout.path, "blobs", *other["digest"].split(":")))
        entries.append(other)
    if kind != "no-platform":
        entries.insert(2, ours)
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    layout.tag(layout.add(json.dumps(document).encode(), INDEX), "index")


def sign(layout, tag, key, name):
    digest = layout.find(tag)["digest"]
    payload = json.dumps({
        "critical": {
            "identity": {"docker-reference": name},
            "image": {"docker-manifest-digest": digest},
            "type": "cosign container image signature",
        },
        "optional": None,
    }).encode()
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=payload, check=True, capture_output=True).stdout
    layer = layout.add(payload, "application/vnd.dev.cosign.simplesigning.v1+json",
                       annotations={"dev.cosignproject.cosign/signature": base64.b64encode(signature).decode()})
    config = {"architecture": "", "os": "", "config": {}, "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": layout.add(json.dumps(config).encode(), CONFIG), "layers": [layer]}
    layout.tag(layout.add(json.dumps(manifest).encode(), MANIFEST), digest.replace(":", "-") + ".sig")


def aci(path, name, kind):
    manifest = {
        "acKind": "ImageManifest",
        "acVersion": "0.8.11",
        "name": name,
        "labels": [
            {"name": "version", "value": "1.0.0"},
            {"name": "os", "value": "linux"},
            {"name": "arch", "value": "i386" if kind == "other-architecture" else {"x86_64": "amd64"}.get(MACHINE, MACHINE)},
        ],
        "app": {"exec": ["/bin/true"], "user": "0", "group": "0"},
    }
    if kind == "dependencies":
        manifest["dependencies"] = [{"imageName": "example.com/base"}]
    entries = [
        entry("manifest", data=json.dumps(manifest).encode()),
        entry("rootfs", tarfile.DIRTYPE),
        entry("rootfs/motd", data=b"hello\n"),
    ]
    if kind == "dot-dot":
        entries.append(entry("rootfs/../../etc/passwd", data=b"x"))
    with open(path, "wb") as f:
        f.write(gzip.compress(tar(*entries), mtime=0))


command, arguments = sys.argv[1], sys.argv[2:]
if command == "aci":
    aci(*arguments)
else:
    {"image": image, "index": index, "sign": sign}[command](Layout(arguments[0]), *arguments[1:])
