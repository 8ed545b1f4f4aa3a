"""Advice on what would improve a model most, by rules over the figures of one evaluation.

The rules and the evidence that each needs are in on_ap and on_use. A pure function: figures in, advice out. The words
are in core.figures.words.advice.
"""

from typing import Final

from core.evaluation.advice.facts import Advice, Facts
from core.evaluation.advice.on_ap import on_cap, on_causes, on_few_examples, on_loose, on_pairs
from core.evaluation.advice.on_use import on_calibration, on_empty, on_overfitting, on_sample, on_slices, on_threshold

# A longer list helps nobody to choose.
MOST_SHOWN: Final = 6
# Both say that boxes do not fit and have the same remedy. Only the costlier of the two is given.
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
    on_overfitting,
    on_sample,
)


def advise(facts: Facts) -> list[Advice]:
    """At most MOST_SHOWN pieces of advice, those with the most AP at stake first; [] if nothing stands out."""
    if facts.whole.truths == 0:
        return []
    advice = [piece for rule in _RULES for piece in rule(facts)]
    alike = sorted((piece for piece in advice if piece.key in _ALIKE), key=lambda piece: -(piece.at_stake or 0.0))
    advice = [piece for piece in advice if piece not in alike[1:]]
    # Sorting is stable: equal pieces keep the order of the rules.
    advice.sort(key=lambda piece: (piece.at_stake is None, -(piece.at_stake or piece.weight)))
    return advice[:MOST_SHOWN]
