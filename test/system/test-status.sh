#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `gantry list` and `gantry status` say of pods in every state, and how they wait. Runs in test/host.
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
        systemctl stop 'gantry-state-*' 2>/dev/null
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

value() { # KEY: of the first pod of the JSON in $work/out
        python3 -c 'import json, sys; print(json.load(open("out"))[0][sys.argv[1]])' "$1"
}

make_image images hello /bin/sleep 1000 >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:hello
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image" g fetch -q "$i"
expect 0 "no pod" g list

# -- states --------------------------------------------------------------------------------------------------------

expect 0 "a prepared pod" g prepare -q --name=state-prepared "$i"
expect 0 "one that runs" g run -q -d --name=state-runs --property=MemoryMax=1G --property=TasksMax=50 --property=CPUQuota=150% "$i"
expect 7 "one that has ended" g run -q --name=state-ended "$i" -- /bin/sh -c 'exit 7'
expect 137 "one that was killed" g run -q --name=state-killed "$i" -- /bin/sh -c 'kill -KILL $$'
expect 0 "one that takes too long" g run -q -d --name=state-long --property=RuntimeMaxSec=1 "$i"
expect 0 "is waited for" g status --wait state-long
out_has "and says why it ended" 'Result: timeout'

expect 0 "list" g list
for line in 'state-prepared +prepared +[0-9]+ s' 'state-runs +running +[0-9]+ s' 'state-ended +exited \(7\) +[0-9]+ s' \
        'state-killed +killed \(SIGKILL\)'; do
        out_has "says '$line'" "^$line"
done
expect 0 "only those that run" g list --state=running --no-legend
report "is one line" "$(($(wc -l <out) - 1))"
expect 0 "prepared and exited ones" g list --state=prepared --state=exited --no-legend
report "are four" "$(($(wc -l <out) - 4))"
expect 1 "a state that is none" g list --state=asleep
err_is_one_line "is an error"

expect 0 "status of one that runs" g status state-runs
for line in 'Name: state-runs' 'State: running' 'Unit: gantry-state-runs.service \(running\)' 'Leader: [0-9]+' 'Tasks: .*at most 50' \
        'Memory: .*at most 1G' 'CPU: .*at most 150%' 'UIDs: [0-9]+…[0-9]+'; do
        out_has "says '$line'" "^ *$line"
done
report "and nothing is relaxed" "$(grep -c Relaxed out)"
expect 0 "one that may do more" g run -q -d --name=state-relaxed --net=host "$i"
expect 0 "status" g status state-relaxed
out_has "says so" '^ *Relaxed: .*network'
expect 0 "it is removed" g rm --force state-relaxed
expect 0 "status of one that was killed" g status state-killed
out_has "says so" 'State: killed \(SIGKILL\)$'
out_has "and when" 'Ended: [0-9-]+ [0-9:]+$'
report "and nothing of now" "$(grep -cE 'Leader|Memory|Tasks|CPU' out)"
expect 0 "status of one that was never started" g status state-prepared
report "says nothing of a start" "$(grep -c Started out)"
expect 0 "two at once" g status state-ended state-killed
report "are two" "$(($(grep -c UUID out) - 2))"
report "with a line between" "$(($(grep -c '^$' out) - 1))"
expect 1 "one of two is not there" g status state-nobody state-ended
out_has "the other is" 'state-ended'
expect 0 "as JSON" g status --json=short state-runs state-ended
report "numbers are numbers" "$([[ $(value memory_max) == $((1 << 30)) && $(value tasks_max) == 50 ]]; echo $?)"

# -- waiting -------------------------------------------------------------------------------------------------------

(sleep 1; g stop state-runs) &
expect 0 "until a pod has ended" g status --wait state-runs
out_has "which is shown then" 'State: killed \(SIGTERM\)|State: exited'
wait $!
expect 0 "one that has ended long ago" g status --wait state-ended
expect 0 "one that is ready" g run -q -d --name=state-ready "$i"
expect 0 "is" g status --wait-ready state-ready
out_has "running" 'State: running'
g stop --force state-ready
expect 1 "one that is not running" g status --wait-ready state-ready
err_has "is not ready" "not ready"

# -- many ----------------------------------------------------------------------------------------------------------

expect 0 "200 pods" bash -c 'for n in $(seq 200); do gantry prepare -q --root="$1" --name="state-many-$n" "$2" || exit; done' - "$root" "$i"
TIMEFORMAT='%U %S'
best=1000
for _ in 1 2 3 4 5; do # of the processor: this host may have other things to do
        read -r user system < <({ time g list >out; } 2>&1)
        took=$(awk "BEGIN { printf \"%d\", ($user + $system) * 1000 }")
        best=$((took < best ? took : best))
done
report "are listed in $best ms" $((best > 50 || $(grep -c state-many- out) != 200))
expect 0 "and removed" bash -c 'gantry rm --root="$1" $(seq --format=state-many-%g 200)' - "$root"

finish
