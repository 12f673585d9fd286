#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How pods of several apps are asked for: command lines, pod files and appc pod manifests. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

empty_trust

cleanup() {
        gantry gc -q --grace=0 --prepared-grace=0 2>/dev/null
        rm -rf /etc/gantry/pods/shop.pod
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

{
        make_image images web /bin/sh -c 'exec sleep 1000'
        umoci config --image images:web --tag db --config.volume=/data
        make_aci hello.aci example.com/hello /bin/sh -c 'echo hello'
} >setup.log 2>&1 || { cat setup.log; exit 1; }
image=oci:$work/images
expect 0 "what lies here is trusted" gantry trust add --prefix="oci:$work" --require=nothing
expect 0 "and the appc image" gantry trust add --prefix=example.com --require=nothing
expect 0 "which is fetched" gantry fetch ./hello.aci
hello=$(gantry fetch ./hello.aci)

pods() { # how many there are
        gantry list --no-legend | wc -l
}

# What the manifest of the pod that was prepared last says: says TEXT EXPECTED EXPRESSION, where `pod` is the manifest, and of(x, name) an
# annotation of x.
says() {
        gantry cat-manifest "$uuid" >manifest.out
        python3 - "$3" >out 2>err <<'END'
import json, sys
pod = json.load(open("manifest.out"))
def of(x, name):
    return next((a["value"] for a in x["annotations"] if a["name"] == name), None)
said = eval(sys.argv[1], {"pod": pod, "of": of, "apps": pod["apps"]})
print(said if isinstance(said, str) else json.dumps(said, separators=(",", ":")))
END
        out_is "$1" "$2"
}

# Prepares a pod, which is then $uuid: prepares TEXT ARGUMENT…
prepares() {
        local text=$1
        shift
        expect 0 "$text" gantry prepare "$@"
        uuid=$(<out)
}

# Refuses, in one line, and leaves nothing behind: refuses TEXT REGEX ARGUMENT…
refuses() {
        local text=$1 regex=$2 before
        before=$(pods)
        shift 2
        expect 1 "refused: $text" gantry prepare "$@"
        err_has "says why" "$regex"
        err_is_one_line "in one line"
        [[ $(pods) == "$before" && ! $(ls /var/lib/gantry/pods/preparing) ]]
        report "and nothing is left" $?
}

# -- command lines -------------------------------------------------------------------------------------------------

refuses "an option of an app, for two" 'User= is of an app' -u 5 "$image:web" "$image:db"
refuses "two apps of one name" "two apps are called 'images'; give one another name with --app=" "$image:web" "$image:db"
prepares "each with its options" --name=shop --end=app:web --property=MemoryMax=1G --empty-volume=shared \
        --app=web -v shared:/shared "$image:web" -- /bin/sleep 5 \
        --- --app=db -m 100M --restart=always --set=Requires=web -v shared:/in:ro "$image:db"
says "both are apps" '["web","db"]' '[a["name"] for a in apps]'
says "with their own commands" '[["/bin/sleep","5"],["/bin/sh","-c","exec sleep 1000"]]' '[a["app"]["exec"] for a in apps]'
says "the pod's unit has its limit, and time for both to end" '["MemoryMax=1G","TimeoutStopSec=20000000us"]' \
        'of(pod, "gantry/unit-properties").split()'
says "the app's service its own" 'MemoryMax=100M' 'of(apps[1], "gantry/service-properties")'
says "it is restarted" always 'of(apps[1], "gantry/restart")'
says "it needs the other" web 'of(apps[1], "gantry/requires")'
says "the pod ends with one" app:web 'of(pod, "gantry/end")'
says "they share a volume" '["shared","shared"]' '[a["mounts"][0]["volume"] for a in apps]'
says "which is made for the pod" '["empty"]' '[v["kind"] for v in pod["volumes"] if v["name"] == "shared"]'
expect 0 "gantry knows the pod" gantry status shop
out_has "and its apps" 'web.*db'
refuses "the name is taken" "a pod of this name exists" --name=shop "$image:web"
refuses "what is of the pod, behind ---" "PodName= is of the whole pod" --app=a "$image:web" --- --name=x "$image:db"
refuses "a circle" "apps wait for each other: a after b after a" \
        --app=a --set=After=b "$image:web" --- --app=b --set=After=a "$image:db"
refuses "one that is not there" "names an app that the pod does not have: 'c'" \
        --app=a --set=After=c "$image:web" --- --app=b "$image:db"
refuses "a name that escapes" "AppName='../x': it must be a name of" --app=../x "$image:web"
refuses "an image that is not there" "the store does not have it" --pull=never --app=a "$image:web" --- --pull=never none

several=()
for ((i = 0; i < 64; i++)); do several+=(--app="a$i" "$image:web" ---); done
prepares "64 apps" "${several[@]:0:191}"
says "are a pod" 64 'len(apps)'
for ((i = 64; i < 1000; i++)); do several+=(--app="a$i" "$image:web" ---); done
refuses "1000 apps" '1000 apps; a pod can have 128' "${several[@]:0:2999}"

expect 125 "several apps and one terminal do not go together" gantry run -t --app=a "$image:web" --- --app=b "$image:db"

# -- pod files -----------------------------------------------------------------------------------------------------

mkdir -p /etc/gantry/pods
cat >/etc/gantry/pods/shop.pod <<END
[App web]
Image=$image:web
Requires=db
After=db
[App db]
Image=$image:db
Memory=200M
[Pod]
PodName=shop-of-file
END
expect 0 "a pod file of two apps" gantry pod check shop
prepares "is made a pod" --pod-file=shop
says "of both" '["web","db"]' '[a["name"] for a in apps]'
says "in their order" db 'of(apps[0], "gantry/after")'
expect 0 "it is listed" gantry pod list
out_has "with its images" "shop +$image:web $image:db"
printf '[App db]\nUser=1\n' >>/etc/gantry/pods/shop.pod
expect 1 "a section comes twice" gantry pod check shop
out_has "which is said with its line" 'shop\.pod:10: error: there is such a section in this file already: .App db.'

# -- pod manifests -------------------------------------------------------------------------------------------------

manifest() { # the rest of its object
        printf '{"acVersion":"0.8.11","acKind":"PodManifest",%s}\n' "$1" >pod.json
}

run='"exec":["/bin/sh","-c","exec /bin/busybox sleep 1000"],"user":"0","group":"0"'
manifest "\"apps\":[
  {\"name\":\"main\",\"image\":{\"id\":\"$hello\"},\"app\":{$run,\"mountPoints\":[{\"name\":\"database\",\"path\":\"/db\"}],
   \"isolators\":[{\"name\":\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"CAP_SYS_TIME\"]}},
                {\"name\":\"example.com/odd\",\"value\":1}]},
   \"annotations\":[{\"name\":\"example.com/note\",\"value\":\"kept\"}]},
  {\"name\":\"sidekick\",\"image\":{\"name\":\"example.com/hello\",\"labels\":[{\"name\":\"version\",\"value\":\"1.0\"}]},
   \"mounts\":[{\"volume\":\"database\",\"path\":\"/db\"}],
   \"annotations\":[{\"name\":\"gantry/after\",\"value\":\"main\"}]}],
 \"volumes\":[{\"name\":\"database\",\"kind\":\"empty\"}],
 \"isolators\":[{\"name\":\"resource/memory\",\"value\":{\"limit\":\"1G\"}}],
 \"userAnnotations\":{\"x\":\"y\"},
 \"annotations\":[{\"name\":\"example.com/of-pod\",\"value\":\"1\"}]"
prepares "a pod manifest is made a pod" --pod-manifest=pod.json --name=of-manifest
err_is "what is ignored is said" "Isolator 'example.com/odd' of app 'main' is ignored"
says "images are resolved" "[\"$hello\",\"$hello\"]" '[a["image"]["id"] for a in apps]'
says "an app object takes the place of the image's" '["/bin/sh","-c","exec /bin/busybox sleep 1000"]' 'apps[0]["app"]["exec"]'
says "what is not said is the image's" '["/bin/sh","-c","echo hello"]' 'apps[1]["app"]["exec"]'
says "the volume is for the mount point of its name, and where it is said" '["database","database"]' '[m["volume"] for a in apps for m in a["mounts"]]'
says "what the manifest's app asks for it has" '{"set":["CAP_SYS_TIME"]}' 'apps[0]["app"]["isolators"][0]["value"]'
says "the pod's unit has its limit" 'MemoryMax=1000000000' 'of(pod, "gantry/unit-properties").split()[0]'
says "annotations stay, in front" '["example.com/of-pod","example.com/note"]' '[pod["annotations"][0]["name"], apps[0]["annotations"][0]["name"]]'
says "those for people, too" '{"x":"y"}' 'pod["userAnnotations"]'
gantry cat-manifest of-manifest | cmp -s - "/var/lib/gantry/pods/prepared/$uuid/pod.json"
report "cat-manifest prints what is there, byte for byte" $?
expect 1 "of a pod that there is" gantry cat-manifest nothing

refused() { # TEXT REGEX, and the rest of the manifest's object
        manifest "$3"
        refuses "$1" "$2" --pod-manifest=pod.json
}

refused "no apps" "pod manifest 'pod.json': it has no apps" '"apps":[]'
refused "a network that is asked for" "cannot ask for this with the annotation: 'gantry/network'" \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"$hello\"}}],\"annotations\":[{\"name\":\"gantry/network\",\"value\":\"host\"}]"
refused "an image that is not admitted" "app 'a': the store has no image sha512-[0-9a-f]+; fetch it" \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"sha512-$(printf 'ab%.0s' {1..64})\"}}]"
refused "another version" "version is .1\.0., asked for was .2\.0." \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"$hello\",\"labels\":[{\"name\":\"version\",\"value\":\"2.0\"}]}}]"
refused "no image" "app 'a' has no image" '"apps":[{"name":"a","image":{}}]'
refused "two apps of one name" "two apps are called a" \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"$hello\"}},{\"name\":\"a\",\"image\":{\"id\":\"$hello\"}}]"
refused "a volume that is not there" "Volume='/nowhere'" \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"$hello\"}}],\"volumes\":[{\"name\":\"v\",\"kind\":\"host\",\"source\":\"/nowhere\"}]"
refused "more memory than the pod's" "wants more memory than the pod" \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"$hello\"},\"app\":{$run,\"isolators\":[{\"name\":\"resource/memory\",\"value\":{\"request\":\"2G\"}}]}}],
         \"isolators\":[{\"name\":\"resource/memory\",\"value\":{\"limit\":\"1G\"}}]"
refused "a memory limit of nothing" "its limit is 0" \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"$hello\"}}],\"isolators\":[{\"name\":\"resource/memory\",\"value\":{\"limit\":\"0\"}}]"
refused "a kernel parameter of the host" "a kernel parameter that is the host's: 'kernel.panic'" \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"$hello\"}}],\"isolators\":[{\"name\":\"os/unix/sysctl\",\"value\":{\"kernel.panic\":\"1\"}}]"
refused "isolators that contradict each other" "capabilities-re" \
        "\"apps\":[{\"name\":\"a\",\"image\":{\"id\":\"$hello\"},\"app\":{$run,\"isolators\":[
          {\"name\":\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"CAP_KILL\"]}},
          {\"name\":\"os/linux/capabilities-remove-set\",\"value\":{\"set\":[\"CAP_KILL\"]}}]}}]"
refuses "a file that is not there" "pod manifest 'none.json': No such file" --pod-manifest=none.json
refuses "two descriptions" "two descriptions" --pod-manifest=pod.json --pod-file=shop

finish
