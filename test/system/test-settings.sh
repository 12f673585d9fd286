#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Settings of pods on the command line: what is wrong is said in one line, before anything is fetched or made; what is right
# arrives. Runs in test/host.
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
empty_trust

cleanup() {
        empty_trust
        rm -rf "$work"
}
trap cleanup EXIT

g() {
        local verb=$1
        shift
        gantry "$verb" --root="$root" "$@"
}

{
        make_image images hello /bin/sh -c 'echo hello'
        umoci config --image images:hello --tag entry --config.entrypoint=/bin/echo --config.cmd=default --config.volume=/vol
        umoci config --image images:hello --tag bad --config.volume=relative
} >setup.log 2>&1 || { cat setup.log; exit 1; }
i=oci:$work/images
expect 0 "everything in the layout's directory is trusted" gantry trust add --prefix="oci:$work" --require=nothing

# -- wrong input -----------------------------------------------------------------------------------------------------

# Both programs say it in one line that matches REGEX, and have not begun with anything: refused REGEX OPTION…
refused() {
        local why=$1
        shift
        expect 125 "gantry run $*" g run -q "$@" "$i:hello"
        err_is_one_line "… is refused in one line"
        err_has "… that says why" "$why"
        expect 1 "gantry prepare $*" g prepare -q "$@" "$i:hello"
        err_is_one_line "… is refused in one line, too"
}

refused "'Bogus'" --set=Bogus=1
refused "'image'" --set=image=x
refused "KEY=VALUE" --set=Memory
refused "host name" --name=a_b
refused "host name" --hostname=a_b
refused "a network of systemd" --net=bridge:
refused "HOST:POD" --publish=80
refused "auto or host" --userns=keep-id
refused "NAME:ADDRESS" --add-host=db
refused "IP address" --dns=example.com
refused "others are the host's" --sysctl=vm.swappiness=1
refused "a port" --socket=http
refused "NAME=VALUE" --label=x
refused "missing, always or never" --pull=newer
refused "quotation mark" --entrypoint="'a"
refused "No such file" --env-file=/nowhere/env
refused "USER or USER:GROUP" --user=a:b:c
refused "beyond those of a pod" --user=65536
refused "absolute path" --workdir=srv
refused "target must be" --volume=data
refused "no such file or directory" --volume=/nowhere/data:/data
refused "symbolic link" --volume=/var/run:/data
refused "may not be in /proc" --volume=/srv:/proc/x
refused "options must be of" --volume=/srv:/data:x
refused "PATH.:OPTIONS" --tmpfs=/x:size=big
refused "paths in /dev" --device=/etc/passwd
refused "AddDevice='/dev/nothing'" --device=/dev/nothing
refused "no device" --device=/dev/shm
refused "a capability" --cap-add=CAP_PONIES
refused "a capability" --cap-drop=CAP_PONIES
refused "absolute path" --mask=proc
refused "absolute path" --unmask=some
refused "NAME=LIMIT" --ulimit=nofile=2:1
refused "a signal" --stop-signal=SIGNONSENSE
refused "SeccompProfile='/nowhere/p.json'" --seccomp=/nowhere/p.json
refused "a size" --shm-size=big
refused "MemoryMax=" --memory=lots
refused "cpus" --cpus=many
refused "TasksMax=" --pids-limit=many
refused "Restart=" --restart=sometimes
refused "TimeoutStopSec=" --stop-timeout=soon
refused "LoadCredential=" --load-credential=a/b:/c
refused "SetCredential=" --set-credential=x
refused "Type=" --property=Type=simple
refused "from -1000 to 1000" --set=OOMScoreAdjust=2000
refused "NAME=VALUE" --env=9=x

refused "two volumes have the target '/data'" --volume=/srv:/data --volume=data:/data/
refused "both name CAP_CHOWN" --cap-add=CHOWN --cap-drop=CAP_CHOWN
refused "two filters" --seccomp=unconfined --set=SystemCallFilter=@mount
refused "set for the host" --net=host --sysctl=net.ipv4.ip_forward=1
refused "both name a group" --user=a:b --set=Group=c
refused "MemoryHigh= is more than MemoryMax=" --memory=1G --set=MemoryHigh=2G
refused "Notify=yes is missing" --set=WatchdogSec=10

