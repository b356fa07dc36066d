"""The house style of all figures: print size, fonts, colours and line styles, axes of probabilities, byte-identical files.

Colours are those of Okabe and Ito (2008), which the colour-blind tell apart; every line also differs by its dashes.  Nothing here
touches matplotlib's global state, and no window system is needed.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VERSION: Final = 5
"""Raised when the looks change, so that older figures are drawn again."""

WIDTH: Final = 7.0
"""Width in inches (178 mm): two columns of a journal's page."""
DOTS_PER_INCH: Final = 200
FORMATS: Final = ("png", "svg", "pdf")

SETTINGS: Final[Mapping[str, Any]] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so all machines have it
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "text.parse_math": False,  # a dollar sign in a title is a dollar sign
    "svg.hashsalt": "strategic-stability",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": False,
}


@dataclass(frozen=True)
class Look:
    """How one line is drawn."""

    colour: str
    dashes: Any = "-"
    marker: str = "o"


ROLES: Final[Mapping[str, Look]] = {
    "no_treaty": Look("#D55E00", (0, (1.2, 1.2)), "s"),
    "treaty": Look("#0072B2", (0, (5, 1.8)), "^"),
    "verification": Look("#009E73", "-", "o"),
    "base": Look("#000000", "-", "o"),
}
"""The looks of regimes, the same in every figure."""

OTHERS: Final = (
    Look("#CC79A7", (0, (5, 1.5, 1.2, 1.5)), "D"),
    Look("#56B4E9", "-", "v"),
    Look("#E69F00", (0, (3, 1.2)), "P"),
    Look("#000000", (0, (7, 2)), "X"),
    Look("#7A5195", (0, (1.2, 2.4)), "<"),
    Look("#8C8C00", (0, (6, 1.5, 1.2, 1.5, 1.2, 1.5)), ">"),
)
"""The looks of everything else, in the order in which it is named."""


def looks(names: Sequence[str]) -> dict[str, Look]:
    """A look for every name: that of its role, else the next of the others."""
    free = [look for look in (*OTHERS, *ROLES.values()) if look not in {ROLES[name] for name in names if name in ROLES}]
    out, k = {}, 0
    for name in names:
        if name in ROLES:
            out[name] = ROLES[name]
        else:
            out[name], k = free[k % len(free)], k + 1
    return out


@contextmanager
def settings() -> Iterator[None]:
    """The house style, for as long as a figure is made and saved."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(dict(SETTINGS))  # type: ignore[arg-type]
        yield


# ---- vertical axes


def ceiling(largest: float, probability: bool = True) -> float:
    """The upper end of an axis from 0: 1 for probabilities beyond a half, else the next round number with some air."""
    if not math.isfinite(largest) or largest <= 0:
        return 1.0
    if probability and largest > 0.5:
        return 1.0
    power = 10 ** math.floor(math.log10(largest * 1.04))
    return next(step * power for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= largest * 1.04)


def percent(x: float) -> str:
    """A probability as it stands at an axis: 2.5 %."""
    return f"{float(f'{100 * x:.6g}'):g} %"


def points(x: float) -> str:
    """A difference of probabilities as it stands at an axis, in percentage points: +2.5."""
    return f"{float(f'{100 * x:.6g}'):+g}".replace("-", "−") if x else "0"


def vertical(ax: Axes, low: float, high: float, write: Callable[[float], str] | None) -> None:
    """The range and the tick labels of a vertical axis; `write` puts a number in words (else as matplotlib does)."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    if write is not None:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: write(v)))


# ---- files


def save(figure: Figure, stem: Path, *, title: str, alt: str) -> list[Path]:
    """PNG, SVG and PDF with fonts embedded and no dates; the same figure gives the same bytes."""
    metadata: dict[str, dict[str, Any]] = {
        "png": {"Title": title, "Description": alt, "Software": None},
        "svg": {"Title": title, "Description": alt, "Date": None, "Creator": None},
        "pdf": {"Title": title, "Subject": alt, "CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
    }
    out = []
    for kind in FORMATS:
        path = stem.with_name(f"{stem.name}.{kind}")
        figure.savefig(path, format=kind, dpi=DOTS_PER_INCH, metadata=metadata[kind])
        out.append(path)
    return out


def wrapped(paragraphs: Iterable[str], width: int = 100) -> str:
    """Paragraphs as lines of a text file, an empty line between them; a number stays with its % sign."""
    whole = [" ".join(paragraph.split()).replace(" %", "\xa0%") for paragraph in paragraphs if paragraph.strip()]
    return "\n\n".join(textwrap.fill(paragraph, width) for paragraph in whole).replace("\xa0%", " %") + "\n"
