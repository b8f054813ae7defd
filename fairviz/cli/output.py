"""How a command writes: text that a terminal cannot be fooled by, JSON to a file or stdout."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unicodedata import category

from fairviz.core.errors import FairvizError


def printable(text: str) -> str:
    """A model's text for a terminal: control characters, such as those of colour and
    cursor codes, are written out instead of obeyed."""
    return "".join(
        char if char.isprintable() or char == "\n" or category(char) == "Zs" else _code(char)
        for char in text
    )


def _code(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def counted(n: int, noun: str) -> str:
    """ "1 row", "1,200 rows": a number with a noun whose plural ends in s."""
    return f"{n:,} {noun if n == 1 else f'{noun}s'}"


def write_json(document: object, target: str) -> None:
    """A document as JSON in a file; `-` is stdout.

    Raises:
        FairvizError: If the file cannot be written.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    if target == "-":
        sys.stdout.buffer.write(text.encode() + b"\n")  # JSON is UTF-8, whatever the terminal is
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise FairvizError(
            f"{target} cannot be written ({error.strerror}).", fix="Name another file."
        ) from error
