"""Whether the JSON of a stranger's run has the shape that fairviz writes, before pages rely on it.

A shape is a type, a tuple of shapes of which one fits, a list of one shape (of every entry), or a
dictionary: key -> shape. A key that ends in `?` may be absent, `*` stands for every other key;
without it, other keys are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class Whole:
    """A number that counts something: from 0, and one that a table can hold."""


class Date:
    """A moment as ISO 8601 has it."""


class Single:
    """A text of at most 4,000 characters: a name."""


_CARD = {
    "source?": Single,
    "revision?": Single,
    "method?": Single,
    "parameters?": Whole,
    "bits_per_weight?": float,
    "zero_share?": float,
    "bytes_in_memory?": Whole,
    "bytes_on_disk?": Whole,
    "device?": Single,
    "dtype?": Single,
    "bos?": Single,
    "context_length?": (Whole, None),
    "gguf?": {"architecture?": Single, "name?": Single, "types?": Single},
    "made_with?": Single,
    "arguments?": str,
}
_PROVENANCE = {
    "baseline?": _CARD,
    "compressed?": _CARD,
    "versions?": {"*": Single},
    "date?": (Date, ""),
    "device?": Single,
    "dtype?": Single,
    "platform?": Single,
}
# English text, or what it is in any language.
_MESSAGE = (str, {"text": str, "message": [str], "values": {}})
_SKIP = {"which": _MESSAGE, "reason": _MESSAGE}
_FLOOR = {
    "how?": str,
    "n?": Whole,
    "share?": float,
    "changed?": float,
    "relation?": (float, None),
    "size?": {"*": float},
    "size_per_character?": {"*": float},
}
_TWO = {"baseline": Single, "compressed": Single}
SHAPES: Mapping[str, Any] = {
    "run.json": {
        "question": {**_TWO, "prompt": str, "decoding": {"*": float}},
        "context": [str],
        "first_divergence": (Whole, None),
        "provenance": _PROVENANCE,
    },
    "reading.json": {
        "read": {**_TWO, "texts": [str]},
        "contexts": [[str]],
        "floor": _FLOOR,
        "provenance": _PROVENANCE,
    },
    "audit.json": {
        "asked": {**_TWO, "source": str, "content": str, "kind": Single, "max_new_tokens": Whole}
    },
    "done.json": {
        "rows": Whole,
        "left_out": [([str], _SKIP)],
        "provenance": _PROVENANCE,
        "floor": _FLOOR,
        "date": (Date, ""),
    },
    "probe.json": {
        "date": (Date, ""),
        "asked": {
            **_TWO, "probe": Single, "source": str, "content": str, "n": Whole, "settings": {}
        },
        "neutral": (float, None),
        "details": [Single],
        "warts": {"*": Whole},
        "left_out": [_SKIP],
        "provenance": _PROVENANCE,
    },
    "tradeoff.json": {
        "date": (Date, ""),
        "asked": {"baseline": Single, "forms": [Single], "text": Single, "text_hash": Single},
        "points": [
            {
                **dict.fromkeys(("name", "method", "family", "text", "text_hash"), Single),
                **dict.fromkeys(("bytes_on_disk", "bytes_in_memory", "tokens", "skipped"), Whole),
                **dict.fromkeys(("kl", "kl_low", "kl_high"), float),
                **dict.fromkeys(("perplexity", "perplexity_ratio"), float),
                "bias_shift": (float, None),
            }
        ],
        "whole": {"*": float},
        "refused": {"*": str},
        "provenance": _PROVENANCE,
    },
    "source.json": {
        "name": Single,
        "title": Single,
        "citation": str,
        "bibtex": str,
        "item_level": bool,
        "cells": Whole,
        "kept": Whole,
        "holes": [str],
        "caveats": [str],
    },
    "review.json": {
        "title": Single,
        "date": Date,
        "seed": Single,
        "version": Single,
        "left_out": {"*": Whole},
        "items": [
            {
                **_TWO,
                "id": Single,
                "prompt": str,
                "texts": [str],
                "source": {},
                "provenance": _PROVENANCE,
                "sensitive": bool,
            }
        ],
    },
}  # fmt: skip


def misshapen(found: Any, name: str) -> str:
    """Where a document is not what fairviz writes into files of this name; empty where it is."""
    return _wrong(found, SHAPES[name], name) if name in SHAPES else ""


def _wrong(found: Any, shape: Any, at: str) -> str:
    """The first place that does not fit."""
    if isinstance(shape, tuple):
        return "" if any(not _wrong(found, one, at) for one in shape) else at
    if isinstance(shape, list):
        if not isinstance(found, list):
            return at
        places = (_wrong(one, shape[0], f"{at}[{place}]") for place, one in enumerate(found))
        return next(filter(None, places), "")
    if isinstance(shape, dict):
        return _wrong_keys(found, shape, at)
    return "" if _fits(found, shape) else at


def _wrong_keys(found: Any, shape: Mapping[str, Any], at: str) -> str:
    if not isinstance(found, dict):
        return at
    for key, one in shape.items():
        name = key.removesuffix("?")
        if key != "*" and name not in found:
            if name == key:
                return f"{at}.{name}"
            continue
        inside = found.values() if key == "*" else (found[name],)
        if wrong := next(
            filter(None, (_wrong(value, one, f"{at}.{name}") for value in inside)), ""
        ):
            return wrong
    return ""


def _fits(found: Any, kind: Any) -> bool:
    if kind in (None, ""):
        return bool(found == kind)
    if kind is Whole:
        return type(found) is int and 0 <= found < 1 << 63
    if kind is float:  # NaN is what was not measured
        return type(found) in (int, float) and not abs(found) > 1e300
    if kind is Single:
        return isinstance(found, str) and len(found) <= 4000
    if kind is Date:
        return isinstance(found, str) and _is_date(found)
    return type(found) is kind


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
