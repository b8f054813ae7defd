"""What a reader may change of a presentation: told once, drawn by the page, kept by the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Option:
    """One choice of a presentation.

    Attributes:
        name: As the address, `--option` and a report's part call it.
        title: What a reader reads beside it, marked `N_`.
        choices: Each value and what a reader calls it (marked `N_`); empty for a switch.
        default: What is shown where nothing was chosen; `False` or `True` makes it a switch.
        help: What it changes, marked `N_`.
        figure: Name of the picture it stands above; empty where it changes the whole.
    """

    name: str
    title: str
    choices: tuple[tuple[str, str], ...] = ()
    default: str | bool = ""
    help: str = ""
    figure: str = ""

    def chosen(self, given: object) -> str | bool:
        """`given` where it is one of the choices, else the default."""
        if isinstance(self.default, bool):
            return self.default if given is None else str(given).lower() in {"1", "true", "on"}
        values = [value for value, _title in self.choices]
        return str(given) if str(given) in values else self.default


def chosen(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, str | bool]:
    """The value of every option: what was `given` where it can be, else its default."""
    return {option.name: option.chosen(given.get(option.name)) for option in options}
