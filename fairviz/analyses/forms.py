"""Several compressed forms of one baseline: ordinary runs that differ in the form alone, shown in
one table, with one of them selected for the figures and all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairviz.analyses import identity
from fairviz.analyses.presentation import Option, Presentation, Table, chosen, data_frame
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.tradeoff.axes import shown_name
from fairviz.core.declared import sentences_of
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec, digest
from fairviz.i18n import N_, _

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.base import Request

# More would leave no room to read what each wrote.
MOST = 8
_say = sentences_of(__file__)


@dataclass(frozen=True, eq=False)
class Forms:
    """What was measured of each."""

    kind: str  # a key of `ANALYSES`
    results: tuple[Any, ...]  # one a form, at least one
    refused: Mapping[str, str] = field(default_factory=dict)  # form that has no result -> why

    @property
    def names(self) -> tuple[str, ...]:
        """Each form as a reader is told of it."""
        return tuple(shown_name(str(one.request.compressed)) for one in self.results)


def of_names(named: Sequence[str]) -> tuple[ModelSpec, ...]:
    """The forms that are named.

    Raises:
        BadSpec: If there is none, one twice, or more than `MOST`.
    """
    specs = tuple(map(ModelSpec.parse, named))
    if not specs:
        raise BadSpec(_("No compressed model is named."), fix=_("Name one to {most}.", most=MOST))
    for place, spec in enumerate(specs):
        if spec in specs[:place]:
            raise BadSpec(
                _("The compressed form {form} is named twice.", form=spec),
                fix=_("Name each form once."),
            )
    if len(specs) > MOST:
        raise BadSpec(
            _("Too many compressed forms are named."),
            fix=_("Compare at most {most} at a time.", most=MOST),
        )
    return specs


def question(kind: str, request: Request) -> str:
    """What was asked besides the form: equal for forms that can stand in one table."""
    return digest([kind, {**request.document(), "compressed": ""}])


def which(forms: Forms) -> tuple[Option, ...]:
    """Which form is looked at; nothing to choose of one."""
    choices = tuple((str(place), name) for place, name in enumerate(forms.names, 1))
    title = N_("Figures and details of")
    return (Option("form", title, choices, "1"),) if len(choices) > 1 else ()


def options(forms: Forms) -> tuple[Option, ...]:
    """Which form is looked at, and what may be changed of how."""
    return *which(forms), *ANALYSES[forms.kind].options(forms.results[0])


def place_of(forms: Forms, given: Mapping[str, Any]) -> int:
    """The place of the form that the option `form` names."""
    return int(str(chosen(which(forms), given).get("form", "1"))) - 1


def present(forms: Forms, given: Mapping[str, Any], audience: str = "report") -> Presentation:
    """All forms in one table, then everything about the one that the option `form` names.

    Of one form it is what its kind presents.
    """
    analysis, place = ANALYSES[forms.kind], place_of(forms, given)
    selected, name = forms.results[place], forms.names[place]
    if len(forms.results) == 1 and not forms.refused:
        return analysis.present(selected, given, audience)
    others = tuple(one.request.compressed for one in forms.results if one is not selected)
    shown = analysis.present(selected, {**given, "forms": others}, audience)
    mine = _("Compressed model")
    texts = shown.texts
    if forms.kind == "comparison" and audience != "page":
        from fairviz.analyses.comparison.present import texts_of

        texts = texts_of(forms.results, given)
    return replace(
        shown,
        title=_say("title", title=shown.title, n=len(forms.results)),
        question=(
            *(row for row in shown.question if row[0] != mine),
            (_("Compressed forms"), ", ".join(forms.names)),
            (_("Figures and details of"), name),
        ),
        finding=shown.finding
        and replace(
            shown.finding,
            sentence=_("{form}: {sentence}", form=name, sentence=shown.finding.sentence),
        ),
        identities=(
            *shown.identities[:1],
            *(
                card
                for one in forms.results
                for card in identity.cards(one.request, one.provenance)[1:]
            ),
        )
        if shown.identities
        else (),
        texts=texts,
        tables=(side_by_side(forms, given), *shown.tables),
        allowed=(
            *_nearest(forms),
            *(_("{form}: {sentence}", form=name, sentence=one) for one in shown.allowed),
        ),
        not_allowed=(
            *_conditions(forms),
            *(_say("skipped", form=form, why=why) for form, why in forms.refused.items()),
            *shown.not_allowed,
        ),
    )


def side_by_side(forms: Forms, given: Mapping[str, Any] = MappingProxyType({})) -> Table:
    """One row a form, its numbers with their intervals."""
    rows = [
        {
            _("Compressed form"): name,
            **{cell.title: cell.written for cell in ANALYSES[forms.kind].brief(one, given)},
        }
        for name, one in zip(forms.names, forms.results, strict=True)
    ]
    return Table(_("The forms side by side"), data_frame(rows), folded=False, name="forms")


def frame(forms: Forms) -> pd.DataFrame:
    """The same as numbers, under the names of documents, each with the ends of its interval."""
    rows = []
    for one in forms.results:
        row: dict[str, Any] = {"form": str(one.request.compressed)}
        for cell in ANALYSES[forms.kind].brief(one):
            row[cell.name] = cell.value
            if cell.low == cell.low:
                row |= {f"{cell.name}_low": cell.low, f"{cell.name}_high": cell.high}
        rows.append(row)
    return data_frame(rows)


def _nearest(forms: Forms) -> tuple[str, ...]:
    """Which of them moved least and most, where both were measured."""
    kl = {
        name: cell.value
        for name, one in zip(forms.names, forms.results, strict=True)
        for cell in ANALYSES[forms.kind].brief(one)
        if cell.name in ("mean_kl", "kl_mean") and cell.value == cell.value
    }
    if len(kl) < 2:
        return ()
    near, far = min(kl, key=kl.__getitem__), max(kl, key=kl.__getitem__)
    return (_say("nearest", near=near, low=kl[near], far=far, high=kl[far]),)


def _conditions(forms: Forms) -> tuple[str, ...]:
    def of(one: Any) -> tuple[object, ...]:
        text = getattr(one, "on_baseline", None)
        ids = () if text is None else tuple(text.baseline.ids.tolist())
        n = [cell.value for cell in ANALYSES[forms.kind].brief(one) if cell.name == "n"]
        return (*(one.provenance.get(name) for name in ("device", "dtype")), *n, ids)

    same = _("Forms are compared on one and the same text; another text can rank them otherwise.")
    uneven = len({of(one) for one in forms.results}) > 1
    told = (same,) if forms.kind in ("comparison", "reading") else ()
    return (*told, *((_say("uneven"),) if uneven else ()))
