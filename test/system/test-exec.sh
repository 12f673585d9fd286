#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# `gantry exec`: what a command in a pod is, on pipes and on a terminal. Runs in test/host.
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
        gantry stop --root="$root" -q --force web user bare odd 2>/dev/null
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

{
        make_image images web /bin/sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
        umoci config --image images:web --tag user --config.user=web --config.env=COLOUR=red
} >setup.log 2>&1 || { cat setup.log; exit 1; }
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "a pod" g run -q -d --name=web --property=Nice=5 --property=CPUSchedulingPolicy=batch --property=IOSchedulingClass=idle --property=OOMScoreAdjust=300 "oci:$work/images:web"
expect 0 "one whose app is not root" g run -q -d --name=user "oci:$work/images:user"

# -- who it is -----------------------------------------------------------------------------------------------------

expect 0 "its identity" g exec user -- sh -c 'id; pwd; echo $COLOUR $HOME'
out_is "is the app's" "uid=1000(web) gid=1000(web) groups=4(log)
/srv
red /srv"
expect 0 "what it may" g exec web -- cat /proc/self/status
for field in CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp; do
        app=$(gantry exec --root="$root" web -- sh -c "grep -h ^$field: /proc/2/status")
        report "$field is the app's" "$([[ $(grep "^$field:" out) == "$app" && $app ]]; echo $?)"
done
expect 0 "its limits" g exec web -- sh -c 'cmp /proc/self/limits /proc/1/limits'
expect 0 "its turn" g exec web -- sh -c 'cut -d" " -f19,41 /proc/self/stat; cat /proc/self/oom_score_adj'
out_is "is what the app's unit says, not the caller's" "5 3
300"
expect 0 "its namespaces" g exec user -- sh -c 'for n in pid net ipc uts user mnt cgroup; do readlink /proc/self/ns/$n; done'
leader=$(machinectl show -p Leader --value user)
report "are the app's" "$([[ $(<out) == "$(for n in pid net ipc uts user mnt cgroup; do readlink "/proc/$leader/ns/$n"; done)" ]]; echo $?)"
g exec web -- sleep 77 &
wait_for pgrep -f '^sleep 77$'
report "its disk's turn, too" "$([[ $(ionice -p "$(pgrep -f '^sleep 77$')") == idle ]]; echo $?)"
report "its cgroup is the pod's" "$(grep -q '0::/machine.slice/gantry-web.service/payload$' "/proc/$(pgrep -f '^sleep 77$')/cgroup"; echo $?)"
report "ours is not" "$(grep -q gantry-web "/proc/$(pgrep -f 'gantry-exec.*sleep 77|exec.*web.*sleep 77' | head -1)/cgroup"; [[ $? != 0 ]]; echo $?)"
pkill -f '^sleep 77$'
wait
expect 0 "--user" g exec --user=web web -- id
out_is "is looked up in the pod" "uid=1000(web) gid=1000(web) groups=4(log)"
expect 0 "--user with a group" g exec -u 1000:log web -- id -g
out_is "is that group" 4
expect 125 "one that is not there" g exec -u nobody-there web -- id
err_has "is named" "nobody-there"
expect 125 "one beyond those of the pod" g exec -u 70000 web -- id
err_has "as it is told" "user .70000.*: it has an ID beyond those of the pod"
expect 0 "--workdir" g exec -w /etc web -- sh -c pwd
out_is "is where it starts" /etc
expect 125 "one that is not there" g exec -w /no/such web -- pwd
err_has "is named" "/no/such"
expect 125 "one that is not absolute" g exec -w etc web -- pwd
expect 0 "--env" g exec -e COLOUR=blue -e B=2 user -- sh -c 'echo $COLOUR $B'
out_is "counts more than the app's" "blue 2"
expect 0 "the environment of the caller" env LEAK=1 gantry exec --root="$root" web -- env
report "stays where it is" "$(grep -cE 'LEAK|TERM' out)"
expect 0 "open files of the caller" g exec web -- sh -c 'ls -l /proc/self/fd' 7</etc/passwd 8</
report "stay where they are" "$(grep -cE 'passwd|-> /$' out)"

# -- pipes -----------------------------------------------------------------------------------------------------------

