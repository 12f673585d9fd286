#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pods in networks of systemd, in another pod's network, and what they may reach. Runs in test/host --private-network.
set -u

[[ ${GANTRY_HOST_NETWORK-} == private ]] || { echo "not ok - it would change the machine's network"; exit 1; }

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

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

cleanup() {
        g list --no-legend 2>/dev/null | awk '{ print $1 }' | xargs -r gantry rm --root="$root" -f >/dev/null 2>&1
        ip addr del 198.51.100.1/32 dev lo 2>/dev/null
        ip link del vz-tier 2>/dev/null # nspawn leaves it when it is killed
        kill "$httpd"
        systemctl stop systemd-networkd.socket systemd-networkd
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

# The first address of a pod that matches: address POD REGEX
address() {
        g status --json=short "$1" | python3 -c 'import json,re,sys; print([a for a in json.load(sys.stdin)[0]["addresses"].split(", ") if re.match(sys.argv[1], a)][0])' "$2"
}

refused() { # TEXT REGEX ARGUMENT…
        local text=$1 why=$2
        shift 2
        expect 125 "$text" g run -q "$@"
        err_has "$text: why" "$why"
}

{
        make_image images web /bin/busybox httpd -f -p 80 -h /srv/www
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:web
expect 0 "the image is trusted" gantry trust add --prefix="oci:$work" --require=nothing
ip link set lo up
# There is no udev in test/host; without a /sys that could be written to, networkd does not wait for it.
mkdir -p /run/systemd/system/systemd-networkd.service.d
printf '[Service]\nReadOnlyPaths=/sys\n' >/run/systemd/system/systemd-networkd.service.d/test.conf
systemctl daemon-reload
systemctl restart systemd-networkd

ip addr add 198.51.100.1/32 dev lo
echo outside >served
busybox httpd -f -p 198.51.100.1:80 -h "$work" &
httpd=$!

# -- networks of systemd -------------------------------------------------------------------------------------------

expect 0 "a pod in a zone" g run -d -q --net=zone:tier --name=web -p 8080:80 "$i"
expect 0 "another one" g run -d -q --net=zone:tier --name=other "$i"
expect 0 "status" g status web
out_has "says so" "Network: zone:tier"
four=$(address web '192\.168\.')
six=$(address web 'fe80:')
report "and has the address that it was given by DHCP" "$([[ $four == 192.168.* ]]; echo $?)"
expect 0 "machinectl, too" machinectl --no-legend --max-addresses=2 list
out_has "has it" "web +container .*$four"
expect 0 "the host reaches it" busybox wget -qO- "http://$four/"
out_is "and hears it" "Hello from web"
expect 0 "by IPv6" curl --silent --globoff --max-time 5 "http://[$six%25vz-tier]/"
expect 0 "a pod reaches another" g exec other /bin/wget -qO- "http://$four/"
expect 0 "by IPv6" g exec other /bin/busybox ping -c1 -W3 "$six%host0"
expect 0 "and what is behind the host" g exec other /bin/wget -qO- http://198.51.100.1/served
expect 0 "its port is published" busybox wget -qO- "http://${four%.*}.1:8080/"
expect 0 "apps begin with an address" g run -q --net=veth --name=link "$i" -- /bin/busybox ip -4 -o addr show host0
out_has "also in a network of their own" "inet 192\.168\.|inet 10\."
ip link add lan0 type veth peer name lan1 # a network that nobody answers in
ip link set lan0 up
ip link set lan1 up
mkdir -p /run/udev/data # nspawn asks udev's notes whether it is ready to be used
echo I:1 >"/run/udev/data/n$(</sys/class/net/lan0/ifindex)"
expect 0 "a pod that nobody gives an address" g run -q --net=macvlan:lan0 "$i" -- /bin/busybox ip -o addr show mv-lan0
out_has "begins all the same, with one of its own" "inet6 fe80:"
ip link del lan0
refused "an interface that the host does not have" "network 'bridge:nosuch0': the host has no interface 'nosuch0'" --net=bridge:nosuch0 "$i"
refused "two networks that are host0" "one host0" --net=zone:tier,veth "$i"
refused "systemd's with CNI's" "not with those of CNI" --net=zone:tier,default "$i"
refused "a zone that is none" "must be none, host, pod:NAME" --net=zone:a-name-that-is-too-long "$i"
refused "a port of one address" "one address of the host" --net=zone:tier -p 127.0.0.1:80:80 "$i"
refused "a port of an address that others reach" "of no use" --net=macvlan:lo -p 80:80 "$i"
refused "in a virtual machine" "nspawn would make it" --net=zone:tier --stage1=kvm "$i"

# -- another pod's network -----------------------------------------------------------------------------------------

expect 0 "a pod in another's network" g run -q --net=pod:web "$i" -- /bin/wget -qO- http://127.0.0.1/
out_is "has the same loopback" "Hello from web"
expect 0 "a pod without a network" g run -d -q --name=alone --net=none "$i"
expect 0 "has one that another can be in" g run -d -q --net=pod:alone --name=guest --user=1000 "$i" -- /bin/sleep 1000
expect 0 "as status says" g status guest
out_has "by its name" "Network: pod:alone"
expect 0 "they share what is there" g exec guest /bin/wget -qO- http://127.0.0.1/
expect 0 "when the one is stopped" g stop alone
expect 0 "the other is" g status --wait guest
g run -d -q --name=hosted --net=host "$i" -- /bin/sleep 1000
refused "a pod that does not run" "pod 'alone', in whose network it is to be, does not run" --net=pod:alone "$i"
expect 125 "the host's network" g run -q --net=pod:hosted "$i"
err_has "is not another pod's" "use Network=host"
refused "ports of another pod" "network of the pod's own" --net=pod:web -p 80:80 "$i"
refused "parameters of another pod" "would be set for another pod" --net=pod:web --sysctl=net.ipv4.ip_forward=1 "$i"

# -- what may not be reached ---------------------------------------------------------------------------------------

denied() { # SETTINGS… -- COMMAND…
        g run -q --cap-drop=NET_RAW "$@"
}
expect 0 "an address that is allowed is reached" denied --net=zone:tier --set=IPAddressDeny=any --set="IPAddressAllow=192.168.0.0/16 10.0.0.0/8" --set=IPAddressAllow=localhost "$i" -- /bin/wget -qO- "http://$four/"
expect 1 "one that is denied is not" denied --net=zone:tier --set="IPAddressDeny=$four" "$i" -- /bin/sh -c "busybox timeout 3 wget -qO- http://$four/ || exit 1"
expect 1 "nor in the host's network" denied --net=host --set=IPAddressDeny=198.51.100.1 "$i" -- /bin/sh -c "busybox timeout 3 wget -qO- http://198.51.100.1/served || exit 1"
refused "one of several apps" "it can be set for the pod" --set=IPAddressDeny=any "$i" --- --app=b "$i"
refused "a filter that the app could pass by" "by CAP_NET_RAW it can send past" --net=zone:tier --set=IPAddressDeny=any "$i"
refused "in a virtual machine" "sockets of the host's kernel" --stage1=kvm --set=IPAddressDeny=any "$i"
refused "interfaces of a pod's own" "of which a pod has none" --net=zone:tier --set=RestrictNetworkInterfaces=lo "$i"
if systemctl --version | grep -q -- -BPF_FRAMEWORK; then
        expect 125 "interfaces that this systemd cannot restrict" g run -q --net=host --set=RestrictNetworkInterfaces=lo "$i"
else
        expect 1 "an interface that is not allowed" g run -q --net=host --set=RestrictNetworkInterfaces=~lo "$i" -- /bin/sh -c "busybox timeout 3 wget -qO- http://127.0.0.1/ || exit 1"
fi

finish
