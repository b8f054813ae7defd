"""What servers answer, in each of their forms: the tokens that they list at every place of a text.

A stranger's answer may be anything: whatever is not of the form raises `Malformed`, and an id that
has several spellings `Impossible`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from fairviz.core.shortened import shortened
from fairviz.i18n import _

P = ParamSpec("P")
R = TypeVar("R")
# How vLLM spells a token by its id, where it is asked to.
_BY_ID = "token_id:"
# Words of a server that are told.
_TOLD = 300


class Malformed(Exception):
    """An answer that lacks what was asked for."""


class Impossible(Exception):
    """An answer in a known form that cannot be true; it says why in the current language."""


class Places(NamedTuple):
    """What a model expects at each token of a text."""

    ids: list[int]  # the tokens that stand there
    listed: list[
        dict[int, float]
    ]  # for each, ln p of the tokens that are listed, its own among them
    texts: dict[int, str]  # of tokens, as far as the server spells them


def _strict(read: Callable[P, R]) -> Callable[P, R]:
    """`Malformed` for whatever is not there or of another type."""

    @wraps(read)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise Malformed(str(error)) from error

    return checked


@_strict
def token_ids(answer: Any) -> list[int]:
    """The tokens of a text, of vLLM, SGLang and llama.cpp."""
    found = answer["tokens"]
    ids = [_id(one["id"] if isinstance(one, dict) else one) for one in found]
    if not ids:
        raise ValueError("no tokens")
    return ids


def of_prompt(answer: Any, ids: Sequence[int]) -> Places | None:
    """vLLM's `prompt_logprobs`; None where the answer has none."""
    choice = _choice(answer)
    found = choice.get("prompt_logprobs", answer.get("prompt_logprobs"))
    return None if found is None else _of_prompt(found, ids)


@_strict
def _of_prompt(found: Any, ids: Sequence[int]) -> Places:
    texts: dict[int, str] = {}
    listed, read = [], []
    for place, words in enumerate(found[1:], 1):
        words = {_id(name): word for name, word in words.items()}
        for token, word in words.items():
            if isinstance(word.get("decoded_token"), str):
                texts[token] = word["decoded_token"]
        listed.append({token: _ln(word["logprob"]) for token, word in words.items()})
        # The token that stands there is always listed; else the first one is another's.
        own = ids[place] if place < len(ids) and ids[place] in words else next(iter(words), -1)
        read.append(own)
    return Places(read, listed, texts)


@_strict
def of_echo(answer: Any, length: int) -> Places:
    """The older form: `echo` with `logprobs`, of a server that names tokens by their ids."""
    found = _by_ids(_choice(answer)["logprobs"])
    return Places(found.ids[1:length], found.listed[1:length], found.texts)


@_strict
def of_written(answer: Any) -> Places:
    """What was written, in OpenAI's older form by ids, or in llama.cpp's."""
    found = _choice(answer)["logprobs"]
    return _of_content(found["content"]) if "content" in found else _by_ids(found)


@_strict
def one_written(answer: Any) -> tuple[Places, bool]:
    """The one token that llama.cpp wrote, none where it tells nothing of it; whether it ended."""
    choice = _choice(answer)
    places = _of_content((choice["logprobs"] or {"content": ()})["content"])
    if len(places.ids) > 1:
        raise ValueError("more than one token")
    return places, choice.get("finish_reason") == "stop"


@_strict
def untold(answer: Any) -> bool:
    """Whether llama.cpp wrote more tokens than it tells of."""
    wrote = (answer.get("usage") or {}).get("completion_tokens")
    told = (_choice(answer)["logprobs"] or {"content": ()})["content"]
    return type(wrote) is int and wrote > len(told)


def _of_content(words: Iterable[Any]) -> Places:
    texts: dict[int, str] = {}
    ids, listed = [], []
    for word in words:
        rows = [word, *word["top_logprobs"]]
        texts |= {_id(row["id"]): row["token"] for row in rows if isinstance(row["token"], str)}
        ids.append(_id(word["id"]))
        listed.append({_id(row["id"]): _ln(row["logprob"]) for row in rows})
    return Places(ids, listed, texts)


def _by_ids(found: Mapping[str, Any]) -> Places:
    ids = [_spelled(token) for token in found["tokens"]]
    listed = []
    for token, own, words in zip(ids, found["token_logprobs"], found["top_logprobs"], strict=True):
        known = {_spelled(name): _ln(value) for name, value in (words or {}).items()}
        listed.append(known if own is None else {**known, token: _ln(own)})
    return Places(ids, listed, {})


@_strict
def of_sglang(answer: Any, what: str) -> Places:
    """SGLang's own form, of its `input` or its `output`."""
    known = answer["meta_info"]
    own, tops = known[f"{what}_token_logprobs"], known[f"{what}_top_logprobs"]
    texts: dict[int, str] = {}
    ids, listed = [], []
    for (value, token, *_text), words in zip(own, tops, strict=True):
        if value is None:  # the first token of a text, which nothing stands before
            continue
        words = words or []
        texts |= {_id(word[1]): word[2] for word in words if isinstance(word[2], str)}
        ids.append(_id(token))
        listed.append({**{_id(word[1]): _ln(word[0]) for word in words}, _id(token): _ln(value)})
    return Places(ids, listed, texts)


def reason(content: bytes, told: Callable[[str], str] = str) -> str:
    """What a server says of why it refuses, as one short line; `told` hides what none may read."""
    text = content[:10_000].decode("utf-8", "replace")
    try:
        said = json.loads(text)
        for name in ("error", "detail", "message"):
            said = said.get(name, said) if isinstance(said, dict) else said
        text = said if isinstance(said, str) else json.dumps(said)
    except (ValueError, RecursionError):
        pass
    # Hidden before it is cut, so that no part of it stays.
    line = "".join(char if char.isprintable() else " " for char in told(text))
    return shortened(line, _TOLD) or "–"


@_strict
def _choice(answer: Any) -> Any:
    choice = answer["choices"][0]
    if not isinstance(choice, dict):
        raise TypeError("a choice is no object")
    return choice


def _spelled(name: str) -> int:
    if not name.startswith(_BY_ID):
        raise ValueError("tokens by their texts, which several may share")
    return _id(name.removeprefix(_BY_ID))


def _id(value: Any) -> int:
    if isinstance(value, str) and (not value.isdecimal() or value != str(int(value))):
        # Two spellings of one id would be two tokens.
        raise Impossible(_("“{id}” is not how the id of a token is written", id=shortened(value)))
    found = int(value)
    if isinstance(value, float | bool) or not 0 <= found < 2**31:
        raise ValueError("no id of a token")
    return found


def _ln(value: Any) -> float:
    found = float(value)
    if math.isnan(found) or isinstance(value, str):
        raise ValueError("a log-probability is no number")
    return found
