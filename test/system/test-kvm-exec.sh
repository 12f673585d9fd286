#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What goes between the host and a pod in a virtual machine: commands, terminals, notifications, entries for the journal. Runs in
# test/host, where the machines are emulated.
# shellcheck disable=SC2016 # what is quoted is for the apps' shell
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
# shellcheck source=test/lib/kvm.sh
. "$here/../lib/kvm.sh"
cd "$work" || exit 1

root=$work/store
empty_trust

cleanup() {
        systemctl stop 'gantry-kvm-*' 2>/dev/null
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        timeout 120 gantry "$verb" --root="$root" "$@"
}

{
        make_image images app /bin/sh && add_python images:app && need_kernel
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:app
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "a pod whose app has a terminal" g run -q -d --stage1=kvm --name=kvm-shell -it "$i"

# -- commands ------------------------------------------------------------------------------------------------------

expect 0 "a command of somebody else" g exec -u web -e COLOUR=blue -w /srv/www kvm-shell -- sh -c 'id; pwd; echo $COLOUR; echo wrong >&2'
out_is "has his rights, place and environment" 'uid=1000(web) gid=1000(web) groups=4(log)
/srv/www
blue'
err_is "and two streams" wrong
expect 127 "one that is not there" g exec kvm-shell -- nonesuch
err_is "says so" "Cannot execute 'nonesuch': No such file or directory"
expect 137 "one that is killed" g exec kvm-shell -- sh -c 'kill -KILL $$'
expect 9 "a signal of the caller's" timeout --preserve-status -s HUP 4 gantry exec --root="$root" kvm-shell -- \
        sh -c 'trap "exit 9" HUP; while :; do sleep 0.1; done'
head -c 2000000 /dev/urandom >random
expect 0 "much in and out" sh -c 'timeout 60 gantry exec --root="$1" -i kvm-shell -- /bin/cat <random | cmp - random' - "$root"
expect 0 "a caller who has enough" sh -c 'timeout 60 gantry exec --root="$1" kvm-shell -- busybox yes | head -n 1' - "$root"
out_is "has what he wanted" y
expect 0 "what is left behind" g exec kvm-shell -- sh -c 'sleep 50 & echo gone'
out_is "is not waited for" gone
wrong=0
for n in 1 2 3 4 5 6 7 8; do
        g exec kvm-shell -- sh -c "echo $n; sleep 1; exit $n" >"many.$n" &
        many[n]=$!
done
for n in 1 2 3 4 5 6 7 8; do
        wait "${many[n]}"
        [[ $? == "$n" && $(<"many.$n") == "$n" ]] || wrong=1
done
report "many at the same time" "$wrong"
expect 125 "tools of another image" g exec --tools="$i" kvm-shell -- true
err_has "are not brought along" "is a virtual machine"
expect 1 "files" g cp kvm-shell:/etc/passwd .
err_has "are not copied" "its files are in a virtual machine"

# -- terminals -----------------------------------------------------------------------------------------------------

expect 0 "a command's terminal" "$here/terminal.py" raw 'expect:# ' 'send:busybox stty size; busybox tty\n' 'expect:24 80\s+/dev/pts/' size:50x132 \
        'send:busybox stty size\n' 'expect:50 132' 'send:sleep 100\n' sleep:1 'send:\x03' 'send:exit 4\n' end:4 cooked -- \
        gantry exec --root="$root" -it kvm-shell -- sh
expect 0 "one that is told of its size by a signal" "$here/terminal.py" 'expect:ready' size:33x44 'expect:33 44' end:0 -- gantry exec --root="$root" -it kvm-shell -- \
        sh -c 'trap "busybox stty size; exit 0" WINCH; echo ready; while :; do sleep 0.1; done'
expect 0 "one that is left" "$here/terminal.py" 'expect:# ' 'send:\x10\x11' end:0 cooked -- gantry exec --root="$root" -it kvm-shell -- sh
expect 0 "the app's terminal" "$here/terminal.py" size:30x60 'expect:# ' 'send:busybox stty size; echo $((6 * 7))\n' 'expect:30 60\s+42' 'send:\x10\x11' end:0 cooked -- \
        gantry attach --root="$root" kvm-shell
sleep 100 | timeout 60 gantry exec --root="$root" -i kvm-shell -- /bin/cat & waiting=$!
sleep 1
expect 0 "the app's terminal once more" "$here/terminal.py" 'expect:# ' 'send:exit 6\n' end:6 -- gantry attach --root="$root" kvm-shell
wait "$waiting"
report "a command ends with its pod" "$(($? != 137))"

# -- what it tells -------------------------------------------------------------------------------------------------

start=$(date +%s)
expect 0 "an app that says when it is ready" g run -q -d --stage1=kvm --name=kvm-talk --notify "$i" -- /usr/bin/python3 -u -c '
import os, signal, socket, sys
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"])
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.connect("/dev/log")
print("before")
for n in range(500):
    log.send(b"<12>talker: entry %d" % n)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
for n in range(100):
    notify.send(b"STATUS=%d" % n)
notify.send(b"READY=1\nSTATUS=Waiting\nMAINPID=1")
signal.pause()'
report "is ready then" "$(wait_for unit_is kvm-talk StatusText Waiting; echo $?)"
expect 0 "stop" g stop kvm-talk
expect 0 "its journal" journalctl -q -o cat --since="@$start" -u gantry-kvm-talk -t talker -p warning
report "has all its entries in order" "$(cmp -s out <(seq -f 'entry %g' 0 499); echo $?)"

finish
