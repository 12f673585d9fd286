#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/SECURITY.md: each arrow of the picture, and each attack in "How it was tried", names tests and files of the corpus, and they exist.

Usage: security.py
"""

import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).parents[2]
TEST = SOURCE / "test"


def exists(name):
    function = re.fullmatch(r"(test-[a-z0-9-]+):(test_[a-z0-9_]+)", name)
    if function:
        source = TEST / "unit" / (function[1] + ".c")
        return source.exists() and re.search(rf"(TEST|unit_test|unit_test_setup|unit_test_setup_teardown)\({function[2]}[,)]", source.read_text())
    if name.endswith(".sh"):
        return (TEST / "system" / name).exists()
    return (TEST / "corpus" / name).is_file()


def section(title):
    return (SOURCE / "docs" / "SECURITY.md").read_text().split(f"## {title}")[1].split("\n## ")[0]


def rows(title, columns):
    for line in section(title).splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == columns and cells[-1] != "shown by":
            yield " ".join(c for c in cells[:-2] if c), re.findall(r"`(test-[^`]+|[^`]+/[^`]+)`", cells[-1])


def main():
    failed = 0
    arrows = list(rows("Who attacks at each arrow", 5))
    attacks = list(rows("How it was tried", 3))
    found = arrows + attacks
    print(f"1..{len(found) + 1}")
    for i, (attack, names) in enumerate(found, 1):
        missing = [n for n in names if not exists(n)] or ([] if names else ["any test"])
        print(f"{'not ok' if missing else 'ok'} {i} - {attack}" + "".join(f"\n# there is no {m}" for m in missing))
        failed += bool(missing)
    enough = len(arrows) > 20 and len(attacks) > 20
    print(f"{'ok' if enough else 'not ok'} {len(found) + 1} - there are both tables")
    return failed > 0 or not enough


sys.exit(main())