expect 125 "a setting that is a secret" g run -q --set-credential=a/b:TOP-SECRET "$i:hello"
expect 1 "is in no message" grep TOP-SECRET "$work/err"
expect 125 "two apps of one name" g run -q "$i:hello" "$i:hello"
err_has "are refused" "two apps are called .*--app="
expect 125 "two images" g run -q --set=Image=x "$i:hello"
err_has "are refused" "two images"
expect 125 "two command lines" g run -q --set=Exec=ls "$i:hello" -- ls
err_has "are refused" "two command lines"
expect 1 "no image" g prepare -q
err_has "is refused" "no image"

expect 1 "nothing was fetched or made, not even the store" test -e "$root"

expect 125 "an image with a volume that is no path" g run -q "$i:bad"
err_has "is refused" "config.Volumes: its target"

# -- names and prepared pods -----------------------------------------------------------------------------------------

expect 0 "a pod with a name" g prepare -q --name=web "$i:hello"
uuid=$(<"$work/out")
expect 125 "its name" g run -q --name=web oci:/nowhere/at/all
err_has "is taken, which is said before anything is fetched" "has not ended; use another name"
expect 1 "its name" g prepare -q --name=web oci:/nowhere/at/all
err_has "is taken for gantry prepare, too" "has not ended; use another name"
expect 125 "settings for a prepared pod" g run -q --memory=1G "$uuid"
err_has "are refused" "as it was prepared"
expect 125 "--pull= for a prepared pod" g run -q --pull=always "$uuid"
err_has "is refused" "as it was prepared"
expect 0 "as it was prepared it runs" g run -q "$uuid"
out_is "with its own command" hello
expect 0 "a UUID that is given" g prepare -q --uuid=01234567-89ab-4def-8123-456789abcdef "$i:hello"
out_is "is the pod's" 01234567-89ab-4def-8123-456789abcdef
expect 1 "one that is none" g prepare -q --uuid=x "$i:hello"

# -- what is right ---------------------------------------------------------------------------------------------------

# Runs a shell command in a pod: seen TEXT OUTPUT COMMAND OPTION…
seen() {
        local text=$1 output=$2 command=$3
        shift 3
        expect 0 "$text" g run -q --rm "$@" "$i:hello" -- /bin/sh -c "$command"
        out_is "… as seen by the app" "$output"
}

printf 'X=from file\n# no\nY=two\n' >variables
export FROM_CALLER='a b'
seen "variables" "1 2|from file|mine|a b" "echo \"\$A|\$X|\$Y|\$FROM_CALLER\"" -e 'A=1 2' --env-file=variables -e Y=mine -e FROM_CALLER
seen "a user and a directory" "1000 /srv/www" "echo \$(id -u) \$(/bin/busybox pwd)" -u web -w /srv/www
seen "any setting by its key" "1000 /srv/www" "echo \$(id -u) \$(/bin/busybox pwd)" --set=User=web --set=WorkingDir=/srv/www
seen "an empty value" 0 "id -u" --user=web --set=User=
seen "a host name" db "/bin/busybox hostname" --hostname=db
seen "an empty directory" "/data tmp" "echo \$(echo /data) \$(echo x >/data/x && echo tmp)" --volume=/data
expect 0 "an entry point" g run -q --rm --entrypoint='/bin/sh -c' "$i:entry" -- 'echo mine'
out_is "takes the place of the image's" mine
expect 0 "no entry point" g run -q --rm --entrypoint='' "$i:entry" -- /bin/echo bare
out_is "leaves the arguments alone" bare
expect 0 "a command as a setting" g run -q --rm --set=Exec='"a b" c' "$i:entry"
out_is "is split as in a unit file" "a b c"

expect 0 "a pod with properties" g run -q -d --name=limits --memory=64M --cpus=1.5 --pids-limit=50 --property=IOWeight=20 --stop-timeout=3 \
        "$i:hello" -- /bin/sleep 1000
expect 0 "its unit" systemctl show --property=MemoryMax,CPUQuotaPerSecUSec,TasksMax,IOWeight,TimeoutStopUSec gantry-limits
out_has "has the memory limit" '^MemoryMax=67108864$'
out_has "the quota" '^CPUQuotaPerSecUSec=1.500000s$'
out_has "the number of tasks" '^TasksMax=50$'
out_has "the weight" '^IOWeight=20$'
out_has "the time to stop" '^TimeoutStopUSec=3s$'
expect 0 "and stops" g stop limits
g rm limits >/dev/null 2>&1

finish
