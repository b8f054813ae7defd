"""The command that repeats a run without a browser."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from fairviz.analyses.base import Request
from fairviz.analyses.identity import card_of
from fairviz.core.specs import ModelSpec
from fairviz.metrics.traces import BOTH
from fairviz.models.catalog import BUNDLED

# An option's name and its value; True is an option of no value, and without a value it is left out.
Given = tuple[str, object]


def command(*words: str, given: Iterable[Given] = ()) -> str:
    """`python -m fairviz` with words and options, each quoted as a POSIX shell reads it."""
    options = [
        word
        for name, value in given
        if value is not None and value is not False and str(value)
        for word in ([f"--{name}"] if value is True else [f"--{name}", str(value)])
    ]
    return shlex.join(["python", "-m", "fairviz", *words, *options])


def of_models(request: Request, known: Mapping[str, Any], *given: Given) -> list[Given]:
    """Both models as they were read, what else was asked, device and number format."""
    two = [(side, _pinned(getattr(request, side), known, side)) for side in BOTH]
    machine = {name: known.get(name) or card_of(known, BOTH[0]).get(name) for name in _MACHINE}
    where = [(name, str(said).split(":")[0]) for name, said in machine.items() if said]
    return [*two, *given, *where]


_MACHINE = ("device", "dtype")


def _pinned(spec: ModelSpec, known: Mapping[str, Any], side: str) -> str:
    """The model as a command names it, with the commit that was read where there is one."""
    revision = str(card_of(known, side).get("revision", ""))
    is_commit = len(revision) == 40 and all(char in "0123456789abcdef" for char in revision)
    if spec.revision or not is_commit or spec.source in BUNDLED:
        return str(spec)
    return str(ModelSpec(spec.source, revision, spec.compression))
