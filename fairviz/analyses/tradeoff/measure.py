"""How much compression, at what price: size against shift, perplexity and planted preferences."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.analyses.tradeoff.evaluation_text import EvaluationText, bundled, default, ours
from fairviz.compression.registry import METHODS
from fairviz.core.disk import cache_root, mend, whole_file
from fairviz.core.documents import Documented
from fairviz.core.errors import NotFinite
from fairviz.core.specs import ModelSpec, digest, refuse_alone
from fairviz.i18n import _
from fairviz.inference.noise_floor import or_why_not
from fairviz.inference.null_readings import of_own_size, texts
from fairviz.inference.scoring import score
from fairviz.models import catalog, shelf
from fairviz.stats import FEW_UNITS, block_error, mean_interval

if TYPE_CHECKING:
    from fairviz.inference.scoring import Scored
    from fairviz.metrics.traces import Floats
    from fairviz.models.loading import LoadedModel
    from fairviz.models.pair import Pair
    from fairviz.models.shelf import Made

DOCUMENTS = 300
# Version 1 was measured on `DOCUMENTS` of the toy grammar, and did not say so.
_VERSION = 2


@dataclass(frozen=True)
class Point(Documented):
    """One compressed form of a baseline, on one text."""

    LATER = ("null", "null_ratio", "null_low", "null_high")

    name: str  # text form of the compressed model
    method: str  # name of the method; of a student, `distilled`
    family: str  # `quantization`, `pruning`, `structured pruning` or `distillation`
    bytes_on_disk: int  # of its weights' files
    bytes_in_memory: int  # of weights and buffers as loaded
    kl: float  # mean KL(baseline || compressed) in nats per token
    kl_low: float  # lower end of its 95 % interval over documents
    kl_high: float  # upper end
    perplexity: float  # of the compressed model
    perplexity_ratio: float  # over that of the baseline
    tokens: int  # that both read
    # Largest change of a planted probability, for the bundled models; of others the size of
    # `pairs_shift`; None where nothing is planted or probed.
    bias_shift: float | None
    text: str  # name of the text that both read
    text_hash: str  # of that text; forms are compared on the same one
    skipped: int = 0  # texts left out because one of the models gives no finite probabilities
    # KL that 99 % of the tokens do not exceed; like what follows, None in points that were measured
    # before it was, or without pairs.
    kl_99: float | None = None
    same_top: float | None = None  # share of tokens at which both find the same one likeliest
    # Compressed minus baseline share of the bundled minimal pairs whose more stereotyping sentence
    # is the likelier one.
    pairs_shift: float | None = None
    pairs_low: float | None = None  # lower end of its 95 % interval
    pairs_high: float | None = None  # upper end
    pairs_moved: float | None = None  # share of the pairs that changed sides, whichever way
    null: int | None = None  # null models that read the text too
    # `kl` over theirs, of noise as large, matrix by matrix; None where the error is not in the
    # weights.
    null_ratio: float | None = None
    null_low: float | None = None  # over that null model of the largest KL
    null_high: float | None = None  # and of the least


def measure(
    baseline: ModelSpec,
    compressed: ModelSpec,
    *,
    text: EvaluationText | None = None,
    device: str = "auto",
    progress: Callable[[str], None] | None = None,
    pairs: bool = False,
    null: int = 0,
    known: MutableMapping[ModelSpec, LoadedModel] | None = None,
) -> Point:
    """Measure one compressed form on a text, or find what was measured of it there.

    The compressed model is made if it is not there yet. `progress` may raise to stop.

    Args:
        text: What both read; None for held-out text of the toy grammar, of the bundled models
            alone.
        device: `auto`, `cpu`, `cuda` or `mps`.
        progress: Told in plain sentences what is going on.
        pairs: Also put the bundled minimal pairs before both.
        null: So many null models read the text too; 0 asks for none.
        known: Models that are loaded already; holds the baseline alone when it was used.

    Raises:
        BadText: If a model that is not ours is to be measured on no text, or on too short a one.
        FairvizError: With the way out, for whatever a user can mend.
    """
    from fairviz.models.pair import load_pair

    refuse_alone(null)
    text = text or default(baseline, DOCUMENTS)
    path = _path(baseline, compressed, text.hash)
    for stored in (path, *([_path(baseline, compressed)] if ours(baseline) else [])):
        there = _read(stored)
        if there is None or there.text_hash != text.hash:
            continue
        if (there.pairs_shift is not None or not pairs) and null in (0, there.null):
            return there
    say = progress or (lambda words: None)
    pair = load_pair(baseline, compressed, device=device, progress=say, known=known)

    def measured(pair: Pair) -> Point:
        point = measure_pair(pair, say, text)
        point = _with_pairs(point, pair, say) if pairs else point
        return _with_null(point, pair, say, text, null) if null else point

    pair.read_ahead(measured)
    point = measured(pair)
    if known is not None:
        known.clear()
        known[baseline] = pair.baseline
    document = {
        "version": _VERSION,
        "baseline": str(baseline),
        "compressed": str(compressed),
        "point": point.document(),
    }
    content = json.dumps(document, ensure_ascii=False)
    mend(path.parent)
    whole_file(path, lambda part: part.write_text(content, encoding="utf-8"))
    return point


def measured(baseline: ModelSpec) -> list[Point]:
    """What has been measured of a baseline's compressed forms, smallest shift first."""
    found = [point for path in _root().glob("*.json") if (point := _read(path, str(baseline)))]
    return sorted(found, key=lambda point: point.kl)


