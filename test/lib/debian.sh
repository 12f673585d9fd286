# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # $work is the caller's
# A Debian as its own debootstrap makes one, with services that know of no systemd, as an OCI image. It takes a minute or two, and is made
# once a clone; its packages come from where this machine's do. Goes with test/lib/images.sh.

debian_cache=$(realpath -- "$(dirname -- "${BASH_SOURCE[0]}")/../..")/build-debian
debian_packages=nginx-light,cron,redis-server,curl

# In memory, for dpkg waits for the disk after every file. What nobody runs is left out.
make_debian() {
        local sources suite mirror
        sources=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null) || true
        mirror=$(sed -nE 's/^URIs: *(http[^ ]*).*/\1/p; s/^deb +(\[[^]]*\] +)?(http[^ ]*).*/\2/p' <<<"$sources" | head -1)
        suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
        mkdir -p "$debian_cache" &&
                debootstrap --variant=minbase --include="$debian_packages" "$suite" /mnt/root "$mirror" &&
                rm -rf /mnt/root/{var/cache/apt,var/lib/apt/lists,usr/share/{doc,man,locale,info}}/* /mnt/root/dev/* &&
                tar -C /mnt/root --numeric-owner --xattrs -cf "$debian_cache/unfinished.tar" . &&
                mv "$debian_cache/unfinished.tar" "$debian_cache/$(debian_name)"
}

debian_name() {
        echo "root-$(cksum <<<"$debian_packages" | cut -d' ' -f1).tar"
}

# The image LAYOUT:TAG in $work, of a Debian alone: make_debian_image LAYOUT TAG
make_debian_image() {
        export -f make_debian debian_name
        export debian_cache debian_packages
        mkdir -p "$debian_cache"
        if [[ ! -e $debian_cache/$(debian_name) ]]; then
                flock "$debian_cache" unshare --mount bash -c 'mount -t tmpfs debian /mnt && make_debian' || return
        fi
        [[ -e $work/$1/oci-layout ]] || umoci init --layout "$work/$1"
        umoci new --image "$work/$1:$2" && umoci raw add-layer --image "$work/$1:$2" "$debian_cache/$(debian_name)"
}
