#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command on a terminal and plays its user.

Usage: terminal.py STEP… -- COMMAND [ARG…]

Steps, in order: send:TEXT (with Python's escapes), expect:REGEX in what has been shown since the last match, size:ROWSxCOLUMNS, signal:NAME
to the command, stopped, continue, sleep:SECONDS, raw and cooked (how the terminal has to be now), end:STATUS. What was shown is printed
if a step fails, and the exit status is 1.
"""

import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
import fcntl

PATIENCE = 30


class User:
    def __init__(self, argv):
        self.shown = ""
        self.seen = 0
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvp(argv[0], argv)
        self.size("24x80")

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)

    def until(self, condition):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if condition():
                return True
            self.read(0.1)
        return condition()

    def send(self, text):
        os.write(self.master, text.encode().decode("unicode_escape").encode("latin-1"))
        return True

    def expect(self, regex):
        def found():
            match = re.search(regex, self.shown[self.seen:], re.MULTILINE)
            if match:
                self.seen += match.end()
            return bool(match)
        return self.until(found)

    def size(self, text):
        rows, columns = map(int, text.split("x"))
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return True

    def signal(self, name):
        os.kill(self.pid, getattr(signal, "SIG" + name))
        return True

    def stopped(self, _):
        return self.until(lambda: open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()[0] == "T")

    def continued(self, _):
        return self.signal("CONT")

    def sleep(self, seconds):
        time.sleep(float(seconds))
        return True

    def is_raw(self):
        return not termios.tcgetattr(self.master)[3] & termios.ICANON

    def raw(self, _):
        return self.until(self.is_raw)

    def cooked(self, _):
        return self.until(lambda: not self.is_raw())

    def end(self, status):
        result = []

        def ended():
            pid, code = os.waitpid(self.pid, os.WNOHANG) if not result else (0, 0)
            if pid:
                result.append(os.waitstatus_to_exitcode(code))
            return bool(result)
        if not self.until(ended):
            os.kill(self.pid, signal.SIGKILL)
            return False
        while self.read(0.1):
            pass
        self.status = result[0]
        return result[0] == int(status)


def main():
    split = sys.argv.index("--")
    user = User(sys.argv[split + 1:])
    steps = {"continue": user.continued}
    for step in sys.argv[1:split]:
        verb, _, text = step.partition(":")
        if not steps.get(verb, getattr(user, verb, None))(text):
            print(f"'{step}' failed; shown was:\n{user.shown[:20000]!r}\nstatus {getattr(user, 'status', None)}")
            return 1
    return 0


sys.exit(main())
