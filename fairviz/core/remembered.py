"""What was made of a large object once, for as long as that is there."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


def remembered(make: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """A function whose results are kept by the identity of its first argument, which nothing
    changes, and by the values of the others; they go when it does."""
    kept: dict[int, dict[Hashable, R]] = {}

    @wraps(make)
    def found(of: T, /, *given: P.args, **named: P.kwargs) -> R:
        if id(of) not in kept:
            kept[id(of)] = {}
            weakref.finalize(of, kept.pop, id(of), None)
        made: dict[Hashable, Any] = kept[id(of)]
        asked = given, tuple(sorted(named.items()))
        if asked not in made:
            made[asked] = make(of, *given, **named)
        result: R = made[asked]
        return result

    return cast("Callable[Concatenate[T, P], R]", found)
