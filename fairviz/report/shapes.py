"""Whether the JSON of a stranger's run has the shape that fairviz writes, before pages rely on it.

The shapes stand in `shapes.toml`, and how they are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fairviz.core.declared import declared


def _is_date(found: Any) -> bool:
    try:
        datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return False
    return True


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "none": lambda found: found is None,
    "empty": lambda found: found == "",
    "flag": lambda found: type(found) is bool,
    # From 0, and one that a table can hold.
    "count": lambda found: type(found) is int and 0 <= found < 1 << 63,
    # NaN is what was not measured.
    "number": lambda found: type(found) in (int, float) and not abs(found) > 1e300,
    "text": lambda found: isinstance(found, str),
    "name": lambda found: isinstance(found, str) and len(found) <= 4000,
    "date": _is_date,
    "sha256": lambda found: isinstance(found, str) and bool(re.fullmatch("[0-9a-f]{64}", found)),
}


def misshapen(found: Any, name: str) -> str:
    """Where a document is not what fairviz writes into files of this name; empty where it is."""
    files = declared(__file__)["files"]
    return _wrong(found, files[name], name) if name in files else ""


def _wrong(found: Any, shape: Any, at: str) -> str:
    """The first place that does not fit."""
    if isinstance(shape, str):
        if "|" in shape:
            return at if all(_wrong(found, one, at) for one in shape.split("|")) else ""
        if shape in _KINDS:
            return "" if _KINDS[shape](found) else at
        return _wrong(found, declared(__file__)["parts"][shape], at)
    if isinstance(shape, tuple):
        if not isinstance(found, list):
            return at
        places = (_wrong(one, shape[0], f"{at}[{place}]") for place, one in enumerate(found))
        return next(filter(None, places), "")
    if not isinstance(found, dict):
        return at
    for key, one in shape.items():
        name = key.removesuffix("?")
        if key != "*" and name not in found:
            if name == key:
                return f"{at}.{name}"
            continue
        for value in found.values() if key == "*" else (found[name],):
            if wrong := _wrong(value, one, f"{at}.{name}"):
                return wrong
    return ""
