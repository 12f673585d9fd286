#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The metadata service of a pod, asked with curl in its network namespace: what it answers and to
# whom, when it comes and goes, and what it is when it is there. Runs in test/host.
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
        for name in one two host oci; do
                gantry stop --root="$root" --force "$name" 2>/dev/null
        done
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
        make_aci web.aci example.test/web /bin/sh -c 'while :; do /bin/busybox sleep 1; done'
        make_image images hello /bin/sh -c 'while :; do sleep 1; done'
} >setup.log 2>&1 || { cat setup.log; exit 1; }
expect 0 "everything is trusted" gantry trust add --prefix=aci:example.test --require=nothing
expect 0 "the layout, too" gantry trust add --prefix="oci:$work" --require=nothing

# -- what there is -------------------------------------------------------------------------------------------------

expect 0 "a pod" g run -q -d --name=one "$work/web.aci"
expect 0 "another one" g run -q -d --name=two "$work/web.aci"
inside() { # POD COMMAND…
        nsenter --target "$(machinectl show --value --property=Leader "$1")" --net -- "${@:2}"
}
url_of() { # POD
        g exec "$1" /bin/busybox env | sed -n 's/^AC_METADATA_URL=//p'
}
service_pids() {
        pgrep -f "metadata-service .*$uuid"
}
gone() {
        [[ ! $(service_pids) ]]
}
uuid=$(g status --json=short one | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["uuid"])')
url=$(url_of one)
[[ $url =~ ^http://127\.0\.0\.1:2/[0-9a-f]{32}$ ]]
report "gantry exec has the URL, with a token" $?
[[ $url != "$(url_of two)" ]]
report "which is another one in another pod" $?
gone
report "nothing of it runs before somebody asks" $?

ask() { # POD PATH [CURL OPTION…]; the body is in body, status and type in $work/out
        inside "$1" curl --silent --show-error --max-time 5 -o body -w '%{http_code} %{content_type}' "${@:3}" "$url/acMetadata/v1$2"
}
answers() { # TEXT PATH TYPE
        expect 0 "$1" ask one "$2"
        out_is "$1: status and type" "200 $3"
}
json=application/json
text='text/plain; charset=us-ascii'

start=$(date +%s%N)
answers "the first question" /pod/uuid "$text"
echo "# the first answer took $((($(date +%s%N) - start) / 1000000)) ms, nsenter and curl included"
[[ $(cat body; echo .) == "$uuid." ]]
report "the UUID" $?
answers "the pod's manifest" /pod/manifest "$json"
cmp -s body "$root/pods/running/$uuid/pod.json"
report "it is byte for byte" $?
answers "an image's manifest" /apps/web/image/manifest "$json"
tar -xzOf web.aci manifest | cmp -s - body
report "it is byte for byte, too" $?
answers "an image's ID" /apps/web/image/id "$text"
[[ $(<body) == sha512-$(gzip -dc web.aci | sha512sum | cut -d' ' -f1) ]]
report "the whole of it" $?
answers "an app's annotations" /apps/web/annotations "$json"
grep -q '^\[{"name":"gantry/image","value":"aci:example.test/web' body
report "those of the pod's manifest" $?
answers "the pod's annotations" /pod/annotations "$json"

answers_with() { # TEXT STATUS PATH [CURL OPTION…]
        expect 0 "$1" ask one "$3" "${@:4}"
        out_has "$1: $2" "^$2 "
}
answers_with "what there is not" 404 /pod/none
answers_with "another app" 404 /apps/none/image/id
answers_with "another method" 405 /pod/uuid --data x=y
answers_with "one nobody knows" 501 /pod/uuid -X PUT
answers_with "a body of unknown length" 411 /pod/hmac/sign -H 'Transfer-Encoding: chunked' --data content=a
head -c 70000 /dev/zero | tr '\0' a >large
echo "X: $(head -c 9000 large)" >header
answers_with "a body that is too large" 413 /pod/hmac/sign --data-binary @large
answers_with "a head that is too large" 431 /pod/uuid -H @header
expect 0 "another token" inside one curl --silent -o body -w '%{http_code} ' "${url%/*}/0123456789abcdef0123456789abcdef/acMetadata/v1/pod/uuid"
out_is "it is refused" "403 "

# -- signatures ----------------------------------------------------------------------------------------------------

expect 0 "signing" ask one /pod/hmac/sign --data-urlencode 'content=Old MacDonald Had A Farm'
out_is "a signature" "200 $text"
key=$(od -An -tx1 -v "$root/pods/running/$uuid/hmac-key" | tr -d ' \n')
[[ $(<body) == "$(printf 'Old MacDonald Had A Farm' | openssl dgst -sha512 -mac HMAC -macopt hexkey:"$key" -binary | base64 -w0)" ]]
report "is what openssl makes with the pod's key" $?
[[ $(stat -c '%a %u' "$root/pods/running/$uuid/hmac-key") == "400 0" ]]
report "which is root's alone" $?

signature=$(<body)
url=$(url_of two)
verified() { # TEXT STATUS POD CONTENT UUID SIGNATURE
        expect 0 "$1" ask "$3" /pod/hmac/verify --data-urlencode "content=$4" --data-urlencode "uuid=$5" --data-urlencode "signature=$6"
        out_has "$1: $2" "^$2"
}
verified "another pod verifies it" 200 two 'Old MacDonald Had A Farm' "$uuid" "$signature"
verified "not over something else" 403 two 'Old MacDonald Had A Barn' "$uuid" "$signature"
verified "not by somebody else" 403 two 'Old MacDonald Had A Farm' 6733c088-a507-4694-aabf-edbe4fc5266f "$signature"
verified "nor by what is no pod at all" 403 two 'Old MacDonald Had A Farm' ../../../etc "$signature"

# -- what it is ----------------------------------------------------------------------------------------------------

url=$(url_of one)
expect 0 "a question" ask one /pod/uuid
server=$(service_pids | head -n 1)
facts=$(awk '/^(Uid|NoNewPrivs|Seccomp|CapEff|Groups):/ { printf "%s%s ", $1, $2 }' "/proc/$server/status")
[[ $facts == "Uid:$(id -u gantry-metadata) Groups: CapEff:0000000000000000 NoNewPrivs:1 Seccomp:2 " ]]
report "who reads the questions has no rights: $facts" $?
fds=$(find "/proc/$server/fd" -type l -printf '%f %l\n' | sort -n | sed 's/:.*//' | tr '\n' ' ')
[[ $fds =~ ^(1 [^ ]+ )?2\ [^\ ]+\ 3\ socket\ 4\ socket\ $ ]]
report "and no files but its sockets: $fds" $?
! tr '\0' ' ' <"/proc/$server/cmdline" | grep -q "${url##*/}"
report "the token is not on its command line" $?

# 100 that never say all of what they want do not keep out one who does.
inside one python3 - "$url" >slow.log 2>&1 <<'END' &
import socket, sys, time
socks = []
for i in range(100):
    s = socket.create_connection(("127.0.0.1", 2))
    s.send(b"GET /")
    socks.append(s)
print("ready", flush=True)
time.sleep(3)
END
slow=$!
wait_for grep -q ready slow.log
expect 0 "with a hundred slow clients around" ask one /pod/uuid --max-time 1
out_is "it answers" "200 $text"
wait "$slow"

inside one python3 - >garbage.log 2>&1 <<'END'
import random, socket
random.seed(7)
for i in range(200):
    with socket.create_connection(("127.0.0.1", 2)) as s:
        try:
            s.sendall(random.randbytes(random.randrange(1, 20000)) + b"\r\n\r\n")
        except OSError:
            pass
END
expect 0 "after two hundred clients who talk nonsense" ask one /pod/uuid
out_is "it answers as ever" "200 $text"

for _ in $(seq 200); do gone && break; sleep 0.1; done
gone
report "it goes when nobody asks" $?
expect 0 "and comes again" ask one /pod/uuid
out_is "when somebody does" "200 $text"
expect 0 "the pod ends" g stop one
for _ in $(seq 20); do gone && break; sleep 0.1; done
gone
report "and its service with it" $?

# -- other pods ----------------------------------------------------------------------------------------------------

expect 0 "a pod in the host's network" g run -q -d --net=host --name=host "$work/web.aci"
url=$(url_of host)
expect 0 "has a port there" curl --silent --max-time 5 -o body -w '%{http_code} ' "$url/acMetadata/v1/pod/uuid"
out_is "which answers" "200 "
expect 0 "a pod of an OCI image" g run -q -d --name=oci "oci:$work/images:hello"
[[ ! $(url_of oci) ]]
report "has no metadata service" $?
expect 7 "nor anybody who listens" inside oci curl --silent --max-time 5 http://127.0.0.1:2/

finish
