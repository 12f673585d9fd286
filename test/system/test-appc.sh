#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An App Container pod as the specification has it: its validator's checks (ace-validator.c) in two images of one pod, and what they
# leave out: who the app is, what is in /dev, handlers, ports. Runs in test/host.
# shellcheck disable=SC2016 # what is quoted is for the apps' shell
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
        gantry stop --root="$root" --force appc-mixed 2>/dev/null
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

# An image whose app is the JSON object: make_app NAME APP [ANNOTATIONS]; $work/tree is what is in it, besides the shell.
make_app() {
        local manifest annotations=${3-[]}
        rm -rf tree.new
        mkdir -p tree.new
        make_aci "$1.aci" "example.test/$1" /bin/sh
        tar -xzf "$1.aci" -C tree.new
        [[ ! -d tree ]] || cp -a tree/. tree.new/rootfs
        manifest=$(python3 - "$2" "$annotations" tree.new/manifest <<'END'
import json, sys
manifest = json.load(open(sys.argv[3]))
manifest["app"] = {"user": "0", "group": "0"} | json.loads(sys.argv[1])
manifest["annotations"] = json.loads(sys.argv[2])
print(json.dumps(manifest, indent=1))
END
        )
        echo "$manifest" >tree.new/manifest
        tar -C tree.new --numeric-owner -czf "$1.aci" manifest rootfs
}

logged() { # POD TEXT
        g logs "$1" 2>&1 | grep -q -- "$2"
}

fetch() { # NAME; its ID
        g fetch -q "$work/$1.aci"
}

expect 0 "everything is trusted" gantry trust add --prefix=aci:example.test --require=nothing
expect 0 "the layout, too" gantry trust add --prefix="oci:$work" --require=nothing

# -- the validator -------------------------------------------------------------------------------------------------

mkdir -p tree/opt/acvalidator
cc -D_GNU_SOURCE -O1 -static -o tree/ace-validator "$here/ace-validator.c" -ljansson || exit 1
chown -R 0:0 tree
database='"mountPoints": [{"name": "database", "path": "/db", "readOnly": false}]'
make_app ace-validator-main '{"exec": ["/ace-validator", "main"], "workingDirectory": "/opt/acvalidator", '"$database"',
        "environment": [{"name": "IN_ACE_VALIDATOR", "value": "correct"}],
        "eventHandlers": [{"name": "pre-start", "exec": ["/ace-validator", "prestart"]},
                          {"name": "post-stop", "exec": ["/ace-validator", "poststop"]}],
        "ports": [{"name": "www", "protocol": "tcp", "port": 80}],
        "isolators": [{"name": "resource/memory", "value": {"limit": "1G"}}]}' \
        '[{"name": "created", "value": "2014-10-27T19:32:27.67021798Z"}, {"name": "authors", "value": "A <a@example.test>, B"},
          {"name": "homepage", "value": "https://example.test"}, {"name": "lorem", "value": "ipsum"}]'
make_app ace-validator-sidekick '{"exec": ["/ace-validator", "sidekick"], '"$database"'}'
main=$(fetch ace-validator-main) sidekick=$(fetch ace-validator-sidekick)
cat >pod.json <<END
{"acVersion": "0.8.11", "acKind": "PodManifest",
 "apps": [{"name": "ace-validator-main", "image": {"id": "$main"}, "mounts": [{"volume": "database", "path": "/db"}],
           "annotations": [{"name": "lorem", "value": "dolor"}, {"name": "further", "value": "x"}]},
          {"name": "ace-validator-sidekick", "image": {"id": "$sidekick"}, "mounts": [{"volume": "database", "path": "/db"}]}],
 "volumes": [{"name": "database", "kind": "empty"}]}
