#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an app prints and logs, on its way to the journal and to the caller. Runs in test/host.
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
        systemctl stop 'gantry-j-*.service' 2>/dev/null
        rm -rf /run/systemd/system/gantry-j-*.service.d
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

{
        make_image images app /bin/sh
        add_python images:app
        umoci config --image images:app --tag user --config.user=web
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image" g fetch -q "$i:app"
expect 0 "whose app is not root" g fetch -q "$i:user"

# Of this run: the host may have seen others.
start=$(date +%s)
entries() { # OPTION…
        journalctl --sync
        journalctl -q --since="@$start" "$@"
}

# Whether the journal has this line of a pod, with these fields: logged NAME LINE FIELD=VALUE…
logged() {
        entries -o json "_SYSTEMD_UNIT=gantry-$1.service" | python3 -c '
import json, sys
wanted = dict(f.split("=", 1) for f in sys.argv[2:])
lines = [e for e in map(json.loads, sys.stdin) if e["MESSAGE"] == sys.argv[1]]
sys.exit(not any(all(e.get(k) == v for k, v in wanted.items()) for e in lines))' "${@:2}"
}

for mapping in range host; do
        name=j-$mapping
        uuid=$(g prepare -q --name="$name" "$i:user" -- /usr/bin/python3 -u -c '
import os, socket, subprocess, sys, time
print("plain")
print("<3>bad\n<7>detail")
print("to stderr", file=sys.stderr)
open("/dev/stdout", "w").write("through /dev/stdout\n")
open("/dev/stderr", "w").write("<4>through /dev/stderr\n")
os.system("echo a child >/proc/self/fd/1")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b"<30>myapp: through /dev/log", "/dev/log")
s.sendto(b"MESSAGE=native\nPRIORITY=5\nMY_FIELD=mine\n", "/run/systemd/journal/socket")
time.sleep(1) # journald looks up who this was
sys.stdout.write("no end of line")')
        annotate_pod "$uuid" gantry/user-namespace "$mapping"
        expect 0 "an app that prints ($mapping)" g run -q "$uuid"
        app=SYSLOG_IDENTIFIER=images
        report "is in the journal" "$(logged "$name" plain PRIORITY=6 "$app"; echo $?)"
        report "by the priority it says" "$(logged "$name" bad PRIORITY=3 "$app" && logged "$name" detail PRIORITY=7 "$app"; echo $?)"
        report "standard error" "$(logged "$name" 'to stderr' "$app"; echo $?)"
        report "/dev/stdout" "$(logged "$name" 'through /dev/stdout' "$app"; echo $?)"
        report "/dev/stderr" "$(logged "$name" 'through /dev/stderr' PRIORITY=4 "$app"; echo $?)"
        report "/proc/self/fd/1" "$(logged "$name" 'a child' "$app"; echo $?)"
        report "/dev/log" "$(logged "$name" 'through /dev/log' SYSLOG_IDENTIFIER=myapp; echo $?)"
        report "the journal's own socket" "$(logged "$name" native PRIORITY=5 MY_FIELD=mine; echo $?)"
        report "a line without an end" "$(logged "$name" 'no end of line' "$app"; echo $?)"
        out_has "the caller sees it all" '^through /dev/stdout$'
        out_has "as it was printed" '^<3>bad$'
        err_has "each on its stream" 'through /dev/stderr'
done

# -- whole lines at any speed ----------------------------------------------------------------------------------------

lines=100000
[[ ! ${GANTRY_LONG-} ]] || lines=1000000
unit_settings j-fast LogRateLimitIntervalSec=0
then=$SECONDS
expect 0 "many lines" g run -q --name=j-fast "$i:app" -- /bin/busybox seq 1 "$lines"
report "reach the caller" "$(seq 1 "$lines" | cmp -s - out; echo $?)"
journalctl --sync
echo "# $lines lines in $((SECONDS - then)) s"
# Where journald begins a new file it may write an entry into both; it has the same time then.
entries -o short-monotonic -u gantry-j-fast -t images | uniq | sed 's/^.*\]: //' >out
report "and the journal, all of them" "$(seq 1 "$lines" | cmp -s - out; echo $?)"

# -- the last words --------------------------------------------------------------------------------------------------

# journald finds out whose they are when it reads them. It is late here, as on a busy host.
mkdir -m 777 sign
journald=$(systemctl show --value --property=MainPID systemd-journald)
kill -STOP "$journald"
timeout 20 gantry run --root="$root" -q --name=j-last -v "$work/sign:/sign" "$i:app" -- /bin/sh -c 'echo the last words; echo >/sign/said' >run.out &
last=$!
wait_for test -e sign/said
sleep 0.5
kill -CONT "$journald"
wait "$last"
report "an app that ends at once" $?
report "is heard" "$(logged j-last 'the last words' SYSLOG_IDENTIFIER=images; echo $?)"
expect 0 "its logs" g logs j-last
out_is "have what it said" 'the last words'

# -- callers of all kinds ---------------------------------------------------------------------------------------------

unit_settings j-slow LogRateLimitIntervalSec=0
g run -q --name=j-slow "$i:app" -- /bin/busybox seq 1 50000 2>/dev/null | { sleep 2; cat >out; }
report "a caller who is slow loses nothing" "$(seq 1 50000 | cmp -s - out; echo $?)"

unit_settings j-gone LogRateLimitIntervalSec=0
g run -q --name=j-gone "$i:app" -- /bin/busybox seq 1 50000 2>/dev/null | head -n 1 >out
out_is "one who has gone away" 1
report "does not end the app" "$(wait_for sh -c 'gantry status --root="$1" j-gone | grep -q "exited (0)"' - "$root"; echo $?)"
report "nor what the journal gets of it" "$(entries -o cat -u gantry-j-gone -t images | tail -n 1 | grep -qx 50000; echo $?)"

g run -q --name=j-stuck "$i:app" -- /bin/sh -c 'trap "exit 3" TERM; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done' \
        2>/dev/null | python3 -c 'import time; time.sleep(60)' &
stuck=$!
wait_for unit_is j-stuck ActiveState active
sleep 1
expect 0 "one who does not read" g stop j-stuck
g status j-stuck >out
report "does not keep the pod from ending in time" "$(grep -q SIGKILL out && echo 1 || echo 0)"
kill "$stuck"

finish
