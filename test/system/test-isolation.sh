#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an app of a pod cannot do, what of that can be switched off, and that status says so. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
empty_trust

cleanup() {
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

# A pod of the test's image with OPTION…: run OPTION… -- COMMAND…
run() {
        local options=()
        while [[ $1 != -- ]]; do
                options+=("$1")
                shift
        done
        g run -q --rm "${options[@]}" "$image" "$@"
}

shell() { # SCRIPT OPTION…
        local script=$1
        shift
        run "$@" -- /bin/sh -c "$script"
}

# The line of /proc/PID/status for so many filters more than process BASE has: the host is a container itself.
filters() { # NUMBER BASE
        printf '^Seccomp_filters:\t%d$' $(($1 + $(sed -n 's/^Seccomp_filters:\t//p' "/proc/$2/status")))
}

# What the last probe-calls said: answered CALL ANSWER…
answered() {
        local call=$1
        shift
        local IFS='|'
        out_has "$call: $*" "^$call: ($*)\$"
}

# Does status name it? relaxed WORD OPTION…
relaxed() {
        local word=$1
        shift
        expect 0 "$*" g run -q -d --name=relaxed "$@" "$image" -- /bin/sleep 1000
        expect 0 "$*: has a status" g status relaxed
        out_has "$*: that names it" "Relaxed:? +.*$word"
        g stop --force relaxed
        g rm relaxed
}

{
        make_image images app /bin/true
        cc -D_GNU_SOURCE -O1 -static -o probe-calls "$here/probe-calls.c"
        umoci insert --image images:app probe-calls /bin/probe-calls
} >setup.log 2>&1 || { cat setup.log; exit 1; }
image=oci:$work/images:app
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing

# -- by default ----------------------------------------------------------------------------------------------------

expect 0 "root of the pod" run -- /bin/cat /proc/self/status
out_has "has fourteen capabilities" '^CapBnd:	00000000a80425fb$'
out_has "effectively" '^CapEff:	00000000a80425fb$'
out_has "none that it could pass on" '^CapAmb:	0000000000000000$'
out_has "gains no privileges" '^NoNewPrivs:	1$'
out_has "is filtered" '^Seccomp:	2$'
out_has "once" "$(filters 1 1)"
expect 0 "a user other than root" run --user=web -- /bin/cat /proc/self/status
out_has "has no capability" '^CapPrm:	0000000000000000$'
out_has "and the same filter" '^Seccomp:	2$'

expect 0 "calls" run -- /bin/probe-calls
for call in keyctl add_key bpf mount umount fsopen pivot_root perf_event_open userfaultfd io_uring_setup init_module kexec_load \
        swapon reboot syslog personality setns unshare\ {user,mnt,net,pid,uts,ipc,time,cgroup}; do
        answered "$call" EPERM
done
[[ $(uname -m) != x86_64 ]] || answered "x32 getpid" ENOSYS
if ! grep -q '^x86: absent' out && [[ $(uname -m) == x86_64 ]]; then
        answered "x86 keyctl" EPERM
        answered "x86 socket" EPERM
fi
answered "ptrace init" EPERM
answered "chroot" "done"
answered "personality 32" "done"
answered "clone3" ENOSYS
answered "new call" ENOSYS
answered "unshare files" "done"
answered "socket unix" "done"
answered "socket inet" "done"
answered "socket netlink" "done"
answered "socket alg" EAFNOSUPPORT
answered "socket vsock" EAFNOSUPPORT
answered "socket alg, high bits" EAFNOSUPPORT
cp out default.out

expect 0 "process 1" shell 'cat /proc/1/status; kill -STOP 1; kill -KILL 1; sleep 0.2; echo alive'
out_has "keeps CAP_KILL only" '^CapPrm:	0000000000000020$'
out_has "is filtered, too" '^Seccomp:	2$'
out_has "and survives its children" '^alive$'

expect 0 "the user namespace" shell 'cat /proc/self/uid_map /proc/self/gid_map; id -u'
out_has "has 65536 ids" '^ +0 +[1-9][0-9]+ +65536$'
out_has "of its own" '^0$'
report "that are no ids of the host's" "$(awk '$3 == 65536 && $2 < 65536' out | wc -l)"

expect 0 "kernel and hardware" shell 'for f in /proc/kcore /proc/keys /proc/timer_list /proc/kallsyms /proc/interrupts /proc/sched_debug; do
        [ ! -e $f ] || echo "$f: $(cat $f 2>/dev/null | wc -c)"; done
        for d in /proc/acpi /proc/asound /proc/scsi /sys/firmware /sys/devices/virtual/powercap /sys/kernel/debug; do
        [ ! -d $d ] || echo "$d: $(ls -A $d | wc -l)"; done
        for f in /proc/sysrq-trigger /proc/sys/kernel/panic /proc/irq/default_smp_affinity /sys/power/state; do
        [ -e $f ] && (echo 0 >$f) 2>/dev/null && [ "$f" != /proc/sysrq-trigger ] && echo "$f: written"; done
        ls /dev; true'
report "are not to be seen" "$(grep -cE '^/.*: ([1-9]|written)' out)"
report "nor any device but the usual" "$(grep -v '^/' out | grep -cvE '^(char|console|core|fd|full|log|mqueue|net|null|ptmx|pts|random|shm|stderr|stdin|stdout|tty|urandom|zero)$')"
expect 0 "devices" shell 'mknod /tmp/mem c 1 1 && echo made; mknod /tmp/null c 1 3 && echo made; true'
out_is "cannot be made" ""

# -- switched off, by name -----------------------------------------------------------------------------------------

expect 0 "--seccomp=unconfined" run --seccomp=unconfined -- /bin/cat /proc/self/status
out_has "is not filtered" "$(filters 0 1)"
expect 0 "its calls" run --seccomp=unconfined -- /bin/probe-calls
answered "unshare user" "done"
answered "socket alg" "done|EAFNOSUPPORT"
answered "keyctl" "done|ENOKEY|EDQUOT|ENOSYS"
relaxed seccomp --seccomp=unconfined

expect 0 "--cap-add" run --cap-add=CAP_SYS_ADMIN --cap-add=CAP_SYS_PTRACE --user=web -- /bin/cat /proc/self/status
out_has "adds to what may be had" '^CapBnd:	00000000a82c25fb$'
out_has "and to what a user has who is not root" '^CapEff:	0000000000280000$'
expect 0 "with it" run --cap-add=CAP_SYS_ADMIN -- /bin/probe-calls
answered "mount" "done"
answered "unshare mnt" "done"
answered "keyctl" EPERM
answered "io_uring_setup" EPERM
relaxed CAP_SYS_ADMIN --cap-add=CAP_SYS_ADMIN
expect 0 "--cap-drop" run --cap-drop=all -- /bin/cat /proc/self/status
out_has "takes all" '^CapBnd:	0000000000000000$'
expect 0 "its calls" run --cap-drop=all -- /bin/probe-calls
answered "chroot" EPERM

expect 0 "--new-privileges" run --new-privileges -- /bin/cat /proc/self/status
out_has "lets them be gained" '^NoNewPrivs:	0$'
out_has "and is filtered all the same" '^Seccomp:	2$'
out_has "without a capability more" '^CapEff:	00000000a80425fb$'
expect 0 "--new-privileges as another user" run --new-privileges --user=web -- /bin/cat /proc/self/status
out_has "is filtered, too" '^Seccomp:	2$'
out_has "and has no capability" '^CapPrm:	0000000000000000$'
relaxed "new privileges" --new-privileges

expect 0 "--userns=host" run --userns=host -- /bin/cat /proc/self/uid_map /proc/self/status
out_has "shares the host's ids" '^ +0 +0 +4294967295$'
out_has "not its capabilities" '^CapBnd:	00000000a80425fb$'
out_has "and is filtered" '^Seccomp:	2$'
expect 0 "its calls" run --userns=host -- /bin/probe-calls
report "are answered as before" "$(diff <(sed '/^ptrace/d' out) <(sed '/^ptrace/d' default.out) >/dev/null; echo $?)"
relaxed "user namespace" --userns=host
relaxed "host network" --net=host

expect 0 "kernel parameters" shell 'echo 8192 >/proc/sys/kernel/msgmax; true'
err_has "cannot be written to" "Read-only"
expect 0 "--unmask=all" shell 'cat /proc/interrupts | wc -l; echo 8192 >/proc/sys/kernel/msgmax; true' --unmask=all
out_has "shows what is there" '^[1-9][0-9]*$'
report "and is not read-only" "$(grep -c Read-only err)"
relaxed "covered paths" --unmask=all
expect 0 "--unmask=PATH" shell 'cat /proc/interrupts | wc -l; cat /proc/timer_list | wc -c' --unmask=/proc/interrupts
out_has "shows that" '^[1-9][0-9]*$'
out_has "and not the others" '^0$'
expect 0 "--mask" shell 'cat /proc/meminfo | wc -c; ls /srv | wc -l' --mask=/proc/meminfo --mask=/srv
out_is "covers files and directories" $'0\n0'
expect 0 "a read-only path" shell 'echo x >/srv/x; [ -d /srv/www ] && echo there' --set=ReadOnlyPaths=/srv
out_is "can be read" there
err_has "and not be written to" "Read-only"

# -- limits --------------------------------------------------------------------------------------------------------

expect 0 "--ulimit" shell 'ulimit -Sn; ulimit -Hn; ulimit -c' --ulimit=nofile=100:200 --ulimit=core=0
out_is "limits the app" $'100\n200\n0'
expect 0 "--sysctl" shell 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; echo 0 >/proc/sys/net/ipv4/conf/lo/forwarding; true' \
        --sysctl=net.ipv4.ip_forward=1 --sysctl=kernel.msgmax=4242
out_is "sets what is the pod's own" $'1\n4242'
report "and only there" "$([[ $(</proc/sys/kernel/msgmax) != 4242 ]]; echo $?)"
expect 0 "the score of the OOM killer" shell 'cat /proc/self/oom_score_adj' --set=OOMScoreAdjust=500
out_is "is set" 500

# -- filters of one's own ------------------------------------------------------------------------------------------

cat >profile.json <<'END'
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
 {"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
 {"names": ["chdir"], "action": "SCMP_ACT_KILL_PROCESS", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}
END
expect 0 "a profile" run --seccomp="$work/profile.json" -- /bin/probe-calls
answered "unshare user" "done"
relaxed "seccomp by a profile" --seccomp="$work/profile.json"
expect 0 "podman's own profile" run --seccomp=/usr/share/containers/seccomp.json -- /bin/probe-calls
answered "bpf" EPERM
answered "new call" ENOSYS

echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["kexec_lod"], "action": "SCMP_ACT_ERRNO"}]}' >misspelt.json
echo '{"defaultAction": "SCMP_ACT_ALLOW"}' >nothing.json
for profile in misspelt nothing; do
        expect 125 "a profile: $profile" run --seccomp="$work/$profile.json" -- /bin/true
        err_is_one_line "$profile: one line"
        err_has "$profile: which" "SeccompProfile='$work/$profile\.json': "
        report "$profile: no pod is left" "$(find "$root/pods" -mindepth 2 -maxdepth 2 | wc -l)"
