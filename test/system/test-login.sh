#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry login and logout: against a registry that wants passwords, with the files of skopeo, on a terminal. Programs are
# found in $GANTRY_EXEC_DIR or PATH. As root it needs the system users of sysusers.d. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
work=$(mktemp -d) || exit 1
chmod 755 "$work"
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"

PATH=$work/bin:${GANTRY_EXEC_DIR:-/usr/libexec/gantry}:$PATH
unset REGISTRY_AUTH_FILE CREDENTIALS_DIRECTORY XDG_CONFIG_HOME DOCKER_CONFIG
export GANTRY_CONFIG_ROOT=$work/config HOME=$work/home XDG_RUNTIME_DIR=$work/session LC_ALL=C.UTF-8
mkdir -p "$work/bin" "$HOME" "$XDG_RUNTIME_DIR/containers" "$GANTRY_CONFIG_ROOT/etc/gantry/registries.d"
auth=$HOME/.config/containers/auth.json

cleanup() {
        [[ ! ${server-} ]] || kill "$server" 2>/dev/null
        rm -rf "$work"
}
trap cleanup EXIT

bcrypt() { # PASSWORD
        perl -e 'print crypt($ARGV[0], "\$2b\$05\$abcdefghijklmnopqrstuu")' "$1"
}

registry=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf '%s\n' "alice:$(bcrypt 'se:cret')" "bob:$(bcrypt hunter2)" >"$work/htpasswd"
cat >"$work/registry.yml" <<END
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: $registry}
auth: {htpasswd: {realm: test, path: $work/htpasswd}}
END
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
server=$!
wait_for curl --silent "http://$registry/v2/"
report "a registry that wants passwords is there" $?

login() { # PASSWORD ARG…
        local password=$1
        shift
        printf '%s\n' "$password" | gantry-login --password-stdin "$@"
}

# -- in and out ------------------------------------------------------------------------------------------------------

expect 1 "not logged in yet" gantry-login --get-login "$registry"
err_has "which is said, with what to do" "Not logged in to '$registry'; use 'gantry login $registry'"
expect 1 "a wrong password is refused" login wrong --username=alice "$registry"
err_is_one_line "in one line"
err_has "with the answer of the registry" "Cannot log in to '$registry': 401 from $registry"
report "and not kept" "$([[ ! -e $auth ]]; echo $?)"

