# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what is set here is the callers'; $work, $root and $status are test/lib/fetch.sh's
# What the tests of gantry image share. To be sourced behind test/lib/fetch.sh.

# Sets status; what it printed is in $work/out and $work/err.
image() { # VERB ARG…
        gantry-image --root="$root" "$@" >"$work/out" 2>"$work/err" </dev/null
        status=$?
}

# Status 0, nothing on stdout and on stderr.
silent() { # TEXT VERB ARG…
        local text=$1
        shift
        image "$@"
        was "$text" test "$status $(cat "$work/out" "$work/err")" = "0 "
}

# Refused: status 1, nothing on stdout, one line on stderr that matches.
refused() { # TEXT PATTERN VERB ARG…
        local text=$1 pattern=$2
        shift 2
        image "$@"
        was "$text" one_line "$pattern"
}

one_line() { # PATTERN
        [[ $status == 1 && ! -s $work/out && $(wc -l <"$work/err") == 1 ]] && grep -qE -- "$1" "$work/err"
}

layer_of() { # LAYOUT DIGEST NUMBER: the file of one layer, counted from the bottom
        python3 -c 'import json, sys
layout, digest, number = sys.argv[1:]
blob = lambda d: open(f"{layout}/blobs/" + d.replace(":", "/"))
config = json.load(blob(json.load(blob(digest))["config"]["digest"]))
print(config["rootfs"]["diff_ids"][int(number) - 1].replace(":", "-") + ".erofs")' "$@"
}