done

expect 0 "a list of what is forbidden" run "--set=SystemCallFilter=~@chown" -- /bin/true
expect 159 "is fatal" shell 'chown 1 /tmp' "--set=SystemCallFilter=~@chown"
expect 125 "an unknown group" run "--set=SystemCallFilter=@nosuch" -- /bin/true
err_has "is named" "@nosuch"
expect 0 "a list of what is allowed" run "--set=SystemCallFilter=@system-service arch_prctl" -- /bin/true
relaxed "seccomp by a list" "--set=SystemCallFilter=@system-service arch_prctl"

# -- credentials ---------------------------------------------------------------------------------------------------

echo -n "top secret" >secret
expect 0 "a credential" shell 'cat "$CREDENTIALS_DIRECTORY/token"; echo; ls -ln "$CREDENTIALS_DIRECTORY"; echo x >"$CREDENTIALS_DIRECTORY/token"; true' \
        --user=web --load-credential=token:"$work/secret"
out_has "reaches the app" '^top secret$'
out_has "is its user's alone" '^-r-------- .* 1000 +1000 '
err_has "and cannot be changed" "Read-only|denied"

# -- exec ----------------------------------------------------------------------------------------------------------

expect 0 "a pod" g run -q -d --name=exec --user=web "$image" -- /bin/sleep 1000
expect 0 "exec" g exec exec -- /bin/cat /proc/self/status
out_has "is as confined" '^Seccomp:	2$'
out_has "by one filter" "$(filters 1 self)"
out_has "as the app" '^NoNewPrivs:	1$'
out_has "without capabilities" '^CapPrm:	0000000000000000$'
expect 0 "its calls" g exec exec -- /bin/probe-calls
answered "keyctl" EPERM
answered "unshare user" EPERM
answered "ptrace init" EPERM
g stop --force exec

# -- the cache -----------------------------------------------------------------------------------------------------

for file in /var/cache/gantry/seccomp/*.bpf; do
        truncate --size=-1 "$file"
done
expect 0 "filters that were cut" run -- /bin/probe-calls
report "are compiled anew" "$(cmp -s out default.out; echo $?)"
rm -rf /var/cache/gantry/seccomp
expect 0 "without a cache" run -- /bin/true
report "it is made again" "$([[ $(stat -c %a /var/cache/gantry/seccomp) == 700 ]]; echo $?)"

finish
