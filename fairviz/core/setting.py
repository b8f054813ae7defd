"""What a person may set of something that runs: told once, for widgets, `--set`, `--help`, checks.

A `Setting` changes what is measured; an `Option` of a presentation only what is shown of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fairviz.core.errors import BadSpec
from fairviz.i18n import _, listed


@dataclass(frozen=True)
class Setting:
    """One setting of a probe or of a method."""

    name: str  # as in `--set NAME=VALUE`, in addresses, and as the keyword of what it is given to
    default: Any  # what it is where nobody says otherwise; its type is the setting's
    title: str  # what a page calls it, marked `N_`
    help: str  # what it changes, one sentence marked `N_`
    # Value -> what a page calls it, marked `N_`; empty where anything can be said.
    choices: Mapping[str, str] = field(default_factory=dict)
    free: bool = False  # whether something else than the choices can be said too
    minimum: float | None = None  # the least number that it can be; None for any
    maximum: float | None = None  # the greatest; None likewise
    # Whether it says which items there are: `all` of any origin, `bundled` the project's own only,
    # `typed` those that the setting spells itself; empty where it says how items are measured.
    affects_items: Literal["", "all", "bundled", "typed"] = ""
    example: str = ""  # what a page shows in an empty field, marked `N_` where it holds words
    # Endings of a file that a page takes for it; empty where it takes none. Its value is then a
    # path, or the bytes of a file and its name.
    upload: tuple[str, ...] = ()

    def value(self, given: Any) -> Any:
        """What was given, in the type of the default.

        Raises:
            BadSpec: If it is not of that type, not one of the choices, or out of bounds.
        """
        value = self._typed(given)
        if self.choices and not self.free and value not in self.choices:
            names = _(" or ").join(name or "''" for name in self.choices)
            raise self._refused(given, _("Use {names}.", names=names))
        if self.minimum is not None and not value >= self.minimum:
            raise self._refused(given, _("Give {n:g} or more.", n=self.minimum))
        if self.maximum is not None and not value <= self.maximum:
            raise self._refused(given, _("Give {n:g} or less.", n=self.maximum))
        return value

    def _typed(self, given: Any) -> Any:
        kind = type(self.default)
        if self.upload and isinstance(given, tuple):
            return given
        if kind is bool:
            if str(given).lower() not in ("true", "false"):
                raise self._refused(given, _("Say true or false."))
            return str(given).lower() == "true"
        if kind is str:
            if not isinstance(given, str):
                raise self._refused(given, _("Give a text."))
            return given
        try:
            return kind(str(given))  # as text, so that 2.5 is no whole number
        except ValueError:
            fix = _("Give a whole number.") if kind is int else _("Give a number.")
            raise self._refused(given, fix) from None

    def _refused(self, given: Any, fix: str) -> BadSpec:
        return BadSpec(_("{name} is '{value}'.", name=self.name, value=given), fix=fix)


def settled(settings: Sequence[Setting], given: Mapping[str, Any], of: str) -> dict[str, Any]:
    """The value of every setting: what was given, checked, else its default.

    Raises:
        BadSpec: If one is given that there is not, or cannot be what it is given as.
    """
    known = {setting.name: setting for setting in settings}
    for name in given:
        if name not in known:
            raise BadSpec(
                _("{of} has no setting '{name}'.", of=of, name=name),
                fix=_("It has {names}.", names=listed(list(known)) if known else _("none")),
            )
    return {
        name: setting.value(given[name]) if name in given else setting.default
        for name, setting in known.items()
    }
