#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pods of several apps, as they are asked for: a pod file with its unit, a command line, an appc pod manifest. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

empty_trust

cleanup() {
        systemctl stop 'gantry@shop.socket' 'gantry@shop' 2>/dev/null
        rm -f /etc/gantry/pods/shop.pod
        systemctl daemon-reload
        gantry gc -q --grace=0 --prepared-grace=0
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

{
        mkdir -p /etc/gantry/pods
        make_image images web /bin/sh -c 'exec sleep 1000'
        make_aci hello.aci example.com/hello /bin/sh -c 'echo hello from an ACI >/shared/hello; exec /bin/busybox sleep 2'
} >setup.log 2>&1 || { cat setup.log; exit 1; }
image=oci:$work/images:web
expect 0 "what lies here is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "and the appc image" gantry trust add --prefix=example.com --require=nothing

said() { # what a unit has said since it was last started
        journalctl --sync
        journalctl --no-pager --output=cat "_SYSTEMD_INVOCATION_ID=$(systemctl show --property=InvocationID --value "$1")"
}

# -- a pod file ----------------------------------------------------------------------------------------------------

cat >/etc/gantry/pods/shop.pod <<END
[Pod]
EmptyVolume=queue:uid=1000,mode=0750
[App web]
Image=$image
Exec=/bin/sh -c 'echo "web was given \$LISTEN_FDS and finds \$(ls /q)"; exec sleep 1000'
Volume=queue:/q:ro
After=db
Requires=db
[App db]
Image=$image
Exec=/bin/sh -c 'echo "db was given \$LISTEN_FDS"; echo >/q/order; exec sleep 1000'
Volume=queue:/q
Notify=no
User=web
ListenStream=7777
StopTimeout=2
[App log]
Image=$image
END
expect 0 "a pod file of three apps" gantry pod check shop
systemctl daemon-reload
expect 0 "is a unit that starts" systemctl start gantry@shop
expect 0 "whose apps run" gantry status shop
for app in web db log; do out_has "$app does" "^$app +running"; done
said gantry@shop >out
out_has "the app that listens was given its socket" 'db was given 1$'
out_has "the other none, and it was started behind it, and both see the volume" 'web was given +and finds order$'
expect 0 "systemd accepts all of it" systemd-analyze verify --man=no --generators=yes gantry@shop.service gantry@shop.socket
report "without a word" "$(wc -l <err)"
systemctl show --property=TimeoutStopUSec --value gantry@shop >out
out_is "the unit gives each its time" 22s
systemctl stop gantry@shop.socket
expect 0 "it is stopped" systemctl stop gantry@shop
expect 0 "and has ended" gantry status shop
for app in web db log; do out_has "$app has" "^$app +(exited|killed)"; done

# -- a command line ------------------------------------------------------------------------------------------------

expect 3 "the pod ends with the app that is named, and as it does" gantry run --rm --end=app:main --empty-volume=shared \
        --app=main -v shared:/s "$image" -- /bin/sh -c 'while ! [ -e /s/there ]; do sleep 0.1; done; echo main saw it; exit 3' \
        --- --app=other -v shared:/s "$image" -- /bin/sh -c 'echo >/s/there; exec sleep 1000'
out_has "what it prints is the caller's" 'main saw it'
expect 0 "apps see each other's processes if they are to" gantry run --rm --end=app:main --share-pid \
        --app=main --set=After=other "$image" -- /bin/ps --- --app=other "$image" -- /bin/sleep 1234
out_has "one of them" 'sleep 1234'

# -- a pod manifest ------------------------------------------------------------------------------------------------

gantry fetch -q ./hello.aci >id
cat >pod.json <<END
{"acVersion": "0.8.11", "acKind": "PodManifest",
 "apps": [
  {"name": "aci", "image": {"id": "$(<id)"}, "mounts": [{"volume": "shared", "path": "/shared"}]},
  {"name": "oci", "image": {}, "mounts": [{"volume": "shared", "path": "/in"}],
   "annotations": [{"name": "gantry/image", "value": "$image"}],
   "app": {"exec": ["/bin/sh", "-c", "while ! [ -e /in/hello ]; do sleep 0.1; done; cat /in/hello"], "user": "0", "group": "0"}}],
 "volumes": [{"name": "shared", "kind": "empty"}]}
END
expect 0 "a pod manifest with an appc and an OCI image is run" gantry run --rm --pod-manifest=pod.json
out_has "and they meet" 'hello from an ACI'

finish
