#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the PEM keys and cosign signatures of test/corpus with openssl. Run by hand, the result is committed:
make-cosign.py DIRECTORY (test/corpus). A file below cosign-payload/ is the base64 of the signature, a newline, the payload."""

import base64
import json
import os
import subprocess
import sys
import tempfile

tmp = tempfile.TemporaryDirectory()
corpus = sys.argv[1]
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DIGEST = "sha256:" + "a" * 64
NAME = "quay.io/coreos/etcd"
TYPE = "cosign container image signature"

for d in "pem/must-pass", "pem/must-fail", "cosign-payload/must-pass", "cosign-payload/must-fail", "cosign-payload/names", "cosign-payload/keys":
    os.makedirs(os.path.join(corpus, d), exist_ok=True)


def write(path, data):
    with open(os.path.join(corpus, path), "wb") as f:
        f.write(data)


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


def new_key(name, *args):
    path = os.path.join(tmp.name, name)
    openssl("genpkey", "-out", path, *args)
    return path


def public(path, form="PEM"):
    return openssl("pkey", "-in", path, "-pubout", "-outform", form)


def pem(der, label="PUBLIC KEY"):
    text = base64.b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def tlv(tag, body):
    n = len(body)
    length = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + body


def seq(*parts):
    return tlv(0x30, b"".join(parts))


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def bits(data, unused=0):
    return tlv(3, bytes([unused]) + data)


def oid(text):
    return tlv(6, bytes.fromhex(text))


RSA, EC, P256, ED25519, NULL = oid("2a864886f70d010101"), oid("2a8648ce3d0201"), oid("2a8648ce3d030107"), oid("2b6570"), b"\x05\x00"
ec = ["-algorithm", "EC", "-pkeyopt"]
keys = {
    "p256": new_key("p256", *ec, "ec_paramgen_curve:P-256"),
    "p384": new_key("p384", *ec, "ec_paramgen_curve:P-384"),
    "p521": new_key("p521", *ec, "ec_paramgen_curve:P-521"),
    "rsa2048": new_key("rsa2048", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "rsa3072": new_key("rsa3072", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"),
    "ed25519": new_key("ed25519", "-algorithm", "ed25519"),
}

# --- keys
for name, path in keys.items():
    write(f"pem/must-pass/{name}.pem", public(path))
    write(f"cosign-payload/keys/{name}.pem", public(path))
p256 = public(keys["p256"])
der = public(keys["p256"], "DER")
point = der[-65:]
write("pem/must-pass/crlf.pem", p256.replace(b"\n", b"\r\n"))
write("pem/must-pass/no-newline.pem", p256.rstrip())
write("pem/must-pass/text-around.pem", b"key of Example\n\n" + p256 + b"good until revoked\n")


def fail(name, data):
    write(f"pem/must-fail/{name}.pem", data)


def spki(algorithm, key, *more):
    return pem(seq(algorithm, key, *more))


fail("empty", b"")
fail("text", b"hello\n")
fail("two-keys", p256 + public(keys["ed25519"]))
fail("no-end-line", p256.rsplit(b"-----END", 1)[0])
fail("other-end-line", p256.replace(b"END PUBLIC KEY", b"END PRIVATE KEY"))
fail("header", p256.replace(b"KEY-----\n", b"KEY-----\nProc-Type: 4\n\n", 1))
fail("url-base64", b"-----BEGIN PUBLIC KEY-----\nMF_-\n-----END PUBLIC KEY-----\n")
fail("no-padding", b"-----BEGIN PUBLIC KEY-----\nMFk\n-----END PUBLIC KEY-----\n")
fail("unused-bits", b"-----BEGIN PUBLIC KEY-----\nMFl=\n-----END PUBLIC KEY-----\n")
fail("line-too-long", b"-----BEGIN PUBLIC KEY-----\n" + b"A" * 5000 + b"\n-----END PUBLIC KEY-----\n")
fail("nul-in-base64", p256.replace(b"A", b"\0", 1))
fail("private", open(keys["p256"], "rb").read())
fail("private-ec", openssl("ec", "-in", keys["p256"]))
fail("private-rsa", openssl("rsa", "-in", keys["rsa2048"], "-traditional"))
fail("private-cosign", pem(b"x" * 40, "ENCRYPTED SIGSTORE PRIVATE KEY"))
fail("certificate", openssl("req", "-x509", "-new", "-key", keys["p256"], "-subj", "/CN=x", "-days", "1"))
fail("pkcs1", openssl("rsa", "-in", keys["rsa2048"], "-RSAPublicKey_out"))
for name, args in {
    "secp256k1": [*ec, "ec_paramgen_curve:secp256k1"],
    "brainpool": [*ec, "ec_paramgen_curve:brainpoolP256r1"],
    "explicit-parameters": [*ec, "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
    "ed448": ["-algorithm", "ed448"],
    "x25519": ["-algorithm", "x25519"],
    "rsa1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "rsa-e-3": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_pubexp:3"],
    "rsa-pss": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
}.items():
    fail(name, public(new_key(name, *args)))
fail("trailing-in-der", pem(der + b"\0"))
fail("trailing-in-spki", spki(seq(EC, P256), bits(point), NULL))
fail("trailing-in-algorithm", spki(seq(EC, P256, NULL), bits(point)))
fail("long-length", pem(b"\x30\x81" + der[1:]))
fail("indefinite-length", pem(b"\x30\x80" + der[2:] + b"\0\0"))
fail("cut-off", pem(der[:-1]))
fail("bit-string-unused-bits", spki(seq(EC, P256), bits(point, 1)))
fail("no-curve", spki(seq(EC), bits(point)))
fail("compressed-point", spki(seq(EC, P256), bits(b"\x02" + point[1:33])))
fail("off-curve", spki(seq(EC, P256), bits(point[:-1] + bytes([point[-1] ^ 1]))))
fail("infinity", spki(seq(EC, P256), bits(b"\0")))
fail("coordinate-too-large", spki(seq(EC, P256), bits(b"\x04" + b"\xff" * 32 + point[33:])))
fail("point-of-another-curve", spki(seq(EC, P256), bits(public(keys["p384"], "DER")[-97:])))
n = int(openssl("rsa", "-in", keys["rsa2048"], "-modulus", "-noout").split(b"=")[1], 16)
fail("rsa-no-null", spki(seq(RSA), bits(seq(integer(n), integer(65537)))))
fail("rsa-negative", spki(seq(RSA, NULL), bits(seq(tlv(2, n.to_bytes(256, "big")), integer(65537)))))
fail("rsa-leading-zero", spki(seq(RSA, NULL), bits(seq(tlv(2, b"\0\0" + n.to_bytes(256, "big")), integer(65537)))))
fail("rsa-zero", spki(seq(RSA, NULL), bits(seq(tlv(2, b"\0"), integer(65537)))))
fail("rsa-even", spki(seq(RSA, NULL), bits(seq(integer(n - 1), integer(65537)))))
fail("rsa-three-numbers", spki(seq(RSA, NULL), bits(seq(integer(n), integer(65537), integer(1)))))
fail("rsa-trailing", spki(seq(RSA, NULL), bits(seq(integer(n), integer(65537)) + NULL)))
fail("ed25519-null", spki(seq(ED25519, NULL), bits(public(keys["ed25519"], "DER")[-32:])))
fail("ed25519-31-bytes", spki(seq(ED25519), bits(public(keys["ed25519"], "DER")[-31:])))
fail("ed25519-y-0", spki(seq(ED25519), bits(bytes(32))))
fail("ed25519-y-1", spki(seq(ED25519), bits(b"\1" + bytes(31))))

# --- signatures
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


def entry(kind, name, payload, raw=None, text=None):
    payload = encode(payload)
    text = base64.b64encode(sign(payload) if raw is None else raw) if text is None else text
    write(f"cosign-payload/{kind}/{name}", text + b"\n" + payload)


def good(name, payload, *args, **options):
    entry("must-pass", name, payload, *args, **options)


def bad(name, payload, *args, **options):
    entry("must-fail", name, payload, *args, **options)


plain = claim()
good("plain", plain)
for k in keys:
    good(f"key-{k}", plain, sign(plain, k))
good("key-p384-sha384", plain, sign(plain, "p384", "-sha384"))
good("key-p521-sha512", plain, sign(plain, "p521", "-sha512"))
good("name-with-tag", claim(name=NAME + ":v3"))
good("name-with-digest", claim(name=NAME + "@" + DIGEST))
good("optional-empty", claim(optional={}))
good("optional-full", claim(optional={"creator": "x", "timestamp": 1, "anything": [1, {}]}))
good("indented", json.dumps(plain, indent=8, sort_keys=True).encode() + b"\n")
good("escaped", encode(plain).replace(b"critical", b"crit\\u0069cal"))

raw = sign(plain)
rs = raw[4 : 4 + raw[3]], raw[6 + raw[3] :]
r, s = (int.from_bytes(x, "big") for x in rs)
b64 = base64.b64encode(raw)


def pair(a, b):
    return seq(integer(a), integer(b))


bad("signature-empty", plain, text=b"")
bad("signature-blank", plain, text=b64[:20] + b" " + b64[20:])
bad("signature-padding-missing", plain, text=base64.b64encode(raw + b"\0" * (-len(raw) % 3 + 1)).rstrip(b"="))
bad("signature-padding-inside", plain, text=b64[:20] + b"==" + b64[22:])
bad("signature-url-alphabet", plain, text=b"-_" + b64[2:])
bad("signature-too-long", plain, text=b"A" * 4100)
bad("signature-by-another-key", plain, openssl("dgst", "-sha256", "-sign", new_key("x", *ec, "ec_paramgen_curve:P-256"),
                                              os.path.join(tmp.name, "payload")))
bad("signature-on-another-payload", claim(name=NAME + ":other"), raw)
bad("signature-newline-added", encode(plain) + b"\n", raw)
bad("signature-sha512", plain, sign(plain, "p256", "-sha512"))
bad("signature-rsa-sha512", plain, sign(plain, "rsa2048", "-sha512"))
bad("signature-rsa-pss", plain, sign(plain, "rsa2048", "-sha256", "-sigopt", "rsa_padding_mode:pss"))
bad("signature-raw-r-s", plain, r.to_bytes(32, "big") + s.to_bytes(32, "big"))
bad("der-trailing", plain, raw + b"\0")
bad("der-trailing-inside", plain, seq(integer(r), integer(s), NULL))
bad("der-long-length", plain, b"\x30\x81" + raw[1:])
bad("der-indefinite", plain, b"\x30\x80" + raw[2:] + b"\0\0")
bad("der-leading-zero", plain, seq(tlv(2, b"\0\0" + r.to_bytes(32, "big")), integer(s)))
bad("der-negative", plain, seq(tlv(2, (r | 1 << 255).to_bytes(32, "big")), integer(s)))
bad("der-empty-integer", plain, seq(tlv(2, b""), integer(s)))
bad("der-three-numbers", plain, seq(integer(r), integer(s), integer(1)))
bad("der-cut-off", plain, raw[:-1])
bad("r-zero", plain, pair(0, s))
bad("s-zero", plain, pair(r, 0))
bad("r-s-zero", plain, pair(0, 0))
bad("r-n", plain, pair(N, s))
bad("s-n", plain, pair(r, N))
bad("r-n-s-n", plain, pair(N, N))
bad("r-plus-n", plain, pair(r + N, s))
bad("s-plus-n", plain, pair(r, s + N))
rsa_s = int.from_bytes(sign(plain, "rsa2048"), "big")
for i in range(1000):  # a second form of a signature has to fit the size of the first
    numbered = claim(optional={"timestamp": i})
    rsa_i = int.from_bytes(sign(numbered, "rsa2048"), "big")
    if rsa_i + n < 1 << 2048:
        bad("rsa-s-plus-n", numbered, (rsa_i + n).to_bytes(256, "big"))
        break
bad("rsa-leading-zero", plain, rsa_s.to_bytes(257, "big"))
bad("rsa-zero", plain, bytes(256))
bad("rsa-one", plain, bytes(255) + b"\1")
L = 2**252 + 27742317777372353535851937790883648493
ed = sign(plain, "ed25519")
bad("ed25519-s-plus-l", plain, ed[:32] + (int.from_bytes(ed[32:], "little") + L).to_bytes(32, "little"))
bad("ed25519-zero", plain, bytes(64))
bad("ed25519-trailing", plain, ed + b"\0")

text = encode(plain)
bad("payload-empty", b"")
bad("payload-text", b"hello")
bad("payload-array", b"[]")
bad("payload-bom", b"\xef\xbb\xbf" + text)
bad("payload-trailing", text + b"{}")
bad("payload-nul", text.replace(b"etcd", b"etcd\\u0000x"))
bad("payload-utf-8", text.replace(b"etcd", b"etc\xff"))
bad("payload-deep", text.replace(b"null", b'{"x":' + b"[" * 100 + b"]" * 100 + b"}"))
bad("payload-too-large", claim(optional={"x": "y" * 70000}))
bad("duplicate-critical", text.replace(b'{"critical"', b'{"critical":{},"critical"'))
bad("duplicate-digest", text.replace(b'"docker-manifest-digest"', b'"docker-manifest-digest":"x","docker-manifest-digest"'))
bad("duplicate-digest-escaped", text.replace(b'"docker-manifest-digest"', b'"docker-manifest-\\u0064igest":"x","docker-manifest-digest"'))
bad("case-of-key", text.replace(b"docker-manifest", b"Docker-manifest"))
bad("more-at-root", {**plain, "x": 1})
bad("more-in-critical", {**plain, "critical": {**plain["critical"], "x": 1}})
bad("more-in-image", {**plain, "critical": {**plain["critical"], "image": {"docker-manifest-digest": DIGEST, "x": 1}}})
bad("more-in-identity", {**plain, "critical": {**plain["critical"], "identity": {"docker-reference": NAME, "x": 1}}})
bad("critical-null", {"critical": None, "optional": None})
bad("critical-array", {"critical": [1, 2, 3], "optional": None})
bad("identity-string", {**plain, "critical": {**plain["critical"], "identity": NAME}})
bad("digest-number", claim(digest=1))
bad("optional-missing", {"critical": plain["critical"]})
bad("optional-string", claim(optional="x"))
bad("creator-number", claim(optional={"creator": 1}))
bad("timestamp-string", claim(optional={"timestamp": "1"}))
bad("timestamp-null", claim(optional={"timestamp": None}))
bad("type-atomic", claim(kind="atomic container signature"))
bad("type-terminal", claim(kind="\x1b[31mred\n'"))
bad("digest-other", claim(digest="sha256:" + "b" * 64))
bad("digest-upper-case", claim(digest=DIGEST.upper().replace("SHA", "sha")))
bad("digest-short", claim(digest=DIGEST[:-1]))
bad("digest-empty", claim(digest=""))
bad("name-other", claim(name="quay.io/coreos/flannel"))
bad("name-longer", claim(name="quay.io/coreos/etcd2"))
bad("name-below", claim(name="quay.io/coreos/etcd/sub"))
bad("name-above", claim(name="quay.io/coreos"))
bad("name-other-port", claim(name="quay.io:443/coreos/etcd"))
bad("name-docker-hub", claim(name="coreos/etcd"))
bad("name-with-scheme", claim(name="docker://" + NAME))
bad("name-empty", claim(name=""))
bad("name-malformed", claim(name="quay.io/coreos/etcd "))
bad("name-of-a-directory", claim(name="oci:/srv/images"))
bad("name-of-an-aci", claim(name="aci:quay.io/coreos/etcd"))
for name, reference in {"docker-hub-index": "index.docker.io/library/busybox", "docker-hub-short": "busybox",
                        "docker-hub-full": "docker.io/library/busybox:1.36"}.items():
    entry("names", name, claim(name=reference))
