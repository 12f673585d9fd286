#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The initrd of virtual machines: which kernel it is for, what is in it, when it is another. Runs in test/host; boots nothing.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /var/lib/gantry/test-stage1-guest.XXXXXX) # an initrd wants O_TMPFILE, which not every /tmp offers
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
holder=

release() {
        [[ ! $holder ]] || { kill "$holder" && wait "$holder"; } 2>/dev/null
        holder=
}
trap 'release; rm -rf "$work"' EXIT

# Of a host whose kernels are made up.
stage1() { # VERB…
        GANTRY_HOST_ROOT=$work/host GANTRY_CONFIG_ROOT=$work/config gantry stage1 "$@" --root="$root"
}

# As much of a kernel as is read: the setup header, which says where its release is.
kernel() { # PATH RELEASE
        mkdir -p "$(dirname "$1")"
        { head -c 514 /dev/zero; printf 'HdrS\0\0\0\0\0\0\0\0\0\1'; head -c 240 /dev/zero; printf '%s (somebody) #1\0' "$2"; } >"$1"
}

# Its modules: one for each name, all of which need the one called virtio.
modules() { # RELEASE SUFFIX NAME…
        local directory=host/usr/lib/modules/$1 suffix=$2 name
        mkdir -p "$directory/kernel"
        echo "kernel/virtio.ko$suffix:" >"$directory/modules.dep"
        for name in virtio "${@:3}"; do
                echo "module $name" >"$directory/kernel/$name.ko"
                case $suffix in
                        .xz) xz "$directory/kernel/$name.ko" ;;
                        .zst) zstd --quiet --rm "$directory/kernel/$name.ko" ;;
                esac
                [[ $name == virtio ]] || echo "kernel/$name.ko$suffix: kernel/virtio.ko$suffix" >>"$directory/modules.dep"
        done
        printf 'kernel/fs/ext4.ko\nkernel/virtio_pci.ko\n' >"$directory/modules.builtin"
}

all=(virtio_mmio virtio-blk virtio_console erofs overlay virtiofs virtio_net virtio_balloon)
mkdir -p host config/etc/gantry

contents() { # VERSION
        cpio --quiet --list <"$root/stage1/$1.initrd"
}

expect 1 "a host without a kernel" stage1 build initrd
err_has "is told so" "Cannot make an initrd for virtual machines: this host has no kernel in '/boot' or '/usr/lib/modules'"

kernel host/boot/vmlinuz-6.1.0-9 6.1.0-9
expect 1 "a kernel without modules" stage1 build initrd
err_has "is named" "kernel '6.1.0-9' has no '/usr/lib/modules/6.1.0-9'"
modules 6.1.0-9 "" "${all[@]/erofs/}"
expect 1 "one that lacks a module" stage1 build initrd
err_has "too, with the module" "kernel '6.1.0-9' has neither module nor built-in 'erofs'"

modules 6.1.0-9 "" "${all[@]}"
expect 0 "one that has all" stage1 build initrd
first=$(<out)
out_has "makes an initrd of its release" "^6\.1\.0-9-[0-9a-f]{16}\$"
expect 0 "it is listed" stage1 list --no-legend
out_has "as current" "^$first +[0-9.]+ MB +current\$"
report "nobody but root gets there" "$([[ $(stat -c %a "$root/stage1/$first.initrd" "$root/stage1/current-initrd") == $'400\n400' ]]; echo $?)"
report "cpio reads it" "$(contents "$first" >list; echo $?)"
report "the agent is process 1" "$(cmp <(cpio --quiet --extract --to-stdout init <"$root/stage1/$first.initrd") "$(command -v /usr/libexec/gantry/gantry-guest)"; echo $?)"
report "gantry-init is in it" "$(grep -qx gantry/init list; echo $?)"
cpio --quiet --extract --to-stdout modules/list <"$root/stage1/$first.initrd" >out
out_has "modules come after what they need" "^virtio_blk virtio.ko virtio-blk.ko\$"
out_has "what is built in needs none" "^virtio_pci\$"

root=$work/other
expect 0 "another store" stage1 build initrd
out_is "has the same" "$first"
report "of the same bytes" "$(cmp "$root/stage1/$first.initrd" "$work/store/stage1/$first.initrd"; echo $?)"
root=$work/store

kernel host/usr/lib/modules/6.1.0-10/vmlinuz 6.1.0-10
modules 6.1.0-10 .zst "${all[@]}"
kernel host/boot/vmlinuz-7.0 7.0
modules 7.0 "" virtio_mmio
expect 0 "of several kernels" stage1 build initrd
second=$(<out)
out_has "the newest that is suitable is taken" "^6\.1\.0-10-"
report "its modules are unpacked" "$([[ $(cpio --quiet --extract --to-stdout modules/erofs.ko <"$root/stage1/$second.initrd") == "module erofs" ]]; echo $?)"

printf '[KVM]\nKernel=/boot/vmlinuz-6.1.0-9\n' >config/etc/gantry/gantry.conf
expect 0 "gantry.conf" stage1 build initrd
out_is "names another" "$first"
echo "Kernel=/boot/vmlinuz-5" >>config/etc/gantry/gantry.conf
expect 1 "one that is not there" stage1 build initrd
err_has "is an error" "'/boot/vmlinuz-5' cannot be booted: No such file"
echo "Colonel=/boot" >>config/etc/gantry/gantry.conf
expect 1 "a setting that there is not" stage1 build initrd
err_has "with its line" "gantry.conf: line 4: unknown key: 'Colonel'"
rm config/etc/gantry/gantry.conf

flock --no-fork --shared "$root/stage1/$first.initrd" sleep 1000 &
holder=$!
until ! flock --nonblock "$root/stage1/$first.initrd" true; do sleep 0.05; done
expect 0 "the newest again" stage1 build initrd
out_is "as before" "$second"
expect 0 "a virtual machine runs on the other" stage1 list --no-legend
out_has "which is used" "^$first +[0-9.]+ MB +used\$"
expect 1 "and cannot be removed" stage1 rm "$first"
expect 0 "gc leaves both" gantry gc --root="$root"
report "they are there" "$([[ -e $root/stage1/$first.initrd && -e $root/stage1/$second.initrd ]]; echo $?)"
release
expect 0 "fsck has nothing against them" gantry image fsck --root="$root"
expect 0 "when it has ended, gc" gantry gc --root="$root"
report "removes it" "$([[ ! -e $root/stage1/$first.initrd && -e $root/stage1/$second.initrd ]]; echo $?)"
expect 0 "and whoever wants to" stage1 rm "$second"
report "the other" "$([[ ! -e $root/stage1/$second.initrd ]]; echo $?)"

finish
