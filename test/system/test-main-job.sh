#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The seven steps of the main job, with a real registry, real signatures, systemd, machined and the journal. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

root=$work/store
empty_trust # the pods' units ask the host's own rules

cleanup() {
        empty_trust
        gantry stop --root="$root" --force web 2>/dev/null
        stop_registry
        end_gpg "$work"/gpg-* 2>/dev/null
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

# -- images --------------------------------------------------------------------------------------------------------

{
        start_registry
        make_cosign_key cosign
        make_cosign_key other
        make_image images unsigned /bin/sh -c 'exit 0'
        push_image images:unsigned hello:unsigned
        make_image images signed /bin/sh -c 'while :; do echo tick; echo tock >&2; sleep 1; done'
        push_image images:signed hello:1
        sign_image hello 1 cosign.key
        push_image images:signed elsewhere:1 # the same manifest, and a signature that names another repository
        sign_image elsewhere 1 cosign.key "$registry/hello"
        make_image images foreign /bin/true
        push_image images:foreign hello:foreign
        sign_image hello foreign other.key
        make_gpg_key gpg-ed25519 ed25519 test@example.com
        make_gpg_key gpg-rsa rsa3072 test@example.com
        make_aci hello.aci example.com/hello /bin/sh -c 'echo Hello from an ACI; exit 3'
} >setup.log 2>&1 || { cat setup.log; exit 1; }

image=$registry/hello:1
blob_requests() {
        grep -c '"http.request.uri":"/v2/hello/blobs/' registry.log
}

# -- 2. no rule ----------------------------------------------------------------------------------------------------

before=$(blob_requests)
expect 1 "without a rule fetch is refused" g fetch -q "$image"
err_is_one_line "the refusal is one line"
err_has "it names the image" "$image"
err_has "it says that no rule covers it" "no trust rule covers '$registry/hello'"
err_has "it prints the command that would" "gantry trust add --prefix=$registry/hello "
report "nothing but the signature's payload was downloaded" "$((($(blob_requests) - before) > 1))"
report "nothing is left in the store" "$(find "$root" -type f | wc -l)"

# -- 3. trust ------------------------------------------------------------------------------------------------------

expect 1 "trust add asks, and without a terminal it does not guess" gantry trust add --prefix="$registry/hello" cosign.pub
expect 1 "a wrong fingerprint is not taken" gantry trust add --prefix="$registry/hello" --fingerprint=1234 cosign.pub
expect 0 "trust add" gantry trust add --prefix="$registry/hello" --yes cosign.pub
err_has "it shows the fingerprint" 'sha256:[0-9a-f]{64}'
expect 0 "trust list" gantry trust list
out_has "shows the rule" "^$registry/hello +signature +sha256:[0-9a-f]{64} +valid "
expect 0 "fetch" g fetch -q "$image"
out_has "prints the image ID" '^sha256:[0-9a-f]{64}$'
id=$(<out)
expect 1 "the unsigned tag is still refused" g fetch -q "$registry/hello:unsigned"
err_has "for lack of a signature" "no signature"
expect 1 "a signature by another key is refused" g fetch -q "$registry/hello:foreign"
expect 0 "a rule for the other repository" gantry trust add --prefix="$registry/elsewhere" --yes cosign.pub
expect 1 "a signature that names another repository is refused" g fetch -q "$registry/elsewhere:1"
err_has "and the message says so" "name"
expect 0 "the verdict can be asked for again" g verify "$image"
out_has "and names the rule" "^  Rule       $registry/hello in /etc/gantry/trust.d/"
out_has "and the key" "good: by ECDSA P-256 key sha256:"
expect 0 "the image is listed" g image list
out_has "by its name" "^$image "
report "three layers are sealed" "$(($(find "$root/layers" -name '*.erofs' | wc -l) - 3))"
for layer in "$root"/layers/*.erofs; do
        expect 0 "fsck.erofs accepts ${layer##*/sha256-}" fsck.erofs "$layer"
done

# -- 4. in the foreground ------------------------------------------------------------------------------------------

expect 0 "run in the foreground" g run --name=hello "$image" -- /bin/echo "Hello from a pod"
out_is "the app's output on stdout" "Hello from a pod"
report "and nothing on stderr" "$(wc -l <err)"
expect 0 "the journal has it too" journalctl -q -o cat -u gantry-hello -t hello
out_has "under the pod's unit and the app's name" "Hello from a pod"
expect 7 "the app's exit status is run's" g run --name=hello "$image" -- /bin/sh -c 'echo to stderr >&2; exit 7'
err_has "the app's stderr on stderr" "^to stderr$"
expect 143 "a signal is 128+n" g run "$image" -- /bin/sh -c 'kill -TERM $$'
expect 127 "a command that is not there" g run "$image" -- /bin/nothing
expect 126 "a file that is no program" g run "$image" -- /etc/passwd
expect 0 "the app is root in the pod" g run "$image" -- /bin/sh -c 'id -u; cat /proc/self/uid_map; pwd'
out_has "but nobody on the host" '^ +0 +[1-9][0-9]{5,} +65536$'
out_has "in the image's working directory" '^/srv$'
echo "to stdin" >in
"$(command -v gantry)" run --root="$root" -q -i "$image" -- /bin/cat <in >out 2>err
report "stdin is the app's" $?
out_is "and arrives" "to stdin"

# -- 5. in the background ------------------------------------------------------------------------------------------

