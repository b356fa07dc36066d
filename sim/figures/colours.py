"""The colours of maps: their range, the bar beside them, and the values at which contour lines are drawn."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.figures import style
from sim.figures.quantity import Quantity
from sim.figures.sheet import Sheet
from sim.study.figure_kind import Spec

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

ROOM: Final = 1.05
"""Inches to the right of the panels, for the bar."""
TALLEST: Final = 3.2
"""Inches."""
ABOUT_ZERO: Final = (
    *("#14569A", "#5475AE", "#8195C2", "#ABB7D6", "#D5DAEB"),
    "#FFFFFF",
    *("#F3D7CA", "#E3AF96", "#D08965", "#BA6336", "#A03C00"),
)
"""Blue below zero, orange above it, white at zero; lightness (CIE L*) falls in even steps to both sides."""


MANY: Final = 4
"""Words in a map from which their areas have letters."""
NOTHING: Final = "0.75"
"""The grey of cells without a value."""


@dataclass(frozen=True)
class Scale:
    """Which colour a number has: from `low` to `high`; with `about_zero` white is zero."""

    low: float
    high: float
    about_zero: bool
    words: tuple[str, ...] = ()
    """What the codes stand for that are shown; none of numbers."""
    present: tuple[int, ...] = ()
    """The codes over which the colours are spread."""

    def map(self) -> Colormap:
        """The colours: those of differences, else cividis, which is even in lightness and for the colour-blind [Nunez2018]."""
        import matplotlib
        from matplotlib.colors import LinearSegmentedColormap, ListedColormap

        if self.words:
            return ListedColormap([self.colour(code) for code in range(len(self.words))])
        if self.about_zero:
            return LinearSegmentedColormap.from_list("about zero", list(ABOUT_ZERO), N=511)
        return matplotlib.colormaps["cividis"]

    def colour(self, number: float) -> tuple[float, float, float, float]:
        """The colour of a cell; those of words are spread over viridis, whose lightness rises evenly: they differ in grey too."""
        import matplotlib

        if self.words:
            rank = sum(code < number for code in self.present)
            return matplotlib.colormaps["viridis"](0.08 + 0.92 * min(rank / max(len(self.present) - 1, 1), 1.0))
        return self.map()((number - self.low) / (self.high - self.low))

    def ink(self, number: float) -> str:
        """The colour of a line that can be told from the cells around this number."""
        return "0.15" if self.about_zero or (number - self.low) / (self.high - self.low) > 0.55 else "0.95"


def scale(spec: Spec, z: np.ndarray, shown: Quantity) -> Scale:
    """The scale of all numbers of a figure; that of differences goes as far below zero as above it."""
    if shown.words:
        every = range(len(shown.words))
        present = tuple(
            code for code in every if len(shown.words) <= MANY or (z == code).any()
        )  # many words: those that there are
        return Scale(-0.5, len(shown.words) - 0.5, False, shown.words, present)
    known = z[np.isfinite(z)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if spec.get("axis") is not None:
        low, high = map(float, spec["axis"])
    if shown.baseline is not None:
        most = max(abs(low), abs(high))
        most = 0.01 if most == 0 else most if spec.get("axis") is not None else style.ceiling(most, False)
        return Scale(-most, most, True)
    if low == high:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    return Scale(low, high, False)


def plainer(colour: tuple[float, float, float, float]) -> str:
    """Black or white, whichever has the larger contrast to a colour (relative luminance, WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.179 else "white"


def bar(page: Sheet, colours: Scale, text: str, shown: Quantity) -> None:
    """The bar to the right of all panels."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.ticker import FuncFormatter

    left, bottom, wide, high = page.box
    width, height = page.figure.get_size_inches()
    tall = min(high, TALLEST)
    ax = page.figure.add_axes(
        ((left + wide + 0.14) / width, (bottom + (high - tall) / 2) / height, 0.13 / width, tall / height), gid="colour bar"
    )
    drawn = page.figure.colorbar(ScalarMappable(Normalize(colours.low, colours.high), colours.map()), cax=ax)
    drawn.outline.set_linewidth(0.5)  # type: ignore[operator]
    ax.grid(False)
    if shown.probability or shown.baseline is not None:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: write(v, shown)))
    drawn.set_label("\n".join(textwrap.wrap(text, int(tall / 0.056))), fontsize=7.5)


def lettered(colours: Scale, z: np.ndarray) -> dict[int, str]:
    """{code: letter} of the words that there are in z, where they are so many that their colours alone are hard to tell apart."""
    found = [code for code in range(len(colours.words)) if (z == code).any()]
    return {code: chr(ord("A") + n) for n, code in enumerate(found)} if len(found) >= MANY else {}


def swatches(colours: Scale, z: np.ndarray) -> list[tuple[str, Any]]:
    """The legend's entries of the words that there are in z, and of cells without a value if there are any."""
    from matplotlib.patches import Patch

    letters, out = lettered(colours, z), []
    for code in range(len(colours.words)):
        if (z == code).any():
            name = f"{letters[code]} = {colours.words[code]}" if letters else colours.words[code]
            out.append((name, Patch(facecolor=colours.colour(code), edgecolor="0.4", linewidth=0.5)))
    if np.isnan(z).any():
        out.append(("undefined", Patch(facecolor=NOTHING, edgecolor="0.4", linewidth=0.5)))
    return out


def levels(colours: Scale, z: np.ndarray, shown: Quantity) -> np.ndarray:
    """Round values between the extremes of a panel; that at zero, the break-even curve, is not among them."""
    from matplotlib.ticker import MaxNLocator

    low, high = float(np.nanmin(z)), float(np.nanmax(z))
    if high - low < 1e-3 * (colours.high - colours.low):
        return np.zeros(0)
    found = np.asarray(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    inside = found[(found > low) & (found < high)]
    return inside[np.abs(inside) > 1e-12] if shown.baseline is not None else inside


def write(v: float, shown: Quantity) -> str:
    """A number as it stands at the bar and at contour lines."""
    if shown.baseline is not None:
        return style.points(v)
    return style.percent(v) if shown.probability else f"{v:g}"
