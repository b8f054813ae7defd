"""How often every interval holds the truth, and how often every sentence claims what is not there.

Run as `python -m bench.coverage [DRAWS]`; some fifteen minutes on one core by default. No model is
run: rows are drawn whose truth is known, and the functions that pages and reports call are asked.
Changes of a share are not simulated: every outcome is enumerated, so that their figures are exact.
What audits say is in `bench.coverage_audit`, what is said of causes in `bench.coverage_causes`;
both are printed with the rest.

An interval is to hold the truth in 94 % of cases or more (from 3 % flips up), a sentence to claim
something in 5 % of cases or fewer where nothing is there; a figure that is simulated may miss its
limit by two standard errors of the simulation. Means of skewed values and Wilson's interval of a
share are known to fall short of 95 % and are held to 90 %. Every row begins with the same random
numbers, so that what differs between two rows or two days is the code. The exit code is 1 where
a limit is missed.

No sentence of the tables' findings and sweeps has a row: they compare published figures as they
stand and claim nothing of chance.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench import coverage_audit, coverage_causes
from bench.coverage_audit import COVERED, FALSE, Row
from fairviz import stats
from fairviz.analyses.review.result import sign_test
from fairviz.analyses.review.words import numbers
from fairviz.benchmarks.items import paired
from fairviz.i18n import said, speaking
from fairviz.metrics.traces import BOTH
from fairviz.probes.bbq import outcome as bbq_outcome
from fairviz.probes.bbq import s_ambiguous
from fairviz.probes.contrast import Contrasted, contrast, mean
from fairviz.probes.group_auc import both_auc
from fairviz.probes.many_samples import _sentences as samples_sentences
from fairviz.probes.minimal_pairs import _sentences as pair_sentences
from fairviz.probes.minimal_pairs import preference
from fairviz.probes.results import (
    Results,
    headlines,
    parts,
)
from fairviz.probes.stereoset import outcome as stereoset_outcome
from fairviz.probes.text_measures import measures
from fairviz.probes.text_tables import compared, measure_table, of_items
from fairviz.stats.blocks import block_error

Floats = npt.NDArray[np.float64]
DRAWS = 200
SIZES = (40, 100, 200, 500)
FLIPS = (0.03, 0.05, 0.1, 0.2, 0.3)
ONE_WAY = (0.5, 0.8, 1.0)
# What takes little time, what takes much, and what is known to fall short of 95 %.
QUICK = ("mean over tokens", "a share")
SLOW = ("any of BBQ's", "any of StereoSet's", "any of three sentences")
FALL_SHORT, SHORT = ("mean divergence", "a share"), 0.90


def main(draws: int) -> None:
    """Print every row, and which of them miss their limit."""
    print(f"{'':<70} {'n':>5} {'rate':>8} {'+-':>6}  limit")
    missed = 0
    for row in rows(draws):
        sign = "<=" if row.limit == FALSE else ">="
        error = 2 * math.sqrt(row.rate * (1 - row.rate) / row.draws) if row.draws else 0.0
        print(
            f"{row.what:<70} {row.n:>5} {row.rate:>8.2%} {error:>6.1%}  {sign} {row.limit:.0%}"
            f"{'' if row.right else '  MISSED'}",
            flush=True,
        )
        missed += not row.right
    print(f"{missed} missed" if missed else "all hold")
    if missed:
        raise SystemExit(1)


def rows(draws: int) -> Iterator[Row]:
    """Every figure: shares exactly, the rest from so many draws."""
    yield from changed_shares()
    yield from simulated_intervals(draws)
    with speaking("en"):
        yield from simulated_sentences(draws)
    yield from coverage_audit.run(draws)
    with speaking("en"):
        yield from coverage_causes.run(draws)


@cache
def _change(n: int, gained: int, lost: int) -> tuple[float, float, float]:
    before = np.repeat([0.0, 1.0, 0.0], [gained, lost, n - gained - lost])
    after = np.repeat([1.0, 0.0, 0.0], [gained, lost, n - gained - lost])
    found = stats.paired_change(before, after)
    return found.low, found.high, found.p_value


def changed_shares() -> Iterator[Row]:
    """The paired change of a share: the least coverage of each size, and false claims."""
    from scipy.stats import binom

    for n in SIZES:
        covered, claimed, contradicted = [], [], 0
        for flips, one_way in product(FLIPS, ONE_WAY):
            truth, right, wrong = flips * (2 * one_way - 1), 0.0, 0.0
            for changed in range(n + 1):
                of_n = binom.pmf(changed, n, flips)
                if of_n < 1e-6:
                    continue
                gains = np.arange(changed + 1)
                for gained, of_changed in zip(
                    gains, binom.pmf(gains, changed, one_way), strict=True
                ):
                    if of_n * of_changed < 1e-7:
                        continue
                    low, high, p = _change(n, int(gained), changed - int(gained))
                    right += of_n * of_changed * (low <= truth <= high)
                    wrong += of_n * of_changed * (p < FALSE)
                    contradicted += (low <= 0 <= high) != (p >= FALSE)
            covered.append(right)
            if one_way == 0.5:
                claimed.append(wrong)
        what = f"change of a share, {min(FLIPS):.0%} to {max(FLIPS):.0%} flips, least"
        yield Row(what, n, 0, min(covered), COVERED, min(covered) >= COVERED)
        yield Row(
            "p < 0.05 without a change, most", n, 0, max(claimed), FALSE, max(claimed) <= FALSE
        )
        yield Row(
            "interval and test contradict each other", n, 0, contradicted, FALSE, not contradicted
        )


def _rate(what: str, n: int, draws: int, held: Sequence[bool], limit: float) -> Row:
    rate, slack = float(np.mean(held)), 2 * np.sqrt(limit * (1 - limit) / draws)
    right = rate <= limit + slack if limit == FALSE else rate >= limit - slack
    return Row(what, n, draws, rate, limit, bool(right))


def _clustered(
    rng: np.random.Generator, units: int, size: int, flips: float, one_way: float
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Outcomes of items in clusters, of which some flip whole and others item by item."""
    place = np.repeat(np.arange(units), size)
    own = rng.beta(flips, 1 - flips, units)  # how prone a cluster is to flip
    way = rng.random(units) < one_way
    flip = rng.random(units * size) < own[place]
    after = np.where(flip, way[place], 0.5)
    before = np.where(flip, ~way[place], 0.5)
    still = rng.random(units * size) < 0.5
    return np.where(flip, before, still), np.where(flip, after, still), place