echo text >in
expect 0 "without -i" sh -c 'gantry exec --root="$1" web -- cat <in' - "$root"
out_is "there is no input" ""
expect 0 "with -i" sh -c 'gantry exec --root="$1" -i web -- cat <in' - "$root"
out_is "there is" text
expect 0 "64 MB there and back" sh -c 'head -c 64M /dev/urandom >big; gantry exec --root="$1" -i web -- cat <big | cmp - big' - "$root"
expect 0 "both streams" sh -c 'gantry exec --root="$1" user -- sh -c "echo out >/dev/stdout; echo err >/dev/stderr" 2>two >one; cat one two' - "$root"
out_is "can be opened by name, and stay apart" "out
err"
expect 0 "a reader that has enough" sh -c 'gantry exec --root="$1" web -- busybox yes | head -n 1' - "$root"
out_is "ends it" y
expect 0 "a command that leaves something behind" timeout 10 gantry exec --root="$root" web -- sh -c 'sleep 1000 & echo done'
out_is "is not waited for longer than it lasts" "done"
expect 7 "exit status" g exec web -- sh -c 'exit 7'
expect 137 "death by a signal" g exec web -- sh -c 'kill -KILL $$'
err_is "has no words" ""
expect 127 "a command that is not there" g exec web -- /no/such
expect 126 "one that is none" g exec web -- /etc/passwd
expect 143 "SIGTERM" sh -c 'gantry exec --root="$1" web -- sleep 1000 & sleep 1; kill $!; wait $!' - "$root"
report "is the command's" "$(pgrep -fc '^sleep 1000$' | grep -cv '^1$')"
expect 125 "an app that the pod does not have" g exec --app=other web -- true
err_has "is named" other
expect 125 "keys that are none" g exec --detach-keys=ctrl-1 -it web -- true
err_has "are explained" ctrl-p,ctrl-q

# -- a terminal ------------------------------------------------------------------------------------------------------

expect 0 "a shell on a terminal" on_terminal 'expect:# ' 'raw' 'send:tty; stty size\n' 'expect:/dev/pts/0\s+24 80' \
        'size:50x132' 'send:stty size\n' 'expect:50 132' 'send:exit 5\n' 'end:5' 'cooked' -- gantry exec --root="$root" -it web -- sh
expect 0 "it is the controlling terminal" on_terminal 'expect:# ' 'send:sleep 1000\n' 'sleep:0.5' 'send:\x03' 'expect:# ' \
        'send:echo $?\n' 'expect:130' 'send:sleep 1000\n' 'sleep:0.5' 'send:\x1a' 'expect:Stopped' 'send:fg\n' 'sleep:0.5' 'send:\x03' 'expect:# ' 'send:exit 0\n' 'end:0' \
        -- gantry exec --root="$root" -it web -- sh
expect 0 "it belongs to the user" on_terminal 'expect:crw--w---- .* web ' 'end:0' \
        -- gantry exec --root="$root" -it user -- sh -c 'ls -l $(tty); echo >$(tty)'
expect 0 "\$TERM is the caller's" env TERM=vt220 "$here/terminal.py" 'expect:vt220' 'end:0' -- gantry exec --root="$root" -it web -- sh -c 'echo $TERM'
expect 0 "the keys to leave" on_terminal 'expect:# ' 'send:(sleep 2; echo left >/srv/left)\n' 'sleep:0.3' 'send:\x10\x11' 'end:0' 'cooked' \
        -- gantry exec --root="$root" -it web -- sh
wait_for gantry exec --root="$root" web -- cat /srv/left
report "leave the command alone" "$(gantry exec --root="$root" web -- cat /srv/left | grep -cv left)"
expect 0 "other keys" on_terminal 'expect:# ' 'send:echo a\x10\x10b\n' 'send:\x1d' 'end:0' \
        -- gantry exec --root="$root" --detach-keys='ctrl-]' -it web -- sh
expect 0 "SIGTERM" on_terminal 'raw' 'expect:# ' 'signal:TERM' 'end:143' 'cooked' -- gantry exec --root="$root" -it web -- sh
expect 0 "SIGHUP" on_terminal 'raw' 'expect:# ' 'signal:HUP' 'end:129' 'cooked' -- gantry exec --root="$root" -it web -- sh
expect 0 "a stop and what follows" on_terminal 'raw' 'expect:# ' 'signal:TSTP' 'stopped' 'cooked' 'size:30x90' 'continue' 'raw' \
        'send:stty size; exit\n' 'expect:30 90' 'end:0' 'cooked' -- gantry exec --root="$root" -it web -- sh
expect 0 "much output on a terminal" on_terminal 'expect:the last' 'end:0' \
        -- gantry exec --root="$root" -it web -- sh -c 'seq 1 200000; echo the last'
expect 0 "a terminal without one of the caller's" sh -c 'echo "tty; stty size; exit 4" | gantry exec --root="$1" -it web -- sh; [ $? = 4 ]' - "$root"
out_has "has the usual size" '24 80'
expect 0 "a terminal of the caller's" on_terminal 'expect:not a tty' 'end:1' -- gantry exec --root="$root" -i web -- busybox tty
expect 0 "never gets into the pod" on_terminal 'expect:pipe:' 'end:0' -- gantry exec --root="$root" web -- ls -l /proc/self/fd/1

