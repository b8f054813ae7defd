"""The key for a server: out of the environment alone, and in nothing that is shown or written."""

from __future__ import annotations

import json
import os

KEY = "FAIRVIZ_API_KEY"
# What stands where a server repeats it.
_HIDDEN = "•••"
# Shorter ones are words, such as `EMPTY`, that a text may hold.
_SECRET = 8


def api_key() -> str:
    """The key, without the spaces and the line's end around it; empty where there is none."""
    return os.environ.get(KEY, "").strip()


def can_travel(key: str) -> bool:
    """Whether a header can hold it: printable ASCII alone."""
    return key.isascii() and key.isprintable()


def masked(text: str) -> str:
    """What a server says, without the key."""
    if key := api_key():
        for spelled in (key, json.dumps(key)[1:-1]):
            text = text.replace(spelled, _HIDDEN)
    return text


def masked_token(text: str) -> str:
    """A token's text likewise, where the key is more than a word."""
    return masked(text) if len(api_key()) >= _SECRET else text
