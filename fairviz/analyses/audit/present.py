"""An audit, presented: where the baseline was unsure, what moved, and which answers changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from fairviz.analyses import everyday, identity, null_models
from fairviz.analyses.audit.answers import BIAS_BENCH, LEAST
from fairviz.analyses.audit.null import held
from fairviz.analyses.audit.pictures import pictures
from fairviz.analyses.audit.request import Audit, called
from fairviz.analyses.audit.shown import SHIFT, SHIFTS, Shown, band_told, default_length, shown
from fairviz.analyses.audit.summary import Summary, summary
from fairviz.analyses.audit.tables import COLUMNS, PART_TITLES, label, may_hurt, parted, rows
from fairviz.analyses.estimates import Brief, cell, cells
from fairviz.analyses.identity import command, of_models
from fairviz.analyses.presentation import Option, Presentation, Table, chosen, data_frame
from fairviz.core import skips
from fairviz.core.declared import sentences_of
from fairviz.core.remembered import remembered
from fairviz.i18n import N_, _, joined, ngettext, number
from fairviz.inference import noise_floor
from fairviz.inference.outcomes import LENGTHS
from fairviz.metrics.traces import BOTH
from fairviz.stats import FEW_UNITS

# Rows of a table that is read on paper, and of one that is scrolled.
_BRIEF, _MANY = 40, 500
# Reasons for which rows were left out that are told in a sentence.
_REASONS = 5
_say = sentences_of(__file__)
_IN_BRIEF = (
    "kl_mean", "top_changed", "flips", "differ", "baseline_accuracy", "compressed_accuracy",
    "accuracy_change", "baseline_correct", "compressed_correct", "correct_change",
    "entropy_change",
)  # fmt: skip
_PARTS = {"language": N_("language"), "theme": N_("theme"), "group": N_("group")}
_UNSURE = {"entropy": N_("Entropy"), "margin": N_("Lead of the first token")}
_BINS = {"counts": N_("equal counts"), "width": N_("equal width")}


def options(audit: Audit) -> tuple[Option, ...]:
    """What a reader may change of an audit's pictures."""
    kind = audit.request.kind
    first = SHIFT[kind]
    shifts = {first: SHIFTS[first]} if kind == "answers" else {first: SHIFTS[first], **SHIFTS}
    unsure = _UNSURE if kind == "prompts" else {"entropy": _UNSURE["entropy"]}
    found = [
        Option("shift", N_("Shift"), tuple(shifts.items()), first),
        Option("unsure", N_("Uncertainty of the baseline"), tuple(unsure.items()), "entropy"),
    ]
    if kind == "items":
        length = default_length(audit.request.source)
        found.insert(0, Option("length", N_("Options compared by"), tuple(LENGTHS.items()), length))
    if parts := _parts(audit.table):
        names = tuple((name, _PARTS[name]) for name in parts)
        found.append(Option("part", N_("Apart by"), names, parts[0]))
    if may_hurt(audit.request.source, audit.table):
        title = N_("Show the rows, which are about people and may hurt")
        found.append(Option("show_rows", title, default=False))
    found.append(Option("log_shift", N_("Logarithmic shift"), default=True))
    if kind == "items" and audit.table["right"].map(len).any():
        help_text = N_(
            "Equal counts: adaptive calibration error (ACE). Equal width: expected calibration "
            "error (ECE)."
        )
        bins = Option(
            "bins", N_("Bins"), tuple(_BINS.items()), "counts", help_text, "audit_reliability"
        )
        found.append(bins)
    return (*found, everyday.PLAIN)


def seen_as(audit: Audit, given: Mapping[str, Any]) -> Shown:
    """What is drawn of an audit under some options."""
    value = chosen(options(audit), given)
    length = str(value.get("length", ""))
    return shown(audit, length=length, shift=str(value["shift"]), across=str(value["unsure"]))


