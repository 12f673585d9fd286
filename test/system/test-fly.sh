#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# --stage1=fly: who may, what a pod has then, that all else is as with the other stages, and what it leaves behind: nothing. Runs in test/host.
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
        systemctl stop 'gantry-fly-*.service' 2>/dev/null
        umount "$work"/shared/{later,agent,taken} 2>/dev/null
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

fly() {
        g run -q --stage1=fly "$@"
}

make_image images agent /bin/sh >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:agent
rule=/etc/gantry/trust.d/images.conf
allow() { # WORDS: what may run the image
        printf '[Trust]\nPrefix=oci:%s/images\nRequire=nothing\nAllowStage1=%s\n' "$work" "$1" >"$rule"
}

# -- who may -------------------------------------------------------------------------------------------------------

expect 125 "an image without a rule" fly "$i"
err_has "has none" "no trust rule covers 'oci:$work/images'"
expect 0 "a rule" gantry trust add --prefix="oci:$work/images" --require=nothing
mv /etc/gantry/trust.d/oci-*.conf "$rule"
expect 125 "that does not name fly" fly "$i"
err_is_one_line "says so in a line"
err_has "with the file and the words that would do" "in '$rule' does not allow stage1 fly, but nspawn kvm; a line AllowStage1=nspawn kvm fly in it would"
report "before anything was fetched" "$(find "$root/images" -mindepth 1 -maxdepth 1 ! -name refs 2>/dev/null | wc -l)"
expect 0 "a container may run it" g run -q "$i" -- /bin/true
expect 125 "and it may still not fly" fly "$i"
expect 1 "gantry verify says so" g verify --stage1=fly "$i"
out_has "with what may" '^  Stage1     nspawn kvm$'
allow "fly"
expect 0 "it may when it is named" fly "$i" -- /bin/true
uuid=$(g prepare -q --stage1=fly "$i" -- /bin/true)
allow "kvm"
expect 125 "a pod that was prepared is asked about again" g run -q "$uuid"
err_has "when it starts" "does not allow stage1 fly, but kvm"
allow "fly"
expect 125 "and what is not named may not" g run -q "$i" -- /bin/true
err_has "by this line" "line 4 of '$rule' would with AllowStage1=nspawn fly"
expect 0 "gantry trust shows it" gantry trust list --no-legend
out_has "with the rule" 'nothing, for fly'
allow "nspawn kvm fly"
for refused in --net=none --userns=auto --hostname=x --device=/dev/null --share-pid --shm-size=1m --unmask=all; do
        expect 125 "$refused" fly "$refused" "$i"
        err_has "has no meaning" "a pod that flies cannot have"
done

# -- what it has ---------------------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # for the shell in the pod
expect 0 "looks around" fly "$i" -- /bin/sh -c 'for n in pid net uts ipc user cgroup mnt; do
                echo "$n=$(/bin/busybox readlink /proc/self/ns/$n)"; done
        ls /proc/1/root/etc/machine-id /sys/fs/cgroup /dev/null; cat /etc/machine-id /etc/hostname
        /bin/busybox grep -E "^(CapEff|NoNewPrivs|Seccomp_filters):" /proc/self/status; echo "container=${container-}"; id -u; pwd'
for n in pid net uts ipc user; do
        report "the $n namespace is the host's" "$([[ $(grep "^$n=" out) == "$n=$(readlink /proc/self/ns/$n)" ]]; echo $?)"
