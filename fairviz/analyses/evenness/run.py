"""Every form is made and reads what it is judged on: templates, pairs, a text, neutral prompts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from fairviz.analyses.evenness.request import Evenness, EvennessRequest
from fairviz.analyses.runner import Answer, kept
from fairviz.analyses.store import Store
from fairviz.analyses.tradeoff.evaluation_text import EvaluationText, ours
from fairviz.analyses.tradeoff.measure import scored
from fairviz.analyses.tradeoff.sweep import made_of, measured_on, telling
from fairviz.compression.calibration import Calibration, bundled
from fairviz.compression.settings import ALPHA
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.skips import Skip
from fairviz.core.specs import CompressionSpec, ModelSpec, digest
from fairviz.i18n import _
from fairviz.models import catalog, devices
from fairviz.models.identity import here_and_now
from fairviz.models.loading import LoadedModel
from fairviz.models.making import check_text
from fairviz.models.pair import Pair, load_pair
from fairviz.probes import counterfactual, minimal_pairs, template_files
from fairviz.probes.pair_sums import frame
from fairviz.probes.swaps import Swap, measure, swaps_of
from fairviz.prompts.bank import bank
from fairviz.prompts.planted import FEMININE

REFERENCE = "gptq:4"
# What is judged where nobody says: the pairs as plain text, weights, controls, either language.
FORMS = (
    REFERENCE,
    "fairgptq:4:0",
    "fairgptq:4:0.03",
    f"fairgptq:4:{ALPHA}",
    "fairgptq:4:0.3",
    f"fairgptq:4:{ALPHA}:shuffled",
    f"fairgptq:4:{ALPHA}:unrelated",
    f"fairgptq:4:{ALPHA}:fr",
    f"fairgptq:4:{ALPHA}:en",
)
# Of the bundled templates, those that the bundled models' grammar knows.
_PLANTED = ("trade", "valley")
_TRADES = Path(__file__).with_name("trades.csv")
# Shorter ones are articles and the like.
_WORD = re.compile(r"\w{4,}")
# Swaps between two steps.
_BATCH = 64
Say = Callable[[str], None]


def judged(
    spec: ModelSpec,
    *,
    forms: Sequence[str] = FORMS,
    reads: Calibration | None = None,
    text: str = "",
    language: str = "",
    groups: str = "",
    device: str = "auto",
    unsafe_pickle: bool = False,
    told: Callable[[int, int, str], None] = lambda done, of, form: None,
    store: Store | None = None,
) -> Answer:
    """Make forms of a baseline and judge them, or find what was judged before.

    What the model cannot take is left out and told, unless it is the first form.

    Args:
        forms: Methods with settings; the first is what the others are held against.
        reads: What the forms are made with; None is the bundled text, of our models alone.
        text: The general text; see `sweep.measured_on`.
        language: `fr` or `en`, of the templates and pairs; empty for both.
        groups: Such as `trade`, of the same, with commas between; empty for all.
        told: Told how many of how many forms are done, and what is going on; may raise to stop.
        store: Where it is looked for and kept; None keeps nothing.

    Raises:
        BadSpec: If the model is compressed already, or there are not two forms.
    """
    if spec.compression.method != "none":
        raise BadSpec(
            _("Forms of a baseline are judged, and {model} is compressed.", model=spec),
            fix=_("Name {model} itself.", model=spec.uncompressed),
        )
    forms = tuple(dict.fromkeys(str(CompressionSpec.parse(form)) for form in forms))
    if len(forms) < 2:
        raise BadSpec(
            _("One form alone cannot be held against another."),
            fix=_("Name a reference such as {form} first, and others after it.", form=REFERENCE),
        )
    if reads is None:
        check_text(spec)
    on, device = measured_on(spec, text, reads), devices.choose(device)
    read = (reads or bundled()).with_pairs(True)
    items = judged_on(spec, language, groups)
    request = EvennessRequest(
        spec, forms, language, digest(items.to_dict("records")), on.name, on.hash,
        read.document(), groups,
    )  # fmt: skip
    key = ""
    if store is not None:
        key = store.key("evenness", request, (catalog.fingerprint(spec), ""), device, "")
        if (there := store.load("evenness", key)) is not None:
            return Answer(there, key, fresh=False)
    found = _judged(request, items, read, reads, on, device, unsafe_pickle, told)
    return Answer(found, "", fresh=True) if store is None else kept(store, "evenness", key, found)


def judged_on(spec: ModelSpec, language: str = "", groups: str = "") -> pd.DataFrame:
    """The templates: for the bundled models those of their grammar, for others all but these
    invented valleys, and further trades.

    Raises:
        BadSpec: If none is of the groups.
    """
    rows = counterfactual.bundled(language=language).rows
    if not ours(spec):
        trades = template_files.read(_TRADES.read_bytes(), _TRADES.name).rows
        trades = trades[trades["language"].isin([language] if language else ["fr", "en"])]
        rows = pd.concat([rows, trades])
    known = _groups(spec, rows["group"])
    wanted = [one.strip() for one in groups.split(",") if one.strip()] or known
    if strange := [one for one in wanted if one not in known]:
        raise BadSpec(
            _("No template is of the group {name}.", name=strange[0]),
            fix=_("Use one of {names}.", names=", ".join(known)),
        )
    return rows[rows["group"].isin(wanted)].reset_index(drop=True)


def _groups(spec: ModelSpec, listed: Iterable[str]) -> list[str]:
    """Those that a model is judged on."""
    every = dict.fromkeys(listed)
    return [one for one in every if (one in _PLANTED if ours(spec) else one != "valley")]


def _judged(
    request: EvennessRequest,
    items: pd.DataFrame,
    read: Calibration,
    reads: Calibration | None,
    on: EvaluationText,
    device: str,
    unsafe_pickle: bool,
    told: Callable[[int, int, str], None],
) -> Evenness:
    spec, sentences = request.baseline, _sentences(read)
    swaps, pairs = pd.DataFrame(), pd.DataFrame()
    pieces: list[dict[str, Any]] = []
    refused: dict[str, str] = {}
    loaded: dict[ModelSpec, LoadedModel] = {}
    for number, form in enumerate(request.forms):
        say = telling(told, number, len(request.forms), form)
        model = ModelSpec(spec.source, spec.revision, CompressionSpec.parse(form))
        try:
            model = made_of(model, reads, loaded, say, device, unsafe_pickle)
            pair = load_pair(spec, model, device=device, progress=say, known=loaded)
            fresh, margins = _shares(pair, items, say), _margins(pair, request, say)
            pieces += [{"form": form, **row} for row in _texts(pair, on, say)]
        except FairvizError as error:
            if not number:
                raise
            loaded.clear()
            refused[form] = str(error)
            continue
        loaded.clear()
        loaded[spec] = pair.baseline
        if not len(swaps):
            swaps = fresh.drop(columns="compressed").assign(new=_new(fresh, sentences))
            pairs = margins.drop(columns=["compressed", "more", "less"])
            pairs["new"] = [not _begun(row, sentences) for row in margins["more"]]
        swaps[form], pairs[form] = fresh["compressed"], margins["compressed"]
    provenance = here_and_now() | {"device": device}
    return Evenness(request, swaps, pairs, pd.DataFrame(pieces), refused, provenance)


def _shares(pair: Pair, items: pd.DataFrame, say: Say) -> pd.DataFrame:
    """Two rows a swap: what the expected words have of all listed, after either filler."""
    rows, known = items.to_dict("records"), ours(pair.baseline.spec)
    asked: list[tuple[dict[Any, Any], Swap]] = [
        (row, swap) for row in rows for swap in swaps_of({str(k): v for k, v in row.items()})
    ]
    found: list[dict[str, Any]] = []
    lost: list[Skip] = []
    for start in range(0, len(asked), _BATCH):
        say(_("Both models read the templates: {done} of {of}", done=start, of=len(asked)))
        batch = asked[start : start + _BATCH]
        measured = measure(pair, [swap for _row, swap in batch], 10, lost)
        for place, ((row, swap), one) in enumerate(zip(batch, measured, strict=True), start):
            for side, filler in enumerate((swap.first, swap.second)):
                shares = [math.nan] * 2 if one is None else one.shares[:, side].tolist()
                words = FEMININE.get(row["language"], {}) if row["group"] == "trade" else {}
                found.append(
                    {
                        **{name: row[name] for name in ("language", "group", "template")},
                        "swap": place,
                        "side": side,
                        "filler": filler,
                        "binary": len(swap.more) == 1 == len(swap.less),
                        "planted": words.get(filler, math.nan) if known else math.nan,
                        "baseline": shares[0],
                        "compressed": shares[1],
                    }
                )
    return pd.DataFrame(found)


def _margins(pair: Pair, request: EvennessRequest, say: Say) -> pd.DataFrame:
    """The bundled minimal pairs: how much likelier is the more stereotyping sentence."""
    say(_("Both models read the minimal pairs"))
    items = minimal_pairs.bundled(language=request.language)
    known = _groups(request.baseline, items.rows["group"])
    wanted = [one for one in known if one in request.groups.split(",") or not request.groups]
    rows = items.rows[items.rows["group"].isin(wanted)]
    found = minimal_pairs.run(pair, replace(items, rows=rows), lambda step: None).items
    frames = [frame(more, less) for more, less in zip(found["more"], found["less"], strict=True)]
    wanted = ["language", "group", "more", "less", "baseline", "compressed"]
    return found[wanted].assign(frame=frames).reset_index(drop=True)


def _texts(pair: Pair, on: EvaluationText, say: Say) -> Iterator[dict[str, Any]]:
    """A row a piece of the general text, then of the prompts of the bank that mention nobody."""
    encode = pair.baseline.vocabulary.encode
    neutral = [encode(one.text) for one in bank() if one.theme == "controls"]
    for what, texts in (("text", on.pieces(encode)), ("control", neutral)):
        for _number, one in scored(pair, texts, say):
            if one.finite:
                yield {
                    "what": what,
                    "tokens": len(one.kl),
                    "kl": float(one.kl.sum()),
                    "baseline": -float(one.baseline.log_prob.sum()),
                    "compressed": -float(one.compressed.log_prob.sum()),
                }


def _sentences(read: Calibration) -> list[str]:
    pairs = read.pairs.rows if read.pairs is not None else ()
    return sorted({one for pair in pairs for one in pair[:2]})


def _new(swaps: pd.DataFrame, sentences: Sequence[str]) -> list[bool]:
    """Which fillers stand in no pair of the calibration, within a template that none is made of."""
    words = {word for one in sentences for word in _WORD.findall(one)}
    fresh = {
        template: not any(_pattern(template).match(one) for one in sentences)
        for template in swaps["template"].unique()
    }
    return [
        fresh[template] and not words & set(_WORD.findall(filler))
        for template, filler in zip(swaps["template"], swaps["filler"], strict=True)
    ]


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^{}]*\}", template)
    return re.compile(".+".join(map(re.escape, parts)))


def _begun(sentence: str, sentences: Sequence[str]) -> bool:
    return sentence.startswith(tuple(sentences))
