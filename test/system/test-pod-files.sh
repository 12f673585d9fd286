#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pods of pod files: gantry-generator, gantry@.service, `gantry pod`. Runs in test/host.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d /tmp/gantry-test.XXXXXX)
chmod 755 "$work"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
cd "$work" || exit 1

pods=/etc/gantry/pods
generated=/run/systemd/generator
empty_trust

clear_pods() {
        systemctl stop 'gantry@*' 'gantry-fetch@*' 2>/dev/null
        rm -rf "$pods" /run/systemd/system/gantry@*.d /run/gantry/pods /usr/lib/gantry/pods /etc/systemd/system.control /run/systemd/system.control
        find /etc/systemd/system -name 'gantry@*' -delete
        systemctl daemon-reload
        systemctl reset-failed 'gantry@*' 'gantry-fetch@*' 2>/dev/null
}

cleanup() {
        clear_pods
        gantry gc -q --grace=0
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

pod() { # NAME, and its text on standard input
        cat >"$pods/$1.pod"
}

# What a unit has said since it was last started, without systemd's own lines.
said() { # UNIT
        journalctl --sync
        journalctl --no-pager --output=cat "_SYSTEMD_INVOCATION_ID=$(systemctl show --property=InvocationID --value "$1")" \
                --identifier=gantry
}

has() { # TEXT REGEX SEEN
        local status=0
        grep --quiet --extended-regexp -- "$2" <<<"$3" || status=1
        ((status == 0)) || printf '%s\n' "$3" >out
        report "$1" $status
}

property() { # UNIT NAME
        systemctl show --property="$2" --value "$1"
}

is() { # TEXT EXPECTED SEEN
        local status=0
        [[ $2 == "$3" ]] || status=1
        ((status == 0)) || printf '%s\n' "$3" >out
        report "$1" $status
}

{
        clear_pods
        mkdir -p "$pods"
        make_image images web /bin/sh -c 'echo "this is $NAME"; exec sleep 1000'
        umoci config --image images:web --tag other
        umoci config --image images:web --tag gone
        make_aci hello.aci example.com/hello /bin/sh -c 'echo this is an ACI; exec /bin/busybox sleep 1000'
} >setup.log 2>&1 || { cat setup.log; exit 1; }
image=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing

# -- a pod file and what systemd makes of it -----------------------------------------------------------------------

pod web <<END
[App]
Image=$image:web
Environment=NAME=web
[Pod]
Memory=512M
StopTimeout=1
[Service]
Nice=5
END
expect 0 "it is checked" gantry pod check
expect 0 "enabled and started" systemctl enable --now --quiet gantry@web
is "systemd waits until it runs" active "$(property gantry@web ActiveState)"
is "its image was fetched by a unit of its own" success "$(property gantry-fetch@web Result)"
is "with a time-out of its own" 15min "$(property gantry-fetch@web TimeoutStartUSec)"
is "the unit has its limit" $((512 * 1024 * 1024)) "$(property gantry@web MemoryMax)"
is "and what systemd's section says" 5 "$(property gantry@web Nice)"
is "no line is dropped for being one of many" 0 "$(property gantry@web LogRateLimitIntervalUSec)"
is "its main process is the stage" stage1-nspawn "$(cat "/proc/$(property gantry@web MainPID)/comm")"
has "it comes with the next boot" 'gantry@web.service' "$(systemctl list-dependencies --plain multi-user.target)"
expect 0 "systemd accepts all of it" systemd-analyze verify --man=no --generators=yes gantry@web.service gantry-fetch@web.service
report "without a word" "$(wc -l <err)"

expect 0 "gantry knows the pod" gantry status web
out_has "and its unit" 'Unit: gantry@web\.service'
out_has "and its UUID, the invocation" "UUID: $(property gantry@web InvocationID | sed 's/\(.\{8\}\)\(....\)\(....\)\(....\)/\1-\2-\3-\4-/')"
expect 0 "machined knows it" machinectl show web
expect 0 "commands can be run in it" gantry exec web -- /bin/echo inside
out_is "as in any other" inside
wait_for sh -c 'journalctl -u gantry@web --output=cat | grep -q "this is web"'
report "the journal has what it prints" $?
fields=$(journalctl --output=verbose -u gantry@web -t images)
has "under the pod's name" 'POD_NAME=web$' "$fields"
has "as podman names it, too" 'CONTAINER_NAME=web$' "$fields"
has "with its app and image" "IMAGE_NAME=$image:web$" "$fields"
has "and its UUID" "_SYSTEMD_INVOCATION_ID=$(property gantry@web InvocationID)" "$fields"

expect 0 "so has gantry" gantry logs web
out_has "of this pod" 'this is web'

# -- the life of a unit --------------------------------------------------------------------------------------------

first=$(property gantry@web InvocationID)
expect 0 "it is restarted" systemctl restart gantry@web
is "as another pod" 1 "$(gantry list --no-legend | wc -l)"
report "with another UUID" "$([[ $(property gantry@web InvocationID) != "$first" ]]; echo $?)"
expect 0 "what it may use is changed while it runs" systemctl set-property gantry@web MemoryMax=256M
is "at once" $((256 * 1024 * 1024)) "$(property gantry@web MemoryMax)"
expect 0 "systemd itself is started again" systemctl daemon-reexec
is "and goes on with it" active "$(property gantry@web ActiveState)"
is "the pod file does not take back what was set" $((256 * 1024 * 1024)) "$(property gantry@web MemoryMax)"
expect 0 "gantry stops it" gantry stop web
is "the unit is stopped" inactive "$(property gantry@web ActiveState)"
has "its end is recorded" '^web +(exited|killed)' "$(gantry list --no-legend)"
expect 0 "systemctl starts it again" systemctl start gantry@web
is "in place of the one before" 1 "$(gantry list --no-legend | wc -l)"
expect 0 "it is killed" systemctl kill --signal=KILL gantry@web
wait_for sh -c '[ "$(systemctl show --property=ActiveState --value gantry@web)" = failed ]'
is "and has failed" signal "$(property gantry@web Result)"

pod web <<END
[App]
Image=$image:web
[Pod]
Restart=always
RestartSec=0
StopTimeout=1
END
systemctl start gantry@web 2>err
err_has "systemctl says that the file has changed" 'daemon-reload'
has "so does the unit" 'has changed on disk' "$(said gantry@web)"
expect 0 "systemd reads it" systemctl daemon-reload
expect 0 "and starts it anew" systemctl restart gantry@web
report "now without complaint" "$(said gantry@web | grep -c 'changed on disk')"
first=$(property gantry@web InvocationID)
expect 0 "its stage is killed" systemctl kill --kill-whom=main --signal=KILL gantry@web
wait_for sh -c '[ "$(systemctl show --property=InvocationID --value gantry@web)" != "$1" ] && systemctl is-active gantry@web' - "$first"
report "systemd starts it again" $?
is "as one pod" 1 "$(gantry list --no-legend | wc -l)"
expect 0 "stopped, it stays so" systemctl disable --now --quiet gantry@web

# -- what a start that was cut off left ----------------------------------------------------------------------------

expect 0 "a pod is prepared and never started" gantry prepare -q --pod-file=web --uuid=01234567-89ab-4def-8123-456789abcdef
has "its name is taken" '^web +prepared' "$(gantry list --no-legend)"
expect 0 "the next start clears it away" systemctl start gantry@web
is "and there is one pod" 1 "$(gantry list --no-legend | wc -l)"
systemctl stop gantry@web

# -- files that cannot be used -------------------------------------------------------------------------------------

pod broken <<END
[App]
Image=$image:web
Enviro=NAME=x

[Pod]
Memory=much
END
expect 1 "the lint refuses it" gantry pod check broken
sed 's/ error:/ /; s/:  /: /' out >lint
is "with file, line and reason" "$pods/broken.pod:3: unknown key: 'Enviro'" "$(head -1 lint)"
is "for each line that is wrong" 2 "$(wc -l <lint)"
expect 1 "as JSON, too" gantry pod check --json=short broken
out_has "for programs" '"line":"?3"?,"severity":"error"'
expect 0 "systemd is not bothered" systemctl daemon-reload
journalctl --sync
has "the boot has it in the journal" "broken.pod:3: unknown key" "$(journalctl --output=cat --identifier=gantry-generator)"
expect 1 "it cannot be started" systemctl start gantry@broken
said gantry@broken >messages
is "for exactly the reasons of the lint" "$(<lint)" "$(<messages)"
is "with gantry's own status" 125 "$(property gantry@broken ExecMainStatus)"
expect 1 "one that does not exist" systemctl start gantry@nothing
has "is not there" "no 'nothing.pod'" "$(said gantry@nothing)"

pod missing <<END
[App]
Image=$image:missing
END
systemctl daemon-reload
expect 1 "an image that is not there" systemctl start gantry@missing
has "is looked for in the other unit" "journalctl -u gantry-fetch@missing" "$(said gantry@missing)"
has "which says why" "missing" "$(said gantry-fetch@missing)"
is "and no pod is made" 0 "$(gantry list --no-legend | grep -c missing)"

pod always <<END
[App]
Image=$image:gone
Pull=always
END
systemctl daemon-reload
expect 0 "an image that is fetched each time" systemctl start gantry@always
umoci rm --image images:gone
expect 1 "cannot be" systemctl restart gantry@always
is "so that the pod is not started" "inactive dependency" "$(property gantry@always ActiveState) $(journalctl -u gantry@always --output=json --lines=1 |
        grep -o '"JOB_RESULT":"dependency"' | cut -d'"' -f4)"
