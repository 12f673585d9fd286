#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How files look: clang-format for C, shellcheck for scripts, codespell for everything people read.
set -u

cd -- "$(dirname -- "$0")/../.." || exit 1
count=0
failed=0

# A check that must print nothing to be passed: check TEXT COMMAND…
check() {
        local text=$1 output
        shift
        count=$((count + 1))
        if output=$("$@" 2>&1); then
                echo "ok $count - $text"
        else
                echo "not ok $count - $text"
                head -40 <<<"$output" | sed 's/^/# /'
                failed=$((failed + 1))
        fi
}

mapfile -t sources < <(git ls-files --cached --others --exclude-standard 'src/*.[ch]' 'test/unit/*.[ch]' 'test/fuzz/*.[ch]' 'test/crash/*.[ch]')
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard test .ci ':!test/corpus' |
        xargs --delimiter='\n' awk 'FNR == 1 && /^#!.*[/ ]bash$/ { print FILENAME } { nextfile }')
mapfile -t texts < <(git ls-files --cached --others --exclude-standard src man docs units '*.md' 'test/*.sh' 'test/*.py' test/lib)

# An empty list would be agreed with by everybody.
check "there is something to look at" test "${#sources[@]}" -gt 0 -a "${#scripts[@]}" -gt 0 -a "${#texts[@]}" -gt 0
check "clang-format agrees with ${#sources[@]} files" clang-format --dry-run --Werror "${sources[@]}"
check "shellcheck finds nothing in ${#scripts[@]} scripts" shellcheck --external-sources --severity=warning "${scripts[@]}" test/lib/*.sh
check "codespell finds nothing in ${#texts[@]} files" codespell --ignore-words=test/lint/words "${texts[@]}"

echo "1..$count"
((failed == 0))
