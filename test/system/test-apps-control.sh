#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Apps of a running pod: started, stopped and restarted one by one, by hand and by systemd; crashes; attaching. Runs in test/host.
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

# A member of an app's state: state_of POD APP MEMBER
state_of() {
        python3 - "$root" "$@" <<'END_OF_PYTHON'
import glob, json, os, sys
root, pod, app, member = sys.argv[1:]
for file in glob.glob(f"{root}/pods/*/*/apps/{app}/state"):
    identity = os.readlink(file.rsplit("/apps/", 1)[0] + "/identity")
    if pod in identity:
        print(json.load(open(file)).get(member, ""))
END_OF_PYTHON
}

phase_is() { # POD APP PHASE
        [[ $(state_of "$1" "$2" phase) == "$3" ]]
}

make_image images hello /bin/sleep 1000 >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:hello
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image" g fetch -q "$i"

# -- one app ---------------------------------------------------------------------------------------------------------

expect 0 "a pod" g run -q -d --name=apps-one --app=a "$i" -- /bin/sh -c 'echo begun; trap "echo ending; exit 0" TERM; while :; do sleep 0.1; done' --- --app=b "$i"
first=$(state_of apps-one a leader)
report "its apps run" "$(phase_is apps-one a running; echo $?)"
expect 0 "restart of one" g restart --app=a apps-one
report "makes it another process" "$([[ $(state_of apps-one a leader) != "$first" ]]; echo $?)"
expect 0 "stop of one" g stop --app=a apps-one
report "ends it" "$(phase_is apps-one a exited; echo $?)"
report "and no other" "$(phase_is apps-one b running; echo $?)"
expect 0 "start" g start --app=a apps-one
report "begins it again" "$(phase_is apps-one a running; echo $?)"
expect 0 "its output" g logs --app=a apps-one
report "was heard each time" "$(($(grep -c begun out) - 3))"
report "and at its ends" "$(($(grep -c ending out) - 2))"
expect 1 "an app that is none" g stop --app=c apps-one
err_has "is named" "'c'"
expect 0 "systemctl kill of the main process" systemctl kill --kill-who=main -s KILL gantry-apps-one
expect 0 "ends all" wait_for sh -c '! systemctl is-active gantry-apps-one'
expect 1 "without a process left" pgrep -f "$work/store"

# -- by itself -------------------------------------------------------------------------------------------------------

expect 0 "one that crashes" g run -q -d --name=apps-crash --app=a --set=Restart=on-failure "$i" -- /bin/sh -c 'echo again; sleep 0.2; [ -e /done ] && sleep 1000; : >/done; kill -SEGV $$' --- --app=b "$i"
report "runs again" "$(wait_for eval '[[ $(state_of apps-crash a restarts) == 1 ]] && phase_is apps-crash a running'; echo $?)"
report "its writable layer is the same" "$(g exec --app=a apps-crash -- /bin/ls /done >/dev/null; echo $?)"
report "the other has not been touched" "$(($(state_of apps-crash b restarts | grep -c .)))"
expect 0 "a kill of its process 1" kill -KILL "$(state_of apps-crash a leader)"
report "is a crash as well" "$(wait_for eval '[[ $(state_of apps-crash a restarts) == 2 ]] && phase_is apps-crash a running'; echo $?)"
expect 0 "stop" g stop apps-crash

expect 7 "one that crashes too often has failed for good" timeout 30 gantry run --root="$root" -q --name=apps-often --app=a --set=Restart=always "$i" -- /bin/sh -c 'exit 7' --- --app=b "$i" -- /bin/true
expect 0 "which" g status apps-often
report "is counted" "$([[ $(state_of apps-often a restarts) == 4 ]]; echo $?)"

# -- attaching -------------------------------------------------------------------------------------------------------

expect 0 "a pod that listens" g run -q -d --name=apps-attach --app=a --set=Interactive=yes "$i" -- /bin/cat --- --app=b "$i"
(echo hello; sleep 1) | timeout 5 gantry attach --root="$root" --app=a apps-attach >attached 2>&1
report "its app answers" "$(grep -q '^hello$' attached; echo $?)"
expect 0 "a terminal of an app" script -qec "gantry exec --root=$root -it --app=b apps-attach -- /bin/sh -c 'tty; echo size'" /dev/null
out_has "is the app's own" '/dev/pts/0'
expect 0 "stop of that" g stop apps-attach

finish