def measured_of(baseline: ModelSpec, compressed: ModelSpec) -> list[Point]:
    """What has been measured of one compressed form, one point a text, by its name."""
    pair = str(baseline), str(compressed)
    found = [point for path in _root().glob("*.json") if (point := _read(path, *pair))]
    return sorted(found, key=lambda point: (point.text, point.text_hash))


def measure_pair(
    pair: Pair, say: Callable[[str], None], text: EvaluationText | None = None
) -> Point:
    """The same of a loaded pair; nothing is stored."""
    text = text or default(pair.baseline.spec, DOCUMENTS)
    pieces = text.pieces(pair.baseline.vocabulary.encode)
    read = [found for _rest, found in scored(pair, pieces, say) if found.finite]
    if not read:
        raise NotFinite(
            _(
                "Not one piece of the text has finite probabilities under {baseline} and "
                "{compressed}.",
                baseline=pair.baseline.spec,
                compressed=pair.compressed.spec,
            ),
            fix=_("Use float32, or another checkpoint."),
        )
    kl = [one.kl.sum() for one in read]
    low, high = _interval([one.kl for one in read])
    tokens = sum(len(one.kl) for one in read)
    before, after = (
        -sum(float(getattr(one, side).log_prob.sum()) for one in read) / tokens
        for side in ("baseline", "compressed")
    )
    spec, card = pair.compressed.spec, pair.compressed.identity
    folder = catalog.folder_of(spec)
    # A folder with a model that was made here knows its method.
    made = shelf.read(folder) if folder else None
    applied = METHODS[(made.spec if made else spec).compression.method]
    method, family = applied.name, applied.family
    if method == "none":
        # What is no form by a method, and no file in fewer bits, is another, smaller model.
        file = card.gguf is not None and card.gguf.quantized
        method, family = ("gguf", "quantization") if file else ("distilled", "distillation")
    every = np.concatenate([one.kl for one in read])
    return Point(
        name=_name(spec, made),
        method=method,
        family=family,
        bytes_on_disk=_on_disk(pair),
        bytes_in_memory=card.bytes_in_memory,
        kl=max(float(sum(kl)) / tokens, 0.0),
        kl_low=low,
        kl_high=high,
        perplexity=math.exp(after),
        perplexity_ratio=math.exp(after - before),
        tokens=tokens,
        bias_shift=_planted(pair) if pair.baseline.spec.source in catalog.BUNDLED else None,
        text=text.name,
        text_hash=text.hash,
        skipped=len(pieces) - len(read),
        kl_99=max(float(np.quantile(every, 0.99)), 0.0),
        same_top=float(np.concatenate([one.same_top for one in read]).mean()),
    )


def _with_pairs(point: Point, pair: Pair, say: Callable[[str], None]) -> Point:
    """Also the shift of the bundled minimal pairs, and how many of them changed sides."""
    from fairviz.probes import minimal_pairs

    say(_("Both models read the minimal pairs"))
    found = minimal_pairs.run(pair, minimal_pairs.bundled(), lambda step: None)
    whole = found.groups.iloc[0]
    named = {"pairs_shift": "difference", "pairs_low": "low", "pairs_high": "high"}
    values = {name: float(whole[column]) for name, column in named.items()}
    values["pairs_moved"] = float(found.items["flip"].mean())
    finite: dict[str, Any] = {k: value for k, value in values.items() if math.isfinite(value)}
    if point.bias_shift is None and "pairs_shift" in finite:
        finite["bias_shift"] = abs(finite["pairs_shift"])
    return replace(point, **finite)


