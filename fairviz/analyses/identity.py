"""Both models and all else that a number is owed to, and the command that repeats its run."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fairviz.analyses.base import Request
from fairviz.analyses.presentation import Card, Facts, Rows, Warned
from fairviz.core.specs import Chat, ModelSpec
from fairviz.i18n import _, listed, moment, ngettext, number
from fairviz.inference.batch_effect import of_card
from fairviz.metrics.traces import BOTH
from fairviz.models.catalog import BUNDLED
from fairviz.models.identity import bos_in_words, method_in_words, per_device

# An option's name and its value; True is an option of no value, and without a value it is left out.
Given = tuple[str, object]


def cards(request: Request, known: Mapping[str, Any]) -> tuple[Card, ...]:
    """Both identity cards, as measured on the loaded weights.

    Args:
        known: The provenance; what it lacks is left out.
    """
    return tuple(
        Card(side, str(getattr(request, side)), _facts(card_of(known, side))) for side in BOTH
    )


def card_of(known: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    """What is known of a model; empty where nothing is."""
    found = known.get(side)
    return found if isinstance(found, Mapping) else {}


def _facts(card: Mapping[str, Any]) -> Rows:
    rows: list[tuple[str, str]] = []

    def add(name: str, title: str, spell: Any) -> None:
        value = card.get(name)
        if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            return
        rows.append((title, spell(value)))

    add("source", _("Loaded from"), str)
    add("revision", _("Revision"), str)
    add("method", _("Method"), method_in_words)
    if beside := of_card(str(card.get("method") or "")):
        rows.append((_("In a batch"), beside))
    rows += _of_file(card.get("gguf"))
    add("parameters", _("Parameters"), lambda value: number(value, ",d"))
    add("bits_per_weight", _("Bits per weight"), lambda value: number(value, ".2f"))
    add("zero_share", _("Weights that are zero"), lambda value: number(value, ".2%"))
    add("bytes_in_memory", _("In memory"), lambda value: _("{n:,.2f} MB", n=value / 1e6))
    add("bytes_on_disk", _("On disk"), lambda value: _("{n:,.2f} MB", n=value / 1e6))
    add("device", _("Device"), str)
    add("devices", _("Spread over"), per_device)
    add("dtype", _("Number format"), str)
    add("dtype_reason", _("Why this number format"), _)
    add("bos", _("Beginning-of-text token"), bos_in_words)
    add("chat_template", _("Chat template"), lambda value: _("it has one ({hash})", hash=value))
    if "context_length" in card:
        length = card["context_length"]
        said = ngettext("{n:,} token", "{n:,} tokens", length) if length else _("not stated")
        rows.append((_("Context"), said))
    add("made_with", _("Measured with"), str)
    add("arguments", _("Arguments"), str)
    return tuple(rows)


def _of_file(file: Any) -> Rows:
    """What is known of the GGUF file that a model was read from."""
    if not isinstance(file, Mapping):
        return ()
    name = ", ".join(str(file[key]) for key in ("architecture", "name") if file.get(key))
    return (
        (_("GGUF file"), name),
        (_("Types of its weights"), str(file.get("types", ""))),
        (
            _("Importance matrix"),
            _("one guided the rounding") if file.get("imatrix") else _("none that the file names"),
        ),
        (
            _("Computed with"),
            _("the weights as dequantized; llama.cpp also rounds the activations"),
        ),
    )


def provenance(known: Mapping[str, Any], settings: Rows = ()) -> Rows:
    """Revisions, methods, settings, machine, versions and date.

    Args:
        settings: What the item adds, such as seeds and hashes.
    """
    rows: list[tuple[str, str]] = []
    for side, title in zip(BOTH, (_("Baseline"), _("Compressed model")), strict=True):
        card = card_of(known, side)
        said = [str(card[name]) for name in ("source", "revision") if card.get(name)]
        said += [method_in_words(str(card["method"]))] if card.get("method") else []
        if said:
            rows.append((title, " · ".join(said)))
    rows += settings
    if text := rendered(known):
        rows.append((_("First prompt, in the chat template"), text))
    where = [str(known[name]) for name in ("device", "dtype", "platform") if known.get(name)]
    if where:
        rows.append((_("Device, number format, system"), " · ".join(where)))
    if known.get("in_turn"):
        rows.append((_("Both models"), _("read in turn, one at a time in memory")))
    versions = known.get("versions")
    if isinstance(versions, Mapping) and versions:
        rows.append((_("Versions"), ", ".join(f"{name} {one}" for name, one in versions.items())))
    if known.get("date"):
        rows.append((_("Date"), when(str(known["date"]))))
    return tuple(rows)


def of_machine(known: Mapping[str, Any]) -> Rows:
    """Date, device and versions, of what many forms were measured with."""
    versions = ", ".join(f"{name} {version}" for name, version in known.get("versions", {}).items())
    rows = (
        (_("Date"), str(known.get("date", ""))),
        (_("Device"), str(known.get("device", ""))),
        (_("Versions"), versions),
    )
    return tuple((name, value) for name, value in rows if value)


def when(date: str) -> str:
    """A stored date as the language writes it, in UTC; what is no date stays as it is."""
    try:
        return _("{when} UTC", when=moment(datetime.fromisoformat(date)))
    except ValueError:
        return date


def in_template(request: Request) -> Rows:
    """How prompts were put to chat models; empty where they were read as they stand."""
    chat = getattr(request, "chat", None)
    if chat is None:
        return ()
    rows = [(_("Chat template"), _("on: a prompt is a user's message"))]
    rows += [(_("System message"), chat.system)] if chat.system else []
    rows += (
        [(_("Thinking"), _("on") if chat.thinking == "on" else _("off"))] if chat.thinking else []
    )
    return tuple(rows)


def rendered(known: Mapping[str, Any]) -> str:
    """The first prompt as its chat template has it; empty where it was read as it stands."""
    found = known.get("rendered")
    return str(found.get("text", "")) if isinstance(found, Mapping) else ""


def as_base(request: Request, known: Mapping[str, Any], *, chats: bool) -> tuple[Warned, ...]:
    """What is said where a model that has a chat template was read without it.

    Args:
        chats: Whether what was asked can be put in a template.
    """
    named = [
        str(getattr(request, side))
        for side in BOTH
        if card_of(known, side).get("chat_template") and getattr(request, "chat", None) is None
    ]
    if not named:
        return ()
    told = _(
        "{models}: there is a chat template, and texts were read without it, as a base model "
        "reads them. In a chat the model is given other tokens, and may say something else.",
        models=listed(list(dict.fromkeys(named))),
    )
    way = _("The switch “Chat template” (--chat on) puts prompts in it.") if chats else ""
    title = _("A chat model, read as a base model.")
    return (Warned(title, "note", f"{told} {way}".strip(), 0, 0),)


def facts(request: Request, known: Mapping[str, Any], **others: Any) -> Facts:
    """What the limits need to know of the two models and the machine, and `others` of `Facts`."""
    two = request.baseline, request.compressed
    methods = [str(card_of(known, side).get("method", "")) for side in BOTH]
    return Facts(
        pair=(str(two[0]), str(two[1])),
        measured=True,
        bundled=any(one.source in BUNDLED for one in two),
        calibrations=tuple(one for one in methods if "calibrated on" in one),
        device=str(known.get("device") or card_of(known, "baseline").get("device", "")),
        **others,
    )


def command(*words: str, given: Iterable[Given] = ()) -> str:
    """`python -m fairviz` with words and options, each quoted as a POSIX shell reads it."""
    options = [
        word
        for name, value in given
        if value is not None and value is not False and str(value)
        for word in ([f"--{name}"] if value is True else [f"--{name}", str(value)])
    ]
    return shlex.join(["python", "-m", "fairviz", *words, *options])


def of_models(
    request: Request, known: Mapping[str, Any], *given: Given, also: Mapping[str, Any]
) -> list[Given]:
    """Both models as they were read, what else was asked, texts read together, and the machine.

    Args:
        also: What a presentation is given, with further `forms` of the baseline where there are.
    """
    two = [(side, _pinned(getattr(request, side), known, side)) for side in BOTH]
    two += [("compressed", str(one)) for one in also.get("forms", ())]
    chat: Chat | None = getattr(request, "chat", None)
    if chat is not None:
        given = (*given, ("chat", "on"), *chat.document().items())
    together = ("batch-rows", getattr(request, "batch_rows", None))
    where = [
        (name, str(known.get(name) or card_of(known, BOTH[0]).get(name) or "").split(":")[0])
        for name in ("device", "dtype")
    ]
    return [*two, *given, together, *where]


def _pinned(spec: ModelSpec, known: Mapping[str, Any], side: str) -> str:
    """The model as a command names it, with the commit that was read where there is one."""
    revision = str(card_of(known, side).get("revision", ""))
    is_commit = len(revision) == 40 and all(char in "0123456789abcdef" for char in revision)
    if spec.revision or not is_commit or spec.source in BUNDLED:
        return str(spec)
    return str(ModelSpec(spec.source, revision, spec.compression))
