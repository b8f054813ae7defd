"""What a reader may change of a presentation: told once, drawn by the page, kept by the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Option:
    """One choice of a presentation."""

    name: str  # as the address, `--option` and a report's part call it
    title: str  # what a reader reads beside it, marked `N_`
    # Each value and what a reader calls it (marked `N_`); empty for a switch.
    choices: tuple[tuple[str, str], ...] = ()
    # What is shown where nothing was chosen; `False` or `True` makes it a switch.
    default: str | bool = ""
    help: str = ""  # what it changes, marked `N_`
    figure: str = ""  # name of the picture it stands above; empty where it changes the whole

    def chosen(self, given: object) -> str | bool:
        """`given` where it is one of the choices, else the default."""
        if isinstance(self.default, bool):
            return self.default if given is None else str(given).lower() in {"1", "true", "on"}
        values = [value for value, _title in self.choices]
        return str(given) if str(given) in values else self.default


def chosen(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, str | bool]:
    """The value of every option: what was `given` where it can be, else its default."""
    return {option.name: option.chosen(given.get(option.name)) for option in options}
