#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes OpenPGP keys and signatures that no gpg would make, for test/corpus. Run by hand after make-openpgp.sh, the result
is committed: make-openpgp-hostile.py DIRECTORY (test/corpus). One key and signature made in the same way but without a
fault (plain) are checked with gpgv."""

import os
import subprocess

from openpgp_packets import *

P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
L = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
document = read_document()

main, other, attacker, victim = Key(), Key(), Key(), Key()
p256 = Key(19)
start = main.public() + uid(NAME)
plain = start + self_signature(main, NAME)


def sign(key=main, hashed=b"", kind=0, **options):
    return signature(key, kind, document, hashed, **options)


# --- the builder is right
key_pass("plain", plain)
sig_pass("plain", sign())
key_pass("p256-plain", p256.public() + uid(NAME) + self_signature(p256, NAME))
sig_pass("p256-plain", sign(p256))
for k in "plain", "p256-plain":
    subprocess.run(["gpgv", "-q", "--keyring", f"{corpus}/openpgp-key/must-pass/{k}.gpg",
                    f"{corpus}/openpgp-signature/must-pass/{k}.sig", f"{corpus}/openpgp-signature/documents/hello"], check=True,
                   env={"GNUPGHOME": tmp.name, "PATH": os.environ["PATH"]})

# --- keys: what the owner says, or did not say
key_fail("bare", main.public())
key_fail("bare-user-id", start)
key_fail("self-signature-by-another", start + self_signature(other, NAME, hints=False))
key_fail("self-signature-on-another-key", start + signature(main, 0x13, other.hashed() + uid_hashed(NAME)))
key_fail("self-signature-on-another-name", start + self_signature(main, NAME + b"x"))
key_fail("self-signature-sha1", start + self_signature(main, NAME, hash_id=SHA1))
key_fail("self-signature-critical", start + self_signature(main, NAME, hashed=subpacket(99, b"", True)))
key_fail("self-signature-left16", start + self_signature(main, NAME, left16=b"\x00\x00"))
key_fail("user-id-revoked", plain + signature(main, 0x30, main.hashed() + uid_hashed(NAME), created=LATER))
key_pass("user-id-revoked-first", start + self_signature(main, NAME)
         + signature(main, 0x30, main.hashed() + uid_hashed(NAME), created=LATER) + uid(b"x") + self_signature(main, b"x"))
key_pass("user-id-back", plain + signature(main, 0x30, main.hashed() + uid_hashed(NAME), created=LATER)
         + self_signature(main, NAME, created=LATER + 1))
key_pass("direct-key", main.public() + direct_key(main))
key_fail("direct-key-revoked", main.public() + direct_key(main) + signature(main, 0x30, main.hashed(), created=LATER))
key_pass("direct-key-revoked-first", main.public() + direct_key(main) + signature(main, 0x30, main.hashed(), created=LATER)
         + uid(NAME) + self_signature(main, NAME))
key_pass("direct-key-other-revoked", main.public() + direct_key(main) + signature(other, 0x30, main.hashed(), hints=False))
key_fail("direct-key-displaced", start + direct_key(main))
key_pass("expires", start + self_signature(main, NAME, hashed=subpacket(9, be(LATER - CREATED, 4))))
key_pass("no-flags", start + self_signature(main, NAME, flags=None))
key_pass("certify-only", start + self_signature(main, NAME, flags=CERTIFY))
key_pass("self-signature-future", start + self_signature(main, NAME, created=FUTURE))
key_pass("self-signature-expired", start + self_signature(main, NAME, hashed=subpacket(3, be(86400, 4))))
key_pass("newest-counts", plain + self_signature(main, NAME, hashed=subpacket(9, be(86400, 4)), created=LATER))
key_pass("newest-first", start + self_signature(main, NAME, hashed=subpacket(9, be(86400, 4)), created=LATER)
         + self_signature(main, NAME))
key_pass("expiry-unhashed", start + self_signature(main, NAME, unhashed=subpacket(9, be(86400, 4))))
key_pass("revocation-forged", plain + signature(other, 0x20, main.hashed(), hints=False))
key_pass("revocation-forged-hint", plain + signature(other, 0x20, main.hashed(), unhashed=subpacket(16, main.key_id)))
key_pass("revocation-of-another", plain + signature(main, 0x20, other.hashed()))
key_pass("revocation-critical", plain + signature(main, 0x20, main.hashed(), subpacket(99, b"", True)))
key_pass("revocation-undated", plain + signature(main, 0x20, main.hashed(), created=None))
key_pass("revocation-last", plain + victim.subkey() + signature(main, 0x20, main.hashed(), subpacket(29, b"\x01")))
key_pass("ignored-packets", main.public() + packet(12, b"x") + packet(10, b"PGP") + packet(21, b"\0" * 9) + packet(60, b"?")
         + uid(NAME) + self_signature(main, NAME) + packet(17, b"photo") + signature(other, 0x10, b"photo"))
key_pass("long-user-id", main.public() + direct_key(main) + uid(b"x" * 2000)
         + self_signature(main, b"x" * 2000))
terminal = b"\x1b[31mred\nnew line \xff \xe2\x80\xae"
key_pass("terminal", main.public() + uid(terminal) + self_signature(main, terminal))

# --- subkeys
good_back = back_signature(main, victim)
key_pass("subkey-bound", plain + victim.subkey() + binding(main, victim, back=good_back))
key_pass("subkey-back-unhashed", plain + victim.subkey() + binding(main, victim, unhashed=subpacket(32, good_back)))
key_pass("subkey-unbound", plain + victim.subkey())
key_pass("subkey-bound-by-another", plain + victim.subkey() + binding(main, victim, back=good_back, by=other))
key_pass("subkey-adopted", plain + victim.subkey() + binding(main, victim))
key_pass("subkey-adopted-back-by-primary", plain + victim.subkey()
         + binding(main, victim, back=back_signature(main, victim, by=main)))
key_pass("subkey-adopted-back-for-another", plain + victim.subkey()
         + binding(main, victim, back=back_signature(other, victim)))
key_pass("subkey-adopted-back-type", plain + victim.subkey()
         + binding(main, victim, back=signature_body(victim, 0x18, main.hashed() + victim.hashed())))
key_pass("subkey-back-sha1", plain + victim.subkey() + binding(main, victim, back=back_signature(main, victim, hash_id=SHA1)))
key_pass("subkey-back-expires", plain + victim.subkey()
         + binding(main, victim, back=back_signature(main, victim, hashed=subpacket(3, be(86400 * 36500, 4)))))
key_pass("subkey-encrypts", plain + victim.subkey() + binding(main, victim, flags=b"\x0c"))
key_pass("subkey-newer-encrypts", plain + victim.subkey() + binding(main, victim, back=good_back)
         + binding(main, victim, flags=b"\x0c", created=LATER))
key_pass("subkey-revoked-before-binding", plain + victim.subkey() + signature(main, 0x28, main.hashed() + victim.hashed())
         + binding(main, victim, back=good_back, created=LATER))
key_pass("subkey-revocation-forged", plain + victim.subkey() + binding(main, victim, back=good_back)
         + signature(other, 0x28, main.hashed() + victim.hashed(), hints=False))
sig_pass("subkey-bound", sign(victim))
key_pass("sixty-four-subkeys", plain + victim.subkey() * 64)
key_fail("sixty-five-subkeys", plain + victim.subkey() * 65)
key_pass("1024-signatures", plain + signature(other, 0x10, b"") * 1023)
key_fail("1025-signatures", plain + signature(other, 0x10, b"") * 1024)

# --- keys: framing
key_fail("user-id-first", uid(NAME) + plain)
key_fail("literal-inside", plain + packet(11, b"b\0\0\0\0\0x"))
key_fail("unknown-packet", plain + packet(30, b""))
key_fail("partial-length", b"\xc6\xe4" + main.body[:16] + bytes([len(main.body) - 16]) + main.body[16:])
key_fail("indeterminate-length", bytes([0x80 | 6 << 2 | 3]) + main.body)
key_fail("too-long-packet", plain + packet(13, b"x" * 70000))
key_fail("cut-off", plain[:-1])
key_fail("garbage-behind", plain + b"\x00")
key_fail("version-3", packet(6, b"\x03" + main.body[1:]) + uid(NAME))
key_fail("version-5", packet(6, b"\x05" + main.body[1:]) + uid(NAME))


def with_material(algorithm, material):
    return packet(6, key_body(algorithm, material)) + uid(NAME)


def ed25519(point, prefix=b"\x40", oid=OID_ED25519):
    return with_material(22, bytes([len(oid)]) + oid + mpi(prefix + point))


key_fail("ed25519-y-0", ed25519(le(0)))
key_fail("ed25519-y-1", ed25519(le(1)))
key_fail("ed25519-y-1-negative", ed25519(le(1 | 1 << 255)))
key_fail("ed25519-y-p", ed25519(le(P)))
key_fail("ed25519-y-p-plus-1", ed25519(le(P + 1)))
key_fail("ed25519-y-minus-1", ed25519(le(P - 1)))
key_fail("ed25519-order-8", ed25519(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")))
key_fail("ed25519-order-8-other", ed25519(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")))
D = -121665 * pow(121666, -1, P) % P


def is_on_curve(y):
    return pow((y * y - 1) * pow(D * y * y + 1, -1, P), (P - 1) // 2, P) == 1


key_fail("ed25519-off-curve", ed25519(le(next(P // 3 + i for i in range(100) if not is_on_curve(P // 3 + i)))))
key_fail("ed25519-small-y", ed25519(le(next(y for y in range(2, 100) if is_on_curve(y)))))
for x in range(2, 30):
    y2 = (1 + x * x) * pow(1 - D * x * x, -1, P) % P
    for y in (pow(y2, (P + 3) // 8, P), pow(y2, (P + 3) // 8, P) * pow(2, (P - 1) // 4, P) % P):
        if y * y % P == y2:
            key_fail("ed25519-small-x", ed25519(le(y | (x & 1) << 255)))
key_fail("ed25519-31-bytes", ed25519(le(5)[:31]))
key_fail("ed25519-33-bytes", ed25519(le(5) + b"\0"))
key_fail("ed25519-prefix-04", ed25519(le(5), b"\x04"))
key_fail("eddsa-on-p256", ed25519(le(5), oid=OID_P256))
key_fail("trailing-byte", packet(6, main.body + b"\0") + uid(NAME))
key_fail("mpi-bits", packet(6, main.body.replace(b"\x01\x07\x40", b"\x01\x08\x40")) + uid(NAME))
key_fail("mpi-overrun", packet(6, main.body.replace(b"\x01\x07\x40", b"\xff\xff\x40")) + uid(NAME))
key_fail("unknown-algorithm", with_material(99, b""))
rsa = int(openssl("rsa", "-modulus", "-noout", data=openssl("genrsa", "2048")).split(b"=")[1], 16)
for name, n, e in [("even", rsa - 1, 65537), ("e-1", rsa, 1), ("e-3", rsa, 3), ("e-even", rsa, 65538), ("e-huge", rsa, 2**32 + 1),
                   ("e-0", rsa, 0), ("440-bits", (rsa >> (2048 - 440)) | 1, 65537), ("zero", 0, 65537)]:
    key_fail("rsa-" + name, with_material(1, mpi(n) + mpi(e)))
key_fail("rsa-17000-bits", with_material(1, mpi((1 << 16999) | 1) + mpi(65537)))
oid256 = bytes([len(OID_P256)]) + OID_P256
point = p256.body[-64:]
for name, q in [("off-curve", b"\x04" + point[:-1] + bytes([point[-1] ^ 1])), ("compressed", b"\x02" + point[:32]),
                ("infinity", b"\x04" + bytes(64)), ("x-too-large", b"\x04" + b"\xff" * 32 + point[32:]), ("short", b"\x04" + point[:63])]:
    key_fail("p256-" + name, with_material(19, oid256 + mpi(q)))
key_fail("p256-no-oid", with_material(19, b"\0" + mpi(b"\x04" + point)))

# --- signatures: what they say
def sign_short(which):
    """A half of the signature begins with a zero, which its number has not."""
    for created in range(SIGNED, SIGNED + 10000):
        numbers = []
        packet_ = sign(created=created, tamper=lambda r, s: numbers.extend([r, s]) or (r, s))
        if numbers[which] < 1 << 248:
            return packet_
    raise RuntimeError("no luck")


sig_pass("r-short", sign_short(0))
sig_pass("s-short", sign_short(1))
sig_pass("no-hints", sign(hints=False))
sig_pass("critical-creation-time", sign(hashed=subpacket(2, be(SIGNED, 4), True), created=None))
sig_pass("critical-unknown", sign(hashed=subpacket(99, b"x", True)))
sig_pass("critical-unknown-unhashed", sign(unhashed=subpacket(99, b"x", True) + subpacket(16, main.key_id)))
sig_pass("critical-ignored", sign(hashed=subpacket(12, b"\x80" + bytes(21), True)))
sig_pass("unknown", sign(hashed=subpacket(99, b"x")))
sig_pass("expiry-unhashed", sign(unhashed=subpacket(3, be(1, 4)) + subpacket(16, main.key_id)))
sig_pass("creation-unhashed", sign(created=None, unhashed=subpacket(2, be(SIGNED, 4)) + subpacket(16, main.key_id)))
sig_pass("creation-twice", sign(hashed=subpacket(2, be(LATER, 4))))
sig_pass("creation-short", sign(created=None, hashed=subpacket(2, b"\1\2\3")))
sig_pass("subpacket-empty", sign(hashed=b"\x00"))
sig_pass("subpacket-overrun", sign(hashed=b"\x20\x63"))
sig_pass("recipient", sign(hashed=subpacket(35, b"\x04" + other.fingerprint)))
sig_pass("fingerprint-of-another", sign(hashed=subpacket(33, b"\x04" + other.fingerprint)))
sig_pass("fingerprint-unhashed-of-another", sign(unhashed=subpacket(33, b"\x04" + other.fingerprint)))
sig_pass("fingerprint-version-6", sign(hashed=subpacket(33, b"\x06" + bytes(32))))
sig_pass("hint-of-another", sign(unhashed=subpacket(16, other.key_id)))
sig_pass("signed-by-another", sign(other, unhashed=subpacket(16, main.key_id)))
for kind in 0x01, 0x02, 0x10, 0x13, 0x18, 0x19, 0x1F, 0x20, 0x40, 0x50:
    sig_pass(f"type-{kind:02x}", sign(kind=kind))
for version in 2, 3, 5, 7:
    sig_pass(f"version-{version}", packet(2, bytes([version]) + signature_body(main, 0, document)[1:]))
sig_pass("left16", sign(left16=b"\0\0"))
sig_pass("hash-99", sign(hash_id=99))
sig_pass("algorithm-99", sign(algorithm=99))
sig_pass("algorithm-of-another", sign(algorithm=1, material=mpi(12345)))
sig_pass("algorithm-ecdsa", sign(algorithm=19))
sig_pass("material-missing", sign(material=b""))
sig_pass("material-trailing", sign(material=mpi(1 << 250) + mpi(1 << 250) + b"\0"))
sig_pass("mpi-bits", sign(material=b"\x01\x00" + bytes(32) + mpi(1 << 250)))
sig_pass("mpi-overrun", sign(material=b"\xff\xff" + bytes(64)))
sig_pass("after-expiry", sign(created=LATER + 100))
sig_pass("empty-packet", packet(2, b""))
sig_pass("cut-inside", packet(2, signature_body(main, 0, document)[:9]))
sig_pass("r-0-s-0", sign(tamper=lambda r, s: (0, 0)))
sig_pass("s-plus-l", sign(tamper=lambda r, s: (r, int.from_bytes(le(int.from_bytes(be(s, 32), "little") + L), "big"))))
sig_pass("s-long", sign(tamper=lambda r, s: (r, s << 8)))
for name, tamper in [("r-0", lambda r, s: (0, s)), ("s-0", lambda r, s: (r, 0)), ("r-0-s-0", lambda r, s: (0, 0)),
                     ("r-n", lambda r, s: (P256_N, s)), ("s-n", lambda r, s: (r, P256_N)), ("r-plus-n", lambda r, s: (r + P256_N, s)),
                     ("s-plus-n", lambda r, s: (r, s + P256_N)), ("swapped", lambda r, s: (s, r))]:
    sig_pass("p256-" + name, sign(p256, tamper=tamper))
sig_pass("bad-then-good", sign(left16=b"\0\0") + sign(other) + packet(2, b"\x03") + sign())
sig_pass("ignored-packets", packet(10, b"PGP") + sign() + packet(21, b"\0") + packet(63, b"x"))

# --- signature files: framing
sig_fail("literal-behind", sign() + packet(11, b"b\0\0\0\0\0x"))
sig_fail("one-pass-before", packet(4, bytes([3, 0, 8, 22]) + main.key_id + b"\1") + sign())
sig_fail("compressed", packet(8, b"\0" + sign()))
sig_fail("unknown-packet", sign() + packet(39, b""))
sig_fail("partial-length", b"\xc2\xe1" + sign()[6:8] + b"\1x")
sig_fail("indeterminate-length", bytes([0x80 | 2 << 2 | 3]) + sign()[6:])
sig_fail("overrun", b"\xc2\xff\xff\xff\xff\xff" + sign()[6:])
sig_fail("too-long-packet", packet(2, bytes(65000))[:3] + be(66000, 4)[1:] + bytes(60000))
sig_fail("too-large", sign() + packet(21, bytes(60000)) + packet(21, bytes(60000)))
sig_fail("only-padding", packet(21, b"x"))
sig_fail("garbage-behind", sign() + b"\n")
