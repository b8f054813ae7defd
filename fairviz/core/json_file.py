"""JSON out of a file that someone else wrote: a document, or one value a line."""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from fairviz.core.errors import Unreadable
from fairviz.core.text_file import lines, text_of
from fairviz.i18n import _

# A cell that begins so is an object that a program has written out.
_OBJECT = re.compile(r"""\s*(?:[\[(]\s*)?\{\s*(["'])[^"'{}]{0,200}\1\s*:""")
# Written-out objects that are read: neither longer nor deeper.
_MOST_CHARACTERS, _MOST_DEPTH = 200_000, 40


class Line(NamedTuple):
    """One line: what stands there, or why it is no JSON (empty where it is)."""

    number: int
    value: Any
    why: str


def document(content: bytes, name: str, *, halves: bool = False) -> Any:
    """What a JSON file holds; of one object a line a list of them.

    Args:
        halves: Whether halves of characters (lone surrogates) are let through.

    Raises:
        BadText: If it is no text.
        Unreadable: With the line, if it is not JSON.
    """
    text = text_of(content, name)
    try:
        found = json.loads(text)
        if not halves and "\\ud" in text.lower() and half(found):
            raise ValueError("half of a character (a lone surrogate)")
        return found
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            listed = list(json_lines(text))
            if not any(line.why for line in listed):
                return [line.value for line in listed]
        raise Unreadable(
            _(
                "{name}, line {line}: this is not JSON ({why}).",
                name=name,
                line=error.lineno,
                why=error.msg,
            ),
            fix=_("Mend that line; if the file was cut off, copy it again."),
        ) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            _("{name} is JSON that cannot be taken in ({why}).", name=name, why=_short(error)),
            fix=_("Write a list of flat objects, [ {…}, {…} ]."),
        ) from error


def json_lines(text: str) -> Iterator[Line]:
    """Each line's value; blank lines are passed over."""
    for number, line in enumerate(lines(text), 1):
        if line.strip():
            try:
                yield Line(number, json.loads(line), "")
            except (ValueError, RecursionError) as error:
                yield Line(number, None, _short(error))


def half(value: Any) -> bool:
    """Whether it holds half of a character (a lone surrogate), which no file can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def finite(value: Any) -> Any:
    """The same with None for what is no number, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    return [finite(one) for one in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """A value as JSON has it, at any depth: None for what is missing or not finite, a list for an
    array or a tuple, text for anything else."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    import pandas as pd

    return None if pd.isna(value) else str(value)


def spells_object(cell: str) -> bool:
    """Whether a cell is an object that a program has written out, such as `{'text': 'She'}`."""
    return _OBJECT.match(cell) is not None


def is_object(cell: Any) -> bool:
    """Whether a cell is an object or a list, or spells an object: no text to give a model."""
    return spells_object(cell) if isinstance(cell, str) else isinstance(cell, dict | list)


def spelled(cell: Any) -> Any:
    """The object that a cell spells, in JSON or as Python writes it; any other cell as it is.

    Numbers that are none (`nan`) become None, numpy's `array([…])` a list. What begins like an
    object and is none stays a text, which `spells_object` tells.
    """
    if not isinstance(cell, str) or len(cell) > _MOST_CHARACTERS or not spells_object(cell):
        return cell
    try:
        return finite(json.loads(cell))
    except (ValueError, RecursionError):
        pass  # not JSON; perhaps Python's
    if _depth(cell) > _MOST_DEPTH:
        return cell
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(cell.strip(), mode="eval")
        return finite(ast.literal_eval(_Plain().visit(tree)))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return cell


class _Plain(ast.NodeTransformer):
    """Python's spelling of what is no literal of it."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(None) if node.id in ("nan", "inf") else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "array" and node.args:
            return self.visit(node.args[0])  # type: ignore[no-any-return]
        return node


def _depth(cell: str) -> int:
    steps = (1 if mark in "[({" else -1 for mark in re.findall(r"[\[({\])}]", cell))
    return max(accumulate(steps), default=0)


def _short(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)
