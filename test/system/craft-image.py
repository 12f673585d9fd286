#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes OCI layouts and ACIs that no decent tool would make.

craft-image.py image LAYOUT TAG KIND [OS/ARCH[/VARIANT]]
                                         adds an image of one layer; KIND (below) says what is wrong with it
craft-image.py index LAYOUT TAG KIND     adds an index tagged "index" over the image TAG and images for other machines
craft-image.py platforms LAYOUT TAG OS/ARCH[/VARIANT]…
                                         adds an image for each, tagged as "linux-arm-v7", and an index tagged TAG over them
craft-image.py sign LAYOUT TAG KEY NAME  adds a cosign signature of what is tagged TAG, made with openssl
craft-image.py refer LAYOUT TAG KEY KIND
                                         adds a sigstore bundle of what is tagged TAG, as an artifact that refers to it; nothing
                                         names it yet
craft-image.py list-referrers LAYOUT TAG tag|layout
                                         lists all that refers to TAG in an index tagged sha256-…, or in index.json
craft-image.py docker-archive FILE KIND  writes what "docker save" wrote before version 25
craft-image.py aci FILE NAME KIND [VERSION [LABEL=VALUE…]]
                                         writes an .aci file
"""

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import platform
import subprocess
import sys
import tarfile
import zlib

MACHINE = platform.machine()
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(MACHINE, MACHINE)
GIB = 1 << 30
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


def zeros(head, size):
    """`head`, so many zeros, and the end of an archive. Not all in memory: an iterator of pieces."""
    yield head
    for _ in range(size >> 20):
        yield bytes(1 << 20)
    yield bytes(10240)


def zstd(data):
    return subprocess.run(["zstd", "--quiet", "--stdout"], input=data, check=True, capture_output=True).stdout


def in_pieces(pack, data, size=1000):
    """One gzip member, zstd frame or xz stream for each piece."""
    return b"".join(pack(data[at : at + size]) for at in range(0, len(data), size))


GOOD = tar(entry("etc", tarfile.DIRTYPE), entry("etc/motd", data=b"hello\n"))
TARS = {
    "dot-dot": tar(entry("../../etc/passwd", data=b"root::0:0::/:/bin/sh\n")),
    "hard-link-outside": tar(entry("passwd", tarfile.LNKTYPE, linkname="../../etc/passwd")),
    "hard-link-absolute": tar(entry("passwd", tarfile.LNKTYPE, linkname="/etc/passwd")),
    "forged-whiteout": tar(entry("etc", tarfile.CHRTYPE, devmajor=0, devminor=0)),
    "long-name": tar(entry("n" * 300)),
    "through-link": tar(entry("d", tarfile.SYMTYPE, linkname="/etc"), entry("d/passwd", data=b"x")),
    "cut-tar": tar(entry("big", data=b"b" * 100000))[:50000],
    "no-tar": b"this is no archive at all\n" * 100,
}


# How a layer is packed, by kind: the suffix of its media type, and what does it. All others are plain gzip.
PACKED = {
    "plain-tar": ("", lambda data: data),
    "gzip-members": ("+gzip", lambda data: in_pieces(gzip.compress, data)),
    "zstd": ("+zstd", zstd),
    "zstd-frames": ("+zstd", lambda data: in_pieces(zstd, data)),
    "zstd-skippable": ("+zstd", lambda data: b"\x50\x2a\x4d\x18\x04\0\0\0skip" + zstd(data) + b"\x5f\x2a\x4d\x18\0\0\0\0"),
    "xz": ("", lzma.compress),
    "xz-streams": ("", lambda data: in_pieces(lzma.compress, data)),
    "bzip2": ("", bz2.compress),
    "bzip2-streams": ("", lambda data: in_pieces(bz2.compress, data)),
    "zstd-as-gzip": ("+gzip", zstd),
    "tar-as-gzip": ("+gzip", lambda data: data),
    "cut-gzip": ("+gzip", lambda data: gzip.compress(data, mtime=0)[:-20]),
    "cut-zstd": ("+zstd", lambda data: zstd(data)[:-20]),
    "cut-xz": ("", lambda data: lzma.compress(data)[:-20]),
    "gzip-and-more": ("+gzip", lambda data: gzip.compress(data, mtime=0) + b"rubbish"),
    "gzip-empty": ("+gzip", lambda data: b""),
}


def damaged(data):
    return data[:40] + bytes([data[40] ^ 0x55]) + data[41:]


def packed_layer(kind):
    """Its bytes, the suffix of its media type, its diff_id."""
    if kind in ("zeros", "zeros-only"):
        info, _ = entry("zeros")
        info.size = GIB
        return packed_zeros(zeros(info.tobuf() if kind == "zeros" else b"", GIB))
    plain = TARS.get(kind, GOOD)
    suffix, pack = PACKED.get(kind, ("+gzip", lambda data: gzip.compress(data, mtime=0)))
    packed = pack(plain)
    return damaged(packed) if kind == "damaged-gzip" else packed, suffix, hashlib.sha256(plain).hexdigest()


def packed_zeros(pieces):
    digest, packer, packed = hashlib.sha256(), zlib.compressobj(1, zlib.DEFLATED, 31), b""
    for piece in pieces:
        digest.update(piece)
        packed += packer.compress(piece)
    return packed + packer.flush(), "+gzip", digest.hexdigest()


def platform_of(text):
    return dict(zip(("os", "architecture", "variant"), text.split("/")))


def image(layout, tag, kind, target=f"linux/{ARCHITECTURE}"):
    packed, suffix, diff_id = packed_layer(kind)
    layers = [layout.add(packed, LAYER + suffix)]
    diff_ids = ["sha256:" + diff_id]
    if kind == "wrong-diff-id":
        diff_ids = ["sha256:" + hashlib.sha256(b"another tar").hexdigest()]
    if kind == "two-diff-ids":
        diff_ids *= 2
    if kind == "twice":
        diff_ids, layers = diff_ids * 2, layers * 2
    config = {
        **platform_of({"other-os": f"plan9/{ARCHITECTURE}", "other-architecture": "linux/vax"}.get(kind, target)),
        "config": {"Cmd": ["/bin/true"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    document = b"[]" if kind == "no-config" else json.dumps(config).encode()
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": layout.add(document, CONFIG), "layers": layers}
    layout.tag(layout.add(json.dumps(manifest).encode(), MANIFEST), tag)


def index(layout, tag, kind):
    ours = layout.find(tag)
    del ours["annotations"]
    ours["platform"] = {"os": "linux", "architecture": ARCHITECTURE}
    if kind == "wrong-size":
        ours["size"] += 1
    for _ in range({"nested": 1, "deep": 20}.get(kind, 0)):
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


def platforms(layout, tag, *targets):
    entries = []
    for target in targets:
        name = target.replace("/", "-")
        image(layout, name, "fine", target)
        entries.append({**layout.find(name), "platform": platform_of(target)})
    for each in entries:
        del each["annotations"]
    layout.tag(layout.add(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode(), INDEX), tag)


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


BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ARTIFACT = "application/vnd.dev.cosign.artifact.sig.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"


def bundle(digest, key):
    statement = json.dumps({
        "_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": digest.split(":")[1]}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1", "predicate": {},
    }).encode()
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(statement), statement)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed, check=True, capture_output=True).stdout
    return json.dumps({
        "mediaType": BUNDLE, "verificationMaterial": {"publicKey": {"hint": ""}},
        "dsseEnvelope": {"payload": base64.b64encode(statement).decode(), "payloadType": "application/vnd.in-toto+json",
                         "signatures": [{"sig": base64.b64encode(signature).decode()}]},
    }).encode()


def refer(layout, tag, key, kind):
    subject = {k: v for k, v in layout.find(tag).items() if k in ("mediaType", "digest", "size")}
    content = bundle(subject["digest"], key)
    layer = layout.add(content + b" " * 65536 if kind == "big" else content, "text/plain" if kind == "text" else BUNDLE)
    cosign = kind in ("artifact", "endless")
    if cosign:
        layer = layout.add(b"{}", "application/vnd.dev.cosign.simplesigning.v1+json",
                           annotations={"dev.cosignproject.cosign/signature": "AAAA" * (2000 if kind == "endless" else 1)})
    manifest = {
        "schemaVersion": 2, "mediaType": MANIFEST, "config": layout.add(b"{}", EMPTY),
        "artifactType": {"sbom": "application/spdx+json", "old": BUNDLE.replace("0.3", "0.2")}.get(kind, BUNDLE),
        "layers": [layer] * (2 if kind == "two-layers" else 1), "subject": subject,
    }
    if cosign or kind == "config-type":
        del manifest["artifactType"]
        manifest["config"]["mediaType"] = ARTIFACT if cosign else BUNDLE
    if kind == "attestation":
        manifest["annotations"] = {"dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1"}
    if kind == "lost-layer":
        layer["digest"] = "sha256:" + "0" * 64
    if kind == "wrong-size":
        layer["size"] += 1
    digest = layout.add(json.dumps(manifest).encode(), MANIFEST)["digest"]
    if kind == "changed":  # still JSON, but not what its name says
        layout.write(os.path.join("blobs", *digest.split(":")), json.dumps({**manifest, "x": 1}).encode())


def list_referrers(layout, tag, where):
    subject = layout.find(tag)["digest"]
    found = []
    for name in sorted(os.listdir(os.path.join(layout.path, "blobs", "sha256"))):
        with open(os.path.join(layout.path, "blobs", "sha256", name), "rb") as f:
            data = f.read(65536)
        if data.startswith(b"{") and b'"subject"' in data and json.loads(data)["subject"]["digest"] == subject:
            manifest = json.loads(data)
            found.append({"mediaType": MANIFEST, "digest": "sha256:" + name, "size": len(data),
                          "artifactType": manifest.get("artifactType", manifest["config"]["mediaType"])})
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": found if where == "tag" else layout.entries() + found}
    if where == "tag":
        layout.tag(layout.add(json.dumps(index).encode(), INDEX), subject.replace(":", "-"))
    else:
        layout.write("index.json", json.dumps(index).encode())


def docker_archive(path, kind):
    """Two layers, of which the second is the first once more, as a link."""
    diff_id = hashlib.sha256(b"another tar" if kind == "wrong-diff-id" else GOOD).hexdigest()
    config = json.dumps({
        "os": "linux", "architecture": ARCHITECTURE, "config": {"Cmd": ["/bin/true"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + diff_id] * 2},
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    first, second = "1" * 64, "2" * 64
    layers = {"absolute-layer": ["/etc/passwd"] * 2, "dot-dot-layer": ["../../etc/passwd"] * 2, "one-layer": [first + "/layer.tar"]}
    link = {"link-outside": "../../../../etc/passwd", "absolute-link": "/etc/passwd", "link-loop": "layer.tar",
            "link-to-nothing": f"../{first}/nothing"}
    described = {"Config": config_name, "RepoTags": ["example.com/hand:1", "example.com/hand:latest"],
                 "Layers": layers.get(kind, [first + "/layer.tar", second + "/layer.tar"])}
    images = [described] + ([{**described, "RepoTags": ["example.com/other:2"]}] if kind == "two-images" else [])
    entries = [
        entry(first, tarfile.DIRTYPE), entry(first + "/VERSION", data=b"1.0"), entry(first + "/json", data=b"{}"),
        entry(first + "/layer.tar", data=GOOD),
        entry(second, tarfile.DIRTYPE), entry(second + "/VERSION", data=b"1.0"), entry(second + "/json", data=b"{}"),
        entry(second + "/layer.tar", tarfile.SYMTYPE, linkname=link.get(kind, f"../{first}/layer.tar")),
        entry(config_name, data=config),
        entry("manifest.json", data=b"[]" if kind == "no-images" else json.dumps(images).encode()),
        entry("repositories", data=json.dumps({"example.com/hand": {"1": second}}).encode()),
    ]
    if kind == "no-manifest":
        entries = [e for e in entries if e[0].name != "manifest.json"]
    if kind == "two-manifests":
        entries.append(entry("manifest.json", data=b"[]"))
    data = tar(*entries)
    with open(path, "wb") as f:
        f.write(data[: len(data) // 2] if kind == "cut" else data)


def aci(path, name, kind, version="1.0.0", *labels):
    manifest = {
        "acKind": "ImageManifest",
        "acVersion": "0.8.11",
        "name": name,
        "labels": [
            {"name": "version", "value": version},
            {"name": "os", "value": "linux"},
            {"name": "arch", "value": "i386" if kind == "other-architecture" else {"x86_64": "amd64"}.get(MACHINE, MACHINE)},
            *({"name": label.split("=")[0], "value": label.split("=")[1]} for label in labels),
        ],
        "app": {"exec": ["/bin/true"], "user": "0", "group": "0"},
    }
    entries = [
        entry("manifest", data=json.dumps(manifest).encode()),
        entry("rootfs", tarfile.DIRTYPE),
        entry("rootfs/motd", data=b"hello\n"),
    ]
    if kind == "big":
        entries.append(entry("rootfs/noise", data=os.urandom(200000)))
    if kind == "dot-dot":
        entries.append(entry("rootfs/../../etc/passwd", data=b"x"))
    pack = {"plain": lambda data: data, "xz": lzma.compress, "bzip2": bz2.compress}.get(kind, lambda data: gzip.compress(data, mtime=0))
    with open(path, "wb") as f:
        f.write(pack(tar(*entries)))


command, arguments = sys.argv[1], sys.argv[2:]
if command in ("aci", "docker-archive"):
    {"aci": aci, "docker-archive": docker_archive}[command](*arguments)
else:
    {"image": image, "index": index, "platforms": platforms, "sign": sign, "refer": refer, "list-referrers": list_referrers}[command](Layout(arguments[0]), *arguments[1:])
