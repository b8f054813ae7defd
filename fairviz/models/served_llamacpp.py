"""A text as llama.cpp's server can be made to read it, and what it writes, to the last token.

It gives log-probabilities of what it writes, and of nothing that it is given: so it is made to
write the text, one token an answer, which a bias makes sure of. What it tells is from before the
bias, and what it has read it keeps. Of a token that ends within a character it tells nothing at
all: there another one is written, and the list is asked for the one that is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from fairviz.models import served_answers
from fairviz.models.served_answers import Malformed, Places

# Added to the logit of the token that is to be written: more than tells any two apart.
_FORCED = 1000.0
# How far two answers on one context can lie apart in nats: it is read in other pieces.
_SAME = 0.05
# More tokens than any vocabulary has.
_ALL = 2**21


class Speller:
    """A model behind llama.cpp's server, asked for one token after the other.

    Args:
        complete: Asks for a completion; what came.
        tokens: Splits a text.
        k: Tokens that are listed at each place.

    Raises:
        Malformed: In every method, where an answer lacks what was asked for.
    """

    def __init__(
        self,
        complete: Callable[[dict[str, Any]], Any],
        tokens: Callable[[str], list[int]],
        k: int,
    ) -> None:
        self._complete, self._tokens, self._k = complete, tokens, k
        self._texts: dict[int, str] = {}

    @cached_property
    def _whole(self) -> int:
        """A token that is no part of a character."""
        return self._tokens("a")[-1]

    def reads(self, ids: Sequence[int], start: int, told: Callable[[int, int], None]) -> Places:
        """What it expects at every token of a text from the place `start` on.

        Raises:
            Malformed: Also where its log-probabilities are of what the bias has made of them.
        """
        listed: list[dict[int, float]] = []
        held = False
        for place in range(start, len(ids)):
            told(place - start, len(ids) - start)
            words = self._at(ids[:place], ids[place])
            if not held and (free := self._next(ids[:place], self._k)[0]):
                ((_own, plain),) = free.items()
                both = plain.keys() & words.keys()
                if not both or max(abs(plain[one] - words[one]) for one in both) > _SAME:
                    raise Malformed("log-probabilities of what was sampled")
                held = True
            listed.append(words)
        return Places(list(ids[start:]), listed, self._texts)

    def writes(self, ids: Sequence[int], most: int) -> Places:
        """What it goes on with at temperature 0."""
        wrote: list[int] = []
        listed: list[dict[int, float]] = []
        ended = False
        while len(wrote) < most and not ended:
            before = [*ids, *wrote]
            free, ended = self._next(before, self._k)
            if free:
                ((own, words),) = free.items()
            else:
                words = self._beside(before, self._k)
                own = max(words, key=words.__getitem__)
            wrote.append(own)
            listed.append(words)
        return Places(wrote, listed, self._texts)

    def _at(self, before: Sequence[int], own: int) -> dict[int, float]:
        """ln p of what is listed behind a text, a token of its own among it."""
        if found := self._next(before, self._k, own)[0]:
            if own not in found:
                raise Malformed("another token was written")
            return found[own]
        words = self._beside(before, _ALL)
        best = sorted(words, key=words.__getitem__, reverse=True)[: self._k]
        return {one: words[one] for one in dict.fromkeys((*best, own))}

    def _beside(self, before: Sequence[int], k: int) -> dict[int, float]:
        """The list behind a text where what is meant is part of a character."""
        found = self._next(before, k, self._whole)[0]
        if self._whole not in found:
            raise Malformed("another token was written")
        words = found[self._whole]
        if len(words) > k:  # it is none of the most likely
            del words[self._whole]
        return words

    def _next(
        self, before: Sequence[int], k: int, own: int | None = None
    ) -> tuple[dict[int, dict[int, float]], bool]:
        """What is written next, with its list; nothing of half a character. Whether it ends."""
        asked = {"prompt": list(before), "max_tokens": 1, "temperature": 0.0}
        bias = {} if own is None else {"logit_bias": [[own, _FORCED]]}
        answer = self._complete({**asked, "logprobs": k, "n_probs": k, **bias})
        found, ended = served_answers.one_written(answer)
        self._texts |= found.texts
        return dict(zip(found.ids, found.listed, strict=True)), ended
