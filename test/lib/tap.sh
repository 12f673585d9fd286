# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # $work is the caller's
# Assertions for system tests: each prints "ok N - …" or "not ok N - …". Needs the directory $work.

count=0
failures=0

ok() { # TEXT
        echo "ok $((++count)) - $1"
}

not_ok() { # TEXT [EXPLANATION]…
        echo "not ok $((++count)) - $1"
        shift
        (($# == 0)) || printf '%s\n' "$@" | sed 's/^/# /'
        failures=$((failures + 1))
}

skip() { # TEXT WHY
        echo "ok $((++count)) - $1 # SKIP $2"
}

# The result of a check, with what was seen if it is bad: report TEXT STATUS
report() {
        if (($2 == 0)); then
                ok "$1"
        else
                not_ok "$1"
                sed 's/^/# stdout: /' "$work/out" 2>/dev/null
                sed 's/^/# stderr: /' "$work/err" 2>/dev/null
        fi
}

# Runs a command, keeps what it prints in $work/out and $work/err, and checks its exit status: expect STATUS TEXT COMMAND…
expect() {
        local expected=$1 text=$2 status=0
        shift 2
        "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
        ((status == expected)) || echo "exit status $status instead of $expected: $*" >>"$work/err"
        report "$text" $((status != expected))
}

# The last command's output: out_is TEXT EXACT, err_is TEXT EXACT, out_has TEXT REGEX, err_has TEXT REGEX, err_is_one_line TEXT
out_is() {
        local status=0
        [[ $(<"$work/out") == "$2" ]] || status=1
        report "$1" $status
}

err_is() {
        local status=0
        [[ $(<"$work/err") == "$2" ]] || status=1
        report "$1" $status
}

out_has() {
        local status=0
        grep --quiet --extended-regexp -- "$2" "$work/out" || status=1
        report "$1" $status
}

err_has() {
        local status=0
        grep --quiet --extended-regexp -- "$2" "$work/err" || status=1
        report "$1" $status
}

err_is_one_line() {
        local status=0
        (($(wc -l <"$work/err") == 1)) || status=1
        report "$1" $status
}

# Waits up to ten seconds for a command to succeed.
wait_for() {
        for _ in $(seq 100); do
                "$@" >/dev/null 2>&1 && return
                sleep 0.1
        done
        return 1
}

finish() {
        echo "1..$count"
        ((failures == 0))
}

# Removes all trust rules. For the throw-away host only.
empty_trust() {
        [[ $(systemd-detect-virt --container) == systemd-nspawn ]] || exit 1
        rm -rf /etc/gantry/trust.d/* /etc/gantry/keys/*
}
