#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads a filter of packets that lets all pass, for cgroups, and pins it: pin-filter.py PATH, which is in a bpf file system."""

import ctypes
import os
import struct
import sys

BPF = 321  # __NR_bpf of x86-64
PROG_LOAD, OBJ_PIN = 5, 6
CGROUP_SKB = 8

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    fd = libc.syscall(BPF, command, attributes, len(attributes))
    if fd < 0:
        sys.exit("Cannot pin a filter: " + os.strerror(ctypes.get_errno()))
    return fd


def address(buffer):
    return ctypes.cast(buffer, ctypes.c_void_p).value


code = ctypes.create_string_buffer(struct.pack("<BBhi", 0xB7, 0, 0, 1) + struct.pack("<BBhi", 0x95, 0, 0, 0))  # r0 = 1; exit
text = ctypes.create_string_buffer(b"GPL")
path = ctypes.create_string_buffer(os.fsencode(sys.argv[1]))
program = bpf(PROG_LOAD, struct.pack("<IIQQ", CGROUP_SKB, 2, address(code), address(text)) + bytes(48))
bpf(OBJ_PIN, struct.pack("<QI", address(path), program))
