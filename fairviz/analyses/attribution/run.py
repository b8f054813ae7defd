"""A compressed model is taken apart: every part exchanged by itself, then the best together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.analyses.attribution.request import (
    KEEP,
    ONLY,
    RESTORE,
    Attribution,
    AttributionRequest,
    Seen,
)
from fairviz.core.declared import refusals_of
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.i18n import N_
from fairviz.inference.mixed import Mixed, Unit, screen, units
from fairviz.inference.pair_scoring import encode, trace
from fairviz.inference.scoring import score
from fairviz.models.devices import free_memory
from fairviz.models.pair import load_pair
from fairviz.probes.pair_sums import frame
from fairviz.probes.registry import probe_of

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from fairviz.analyses.runner import Measuring
    from fairviz.models.loading import LoadedModel
    from fairviz.models.pair import Pair
    from fairviz.probes.record import Items

_refused = refusals_of(__file__, BadSpec)
# Of more linear layers than the first, those that the gradient puts among the first so many are
# exchanged; the curve keeps as many.
_ALL, _BEST = 24, 10


class Progress(NamedTuple):
    """So many mixtures are read, of so many."""

    done: int
    of: int
    words: str = ""  # what is going on beside, in English


def measure(
    request: AttributionRequest,
    items: Items | None = None,
    settings: Mapping[str, Any] | None = None,
    known: Attribution | None = None,
) -> Measuring:
    """What `runner.answer` runs.

    Args:
        items: What the request's probe names by its hash.
        settings: Those of the probe, files among them as bytes and name.
        known: The same without a mix, where it was measured: only the mix is read.
    """

    def measuring(
        pair: Pair, _run: None, told: Callable[[Any], None]
    ) -> Iterator[Progress | Attribution]:
        work = _Work(pair, request, items, dict(settings or {}), told)
        if known is None:
            yield (found := work.attribution())
        else:
            found = replace(known, request=request)
        if request.mix:
            yield replace(found, seen={**found.seen, "mix": work.mix()})

    return measuring


@dataclass
class _Work:
    pair: Pair
    request: AttributionRequest
    items: Items | None
    settings: dict[str, Any]
    told: Callable[[Any], None]
    ids: list[int] = field(default_factory=list)
    known: Any = None  # ids of the items that the compressed model could be asked
    tokens: tuple[str, ...] = ()
    log_prob: Any = None  # the baseline's, of each token
    host: Mixed | None = None  # whose decoder layers are counted while a text is read
    passes: list[int] = field(default_factory=list)  # steps of each reading of the text
    done: int = 0
    of: int = 0

    def __post_init__(self) -> None:
        self.ids = encode(self.pair, self.request.text)

    def attribution(self) -> Attribution:
        """Everything but a mix."""
        pair, request = self.pair, self.request
        every = units(pair, request.fineness)
        few = every
        many = request.fineness == "linear" and len(every) > _ALL
        self.of = 2 + 2 * (_BEST if many else len(every)) + _BEST * (1 + bool(request.probe))
        self._tell(0)
        room = free_memory(pair.baseline.model.device.type) // 8
        self.host = restore = Mixed(pair.compressed, pair.baseline, room)
        with restore.having(()) as model:
            outcome = self._asked(model)
            seen = {"compressed": self._read(model, outcome)}
        draft = Attribution(request, tuple(every), self.tokens, (), {}, {})
        of_items, rate = np.zeros(0), np.nan
        if outcome is not None:
            clusters = _clusters(outcome.items)
            draft = replace(draft, clusters=clusters, measure=outcome.measure)
            of_items = outcome.items["baseline"].to_numpy(dtype=np.float64)
            rate = float(outcome.groups["baseline"].iloc[0])
        seen["baseline"] = Seen(0 * seen["compressed"].kl, self.log_prob, of_items, rate)
        screened: dict[str, dict[str, float]] = {}
        if many:
            screened = self._screen(every, draft, outcome)
            first = _first(screened, _BEST)
            few = [one for one in every if one.name in first or "." not in one.name]
        for one in few:
            with restore.having([one]) as model:
                seen[f"{RESTORE} {one.name}"] = self._read(model)
        # The first reading is the whole compressed model; the baseline read it once as well.
        forwards = 1 + sum(self.passes) / self.passes[0]
        self.host = only = Mixed(pair.baseline, pair.compressed, room)
        with only.having(()) as model:
            self._read(model)
        for one in few:
            with only.having([one]) as model:
                seen[f"{ONLY} {one.name}"] = self._read(model)
        found = replace(
            draft, seen=seen, screened=screened, forwards=forwards, provenance=pair.provenance()
        )
        return self._curves(found, few, restore)

    def _curves(self, found: Attribution, few: Sequence[Unit], restore: Mixed) -> Attribution:
        """The best parts kept together, one more at a time, as the chosen half ranks them."""
        seen, by_name = dict(found.seen), {one.name: one for one in few}
        orders = {
            what: tuple(sorted(by_name, key=lambda name: -gains[name]))
            for what, gains in _gains(found).items()
        }
        measured: dict[frozenset[str], Seen] = {}
        for what, order in orders.items():
            for count in range(1, min(_BEST, len(order)) + 1):
                kept = frozenset(order[:count])
                if kept not in measured:
                    chosen = [by_name[name] for name in order[:count]]
                    with restore.having(chosen, self.request.bits) as model:
                        measured[kept] = self._read(model)
                seen[f"{KEEP} {what} {count}"] = measured[kept]
        return replace(found, orders=orders, seen=seen)

    def mix(self) -> Seen:
        """What a made model gives on the same text and items."""
        base = self.request.baseline
        mixed = load_pair(
            base,
            ModelSpec.parse(self.request.mix),
            device=self.pair.baseline.model.device.type,
            dtype=self.pair.baseline.identity.dtype,
            progress=self.pair.say,
            known={base: self.pair.baseline},
        )
        return self._read(mixed.compressed)

    def _tell(self, done: int, words: str = "") -> None:
        self.done = done
        self.told(Progress(min(done, self.of), self.of, words))

    def _asked(self, model: LoadedModel) -> Any:
        """What the probe makes of a model beside the baseline; None without one."""
        if self.request.probe is None or self.items is None:
            return None
        probe = probe_of(self.request.probe.probe)
        pair = replace(self.pair, compressed=model)
        return probe.measure(pair, self.items, lambda _step: self._tell(self.done), self.settings)

    def _read(self, model: LoadedModel, outcome: Any = None) -> Seen:
        """The text, and the items of the probe, by one model."""
        vocabulary, before = self.pair.baseline.vocabulary, self.host.steps if self.host else 0
        ((_place, scored),) = score(
            self.pair.baseline.reader,
            model.reader,
            [self.ids],
            width=self.pair.vocabulary_size,
            bos_id=vocabulary.bos_id,
            k=1,
        )
        if not scored.finite:
            raise _refused("not_finite", compressed=self.request.compressed)
        if self.host:
            self.passes.append(self.host.steps - before)
        if not self.tokens:
            self.tokens, self.log_prob = trace(vocabulary, scored).tokens, scored.baseline.log_prob
        if outcome is None:
            outcome = self._asked(model)
        values, rate = np.zeros(0), np.nan
        if outcome is not None:
            rows = outcome.items.set_index("id")["compressed"]
            self.known = rows.index if self.known is None else self.known
            values = rows.reindex(self.known).to_numpy(dtype=np.float64)
            rate = float(outcome.groups["compressed"].iloc[0])
        self._tell(self.done + 1)
        return Seen(scored.kl, scored.compressed.log_prob, values, rate)

    def _screen(
        self, every: Sequence[Unit], found: Attribution, outcome: Any
    ) -> dict[str, dict[str, float]]:
        """First-order changes of the KL and, of minimal pairs, of the bias's size, on what choosing
        may see."""
        import torch

        self._tell(self.done, N_("the gradient of every linear layer"))
        linear = [one for one in every if "." in one.name]
        chosen, of_items = found.choosing
        length = self.pair.baseline.context_length or len(self.ids)
        text = self.ids[: min(int(chosen.sum()) + 1, length)]

        def kl(_text: int, p: Tensor, q: Tensor) -> Tensor:
            return (q.exp() - p.exp()) / len(p)

        screened = {"kl": screen(self.pair, linear, [text], kl)}
        rows = None if outcome is None else outcome.items
        if rows is not None and {"more", "less"} <= set(rows.columns):
            part = rows[of_items]
            both = [one for row in zip(part["more"], part["less"], strict=True) for one in row]
            texts = [self.pair.baseline.vocabulary.encode(one)[:length] for one in both]
            sign = float(np.sign(part["shift"].mean())) / len(part)

            def margin(number: int, _p: Tensor, q: Tensor) -> Tensor:
                wanted = torch.tensor(texts[number][1:], device=q.device)[:, None]
                slope = torch.zeros_like(q).scatter_(1, wanted, 1.0) - q.exp()
                return slope * (sign if number % 2 == 0 else -sign)

            screened["bias"] = screen(self.pair, linear, texts, margin)
        return screened


def _gains(found: Attribution) -> dict[str, dict[str, float]]:
    """What each part brings back on what choosing may see: of the KL, and of the bias.

    A bias that turns into its opposite is brought back by less than one that ends at nothing.
    """
    tokens, items = found.choosing
    whole, base = found.seen["compressed"], found.seen["baseline"]

    def left(one: Seen, what: str) -> float:
        if what == "kl":
            return float(one.kl[tokens].mean())
        return abs(float(np.nanmean((one.items - base.items)[items])))

    return {
        what: {
            one.name: left(whole, what) - left(found.seen[f"{RESTORE} {one.name}"], what)
            for one in found.measured
        }
        for what in ("kl", "bias")[: 1 + bool(items.any())]
    }


def _first(screened: Mapping[str, Mapping[str, float]], count: int) -> set[str]:
    """The names that are first by one or the other, in turns."""
    ranks = [sorted(one, key=one.__getitem__) for one in screened.values()]
    found: dict[str, None] = {}
    for names in zip(*ranks, strict=True):
        found.update(dict.fromkeys(names))
    return set(list(found)[:count])


def _clusters(items: pd.DataFrame) -> tuple[str, ...]:
    """Which items stand or fall together: those of one template, or of one frame."""
    columns: Iterable[Any]
    if "template" in items:
        columns = items["template"]
    elif {"more", "less"} <= set(items.columns):
        columns = (frame(*pair) for pair in zip(items["more"], items["less"], strict=True))
    else:
        columns = items["id"]
    return tuple(map(str, columns))