def present(audit: Audit, given: Mapping[str, Any], audience: str = "report") -> Presentation:
    """Everything about one audit.

    Args:
        given: Values of its `options`, and `blur`: whether its texts are hidden whatever they are.
        audience: `page` lists more rows and columns than fit on paper.
    """
    request, known = audit.request, audit.provenance
    value, seen = chosen(options(audit), given), seen_as(audit, given)
    table, length = seen.table, seen.length
    found = summary(audit, length)
    parts = _parts(table)
    groups = sum(len(set(table[name].unique()) - {""}) for name in parts)
    hurts = may_hurt(request.source, table) and not value.get("show_rows")
    sensitive = bool(given.get("blur")) or hurts
    call, note = _command(audit, length, given)
    null = _null(audit, length)
    length_row = ((_("Options compared by"), length),) if request.kind == "items" else ()
    return Presentation(
        kind="audit",
        title=_("Both models on a set: {source}", source=called(request.source)),
        question=(
            (_("Set"), called(request.source)),
            (_("Size"), counted(request.kind, len(table))),
            (_("Baseline"), str(request.baseline)),
            (_("Compressed model"), str(request.compressed)),
            *identity.in_template(request),
        ),
        finding=found.finding if len(table) else None,
        identities=identity.cards(request, known),
        numbers=everyday.measured(found.measured, value["plain"]),
        figures=(*pictures(seen, value, named=sensitive), *null.pictures) if len(table) else (),
        tables=(
            *(
                Table(_(PART_TITLES[name]), parted(table, name, request))
                for name in parts
                if name != value.get("part")
            ),
            *null.tables,
            _most(seen, sensitive, brief=audience != "page"),
            *_skipped(audit),
        ),
        allowed=(*found.sentences, *null.allowed),
        not_allowed=(
            *_not_allowed(seen, len(parts)),
            *_read(found, _smallest(table, parts)),
            *_of_answers(known),
            *_of_accuracy(known),
            *null.not_allowed,
        ),
        flags=identity.as_base(request, known, chats=True),
        provenance=identity.provenance(
            known, ((_("Hash of the set"), request.content), *length_row)
        ),
        command=call,
        command_note=note,
        facts=identity.facts(
            request,
            known,
            n=len(table),
            left_out=len(audit.left_out),
            greedy=True if request.kind == "answers" else None,
            tests=groups,
            floor=noise_floor.measured(audit.floor) if request.kind != "answers" else None,
        ),
    )


def brief(audit: Audit, given: Mapping[str, Any]) -> Brief:
    """The numbers of its summary that every set of its kind has, and on how many rows."""
    n = len(audit.table)
    found = summary(audit, seen_as(audit, given).length).measured
    return (cell("n", _("n"), n, "items"), *cells(found, _IN_BRIEF))


def counted(kind: str, n: int) -> str:
    """How many of what, such as `60 prompts`."""
    if kind == "prompts":
        return ngettext("{n:,} prompt", "{n:,} prompts", n)
    return ngettext("{n:,} question", "{n:,} questions", n)


def _null(audit: Audit, length: str) -> null_models.Told:
    """What null models show of it; of items, with the options compared as the task does."""
    source, kind = audit.request.source, audit.request.kind
    if not audit.null:
        return null_models.Told()
    if kind == "items" and length != default_length(source):
        return null_models.Told(not_allowed=(null_models.say("other_length"),))
    shifts, entropy, groups = held(audit)
    named = [label(one, source) if one else "" for one in groups]
    return null_models.present(audit.null, shifts, entropy, named, SHIFT[kind].upper())


@remembered
def _parts(table: pd.DataFrame) -> list[str]:
    """The columns that tell rows apart."""
    return [name for name in COLUMNS if name in table and len(set(table[name].unique()) - {""}) > 1]


