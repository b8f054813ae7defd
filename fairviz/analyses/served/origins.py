"""Whom the numbers are owed to: the models as loaded or as their server tells of them, and the
command that repeats the run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from fairviz.analyses import identity
from fairviz.analyses.identity import card_of, command
from fairviz.analyses.presentation import Card, Rows
from fairviz.analyses.served.request import Served
from fairviz.core.declared import sentences_of
from fairviz.core.specs import Decoding
from fairviz.i18n import _, joined, number
from fairviz.metrics.traces import BOTH

_say = sentences_of(__file__)
# A text that is longer is not typed into a command.
_TYPED = 2000


def cards(served: Served) -> tuple[Card, ...]:
    """Both models: as measured on loaded weights, or as a server tells."""
    loaded = identity.cards(served.request, served.provenance)
    return tuple(
        Card(card.side, card.name, _of_server(known)) if known.get("server") else card
        for card in loaded
        for known in (card_of(served.provenance, card.side),)
    )


def _of_server(known: Mapping[str, Any]) -> Rows:
    length = known.get("context_length")
    rows = (
        (_("Server"), str(known["server"])),
        (_("Model, as the server calls it"), str(known.get("source", ""))),
        (_("Software, as it says"), str(known.get("software", ""))),
        (_("It gives"), _say("gives_texts" if known.get("reads_texts") else "gives_written")),
        (_("Context"), number(length, ",d") if length else ""),
        (_("Weights"), _say("unknown_weights")),
    )
    return tuple((name, value) for name, value in rows if value)


def asked(served: Served) -> str:
    """Which tokens a server was asked for."""
    return _say("asked", n=served.request.k)


def provenance(served: Served) -> Rows:
    """As of any run, and where the text was sent."""
    hosts = [
        str(card_of(served.provenance, side)["server"])
        for side in BOTH
        if card_of(served.provenance, side).get("server")
    ]
    return identity.provenance(
        served.provenance,
        (
            (_("Sent"), _say("sent", hosts=joined(list(dict.fromkeys(hosts))))),
            (_("Weights of a server"), _say("unknown_weights")),
            (_("Asked of a server"), asked(served)),
        ),
    )


def repeating(served: Served, given: Mapping[str, Any]) -> tuple[str, str]:
    """The command, and what it needs that a report does not hold."""
    request, known = served.request, served.provenance
    models = [(side, str(getattr(request, side))) for side in BOTH]
    models += [("compressed", str(one)) for one in given.get("forms", ())]
    where = [(name, str(known.get(name) or "").split(":")[0]) for name in ("device", "dtype")]
    k = ("top-k-logprobs", request.k)
    if request.decoding is not None:
        usual = Decoding().document()
        how = [
            (name.replace("_", "-"), value)
            for name, value in request.decoding.document().items()
            if value != usual[name]
        ]
        return command("compare", given=[*models, ("prompt", request.text), *how, k, *where]), ""
    short = len(request.text) <= _TYPED
    call = command("score", given=[*models, ("text-file", "-" if short else "text.txt"), k, *where])
    if short:
        return f"printf %s {shlex.quote(request.text)} | {call}", ""
    return call, _("Save the text as text.txt.")
