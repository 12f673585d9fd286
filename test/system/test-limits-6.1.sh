#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a pod may use of the machine, where the kernel really limits it: memory, processor time, tasks; and what is left of an app that
# came to an end by it, or by a fault of its own. In a guest with Debian 12's kernel and a systemd that has all controllers, for the
# host of the other tests has none. Runs in test/host.
set -u

self=$(realpath -- "$0")
clone=${self%/test/system/*}
# shellcheck source=test/lib/images.sh
. "$clone/test/lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$clone/test/lib/tap.sh"

if [[ ! ${LIMITS_TEST_WORK-} ]]; then
        work=$(mktemp -d /tmp/gantry-test.XXXXXX)
        trap 'rm -rf "$work"' EXIT
        cd "$work" || exit 1
        { make_image images app /bin/sh && truncate -s 512M disk && mke2fs -q -t ext4 disk; } >setup.log 2>&1 || { cat setup.log; exit 1; }
        GANTRY_VM_SECONDS=900 "$clone/test/vm" --system --disk disk "LIMITS_TEST_WORK=$work bash $self"
        exit
fi

# -- in the guest --------------------------------------------------------------------------------------------------

work=/run/work
mkdir "$work"
cd "$work" || exit 1
mkdir -p /var/lib/gantry
mount /dev/vda /var/lib/gantry
layout=oci:$LIMITS_TEST_WORK/images
i=$layout:app
rm -rf /etc/gantry/trust.d/*

# One value of a pod's exit.json: ended NAME KEY
ended() {
        python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get(sys.argv[2], False))' /var/lib/gantry/pods/exited/"$(uuid "$1")"/exit.json "$2"
}

uuid() {
        gantry status --json=short "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["uuid"])'
}

# A number of the kernel's about a running pod: of_cgroup NAME FILE [KEY]
of_cgroup() {
        sed -n "s/^${3:+$3 }\([0-9]*\)$/\1/p" "/sys/fs/cgroup$(systemctl show --value --property=ControlGroup "gantry-$1")/$2"
}

expect 0 "the image is trusted" gantry trust add --prefix="$layout" --require=nothing
expect 0 "and fetched" gantry fetch -q "$i"

# -- memory --------------------------------------------------------------------------------------------------------

hungry='dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null'
expect 0 "an app that takes 100 MiB" gantry run -q --rm --memory=200M "$i" -- /bin/busybox sh -c "$hungry"
expect 137 "may not have them with 50 MiB" gantry run -q --name=hungry --memory=50M "$i" -- \
        /bin/busybox dd if=/dev/zero of=/dev/null bs=100M count=1
expect 0 "its status" gantry status hungry
out_has "says so" 'State: out of memory'
report "and exit.json" "$([[ $(ended hungry oom) == True && $(ended hungry signal) == 9 ]]; echo $?)"
expect 1 "a child of an app that goes on" gantry run -q --name=parent --memory=50M --property=OOMPolicy=continue "$i" -- /bin/busybox sh -c "$hungry; exit 1"
expect 0 "its status" gantry status parent
out_has "is the app's own" 'State: exited \(1\)'
report "nobody says that the app was out of memory" "$([[ $(ended parent oom) == False ]]; echo $?)"

for setting in --property --set; do
        expect 0 "an app that is to be spared ($setting)" gantry run -q --rm "$setting=OOMScoreAdjust=-500" "$i" -- /bin/cat /proc/self/oom_score_adj
        out_is "has the score for it" -500
done

expect 0 "an app with a limit" gantry run -q -d --name=used --memory=64M --property=MemoryHigh=60M --property=MemorySwapMax=0 --cpus=0.2 --pids-limit=20 "$i" -- /bin/busybox \
        sh -c 'dd if=/dev/zero of=/dev/null bs=30M count=1; touch /srv/done; while :; do :; done'
wait_for gantry exec used -- /bin/busybox test -e /srv/done
report "the kernel has them" "$([[ $(of_cgroup used memory.max) == $((64 << 20)) && $(of_cgroup used memory.high) == $((60 << 20)) &&
        $(of_cgroup used memory.swap.max) == 0 && $(of_cgroup used pids.max) == 20 ]]; echo $?)"
peak=$(of_cgroup used memory.peak)
report "the most it has used was above 30 MiB" "$((peak < 30 << 20 || peak > 64 << 20))"
expect 0 "which its status shows" gantry status used
out_has "with what it uses now" 'Memory: [0-9.]+[KM]? \(peak [345][0-9.]*M, at most 60M\)'
out_has "and its processor time" 'CPU: .* \(at most 20%\)'
out_has "and its tasks" 'Tasks: [0-9]+ \(at most 20\)'

# -- processor time, tasks -------------------------------------------------------------------------------------------

before=$(of_cgroup used cpu.stat usage_usec)
sleep 4
spent=$(($(of_cgroup used cpu.stat usage_usec) - before))
report "a fifth of a processor is what it gets ($spent us of 4 s)" "$((spent < 300000 || spent > 1400000))"
report "it was held back" "$(($(of_cgroup used cpu.stat nr_throttled) == 0))"
expect 0 "it gets more" systemctl set-property --runtime gantry-used CPUQuota=80%
before=$(of_cgroup used cpu.stat usage_usec)
sleep 4
more=$(($(of_cgroup used cpu.stat usage_usec) - before))
report "without a new start ($more us)" "$((more < 2 * spent))"
expect 2 "a pod may not start more tasks than it may have" gantry exec used -- /bin/busybox sh -c \
        'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 60 & done 2>/dev/null; :'
report "the kernel has refused some" "$(($(of_cgroup used pids.events max) == 0))"
expect 0 "it stops" gantry stop used

# -- one app of several --------------------------------------------------------------------------------------------

# A number of the kernel's about an app: of_app NAME APP FILE [KEY]
of_app() {
        sed -n "s/^${4:+$4 }\([0-9]*\)$/\1/p" "$(find "/sys/fs/cgroup$(systemctl show --value --property=ControlGroup "gantry-$1")" -name "app-$2.service" -print -quit)/$3"
}

expect 0 "two apps with limits" gantry run -q -d --name=several --property=MemoryMax=200M --app=used --memory=64M --cpus=0.2 --pids-limit=20 "$i" -- \
        /bin/busybox sh -c 'while :; do :; done' --- --app=hungry --memory=50M "$i" -- /bin/busybox dd if=/dev/zero of=/dev/null bs=100M count=1
report "the kernel has them" "$([[ $(of_app several used memory.max) == $((64 << 20)) &&
        $(of_app several used pids.max) == 20 && $(of_cgroup several memory.max) == $((200 << 20)) ]]; echo $?)"
wait_for sh -c 'gantry status several | grep "^hungry *out of memory"'
report "the one that wants more memory is out of it" $?
expect 0 "the pod" gantry status several
out_has "goes on with the other" '^used +running'
before=$(of_app several used cpu.stat usage_usec)
sleep 4
spent=$(($(of_app several used cpu.stat usage_usec) - before))
report "a fifth of a processor is what one gets ($spent us of 4 s)" "$((spent < 300000 || spent > 1400000))"
expect 2 "it may not start more tasks than it may have" gantry exec --app=used several -- /bin/busybox sh -c \
        'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 60 & done 2>/dev/null; :'
report "the kernel has refused some" "$(($(of_app several used pids.events max) == 0))"
expect 0 "it stops" gantry stop several

# -- the disk -------------------------------------------------------------------------------------------------------

id=$(gantry fetch "$i" 2>/dev/null | tr : -)
write='dd if=/dev/zero of=/srv/large bs=1M count=4 conv=fsync 2>/dev/null; touch /srv/done; exec sleep 1000'
app() { # NAME ISOLATORS
        printf '{"name":"%s","image":{"id":"%s"},"app":{"exec":["/bin/busybox","sh","-c","%s"],"user":"0","group":"0","isolators":[%s]}}' \
                "$1" "$id" "$write" "${2-}"
}
slow='{"name":"resource/block-bandwidth","value":{"default":true,"limit":"1M"}},{"name":"resource/block-iops","value":{"default":true,"limit":"500"}}'
printf '{"acVersion":"0.8.11","acKind":"PodManifest","apps":[%s,%s]}\n' "$(app slow "$slow")" "$(app free)" >pod.json
expect 0 "two apps, of which one is to write slowly" gantry run -q -d --name=disks --pod-manifest=pod.json
err_is "nothing of which is ignored" ""
began=$(date +%s)
disk=$(stat --format=%Hd:%Ld /var/lib/gantry)
io_max=$(cat "$(find "/sys/fs/cgroup$(systemctl show --value --property=ControlGroup gantry-disks)" -name app-slow.service -print -quit)/io.max")
report "the kernel has its limits ($io_max)" "$([[ $io_max == "$disk rbps=1000000 wbps=1000000 riops=500 wiops=500" ]]; echo $?)"
wait_for gantry exec --app=free disks -- /bin/busybox test -e /srv/done
report "the other one has written" $?
wait_for gantry exec --app=slow disks -- /bin/busybox test -e /srv/done
taken=$(($(date +%s) - began))
report "a million bytes a second is what it gets (4 MiB in $taken s)" "$((taken < 3))"
expect 0 "they stop" gantry stop disks

# -- core dumps ----------------------------------------------------------------------------------------------------

sysctl --quiet kernel.core_pattern=core
expect 139 "an app that fails by its own fault" gantry run -q --name=faulty --ulimit=core=-1 "$i" -- /bin/busybox sh -c 'kill -SEGV $$'
expect 0 "its status" gantry status faulty
out_has "says so, and that its memory was dumped" 'State: killed \(SIGSEGV, core dumped\)'
report "and exit.json" "$([[ $(ended faulty core) == True && $(ended faulty oom) == False ]]; echo $?)"
expect 0 "the dump is in the pod" gantry cp faulty:/srv/core core
report "and is one" "$([[ $(head -c 4 core) == $'\x7fELF' ]]; echo $?)"
expect 139 "no dump is wanted" gantry run -q --name=quiet --ulimit=core=0 "$i" -- /bin/busybox sh -c 'kill -SEGV $$'
report "there is none" "$([[ $(ended quiet core) == False ]]; echo $?)"

finish
