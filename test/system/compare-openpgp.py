#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has gantry-verify, gpgv and sqv judge every OpenPGP case of test/corpus and compares. The table says what gantry-verify
decides; where another tool decides otherwise, test/corpus/openpgp-signature/differences.tsv says why. A difference that is
not in there is a failure, and so is a line in there without a difference. Prints TAP.

Usage: compare-openpgp.py [--print] (--print: print the differences there are, to be explained)
"""

import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "corpus"
SIGNATURES, KEYS, ARMOR = (CORPUS / name for name in ("openpgp-signature", "openpgp-key", "armor"))
NOW = "1748736000"  # of the table; today is as good
BAD = {"EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG"}

work = pathlib.Path(tempfile.mkdtemp())
n_results = n_failures = 0


def report(text, problems):
    global n_results, n_failures
    n_results += 1
    n_failures += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {n_results} - {text}")
    for problem in problems:
        print(f"# {problem}")


def rows(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and line[0] != "#"]


def documents(directory):
    return sorted(path for path in directory.iterdir() if path.name != "WHY")


def key_of(signature):
    """Who made a file that no tool should take."""
    if signature.name.startswith("v6-"):
        return KEYS / "must-pass/v6-ed25519.asc"
    return KEYS / "must-pass" / ("plain.gpg" if signature.suffix == ".sig" else "ed25519.asc")


def signature_of(key):
    """One that a key which no tool should take may have made."""
    same = SIGNATURES / "must-pass" / f"{key.stem}.asc"
    return same if same.exists() else SIGNATURES / "must-pass" / ("v6-plain.sig" if key.name.startswith("v6-") else "plain.sig")


def cases():
    """(key, signature, document) → whether it is to be accepted."""
    hello = SIGNATURES / "documents/hello"
    found = {}
    for key, signature, document, time, _, verdict in rows(SIGNATURES / "cases.tsv"):
        if time == NOW:
            case = KEYS / "must-pass" / key, SIGNATURES / "must-pass" / signature, SIGNATURES / "documents" / document
            found[case] = "good" in verdict.split(" | ")
    for path in documents(SIGNATURES / "must-fail"):
        found[key_of(path), path, hello] = False
    for path in documents(KEYS / "must-fail"):
        found[path, signature_of(path), hello] = False
    for which, verdict in ("must-pass", True), ("must-fail", False):
        for path in documents(ARMOR / which):
            found[KEYS / "must-pass/ed25519.asc", path, hello] = verdict
    return found


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=os.environ | {"GNUPGHOME": str(work)})


def gantry(key, signature, document):
    return run("gantry-verify", f"--key={key}", f"--signature={signature}", document).returncode == 0


@contextlib.contextmanager
def binary(key):
    """gpgv does not read armor."""
    with tempfile.NamedTemporaryFile(dir=work) as file:
        file.write(run("gpg", "--batch", "--dearmor", "--output", "-", key).stdout if key.suffix == ".asc" else key.read_bytes())
        file.flush()
        yield file.name


def gpgv(key, signature, document):
    """Its exit status is 0 also for revoked and expired keys. Of several signatures one good one will do, as for us."""
    with binary(key) as keyring:
        output = run("gpgv", "--status-fd=1", "--keyring", keyring, signature, document).stdout.decode("utf-8", "replace")
    words = [line.split()[1] for line in output.splitlines() if line.startswith("[GNUPG:] ")]
    each = " ".join(words).split("NEWSIG")
    return any({"GOODSIG", "VALIDSIG"} <= set(one.split()) and not BAD & set(one.split()) for one in each)


def sqv(key, signature, document):
    return run("sqv", "--keyring", key, signature, document).returncode == 0


def name(case):
    return "\t".join(str(path.relative_to(CORPUS)) for path in case)


def compare(judge, expected):
    """Differences: name of the case → what the tool says."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(lambda case: judge(*case), expected))
    return {name(case): "accepts" if said else "refuses" for case, said in zip(expected, verdicts) if said != expected[case]}


def check(tool, found):
    """Against those that are explained."""
    explained = {}
    for *case, by, says, _ in rows(SIGNATURES / "differences.tsv"):
        if by == tool:
            explained["\t".join(case)] = says
    problems = [f"{case}: {tool} {says}, which nobody has explained" for case, says in found.items() if explained.get(case) != says]
    problems += [f"{case}: {tool} no longer {says}" for case, says in explained.items() if found.get(case) != says]
    report(f"{tool} decides as gantry-verify does, but for {len(explained)} cases that are explained", problems)


def main():
    expected = cases()
    peers = {"gpgv": gpgv, "sqv": sqv}
    if sys.argv[1:] == ["--print"]:
        for tool, judge in peers.items():
            for case, says in compare(judge, expected).items():
                print(case, tool, says, "", sep="\t")
        return 0

    wrong = compare(gantry, expected)
    report(f"gantry-verify decides {len(expected)} cases as the tables say", [f"{case}: it {says}" for case, says in wrong.items()])
    for tool, judge in peers.items():
        if shutil.which(tool):
            check(tool, compare(judge, expected))
        else:
            report(f"# SKIP {tool} is not installed", [])
    print(f"1..{n_results}")
    return n_failures > 0


try:
    sys.exit(main())
finally:
    shutil.rmtree(work)
