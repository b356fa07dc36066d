"""Prints docs/models.md: every canonical model, from the declarations (`make docs`)."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence

from sim.config.words import allowed
from sim.models import MODULES, canon
from sim.models.model import STATUSES, Model, Outcome
from sim.models.reproduce import target_of
from sim.report.models import briefly, by_letter, default, equations, lettered, named, reasons, value

HEAD = """\
# The canonical models

Made from the declarations in the code by `make docs`.

The field's models with known answers, each an executable reproduction: parameters in, named outcomes out. `sim models` lists
them, `sim models NAME` tells all about one, and `sim solve --model NAME --set key=value` solves it. `sim reproduce` recomputes
every known answer, by the model's equations and by every second way that the model has. An experiment with `model = "NAME"`
sweeps a model and draws figures.

## Where to start

{guide}
No canonical model gives the chance of war under a treaty that exists. The core model does that ([model.md](model.md),
`sim solve new_start`), and what canonical models say of inspections, payoffs and crises can be put into it
([bridges.md](bridges.md)).

## From a model to a figure: an example

A scenario file gives a canonical model other parameters, ranges for those that are not known, and variants to compare. Names of
parameters, not letters of the equations, stand in files.

```toml
{scenario}```

An experiment sweeps it. Here the probability of a false alarm is swept, and the other range is drawn 64 times at every point: the
band holds nine draws of ten, the line is their median. (What is swept is not drawn.)

```toml
{experiment}```

```sh
sim check watched.toml       # is the file sound?
sim solve watched.toml       # all outcomes, the variants side by side
sim run how_patient.toml     # sweeps, draws the figure into results/how_patient/figures
```

Where no patience sustains the treaty the outcome is undefined. Line and band are then those of the other draws, and the caption
says how many they are.

## What the statuses mean

Every known answer carries the status of its target. Only a target that is *confirmed* is a number that was read in the named
source. All others say nothing about what a source prints.
"""

SCENARIO = """\
# watched.toml
title = "A watched treaty, and how tempting it is to break it"
model = "treaty_monitoring"

[parameters]
discount_factor = 0.9
detection_probability = 0.7
false_alarm_probability = 0.05

[uncertain]
"parameters.detection_probability" = { distribution = "triangular", low = 0.5, mode = 0.7, high = 0.9, basis = "judgement" }
"parameters.false_alarm_probability" = { distribution = "uniform", low = 0.02, high = 0.08, basis = "judgement" }

[variants.mild_temptation]
parameters.temptation = 4

[variants.strong_temptation]
parameters.temptation = 5
"""

EXPERIMENT = """\
# how_patient.toml
title = "How patient must states be, if compliance is misread now and then?"
scenario = "watched.toml"

[sweep.parameters]
"parameters.false_alarm_probability" = { from = 0.0, to = 0.3, points = 16 }

[uncertainty]
draws = 64

