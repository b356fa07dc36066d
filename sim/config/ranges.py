"""What a file says of its own paths: prior ranges in [uncertain], of which numbers and how far; paths under [mechanisms]."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from sim import priors
from sim.declare import Number, Problem
from sim.dilemma.lookup import Place, numbers, outside, span


def problems(uncertain: Mapping[str, Any], place_of: Callable[[str], Place | Problem], *, lists: bool) -> Iterator[Problem]:
    """Ranges of paths that lead nowhere, of what is no number, and ranges that leave what the number may be.

    With `lists`, the path of a list stands for all its entries.
    """
    for path, prior in uncertain.items():
        at, place = ("uncertain", path), place_of(path)
        if isinstance(place, Problem):
            yield Problem(at, place.message, hint=place.hint)
        elif place.structure or not numbers(place):
            yield Problem(at, "is no number that may be uncertain")
        elif not lists and not isinstance(place.type, Number):
            yield Problem(at, "is a list: only its entries may be uncertain", hint=f'Write "{path}.0".')
        elif numbers(place)[0][1].whole and not _whole(prior):
            hint = 'Write { distribution = "discrete", values = [2, 3, 4] }.'
            yield Problem(at, "is a whole number, which this distribution does not keep to", hint=hint)
        else:
            found = [(p.path, p.message, p.found, p.hint) for p in priors.problems(prior)]
            found += [(*wrong, "") for wrong in beyond(prior, numbers(place)[0][1])]
            for keys, *told in found:
                yield Problem((*at, *keys), *told)


def of_mechanisms(mechanisms: Mapping[str, Any], place_of: Callable[[str], Place | Problem]) -> Iterator[Problem]:
    """Paths under [mechanisms] that lead nowhere."""
    for name, paths in mechanisms.items():
        for n, path in enumerate(paths):
            if isinstance(place := place_of(path), Problem):
                yield Problem(("mechanisms", name, n), place.message, path, place.hint)


def _whole(prior: priors.Prior) -> bool:
    """Whether a distribution gives whole numbers only."""
    values = prior.get("values")
    return isinstance(values, list) and all(isinstance(x, int | float) and x == int(x) for x in values)


def beyond(prior: priors.Prior, number: Number) -> Iterator[tuple[tuple[str | int, ...], str, float]]:
    """The ends of a distribution that are outside a number's declared range: key, what is wrong, value."""
    for keys, value in priors.ends(prior):
        if value == np.inf and number.high < np.inf:
            yield (), f"has no highest value, and must be {span(number)}", value
        elif value != np.inf and outside(number, value).any():
            yield keys, f"must be {span(number)}", value
