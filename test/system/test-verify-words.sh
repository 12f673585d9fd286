#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `gantry verify` says: about an image of the store, as text and as JSON, nothing foreign reaching the terminal as it is; and about
# signatures and keys that are given by hand. Needs root and the system users of sysusers.d. Prints TAP.
set -u

here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=test/lib/fetch.sh
. "$here/../lib/fetch.sh"
# shellcheck source=test/lib/images.sh
. "$here/../lib/images.sh"
# shellcheck source=test/lib/signatures.sh
. "$here/../lib/signatures.sh"

need docker-registry skopeo umoci openssl python3 curl gpg
cd "$work" || exit 1

end() {
        stop_registry 2>/dev/null
        end_gpg "$work"/gpg 2>/dev/null
        cleanup
}
trap end EXIT

# Sets status; what it printed is in out and err.
verify() {
        timeout 60 gantry-verify --root="$root" "$@" >out 2>err </dev/null
        status=$?
}

# The last one: said TEXT STATUS OUT-REGEX ERR-REGEX (the whole of it; lines are joined by "; ")
said() {
        local out err
        out=$(sed -z 's/\n$//;s/\n/; /g' out)
        err=$(sed -z 's/\n$//;s/\n/; /g' err)
        if ((status == $2)) && [[ $out =~ ^$3$ && $err =~ ^$4$ ]]; then
                ok "$1"
        else
                not_ok "$1" "status $status" "stdout: $out" "expected: $3" "stderr: $err" "expected: $4"
        fi
}

json_says() { # TEXT PYTHON-EXPRESSION of v
        is "$1" python3 -c 'import json, sys
import time
v = json.load(open("out"))
print(v)
sys.exit(not eval(f"({sys.argv[1]})"))' "$2"
}

# No control character but line feeds, nothing that turns the text around.
is_clean() { # TEXT
        is "$1" python3 -c 'import sys, unicodedata
text = open("out").read() + open("err").read()
sys.exit(any(unicodedata.category(c) in ("Cc", "Cf") and c != "\n" for c in text))'
}

key_of() { # PEMFILE: its fingerprint
        echo "sha256:$(openssl pkey -pubin -in "$1" -outform DER | sha256sum | cut -d' ' -f1)"
}

{
        make_image images a /bin/true
        make_cosign_key cosign
        make_cosign_key other
        make_gpg_key gpg ed25519 signer@example.com
        start_registry 0
        push_image images:a web:1
        a=$(image_digest web 1)
        sign_image web 1 cosign.key
        cp payload.json good.json
        sign_image_simple web 1 gpg signer@example.com
        sign_image_bundle web 1 other.key
        make_aci hello.aci example.com/hello /bin/true
} >setup.log 2>&1 || bail_out "Cannot make images: $(tail -1 setup.log)"
pem="ECDSA P-256 key $(key_of cosign.pub)"
pgp="Ed25519 key $(gpg --homedir gpg --batch --with-colons --list-keys 2>/dev/null | sed -n '/^fpr/{s/^fpr:*//;s/:$//p;q}')"
rules=$GANTRY_CONFIG_ROOT/etc/gantry/trust.d
tag=$registry/web:${a/:/-}.sig

# -- an image of the store ---------------------------------------------------------------------------------------------

verify "$registry/web:1"
said "there is no store" 1 "" "Cannot open the store '$root': No such file or directory"
trust web "$registry/web" "Key=$work/cosign.pub" "Key=$work/gpg.asc" Threshold=2
new_store
good "it is fetched" "$a" "$registry/web:1"
signature="  Signature  [^;]* \((cosign|simple-signing|bundle)\);              (good: by ($pem|$pgp)|no good: by test; it was not made by a trusted key); "
verify "$registry/web:1"
said "admitted" 0 "Image $registry/web:1 \($a\);   Rule       $registry/web in $rules/web.conf;   Requires   signature, by 2 different keys;   Stage1     nspawn kvm; ($signature){2,3}  Verdict    admitted" ""
is "…by both" test "$(grep -c "good: by E" out)" = 2
is "…with the places where they were found" grep -qxF "  Signature  $tag layers[0] (cosign)" out
is "…both" grep -qxF "  Signature  file://$(lookaside_of web "$a")/signature-1 (simple-signing)" out
verify -q "$registry/web:1"
said "quietly" 0 "" ""
verify "$a"
said "by its ID" 0 "Image $registry/web:1 \($a\);.*  Verdict    admitted" ""
verify "${a:0:20}"
said "…or the beginning of it" 0 "Image $registry/web:1 \($a\);.*  Verdict    admitted" ""
verify --json=short "$registry/web:1"
json_says "as JSON" "v['id'] == '${a/:/-}' and v['reference'] == '$registry/web:1' and v['name'] == '$registry/web' and v['rule'] == '$rules/web.conf'
        and v['prefix'] == '$registry/web' and v['require'] == 'signature' and v['threshold'] == 2 and v['admitted'] is True and 'reason' not in v
        and {(s['kind'], s['algorithm']) for s in v['signatures'] if s['good']} == {('cosign', 'ECDSA P-256'), ('simple-signing', 'Ed25519')}
        and all(s['digest'].startswith('sha256:') for s in v['signatures']) and time.time() - v['time'] < 60" 2>/dev/null
