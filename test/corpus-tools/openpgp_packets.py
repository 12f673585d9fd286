# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds OpenPGP keys and signatures packet by packet, right ones and wrong ones; openssl computes the signatures. For
make-openpgp-hostile.py and make-openpgp-hostile-v6.py."""

import hashlib
import os
import subprocess
import sys
import tempfile

CREATED = 1704067200  # 2024-01-01
SIGNED = 1706745600  # 2024-02-01
LATER = 1709251200  # 2024-03-01
FUTURE = 4070908800  # 2099-01-01
SHA1, SHA256, SHA512 = 2, 8, 10
HASHES = {SHA1: hashlib.sha1, SHA256: hashlib.sha256, 9: hashlib.sha384, SHA512: hashlib.sha512, 12: hashlib.sha3_256, 14: hashlib.sha3_512}
SALT_SIZES = {SHA256: 16, 9: 24, SHA512: 32, 12: 16, 14: 32}
RSA, ECDSA, EDDSA, ED25519, ED448 = 1, 19, 22, 27, 28
CERTIFY, SIGN = b"\x01", b"\x02"
NAME = b"Script <script@example.com>"
OID_ED25519 = bytes.fromhex("2b06010401da470f01")
OID_P256 = bytes.fromhex("2a8648ce3d030107")

tmp = tempfile.TemporaryDirectory()
corpus = sys.argv[1]


def write(path, data):
    with open(os.path.join(corpus, path), "wb") as f:
        f.write(data)


def key_pass(name, data):
    write(f"openpgp-key/must-pass/{name}.gpg", data)


def key_fail(name, data):
    write(f"openpgp-key/must-fail/{name}.gpg", data)


def sig_pass(name, data):
    write(f"openpgp-signature/must-pass/{name}.sig", data)


def sig_fail(name, data):
    write(f"openpgp-signature/must-fail/{name}.sig", data)


def read_document():
    with open(os.path.join(corpus, "openpgp-signature/documents/hello"), "rb") as f:
        return f.read()


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


def be(n, size):
    return n.to_bytes(size, "big")


def le(n, size=32):
    return n.to_bytes(size, "little")


def mpi(number):
    if isinstance(number, bytes):
        number = int.from_bytes(number, "big")
    return be(number.bit_length(), 2) + be(number, (number.bit_length() + 7) // 8)


def packet(tag, body):
    return bytes([0xC0 | tag]) + b"\xff" + be(len(body), 4) + body


def subpacket(kind, body, critical=False):
    assert len(body) < 190
    return bytes([len(body) + 1, kind | (0x80 if critical else 0)]) + body


class Key:
    """An Ed25519, Ed448 or P-256 key of version 4 or 6."""

    def __init__(self, algorithm=EDDSA, created=CREATED, version=4):
        self.path = os.path.join(tmp.name, str(len(os.listdir(tmp.name))))
        self.algorithm = algorithm
        self.version = version
        if algorithm == ECDSA:
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.path)
        else:
            openssl("genpkey", "-algorithm", "ed448" if algorithm == ED448 else "ed25519", "-out", self.path)
        der = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        material = {
            ECDSA: bytes([len(OID_P256)]) + OID_P256 + mpi(der[-65:]),
            EDDSA: bytes([len(OID_ED25519)]) + OID_ED25519 + mpi(b"\x40" + der[-32:]),
            ED25519: der[-32:],
            ED448: der[-57:],
        }[algorithm]
        self.body = key_body(algorithm, material, created, version)

    @property
    def fingerprint(self):
        return (hashlib.sha1 if self.version == 4 else hashlib.sha256)(self.hashed()).digest()

    @property
    def key_id(self):
        return self.fingerprint[-8:] if self.version == 4 else self.fingerprint[:8]

    def hint(self):
        return subpacket(16, self.key_id) if self.version == 4 else subpacket(33, b"\x06" + self.fingerprint)

    def hashed(self):
        return (b"\x99" + be(len(self.body), 2) if self.version == 4 else b"\x9b" + be(len(self.body), 4)) + self.body

    def public(self):
        return packet(6, self.body)

    def subkey(self):
        return packet(14, self.body)

    def sign(self, digest):
        """(r, s) as numbers, of native keys the bytes of each half."""
        if self.algorithm == ECDSA:
            der = openssl("pkeyutl", "-sign", "-inkey", self.path, data=digest)
            r = der[4 : 4 + der[3]]
            return int.from_bytes(r, "big"), int.from_bytes(der[6 + der[3] :], "big")
        path = self.path + ".digest"
        with open(path, "wb") as f:
            f.write(digest)
        raw = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", path)
        halves = raw[: len(raw) // 2], raw[len(raw) // 2 :]
        return halves if self.algorithm in (ED25519, ED448) else tuple(int.from_bytes(half, "big") for half in halves)


def key_body(algorithm, material, created=CREATED, version=4):
    return bytes([version]) + be(created, 4) + bytes([algorithm]) + (be(len(material), 4) if version == 6 else b"") + material


def uid(text):
    return packet(13, text)


def uid_hashed(text):
    return b"\xb4" + be(len(text), 4) + text


def signature_body(key, kind, data, hashed=b"", unhashed=None, created=SIGNED, hash_id=None, algorithm=None, hints=True,
                   tamper=lambda r, s: (r, s), left16=None, material=None, version=None, salt=None, **_):
    """`hashed` follows the creation time (created=None: there is none); `tamper` changes the numbers."""
    version = version or key.version
    if created is not None:
        hashed = subpacket(2, be(created, 4)) + hashed
    if unhashed is None:
        unhashed = key.hint() if hints else b""
    algorithm = algorithm or key.algorithm
    hash_id = hash_id or (SHA512 if key.algorithm == ED448 else SHA256)
    size = 4 if version == 6 else 2
    if version != 6:
        salt = b""
    elif salt is None:
        salt = bytes(range(SALT_SIZES.get(hash_id, 16)))
    head = bytes([version, kind, algorithm, hash_id]) + be(len(hashed), size) + hashed
    digest = HASHES.get(hash_id, hashlib.sha256)(salt + data + head + bytes([version, 0xFF]) + be(len(head), 4)).digest()
    if material is None:
        r, s = tamper(*key.sign(digest))
        material = r + s if isinstance(r, bytes) else mpi(r) + mpi(s)
    salted = bytes([len(salt)]) + salt if version == 6 else b""
    return head + be(len(unhashed), size) + unhashed + (left16 or digest[:2]) + salted + material


def signature(*args, **options):
    return packet(2, signature_body(*args, **options))


def self_signature(key, text, flags=b"\x03", hashed=b"", **options):
    return signature(key, 0x13, key.hashed() + uid_hashed(text), (subpacket(27, flags) if flags else b"") + hashed, **options)


def direct_key(key, flags=b"\x03", hashed=b"", **options):
    return signature(key, 0x1F, key.hashed(), (subpacket(27, flags) if flags else b"") + hashed, **options)


def binding(primary, sub, flags=SIGN, back=None, unhashed=b"", by=None, **options):
    hashed = subpacket(27, flags)
    if back:
        hashed += subpacket(32, back)
    unhashed += primary.hint()
    return signature(by or primary, 0x18, primary.hashed() + sub.hashed(), hashed, unhashed, **options)


def back_signature(primary, sub, by=None, **options):
    return signature_body(by or sub, 0x19, primary.hashed() + sub.hashed(), **options)
