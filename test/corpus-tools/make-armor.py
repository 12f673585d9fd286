#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes armored signatures that are well or badly wrapped, for test/corpus/armor, out of one that gpg made. Run by hand after
make-openpgp.sh, the result is committed: make-armor.py DIRECTORY (test/corpus)."""

import base64
import os
import sys

corpus = sys.argv[1]
with open(f"{corpus}/openpgp-signature/must-pass/ed25519.asc", "rb") as f:
    good = f.read()
lines = good.split(b"\n")
begin, data, checksum, end = lines[0], lines[2:-3], lines[-3], lines[-2]
assert begin == b"-----BEGIN PGP SIGNATURE-----" and lines[1] == b"" and checksum[:1] == b"=" and end == b"-----END PGP SIGNATURE-----"
raw = base64.b64decode(b"".join(data))


def write(which, name, text):
    os.makedirs(f"{corpus}/armor/{which}", exist_ok=True)
    with open(f"{corpus}/armor/{which}/{name}.asc", "wb") as f:
        f.write(text)


def ok(name, text):
    write("must-pass", name, text)


def bad(name, text):
    write("must-fail", name, text)


def armor(headers=(), body=data, before=(), after=(), begin=begin, end=end, empty=(b"",), checksum=(checksum,)):
    return b"\n".join([*before, begin, *headers, *empty, *body, *checksum, end, *after, b""])


one_line = base64.b64encode(raw)
padded = base64.b64encode(raw + b"\xca\xff\0\0\0\x03PGP" * 400)  # marker packets, to fill a line
ok("plain", armor())
ok("crlf", armor().replace(b"\n", b"\r\n"))
ok("no-last-newline", armor()[:-1])
ok("no-checksum", armor(checksum=()))
ok("wrong-checksum", armor(checksum=(b"=AAAA",)))
ok("blank-around", armor(before=(b"", b" \t"), after=(b"", b"  ")))
ok("trailing-blanks", b"\n".join(line + b" \t" for line in armor().split(b"\n")))
ok("one-line", armor(body=(one_line,)))
ok("short-lines", armor(body=[one_line[i : i + 4] for i in range(0, len(one_line), 4)]))
ok("line-4096", armor(body=(padded[:4096], padded[4096:]), checksum=()))
ok("headers-16", armor(headers=[b"Comment: %d" % i for i in range(16)]))
ok("header-1024", armor(headers=(b"Comment: " + b"x" * 1015,)))
ok("header-terminal", armor(headers=(b"Comment: \x1b[31mred\x07",)))
ok("header-boundary", armor(headers=(b"Comment: -----END PGP SIGNATURE-----",)))

bad("line-4097", armor(body=(padded[:4097], padded[4097:]), checksum=()))
bad("headers-17", armor(headers=[b"Comment: %d" % i for i in range(17)]))
bad("header-1025", armor(headers=(b"Comment: " + b"x" * 1016,)))
bad("header-without-colon", armor(headers=(b"Comment",)))
bad("no-empty-line", armor(empty=()))
bad("no-headers-end", begin + b"\nComment: x")
bad("no-end-line", b"\n".join([begin, b"", *data, checksum, b""]))
bad("end-of-another-kind", armor(end=b"-----END PGP MESSAGE-----"))
bad("end-cut", armor(end=end[:-1]))
bad("end-longer", armor(end=end + b"-"))
bad("begin-cut", armor(begin=begin[:-1]))
bad("begin-indented", armor(begin=b" " + begin))
bad("begin-dash-escaped", armor(begin=b"- " + begin))
bad("begin-lower-case", armor(begin=begin.lower()))
bad("text-before", armor(before=(b"hello",)))
bad("text-after", armor(after=(b"hello",)))
bad("another-behind", armor() + armor())
bad("key-behind", armor(after=(b"-----BEGIN PGP PUBLIC KEY BLOCK-----",)))
bad("message", armor().replace(b"PGP SIGNATURE", b"PGP MESSAGE"))
bad("cleartext", b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nhello, world\n" + armor())
bad("two-checksums", armor(checksum=(checksum, checksum)))
bad("data-behind-checksum", armor(checksum=(checksum, b"AAAA")))
bad("checksum-first", armor(checksum=(), body=(checksum, *data)))
bad("checksum-long", armor(checksum=(checksum + b"A",)))
bad("empty-line-inside", armor(body=(*data[:1], b"", *data[1:])))
bad("blank-inside", armor(body=(data[0][:10] + b" " + data[0][10:], *data[1:])))
bad("form-feed", armor(body=(data[0] + b"\f", *data[1:])))
bad("form-feed-at-the-end", armor(end=end + b"\f"))
bad("nul", armor(body=(data[0] + b"\0", *data[1:])))
bad("nul-at-the-end", armor(end=end + b"\0"))
bad("vertical-tab", armor(before=(b"\v",)))
bad("byte-order-mark", b"\xef\xbb\xbf" + armor())
bad("utf-16", armor().decode().encode("utf-16"))
bad("carriage-returns-only", armor().replace(b"\n", b"\r"))
bad("url-alphabet", armor(body=(one_line[:4] + b"-_" + one_line[6:],)))
bad("padding-inside", armor(body=(base64.b64encode(raw[:10]), base64.b64encode(raw[10:]))))
bad("padding-missing", armor(body=(base64.b64encode(raw[:-1] if len(raw) % 3 == 0 else raw).rstrip(b"="),)))
bad("bits-behind", armor(body=(base64.b64encode(raw[:1]).replace(b"A==", b"B=="),)) if base64.b64encode(raw[:1]).endswith(b"A==") else armor(body=(b"iB==",)))
bad("no-data", armor(body=(), checksum=()))
bad("dashes-only", b"-----\n")
bad("blank-only", b" \n\t\n")
bad("empty", b"")
