"""Sizes in bytes, as people read and write them."""

from __future__ import annotations

import re

from fairviz.core.errors import BadSpec
from fairviz.i18n import _

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?", re.IGNORECASE)


def size_in_words(size: int) -> str:
    """Bytes as people read them, in the reader's language: 1.23 GB (of 10^9), 340 MB, 20.1 kB."""
    if size >= 0.9995 * 10**9:
        return _("{n:.3g} GB", n=size / 10**9)
    if size >= 0.9995 * 10**6:
        return _("{n:.3g} MB", n=size / 10**6)
    return _("{n:.3g} kB", n=size / 10**3)


def size_in(words: str, name: str) -> int | None:
    """Bytes of a size such as `500 MB` (of 10^6) or `2GB`; `none` is None.

    Raises:
        BadSpec: If it is no size.
    """
    if words.strip().lower() == "none":
        return None
    found = _SIZE.fullmatch(words.strip())
    if found is None:
        raise BadSpec(
            _("{name} is {words!r}, which is no size.", name=name, words=words),
            fix=_("Write it as in 5GB or 500MB, or none for no limit."),
        )
    return int(float(found[1]) * _UNITS[found[2].lower()])
