"""A model behind a server: `openai:URL#MODEL`, asked over HTTP and never loaded.

What is measured there is sent there: the ids of a text's tokens, or the text. A key comes out of
the environment alone, goes only to this machine or over https, and is written nowhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from fairviz.core.declared import refusals_of
from fairviz.core.errors import BadSpec, FairvizError, ModelUnavailable, PromptTooLong
from fairviz.core.json_file import document
from fairviz.core.shortened import shortened
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.i18n import _
from fairviz.models import served_answers
from fairviz.models.served_address import address_of
from fairviz.models.served_answers import Impossible, Malformed, Places
from fairviz.models.served_key import KEY, api_key, can_travel, masked, masked_token
from fairviz.models.served_llamacpp import Speller
from fairviz.models.served_time import TooLate, in_time

# Seconds to connect, between two pieces of an answer (a long text is read first), and for a whole
# one, however it trickles.
_CONNECT, _READ, _WHOLE = 10.0, 300.0, 300.0
# Bytes of an answer: a place with twenty tokens takes some two thousand.
_LARGEST = 2**28
# Answers of a busy server; it is asked again after so many seconds.
_BUSY, _WAITS = {429, 500, 502, 503, 504}, (0.5, 2.0)
_LONGEST_WAIT = 30.0
# Software whose settings are known by their names.
_KNOWN = ("vllm", "sglang", "llamacpp")
# What a server says of an address or a request that it does not know.
_UNKNOWN = {404, 405, 501}
# And, where it is none that is known to read texts, of a field of it.
_NOT_TAKEN = {400, 422}


class NoPrompt(ModelUnavailable):
    """A server that gives no log-probabilities of a text that it is given."""


class _Status(ModelUnavailable):
    """A server that refuses what it is asked."""

    status, why = 0, ""  # of the answer, and what it says


_UNAVAILABLE = refusals_of(__file__, ModelUnavailable)
_STATUS = refusals_of(__file__, _Status)
_BAD = refusals_of(__file__, BadSpec)
_LONG = refusals_of(__file__, PromptTooLong)


class About(NamedTuple):
    """What a server says of itself and of one model."""

    name: str  # the model, as the server calls it
    software: str  # `vllm`, `sglang`, `llamacpp`, or whatever it says; empty where it says nothing
    context_length: int | None  # the most tokens it takes; None where it does not say
    vocabulary_size: int | None


class Server:
    """A model behind a server, asked for the `k` most likely tokens of each place.

    Raises:
        FairvizError: In every method, with the way out, where the server does not do its part.
    """

    def __init__(self, spec: ModelSpec, k: int) -> None:
        self.address, self._k = address_of(spec.source), k
        try:
            self.about = self._about()
        except _Status as error:
            if not self.address.guessed or error.status not in _UNKNOWN:
                raise
            self.address = self.address._replace(url=self.address.root)
            self.about = self._about()
        # How it is asked for a text's log-probabilities.
        known = self.about.software in ("sglang", "llamacpp")
        self._way = self.about.software if known else "vllm"
        self._speller = Speller(self._completion, self.tokens, k)

    def _about(self) -> About:
        found = self._ask(f"{self.address.url}/models")
        try:
            cards = [card for card in found["data"] if isinstance(card["id"], str)]
        except (KeyError, TypeError) as error:
            raise self._not_json("no list of models") from error
        names = ", ".join(shortened(masked(card["id"]), 80) for card in cards[:12]) or "–"
        named = [card for card in cards if card["id"] == self.address.model]
        if not cards:
            if not self.address.model:
                raise self._unavailable("no_models")
            named = [{"id": self.address.model}]  # transformers serve lists what it has fetched
        if self.address.model and not named:
            raise self._unavailable("no_model", model=self.address.model, names=names)
        if not named and len(cards) != 1:
            raise self._unavailable("which_model", names=names)
        card = named[0] if named else cards[0]
        meta = card.get("meta") if isinstance(card.get("meta"), dict) else {}
        sizes = (card.get("max_model_len"), meta.get("n_ctx"), meta.get("n_ctx_train"))
        context = next((one for one in sizes if _count(one)), None)
        software = shortened(masked(str(card.get("owned_by", ""))), 40)
        return About(card["id"], software, context, _count(meta.get("n_vocab")))

    def tokens(self, text: str) -> list[int]:
        """How the server splits a text, with the tokens that it puts before one."""
        asked = {"model": self.about.name, "prompt": text}
        if self.about.software == "llamacpp":
            asked = {"content": text, "add_special": True}  # type: ignore[dict-item]
        try:
            found = self._ask(f"{self.address.root}/tokenize", asked)
            return served_answers.token_ids(found)
        except Impossible as error:
            raise self._unavailable("impossible", why=error) from error
        except (_Status, Malformed) as error:
            raise self._unavailable("no_tokens") from error

    def reads(
        self,
        ids: Sequence[int],
        start: int = 1,
        told: Callable[[int, int], None] = lambda done, of: None,
    ) -> Places:
        """What the server expects at every token of a text from the place `start` on.

        Args:
            told: Told how many tokens of how many are read, where they are asked for one by one.
        """
        self._check_length(len(ids), len(ids))
        spelt = self._way == "llamacpp"
        try:
            places = self._speller.reads(ids, start, told) if spelt else self._read(ids)
        except Impossible as error:
            raise self._unavailable("impossible", why=error) from error
        except Malformed as error:
            raise self._no_prompt("no_prompt") from error
        except _Status as error:
            known = self.about.software in _KNOWN and not spelt
            if error.status not in _UNKNOWN and (known or error.status not in _NOT_TAKEN):
                raise
            raise self._no_prompt("no_prompt_why", why=error.why) from error
        if spelt:
            return self._checked(places, list(ids[start:]))
        ids, listed, texts = self._checked(places, list(ids[1:]))
        return Places(ids[start - 1 :], listed[start - 1 :], texts)

    def _check_length(self, n: int, whole: int) -> None:
        """Refuse a text of n tokens that is to be read as one of `whole`.

        Raises:
            PromptTooLong: If the server takes fewer; those that read a text write one token more.
        """
        most = self.about.context_length
        if most is not None and whole + (self._way != "llamacpp") > most:
            raise _LONG("too_long", n=n, host=self.address.host, most=most)

    def _read(self, ids: Sequence[int]) -> Places:
        if self._way == "sglang":
            found = self._native(ids, {"max_new_tokens": 1, "temperature": 0.0})
            return served_answers.of_sglang(found, "input")
        asked = {"prompt": list(ids), "max_tokens": 1, "temperature": 0.0}
        found = self._completion({**asked, "prompt_logprobs": self._k})
        if (places := served_answers.of_prompt(found, ids)) is not None:
            return places
        # The older form, of servers that name tokens by their ids.
        more = {"echo": True, "logprobs": self._k, "return_tokens_as_token_ids": True}
        try:
            return served_answers.of_echo(self._completion({**asked, **more}), len(ids))
        except _Status as error:
            raise Malformed(error.message) from error

    def writes(self, ids: Sequence[int], decoding: Decoding) -> Places:
        """What the server writes behind a text, with its log-probabilities."""
        self._check_length(len(ids), len(ids) + decoding.max_new_tokens)
        how = {"temperature": decoding.temperature, "seed": decoding.seed, "top_p": decoding.top_p}
        if self.about.software in _KNOWN:
            # Else a model's own settings apply, or a server's: no cut but the one asked for.
            how |= {"top_k": decoding.top_k or -1, "min_p": 0.0, "repetition_penalty": 1.0}
        elif decoding.top_k:
            how["top_k"] = decoding.top_k
        try:
            if self._way == "sglang":
                how = {name: value for name, value in how.items() if name != "seed"}
                settings = {**how, "max_new_tokens": decoding.max_new_tokens}
                return self._checked(
                    served_answers.of_sglang(self._native(ids, settings), "output")
                )
            asked = {
                "prompt": list(ids),
                **how,
                "max_tokens": decoding.max_new_tokens,
                "logprobs": self._k,
                "return_tokens_as_token_ids": True,
                # By its own name, for a server that does not know the other yet.
                **({"n_probs": self._k} if self.about.software == "llamacpp" else {}),
            }
            answer = self._completion(asked)
            if self._way == "llamacpp" and served_answers.untold(answer):
                # Parts of a character, of which it tells nothing.
                if not decoding.greedy:
                    raise self._unavailable("parts_of_characters")
                return self._checked(self._speller.writes(ids, decoding.max_new_tokens))
            return self._checked(served_answers.of_written(answer))
        except Impossible as error:
            raise self._unavailable("impossible", why=error) from error
        except Malformed as error:
            raise self._unavailable("no_written") from error

    def _checked(self, places: Places, wanted: list[int] | None = None) -> Places:
        host = self.address.host
        if wanted is not None and len(places.ids) != len(wanted):
            raise _UNAVAILABLE("other_places", host=host, n=len(places.ids), wanted=len(wanted))
        for place, words in enumerate(places.listed, 1):
            if not words:
                raise self._unavailable("nothing_listed", place=place)
        for place, (theirs, ours) in enumerate(zip(places.ids, wanted or places.ids, strict=True)):
            if theirs != ours:
                raise self.other_tokens(place + 1, ours, theirs)
        return places._replace(texts={t: masked_token(text) for t, text in places.texts.items()})

    def check_ids(self, places: Places, size: int) -> None:
        """Refuse tokens beyond a vocabulary: they are of another model.

        Raises:
            ModelUnavailable: With the first of them.
        """
        beyond = (
            one for one in (*places.ids, *(t for w in places.listed for t in w)) if one >= size
        )
        if (found := next(beyond, None)) is not None:
            raise self._unavailable("beyond", id=found, size=size)

    def other_tokens(self, place: int, ours: object, theirs: object) -> FairvizError:
        """It splits a text otherwise, first at this place."""
        return self._unavailable("other_tokens", place=place, ours=ours, theirs=theirs)

    def not_numbers(self, why: object) -> FairvizError:
        """Its log-probabilities are of no distribution."""
        return self._unavailable("no_numbers", why=why)

    def _completion(self, asked: dict[str, Any]) -> Any:
        whole = {"model": self.about.name, **asked, "stream": False}
        return self._ask(f"{self.address.url}/completions", whole)

    def _native(self, ids: Sequence[int], settings: dict[str, Any]) -> Any:
        asked = {
            "input_ids": list(ids),
            "sampling_params": settings,
            "return_logprob": True,
            "logprob_start_len": 0,
            "top_logprobs_num": self._k,
            "stream": False,
        }
        return self._ask(f"{self.address.root}/generate", asked)

    def _ask(self, url: str, asked: dict[str, Any] | None = None) -> Any:
        """The JSON that an address answers, after waiting for a server that is busy.

        Raises:
            _Status: Where it refuses what is asked.
        """
        import httpx

        host = self.address.host
        headers = {"accept": "application/json"}
        if key := api_key():
            if not can_travel(key):
                raise _BAD("key_form", variable=KEY)
            if not (self.address.local or url.startswith("https:")):
                raise _BAD("key", variable=KEY, host=host)
            headers["authorization"] = f"Bearer {key}"
        times = httpx.Timeout(_READ, connect=_CONNECT)
        for wait in (*_WAITS, None):
            try:
                with (
                    in_time(_WHOLE) as watched,
                    # What stands in the environment as a proxy is not for this machine.
                    httpx.Client(
                        timeout=times,
                        trust_env=not self.address.local,
                        verify=url.startswith("https:"),  # certificates are slow to load
                    ) as client,
                    client.stream(
                        "POST" if asked is not None else "GET",
                        url,
                        json=asked,
                        headers=headers,
                        extensions={"trace": watched},
                    ) as answer,
                ):
                    status, content = answer.status_code, self._content(answer)
                    again = answer.headers.get("retry-after", "")
            except TooLate as error:
                why = _("no whole answer within {n} s", n=f"{_WHOLE:g}")
                raise self._unavailable("silent", why=why) from error
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                why = shortened(masked(str(error)) or type(error).__name__, 120)
                raise self._unavailable("silent", why=why) from error
            if status not in _BUSY or wait is None:
                break
            pause = float(again) if again.isascii() and again.isdecimal() else wait
            time.sleep(min(pause, _LONGEST_WAIT))
        if 300 <= status < 400:
            raise self._unavailable("moved")
        if status != 200:
            said = served_answers.reason(content, masked)
            refused = _STATUS("refused", host=host, status=status, why=said, variable=KEY)
            refused.status, refused.why = status, said
            raise refused
        try:
            return document(content, host)
        except FairvizError as error:
            raise self._not_json(shortened(masked(error.message), 120)) from error

    def _content(self, answer: Any) -> bytes:
        whole = bytearray()
        for piece in answer.iter_bytes():
            whole += piece
            if len(whole) > _LARGEST:
                raise self._unavailable("too_large")
        return bytes(whole)

    def _no_prompt(self, which: str, **values: Any) -> FairvizError:
        return refusals_of(__file__, NoPrompt)(which, host=self.address.host, **values)

    def _unavailable(self, which: str, **values: Any) -> ModelUnavailable:
        return _UNAVAILABLE(which, host=self.address.host, **values)

    def _not_json(self, why: str) -> ModelUnavailable:
        return self._unavailable("not_json", why=why)


def _count(value: Any) -> int | None:
    """A number of tokens, where a server says one."""
    return value if type(value) is int and value > 0 else None
