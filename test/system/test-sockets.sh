#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sockets that systemd listens on for an app. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/pods.sh
. "$here/../lib/pods.sh"
cd "$work" || exit 1

root=$work/store
empty_trust

cleanup() {
        systemctl stop gantry-s.socket gantry-s.service 2>/dev/null
        systemctl reset-failed gantry-s.service 2>/dev/null
        rm -f /run/systemd/system/gantry-s.{socket,service}
        systemctl daemon-reload
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

{
        make_image images app /bin/sh
        add_python images:app
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:app
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "the image" g fetch -q "$i"

# The app answers each connection with what it was told, and ends after the one that says "end".
uuid=$(g prepare -q --name=s "$i" -- /usr/bin/python3 -u -c '
import os, selectors, socket
first, n = 3, int(os.environ["LISTEN_FDS"])
told = "%s %s %s" % (n, os.environ["LISTEN_FDNAMES"], os.environ["LISTEN_PID"] == str(os.getpid()))
told += " " + " ".join(sorted(os.listdir("/proc/self/fd"), key=int)[:-1])
selector = selectors.DefaultSelector()
for fd in range(first, first + n):
    selector.register(socket.socket(fileno=fd), selectors.EVENT_READ)
end = False
while not end:
    for key, _ in selector.select():
        with key.fileobj.accept()[0] as c:
            end = c.recv(100) == b"end"
            c.sendall(("%s over %d" % (told, key.fd)).encode())')

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >/run/systemd/system/gantry-s.socket <<END
[Socket]
ListenStream=127.0.0.1:$port
ListenStream=$work/admin
FileDescriptorName=web
END
cat >/run/systemd/system/gantry-s.service <<END
[Service]
Type=notify
NotifyAccess=main
Slice=machine.slice
Delegate=yes
KillMode=mixed
DevicePolicy=closed
DeviceAllow=char-pts rw
DeviceAllow=/dev/net/tun rwm
DeviceAllow=/dev/loop-control rw
DeviceAllow=block-loop rw
ExecStart=/usr/libexec/gantry/stage1-nspawn --root=$root $uuid
ExecStopPost=/usr/libexec/gantry/pod-exit --root=$root $uuid
END
systemctl daemon-reload
expect 0 "systemd listens" systemctl start gantry-s.socket
report "for a pod that does not run" "$(unit_is s ActiveState inactive; echo $?)"

ask() { # ADDRESS TEXT
        python3 -c '
import socket, sys
address, text = sys.argv[1:]
s = socket.create_connection(address.split(":")) if ":" in address else socket.socket(socket.AF_UNIX)
":" in address or s.connect(address)
s.sendall(text.encode())
print(s.recv(1000).decode())' "$@"
}
expect 0 "who connects" ask "127.0.0.1:$port" hello
out_is "starts it, and is answered" "2 web:web True 0 1 2 3 4 over 3"
report "by the app of the pod" "$([[ -d $root/pods/running/$uuid ]]; echo $?)"
expect 0 "the second socket" ask "$work/admin" hello
out_is "is the next fd" "2 web:web True 0 1 2 3 4 over 4"
expect 0 "when the app has ended" ask "$work/admin" end
report "the pod has" "$(wait_for test -d "$root/pods/exited/$uuid"; echo $?)"
expect 0 "who connects then" ask "127.0.0.1:$port" hello
out_is "starts it again" "2 web:web True 0 1 2 3 4 over 3"
expect 0 "when the app has ended" ask "$work/admin" end
report "and that could not be recorded" "$(wait_for mv "$root/pods/exited/$uuid" "$root/pods/running"; echo $?)"
expect 0 "who connects" ask "127.0.0.1:$port" hello
out_is "starts it nonetheless" "2 web:web True 0 1 2 3 4 over 3"
expect 0 "it is stopped" systemctl stop gantry-s.socket gantry-s.service

finish
