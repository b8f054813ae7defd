"""Both models on the same ids: what a server lists, beside what is read here or another lists.

Where a server gives log-probabilities of a text (llama.cpp's writes it for that), both models read
every text. Where it gives only those of what it writes of itself, the other model still reads that
text; of the other's text it is known what the server expects up to the first token that it would
not have written, context for context the same, and nothing after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from fairviz.analyses.served.request import LLAMA_CPP, Served, ServedRequest, ServedText
from fairviz.core.errors import EmptyPrompt
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.i18n import _, ngettext
from fairviz.metrics.bounds import ZERO, Interval, Listed, bounds, entropy, listed, log_prob
from fairviz.metrics.traces import BOTH, Ints, first_divergence
from fairviz.models.identity import ONE_BOS, here_and_now
from fairviz.models.served import NoPrompt, Server
from fairviz.models.served_answers import Places
from fairviz.models.served_key import masked

if TYPE_CHECKING:
    from fairviz.analyses.runner import Measuring
    from fairviz.models.loading import LoadedModel
    from fairviz.models.pair import Pair
    from fairviz.models.vocabulary import Vocabulary


# How far above 1 llama.cpp's probabilities of a place are together.
_OFF = 2e-3


class Progress(NamedTuple):
    """So many readings and writings are done, of so many; `model` is asked now.

    Attributes:
        token, tokens: How far it is, where it is asked for one token after the other; else 0.
    """

    done: int
    of: int
    model: str
    token: int = 0
    tokens: int = 0


class _There:
    """A model behind a server.

    What it reads is what it expects at each token but the first; what it writes, what it goes on
    with, and what it expected there, where it said so.
    """

    def __init__(self, spec: ModelSpec, request: ServedRequest, size: int | None) -> None:
        self.server = Server(spec, request.k)
        self.texts: dict[int, str] = {}
        # Whichever is more: a head may have rows beyond its tokenizer's tokens.
        sizes = (self.server.about.vocabulary_size, size)
        self._size = max((one for one in sizes if one), default=None)
        # What is here has to know every token that is told.
        self._known = size or self._size
        self._reads = True

    def encode(self, text: str) -> list[int]:
        return self.server.tokens(text)

    def read(
        self, ids: Sequence[int], start: int, beside: Ints | None, told: Callable[[int, int], None]
    ) -> Listed:
        try:
            return self._listed(self.server.reads(ids, start, told))
        except NoPrompt:
            self._reads = False
            raise

    def write(self, ids: Sequence[int], decoding: Decoding) -> tuple[list[int], Listed | None]:
        places = self.server.writes(ids, decoding)
        return places.ids, self._listed(places) if places.ids else None

    def _listed(self, places: Places) -> Listed:
        if self._known:
            self.server.check_ids(places, self._known)
        self.texts |= places.texts
        wide = max(len(words) for words in places.listed)
        ids = np.full((len(places.ids), wide), -1, dtype=np.int64)
        log_p = np.full(ids.shape, -np.inf)
        for row, words in enumerate(places.listed):
            ids[row, : len(words)] = list(words)
            log_p[row, : len(words)] = list(words.values())
        if self.server.about.software == LLAMA_CPP:  # its sums over many tokens are a little off
            total = np.exp(log_p).sum(axis=1, keepdims=True)
            log_p -= np.log(np.where((total > 1) & (total < 1 + _OFF), total, 1.0))
        own = [words.get(one, 0.0) for one, words in zip(places.ids, places.listed, strict=True)]
        try:
            if min(own) <= ZERO:
                raise ValueError(_("the token that stands there has no probability"))
            return listed(ids, log_p, np.array(places.ids), size=self._size)
        except ValueError as error:
            raise self.server.not_numbers(error) from error

    def document(self) -> dict[str, Any]:
        about, address = self.server.about, self.server.address
        return {
            "source": masked(about.name),
            "server": address.host,
            "software": about.software,
            "context_length": about.context_length,
            "reads_texts": self._reads,
        }


class _Here:
    """A model that is loaded, and does the same."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model

    def encode(self, text: str) -> list[int]:
        return self._model.vocabulary.encode(text)

    def read(
        self, ids: Sequence[int], start: int, beside: Ints | None, told: Callable[[int, int], None]
    ) -> Listed:
        from fairviz.inference.listed_tokens import read

        return read(self._model, ids, beside).at(slice(start - 1, None))

    def write(self, ids: Sequence[int], decoding: Decoding) -> tuple[list[int], Listed | None]:
        from fairviz.inference.listed_tokens import write

        return write(self._model, ids, decoding), None

    def document(self) -> dict[str, Any]:
        return self._model.identity.document()


