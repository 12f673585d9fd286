#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes what test/fuzz/fuzz-public-key.c begins with: a key of each kind and a signature that it made, by openssl, and
signatures of numbers at the edges. Run by hand, the result is committed: make-public-key.py DIRECTORY (test/corpus)."""

import hashlib
import os
import subprocess
import sys
import tempfile

corpus = os.path.join(sys.argv[1], "public-key")
os.makedirs(corpus, exist_ok=True)
digest = hashlib.sha256(b"hello, world\n").digest()
KINDS = [("P-256", 65), ("P-384", 97), ("P-521", 133), ("brainpoolP256r1", 65), ("brainpoolP384r1", 97), ("brainpoolP512r1", 129),
         ("ed25519", 32), ("ed448", 57), ("rsa2048", 0)]


def openssl(*args):
    return subprocess.run(["openssl", *args], check=True, capture_output=True).stdout


def write(name, kind, *fields):
    with open(os.path.join(corpus, name), "wb") as f:
        f.write(bytes([kind]) + b"".join(len(field).to_bytes(2, "big") + field for field in fields))


def der_integers(der):
    """Of a SEQUENCE of two."""
    at = 2 if der[1] < 0x80 else 3
    first = der[at + 2 : at + 2 + der[at + 1]]
    at += 2 + len(first)
    return first.lstrip(b"\0"), der[at + 2 : at + 2 + der[at + 1]].lstrip(b"\0")


with tempfile.TemporaryDirectory() as tmp:
    key, data = f"{tmp}/key", f"{tmp}/data"
    with open(data, "wb") as f:
        f.write(digest)
    for kind, (name, size) in enumerate(KINDS):
        if name == "rsa2048":
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
            modulus = bytes.fromhex(openssl("rsa", "-modulus", "-noout", "-in", key).split(b"=")[1].decode())
            a, b = modulus, b"\x01\0\x01"
            halves = b"", openssl("pkeyutl", "-sign", "-inkey", key, "-in", data, "-pkeyopt", "digest:sha256")
        elif name.startswith("ed"):
            openssl("genpkey", "-algorithm", name, "-out", key)
            a, b = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-size:], b""
            raw = openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", data)
            halves = raw[:size], raw[size:]
        else:
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{name}", "-out", key)
            a, b = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-size:], b""
            halves = der_integers(openssl("pkeyutl", "-sign", "-inkey", key, "-in", data))
        write(name, kind, a, b, *halves, digest)
        for edge, value in ("zero", b""), ("one", b"\1"), ("ones", b"\xff" * len(halves[1])):
            write(f"{name}-{edge}", kind, a, b, value, value, digest)
