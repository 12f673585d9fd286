#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What systemd makes of the units of apps: it takes all of each, and no text becomes anything else. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
clone=$(realpath -- "$here/../..")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
units=/run/systemd/system
export PYTHONDONTWRITEBYTECODE=1
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

cleanup() {
        rm -f "$units"/text{s,-*}.service
        rm -rf /apps
        systemctl daemon-reload
        rm -rf "$work"
}
trap cleanup EXIT

for build in "$clone"/build-host "$clone"/build-check "$clone"/build; do
        [[ -e $build/build.ninja ]] && break
done
ninja -C "$build" test/write-units >setup.log 2>&1 || { cat setup.log; exit 1; }
write_units=$build/test/write-units

# systemd wants to see what a unit executes.
have_programs() {
        local program
        sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$@" | while read -r program; do
                mkdir -p "$(dirname "$program")"
                ln -sf /bin/true "$program"
        done
}

python() {
        python3 "$here/service-units.py" "$@"
}

mkdir manifests
expect 0 "there are manifests" python manifests manifests
for manifest in manifests/*.json; do
        name=$(basename "$manifest" .json)
        mkdir "$name"
        expect 0 "$name: units are written" "$write_units" "$manifest" "$name"
        have_programs "$name"/*.service
        SYSTEMD_UNIT_PATH=$work/$name: expect 0 "$name: systemd-analyze verify accepts them" \
                systemd-analyze verify --man=no --recursive-errors=no "$work/$name"/*
        err_is "$name: and has nothing to say" ""
done

mkdir texts
python texts >texts.nul
printf '#!/bin/sh\nexec python3 %s dump >%s\n' "$here/service-units.py" "$work/dump" >dump.sh
chmod 755 dump.sh
"$write_units" --texts "$work/dump.sh" texts <texts.nul || exit 1
cp texts/texts.service texts/text-{?,??,???}.service "$units"
systemctl daemon-reload
expect 0 "the manager has each description" python check-descriptions
expect 0 "a service with any text in its variables" systemctl start texts.service
expect 0 "gets them as they are" python check-dump dump

finish
