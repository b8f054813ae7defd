"""How often the sentences on causes claim what is not there, and whether they claim what is.

`python -m bench.coverage` runs it with the others. These are the sentences of null models, of
attributions and of evenness; what is counted is what a reader sees. Each world is drawn without
a model: in some nothing is there, in some something is, and is to be claimed in `FOUND` of the
draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bench.coverage_audit import COVERED, FALSE, Row, _row
from fairviz.analyses import null_models
from fairviz.analyses.attribution.finding import allowed, finding
from fairviz.analyses.attribution.found import held_out, of_parts
from fairviz.analyses.attribution.request import RESTORE, Attribution, AttributionRequest, Seen
from fairviz.analyses.evenness.present import present as of_evenness
from fairviz.analyses.evenness.request import Evenness, EvennessRequest
from fairviz.analyses.probe.null import _held as of_rates
from fairviz.compression.calibration import bundled
from fairviz.core.specs import ModelSpec
from fairviz.inference.mixed import Unit
from fairviz.inference.null_readings import Beside, Null
from fairviz.metrics.traces import Floats
from fairviz.probes.record import Outcome

FOUND = 0.8
_SEEDS = 20
Once = Callable[[np.random.Generator], bool]


def run(draws: int) -> Iterator[Row]:
    """Every row, as soon as it is known; in English."""
    worlds = (*_null_models(), *_attributions(), *_evenness())
    for what, n, limit, once in worlds:
        rng = np.random.default_rng(0)
        rate = float(np.mean([once(rng) for _rest in range(draws)]))
        yield _row(what, n, draws, rate, limit, most=limit == FALSE)


def _null_models() -> Iterator[tuple[str, int, float, Once]]:
    """Models whose KL goes with entropy, each by its own slope and with its own groups."""
    n, groups = 200, np.repeat(["a", "b", "c", "d", "e", ""], [25, 25, 25, 25, 25, 75])

    def said(rng: np.random.Generator, slope: float = 0.0, group: float = 0.0) -> tuple[str, ...]:
        entropy = rng.gamma(2, 1, n)
        rows = -6 + 0.5 * entropy + rng.normal(0, 1, n) + rng.normal(0, 0.7, (_SEEDS + 1, n))
        rows += rng.normal(0, 0.1, (_SEEDS + 1, 1)) * entropy
        for name in "abcde":
            rows[:, groups == name] += rng.normal(0, 0.1, (_SEEDS + 1, 1))
        rows[0] += slope * entropy + group * (groups == "a")
        kl: Floats = np.exp(rows)
        null = Null(tuple(range(_SEEDS)), kl[1:], kl[1:], 1.0, np.zeros((0, n)))
        return null_models.present({"found": null}, kl[0], entropy, groups.tolist()).allowed

    def grows(rng: np.random.Generator, slope: float = 0.0) -> bool:
        return any("What is: with each nat" in one for one in said(rng, slope=slope))

    def group(rng: np.random.Generator, by: float = 0.0) -> bool:
        return any(one.startswith("More than null") for one in said(rng, group=by))

    yield "claim: KL grows with entropy beyond null models", n, FALSE, grows
    yield "found: it does, by 0.4 each nat", n, FOUND, lambda rng: grows(rng, 0.4)
    yield "claim: a group is disturbed more than null models do", n, FALSE, group
    yield "found: one is, by 1 (2.7 times)", n, FOUND, lambda rng: group(rng, 1.0)

    def rates(rng: np.random.Generator, whole: float = 0.0, one: float = 0.0) -> str:
        # Shares of 20 items each: few values, many of them alike.
        rows = rng.binomial(20, 0.5, (_SEEDS + 1, 7)) / 20 - rng.binomial(20, 0.5, 7) / 20
        rows[0] += [whole, one, 0, 0, 0, 0, 0]
        names = ["all", *"abcdef"]
        table = pd.DataFrame({"group": names, "n": 20, "units": 20, "difference": rows[0]})
        outcome = Outcome(pd.DataFrame(), table, "a rate", 0.5, (), {}, [])
        kl = {"kl": np.ones((_SEEDS, 1))}
        beside = Beside(tuple(range(_SEEDS)), 1.0, {"kl": np.ones(1)}, np.ones((_SEEDS, 1)),
                        {**kl, "changes": rows[1:]})  # fmt: skip
        return " ".join(map(str, of_rates(outcome, beside)[1]))

    told = "Random errors do not do as much"
    yield "claim: a rate changes beyond null models", 20, FALSE, lambda rng: told in rates(rng)
    yield "found: one does, by 0.6", 20, FOUND, lambda rng: told in rates(rng, whole=0.6)
    told_of = "these change beyond"
    yield "claim: any of six groups' rates", 20, FALSE, lambda rng: told_of in rates(rng)
    yield "found: one does, by 0.8", 20, FOUND, lambda rng: told_of in rates(rng, one=0.8)


def _attribution(
    rng: np.random.Generator,
    kl: Sequence[float],
    bias: Sequence[float],
    loud: float = 1.0,
    adds: bool = False,
) -> Attribution:
    """Parts that bring these shares, all but for chance; those of the bias with loud noise."""
    parts, tokens, items = len(kl), 300, 60 if bias else 0
    clusters = np.arange(items) // 2
    whole = rng.gamma(1, 1, tokens)
    # Neighbours hang together.
    noise = rng.normal(0, 1, (parts, tokens + 3))
    of_kl = [
        whole * (share + 0.3 * sum(one[at : at + tokens] for at in range(4)) / 2)
        for share, one in zip(kl, noise, strict=True)
    ]
    before = rng.normal(0, 1, items)
    change = 1.0 + rng.normal(0, 1, items // 2)[clusters] + rng.normal(0, 0.5, items)
    of_bias = [
        share + loud * (rng.normal(0, 1, items // 2)[clusters] + rng.normal(0, 0.5, items))
        for share in bias or kl
    ]
    if adds:
        of_kl[-1] = whole - sum(of_kl[:-1]) + 0.3 * whole * rng.normal(0, 1, tokens)
    units = tuple(Unit(f"{at}.mlp", at, (), 10) for at in range(parts))
    seen = {
        "compressed": Seen(whole, whole, before + change, 0.0),
        "baseline": Seen(0 * whole, whole, before, 0.0),
    }
    for unit, one, other in zip(units, of_kl, of_bias, strict=True):
        seen[f"restore {unit.name}"] = Seen(whole - one, whole, before + change - other, 0.0)
    request = AttributionRequest(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), "text")
    draft = Attribution(request, units, ("x",) * tokens, tuple(map(str, clusters)), {}, seen)
    half = draft.choosing[0]
    best = sorted(units, key=lambda unit: seen[f"restore {unit.name}"].kl[half].mean())
    names = tuple(one.name for one in best)
    keep = {f"keep {what} 1": seen[f"restore {names[0]}"] for what in ("kl", "bias")}
    orders = {"kl": names, "bias": names}
    return Attribution(
        request, units, draft.tokens, draft.clusters, orders, {**seen, **keep}, forwards=1.0
    )


def _attributions() -> Iterator[tuple[str, int, float, Once]]:
    alike, nothing = [1 / 8] * 8, [0.0] * 8
    one = [0.6, *[0.4 / 7] * 7]

    def sure(words: str, **world: Any) -> Once:
        def once(rng: np.random.Generator) -> bool:
            told = finding(_attribution(rng, **world))
            return told is not None and told.trust == "strong" and words in told.sentence

        return once

    def told(words: str, **world: Any) -> Once:
        def once(rng: np.random.Generator) -> bool:
            found = _attribution(rng, **world)
            return any(words in one for one in allowed(found, of_parts(found), RESTORE))

        return once

    most = "the most of"
    yield (
        "claim: a part brings most of the KL, all alike",
        300,
        FALSE,
        sure(most, kl=alike, bias=[]),
    )
    yield "found: one brings 60 %", 300, FOUND, sure(most, kl=one, bias=[])
    back = "of the change of the probe, and"
    yield "claim: a part brings back the bias", 60, FALSE, sure(back, kl=alike, bias=nothing)
    yield (
        "the same, parts ten times as loud",
        60,
        FALSE,
        sure(back, kl=alike, bias=nothing, loud=10.0),
    )
    yield "found: one brings 60 %", 60, FOUND, sure(back, kl=one, bias=one, loud=0.3)
    turns = "into its opposite"
    yield (
        "claim: a part turns the bias round",
        60,
        FALSE,
        told(turns, kl=alike, bias=nothing, loud=10.0),
    )
    yield (
        "found: one does, five times as large",
        60,
        FOUND,
        told(turns, kl=alike, bias=[5.0, -4.5, *[0.0] * 6]),
    )
    several = "is owed to several at once"
    yield (
        "claim: several at once, parts that add up",
        300,
        FALSE,
        told(several, kl=alike, bias=[], adds=True),
    )
    yield "found: parts make half", 300, FOUND, told(several, kl=[1 / 16] * 8, bias=[])

    def holds(rng: np.random.Generator) -> bool:
        found = _attribution(rng, kl=one, bias=[])
        half, whole = found.choosing[0], found.seen["compressed"].kl
        low, high = held_out(found, found.seen["keep kl 1"], "kl", ~half)[1:]
        return bool(low <= one[0] / whole[~half].mean() <= high)

    yield "interval: what is brought back where it was held out", 150, COVERED, holds


def _evenness() -> Iterator[tuple[str, int, float, Once]]:
    words = 12
    forms = ("gptq:4", "fairgptq:4:0", "fairgptq:4:0.03", "fairgptq:4:0.1", "fairgptq:4:0.3",
             "fairgptq:4:0.1:shuffled", "fairgptq:4:0.1:unrelated")  # fmt: skip
    calibration = bundled().with_pairs(True).document()
    asked = EvennessRequest(ModelSpec("demo"), forms, "", "t", "n", "h", calibration)
    piece = {"tokens": 5, "baseline": 5.0, "compressed": 5.0}
    pieces = pd.DataFrame(
        [{"form": form, "what": what, "kl": cost, **piece}
         for place, form in enumerate(forms) for what in ("text", "control")
         for cost in (0.5 + 0.01 * place, 0.6)]
    )  # fmt: skip
    names = np.repeat([f"w{one}" for one in range(words)], 2)
    table = pd.DataFrame(
        {
            "language": "en", "group": "trade", "template": np.tile(["a {} b", "c {} d"], words),
            "swap": np.repeat(np.arange(words // 2), 4) * 2 + np.tile([0, 1], words),
            "side": np.tile([0, 0, 1, 1], words // 2),
            "filler": names, "binary": True, "new": True, "planted": np.nan,
        }
    )  # fmt: skip
    pairs = pd.DataFrame({"language": "en", "group": "trade", "frame": list("abcd"), "new": True})

    def strong(*nearer: float, words_of: str = "") -> Once:
        def once(rng: np.random.Generator) -> bool:
            even = rng.uniform(0.15, 0.3, words)
            swaps, margins = (
                table.assign(baseline=0.5 + np.repeat(even, 2)),
                pairs.assign(baseline=1.0),
            )
            for form, by in zip(forms, nearer, strict=True):
                own = even - by + rng.normal(0, 0.03, words)
                swaps[form] = 0.5 + np.repeat(own, 2) + rng.normal(0, 0.01, 2 * words)
                margins[form] = 1.0
            finding = of_evenness(Evenness(asked, swaps, margins, pieces)).finding
            said = finding is not None and "nearer to even" in finding.sentence.lower()
            none = finding is None or finding.sentence.startswith("No form")
            return (
                said and not none
                if words_of
                else finding is not None and (finding.trust == "strong")
            )

        return once

    n = 2 * words
    yield "claim: a form is nearer to even, none is", n, FALSE, strong(*[0.0] * 7, words_of="any")
    yield (
        "claim: and for its pairs, plain text does as much",
        n,
        FALSE,
        strong(0, 0.04, 0.04, 0.04, 0.04, 0, 0),
    )
    yield (
        "claim: the same, a control does as much",
        n,
        FALSE,
        strong(0, 0, 0.04, 0.04, 0.04, 0.04, 0),
    )
    yield "found: nearer by 0.1, by its pairs alone", n, FOUND, strong(0, 0, 0.05, 0.1, 0.1, 0, 0)
