"""Text out of a file that someone else wrote."""

from __future__ import annotations

from fairviz.errors import BadText
from fairviz.language import tr


def text_of(content: bytes, name: str) -> str:
    """The content of a UTF-8 file, with or without its mark.

    Raises:
        BadText: If it is not UTF-8, or empty.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadText(
            tr(
                "{name} is not UTF-8 (line {line}, byte {byte}).",
                name=name,
                line=line,
                byte=error.start,
            ),
            fix=tr("Save it as UTF-8."),
        ) from error
    if not text.strip():
        raise BadText(
            tr("{name} is empty.", name=name), fix=tr("Give a text of at least two tokens.")
        )
    return text