def measure(request: ServedRequest) -> Measuring:
    """What `runner.answer` runs; the pair is the one model that is here, twice, or none."""

    def measuring(
        pair: Pair | None, _run: None, told: Callable[[Any], None]
    ) -> Iterator[Served | Progress]:
        yield _Run(pair, request, told).result()

    return measuring


class _Run:
    """One request while it is measured."""

    def __init__(
        self, pair: Pair | None, request: ServedRequest, told: Callable[[Any], None]
    ) -> None:
        self._model = pair.baseline if pair else None
        self._request, self._told, self._done = request, told, 0
        model = self._model
        size = model.vocabulary_size if model else None
        self._vocabulary: Vocabulary | None = model.vocabulary if model else None
        specs = request.baseline, request.compressed
        loaded = (pair.baseline, pair.compressed) if pair else (None, None)
        self._sides: tuple[_There | _Here, ...] = tuple(
            _There(spec, request, size) if spec.served or here is None else _Here(here)
            for spec, here in zip(specs, loaded, strict=True)
        )
        # What is here lists what the server has listed too, so the server is asked first.
        self._order = sorted(range(2), key=lambda place: not specs[place].served)

    def result(self) -> Served:
        ids = self._encoded()
        how = self._request.decoding
        if how is None:
            if len(ids) < 2:
                raise EmptyPrompt(
                    ngettext(
                        "The text has {n} token, and the first only says what follows.",
                        "The text has {n} tokens, and the first only says what follows.",
                        len(ids),
                    ),
                    fix=_("Give a text of at least two tokens."),
                )
            texts: tuple[ServedText, ...] = (self._text("", ids, 1, *self._read(ids, 1)),)
        else:
            texts = self._written(ids, how)
        known = {
            side: one.document() for side, one in zip(BOTH, self._sides, strict=True)
        }  # after they were asked: what a server gives shows then
        here = next((one for one in known.values() if "device" in one), {})
        also = {name: value for name, value in here.items() if name in ("device", "dtype")}
        return Served(self._request, texts, {**known, **also, **here_and_now()})

    def _encoded(self) -> list[int]:
        """One splitting for both: of the model that is here, else of both servers, compared."""
        if self._vocabulary is not None:
            ids = self._vocabulary.encode(self._request.text)
        else:
            ids, theirs = (side.encode(self._request.text) for side in self._sides)
            server = self._sides[1]
            if ids != theirs and isinstance(server, _There):
                place = first_divergence(ids, theirs) or 0
                raise server.server.other_tokens(
                    place, *(one[place] if place < len(one) else "–" for one in (ids, theirs))
                )
        if self._model is not None:  # before a server takes its time
            from fairviz.inference.listed_tokens import check

            how = self._request.decoding
            check(self._model, ids, how.max_new_tokens if how else 0)
        if not ids:
            raise EmptyPrompt(_("The prompt has no tokens."), fix=_("Write a prompt."))
        return ids

    def _tell(self, place: int, token: int = 0, tokens: int = 0) -> None:
        of = 2 if self._request.decoding is None else 6
        name = str((self._request.baseline, self._request.compressed)[place])
        self._told(Progress(self._done, of, name, token, tokens))

    def _read(
        self,
        ids: Sequence[int],
        start: int,
        instead: Sequence[Listed | None] = (None, None),
    ) -> list[Listed | None]:
        """What both expect from the token `start` on; `instead` where a server cannot say."""
        found: list[Listed | None] = [None, None]
        for place in self._order:
            other = found[1 - place]
            beside = None
            if other is not None:  # it may be of fewer places
                beside = np.full((len(ids) - 1, other.ids.shape[1]), -1, dtype=np.int64)
                beside[start - 1 : start - 1 + len(other.ids)] = other.ids
            self._tell(place)
            try:
                told = partial(self._tell, place)
                found[place] = self._sides[place].read(ids, start, beside, told)
            except NoPrompt:
                if self._request.decoding is None:
                    raise
                found[place] = instead[place]
            self._done += 1
        return found

    def _written(self, ids: list[int], how: Decoding) -> tuple[ServedText, ...]:
        """What each writes, and what both expect along it."""
        wrote = []
        for place, side in enumerate(self._sides):
            self._tell(place)
            wrote.append(side.write(ids, how))
            self._done += 1
        (one, _first), (other, _second) = wrote
        parts = first_divergence(one, other)
        texts = []
        for place, side_name in enumerate(BOTH):
            own = wrote[place][0]
            # Up to the first other token, that one too, each had the same before it.
            common = len(own) if parts is None else min(parts + 1, len(own))
            instead = [
                expected and expected.at(slice(0, len(own) if at == place else common))
                for at, (_ids, expected) in enumerate(wrote)
            ]
            both = self._read([*ids, *own], len(ids), instead) if own else (None, None)
            texts.append(self._text(side_name, [*ids, *own], len(ids), *both))
        return tuple(texts)

    def _text(
        self, side: str, ids: list[int], start: int, p: Listed | None, q: Listed | None
    ) -> ServedText:
        tokens = self._spelled(ids, start)
        rows = _rows(ids[start:], p, q, self._word)
        rows.insert(0, "token", list(tokens))
        return ServedText(side, self._before(ids, start, tokens, side), rows)

    def _spelled(self, ids: list[int], start: int) -> tuple[str, ...]:
        if self._vocabulary is None:
            return tuple(map(self._word, ids[start:]))
        reader = self._vocabulary.reader(ids[:start])
        return tuple(reader.push(token) for token in ids[start:])

    def _word(self, token: int) -> str:
        if self._vocabulary is not None:
            return self._vocabulary.text(token)
        known = [side.texts for side in self._sides if isinstance(side, _There)]
        return next((texts[token] for texts in known if token in texts), f"<{token}>")

    def _before(self, ids: list[int], start: int, tokens: Sequence[str], side: str) -> str:
        """What a reader sees before the first measured token, without a beginning-of-text."""
        if self._vocabulary is not None:
            bos = self._vocabulary.bos
            texts = self._vocabulary.texts(ids[:start])
            return "".join(one for one in texts if bos != f"{ONE_BOS}{one}")
        text = self._request.text
        return text if side else text.removesuffix("".join(tokens)) if tokens else text