done
report "that of mounts is its own" "$([[ $(grep '^mnt=' out) != "mnt=$(readlink /proc/self/ns/mnt)" ]]; echo $?)"
out_has "no capability is missing" "CapEff:.$(awk '/^CapEff:/ { print $2 }' /proc/self/status)"
out_has "privileges may be gained" 'NoNewPrivs:.0'
out_has "no call is filtered" "$(grep ^Seccomp_filters: /proc/1/status)"
out_has "the machine is the host" "^$(cat /etc/machine-id)$"
out_has "it is not told that it is in a container" '^container=$'
out_has "it is where the image says" '^/srv$'
expect 0 "user, variable, limit, directory" fly -u web -e A=b --ulimit=nofile=100:200 -w /tmp "$i" -- /bin/sh -c 'id; echo "A=$A"; ulimit -n; pwd; echo $HOME'
out_has "the image's user" '^uid=1000\(web\) gid=1000\(web\) groups=4\(log\)|uid=1000.*groups=.*log'
out_has "the variable" '^A=b$'
out_has "the limit" '^100$'
expect 0 "what is taken away on request" fly --cap-drop=sys_boot --set=NoNewPrivileges=yes "$i" -- /bin/busybox grep -E '^(CapBnd|NoNewPrivs):' /proc/self/status
out_has "a capability" "CapBnd:.$(printf '%016x' $((0x$(awk '/^CapBnd:/ { print $2 }' /proc/self/status) & ~(1 << 22))))"
out_has "new privileges" 'NoNewPrivs:.1'
expect 1 "a root that is read-only" fly --read-only "$i" -- /bin/sh -c 'echo >/srv/x'
printf secret >file
expect 0 "a credential" fly --load-credential="c:$work/file" -u web "$i" -- /bin/sh -c 'cat $CREDENTIALS_DIRECTORY/c'
out_is "is there" secret

mkdir shared shared/later
echo "of the host" >shared/a
expect 0 "a directory of the host" fly -v "$work/shared:/host" "$i" -- /bin/sh -c 'cat /host/a; echo new >/host/b'
out_is "is read" "of the host"
report "and written to" "$([[ $(stat -c %u shared/b) == 0 && $(<shared/b) == new ]]; echo $?)"
expect 1 "if it is not read-only" fly -v "$work/shared:/host:ro" "$i" -- /bin/sh -c 'echo >/host/c'
mkdir shared/taken shared/agent
mount -t tmpfs none shared/taken && touch shared/taken/kept
expect 125 "what the app mounts may be the host's in a pod that flies alone" g run -q -v "$work/shared:/host:rshared" "$i" -- /bin/true
err_has "it says so" "rshared, by which an app mounts on the host: Stage1=fly is missing"
expect 0 "an app that mounts for others" fly -v "$work/shared:/host:rshared" "$i" -- \
        /bin/sh -c 'mount -t tmpfs none /host/agent; echo made >/host/agent/file; ls /host/taken/kept'
expect 0 "the host has what it mounted, also when the pod has ended" cat shared/agent/file
out_is "as it was" made
expect 0 "and what it had mounted itself" ls shared/taken/kept
expect 0 "the next one" fly -v "$work/shared:/host:rshared" "$i" -- /bin/sh -c 'cat /host/agent/file; umount /host/agent /host/taken'
out_is "finds it" made
report "what it unmounts is gone" "$(grep -c "$work/shared/" /proc/self/mountinfo)"
expect 125 "nothing of the pod's goes in there" fly -v "$work/shared:/host:rshared" --tmpfs=/host/agent "$i"
err_has "it would be seen" "it would be mounted on the host, too"
expect 125 "nor below /run" fly -v /run:/run:rshared "$i"
err_has "where gantry-init is" "it would hide what is mounted below"
expect 0 "but the host's /etc" fly -v /etc:/etc:rshared "$i" -- cat /etc/machine-id
report "stays as it is, and so do the host's mounts" "$(grep -c ' /etc/' /proc/self/mountinfo)"
before=$(wc -l </proc/self/mountinfo)
expect 0 "all of the host" fly -v /:/host:rshared "$i" -- /bin/sh -c 'mount -t tmpfs none /host/mnt'
umount /mnt
report "is as it was, but for what the app mounted" $(($(wc -l </proc/self/mountinfo) - before))
mkdir private && mount -t tmpfs --make-private none private
expect 125 "a mount that is not shared" fly -v "$work/private:/host:rshared" "$i"
err_has "is refused" "mount --make-rshared"
umount private

expect 0 "the host's /run" fly -v /run:/run "$i" -- ls /run/systemd/private /run/gantry/init
expect 0 "one in memory" fly --tmpfs=/mem:size=1m "$i" -- /bin/sh -c 'echo >/mem/x; mount | /bin/busybox grep " /mem "'
expect 0 "a named one" fly -v fly-data:/data "$i" -- /bin/sh -c 'echo kept >/data/x'
expect 0 "is kept" fly -v fly-data:/data "$i" -- cat /data/x
out_is "with its contents" kept

