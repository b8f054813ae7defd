"""The command that repeats an item without a browser."""

from __future__ import annotations

import shlex
from collections.abc import Iterable


def command(*words: str) -> str:
    """`python -m fairviz` with these words, each quoted as a POSIX shell reads it."""
    return shlex.join(["python", "-m", "fairviz", *words])


def options(pairs: Iterable[tuple[str, object]]) -> list[str]:
    """`--name value` of each pair that has a value."""
    return [
        word
        for name, value in pairs
        if value is not None and str(value) != ""
        for word in (f"--{name}", str(value))
    ]
