"""Prints docs/models.md: every canonical model, from the declarations (`make docs`)."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence

from sim.config.words import allowed
from sim.models import MODULES, canon
from sim.models.model import STATUSES, Model
from sim.models.reproduce import target_of
from sim.report.models import briefly, by_letter, default, named, value

HEAD = """\
# The canonical models

Made from the declarations in the code by `make docs`.

The field's models with known answers, each an executable reproduction: parameters in, named outcomes out. `sim models` lists
them, `sim models NAME` tells all about one, and `sim solve --model NAME --set key=value` solves it. `sim reproduce` recomputes
every known answer, by the model's equations and by every second way that the model has. An experiment with `model = "NAME"`
sweeps a model and draws figures.

## What the statuses mean

Every known answer carries the status of its target. Only a target that is *confirmed* is a number that was read in the named
source. All others say nothing about what a source prints.
"""

TOLERANCE = """\
An answer is met if the equations give the target within the tolerance; fractions and words must be exact. A second way that
computes is held to the same tolerance, but never closer than 1e-9 of rounding; one that simulates (with a fixed seed of its
own) to four standard errors.
"""

OUTSIDE = """\
## What is not here

Three models of the field are left out: their inputs could not be read, and numbers without inputs cannot be reproduced.

- **The first-strike stability index** (Kent, DeValk and Thaler, RAND N-2526 and R-3765). The abstract states that force posture
  matters more than numbers, and that mere reductions may lower stability. The reports with the index's inputs were not read.
- **The fault tree of inadvertent nuclear war** (Barrett, Baum and Hostetler, Science and Global Security 21(2), 2013). A third
  party states a median of 0.9 % a year and a 90 % interval from 0.02 to 7 % a year. The distributions that go in were not read.
- **The Cuban crisis as dynamic chicken** (Dixit, McAdams and Skeath). The abstract states a probability of disaster of up to
  60 %. The parameters behind it were not read.
"""


def page() -> str:
    """The whole page."""
    models = list(canon().values())
    statuses = [status for status in STATUSES if any(a.status == status for m in models for a in m.answers)]
    parts = [
        HEAD,
        table(["status", "it means"], [[status, means] for status, means in STATUSES.items()]),
        TOLERANCE,
        "## The models\n",
        table(["label", "name", "question", *statuses], [_row(model, statuses) for model in models]),
        *[_module(module) for module in MODULES],
        OUTSIDE,
    ]
    return "\n".join(parts)


def _row(model: Model, statuses: Iterable[str]) -> list[str]:
    counts = [sum(answer.status == status for answer in model.answers) for status in statuses]
    link = f"[`{model.name}`](#{anchor(heading(model))})"
    return [model.label, link, text(model.question), *[str(n) if n else "" for n in counts]]


def _module(name: str) -> str:
    """A module: its equations, then its models."""
    module = importlib.import_module(f"sim.models.{name}")
    first, _, rest = (module.__doc__ or "").strip().partition("\n")
    equations = f"```text\n{first}\n{rest.rstrip()}\n```\n"
    models = list(module.MODELS)
    return "\n".join(_model(model, equations if n == 0 else _same(models[0])) for n, model in enumerate(models))


def _same(model: Model) -> str:
    return f"Equations: with [{model.label}](#{anchor(heading(model))}).\n"


def heading(model: Model) -> str:
    """The heading of a model."""
    return f"{model.label} {model.title}"


def anchor(title: str) -> str:
    """The address of a heading on its page."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _model(model: Model, equations: str) -> str:
    letters = by_letter(model)
    parameters = [
        [f"`{k.name}`", text(letters.get(k.name, "")), f"`{default(k)}`", text(allowed(k.type)), text(k.text)]
        for k in model.parameters
    ]
    outcomes = [[f"`{o.name}`", text(o.unit), text(o.index), text(o.text), text(o.undefined)] for o in model.outcomes]
    answers = [
        [
            f"`{named(answer)}`",
            text(briefly(model, answer.given)),
            text(value(target_of(model, answer))),
            f"{answer.tolerance:.2g}" if answer.tolerance else "exact",
            answer.status,
            text(answer.source),
        ]
        for answer in model.answers
    ]
    parts = [
        f"### {heading(model)}\n",
        f"`{model.name}`. {text(model.question)}\n",
        equations,
        "**Sources.**\n" + listed(model.citation),
        "**It supposes**\n" + listed(premise.text for premise in model.premises) if model.premises else "",
        "**Parameters**\n\n" + table(["name", "symbol", "default", "allowed", "meaning"], parameters),
        "**Outcomes**\n\n" + table(["name", "unit", "index", "meaning", "undefined"], outcomes),
        "**Second ways**\n" + listed(w.name + (" (simulated)" if w.random else "") for w in model.ways) if model.ways else "",
        "**Known answers**\n\n" + table(["outcome", "at", "target", "tolerance", "status", "source"], answers) if answers else "",
        "**Caveats**\n" + listed(model.caveats) if model.caveats else "",
    ]
    return "\n".join(part for part in parts if part)


def listed(items: Iterable[str]) -> str:
    """A list."""
    return "\n" + "".join(f"- {text(item)}\n" for item in items)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def text(plain: str) -> str:
    """Plain text, so that Markdown takes no mark in it for its own."""
    return re.sub(r"([|*<_$])", r"\\\1", plain).replace("\n", " ")


if __name__ == "__main__":
    print(page().rstrip())