# -- the same commands ---------------------------------------------------------------------------------------------

expect 7 "the app's exit status" fly "$i" -- /bin/sh -c 'exit 7'
expect 137 "128 and the signal" fly "$i" -- /bin/sh -c 'kill -9 $$'
expect 127 "what is not there" fly "$i" -- /bin/nothing
expect 126 "what cannot be executed" fly "$i" -- /etc/passwd
expect 0 "a terminal" "$here/terminal.py" 'expect:# ' 'send:tty\n' 'expect:/dev/pts/' 'send:exit 5\n' 'end:5' 'cooked' \
        -- gantry run -q -it --stage1=fly --root="$root" "$i"

mounts=$(wc -l </proc/self/mountinfo)
# shellcheck disable=SC2016
expect 0 "in the background" fly -d --name=fly-a -v "$work/shared:/host" "$i" -- \
        /bin/sh -c 'trap "echo stopping; exit 3" TERM; echo begun; mount -t tmpfs none /srv; while :; do sleep 0.1; done'
expect 0 "listed by machinectl" machinectl list --no-legend
out_has "as a container" '^fly-a +container +gantry'
expect 0 "gantry status" g status fly-a
out_has "says what it is" '^ *Stage1: fly'
out_has "and what it lacks" 'all namespaces'
report "and no range of user ids" "$(grep -c UIDs out)"
expect 0 "gantry exec" g exec fly-a -- /bin/sh -c 'id -u; cat /proc/self/cgroup; ls /host'
out_has "is in the pod's cgroup" '/gantry-fly-a.service/payload'
out_has "and root" '^a$'
expect 0 "a command with a terminal" "$here/terminal.py" 'expect:# ' 'send:exit 4\n' 'end:4' 'cooked' -- gantry exec --root="$root" -it fly-a -- sh
expect 0 "a command of another image" g exec --tools="$i" fly-a -- /bin/sh -c 'ls /pod/host/a && ls /proc/1/comm'
mount -t tmpfs none shared/later && touch shared/later/seen
expect 0 "what the host mounts later" wait_for g exec fly-a -- ls /host/later/seen
umount shared/later
report "what the app mounts is its own" $(($(wc -l </proc/self/mountinfo) - mounts))
expect 0 "an app that says when it is ready" fly -d --notify --name=fly-b -v /usr:/usr:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro "$i" -- \
        /bin/sh -c '/usr/bin/systemd-notify --ready --status=flying; exec sleep 100'
expect 0 "is heard" g status fly-b
out_has "by systemd" 'flying'
expect 0 "gantry stop" g stop fly-a fly-b
expect 0 "gantry logs" g logs fly-a
out_has "has what it said" '^begun$'
out_has "to the end" '^stopping$'
expect 0 "the record of its end" g status --json=short fly-a
out_has "has the app's status" '3'

# -- nothing is left -----------------------------------------------------------------------------------------------

expect 9 "what an app leaves behind" fly --name=fly-left "$i" -- /bin/sh -c '/bin/busybox setsid sleep 1234 & sleep 0.2; exit 9'
report "ends with it" "$(pgrep -cfx 'sleep 1234')"
expect 0 "a pod that is to die" fly -d --name=fly-dies --property=Restart=no "$i" -- /bin/sh -c '/bin/busybox setsid sleep 2345 & exec sleep 3456'
unit=gantry-fly-dies.service
pid=$(systemctl show --property=MainPID --value "$unit")
kill -9 "$pid"
expect 0 "kill -9 of the stage" wait_for sh -c "! systemctl is-active -q $unit"
report "nothing of it runs" "$(pgrep -cfx 'sleep (2345|3456)')"
report "nothing of it is mounted" $(($(wc -l </proc/self/mountinfo) - mounts))
expect 0 "nothing of it stays registered" wait_for sh -c '! machinectl status fly-dies'
expect 0 "and its end is known" g status fly-dies
out_has "by the signal" 'KILL|killed|137'

finish