# -- tools of another image ------------------------------------------------------------------------------------------

umoci new --image images:bare
mkdir -p bare/bin bare/srv
printf '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n' | cc -static -x c -o bare/bin/app -
umoci insert --image images:bare bare/bin /bin >setup.log 2>&1
umoci config --image images:bare --config.cmd=/bin/app --config.user=1000
expect 0 "a pod without a shell" g run -q -d --name=bare "oci:$work/images:bare"
expect 127 "has none" g exec bare -- sh
expect 0 "tools of another image" g exec --tools="oci:$work/images:web" bare -- sh -c 'id -u; cat /srv/www/index.html; ls /pod/bin; pwd'
out_is "see the pod's files, as the app's user" "1000
Hello from web
app
/"
expect 0 "and its processes" g exec --tools="oci:$work/images:web" bare -- ps
out_has "with the app among them" '/bin/app'
expect 0 "by /proc as well" g exec --tools="oci:$work/images:web" bare -- ls /proc/2/root/bin
out_is "as the app itself" app
expect 0 "with the app's confinement" g exec -u 0 --tools="oci:$work/images:web" bare -- cat /proc/self/status
out_has "its capabilities" '^CapBnd:	00000000a80425fb$'
out_has "its filter" '^Seccomp:	2$'
expect 0 "what they write" g exec -u 0 --tools="oci:$work/images:web" bare -- sh -c 'echo x >/srv/new && cat /srv/new && echo y >/pod/new'
out_is "is written" x
expect 0 "to memory" g exec --tools="oci:$work/images:web" bare -- sh -c 'ls /srv; cat /pod/new; ls /run/gantry/tools'
out_is "or to the pod, which sees nothing else" "www
y"
report "no mount is left" "$(grep -c "$root" /proc/self/mountinfo)"
expect 0 "a shell on a terminal" on_terminal 'expect:[#$] ' 'send:tty; exit 3\n' 'expect:/dev/pts/0' 'end:3' \
        -- gantry exec --root="$root" -it --tools="oci:$work/images:web" bare -- sh
expect 0 "a pod without a user namespace" g run -q -d --name=plain --userns=host "oci:$work/images:bare"
expect 0 "has tools, too" g exec -u 0 --tools="oci:$work/images:web" plain -- sh -c 'id -u; cat /srv/www/index.html; cat /proc/self/uid_map; echo x >/pod/new'
out_has "of root's" '^0$'
out_has "with their files" 'Hello from'
out_has "and the host's users" '^ +0 +0 +4294967295$'
g stop -q --force plain
expect 0 "the rule goes" gantry trust rm --prefix="oci:$work"
expect 125 "tools that nobody trusts" g exec --tools="oci:$work/images:web" bare -- sh
expect 0 "the rule comes back" gantry trust add --prefix="oci:$work" --require=nothing
expect 125 "tools that are not there" g exec --tools="oci:$work/images:none" bare -- sh
g stop -q --force bare

# -- pods that are not as they should be -----------------------------------------------------------------------------

expect 0 "a pod that has a FIFO for a list of users" g exec -u 0 user -- sh -c 'rm /etc/passwd /etc/group && busybox mkfifo /etc/passwd /etc/group'
expect 0 "keeps nobody waiting" timeout 10 gantry exec --root="$root" -u 1000 user -- /bin/echo 1000
out_is "as far as numbers go" 1000
expect 125 "names it does not know" timeout 10 gantry exec --root="$root" user -- id
expect 0 "a pod that has something else for terminals" g run -q -d --name=odd --cap-add=SYS_ADMIN --seccomp=unconfined "oci:$work/images:web" -- \
        /bin/sh -c 'mount -t tmpfs none /dev/pts && busybox mkfifo /dev/pts/ptmx && while :; do sleep 0.1; done'
wait_for gantry exec --root="$root" odd -- /bin/sh -c '[ -p /dev/pts/ptmx ]'
expect 125 "gets none" timeout 10 gantry exec --root="$root" -t odd -- sh
err_has "and that is said" "terminal"
expect 0 "but pipes" g exec odd -- true
g stop -q --force odd
expect 0 "a pod that ends" sh -c '(sleep 1; gantry stop --root="$1" -q user) & gantry exec --root="$1" -u 1000 user -- sleep 1000; s=$?; wait; [ $s = 137 ]' - "$root"
err_has "ends the command with a word" "the pod has ended"
expect 0 "on a terminal, too" on_terminal 'expect:# ' 'send:sleep 1; kill -TERM 2; sleep 1000\n' 'expect:the pod has ended' 'end:137' 'cooked' \
        -- gantry exec --root="$root" -it web -- sh
expect 125 "afterwards" g exec web -- true
err_has "it does not run" "not running"
expect 125 "a pod that was never there" g exec none -- true

finish
