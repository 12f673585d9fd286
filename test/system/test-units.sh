#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A pod as a unit: every property that may be set, drop-ins, systemctl, Restart=, sockets, fields of the journal. Runs in test/host.
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
        systemctl stop 'gantry-unit-*'
        rm -rf /etc/systemd/system/gantry-unit-dropped.service.d /etc/systemd/system/gantry-.service.d
        systemctl daemon-reload
        umount "$work/filters"
        empty_trust
        rm -rf "$work"
} 2>/dev/null
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

show() { # UNIT PROPERTY
        systemctl show --property="$2" --value "$1"
}

is() { # TEXT UNIT PROPERTY VALUE
        local value
        value=$(show "$2" "$3")
        report "$1: $3=$value" "$([[ $value == "$4" ]]; echo $?)"
}

gone() { # UNIT
        wait_for bash -c '[[ $(systemctl show --property=LoadState --value "$1") == not-found ]]' - "$1"
}

{
        make_image images hello /bin/sleep 1000
        mkdir filters
        mount -t bpf bpf filters && "$here/pin-filter.py" "$work/filters/all"
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:hello
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image" g fetch -q "$i"

# -- every property ------------------------------------------------------------------------------------------------

device=$(findmnt --noheadings --output=SOURCE --target=/ | grep ^/dev/ || echo /dev/null)
echo secret >credential
# What is given | what systemd shows of it, where it is not the same
properties=(
        "CPUAccounting=yes"
        "CPUWeight=50"
        "StartupCPUWeight=60"
        "CPUQuota=20.5%|CPUQuotaPerSecUSec=205ms"
        "CPUQuotaPeriodSec=50ms|CPUQuotaPeriodUSec=50ms"
        "AllowedCPUs=0"
        "StartupAllowedCPUs=0-1|StartupAllowedCPUs=03000000*"
        "AllowedMemoryNodes=0"
        "StartupAllowedMemoryNodes=0|StartupAllowedMemoryNodes=01000000*"
        "MemoryAccounting=yes"
        "MemoryMin=1M|MemoryMin=1048576"
        "MemoryLow=2M|MemoryLow=2097152"
        "MemoryHigh=1.5G|MemoryHigh=1610612736"
        "MemoryMax=2G|MemoryMax=2147483648"
        "MemorySwapMax=0"
        "TasksAccounting=yes"
        "TasksMax=500"
        "IOAccounting=yes"
        "IOWeight=70"
        "StartupIOWeight=80"
        "IODeviceWeight=$device 90"
        "IOReadBandwidthMax=$device 10M|IOReadBandwidthMax=$device 10000000"
        "IOWriteBandwidthMax=$device 11M|IOWriteBandwidthMax=$device 11000000"
        "IOReadIOPSMax=$device 1000"
        "IOWriteIOPSMax=$device 2K|IOWriteIOPSMax=$device 2000"
        "IODeviceLatencyTargetSec=$device 25ms|IODeviceLatencyTargetUSec=$device 25ms"
        "IPAccounting=yes"
        "IPAddressAllow=localhost 192.0.2.0/24|IPAddressAllow=127.0.0.0/8 192.0.2.0/24 ::1/128"
        "IPAddressDeny=any|IPAddressDeny=0.0.0.0/0 ::/0"
        "IPIngressFilterPath=$work/filters/all"
        "IPEgressFilterPath=$work/filters/all"
        "SocketBindAllow=ipv4:tcp:8000-8999|SocketBindAllow=ipv4:tcp*8000-8999"
        "SocketBindDeny=any"
        "DeviceAllow=/dev/fuse rw|DeviceAllow=*/dev/fuse rw*"
        "Slice=gantry-test.slice"
        "ManagedOOMSwap=auto"
        "ManagedOOMMemoryPressure=kill"
        "ManagedOOMMemoryPressureLimit=60%|ManagedOOMMemoryPressureLimit=2576980377"
        "ManagedOOMPreference=avoid"
        "OOMScoreAdjust=100"
        "Nice=5"
        "CPUSchedulingPolicy=batch|CPUSchedulingPolicy=3"
        "CPUSchedulingResetOnFork=yes"
        "CPUAffinity=0"
        "NUMAPolicy=default"
        "IOSchedulingClass=best-effort|IOSchedulingClass=2"
        "IOSchedulingPriority=6"
        "LoadCredential=file:$work/credential|LoadCredential=file:$work/credential"
        "SetCredential=text:of mine|SetCredential=*text*"
        "LogExtraFields=MINE=of mine|LogExtraFields=*MINE=of mine*"
        "LogLevelMax=info|LogLevelMax=6"
        "LogRateLimitIntervalSec=5s|LogRateLimitIntervalUSec=5s"
        "LogRateLimitBurst=7000"
        "OOMPolicy=continue"
        "Restart=on-failure"
        "RestartSec=2min|RestartUSec=2min"
        "RestartPreventExitStatus=3 4"
        "RestartForceExitStatus=5"
        "SuccessExitStatus=143"
        "RuntimeMaxSec=1h|RuntimeMaxUSec=1h"
        "RuntimeRandomizedExtraSec=1s|RuntimeRandomizedExtraUSec=1s"
        "TimeoutStartSec=40s|TimeoutStartUSec=40s"
        "TimeoutStopSec=3s|TimeoutStopUSec=3s"
        "TimeoutAbortSec=4s|TimeoutAbortUSec=4s"
        "TimeoutStartFailureMode=kill"
        "TimeoutStopFailureMode=kill"
        "Description=A pod of mine"
        "Documentation=man:ls(1)|Documentation=*man:ls(1)*"
        "Wants=gantry-test-a.target|Wants=*gantry-test-a.target*"
        "Requires=dbus.socket|Requires=*dbus.socket*"
        "Requisite=basic.target"
        "BindsTo=sysinit.target"
        "PartOf=multi-user.target|PartOf=multi-user.target"
        "Upholds=dbus.service"
        "Conflicts=rescue.target|Conflicts=*rescue.target*"
        "Before=gantry-test-b.target|Before=*gantry-test-b.target*"
        "After=gantry-test-c.target|After=*gantry-test-c.target*"
        "OnFailure=gantry-test-d.service"
        "OnSuccess=gantry-test-e.service"
        "PropagatesStopTo=gantry-test-f.service"
        "StopPropagatedFrom=gantry-test-g.service"
        "RequiresMountsFor=/srv|RequiresMountsFor=*/srv*"
        "StopWhenUnneeded=no"
        "RefuseManualStart=no"
        "RefuseManualStop=no"
        "IgnoreOnIsolate=yes"
        "StartLimitIntervalSec=9s|StartLimitIntervalUSec=9s"
        "StartLimitBurst=9"
        "StartLimitAction=none"
        "FailureAction=none"
        "SuccessAction=none"
)
# These need more than this pod or this host has.
elsewhere=(WatchdogSec CPUSchedulingPriority NUMAMask LoadCredentialEncrypted SetCredentialEncrypted
        LogNamespace RestrictNetworkInterfaces)

given=()
for property in "${properties[@]}"; do
        given+=("--property=${property%%|*}")
done
expect 0 "a pod with all properties" g run -q -d --name=unit-all "${given[@]}" "$i"
{
        systemctl show gantry-unit-all | grep -v '=\[unprintable\]$'
        systemctl cat gantry-unit-all | grep Credential
} >shown
for property in "${properties[@]}"; do
        wanted=${property##*|}
        value=$(sed -n "s/^${wanted%%=*}=//p" shown)
        [[ $wanted != IPAddress* ]] || value=$(xargs -n1 <<<"$value" | sort | xargs) # a set, to systemd
        # shellcheck disable=SC2053 # a pattern, where it is one
        [[ $value == ${wanted#*=} ]]
        report "$wanted (it is '$value')" $?
done
all=$(sed -n 's/^        { "\([A-Za-z]*\)", &unit_.*/\1/p' "$here/../../src/pod/unit-property.c" | sort)
tried=$(printf '%s\n' "${properties[@]%%=*}" "${elsewhere[@]}" | sort)
report "that is every one of the table" "$(diff <(echo "$all") <(echo "$tried") >out; echo $?)"
expect 0 "it is stopped" g stop unit-all

expect 0 "shares and no limits" g run -q -d --name=unit-share --property=MemoryMax=10% --property=TasksMax=infinity --property=CPUQuota=infinity \
        --property=IPAddressDeny= --property=RestartSec=infinity "$i"
is "no limit" gantry-unit-share TasksMax infinity
is "no quota" gantry-unit-share CPUQuotaPerSecUSec infinity
is "no restart" gantry-unit-share RestartUSec infinity
report "a share of the memory" "$(($(show gantry-unit-share MemoryMax) > 0 ? 0 : 1))"
expect 0 "it is stopped" g stop unit-share
for bad in MemoryMax=lots Type=simple Nonsense=1 Restart=maybe; do
        expect 125 "$bad is refused" g run -q -d --name=unit-bad --property="$bad" "$i"
        err_is_one_line "$bad: one line"
done
expect 125 "what only systemd finds wrong" g run -q -d --name=unit-bad --property=LogNamespace=no/name "$i"
err_has "is said by systemd" "Log namespace"
expect 125 "a filter that is not there" g run -q -d --name=unit-bad --property="IPIngressFilterPath=$work/filters/none" "$i"
expect 0 "is" journalctl -q -o cat -u gantry-unit-bad
out_has "named by systemd" "program $work/filters/none failed"
report "and no pod is left" "$(g list --no-legend | grep -c unit-bad)"

expect 0 "a journal of its own" g run -q --name=unit-apart --property=LogNamespace=gantry-test "$i" -- \
        /bin/echo apart # that journald is yet to be started, and must find whose words these are
expect 0 "is where its logs are" wait_for sh -c "gantry logs --root='$root' unit-apart | grep -qx apart"
expect 0 "and the host's" journalctl -q -o cat -u gantry-unit-apart -t images
out_is "has nothing of it" ""
systemctl stop systemd-journald@gantry-test.socket systemd-journald@gantry-test.service systemd-journald-varlink@gantry-test.socket 2>/dev/null

# -- what the unit is like -----------------------------------------------------------------------------------------

mkdir -p /etc/systemd/system/gantry-unit-dropped.service.d /etc/systemd/system/gantry-.service.d
printf '[Service]\nMemoryHigh=100M\n' >/etc/systemd/system/gantry-unit-dropped.service.d/50-test.conf
printf '[Unit]\nAfter=remote-fs.target\n' >/etc/systemd/system/gantry-.service.d/40-test.conf
systemctl daemon-reload
expect 0 "a pod with drop-ins" g run -q -d --name=unit-dropped "$i"
is "its own drop-in" gantry-unit-dropped MemoryHigh 104857600
expect 0 "another" systemctl show --property=After gantry-unit-dropped
out_has "is for all pods" 'remote-fs\.target'
is "no limit for what it logs" gantry-unit-dropped LogRateLimitIntervalUSec 0
is "documentation" gantry-unit-dropped Documentation '"man:gantry-run(1)"'
expect 0 "a property is changed" systemctl set-property --runtime gantry-unit-dropped TasksMax=77
is "at once" gantry-unit-dropped TasksMax 77
expect 0 "systemctl restart" systemctl restart gantry-unit-dropped
is "starts the same pod" gantry-unit-dropped ActiveState active
report "once" "$(($(g list --no-legend | grep -c unit-dropped) - 1))"
expect 0 "systemctl kill" systemctl kill --signal=KILL gantry-unit-dropped
report "ends it" "$(gone gantry-unit-dropped.service; echo $?)"
expect 0 "and status" g status unit-dropped
out_has "says how" 'State: killed \(SIGKILL\)'
rm -r /etc/systemd/system/gantry-unit-dropped.service.d /etc/systemd/system/gantry-.service.d
systemctl daemon-reload

# -- the journal ---------------------------------------------------------------------------------------------------

expect 0 "a pod that says something" g run -q --name=unit-log "$i" -- /bin/sh -c 'echo hello; sleep 0.2; echo "<3>bad"'
uuid=$(g list --json=short | python3 -c 'import json, sys; print([p["uuid"] for p in json.load(sys.stdin) if p["name"] == "unit-log"][0])')
expect 0 "its entries" journalctl -q -o json "POD_UUID=$uuid" _TRANSPORT=stdout
cp out entries
report "have fields" "$(python3 - entries "$uuid" "$i" <<'END'; echo $?
import json, sys
entry = json.loads(open(sys.argv[1]).readline())
uuid, image = sys.argv[2:]
wanted = {"POD_NAME": "unit-log", "CONTAINER_NAME": "unit-log", "CONTAINER_ID_FULL": uuid.replace("-", ""),
          "CONTAINER_ID": uuid.replace("-", "")[:12], "APP_NAME": "images", "IMAGE_NAME": image,
          "_SYSTEMD_UNIT": "gantry-unit-log.service"}
wrong = {k: entry.get(k) for k in wanted if entry.get(k) != wanted[k]}
if wrong or not entry["IMAGE_DIGEST"].startswith("sha256:"):
    sys.exit(f"{wrong} {entry}")
END
)"
expect 0 "logs after the end" g logs unit-log
out_has "has all of it" '^hello$'
expect 0 "the last line" g logs -n 1 unit-log
out_has "is the last" 'bad$'
expect 0 "only what is urgent" g logs -p err unit-log
out_is "is that" bad
expect 0 "as journalctl shows it" g logs -o short unit-log
out_has "has the app's name" 'images\[[0-9]+\]: hello$'
expect 0 "nothing of the future" g logs --since=tomorrow unit-log
out_is "is there" ""
expect 0 "nothing of the past" g logs --until=yesterday unit-log
out_is "is there, either" ""
expect 1 "a format that is none" g logs -o nonsense unit-log

# -- Restart= ------------------------------------------------------------------------------------------------------

runs='n=$(cat /srv/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n >/srv/n; echo "run $n"'
expect 125 "in the foreground" g run -q --name=unit-again --property=Restart=on-failure "$i"
err_has "it is refused" "wants --detach"
expect 0 "in the background" g run -q -d --name=unit-again --property=Restart=on-failure --property=RestartSec=100ms --property=RestartPreventExitStatus=5 "$i" -- \
        /bin/sh -c "$runs; [ \$n -lt 3 ] && exit 1; exit 5"
expect 0 "it ends" g status --wait unit-again
out_has "with its last run" 'State: exited \(5\)'
expect 0 "logs" g logs unit-again
out_is "have the output of each" "$(printf 'run 1\nrun 2\nrun 3')"
expect 0 "a pod" g run -q -d --name=unit-often --property=Restart=always --property=RestartSec=300 "$i" -- /bin/sh -c "$runs; sleep 0.3"
wait_for bash -c '[[ $(systemctl show -p SubState --value gantry-unit-often) == auto-restart ]]'
expect 0 "that waits to be started again" g status unit-often
out_has "is said to" 'about to be started again'
expect 1 "is not removed" g rm unit-often
err_has "as the message says" "about to be started again; use 'gantry stop unit-often' first"
expect 0 "it is stopped" g stop unit-often
report "for good" "$(gone gantry-unit-often.service; echo $?)"
expect 0 "and removed" g rm unit-often
expect 0 "another" g run -q -d --name=unit-force --property=Restart=always "$i"
expect 0 "is removed by force" g rm --force unit-force
report "with its unit" "$(gone gantry-unit-force.service; echo $?)"
report "and nothing is left" "$(g list --no-legend | grep -c unit-force)"
expect 127 "a pod that cannot be started is not started again and again" \
        g run -q -d --name=unit-never --property=Restart=always "$i" -- /no/such
report "it is gone" "$(gone gantry-unit-never.service; echo $?)"

# -- several -------------------------------------------------------------------------------------------------------

for n in 1 2 3; do
        g run -q -d --name=unit-stubborn-$n "$i" -- /bin/sh -c 'trap "" TERM; while :; do sleep 0.1; done'
done
start=$SECONDS
expect 0 "pods that do not want to end" g stop --timeout=2 unit-stubborn-1 unit-stubborn-2 unit-stubborn-3
report "are killed together ($((SECONDS - start)) s)" $((SECONDS - start > 5))
expect 0 "as status says" g status unit-stubborn-1 unit-stubborn-2 unit-stubborn-3
report "of each" "$(($(grep -c 'State: killed (SIGKILL)' out) - 3))"
expect 1 "one that is not there" g stop unit-nobody unit-stubborn-1
err_has "is named" "unit-nobody"

# An earlier pod of the same name is not taken for the one that runs.
expect 0 "a pod" g run -q --name=unit-twice "$i" -- /bin/true
old=$(g list --json=short | python3 -c 'import json, sys; print([p["uuid"] for p in json.load(sys.stdin) if p["name"] == "unit-twice"][0])')
expect 0 "and another of its name" g run -q -d --name=unit-twice "$i"
expect 0 "the first is stopped" g stop "$old"
err_has "which does not run" "not running"
is "the other does" gantry-unit-twice ActiveState active
expect 0 "the first is removed" g rm "$old"
is "the other still runs" gantry-unit-twice ActiveState active
expect 0 "and is stopped" g stop unit-twice

# -- sockets -------------------------------------------------------------------------------------------------------

expect 0 "a pod that waits for a connection" g run -q -d --name=unit-socket --socket="$work/socket" "$i" -- \
        /bin/sh -c 'echo "$LISTEN_FDS"; sleep 1000'
out_is "is named" unit-socket
is "its socket listens" gantry-unit-socket.socket SubState listening
is "it does not run" gantry-unit-socket ActiveState inactive
expect 0 "status" g status unit-socket
out_has "says what it waits for" 'Unit: gantry-unit-socket.service \(waiting for its socket\)'
expect 1 "it is not removed" g rm unit-socket
err_has "as the message says" "waiting for its socket; use 'gantry stop unit-socket' first"
expect 0 "gc" g gc -q --grace=0 --prepared-grace=0
expect 0 "leaves it alone" g status unit-socket
expect 0 "somebody connects" python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$work/socket"
report "it is started" "$(wait_for systemctl is-active gantry-unit-socket; echo $?)"
wait_for sh -c 'gantry logs --root="$1" unit-socket | grep -q .' - "$root"
expect 0 "the app" g logs unit-socket
out_is "has the socket" 1
expect 0 "it is stopped" g stop unit-socket
report "with its socket" "$(gone gantry-unit-socket.socket; echo $?)"
expect 1 "so that nobody connects" python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$work/socket"
expect 125 "a socket in the foreground" g run -q --name=unit-socket --socket=127.0.0.1:1234 "$i"
err_has "is refused" "--detach"

finish
