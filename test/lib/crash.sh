# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what is set here is the callers'; "here" is theirs
# What the tests of crash safety share: small images, for what is done to them is done thousands of times, and the tools of
# test/crash. Sourced by test/system/test-crash-*.sh, which set "here".

# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
clone=$(realpath -- "$here/../..")
crash=$clone/test/crash
export PYTHONDONTWRITEBYTECODE=1 # a file more in the clone, and test/host would install everything again

# The tools are built into whatever build directory of this clone is there.
build_tools() { # NAME…
        local build name
        for build in "$clone"/build-host "$clone"/build-check "$clone"/build; do
                [[ -e $build/build.ninja ]] && break
        done
        for name; do
                quietly ninja -C "$build" "test/crash/$name"
                export "${name^^}=$build/test/crash/$name"
        done
}

# The images "one" and "two" of two layers each, the first of which they share, in $layout, and $aci. With a program in the
# shared layer they can be run.
make_images() { # [PROGRAM]
        local tag base=$work/bundle-base
        layout=$work/layout aci=$work/crash.aci
        mkdir "$work/files"
        seq 3000 >"$work/files/numbers"
        {
                umoci init --layout "$layout" && umoci new --image "$layout:base" &&
                        umoci config --image "$layout:base" --config.cmd=/bin/true &&
                        umoci unpack --image "$layout:base" "$base" &&
                        mkdir -p "$base"/rootfs/{bin,etc,proc,sys,dev,tmp,run,var,srv} &&
                        if [[ ${1-} ]]; then cp "$1" "$base/rootfs/bin/" && ln -s "${1##*/}" "$base/rootfs/bin/true"; fi &&
                        add_file "$base" "$layout:base" "$work/files/numbers" srv/base
        } >"$work/log" 2>&1 || bail_out "Cannot make images: $(tail -1 "$work/log")"
        for tag in one two; do
                quietly umoci tag --image "$layout:base" "$tag"
                quietly umoci unpack --image "$layout:$tag" "$work/bundle-$tag"
                { echo "$tag" && seq 1000; } >"$work/files/$tag"
                quietly add_file "$work/bundle-$tag" "$layout:$tag" "$work/files/$tag" "srv/$tag"
        done
        craft aci "$aci" example.com/crash fine
}

# The same in $registry.
serve_images() {
        serve_registry
        push "oci:$layout:one" "$registry/crash:one"
        push "oci:$layout:two" "$registry/crash:two"
}

# For pods that PID 1 starts, which knows of no configuration but the host's.
host_trust() {
        [[ $(systemd-detect-virt --container) == systemd-nspawn ]] || bail_out "this is not a host to be thrown away"
        export -n GANTRY_CONFIG_ROOT
        GANTRY_CONFIG_ROOT=
        mkdir -p /etc/gantry/trust.d
        trap 'rm -f /etc/gantry/trust.d/crash.conf; cleanup' EXIT
        trust crash '*' Require=nothing
}