def simulated_intervals(draws: int) -> Iterator[Row]:
    """Coverage of what is not enumerated; what is quick is drawn more often."""
    for what, n, once in _intervals():
        rng = np.random.default_rng(0)
        many = 5 * draws if what.startswith(QUICK) else draws
        limit = SHORT if what.startswith(FALL_SHORT) else COVERED
        yield _rate(what, n, many, [once(rng) for _rest in range(many)], limit)


def _intervals() -> Iterator[tuple[str, int, Callable[[np.random.Generator], bool]]]:
    def clusters(units: int, flips: float, one_way: float) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            found = stats.paired_change(*_clustered(rng, units, 10, flips, one_way))
            return found.low <= flips * (2 * one_way - 1) <= found.high

        return once

    for units, flips, one_way in product((10, 20, 40), (0.05, 0.2), (0.5, 0.9)):
        yield (
            f"change of a share in {units} clusters, {flips:.0%} flips, {one_way:.0%} one way",
            10 * units,
            clusters(units, flips, one_way),
        )

    def changes(n: int, draw: Callable[..., Floats], truth: float) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            found = stats.paired_change(np.zeros(n), draw(rng, n))
            return found.low <= truth <= found.high

        return once

    normal = lambda rng, n: rng.normal(0.3, 1, n)  # noqa: E731
    sparse = lambda rng, n: (rng.random(n) < 0.1) * rng.normal(1, 0.5, n)  # noqa: E731
    heavy = lambda rng, n: rng.standard_t(3, n)  # noqa: E731
    for n in (10, 40, 200):
        yield "change of a mean, normal", n, changes(n, normal, 0.3)
        yield "change of a mean, heavy tails (t of 3 degrees)", n, changes(n, heavy, 0.0)
    for n in (100, 300):
        yield "change of a mean, 10 % of the items changed", n, changes(n, sparse, 0.1)

    def skewed(n: int) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            found = stats.mean_interval(rng.gamma(1.0, 1.0, n), bounds=(0.0, np.inf))
            return found.low <= 1.0 <= found.high

        return once

    for n in (20, 60, 200):
        yield "mean divergence, exponential", n, skewed(n)

    def tokens(n: int, chain: float) -> Callable[..., bool]:
        from scipy.signal import lfilter

        def once(rng: np.random.Generator) -> bool:
            values = lfilter([1.0], [1.0, -chain], rng.normal(size=n + 100))[100:]
            return bool(abs(values.mean()) <= block_error(values).half)

        return once

    for n, chain in product((438, 2000), (0.0, 0.15, 0.3)):
        yield f"mean over tokens, neighbours correlate by {chain:g}", n, tokens(n, chain)

    def ratio(units: int) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            sizes = rng.poisson(20, units) + 1.0
            before = sizes * rng.normal(2, 0.3, units)
            after = before + sizes * rng.normal(0.1, 0.1, units)
            found = contrast(
                mean, np.stack([before, sizes], 1), np.stack([after, sizes], 1), resamples=499
            )
            return found.low <= 0.1 <= found.high

        return once

    for units in (10, 40):
        yield "change of a mean per unit of text", units, ratio(units)

    def score(units: int) -> Callable[..., bool]:
        # Of 16 questions of a template half are unknown; 60 % and 40 % of the others biased.
        def once(rng: np.random.Generator) -> bool:
            sides = []
            for biased in (0.6, 0.4):
                correct = rng.binomial(16, 0.5, units)
                sides.append(
                    np.stack(
                        [np.full(units, 16), correct, 16 - correct,
                         rng.binomial(16 - correct, biased)], axis=1,
                    )
                )  # fmt: skip
            found = contrast(s_ambiguous, *sides, resamples=499)
            return found.low <= -0.2 <= found.high

        return once

    for units in (10, 40):
        yield "change of BBQ's score over templates", 16 * units, score(units)

    def areas(n: int) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            positive = np.arange(n) % 3 == 0
            latent = rng.normal(size=n) + positive
            before, after = (latent + rng.normal(size=n) for _rest in range(2))
            found = both_auc(before, after, positive, resamples=99)
            return found.low <= 0 <= found.high

        return once

    yield "change of an AUC", 150, areas(150)

    def one_share(n: int, share: float) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            low, high = stats.wilson(rng.binomial(n, share), n)
            return bool(low <= share <= high)

        return once

    for n, share in product((40, 200), (0.1, 0.5)):
        yield f"a share of {share:.0%} (Wilson)", n, one_share(n, share)


