"""What would help a model most, by rules over the figures of its evaluation; only what these support.

The rules and their minimums of evidence are in advice_on_ap and advice_on_use. Pure: figures in, advice out; words are
in core.figures.words.advice.
"""

from typing import Final

from core.evaluation.advice.facts import Advice, Facts
from core.evaluation.advice.on_ap import on_cap, on_causes, on_few_examples, on_loose, on_pairs
from core.evaluation.advice.on_use import on_calibration, on_empty, on_sample, on_slices, on_threshold, on_turned

# More is no advice any more.
MOST_SHOWN: Final = 6
# Both say that boxes do not fit, and what helps is the same: the costlier one is told.
_ALIKE: Final = ("location", "loose")
_RULES: Final = (
    on_causes,
    on_loose,
    on_pairs,
    on_cap,
    on_few_examples,
    on_slices,
    on_threshold,
    on_empty,
    on_calibration,
    on_turned,
    on_sample,
)


def advise(facts: Facts) -> list[Advice]:
    """At most MOST_SHOWN pieces of advice, those with the most AP at stake first; none where nothing stands out."""
    if facts.whole.truths == 0:
        return []
    found = [advice for rule in _RULES for advice in rule(facts)]
    alike = sorted((one for one in found if one.key in _ALIKE), key=lambda one: -(one.at_stake or 0.0))
    found = [one for one in found if one not in alike[1:]]
    # Sorting is stable: of equal ones the order of the rules holds.
    found.sort(key=lambda one: (one.at_stake is None, -(one.at_stake or one.weight)))
    return found[:MOST_SHOWN]
