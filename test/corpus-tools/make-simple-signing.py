#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes test/corpus/simple-signing. Run by hand, the result is committed:

    make-simple-signing.py DIRECTORY (test/corpus)

GnuPG and skopeo make all keys and signatures; what no tool would write is made of their packets, put together in another way. All
is dated in 2024 and meant to be judged on 2025-06-01 (1748736000).

simple-signing/cases.tsv says of each message: file, key, name that is asked for, SignedName=, expected (0 or the error), what the
reason has in it or why it is good, maker. skopeo-says.tsv is what `skopeo standalone-verify` makes of the same; differences.tsv,
why that is not our verdict, is written by hand. test/fuzz/simple-signing-key.h is the key for the fuzz target.
"""

import atexit
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from openpgp_frames import body, compressed, deflate, packet, quine, split

corpus = os.path.realpath(sys.argv[1])
home = tempfile.mkdtemp(prefix="ss.", dir="/tmp")
EARLY, SIGNED, LATER, NOW = "20240101T000000", "20240201T000000", "20240601T000000", "20250601T000000"
REPOSITORY = "quay.io/coreos/etcd"
NAME = REPOSITORY + ":v3.5"
MANIFEST = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:' + b"a" * 64 + b'","size":2},"layers":[]}'
DIGEST = "sha256:" + hashlib.sha256(MANIFEST).hexdigest()
TYPE = "atomic container signature"

for d in "simple-signing/keys", "simple-signing/messages":
    shutil.rmtree(os.path.join(corpus, d), ignore_errors=True)
    os.makedirs(os.path.join(corpus, d))


def write(path, data):
    with open(os.path.join(corpus, path), "wb") as f:
        f.write(data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


write("simple-signing/manifest", MANIFEST)

# --- GnuPG


def environment(directory=home):
    return {**os.environ, "GNUPGHOME": directory, "HOME": directory}


def set_time(time, directory=home):
    """For a gpg that somebody else starts."""
    with open(os.path.join(directory, "gpg.conf"), "w") as f:
        f.write(f"faked-system-time {time}!\nignore-time-conflict\nignore-valid-from\nno-auto-check-trustdb\ntrust-model always\n")


def gpg(*args, time=SIGNED, data=b""):
    fixed = ["--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--faked-system-time", time + "!",
             "--allow-weak-digest-algos", "--allow-weak-key-signatures"]
    return subprocess.run(["gpg", *fixed, *args], input=data, env=environment(), check=True, capture_output=True).stdout


def talk(answers, *args, time=LATER):
    subprocess.run(["gpg", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--faked-system-time", time + "!",
                    "--command-fd", "0", *args], input=answers.encode(), env=environment(), check=True, capture_output=True)


def mail(name):
    return f"<{name}@example.com>"


def fingerprints(name):
    lines = gpg("--with-colons", "--list-keys", mail(name)).decode().splitlines()
    return [line.split(":")[9] for line in lines if line.startswith("fpr:")]


def new_key(name, algorithm="ed25519", usage="sign,cert", expire="never"):
    gpg("--quick-gen-key", f"{name} {mail(name)}", algorithm, usage, expire, time=EARLY)


def add_subkey(name, algorithm, expire="never"):
    gpg("--quick-add-key", fingerprints(name)[0], algorithm, "sign", expire, time=EARLY)


def clean_up():
    subprocess.run(["gpgconf", "--kill", "all"], env=environment(), check=True)
    shutil.rmtree(home)


atexit.register(clean_up)
set_time(SIGNED)
for name, algorithm in {"main": "ed25519", "other": "ed25519", "rsa": "rsa3072", "p256": "nistp256", "p521": "nistp521"}.items():
    new_key(name, algorithm)
new_key("expired", expire="60d")
new_key("revoked")
for name in "subkey", "subkey-expired", "subkey-revoked", "weak":
    new_key(name, usage="cert" if name == "subkey" else "sign,cert")
add_subkey("subkey", "rsa2048")
add_subkey("subkey-expired", "ed25519", "60d")
add_subkey("subkey-revoked", "ed25519")
add_subkey("weak", "rsa1024")
add_subkey("weak", "dsa2048")

# --- messages of GnuPG


def claim(digest=DIGEST, name=NAME, kind=TYPE, optional=None):
    return {"critical": {"identity": {"docker-reference": name}, "image": {"docker-manifest-digest": digest}, "type": kind},
            "optional": {"creator": "atomic 5.22.0", "timestamp": 1706745600} if optional is None else optional}


def encode(document):
    return document if isinstance(document, bytes) else json.dumps(document, separators=(",", ":")).encode()


def sign(document=None, *args, key="main", time=SIGNED, mode="--sign"):
    """Compressed by default, as gpg and skopeo do it."""
    document = encode(claim() if document is None else document)
    return gpg(mode, *(["--local-user", key if key.endswith("!") else mail(key)] if key else []), *args, data=document, time=time)


def sign_plain(document=None, **options):
    return sign(document, "--compress-algo", "none", **options)


plain = sign_plain()
ops, literal, signature = split(plain)
other_document = claim(name="quay.io/evil/etcd:v3.5")
ops2, literal2, signature2 = split(sign_plain(other_document))

cases = []


def case(file, expected, reason, data, key="main", asked=NAME, rule="repository", maker="gpg"):
    assert file not in [c[0] for c in cases]
    write(f"simple-signing/messages/{file}", data)
    cases.append((file, key, asked, rule, expected, reason, maker))


def good(file, reason, data, **options):
    case(file, "0", reason, data, **options)


def malformed(file, reason, data, maker="packets of gpg", **options):
    case(file, "EBADMSG", reason, data, maker=maker, **options)


# --- what gpg and skopeo write
manifest = os.path.join(home, "manifest")
shutil.copy(os.path.join(corpus, "simple-signing/manifest"), manifest)


def skopeo_sign(key, name=NAME):
    path = os.path.join(home, "signature")
    subprocess.run(["skopeo", "standalone-sign", manifest, name, key, "--output", path], env=environment(), check=True, capture_output=True)
    return read(path)


def skopeo_copy():
    """Through a layout of one image without layers to a directory: returns its manifest and signature."""
    layout, directory = os.path.join(home, "layout"), os.path.join(home, "directory")
    os.makedirs(os.path.join(layout, "blobs/sha256"))

    def blob(document):
        data = encode(document)
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(layout, "blobs/sha256", digest), "wb") as f:
            f.write(data)
        return {"digest": "sha256:" + digest, "size": len(data)}

    config = blob({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}})
    image = blob({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                  "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config}, "layers": []})
    for name, document in {"oci-layout": {"imageLayoutVersion": "1.0.0"},
                           "index.json": {"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", **image}]}}.items():
        with open(os.path.join(layout, name), "wb") as f:
            f.write(encode(document))
    subprocess.run(["skopeo", "--insecure-policy", "copy", "--sign-by", fingerprints("main")[0], "--sign-identity", NAME, f"oci:{layout}", f"dir:{directory}"],
                   env=environment(), check=True, capture_output=True)
    return read(os.path.join(directory, "manifest.json")), read(os.path.join(directory, "signature-1"))


good("skopeo-sign", "as skopeo writes it", skopeo_sign(fingerprints("main")[0]), maker="skopeo standalone-sign")
good("skopeo-sign-rsa", "another algorithm", skopeo_sign(fingerprints("rsa")[0]), key="rsa", maker="skopeo standalone-sign")
good("skopeo-sign-subkey", "a subkey counts as its primary key", skopeo_sign(fingerprints("subkey")[0]), key="subkey", maker="skopeo standalone-sign")
copied, message = skopeo_copy()
case("skopeo-copy", "EPERM", "signs another digest: 'sha256:" + hashlib.sha256(copied).hexdigest(), message, maker="skopeo copy --sign-by")
good("zip", "raw deflate", sign())
good("zlib", "deflate in a zlib stream", sign(None, "--compress-algo", "zlib"))
good("uncompressed", "not compressed", plain)
for level in 1, 9:
    good(f"zip-level-{level}", "raw deflate", sign(None, "--compress-level", str(level)))
malformed("bzip2", "is compressed by BZip2", sign(None, "--compress-algo", "bzip2"), maker="gpg")
large = claim(optional={"creator": "x", "x": "y" * 9000})
good("large", "literal data in pieces, compressed", sign(large))
good("large-uncompressed", "literal data in pieces", sign_plain(large))
good("p256", "ECDSA", sign(key="p256"), key="p256")
good("p521", "ECDSA, SHA-512", sign(None, "--digest-algo", "SHA512", key="p521"), key="p521")
good("subkey", "a subkey counts as its primary key", sign(key="subkey"), key="subkey")
for algorithm in "SHA384", "SHA512":
    good(algorithm.lower(), "a good hash", sign(None, "--digest-algo", algorithm))
for algorithm, text in {"SHA1": "SHA-1", "RIPEMD160": "RIPEMD-160", "SHA224": "SHA-224"}.items():
    malformed(algorithm.lower(), f"uses {text}, which is not accepted", sign(None, "--digest-algo", algorithm, key="rsa"), key="rsa", maker="gpg")
good("for-your-eyes-only", "nobody acts on the name in a literal packet", sign(None, "--for-your-eyes-only"))
good("file-name", "nobody acts on the name in a literal packet", sign(None, "--set-filename", "../../../etc/passwd"))
good("notation", "a notation that is not critical", sign(None, "--sig-notation", "note@example.com=x"))
malformed("critical-notation", "has an unknown critical notation", sign(None, "--sig-notation", "!note@example.com=x"), maker="gpg")
malformed("text-mode", "holds a document that is not binary", sign(None, "--textmode"), maker="gpg")
malformed("armored", "is armored or cleartext", sign(None, "--armor"), maker="gpg")
malformed("cleartext", "is armored or cleartext", sign(mode="--clear-sign"), maker="gpg")
malformed("stored", "holds a document that is not signed", sign(mode="--store", key=None), maker="gpg")
malformed("detached", "is not a complete OpenPGP message", sign(mode="--detach-sign"), maker="gpg")
malformed("encrypted", "holds an OpenPGP packet 3, which no signed message has", sign(None, "--passphrase", "x", mode="--symmetric", key=None), maker="gpg")
malformed("public-key", "holds an OpenPGP packet 6, which no signed message has", gpg("--export", mail("main")), maker="gpg")
malformed("two-signers", "has more than one signature", sign(None, "--local-user", mail("other")), maker="gpg")
case("signature-expired", "EKEYEXPIRED", "expired on 2024-02-11", sign(None, "--default-sig-expire", "10d"))
good("signature-expires", "later", sign(None, "--default-sig-expire", "10y"))
case("future", "EKEYREJECTED", "is from the future", sign(time="20300101T000000"))
case("before-key", "EKEYREJECTED", "is older than the key", sign(None, "--ignore-time-conflict", "--ignore-valid-from", time="20231201T000000"))
case("by-another", "ENOKEY", "was made by the unknown key", sign(key="other"))
case("expired", "EKEYEXPIRED", "which expired on 2024-03-01", sign(key="expired"), key="expired")
case("revoked", "EKEYREVOKED", "which was revoked (compromised)", sign(key="revoked"), key="revoked")
case("subkey-expired", "EKEYEXPIRED", "which expired on 2024-03-01", sign(key=fingerprints("subkey-expired")[1] + "!"), key="subkey-expired")
case("subkey-revoked", "EKEYREVOKED", "which was revoked (compromised)", sign(key=fingerprints("subkey-revoked")[1] + "!"), key="subkey-revoked")
for i, (name, text) in enumerate({"rsa1024": "which is RSA-1024: too weak", "dsa": "DSA, which is not accepted"}.items(), 1):
    case("weak-" + name, "EPERM" if name == "rsa1024" else "EBADMSG", text, sign(key=fingerprints("weak")[i] + "!"), key="weak")
talk("y\n1\n\ny\n", "--armor", "--output", os.path.join(home, "revocation"), "--gen-revoke", mail("revoked"))
gpg("--import", os.path.join(home, "revocation"), time=LATER)
talk("key 1\nrevkey\ny\n1\n\ny\nsave\n", "--edit-key", mail("subkey-revoked"))
for name in sorted({c[1] for c in cases} | {"other"}):
    write(f"simple-signing/keys/{name}.asc", gpg("--armor", "--export", mail(name), time=LATER))

with open(os.path.join(corpus, "../fuzz/simple-signing-key.h"), "w") as f:
    f.write('/* SPDX-License-Identifier: LGPL-2.1-or-later */\n/* Written by test/corpus-tools/make-simple-signing.py. */\n#pragma once\n\n'
            f'#define SIMPLE_SIGNING_DIGEST "{DIGEST}"\n#define SIMPLE_SIGNED_AT 1706745600 /* 2024-02-01 */\n\nstatic const char simple_signing_key[] =\n')
    lines = read(os.path.join(corpus, "simple-signing/keys/main.asc")).decode().splitlines()
    f.write("\n".join(f'        "{line}\\n"' for line in lines) + ";\n")

# --- the same packets in another way
good("signature-first", "the older of the two forms", signature + literal, maker="packets of gpg")
good("signature-first-compressed", "the older of the two forms", compressed(signature + literal), maker="packets of gpg")
good("compressed-definite", "compressed data of a known length", packet(8, compressed(plain)[1:]), maker="packets of gpg")
good("one-pass-of-another", "whose signature it is only the signature says", ops[:6] + bytes(8) + ops[14:] + literal + signature, maker="packets of gpg")
malformed("empty", "holds something that is not an OpenPGP packet", b"")
malformed("unsigned", "holds a document that is not signed", literal)
malformed("unsigned-compressed", "holds a document that is not signed", compressed(literal))
malformed("signature-missing", "is not a complete OpenPGP message", ops + literal)
malformed("one-pass-missing", "holds a document that is not signed", literal + signature)
malformed("literal-missing", "has more than one signature", ops + signature)
case("signature-of-another-document", "EKEYREJECTED", "does not match the document", ops + literal2 + signature, maker="packets of gpg")
malformed("unsigned-before", "holds a document that is not signed", literal2 + plain)
malformed("unsigned-within", "holds a document that is not signed", ops + literal2 + literal + signature)
malformed("unsigned-within-behind", "holds a document that is not signed", ops + literal + literal2 + signature)
malformed("unsigned-behind", "goes on behind what is signed", plain + literal2)
malformed("two-messages", "goes on behind what is signed", plain + sign_plain(other_document))
malformed("two-one-pass", "has more than one signature", ops + plain)
malformed("two-signatures", "goes on behind what is signed", plain + signature)
malformed("two-signatures-first", "has more than one signature", signature + signature + literal)
malformed("signature-on-both-sides", "goes on behind what is signed", signature + literal + signature)
for tag, name in {10: "marker", 21: "padding", 39: "critical", 60: "ignored"}.items():
    malformed(f"{name}-behind", "goes on behind what is signed", plain + packet(tag, b"PGP"))
    malformed(f"{name}-before", f"holds an OpenPGP packet {tag}, which no signed message has", packet(tag, b"PGP") + plain)
malformed("key-behind", "goes on behind what is signed", plain + gpg("--export", mail("other")))
malformed("garbage-behind", "goes on behind what is signed", plain + b"\n")
malformed("nul-behind", "goes on behind what is signed", plain + b"\0")
malformed("cosign-stored", "holds something that is not an OpenPGP packet", b"\0sigstore-json\n{}")
malformed("nested", "is compressed more than once", compressed(compressed(plain)))
malformed("nested-deep", "is compressed more than once", compressed(compressed(compressed(compressed(plain)))))
malformed("compressed-within", "is compressed more than once, or inside its signature", ops + packet(8, compressed(literal)[1:]) + signature)
malformed("compressed-in-part", "goes on behind its compressed data", packet(8, compressed(ops + literal)[1:]) + signature)
malformed("compressed-behind", "goes on behind what is signed", plain + compressed(plain))
malformed("bomb", "unpacks to more than 1048576 bytes", compressed(bytes(2 << 20)))
malformed("bomb-signed", "unpacks to more than 1048576 bytes", compressed(sign_plain(encode(claim()) + b" " * (1 << 20))))
malformed("bomb-unsigned", "larger than 65535 bytes", compressed(packet(11, b"b\0\0\0\0\0" + bytes(1000000))))


malformed("quine", "is compressed more than once", quine())
malformed("behind-deflate", "goes on behind its compressed data", compressed(plain) + b"\0")
malformed("message-behind-deflate", "goes on behind its compressed data", compressed(literal2) + plain)
malformed("message-behind-compressed", "goes on behind its compressed data", packet(8, compressed(plain)[1:]) + plain)
malformed("deflate-cut-off", "holds compressed data that are cut off", compressed(plain)[:-20])
malformed("deflate-damaged", "holds compressed data that are damaged", b"\xa3\1\xff" + compressed(plain)[3:])
malformed("zlib-checksum", "holds compressed data that are damaged", compressed(plain, 2)[:-4] + b"\0\0\0\0")
malformed("zlib-as-deflate", "holds compressed data that are damaged", b"\xa3\1" + compressed(plain, 2)[2:])
malformed("deflate-as-zlib", "holds compressed data that are damaged", b"\xa3\2" + compressed(plain)[2:])
malformed("gzip-as-zlib", "holds compressed data that are damaged", b"\xa3\2" + deflate(plain, 31))
malformed("algorithm-0", "is compressed by the unknown algorithm 0", b"\xa3\0" + plain)
malformed("algorithm-4", "is compressed by the unknown algorithm 4", b"\xa3\4" + plain)
malformed("compressed-empty", "holds malformed compressed data", b"\xa3")
malformed("deflate-of-nothing", "holds something that is not an OpenPGP packet", compressed(b""))
fields = body(ops)
for i, name in {1: "type", 2: "hash", 3: "algorithm"}.items():
    changed = bytearray(fields)
    changed[i] ^= 1
    malformed(f"one-pass-{name}", "announces another signature than it has", packet(4, bytes(changed)) + literal + signature)
malformed("one-pass-nested", "begins with a malformed one-pass signature", packet(4, fields[:-1] + b"\0") + literal + signature)
malformed("one-pass-version-2", "begins with a malformed one-pass signature", packet(4, b"\2" + fields[1:]) + literal + signature)
malformed("one-pass-version-6", "announces another signature than it has", packet(4, b"\6" + fields[1:4] + b"\x10" + bytes(16 + 32) + b"\1") + literal + signature)
malformed("one-pass-long", "begins with a malformed one-pass signature", packet(4, fields + b"\0") + literal + signature)
malformed("one-pass-short", "begins with a malformed one-pass signature", packet(4, fields[:-1]) + literal + signature)
malformed("one-pass-empty", "begins with a malformed one-pass signature", packet(4, b"") + literal + signature)
malformed("signature-version-3", "is of version 3", signature[:2] + b"\3" + signature[3:] + literal)
malformed("signature-empty", "is of version 0", packet(2, b"") + literal)
document = body(literal)
for mode in b"tum1l\0":
    malformed(f"literal-mode-{mode:02x}", "holds a document that is not binary", ops + packet(11, bytes([mode]) + document[1:]) + signature)
malformed("literal-short", "holds malformed literal data", ops + packet(11, b"b\0\0\0\0") + signature)
malformed("literal-name-overrun", "holds malformed literal data", ops + packet(11, b"b\xff" + b"x" * 20) + signature)
case("literal-empty", "EKEYREJECTED", "does not match the document", ops + packet(11, b"b\0\0\0\0\0") + signature, maker="packets of gpg")
case("literal-name-longer", "EKEYREJECTED", "does not match the document", ops + packet(11, b"b\1" + document[2:]) + signature, maker="packets of gpg")
case("signed-nothing", "EPERM", "signs what is not JSON: the document is empty", sign_plain(b""))

# --- signed rightly, but something else
def other(file, reason, document, **options):
    case(file, "EPERM", reason, sign(document), **options)


text = encode(claim())
other("digest-other", "signs another digest", claim(digest="sha256:" + "b" * 64))
other("digest-upper-case", "signs a malformed digest", claim(digest="sha256:" + DIGEST[7:].upper()))
other("digest-nul", "\\u0000 is not allowed", text.replace(DIGEST.encode(), DIGEST.encode() + b"\\u0000x"))
other("digest-bare", "signs a malformed digest", claim(digest=DIGEST[7:]))
other("type-cosign", "signs something else than a container image: 'cosign container image signature'", claim(kind="cosign container image signature"))
other("type-other", "signs something else than a container image", claim(kind="atomic host signature"))
other("name-other", "signs another name: 'quay.io/evil/etcd:v3.5'", other_document)
other("name-longer", "signs another name", claim(name="quay.io/coreos/etcd-evil:v3.5"))
other("name-below", "signs another name", claim(name="quay.io/coreos/etcd/evil:v3.5"))
other("name-other-port", "signs another name", claim(name="quay.io:443/coreos/etcd:v3.5"))
other("name-upper-case", "signs another name", claim(name="quay.io/CoreOS/etcd:v3.5"))
other("name-scheme", "signs another name", claim(name="docker://" + NAME))
other("name-slashes", "signs another name", claim(name="//quay.io/coreos/etcd:v3.5"))
other("name-id", "signs another name", claim(name="a" * 64))
other("name-empty", "signs another name: ''", claim(name=""))
other("name-terminal", "signs another name: '\\x1b[31m\\x0a'", claim(name="\x1b[31m\n"))
good("name-other-any", "SignedName=any", sign(other_document), rule="any")
other("digest-other-any", "signs another digest", claim(digest="sha256:" + "b" * 64), rule="any")
good("tag-other", "the repository is the same", sign(claim(name=REPOSITORY + ":v3.4")))
good("tag-missing", "the repository is the same", sign(claim(name=REPOSITORY)))
good("by-digest", "the repository is the same", sign(claim(name=REPOSITORY + "@" + DIGEST)))
good("exact", "the very name", sign(), rule="exact")
good("exact-by-digest", "the very name", sign(claim(name=REPOSITORY + "@" + DIGEST)), rule="exact", asked=REPOSITORY + "@" + DIGEST)
other("exact-tag-other", "signs another name", claim(name=REPOSITORY + ":v3.4"), rule="exact")
other("exact-tag-missing", "signs another name", claim(name=REPOSITORY), rule="exact")
other("exact-latest-missing", "signs another name", claim(name=REPOSITORY), rule="exact", asked=REPOSITORY)
good("exact-latest", "the tag of who asks for none is latest", sign(claim(name=REPOSITORY + ":latest")), rule="exact", asked=REPOSITORY)
other("exact-by-digest-tag", "signs another name", claim(), rule="exact", asked=REPOSITORY + "@" + DIGEST)
other("exact-tag-by-digest", "signs another name", claim(name=REPOSITORY + "@" + DIGEST), rule="exact")
HUB = "docker.io/library/busybox:1.36"
for i, name in enumerate(["busybox:1.36", "library/busybox:1.36", "docker.io/busybox:1.36", "index.docker.io/library/busybox:1.36"]):
    good(f"hub-{i}", "one spelling of names", sign(claim(name=name)), asked=HUB, rule="exact")
other("hub-user", "signs another name", claim(name="busybox/busybox:1.36"), asked=HUB)
other("hub-quay", "signs another name", claim(name="busybox:1.36"), asked="quay.io/library/busybox:1.36")
other("json-duplicate", "duplicate object key", text.replace(b'"optional"', b'"optional":{},"optional"'))
other("json-duplicate-escaped", "duplicate object key", text.replace(b'"critical"', b'"critical":{},"\\u0063ritical"', 1))
other("json-trailing", "end of file expected", text + b"{}")
other("json-bom", "invalid token", b"\xef\xbb\xbf" + text)
other("json-deep", "nested too deeply", text.replace(b'"creator"', b'"x":' + b"[" * 20 + b"]" * 20 + b',"creator"'))
other("json-more", "is not exactly a claim", {**claim(), "x": 1})
other("json-case", "is not exactly a claim", text.replace(b"docker-reference", b"Docker-reference"))
other("optional-null", "is not exactly a claim", text.replace(encode(claim()["optional"]), b"null"))
other("optional-missing", "is not exactly a claim", {"critical": claim()["critical"]})
malformed("literal-large", "larger than 65535 bytes", sign(claim(optional={"x": "y" * 70000})), maker="gpg")
good("json-spaces", "white space means nothing", sign(json.dumps(claim(), indent=4).encode() + b"\n"))
good("json-more-optional", "optional may hold more", sign(claim(optional={"x": [1, {"y": None}]})))
good("json-escaped", "escapes mean what they stand for", sign(text.replace(b"critical", b"crit\\u0069cal", 1)))

with open(os.path.join(corpus, "simple-signing/cases.tsv"), "w") as f:
    f.write("\t".join(["# file", "key", "name asked for", "SignedName=", "expected", "the reason has, or why it is good", "made by"]) + "\n")
    f.writelines("\t".join(c) + "\n" for c in cases)

# --- what skopeo says, with a keyring of the one key
with open(os.path.join(corpus, "simple-signing/skopeo-says.tsv"), "w") as f:
    for file, key, asked, *_ in cases:
        with tempfile.TemporaryDirectory(prefix="ss.", dir="/tmp") as ring:
            set_time(NOW, ring)
            subprocess.run(["gpg", "--batch", "--quiet", "--import", os.path.join(corpus, f"simple-signing/keys/{key}.asc")], env=environment(ring), check=True, capture_output=True)
            verdict = subprocess.run(["skopeo", "standalone-verify", manifest, asked, fingerprints(key)[0], os.path.join(corpus, "simple-signing/messages", file)],
                                     env=environment(ring), capture_output=True, text=True)
            says = verdict.stderr.strip().splitlines()[-1].split('msg="')[-1].rstrip('"') if verdict.stderr.strip() else verdict.stdout.split(",")[0]
            f.write(f"{file}\t{'good' if verdict.returncode == 0 else 'bad'}\t{says[:100]}\n")
