# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills commands at their Nth change of the store, for every N, and looks at what is left each time.

kill.py LAYOUT REGISTRY ACI     as scenarios.py says
"""

import lab
import scenarios


def kill_at(words, n):
    _, change = lab.traced(words, f"--kill-at={n}")
    problems = lab.fsck() + lab.look(scenarios.golden, tidy=False)
    if n % 2: # what gc finds is what the kill left
        problems += lab.collect() + lab.look(scenarios.golden)
    problems += scenarios.attempt(words) + lab.fsck() + lab.collect() + lab.look(scenarios.golden)
    return problems, f"killed before change {change}"


scenarios.each_point("killed", kill_at)
lab.finish()
