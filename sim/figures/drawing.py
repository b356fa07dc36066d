"""What a kind of figure gives back: the figure, the numbers in it, and what it is in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure that is drawn and not yet saved."""

    figure: Figure
    title: str
    columns: tuple[str, ...]
    """Names of the columns of the data behind the figure."""
    rows: Sequence[Sequence[Any]]
    """The data: exactly what is drawn, a row for each point of each line."""
    sentences: tuple[str, ...]
    """What is drawn, for the caption."""
    alt: str
    """What there is to see, in a sentence or two, for those who cannot see it."""
