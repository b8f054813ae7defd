"""What a probe is, what it reads, and what comes out, for pages, command line and tests alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from fairviz.core.declared import declared
from fairviz.core.errors import BadSpec
from fairviz.core.setting import Setting, settled
from fairviz.core.skips import Skip
from fairviz.i18n import _
from fairviz.models.pair import Pair
from fairviz.probes.labels import heading


@dataclass(frozen=True, eq=False)
class Items:
    """What a probe puts before both models.

    Attributes:
        source: What a reader calls the set, such as `bundled` or a file's name.
        rows: One row an item; the columns are the probe's own, `id` and `group` among them.
        left_out: Items of a file that could not be used, each with its line and why.
        warts: What is odd in the file and was survived, in words, with how often.
        content: Hash of what the rows hold.
    """

    source: str
    rows: pd.DataFrame
    left_out: tuple[Skip, ...] = ()
    warts: Mapping[str, int] = field(default_factory=dict)
    content: str = ""

    @classmethod
    def of_file(
        cls,
        source: str,
        rows: Sequence[Mapping[str, Any]],
        left_out: Sequence[Skip],
        warts: Mapping[str, int],
        content: bytes,
        second: tuple[bytes, str] | None = None,
    ) -> Items:
        """Items of one file or of two, called by their names and known again by their bytes."""
        if second is not None:
            source, content = f"{source} and {second[1]}", content + second[0]
        known = hashlib.sha256(content).hexdigest()[:16]
        return cls(source, pd.DataFrame(rows), tuple(left_out), dict(warts), known)


class Step(NamedTuple):
    """How far a run is.

    Attributes:
        done: Units that are finished.
        of: All of them.
        rows: The finished item rows since the last step, so that a page can show them early.
        null: Whether null models read now, after all is measured.
    """

    done: int
    of: int
    rows: Any = None
    null: bool = False


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came out of a probe.

    Attributes:
        items: One row an item with both models' numbers: `id`, `group`, `text` (what a
            reader recognizes it by), `prompt` (what Compare opens with), `baseline`,
            `compressed` (the item's measure), `shift`, `flip` (bool), and the probe's own.
        groups: One row a group and a first row `all`: `group`, `n`, `baseline`,
            `baseline_low`, `baseline_high`, `compressed`, `compressed_low`,
            `compressed_high`, `difference`, `low`, `high` (of the difference), `flips`, `p`
            (of the paired test), `units` (independent ones behind it; not in outcomes kept by
            schema 1) and `p_holm` (over the groups, NaN in the row `all`).
        measure: What `baseline` and `compressed` of a group are, with unit.
        neutral: The value of `measure` that means no preference; NaN where there is none.
        sentences: What the statistics allow, ready to be read.
        details: Further tables by name, such as word rates or the tokens of a swap.
        metrics: Rows in the columns of `fairviz.benchmarks.schema`, without the settings
            of the two models: `metric`, `axis`, `group`, `level`, `n`, `value`, `low`,
            `high`, `unit`, `worse` and `side` (`baseline` or `compressed`).
        order: (N,) place of each item among those measured, in whose order the statistics draw;
            None in outcomes that an older fairviz kept.
    """

    items: pd.DataFrame
    groups: pd.DataFrame
    measure: str
    neutral: float
    sentences: tuple[str, ...]
    details: Mapping[str, pd.DataFrame]
    metrics: pd.DataFrame
    order: npt.NDArray[np.int64] | None = None

    @property
    def measured(self) -> pd.DataFrame:
        """The items as they were measured, one behind the other."""
        if self.order is None:
            raise ValueError("nobody knows in which order they were measured")
        return self.items.iloc[np.argsort(self.order)].reset_index(drop=True)


