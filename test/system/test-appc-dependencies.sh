#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# App Container images that depend on others: how they are found, judged, stacked, and what a pod of one looks like, compared with
# a renderer that knows nothing of layers. The web servers have a network namespace to themselves. Runs in test/host.
set -u

if ((EUID != 0)); then
        echo "1..0 # SKIP not run as root"
        exit
fi
[[ ${1-} == inside ]] || exec unshare --net --mount -- "$0" inside

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"

need openssl python3 gpg ip filter-layer
host_rules=/etc/gantry/trust.d # the pods' units ask these
trap 'rm -f "$host_rules"/family-*.conf; end_gpg "$work"/gpg*; cleanup' EXIT
ip link set lo up || bail_out "Cannot have a network"
echo "127.0.0.1 localhost example.test" >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts || bail_out "Cannot have names"

# -- what there is to fetch ------------------------------------------------------------------------------------------

files=$work/files/example.test/family
mkdir -p "$files" "$host_rules"
family() { # COMMAND…
        python3 "$here/appc-family.py" "$@"
}
family make "$files" >"$work/ids" || bail_out "Cannot make the images"
declare -A ids
while read -r name id; do ids[$name]=$id; done <"$work/ids"
make_gpg_key "$work/gpg" ed25519 images@example.test
make_gpg_key "$work/gpg-other" ed25519 other@example.test
for file in "$files"/{base,secret,top-secret,a}-1.0.0.aci; do
        gpg_sign "$work/gpg" "$file"
done
for file in "$files"/*; do # who asks without a version gets the latest
        ln "$file" "${file/-1.0.0/-latest}"
done

rule() { # NAME PREFIX LINE…: for gantry-fetch and for the pods' units
        local name=family-$1
        shift
        trust "$name" "$@"
        cp "$GANTRY_CONFIG_ROOT/etc/gantry/trust.d/$name.conf" "$host_rules"
}
rule all example.test/family Require=nothing
make_certificates
trust_certificate example.test
log=$work/requests
python3 "$here/discovery-server.py" "$work/files" "$work/tls.crt" "$work/tls.key" "$log" >"$work/ready" 2>"$work/server.log" &
pids+=($!)
wait_for test -s "$work/ready" || bail_out "discovery-server.py does not start: $(tail -1 "$work/server.log")"

downloaded() { # the images that were, as often as they were
        sed -n 's/.* GET .*\/\(.*\)-\(1.0.0\|latest\)\.aci\( .*\)\?$/\1/p' "$log" | tr '\n' ' '
}

# Refused: status 1, nothing on stdout, nothing in the store but what is complete; the lines match.
refuses() { # TEXT REF PATTERN…
        local text=$1 pattern
        fetch "$2"
        shift 2
        rm -f "$root"/incoming/*.part # what may be gone on with stays
        if [[ $status != 1 || -s $work/out || $(ls -A "$root/incoming") ]]; then
                not_ok "$text" "$(describe)"
                return
        fi
        for pattern; do
                grep -qE -- "$pattern" "$work/err" || { not_ok "$text" "expected /$pattern/" "$(describe)"; return; }
        done
        ok "$text"
}

g() { # VERB ARG…
        local verb=$1
        shift
        timeout 60 gantry "$verb" --root="$root" "$@" >"$work/out" 2>"$work/err" </dev/null
        status=$?
}

# -- order -----------------------------------------------------------------------------------------------------------

stack_of() { # NAME: the images whose layers it has, bottom first; "name'" stands for a part of one
        local id name found
        while read -r id _; do
                found="?"
                for name in "${!ids[@]}"; do [[ ${ids[$name]} == "$id" ]] && found=$name; done
                printf '%s ' "$found"
        done <"$root/images/${ids[$1]}/layers"
}

new_store
good "B, D, C, A" "${ids[a]}" aci:example.test/family/a:1.0.0
is "each of them was downloaded once" test "$(downloaded | xargs -n1 | sort | xargs)" = "a b base c d"
is "and is stacked so" test "$(stack_of a)" = "base b d c a "
is "that is what the spec says" test "$(stack_of a)" = "$(family order a) "
is "what it was completed with is noted down" test "$(cut -d' ' -f2 "$root/images/${ids[a]}/dependencies" | tr '\n' ' ')" = \
        "aci:example.test/family/base aci:example.test/family/b aci:example.test/family/d aci:example.test/family/c "
is "each has a name of its own" test "$(find "$root/images/refs" -name 'aci:example.test%2ffamily%2f*:1.0.0' | wc -l)" = 5
: >"$log"
good "what is in the store is not downloaded" "${ids[diamond]}" aci:example.test/family/diamond:1.0.0
is "but the rest" test "$(downloaded | xargs -n1 | sort | xargs)" = "diamond two-b two-c"
is "a diamond: D comes once, where it is uppermost" test "$(stack_of diamond)" = "base two-b d two-c diamond "
: >"$log"
good "a file of this machine has dependencies, too" "${ids[c]}" "$files/c-1.0.0.aci"
is "the network was not asked, for all is there" test ! -s "$log"
new_store
good "and they are downloaded" "${ids[c]}" "$files/c-1.0.0.aci"
is "from where discovery says" test "$(downloaded)" = "d "

# -- what it looks like ----------------------------------------------------------------------------------------------

new_store
for name in a diamond own lists-directories nested sibling exact; do
        good "fetched: $name" "${ids[$name]}" "aci:example.test/family/$name:1.0.0"
        family show "$files" "$name" >"$work/expected"
        g run -q "aci:example.test/family/$name:1.0.0"
        was "its pod runs" test $status = 0
        was "and has what the spec says" diff "$work/expected" "$work/out"
done
is "what is needed of an image is a layer of its own" test "$(stack_of own)" = "? own "
before=$(sha256sum "$root"/layers/*)
rm "$root/layers/$(sed -n '1s/ .*//p' "$root/images/${ids[own]}/layers").erofs"
g prepare aci:example.test/family/own:1.0.0
was "it is missing: nothing is prepared" test $status = 1
good "it is made again when the image is fetched" "${ids[own]}" aci:example.test/family/own:1.0.0
is "of the same bytes" test "$before" = "$(sha256sum "$root"/layers/*)"
g run -q aci:example.test/family/b:1.0.0
was "what has no app does not run by itself" test $status = 125

