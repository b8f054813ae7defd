"""Text out of a file that someone else wrote."""

from __future__ import annotations

import codecs
import io
import os
from pathlib import Path

from fairviz.core.errors import BadText
from fairviz.i18n import _

# UTF-32's mark begins with UTF-16's.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Of a file's beginning, what is looked at to tell what it is.
_BEGINNING = 1 << 16


def content_of(path: Path) -> bytes:
    """The bytes of a file; `~` is the reader's home.

    Raises:
        BadText: If it cannot be read, or is nothing that ends (a pipe, a device).
    """
    path = Path(os.path.expanduser(path))
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ValueError(_("it is a pipe or a device"))
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BadText(
            _("{path} cannot be read ({why}).", path=path, why=why),
            fix=_("Name a file that can be read."),
        ) from error


def text_of(content: bytes, name: str) -> str:
    """The content of a text file: UTF-8 with or without its mark, UTF-16 and UTF-32 with it.

    Raises:
        BadText: If it is in no such encoding, or empty.
    """
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadText(
            _(
                "{name} is not {encoding} (line {line}, byte {byte}).",
                name=name,
                encoding=encoding.upper().removesuffix("-SIG"),
                line=line,
                byte=error.start,
            ),
            fix=_("Save it as UTF-8."),
        ) from error
    # Every second byte of Latin letters in UTF-16.
    if 3 * text.count("\0", 0, _BEGINNING) > min(len(text), _BEGINNING):
        raise BadText(
            _("{name} looks like UTF-16 without the mark that says so.", name=name),
            fix=_("Save it as UTF-8."),
        )
    if not text.strip():
        raise BadText(
            _("{name} is empty.", name=name), fix=_("Give a text of at least two tokens.")
        )
    return text.removeprefix("\ufeff")


def beginning(content: bytes) -> str:
    """How a file begins as text, without blanks before; what is no text reads as anything."""
    start = content[:_BEGINNING]
    return start.decode(_encoding(content), errors="replace").lstrip("\ufeff \t\r\n")


def lines(text: str) -> list[str]:
    """Lines with their ends, as an editor counts them: U+2028 within a text ends none."""
    return list(io.StringIO(text, newline=""))


def _encoding(content: bytes) -> str:
    return next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8-sig")