is "…in one line" test "$(wc -l <out)" = 1

trust web "$registry/web" "Key=$work/gpg.asc" SignedName=exact
verify "$registry/web:1"
said "one is enough, whichever" 0 ".*good: by $pgp;   Verdict    admitted" ""
mv gpg.asc gpg-kept.asc
make_gpg_key gpg-2 rsa3072 other@example.com
trust web "$registry/web" "Key=$work/gpg-2.asc"
verify "$registry/web:1"
said "refused" 1 "Image $registry/web:1 \($a\);   Rule       $registry/web in $rules/web.conf;   Requires   signature;   Stage1     nspawn kvm; (  Signature  [^;]*;              no good: [^;]*(; it [^;]*)?; ){3}  Verdict    refused" \
        "Refused image '$registry/web:1': none of its signatures is good: .*"
is "…each with its own reason" test "$(grep -c "no good: \(by test; \)\?it needs a PEM key, and none is trusted\|no good: it needs an OpenPGP" out)" -le 2
is "…and the key that it names" grep -qE "^             no good: by 0x[0-9A-F]{16}; it " out
verify --json=pretty "$registry/web:1"
json_says "as JSON" "not v['admitted'] and v['reason'].startswith('none of its signatures is good: ') and len(v['signatures']) == 3
        and all(not s['good'] and s['reason'] and 'key' not in s for s in v['signatures'])
        and {s.get('keyId', '')[:2] for s in v['signatures']} == {'', '0x', 'te'}"
is "…the reason is on stderr, too" grep -q "^Refused image" err
trust web "$registry/web" "Key=$work/gpg-2.asc" Enforce=no
verify "$registry/web:1"
said "not enforced" 0 ".*  Verdict    admitted, but the rule is not enforced;              it would be refused: none of its signatures is good: .*" ""
verify --json=short "$registry/web:1"
json_says "as JSON" "v['admitted'] and v['enforced'] is False and v['reason']"
rm "$rules/web.conf"
verify "$registry/web:1"
said "no rule" 1 "Image $registry/web:1 \($a\);   Rule       none;   Verdict    refused" \
        "Refused image '$registry/web:1': no trust rule covers '$registry/web'; to trust who signs it: gantry trust add --prefix=$registry/web KEYFILE"
trust web "$registry/web" "Key=$work/cosign.pub"
verify "$registry/web:1" "$registry/web:2"
said "one of two is not there" 1 ".*  Verdict    admitted" \
        "Cannot verify '$registry/web:2': the image is not in the store; use 'gantry fetch $registry/web:2' first"
verify --name=elsewhere.test/web:1 "$a"
said "under another name" 1 "Image elsewhere.test/web:1 .*" ".*no trust rule covers 'elsewhere.test/web'.*"
trust elsewhere elsewhere.test "Key=$work/cosign.pub"
verify --name=elsewhere.test/web:1 "$a"
said "…which its signature is not for" 1 ".*it signs another name: '$registry/web';.*" "Refused .*"

# -- an ACI that is not in the store -----------------------------------------------------------------------------------

verify "$work/hello.aci"
said "an ACI without a signature" 1 "Image $work/hello.aci;   Rule       unknown: the archive, which has its name, was not opened;   Verdict    refused" \
        "Refused image '$work/hello.aci': it has no signature"
cp gpg-kept.asc gpg.asc
trust aci aci:example.com "Key=$work/gpg.asc"
quietly gpg_sign gpg "$work/hello.aci"
verify ./hello.aci
said "signed" 0 "Image ./hello.aci \(sha512:[0-9a-f]{128}\);   Rule       aci:example.com in $rules/aci.conf;   Requires   signature;   Stage1     nspawn kvm;   Signature  ./hello.aci.asc \(openpgp\);              good: by $pgp;   Verdict    admitted" ""
mv hello.aci.asc elsewhere.sig
verify --signature=elsewhere.sig ./hello.aci
said "a signature from elsewhere" 0 ".*  Verdict    admitted" ""
is "nothing came into the store" test "$(find "$root/images" -name manifest | wc -l)" = 1

