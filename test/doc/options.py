#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Option tables, --help and manual pages say the same, and all programs have the same manners.

Usage: options.py BUILD
"""

import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(sys.argv[1])
PROGRAMS = sorted(p.stem for p in (SOURCE / "man").glob("*.rst") if not p.stem.endswith(".5"))
count = failed = 0


def report(text, problem=None):
    global count, failed
    count += 1
    failed += bool(problem)
    print(f"{'not ok' if problem else 'ok'} {count} - {text}")
    if problem:
        print("\n".join("# " + line for line in str(problem).splitlines()))


def run(program, *arguments):
    return subprocess.run([BUILD / program, *arguments], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


def heading(letter, name, metavar):
    return (f"-{letter}, " if letter != "-" else "") + f"--{name}" + (f"={metavar}" if metavar else "")


def read_page(name):
    text = (SOURCE / "man" / name).read_text(encoding="utf-8")
    return re.sub(r"^\.\. include:: (\S+)$", lambda m: read_page(m[1]), text, flags=re.MULTILINE)


def page_options(program, section):
    text = read_page(f"{program}.{section}.rst")
    return set(re.findall(r"^(?:-[a-zA-Z], )?--[a-z][a-z0-9-]*(?:=\S+)?$", text, re.MULTILINE))


def check_options(program, section):
    listing = run(program, "--introspect")
    rows = [line.split("\t") for line in listing.stdout.splitlines()]
    options = {heading(*row[:3]) for row in rows}
    report(f"{program}: has a table of options", None if listing.returncode == 0 and options else listing.stderr or "empty")

    page = page_options(program, section)
    report(f"{program}: all its options are in its manual page", "\n".join(sorted(options - page)))
    report(f"{program}: its manual page has no others", "\n".join(sorted(page - options)))

    shown = run(program, "--help").stdout
    report(f"{program}: --help shows them all", "\n".join(o for o in sorted(options) if o not in shown))


def check_manners(program):
    shown = run(program, "--help")
    report(f"{program}: --help is a result", None if shown.returncode == 0 and shown.stdout and not shown.stderr else shown.stderr or "no output")
    report(f"{program}: --help fits a terminal", "\n".join(line for line in shown.stdout.splitlines() if len(line) > 80))

    version = run(program, "--version")
    report(f"{program}: --version", None if re.fullmatch(r"gantry \S+\n", version.stdout) and version.returncode == 0 else version)

    bogus = run(program, "--bogus")
    good = bogus.returncode != 0 and not bogus.stdout and len(bogus.stderr.splitlines()) == 1
    report(f"{program}: an unknown option is one line on stderr", None if good else bogus)


def check_keys():
    rows = (SOURCE / "src" / "settings" / "settings.c").read_text(encoding="utf-8")
    keys = set(re.findall(r'^        \{ "([A-Z][A-Za-z0-9]+)",', rows, re.MULTILINE))
    text = (SOURCE / "man" / "gantry.pod.5.rst").read_text(encoding="utf-8")
    page = {key for line in re.findall(r"^``[A-Z].*=``$", text, re.MULTILINE) for key in re.findall(r"``(\w+)=``", line)}
    report("gantry.pod(5) has all keys", "\n".join(sorted(keys - page)) if keys else "no keys found")
    report("gantry.pod(5) has no others", "\n".join(sorted(page - keys)))


def main():
    report("every program has a manual page", "\n".join(sorted(
        p.name for p in BUILD.iterdir()
        if p.is_file() and p.stat().st_mode & 0o111 and "." not in p.name and not any(page.startswith(p.name + ".") for page in PROGRAMS))))
    for page in PROGRAMS:
        program, section = page.rsplit(".", 1)
        if program in ("gantry-guest", "gantry-init"):
            continue  # they are nobody's command line
        if program != "gantry":
            check_options(program, section)
            check_manners(program)
    check_keys()
    verbs = re.findall(r"^  ([a-z][a-z0-9-]*) ", run("gantry", "--help").stdout, re.MULTILINE)
    for verb in verbs:
        report(f"gantry {verb} is a program", None if (BUILD / f"gantry-{verb}").exists() else "missing")
    nobodys = ["gantry-guest", "gantry-init", "gantry-generator"]
    report("gantry knows all of them", "\n".join(
        p.name for p in BUILD.glob("gantry-*") if p.is_file() and p.name not in [f"gantry-{v}" for v in verbs] + nobodys))
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
