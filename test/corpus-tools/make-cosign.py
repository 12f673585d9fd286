#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the cosign signatures of test/corpus with openssl, and what is wrong with them by hand. Run by hand, the result
is committed: make-cosign.py DIRECTORY (test/corpus). A file is the base64 of the signature, a newline, the payload.
Ed25519ph, which openssl 3.0 has not, is by @noble/curves: npm install it, and set NODE_PATH."""

import base64
import json
import os
import subprocess
import sys

from material import Cases, curve, good_keys, integer, modulus, new_key, openssl, public, seq, tlv, tmp

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DIGEST = "sha256:" + "a" * 64
NAME = "quay.io/coreos/etcd"
TYPE = "cosign container image signature"
NULL = b"\x05\x00"

cases = Cases(sys.argv[1], "cosign-payload", "key")
keys = good_keys()
for key, path in keys.items():
    cases.write(f"keys/{key}.pem", public(path))


def claim(digest=DIGEST, name=NAME, kind=TYPE, optional=None):
    return {"critical": {"identity": {"docker-reference": name}, "image": {"docker-manifest-digest": digest}, "type": kind},
            "optional": optional}


def encode(document):
    return document if isinstance(document, bytes) else json.dumps(document, separators=(",", ":")).encode()


def sign(payload, key="p256", *args):
    path = os.path.join(tmp.name, "payload")
    with open(path, "wb") as f:
        f.write(encode(payload))
    if key == "ed25519":
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", keys[key], "-in", path)
    return openssl("dgst", *(args or ["-sha256"]), "-sign", keys[key], path)


def sign_prehashed(payload):
    """Ed25519ph."""
    seed = openssl("pkey", "-in", keys["ed25519"], "-outform", "DER")[-32:]
    script = ("const { ed25519ph } = require('@noble/curves/ed25519.js'); const hex = (x) => Buffer.from(x, 'hex');"
              "process.stdout.write(ed25519ph.sign(hex(process.argv[1]), hex(process.argv[2])))")
    return subprocess.run(["node", "--eval", script, encode(payload).hex(), seed.hex()], check=True, capture_output=True).stdout


def entry(path, payload, verdict, why, raw=None, text=None, key="p256", maker="by hand"):
    payload = encode(payload)
    text = base64.b64encode(sign(payload, key) if raw is None else raw) if text is None else text
    cases.add(path, text + b"\n" + payload, f"{key}.pem", verdict, maker, why)


def good(name, payload, why, *args, maker="openssl", **options):
    entry(f"must-pass/{name}", payload, "good", why, *args, maker=maker, **options)


def malformed(name, payload, reason, why, **options):
    entry(f"must-fail/{name}", payload, f"EBADMSG: {reason}", why, **options)


def rejected(name, payload, raw, why, key="p256", reason="was not made by a trusted key", **options):
    entry(f"must-fail/{name}", payload, f"EKEYREJECTED: {reason}", why, raw, key=key, **options)


def misshapen(name, raw, why, key="p256", kind="ECDSA P-256", **options):
    rejected(name, plain, raw, why, key, f"is no {kind} signature", **options)


def elsewhere(name, payload, reason, why, **options):
    entry(f"must-fail/{name}", payload, f"EPERM: {reason}", why, maker=options.pop("maker", "openssl"), **options)


# --- good
plain = claim()
good("plain", plain, "as cosign sign --key writes it")
for key in keys:
    good(f"key-{key}", plain, "a kind of key that is accepted", key=key)
for key, hash in ("p384", "sha384"), ("p521", "sha512"):
    good(f"key-{key}-{hash}", plain, "newer tools take the hash of the curve's strength", sign(plain, key, f"-{hash}"), key=key)
good("name-with-tag", claim(name=NAME + ":v3"), "some write the tag, too")
good("name-with-digest", claim(name=NAME + "@" + DIGEST), "some write the digest, too")
good("optional-empty", claim(optional={}), "as cosign sign with annotations that came to nothing")
good("optional-full", claim(optional={"creator": "x", "timestamp": 1, "anything": [1, {}]}), "optional may say anything")
good("indented", json.dumps(plain, indent=8, sort_keys=True).encode() + b"\n", "blanks are no part of JSON")
good("escaped", encode(plain).replace(b"critical", b"crit\\u0069cal"), "escapes are compared unescaped")

# --- base64
raw = sign(plain)
b64 = base64.b64encode(raw)
BASE64 = "is not proper base64"
malformed("signature-empty", plain, BASE64, "no signature", text=b"")
malformed("signature-blank", plain, BASE64, "strict", text=b64[:20] + b" " + b64[20:])
malformed("signature-padding-missing", plain, BASE64, "strict", text=base64.b64encode(raw + b"\0" * (-len(raw) % 3 + 1)).rstrip(b"="))
malformed("signature-padding-inside", plain, BASE64, "strict", text=b64[:20] + b"==" + b64[22:])
malformed("signature-url-alphabet", plain, BASE64, "the annotation is in standard base64", text=b"-_" + b64[2:])
malformed("signature-too-long", plain, "is longer than 4096 characters", "a limit", text=b"A" * 4100)

# --- by whom, over what, by which algorithm
other = openssl("dgst", "-sha256", "-sign", new_key("x", *curve("P-256")), os.path.join(tmp.name, "payload"))
rejected("signature-by-another-key", plain, other, "a good signature by nobody we know", maker="openssl")
rejected("signature-on-another-payload", claim(name=NAME + ":other"), raw, "swapped")
rejected("signature-newline-added", encode(plain) + b"\n", raw, "one byte more is another message")
rejected("signature-sha512", plain, sign(plain, "p256", "-sha512"), "P-256 signs SHA-256", maker="openssl")
rejected("signature-sha384", plain, sign(plain, "p256", "-sha384"), "P-256 signs SHA-256", maker="openssl")
rejected("signature-sha1", plain, sign(plain, "p256", "-sha1"), "nobody signs SHA-1 any more", maker="openssl")
rejected("signature-p384-sha512", plain, sign(plain, "p384", "-sha512"), "P-384 signs SHA-256 or SHA-384", key="p384", maker="openssl")
rejected("signature-p521-sha384", plain, sign(plain, "p521", "-sha384"), "P-521 signs SHA-256 or SHA-512", key="p521", maker="openssl")
rejected("signature-rsa-sha512", plain, sign(plain, "rsa2048", "-sha512"), "RSA signs SHA-256", key="rsa2048", maker="openssl")
rejected("signature-rsa-sha1", plain, sign(plain, "rsa2048", "-sha1"), "RSA signs SHA-256", key="rsa2048", maker="openssl")
rejected("signature-rsa-pss", plain, sign(plain, "rsa2048", "-sha256", "-sigopt", "rsa_padding_mode:pss"), "not declared by the key",
    key="rsa2048", maker="openssl")
rejected("signature-ed25519ph", plain, sign_prehashed(plain), "cosign 2.6 and later; another algorithm with the same keys", key="ed25519",
    maker="@noble/curves")
misshapen("signature-rsa-for-ec", sign(plain, "rsa2048"), "the key says which algorithm", maker="openssl")
misshapen("signature-ec-for-rsa", raw, "the key says which algorithm", "rsa2048", "RSA-2048", maker="openssl")
misshapen("signature-ec-for-ed25519", raw, "the key says which algorithm", "ed25519", "Ed25519", maker="openssl")
misshapen("signature-ed25519-for-ec", sign(plain, "ed25519"), "the key says which algorithm", maker="openssl")
misshapen("signature-rsa3072-for-rsa2048", sign(plain, "rsa3072"), "longer than the key", "rsa2048", "RSA-2048", maker="openssl")

# --- ECDSA
n_r = raw[3]
r, s = (int.from_bytes(x, "big") for x in (raw[4 : 4 + n_r], raw[6 + n_r :]))


def pair(a, b):
    return seq(integer(a), integer(b))


misshapen("signature-raw-r-s", r.to_bytes(32, "big") + s.to_bytes(32, "big"), "Go takes it, nobody makes it")
misshapen("der-trailing", raw + b"\0", "a second form of a signature")
misshapen("der-trailing-inside", seq(integer(r), integer(s), NULL), "a second form of a signature")
misshapen("der-long-length", b"\x30\x81" + raw[1:], "a second form of a signature: BER")
misshapen("der-indefinite", b"\x30\x80" + raw[2:] + b"\0\0", "a second form of a signature: BER")
misshapen("der-leading-zero", seq(tlv(2, b"\0\0" + r.to_bytes(32, "big")), integer(s)), "a second form of a signature: BER")
misshapen("der-negative", seq(tlv(2, (r | 1 << 255).to_bytes(32, "big")), integer(s)), "a missing sign byte")
misshapen("der-empty-integer", seq(tlv(2, b""), integer(s)), "no number")
misshapen("der-three-numbers", seq(integer(r), integer(s), integer(1)), "one too many")
misshapen("der-cut-off", raw[:-1], "one byte short")
misshapen("r-zero", pair(0, s), "out of range")
misshapen("s-zero", pair(r, 0), "out of range")
misshapen("r-s-zero", pair(0, 0), "good for every message where nobody looks (CVE-2022-21449)")
rejected("r-n", plain, pair(N, s), "out of range")
rejected("s-n", plain, pair(r, N), "out of range")
rejected("r-n-s-n", plain, pair(N, N), "zero again, unless somebody looks")
rejected("r-plus-n", plain, pair(r + N, s), "a second form of a signature")
rejected("s-plus-n", plain, pair(r, s + N), "a second form of a signature")

# --- RSA
n = modulus(keys["rsa2048"])
rsa_s = int.from_bytes(sign(plain, "rsa2048"), "big")
for i in range(1000):  # a second form of a signature has to fit the size of the first
    numbered = claim(optional={"timestamp": i})
    rsa_i = int.from_bytes(sign(numbered, "rsa2048"), "big")
    if rsa_i + n < 1 << 2048:
        rejected("rsa-s-plus-n", numbered, (rsa_i + n).to_bytes(256, "big"), "a second form of a signature", key="rsa2048")
        break
misshapen("rsa-leading-zero", rsa_s.to_bytes(257, "big"), "a second form of a signature", "rsa2048", "RSA-2048")
misshapen("rsa-short", rsa_s.to_bytes(256, "big")[1:], "one byte short", "rsa2048", "RSA-2048")
rejected("rsa-zero", plain, bytes(256), "its power is zero", key="rsa2048")
rejected("rsa-one", plain, bytes(255) + b"\1", "its power is one", key="rsa2048")
rejected("rsa-n-minus-1", plain, (n - 1).to_bytes(256, "big"), "its power is minus one", key="rsa2048")

# --- Ed25519
L = 2**252 + 27742317777372353535851937790883648493
ed = sign(plain, "ed25519")
ed_s = int.from_bytes(ed[32:], "little")
rejected("ed25519-s-plus-l", plain, ed[:32] + (ed_s + L).to_bytes(32, "little"), "a second form of a signature; libgcrypt takes it",
    key="ed25519")
rejected("ed25519-s-l", plain, ed[:32] + L.to_bytes(32, "little"), "out of range", key="ed25519")
rejected("ed25519-zero", plain, bytes(64), "a point of order 4", key="ed25519")
rejected("ed25519-identity", plain, b"\1" + bytes(63), "the identity", key="ed25519")
misshapen("ed25519-trailing", ed + b"\0", "one byte too many", "ed25519", "Ed25519")
misshapen("ed25519-short", ed[:63], "one byte short", "ed25519", "Ed25519")

# --- JSON that was signed
text = encode(plain)
NO_JSON = "signs what is not JSON: "
NO_CLAIM = "signs JSON that is not exactly a claim about an image"
elsewhere("payload-empty", b"", NO_JSON + "the document is empty", "nothing")
elsewhere("payload-text", b"hello", NO_JSON, "anything")
elsewhere("payload-array", b"[]", NO_CLAIM, "not an object")
elsewhere("payload-bom", b"\xef\xbb\xbf" + text, NO_JSON, "parsers differ")
elsewhere("payload-trailing", text + b"{}", NO_JSON, "parsers differ: which of the two?")
elsewhere("payload-nul", text.replace(b"etcd", b"etcd\\u0000x"), NO_JSON, "C strings would end here")
elsewhere("payload-utf-8", text.replace(b"etcd", b"etc\xff"), NO_JSON, "parsers differ")
elsewhere("payload-number", text.replace(b"null", b'{"x":1e999}'), NO_JSON, "parsers differ")
elsewhere("payload-deep", text.replace(b"null", b'{"x":' + b"[" * 100 + b"]" * 100 + b"}"), NO_JSON + "nested too deeply",
    "the parser's stack")
malformed("payload-too-large", claim(optional={"x": "y" * 70000}), "has a payload larger than 65536 bytes", "a limit", maker="openssl")
elsewhere("duplicate-critical", text.replace(b'{"critical"', b'{"critical":{},"critical"'), NO_JSON, "parsers differ: which of the two?")
elsewhere("duplicate-digest", text.replace(b'"docker-manifest-digest"', b'"docker-manifest-digest":"x","docker-manifest-digest"'), NO_JSON,
          "parsers differ: which of the two?")
elsewhere("duplicate-digest-escaped", text.replace(b'"docker-manifest-digest"',
    b'"docker-manifest-\\u0064igest":"x","docker-manifest-digest"'),
          NO_JSON, "the same, hidden by an escape")
elsewhere("case-of-key", text.replace(b"docker-manifest", b"Docker-manifest"), NO_CLAIM, "Go would take it")
critical = plain["critical"]
for name, document in {
    "more-at-root": {**plain, "x": 1},
    "more-in-critical": {**plain, "critical": {**critical, "x": 1}},
    "more-in-image": {**plain, "critical": {**critical, "image": {"docker-manifest-digest": DIGEST, "x": 1}}},
    "more-in-identity": {**plain, "critical": {**critical, "identity": {"docker-reference": NAME, "x": 1}}},
}.items():
    elsewhere(name, document, NO_CLAIM, "what is critical and not understood")
for name, document in {
    "critical-null": {"critical": None, "optional": None},
    "critical-array": {"critical": [1, 2, 3], "optional": None},
    "identity-string": {**plain, "critical": {**critical, "identity": NAME}},
    "digest-number": claim(digest=1),
    "optional-missing": {"critical": critical},
    "optional-string": claim(optional="x"),
    "creator-number": claim(optional={"creator": 1}),
    "timestamp-string": claim(optional={"timestamp": "1"}),
    "timestamp-null": claim(optional={"timestamp": None}),
}.items():
    elsewhere(name, document, NO_CLAIM, "not of that type")

# --- claims that were signed
ANOTHER_TYPE = "signs something else than a container image: "
elsewhere("type-atomic", claim(kind="atomic container signature"), ANOTHER_TYPE + "'atomic container signature'", "that is OpenPGP's")
elsewhere("type-terminal", claim(kind="\x1b[31mred\n'"), ANOTHER_TYPE + "'\\x1b[31mred\\x0a\\x27'",
    "and nothing of it reaches the terminal")
elsewhere("digest-other", claim(digest="sha256:" + "b" * 64), "signs another digest: 'sha256:bbb", "another image")
for name, digest in {"upper-case": DIGEST.upper().replace("SHA", "sha"), "short": DIGEST[:-1], "empty": "",
    "algorithm": "md5:" + "a" * 32}.items():
    elsewhere(f"digest-{name}", claim(digest=digest), f"signs a malformed digest: '{digest}'", "one spelling only")
for name, (reference, why) in {
    "other": ("quay.io/coreos/flannel", "another image of the same people"),
    "longer": ("quay.io/coreos/etcd2", "whole components"),
    "below": ("quay.io/coreos/etcd/sub", "not that one"),
    "above": ("quay.io/coreos", "not that one"),
    "other-port": ("quay.io:443/coreos/etcd", "another registry"),
    "docker-hub": ("coreos/etcd", "another registry"),
    "empty": ("", "no name"),
    "malformed": ("quay.io/coreos/etcd ", "no name"),
    "of-a-directory": ("oci:/srv/images", "no image of a registry"),
    "of-an-aci": ("aci:quay.io/coreos/etcd", "no image of a registry"),
}.items():
    elsewhere(f"name-{name}", claim(name=reference), f"signs another name: '{reference}'", why)
for name, reference in {"index": "index.docker.io/library/busybox", "short": "busybox", "full": "docker.io/library/busybox:1.36"}.items():
    elsewhere(f"docker-hub-{name}", claim(name=reference), "signs another name", "one of three spellings of a name, but not of this one")
cases.finish()
