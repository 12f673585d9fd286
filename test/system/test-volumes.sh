#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is mounted in a pod: volumes of all kinds, devices, the files of its /etc. Runs in test/host.
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
host=$work/host
mkdir "$host"
empty_trust

cleanup() {
        empty_trust
        umount "$host/tree/below" 2>/dev/null
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

# Runs a shell command in a pod of image TAG whose pod.json has been changed by a piece of Python: `pod`, `app` and `mount(PATH,
# SOURCE, **more)` are what it knows. VOLUMES_UUID keeps the pod.
in_pod() { # TAG PYTHON COMMAND
        local uuid file
        uuid=$(g prepare -q "$i:$1" -- /bin/sh -c "$3") || return
        file=$root/pods/prepared/$uuid/pod.json
        python3 - "$file" "$2" <<'END' || return
import json, os, sys

path, code = sys.argv[1:]
pod = json.load(open(path))
app = pod["apps"][0]
annotations = app.setdefault("annotations", [])


def mount(target, source=None, copy=False, **more):
    name = f"v{len(pod.setdefault('volumes', []))}"
    volume = {"name": name, "kind": "host" if source else "empty", **more}
    if source:
        volume["source"] = source
    pod["volumes"].append(volume)
    app.setdefault("mounts", []).append({"volume": name, "path": target})
    if copy:
        annotate(annotations, "gantry/copy-up", name)


def annotate(where, name, value):
    for a in where:
        if a["name"] == name:
            a["value"] += "\n" + value
            return
    where.append({"name": name, "value": value})


exec(code)
os.unlink(path)
json.dump(pod, open(path, "w"))
END
        uuid_of_last=$uuid
        g run -q "$uuid"
}

# A start that is refused with one line.
refused() { # TEXT REGEX TAG PYTHON
        expect 125 "$1" in_pod "$3" "$4" true
        err_has "$1: why" "$2"
}

{
        make_image images base /bin/sh
        bundle=$work/bundle
        umoci unpack --image images:base "$bundle"
        r=$bundle/rootfs
        mkdir -p "$r/content/sub" "$r/srv/data"
        echo first >"$r/content/file"
        echo second >"$r/content/sub/file"
        chown -R 1000:4 "$r/content"
        chmod 2750 "$r/content/sub"
        chmod 0711 "$r/content"
        ln "$r/content/file" "$r/content/again"
        ln -s ../../etc "$r/data"
        ln -s /proc "$r/to-proc"
        ln -s / "$r/to-root"
        ln -s ../run/systemd/resolve/stub-resolv.conf "$r/etc/resolv.conf"
        add_layer "$bundle" images:base
        umoci config --image images:base --tag hosts
        rm -rf "$bundle"
        umoci unpack --image images:hosts "$bundle"
        echo "10.9.8.7 image" >"$r/etc/hosts"
        add_layer "$bundle" images:hosts
        make_image bare none /bin/sh
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "the image" g fetch -q "$i:base"

# -- the host's files --------------------------------------------------------------------------------------------------

mkdir -p "$host/tree/sub" "$host/tree/below" "$host/with space" "$host/colon:and\\backslash" "$host/100%"
echo of-host >"$host/tree/file"
chown 1000:4 "$host/tree/file"
chmod 0640 "$host/tree/file"
cp "$(command -v busybox)" "$host/tree/setuid"
chmod 4755 "$host/tree/setuid"
mknod -m 0666 "$host/tree/null" c 1 3
mount -t tmpfs tmpfs "$host/tree/below"
touch "$host/tree/below/mounted"

expect 0 "a directory of the host" in_pod base "mount('/mnt/x', '$host/tree')" \
        'ls -ln /mnt/x/file; echo new >/mnt/x/new; ls /mnt/x/below; stat -c %u:%g:%a /mnt /mnt/x/new'
out_has "has its owners" '^-rw-r----- +1 1000 +4 '
out_has "has what is mounted in it" '^mounted$'
out_has "its mount point is the pod root's" '^0:0:755$'
report "what the pod makes is root's on the disk" "$([[ $(stat -c %u:%g "$host/tree/new") == 0:0 ]]; echo $?)"
report "what was there still has its owner" "$([[ $(stat -c %u:%g "$host/tree/file") == 1000:4 ]]; echo $?)"
expect 0 "without what is mounted in it" in_pod base "mount('/mnt/x', '$host/tree', recursive=False)" 'ls /mnt/x/below'
out_is "it is empty" ""
expect 1 "read-only" in_pod base "mount('/mnt/x', '$host/tree', readOnly=True)" 'touch /mnt/x/below/a; touch /mnt/x/b'
err_has "all of it" 'below/a: Read-only'
err_has "really" 'x/b: Read-only'
report "nothing was made" "$([[ ! -e $host/tree/b && ! -e $host/tree/below/a ]]; echo $?)"
expect 0 "no set-user-ID programs, no devices" in_pod base "mount('/mnt/x', '$host/tree')" \
        'grep " /mnt/x " /proc/self/mountinfo; echo x >/mnt/x/null && echo works; true'
out_has "by the mount's options" 'nosuid,nodev'
report "they do not work" "$(grep -c '^works$' out)"
expect 0 "a file" in_pod base "mount('/etc/one.conf', '$host/tree/file')" 'cat /etc/one.conf; ls -ln /etc/one.conf'
out_has "is there" '^of-host$'
expect 0 "paths of all kinds" in_pod base \
        "mount('/mnt/a b', '$host/with space'); mount(r'/mnt/c:d\e', r'$host/colon:and\backslash'); mount('/mnt/%h', '$host/100%')" \
        'touch "/mnt/a b/1" /mnt/c:d\\e/2 /mnt/%h/3'
report "are where they should" "$([[ -e $host/with\ space/1 && -e $host/colon:and\\backslash/2 && -e $host/100%/3 ]]; echo $?)"
expect 0 "one in the other" in_pod base "mount('/a/b/c', '$host/100%'); mount('/a', '$host/with space')" 'touch /a/b/c/nested; ls /a'
report "in whatever order" "$([[ -e $host/100%/nested && -d $host/with\ space/b/c ]]; echo $?)"
expect 0 "without a user namespace" in_pod base \
        "annotate(pod.setdefault('annotations', []), 'gantry/user-namespace', 'host'); mount('/x', '$host/tree')" 'ls -ln /x/file'
out_has "owners are the same" ' 1000 +4 '
expect 0 "below what nspawn mounts" in_pod base "mount('/run/x/y', '$host/tree'); mount('/tmp/z', '$host/100%'); mount('/run/x/y/sub', '$host/with space')" \
        'cat /run/x/y/file; ls /tmp/z /run/x/y/sub'
out_has "it is there" '^of-host$'

ln -s tree "$host/link"
refused "a source that is not there" "Cannot mount volume 'v0' at '/x': its source is not there" base "mount('/x', '$host/nowhere')"
refused "a source that is a link" "symbolic link" base "mount('/x', '$host/link')"
refused "or leads through one" "symbolic link" base "mount('/x', '$host/link/sub')"
for target in / /proc /proc/sys /sys/fs /run/gantry /run/gantry/x /run/host /dev /dev/pts /to-proc/x /to-root; do
        refused "at $target" "the pod's own|there is a file" base "mount('$target', '$host/tree')"
done
refused "two at one place" "something else is mounted" base "mount('/x', '$host/tree'); mount('/to-root/x', '$host/100%')"
refused "a file over a directory" "the one is a file" base "mount('/content', '$host/tree/file')"
refused "a directory over a file" "the one is a file|there is a file" base "mount('/content/file', '$host/tree')"
refused "one that would hide another" "would hide" base "mount('/to-root/content', '$host/tree'); mount('/content/sub', '$host/100%')"
expect 0 "a link of the image" in_pod base "mount('/data', '$host/tree')" 'cat /etc/file'
out_is "stays in the image" of-host
report "and the host's /etc is untouched" "$([[ ! -e /etc/file ]]; echo $?)"

# -- the pod's own -----------------------------------------------------------------------------------------------------

expect 0 "an empty volume" in_pod base "mount('/v', mode='1770', uid=1000, gid=4)" 'stat -c %u:%g:%a /v; ls /v'
out_is "is as appc has it" "1000:4:1770"
expect 0 "one with the image's content" in_pod base "mount('/content', copy=True)" \
        'stat -c %u:%g:%a /content /content/file /content/sub; stat -c %h /content/again; cat /content/sub/file; echo more >/content/more'
out_is "is as the image's directory" "1000:4:711
1000:4:644
1000:4:2750
2
second"
report "with these ids on the disk" "$([[ $(stat -c %u:%g "$root/pods/exited/$uuid_of_last/volumes/v0/file") == 1000:4 ]]; echo $?)"
report "and the layers say nothing of it" "$([[ ! -e $root/pods/exited/$uuid_of_last/apps/images/upper/content ]]; echo $?)"
expect 0 "where nspawn mounts something" in_pod base "mount('/tmp', copy=True); mount('/run/mine', copy=True)" \
        'stat -c %u:%g:%a /tmp /run/mine; touch /tmp/x /run/mine/x'
out_is "it is as that would be" "0:0:1777
0:0:755"
expect 0 "and goes with its pod" g gc --grace=0
report "entirely" "$(find "$root/pods" -mindepth 2 | wc -l)"

expect 0 "memory" in_pod base "annotate(annotations, 'gantry/tmpfs', '/cache:size=64k,mode=0700'); annotate(annotations, 'gantry/tmpfs', '/a\\\\:b')" \
        'stat -c %u:%a /cache "/a:b"; head -c 100000 /dev/zero >/cache/big; ls -l /cache/big; grep " /cache " /proc/self/mountinfo'
out_has "as asked" '^0:700$'
out_has "as podman has it" '^0:1777$'
err_has "with its size" 'No space left|I/O error'
out_has "without programs" 'nosuid,nodev,noexec'
refused "an option that there is not" "cannot have" base "annotate(annotations, 'gantry/tmpfs', '/cache:huge=maybe')"
expect 0 "a read-only root" in_pod base "app['readOnlyRootFS'] = True; mount('/new/place', '$host/tree'); annotate(annotations, 'gantry/tmpfs', '/cache')" \
        'touch /cache/x /new/place/y; touch /z; cat /etc/hostname'
err_has "is one" '/z: Read-only'
report "with volumes that are not" "$([[ -e $host/tree/y ]]; echo $?)"

# -- named -------------------------------------------------------------------------------------------------------------

named() { # NAME: makes it, as prepare does, and prints its source
        install -d -m 0700 "$root/volumes" "$root/volumes/$1"
        install -d -m 0755 "$root/volumes/$1/data"
        touch "$root/volumes/$1/new"
        echo "$root/volumes/$1/data"
}
v=$(named content)
expect 0 "a named volume" in_pod base "mount('/content', '$v', copy=True)" 'cat /content/file; rm -r /content/*; echo mine >/content/own'
out_is "is filled once" first
expect 0 "the next pod" in_pod base "mount('/content', '$v', copy=True)" 'ls /content; rm /content/own'
out_is "finds what the last one left" own
expect 0 "even if that is nothing" in_pod base "mount('/content', '$v', copy=True)" 'ls /content'
out_is "it is not filled again" ""
v=$(named full)
echo before >"$v/before"
expect 0 "one that somebody has filled" in_pod base "mount('/content', '$v', copy=True)" 'ls /content'
out_is "stays as it is" before
refused "one that is gone" "there is no such volume any more" base "mount('/x', '$root/volumes/none/data')"

# -- devices -----------------------------------------------------------------------------------------------------------

expect 0 "a device" in_pod base "annotate(annotations, 'gantry/devices', '/dev/zero:/dev/mine/zero:rwm')" \
        'head -c 3 /dev/mine/zero | wc -c; stat -c %u:%g:%a /dev/mine/zero'
out_is "works" "3
0:0:666"
refused "one that is not there" "no such device" base "annotate(annotations, 'gantry/devices', '/dev/nothing:/dev/nothing:rwm')"
expect 0 "which it may" in_pod base "annotate(annotations, 'gantry/devices', '-/dev/nothing:/dev/nothing:rwm')" true
refused "what is none" "it is no device" base "annotate(annotations, 'gantry/devices', '/etc/passwd:/dev/x:rwm')"

# -- /etc --------------------------------------------------------------------------------------------------------------

expect 0 "the pod's name" in_pod base "" 'hostname; cat /etc/hostname /etc/hosts /etc/machine-id; ls -ln /etc/hosts; echo >/etc/machine-id; true'
name=$(head -1 out)
report "is in hostname" "$([[ $(sed -n 2p out) == "$name" ]]; echo $?)"
out_has "and hosts" "^127.0.1.1	$name$"
out_has "with localhost" '^127.0.0.1	localhost$'
out_has "the machine's id is the pod's" "^${uuid_of_last//-/}$"
out_has "they are root's" ' 0 +0 .*/etc/hosts$'
err_has "which nobody changes" 'machine-id: Read-only'
expect 0 "another hostname" in_pod base "annotate(pod.setdefault('annotations', []), 'gantry/hostname', 'other')" 'hostname; cat /etc/hostname'
out_is "is both" "other
other"
expect 0 "more hosts" in_pod base "annotate(pod.setdefault('annotations', []), 'gantry/hosts', '10.0.0.1 db')" 'cat /etc/hosts'
out_has "are added" '^10.0.0.1 db$'
expect 0 "an image with hosts" in_pod hosts "" 'cat /etc/hosts'
out_is "keeps them" "10.9.8.7 image"
expect 0 "and gets more" in_pod hosts "annotate(pod.setdefault('annotations', []), 'gantry/hosts', '10.0.0.1 db')" 'cat /etc/hosts'
out_is "if asked" "10.9.8.7 image

10.0.0.1 db"
expect 0 "a volume for /etc/hosts" in_pod base "mount('/etc/hosts', '$host/tree/file')" 'cat /etc/hosts'
out_is "is it" of-host
expect 0 "name servers" in_pod base "annotate(pod.setdefault('annotations', []), 'gantry/dns', 'nameserver 9.9.9.9')" \
        'cat /etc/resolv.conf; readlink /etc/resolv.conf'
out_is "even through the image's link" "nameserver 9.9.9.9
../run/systemd/resolve/stub-resolv.conf"
expect 0 "on the host's network" in_pod hosts "annotate(pod.setdefault('annotations', []), 'gantry/network', 'host')" 'cat /etc/resolv.conf'
out_is "the host's" "$(cat /etc/resolv.conf)"

finish
