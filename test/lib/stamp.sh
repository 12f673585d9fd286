# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # $lib is the caller's; what is set here is the callers'
# For benchmarks of starting: an image whose app prints the monotonic clock, which all processes share, and then waits if it has an
# argument. $lib is this directory. It is $image in the store below $work, localhost/stamp in podman's there, and $work/bundle/rootfs.

work=/var/lib/gantry/bench-$$ # the host's one directory that is on a disk and not on an overlay; podman names images by it: no capitals
mkdir "$work"
# shellcheck source=test/lib/images.sh
. "$lib/images.sh"
cleanup() {
        gantry list --root="$work/store" --no-legend | awk '$2 == "running" { print $1 }' |
                xargs --no-run-if-empty gantry stop --root="$work/store" --force
        ! mountpoint --quiet "$work/podman/root/overlay" || umount "$work/podman/root/overlay"
        gantry trust rm -q --prefix="oci:$work"
        rm -rf "$work"
}
trap cleanup EXIT

cat >"$work/stamp.c" <<'END'
#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        printf("%lld.%09ld\n", (long long) t.tv_sec, t.tv_nsec);
        fflush(stdout);
        if (argc > 1)
                pause();
}
END
cc -static -O2 -o "$work/stamp" "$work/stamp.c"
{
        make_image images base /bin/true
        umoci unpack --image "$work/images:base" "$work/bundle"
        cp "$work/stamp" "$work/bundle/rootfs/bin/stamp"
        umoci repack --refresh-bundle --image "$work/images:stamp" "$work/bundle"
        umoci config --image "$work/images:stamp" --config.cmd=/bin/stamp --config.workingdir=/
        mkdir "$work/bundle/rootfs/usr"
        gantry trust add --prefix="oci:$work" --require=nothing --allow-stage1="nspawn kvm fly"
        image=$(gantry fetch --root="$work/store" "oci:$work/images:stamp")
        podman=(podman --root="$work/podman/root" --runroot="$work/podman/run" --storage-driver=overlay)
        echo '{ "default": [{ "type": "insecureAcceptAnything" }] }' >"$work/policy.json"
        "${podman[@]}" pull --quiet --signature-policy="$work/policy.json" "oci:$work/images:stamp"
        "${podman[@]}" tag "$("${podman[@]}" images --quiet)" localhost/stamp
} >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
