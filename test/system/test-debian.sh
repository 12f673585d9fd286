#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real services in a real root: nginx, redis and cron of a Debian that debootstrap has made. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/debian.sh
. "$here/../lib/debian.sh"
# shellcheck source=test/lib/pods.sh
. "$here/../lib/pods.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
empty_trust

cleanup() {
        for pod in nginx again redis cron; do
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

# A page of nginx's, from inside the pod: page PATH
page() {
        g exec nginx -- curl --silent --fail "http://127.0.0.1/$1"
}

# Its workers, by their numbers in the pod.
workers() {
        g exec nginx -- find /proc -mindepth 1 -maxdepth 1 -user www-data -printf '%f\n'
}

{
        make_debian_image images debian
        bundle=$work/bundle
        umoci unpack --image images:debian "$bundle"
        ln -sf /dev/stdout "$bundle/rootfs/var/log/nginx/access.log"
        ln -sf /dev/stderr "$bundle/rootfs/var/log/nginx/error.log"
        echo '* * * * * www-data id -un >/var/tmp/done' >"$bundle/rootfs/etc/cron.d/test"
        install --directory --owner="$(sed -n 's/^redis:x:\([0-9]*\):.*/\1/p' "$bundle/rootfs/etc/passwd")" "$bundle/rootfs/data"
        add_layer "$bundle" images:debian
        umoci config --image images:debian --tag nginx --config.cmd=nginx --config.cmd=-g --config.cmd='daemon off;' --config.stopsignal=SIGQUIT \
                --config.exposedports=80/tcp
        umoci config --image images:debian --tag redis --config.cmd=redis-server --config.cmd=--supervised --config.cmd=systemd \
                --config.cmd=--dir --config.cmd=/data --config.cmd=--save --config.cmd='3600 1' --config.user=redis --config.volume=/data
        umoci config --image images:debian --tag cron --config.cmd=cron --config.cmd=-f --config.cmd=-L --config.cmd=5
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
for tag in nginx redis cron; do
        expect 0 "$tag" g fetch -q "$i:$tag"
done
expect 0 "cron" g run -q -d --name=cron "$i:cron"

# -- nginx ---------------------------------------------------------------------------------------------------------

mkdir www
echo "from the host" >www/index.html
head -c 3000000 /dev/urandom >www/large
install -m 0600 /dev/null www/secret
expect 0 "nginx as a pod" g run -q -d --name=nginx -v "$work/www:/var/www/html:ro" --property=CPUWeight=50 --property=Nice=3 \
        --ulimit=nofile=4096:4096 "$i:nginx"
wait_for page index.html
expect 0 "serves a page" page index.html
out_is "of the volume" "from the host"
expect 0 "its workers have a user of their own" workers
report "and there are some" "$(($(wc -l <out) == 0))"
cp out before
report "the unit has its properties" "$(unit_is nginx CPUWeight 50 && unit_is nginx Nice 3; echo $?)"
expect 0 "its limits" g exec nginx -- sh -c 'ulimit -n'
out_is "are as asked" 4096
expect 22 "what it may not read" page secret
wait_for sh -c "gantry logs --root='$root' nginx | grep -q 'GET /secret'"
expect 0 "its logs" g logs nginx
out_has "have what goes to /dev/stdout" '"GET /index.html HTTP/1.1" 200 14 '
out_has "and to /dev/stderr" '\[error\] .*open\(\) "/var/www/html/secret" failed \(13: '

expect 0 "a signal for it" systemctl kill --kill-who=main --signal=HUP gantry-nginx
changed() { workers >now && [[ -s now && $(comm -12 <(sort before) <(sort now)) == '' ]]; }
wait_for changed
report "has it load its configuration again" $?
cp now before
expect 0 "as its own command does" g exec nginx -- nginx -s reload
wait_for changed
report "with new workers" $?
expect 0 "it still serves" page index.html
expect 0 "its configuration is right" g exec nginx -- nginx -t
expect 0 "and can be had" g cp nginx:/etc/nginx/nginx.conf .
report "as it is in the image" "$(cmp -s nginx.conf bundle/rootfs/etc/nginx/nginx.conf; echo $?)"

g exec nginx -- curl --silent --fail --limit-rate 1M http://127.0.0.1/large >got 2>curl.err &
client=$!
sleep 1
expect 0 "it is stopped in the middle of something" g stop nginx
wait "$client"
report "which is ended first" "$(cmp -s got www/large; echo $?)"
expect 0 "its status" g status nginx
out_has "is its own" 'State: exited \(0\)'

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'server { listen 127.0.0.1:%s; root /var/www/html; }\n' "$port" >site
expect 0 "on the network of the host" g run -q -d --name=again --net=host -v "$work/site:/etc/nginx/sites-enabled/default:ro" -v "$work/www:/var/www/html:ro" "$i:nginx"
wait_for curl --silent --fail "http://127.0.0.1:$port/"
expect 0 "it serves whoever is there" curl --silent --fail "http://127.0.0.1:$port/"
out_is "the same" "from the host"
expect 0 "it stops" g stop again

# -- redis: a user of the image's, a volume, sd_notify -----------------------------------------------------------------

expect 0 "redis as a pod" g run -q -d --name=redis --notify -v data:/data "$i:redis"
expect 0 "says when it is ready" g status redis
out_has "in its own words" 'Status: Ready to accept connections'
expect 0 "takes something" g exec redis -- redis-cli set key value
expect 0 "and is stopped" g stop redis
expect 0 "its logs" g logs redis
out_has "say that it has saved it" 'DB saved on disk'
expect 0 "another of that volume" g run -q -d --name=redis-2 --notify -v data:/data "$i:redis"
expect 0 "has it" g exec redis-2 -- redis-cli get key
out_is "as it was" value
expect 0 "in a file of redis" g exec redis-2 -- stat -c %U /data/dump.rdb
out_is "by its name" redis
expect 0 "it stops" g stop redis-2

expect 0 "a watchdog that it does not know of" g run -q -d --name=dog --notify --property=WatchdogSec=2 "$i:redis"
report "is the unit's" "$(unit_is dog WatchdogUSec 2s; echo $?)"
expect 0 "and bites" g status --wait dog
out_has "as its status says" 'Result: watchdog'

# -- cron: /dev/log, other users ---------------------------------------------------------------------------------------

for _ in 1 2 3 4 5 6 7; do
        ! wait_for g exec cron -- test -s /var/tmp/done || break
done
expect 0 "cron runs a job" g exec cron -- cat /var/tmp/done
out_is "as the user it is for" www-data
expect 0 "and says so by syslog" journalctl --quiet --output=cat --unit=gantry-cron --identifier=CRON
out_has "in the host's journal" '\(www-data\) CMD \(id -un >/var/tmp/done\)'
expect 0 "it stops" g stop cron

finish
