"""What a gate measures, from a TOML file: runs as from Python, and the limits of each."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fairviz import api
from fairviz.analyses.called import Asking, Result, Several, Where, Writing
from fairviz.cli.gate.rules import Rule, rule
from fairviz.core.errors import BadSpec
from fairviz.core.text_file import content_of, text_of

# What may be measured -> its function.
_KINDS: dict[str, Callable[..., Result[Any]]] = {
    "audit": api.audit,
    "probe": api.probe,
    "score": api.score,
    "compare": api.compare,
}
_HOW: dict[str, type] = {"audit": Asking, "probe": Asking, "score": Where, "compare": Writing}
# Fields of a call that no file sets.
_NOT = ("baseline", "compressed", "how", "where", "settings", "on_step", "on_load", "known")
_MODELS = ("baseline", "compressed", "device", "dtype")
# Fields whose values are texts: names of models and files, and what is read.
_WORDS = (
    *_MODELS, "prompts", "items", "labels", "preamble", "second", "task", "name", "prompt", "text",
    "text_file", "chat", "system", "thinking",
)  # fmt: skip


class Run(NamedTuple):
    """One measurement of a file."""

    kind: str  # a key of `_KINDS`
    asked: Mapping[str, Any]  # the values of its call
    rules: tuple[Rule, ...]


def read(path: Path) -> list[Run]:
    """The runs of a file, whose names of files are relative to it.

    Raises:
        BadSpec: If it is no TOML, or asks for what is not known.
    """
    try:
        asked = tomllib.loads(text_of(content_of(path), str(path)))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadSpec(f"{path} is no TOML ({error}).", fix="Correct it there.") from None
    rules, listed = _rules(asked.pop("fail_if", [])), asked.pop("measure", None)
    models = {name: asked.pop(name) for name in _MODELS if name in asked}
    _refuse(asked, (*_MODELS, "fail_if", "measure"), str(path))
    if not isinstance(listed, list) or not listed or not all(isinstance(x, dict) for x in listed):
        raise BadSpec(
            f"{path} measures nothing.",
            fix=f'Give it a table [[measure]] with kind = "audit" ({", ".join(_KINDS)}).',
        )
    return [_run(dict(one), models, rules, path.parent) for one in listed]


def measured(run: Run, told: Callable[[str], None]) -> Sequence[Result[Any]]:
    """The results, one a form.

    Raises:
        FairvizError: If a form cannot be measured: a gate does not open for what it did not see.
    """
    found = _KINDS[run.kind](**run.asked, on_load=told)
    if isinstance(found, Several) and found.refused:
        raise next(iter(found.refused.values()))
    return found.forms if isinstance(found, Several) else (found,)


def _run(
    given: dict[str, Any], models: Mapping[str, Any], rules: tuple[Rule, ...], folder: Path
) -> Run:
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise BadSpec(f"A [[measure]] has the kind {kind!r}.", fix=f"Say {', '.join(_KINDS)}.")
    own = _rules(given.pop("fail_if", []))
    if not (own or rules):
        raise BadSpec(f"Nothing is refused of the {kind}.", fix="Give it fail_if, a list.")
    asked = {**models, **given}
    for name in ("baseline", "compressed"):
        if not asked.get(name):
            raise BadSpec(f"The {kind} has no {name}.", fix=f'Add {name} = "demo" or the like.')
    for name in set(asked) & set(_WORDS):
        value = asked[name]
        several = value if name == "compressed" and isinstance(value, list) else [value]
        if not all(isinstance(one, str) for one in several):
            raise BadSpec(f"{name} of the {kind} is no text.", fix=f'Write {name} = "…".')
    for name in set(given) & set(_NOT) - {"baseline", "compressed"}:
        raise BadSpec(f"No file sets {name} of the {kind}.", fix="Leave it out.")
    for name in ("prompts", "items", "labels", "preamble", "second"):
        if name in asked and is_file(folder / asked[name]):
            asked[name] = str(folder / asked[name])
    if kind == "score" and "text_file" in asked:
        place = folder / str(asked.pop("text_file"))
        asked["text"] = text_of(content_of(place), str(place))
    if kind != "probe":  # a probe refuses settings that it does not have by itself
        known = (*inspect.signature(_KINDS[kind]).parameters, *_HOW[kind].__annotations__)
        _refuse(given, tuple(name for name in known if name not in _NOT), kind)
    return Run(kind, asked, (*rules, *own))


def is_file(path: Path) -> bool:
    """Whether a file of this name is there; a name that no system takes is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _rules(given: object) -> tuple[Rule, ...]:
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise BadSpec("fail_if is no list of limits.", fix='Write fail_if = ["mean_kl > 0.05"].')
    return tuple(map(rule, listed))


def _refuse(given: Mapping[str, Any], known: tuple[str, ...], of: str) -> None:
    for name in given:
        if name not in known:
            raise BadSpec(f"{of} has no {name}.", fix=f"It has {', '.join(known)}.")
