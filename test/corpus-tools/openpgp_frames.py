# SPDX-License-Identifier: LGPL-2.1-or-later
"""OpenPGP packets taken apart and put together, for the scripts of this directory."""

import zlib


def split_header(message):
    """The sizes of the header and of the body of the packet it begins with."""
    if not message[0] & 0x40:
        head = 1 + (1, 2, 4)[message[0] & 3]
        return head, int.from_bytes(message[1:head], "big")
    first = message[1]
    assert first < 224
    return (2, first) if first < 192 else (3, (first - 192 << 8) + message[2] + 192)


def split(message):
    """The packets of a message, framed as they were."""
    packets = []
    while message:
        head, size = split_header(message)
        packets.append(message[:head + size])
        message = message[head + size:]
    return packets


def body(packet):
    return packet[split_header(packet)[0]:]


def packet(tag, content):
    return bytes([0xC0 | tag]) + b"\xff" + len(content).to_bytes(4, "big") + content


def deflate(data, wbits=-15, level=9):
    c = zlib.compressobj(level, zlib.DEFLATED, wbits)
    return c.compress(data) + c.flush()


def compressed(data, algorithm=1):
    return b"\xa3" + bytes([algorithm]) + (deflate(data) if algorithm == 1 else zlib.compress(data, 9))


def pieces(tag, content, *exponents, end=None):
    """Partial lengths of these powers of two, the rest as it is."""
    out = bytes([0xC0 | tag])
    for e in exponents:
        out += bytes([0xE0 | e]) + content[:1 << e]
        content = content[1 << e:]
    return out + (packet(tag, content)[1:] if end is None else end)


def quine():
    """Raw deflate behind a packet's header that unpacks to itself, after https://research.swtch.com/zip."""
    def stored(n):
        return b"\0" + n.to_bytes(2, "little") + (n ^ 0xFFFF).to_bytes(2, "little")

    def L(units):
        return stored(units * 5)

    repeat20 = bytes.fromhex("428821c400")
    head = b"\xa3\1"

    def bits(*fields):
        """(value, number of bits, most significant first?) to 5 bytes."""
        out = n = 0
        for value, size, reverse in fields:
            if reverse:
                value = int(f"{value:0{size}b}"[::-1], 2)
            out |= value << n
            n += size
        assert n == 40
        return out.to_bytes(5, "little")

    # The last 7 bytes again, head and L: two literals, then 5 bytes from a distance of 7.
    repeat7 = bits((2, 3, False), (0b110010000 + 0xA3 - 144, 9, True), (0x30 + 1, 8, True), (3, 7, True), (5, 5, True), (0, 1, False), (0, 7, True))
    first = stored(7)
    tail = stored(0) * 2 + b"\1\0\0\xff\xff"
    last = stored(20)
    code = head + first + head + first + repeat7 + L(1) + repeat7 + L(1) + L(1) + L(4) + repeat7 + L(1) + L(1) + L(4) + repeat20
    code += L(4) + repeat20 + L(4) + repeat20 + L(4) + repeat20
    code += L(4) + repeat20 + stored(0) * 2 + last + repeat20
    code += stored(0) * 2 + last + repeat20 + tail + repeat20 + tail
    unpacked = zlib.decompress(code[2:], -15)
    assert unpacked == code, (unpacked.hex(" "), code.hex(" "))
    return code
