"""Which lines of a figure of a canonical model lie on each other, so that one hides the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.figures.cases import case_label

if TYPE_CHECKING:
    from sim.figures.panels import Panels
    from sim.study.experiment import ExperimentFile

Named = tuple[str, np.ndarray, np.ndarray]
"""A line: its name in the legend, and where it goes."""


def of_lines(panels: Panels, experiment: ExperimentFile) -> list[str]:
    """The sentences of a caption for lines in panels; none for the core model."""
    role = panels.group_role
    if experiment.model is None or role is None:
        return []
    names = [case_label(role, group, experiment) for group in panels.groups]
    drawn = [[(name, line.x, line.y) for name, line in zip(names, lines, strict=True)] for lines in panels.lines]
    return of_panels(drawn, [panels.name(n, experiment) for n in range(len(drawn))])


def of_panels(drawn: Sequence[Sequence[Named]], titles: Sequence[str]) -> list[str]:
    """A sentence for all lines that coincide, with the panels in which they do where it is not in all of them."""
    found: dict[str, list[str]] = {}
    for lines, title in zip(drawn, titles, strict=True):
        for names in _together(lines):
            found.setdefault(f"{', '.join(names[:-1])} and {names[-1]} coincide", []).append(title)
    out = []
    for told, where in found.items():
        some = "" if len(where) == len(titles) else f" ({'; '.join(where)})"
        out.append(f"{told}{some}.")
    return out


def _together(drawn: Sequence[Named]) -> list[list[str]]:
    """The names of the lines that lie on each other, in groups of two or more; lines without a point are left out."""
    groups: list[list[Named]] = []
    for line in drawn:
        if not np.isfinite(line[2]).any():
            continue
        same = next((group for group in groups if _same(group[0], line)), None)
        if same is None:
            groups.append([line])
        else:
            same.append(line)
    return [names for group in groups if len(names := list(dict.fromkeys(name for name, _, _ in group))) > 1]


def _same(one: Named, other: Named) -> bool:
    """Whether two lines lie on each other, but for the last digits."""
    return all(a.shape == b.shape and _close(a, b) for a, b in zip(one[1:], other[1:], strict=True))


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    known = a[np.isfinite(a)]
    span = float(np.ptp(known)) if len(known) else 0.0
    return bool(np.allclose(a, b, rtol=1e-9, atol=1e-9 * span, equal_nan=True))
