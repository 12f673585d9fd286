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
expect 0 "an app that says when it is ready" g run -q -d --stage1=kvm --name=kvm-talk --notify --property=WatchdogSec=3 "$i" -- /usr/bin/python3 -u -c '
import os, signal, socket, sys, time
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"])
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.connect("/dev/log")
print("before", os.environ["WATCHDOG_USEC"])
for n in range(500):
    log.send(b"<12>talker: entry %d" % n)
time.sleep(2)
for n in range(100):
    notify.send(b"STATUS=%d" % n)
notify.send(b"READY=1\nSTATUS=Waiting\nMAINPID=1")
signal.signal(signal.SIGUSR1, lambda *_: signal.pause())
while True:
    notify.send(b"WATCHDOG=1")
    time.sleep(0.5)'
report "is ready then" "$(wait_for unit_is kvm-talk StatusText Waiting; echo $?)"
report "and no earlier" "$(g logs kvm-talk | grep -q '^before 3000000$'; echo $?)"
expect 0 "its journal" journalctl -q -o cat --since="@$start" -u gantry-kvm-talk -t talker -p warning
report "has all its entries in order" "$(cmp -s out <(seq -f 'entry %g' 0 499); echo $?)"
sleep 4
report "it feeds its watchdog" "$(unit_is kvm-talk ActiveState active; echo $?)"
systemctl kill -s USR1 gantry-kvm-talk
report "and is killed when it no longer does" "$(wait_for eval 'g status kvm-talk | grep -q "State: killed"'; echo $?)"
report "as its record says" "$(grep -q '"watchdog"' "$root"/pods/exited/*/exit.json; echo $?)"

# -- several apps --------------------------------------------------------------------------------------------------

expect 0 "several apps in one machine" g run -q -d --stage1=kvm --name=kvm-many \
        --app=first "$i" -- /bin/sh -c 'echo first is $(id -u) in $(readlink /proc/self/ns/net); echo wrong >&2; trap "exit 3" TERM; while :; do sleep 0.2; done' \
        --- --app=second --user=web "$i" -- /usr/bin/python3 -uc '
import os, signal, socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.connect("/dev/log")
log.send(b"<11>without a name")
print("second is", os.getuid(), "in", os.readlink("/proc/self/ns/net"))
signal.pause()' \
        --- --app=hungry --memory=40M "$i" -- /bin/busybox dd if=/dev/zero of=/dev/null bs=60M count=1
app_is() { # APP STATE
        g status kvm-many | grep -qE "^$1 +$2"
}
report "one that wants more memory than it may have is killed" "$(wait_for app_is hungry '.*out of memory'; echo $?)"
report "and none but that" "$(app_is first running && app_is second running; echo $?)"
wait_for eval 'g logs kvm-many | grep -q "second is"'
expect 0 "their logs" g logs kvm-many
net=$(sed -n 's/.*first is 0 in //p' out)
out_has "each with its user, in one network" "second is 1000 in ${net//[][]/.}"
expect 0 "a log without a name" journalctl -q -o cat --since="@$start" -u gantry-kvm-many -t second -p err
out_is "has that of its app" 'without a name'
expect 0 "a restart of one" g restart --app=second kvm-many
report "starts it again" "$(wait_for eval '[[ $(g logs kvm-many | grep -c "second is") == 2 ]]'; echo $?)"
report "and not the other" "$([[ $(g logs kvm-many | grep -c "first is") == 1 ]]; echo $?)"
expect 0 "machinectl" machinectl terminate kvm-many
wait_for unit_is kvm-many ActiveState inactive || wait_for unit_is kvm-many ActiveState failed
report "ends it" "$(! machinectl show kvm-many >/dev/null 2>&1; echo $?)"
report "each has its own end" "$(app_is first 'exited \(3\)'; echo $?)"

# -- disks of one of several ---------------------------------------------------------------------------------------

id=$(g fetch -q "$i" | tr : -)
write='cat /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/io.max; from=$(cut -d. -f1 /proc/uptime); dd if=/dev/zero of=/srv/large bs=1M count=4 conv=fsync 2>/dev/null; echo $0 took $(($(cut -d. -f1 /proc/uptime) - from))'
app() { # NAME ISOLATORS
        printf '{"name":"%s","image":{"id":"%s"},"app":{"exec":["/bin/busybox","sh","-c","%s","%s"],"user":"0","group":"0","isolators":[%s]}}' \
                "$1" "$id" "$write" "$1" "${2-}"
}
slow='{"name":"resource/block-bandwidth","value":{"default":true,"limit":"1M"}},{"name":"resource/block-iops","value":{"default":true,"limit":"500"}}'
printf '{"acVersion":"0.8.11","acKind":"PodManifest","apps":[%s,%s],"annotations":[{"name":"gantry/stage1","value":"kvm"},{"name":"gantry/rw-size","value":"67108864"}]}\n' \
        "$(app slow "$slow")" "$(app free)" >pod.json
expect 0 "two apps, of which one is to write slowly" g run -q --name=kvm-disks --pod-manifest=pod.json
report "nothing of which is ignored" "$(! grep -q ignored err; echo $?)"
disks=("$root"/layers/*.erofs writable)
report "the guest's kernel has its limits for each disk" "$([[ $(grep -c '^[0-9]*:[0-9]* rbps=1000000 wbps=1000000 riops=500 wiops=500$' out) -eq ${#disks[@]} ]]; echo $?)"
took=$(sed -n 's/^slow took //p' out)
report "a million bytes a second is what it gets (4 MiB in $took s)" "$((took < 3))"
out_has "the other one has written, too" '^free took'

finish
