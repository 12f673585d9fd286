# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # $here is the caller's
# A kernel for virtual machines where gantry looks for it: that of test/vm. For the throw-away host only.

need_kernel() {
        local kernel modules
        kernel=$("$here/../vm" --kernel) || return
        for modules in "$kernel"/lib/modules/*; do
                [[ ! -e /usr/${modules#"$kernel"/}/modules.dep ]] || continue
                mkdir -p /boot "/usr/${modules#"$kernel"/}"
                mount --bind "$modules" "/usr/${modules#"$kernel"/}"
                cp "$kernel"/boot/* /boot
        done
}
