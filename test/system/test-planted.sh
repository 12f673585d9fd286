#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The directories of the state: their modes whatever the umask was, that nobody else can put anything there, and what becomes of things
# that somebody has put there all the same: links, pipes, huge files. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"

[[ $(systemd-detect-virt --container) == systemd-nspawn ]] || bail_out "not in test/host"
need umoci setpriv
trust_everything
quietly make_image images hello /bin/sleep 1000
ref=oci:$work/images:hello

g() {
        local verb=$1
        shift
        timeout --kill-after=5 20 gantry "$verb" --root="$root" "$@" >"$work/out" 2>"$work/err" </dev/null
}

# -- modes -------------------------------------------------------------------------------------------------------------

# All that there is, without what is another each time.
listing() { # ROOT
        find "$1" -printf '%y %m %u:%g %P\n' |
                sed -E 's/[0-9a-f]{8}-[0-9a-f-]{27}/UUID/; s/ID -> .*//; s|/identity.*|/identity|' | sort
}

for mask in 022 000 077; do
        root=$work/masked-$mask
        (umask "$mask"; g fetch "$ref" && g prepare --name="pod-$mask" "$ref") || { cat "$work/err"; bail_out "with umask $mask"; }
        listing "$root" >"$work/listing-$mask"
done
is "umask 000: the same modes" cmp "$work/listing-022" "$work/listing-000"
is "umask 077: the same modes" cmp "$work/listing-022" "$work/listing-077"
is "all is root's" test ! "$(grep -v ' root:root ' "$work/listing-000")"
is "others may write nowhere" test ! "$(find "$root" ! -type l -perm /022)"
modes=$(cd "$root" && stat -c '%n %a' . incoming images images/refs layers pods pods/* | tr '\n' ' ')
is "what others may see" test "$modes" = ". 755 incoming 711 images 755 images/refs 755 layers 755 pods 700 pods/exited 700 pods/garbage 700 pods/prepared 700 pods/preparing 700 pods/running 700 "

for user in nobody gantry-fetch gantry-verify gantry-seal; do
        able=
        for directory in . incoming images images/refs layers pods pods/prepared; do
                ! setpriv --reuid="$user" --clear-groups --inh-caps=-all touch "$root/$directory/planted" 2>/dev/null || able+=" $directory"
        done
        is "$user can put nothing there" test ! "$able"
done

# -- what lies there all the same ---------------------------------------------------------------------------------------

root=$work/planted
g fetch "$ref" || bail_out "$(<"$work/err")"
id=$(basename "$(find "$root/images" -mindepth 1 -maxdepth 1 -name 'sha256-*')")
layer=$(basename "$(find "$root/layers" -name '*.erofs' | head -1)")
mkdir "$work/victim"
echo precious >"$work/victim/file"
absent=sha256-$(printf '%064d' 0)
uuid=01234567-89ab-cdef-0123-456789abcdef

is_intact() {
        [[ $(<"$work/victim/file") == precious && $(ls "$work/victim") == file && $(stat -c %a "$work/victim/file") == 644 ]]
}

plant() { # KIND PATH
        rm -rf "${root:?}/$2"
        case $1 in
                link) ln -s "$work/victim" "$root/$2" ;;
                link-to-file) ln -s "$work/victim/file" "$root/$2" ;;
                hard-link) ln "$work/victim/file" "$root/$2" ;;
                pipe) mkfifo "$root/$2" ;;
                huge) truncate --size=1T "$root/$2" ;;
        esac
}

# Each command ends by itself, well or not; what it is shown is neither followed, waited for nor read to its end.
survives() { # TEXT
        local command ended=yes
        for command in "image list" list "image fsck --quick" "fetch $ref" "gc --keep-free=0 --part-grace=0"; do
                # shellcheck disable=SC2086 # words
                g $command
                (($? < 124)) || ended="not of itself: $command"
        done
        is "$1" test "$ended" = yes
        is_intact || not_ok "$1: what it leads to is gone, or changed" "$(ls -l "$work/victim")"
}

for kind in link link-to-file hard-link pipe huge; do
        for place in incoming/planted incoming/sha256-planted.part images/$absent images/refs/planted layers/planted \
                "layers/$absent.erofs" pods/planted pods/prepared/$uuid pods/exited/$uuid pods/garbage/$uuid volumes; do
                plant $kind "$place"
        done
        survives "$kind: one in each directory"
        for place in incoming/planted images/$absent images/refs/planted layers/planted pods/planted pods/prepared/$uuid \
                pods/exited/$uuid pods/garbage/$uuid volumes; do
                rm -rf "${root:?}/$place"
        done
        for place in "images/$id/manifest" "images/$id/layers" "images/$id/config" "images/$id/signatures" "layers/$layer"; do
                plant $kind "$place"
                survives "$kind: as ${place//*sha256-[0-9a-f]*\//…/}"
                rm -rf "${root:?}/images/$id" "$root/layers/$layer"
                g fetch "$ref" || not_ok "$kind: the image can be fetched again" "$(<"$work/err")"
        done
done

# -- a store of somebody else's -----------------------------------------------------------------------------------------

refuses() { # TEXT WHY
        local command refused=yes
        for command in "image list" list "fetch $ref" "prepare $ref" "run $ref" "gc" "volume list" "verify $ref"; do
                # shellcheck disable=SC2086 # words
                g $command
                [[ $? != 0 && $(<"$work/err") == *"Cannot open "*"store '$root': $2; name another one"* ]] || refused="not by: $command"
        done
        is "$1" test "$refused" = yes
}

root=$work/foreign
install --directory --owner=nobody "$root"
refuses "one that belongs to another user is refused" "it belongs to user $(id -u nobody)"
chown root: "$root"
chmod o+w "$root"
refuses "and one that is everybody's to write" "others may write there"

# -- configuration -----------------------------------------------------------------------------------------------------

etc=$GANTRY_CONFIG_ROOT/etc/gantry
for kind in pipe huge; do
        for place in trust.d/planted.conf keys/planted.asc fetch.conf gantry.conf; do
                mkdir -p "$etc/${place%/*}"
                root=$etc plant $kind "$place"
                root=$work/planted g verify "$ref"
                is "$kind: as $place, nobody waits for it" test $? -lt 124
                rm "$etc/$place"
        done
done

finish
