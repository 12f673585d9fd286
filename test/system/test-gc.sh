#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `gantry gc` removes and what it leaves: rubbish, pods after their grace, images by their last use; that its sizes are du's; that it
# gets on with whoever else is at work. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /var/lib/gantry/test-gc.XXXXXX) # sealing wants O_TMPFILE, which not every /tmp offers
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
conf=/etc/gantry/gantry.conf
empty_trust
roomy=--keep-free=0 # however full the machine's disk is

cleanup() {
        ((${#holders[@]} == 0)) || kill "${holders[@]}" 2>/dev/null
        mountpoint -q "$work/small" && umount "$work/small"
        empty_trust
        rm -rf "$work" "$conf"
}
holders=()
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

is_locked() { # PATH
        ! flock --nonblock "$1" true
}

# Holds an flock on a path until the test ends or release() is called: hold PATH [shared]
hold() {
        flock ${2:+--shared} "$1" sleep 1000 &
        holders+=($!)
        wait_for is_locked "$1"
}

release() {
        local pid
        for pid in "${holders[@]}"; do
                pkill -P "$pid" 2>/dev/null
                kill "$pid" 2>/dev/null
                wait "$pid" 2>/dev/null
        done
        holders=()
}

# The ID an image has in the store, the layers it has, and its directory.
id() { # TAG
        cat "$root/images/refs/"*"images:$1" 2>/dev/null
}

layers() { # TAG
        cut -d' ' -f1 "$root/images/$(id "$1")/layers"
}

used() { # TAG WHEN
        touch -d "$2" "$root/images/$(id "$1")"
}

there() { # TEXT PATH…
        local text=$1 path missing=0
        shift
        for path in "$@"; do
                [[ -e $root/$path ]] || missing=1
        done
        report "$text" $missing
}

gone() { # TEXT PATH…
        local text=$1 path left=0
        shift
        for path in "$@"; do
                [[ ! -e $root/$path ]] || left=1
        done
        report "$text" $left
}

is_fetched() { # TAG
        [[ $(id "$1") && -e $root/images/$(id "$1")/manifest ]]
}

stays() { # TAG
        is_fetched "$1"
        report "'$1' stays" $?
}

goes() { # TAG
        ! is_fetched "$1"
        report "'$1' goes" $?
}

# The sum of what --explain says, against du.
adds_up() { # TEXT
        g gc "$roomy" --explain --json=short >explained
        python3 - "$(du --block-size=1 -s "$root" | cut -f1)" >out 2>err <<'END'
import json, sys
rows = json.load(open("explained"))
total = sum(row["size"] for row in rows)
print(total, "instead of", sys.argv[1])
sys.exit(total != int(sys.argv[1]) or not all(row["why"].startswith(("goes: ", "stays: ")) for row in rows))
END
        report "$1: --explain and du agree to the byte" $?
}

explained() { # TEXT REGEX
        g gc "$roomy" --explain --no-legend >out 2>err
        out_has "$1" "$2"
}

snapshot() {
        find "$root" -printf '%p %i %m %s %T@ %C@\n' | sort
}

{
        make_image images one /bin/sh -c 'sleep 1000'
        for tag in two three four; do
                umoci unpack --image "images:one" "$work/bundle-$tag"
                head -c 2000000 /dev/urandom >"$work/bundle-$tag/rootfs/srv/$tag"
                umoci repack --image "images:$tag" "$work/bundle-$tag"
                umoci config --image "images:$tag" --config.cmd=/bin/true
                rm -rf "$work/bundle-$tag"
        done
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing

# -- settings --------------------------------------------------------------------------------------------------------

expect 0 "a store that never was" g gc
for tag in one two three four; do
        expect 0 "image '$tag' is fetched" g fetch -q "$i:$tag"
done
echo rubbish >"$root/layers/.#1"
printf '[Store]\nMaxUse=1G\nKeepFre=1G\n' >"$conf"
expect 1 "an unknown key" g gc
err_is_one_line "an unknown key: one line"
err_has "says which" "gantry.conf: line 3: unknown key: 'KeepFre'"
there "and nothing is removed" "layers/.#1"
printf '[Store]\nMaxUse=much\n' >"$conf"
expect 1 "a bad value" g gc
err_has "says so" "line 2: neither a number of bytes"
expect 1 "a bad value on the command line" g gc --max-retention=soon
there "and nothing is removed" "layers/.#1"
rm "$conf"

# -- looking ---------------------------------------------------------------------------------------------------------

expect 0 "a pod is prepared" g prepare --name=first "$i:one"
first=$(<out)
mkdir -p "$root/pods/prepared/$first/upper/deep" # as an app may have left it
head -c 300000 /dev/zero >"$root/pods/prepared/$first/upper/deep/file"
ln "$root/pods/prepared/$first/upper/deep/file" "$root/pods/prepared/$first/upper/link"
mkdir -p "$root/lost+found" "$root/incoming/0123456789abcdef" "$root/images/.#2"
head -c 10000 /dev/zero >"$root/incoming/sha256-00.part"
head -c 10000 /dev/zero >"$root/incoming/0123456789abcdef/file"
head -c 10000 /dev/zero >"$root/layers/sha256-00.damaged"
cp "$root/layers/$(layers one | head -1).erofs" "$root/layers/sha256-$(printf '0%.0s' {1..64}).erofs"
snapshot >before
adds_up "a store with all kinds of things"
explained "a pod says why it stays" '^pod +first +[0-9]+ +stays: never started, prepared .* ago, kept for 1d$'
explained "an image names the pod" "^image +oci:.*:one +[0-9]+ +stays: needed by pod 'first'"
explained "an unused one says so" '^image +oci:.*:two +[0-9]+ +stays: unused for .*, there is room$'
explained "a layer names who needs it" "^layer +sha256-[0-9a-f]+ +[0-9]+ +stays: needed by pod 'first' and 4 more$"
explained "one that nobody needs goes" '^layer +sha256-0000[0-9a-f]+ +[0-9]+ +goes: nobody needs it$'
explained "a quarantine nobody locks goes" '^quarantine +incoming/0123456789abcdef +[0-9]+ +goes'
explained "a part stays for a week" '^part +incoming/sha256-00.part +[0-9]+ +stays: .*kept for 1w$'
explained "what is not ours stays" '^unknown +lost\+found +[0-9]+ +stays: not made by gantry$'
expect 0 "--dry-run" g gc "$roomy" --dry-run --max-use=0
err_has "says what it would do" "Would remove image 'oci:.*:two': unused for longest, makes room for MaxUse="
err_has "and what cannot be done" '^Cannot satisfy MaxUse=0: .* is taken, and all that is left is in use$'
report "in numbers that are those of afterwards" $(($(grep -c '^Cannot satisfy' err) != 1))
snapshot >after
cmp -s before after
report "neither changes anything" $?

# -- rubbish ---------------------------------------------------------------------------------------------------------

hold "$root/incoming/sha256-00.part"
touch -d '8 days ago' "$root/incoming/sha256-00.part"
mkdir "$root/incoming/locked"
hold "$root/incoming/locked"
mkdir -p "$root/pods/preparing/00000000-0000-4000-8000-000000000001" "$root/pods/garbage/00000000-0000-4000-8000-000000000002/x"
echo x >"$root/images/$(id two)/.#3"
echo x >"$root/images/refs/.#4"
nameless=sha256-$(printf '1%.0s' {1..64})
mkdir "$root/images/$nameless" "$root/images/sha256-$(printf '2%.0s' {1..64})"
echo '{}' >"$root/images/$nameless/manifest"
hold "$root/images/sha256-$(printf '2%.0s' {1..64})" shared
echo "$nameless" >"$root/images/refs/dangling:3"
sed -i 's/1/3/g' "$root/images/refs/dangling:3"
adds_up "before anything is removed"
expect 0 "gc" g gc "$roomy"
gone "quarantine, unfinished things, orphans" incoming/0123456789abcdef layers/.#1 "images/.#2" "images/$(id two)/.#3" images/refs/.#4 \
        "layers/sha256-$(printf '0%.0s' {1..64}).erofs" "images/$nameless" images/refs/dangling:3 \
        pods/preparing/00000000-0000-4000-8000-000000000001 pods/garbage/00000000-0000-4000-8000-000000000002
there "what is locked stays" incoming/sha256-00.part incoming/locked "images/sha256-$(printf '2%.0s' {1..64})"
there "what is damaged stays a while" layers/sha256-00.damaged
there "what is not ours stays" lost+found
for tag in one two three four; do
        stays "$tag"
done
release
expect 0 "gc without patience" g gc "$roomy" --part-grace=0
gone "parts, damaged layers, and what was locked" incoming/sha256-00.part incoming/locked layers/sha256-00.damaged \
        "images/sha256-$(printf '2%.0s' {1..64})"
report "nothing but directories, images, layers and the pod is left" \
        "$(g gc "$roomy" --explain --no-legend 2>&1 | grep -vcE '^(directory|image|layer|pod|unknown +lost)')"
adds_up "afterwards"

garbage=00000000-0000-4000-8000-000000000003
mkdir "$root/pods/exited/$garbage"
hold "$root/pods/exited/$garbage"
g rm "$garbage" 2>err &
rm=$!
sleep 0.2
mv "$root/pods/exited/$garbage" "$root/pods/garbage/"
sleep 0.5
kill -0 "$rm"
report "rm waits for who removes the pod already" $?
release
wait "$rm"
report "and goes on if he could not" $?
report "without a word" "$(wc -l <err)"
gone "to its end" "pods/garbage/$garbage"

# -- pods and their images -------------------------------------------------------------------------------------------

expect 0 "a pod runs" g run -d --name=running "$i:two"
wait_for sh -c "[ \$(gantry list --root='$root' --no-legend | grep -c 'running .*exited') = 1 ]"
report "and has exited" $?
expect 0 "another one goes on" g run -q -d --name=on "$i:one"
expect 0 "gc for all the room there is" g gc "$roomy" --max-use=0
err_has "says that it is not enough" 'Cannot satisfy MaxUse=0'
stays one
stays two # its pod has exited, but half an hour is not over
goes three
goes four
report "and their layers" $(($(find "$root/layers" -type f | wc -l) != $({ layers one; layers two; } | sort -u | wc -l)))
expect 0 "the pod that was prepared starts" g run -q -d "$first"
expect 0 "gc after the grace" g gc "$roomy" --grace=0 --prepared-grace=0
report "the exited pod is gone" "$(find "$root/pods/exited" -mindepth 1 | wc -l)"
stays two
expect 0 "gc for room" g gc "$roomy" --max-use=0
goes two
stays one
report "the pods run on" $(($(g list --no-legend | grep -cE '^(on|first) .*running') != 2))
report "only the layers of 'one' are left" $(($(layers one | wc -l) != $(find "$root/layers" -type f | wc -l)))
expect 0 "a pod is stopped" g stop on
expect 0 "and the other" g stop first
expect 0 "gc of everything" g gc "$roomy" --max-use=0 --grace=0
goes one
report "no image, no layer, no pod" "$(find "$root"/{layers,pods/*,images/refs} -mindepth 1 | wc -l)"
adds_up "an empty store"

# -- budget ----------------------------------------------------------------------------------------------------------

for tag in one two three four; do
        g fetch -q "$i:$tag" >out 2>err || report "image '$tag' is fetched again" 1
done
used three '4 days ago'
used one '3 days ago'
used four '2 days ago'
used two '1 day ago'
taken=$(du --block-size=1 -s "$root" | cut -f1)
expect 0 "a megabyte too many" g gc "$roomy" --max-use=$((taken - 1000000))
goes three
stays one
stays two
stays four
expect 0 "two more" g gc "$roomy" --max-use=$((taken - 2300000 - 1000000))
goes one # whose layers the others have
goes four
stays two
report "it is below the limit" $(($(du --block-size=1 -s "$root" | cut -f1) > taken - 3300000))
printf '[Store]\nMaxRetention=2d\n' >"$conf"
expect 0 "MaxRetention= in a file" g gc "$roomy"
stays two
expect 0 "is overridden by the command line" g gc "$roomy" --max-retention=12h
goes two
rm "$conf"

# -- a small disk ----------------------------------------------------------------------------------------------------

truncate -s 64M small.img
mkdir small
if mkfs.ext4 -q small.img && mount -o loop small.img small 2>err; then
        root=$work/small
        for tag in one two three four; do
                g fetch -q "$i:$tag" >out 2>err || report "image '$tag' is fetched to the small disk" 1
                used "$tag" '1 day ago'
        done
        used four '2 days ago'
        free=$(stat --file-system --format='%a * %S' small)
        free=$((free))
        expect 0 "there is room" g gc --keep-free=$((free - 100000))
        stays four
        expect 0 "there is not" g gc --keep-free=$((free + 1000000))
        goes four
        stays three
        total=$(stat --file-system --format='%b * %S' small)
        expect 0 "a percentage" g gc --keep-free=$(((free + 4000000) * 100 / $((total)) + 1))%
        report "goes on with the next" $(($(find "$root/images/refs" -type f | wc -l) >= 3))
        adds_up "a store that is a file system"
        there "with what mkfs made" lost+found
        root=$work/store
        umount small
else
        skip KeepFree= "no loop device"
fi

# -- everybody at once -----------------------------------------------------------------------------------------------

# Each round fetches and prepares what the collectors remove at the same time; what was prepared must have what it is made of.
storm() { # NUMBER
        local n uuid image
        for n in $(seq 12); do
                g fetch -q "$i:two" >/dev/null 2>&1
                uuid=$(g prepare -q --name="storm-$1-$n" "$i:two" 2>>"storm-$1.err") || continue
                image=$(sed -n 's/.*"id": "\([^"]*\)".*/\1/p' "$root/pods/prepared/$uuid/pod.json")
                cut --delimiter=' ' --fields=1 "$root/images/$image/layers" >>prepared
        done
}

collect() {
        local n
        for n in $(seq 30); do
                g gc -q "$roomy" --max-use=0 2>>collect.err
        done
}

: >prepared
jobs=()
for job in "storm 1" "storm 2" collect collect; do
        $job &
        jobs+=($!)
done
wait "${jobs[@]}"
sort -u prepared | while read -r layer; do
        [[ -e $root/layers/$layer.erofs ]] || echo "$layer is missing"
done >out
report "what a pod was made of while gc ran is there" "$(wc -l <out)"
grep -v '^Cannot satisfy' collect.err >err
report "gc had nothing to complain about" "$(wc -l <err)"
report "some pods came about" $(($(wc -l <prepared) == 0))
expect 0 "gc of it all" g gc "$roomy" --prepared-grace=0 --max-use=0
report "leaves nothing" "$(find "$root"/{incoming,layers,pods/*,images/refs} -mindepth 1 | wc -l)"
adds_up "at the end"

finish