sed -i '/Pull=/d' "$pods/always.pod"
systemctl daemon-reload
expect 0 "but the one that is here will do for others" systemctl start gantry@always
systemctl stop gantry@always

pod aci <<END
[App]
Image=$work/hello.aci
END
expect 0 "an appc image" gantry trust add --prefix=aci:example.com/hello --require=nothing
expect 0 "by the path of its file" systemctl start gantry@aci
wait_for sh -c 'journalctl -u gantry@aci --output=cat | grep -q "this is an ACI"'
report "is a pod as others" $?
systemctl stop gantry@aci

# -- what an image asks for ----------------------------------------------------------------------------------------

limited() { # ISOLATORS: of the image
        make_aci limited.aci example.com/limited /bin/busybox sleep 1000
        mkdir -p limited
        tar -C limited -xf limited.aci
        python3 - limited/manifest "$1" <<'END'
import json, sys
manifest = json.load(open(sys.argv[1]))
manifest["app"]["isolators"] = json.loads(sys.argv[2])
json.dump(manifest, open(sys.argv[1], "w"))
END
        tar -C limited --owner=0 --group=0 -czf limited.aci manifest rootfs
        rm -r limited
}
cpu='{"name": "resource/cpu", "value": {"limit": "1500m"}}'
limited "[$cpu, {\"name\": \"resource/memory\", \"value\": {\"limit\": \"200M\"}}]"
pod limited <<END
[App]
Image=$work/limited.aci
END
systemctl daemon-reload
expect 0 "an image with isolators" gantry trust add --prefix=aci:example.com/limited --require=nothing
expect 0 "is started" systemctl start gantry@limited
is "its memory is limited" 200000000 "$(property gantry@limited MemoryMax)"
is "and its processor time" 1.500000s "$(property gantry@limited CPUQuotaPerSecUSec)"
expect 0 "an administrator changes that" systemctl set-property --runtime gantry@limited MemoryMax=300M
expect 0 "it is started again" systemctl restart gantry@limited
is "which stays" $((300 * 1024 * 1024)) "$(property gantry@limited MemoryMax)"
expect 0 "until it is taken back" systemctl revert gantry@limited
printf '[Pod]\nMemory=100M\n' >>"$pods/limited.pod"
systemctl daemon-reload
expect 0 "the pod file has another limit" systemctl restart gantry@limited
is "which counts" $((100 * 1024 * 1024)) "$(property gantry@limited MemoryMax)"
is "what it does not say is the image's" 1.500000s "$(property gantry@limited CPUQuotaPerSecUSec)"
limited '[]'
expect 0 "of an image that asks for nothing" systemctl restart gantry@limited
is "nothing is left" infinity "$(property gantry@limited CPUQuotaPerSecUSec)"
systemctl stop gantry@limited

