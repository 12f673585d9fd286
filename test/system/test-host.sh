#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test/host itself: what it promises a command run in it, and that nothing of it is left on the machine.
# Uses a host of its own beside the one that other tests may be using.
# shellcheck disable=SC2317 # functions are called by check
set -u

self=$(realpath -- "$0")
clone=${self%/test/system/*}
scratch=$(mktemp --directory /tmp/test-host-XXXXXX)
export GANTRY_HOST_DIR=$scratch/state
mkdir "$GANTRY_HOST_DIR" "$scratch/cwd"
cd "$scratch/cwd" || exit 1
trap 'host --down; rm -rf "$scratch"' EXIT

count=0 failed=0

host() { "$clone/test/host" "$@"; }

# Passes if the command succeeds; what it prints is shown if it does not, its remarks ("# …") always.
check() {
        local text=$1 log
        shift
        count=$((count + 1))
        if log=$("$@" 2>&1 </dev/null); then
                echo "ok $count - $text"
                grep '^#' <<<"$log"
        else
                failed=$((failed + 1))
                echo "not ok $count - $text"
                printf '# %s\n' "${log//$'\n'/$'\n'# }"
        fi
}

equal() {
        [[ $1 == "$2" ]] || { printf 'expected: %s\ngot:      %s\n' "$1" "$2"; return 1; }
}

# exits STATUS COMMAND…: the command ends with this status.
exits() {
        local expected=$1 got=0
        shift
        "$@" || got=$?
        equal "$expected" "$got"
}

boot_id() { host cat /proc/sys/kernel/random/boot_id; }

leader() {
        local state
        state=$(host --status) && echo "${state##* }"
}

machine_mounts() { sort /proc/self/mountinfo; }

# All cgroups, processes and files of the machine that carry a name.
machine_traces() {
        local hierarchies
        mapfile -t hierarchies < <(findmnt --list --noheadings --output TARGET --types cgroup,cgroup2)
        find "${hierarchies[@]}" -xdev -type d -name "*$1*"
        grep --files-with-matches --fixed-strings "$1" /proc/[0-9]*/mountinfo 2>/dev/null
        find /run /var/tmp "$GANTRY_HOST_DIR" -xdev -name "*$1*" 2>/dev/null
}

boots_in_time() {
        local start=$EPOCHREALTIME end
        host true || return
        end=$EPOCHREALTIME
        echo "# booted in $(((${end/./} - ${start/./}) / 1000)) ms"
        ((${end/./} - ${start/./} < 10000000))
}

separates_output() {
        host sh -c 'echo out; echo err >&2' >out 2>err
        equal out "$(cat out)" && equal err "$(cat err)"
}

passes_bytes() {
        head --bytes=1000000 /dev/urandom >sent
        host cat <sent >received
        cmp sent received
}

shares_current_directory() {
        echo before >file
        equal before "$(host cat file)" && equal "$PWD" "$(host pwd)" || return
        echo after >file
        equal after "$(host cat "$PWD/file")" || return
        host sh -c 'echo inside >file'
        equal inside "$(cat file)"
}

keeps_to_itself() {
        host sh -ec 'touch /etc/test-host-probe /var/lib/gantry/test-host-probe /usr/bin/test-host-probe'
        host test -e /etc/test-host-probe &&
                [[ ! -e /etc/test-host-probe && ! -e /var/lib/gantry/test-host-probe && ! -e /usr/bin/test-host-probe ]]
}

cleans_environment() {
        GANTRY_PROBE='a b' PROBE=x host env >environment
        grep --line-regexp 'GANTRY_PROBE=a b' environment && grep --line-regexp HOME=/root environment && ! grep ^PROBE= environment
}

is_running() {
        host systemctl is-system-running --wait
        equal '' "$(host systemctl list-units --plain --no-legend --failed)"
}

runs_as_unit() { host grep --quiet '^0::/system.slice/call-.*scope$' /proc/self/cgroup; }

installs_build() {
        host gantry --version || return
        host rm /usr/bin/gantry
        exits 127 host gantry --version || return
        touch "$self" # as if a source had changed
        host gantry --version
}

runs_machine() {
        host sh -ec '
                mkdir -p /var/lib/gantry/probe/usr
                cp /bin/busybox /var/lib/gantry/probe/
                systemd-run --quiet --unit='"$1"' -p Slice=machine.slice -p Delegate=yes -p KillMode=mixed -p Type=notify \
                        -E SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --keep-unit -M '"$1"' \
                        -D /var/lib/gantry/probe --private-users=655360:65536 --private-users-ownership=map /busybox sleep 60
                machinectl list --no-legend | grep "^'"$1"' *container"
                systemctl stop '"$1"'.service
                ! machinectl list --no-legend | grep '"$1"'
        '
}

ends_with_signal() {
        local pid
        "$clone/test/host" sh -c 'sleep 4711 & sleep 4711' &
        pid=$!
        until host pgrep --full '^sleep 4711' >/dev/null; do sleep 0.1; done
        kill -TERM "$pid"
        exits 143 wait "$pid" && exits 1 host pgrep --full '^sleep 4711'
}

boots_once() {
        boot_id >first &
        boot_id >second
        wait $!
        [[ -s first ]] && cmp first second
}

survives_kill() {
        local before
        before=$(boot_id)
        kill -KILL "$(leader)"
        [[ $(boot_id) != "$before" ]]
}

leaves_nothing() {
        local name=$1
        host --down || return
        equal "$mounts" "$(machine_mounts)" && equal '' "$(machine_traces "$name")" &&
                equal '' "$(machine_traces "$machine")" && equal '' "$(ls -A "$GANTRY_HOST_DIR")"
}

machine=probe-$$
mounts=$(machine_mounts)
host true # builds, which takes what it takes
check "--down when up" host --down
check "--status tells that none is up" equal down "$(host --status)"
check "--down when none is up" host --down
check "boots within 10 s" boots_in_time
check "--status tells the leader" test -d "/proc/$(leader)"
check "the leader is systemd" equal systemd "$(cat "/proc/$(leader)/comm")"
check "mounts nothing on the machine" equal "$mounts" "$(machine_mounts)"
check "a second call uses the same host" equal "$(boot_id)" "$(boot_id)"
check "exit status 0" exits 0 host true
check "exit status 1" exits 1 host false
check "exit status 7" exits 7 host sh -c 'exit 7'
check "exit status of a death by signal" exits 137 host sh -c 'kill -KILL $$'
check "exit status of an unknown command" exits 127 host /nonexistent
check "arguments arrive as they are" equal "a b|\$HOME|%n||" "$(host printf '%s|' 'a b' "\$HOME" %n '')"
check "standard output and error are separate" separates_output
check "standard input arrives byte for byte" passes_bytes
check "the current directory is shared" shares_current_directory
check "what is done elsewhere stays inside" keeps_to_itself
check "only GANTRY_* of the environment is passed" cleans_environment
check "the system is running, no unit failed" is_running
check "the command is a unit of the host" runs_as_unit
check "journald and dbus run" host systemctl is-active systemd-journald.service dbus.service
check "the current build is installed" installs_build
check "machinectl lists a container" runs_machine "$machine"
check "a signal ends the command and its children" ends_with_signal
check "the next call replaces a host that died" survives_kill
name=$(basename "$GANTRY_HOST_DIR"/gantry-host-*)
check "the traces to look for are there while it is up" test "$(machine_traces "$name")"
check "--down leaves no mount, cgroup, process or file" leaves_nothing "$name"
check "two calls at once boot one host" boots_once
check "--down again leaves nothing" leaves_nothing "$name"

echo "1..$count"
exit $((failed > 0))
