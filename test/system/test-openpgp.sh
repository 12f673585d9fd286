#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# gantry-verify against gpgv and sqv, on every OpenPGP key and signature of test/corpus. Prints TAP.
exec python3 "$(dirname -- "$(realpath -- "$0")")/compare-openpgp.py"
