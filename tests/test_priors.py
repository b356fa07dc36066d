"""Distributions as data: quantiles against scipy and against integrated densities, ends, words, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from sim.config.validation import wrong
from sim.declare import Key, Table
from sim.priors import DISTRIBUTION, KEYS, describe, ends, problems, quantile, span

UNIFORM = {"distribution": "uniform", "low": -2.0, "high": 3.0}
LOG_UNIFORM = {"distribution": "log_uniform", "low": 0.01, "high": 100.0}
TRIANGULAR = {"distribution": "triangular", "low": 0.05, "mode": 0.15, "high": 0.35}
BETA = {"distribution": "beta", "a": 2.0, "b": 5.0}
STRETCHED = {"distribution": "beta", "a": 0.5, "b": 0.5, "low": -1.0, "high": 3.0}
NORMAL = {"distribution": "truncated_normal", "mean": 1.0, "sd": 2.0, "low": 0.0, "high": 4.0}
UPPER_TAIL = {"distribution": "truncated_normal", "mean": 0.0, "sd": 1.0, "low": 3.0, "high": 9.0}
LOGNORMAL = {"distribution": "lognormal", "median": 0.1, "sigma": 0.7}
CUT = {"distribution": "lognormal", "median": 0.1, "sigma": 0.7, "low": 0.05, "high": 0.3}
DISCRETE = {"distribution": "discrete", "values": [4, 1, 2], "weights": [0.25, 0.5, 0.25]}

# The same distributions as scipy.stats has them.
REFERENCES = {
    "uniform": (UNIFORM, stats.uniform(-2, 5)),
    "log-uniform": (LOG_UNIFORM, stats.loguniform(0.01, 100)),
    "triangular": (TRIANGULAR, stats.triang(c=0.1 / 0.3, loc=0.05, scale=0.3)),
    "triangular, mode at the low end": (TRIANGULAR | {"mode": 0.05}, stats.triang(c=0, loc=0.05, scale=0.3)),
    "triangular, mode at the high end": (TRIANGULAR | {"mode": 0.35}, stats.triang(c=1, loc=0.05, scale=0.3)),
    "beta": (BETA, stats.beta(2, 5)),
    "beta between other ends": (STRETCHED, stats.beta(0.5, 0.5, loc=-1, scale=4)),
    "truncated normal": (NORMAL, stats.truncnorm(-0.5, 1.5, loc=1, scale=2)),
    "truncated normal, a tail": (UPPER_TAIL, stats.truncnorm(3, 9)),
    "lognormal": (LOGNORMAL, stats.lognorm(s=0.7, scale=0.1)),
}
CONTINUOUS = [UNIFORM, LOG_UNIFORM, TRIANGULAR, BETA, STRETCHED, NORMAL, UPPER_TAIL, LOGNORMAL, CUT]


@pytest.mark.parametrize(("prior", "reference"), REFERENCES.values(), ids=REFERENCES)
def test_quantiles_are_those_of_scipy(prior, reference) -> None:
    u = np.concatenate([np.linspace(0.001, 0.999, 97), [1e-6, 1 - 1e-6]])

    np.testing.assert_allclose(quantile(prior, u), reference.ppf(u), rtol=1e-9, atol=1e-12)


# Densities up to a constant, as in any textbook.
DENSITIES = {
    "truncated lognormal": (CUT, lambda x: math.exp(-0.5 * (math.log(x / 0.1) / 0.7) ** 2) / x),
    "truncated normal": (NORMAL, lambda x: math.exp(-0.5 * ((x - 1) / 2) ** 2)),
    "beta": (BETA, lambda x: x * (1 - x) ** 4),
    "triangular": (TRIANGULAR, lambda x: (x - 0.05) / 0.1 if x < 0.15 else (0.35 - x) / 0.2),
}


@pytest.mark.parametrize(("prior", "density"), DENSITIES.values(), ids=DENSITIES)
def test_a_quantile_has_its_share_of_the_density_below_it(prior, density) -> None:
    low, high = span(prior)
    whole, _ = integrate.quad(density, low, high, points=[0.15] if prior is TRIANGULAR else None, epsabs=1e-13)
    for u in (0.1, 0.3, 0.5, 0.9):
        middle = float(quantile(prior, u))
        breaks = [0.15] if prior is TRIANGULAR and middle > 0.15 else None
        part, _ = integrate.quad(density, low, middle, points=breaks, epsabs=1e-13)
        assert part / whole == pytest.approx(u, abs=1e-10)


@pytest.mark.parametrize("prior", CONTINUOUS, ids=describe)
def test_quantiles_rise_from_end_to_end_and_are_finite_between(prior) -> None:
    u = np.array([0, 5e-324, 1e-300, 2.0**-60, 1e-9, 0.2, 0.5, 0.8, 1 - 1e-9, 1 - 2.0**-53, 1])
    found = quantile(prior, u)

    assert (found[0], found[-1]) == span(prior)
    assert np.isfinite(found[1:-1]).all()
    assert (np.diff(found) >= 0).all()
    assert (np.diff(found[4:-2]) > 0).all()


@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-3, 1e6), at=st.floats(0, 1), u=st.floats(0, 1))
def test_a_quantile_never_leaves_the_support(low: float, width: float, at: float, u: float) -> None:
    high = low + width
    prior = {"distribution": "triangular", "low": low, "mode": min(low + at * width, high), "high": high}

    assert low <= float(quantile(prior, u)) <= high


def test_a_discrete_value_has_a_cell_of_its_weight() -> None:
    # 1 has [0, 0.5), 2 has [0.5, 0.75), 4 has [0.75, 1]
    found = quantile(DISCRETE, [0, 0.499, 0.5, 0.749, 0.75, 1])

    assert found.tolist() == [1, 1, 2, 2, 4, 4]


def test_a_discrete_value_without_weight_does_not_occur() -> None:
    prior = {"distribution": "discrete", "values": [1, 2, 3, 4], "weights": [0, 1, 1, 0]}

    assert quantile(prior, [0, 0.3, 0.7, 1]).tolist() == [2, 2, 3, 3]
    assert span(prior) == (2, 3)


def test_discrete_values_are_equally_likely_without_weights() -> None:
    prior = {"distribution": "discrete", "values": [3, 1, 2]}
    u = (np.arange(300) + 0.5) / 300

    assert np.unique(quantile(prior, u), return_counts=True)[1].tolist() == [100, 100, 100]


def test_the_shape_of_the_quantiles_is_that_of_the_probabilities() -> None:
    for prior in (*CONTINUOUS, DISCRETE):
        assert quantile(prior, np.full((2, 3), 0.5)).shape == (2, 3)


def test_the_ends_say_which_key_they_come_from() -> None:
    assert list(ends(TRIANGULAR)) == [(("low",), 0.05), (("mode",), 0.15), (("high",), 0.35)]
    assert list(ends(BETA)) == [((), 0.0), ((), 1.0)]
    assert list(ends(LOGNORMAL)) == [((), math.inf)]  # 0 is never reached
    assert list(ends(CUT)) == [(("low",), 0.05), (("high",), 0.3)]
    assert list(ends(DISCRETE)) == [(("values", 0), 4), (("values", 1), 1), (("values", 2), 2)]


def test_a_distribution_in_a_few_words() -> None:
    assert describe(TRIANGULAR) == "triangular 0.05, 0.15, 0.35"
    assert describe(LOG_UNIFORM) == "log-uniform 0.01, 100"
    assert describe(BETA) == "beta a 2, b 5, from 0 to 1"
    assert describe(NORMAL) == "truncated normal mean 1, sd 2, from 0 to 4"
    assert describe(LOGNORMAL) == "lognormal median 0.1, sigma 0.7"
    assert describe(DISCRETE) == "discrete 4, 1, 2 (weights 0.25, 0.5, 0.25)"


# ---- what is wrong


@pytest.mark.parametrize("prior", [*CONTINUOUS, DISCRETE], ids=describe)
def test_nothing_is_wrong_with_sound_distributions(prior) -> None:
    whole = {**prior, "basis": "judgement", "source": "a guess"}

    assert wrong(Table((Key("prior", DISTRIBUTION, ""),)), {"prior": whole}) == []
    assert problems(whole) == []


PROBLEMS = {
    "low above high": (UNIFORM | {"low": 4.0}, ("low",), "must be at most high, which is 3"),
    "low equal to high": (UNIFORM | {"low": 3.0}, (), "low and high are equal, so nothing is uncertain"),
    "mode below low": (TRIANGULAR | {"mode": 0.01}, ("low",), "must be at most mode, which is 0.01"),
    "mode above high": (TRIANGULAR | {"mode": 0.5}, ("mode",), "must be at most high, which is 0.35"),
    "low above the default of high": (BETA | {"low": 2.0}, ("low",), "must be at most high, which is 1"),
    "high below the default of low": (BETA | {"high": -1.0}, ("high",), "must be at least low, which is 0"),
    "truncated lognormal upside down": (CUT | {"low": 0.5}, ("low",), "must be at most high, which is 0.3"),
    "nothing left of a normal": (NORMAL | {"low": 90.0, "high": 91.0}, (), "leaves almost nothing (0 of the distribution)"),
    "nothing left of a lognormal": (CUT | {"median": 1e-6}, (), "leaves almost nothing"),
    "too few weights": (DISCRETE | {"weights": [1.0]}, ("weights",), "must have 3 weights, one for each value"),
    "no weight at all": (DISCRETE | {"weights": [0.0, 0.0, 0.0]}, ("weights",), "must have a finite sum > 0"),
    "a value twice": (DISCRETE | {"values": [1, 2, 1]}, ("values",), "must not have a value twice"),
    "one value": ({"distribution": "discrete", "values": [1]}, ("values",), "is one value, so nothing is uncertain"),
}


@pytest.mark.parametrize(("prior", "path", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_wrong_with_a_distribution_is_said_with_its_key(prior, path, message: str) -> None:
    (only,) = problems(prior)

    assert only.path == path
    assert only.message.startswith(message)


MISTYPED = {
    "a negative weight": (DISCRETE | {"weights": [1.0, -1.0, 1.0]}, "weights.1"),
    "no spread": (NORMAL | {"sd": 0.0}, "sd"),
    "no spread of a lognormal": (LOGNORMAL | {"sigma": 0.0}, "sigma"),
    "a lognormal around 0": (LOGNORMAL | {"median": 0.0}, "median"),
    "a log-uniform from 0": (LOG_UNIFORM | {"low": 0.0}, "low"),
    "a shape of 0": (BETA | {"a": 0.0}, "a"),
    "nan": (UNIFORM | {"low": math.nan}, "low"),
    "no values": (DISCRETE | {"values": []}, "values"),
    "a key of another distribution": (UNIFORM | {"mode": 1.0}, "mode"),
    "a basis that is none": (UNIFORM | {"basis": "gossip"}, "basis"),
    "no such distribution": ({"distribution": "cauchy"}, "distribution"),
}


@pytest.mark.parametrize(("prior", "key"), MISTYPED.values(), ids=MISTYPED)
def test_the_declaration_refuses_what_is_no_distribution(prior, key: str) -> None:
    (only,) = wrong(Table((Key("prior", DISTRIBUTION, ""),)), {"prior": prior})

    assert ".".join(map(str, only.path)) == f"prior.{key}"


@pytest.mark.parametrize("name", KEYS)
def test_every_distribution_is_tested(name: str) -> None:
    assert name in {prior["distribution"] for prior in (*CONTINUOUS, DISCRETE)}
