# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the makers of test/corpus share: keys by openssl, DER by hand, and the table that says what each file is for."""

import base64
import os
import subprocess
import tempfile

tmp = tempfile.TemporaryDirectory()
EC = ["-algorithm", "EC", "-pkeyopt"]


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


def new_key(name, *args):
    path = os.path.join(tmp.name, name)
    openssl("genpkey", "-out", path, *args)
    return path


def rsa(size):
    return ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{size}"]


def curve(name):
    return [*EC, f"ec_paramgen_curve:{name}"]


def good_keys():
    """The kinds of key that are accepted."""
    return {
        "p256": new_key("p256", *curve("P-256")),
        "p384": new_key("p384", *curve("P-384")),
        "p521": new_key("p521", *curve("P-521")),
        "rsa2048": new_key("rsa2048", *rsa(2048)),
        "rsa3072": new_key("rsa3072", *rsa(3072)),
        "rsa4096": new_key("rsa4096", *rsa(4096)),
        "ed25519": new_key("ed25519", "-algorithm", "ed25519"),
    }


def public(path, form="PEM"):
    return openssl("pkey", "-in", path, "-pubout", "-outform", form)


def modulus(path):
    return int(openssl("rsa", "-in", path, "-modulus", "-noout").split(b"=")[1], 16)


def pem(der, label="PUBLIC KEY"):
    text = base64.b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def tlv(tag, body):
    n = len(body)
    size = (n.bit_length() + 7) // 8
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x80 | size]) + n.to_bytes(size, "big")) + body


def seq(*parts):
    return tlv(0x30, b"".join(parts))


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def bits(data, unused=0):
    return tlv(3, bytes([unused]) + data)


def oid(text):
    return tlv(6, bytes.fromhex(text))


class Cases:
    """A directory of test/corpus and its cases.tsv."""

    def __init__(self, corpus, parser, by):
        self.directory = os.path.join(corpus, parser)
        self.rows = [f"# file\t{by}\tverdict\tmaker\twhy"]

    def write(self, path, data):
        path = os.path.join(self.directory, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)

    def add(self, path, data, by, verdict, maker, why):
        self.write(path, data)
        self.rows.append("\t".join([path, by, verdict, maker, why]))

    def finish(self):
        self.write("cases.tsv", ("\n".join([self.rows[0], *sorted(self.rows[1:])]) + "\n").encode())
