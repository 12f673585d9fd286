#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The order of includes (docs/ARCHITECTURE.md, "The house"): a file includes its own folder and folders of a lower level, and a
library's headers only where that library is at home. Also: what every file has to begin with.

Usage: layers.py [TREE]
"""

import pathlib
import re
import sys
import tempfile

# trust reads documents with what image has, unit knows what pod says about units, and seccomp what it says about capabilities,
# pull looks into the store, inventory and console into the pods, too: hence the half levels. What all stages share is above all of them.
LEVELS = {
    "basic": 0,
    "image": 1,
    "tar": 1,
    "elf": 1,
    "link": 1,
    "cni": 1.25,
    "cpio": 1,
    "trust": 1.5,
    "policy": 2,
    "store": 2,
    "registry": 2,
    "erofs": 2,
    "pod": 2,
    "stage1": 2.25,
    "settings": 2.25,
    "network": 2.5,
    "seccomp": 2.5,
    "selinux": 2.5,
    "unit": 2.5,
    "console": 2.5,
    "pull": 2.5,
    "inventory": 2.5,
    "stage": 2.75,
}
PROGRAM = 3  # every other folder

HOMES = {
    r"curl/.*": ["registry-client/"],
    r"systemd/sd-(bus|event)\.h": ["unit/"],
    r"jansson\.h": ["image/json.c"],
    r"gcrypt\.h": ["image/hasher.c", "image/hmac.c", "trust/"],
    r"zlib\.h": ["trust/inflate.c"],
    r"archive(_entry)?\.h": ["prepare/", "stage1-tool/module-file.c"],
    r"isa-l/.*": ["prepare/gunzip-isal.c"],
    r"seccomp\.h": ["seccomp/compile.c"],
    r"selinux/.*": ["selinux/label.c"],
}


def level(folder):
    return LEVELS.get(folder, PROGRAM)


def check_include(folder, path, quoted, angled):
    if quoted and quoted != "config.h":
        if "/" not in quoted:
            return f'"{quoted}" is not spelt with its folder'
        other = quoted.split("/")[0]
        if other != folder and level(other) >= level(folder):
            return f'{folder} may not include "{quoted}"'
    for pattern, homes in HOMES.items():
        if angled and re.fullmatch(pattern, angled) and not any(path.startswith(h) for h in homes):
            return f"<{angled}> is at home in {', '.join(homes)} only"
    return None


def check_beginning(path, text):
    lines = text.splitlines()
    if not lines or lines[0] != "/* SPDX-License-Identifier: LGPL-2.1-or-later */":
        return "does not begin with the licence"
    if path.suffix == ".c":
        head = "\n".join(lines[1:12])
        for word in "Owns:", "Never:", "Follows:":
            if not re.search(rf"^(/\*| \*) {word}", head, re.MULTILINE):
                return f"does not say '{word}' at its beginning"
    elif "#pragma once" not in lines[1:3]:
        return "has no #pragma once"
    return None


def check_file(tree, path):
    text = path.read_text(encoding="utf-8")
    relative = str(path.relative_to(tree / "src"))
    folder = relative.split("/")[0]
    problems = []
    previous = ""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
        problem = match and check_include(folder, relative, match[1], match[2])
        if match and match[2] and (tree / "src" / match[2]).exists():
            problem = f"<{match[2]}> is ours and spelt with quotes"
        ours = match and match[1] or ""
        if ours and ours <= previous:
            problem = problem or f'"{ours}" comes before "{previous}", and once'
        previous = ours
        if problem:
            problems.append(f"line {number}: {problem}")
    problem = check_beginning(path, text)
    return problems + ([problem] if problem else [])


def check_tree(tree):
    files = sorted(p for p in (tree / "src").glob("*/*.[ch]"))
    return [(str(p.relative_to(tree)), check_file(tree, p)) for p in files]


GOOD = """/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: nothing.
 * Never: does anything.
 * Follows: nothing. */
"""

# A file's name, what it says, and whether that is right.
SAMPLES = [
    ("store/good.c", GOOD + '#include <stdio.h>\n#include "basic/fd.h"\n#include "config.h"\n#include "store/store.h"\n', True),
    ("store/order.c", GOOD + '#include "basic/str.h"\n#include "basic/fd.h"\n', False),
    ("store/again.c", GOOD + '#include "basic/fd.h"\n#include "basic/fd.h"\n', False),
    ("trust/good.c", GOOD + '#include <gcrypt.h>\n#include "image/json.h"\n', True),
    ("store/up.c", GOOD + '#include "fetch/image.h"\n', False),
    ("store/equal.c", GOOD + '#include "pod/pod-dir.h"\n', False),
    ("image/half.c", GOOD + '#include "trust/key.h"\n', False),
    ("pull/half.c", GOOD + '#include "store/store.h"\n', True),
    ("unit/half.c", GOOD + '#include "pod/pod-dir.h"\n', True),
    ("unit/equal.c", GOOD + '#include "pull/pull.h"\n', False),
    ("run/program.c", GOOD + '#include "fetch/fetch.h"\n', False),
    ("store/short.c", GOOD + '#include "store.h"\n', False),
    ("store/angled.c", GOOD + "#include <run/program.c>\n", False),
    ("store/blank.c", GOOD + '# include"fetch/image.h"\n', False),
    ("store/curl.c", GOOD + "#include <curl/curl.h>\n", False),
    ("run/bus.c", GOOD + "#include <systemd/sd-bus.h>\n", False),
    ("run/event.c", GOOD + "#include <systemd/sd-event.h>\n", False),
    ("image/oci.c", GOOD + "#include <jansson.h>\n", False),
    ("image/oci2.c", GOOD + "#include <gcrypt.h>\n", False),
    ("trust/gunzip.c", GOOD + "#include <zlib.h>\n", False),
    ("erofs/tar.c", GOOD + "#include <archive.h>\n", False),
    ("erofs/tar2.c", GOOD + "#include <archive_entry.h>\n", False),
    ("basic/process.c", GOOD + "#include <seccomp.h>\n", False),
    ("selinux/context.c", GOOD + "#include <selinux/selinux.h>\n", False),
    ("basic/licence.c", GOOD.replace("LGPL-2.1-or-later", "MIT"), False),
    ("basic/silent.c", GOOD.replace("Never:", "Ever:"), False),
    ("basic/twice.h", "/* SPDX-License-Identifier: LGPL-2.1-or-later */\nint f(void);\n", False),
]


def check_itself():
    """Finds each kind of mistake, and nothing else, in a tree made up for it."""
    with tempfile.TemporaryDirectory() as directory:
        tree = pathlib.Path(directory)
        for name, text, _ in SAMPLES:
            path = tree / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = dict(check_tree(tree))
        return [(f"this test judges {name} rightly", [] if (not found["src/" + name]) == good else ["it does not"])
                for name, _, good in SAMPLES]


def main():
    tree = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    bad = 0
    results = check_itself() + check_tree(tree)
    for number, (what, problems) in enumerate(results, 1):
        print(f"{'not ok' if problems else 'ok'} {number} - {what}")
        for problem in problems:
            print(f"# {problem}")
        bad += bool(problems)
    print(f"1..{len(results)}")
    return bad > 0


sys.exit(main())
