#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Downloads that break off, are killed, or go on twice at once. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"

need openssl python3 umoci
trust_everything
make_certificates
layout=$work/layout # made by umoci: "image", four layers
quietly make_layout "$layout" image
image=$(tagged "$layout" image)
mapfile -t layers < <(layers_of "$layout" "$image")
first=${layers[0]}
start_bad_registry "$layout"

size() { # DIGEST
        stat -c %s "$layout/blobs/${1/:/\/}"
}
half=$(($(size "$first") / 2))

# -- the connection breaks off -----------------------------------------------------------------------------------------

# Fetched in spite of what the repository does. The bytes of the first layer that were asked for, in order:
# resumed TEXT REPOSITORY EXPECTED
resumed() {
        local seen
        new_store
        : >"$log"
        good "$1" "$image" "$http/$2:image"
        seen=$(sed -nE "\|/blobs/$first|{s/.* range=bytes=([0-9]+-).*/\1/;s/^http .*/all/;p}" "$log" | tr '\n' ' ')
        is "…asked for: $3" test "$seen" = "$3 "
}

third=$(($(size "$first") / 3))
resumed "dropped in mid-layer" drop-layer "all $half-"
resumed "dropped twice" drop-twice "all $third- $((2 * third))-"
resumed "Range is ignored: 200 with all of it" range-ignored "all $half-"
new_store
good "another validator: from the start" "$image" "$http/changed-etag:image"
for repository in no-validator weak-validator; do # the digest is one, too
        new_store
        good "$repository" "$image" "$http/$repository:image"
done
new_store
good "dropped, over https" "$image" "$https/drop-layer:image"

# What came is wrong; a fresh start may mend it, but nothing of it may get into the store.
for repository in wrong-range lying-range bad-range; do
        new_store
        fetch "$http/$repository:image"
        if ((status == 0)); then
                was "$repository: the right bytes all the same" test "$(<"$work/out")" = "$image"
        else
                was "$repository: nothing in the store, one line" test "$(wc -l <"$work/err")" = 1
                is "$repository: nothing is left" is_empty
        fi
        new_store
        good "$repository: what is in order is fetched afterwards" "$image" "$http/fine:image"
done

: >"$log"
bad "dropped again and again" "Cannot fetch .*drop-for-good" "$http/drop-for-good:image"
is "…tried again a few times" test "$(asked "$first")" -ge 2 -a "$(asked "$first")" -le 10
is "…what came is kept" test "$(parts)"
fetch "$http/fine:image"
was "…for the next attempt" test "$status $(<"$work/out")" = "0 $image"
is "…which needs only the rest" test "$(asked "/fine/blobs/$first .*range=bytes=$half-")" = 1
is "…and keeps no more" test ! "$(ls -A "$root/incoming")"

# -- killed ------------------------------------------------------------------------------------------------------------

begin() { # REPOSITORY: until the first half of a layer is there; sets pid
        new_store
        : >"$log"
        : >"$log.stall"
        env --default-signal=INT gantry-fetch --root="$root" "$http/$1:image" >"$work/out" 2>"$work/err" </dev/null &
        pid=$!
        wait_for has_parts
}
# Kills it while the server stalls, so that nothing more comes; sets status.
end() { # SIGNAL
        kill -"$1" "$pid"
        wait "$pid" 2>/dev/null
        status=$?
        rm "$log.stall"
}
has_parts() {
        [[ $(find "$root/incoming" -name '*.part' -size +"$((half - 1))c" 2>/dev/null) ]]
}

begin stalled-for-now
end KILL
is "killed in mid-layer: its beginning is kept" has_parts
: >"$log"
fetch "$http/stalled-for-now:image"
was "killed: the next one succeeds" test "$status $(<"$work/out")" = "0 $image"
is "killed: it asks for the rest" test "$(asked "$first .*range=bytes=$half-")" = 1
is "killed: nothing half-done is left" test ! "$(ls -A "$root/incoming")"

begin stalled-for-now
end KILL
find "$root/incoming" -name '*.part' -exec truncate --size="$((half - 1000))" {} +
fetch "$http/stalled-for-now:image"
was "cut by a reboot, the last bytes are lost" test "$status $(<"$work/out")" = "0 $image"

begin stalled-for-now
end KILL
part=$(find "$root/incoming" -name '*.part' -size +"$((half - 1))c")
[[ ! $part ]] || printf 'XXXX' | dd of="$part" bs=1 seek=1000 conv=notrunc status=none
fetch "$http/stalled-for-now:image"
if ((status == 0)); then
        was "what is kept was damaged: mended" test "$(<"$work/out")" = "$image"
else
        is "what is kept was damaged: refused, nothing is left" is_empty
        fetch "$http/stalled-for-now:image"
        was "what is kept was damaged: the next one succeeds" test "$status $(<"$work/out")" = "0 $image"
fi

for signal in INT TERM; do
        begin stalled-for-now
        children=$(pgrep -P "$pid" | tr '\n' ' ')
        end "$signal"
        was "SIG$signal: status 1" test "$status $(tail -1 "$work/err")" = "1 Interrupted"
        was "SIG$signal: nothing but the beginning is left" is_empty
        is "SIG$signal: which is there" has_parts
        # shellcheck disable=SC2086
        is "SIG$signal: its children had been there and are gone" bash -c '(($# > 0)) && ! kill -0 "$@"' bash $children
        : >"$log"
        fetch "$http/stalled-for-now:image"
        was "SIG$signal: the next one asks for the rest" test "$status $(asked "$first .*range=bytes=$half-")" = "0 1"
done

# -- two at once -------------------------------------------------------------------------------------------------------

new_store
: >"$log"
fetches=()
for n in 1 2 3; do
        gantry-fetch --root="$root" "$http/slow-drip:image" >"$work/out-$n" 2>"$work/err-$n" </dev/null &
        fetches[n]=$!
done
for n in 1 2 3; do
        wait "${fetches[n]}" || echo "status $?" >>"$work/out-$n"
done
is "three at once" test "$(cat "$work"/out-[123])" = "$image"$'\n'"$image"$'\n'"$image"
for layer in "${layers[@]}"; do
        is "…ask once for ${layer:0:20}…" test "$(asked "$layer")" = 1
done
is "…and say that they wait" test "$(grep -lE '[Ww]aiting' "$work"/err-[123] | wc -l)" -ge 1
is "…each layer is there once" has_layers 4
is "…nothing half-done is left" test ! "$(ls -A "$root/incoming")"

begin slow-drip/killed
rm "$log.stall"
gantry-fetch --root="$root" -q "$http/slow-drip/killed:image" >"$work/out-2" 2>"$work/err-2" </dev/null &
second=$!
sleep 0.5
kill -KILL "$pid"
wait "$pid" 2>/dev/null
wait "$second"
is "one of two is killed, the other takes over" test "$? $(<"$work/out-2")" = "0 $image"

new_store
fetch "$http/fine:image"
: >"$log"
good "a layer that is there is not asked for" "$image" "$http/fine:image"
is "…nothing is" test "$(asked /blobs/)" = 0

finish