# -- refused ---------------------------------------------------------------------------------------------------------

new_store
at=aci:example.test/family
refuses "missing" $at/missing:1.0.0 "'$at/missing:1.0.0': it needs '$at/needs-none', which needs '$at/none'$"
is "what was complete stays" test "$(find "$root/images" -maxdepth 1 -name 'sha512-*')" = "$root/images/${ids[b]}"
refuses "a circle" $at/circle:1.0.0 "it needs '$at/circle-2', which needs '$at/circle-3', which needs '$at/circle': images may not need each other"
refuses "one that needs itself" $at/itself:1.0.0 "it needs '$at/itself': images may not"
[[ ! ${GANTRY_LONG-} ]] || # each of them is downloaded
        refuses "33 in a row" $at/deep-0:1.0.0 "which needs '$at/deep-32': no more than 32"
refuses "another ID" $at/wrong-id:1.0.0 "'$at/base': its ID is ${ids[base]}, asked for was ${ids[b]}" "it needs '$at/base'$"
refuses "larger than was announced" $at/too-large:1.0.0 "1000" "it needs '$at/base'$"
refuses "without the label" $at/wrong-label:1.0.0 "asked for was \"beta\"" "it needs '$at/base:1.0.0,channel=beta'$"
refuses "a label that a terminal would read" $at/unspeakable:1.0.0 "it needs 'example.test/family/b': a label of it cannot be asked for$"
rule secret example.test/family/secret "Key=$work/gpg-other.asc"
refuses "one that is refused" $at/top-secret:1.0.0 "^Refused image '$at/secret" "it needs '$at/needs-secret', which needs '$at/secret'$"
rule secret example.test/family/secret "Key=$work/gpg.asc"
good "not with the right key" "${ids[top-secret]}" $at/top-secret:1.0.0

# -- judged again ----------------------------------------------------------------------------------------------------

g prepare -q $at/top-secret:1.0.0
pod=$(cat "$work/out")
g run -q $at/top-secret:1.0.0
was "it runs" test $status = 0
rule secret example.test/family/secret "Key=$work/gpg-other.asc"
why="Refused image '$at/top-secret:1.0.0': it needs '$at/secret', which is refused: none of its signatures is good"
g verify $at/top-secret:1.0.0
was "a key is taken out of trust: it is refused" test $status = 1
was "for that reason" grep -qF "$why" "$work/err"
was "whose verdict is shown" grep -q "^Image $at/secret:1.0.0" "$work/out"
g verify --json=short $at/top-secret:1.0.0
was "in JSON as well" python3 -c 'import json, sys
j = json.load(open(sys.argv[1]))
sys.exit(j["admitted"] or "it needs" not in j["reason"])' "$work/out"
g verify -q "${ids[base]}"
was "others are not" test $status = 0
g run -q $at/top-secret:1.0.0
was "it does not run" test $status = 125
was "for that reason" grep -qF "$why" "$work/err"
g run -q "$pod"
was "nor does the pod that was prepared before" test $status = 125
refuses "nor can another image be completed with it" $at/needs-secret:1.0.0 "^Refused image '$at/secret"
rule secret example.test/family/secret "Key=$work/gpg.asc"
g run -q $at/top-secret:1.0.0
was "the key is back: it runs" test $status = 0
rm -r "$root/images/${ids[secret]}"
g verify -q $at/top-secret:1.0.0
was "one of them is not there any more" grep -qF "Refused image '$at/top-secret:1.0.0': it needs '$at/secret', which is not in the store" "$work/err"

# -- the same answer -------------------------------------------------------------------------------------------------

new_store
good "without a version, the latest" "${ids[c]}" $at/c:1.0.0
before=$(cat "$root/images/${ids[c]}"/{layers,dependencies})
python3 - "$files/d-1.0.0.aci" "$work/d-2.0.0.aci" <<'END'
import io, json, sys, tarfile
with tarfile.open(sys.argv[1]) as old, tarfile.open(sys.argv[2], "w") as new:
    for member in old:
        data = old.extractfile(member).read() if member.isfile() else b""
        if member.name == "manifest":
            data = data.replace(b'"1.0.0"', b'"2.0.0"')
            member.size = len(data)
        new.addfile(member, io.BytesIO(data))
END
fetch "$work/d-2.0.0.aci"
was "a newer one is fetched" test $status = 0
good "an image that is fetched again" "${ids[c]}" $at/c:1.0.0
is "has what it had" test "$before" = "$(cat "$root/images/${ids[c]}"/{layers,dependencies})"
fetch "$files/two-c-1.0.0.aci"
is "another one takes the newer" grep -qF "$(sed 's/ .*//' "$root"/images/refs/*family%2fd:2.0.0)" "$root/images/${ids[two-c]}/dependencies"

finish