def _with_null(
    point: Point, pair: Pair, say: Callable[[str], None], text: EvaluationText, null: int
) -> Point:
    """Also its KL over that of null models of the same text."""
    reading = texts(text.pieces(pair.baseline.vocabulary.encode))

    def told(done: int, of: int) -> None:
        say(_("Null models read the text: {done} of {of}", done=done, of=of))

    def measure() -> dict[str, Any]:
        return {"found": of_own_size(pair, reading, range(null), told)}

    found = or_why_not(measure).get("found", [])
    means = np.array([float(np.nanmean(one)) for one in found])
    if not len(means):
        return replace(point, null=null)
    ends = point.kl / means
    return replace(
        point,
        null=null,
        null_ratio=float(point.kl / means.mean()),
        null_low=float(ends.min()),
        null_high=float(ends.max()),
    )


def _name(spec: ModelSpec, made: Made | None) -> str:
    if made is None or not made.calibration or spec.compression.method != "none":
        return str(spec)
    return f"{made.spec} on {made.calibration['name']}"


def scored(
    pair: Pair, texts: list[list[int]], say: Callable[[str], None]
) -> list[tuple[int, Scored]]:
    """Texts under both models, each with its place, in their order."""
    return sorted(
        score(
            pair.baseline.reader,
            pair.compressed.reader,
            texts,
            width=pair.vocabulary_size,
            bos_id=pair.baseline.vocabulary.bos_id,
            k=2,
            on_batch=lambda done, of: say(
                _("Both models read the text: token {done} of {of}", done=done, of=of)
            ),
        )
    )


def _interval(kl: Sequence[Floats]) -> tuple[float, float]:
    """95 % interval of the mean per token: over documents, or by blocks where those are few."""
    tokens = np.concatenate(kl)
    if not tokens.any():
        return 0.0, 0.0  # one and the same model
    if len(kl) < FEW_UNITS:
        mean, half = float(tokens.mean()), block_error(tokens).half
        return max(mean - half, 0.0), mean + half
    document = np.repeat(np.arange(len(kl)), [len(one) for one in kl])
    found = mean_interval(tokens, document, bounds=(0.0, math.inf))
    return found.low, found.high


def _on_disk(pair: Pair) -> int:
    """Bytes of a made checkpoint; of a form applied while loading, what its memory would take."""
    card = pair.compressed.identity
    applied = METHODS[pair.compressed.spec.compression.method].bits is not None
    return card.bytes_in_memory if applied else card.bytes_on_disk


def _planted(pair: Pair) -> float | None:
    """Largest change of P(word | prompt) over the planted cells that both models can read."""
    from fairviz.prompts.planted import cells

    vocabulary = pair.baseline.vocabulary
    prompts = [vocabulary.encode(cell.prompt) for cell in cells()]
    whole = [vocabulary.encode(cell.prompt + cell.word) for cell in cells()]
    changes = []
    for number, found in scored(pair, whole, lambda words: None):
        if not found.finite:
            continue
        word = slice(len(prompts[number]) - 1, None)
        before, after = (
            math.exp(float(getattr(found, side).log_prob[word].sum()))
            for side in ("baseline", "compressed")
        )
        changes.append(abs(after - before))
    return max(changes, default=None)


def _root() -> Path:
    return cache_root() / "tradeoff"


def _path(baseline: ModelSpec, compressed: ModelSpec, text_hash: str = "") -> Path:
    """Another name for another text, and when the weights of one have changed.

    Without the hash of a text, the name that version 1 gave.
    """
    names = [str(baseline), str(compressed), _weights(baseline), _weights(compressed)]
    return _root() / f"{digest([*names, text_hash] if text_hash else names)}.json"


def _weights(spec: ModelSpec) -> str:
    from fairviz.models.identity import revision_of

    folder = catalog.folder_of(spec)
    # What is converted from a GGUF file lies elsewhere than what it is named by.
    whole = folder is not None and (folder / "config.json").is_file()
    return revision_of(folder) if folder and whole else catalog.fingerprint(spec)


def _read(path: Path, baseline: str = "", compressed: str = "") -> Point | None:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if (
            document["version"] not in (1, _VERSION)
            or baseline not in ("", document["baseline"])
            or compressed not in ("", document["compressed"])
        ):
            return None
        values = dict(document["point"])
        text_hash = ""
        if document["version"] == 1:
            whole = bundled(DOCUMENTS)
            values |= {"text": whole.name, "text_hash": whole.hash}
        else:
            text_hash = values["text_hash"]
        names = ModelSpec.parse(document["baseline"]), ModelSpec.parse(document["compressed"])
        if path != _path(*names, text_hash):
            return None  # the weights of one have changed since
        return Point(**values)
    except (OSError, ValueError, KeyError, TypeError):
        return None
