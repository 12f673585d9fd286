#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes test/corpus/openpgp-message: one message of gpg in all kinds of frames. Run by hand after make-simple-signing.py, the result is
committed: make-openpgp-messages.py DIRECTORY (test/corpus)."""

import os
import shutil
import sys

from openpgp_frames import body, compressed, deflate, packet, pieces, split

corpus = os.path.join(sys.argv[1], "openpgp-message")
with open(os.path.join(sys.argv[1], "simple-signing/messages/uncompressed"), "rb") as f:
    plain = f.read()
ops, literal, signature = split(plain)

shutil.rmtree(corpus, ignore_errors=True)
for d in "must-pass", "must-fail":
    os.makedirs(os.path.join(corpus, d))


def write(path, data):
    with open(os.path.join(corpus, path), "wb") as f:
        f.write(data)


why = []


def parses(file, data):
    write(f"must-pass/{file}", data)


def breaks(file, reason, data):
    write(f"must-fail/{file}", data)
    why.append(f"{file}: {reason}\n")


document = body(literal) + b" " * 400
message = ops + packet(11, document) + signature
parses("plain", plain)
parses("whole", message)
parses("zip", compressed(plain))
parses("one-piece-of-512", ops + pieces(11, document, 9) + signature)
parses("small-pieces", ops + pieces(11, document, 9, 0, 1, 2, 0) + signature)
parses("ends-in-nothing", ops + pieces(11, document[:512 + 128], 9, 7) + signature)
parses("five-octet-length", ops + packet(11, document[:700]) + signature)
parses("compressed-in-pieces", pieces(8, b"\1" + deflate(message, level=0), 9, 6))
parses("compressed-twice-in-pieces", pieces(8, b"\1" + deflate(ops + pieces(11, document, 9) + signature, level=0), 9))
malformed_pieces = "holds an OpenPGP packet whose pieces are malformed"
indefinite = "holds an OpenPGP packet without a definite length"
breaks("first-piece-of-256", malformed_pieces, ops + pieces(11, document, 8) + signature)
breaks("first-piece-of-1", malformed_pieces, ops + pieces(11, document, 0, 9) + signature)
breaks("piece-overrun", malformed_pieces, ops + b"\xcb\xfe" + document)
breaks("last-piece-overrun", malformed_pieces, ops + pieces(11, document, 9, end=b"\xff\0\0\xff\xff" + document[512:]))
breaks("last-piece-huge", malformed_pieces, ops + pieces(11, document, 9, end=b"\xff\xff\xff\xff\xff" + document[512:]))
breaks("last-piece-missing", malformed_pieces, ops + pieces(11, document, 9, end=b""))
breaks("last-piece-cut", malformed_pieces, ops + pieces(11, document, 9, end=b"\xff\0"))
breaks("pieces-too-large", "holds an OpenPGP packet larger than 65535 bytes", compressed(ops + pieces(11, document[:6] + bytes(65536), 16) + signature))
breaks("pieces-too-large-in-sum", "holds an OpenPGP packet larger than 65535 bytes", compressed(ops + pieces(11, document[:6] + bytes(65536), 15, 14, 13) + signature))
breaks("signature-in-pieces", indefinite, b"\xc2\xe9" + bytes(512) + b"\0")
breaks("one-pass-in-pieces", indefinite, b"\xc4\xe9" + bytes(512) + b"\0")
breaks("literal-to-the-end", indefinite, signature + b"\xaf" + document)
breaks("signature-to-the-end", indefinite, ops + packet(11, document) + b"\x8b" + signature[2:])
breaks("literal-unsigned-in-pieces", "holds a document that is not signed", pieces(11, document, 9) + signature)
breaks("compressed-pieces-overrun", malformed_pieces, b"\xc8\xf0\1" + deflate(message))
breaks("compressed-in-pieces-and-more", "goes on behind its compressed data", pieces(8, b"\1" + deflate(message, level=0), 9) + literal)
breaks("literal-overrun", "is cut off in the middle of an OpenPGP packet", ops + b"\xac\xff" + document[:100])
breaks("garbage", "holds something that is not an OpenPGP packet", b"hello\n")
breaks("header-only", indefinite, ops + b"\xcb")
breaks("one-byte", indefinite, b"\x90")
with open(os.path.join(corpus, "must-fail/WHY"), "w") as f:
    f.writelines(sorted(why))