def simulated_sentences(draws: int) -> Iterator[Row]:
    """How often each sentence claims a change where there is none."""
    for what, n, once in _sentences():
        rng = np.random.default_rng(0)
        many = max(draws // 5, 2) if what.startswith(SLOW) else draws
        yield _rate(f"claim: {what}", n, many, [once(rng) for _rest in range(many)], FALSE)


def _claims(sentence: str) -> bool:
    """Whether a sentence says that something is more than chance."""
    return "more than" in sentence.replace("no more than", "").replace("by more than chance", "")


def _share(rng: np.random.Generator, n: int, flips: float, clusters: int = 0) -> Contrasted:
    """A share of two models that flip either way alike."""
    if clusters:
        before, after, place = _clustered(rng, clusters, n // clusters, flips, 0.5)
    else:
        before, after, place = _clustered(rng, n, 1, flips, 0.5)
    return compared(before, after, place.tolist(), share=True, over="prompts")


def _pairs(rng: np.random.Generator, n: int, templates: int) -> pd.DataFrame:
    """Minimal pairs whose preference compression disturbs either way alike."""
    place = np.arange(n) % templates
    before = rng.normal(size=templates)[place] + 0.3 * rng.normal(size=n)
    after = before + rng.normal(size=templates)[place] * 0.7
    return pd.DataFrame(
        {
            "more": [f"Number {one} said that she" for one in place],
            "less": [f"Number {one} said that he" for one in place],
            "baseline": before,
            "compressed": after,
            "shift": after - before,
            "flip": (before > 0) != (after > 0),
            "baseline_per_token": before / 5,
            "tokens_more": 5,
            "tokens_less": 5,
            "wart": "",
            "same_start": True,
        }
    )


@cache
def _bbq(templates: int) -> pd.DataFrame:
    """Items of BBQ: of each template both conditions and both polarities, twice."""
    n = 8 * templates
    place = np.arange(n)
    return pd.DataFrame(
        {"id": place, "group": [f"g{one // 8 % 2}" for one in place],
         "template": [f"{one // 8}" for one in place], "context": [f"c{one}" for one in place],
         "question": "q", "options": [["a", "b", "c"]] * n, "label": place // 2 % 2 * 2,
         "condition": np.where(place // 2 % 2, "ambig", "disambig"),
         "polarity": np.where(place % 2, "neg", "nonneg"), "unknown": 2,
         "biased": place // 4 % 2, "derived": "the item's own groups"}
    )  # fmt: skip


def _sentences() -> Iterator[tuple[str, int, Callable[[np.random.Generator], bool]]]:
    def pairs(n: int, templates: int) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            items = _pairs(rng, n, templates)
            whole = preference(items)
            results = Results()
            results.group("all", items, whole)
            told = pair_sentences(items, whole, results, "more stereotyping")
            return any("chance" in str(one) and _claims(str(one)) for one in told)

        return once

    for n, templates in ((100, 100), (100, 20), (100, 8)):
        yield f"minimal pairs of {templates} sentences", n, pairs(n, templates)

    def one(n: int, clusters: int) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            found = headlines([(said._("It"), _share(rng, n, 0.15, clusters))], "x")
            return any(_claims(str(sentence)) for sentence in found)

        return once

    for n, clusters in ((100, 0), (200, 10), (400, 20), (100, 5)):
        unit = f"{clusters} clusters" if clusters else "independent items"
        yield f"headline of a share, {unit}", n, one(n, clusters)

    def several(rng: np.random.Generator) -> bool:
        found = headlines([(said._("It"), _share(rng, 100, 0.2)) for _rest in range(4)], "x")
        return any(_claims(str(sentence)) for sentence in found)

    yield "any of four headlines of shares", 100, several

    def bbq(templates: int) -> Callable[..., bool]:
        # Answers to 8 items a template, which is more or less prone to change; half are unknown.
        def once(rng: np.random.Generator) -> bool:
            table = _bbq(templates)
            place = np.repeat(np.arange(templates), 8)
            first = rng.integers(0, 3, len(table))
            second = rng.integers(0, 3, len(table))
            moved = rng.random(len(table)) < rng.beta(1, 4, templates)[place]
            order = rng.random(len(table)) < 0.5
            third = np.where(moved, second, first)
            sides = np.where(order, first, third), np.where(order, third, first)
            told = bbq_outcome(table, dict(zip(BOTH, sides, strict=True))).sentences
            return any(_claims(one) or "after Holm's correction:" in one for one in told)

        return once

    for templates in (10, 30):
        yield f"any of BBQ's sentences, {templates} templates", 8 * templates, bbq(templates)

    def stereoset(terms: int) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            base = rng.normal(size=(3 * terms, 3))
            noise = 0.5 * rng.normal(size=(2, 3 * terms, 3))
            scores = {
                f"{side}_{name}": base[:, at] + noise[one, :, at]
                for one, side in enumerate(BOTH)
                for at, name in enumerate(("stereotype", "anti", "unrelated"))
            }
            table = pd.DataFrame(scores).assign(
                id="", group="gender", target=np.arange(3 * terms) % terms, same_start=True
            )
            return any(_claims(one) for one in stereoset_outcome(table).sentences)

        return once

    for terms in (10, 30):
        yield f"any of StereoSet's sentences, {terms} terms", 3 * terms, stereoset(terms)

    def samples(over: str, prompts: int) -> Callable[..., bool]:
        # Five measures, whose samples stand together by prompt where prompts are drawn.
        known = [one for one in measures() if one.share][:1] + [
            one for one in measures() if not one.share and one.axis != "groups"
        ][:4]

        def once(rng: np.random.Generator) -> bool:
            place = np.repeat(np.arange(prompts), 60 // prompts)
            before, after = (
                {one.name: rng.random(60) < 0.3 if one.share else rng.normal(size=60)
                 for one in known} for _rest in range(2)
            )  # fmt: skip
            values = dict(zip(BOTH, (pd.DataFrame(before), pd.DataFrame(after)), strict=True))
            table = measure_table(values, known, place.tolist(), over)
            items = pd.DataFrame(
                {"group": [f"g{one % 2}" for one in place], "prompt": place, "same": False,
                 "flip": False, **{side: 1.0 * values[side][known[0].name] for side in BOTH}}
            )  # fmt: skip
            results = Results()
            for name, part in parts(items):
                results.group(name, part, of_items(part, share=True, over=over))
            told = samples_sentences(items, results, table, known, known[0], over, [], "")
            return any(
                _claims(str(one)) or " moved: " in str(one) or "correction:" in str(one)
                for one in told[1:]
            )

        return once

    for over, prompts in (("samples", 1), ("prompts", 20)):
        yield f"any of three sentences of many samples (over {over})", 60, samples(over, prompts)

    def mean_of(units: int) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            before = rng.gamma(2, 1, units)
            after = before + rng.normal(size=units) * (rng.random(units) < 0.3)
            ones = np.ones(units)
            found = contrast(
                mean, np.stack([before, ones], 1), np.stack([after, ones], 1), resamples=499
            )
            return _claims(str(headlines([(said._("It"), found)], "x")[0]))

        return once

    for units in (10, 40):
        yield "headline of a mean, 30 % of the items changed", units, mean_of(units)

    def in_groups(rng: np.random.Generator) -> bool:
        shares = [_share(rng, 40, 0.2) for _rest in range(8)]
        found, items = Results(), pd.DataFrame({"flip": np.zeros(40, dtype=bool)})
        for place, share in enumerate([shares[0], *shares]):
            found.group(f"g{place}", items, share)
        return "changed after Holm" in str(found.changed(said._("groups")))

    yield "any of eight groups changed", 320, in_groups

    def review(n: int) -> Callable[..., bool]:
        def once(rng: np.random.Generator) -> bool:
            words = np.array(["compressed", "baseline", "same"])
            tests = [
                sign_test(name, rng.choice(words, n, p=[0.35, 0.35, 0.3]).tolist())
                for name in ("worse", "coherent", "biased")
            ]
            adjusted = stats.holm([test.p for test in tests])
            return any(
                ": more than chance" in numbers(test._replace(p_holm=float(p)))
                for test, p in zip(tests, adjusted, strict=True)
            )

        return once

    for n in (10, 40, 200):
        yield "any of a review's three questions", n, review(n)

    def tables(rng: np.random.Generator) -> bool:
        n = 90
        before, after, _rest = _clustered(rng, n, 1, 0.2, 0.5)
        items = pd.DataFrame(
            {"task": "t", "doc_id": range(n), "metric": "acc", "baseline": before,
             "compressed": after, "group": [f"g{place % 3}" for place in range(n)]}
        )  # fmt: skip
        return bool((paired(items)["p_holm"] < FALSE).any())

    yield "any row of paired published items (p Holm)", 90, tables


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS)