# -- what systemd does not know of ---------------------------------------------------------------------------------

pod new <<END
[App]
Image=$image:web
[Pod]
TasksMax=50
END
expect 1 "a limit that systemd has not read" systemctl start gantry@new
has "is not lost in silence" "run 'systemctl daemon-reload'" "$(said gantry@new)"
expect 0 "once it has" systemctl daemon-reload
expect 0 "the pod starts" systemctl start gantry@new
is "with its limit" 50 "$(property gantry@new TasksMax)"
systemctl stop gantry@new
rm "$pods/new.pod"

# -- drop-ins, precedence, templates -------------------------------------------------------------------------------

mkdir -p /usr/lib/gantry/pods/vendor.pod.d "$pods/vendor.pod.d" /run/gantry/pods
printf '[App]\nImage=%s:web\nEnvironment=NAME=vendor\n' "$image" >/usr/lib/gantry/pods/vendor.pod
printf '[Pod]\nPodName=by-vendor\n' >/usr/lib/gantry/pods/vendor.pod.d/10-name.conf
printf '[App]\nEnvironment=\nEnvironment=NAME=mine\n' >"$pods/vendor.pod.d/20-name.conf"
expect 0 "a package's pod file with an administrator's drop-in" gantry pod cat vendor
is "in order" "# /usr/lib/gantry/pods/vendor.pod # /usr/lib/gantry/pods/vendor.pod.d/10-name.conf # $pods/vendor.pod.d/20-name.conf" \
        "$(grep '^#' out | paste -sd' ')"
