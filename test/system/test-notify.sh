#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an app says by sd_notify(3), and what systemd hears of it. Runs in test/host.
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
        systemctl stop 'gantry-n-*.service' 2>/dev/null
        rm -rf /run/systemd/system/gantry-n-*.service.d
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

# Prepares a pod whose app is a Python program that has notify(): prepare_pod NAME PROGRAM, sets uuid
prepare_pod() {
        uuid=$(g prepare -q --name="$1" "$i" -- /usr/bin/python3 -u -c "
import os, signal, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ['NOTIFY_SOCKET'])
def notify(text, *fds):
    s.sendmsg([text.encode() if isinstance(text, str) else text],
              [(socket.SOL_SOCKET, socket.SCM_RIGHTS, b''.join(fd.to_bytes(4, 'little') for fd in fds))] if fds else [])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
$2
signal.pause()")
}

start=$(date +%s)

# -- without being asked to wait for it ----------------------------------------------------------------------------

prepare_pod n-plain "
notify('STATUS=Gr\u00fc\u00dfe\x1b[2J')
notify('MAINPID=1\nFDSTORE=1\nFDNAME=x\nNOTIFYACCESS=all\nWATCHDOG_USEC=1', 0)
r, w = os.pipe()
notify('BARRIER=1', w)
os.close(w)
print('barrier', os.read(r, 1))
while not os.path.exists('/srv/reload'): time.sleep(0.1)
notify('RELOADING=1')
while not os.path.exists('/srv/reloaded'): time.sleep(0.1)
notify('READY=1\nSTATUS=Again')
while not os.path.exists('/srv/stop'): time.sleep(0.1)
notify('STOPPING=1\nSTATUS=Going')"
expect 0 "a pod that does not wait for its app" g run -q -d "$uuid"
report "its status is heard, fit for a terminal" "$(wait_for unit_is n-plain StatusText 'Grüße?[2J'; echo $?)"
report "and MAINPID= not" "$([[ $(</proc/"$(unit_property n-plain MainPID)"/comm) == stage1-nspawn ]]; echo $?)"
report "nor FDSTORE=" "$(unit_property n-plain NFileDescriptorStore)"
report "nor NOTIFYACCESS=" "$(unit_is n-plain NotifyAccess main; echo $?)"
report "nor WATCHDOG_USEC=" "$(unit_is n-plain WatchdogUSec 0; echo $?)"
report "a barrier is answered" "$(wait_for sh -c 'journalctl -q -o cat -u gantry-n-plain | grep -qx "barrier b.."'; echo $?)"
expect 0 "it says that it reloads" g exec n-plain /bin/sh -c 'echo >/srv/reload'
report "so it does" "$(wait_for unit_is n-plain ActiveState reloading; echo $?)"
expect 0 "until" g exec n-plain /bin/sh -c 'echo >/srv/reloaded'
report "it is ready again" "$(wait_for unit_is n-plain ActiveState active; echo $?)"
expect 0 "it says that it stops" g exec n-plain /bin/sh -c 'echo >/srv/stop'
report "so it does" "$(wait_for unit_is n-plain ActiveState deactivating; echo $?)"
expect 0 "it is stopped" g stop n-plain

# -- ready when it says so -----------------------------------------------------------------------------------------

for mapping in range host; do
        prepare_pod "n-$mapping" "
while not os.path.exists('/srv/go'): time.sleep(0.1)
notify('READY=1\nSTATUS=Listening')"
        annotate_app "$uuid" gantry/notify app
        annotate_pod "$uuid" gantry/user-namespace "$mapping"
        g run -q -d "$uuid" >run.out 2>run.err &
        run=$!
        report "a pod that waits for its app ($mapping) has a machine" "$(wait_for machinectl show "n-$mapping"; echo $?)"
        sleep 0.5
        report "and is not ready" "$(unit_is "n-$mapping" ActiveState activating; echo $?)"
        expect 0 "before" g exec "n-$mapping" /bin/sh -c 'echo >/srv/go'
        expect 0 "it says so" wait "$run"
        report "in words, too" "$(unit_is "n-$mapping" StatusText Listening; echo $?)"
        expect 0 "it is stopped" g stop "n-$mapping"
done

unit_settings n-slow TimeoutStartSec=3
prepare_pod n-slow "
for _ in range(4): notify('EXTEND_TIMEOUT_USEC=3000000'); time.sleep(1)
notify('READY=1')"
annotate_app "$uuid" gantry/notify app
expect 0 "a pod that takes longer and asks for that" g run -q -d "$uuid"
g stop n-slow >/dev/null

# -- watchdog ------------------------------------------------------------------------------------------------------

unit_settings n-dog WatchdogSec=2
prepare_pod n-dog "
print(os.environ['WATCHDOG_USEC'], os.environ['WATCHDOG_PID'] == str(os.getpid()))
for _ in range(4): notify('WATCHDOG=1'); time.sleep(1)"
expect 0 "a pod with a watchdog" g run -q -d "$uuid"
sleep 3
report "that it feeds" "$(unit_is n-dog ActiveState active; echo $?)"
expect 0 "and knows of" journalctl -q --since="@$start" -o cat -u gantry-n-dog
out_has "by its own pid" '^2000000 True$'
report "is killed when it no longer does" "$(wait_for sh -c 'gantry status --root="$1" n-dog | grep -q "State: killed"' - "$root"; echo $?)"
expect 0 "as its record says" cat "$root/pods/exited/$uuid/exit.json"
out_has "why" '"watchdog"'

# -- too much ------------------------------------------------------------------------------------------------------

prepare_pod n-flood "
for n in range(300): notify('STATUS=%d' % n)
for junk in b'', b'\0', b'\xff' * 4096, b'=' * 100, b'READY=1\0MAINPID=1': notify(junk)
notify('STATUS=still here')"
expect 0 "a pod that says much" g run -q -d "$uuid"
then=$SECONDS
report "is heard out" "$(wait_for unit_is n-flood StatusText 'still here'; echo $?)"
report "but not at once" "$((SECONDS - then < 3))"
expect 0 "and is stopped" g stop n-flood

finish
