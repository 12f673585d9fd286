#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# `gantry cp` in both directions, `gantry export` and `gantry volume`, with pods that wait, run and have ended. Runs in test/host.
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
        for pod in runs racer ro; do
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

refused() { # TEXT REGEX COMMAND…
        local text=$1 why=$2
        shift 2
        expect 1 "$text" "$@"
        err_is_one_line "$text: one line"
        err_has "$text: why" "$why"
}

{
        make_image images base /bin/sh
        bundle=$work/bundle
        umoci unpack --image images:base "$bundle"
        r=$bundle/rootfs
        mkdir -p "$r/dir/sub" "$r/data" "$r/old"
        echo file >"$r/dir/file"
        echo sub >"$r/dir/sub/file"
        ln "$r/dir/file" "$r/dir/hard"
        ln -s /etc/passwd "$r/dir/link"
        cp "$(command -v busybox)" "$r/dir/setuid"
        chown 1000:4 "$r/dir/file" "$r/dir/setuid"
        chmod 4755 "$r/dir/setuid"
        ln -s / "$r/out"
        ln -s /proc "$r/kernel"
        echo a >"$r/old/a"
        echo b >"$r/old/b"
        echo c >"$r/gone"
        add_layer "$bundle" images:base
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "the image" g fetch -q "$i:base"

mkdir -p here/tree/deep
echo mine >here/one
echo deep >here/tree/deep/file
chown 1000:4 here/one
chmod 0640 here/one
touch -d @1000000.123456789 here/one

# -- a pod that waits ------------------------------------------------------------------------------------------------

expect 0 "a pod" g prepare -q --name=rests "$i:base" -- /bin/sh -c 'ls -ln /in/one /in/tree/deep/file; stat -c %Y /in/one; rm -r /old; mkdir /old; echo new >/old/new; rm /gone; echo changed >>/dir/file; : >/dir/.x; chmod 0700 /srv'
expect 1 "no parent, no copy" g cp here/one rests:/in/one
expect 1 "no path, no copy" g cp "" rests:/tmp
err_has "of the current directory" "a path is empty"
expect 1 "and none to it" g cp rests:/etc ""
err_has "either" "a path is empty"
expect 1 "nor of all the pod" g cp rests: there
err_has "as it says" "all of a pod '/'"
expect 0 "a directory that is not there" g cp here rests:/in
expect 0 "is what the directory is" g cp rests:/in/tree/deep/file -
expect 0 "out again" g cp rests:/in/one got
report "the same" "$(cmp -s here/one got; echo $?)"
report "with mode and time" "$([[ $(stat -c %a:%y got) == $(stat -c %a:%y here/one) ]]; echo $?)"
report "without its owner" "$([[ $(stat -c %u got) == 0 ]]; echo $?)"
refused "in memory there is nothing" "in memory" g cp here/one rests:/tmp
refused "nor in /run" "in memory" g cp here/one rests:/run/x
expect 0 "it starts" g run -q "$(basename "$root"/pods/prepared/*)"
out_has "and sees what was copied" ' 0 +0 .*/in/one$'
out_has "to the second" '^1000000$'
report "no mount is left" "$(grep -c "$root" /proc/self/mountinfo)"

# -- one that has ended ------------------------------------------------------------------------------------------------

expect 0 "from a pod that has ended" g cp rests:/old .
report "as it has left it" "$([[ $(ls old) == new ]]; echo $?)"
expect 0 "owners by number" g cp -a rests:/dir/file owned
report "as in the pod" "$([[ $(stat -c %u:%g owned) == 1000:4 ]]; echo $?)"
expect 0 "a whole tree" g cp rests:/dir whole
report "has its hard links" "$([[ whole/file -ef whole/hard || $(stat -c %h whole/hard) == 1 ]]; echo $?)"
report "its links as they are" "$([[ $(readlink whole/link) == /etc/passwd ]]; echo $?)"
report "no set-user-ID program" "$([[ -x whole/setuid && ! -u whole/setuid ]]; echo $?)"
expect 0 "with owners, too" g cp -a rests:/dir/setuid .
report "neither" "$([[ ! -u setuid ]]; echo $?)"

expect 0 "what it has changed" g export rests -o changes.tar
expect 0 "is a tar" tar --numeric-owner -tvf changes.tar
out_has "with what was removed" ' \.wh\.gone$'
out_has "what has taken the place of something" ' old/\.wh\.\.wh\.\.opq$'
out_has "owners as the pod sees them" ' 1000/4 .* dir/file$'
out_has "a mode" '^drwx------ .* srv/$'
report "and nothing of overlayfs" "$(grep -c --text 'trusted\.overlay' changes.tar)"
expect 0 "twice" g export rests -o again.tar
expect 1 "a file without a name" g export rests -o ""
err_has "is none" "^Cannot use '' as the value of --output=FILE"
report "is the same" "$(cmp -s changes.tar again.tar; echo $?)"
{
        umoci raw unpack --image images:base plain
        umoci raw add-layer --image images:base --tag committed changes.tar
} >>setup.log 2>&1 || { cat setup.log; exit 1; }
expect 0 "as a layer of an image" g run -q "$i:committed" -- /bin/sh -c 'ls /old; cat /dir/file; ls /gone; stat -c %a /srv'
out_is "it makes the same root" "new
file
changed
700"
err_has "without what was removed" 'gone: No such file'

# -- one that runs -------------------------------------------------------------------------------------------------------

expect 0 "a pod that runs" g run -q -d --name=runs "$i:base" -- /bin/sh -c 'echo here >/tmp/t; mkdir /in; touch /ready; exec sleep 1000'
expect 0 "into it" g cp here/one runs:/in
expect 0 "a directory into a directory" g cp here/tree runs:/in
expect 0 "what is in it" g cp here/tree/. runs:/in
expect 0 "under another name" g cp here/tree runs:/in/named
expect 0 "to memory" g cp here/one runs:/tmp/two
expect 0 "are all there" g exec runs -- /bin/sh -c 'ls -n /in/one /tmp/two; cat /in/tree/deep/file /in/deep/file /in/named/deep/file'
out_has "the pod root's" ' 0 +0 .*/in/one$'
report "three times" "$(($(grep -c '^deep$' out) - 3))"
expect 0 "from memory" g cp runs:/tmp/t .
report "it is it" "$([[ $(<t) == here ]]; echo $?)"
expect 0 "as a tar" sh -c 'gantry cp --root="$1" runs:/dir - | tar -tf -' - "$root"
out_has "with its name" '^dir/sub/file$'
refused "from a tar" "extracts no archive; .*gantry exec -i runs tar" g cp - runs:/in
expect 0 "export meanwhile" sh -c 'gantry export --root="$1" runs | tar -tf -' - "$root"
out_has "has what is there" '^in/tree/deep/file$'
expect 0 "a link stays in the pod" g cp runs:/out/etc/passwd passwd
report "and leads to its files" "$([[ $(head -1 passwd) == root:x:0:0:root:/root:/bin/sh && $(wc -l <passwd) == 2 ]]; echo $?)"
expect 0 "in this direction, too" g cp here/one runs:/out/etc/gantry-was-here
report "not to the host's" "$([[ ! -e /etc/gantry-was-here ]]; echo $?)"
expect 0 "all of it" g cp runs:/ all
report "but for the kernel's files" "$([[ -d all/proc && -d all/sys && -f all/dir/file && ! $(find all/proc all/sys -type f -print -quit) ]]; echo $?)"

refused "from the kernel" "the kernel's" g cp runs:/proc/version .
refused "to it" "the kernel's" g cp here/one runs:/kernel/x
refused "by way of a process" "Too many|the kernel's|No such|loop" g cp runs:/proc/1/root/etc/passwd .
refused "what is not there" "No such file" g cp runs:/nothing .
refused "a directory onto a file" "Not a directory" g cp here/tree runs:/in/one
refused "a file as a directory" "Not a directory" g cp here/one runs:/in/one/
refused "a file to a directory that is not there" "No such file" g cp here/one runs:/in/new/
refused "pod to pod" "from pod to pod" g cp runs:/in/one rests:/x
refused "host to host" "must be POD:PATH" g cp here/one here/two
refused "no pod" "no pod has this name" g cp nobody:/x .
refused "one path" "where to" g cp runs:/x
refused "no app" "no such app" g export --app=other runs
expect 0 "a pod with a read-only root" g run -q -d --read-only --name=ro "$i:base" -- /bin/sleep 1000
refused "takes nothing" "Read-only" g cp here/one ro:/srv

# A pod that swaps what is looked up: a directory, a link to the host's root, and a link to a process's.
expect 0 "a pod that cheats" g run -q -d --name=racer "$i:base" -- /bin/sh -c 'mkdir -p /a/etc /c; echo pod >/a/etc/hostname; ln -s / /b; ln -s /proc/1/root/../.. /d
        while :; do mv /a /x; mv /b /a; mv /x /b; mv /a /x; mv /d /a; mv /x /d; mv /a /x; mv /b /a; mv /x /b; done'
mkdir swapped
escaped=0
for n in $(seq 60); do
        g cp racer:/a/etc/hostname "swapped/$n" 2>/dev/null
        g cp here/one racer:/a/etc/gantry-was-here 2>/dev/null
        [[ ! -e swapped/$n || $(<"swapped/$n") != "$(</etc/hostname)" || $(</etc/hostname) == racer ]] || escaped=1
        [[ ! -e /etc/gantry-was-here ]] || escaped=1
done
report "never gets a file of the host, nor puts one there" $escaped

# -- named volumes -------------------------------------------------------------------------------------------------------

expect 0 "no volumes" g volume list --no-legend
out_is "are no rows" ""
expect 0 "a pod with one" g run -q --name=keeps --volume=kept:/data "$i:base" -- /bin/sh -c 'echo x >/data/x'
expect 0 "it is listed" g volume list --no-legend
out_has "with the pod" '^kept .* keeps$'
expect 0 "for programs, too" g volume list --json=short
out_has "as JSON" '"name":"kept"'
refused "while a pod has it, it stays" "it is needed by keeps" g volume rm kept
expect 0 "into it" g cp here/one keeps:/data/one
report "through the pod" "$(cmp -s here/one "$root/volumes/kept/data/one"; echo $?)"
report "as root's" "$([[ $(stat -c %u "$root/volumes/kept/data/one") == 0 ]]; echo $?)"
expect 0 "gc" g gc -q --grace=0
report "leaves it" "$([[ -e $root/volumes/kept/data/x ]]; echo $?)"
expect 0 "then nobody has it" g volume list --no-legend
out_has "and it is there" '^kept .* -$'
expect 0 "rm" g volume rm kept
report "removes it" "$(find "$root/volumes" -mindepth 1 | wc -l)"
refused "once" "there is no such volume" g volume rm kept
refused "nothing else" "no volume is called so" g volume rm ../pods
refused "no verb but these" "Unknown verb" g volume make x
expect 1 "volumes are root's affair" setpriv --reuid=65534 --regid=65534 --clear-groups gantry volume list --root="$root"
err_has "as it says" "root's"

finish
