#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pods in virtual machines: what is as in a container. Runs in test/host, where the machines are emulated: a start takes seconds, so that one
# pod is asked many things.
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
        rm -f /etc/gantry/gantry.conf.d/test-kvm.conf
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        timeout 120 gantry "$verb" --root="$root" "$@"
}

vm() { # NAME [OPTION]… IMAGE [-- ARG…]
        g run -q --stage1=kvm --name="$1" "${@:2}"
}

# None of the processes and mounts of pods, and no file of a running one: nothing_left NAME
nothing_left() {
        wait_for unit_is "$1" ActiveState inactive || wait_for unit_is "$1" ActiveState failed
        ! pgrep -f "qemu-system.*$1" && ! machinectl show "$1" && [[ ! $(ls "$root/pods/running") ]]
} >/dev/null 2>&1

{
        make_image images hello /bin/sleep 1000 && need_kernel
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:hello
release=$(basename "$(printf "%s\n" /usr/lib/modules/* | sort -V | tail -1)")
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image" g fetch -q "$i"

# -- output and exit status ----------------------------------------------------------------------------------------

expect 7 "an app in a machine ends as it ends" vm kvm-out "$i" -- /bin/sh -c 'echo kernel $(busybox uname -r); echo wrong >&2; echo "<3>bad"; busybox seq 20000; exit 7'
out_has "the kernel is the machine's" "^kernel $release\$"
report "all that it prints comes, in order" "$(sed -n 's/^[0-9]*$/&/p' out | cmp -s - <(seq 20000); echo $?)"
err_has "errors on their own stream" '^wrong$'
expect 0 "its logs" g logs kvm-out
report "have it all, too" "$(sed -n 's/^[0-9]*$/&/p' out | cmp -s - <(seq 20000); echo $?)"
expect 0 "by the priority it says" g logs -p err kvm-out
out_is "of a line" bad
expect 0 "its status" g status kvm-out
out_has "is kept" 'State: exited \(7\)'

# Making thousands of files for nobody takes time: it is done for whoever may mount them.
trace='busybox mkdir /trace && busybox mount -t tracefs tracefs /trace && test -d /trace/events/sched'
expect 0 "an app that may mount file systems finds tracefs" vm kvm-trace --cap-add=SYS_ADMIN "$i" -- /bin/sh -c "$trace"

# -- a pod that goes on --------------------------------------------------------------------------------------------

mkdir -m 755 in out.d
chown 1000:1000 out.d
echo from outside >in/file
printf 'a secret' >secret
chmod 600 secret
expect 0 "a pod in the background" vm kvm-web -d --user=web --memory=100M --cpus=1 --pids-limit=30 --ulimit=nofile=123:456 --cap-drop=CHOWN --hostname=kvm-host \
        -v "$work/in:/in:ro" -v "$work/out.d:/out" --load-credential="key:$work/secret" "$i" -- \
        /bin/sh -c 'trap "echo has to go; exit 3" TERM; echo "$(id -u) $(cat /in/file) $(busybox hostname) $(cat $CREDENTIALS_DIRECTORY/key)" >/out/file; while :; do sleep 0.2; done'
wait_for test -s out.d/file
report "writes to a volume" $?
report "what it has found: its user, a volume, its name, a credential" "$([[ $(<out.d/file) == '1000 from outside kvm-host a secret' ]]; echo $?)"
report "as its user's" "$([[ $(stat -c %u out.d/file) == 1000 ]]; echo $?)"
expect 0 "machinectl" machinectl list --no-legend
out_has "lists it" '^kvm-web +vm +gantry'
expect 0 "and says more of it" machinectl status kvm-web
out_has "its unit" 'Unit: gantry-kvm-web.service'
expect 0 "its status" g status kvm-web
out_has "has the kernel" "$release"
out_has "and that it runs" 'State: running'
expect 5 "a command in it has its exit status" g exec kvm-web -- /bin/sh -c 'exit 5'
limits='grep -E "^(Cap(Bnd|Eff)|NoNewPrivs|Seccomp):" /proc/self/status; id -u; ulimit -n; cd /sys/fs/cgroup && cat memory.max pids.max; echo x >/in/x 2>/dev/null || echo refused; exec ls /proc/1/root 2>&1'
expect 1 "and its limits" g exec kvm-web -- /bin/sh -c "$limits"
out_has "the app's user" '^1000$'
out_has "resource limits" '^123$'
out_has "nothing to gain" 'NoNewPrivs:.1'
out_has "a filter" 'Seccomp:.2'
out_has "and capabilities" 'CapBnd:.00000000a00425fa'
out_has "a read-only volume is one" '^refused$'
expect 0 "standard input and output of it" sh -c 'echo through | timeout 60 gantry exec --root="$1" -i kvm-web -- /bin/cat' - "$root"
out_is "are the caller's" through
expect 0 "a terminal" "$here/terminal.py" 'raw' 'expect:\$ ' 'send:stty size; tty\n' 'expect:24 80\s+/dev/pts/0' 'size:50x132' 'send:stty size\n' 'expect:50 132' \
        'send:exit 4\n' 'end:4' 'cooked' -- gantry exec --root="$root" -it kvm-web -- sh
qemu=$(pgrep --cgroup "$(unit_property kvm-web ControlGroup)" qemu-system)
expect 0 "much memory is used, and given back" g exec kvm-web -- busybox dd if=/dev/zero of=/dev/null bs=60M count=1
has_shrunk() { # by 40 MB, from the most that it has had
        awk '/^VmHWM/ { most = $2 } /^VmRSS/ { exit !($2 < most - 40000) }' "/proc/$1/status"
}
report "the host has it back" "$(wait_for has_shrunk "$qemu"; echo $?)"
then=$SECONDS
expect 0 "stop" g stop kvm-web
report "takes no longer than the app" "$((SECONDS - then > 8))"
expect 0 "its status" g status kvm-web
out_has "is what it made of the signal" 'exited \(3\)'
expect 0 "its last words" g logs -n 1 kvm-web
out_is "are there" 'has to go'
nothing_left kvm-web
report "and nothing is left" $?

# -- a disk that is kept -------------------------------------------------------------------------------------------

expect 0 "a pod with a disk of its own, which fails at first" vm kvm-disk -d --rw-size=64M --restart=on-failure "$i" -- \
        /bin/sh -c '[ -e /srv/kept ] || { echo it was kept >/srv/kept; exit 1; }; cat /srv/kept; trap "echo goes; exit 0" TERM; while :; do sleep 0.2; done'
has_said() {
        g logs "$1" | grep -q "$2"
} 2>/dev/null
wait_for has_said kvm-disk 'it was kept'
report "and has what it had written when it is started again" $?
expect 0 "a machine that machined switches off" machinectl poweroff kvm-disk
wait_for unit_is kvm-disk ActiveState inactive
expect 0 "its logs" g logs kvm-disk
out_has "has asked its app to stop" '^goes$'

# -- out of memory ---------------------------------------------------------------------------------------------------

expect 137 "an app that wants more memory than it may have" vm kvm-hungry --memory=40M "$i" -- /bin/busybox dd if=/dev/zero of=/dev/null bs=60M count=1
expect 0 "its status" g status kvm-hungry
out_has "says so" 'out of memory'

# -- what is refused -------------------------------------------------------------------------------------------------

if [[ ! -e /dev/kvm || $(stat --format=%a /dev/kvm) == 600 ]]; then # the pod's user cannot open root's own
        expect 125 "a machine that must not be emulated" vm kvm-no --require-kvm "$i"
        err_has "is none here" '/dev/kvm'
fi
expect 125 "the host's network" vm kvm-no --net=host "$i"
err_is_one_line "one line"
mkdir -p /etc/gantry/gantry.conf.d
printf '[KVM]\nKernel=%s\n' "$work/none" >/etc/gantry/gantry.conf.d/test-kvm.conf
expect 125 "a kernel that is not there" vm kvm-no "oci:$work/nowhere:none"
err_has "is named, before anything is fetched" "$work/none"
head -c 100000 /dev/urandom >none
expect 125 "a kernel that is none" vm kvm-no "$i"
err_has "is named, too" "$work/none"

finish
