#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the hostile keys and signatures of RFC 9580 for test/corpus: version 6, native Ed25519 and Ed448, and Brainpool
curves. Run by hand after make-openpgp.sh, the result is committed: make-openpgp-hostile-v6.py DIRECTORY (test/corpus), with
NODE_PATH as make-openpgp.js wants it. Keys and signatures made in the same way but without a fault (v6-plain and
v6-plain-448) are checked with OpenPGP.js."""

import os
import subprocess

from openpgp_packets import *

L448 = 2**446 - 13818066809895115352007386748515426880336692474882178609894547503885
L = 2**252 + 27742317777372353535851937790883648493
P448 = 2**448 - 2**224 - 1
document = read_document()
main, other, victim = (Key(ED25519, version=6) for _ in range(3))
goldilocks = Key(ED448, version=6)
old = Key()  # of version 4
start = main.public() + direct_key(main)
plain = start + uid(NAME) + self_signature(main, NAME, flags=None)
old_plain = old.public() + uid(NAME) + self_signature(old, NAME)


def sign(key=main, hashed=b"", kind=0, **options):
    return signature(key, kind, document, hashed, **options)


# --- the builder is right
key_pass("v6-plain", plain)
sig_pass("v6-plain", sign())
key_pass("v6-plain-448", goldilocks.public() + direct_key(goldilocks) + uid(NAME) + self_signature(goldilocks, NAME, flags=None))
sig_pass("v6-plain-448", sign(goldilocks))
key_pass("v4-plain", old_plain)
sig_pass("v4-plain", sign(old))
for k in "v6-plain", "v6-plain-448", "v4-plain":
    subprocess.run(["node", os.path.join(os.path.dirname(__file__), "make-openpgp.js"), "--verify",
                    f"{corpus}/openpgp-key/must-pass/{k}.gpg", f"{corpus}/openpgp-signature/must-pass/{k}.sig",
                    f"{corpus}/openpgp-signature/documents/hello"], check=True)

# --- keys: what the owner says, or did not say
key_fail("v6-bare", main.public())
key_fail("v6-no-direct-key", main.public() + uid(NAME) + self_signature(main, NAME))
key_fail("v6-direct-key-displaced", main.public() + uid(NAME) + self_signature(main, NAME) + direct_key(main))
key_fail("v6-direct-key-revoked", start + signature(main, 0x30, main.hashed(), created=LATER))
key_fail("v6-direct-key-by-another", main.public() + direct_key(other, unhashed=main.hint()))
key_fail("v6-direct-key-version-4", main.public() + direct_key(main, version=4, hints=False))
key_fail("v6-direct-key-sha1", main.public() + direct_key(main, hash_id=SHA1))
key_fail("v6-direct-key-salt", main.public() + direct_key(main, salt=b"x" * 32))
key_fail("v6-direct-key-448-sha256", goldilocks.public() + direct_key(goldilocks, hash_id=SHA256))
key_pass("v6-flags-of-user-id", main.public() + direct_key(main, flags=None) + uid(NAME) + self_signature(main, NAME, created=LATER))
key_pass("v6-expiry-of-user-id", main.public() + direct_key(main, hashed=subpacket(9, be(86400, 4))) + uid(NAME)
         + self_signature(main, NAME, created=LATER))
key_pass("v6-user-id-unbound", start + uid(NAME))
key_pass("v6-revoked-last", plain + signature(main, 0x20, main.hashed(), subpacket(29, b"\x02")))
key_pass("v6-revocation-forged", plain + signature(other, 0x20, main.hashed(), unhashed=main.hint()))
key_pass("v6-revocation-version-4", plain + signature(main, 0x20, main.hashed(), version=4, hints=False))

# --- subkeys
back = back_signature(main, victim)
key_pass("v6-subkey-bound", plain + victim.subkey() + binding(main, victim, back=back))
sig_pass("v6-subkey-bound", sign(victim))
key_pass("v6-subkey-adopted", plain + victim.subkey() + binding(main, victim))
key_pass("v6-subkey-adopted-back-for-another", plain + victim.subkey() + binding(main, victim, back=back_signature(other, victim)))
key_pass("v6-subkey-back-version-4", plain + victim.subkey() + binding(main, victim, back=back_signature(main, victim, version=4, hints=False)))
key_pass("v6-subkey-of-version-4", plain + old.subkey() + binding(main, old, back=back_signature(main, old)))
young = Key(ED25519, version=6)
key_pass("v4-subkey-of-version-6", old_plain + young.subkey() + binding(old, young, back=back_signature(old, young)))
sig_pass("v4-subkey-of-version-6", sign(young))

# --- keys: framing and numbers
key_fail("v6-eddsa", Key(EDDSA, version=6).public())
key_fail("v6-material-longer", packet(6, main.body[:6] + be(33, 4) + main.body[10:]))
key_fail("v6-material-shorter", packet(6, main.body[:6] + be(31, 4) + main.body[10:]))
key_fail("v6-material-huge", packet(6, main.body[:6] + b"\xff" * 4 + main.body[10:]))
key_fail("v6-header-only", packet(6, main.body[:8]))


def native(algorithm, material):
    return packet(6, key_body(algorithm, material, version=6))


def le57(y, sign=0):
    return le(y | sign << 455, 57)


def is_on_ed448(y):
    return pow((1 - y * y) * pow(1 + 39081 * y * y, -1, P448), (P448 - 1) // 2, P448) == 1


for name, data in [("y-0", le57(0)), ("y-0-negative", le57(0, 1)), ("y-1", le57(1)), ("y-1-negative", le57(1, 1)),
                   ("y-minus-1", le57(P448 - 1)), ("y-p", le57(P448)), ("y-p-plus-1", le57(P448 + 1)), ("last-octet", le57(5 | 1 << 448)),
                   ("off-curve", le57(next(P448 // 3 + i for i in range(100) if not is_on_ed448(P448 // 3 + i)))),
                   ("small-y", le57(next(y for y in range(2, 100) if is_on_ed448(y)))),
                   ("56-bytes", le57(5)[:56]), ("58-bytes", le57(5) + b"\0"), ("prefix", b"\x40" + le57(5))]:
    key_fail(f"ed448-{name}", native(ED448, data))
for name, data in [("y-1", le(1)), ("y-p", le(2**255 - 19)), ("31-bytes", le(5)[:31]), ("prefix", b"\x40" + le(5))]:
    key_fail(f"ed25519-native-{name}", native(ED25519, data))
key_fail("v4-native-trailing", packet(6, key_body(ED25519, le(5) + b"\0")))
for size, oid in (256, "2b2403030208010107"), (384, "2b240303020801010b"), (512, "2b240303020801010d"):
    q = openssl("pkey", "-pubout", "-outform", "DER",
                data=openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:brainpoolP{size}r1"))[-2 * size // 8 :]
    for name, q in ("off-curve", q[:-1] + bytes([q[-1] ^ 1])), ("infinity", bytes(len(q))), ("x-too-large", b"\xff" * (len(q) // 2) + q[len(q) // 2 :]):
        key_fail(f"brainpool{size}-{name}", packet(6, key_body(ECDSA, bytes([9]) + bytes.fromhex(oid) + mpi(b"\x04" + q))))
q = openssl("pkey", "-pubout", "-outform", "DER", data=openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256t1"))[-64:]
key_fail("brainpool256-twisted", packet(6, key_body(ECDSA, bytes([9]) + bytes.fromhex("2b2403030208010108") + mpi(b"\x04" + q))))

# --- signatures: version, salt, areas
sig_pass("v6-by-version-4", sign(old, version=6, hints=False))
sig_pass("v4-by-version-6", sign(version=4, hints=False))
sig_pass("v4-by-version-6-hint", sign(version=4, unhashed=subpacket(16, main.key_id)))
sig_pass("v6-no-hints", sign(hints=False))
sig_pass("v6-key-id", sign(unhashed=subpacket(16, main.key_id)))
sig_pass("v6-fingerprint-hashed", sign(hashed=main.hint()))
sig_pass("v6-fingerprint-of-another", sign(hashed=other.hint()))
sig_pass("v6-fingerprint-version-4", sign(hashed=subpacket(33, b"\x04" + old.fingerprint)))
sig_pass("v6-fingerprint-short", sign(hashed=subpacket(33, b"\x06" + main.fingerprint[:20])))
body = signature_body(main, 0, document)
salted = body.index(bytes(range(16)))
sig_pass("v6-salt-changed", packet(2, body[:salted] + b"\x01" + body[salted + 1 :]))
sig_pass("v6-salt-removed", packet(2, body[: salted - 1] + b"\0" + body[salted + 16 :]))
sig_pass("v6-salt-overrun", packet(2, body[: salted - 1] + b"\xff" + body[salted:]))
sig_pass("v6-salt-none", sign(salt=b""))
sig_pass("v6-salt-15", sign(salt=bytes(15)))
sig_pass("v6-salt-32", sign(salt=bytes(32)))
sig_pass("v6-hashed-overrun", packet(2, body[:4] + b"\xff\xff\xff\xff" + body[8:]))
sig_pass("v6-hashed-two-octets", packet(2, body[:4] + body[6:]))
sig_pass("v6-cut", packet(2, body[:40]))
sig_pass("v6-left16", sign(left16=b"\0\0"))
sig_pass("v6-creation-unhashed", sign(created=None, unhashed=subpacket(2, be(SIGNED, 4)) + main.hint()))
sig_pass("v6-critical-unknown", sign(hashed=subpacket(99, b"x", True)))
sig_pass("v6-expired", sign(hashed=subpacket(3, be(86400, 4))))
sig_pass("v6-before-key", sign(created=CREATED - 86400))
sig_pass("v6-type-01", sign(kind=1))
sig_pass("v6-type-1f", sign(kind=0x1F))
sig_pass("v6-with-v4", sign(old) + sign() + sign(version=4, hints=False))

# --- signatures: algorithms and numbers
sig_pass("v6-sha1", sign(hash_id=SHA1))
sig_pass("v6-448-sha256", sign(goldilocks, hash_id=SHA256))
sig_pass("v6-448-sha3-256", sign(goldilocks, hash_id=12))
sig_pass("v6-448-sha3-512", sign(goldilocks, hash_id=14))
sig_pass("v6-eddsa", sign(algorithm=EDDSA, material=mpi(1 << 250) + mpi(1 << 250)))
sig_pass("v6-algorithm-of-another", sign(algorithm=ED448, hash_id=SHA512, material=bytes(114)))
sig_pass("v6-material-63", sign(tamper=lambda r, s: (r, s[:-1])))
sig_pass("v6-material-65", sign(tamper=lambda r, s: (r, s + b"\0")))
sig_pass("v6-448-material-113", sign(goldilocks, tamper=lambda r, s: (r, s[:-1])))
for name, key, size, order in ("", main, 32, L), ("448-", goldilocks, 57, L448):
    sig_pass(f"v6-{name}s-plus-l", sign(key, tamper=lambda r, s: (r, le(int.from_bytes(s, "little") + order, size))))
    sig_pass(f"v6-{name}s-l", sign(key, tamper=lambda r, s: (r, le(order, size))))
    sig_pass(f"v6-{name}zero", sign(key, tamper=lambda r, s: (bytes(size), bytes(size))))
    sig_pass(f"v6-{name}identity", sign(key, tamper=lambda r, s: (le(1, size), bytes(size))))
    sig_pass(f"v6-{name}swapped", sign(key, tamper=lambda r, s: (s, r)))