END
uuid=$(g prepare -q --pod-manifest=pod.json)
expect 0 "the validator's pod" g run -q "$uuid"
out_has "main" "^main OK$"
out_has "sidekick" "^sidekick OK$"
wait_for logged "$uuid" "prestart OK"
report "pre-start" $?
wait_for logged "$uuid" "poststop OK"
report "post-stop" $?
! logged "$uuid" "==>"
report "nothing is wrong" $?
rm -rf tree

# -- who an app is, and where --------------------------------------------------------------------------------------

alone() { # TEXT NAME EXPECTED
        expect 0 "$1" g run -q "$work/$2.aci"
        out_is "$1: $3" "$3"
}
mkdir -p tree/etc tree/srv
printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:web:/srv:/bin/sh\n7:x:70:71::/:/bin/sh\n' >tree/etc/passwd
printf 'root:x:0:\nweb:x:1001:\nlog:x:4:web\n' >tree/etc/group
touch tree/srv/owned
chown -R 0:0 tree
chown 1234:4321 tree/srv/owned
user() { # NAME USER GROUP [MORE]
        make_app "$1" '{"exec": ["/bin/sh", "-c", "echo $(/bin/busybox id -u) $(/bin/busybox id -g) $(/bin/busybox id -G)"],
                "user": "'"$2"'", "group": "'"$3"'"'"${4-}"'}'
}
user names web log
alone "a user and a group by name" names "1000 4 4"
user digits 5 6
alone "by number" digits "5 6 6"
user digits-name 7 0
alone "a name of digits before a number" digits-name "70 0 0"
user owner /srv/owned /srv/owned
alone "the owner of a file" owner "1234 4321 4321"
user further 5 6 ', "supplementaryGIDs": [400, 500]'
alone "further groups" further "5 6 6 400 500"
for who in nobody-there -1 4294967295 /nowhere; do
        user wrong "$who" 0
        expect 125 "a user that is none: $who" g run -q "$work/wrong.aci"
        err_has "it is said" "user"
done
make_app nowhere '{"exec": ["/bin/sh", "-c", "exit 0"], "workingDirectory": "/not/there"}'
expect 125 "a working directory that is not there" g run -q "$work/nowhere.aci"
err_has "it is named" "/not/there"

make_app environment '{"exec": ["sh", "-c", "echo $PATH $AC_APP_NAME $container $A ${AC_METADATA_URL%/*} $PWD"],
        "environment": [{"name": "A", "value": "a $b %c"}]}'
alone "the environment" environment "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin environment gantry a \$b %c http://127.0.0.1:2 /"

devices='for f in null zero full random urandom tty console ptmx; do [ -c /dev/$f ] || echo no $f; done
for f in pts shm; do [ -d /dev/$f ] || echo no $f; done; [ -e /proc/self ] || echo no proc; [ -d /sys/class ] || echo no sys; echo all'
make_app devices "$(python3 -c 'import json, sys; print(json.dumps({"exec": ["/bin/sh", "-c", sys.argv[1]]}))' "$devices")"
alone "devices, /proc and /sys" devices "all"
expect 0 "of two apps" g run -q --app=a "$work/devices.aci" --- --app=b "$work/devices.aci"
out_is "each has them" all$'\n'all
echoes='"exec": ["/bin/sh", "-c", "echo on the console >/dev/console"]'
make_app console "{$echoes}"
make_app booted "{$echoes"', "eventHandlers": [{"name": "pre-start", "exec": ["/bin/sh", "-c", ":"]}]}'
for app in console booted; do
        expect 0 "$app with a terminal" "$here/terminal.py" 'expect:on the console' 'end:0' -- gantry run --root="$root" -q -t "$work/$app.aci"
done

# -- handlers ------------------------------------------------------------------------------------------------------

make_app handlers '{"exec": ["/bin/sh", "-c", "read a </tmp/order; echo $a main >/tmp/order; exit 3"], "user": "web", "group": "web",
        "eventHandlers": [{"name": "pre-start", "exec": ["/bin/sh", "-c", "/bin/busybox id -u; echo pre >/tmp/order; echo $AC_APP_NAME ${AC_METADATA_URL%/*}"]},
                          {"name": "post-stop", "exec": ["/bin/sh", "-c", "read a </tmp/order; echo $a post"]}]}'
