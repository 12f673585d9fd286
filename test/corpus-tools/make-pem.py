#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the PEM keys of test/corpus with openssl, and what is wrong with them by hand. Run by hand, the result is
committed: make-pem.py DIRECTORY (test/corpus). test/corpus/der has the same as DER, for the fuzzer to begin with."""

import sys

from material import Cases, EC, bits, curve, good_keys, integer, modulus, new_key, oid, openssl, pem, public, rsa, seq, tlv

cases = Cases(sys.argv[1], "pem", "algorithm")
der_seeds = Cases(sys.argv[1], "der", "")
RSA, EC_KEY, P256, P384 = oid("2a864886f70d010101"), oid("2a8648ce3d0201"), oid("2a8648ce3d030107"), oid("2b81040022")
ED25519, NULL = oid("2b6570"), b"\x05\x00"

NO_KEY = "has no '-----BEGIN PUBLIC KEY-----' line"
BAD_LINE = "has a line in its base64 that does not belong there"
BASE64 = "is not proper base64"
NO_DER = "is not a DER public key"
PRIVATE = "holds a private key; export the public one"
CERTIFICATE = "holds a certificate, not a bare public key"
TWO = "holds more than one key; use one file a key"
OTHER_CURVE = "is on an elliptic curve other than P-256, P-384 and P-521"
OTHER_ALGORITHM = "has an algorithm other than ECDSA, RSA and Ed25519"
NO_CURVE = "does not name its elliptic curve"
POINT = "has a bad point for P-256"
OFF_CURVE = "has a point that is not on P-256"
RSA_PARAMETERS = "has unexpected RSA parameters"
RSA_FORM = "has a malformed RSA key"
RSA_N = "has a bad RSA modulus"
RSA_E = "has a bad RSA exponent"
ED_HONEST = "has an Ed25519 point that no honest key has"


def good(name, data, algorithm, why, maker="openssl"):
    cases.add(f"must-pass/{name}.pem", data, algorithm, "good", maker, why)


def bad(name, data, reason, why, maker="by hand"):
    cases.add(f"must-fail/{name}.pem", data, "-", f"EBADMSG: {reason}", maker, why)


def spki(algorithm, key, *more):
    return pem(seq(algorithm, key, *more))


keys = good_keys()
names = {"p256": "ECDSA P-256", "p384": "ECDSA P-384", "p521": "ECDSA P-521", "rsa2048": "RSA-2048", "rsa3072": "RSA-3072",
         "rsa4096": "RSA-4096", "ed25519": "Ed25519"}
for key, path in keys.items():
    good(key, public(path), names[key], "a kind of key that is accepted")
    der_seeds.write(f"{key}.spki", public(path, "DER"))
    if key != "ed25519":
        der_seeds.write(f"{key}.signature", openssl("dgst", "-sha256", "-sign", path, data=b"gantry"))

p256 = public(keys["p256"])
der = public(keys["p256"], "DER")
point = der[-65:]
pkcs1 = openssl("rsa", "-in", keys["rsa3072"], "-RSAPublicKey_out")
good("pkcs1-rsa3072", pkcs1, "RSA-3072", "PKCS #1 is the other form of an RSA key; the same key as rsa3072.pem")
good("crlf", p256.replace(b"\n", b"\r\n"), "ECDSA P-256", "files that have been on other systems", "openssl, CRLF")
good("no-newline", p256.rstrip(), "ECDSA P-256", "cut and pasted", "openssl, cut")
good("text-around", b"key of Example\n\n" + p256 + b"good until revoked\n", "ECDSA P-256", "RFC 7468 allows it, and openssl does it",
     "openssl, with text")

# --- text
bad("empty", b"", NO_KEY, "nothing at all")
bad("text", b"hello\n", NO_KEY, "no PEM")
bad("byte-order-mark", b"\xef\xbb\xbf" + p256, "", "no ASCII: taken for OpenPGP, which it is not")
bad("blank-before", b" " + p256, NO_KEY, "BEGIN does not begin the line")
bad("two-keys", p256 + public(keys["ed25519"]), TWO, "which one was meant?", "openssl")
bad("two-forms", pkcs1 + public(keys["rsa3072"]), TWO, "which one was meant?", "openssl")
bad("no-end-line", p256.rsplit(b"-----END", 1)[0], "has no '-----END PUBLIC KEY-----' line", "cut off")
bad("other-end-line", p256.replace(b"END PUBLIC KEY", b"END PRIVATE KEY"), "has no '-----END PUBLIC KEY-----' line",
    "ends as something else")
bad("header", p256.replace(b"KEY-----\n", b"KEY-----\nProc-Type: 4\n\n", 1), BAD_LINE, "headers are for encrypted keys")
bad("url-base64", b"-----BEGIN PUBLIC KEY-----\nMF_-\n-----END PUBLIC KEY-----\n", BASE64, "the other alphabet")
bad("no-padding", b"-----BEGIN PUBLIC KEY-----\nMFk\n-----END PUBLIC KEY-----\n", BASE64, "not canonical")
bad("unused-bits", b"-----BEGIN PUBLIC KEY-----\nMFl=\n-----END PUBLIC KEY-----\n", BASE64, "not canonical")
bad("line-too-long", b"-----BEGIN PUBLIC KEY-----\n" + b"A" * 5000 + b"\n-----END PUBLIC KEY-----\n", BAD_LINE, "a limit")
bad("nul-in-base64", p256.replace(b"A", b"\0", 1), BASE64, "C strings would end here")

# --- other things that people put there
bad("private", open(keys["p256"], "rb").read(), PRIVATE, "a secret in a public place", "openssl")
bad("private-ec", openssl("ec", "-in", keys["p256"]), PRIVATE, "a secret in a public place", "openssl")
bad("private-rsa", openssl("rsa", "-in", keys["rsa2048"], "-traditional"), PRIVATE, "a secret in a public place", "openssl")
bad("private-encrypted", openssl("pkcs8", "-topk8", "-in", keys["p256"], "-passout", "pass:gantry"), PRIVATE, "a secret all the same",
    "openssl")
bad("private-cosign", pem(b"x" * 40, "ENCRYPTED SIGSTORE PRIVATE KEY"), PRIVATE, "cosign.key instead of cosign.pub")
certificate = openssl("req", "-x509", "-new", "-key", keys["p256"], "-subj", "/CN=x", "-days", "1", "-outform", "DER")
bad("certificate", pem(certificate, "CERTIFICATE"), CERTIFICATE, "its validity and issuer would be ignored", "openssl")
bad("certificate-as-key", pem(certificate), NO_DER, "an X.509 certificate under the wrong label", "openssl")
for name, args in {
    "secp256k1": curve("secp256k1"), "p224": curve("secp224r1"), "brainpool-p256": curve("brainpoolP256r1"),
    "brainpool-p384": curve("brainpoolP384r1"), "brainpool-p512": curve("brainpoolP512r1"),
}.items():
    bad(name, public(new_key(name, *args)), OTHER_CURVE, "no cosign signs on it", "openssl")
for name, args in {"ed448": ["-algorithm", "ed448"], "x25519": ["-algorithm", "x25519"], "rsa-pss": ["-algorithm", "RSA-PSS"]}.items():
    bad(name, public(new_key(name, *args)), OTHER_ALGORITHM, "no cosign signs with it", "openssl")
openssl("dsaparam", "-out", keys["p256"] + ".dsa", "2048")
bad("dsa", public(new_key("dsa", "-paramfile", keys["p256"] + ".dsa")), OTHER_ALGORITHM, "no cosign signs with it", "openssl")
for name in "P-256", "P-384":
    bad(f"explicit-{name.lower()}", public(new_key(name, *EC, f"ec_paramgen_curve:{name}", "-pkeyopt", "ec_param_enc:explicit")), NO_CURVE,
        "parameters of one's own choice make any signature good (CVE-2020-0601)", "openssl")
bad("rsa1024", public(new_key("rsa1024", *rsa(1024))), "is RSA-1024: too weak", "can be factored", "openssl")
bad("rsa2047", public(new_key("rsa2047", *rsa(2047))), "is RSA-2047: too weak", "one bit short of the least", "openssl")
bad("rsa1024-pkcs1", openssl("rsa", "-in", new_key("rsa1024", *rsa(1024)), "-RSAPublicKey_out"), "is RSA-1024: too weak", "can be factored",
    "openssl")
bad("rsa-e-3", public(new_key("e3", *rsa(2048), "-pkeyopt", "rsa_keygen_pubexp:3")), "has an RSA exponent below 65537",
    "what Bleichenbacher's forgery of 2006 needs", "openssl")

# --- DER
bad("trailing-in-der", pem(der + b"\0"), NO_DER, "more than the key")
bad("trailing-in-spki", spki(seq(EC_KEY, P256), bits(point), NULL), NO_DER, "more than the key")
bad("trailing-in-algorithm", spki(seq(EC_KEY, P256, NULL), bits(point)), NO_CURVE, "more than the curve")
bad("long-length", pem(b"\x30\x81" + der[1:]), NO_DER, "BER: a length that could be shorter")
bad("indefinite-length", pem(b"\x30\x80" + der[2:] + b"\0\0"), NO_DER, "BER")
bad("huge-length", pem(b"\x30\x84\xff\xff\xff\xff" + der[2:]), NO_DER, "longer than the file")
bad("cut-off", pem(der[:-1]), NO_DER, "shorter than it says")
bad("bit-string-unused-bits", spki(seq(EC_KEY, P256), bits(point, 1)), NO_DER, "a point is whole bytes")
bad("bit-string-empty", spki(seq(EC_KEY, P256), tlv(3, b"")), NO_DER, "without even the number of unused bits")

# --- elliptic curves
bad("no-curve", spki(seq(EC_KEY), bits(point)), NO_CURVE, "inherited from an issuer: there is none")
bad("curve-null", spki(seq(EC_KEY, NULL), bits(point)), NO_CURVE, "inherited from an issuer: there is none")
bad("compressed-point", spki(seq(EC_KEY, P256), bits(b"\x02" + point[1:33])), POINT, "a second spelling")
bad("hybrid-point", spki(seq(EC_KEY, P256), bits(bytes([6 | point[-1] & 1]) + point[1:])), POINT, "a third spelling")
bad("off-curve", spki(seq(EC_KEY, P256), bits(point[:-1] + bytes([point[-1] ^ 1]))), OFF_CURVE, "a curve of one's own choice")
bad("infinity", spki(seq(EC_KEY, P256), bits(b"\0")), POINT, "no key")
bad("origin", spki(seq(EC_KEY, P256), bits(b"\4" + bytes(64))), OFF_CURVE, "no key")
bad("coordinate-too-large", spki(seq(EC_KEY, P256), bits(b"\4" + b"\xff" * 32 + point[33:])), OFF_CURVE, "not a number of the field")
bad("point-of-another-curve", spki(seq(EC_KEY, P256), bits(public(keys["p384"], "DER")[-97:])), POINT, "too long for the curve")
bad("point-too-short", spki(seq(EC_KEY, P384), bits(point)), "has a bad point for P-384", "too short for the curve")

# --- RSA
n = modulus(keys["rsa2048"])


def rsa_key(*numbers):
    return spki(seq(RSA, NULL), bits(seq(*numbers)))


bad("rsa-no-null", spki(seq(RSA), bits(seq(integer(n), integer(65537)))), RSA_PARAMETERS, "RFC 3279: NULL")
bad("rsa-negative", rsa_key(tlv(2, n.to_bytes(256, "big")), integer(65537)), RSA_FORM, "a missing sign byte")
bad("rsa-leading-zero", rsa_key(tlv(2, b"\0\0" + n.to_bytes(256, "big")), integer(65537)), RSA_FORM, "a second spelling")
bad("rsa-zero", rsa_key(tlv(2, b"\0"), integer(65537)), RSA_FORM, "no key")
bad("rsa-even", rsa_key(integer(n - 1), integer(65537)), RSA_N, "libgcrypt must not see it")
bad("rsa-too-large", rsa_key(integer(1 << 16384 | 1), integer(65537)), RSA_N, "a limit")
bad("rsa-e-1", rsa_key(integer(n), integer(1)), "has an RSA exponent below 65537", "every message is its own signature")
bad("rsa-e-even", rsa_key(integer(n), integer(65538)), RSA_E, "cannot be inverted")
bad("rsa-e-large", rsa_key(integer(n), integer((1 << 32) + 1)), RSA_E, "costs time")
bad("rsa-three-numbers", rsa_key(integer(n), integer(65537), integer(1)), RSA_FORM, "more than a key")
bad("rsa-trailing", spki(seq(RSA, NULL), bits(seq(integer(n), integer(65537)) + NULL)), RSA_FORM, "more than a key")
bad("rsa-pkcs1-trailing", pem(seq(integer(n), integer(65537)) + NULL, "RSA PUBLIC KEY"), RSA_FORM, "more than a key")
bad("rsa-pkcs1-spki", pem(public(keys["rsa2048"], "DER"), "RSA PUBLIC KEY"), RSA_FORM, "the other form under this label")
bad("rsa-spki-pkcs1", pem(seq(integer(n), integer(65537))), NO_DER, "the other form under this label")

# --- Ed25519
ed = public(keys["ed25519"], "DER")[-32:]
P = 2**255 - 19


def ed_key(y):
    return spki(seq(ED25519), bits(y.to_bytes(32, "little")))


bad("ed25519-null", spki(seq(ED25519, NULL), bits(ed)), "has unexpected Ed25519 parameters", "RFC 8410: absent")
bad("ed25519-31-bytes", spki(seq(ED25519), bits(ed[:31])), "has an Ed25519 point of the wrong size", "cut off")
bad("ed25519-y-0", ed_key(0), ED_HONEST, "order 4; makes libgcrypt 1.10.1 abort")
bad("ed25519-y-1", ed_key(1), ED_HONEST, "the identity: anybody can sign for it; makes libgcrypt 1.10.1 abort")
bad("ed25519-y-1-negative", ed_key(1 | 1 << 255), ED_HONEST, "the identity with a sign it cannot have")
bad("ed25519-y-minus-1", ed_key(P - 1), ED_HONEST, "order 2")
bad("ed25519-order-8", pem(seq(seq(ED25519), bits(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")))),
    ED_HONEST, "anybody can sign for it with one try in eight")
bad("ed25519-order-8-too", pem(seq(seq(ED25519), bits(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")))),
    ED_HONEST, "anybody can sign for it with one try in eight")
bad("ed25519-y-p", ed_key(P), ED_HONEST, "not canonical: 0 again")
bad("ed25519-y-p-plus-1", ed_key(P + 1), ED_HONEST, "not canonical: 1 again")
bad("ed25519-y-largest", ed_key(2**255 - 1), ED_HONEST, "not canonical: 18 again")
D = -121665 * pow(121666, -1, P) % P
y = next(y for y in range(2**254 + 1, P) if pow((y * y - 1) * pow(D * y * y + 1, -1, P), (P - 1) // 2, P) == P - 1)
bad("ed25519-off-curve", ed_key(y), "has a point that is not on Ed25519", "half of all numbers are no y")
cases.finish()