systemctl daemon-reload
expect 0 "starts" systemctl start gantry@vendor
expect 0 "under the name it was given" gantry exec by-vendor -- /bin/sh -c 'tr "\0" "\n" </proc/2/environ 2>/dev/null || cat /proc/1/environ'
wait_for sh -c 'journalctl -u gantry@vendor --output=cat | grep -q "this is mine"'
report "with what the drop-in says" $?
ln -s /dev/null "$pods/vendor.pod"
expect 1 "masked it is no pod file" gantry pod check vendor
err_has "as the message says" "masked"
systemctl stop gantry@vendor

pod db@ <<END
[App]
Image=$image:web
Environment=NAME=%i-of-%p-%I
[Pod]
TasksMax=77
END
expect 0 "a template is checked" gantry pod check db@
expect 0 "an instance is enabled and started" systemctl enable --now --quiet gantry@db@no-1
is "with the limit of the template" 77 "$(property gantry@db@no-1 TasksMax)"
wait_for sh -c 'journalctl -u gantry@db@no-1 --output=cat | grep -q "this is no-1-of-db-no/1"'
report "and specifiers in place" $?
expect 0 "it is a pod" gantry status db-no-1
out_has "of that unit" 'gantry@db@no-1\.service'
expect 1 "one that systemd has not heard of" systemctl start gantry@db@two
has "has to be enabled" "systemctl enable gantry@db@two.service" "$(said gantry@db@two)"
expect 0 "gantry stops an instance" gantry stop db-no-1
is "by its unit" inactive "$(property gantry@db@no-1 ActiveState)"

# -- sockets and [Install] -----------------------------------------------------------------------------------------

pod listening <<END
[App]
Image=$image:web
Exec=/bin/sh -c 'echo "\$LISTEN_FDS sockets for \$LISTEN_PID, which is \$\$"; exec sleep 1000'
[Pod]
ListenStream=/run/listening.socket
[Install]
WantedBy=sockets.target
Alias=heard@listening.service
END
pod wanted <<END
[App]
Image=$image:other
[Install]
WantedBy=multi-user.target
UpheldBy=gantry@listening.service
END
expect 0 "they are read" systemctl daemon-reload
expect 0 "systemd accepts all of it" systemd-analyze verify --man=no --generators=yes gantry@listening.service gantry@listening.socket gantry@wanted.service
report "without a word" "$(wc -l <err)"
has "sockets are wanted by their target" 'gantry@listening.socket' "$(systemctl list-dependencies --plain sockets.target)"
has "a pod by its own" 'gantry@wanted.service' "$(systemctl list-dependencies --plain multi-user.target)"
has "or held up" 'gantry@wanted.service' "$(property gantry@listening.service Upholds)"
is "the service has another name" gantry@listening.service "$(property heard@listening.service Id)"
pod plain <<END
[App]
Image=$image:web
[Install]
Alias=plain.service
END
expect 1 "one that is no instance" gantry pod check plain
out_has "is none that systemd could know it by" "plain.pod:4: error: systemd cannot know an instance of gantry@.service by this name: 'plain.service'"
rm /etc/gantry/pods/plain.pod
expect 0 "the socket listens" systemctl start gantry@listening.socket
is "and nothing runs yet" inactive "$(property gantry@listening.service ActiveState)"
python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("/run/listening.socket")'
wait_for systemctl is-active gantry@listening.service
report "a connection starts the pod" $?
wait_for sh -c 'journalctl -u gantry@listening --output=cat | grep -q "^1 sockets for \([0-9]*\), which is \1$"'
report "and the app is handed the socket" $?
wait_for systemctl is-active gantry@wanted.service
report "which holds up the other" $?
systemctl stop gantry@listening.socket gantry@listening.service gantry@wanted.service

# -- the generator -------------------------------------------------------------------------------------------------

mkdir units empty
expect 0 "it needs neither /var nor a network" unshare --mount --net sh -c \
        'mount --bind "$1/empty" /var && exec /usr/lib/systemd/system-generators/gantry-generator "$1/units" "$1/units" "$1/units"' - "$work"
is "and writes the same" "" "$(for f in "$generated"/gantry@*.service.d/10-pod.conf; do
        cmp "$f" "units/${f#"$generated/"}" 2>&1; done)"
expect 0 "pod files are listed" gantry pod list
out_has "with their problems" "^broken +$image:web +gantry@broken.service +2 "
out_has "templates without a unit" "^db@ +$image:web +- +- "

finish
