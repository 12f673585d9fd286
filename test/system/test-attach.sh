#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Talking with the app of a pod: `gantry run -i` and `-t`, and `gantry attach`. Runs in test/host.
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
        gantry stop --root="$root" -q --force loop reader shell left slow 2>/dev/null
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

on_terminal() { # STEP… -- COMMAND…
        "$here/terminal.py" "$@"
}

make_image images sh /bin/sh >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:sh
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing

# -- in the foreground -----------------------------------------------------------------------------------------------

echo text >in
expect 0 "without -i" sh -c 'gantry run -q --root="$1" "$2" -- /bin/cat <in' - "$root" "$i"
out_is "there is no input" ""
expect 0 "with -i" sh -c 'gantry run -q -i --root="$1" "$2" -- /bin/cat <in' - "$root" "$i"
out_is "there is, and its end" text
expect 7 "the exit status" sh -c 'echo "echo out; echo err >&2; exit 7" | gantry run -q -i --root="$1" "$2"' - "$root" "$i"
out_is "comes with all that was printed" out
err_is "on both streams" err
expect 0 "16 MB there and back" sh -c 'head -c 16M /dev/urandom | base64 >big; gantry run -q -i --root="$1" "$2" -- /bin/cat <big | cmp - big' - "$root" "$i"
expect 0 "a slow reader" sh -c 'gantry run -q -i --root="$1" "$2" -- /bin/busybox seq 100000 </dev/null | (sleep 2; cat) | tail -n 1' - "$root" "$i"
out_is "is waited for" 100000
for way in "gantry stop --root=$root -q reader" 'kill %1'; do
        rm -f said
        gantry run -q -i --name=reader --root="$root" "$i" -- /bin/sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done' >said &
        wait_for grep -q ready said
        $way
        wait %1
        report "it ends by '${way%% -*}', and is told the app's status" "$(($? != 3))"
        gantry rm --root="$root" -q reader
done
expect 127 "a command that is not there" g run -q -i "$i" -- /no/such

expect 0 "a shell on a terminal" on_terminal 'expect:# ' 'raw' 'send:tty; stty size\n' 'expect:/dev/pts/0\s+24 80' \
        'size:50x132' 'send:stty size\n' 'expect:50 132' 'send:sleep 1000\n' 'sleep:0.5' 'send:\x03' 'expect:# ' 'send:exit 5\n' 'end:5' 'cooked' \
        -- gantry run -q -it --name=shell --root="$root" "$i"
expect 0 "is in the journal, too" g logs shell
out_has "with all that was shown" '50 132'
expect 0 "the size is right from the beginning" on_terminal 'expect:24 80' 'end:0' \
        -- gantry run -q -it --root="$root" "$i" -- /bin/busybox stty size
expect 0 "-t alone" g run -q -t "$i" -- /bin/busybox tty
out_has "has a terminal" '/dev/pts/0'
expect 0 "the keys to leave" on_terminal 'expect:# ' 'send:\x10\x11' 'end:0' 'cooked' -- gantry run -q -it --name=left --root="$root" "$i"
expect 0 "leave the pod alone" g status left
out_has "which runs on" running
expect 0 "to be attached to again" on_terminal 'send:\n' 'expect:# ' 'raw' 'send:stty size; exit 6\n' 'expect:24 80' 'end:6' 'cooked' \
        -- gantry attach --root="$root" left
expect 0 "a stop and what follows" on_terminal 'raw' 'expect:# ' 'signal:TSTP' 'stopped' 'cooked' 'continue' 'raw' 'send:exit\n' 'end:0' 'cooked' \
        -- gantry run -q -it --root="$root" "$i"
expect 0 "much output on a terminal" on_terminal 'expect:the last' 'end:0' \
        -- gantry run -q -it --root="$root" "$i" -- /bin/sh -c '/bin/busybox seq 1 100000; echo the last'

# -- in the background -----------------------------------------------------------------------------------------------

expect 0 "a pod in the background with a terminal" g run -q -dit --name=shell "$i"
expect 0 "is attached to" on_terminal 'size:33x77' 'send:\n' 'expect:# ' 'send:stty size; echo one >/srv/one\n' 'expect:33 77' 'send:\x10\x11' 'end:0' 'cooked' \
        -- gantry attach --root="$root" shell
expect 0 "and goes on" g exec shell -- cat /srv/one
expect 0 "with other keys" on_terminal 'send:\n' 'expect:# ' 'send:\x1d' 'end:0' 'cooked' -- gantry attach --detach-keys='ctrl-]' --root="$root" shell
expect 0 "only watched" on_terminal 'send:exit 9\n' 'sleep:1' 'signal:TERM' 'end:143' 'cooked' -- gantry attach --no-stdin --root="$root" shell
expect 0 "it still runs" g exec shell -- true
for n in 1 2 3; do
        gantry attach --root="$root" --no-stdin shell >"seen$n" &
done
sleep 1
expect 9 "several at once" sh -c 'printf "echo for all\nexit 9\n" | gantry attach --root="$1" shell' - "$root"
wait
report "all see the same" "$(grep -L '^for all' seen1 seen2 seen3 | wc -l)"
expect 125 "a pod that has ended" g attach shell
err_has "has nothing to show" "not running"

expect 0 "a pod that takes input" g run -q -di --name=reader "$i" -- /bin/cat
for word in one two; do
        expect 124 "$word" sh -c 'echo "$2" | timeout 2 gantry attach --root="$1" reader' - "$root" "$word"
        out_is "$word: its end is not that of the app's" "$word"
done
expect 0 "a pod that takes none" g run -q -d --name=loop "$i" -- /bin/sh -c 'while :; do echo out; echo err >&2; sleep 0.1; done'
expect 124 "is attached to" timeout 2 gantry attach --root="$root" loop
out_has "what it prints is seen" '^out$'
err_has "on both streams" '^err$'
expect 0 "one that does not read" sh -c 'gantry attach --root="$1" loop | sleep 3 & sleep 1; kill %1; gantry logs --root="$1" -n 1 loop' - "$root"

expect 0 "an app that prints without end" g run -q -d --name=slow "$i" -- /bin/busybox yes
sh -c 'exec gantry attach --root="$1" slow | (sleep 4; cat >/dev/null)' - "$root" 2>left.err &
sleep 3
before=$(journalctl -q -u gantry-slow -n 1 --output=export | sed -n 's/^__REALTIME_TIMESTAMP=//p')
sleep 2
after=$(journalctl -q -u gantry-slow -n 1 --output=export | sed -n 's/^__REALTIME_TIMESTAMP=//p')
report "goes on when somebody attached is slow" "$((after > before ? 0 : 1))"
expect 0 "it is stopped" g stop --force slow
wait
expect 125 "a pod that was never there" g attach none

finish
