#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A virtual machine that KVM runs, under SELinux: the guest of test/vm has a processor with AMD's SVM, emulated as it is, so that machines
# in it are real ones. A start takes half a minute, so that one is asked many things. Runs in test/host, and most of it in the guest.
# shellcheck disable=SC2016 # what is quoted is for the apps' shell
set -u

here=$(dirname -- "$(realpath -- "$0")")

if [[ ! ${SELINUX_TEST_INSIDE-} ]]; then
        clone=$(realpath -- "$here/../..")
        work=$(mktemp -d /tmp/gantry-test.XXXXXX)
        trap 'rm -rf "$work"' EXIT
        cd "$work" || exit 1
        # shellcheck source=test/lib/images.sh
        . "$clone/test/lib/images.sh"
        {
                mkdir payload &&
                        make_image payload/images app /bin/sh -c 'trap "echo has to go; exit 3" TERM; busybox httpd -p 80 -h /srv/www; while :; do sleep 0.5; done' &&
                        cc -D_GNU_SOURCE -O2 -static -o payload/escape "$here/escape.c" &&
                        cp "$(command -v busybox)" "$clone/test/lib/"{tap,selinux}.sh "$here/${0##*/}" payload &&
                        tar -C payload -cf payload.tar . && truncate -s %1M payload.tar
        } >setup.log 2>&1 || { cat setup.log; exit 1; }
        GANTRY_VM_SECONDS=900 "$clone/test/vm" --selinux --memory 2048 --disk payload.tar "
                mkdir /run/work && tar -C /run/work -xf /dev/vda && SELINUX_TEST_INSIDE=yes bash /run/work/${0##*/}"
        exit
fi

# -- in the guest --------------------------------------------------------------------------------------------------

# shellcheck source=test/lib/selinux.sh
. /run/work/selinux.sh

vm() { # NAME [OPTION]… IMAGE [-- ARG…]
        gantry run -q --stage1=kvm --require-kvm --name="$1" "${@:2}"
}

# A process of a pod by the name of its program: process_of NAME PROGRAM
process_of() {
        local pid
        for pid in $(<"/sys/fs/cgroup$(systemctl show --value --property=ControlGroup "gantry-$1")/cgroup.procs"); do
                [[ $(readlink "/proc/$pid/exe") != */$2 ]] || echo "$pid"
        done | tail -1
}

report "SELinux enforces" "$([[ $(getenforce) == Enforcing ]]; echo $?)"
expect 0 "the image is trusted" gantry trust add --prefix="$layout" --require=nothing
expect 0 "and fetched" gantry fetch -q "$i"
systemctl start systemd-machined # beside the first pod it would take longer here than pods wait for it

# -- KVM that is not to be had ---------------------------------------------------------------------------------------

expect 125 "no KVM: a machine that is not to be emulated" vm none "$i"
err_has "is refused" 'RequireKVM=yes, and this host has no /dev/kvm'
expect 0 "KVM comes" confined modprobe -a kvm_amd tun
mark
expect 125 "but nobody may open it" vm none "$i"
err_has "and that is seen, as who is to run the machine" "Cannot run pod 'none' in a virtual machine: there is no /dev/kvm, or the user of the pod cannot open it, and RequireKVM= is set"
none_denied "not by SELinux"

# What udev would do.
echo 'g kvm - -' | systemd-sysusers - >/dev/null 2>&1
chgrp kvm /dev/kvm
chmod 660 /dev/kvm
expect 0 "its group may now" confined restorecon /dev/kvm

# -- a machine -----------------------------------------------------------------------------------------------------

mark
expect 0 "what machines boot" gantry stage1 build
mkdir -p /srv/{own,others}
echo "from outside" >/srv/own/file
expect 0 "a container with a volume of its own" gantry run -q -d --name=other --net=default --volume=/srv/others:/volume:Z "$i"
expect 0 "writes to it" gantry exec other -- /bin/sh -c 'echo secret >/volume/secret'
then=$SECONDS
expect 0 "a machine in a network" vm machine -d --net=default --publish=8080:80 --volume=/srv/own:/volume:Z --volume=/srv/others:/stolen "$i"
err_is "of which nobody says that it is emulated" ''
echo "# its start took $((SECONDS - then)) s"
expect 0 "its status" gantry status machine
out_has "has KVM" 'Stage1: kvm \(kernel 6\..*, kvm\)'
expect 5 "a command in it" gantry exec machine -- /bin/sh -c 'cat /volume/file; echo "from inside" >/volume/new; busybox uname -r; cat /sys/devices/system/clocksource/clocksource0/available_clocksource; wget -q -O - http://other/; exit 5'
out_has "reads its volume" '^from outside$'
out_has "has the machine's kernel" '^6\.'
out_has "and KVM's clock" kvm-clock
out_has "it reaches the container" '^Hello from app$'
expect 0 "its published port" ./busybox wget -q -O - http://127.0.0.1:8080/
out_is "is answered by it" 'Hello from app'
report "what it writes is in the volume" "$([[ $(</srv/own/new) == 'from inside' ]]; echo $?)"
none_denied "nothing of it was denied"

# -- its labels ----------------------------------------------------------------------------------------------------

qemu=$(process_of machine 'qemu-system-x86_64*') virtiofsd=$(process_of machine virtiofsd)
label=$(label_of "$qemu") other=$(label_of "$(leader_of other)")
report "qemu has a label with categories: $label" "$([[ $label == container_kvm_t:s0:c*,c* ]]; echo $?)"
report "virtiofsd has it, too" "$([[ $(label_of "$virtiofsd") == "$label" ]]; echo $?)"
report "the container has others: $other" "$([[ ${other#*:} == s0:c*,c* && ${other#*:} != "${label#*:}" ]]; echo $?)"
expect 0 "the files" stat --format=%C /srv/own/new
out_has "have its categories" ":container_file_t:${label#*:}$"
expect 0 "its status" gantry status machine
out_has "shows the label" ":$label "

# -- what is not its own -------------------------------------------------------------------------------------------

mark
expect 1 "the container's volume" gantry exec machine -- /bin/cat /stolen/secret
denied "is not virtiofsd's" search dir "$label" "container_file_t:${other#*:}"

# Root of the host, out of every namespace, but under the machine's label: it can run what qemu is, a program of the host's.
chcon system_u:object_r:bin_t:s0 busybox escape
mark
expect 1 "qemu may not read a secret of the host's" runcon "system_u:system_r:$label" ./busybox cat /etc/shadow
denied "for its type" read file "$label" "shadow_t:s0"
for attempt in attach read; do
        mark
        expect 1 "it may not $attempt another pod's process" runcon "system_u:system_r:$label" ./escape $attempt "$(leader_of other)"
        denied "for its type, which has no right to that" sys_ptrace cap_userns "$label" "$label"
done
mark
user=$(sed -n 's/^Uid:.\([0-9]*\).*/\1/p' "/proc/$(leader_of other)/status")
expect 1 "it may not signal it, were it its user" setpriv --reuid="$user" --regid="$user" --clear-groups \
        runcon "system_u:system_r:$label" ./escape signal "$(leader_of other)"
denied "for its label" signal process "$label" "$other"

# -- the end -------------------------------------------------------------------------------------------------------

mark
expect 0 "it stops" gantry stop machine
expect 0 "its status" gantry status machine
out_has "is the app's" 'exited \(3\)'
expect 0 "its last words" gantry logs -n 1 machine
out_is "are there" 'has to go'
expect 0 "its journal" journalctl --output=cat --unit=gantry-machine SYSLOG_IDENTIFIER=qemu SYSLOG_IDENTIFIER=virtiofsd
out_is "has no complaint of qemu and virtiofsd" ''
then=$SECONDS
expect 7 "another ends as its app does" vm status "$i" -- /bin/sh -c 'echo out; echo err >&2; exit 7'
out_is "its output" out
err_is "on both streams" err
echo "# it took $((SECONDS - then)) s"
expect 0 "all are removed" gantry rm --force machine status other
none_denied "nothing of it was denied"

finish
