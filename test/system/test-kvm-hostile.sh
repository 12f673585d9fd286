#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a virtual machine can do to its host: an agent that is an attacker's, disks that are mixed up, processes that are killed. It ends its own
# pod, with a line that says why. Runs in test/host, where the machines are emulated.
# shellcheck disable=SC2016 # what is quoted is for another shell
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
# shellcheck source=test/lib/kvm.sh
. "$here/../lib/kvm.sh"
cd "$work" || exit 1

root=$work/store
other_qemu=/usr/bin/qemu-${work##*.} # beside what it looks for, and in what the machine has of the host
empty_trust

cleanup() {
        systemctl stop gantry-kvm-{mixed,dies,lies,greedy,panics,floods,hangs} 2>/dev/null
        rm -rf "$other_qemu" /run/systemd/system/gantry-kvm-{mixed,lies,greedy,panics,floods,hangs}.service.d
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        timeout 120 gantry "$verb" --root="$root" "$@"
}

vm() { # NAME [OPTION]… [-- ARG…]
        g run -q --stage1=kvm --name="kvm-$1" --hostname="$1" "${@:2}"
}

# What was said of a pod since it was started: said NAME IDENTIFIER
said() {
        journalctl -q -o cat --since="@$start" -u "gantry-kvm-$1" -t "$2"
}

# None of a pod's processes: nothing_left NAME
nothing_left() {
        wait_for unit_is "kvm-$1" ActiveState failed || wait_for unit_is "kvm-$1" ActiveState inactive
        ! pgrep -f "qemu-system.*kvm-$1" && [[ ! $(ls "$root/pods/running") ]]
} >/dev/null 2>&1

{
        make_image images hello /bin/sleep 1000 && need_kernel && cc -D_GNU_SOURCE -O1 -static -o agent "$here/hostile-guest.c"
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:hello
start=$(date +%s)
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing

# -- disks that are mixed up ---------------------------------------------------------------------------------------

cp /usr/bin/qemu-system-x86_64 "$other_qemu"
cat >mixer <<END
#!/usr/bin/bash
arguments=()
for argument; do
        case \$argument in
                *serial=l0*) argument=\${argument/serial=l0/serial=l1} ;;
                *serial=l1*) argument=\${argument/serial=l1/serial=l0} ;;
        esac
        arguments+=("\$argument")
done
exec $other_qemu "\${arguments[@]}"
END
chmod 755 mixer
unit_settings kvm-mixed "BindReadOnlyPaths=$work/mixer:/usr/bin/qemu-system-x86_64"
expect 125 "a machine whose disks are not what they should be" vm mixed "$i"
err_has "is refused by its guest" "Cannot use disk 'l[01]': it is not the one it should be"
nothing_left mixed
report "and nothing is left" $?

# -- what is killed ------------------------------------------------------------------------------------------------

mkdir volume
for victim in qemu-system-x86 virtiofsd; do
        expect 0 "a pod whose $victim dies" vm dies -d -v "$work/volume:/srv" "$i"
        expect 0 "is killed" pkill -KILL --cgroup "$(unit_property kvm-dies ControlGroup)" "$victim"
        nothing_left dies
        report "nothing is left" $?
        expect 0 "its status" g status kvm-dies
        out_has "is that it was killed" 'killed \(SIGKILL\)'
        report "the reason is in the journal" "$(said dies gantry | grep -q "${victim%%-*}.* killed by signal 9"; echo $?)"
        expect 0 "it is removed" g rm kvm-dies
done

# -- an agent that is an attacker's --------------------------------------------------------------------------------

# For the unit of the pod, and whoever asks whether the initrd is still right, this is gantry-guest.
hostile() { # NAME [OPTION]…
        unit_settings "kvm-$1" "BindReadOnlyPaths=$work/agent:/usr/libexec/gantry/gantry-guest"
        timeout 120 unshare --mount sh -c 'mount --bind agent /usr/libexec/gantry/gantry-guest && exec gantry "$@"' - \
                run -q --root="$work/other" --stage1=kvm --name="kvm-$1" --hostname="$1" "${@:2}" "$i"
}
root=$work/other

expect 125 "a guest that lies" hostile lies
err_has "is told from others" 'STATUS 2 of app 0, of which it cannot be'
expect 137 "one that sends more than there is room for" hostile greedy
err_has "too" 'DATA of stream 3 for which there is no room'
expect 0 "its status" g status kvm-greedy
out_has "is that it was killed" 'killed \(SIGKILL\)'
expect 125 "one whose process 1 ends" hostile panics
err_has "is gone without a word" 'its guest has gone without a word'
report "its kernel's last words are in the journal" "$(said panics kernel | grep -q 'Kernel panic - not syncing: Attempted to kill init'; echo $?)"
report "as errors" "$(journalctl -q -p err --since="@$start" -u gantry-kvm-panics -t kernel | grep -q panic; echo $?)"

then=$SECONDS
expect 0 "one that floods the journal" hostile floods -d --stop-timeout=1
sleep 3
expect 0 "can be stopped" g stop kvm-floods
n=$(said floods flood | wc -l)
report "and has written no more than it may: $n" "$((n == 0 || n > (SECONDS - then + 2) * 200))"
nothing_left floods
report "and nothing is left" $?

expect 125 "one that does not begin" hostile hangs --property=TimeoutStartSec=3
err_has "is told so" 'its guest has not started the pod, and does not answer'
nothing_left hangs
report "and nothing is left" $?

finish
