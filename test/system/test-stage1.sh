#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The stage1 image: what is in it, when it is another, who may remove it, and that systemd boots it. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /var/lib/gantry/test-stage1.XXXXXX) # an image wants O_TMPFILE, which not every /tmp offers
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
holder=

release() {
        [[ ! $holder ]] || { kill "$holder" && wait "$holder"; } 2>/dev/null
        holder=
}

cleanup() {
        release
        mountpoint -q "$work/tree" && umount "$work/tree"
        rm -rf "$work"
}
trap cleanup EXIT

stage1() { # VERB…
        gantry stage1 "$@" --root="$root"
}

# The same, of a host that is a copy, to be changed.
elsewhere() { # VERB…
        GANTRY_HOST_ROOT=$work/host gantry stage1 "$@" --root="$root"
}

inode() { # VERSION
        stat -c %i "$root/stage1/$1.erofs"
}

# Holds an image as a pod does.
hold() { # VERSION
        flock --no-fork --shared "$root/stage1/$1.erofs" sleep 1000 &
        holder=$!
        until ! flock --nonblock "$root/stage1/$1.erofs" true; do sleep 0.05; done
}

# -- what it is --------------------------------------------------------------------------------------------------------

expect 0 "an image is built" stage1 build image
version=$(<out)
image=$root/stage1/$version.erofs
out_has "its version is systemd's and a digest" "^$(systemctl --version | awk 'NR == 1 { print $2 }')-[0-9a-f]{16}\$"
report "it has less than 25 MB" "$(($(stat -c %s "$image") > 25000000))"
report "nobody but root gets there" "$([[ $(stat -c %a "$root/stage1" "$image" "$root/stage1/current") == $'700\n400\n400' ]]; echo $?)"
expect 0 "fsck.erofs" fsck.erofs "$image"
expect 0 "it is listed" stage1 list --no-legend
out_has "as the current one" "^$version +[0-9.]+ MB +current\$"
expect 0 "as JSON" stage1 list --json=short
out_has "with the bytes" "\"version\":\"$version\",\"size\":$(stat -c %s "$image"),\"state\":\"current\""

mkdir tree
expect 0 "the kernel mounts it" mount -t erofs -o ro,loop "$image" tree
report "all is root's, and of no date" "$(find tree ! -uid 0 -o ! -gid 0 -o -newermt 1970-01-02 | wc -l)"
(cd tree && find . -type f -printf '%f\n') | sed 's/^\(libsystemd-.*\)-[0-9].*\.so$/\1-VERSION.so/' | sort -u >files
grep -vxFf <(tr -s '`/ ' '\n' <"$here/../../docs/STAGE1.md" | sort -u) files >unsaid
report "docs/STAGE1.md names every file in it" "$(wc -l <unsaid)"
report "no more than $(wc -l <files) files" "$(($(wc -l <files) > 60))"
expect 0 "systemd runs in it" chroot tree /usr/lib/systemd/systemd --version
expect 0 "systemctl, too" chroot tree /usr/bin/systemctl --version
linker=/$(cd tree && find usr -name 'ld-linux*')
expect 0 "systemd-shutdown has its libraries" chroot tree "$linker" --list /usr/lib/systemd/systemd-shutdown
umount tree

before=$(inode "$version")
expect 0 "it is not built twice" stage1 build image
out_is "being there" "$version"
report "it is the same file" "$([[ $(inode "$version") == "$before" ]]; echo $?)"

root=$work/other
for i in 1 2 3 4; do stage1 build image -q >"out$i" 2>"err$i" & done
wait
report "four that want one at the same time get it" "$(cat out[1-4] | grep -cvx "$version")"
report "one of them has built it" "$([[ $(ls -A "$root/stage1") == "$version.erofs"$'\n'current ]]; echo $?)"
expect 0 "and it has the same bytes" cmp "$image" "$root/stage1/$version.erofs"
root=$work/store

# -- another host ------------------------------------------------------------------------------------------------------

# All that went in, and how libraries are found.
while read -r _ _ _ path; do install -D "$path" "host$path"; done < <(tail -n +3 "$root/stage1/current")
install -D /etc/ld.so.conf -t host/etc
cp -r /etc/ld.so.conf.d host/etc/

before=$(inode "$version")
expect 0 "the same systemd in other files" elsewhere build image
out_is "is the same image" "$version"
report "which is not built again" "$([[ $(inode "$version") == "$before" ]]; echo $?)"
expect 0 "here it may be another" stage1 list --no-legend
out_has "as long as nobody has looked" "^$version +[0-9.]+ MB\$|^$version +[0-9.]+ MB +-\$"

lib=$(cd host && find . -name 'libzstd.so.1')
python3 - "host/$lib" <<'PYTHON'
import subprocess, sys

