# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # $work and $root are the caller's
# Pods for tests of what happens around them: an image with Python, and what is not asked for by an option.

# One more layer, of Debian's python3: add_python LAYOUT:TAG
add_python() {
        local bundle root library
        bundle=$(mktemp -d "$work/bundle.XXXXXX")
        root=$bundle/rootfs
        umoci unpack --image "$work/$1" "$bundle"
        mkdir -p "$root"/usr/{bin,lib/python3.11/lib-dynload}
        cp --dereference /usr/bin/python3 "$root/usr/bin/python3"
        ldd /usr/bin/python3 | grep -o '/[^ ]*' | while read -r library; do
                mkdir -p "$root${library%/*}"
                cp --dereference "$library" "$root$library"
        done
        cp /usr/lib/python3.11/*.py "$root/usr/lib/python3.11"
        cp -r /usr/lib/python3.11/{collections,encodings,importlib,json,re} "$root/usr/lib/python3.11"
        umoci repack --refresh-bundle --image "$work/$1" "$bundle"
        rm -rf "$bundle"
}

# Sets annotations of a prepared pod's app: annotate_app UUID NAME VALUE
annotate_app() {
        annotate "$1" 'pod["apps"][0]' "$2" "$3"
}

# And of the pod: annotate_pod UUID NAME VALUE
annotate_pod() {
        annotate "$1" pod "$2" "$3"
}

annotate() {
        python3 - "$root/pods/prepared/$1/pod.json" "$2" "$3" "$4" <<'END_OF_PYTHON'
import json, sys
file, where, name, value = sys.argv[1:]
pod = json.load(open(file))
owner = eval(where)
owner["annotations"] = [a for a in owner.get("annotations", []) if a["name"] != name] + [{"name": name, "value": value}]
json.dump(pod, open(file, "w"))
END_OF_PYTHON
}

# Settings of [Service], or another section, for the unit of a pod that is started later: unit_settings NAME SETTING…
unit_settings() {
        local directory=/run/systemd/system/gantry-$1.service.d
        mkdir -p "$directory"
        { echo '[Service]'; printf '%s\n' "${@:2}"; } >"$directory/test.conf"
        systemctl daemon-reload
}

# One property of a pod's unit: unit_property NAME PROPERTY
unit_property() {
        systemctl show --value --property="$2" "gantry-$1.service"
}

unit_is() {
        [[ $(unit_property "$1" "$2") == "$3" ]]
}
