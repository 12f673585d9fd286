#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pods in networks of this host, made by Debian's plugins and by some that are no good. Runs in test/host --private-network.
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
pods=12
[[ -z ${GANTRY_LONG-} ]] || pods=100
empty_trust

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

cleanup() {
        g list --no-legend 2>/dev/null | awk '{ print $1 }' | xargs -r gantry rm --root="$root" -f >/dev/null 2>&1
        ip netns pids outside 2>/dev/null | xargs -r kill
        ip netns del outside 2>/dev/null
        iptables -P FORWARD ACCEPT
        ip6tables -P FORWARD ACCEPT
        rm -rf /run/systemd/system/gantry-networks.service.d
        systemctl daemon-reload
        rm -rf /etc/cni/net.d/gantry-test-* /opt/cni/bin/gantry-test-*
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

# What is left of a pod in the host: its interface, its rules, its leases.
traces() {
        ip -o link | grep -c veth
        iptables-save | grep -v '^[#:]' | sort
        ip6tables-save | grep -v '^[#:]' | sort
        nft list table inet gantry
        find /run/gantry/networks /var/lib/cni/networks -type f ! -name 'last_*' ! -name lock 2>/dev/null
        find /var/run/netns -type f ! -name outside 2>/dev/null
}

# The Nth address of a pod that runs: address POD N
address() {
        g status --json=short "$1" | python3 -c "import json,sys; print(json.load(sys.stdin)[0]['addresses'].split(', ')[$2])"
}

refused() { # TEXT REGEX ARGUMENT…
        local text=$1 why=$2
        shift 2
        expect 125 "$text" g run -q "$@"
        err_has "$text: why" "$why"
}

plugin() { # NAME, its script on standard input: a network and a plugin of this name
        mkdir -p /opt/cni/bin /etc/cni/net.d
        cat >"/opt/cni/bin/gantry-test-$1"
        chmod 755 "/opt/cni/bin/gantry-test-$1"
        echo "{ \"cniVersion\": \"1.0.0\", \"name\": \"$1\", \"type\": \"gantry-test-$1\" }" >"/etc/cni/net.d/gantry-test-$1.conf"
}

{
        make_image images web /bin/busybox httpd -f -p 80 -h /srv/www
        umoci config --image images:web --config.exposedports=80/tcp
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images:web
expect 0 "the image is trusted" gantry trust add --prefix="oci:$work" --require=nothing

# As Docker and ufw have it.
iptables -P FORWARD DROP
ip6tables -P FORWARD DROP
ip link set lo up
ip netns add outside
ip link add outside0 type veth peer name eth0 netns outside
ip addr add 198.51.100.1/24 dev outside0
ip addr add 2001:db8:1::1/64 dev outside0 nodad
ip link set outside0 up
ip -n outside addr add 198.51.100.2/24 dev eth0
ip -n outside addr add 2001:db8:1::2/64 dev eth0 nodad
ip -n outside link set eth0 up

mkdir -p /etc/cni/net.d
cat >/etc/cni/net.d/gantry-test-other.conflist <<'END'
{ "cniVersion": "0.4.0", "name": "other", "plugins": [
  { "type": "bridge", "bridge": "other0", "isGateway": true, "ipMasq": true,
    "ipam": { "type": "host-local", "dataDir": "/run/gantry/networks", "ranges": [[{ "subnet": "10.78.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] } },
  { "type": "firewall", "ingressPolicy": "same-bridge" } ] }
END
cat >/etc/cni/net.d/gantry-test-ports.conflist <<'END'
{ "cniVersion": "1.0.0", "name": "ports", "plugins": [
  { "type": "bridge", "bridge": "ports0", "isGateway": true,
    "ipam": { "type": "host-local", "dataDir": "/run/gantry/networks", "ranges": [[{ "subnet": "10.79.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] } },
  { "type": "portmap", "capabilities": { "portMappings": true } } ] }
END
echo '{ "cniVersion": "1.0.0",' >/etc/cni/net.d/gantry-test-broken.conf
# The pods that are looked after are those of this store.
mkdir -p /run/systemd/system/gantry-networks.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/libexec/gantry/pod-network --root=%s renew\n' "$root" >/run/systemd/system/gantry-networks.service.d/test.conf
systemctl daemon-reload

# -- plugins that are no good: the one that hangs takes its time meanwhile -----------------------------------------

plugin hanging <<'END'
#!/bin/sh
[ "$CNI_COMMAND" = DEL ] || sleep 100
END
(time g run -q --net=hanging --name=hanging "$i" -- /bin/true) >hanging.out 2>&1 &
hanging=$!

plugin failing <<'END'
#!/bin/sh
[ "$CNI_COMMAND" = DEL ] && { touch /run/gantry-test-del; exit 0; }
echo '{ "cniVersion": "1.0.0", "code": 100, "msg": "out of luck" }'
exit 1
END
plugin rubbish <<'END'
#!/bin/sh
echo 'all is well'
END
plugin lying <<'END'
#!/bin/sh
echo '{ "cniVersion": "1.0.0", "ips": [{ "address": "192.0.2.1/24" }] }'
END
refused "a plugin that fails" "network 'failing': plugin 'gantry-test-failing': out of luck" --net=failing "$i"
report "and it is asked to take back what it has done" "$(test -e /run/gantry-test-del; echo $?)"
refused "a plugin that prints rubbish" "what is no result" --net=rubbish "$i"
refused "a plugin that lies" "there is no interface 'eth0'" --net=lying "$i"
refused "a network that nobody knows, while a file is broken" "gantry-test-broken.conf: line" --net=nowhere "$i"
rm /etc/cni/net.d/gantry-test-broken.conf
refused "a network that nobody knows" "no file in /etc/cni/net.d" --net=nowhere "oci:$work/nowhere"
refused "host with another" "go with no other" --net=host,default "$i"
refused "ports of the host's network" "network of the pod's own" --net=host -p 8080:80 "$i"
refused "a port of the host's twice" "twice: '8080:80' and '8080:81'" -p 8080:80 -p 8080:81 "$i"
refused "by its name, too" "two ports are to be port 8080 of the host" -p 8080:80-tcp -p 8079-8081:90-92 "$i"
refused "a limit of a network that is not there" "Bandwidth= is for a network of" --bandwidth=1M "$i"
refused "a port that is none" "must be \[IP:\]HOST:POD" -p 0:80 "$i"
refused "a port that nobody declares" "a port is to be published that no app has" -p 8080:nobody "$i"
refused "a capability over the network" "host's to arrange" --net=default --cap-add=NET_ADMIN "$i"

# -- reach ---------------------------------------------------------------------------------------------------------

# The first pod leaves the bridge, and the chains that all have. To publish a port is to want a network.
expect 0 "a pod in the default network" g run -q -p 8079:80 "$i" -- /bin/sh -c 'cat /etc/hosts; busybox ip -o addr; busybox ip route'
out_has "has an IPv4 address" 'eth0 +inet 10\.77\.'
out_has "an IPv6 address" 'eth0 +inet6 fd67:616e:7472:79:'
out_has "a route to everywhere" '^default via 10\.77\.0\.1'
g run -q --net=other "$i" -- /bin/true
g run -q --net=ports -p 8079:80 "$i" -- /bin/true
traces >traces.before

expect 0 "one whose port is published" g run -q -d --name=web -p 8080:80 -p 127.0.0.1:8443:80-tcp "$i"
expect 0 "one in another network" g run -q -d --name=far --net=other "$i"
four=$(address web 0)
six=$(address web 1)
expect 0 "the host reaches a pod" busybox wget -qO- "http://$four/"
out_is "and hears it" "Hello from web"
expect 0 "by IPv6, too" busybox wget -qO- "http://[$six]/"
expect 0 "a pod reaches another" g run -q --net=default "$i" -- /bin/wget -qO- "http://$four/"
expect 0 "by IPv6, too" g run -q --net=default "$i" -- /bin/wget -qO- "http://[$six]/"
ip netns exec outside busybox httpd -p 80 -h /etc
expect 0 "a pod reaches what is outside" g run -q --net=default "$i" -- /bin/wget -qO- http://198.51.100.2/hostname
expect 0 "by IPv6, too" g run -q --net=default "$i" -- /bin/wget -qO- 'http://[2001:db8:1::2]/hostname'
expect 1 "a pod of another network does not reach it" g run -q --net=other "$i" -- /bin/sh -c "busybox timeout 3 wget -qO- http://$four/ || exit 1"
expect 1 "and not the other way round" g run -q --net=default "$i" -- /bin/sh -c "busybox timeout 3 wget -qO- http://$(address far 0)/ || exit 1"
expect 0 "a pod can be in both" g run -q --net=default,other "$i" -- /bin/sh -c "wget -qO- http://$four/ && wget -qO- http://$(address far 0)/"
expect 0 "the published port, from the host's loopback" busybox wget -qO- http://127.0.0.1:8080/
expect 0 "the one by its declared name" busybox wget -qO- http://127.0.0.1:8443/
expect 0 "from outside" ip netns exec outside curl --silent --fail --max-time 5 http://198.51.100.1:8080/
expect 0 "from outside by IPv6" ip netns exec outside curl --silent --fail --globoff --max-time 5 'http://[2001:db8:1::1]:8080/'
expect 7 "not what is published on the loopback only" ip netns exec outside curl --silent --max-time 3 http://198.51.100.1:8443/

# -- names ---------------------------------------------------------------------------------------------------------

expect 0 "a pod finds another by its name" g run -q --name=early --net=default "$i" -- /bin/wget -qO- http://web/
expect 1 "but not one of another network" g run -q --net=default "$i" -- /bin/wget -qO- http://far/
expect 0 "unless it is in both" g run -q --net=default,other "$i" -- /bin/sh -c 'wget -qO- http://web/ && wget -qO- http://far/'
expect 0 "one that has come later" g run -q -d --name=late --net=default "$i"
expect 0 "is known to one that was there" g exec web /bin/wget -qO- http://late/
expect 0 "by both its addresses" g exec web /bin/busybox grep -c late /etc/hosts
out_is "each in a line" 2
g stop late
expect 1 "one that has left is not known any more" g exec web /bin/busybox grep late /etc/hosts
expect 1 "nobody in a pod changes what is said of others" g exec web /bin/sh -c 'echo 192.0.2.1 far >>/etc/hosts'

# -- limits --------------------------------------------------------------------------------------------------------

# What may come at once is 128 KiB; the rest takes its time.
seconds_of() {
        local begin=$EPOCHREALTIME
        "$@" >out 2>err
        echo $(((${EPOCHREALTIME/.} - ${begin/.}) / 1000000))
}

expect 0 "a pod whose bandwidth is limited" g run -q -d --name=slow --net=default --bandwidth=100K "$i"
head -c 400000 /dev/zero >zeros
busybox httpd -p 8099 -h .
httpd=$(pgrep -f 'httpd -p 8099')
report "receives no faster" "$((2 > $(seconds_of g exec slow /bin/busybox wget -qO- http://10.77.0.1:8099/zeros)))"
report "but all of it" "$((400000 - $(stat --format=%s out)))"
kill "$httpd"
g exec slow /bin/sh -c 'busybox head -c 400000 /dev/zero >/srv/www/zeros'
report "and sends no faster" "$((2 > $(seconds_of curl --silent "http://$(address slow 0)/zeros")))"
report "but all of it" "$((400000 - $(stat --format=%s out)))"
expect 0 "what limits it" g stop slow
report "is gone with it" "$(ip -o link | grep -c bwp)"

# -- what is said of it --------------------------------------------------------------------------------------------

expect 0 "status" g status web
out_has "has the addresses" "Address: $four, $six"
out_has "and the ports" "Ports: 8080/tcp, 127\.0\.0\.1:8443/tcp"
expect 0 "machinectl" machinectl --no-legend list
out_has "has an address" "web +container .*10\.77\."
expect 0 "exec gets into the network" g exec web /bin/busybox ip -o addr show eth0
out_has "that the pod is in" "$four/16"
expect 2 "in which nobody can change anything" g exec web /bin/busybox ip addr add 10.77.9.9/16 dev eth0

# -- conflicts -----------------------------------------------------------------------------------------------------

cat >ports.json <<END
{"acVersion": "0.8.11", "acKind": "PodManifest", "ports": [{"name": "80-tcp", "hostPort": 8094, "hostIP": "127.0.0.1"}],
 "apps": [{"name": "web", "image": {"id": "$(g fetch -q "$i" | sed 's/:/-/')"}}]}
END
expect 0 "a pod manifest's ports" g run -q -d --name=manifest --net=default --pod-manifest=ports.json
expect 0 "are published in its network" curl --silent --fail --max-time 2 http://127.0.0.1:8094/
g stop manifest
expect 0 "without one" g prepare -q --pod-manifest=ports.json
err_has "they are ignored, and it is said" "Port '80-tcp' of the pod is ignored.*--net="
sed -i 's/80-tcp/81-tcp/' ports.json
expect 1 "a manifest's port that no app has" g prepare -q --net=default --pod-manifest=ports.json
err_has "is refused" "that no app has: '81-tcp'"

refused "a port that another pod has" "port 8080/tcp of the host is taken: pod 'web' has it" -p 8080:80 "$i"
busybox httpd -f -p 127.0.0.1:8090 -h / &
httpd=$!
wait_for busybox wget -qO /dev/null http://127.0.0.1:8090/etc/passwd
refused "a port that a program has" "8090/tcp of the host is taken: '(busybox|httpd)' \(process $httpd\)" -p 8090:80 "$i"
kill "$httpd"

# -- a firewall that is loaded again --------------------------------------------------------------------------------

renewals() {
        journalctl --quiet --unit=gantry-networks --output=cat --boot | grep -c '^Finished'
}

settled() {
        [[ $(systemctl show --property=SubState --value gantry-networks.socket) == listening ]]
}

woken_since() {
        (($1 < $(renewals)))
}

expect 0 "one whose port a plugin publishes" g run -q -d --name=plugged --net=ports -p 8091:80 "$i"
expect 0 "is reached there" wait_for busybox wget -qO /dev/null http://127.0.0.1:8091/
wait_for systemctl is-active --quiet gantry-networks.socket
nft flush ruleset
expect 0 "when all rules have been removed, ours are made again" wait_for curl --silent --fail --max-time 1 http://127.0.0.1:8080/
expect 0 "and plugins asked for theirs" wait_for curl --silent --fail --max-time 1 http://127.0.0.1:8091/
expect 0 "a pod reaches what is outside" g exec web /bin/wget -qO- http://198.51.100.2/hostname
wait_for settled
before=$(renewals)
nft 'add table inet gantry_test; add chain inet gantry_test x; delete chain inet gantry_test x'
g run -q -p 8092:80 "$i" -- /bin/true
report "nobody is woken by other changes" "$((before - $(renewals)))"
nft delete table inet gantry_test
expect 0 "but by a table that is removed" wait_for woken_since "$before"
g stop plugged

# -- the end -------------------------------------------------------------------------------------------------------

expect 0 "one that is stopped" g stop web
expect 0 "gives its port back" g run -q -d --name=web2 -p 8080:80 "$i"
systemctl kill --signal=KILL --kill-who=all gantry-web2
expect 0 "as does one that is killed" g status --wait web2
expect 0 "a fixed address" g run -q -d --name=fixed --net='default:IP=10.77.200.1' "$i"
out_is "is the one" fixed
report "that it gets" "$([[ $(address fixed 0) == 10.77.200.1 ]]; echo $?)"
refused "and nobody else" "10.77.200.1" --net='default:IP=10.77.200.1' "$i"
g stop far fixed

seq "$pods" | xargs -P 4 -I{} gantry run --root="$root" -q -d --name=many{} -p 9{}:80 "$i" >/dev/null 2>many.err
expect 0 "as many pods as there are" g list --no-legend
report "run" "$((pods - $(grep -c 'many.*running' out)))"
seq 1 2 "$pods" | xargs -I{} systemctl kill --signal=KILL --kill-who=all gantry-many{}
seq 2 2 "$pods" | xargs -I{} echo many{} | xargs gantry stop --root="$root" >/dev/null
seq "$pods" | xargs -I{} echo many{} | xargs gantry status --root="$root" --wait >/dev/null

wait "$hanging"
report "a plugin that hangs is not waited for any longer" "$(grep -q "has not answered within 30 s" hanging.out; echo $?)"
sleep 0.5 # namespaces go when the kernel has the time
traces >traces.after
cp traces.after out
diff traces.before traces.after >err
report "nothing is left of any of them" $?
finish