expect 0 "the right one is accepted" login se:cret --username=alice "$registry"
report "and kept in a file for us alone" "$([[ $(stat -c %a "$auth") == 600 ]]; echo $?)"
report "in a directory for us alone" "$([[ $(stat -c %a "${auth%/*}") == 700 ]]; echo $?)"
expect 0 "it is known who that is" gantry-login --get-login "$registry"
out_is "by name" alice
expect 0 "skopeo finds the password" skopeo login --get-login --authfile "$auth" "$registry"
out_is "and the same name" alice

expect 0 "another login takes its place" login hunter2 --username=bob "http://$registry/v2/"
expect 0 "there is one entry" grep --count auth\" "$auth"
out_is "just one" 1
expect 0 "one may log out" gantry-logout "$registry"
expect 1 "and is out" gantry-logout "$registry"
err_has "which is said" "not logged in"

# -- what is refused ----------------------------------------------------------------------------------------------------

refused() { # TEXT REGEX COMMAND…
        local text=$1 why=$2
        shift 2
        expect 1 "$text" "$@"
        err_is_one_line "$text: one line"
        err_has "$text: why" "$why"
        report "$text: the password is not shown" "$(grep --quiet hunter2 "$work/out" "$work/err" && echo 1 || echo 0)"
}

refused "a colon in the user's name" "a user name has no colon" login hunter2 --username=a:b "$registry"
refused "a line break in the password" "a control character" login $'hunter2\nx' --username=bob "$registry"
refused "an empty password" "is empty" login '' --username=bob "$registry"
refused "a password without a user" "Whose password" login hunter2 "$registry"
refused "no registry" "Which registry" login hunter2 --username=bob
refused "two registries" "Which registry" login hunter2 --username=bob "$registry" quay.io
refused "what is no host" "not of the form" login hunter2 --username=bob ../etc/passwd
refused "a tag" "no image is below that" login hunter2 --username=bob "$registry/web:1"
refused "a path that no image has" "no image is below that" login hunter2 --username=bob "$registry/Web"
refused "a password on the command line" "Unknown option" gantry-login --username=bob --password=hunter2 "$registry"
refused "no terminal" "Cannot ask without a terminal" setsid --wait gantry-login --username=bob "$registry"
refused "nobody there" "Cannot log in to '127.0.0.1:1'" login hunter2 --username=bob 127.0.0.1:1

printf '[Registry]\nPrefix=%s\nBlocked=yes\n' "$registry" >"$GANTRY_CONFIG_ROOT/etc/gantry/registries.d/a.conf"
refused "a blocked registry" "is blocked by $GANTRY_CONFIG_ROOT/etc/gantry/registries.d/a.conf" \
        login hunter2 --username=bob "$registry"
rm "$GANTRY_CONFIG_ROOT/etc/gantry/registries.d/a.conf"

mkdir -p "${auth%/*}"
echo '{"auths": {"quay.io": {"auth": "hunter2"}}}' >"$auth"
refused "a file that is damaged" "$auth: auths: \"quay.io\": auth: not base64" login hunter2 --username=bob "$registry"
rm "$auth"

# -- other people's files -----------------------------------------------------------------------------------------------

session=$XDG_RUNTIME_DIR/containers/auth.json
printf se:cret | skopeo login --tls-verify=false --authfile "$session" --username alice --password-stdin "$registry" >"$work/log" 2>&1
expect 0 "a login by skopeo counts" gantry-login --get-login "$registry"
out_is "as it was made" alice
expect 0 "a login of ours that it hides" login hunter2 --username=bob "$registry"
err_has "gives a warning" "Other credentials for '$registry' come first, those in '$session'"
expect 0 "so does a logout" gantry-logout "$registry"
err_has "with the file's name" "There are other credentials for '$registry' in '$session'"
expect 1 "what is not in our file is not removed" gantry-logout "$registry"
err_has "but the way to do so is shown" "use --authfile=$session"
expect 0 "which works" gantry-logout --authfile="$session" "$registry"

echo '{"auths": {"quay.io": {}}, "alien": [1, {"b": 2, "a": 1}]}' >"$work/kept.json"
ln -s kept.json "$work/link.json"
expect 0 "a file that is a link" login hunter2 --username=bob --authfile="$work/link.json" "$registry"
report "stays one" "$([[ -L $work/link.json ]]; echo $?)"
expect 0 "what we do not understand" python3 -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1]))["alien"]))' "$work/kept.json"
out_is "stays as it was" '[1, {"b": 2, "a": 1}]'
expect 0 "all logins at once" gantry-logout --all --authfile="$work/link.json"
expect 0 "are gone" grep '"auths": {}' "$work/kept.json"

# -- a credential helper ------------------------------------------------------------------------------------------------

cat >"$work/bin/docker-credential-test" <<'END'
#!/bin/sh
store=$HOME/helper.json
case $1 in
store) cat >"$store" ;;
get) if [ -e "$store" ]; then cat "$store"; else echo 'credentials not found in native keychain'; exit 1; fi ;;
erase) rm "$store" ;;
esac
END
chmod 755 "$work/bin/docker-credential-test"
printf '{"credHelpers": {"%s": "test"}}' "$registry" >"$auth"
expect 0 "a login that a helper keeps" login hunter2 --username=bob "$registry"
err_has "which is said" "in the care of docker-credential-test"
report "is not in the file" "$(grep --quiet auths "$auth" && echo 1 || echo 0)"
expect 0 "and is found" gantry-login --get-login "$registry"
out_is "by name" bob
expect 0 "and forgotten" gantry-logout "$registry"
report "by the helper" "$([[ ! -e $HOME/helper.json ]]; echo $?)"
rm "$auth"

# -- on a terminal ------------------------------------------------------------------------------------------------------

# Types WORDs, one for each question; prints what is seen, then whether there is echo afterwards and the exit status.
terminal() { # WORD… -- COMMAND…
        timeout 60 python3 - "$@" <<'END'
import os, pty, sys, termios, time
words, command = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
main, other = pty.openpty()
if os.fork() == 0:
        os.setsid()
        os.close(os.open(os.ttyname(other), os.O_RDWR))  # now the controlling terminal
        for fd in 1, 2:
                os.dup2(other, fd)
        os.execvp(command[0], command)
seen = b""
for word in words:
        while not seen.endswith(b": "):
                seen += os.read(main, 1000)
        while b"Password" in seen and termios.tcgetattr(other)[3] & termios.ECHO:
                time.sleep(0.01)
        seen += b"|"
        os.write(main, word.encode().decode("unicode_escape").encode())
status = os.waitstatus_to_exitcode(os.wait()[1])
os.set_blocking(main, False)
try:
        while True:
                seen += os.read(main, 10000)
except BlockingIOError:
        pass
print(seen.decode(), "echo" if termios.tcgetattr(other)[3] & termios.ECHO else "no echo", status)
END
}

expect 0 "a login on a terminal" terminal 'bob\n' 'hunter2\n' -- gantry-login "$registry"
out_has "asks for the name" "^User name: "
out_has "and the password" "Password: "
out_has "and succeeds" "Logged in to '$registry' as 'bob'"
out_has "and leaves the terminal as it was" " echo 0$"
report "the password is not shown" "$(grep --quiet hunter2 "$work/out" && echo 1 || echo 0)"
expect 0 "interrupted at the password" terminal 'bob\n' 'hun\x03' -- gantry-login "$registry"
out_has "it ends by the signal, and there is echo again" " echo -2$"
expect 0 "nothing typed" terminal 'bob\n' '\n' -- gantry-login "$registry"
out_has "is nothing" "nothing was typed"

finish
