#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `gantry run` makes of bad input, and of images and hosts that are not like the main job's. Runs in test/host.
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

# A refusal of gantry's own: one line that says why, and no pod.
refused() { # TEXT REGEX COMMAND…
        local text=$1 why=$2
        shift 2
        expect 125 "$text" "$@"
        err_is_one_line "$text: one line"
        err_has "$text: why" "$why"
        report "$text: no pod is left" "$(find "$root/pods" -mindepth 2 -maxdepth 2 2>/dev/null | wc -l)"
}

{
        make_image images hello /bin/sh -c 'echo hello'
        make_image images nothing
        umoci config --image images:nothing --clear=config.cmd --clear=config.entrypoint
        umoci config --image images:hello --tag user --config.user=web
        umoci config --image images:hello --tag group --config.user=1000:log
        umoci config --image images:hello --tag nobody --config.user=nobody-there
        umoci config --image images:hello --tag cwd --config.workingdir=/new/place
        umoci config --image images:hello --tag entrypoint --config.entrypoint=/bin/echo --config.cmd=default
        umoci config --image images:hello --tag int --config.stopsignal=SIGINT
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing

# -- bad input -----------------------------------------------------------------------------------------------------

refused "an image without a command" "names no command" g run -q "$i:nothing"
refused "a name that machined would refuse" "host name" g run -q --name=a_b "$i:hello"
refused "a name with a dash at its end" "host name" g run -q --name=web- "$i:hello"
refused "a name of 65 letters" "host name" g run -q --name="$(printf 'x%.0s' {1..65})" "$i:hello"
refused "a reference that is none" "reference" g run -q 'UPPER CASE'
refused "a registry that is not there" "127.0.0.1:1" g run -q 127.0.0.1:1/hello
refused "a layout that is not there" "oci:/nowhere|/nowhere" g run -q oci:/nowhere
refused "a UUID of no pod" "no prepared pod" g run -q 01234567-89ab-4def-8123-456789abcdef
expect 0 "an image that is there" g fetch -q "$i:hello"
expect 0 "may be looked at by everybody" setpriv --reuid=65534 --regid=65534 --clear-groups gantry image list --root="$root"
expect 0 "and judged" setpriv --reuid=65534 --regid=65534 --clear-groups gantry verify --root="$root" "$i:hello"
expect 1 "pods are root's affair" setpriv --reuid=65534 --regid=65534 --clear-groups gantry list --root="$root"
err_has "as the message says" "root"
refused "no root privilege" "root" setpriv --reuid=65534 --regid=65534 --clear-groups gantry run -q --root="$root" "$i:hello"
refused "an unknown option" "Unknown option" g run -q --bogus "$i:hello"
refused "two apps of one name" "--app" g run -q "$i:hello" "$i:hello"
expect 125 "a command without '--'" g run "$i:hello" true
err_has "is explained" "^'true' was taken for an image of an app; .* behind '--'$"
refused "several apps of which one takes input" "use --detach" g run -q -i --app=a "$i:hello" --- --app=b "$i:hello"
expect 125 "a user that the image does not have" g run -q "$i:nobody"
err_has "is named" "user .nobody-there.*/etc/passwd .* has no such name"
expect 1 "exec into a pod that does not exist is not the command's status" sh -c 'gantry exec --root="$1" nobody -- true; [ $? = 125 ] && exit 1' - "$root"
expect 1 "status of a pod that does not exist" g status nobody
expect 1 "rm of a pod that does not exist" g rm nobody
expect 1 "image rm of an unknown image" g image rm nobody:1
g gc -q --grace=0

# -- rules of others ------------------------------------------------------------------------------------------------

mkdir -p /run/gantry/trust.d
printf '[Trust]\nPrefix=example.com/vendor\nRequire=nothing\n' >/run/gantry/trust.d/vendor.conf
expect 0 "a rule in /run" gantry trust list
out_has "counts" '^example.com/vendor +nothing'
expect 0 "it is removed" gantry trust rm --prefix=example.com/vendor
expect 0 "by a mask in /etc" gantry trust list
report "so that it does not count" "$(grep -c '^example.com/vendor' out)"
report "and the file stays its owner's" "$([[ -s /run/gantry/trust.d/vendor.conf && ! -s /etc/gantry/trust.d/vendor.conf ]]; echo $?)"
rm -r /run/gantry/trust.d

# -- the image's configuration -------------------------------------------------------------------------------------

expect 0 "arguments take the place of Cmd" g run -q "$i:hello" -- /bin/echo other
out_is "and only of Cmd" other
expect 0 "Entrypoint and Cmd" g run -q "$i:entrypoint"
out_is "together" default
expect 0 "Entrypoint and arguments" g run -q "$i:entrypoint" -- of mine
out_is "together too" "of mine"
expect 0 "a user by name" g run -q "$i:user" -- /bin/id
out_is "has its groups" "uid=1000(web) gid=1000(web) groups=4(log)"
expect 0 "a user by number with a group by name" g run -q "$i:group" -- /bin/id
out_has "has that group only" '^uid=1000\(web\) gid=4\(log\)$|^uid=1000\(web\) gid=4\(log\) groups=4\(log\)$'
expect 0 "a working directory that is not there is made" g run -q "$i:cwd" -- /bin/sh -c pwd
out_is "as OCI has it" /new/place

# -- isolation -----------------------------------------------------------------------------------------------------

expect 0 "capabilities" g run -q "$i:hello" -- /bin/cat /proc/self/status
out_has "are the default fourteen" '^CapBnd:	00000000a80425fb$'
out_has "for root effective" '^CapEff:	00000000a80425fb$'
out_has "no new privileges" '^NoNewPrivs:	1$'
out_has "seccomp is on" '^Seccomp:	2$'
expect 0 "a user other than root" g run -q "$i:user" -- /bin/cat /proc/self/status
out_has "has no capability" '^CapEff:	0000000000000000$'
expect 0 "the network" g run -q "$i:hello" -- /bin/cat /proc/net/dev
out_has "has a loopback" 'lo:'
report "and nothing else" "$(grep -c 'eth\|ens\|host' out)"
expect 0 "--net=host" g run -q --net=host "$i:hello" -- /bin/sh -c 'cat /proc/net/tcp >/dev/null; ls -l /proc/self/ns/net'
out_has "shares the host's" "$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')"
expect 0 "environment" g run -q "$i:hello" -- /bin/env
out_has "says the app's name" '^AC_APP_NAME=images$'
out_has "says that it is a container" '^container=gantry$'
out_has "has the standard PATH" '^PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin$'
out_has "has HOME from the image" '^HOME=/root$'
report "and nothing of the host's" "$(grep -cvE '^(AC_APP_NAME|container|PATH|HOME|NOTIFY_SOCKET)=' out)"
# Who sends must live until journald has looked it up.
expect 0 "an app that logs by itself" g run -q --name=logger "$i:hello" -- \
        /bin/sh -c '(echo "through syslog"; sleep 1) | /bin/busybox logger -t mine'
expect 0 "is in the host's journal" journalctl -q -o cat -n 1 -u gantry-logger -t mine
out_is "under its pod's unit" "through syslog"
expect 0 "the root can be written" g run -q "$i:hello" -- /bin/sh -c 'echo x >/srv/new && cat /srv/new'
expect 1 "unless asked otherwise" g run -q --read-only "$i:hello" -- /bin/sh -c 'echo x >/srv/new'
err_has "then it is read-only" "Read-only file system"
expect 0 "what one pod wrote" g run -q "$i:hello" -- /bin/ls /srv
out_is "no other sees" www

# -- life ----------------------------------------------------------------------------------------------------------

expect 0 "--rm" g run -q --rm --name=gone "$i:hello"
report "leaves no pod" "$(g list --no-legend | grep -c '^gone ')"
expect 0 "the pod is stopped by its own signal" g run -q -d --name=int "$i:int" -- /bin/sh -c 'trap "exit 42" INT; while :; do sleep 0.1; done'
expect 0 "when it is asked to" g stop int
expect 0 "as status says" g status int
out_has "with the exit status of its handler" 'exited \(42\)'
expect 0 "a pod that does not want to end" g run -q -d --name=stubborn "$i:hello" -- /bin/sh -c 'trap "" TERM; while :; do sleep 0.1; done'
expect 0 "is killed" g stop --force stubborn
expect 0 "and so recorded" g status stubborn
out_has "as killed" 'killed \(SIGKILL\)'
expect 0 "a pod whose supervisor is killed" g run -q -d --name=orphan "$i:hello" -- /bin/sleep 1000
pid=$(systemctl show -p MainPID --value gantry-orphan)
kill -KILL "$pid"
wait_for sh -c '! systemctl list-units --all --no-legend gantry-orphan.service | grep -q .'
expect 0 "is recorded as ended" g status orphan
out_has "by the signal" 'killed \(SIGKILL\)'
report "and leaves no process" "$([[ ! -e /sys/fs/cgroup/machine.slice/gantry-orphan.service ]]; echo $?)"
expect 0 "its name is free at once" g run -q --name=orphan "$i:hello"
for way in "systemctl stop gantry-ended.service" "machinectl terminate ended" "machinectl poweroff ended"; do
        expect 0 "$way: a pod" g run -q -d --name=ended "$i:hello" -- /bin/sleep 1000
        expect 0 "$way" $way
        report "$way: ends it" "$(wait_for sh -c '! systemctl list-units --all --no-legend gantry-ended.service | grep -q .'; echo $?)"
        expect 0 "$way: is recorded" g status ended
        out_has "$way: with the signal" 'killed \(SIG(TERM|KILL)\)|exited \(137\)'
        g rm ended
done
expect 0 "twenty restarts under one name" sh -c 'for i in $(seq 20); do gantry run -q --root="$1" --name=again "$2" || exit; done' - "$root" "$i:hello"
report "twenty times its output" "$(($(wc -l <out) - 20))"
expect 0 "a prepared pod" g prepare --name=prepared "$i:hello" -- /bin/echo prepared
uuid=$(<out)
expect 0 "runs by its UUID" g run -q "$uuid"
out_is "once" prepared
expect 125 "and not again" g run -q "$uuid"
expect 0 "another" g prepare --name=prepared "$i:hello"
uuid=$(<out)
expect 125 "arguments are for prepare" g run -q "$uuid" -- /bin/true
expect 0 "--rm removes a prepared pod, too" g run -q --rm "$uuid"
report "afterwards" "$(find "$root/pods" -name "$uuid" | wc -l)"
expect 0 "a layout by a relative path" sh -c 'cd "$2" && gantry fetch -q --root="$1" oci:images:hello && gantry verify -q --root="$1" oci:images:hello && gantry run -q --root="$1" oci:./images:hello' - "$root" "$work"
out_has "is the same image" '^hello$'
expect 0 "many zombies" g run -q "$i:hello" -- /bin/sh -c 'for i in 1 2 3 4 5; do (sleep 0.1 &) ; done; sleep 0.5; ps -o stat | grep -c Z; true'
out_is "are reaped" 0
expect 0 "a layer by loop device" env GANTRY_MOUNT=loop sh -c 'systemctl set-environment GANTRY_MOUNT=loop; gantry run -q --root="$1" "$2" -- /bin/cat /srv/www/index.html; s=$?; systemctl unset-environment GANTRY_MOUNT; exit $s' - "$root" "$i:hello"
out_is "is the same" "Hello from hello"
report "and no loop device is left" "$(losetup --list --noheadings 2>/dev/null | grep -c "$root")"

# -- units ---------------------------------------------------------------------------------------------------------

expect 0 "systemd accepts the units" systemd-analyze verify --man=no gantry-gc.service gantry-gc.timer
report "without a word" "$(wc -l <err)"
expect 0 "gc runs in its cage" systemctl start gantry-gc.service

finish
