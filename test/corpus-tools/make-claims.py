#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes test/corpus/claim: what simple signing puts under a signature, and what might be mistaken for it. Run by hand, the result is
committed: make-claims.py DIRECTORY (test/corpus)."""

import json
import os
import shutil
import sys

corpus = os.path.join(sys.argv[1], "claim")
REPOSITORY = "quay.io/coreos/etcd"
NAME = REPOSITORY + ":v3.5"
DIGEST = "sha256:" + "a" * 64
TYPE = "atomic container signature"

shutil.rmtree(corpus, ignore_errors=True)
for d in "must-pass", "must-fail":
    os.makedirs(os.path.join(corpus, d))


def claim(digest=DIGEST, name=NAME, kind=TYPE, optional=None):
    return {"critical": {"identity": {"docker-reference": name}, "image": {"docker-manifest-digest": digest}, "type": kind},
            "optional": {"creator": "atomic 5.22.0", "timestamp": 1706745600} if optional is None else optional}


def encode(document):
    return document if isinstance(document, bytes) else json.dumps(document, separators=(",", ":")).encode()


def write(path, data):
    with open(os.path.join(corpus, path), "wb") as f:
        f.write(data)


text = encode(claim())
why = []


def claims(file, document):
    write(f"must-pass/{file}", encode(document))


def not_exactly(file, document, reason="signs JSON that is not exactly a claim about an image"):
    write(f"must-fail/{file}", encode(document))
    why.append(f"{file}: {reason}\n")


def not_json(file, document, reason):
    not_exactly(file, document, "signs what is not JSON: " + reason)


def tamper(old, new):
    assert text.count(old) >= 1
    return text.replace(old, new, 1)


optional = encode(claim()["optional"])
critical = claim()["critical"]
claims("plain", text)
claims("optional-empty", claim(optional={}))
claims("optional-more", claim(optional={"creator": "", "timestamp": -1, "x": None, "y": [[[]]]}))
claims("depth-16", tamper(b'"creator"', b'"x":' + b"[" * 14 + b"]" * 14 + b',"creator"'))
claims("blanks", b" \t\r\n" + json.dumps(claim(), indent=1).encode() + b"\n\n")
claims("escaped", tamper(b"critical", b"\\u0063ritical"))
claims("escaped-digest", tamper(b"sha256", b"sha25\\u0036"))
claims("order", {"optional": {}, "critical": dict(reversed(critical.items()))})
not_json("depth-17", tamper(b'"creator"', b'"x":' + b"[" * 15 + b"]" * 15 + b',"creator"'), "nested too deeply")
not_json("depth-2000", b"[" * 2000, "nested too deeply")
not_json("empty", b"", "the document is empty")
not_json("blank", b" \n", "line 2 column 0")
not_json("text", b"hello", "line 1 column 5")
not_json("nul", b"\0", "line 1 column 1")
not_json("cut-off", text[:-1], "line 1")
not_json("bom", b"\xef\xbb\xbf" + text, "line 1 column 1: invalid token")
not_json("utf-16", text.decode().encode("utf-16"), "line 1 column 0: unable to decode")
not_json("trailing-object", text + b"{}", "line 1")
not_json("trailing-nul", text + b"\0", "line 1")
not_json("trailing-comma", tamper(b"},\"optional", b",},\"optional"), "line 1")
not_json("comment", b"/* */" + text, "line 1 column 1: invalid token")
not_json("single-quotes", text.replace(b'"', b"'"), "line 1")
not_json("nul-escaped", tamper(b"etcd", b"etcd\\u0000x"), "line 1")
not_json("nul-escaped-key", tamper(b"critical", b"critical\\u0000"), "line 1")
not_json("digest-nul", tamper(DIGEST.encode(), DIGEST.encode() + b"\\u0000"), "line 1")
not_json("nul-raw", tamper(b"etcd", b"etcd\0x"), "line 1")
not_json("newline-raw", tamper(b"etcd", b"etcd\nx"), "line 1")
not_json("utf-8", tamper(b"etcd", b"etc\xff"), "line 1")
not_json("utf-8-overlong", tamper(b"etcd", b"etc\xc1\xa4"), "line 1")
not_json("utf-8-surrogate", tamper(b"etcd", b"etc\xed\xa0\x80"), "line 1")
not_json("surrogate-alone", tamper(b"etcd", b"etc\\ud800"), "line 1")
not_json("number-huge", tamper(b"1706745600", b"1e999"), "line 1")
not_json("integer-huge", tamper(b"1706745600", b"9" * 30), "line 1")
not_json("number-zero", tamper(b"1706745600", b"01"), "line 1")
for member, value in {"critical": b"{}", "optional": b"{}"}.items():
    key = f'"{member}"'.encode()
    not_json(f"duplicate-{member}", tamper(key, key + b":" + value + b"," + key), "line 1")
for member in "identity", "image", "type", "docker-reference", "docker-manifest-digest", "creator":
    key = f'"{member}"'.encode()
    not_json(f"duplicate-{member}", tamper(key, key + b':"x",' + key), "line 1")
    escaped = f'"\\u{ord(member[0]):04x}{member[1:]}"'.encode()
    not_json(f"duplicate-{member}-escaped", tamper(key, escaped + b':"x",' + key), "line 1")
for member in "critical", "optional", "identity", "image", "type", "docker-reference", "docker-manifest-digest":
    not_exactly(f"case-{member}", tamper(f'"{member}"'.encode(), f'"{member.capitalize()}"'.encode()))
    not_exactly(f"renamed-{member}", tamper(f'"{member}"'.encode(), f'"{member}\\u200b"'.encode()))
not_exactly("array", b"[]")
not_exactly("null", b"null")
not_exactly("string", b'"x"')
not_exactly("number", b"1")
not_exactly("object-empty", b"{}")
not_exactly("more", {**claim(), "x": 1})
not_exactly("more-null", {**claim(), "x": None})
not_exactly("more-empty-name", {**claim(), "": 1})
not_exactly("critical-more", {**claim(), "critical": {**critical, "x": 1}})
not_exactly("critical-null", {**claim(), "critical": None})
not_exactly("critical-array", {**claim(), "critical": [1, 2, 3]})
not_exactly("critical-missing", {"optional": {}, "x": 1})
for member in critical:
    not_exactly(f"{member}-missing", {**claim(), "critical": {**{k: v for k, v in critical.items() if k != member}, "x": 1}})
    not_exactly(f"{member}-null", {**claim(), "critical": {**critical, member: None}})
    not_exactly(f"{member}-number", {**claim(), "critical": {**critical, member: 1}})
for member, name in {"identity": "docker-reference", "image": "docker-manifest-digest"}.items():
    not_exactly(f"{member}-more", {**claim(), "critical": {**critical, member: {**critical[member], "x": 1}}})
    not_exactly(f"{member}-empty", {**claim(), "critical": {**critical, member: {}}})
    not_exactly(f"{member}-array", {**claim(), "critical": {**critical, member: [critical[member][name]]}})
    for kind, value in {"null": None, "number": 1, "object": {}, "array": [critical[member][name]]}.items():
        not_exactly(f"{name}-{kind}", {**claim(), "critical": {**critical, member: {name: value}}})
for kind, value in {"null": b"null", "string": b'""', "array": b"[]", "number": b"0", "true": b"true"}.items():
    not_exactly(f"optional-{kind}", tamper(optional, value))
not_exactly("optional-missing", {"critical": critical})
not_exactly("creator-number", claim(optional={"creator": 1}))
not_exactly("creator-null", claim(optional={"creator": None}))
not_exactly("timestamp-string", claim(optional={"timestamp": "1"}))
not_exactly("timestamp-null", claim(optional={"timestamp": None}))
not_exactly("timestamp-real", claim(optional={"timestamp": 1.5}))
not_exactly("type-cosign", claim(kind="cosign container image signature"), "signs something else than a container image: 'cosign container image signature'")
not_exactly("type-empty", claim(kind=""), "signs something else than a container image: ''")
not_exactly("type-longer", claim(kind=TYPE + " "), "signs something else than a container image")
not_exactly("digest-other", claim(digest="sha256:" + "b" * 64), "signs another digest")
not_exactly("digest-sha512", claim(digest="sha512:" + DIGEST[7:] * 2), "signs another digest")
for kind, value in {"upper-case": "sha256:" + DIGEST[7:].upper(), "algorithm-upper-case": "SHA256" + DIGEST[6:], "short": DIGEST[:-1], "long": DIGEST + "0", "bare": DIGEST[7:],
                    "empty": "", "blank": DIGEST + " ", "dash": DIGEST.replace(":", "-"), "terminal": "\x1b[31m\n"}.items():
    not_exactly(f"digest-{kind}", claim(digest=value), "signs a malformed digest: '")
for kind, value in {"other": "quay.io/coreos/flannel", "host": "quay.io.evil.example/coreos/etcd", "above": "quay.io/coreos", "below": "quay.io/coreos/etcd/x", "longer": "quay.io/coreos/etcd2", "docker-hub": "coreos/etcd",
                    "port": "quay.io:443/coreos/etcd", "empty": "", "blank": NAME + " ", "blank-first": " " + NAME, "newline": NAME + "\n", "upper-case": "quay.io/coreos/Etcd",
                    "id": "a" * 64, "digest": DIGEST, "scheme": "docker://" + NAME, "https": "https://" + NAME, "oci": "oci:/" + NAME, "aci": "aci:" + REPOSITORY, "slash": REPOSITORY + "/",
                    "slash-first": "/" + REPOSITORY, "dots": "quay.io/x/../coreos/etcd", "tag-empty": REPOSITORY + ":", "tag-dash": REPOSITORY + ":-x", "digest-bad": REPOSITORY + "@sha256:x",
                    "two-tags": NAME + ":x", "homoglyph": "quay.io/coreos/etc\u0501", "user": "user@quay.io/coreos/etcd"}.items():
    not_exactly(f"name-{kind}", claim(name=value), "signs another name: '")
with open(os.path.join(corpus, "must-fail/WHY"), "w") as f:
    f.writelines(sorted(why))
