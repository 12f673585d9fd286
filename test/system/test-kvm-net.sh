#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Virtual machines in networks of this host. Runs in test/host --private-network, where they are emulated: a start takes seconds, so that one
# pod is asked many things.
# shellcheck disable=SC2016 # what is quoted is for the apps' shell
set -u

[[ ${GANTRY_HOST_NETWORK-} == private ]] || { echo "not ok - it would change the machine's network"; exit 1; }

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/pods.sh
. "$here/../lib/pods.sh"
# shellcheck source=test/lib/kvm.sh
. "$here/../lib/kvm.sh"
cd "$work" || exit 1

root=$work/store
empty_trust

g() {
        local verb=$1
        shift
        timeout 120 gantry "$verb" --root="$root" "$@"
}

cleanup() {
        systemctl stop 'gantry-vm*' gantry-near gantry-far gantry-late 2>/dev/null
        rm -f /etc/cni/net.d/gantry-test-*
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

# What is left of pods in the host: interfaces, rules, leases.
traces() {
        ip -o link | grep -cE 'veth|tap'
        iptables-save | grep -v '^[#:]' | sort
        ip6tables-save | grep -v '^[#:]' | sort
        find /run/gantry/networks -type f ! -name 'last_*' ! -name lock 2>/dev/null
}

# The Nth address of a pod that runs: address POD N
address() {
        g status --json=short "$1" | python3 -c "import json,sys; print(json.load(sys.stdin)[0]['addresses'].split(', ')[$2])"
}

{
        make_image images web /bin/busybox httpd -f -p 80 -h /srv/www && need_kernel
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:web
expect 0 "the image is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "an image" g fetch -q "$i"

ip link set lo up
mkdir -p /etc/cni/net.d
cat >/etc/cni/net.d/gantry-test-other.conflist <<'END'
{ "cniVersion": "1.0.0", "name": "other", "plugins": [
  { "type": "bridge", "bridge": "other0", "isGateway": true, "ipMasq": true, "mtu": 1400,
    "ipam": { "type": "host-local", "dataDir": "/run/gantry/networks", "ranges": [[{ "subnet": "10.78.0.0/24" }]] } },
  { "type": "firewall", "ingressPolicy": "same-bridge" } ] }
END

# -- a machine in two networks -------------------------------------------------------------------------------------

expect 0 "a container in the default network" g run -q -d --name=near -p 8079:80 "$i"
expect 0 "one in another" g run -q -d --name=far --net=other "$i"
traces >traces.before
then=$SECONDS
expect 0 "a machine in both" g run -q -d --stage1=kvm --name=vm1 --cap-add=NET_ADMIN --net=default,other -p 8080:80 -p 8053:53/udp --sysctl=net.ipv4.ip_default_ttl=77 "$i"
four=$(address vm1 0)
six=$(address vm1 1)
expect 0 "its published port" wait_for busybox wget -qO "$work/out" http://127.0.0.1:8080/
out_is "is answered by it" 'Hello from web'
echo "# from nothing to an answer: $((SECONDS - then)) s"
expect 0 "and its address" busybox wget -qO- "http://$four/"
expect 0 "by IPv6, too" busybox wget -qO- "http://[$six]/"

# -- what is in it -------------------------------------------------------------------------------------------------

expect 0 "what it has" g exec vm1 -- /bin/sh -c 'busybox ip -o addr; busybox ip route; busybox ip -6 route; cat /etc/hosts /proc/sys/net/ipv4/ip_default_ttl'
out_has "is its IPv4 address" "eth0 +inet $four/16 brd 10\.77\.255\.255"
out_has "its IPv6 address" "eth0 +inet6 $six/64"
out_has "that of the other network, by its name" "eth1 +inet $(address vm1 2)/24"
out_has "a way to everywhere" '^default via 10\.77\.0\.1 dev eth0'
out_has "also by IPv6" '^default via fd67:.* dev eth0'
out_has "its name" "^$four.vm1"
out_has "that of a neighbour" "^$(address near 0).near"
out_has "a parameter of its kernel's" '^77$'
expect 0 "it reaches containers" g exec vm1 -- /bin/sh -c "wget -qO- http://$(address near 0)/ && wget -qO- http://$(address far 0)/ && ping -c 1 -W 5 $(address near 0)"
expect 0 "and they reach it" g exec near -- /bin/sh -c "wget -qO- http://$four/ && wget -qO- 'http://[$six]/'"
expect 0 "the host hears from it by ping" busybox ping -c 1 -W 5 "$four"
no_ports() { # how many datagrams it has had that nobody waited for
        g exec vm1 -- /bin/sh -c 'cat /proc/net/snmp' | awk '/^Udp: [0-9]/ { print $3 }'
}
before=$(no_ports)
python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 8053))'
sleep 0.3
report "a published port of UDP is its" "$(($(no_ports) != before + 1))"
expect 0 "it can ask for a neighbour" g exec vm1 -- /bin/busybox arping -c 1 -w 5 -I eth0 10.77.0.1
expect 1 "but in nobody else's name, whatever it is to itself" g exec vm1 -- /bin/sh -c 'busybox ip addr add 10.77.99.99/32 dev lo && busybox arping -c 1 -w 2 -I eth0 -s 10.77.99.99 10.77.0.1'
out_has "for nobody hears it" 'Received 0 '
expect 1 "who is in no network of its does not reach it" g exec far -- /bin/sh -c "busybox timeout 3 wget -qO- http://$four/ || exit 1"
expect 0 "status" g status vm1
out_has "has its addresses" "Address: $four, $six"
out_has "and its ports" 'Ports: 8080/tcp, 8053/udp'
expect 0 "machinectl" machinectl list --no-legend
out_has "lists it" '^vm1 +vm +gantry'

# -- neighbours that come and go -----------------------------------------------------------------------------------

knows() { # whether vm1 has a name in its hosts: knows NAME
        g exec vm1 -- /bin/sh -c "busybox grep -qw '$1' /etc/hosts"
}

knows_not() {
        ! knows "$1"
}

expect 0 "a container that comes later" g run -q -d --name=late --net=default "$i"
expect 0 "is known in the machine" wait_for knows late
expect 0 "and reached by its name" g exec vm1 -- /bin/sh -c 'wget -qO- http://late/'
out_is "as itself" 'Hello from web'
expect 1 "but nobody in there writes to it" g exec vm1 -- /bin/sh -c 'echo 1.2.3.4 evil >>/etc/hosts'
systemctl stop gantry-late
expect 0 "when it has ended, it is not known any more" wait_for knows_not late
expect 0 "the others still are" knows near

# -- the end -------------------------------------------------------------------------------------------------------

systemctl kill --signal=KILL --kill-who=all gantry-vm1
expect 0 "a machine that is killed" g status --wait vm1
sleep 0.5 # namespaces go when the kernel has the time
traces >traces.after
cp traces.after out
diff traces.before traces.after >err
report "leaves nothing" $?

finish