# The same library, built another time: the build ID is in a note.
path = sys.argv[1]
data = bytearray(open(path, "rb").read())
at = data.index(b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0") + 16
data[at] ^= 1
open(path, "wb").write(data)
PYTHON
expect 0 "an updated library" elsewhere build image
second=$(<out)
report "makes another image" "$([[ $second != "$version" && -e $root/stage1/$second.erofs ]]; echo $?)"
report "beside the first" "$([[ -e $image ]]; echo $?)"

hold "$version"
expect 0 "a pod runs on the first" elsewhere list --no-legend
out_has "it is used" "^$version +[0-9.]+ MB +used\$"
out_has "the second is current" "^$second +[0-9.]+ MB +current\$"
expect 1 "it cannot be removed" stage1 rm "$version"
err_has "and why" "Cannot remove stage1 image '$version': pods run on it"
expect 0 "gc leaves both" gantry gc --root="$root"
report "they are there" "$([[ -e $image && -e $root/stage1/$second.erofs ]]; echo $?)"
expect 0 "and says so" gantry gc --root="$root" --explain --no-legend
out_has "of the first" "stage1 +stage1/$version.erofs .*stays: a pod runs on it"
out_has "of the second" "stage1 +stage1/$second.erofs .*stays: of this host's systemd"
release
expect 0 "fsck has nothing against them" gantry image fsck --root="$root"
expect 0 "when the pod has ended, gc" gantry gc --root="$root"
report "removes the first" "$([[ ! -e $image && -e $root/stage1/$second.erofs ]]; echo $?)"

chmod u+w "$root/stage1/$second.erofs"
echo rubbish >>"$root/stage1/$second.erofs"
expect 0 "an image that somebody has changed" elsewhere build image
out_is "is built again" "$second"
report "as it was" "$([[ $(stat -c %s "$root/stage1/$second.erofs") == "$(stat -c %s "$work/other/stage1/$version.erofs")" ]]; echo $?)"
expect 0 "one is removed by name" stage1 rm "$second"
expect 1 "once" stage1 rm "$second"
err_has "then there is none" "there is none; see 'gantry stage1 list'"
expect 1 "no name is no name" stage1 rm ../../etc/passwd
expect 1 "one is needed" stage1 rm
err_has "to be told" "Which version"

# -- hosts that have no usable systemd ---------------------------------------------------------------------------------

refuses() { # TEXT WHY
        expect 1 "$1" elsewhere build image
        err_has "is said" "Cannot make an image of this host's systemd: $2"
        report "and nothing is left" "$(find "$root/stage1" -name '.#*' -o -name '*.erofs' | wc -l)"
}

mv "host/$lib" lib
refuses "a library that is not there" "'.*' needs the library 'libzstd.so.1', which is not there"
printf '\x7fELF\x01' >"host/$lib"
refuses "one that is cut off" "'/.*libzstd.so.1' cannot be used: the ELF header is cut off"
cp lib "host/$lib"
printf '\xb7' | dd of="host/$lib" bs=1 seek=18 conv=notrunc status=none
refuses "one for another machine" ".* needs the library 'libzstd.so.1', which is not there"
install -D lib host/usr/local/lib/libzstd.so.1
expect 0 "which is passed over for one that is right" elsewhere build image
expect 0 "the image" mount -t erofs -o ro,loop "$root/stage1/$(<out).erofs" tree
report "has it where libraries are looked for" "$([[ ! -e tree/usr/local ]] && cmp -s lib "tree/$(dirname "$(cd tree && find . -name libc.so.6)")/libzstd.so.1"; echo $?)"
umount tree
rm "$root/stage1/"*
cp lib "host/$lib"
systemd=host/usr/lib/systemd/systemd
cp $systemd systemd
echo "#!/bin/sh" >$systemd
refuses "a systemd that is a script" "'/usr/lib/systemd/systemd' cannot be used: not an ELF file"
cp systemd $systemd
printf '\xb7' | dd of=$systemd bs=1 seek=18 conv=notrunc status=none
refuses "one for another machine" "'/usr/lib/systemd/systemd' cannot be used: for another kind of machine: 183"
rm $systemd
refuses "none" "'/usr/lib/systemd/systemd' cannot be used: No such file"
mkfifo $systemd
refuses "a FIFO" "'/usr/lib/systemd/systemd' cannot be used"
rm $systemd
cp systemd $systemd
echo "include ld.so.conf" >>host/etc/ld.so.conf
refuses "a configuration that includes itself" "'/etc/ld.so.conf' cannot be read: Too many levels"

# -- systemd in it -----------------------------------------------------------------------------------------------------

expect 0 "the host's own" stage1 build image
expect 0 "is mounted" mount -t erofs -o ro,loop "$root/stage1/$(<out).erofs" tree
expect 0 "nspawn boots it" "$here/boot-stage1.py" tree "$work"
cat out
umount tree

finish
