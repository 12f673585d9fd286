#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What apps of one pod share, or each have: volumes, processes, limits, devices; event handlers; many of them. Runs in test/host.
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

make_image images hello /bin/sleep 1000 >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:hello
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image" g fetch -q "$i"

# -- volumes ---------------------------------------------------------------------------------------------------------

mkdir host
echo from outside >host/file
for userns in auto host; do
        expect 0 "two apps and their volumes (user namespace: $userns)" g run -q --name=apps-volume --userns=$userns --end=app:reader \
                --app=writer -v shared:/data -v "$work/host:/host:ro" "$i" -- /bin/sh -c 'cat /host/file >/data/new; busybox chown 1000 /data/new; busybox mv /data/new /data/file; sleep 1000' \
                --- --app=reader -v shared:/input "$i" -- /bin/sh -c 'while ! [ -s /input/file ]; do sleep 0.1; done; ls -ln /input/file; cat /input/file'
        out_has "what one writes the other reads" 'from outside'
        out_has "and its owner is the same" '(^| )1000( |$)'
        expect 0 "gone" g rm apps-volume
        expect 0 "with its volume" g volume rm shared
done

# -- processes -------------------------------------------------------------------------------------------------------

expect 0 "shared processes" g run -q --name=apps-pids --share-pid --end=app:looks --app=sleeps "$i" -- /bin/sleep 4711 --- --app=looks "$i" -- \
        /bin/sh -c 'sleep 0.5; ps'
out_has "are seen" 'sleep 4711'
expect 0 "gone" g rm apps-pids

# -- limits and devices ----------------------------------------------------------------------------------------------

expect 0 "limits" g run -q --name=apps-limits --app=a --ulimit=nofile=123:456 "$i" -- /bin/sh -c 'ulimit -n; ulimit -Hn' --- --app=b --ulimit=nofile=77:88 "$i" -- /bin/sh -c 'ulimit -n'
for limit in 123 456 77; do
        out_has "are each app's own" "^$limit$"
done
expect 0 "a device of one" g run -q --name=apps-device --app=a --device=/dev/fuse "$i" -- /bin/sh -c 'ls -l /dev/fuse' --- --app=b "$i" -- /bin/sh -c 'ls /dev/fuse 2>/dev/null; true'
report "is only that one's" "$(($(grep -c fuse out) - 1))"

expect 0 "the journal's socket" g run -q --name=apps-journal --app=a "$i" -- /bin/sh -c 'busybox chmod 0 /run/systemd/journal/socket 2>&1; true' --- --app=b "$i" -- /bin/true
out_has "is nobody's to change" 'Read-only file system'

# -- environment ---------------------------------------------------------------------------------------------------------

expect 0 "the environment of one" g run -q --name=apps-environment --app=a "$i" -- /bin/env --- --app=b "$i" -- /bin/true
out_has "variables" '^AC_APP_NAME=a$'
out_has "name the container" '^container=gantry$'

# -- event handlers --------------------------------------------------------------------------------------------------

image=(store/images/sha256-*)
cat >manifest.json <<END
{"acVersion": "0.8.11", "acKind": "PodManifest", "apps": [{"name": "handled", "image": {"id": "${image[0]##*/}"},
 "app": {"exec": ["/bin/sh", "-c", "cat /marks; echo main; echo main >>/marks; exit 6"], "user": "0", "group": "0", "workingDirectory": "/",
         "eventHandlers": [{"name": "pre-start", "exec": ["/bin/sh", "-c", "echo before >>/marks; id -u"]}, {"name": "post-stop", "exec": ["/bin/sh", "-c", "echo after >>/marks"]}]}}]}
END
expect 0 "a pod manifest with event handlers" g prepare -q --name=apps-handled --pod-manifest=manifest.json
uuid=$(<out)
expect 6 "runs" g run -q "$uuid"
out_has "what is to be done before" '^before$'
expect 0 "and after it" g cp apps-handled:/marks marks
report "in that order" "$([[ $(tr '\n' ' ' <marks) == 'before main after ' ]]; echo $?)"

# -- many ------------------------------------------------------------------------------------------------------------

apps=()
for n in $(seq 64); do
        apps+=(--app="app$n" "$i" -- /bin/sh -c "echo from $n; sleep 1" ---)
done
expect 0 "64 apps" g run -q --name=apps-many "${apps[@]:0:${#apps[@]}-1}"
report "all of them run" "$(($(grep -c '^from ' out) - 64))"
expect 0 "and end" g status apps-many
report "well" "$(($(grep -c '^app[0-9]* *exited (0)' out) - 64))"

finish