# -- what is foreign -----------------------------------------------------------------------------------------------------

there=$root/images/${a/:/-}/signatures
evil=$'\e[2J\e]0;title\a\nImage is admitted\r\u202eevil \\x \'quoted\''
for source in "$there"/*.source; do
        chmod u+w "$source"
        printf '%s' "$evil" >"$source"
done
trust web "$registry/web" "Key=$work/gpg-2.asc"
verify "$registry/web:1"
is_clean "a source that is hostile"
is "…is shown all the same" grep -qF '\x1b[2J\x1b]0;title\x07\x0aImage is admitted\x0d' out
verify --json=short "$registry/web:1"
is_clean "…in JSON, too"
json_says "…the same text" "'\\\\x1b[2J' in v['signatures'][0]['source']"
for evil_name in "$evil" "$(printf 'a%.0s' {1..300})/$evil"; do
        printf '%s' "$evil_name" | python3 -c 'import json, sys
print(json.dumps({"critical": {"identity": {"docker-reference": sys.stdin.read()}, "image": {"docker-manifest-digest": sys.argv[1]},
                               "type": "cosign container image signature"}, "optional": None}))' "$a" >evil.json
        quietly push_signatures web "${a/:/-}.sig" evil.json "$(cosign_sign cosign.key evil.json)"
        trust web "$registry/web" "Key=$work/cosign.pub"
        new_store
        timeout 60 gantry-fetch --root="$root" "$registry/web:1" >out 2>err </dev/null
        is_clean "a signed name that is hostile"
        is "…is shown all the same" grep -q "signs another name: '" err
done
quietly push_signatures web "${a/:/-}.sig" good.json "$(printf '%s' "\\u001b[2J\\n\\u202e")"
timeout 60 gantry-fetch --root="$root" "$registry/web:1" >out 2>err </dev/null
is_clean "an annotation that is hostile"
python3 - "$evil" <<'END'
import json, sys
bundle = json.load(open("bundle.json"))
bundle["verificationMaterial"]["publicKey"]["hint"] = sys.argv[1]
json.dump(bundle, open("evil-bundle.json", "w"))
END
verify --key=cosign.pub --digest="$a" --signature=evil-bundle.json
is_clean "a hint of a bundle that is hostile"
sed 's/sha256:[0-9a-f]*/\x1b[2J/' good.json >evil.json
cosign_sign cosign.key evil.json >evil.sig
verify --key=cosign.pub --digest="$a" --payload=evil.json --signature=evil.sig
is_clean "a digest that is hostile"
verify $'\e[2Jx\ny' ./$'\e[2Jx\n.aci'
is_clean "a reference that is hostile"
is "…is two lines" test "$(wc -l <err)" = 2
cp hello.aci $'\e[2Jx\n.aci'
verify --signature=elsewhere.sig ./$'\e[2Jx\n.aci'
is_clean "a file whose name is hostile"
verify --key=gpg.asc --signature=elsewhere.sig $'\e[2Jx\n.aci'
is_clean "…and keys by hand"
is "…which are good" grep -q "^Valid: " out

# -- keys by hand --------------------------------------------------------------------------------------------------------

cosign_sign cosign.key good.json >good.sig
by_hand() { # OPTION…
        verify --digest="$a" "$@"
}
cosign=(--payload=good.json --signature=good.sig)
by_hand --key=cosign.pub "${cosign[@]}"
said "cosign" 0 "Valid: '$a', signed by $pem" ""
echo >>good.sig
by_hand -q --key=other.pub --key=cosign.pub "${cosign[@]}" --name="$registry/web:7"
said "…with a line feed, for this repository, by one of two keys, quietly" 0 "" ""
by_hand --key=cosign.pub "${cosign[@]}" --name="$registry/other"
said "…for another repository" 1 "" "Not valid: '$a': none of its signatures is good: 'good.sig' signs another name: '$registry/web'"
by_hand --key=other.pub "${cosign[@]}"
said "…by another key" 1 "" "Not valid: '$a': none of its signatures is good: 'good.sig' was not made by a trusted key"
verify --key=cosign.pub --digest="sha256:$(printf '0%.0s' {1..64})" "${cosign[@]}"
said "…of another image" 1 "" "Not valid: 'sha256:0{64}': none of its signatures is good: 'good.sig' signs another digest: '$a'"
by_hand --key=other.pub --signature=bundle.json
said "bundle" 0 "Valid: '$a', signed by ECDSA P-256 key $(key_of other.pub)" ""
by_hand --key=cosign.pub --signature=bundle.json
said "…by another key" 1 "" "Not valid: '$a': none of its signatures is good: 'bundle.json' was not made by a trusted key"
simple=$(lookaside_of web "$a")/signature-1
by_hand --key=gpg.asc --signature="$simple" --name="$registry/web"
said "simple signing, for this repository" 0 "Valid: '$a', signed by $pgp" ""
by_hand --key=gpg.asc --signature="$simple" --name=elsewhere.test/web
said "…for another" 1 "" "Not valid: .* signs another name: '$registry/web:1'"
by_hand --key=cosign.pub --signature="$simple"
said "…with a key of another kind" 1 "" "Not valid: .* needs an OpenPGP key, and none is trusted here"
verify --key=gpg.asc --signature=elsewhere.sig hello.aci
said "a detached signature" 0 "Valid: 'hello.aci', signed by $pgp" ""
verify --key=gpg.asc --signature=elsewhere.sig good.json
said "…of another file" 1 "" "Not valid: 'good.json': none of its signatures is good: 'elsewhere.sig' does not match the document .*"
verify --key=gpg.asc hello.aci
said "…that is not there" 1 "" "Cannot verify 'hello.aci': there is no 'hello.aci.asc'; say where its signature is with --signature="
by_hand --key=cosign.pub
said "a digest without a signature" 1 "" "--digest= needs --signature=.*"
by_hand --key=cosign.key "${cosign[@]}"
said "a private key" 1 "" ".*cosign.key.*private.*"
by_hand --key=nowhere.pub "${cosign[@]}"
said "a key that is not there" 1 "" "Cannot read the key 'nowhere.pub': No such file or directory"
verify --key=cosign.pub --digest=sha256:00 "${cosign[@]}"
said "a digest that is none" 1 "" "Cannot use 'sha256:00' as a digest: it must be sha256: and 64 hex digits.*"
by_hand --key=cosign.pub "${cosign[@]}" --json=short
said "as JSON" 0 "\\{\"reference\":\"$a\",.*\"kind\":\"cosign\",.*\"good\":true,.*\"admitted\":true,\"time\":[0-9]+\\}" ""
by_hand --key=other.pub "${cosign[@]}" --json=short
said "…that it is not valid" 1 '\{.*"good":false,.*"admitted":false,.*\}' "Not valid: .*"

# -- what would go unheard -----------------------------------------------------------------------------------------------

refuses() { # TEXT REASON ARGUMENT…
        verify "${@:3}"
        said "$1" 1 "" "$2"
}
see="; see 'gantry verify --help'"
refuses "a second file with a key" "With --key=, one file is verified at a time$see" --key=gpg.asc --signature=elsewhere.sig hello.aci good.json
refuses "a file beside a digest" "With --digest=, no file is verified$see" --key=cosign.pub --digest="$a" "${cosign[@]}" hello.aci
refuses "a digest without a key" "--digest= needs --key=$see" --digest="$a" "$registry/web:1"
refuses "a payload without a digest" "--payload= needs --digest=$see" --payload=good.json "$registry/web:1"
refuses "a stage1 with a key" "--stage1= is a question to the trust rules, and --key= leaves them out$see" --key=gpg.asc --stage1=fly hello.aci
refuses "a name for a file with a key" "With --key=, --name= needs --digest=$see" --key=gpg.asc --name=a.b/c hello.aci
refuses "a name for a file" "--name= is for images of the store; a file has its name in it$see" --name=a.b/c ./hello.aci
refuses "a signature for an image of the store" "--signature= is for files; an image of the store has its own$see" --signature=elsewhere.sig "$registry/web:1"
refuses "a name that is none" "Cannot use 'web:' as the name of an image: the tag .*" --name=web: "$registry/web:1"
refuses "an ID for a name" "Cannot use '$a' as the name of an image: it has none" --name="$a" "$registry/web:1"

# -- what cannot be said -------------------------------------------------------------------------------------------------

trust all "*" Require=nothing
echo nonsense >none.aci
verify ./none.aci
said "a file that is no image" 1 "" "Cannot open image './none.aci': the header at byte 0: it is cut short"
for option in --json=off --json=short; do
        status=0
        timeout 60 gantry-verify --root="$root" "$option" --signature=elsewhere.sig ./hello.aci >/dev/full 2>err </dev/null || status=$?
        is "nobody can be told the verdict ($option)" test "$status $(cat err)" = "1 Cannot show the verdict: No space left on device"
done
status=0
timeout 60 gantry-verify --key=gpg.asc --signature=elsewhere.sig hello.aci >/dev/full 2>err </dev/null || status=$?
is "…or that by a key" test "$status $(cat err)" = "1 Cannot show the verdict: No space left on device"

finish