def _rows(
    ids: Sequence[int], p: Listed | None, q: Listed | None, word: Callable[[int], str]
) -> pd.DataFrame:
    """One row a token; NaN where a side said nothing."""
    n = len(ids)
    columns: dict[str, Any] = {"id": np.array(ids, dtype=np.int64)}

    def put(name: str, found: Interval) -> None:
        for end, values in zip(("low", "high"), found, strict=True):
            column = np.full(n, np.nan)
            column[: len(values)] = values
            columns[f"{name}_{end}"] = column

    nothing = Interval(np.full(n, np.nan), np.full(n, np.nan))
    for side, known in zip(BOTH, (p, q), strict=True):
        own = np.array(ids[: len(known.ids)], dtype=np.int64) if known else None
        put(f"log_prob_{side}", log_prob(known, own) if known and own is not None else nothing)
        rest, top = np.full(n, np.nan), [""] * n
        if known:
            rest[: len(known.ids)] = known.rest.high
            top[: len(known.ids)] = [word(int(one)) for one in known.top]
        columns[f"rest_{side}"], columns[f"top_{side}"] = rest, top
    same, found = np.full(n, np.nan), None
    if p and q:
        both = slice(0, min(len(p.ids), len(q.ids)))
        p_here, q_here = p.at(both), q.at(both)
        found = bounds(p_here, q_here)
        same[both] = p_here.top == q_here.top
    for name in ("entropy_shift", "kl", "js", "tv"):
        put(name, getattr(found, name) if found else nothing)
    for side, known in zip(BOTH, (p, q), strict=True):
        put(f"entropy_{side}", entropy(known) if known else nothing)
    return pd.DataFrame({**columns, "same_top": same})
