#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The apps of a pod that has several, each for itself: status, list, exec, cp, export, logs, attach, stop, start and restart. Runs in
# test/host.
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
        for pod in shop alone; do
                gantry stop --root="$root" --force "$pod"
        done >/dev/null 2>&1
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

refused() { # STATUS TEXT REGEX COMMAND…
        local status=$1 text=$2 why=$3
        shift 3
        expect "$status" "$text" "$@"
        err_is_one_line "$text: one line"
        err_has "$text: why" "$why"
}

# What status says of an app: state_of APP [KEY]
state_of() {
        g status --json=short shop | python3 -c 'import json, sys
for app in json.load(sys.stdin)[0]["app_states"]:
    if app["app"] == sys.argv[1]:
        print(app[sys.argv[2]])' "$1" "${2-state}"
}

is_in_state() { # APP STATE
        [[ $(state_of "$1") == "$2" ]]
}

make_image images app /bin/sh >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:app
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
talk='trap "exit 0" TERM; while :; do echo I am $AC_APP_NAME; sleep 0.2; done'

# -- all of them -----------------------------------------------------------------------------------------------------

expect 0 "a pod of two apps" g run -q -d --name=shop --app=web "$i" -- /bin/sh -c "$talk" --- --app=db --user=web "$i" -- /bin/sh -c "$talk"
expect 0 "in the list" g list
out_has "it is one of two apps" '^shop +running +[0-9]+ s +2 '
expect 0 "as JSON" g list --json=short
out_has "that is a number" '"apps":2,'
expect 0 "its status" g status shop
out_has "names both" 'Apps: web, db'
for app in web db; do
        out_has "has a row of $app" "^$app +running +20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} +[0-9]+ +0 +$i\$"
done
report "with its first process" "$([[ $(tr '\0' ' ' <"/proc/$(state_of db pid)/cmdline") == *init* ]]; echo $?)"
report "which is not the other's" "$([[ $(state_of db pid) != "$(state_of web pid)" ]]; echo $?)"

# -- one of them -----------------------------------------------------------------------------------------------------

refused 125 "exec does not guess" "Which app of pod 'shop'\? Name one with --app=: web, db" g exec shop -- id
refused 125 "nor does it make one up" "pod 'shop' has no such app, only web, db" g exec --app=cache shop -- id
expect 0 "a command of db" g exec --app=db shop -- id -u
out_is "is its user" 1000
expect 0 "one of web" g exec --app=web shop -- sh -c 'id -u; echo of web >/srv/file; ps'
out_has "is its user" '^0$'
report "and sees no other app" "$(($(grep -c 'trap "exit 0"' out) != 1))"
expect 1 "what it writes" g exec --app=db shop -- cat /srv/file
refused 1 "cp does not guess" "Which app" g cp shop:/srv/file got
expect 0 "a file of web" g cp --app=web shop:/srv/file got
report "is that" "$([[ $(<got) == 'of web' ]]; echo $?)"
expect 0 "into db" g cp --app=db got shop:/srv/copied
expect 0 "is there" g exec --app=db shop -- cat /srv/copied
expect 0 "and nowhere else" g exec --app=web shop -- sh -c '! cat /srv/copied'
refused 1 "export does not guess" "Which app" g export -o changes.tar shop
expect 0 "the changes of db" g export --app=db -o changes.tar shop
expect 0 "are" tar -tf changes.tar
out_has "its own" 'srv/copied$'
report "and not the other's" "$(grep -c 'srv/file$' out)"
expect 0 "the logs of db" g logs --app=db shop
report "are its own" "$([[ $(sort -u out) == 'I am db' ]]; echo $?)"
expect 0 "the logs" g logs shop
report "are all" "$([[ $(sort -u out) == $'I am db\nI am web' ]]; echo $?)"
refused 125 "attach does not guess" "Which app" g attach shop
expect 124 "attached to web" timeout 3 gantry attach --root="$root" --app=web shop
report "one hears web" "$([[ $(sort -u out) == 'I am web' ]]; echo $?)"

# -- stop, start, restart --------------------------------------------------------------------------------------------

web=$(state_of web pid)
refused 1 "stop wants to know when" "goes with neither" g stop --app=db --force shop
expect 0 "db is stopped" g stop --app=db shop
report "and has ended" "$(is_in_state db 'exited (0)'; echo $?)"
report "web goes on" "$([[ $(state_of web pid) == "$web" ]]; echo $?)"
refused 125 "a command of db" "does not run" g exec --app=db shop -- id
expect 0 "db is started" g start --app=db shop
report "and runs" "$(is_in_state db running; echo $?)"
expect 0 "with its files" g exec --app=db shop -- cat /srv/copied
expect 0 "web is restarted" g restart --app=web shop
report "and is another process" "$([[ $(state_of web pid) != "$web" ]] && is_in_state web running; echo $?)"
report "db goes on" "$(is_in_state db running; echo $?)"
refused 1 "an app that is not there" "no such app, only web, db" g restart --app=cache shop
refused 1 "no app" "Which app" g start shop
refused 1 "nor with restart" "Which app" g restart shop

expect 0 "all of it stops" g stop shop
report "both have ended" "$(is_in_state web 'exited (0)' && is_in_state db 'exited (0)'; echo $?)"
refused 1 "an app of a pod that does not run" "is not running" g start --app=db shop
expect 0 "a file of what has ended" g cp --app=db shop:/srv/copied again
report "is still there" "$(cmp -s got again; echo $?)"

# -- a pod of one ----------------------------------------------------------------------------------------------------

expect 0 "a pod of one app" g run -q -d --name=alone --app=web "$i" -- /bin/sh -c "$talk"
expect 0 "can be told which" g exec --app=web alone -- id -u
expect 0 "its status" g status alone
report "has no table" "$(grep -c '^APP' out)"
refused 1 "restarting its app" "all that pod 'alone' has" g restart --app=web alone

finish
