# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is done to a store while it is killed, or meets errors: each arrow of docs/ARCHITECTURE.md.

Arguments: LAYOUT REGISTRY ACI, where the images "one" and "two", which share a layer, and an ACI are.
"""

import sys

import lab
import store

layout, registry, aci = sys.argv[1:]
one, two = f"oci:{layout}:one", f"oci:{layout}:two"

both = lab.template("both", ["gantry-fetch", "-q", one], ["gantry-fetch", "-q", two], ["gantry-fetch", "-q", aci])
only_one = lab.template("one", ["gantry-fetch", "-q", one])
prepared = lab.template("prepared", ["gantry-fetch", "-q", one], ["gantry-prepare", "-q", "--name=pod", one])
built = lab.template("built", ["gantry-stage1", "build", "image", "-q"])
golden = store.golden_layers(both)


def attempt(words):
    """For the second time, so it may have been done already, and only nobody was told."""
    result = lab.run(words)
    done = result.status == 0 or "exists and has not ended" in result.err or (
        words[0] in ("gantry-rm", "gantry-image") and any(w in result.err for w in ("Cannot find", "No such", "no pod", "No pod")))
    return [] if done else [f"a second attempt fails: {result}"]


# A name; the store it begins with; the command; at how many points a sample takes it.
ALL = [
    ("fetch into no store", None, ["gantry-fetch", "-q", one], 7),
    ("fetch of an image that shares a layer", only_one, ["gantry-fetch", "-q", two], 6),
    ("fetch from a registry", only_one, ["gantry-fetch", "-q", f"{registry}/crash:two"], 6),
    ("fetch of what is there, by another name", only_one, ["gantry-fetch", "-q", f"{registry}/crash:one"], 4),
    ("fetch of an ACI", only_one, ["gantry-fetch", "-q", aci], 7),
    ("prepare, with a fetch before it", only_one, ["gantry-prepare", "-q", one], 4),
    ("prepare", only_one, ["gantry-prepare", "-q", "--pull=never", "--name=pod", one], 8),
    ("rm", prepared, ["gantry-rm", "-q", "pod"], 8),
    ("image rm", both, ["gantry-image", "rm", "-q", two], 8),
    ("gc", prepared, lab.COLLECT, 8),
    ("stage1 build", only_one, ["gantry-stage1", "build", "image", "-q"], 6),
    ("stage1 build, in the place of an image that is another", built, ["gantry-stage1", "build", "image", "-q"], 4),
]


def each_point(what, try_point, variants=lambda n: [()]):
    """Calls `try_point` for all scenarios, with the number of a change and each of its variants, and reports."""
    for text, begin, words, wanted in ALL:
        clock = lab.Clock()
        lab.begin_with(begin)
        result, lines = lab.changes(words)
        problems = [] if result.status == 0 else [f"unharmed: {result}"]
        points = lab.sample(len(lines), wanted)
        for n, variant in ((n, variant) for n in points for variant in variants(n)):
            lab.begin_with(begin)
            found, change = try_point(words, n, *variant)
            if found:
                problems += [change] + ["    " + line for line in found]
        lab.report(f"{text}: {what} at {len(points)} of {len(lines)} changes ({clock})", problems)
