"""The figures of a gathering: under which regime the risk is lowest, what turns that, and yearly rates beside those on record."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.config.errors import refuse
from sim.figures import style
from sim.figures.drawing import Drawing
from sim.figures.files import FOLDER, caption
from sim.figures.sheet import LETTER, Sheet, add_legend, sheet
from sim.study.gathered import TIE, Table, found
from sim.study.gathering import RATES, Gathering
from sim.study.results import Results
from sim.study.store import table, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KIND: Final = "strategic-stability-simulator gathering"
RECORD: Final = "gathered.json"
"""What was gathered: the digests of the results."""
LINE: Final = 0.2
"""Inches for one row."""
GREY: Final = "0.8"
HATCHES: Final = {"no_treaty": "..", "treaty": "//", "verification": "", TIE: ""}


def words(name: str) -> str:
    """A bare name with spaces."""
    return name.replace("_", " ")


def draw(gathering: Gathering, spec: Mapping[str, Any], shown: Table) -> Drawing:
    """One figure from its table."""
    rows = [dict(zip(shown.columns, row, strict=True)) for row in shown.rows]
    page, sentences, alt = KINDS[spec["kind"]](gathering, spec, rows)
    return Drawing(page.figure, page.title, shown.columns, shown.rows, sentences, alt)


Rows = Sequence[Mapping[str, Any]]
Drawn = tuple[Sheet, tuple[str, ...], str]


def _page(spec: Mapping[str, Any], names: Sequence[str], legend: Sequence[str], x: str, panels: Sequence[str] = ("",)) -> Sheet:
    """A sheet with a row for each name."""
    high = max(1.0, LINE * len(names) + 0.1)
    left = 0.2 + 0.86 * LETTER * max(map(len, names), default=10)
    page = sheet(spec["title"], list(panels), x=x, y="", legend=legend, left=left, alone=high, row=high)
    for n, ax in enumerate(page.panels):
        ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
        ax.set_yticks(range(len(names)), list(names), fontsize=7.5)
        ax.tick_params(axis="y", length=0, labelleft=n == 0)
        ax.grid(False, axis="y")
    return page


def _shares(ax: Axes) -> None:
    from matplotlib.ticker import FuncFormatter

    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: style.percent(v)))


def _lowest(gathering: Gathering, spec: Mapping[str, Any], rows: Rows) -> Drawn:
    from matplotlib.patches import Patch

    best = gathering.tables["best"]
    share = {(row["scenario"], row["lowest_under"]): row for row in rows}
    names = sorted(dict.fromkeys(row["scenario"] for row in rows), key=lambda name: share[name, best]["share"])
    order = [best, *[v for v in reversed(gathering.variants) if v != best], TIE]
    looks = style.looks(gathering.variants)
    colours = {word: looks[word].colour if word != TIE else GREY for word in order}
    legend = [f"lowest under {words(word)}" if word != TIE else "tie" for word in order]
    page = _page(spec, [words(name) for name in names], legend, "Share of the draws")
    for n, name in enumerate(names):
        left = 0.0
        for word in order:
            wide = share[name, word]["share"]
            page.panels[0].barh(
                n,
                wide,
                left=left,
                height=0.72,
                color=colours[word],
                hatch=HATCHES.get(word, ""),
                edgecolor="white",
                linewidth=0.4,
            )
            left += wide
        told = share[name, best]
        page.panels[0].hlines(n, told["interval_low"], told["interval_high"], color="0.1", linewidth=1.0, zorder=3)
    _shares(page.panels[0])
    handles = [Patch(facecolor=colours[w], hatch=HATCHES.get(w, ""), edgecolor="white", linewidth=0.4) for w in order]
    add_legend(page, handles, legend)
    draws = sorted({row["draws"] for row in rows})
    many = f"{draws[0]:,}" + (f" to {draws[-1]:,}" if len(draws) > 1 else "")
    sentences = (
        "Share of the draws in which the probability of the last rung by the end of the horizon is lowest under each regime; in "
        "each draw all regimes have the same numbers, drawn from the ranges of the scenario.",
        f"Draws: {many} for each scenario. The thin line is the 95 % interval (Wilson) of the share of {words(best)}, as of a "
        "random sample of draws. Two probabilities that differ by less than one part in a million millions are a tie.",
    )
    least, most = names[0], names[-1]
    alt = (
        f"Stacked bars, a row for each of {len(names)} scenarios. {words(best).capitalize()} has the lowest risk in "
        f"{100 * share[least, best]['share']:.0f} % of the draws of {words(least)} and in "
        f"{100 * share[most, best]['share']:.0f} % of those of {words(most)}."
    )
    return page, sentences, alt


LOWER, UPPER = "#E69F00", "#0072B2"


def _turning(gathering: Gathering, spec: Mapping[str, Any], rows: Rows) -> Drawn:
    from matplotlib.lines import Line2D

    best = words(gathering.tables["best"])
    first: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        first.setdefault(row["scenario"], row)
    kept = sorted(first.values(), key=lambda row: -abs(row["difference"]))
    legend = ["parameter below its median", "above its median"]
    page = _page(
        spec,
        [f"{words(r['scenario'])}: {_short(r['parameter'])}" for r in kept],
        legend,
        f"Share of the draws in which {best} has not the lowest risk",
    )
    ax = page.panels[0]
    for n, row in enumerate(kept):
        ax.hlines(n, *sorted((row["share_below"], row["share_above"])), color="0.6", linewidth=1.2, zorder=1)
        ax.plot([row["share_below"]], [n], marker="o", markersize=5, color=LOWER, linestyle="none", zorder=2)
        ax.plot([row["share_above"]], [n], marker="D", markersize=4.5, color=UPPER, linestyle="none", zorder=3)
    _shares(ax)
    ax.set_xlim(-0.02, 1.02)
    add_legend(
        page,
        [
            Line2D([], [], marker="o", markersize=5, color=LOWER, linestyle="none"),
            Line2D([], [], marker="D", markersize=4.5, color=UPPER, linestyle="none"),
        ],
        legend,
    )
    sentences = (
        f"For each scenario the parameter that turns the answer most: the share of the draws in which {best} has not the lowest "
        "probability of the last rung (another regime has, or there is a tie), where the parameter is below and where it is "
        "above its median over the draws; all other parameters are drawn as well.",
        f"Scenarios that are not shown: in none of their draws, or in all, does {best} have the lowest risk alone.",
        f"The table beside the figure has {gathering.tables['most']} parameters for each scenario, with 95 % intervals of the "
        "difference (normal approximation).",
    )
    if not kept:
        page.panels[0].text(0.5, 0, "nothing to show", ha="center", va="center", color="0.4")
        return page, sentences, "An empty figure: in no scenario does the answer differ between draws, so nothing turns it."
    top = kept[0]
    alt = (
        f"Two dots on a line for each of {len(kept)} scenarios. The largest difference: {_short(top['parameter'])} in "
        f"{words(top['scenario'])}, {100 * top['share_below']:.0f} % below its median and {100 * top['share_above']:.0f} % above."
    )
    return page, sentences, alt


def _short(path: str) -> str:
    """The last two parts of a path."""
    from sim.dilemma.paths import split

    return " ".join(words(part) for part in list(split(path))[-2:])


def _decade(v: float) -> str:
    """A power of ten: 0.1, 1, and small ones as 10⁻³."""
    power = round(math.log10(v))
    return f"{v:g}" if power >= -1 else "10⁻" + str(-power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _yearly_rates(gathering: Gathering, spec: Mapping[str, Any], rows: Rows) -> Drawn:
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter, NullFormatter

    names = list(dict.fromkeys(row["scenario"] for row in rows))
    looks = style.looks(gathering.variants)
    legend = [words(v) for v in gathering.variants]
    page = _page(spec, [words(name) for name in names], legend, "A year, on a logarithmic scale", RATES)
    for ax, rate in zip(page.panels, RATES, strict=True):
        if not any(row["per_year"] > 0 for row in rows if row["rate"] == rate):
            ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color="0.4")
            continue
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _decade(v)))
        ax.xaxis.set_minor_formatter(NullFormatter())
        for reference in gathering.tables["references"]:
            if reference["of"] == rate:
                high = reference.get("high")
                if high is None:
                    ax.axvline(reference["low"], color="0.45", linewidth=0.8, linestyle=(0, (4, 2)), zorder=0.5)
                else:
                    ax.axvspan(reference["low"], high, color="0.5", alpha=0.16, linewidth=0, zorder=0.4)
        for row in rows:
            if row["rate"] != rate:
                continue
            k = gathering.variants.index(row["variant"])
            at, look = names.index(row["scenario"]) + 0.24 * (k - (len(gathering.variants) - 1) / 2), looks[row["variant"]]
            ends = [row[c] for c in row if c.startswith("quantile")]
            ax.hlines(at, *ends, color=look.colour, linewidth=1.0, zorder=2)
            ax.plot([row["per_year"]], [at], marker=look.marker, markersize=3.2, color=look.colour, linestyle="none", zorder=3)
    handles = [
        Line2D([], [], marker=looks[v].marker, markersize=4, color=looks[v].colour, linewidth=1.0) for v in gathering.variants
    ]
    add_legend(page, handles, legend)
    told = [
        f"{r['label']} ({r['of']}): {r['low']:g}"
        + (f" to {r['high']:g}" if r.get("high") is not None else "")
        + f" ({r['source']})."
        for r in gathering.tables["references"]
    ]
    sentences = (
        "Symbols: the rates at each scenario's own numbers. Lines: the middle 90 % of the draws. crises: expected onsets over "
        "the years of the horizon; use of force and war: the constant yearly probability that gives the same probability over "
        "the horizon; war is the last rung of a scenario's ladder, whatever its name; not every ladder has a use of force.",
        "Rates of 0 are not drawn." if any(row["per_year"] == 0 for row in rows) else "",
        "Shaded ranges and dashed lines, on record: " + " ".join(told) if told else "",
    )
    alt = f"Dots with lines on logarithmic axes, in three panels ({', '.join(RATES)}), a row for each of {len(names)} scenarios."
    return page, tuple(filter(None, sentences)), alt


KINDS: Final[Mapping[str, Callable[[Gathering, Mapping[str, Any], Rows], Drawn]]] = {
    "lowest": _lowest,
    "turning": _turning,
    "yearly_rates": _yearly_rates,
}


# ---- files


def write(folder: Path, gathering: Gathering, results: Sequence[Results]) -> list[Path]:
    """Writes the tables and figures of a gathering into a folder; gives the files, the record of what was gathered last."""
    tables = found(gathering, results)
    made = folder / ".new"
    shutil.rmtree(made, ignore_errors=True)  # left by a program that was killed
    (made / FOLDER).mkdir(parents=True)
    try:
        for name, one in tables.items():
            table(made / f"{name}.csv", one.columns, one.rows)
        with style.settings():
            for spec in gathering.figures:
                stem = made / FOLDER / spec["name"]
                drawing = draw(gathering, spec, tables[spec["kind"]])
                style.save(drawing.figure, stem, title=drawing.title, alt=drawing.alt)
                table(stem.with_suffix(".csv"), drawing.columns, drawing.rows)
                text(stem.with_suffix(".txt"), caption(spec, drawing.title, drawing.sentences, ""))
                text(stem.with_suffix(".alt.txt"), style.wrapped([drawing.alt]))
        record = {"kind": KIND, "gathering": gathering.name, "results": {one.experiment.name: one.digest for one in results}}
        text(made / RECORD, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        files = [path.relative_to(made) for path in sorted(made.rglob("*")) if path.is_file() and path.name != RECORD]
        (folder / FOLDER).mkdir(exist_ok=True)
        for file in (*files, Path(RECORD)):
            os.replace(made / file, folder / file)
        return [folder / file for file in (*files, RECORD)]
    finally:
        shutil.rmtree(made, ignore_errors=True)


def claim(folder: Path, gathering: Gathering) -> None:
    """Makes the folder, or checks that it is this gathering's.  Raises InputError if it holds anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(path.name != ".new" for path in folder.iterdir()):
        return
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    if not isinstance(record, dict) or record.get("gathering") != gathering.name:
        hint = "Nothing was changed. Move it away, or write the results elsewhere with --results."
        raise refuse(folder, "is there already and holds something else", hint=hint)