def _not_allowed(seen: Shown, parts: int) -> list[str]:
    audit = seen.audit
    said = [_say("this_set")]
    if audit.request.kind != "answers":
        said.append(band_told(audit, seen.floor))
    if parts:
        said.append(_say("parts"))
    if audit.request.chat is not None and audit.request.kind != "prompts":
        said.append(_say("harness"))
    if audit.left_out:
        common = Counter(skip.reason for skip in audit.left_out).most_common(_REASONS)
        said.append(
            _say(
                "left_out",
                n=len(audit.left_out),
                reasons=joined(
                    [f"{skips.message(reason)} ({number(n, ',d')})" for reason, n in common]
                ),
            )
        )
    return said


def _smallest(table: pd.DataFrame, parts: list[str]) -> int:
    """Rows of the set, or of its smallest part."""
    sizes = [int(table.loc[table[name].ne(""), name].value_counts().min()) for name in parts]
    return min([len(table), *sizes])


def _read(found: Summary, smallest: int) -> list[str]:
    """How the tests and intervals of the tables are to be read."""
    said = []
    tests = sum(row.p_value == row.p_value for row in found.measured)
    if tests:
        said.append(_say("p_values", n=tests))
    if smallest < FEW_UNITS:
        said.append(_say("few_rows", few=FEW_UNITS))
    return said


def _most(seen: Shown, sensitive: bool, *, brief: bool) -> Table:
    """The rows that moved most, as typed; blurred where they are `sensitive`."""
    frame = rows(seen, _BRIEF if brief else _MANY, brief=brief)
    caption = ngettext("What moved most: {n} row", "What moved most: {n} rows", len(frame))
    return Table(caption, frame, sensitive=sensitive)


def _skipped(audit: Audit) -> list[Table]:
    """What was not measured, and why."""
    if not audit.left_out:
        return []
    listed = (skip.shown() for skip in audit.left_out[:_MANY])
    frame = data_frame({_("which"): one.which, _("reason"): one.reason} for one in listed)
    return [Table(_("Left out: {n:,}", n=len(audit.left_out)), frame)]


def _of_answers(known: Mapping[str, Any]) -> tuple[str, ...]:
    """How probabilities of options were made that others measured."""
    if known.get("baseline", {}).get("made_with") != BIAS_BENCH:
        return ()
    return (
        _(
            "The probability of an option is the geometric mean over its tokens, divided by the "
            "sum over the options, as PostTrainingBiasBench stores it in four digits: what is "
            "stored as 0 is read as {least}.",
            least=number(LEAST, ".5f"),
        ),
    )


def _of_accuracy(known: Mapping[str, Any]) -> tuple[str, ...]:
    """Why right and wrong are not told of questions that lm_eval scored."""
    found = [identity.card_of(known, side).get("acc_disagrees") for side in BOTH]
    n = max((one for one in found if isinstance(one, int)), default=0)
    return (_say("accuracy", n=n),) if n else ()


def _command(audit: Audit, length: str, seen: Mapping[str, Any]) -> tuple[str, str]:
    request, known = audit.request, audit.provenance
    note = _("The set must have the hash {content}.", content=request.content)
    made_with = known.get("baseline", {}).get("made_with")
    if made_with == BIAS_BENCH:
        files = (("answers-baseline", "BASELINE"), ("answers-compressed", "COMPRESSED"))
        call = command("audit", given=(*files, ("task", request.source)))
        return call, _("In their places stand the folders with the answers of the two models.")
    if made_with:
        folders = (
            ("lm-eval-baseline", "BASELINE_FOLDER"),
            ("lm-eval-compressed", "COMPRESSED_FOLDER"),
        )
        call = command("audit", given=(*folders, ("task", request.source)))
        return call, _("The folders are those that lm_eval --log_samples wrote for the two models.")
    given: list[tuple[str, object]] = [("prompts", request.source)]
    if request.kind != "prompts":
        given = [("task", request.source), ("items", "hub:")]
        note += " " + _("In place of hub: name the file, if the questions came from one.")
    if request.kind == "items":
        given.append(("length", length))
    if request.kind == "answers":
        given.append(("max-new-tokens", request.max_new_tokens))
    given += [("no-floor", not request.floor), ("null", request.null or None)]
    return command("audit", given=of_models(request, known, *given, also=seen)), note
