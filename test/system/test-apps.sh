#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pods of several apps: what each has of its own, what they have in common, and when and how a pod ends. Runs in test/host.
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
        systemctl stop 'gantry-apps-*' 2>/dev/null
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

# What a process in an app says: in_app POD APP SCRIPT
in_app() {
        g exec --app="$2" "$1" -- /bin/sh -c "$3"
}

# None of the last command's output: out_lacks TEXT REGEX
out_lacks() {
        local status=0
        ! grep --quiet --extended-regexp -- "$2" out || status=1
        report "$1" $status
}

make_image images hello /bin/sleep 1000 >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:hello
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image" g fetch -q "$i"

# -- output and exit status ------------------------------------------------------------------------------------------

expect 0 "two apps" g run -q --name=apps-out --app=one "$i" -- /bin/sh -c 'echo from one' --- --app=two "$i" -- /bin/sh -c 'echo from two; echo wrong >&2'
out_has "print both" '^from one$'
out_has "of them" '^from two$'
err_has "and their errors" '^wrong$'
expect 0 "their output" journalctl -u gantry-apps-out -o short
out_has "is in the journal by the app's name" ' one\[[0-9]*\]: from one'
out_has "of each" ' two\[[0-9]*\]: from two'
expect 0 "logs of one app" g logs --app=one apps-out
out_has "are its own" '^.*from one'
out_lacks "and no other's" 'from two'

expect 3 "the status is that of the app that failed first" g run -q --name=apps-first --app=late "$i" -- /bin/sh -c 'sleep 0.6; exit 4' \
        --- --app=early "$i" -- /bin/sh -c 'sleep 0.1; exit 3' --- --app=good "$i" -- /bin/true
expect 0 "each app" g status apps-first
out_has "has its own end" '^early +exited \(3\)'
out_has "also the later one" '^late +exited \(4\)'
out_has "and the one that did not fail" '^good +exited \(0\)'
expect 137 "a signal that killed one" g run -q --name=apps-killed --app=a "$i" -- /bin/sh -c 'kill -KILL $$' --- --app=b "$i" -- /bin/true
expect 0 "is" g status apps-killed
out_has "known" 'killed \(SIGKILL\)'
expect 127 "an app that cannot be executed" g run -q --name=apps-none --app=a "$i" -- /bin/none --- --app=b "$i" -- /bin/true
err_has "says so" "Cannot execute '/bin/none'"
expect 125 "an app whose user is not there" g run -q --name=apps-user --app=a --user=nobody-there "$i" -- /bin/true --- --app=b "$i" -- /bin/true
err_has "says so, too" nobody-there

# -- when it ends ----------------------------------------------------------------------------------------------------

expect 5 "any that fails ends the pod" timeout 20 gantry run --root="$root" -q --name=apps-any --end=any-failed --app=a "$i" -- /bin/sh -c 'sleep 0.3; exit 5' \
        --- --app=b "$i" -- /bin/sleep 1000
expect 0 "the main app ends it, with its status" timeout 20 gantry run --root="$root" -q --name=apps-main --end=app:b --app=a "$i" -- /bin/sleep 1000 \
        --- --app=b "$i" -- /bin/sh -c 'sleep 0.3'
expect 0 "in order" timeout 20 gantry run --root="$root" -q --name=apps-order --app=a "$i" -- /bin/sh -c 'echo first >/dev/stderr; sleep 0.2' \
        --- --app=b --set=After=a "$i" -- /bin/echo second
expect 0 "one that requires what failed" timeout 20 sh -c 'gantry run --root="$1" -q --name=apps-requires --app=a "$2" -- /bin/none --- --app=b --set=After=a --set=Requires=a "$2" -- /bin/echo never; true' - "$root" "$i"
out_lacks "is not started" never

# -- what is whose ---------------------------------------------------------------------------------------------------

expect 0 "three apps" g run -q -d --name=apps-own --app=a "$i" -- /bin/sh -c 'exec sleep 1000' --- --app=b --user=web --new-privileges "$i" \
        --- --app=c --read-only --cap-drop=all "$i"
expect 0 "processes" in_app apps-own a 'ps | wc -l'
out_is "are the app's own" 6
for kind in net ipc uts user; do
        expect 0 "$kind" in_app apps-own a "readlink /proc/self/ns/$kind"
        a=$(<out)
        expect 0 "is" in_app apps-own b "readlink /proc/self/ns/$kind"
        out_is "the same for all" "$a"
done
for kind in pid mnt; do
        expect 0 "$kind" in_app apps-own a "readlink /proc/self/ns/$kind"
        a=$(<out)
        expect 0 "is" in_app apps-own b "[ \$(readlink /proc/self/ns/$kind) != '$a' ]"
done
expect 0 "what one writes" in_app apps-own a 'echo mine >/etc/mine'
expect 1 "another does not see" in_app apps-own b 'cat /etc/mine'
expect 1 "a read-only root" in_app apps-own c 'echo x >/etc/mine'
expect 0 "users" in_app apps-own b 'id -u'
out_is "are their own" 1000
expect 0 "capabilities" in_app apps-own c 'grep CapBnd /proc/self/status'
out_has "are" '0000000000000000'
expect 0 "the default ones" in_app apps-own a 'grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/1/../self/status'
out_has "are others, but for CAP_MKNOD, which nobody needs who cannot make devices" 'CapBnd:.00000000a00425fb|CapBnd:.0000000020042?5fb|CapBnd:.00000000a80425fb'
out_has "nothing new can be gained" 'NoNewPrivs:.1'
out_has "and a filter is there" 'Seccomp:.2'
expect 0 "unless it may" in_app apps-own b 'grep NoNewPrivs /proc/self/status'
out_has "which is said" 'NoNewPrivs:.0'
for path in /proc/kcore /proc/keys /proc/timer_list; do
        expect 0 "$path" in_app apps-own a "[ ! -e $path ] || [ ! -s $path ]"
done
expect 1 "kernel parameters are the host's" in_app apps-own a 'echo 1 >/proc/sys/kernel/sysrq'
expect 1 "process 1 of an app" in_app apps-own a 'cat /proc/1/environ'
expect 1 "and the limits in its cgroup are not the app's" in_app apps-own a 'echo 1 >/sys/fs/cgroup/cgroup.procs'
expect 0 "the hostname" in_app apps-own c 'cat /etc/hostname'
out_is "is the pod's" apps-own
expect 0 "one machine" machinectl list --no-legend
out_has "is known" '^apps-own +container +gantry'

expect 0 "stop" g stop apps-own
expect 0 "each app" g status apps-own
out_has "has been told to" '^a +killed .SIGTERM.'
out_has "in its own way" '^c +killed .SIGTERM.'

finish
