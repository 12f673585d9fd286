#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# That the programs are in their cages, whoever started them: what the kernel says of them while they work. What a cage forbids is
# test/unit/test-confine.c's, test-sandbox.c's and test-worker.c's. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"

[[ $(systemd-detect-virt --container) == systemd-nspawn ]] || bail_out "not in test/host"
need openssl python3 umoci flock
trust_everything
make_certificates
layout=$work/layout
quietly make_layout "$layout" image
start_bad_registry "$layout"

# Capabilities as the kernel shows them.
files_of_others=$((1 << 1 | 1 << 2 | 1 << 3))            # DAC_OVERRIDE DAC_READ_SEARCH FOWNER
users=$((1 << 5 | 1 << 6 | 1 << 7 | 1 << 8))             # KILL SETGID SETUID SETPCAP
stage=$((1 << 18 | 1 << 19 | 1 << 21 | 1 << 24 | 1 << 0)) # SYS_CHROOT SYS_PTRACE SYS_ADMIN SYS_RESOURCE CHOWN

field() { # PID NAME
        sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# Filters of whoever started it: us, for now.
outer_filters=$(field $$ Seccomp_filters)

has_own_filter() { # PID
        (($(field "$1" Seccomp_filters) > outer_filters))
}

# No more than these in any set, none that come back by executing something, a filter, and no way to new privileges.
is_confined() { # PID CAPABILITIES
        local set
        for set in CapPrm CapEff CapBnd; do
                (((16#$(field "$1" "$set") & ~$2) == 0)) || { echo "$set: $(field "$1" "$set")"; return 1; }
        done
        [[ $(field "$1" CapInh) =~ ^0+$ && $(field "$1" CapAmb) =~ ^0+$ && $(field "$1" NoNewPrivs) == 1 ]] && has_own_filter "$1"
}

is_user() { # PID USER
        local id
        id=$(id -u "$2")
        [[ $(field "$1" Uid) == "$id"$'\t'"$id"$'\t'"$id"$'\t'"$id" && " $(id -g "$2") " == *" $(field "$1" Groups)"* ]]
}

is_hidden() { # PID: nobody but root may look into it
        [[ $(stat -c %u "/proc/$1/mem") == 0 ]]
}

# Everything that it has open: kinds, and files by name.
open_files() { # PID
        find "/proc/$1/fd" -mindepth 1 -printf '%l\n' | sed 's/:\[[0-9]*\]$//; s|/#[0-9]* (deleted)$|/nameless|' | sort -u
}

is_gone() { # PID
        [[ ! -e /proc/$1 ]]
}

# -- a fetch -----------------------------------------------------------------------------------------------------------

: >"$log"
: >"$log.stall"
gantry-fetch --root="$root" "$http/stalled-for-now:image" >"$work/out" 2>"$work/err" </dev/null &
fetch_pid=$!
has_child() { pgrep -P "$fetch_pid" -x "$1"; }
is "gantry-fetch waits for a slow server" wait_for has_child seal-layer
client=$(has_child registry-client | head -1)
sealer=$(has_child seal-layer | head -1)

credentials=$(has_child credentials)

is "gantry-fetch: capabilities of its work only" is_confined "$fetch_pid" $((files_of_others | users | 1))
is "its process with the credentials: the same but for giving files away" is_confined "$credentials" $((files_of_others | users))
is "that has a socket open, and what helpers complain to" test "$(open_files "$credentials" | tr '\n' ' ')" = "/dev/null $work/err socket "
is "registry-client: user gantry-fetch" is_user "$client" gantry-fetch
is "registry-client: no capability" is_confined "$client" 0
is "registry-client: its memory is nobody's to see" is_hidden "$client"
is "registry-client: nothing of the store is open" test ! "$(open_files "$client" | grep "^$root")"
is "seal-layer: user gantry-seal" is_user "$sealer" gantry-seal
is "seal-layer: no capability" is_confined "$sealer" 0
is "seal-layer: its memory is nobody's to see" is_hidden "$sealer"
is "seal-layer: a nameless layer and pipes" test "$(open_files "$sealer" | tr '\n' ' ')" = "$root/layers/nameless pipe "
kill "$fetch_pid"
wait "$fetch_pid" 2>/dev/null
is "the process with the credentials ends with it" wait_for is_gone "$credentials"
rm "$log.stall"

fetch "$http/fine:image"
was "in the same cages a fetch succeeds" test "$status" = 0
image=$(<"$work/out")

# -- tools, while they wait for the store -----------------------------------------------------------------------------

is_locked() { # PATH
        ! flock --nonblock "$1" true
}

caught() { # TEXT CAPABILITIES COMMAND…
        local text=$1 capabilities=$2 pid
        shift 2
        flock "$waits_for" sleep 60 &
        holder=$!
        wait_for is_locked "$waits_for"
        "$@" >"$work/out" 2>"$work/err" </dev/null &
        pid=$!
        wait_for has_own_filter "$pid"
        is "$text" is_confined "$pid" "$capabilities"
        pkill -P "$holder" sleep
        wait "$holder" 2>/dev/null
        wait "$pid"
        status=$?
}

# The same for one that asks somebody at a terminal.
caught_asking() { # TEXT CAPABILITIES COMMAND…
        local text=$1 capabilities=$2 pid
        shift 2
        script --quiet --command "$*" /dev/null <&"$answers" >"$work/out" 2>&1 &
        wait_for pgrep -x "$1"
        pid=$(pgrep -x "$1")
        wait_for has_own_filter "$pid"
        is "$text" is_confined "$pid" "$capabilities"
        kill "$pid"
        wait $! 2>/dev/null
}

waits_for=$root
mkfifo "$work/answers"
openssl pkey -in "$work/ca.key" -pubout >"$work/key.pem"
exec {answers}<>"$work/answers"
caught "gantry-prepare, by hand" "$files_of_others" gantry-prepare --root="$root" --pull=never "$http/fine:image"
was "it has done its work" test "$status" = 0
gantry rm --root="$root" "$(<"$work/out")"
caught_asking "gantry-login, by hand" $((files_of_others | users)) gantry-login "$http"
caught_asking "gantry-trust, by hand" $((files_of_others | users)) gantry-trust add --prefix=example.com "$work/key.pem"
gantry-stage1 --root="$root" list >/dev/null
mkdir -p "$root/stage1"
waits_for=$root/stage1 caught "gantry-stage1, by hand" "$files_of_others" gantry-stage1 --root="$root" build image
was "it has done its work" test "$status" = 0
caught "gantry-gc, by hand" "$files_of_others" gantry-gc --root="$root" --keep-free=0
was "it has done its work" test "$status" = 0
caught "gantry-image, by hand" $((files_of_others | users)) gantry-image --root="$root" rm "$image"
was "it has done its work" test "$status $(ls "$root/images")" = "0 refs"

# -- the image of a pod file --------------------------------------------------------------------------------------------

stop_fetch() {
        systemctl stop gantry-fetch@cages.service 'gantry-registry@*.service' gantry-registry.socket
        rm -f /etc/gantry/{trust.d/cages.conf,pods/cages.pod}
} 2>/dev/null
trap 'stop_fetch; cleanup' EXIT

fetch_for_pod() { # IMAGE
        printf '%s\n' "[App]" "Image=$1" >/etc/gantry/pods/cages.pod
        systemctl start "${@:2}" gantry-fetch@cages.service
}

client_of_systemd() {
        local units
        mapfile -t units < <(systemctl list-units --plain --no-legend 'gantry-registry@*.service' | cut -d ' ' -f 1)
        ((${#units[@]} > 0)) && systemctl show --property=MainPID --value "${units[@]}" | grep -m 1 .
}

is_without_network() { # PID
        [[ $(nsenter --target "$1" --net ip -oneline link | wc -l) == 1 ]]
}

mkdir -p /etc/gantry/pods
printf '%s\n' "[Trust]" "Prefix=${http%%/*}" "Require=nothing" >/etc/gantry/trust.d/cages.conf
outer_filters=$(field 1 Seccomp_filters) # the host is a container
: >"$log.stall"
fetch_for_pod "$http/stalled-for-now:image" --no-block
is "gantry-fetch@.service waits for a slow server" wait_for client_of_systemd
fetch_pid=$(pgrep -x gantry-fetch)
wait_for has_child seal-layer
client=$(client_of_systemd)
is "it has no network" is_without_network "$fetch_pid"
is "it starts no registry-client" test ! "$(has_child registry-client)"
is "gantry-registry@.service: user gantry-fetch" is_user "$client" gantry-fetch
is "gantry-registry@.service: no capability" is_confined "$client" 0
is "gantry-registry@.service: the store is not there" test ! "$(ls "/proc/$client/root/var/lib/gantry/" 2>/dev/null)"
is "it is stopped while it waits" timeout 10 systemctl stop gantry-fetch@cages.service
is "its registry-client does not wait for the server" wait_for is_gone "$client"
rm "$log.stall"
is "it fetches an image" fetch_for_pod "$http/fine:image"
stop_fetch

# -- a pod's stage -----------------------------------------------------------------------------------------------------

stop_pod() {
        systemctl stop gantry-cages-pod.service
        rm -f /etc/gantry/trust.d/cages.conf
} 2>/dev/null
trap 'stop_pod; cleanup' EXIT
(
        unset GANTRY_CONFIG_ROOT
        printf '%s\n' "[Trust]" "Prefix=oci:$work" "Require=nothing" >/etc/gantry/trust.d/cages.conf
        make_image pods sleep /bin/sleep 1000 && gantry run -q --root="$root" --name=cages-pod "oci:$work/pods:sleep"
) >"$work/out" 2>"$work/err" </dev/null &
is "a pod runs" wait_for systemctl --quiet is-active gantry-cages-pod.service
outer_filters=$(field $$ Seccomp_filters)
run_pid=$(pgrep -x gantry-run)
wait_for has_own_filter "$run_pid"
is "gantry-run, which waits for it: capabilities for files only" is_confined "$run_pid" "$files_of_others"
outer_filters=$(field 1 Seccomp_filters) # the host is a container
main=$(systemctl show --property=MainPID --value gantry-cages-pod.service)
is "its stage: nothing over network, modules, clock, devices, kernel log" is_confined "$main" $((files_of_others | users | stage))
nspawn=$(pgrep -P "$main" -x systemd-nspawn)
is "systemd-nspawn has not inherited that" test "$(field "$nspawn" NoNewPrivs) $(field "$nspawn" Seccomp_filters)" = "0 $outer_filters"
is "a command in the pod" gantry exec --root="$root" cages-pod /bin/true
is "it stops as before" gantry stop --root="$root" cages-pod
is "and gantry-run ends with it" wait_for is_gone "$run_pid"

# -- units -------------------------------------------------------------------------------------------------------------

exposure() { # UNIT LIMIT (of 100)
        systemd-analyze security --no-pager --threshold="$2" "$1"
}
is "gantry-gc.service is exposed to 1.5 at most" exposure gantry-gc.service 15
is "gantry-fsck.service is, too" exposure gantry-fsck.service 15
is "gantry-registry@.service, which speaks with strangers, to 1.2" exposure gantry-registry@x.service 12
is "gantry-fetch@.service, which becomes other users, to 2.0" exposure gantry-fetch@x.service 20
for unit in gantry-gc gantry-fsck; do
        is "$unit.service works" systemctl start "$unit.service"
done

finish
