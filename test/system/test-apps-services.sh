#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What systemd gives a service, for one app of several: sockets, credentials, a watchdog. Runs in test/host.
# shellcheck disable=SC2016 # what is quoted is for the apps
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
        timeout 60 gantry "$verb" --root="$root" "$@"
}

logged() { # POD APP REGEX
        g logs --app="$2" "$1" | grep -q -- "$3"
}

{
        make_image images app /bin/sh
        add_python images:app
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:app
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "the image" g fetch -q "$i"

# -- sockets -------------------------------------------------------------------------------------------------------

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
answer='import os, socket
s = socket.socket(fileno=3)
while True:
    with s.accept()[0] as c: c.sendall((os.environ["AC_APP_NAME"] + " " + os.environ["LISTEN_FDS"] + " " + str(os.environ["LISTEN_PID"] == str(os.getpid()))).encode())'
ask() { # ADDRESS
        python3 -c '
import socket, sys
s = socket.create_connection(sys.argv[1].split(":")) if ":" in sys.argv[1] else socket.socket(socket.AF_UNIX)
":" in sys.argv[1] or s.connect(sys.argv[1])
print(s.recv(1000).decode())' "$1"
}
expect 0 "two apps that listen and one that does not" g run -q -d --name=apps-socket --app=web --socket="127.0.0.1:$port" "$i" -- python3 -c "$answer" \
        --- --app=admin --socket="$work/admin" "$i" -- python3 -c "$answer" --- --app=other "$i" -- /bin/sh -c 'echo "given ${LISTEN_FDS-nothing}"; sleep 1000'
expect 0 "who connects" ask "127.0.0.1:$port"
out_is "is answered by the one" "web 1 True"
expect 0 "who connects there" ask "$work/admin"
out_is "by the other, each has one socket" "admin 1 True"
wait_for logged apps-socket other 'given nothing$'
report "and the third none" $?
expect 0 "after a new start of one" g restart --app=web apps-socket
expect 0 "who connects" ask "127.0.0.1:$port"
out_is "is answered by it again" "web 1 True"
expect 0 "stop" g stop apps-socket

# -- credentials ---------------------------------------------------------------------------------------------------

look='cd "${CREDENTIALS_DIRECTORY-/none}" 2>/dev/null || { echo "$AC_APP_NAME has none"; exit; }; for f in *; do echo "$AC_APP_NAME finds $f=$(cat $f)"; done'
printf 'from a file' >file
chmod 600 file
for userns in auto host; do
        expect 0 "credentials (user namespace: $userns)" g run -q --userns=$userns --app=web --user=web --load-credential="key:$work/file" "$i" -- /bin/sh -c "$look" \
                --- --app=db --set-credential=password:said "$i" -- /bin/sh -c "$look; ls /run/credentials" --- --app=other "$i" -- /bin/sh -c "$look"
        out_has "of one" '^web finds key=from a file$'
        out_has "are not those of another" '^db finds password=said$'
        out_has "who has none has none" '^other has none$'
        report "and nobody sees those of others" "$(grep -cE 'web finds password|db finds key' out)"
done

# -- watchdog ------------------------------------------------------------------------------------------------------

notify='import os, socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ["NOTIFY_SOCKET"])
s.send(b"READY=1")
print(os.environ["WATCHDOG_USEC"], os.environ["WATCHDOG_PID"] == str(os.getpid()), flush=True)
'
expect 0 "two apps with watchdogs" g run -q -d --name=apps-dog --app=feeds --notify --set=WatchdogSec=2 "$i" -- python3 -c "$notify
while True: s.send(b'WATCHDOG=1'); time.sleep(0.5)" --- --app=sleeps --notify --set=WatchdogSec=1 "$i" -- python3 -c "$notify
time.sleep(1000)"
ended() {
        g status apps-dog | grep -q "^sleeps *killed (SIGABRT"
}
wait_for ended
report "the one that does not feed its own is killed" $?
sleep 1
expect 0 "the pod" g status apps-dog
out_has "goes on with the other" '^feeds +running'
logged apps-dog sleeps '1000000 True$'
report "each knows its own" $?
logged apps-dog feeds '2000000 True$'
report "by its own pid" $?
expect 0 "stop" g stop apps-dog

finish
