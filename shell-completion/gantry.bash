# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Completion for gantry. What options there are, the programs say (--introspect); what images and pods, the store does.

# Offers the words of standard input that begin like the one being typed, but none that the shell would see something in.
_gantry_offer() {
        local word
        while read -r word; do
                [[ $word != "$cur"* || $word == *[!A-Za-z0-9._~/:@%+=-]* ]] || COMPREPLY+=("$word")
        done
}

_gantry_words() {
        _gantry_offer < <(printf '%s\n' "$@")
}

_gantry_options() {
        _gantry_offer < <("gantry-$verb" --introspect 2>/dev/null |
                awk -F '\t' '$1 != "-" { print "-" $1 } { print "--" $2 ($3 == "" ? "" : "=") }')
}

# The word that --help has for the value of an option; nothing if there is no such option, or it takes no value.
_gantry_metavar() { # OPTION
        "gantry-$verb" --introspect 2>/dev/null |
                awk -F '\t' -v option="$1" '"--" $2 == option || ($1 != "-" && "-" $1 == option) { print $3 }'
}

_gantry_value() { # OPTION METAVAR
        case $1,$2 in
                --json,*) _gantry_words pretty short off ;;
                --end,*) _gantry_words all any-failed app: ;;
                --net,*) _gantry_words none host default pod: veth zone: bridge: macvlan: ipvlan: ;;
                --stage1,*) _gantry_words nspawn kvm ;;
                --pull,*) _gantry_words missing always never ;;
                --require,*) _gantry_words signature digest nothing ;;
                --signed-name,*) _gantry_words repository any ;;
                *,DIR) _filedir -d ;;
                *,FILE) _filedir ;;
                *,REF) _gantry_images ;;
        esac
}

_gantry_pods() {
        _gantry_offer < <(gantry-list "${root[@]}" --no-legend 2>/dev/null | awk '{ print $1 }')
}

_gantry_images() {
        _gantry_offer < <(gantry-image list "${root[@]}" --no-legend 2>/dev/null | awk '$1 != "-" { print $1 }')
}

_gantry_pod_files() {
        _gantry_offer < <(gantry-pod list --no-legend 2>/dev/null | awk '{ print $1 }')
}

_gantry_argument() {
        case $verb in
                status | logs | exec | attach | start | stop | restart | rm | export | cat-manifest) _gantry_pods ;;
                fetch | verify | prepare | run)
                        _gantry_images
                        _filedir aci
                        ;;
                image)
                        if ((cword == 2)); then
                                _gantry_words list cat-manifest export fsck rm
                        else
                                _gantry_images
                                [[ ${words[2]} != export ]] || _filedir
                        fi
                        ;;
                cp)
                        _gantry_pods
                        _filedir
                        ;;
                volume)
                        if ((cword == 2)); then
                                _gantry_words list rm
                        else
                                _gantry_offer < <(gantry-volume list "${root[@]}" --no-legend 2>/dev/null | awk '{ print $1 }')
                        fi
                        ;;
                stage1)
                        if ((cword == 2)); then
                                _gantry_words list build rm
                        elif [[ ${words[2]} == build ]]; then
                                _gantry_words image initrd
                        elif [[ ${words[2]} == rm ]]; then
                                _gantry_offer < <(gantry-stage1 list "${root[@]}" --no-legend 2>/dev/null | awk '{ print $1 }')
                        fi
                        ;;
                pod)
                        if ((cword == 2)); then
                                _gantry_words list check cat
                        else
                                _gantry_pod_files
                                _filedir pod
                        fi
                        ;;
                trust) if ((cword == 2)); then _gantry_words add check list rm; else _filedir; fi ;;
        esac
}

_gantry() {
        # shellcheck disable=SC2034 # split and prev are set by _init_completion, which wants them local
        local cur prev words cword split verb metavar word root=()
        _init_completion -s -n : || return

        if ((cword == 1)); then
                _gantry_words --help --version
                _gantry_offer < <(compgen -c gantry- | sed 's/^gantry-//' | sort -u)
                return
        fi

        verb=${words[1]}
        local of_app=
        for word in "${words[@]:2:cword-2}"; do
                case $word in
                        --) of_app=yes ;; # what follows belongs to the app …
                        ---) of_app= ;;   # … and then comes the next one
                        --root=*) root=("$word") ;;
                esac
        done

        [[ ! $of_app ]] || return 0
        metavar=$(_gantry_metavar "$prev")
        if [[ $metavar ]]; then
                _gantry_value "$prev" "$metavar"
        elif [[ $cur == -* ]]; then
                _gantry_options
                [[ ${COMPREPLY-} != *= ]] || compopt -o nospace
        else
                _gantry_argument
        fi
        __ltrim_colon_completions "$cur"
}

complete -F _gantry gantry