[[figures]]
name = "patience"
kind = "lines"
x = "parameters.false_alarm_probability"
y = "critical_discount_factor"
band = [0.05, 0.95]
line = "median"
caption = "The least discount factor at which the threat to end the treaty for ever keeps both sides from cheating. Derived."
"""

GUIDE = {
    "Does verification lower the chance of war?": {
        "inspection_sampling": "what an inspection finds",
        "inspection_with_false_alarms": "what a test deters, and the false alarms it costs",
        "verification_paradox": "why better inspections need not mean more inspections",
        "transparency_window": "when being watched is itself a danger",
    },
    "What detection rate makes a treaty self-enforcing?": {
        "treaty_monitoring": "detection, false alarms, patience and the length of punishment",
        "reporting_frequency": "how often to report",
        "strategic_risk": "patience enough for a treaty to be safe to try, not only possible",
        "contest": "how deep a cap can be and still enforce itself",
    },
    "What replaces a treaty that has lapsed?": {
        "arms_race": "the race before, under and after caps",
        "arms_race_negotiation": "what it means that an agreement can be renegotiated",
        "payoff_sets": "what threats alone can sustain",
        "memory_one": "reciprocity without a treaty, under errors",
    },
    "How sure can one be?": {
        "risk_conversion": "what a risk over many years says of one year",
        "cumulative_risk": "what a small risk a year adds up to",
        "mistrust_bound": "how often noise alone can end trust, at most",
        "quantal_response": "how precise observed choices look under a model",
    },
}
"""{question: {model: what it adds}}, the first model to start with."""

SURE = """\
How sure a result of this program is, is another matter: draw what is not known ([experiments.md](experiments.md#4-uncertainty)),
and look at the status of a known answer before you quote it.
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
        HEAD.format(guide=_guide(), scenario=SCENARIO, experiment=EXPERIMENT),
        table(["status", "it means"], [[status, means] for status, means in STATUSES.items()]),
        TOLERANCE,
        "## The models\n",
        table(["label", "name", "question", *statuses], [_row(model, statuses) for model in models]),
        *[_module(module) for module in MODULES],
        OUTSIDE,
    ]
    return "\n".join(parts)


def _guide() -> str:
    """The questions that people come with, and the models to start from."""
    models = canon()
    rows = []
    for question, asked in GUIDE.items():
        told = [
            f"[`{name}`](#{anchor(heading(models[name]))}) ({models[name].label}): {text(why)}" for name, why in asked.items()
        ]
        rows.append([question, "; ".join(told)])
    return table(["question", "start with"], rows) + "\n" + SURE


def _row(model: Model, statuses: Iterable[str]) -> list[str]:
    counts = [sum(answer.status == status for answer in model.answers) for status in statuses]
    link = f"[`{model.name}`](#{anchor(heading(model))})"
    return [model.label, link, text(model.question), *[str(n) if n else "" for n in counts]]


def _module(name: str) -> str:
    """A module: its equations, then its models."""
    models = list(importlib.import_module(f"sim.models.{name}").MODELS)
    told = f"```text\n{equations(models[0])}\n```\n"
    return "\n".join(_model(model, told if n == 0 else _same(models[0])) for n, model in enumerate(models))


def _same(model: Model) -> str:
    return f"Equations: with [{model.label}](#{anchor(heading(model))}).\n"


def heading(model: Model) -> str:
    """The heading of a model."""
    return f"{model.label} {model.title}"


def anchor(title: str) -> str:
    """The address of a heading on its page."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _model(model: Model, told: str) -> str:
    letters = by_letter(model)
    parameters = [
        [code(k.name), text(letters.get(k.name, "")), code(default(k)), text(allowed(k.type)), text(k.text)]
        for k in model.parameters
    ]
    notes = _notes(model)
    outcomes = [[code(o.name), text(o.unit), text(o.index), text(o.text), _undefined(o, notes)] for o in model.outcomes]
    sources = _sources(model, notes)
    answers = [
        [
            code(named(answer)),
            text(briefly(model, answer.given)),
            text(value(target_of(model, answer))),
            f"{answer.tolerance:.2g}" if answer.tolerance else "exact",
            answer.status,
            sources[answer.source],
        ]
        for answer in model.answers
    ]
    parts = [
        f"### {heading(model)}\n",
        f"`{model.name}`. {text(model.question)}\n",
        told,
        "**Sources.**\n" + listed(model.citation),
        "**It supposes**\n" + listed(premise.text for premise in model.premises) if model.premises else "",
        "**Parameters**\n\n" + table(["name", "symbol", "default", "allowed", "meaning"], parameters),
        "**Outcomes**\n\n" + table(["name", "unit", "index", "meaning", "undefined"], outcomes),
        "**Undefined where**\n" + listed(f"{letter} {reason}" for reason, letter in notes.items()) if notes else "",
        "**Second ways**\n" + listed(w.name + (" (simulated)" if w.random else "") for w in model.ways) if model.ways else "",
        "**Known answers**\n\n" + table(["outcome", "at", "target", "tolerance", "status", "source"], answers) if answers else "",
        "**Sources of the targets**\n" + listed(f"{letter} {source}" for source, letter in sources.items()) if sources else "",
        "**Caveats**\n" + listed(model.caveats) if model.caveats else "",
    ]
    return "\n".join(part for part in parts if part)


def _notes(model: Model) -> dict[str, str]:
    """{reason: its letter} of the reasons why more than one outcome is undefined; each is told once."""
    every = [reason for outcome in model.outcomes for reason in reasons(outcome)]
    return lettered(reason for reason in every if every.count(reason) > 1)


def _sources(model: Model, notes: Mapping[str, str]) -> dict[str, str]:
    """{source: its letter} of the known answers; the letters go on after those of the notes."""
    found = dict.fromkeys(answer.source for answer in model.answers)
    letters = list(lettered(str(n) for n in range(len(notes) + len(found))).values())
    return dict(zip(found, letters[len(notes) :], strict=True))


def _undefined(outcome: Outcome, notes: Mapping[str, str]) -> str:
    """When an outcome has no value: its own reasons, and the letters of those that it shares."""
    told = [text(reason) for reason in reasons(outcome) if reason not in notes]
    return " Or: ".join([*told, *[notes[reason] for reason in reasons(outcome) if reason in notes]])


def listed(items: Iterable[str]) -> str:
    """A list."""
    return "\n" + "".join(f"- {text(item)}\n" for item in items)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(plain: str) -> str:
    """Plain text as code in a cell of a table."""
    return "`" + plain.replace("|", r"\|") + "`"


def text(plain: str) -> str:
    """Plain text, so that Markdown takes no mark in it for its own."""
    return re.sub(r"([|*<_$])", r"\\\1", plain).replace("\n", " ")


if __name__ == "__main__":
    print(page().rstrip())