class Kept(NamedTuple):
    """What is there of a run when its numbers are computed anew.

    Attributes:
        items: As they were measured.
        outcome: What the run kept.
        source: What the set is called.
        model: The baseline's source, such as `demo`.
    """

    items: pd.DataFrame
    outcome: Outcome
    source: str
    model: str


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One way to measure whom a pair prefers.

    Attributes:
        name: As on the command line and in addresses.
        title: What a page calls it.
        question: What it asks, in one sentence a newcomer understands.
        cannot: What its numbers cannot show.
        headline: What a sentence about the row `all` calls its number; empty where the outcome's
            measure, up to its first colon, says it.
        item: What `baseline` and `compressed` of one item are, as a sentence goes on.
        paper: Where it comes from; empty for our own.
        benchmark: Its name in the published tables; empty where they have none.
        dimension: degeneration, representation, dialect or language.
        models: Whether both models are run; else answers or scores are read from the items.
        chat: Whether its items are prompts, which a chat template can hold.
        writes: Whether both models write at once, rather than read what is there.
        sensitive: Whether its items hold stereotypes, so that a note stands before them.
        formats: The file formats that `read` takes, in words.
        bundled: The project's own items; None where there are none.
        read: Items from a file's bytes and name.
        run: Measures a pair on items; `pair` is None where `models` is False. Told each step,
            which may raise to stop.
        again: The same from what is kept, without models; None where nothing can be computed anew.
        settings: What may be set. Each of the four takes those that it names as keyword
            arguments.
        second: What `read` also takes, as `second=(content, name)`; empty where it takes one
            file only.
        second_needed: Whether one file alone is not enough.
        tables: What a page calls the further tables of an outcome, by their names there.
    """

    name: str
    title: str
    question: str
    cannot: str
    item: str
    formats: str
    read: Callable[..., Items]
    run: Callable[..., Outcome]
    bundled: Callable[..., Items] | None = None
    again: Callable[..., Outcome] | None = None
    paper: str = ""
    headline: str = ""
    benchmark: str = ""
    dimension: str = "representation"
    models: bool = True
    chat: bool = False
    writes: bool = False
    sensitive: bool = False
    settings: tuple[Setting, ...] = ()
    second: str = ""
    second_needed: bool = False
    tables: Mapping[str, str] = field(default_factory=dict)

    def settled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every setting, those that are not given at their defaults.

        Raises:
            BadSpec: If there is no such setting, or it cannot be what it is given as.
        """
        return settled(self.settings, given, self.name)

    def items(self, files: Sequence[tuple[bytes, str]], given: Mapping[str, Any]) -> Items:
        """What is measured: the project's own items where no file is given.

        Args:
            files: Bytes and name of the first and of the second file, as far as there are.

        Raises:
            BadSpec: If a setting cannot be, or a file is missing or too many.
            FairvizError: If a file cannot be read.
        """
        settings = self.settled(given)
        if not files:
            if self.bundled is None:
                raise BadSpec(
                    _("{name} has no items of its own.", name=self.name),
                    fix=_("Give {formats}.", formats=_(self.formats)),
                )
            return self.bundled(**_taken(self.bundled, settings))
        if len(files) > 1 and not self.second:
            raise BadSpec(_("{name} takes one file.", name=self.name), fix=_("Leave one out."))
        if len(files) < 2 and self.second_needed:
            raise BadSpec(
                _("{name} needs two files.", name=self.name),
                fix=_("Give the second too: {second}.", second=_(self.second)),
            )
        second = {"second": files[1]} if len(files) > 1 else {}
        return self.read(*files[0], **_taken(self.read, settings) | second)

    def measure(
        self,
        pair: Pair | None,
        items: Items,
        on_step: Callable[[Step], None],
        given: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """What both models say to the items.

        Raises:
            BadSpec: If a setting cannot be, or no pair is given to a probe that needs one.
        """
        settings = self.settled(given or {})
        if self.models and pair is None:
            raise BadSpec(
                _("{name} reads two models.", name=_(self.title)),
                fix=_("Give a baseline and a compressed model."),
            )
        return self.run(pair, items, on_step, **_taken(self.run, settings))

    def anew(self, kept: Kept, settings: Mapping[str, Any]) -> Outcome | None:
        """All that is computed of what the models gave, from that; None where it cannot be.

        Raises:
            FairvizError: If a setting names what is not here.
        """
        if self.again is None or kept.outcome.order is None:
            return None
        return self.again(kept, **_taken(self.again, self.settled(settings)))

    def table(self, name: str) -> str:
        """What a further table of an outcome is called."""
        return _(self.tables[name]) if name in self.tables else heading(name)


def declared_probe(file: str, **functions: Callable[..., Any]) -> Probe:
    """The probe whose words and settings stand in the TOML file beside its module.

    A setting of a name that `record.toml` knows takes from there what it does not say itself. What
    else the file holds is the module's own.

    Args:
        file: The module's `__file__`.
    """
    shared = declared(__file__)["settings"]
    told = declared(file)
    settings = (Setting(**shared.get(one["name"], {}) | one) for one in told.get("settings", ()))
    known = {name: value for name, value in told.items() if name in Probe.__dataclass_fields__}
    return Probe(**known | functions | {"settings": tuple(settings)})


def _taken(function: Callable[..., Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a function names among its keyword arguments."""
    names = {
        name
        for name, parameter in signature(function).parameters.items()
        if parameter.kind is Parameter.KEYWORD_ONLY
    }
    return {name: value for name, value in settings.items() if name in names}
