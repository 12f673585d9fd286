#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has the kernel mount an EROFS file without a loop device, as stage1 does; mount(8) always takes one.

    mount-file.py FILE DIRECTORY        exit status 77: this kernel, or the file system FILE is on, cannot do it
"""

import ctypes
import errno
import os
import sys

MOVE_MOUNT, FSOPEN, FSCONFIG, FSMOUNT = 429, 430, 431, 432
SET_FLAG, SET_STRING, CREATE = 0, 1, 6
MOUNT_ATTR_RDONLY = 1
MOVE_MOUNT_F_EMPTY_PATH = 4
AT_FDCWD = -100

libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    result = libc.syscall(number, *[ctypes.c_char_p(a) if isinstance(a, bytes) else ctypes.c_long(a or 0) for a in arguments])
    if result < 0:
        code = ctypes.get_errno()
        sys.exit(77 if code == errno.ENOTBLK else f"Cannot mount '{sys.argv[1]}': {os.strerror(code)}")
    return result


def main():
    file, directory = map(os.fsencode, sys.argv[1:])
    context = call(FSOPEN, b"erofs", 0)
    call(FSCONFIG, context, SET_FLAG, b"ro", None, 0)
    call(FSCONFIG, context, SET_STRING, b"source", file, 0)
    call(FSCONFIG, context, CREATE, None, None, 0)
    call(MOVE_MOUNT, call(FSMOUNT, context, 0, MOUNT_ATTR_RDONLY), b"", AT_FDCWD, directory, MOVE_MOUNT_F_EMPTY_PATH)


if __name__ == "__main__":
    main()
