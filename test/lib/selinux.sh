# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # $i is for who sources this
# What a test begins with in a guest of test/vm --selinux, to which it has brought its images, and what is asked there about SELinux: labels, and
# what the kernel has denied.

work=/run/work
cd "$work" || exit 1
# shellcheck source=test/lib/tap.sh
. "$work/tap.sh"
layout=oci:$work/images
i=$layout:app

echo 0 >/proc/sys/kernel/printk_ratelimit # every denial is to be seen

# Runs a program that has a domain of its own, and so would not get what it should print to: confined COMMAND…
confined() {
        "$@" 2>&1 | cat
        return "${PIPESTATUS[0]}"
}

# What has been denied since mark() was called, but for what Debian's own systemd-tmpfiles is denied at each boot.
mark() {
        marked=$(dmesg | wc -l)
}

denials() {
        sleep 0.3 # they are written by a thread of the kernel's
        dmesg | tail -n "+$((marked + 1))" | grep 'avc: *denied' | grep -v 'scontext=[^ ]*:systemd_tmpfiles_t:'
}

none_denied() { # TEXT
        denials >"$work/out"
        report "$1" "$(wc -l <"$work/out")"
}

# The last attempt was denied: denied TEXT PERMISSION CLASS SOURCE TARGET, labels without user and role.
denied() {
        local status=0
        denials >"$work/out"
        grep --quiet "{[^}]* $2 [^}]*}.* scontext=[^ ]*:$4 tcontext=[^ ]*:$5 tclass=$3 " "$work/out" || status=1
        report "$1" $status
}

# A pod's leader, and what process PID runs as, without user and role.
leader_of() {
        machinectl show --value --property=Leader "$1"
}

label_of() {
        tr -d '\0' <"/proc/$1/attr/current" | cut -d : -f 3-
}

# Root of the host, out of every namespace, but under the label of pod NAME: as NAME COMMAND…
as() {
        runcon "system_u:system_r:$(label_of "$(leader_of "$1")")" "${@:2}"
}

uuid_of() {
        gantry status --json=short "$1" | sed 's/.*"uuid":"\([^"]*\)".*/\1/'
}
