#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A pod that is started again and again, by systemd and by hand, whatever was killed. Runs in test/host.
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
        systemctl stop 'gantry-r-*.service' 2>/dev/null
        systemctl stop foreign.service 2>/dev/null
        rm -rf /run/systemd/system/gantry-r-*.service.d
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

make_image images app /bin/sh >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:app
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "the image" g fetch -q "$i"

start=$(date +%s)
times=5
[[ ! ${GANTRY_LONG-} ]] || times=20

restart_always() { # NAME
        unit_settings "$1" Restart=always RestartSec=0
        printf '[Unit]\nStartLimitIntervalSec=0\n' >>"/run/systemd/system/gantry-$1.service.d/test.conf"
        systemctl daemon-reload
}

restarted() { # NAME TIMES
        (($(unit_property "$1" NRestarts) >= $2))
}

# The machine is that of this very start.
is_registered() { # NAME
        [[ $(machinectl show --value --property=Unit "$1") == gantry-$1.service ]] &&
                [[ $(<"/proc/$(machinectl show --value --property=Leader "$1")/comm") == init ]]
}

# -- an app that ends and is started again -----------------------------------------------------------------------------

restart_always r-often
uuid=$(g prepare -q --name=r-often "$i" -- /bin/sh -c 'echo x >>/srv/starts')
# gc must not take a pod that is about to be started again for one that has ended.
(while [[ ! -e enough ]]; do g gc -q --grace=0 || echo "$?" >>gc.failed; done) 2>gc.err &
collector=$!
g run -q -d "$uuid" >/dev/null
report "50 restarts in a row" "$(for _ in 1 2 3 4 5 6; do wait_for restarted r-often 50 && break; done; echo $?)"
touch enough
wait "$collector"
report "while gc is at work" "$([[ ! -e gc.failed ]]; echo $?)"
journalctl --sync
journalctl -q --since="@$start" -o cat -u gantry-r-often >out
report "no name is in use" "$(grep -c 'already exists\|Cannot' out)"
report "the pod is still the same" "$([[ -d $root/pods/running/$uuid || -d $root/pods/exited/$uuid ]]; echo $?)"
expect 0 "it can be stopped" systemctl stop gantry-r-often
report "for good" "$(unit_is r-often ActiveState inactive; echo $?)"
report "it has all that it wrote" "$( (($(cat "$root"/pods/*/"$uuid"/apps/images/upper/srv/starts | wc -l) >= 50)); echo $?)"

# -- killed in all ways -------------------------------------------------------------------------------------------------

victim() { # WHOM
        case $1 in
                stage1) unit_property r-killed MainPID ;;
                nspawn) pgrep -P "$(unit_property r-killed MainPID)" ;;
                leader) machinectl show --value --property=Leader r-killed ;;
        esac
}

is_back() { # RESTARTS
        restarted r-killed "$1" && unit_is r-killed ActiveState active && is_registered r-killed
}

restart_always r-killed
expect 0 "a pod" g run -q -d --name=r-killed "$i" -- /bin/sleep 1000
restarts=0
for whom in stage1 nspawn leader; do
        bad=0
        for _ in $(seq "$times"); do
                kill -KILL "$(victim "$whom")"
                restarts=$((restarts + 1))
                wait_for is_back "$restarts" || bad=1
        done
        report "kill -9 of $whom, $times times" $bad
done
bad=0
for _ in $(seq "$times"); do
        systemctl restart gantry-r-killed && is_registered r-killed || bad=1
done
report "systemctl restart, $times times" $bad
report "one process of the app is there" "$(($(pgrep -cxf '/bin/sleep 1000') != 1))"
expect 0 "stop" g stop r-killed
expect 0 "its record" g status r-killed
out_has "is of its last end" 'killed \(SIGTERM\)'
report "no machine is left" "$(machinectl show r-killed >/dev/null 2>&1 && echo 1 || echo 0)"

# -- names of others -----------------------------------------------------------------------------------------------------

systemd-run -q --unit=foreign.service --remain-after-exit sleep 1000
pid=$(systemctl show --value -p MainPID foreign.service)
busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager RegisterMachine \
        sayssus r-taken 0 other container "$pid" "" >/dev/null
expect 125 "a pod whose name another machine has" g run -q --name=r-taken "$i" -- /bin/echo started
err_has "is not started" "another machine has this name"
out_is "not for a moment" ""
report "and the machine is not touched" "$(machinectl show r-taken | grep -q "Leader=$pid"; echo $?)"
kill "$pid"
wait_for sh -c "! kill -0 $pid"
expect 0 "when that is dead" g run -q --name=r-taken "$i" -- /bin/echo started
out_is "the name is free" started
systemctl stop foreign.service

systemctl mask --runtime -q --now systemd-machined.service
expect 0 "a host without machined" g run -q --name=r-alone "$i" -- /bin/echo started
out_is "runs pods, too" started
systemctl unmask --runtime -q systemd-machined.service

# One that starts waits for the first answer as long as callers usually do, 25 seconds; one that stops would be killed by then.
within() { # SECONDS
        local took=$((SECONDS - began))
        report "…it takes no longer than $1 seconds ($took)" $((took > $1))
}

machinectl list >/dev/null # has it started
expect 0 "a pod" g run -q -d --name=r-listed "$i" -- /bin/sleep 1000
machined=$(systemctl show --value -p MainPID systemd-machined.service)
kill -STOP "$machined"
began=$SECONDS
expect 0 "a pod on a host whose machined hangs" g run -q --name=r-hangs "$i" -- /bin/echo started
out_is "runs, too" started
within 40
began=$SECONDS
expect 0 "one that it knew before it hung is stopped" g stop r-listed
within 15
kill -CONT "$machined"

# -- signals ------------------------------------------------------------------------------------------------------------

heard() { # SIGNAL
        cat "$root"/pods/running/"$uuid"/apps/images/upper/srv/signals | grep -qx "$1"
}

uuid=$(g prepare -q --name=r-signals "$i" -- /bin/sh -c '
for s in HUP USR1 QUIT; do trap "echo $s >>/srv/signals" $s; done
while :; do sleep 0.1; done')
expect 0 "a pod that listens to signals" g run -q -d "$uuid"
sleep 0.5
systemctl kill -s HUP --kill-whom=main gantry-r-signals
report "the supervisor passes them on" "$(wait_for heard HUP; echo $?)"
systemctl kill -s USR1 gantry-r-signals
report "all of the unit may get one" "$(wait_for heard USR1; echo $?)"
machinectl kill --kill-whom=leader -s QUIT r-signals
report "process 1 passes them on" "$(wait_for heard QUIT; echo $?)"
report "and the pod runs" "$(unit_is r-signals ActiveState active; echo $?)"
g stop --force r-signals >/dev/null

expect 0 "a pod" g run -q -d --name=r-off "$i" -- /bin/sleep 1000
expect 0 "machinectl poweroff" machinectl poweroff r-off
report "ends it" "$(wait_for unit_is r-off ActiveState inactive; echo $?)"

finish
