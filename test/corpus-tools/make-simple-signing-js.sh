#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Adds to test/corpus/simple-signing what OpenPGP.js signs: version 6, and version 4 by another hand than gpg's. Run by hand with a
# network after make-simple-signing.py, the result is committed: make-simple-signing-js.sh DIRECTORY (test/corpus). The table is
# cases-js.tsv, with the columns of cases.tsv.
set -euo pipefail

corpus=$(realpath "$1")/simple-signing
here=$(realpath "$(dirname "$0")")
tmp=$(mktemp -d /tmp/make-js.XXXXXX)
trap 'rm -rf "$tmp"' EXIT

cd "$tmp"
npm install --silent --no-save --ignore-scripts openpgp@6 >/dev/null
cp "$here/make-simple-signing.mjs" .
node make-simple-signing.mjs "$corpus"