mkdir -p tree/tmp
chmod 1777 tree/tmp
make_app handlers "$(tar -xzOf handlers.aci manifest | python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["app"]))')"
expect 3 "an app with handlers ends as it ends" g run -q --name=appc-handlers "$work/handlers.aci"
out_has "the caller has what they print, to the last word" "^pre main post$"
wait_for logged appc-handlers "pre main post"
report "before, the app, after: in this order" $?
wait_for logged appc-handlers "1000$"
report "as the app's user" $?
wait_for logged appc-handlers "handlers http://127.0.0.1:2"
report "in the app's environment" $?
make_app refuses '{"exec": ["/bin/sh", "-c", "echo never"], "eventHandlers": [{"name": "pre-start", "exec": ["/bin/sh", "-c", "exit 7"]}]}'
! g run -q --name=appc-refuses "$work/refuses.aci" >out 2>err
report "one that fails keeps the app from starting" $?
! grep -q never out
report "it has not run" $?

# -- ports ---------------------------------------------------------------------------------------------------------

make_app activated '{"exec": ["/bin/sh", "-c", "echo $LISTEN_FDS $(/bin/busybox readlink /proc/self/fd/3)"],
        "ports": [{"name": "web", "protocol": "tcp", "port": 80, "socketActivated": true}]}'
expect 0 "an image alone" g prepare -q --name=appc-port "$work/activated.aci"
err_has "cannot make the host listen" "expects a socket for its port 80, which nobody listens on; see --socket="
cat >port.json <<END
{"acVersion": "0.8.11", "acKind": "PodManifest", "apps": [{"name": "activated", "image": {"id": "$(fetch activated)"}}],
 "ports": [{"name": "web", "hostPort": 18080, "hostIP": "127.0.0.1"}]}
END
expect 0 "a manifest can" g prepare -q --pod-manifest=port.json --name=appc-activated
expect 0 "the pod" g run -q -d "$(<out)"
curl --silent --max-time 2 http://127.0.0.1:18080/ >/dev/null
said() { g logs appc-activated | grep -q '1 socket:'; }
wait_for said
report "the app has the socket as fd 3" $?

# -- together with an OCI image ------------------------------------------------------------------------------------

{
        make_image images hello /bin/sh -c 'echo hello >/shared/oci; while ! [ -e /shared/aci ]; do sleep 0.1; done; cat /shared/aci'
        umoci config --image images:hello --config.volume=/shared
} >setup.log 2>&1 || { cat setup.log; exit 1; }
rm -rf tree
make_app aci '{"exec": ["/bin/sh", "-c", "while ! [ -e /s/oci ]; do /bin/busybox sleep 0.1; done; read a </s/oci; echo $a from OCI; echo $a from ACI >/s/aci"],
        "mountPoints": [{"name": "shared", "path": "/s"}]}'
g fetch -q "oci:$work/images:hello" >oci-id
cat >both.json <<END
{"acVersion": "0.8.11", "acKind": "PodManifest",
 "apps": [{"name": "oci", "image": {"id": "$(sed 's/:/-/' oci-id)"}, "mounts": [{"volume": "shared", "path": "/shared"}]},
          {"name": "aci", "image": {"id": "$(fetch aci)"}, "mounts": [{"volume": "shared", "path": "/s"}]}],
 "volumes": [{"name": "shared", "kind": "empty", "mode": "0777"}]}
END
expect 0 "an OCI and an ACI app" g prepare -q --pod-manifest=both.json --name=appc-mixed
expect 0 "run in one pod" g run -q "$(<out)"
out_has "the one" "^hello from OCI$"
out_has "and the other" "^hello from ACI$"

finish
