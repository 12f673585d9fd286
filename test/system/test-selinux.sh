#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# SELinux, enforcing: the main job, what a pod is kept from, and the states that a policy can be in. And what else only the guest's kernel has:
# fs-verity, device-mapper. Where SELinux is off is every other test. Runs in test/host, and most of it in a guest.
set -u

here=$(dirname -- "$(realpath -- "$0")")

if [[ ! ${SELINUX_TEST_INSIDE-} ]]; then
        clone=$(realpath -- "$here/../..")
        work=$(mktemp -d /tmp/gantry-test.XXXXXX)
        trap 'rm -rf "$work"' EXIT
        cd "$work" || exit 1
        # shellcheck source=test/lib/images.sh
        . "$clone/test/lib/images.sh"
        for build in "$clone"/build-host "$clone"/build-check "$clone"/build; do
                [[ -e $build/build.ninja ]] && break
        done
        {
                mkdir payload && ninja -C "$build" test/claim-labels &&
                        make_image payload/images app /bin/sh -c 'echo ready; while :; do sleep 1; done' &&
                        cc -D_GNU_SOURCE -O2 -static -o payload/escape "$here/escape.c" &&
                        cp "$build/test/claim-labels" "$(command -v busybox)" "$clone/test/lib/"{tap,selinux}.sh "$here/${0##*/}" payload &&
                        tar -C payload -cf payload.tar . && truncate -s %1M payload.tar &&
                        truncate -s 256M disk.ext4 && mke2fs -q -t ext4 -b 4096 -O verity disk.ext4
        } >setup.log 2>&1 || { cat setup.log; exit 1; }
        GANTRY_VM_SECONDS=900 "$clone/test/vm" --selinux --disk payload.tar --disk disk.ext4 "
                mkdir /run/work && tar -C /run/work -xf /dev/vda && SELINUX_TEST_INSIDE=yes bash /run/work/${0##*/}"
        exit
fi

# -- in the guest --------------------------------------------------------------------------------------------------

# shellcheck source=test/lib/selinux.sh
. /run/work/selinux.sh

report "SELinux enforces" "$([[ $(getenforce) == Enforcing ]]; echo $?)"

# -- a store on a disk of device-mapper ------------------------------------------------------------------------------

size=$(blockdev --getsz /dev/vdb)
expect 0 "a disk made by device-mapper" confined dmsetup --noudevsync create store --table "0 $size linear /dev/vdb 0"
expect 0 "is where the store is to be" ./busybox mount -t ext4 /dev/dm-0 /var/lib/gantry
expect 0 "its labels are those of the place" confined restorecon -R /var/lib/gantry
expect 0 "its directories are made" confined systemd-tmpfiles --create gantry.conf

# -- the main job --------------------------------------------------------------------------------------------------

mark
expect 0 "the image is trusted" gantry trust add --prefix="$layout" --require=nothing
expect 0 "and fetched" gantry fetch -q "$i"
expect 0 "layers are what all pods may read" stat --format=%C "/var/lib/gantry/layers/$(basename -a /var/lib/gantry/layers/*.erofs | head -1)"
out_has "by a label that their directory has handed down" ':container_ro_file_t:s0$'
expect 7 "a pod runs" gantry run -q --rm "$i" -- /bin/sh -c 'cat /srv/www/index.html; cat /proc/self/attr/current; echo here >/srv/new; exit 7'
out_has "and reads its image" '^Hello from app$'
out_has "as an app" '^system_u:system_r:container_t:s0:c[0-9]+,c[0-9]+'
mkdir -p /srv/{one,all}
expect 0 "one is prepared" gantry prepare -q --name=one --volume=/srv/one:/volume:Z --volume=/srv/all:/all:z "$i"
expect 0 "and started" gantry run -q -d "$(<out)"
expect 0 "so is another" gantry run -q -d --name=two --volume=/srv/all:/all:z "$i"
expect 0 "a command in one" gantry exec one -- /bin/sh -c 'echo secret >/volume/secret; echo secret >/srv/secret; echo both >/all/one; cat /proc/self/attr/current; ps'
out_has "runs under the pod's label" ":$(label_of "$(leader_of one)")"
expect 0 "what is shared" gantry exec two -- /bin/cat /all/one
out_is "is for both" both
expect 0 "its output" gantry logs one
out_has "is in the journal" '^ready$'
expect 0 "its status" gantry status one
out_has "shows the labels" 'container_t:s0:c[0-9]+,c[0-9]+'
expect 0 "its files" stat --format=%C "/var/lib/gantry/pods/running/$(uuid_of one)/apps/images/upper/srv/secret" /srv/one/secret
out_has "have its categories" ":container_file_t:$(label_of "$(leader_of one)" | cut -d : -f 2-)$"
none_denied "nothing of it was denied"

# -- what is not one's own -------------------------------------------------------------------------------------------

one=$(label_of "$(leader_of one)") two=$(label_of "$(leader_of two)")
report "each has categories of its own: $one, $two" "$([[ $one != "$two" && $one == container_t:s0:c*,c* ]]; echo $?)"
chcon system_u:object_r:container_ro_file_t:s0 busybox escape
mkdir /srv/foreign
echo foreign >/srv/foreign/file
chmod -R a+rX /srv/foreign

mark
expect 0 "a pod with a directory of the host's" gantry run -q -d --name=foreign --volume=/srv/foreign:/foreign "$i"
expect 1 "may not read it" gantry exec foreign -- /bin/cat /foreign/file
denied "for its label" read file "container_t:s0:[^ ]*" "var_t:s0"
mark
expect 0 "a pod with another one's volume" gantry run -q -d --name=thief --volume=/srv/one:/stolen "$i"
expect 1 "may not read it" gantry exec thief -- /bin/cat /stolen/secret
denied "for its categories" search dir "container_t:s0:[^ ]*" "container_file_t:${one#*:}"
mark
cd "/var/lib/gantry/pods/running/$(uuid_of one)/apps/images/upper/srv" || exit 1
expect 1 "out of its namespaces it may not read another one's root" as two "$work/busybox" cat ./secret
denied "for its categories" search dir "$two" "container_file_t:${one#*:}"
expect 0 "but its own" as one "$work/busybox" cat ./secret
cd "$work" || exit 1
for attempt in attach:ptrace read:ptrace signal:signal; do
        mark
        expect 1 "it may not ${attempt%:*} another one's process" as two ./escape "${attempt%:*}" "$(leader_of one)"
        denied "for its categories" "${attempt#*:}" process "$two" "$one"
done
expect 0 "but one of its own" as one ./escape signal "$(leader_of one)"
mark
expect 1 "it may not read a secret of the host's" as one ./busybox cat /etc/shadow
denied "for its type" read file "$one" "shadow_t:s0"

mark
expect 0 "pods stop" gantry stop one two foreign thief
expect 0 "are removed" gantry rm one two foreign thief
expect 0 "and collected" gantry gc -q --grace=0 --prepared-grace=0
none_denied "nothing of it was denied"
report "no pod is left" "$(find /var/lib/gantry/pods -mindepth 2 | wc -l)"

# -- several apps --------------------------------------------------------------------------------------------------

mark
expect 0 "a stage1 image" gantry stage1 build
expect 0 "a pod of two apps" gantry run -q -d --name=several --app=a "$i" --- --app=b "$i"
expect 0 "its systemd" label_of "$(leader_of several)"
out_has "may have cgroups" '^container_init_t:s0:c[0-9]+,c[0-9]+$'
init=$(<out)
expect 0 "an app of it" gantry exec --app=a several -- /bin/cat /proc/self/attr/current
out_has "may not" ":container_t:${init#*:}"
expect 0 "the pod stops" gantry stop several
none_denied "nothing of it was denied"

# -- a thousand ----------------------------------------------------------------------------------------------------

expect 0 "one that runs" gantry run -q -d --name=runs "$i"
mark
then=$SECONDS
for n in 1 2 3 4; do
        ./claim-labels /var/lib/gantry "claim$n" 250 &
done >>claims 2>err
wait
none_denied "a thousand pods are made, four at a time, in $((SECONDS - then)) s"
expect 0 "each" grep --count --extended-regexp '^system_u:system_r:container_t:(s0:c[0-9]+,c[0-9]+) system_u:object_r:container_file_t:\1$' claims
out_is "has labels that the policy has" 1000
cut -d ' ' -f 1 claims | sort | uniq --repeated >out
report "no two have the same categories" "$(wc -l <out)"
expect 1 "nor has one those of a pod that runs" grep --fixed-strings ":$(label_of "$(leader_of runs)") " claims
expect 0 "it stops" gantry rm --force runs
rm -rf /var/lib/gantry/pods/prepared/*

# -- fs-verity -----------------------------------------------------------------------------------------------------

# Flips a bit of the disk below a file, as the disk itself might, at a text that the file has: flip FILE TEXT
flip() {
        local offset block byte
        offset=$(grep --byte-offset --only-matching --text "$2" "$1" | head -1 | cut -d : -f 1)
        block=$(debugfs -R "bmap <$(stat -c %i "$1")> $((offset / 4096))" /dev/vdb 2>/dev/null | tail -1)
        sync
        offset=$((block * 4096 + offset % 4096))
        byte=$(od -A n -t u1 -j "$offset" -N 1 /dev/vdb)
        printf "\\x$(printf %x $((byte ^ 1)))" | dd of=/dev/vdb bs=1 seek="$offset" conv=notrunc,fsync status=none
        echo 3 >/proc/sys/vm/drop_caches
}

expect 0 "a layer is intact" gantry run -q --rm "$i" -- /bin/cat /srv/www/index.html
flip "$(grep -l 'Hello from app' /var/lib/gantry/layers/*.erofs)" 'Hello from app'
expect 1 "a bit of it is flipped on the disk: nobody reads it" gantry run -q --rm "$i" -- /bin/cat /srv/www/index.html
err_has "the kernel refuses" 'Input/output error|I/O error'

# -- other states of a policy ----------------------------------------------------------------------------------------

setenforce 0
mark
expect 0 "permissive: a pod has its label" gantry run -q --rm "$i" -- /bin/cat /proc/self/attr/current
out_has "all the same" ':container_t:s0:c[0-9]+,c[0-9]+'
none_denied "and nothing would have been denied"
cp /root/stock-policy /etc/selinux/default/policy/policy.33
load_policy
for mode in 0 1; do
        setenforce $mode
        expect 125 "the policy has no types for containers ($(getenforce)): a pod is refused" confined gantry run -q --rm "$i" -- /bin/true
        out_has "and the message says what is missing" "policy module of gantry"
done
setenforce 0
expect 0 "unless it is to have no label" gantry run -q --rm --security-label=disable "$i" -- /bin/true

finish