expect 0 "run in the background" g run -d --name=web "$image"
out_is "prints the pod's name" web
expect 0 "machinectl list" machinectl list --no-legend
out_has "shows it, class container" '^web +container'
expect 0 "systemctl status" systemctl status --no-pager gantry-web.service
out_has "shows a transient unit" 'Transient: yes'
expect 0 "systemctl show" systemctl show -p Slice -p Delegate -p Type gantry-web.service
out_has "in machine.slice" '^Slice=machine.slice$'
wait_for sh -c 'journalctl -q -o cat -u gantry-web -t hello | grep -q tock'
expect 0 "journalctl by unit and app" journalctl -q -o cat -u gantry-web -t hello
out_has "has its stdout" '^tick$'
out_has "and its stderr" '^tock$'
expect 0 "gantry list" g list
out_has "shows it running" "^web +running +[0-9]+ s +1 +$image "
expect 0 "gantry list --json" g list --json=short
out_has "is JSON" '"name":"web","state":"running"'
expect 0 "gantry status" g status web
out_has "shows it running" 'State: running'
expect 0 "gantry logs" g logs web
out_has "shows what it printed" '^tick$'
expect 0 "gantry exec" g exec web -- sh -c 'id -u; cat /srv/www/index.html; ps'
out_has "sees the pod's files" '^Hello from signed$'
out_has "and the app's process" 'while :; do echo tick'
expect 5 "exec passes the exit status on" g exec web -- sh -c 'exit 5'
expect 127 "exec of what is not there" g exec web -- nothing
expect 1 "a running pod is not removed" g rm web
err_has "because it runs" "running"
expect 125 "a second pod of the name is refused" g run -d --name=web "$image"
err_has "and the message names it" "'web'"
expect 1 "its image is not removed either" g image rm "$image"
uuid=$(g list --json=short | sed 's/.*"name":"web"[^}]*"uuid":"\([^"]*\)".*/\1/')
cgroup=/sys/fs/cgroup/machine.slice/gantry-web.service
report "it has a cgroup" "$([[ -d $cgroup ]]; echo $?)"
expect 0 "gantry stop" g stop web
expect 0 "the pod has ended" g status web
out_has "by its stop signal" 'killed \(SIGTERM\)'
report "exit.json says how" "$(grep -q '"signal": 15' "$root/pods/exited/$uuid/exit.json"; echo $?)"
expect 0 "its logs are still there" g logs -n 1 web
out_has "the last line too" '^(tick|tock)$'
expect 0 "gantry rm" g rm web
report "no pod directory is left" "$(find "$root/pods" -name "$uuid" | wc -l)"
report "no cgroup is left" "$([[ ! -e $cgroup ]]; echo $?)"
report "no mount is left" "$(grep -c "$uuid" /proc/self/mountinfo)"
report "no unit is left" "$(systemctl list-units --all --no-legend 'gantry-web*' | wc -l)"
report "no machine is left" "$(machinectl list --no-legend | wc -l)"

# -- 6. ACI --------------------------------------------------------------------------------------------------------

expect 1 "an ACI without signature is refused" g fetch -q ./hello.aci
for home in gpg-ed25519 gpg-rsa; do
        gpg_sign $home hello.aci
        expect 1 "$home: an ACI signed by a key nobody trusts is refused" g fetch -q ./hello.aci
        expect 0 "$home: its key is trusted for the name" gantry trust add --prefix=example.com/hello --yes $home.asc
        expect 3 "$home: the ACI runs" g run -q ./hello.aci
        out_is "$home: and prints" "Hello from an ACI"
        expect 0 "$home: verify says who signed" g verify ./hello.aci
        out_has "$home: with the fingerprint" "key [0-9A-F]{40}"
        expect 0 "$home: trust rm" gantry trust rm --prefix=example.com/hello
done
expect 0 "a rule for a longer name of the same beginning" gantry trust add --prefix=example.com/hello-evil --yes gpg-rsa.asc
expect 125 "does not cover it" g run -q ./hello.aci
printf x >>hello.aci
expect 0 "the key is trusted again" gantry trust add --prefix=example.com/hello --yes gpg-rsa.asc
expect 1 "a changed ACI is refused" g fetch -q ./hello.aci

# -- 7. out of trust -----------------------------------------------------------------------------------------------

expect 0 "a pod is prepared while the key is trusted" g prepare --name=later "$image" -- /bin/echo later
prepared=$(<out)
expect 0 "the key is taken out of trust" gantry trust rm --prefix="$registry/hello"
expect 125 "the image of the store does not run any more" g run "$image"
err_has "because no rule covers it" "no trust rule covers"
expect 125 "nor by its ID" g run "$id"
expect 125 "nor the pod that was prepared before: stage1 asks again" g run "$prepared"
expect 0 "the broken start is recorded" g status "$prepared"

expect 0 "a rule that wants references pinned by digest" gantry trust add --prefix="$registry/hello" --require=digest
expect 125 "does not let the tag run" g run -q "$image"
err_has "and says so" "pinned by digest"
expect 0 "but the digest" g run -q "$registry/hello@$id" -- /bin/echo pinned
out_is "which stage1 judges as such, too" pinned
expect 1 "a digest of another image is not found" g fetch -q "$registry/hello@sha256:$(printf '0%.0s' {1..64})"

# -- gc ------------------------------------------------------------------------------------------------------------

expect 0 "gc keeps what has just ended" g gc -q
report "pods are there" "$([[ $(find "$root/pods/exited" -mindepth 1 -maxdepth 1 | wc -l) -gt 3 ]]; echo $?)"
expect 0 "gc after the grace" g gc -q --grace=0 --prepared-grace=0
report "no pod is left" "$(find "$root/pods" -mindepth 2 | wc -l)"
report "nothing is left in the quarantine" "$(find "$root/incoming" -mindepth 1 | wc -l)"

finish
