"""Forms of one baseline, each made and measured on one text; goes on where an earlier one ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fairviz.analyses.store import Store
from fairviz.analyses.tradeoff import evaluation_text
from fairviz.analyses.tradeoff import measure as tradeoff
from fairviz.analyses.tradeoff.axes import SIZES, shown_name, size_of
from fairviz.analyses.tradeoff.evaluation_text import EvaluationText, ours
from fairviz.analyses.tradeoff.measure import Point
from fairviz.analyses.tradeoff.request import Tradeoff, TradeoffRequest
from fairviz.compression.calibration import (
    LENGTH,
    SAMPLES,
    Calibration,
    bundled,
    from_bytes,
    from_hub,
)
from fairviz.compression.pairs import Pairs, SentencePair
from fairviz.compression.registry import METHODS, method_of
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.specs import ModelSpec, digest
from fairviz.core.text_file import content_of
from fairviz.i18n import _
from fairviz.models import catalog
from fairviz.models.identity import here_and_now

if TYPE_CHECKING:
    from fairviz.models.loading import LoadedModel

_BUNDLED = "bundled"


def calibration(
    spec: ModelSpec, named: str, samples: int = SAMPLES, length: int = LENGTH, pairs: str = ""
) -> Calibration | None:
    """What a method reads; None where nothing is named, and for the bundled text as it is.

    Args:
        named: A file, `hub:DATASET[:SUBSET]`, or `bundled`; empty names none.
        pairs: A file of pairs of sentences for a method that reads them; empty for our own.

    Raises:
        BadSpec: If the pairs are of a method that reads none, or go with no text.
    """
    if pairs and not method_of(spec.compression).paired:
        raise BadSpec(
            _("{model} reads no pairs of sentences.", model=spec),
            fix=_("Name a form of fairgptq, or leave out the pairs."),
        )
    text = _text(named, samples, length) if named else None
    if text is None and ours(spec) and (pairs or (samples, length) != (SAMPLES, LENGTH)):
        text = bundled(samples, length)
    if text is None and pairs:
        from fairviz.models.making import check_text

        check_text(spec)
    path = Path(pairs)
    return replace(text, pairs=pairs_of(content_of(path), path.name)) if text and pairs else text


def pairs_of(content: bytes, name: str) -> Pairs:
    """The pairs of a file that the probe `minimal_pairs` takes.

    Raises:
        FairvizError: If it cannot be read, or holds none.
    """
    from fairviz.probes import pair_files

    table = pair_files.read(content, name).rows
    sound = table[table["wart"] == ""]
    rows = zip(sound["more"], sound["less"], sound["language"], strict=True)
    return Pairs(name, tuple(SentencePair(*row) for row in rows))


def _text(named: str, samples: int, length: int) -> Calibration:
    if named.startswith("hub:"):
        dataset, _colon, subset = named.removeprefix("hub:").partition(":")
        return from_hub(dataset, subset, samples=samples, length=length)
    if named == _BUNDLED:
        return bundled(samples, length)
    path = Path(named)
    return from_bytes(content_of(path), path.name, samples, length)


def measured_on(spec: ModelSpec, named: str, reads: Calibration | None) -> EvaluationText:
    """The text that is named, else for a model not ours what calibration leaves of its text."""
    if named == _BUNDLED:
        return evaluation_text.bundled(tradeoff.DOCUMENTS)
    if named:
        return evaluation_text.of_file(_text(named, SAMPLES, LENGTH))
    own = reads is not None and reads.name != bundled().name
    if reads is not None and own and not ours(spec):
        return evaluation_text.rest_of(reads)
    return evaluation_text.default(spec, tradeoff.DOCUMENTS)


def made_of(
    model: ModelSpec,
    reads: Calibration | None,
    known: dict[ModelSpec, LoadedModel],
    say: Callable[[str], None],
    device: str,
    unsafe_pickle: bool,
) -> ModelSpec:
    """A form as it lies on disk, made if it is not there yet, where its method reads a text."""
    from fairviz.models.pair import make_beside

    if reads is None or not METHODS[model.compression.method].made:
        return model
    return make_beside(
        known, model, say, calibration=reads, device=device, unsafe_pickle=unsafe_pickle
    ).model


class Form(NamedTuple):
    """One form that is measured; see `measure.measure`."""

    baseline: ModelSpec
    model: ModelSpec
    text: EvaluationText
    reads: Calibration | None  # what it is made with, where its method reads a text
    device: str
    unsafe_pickle: bool = False
    pairs: bool = False
    null: int = 0

    def measured(self, known: dict[ModelSpec, LoadedModel], say: Callable[[str], None]) -> Point:
        """What it costs; `known` holds the baseline."""
        return tradeoff.measure(
            self.baseline,
            made_of(self.model, self.reads, known, say, self.device, self.unsafe_pickle),
            text=self.text,
            device=self.device,
            progress=say,
            pairs=self.pairs,
            null=self.null,
            known=known,
        )


def _by_worker(form: Form) -> Point | FairvizError:
    try:
        return form.measured({}, lambda words: None)
    except FairvizError as error:
        return error


def sweep(
    baseline: ModelSpec,
    on: EvaluationText,
    forms: Mapping[str, Form],
    device: str,
    engine: str,
    workers: int,
    told: Callable[[int, int, str], None],
) -> Tradeoff:
    """Make and measure forms of a baseline; what it cannot take is left out and told.

    The baseline stays loaded, and reads the text once.

    Args:
        forms: By their names.
        engine: `ray[:ADDRESS]` gives each form to a worker; empty takes one after the other.
        told: Told how many of how many are done, and what is going on.
    """
    found: dict[str, Point | FairvizError] = {}
    if engine:
        from fairviz.engine.cluster import joined

        names = list(forms)
        told(0, len(forms), "")
        with joined(engine, workers) as cluster:
            for place, one in cluster.each(_by_worker, list(forms.values())):
                found[names[place]] = one
                told(len(found), len(forms), shown_name(names[place]))
    loaded: dict[ModelSpec, LoadedModel] = {}
    for number, (name, form) in enumerate(forms.items()):
        if name in found:
            continue
        say = telling(told, number, len(forms), shown_name(name))
        try:
            found[name] = form.measured(loaded, say)
        except FairvizError as error:
            loaded.clear()
            found[name] = error
    points = tuple(one for name in forms if isinstance(one := found[name], Point))
    return Tradeoff(
        TradeoffRequest(baseline, tuple(point.name for point in points), on.name, on.hash),
        points,
        whole(baseline, points),
        {name: str(one) for name in forms if isinstance(one := found[name], FairvizError)},
        here_and_now() | {"device": device},
    )


def telling(
    told: Callable[[int, int, str], None], done: int, of: int, name: str
) -> Callable[[str], None]:
    """Says what is going on with one form of many; at once, that it is its turn."""

    def say(words: str) -> None:
        told(done, of, f"{name}: {words}" if words else name)

    say("")
    return say


def refuse_short(text: EvaluationText, baseline: ModelSpec, unsafe_pickle: bool) -> None:
    """A text too short for an interval is told before a weight is read."""
    from fairviz.models.checkpoint import locate
    from fairviz.models.tokenizer import read_tokenizer

    if not ours(baseline):
        folder = locate(baseline, unsafe_pickle=unsafe_pickle)
        text.pieces(read_tokenizer(baseline, folder).encode)


def whole(baseline: ModelSpec, points: Sequence[Point]) -> dict[str, float]:
    """The baseline's own megabytes: as measured, else on disk those of its weight files."""
    for point in points:
        if point.name == str(baseline):
            return {size: size_of(point, size) for size in SIZES}
    folder = catalog.folder_of(baseline)
    if folder is None:
        return {}
    files = [folder] if folder.is_file() else folder.glob("*.safetensors")
    stored = sum(path.stat().st_size for path in files)
    return {"disk": stored / 1e6} if stored else {}


def kept_now(found: Tradeoff, store: Store) -> str:
    """Keep what was drawn of the cache, with today's date; its key."""
    return keep(replace(found, provenance=here_and_now()), store)


def keep(found: Tradeoff, store: Store) -> str:
    """Store a trade-off under the hash of what was asked and measured; its key.

    Raises:
        CannotKeep: If it cannot be written.
    """
    measured = digest([point.document() for point in found.points])
    prints = catalog.fingerprint(found.request.baseline), measured
    key = store.key("tradeoff", found.request, prints, "", "")
    store.save("tradeoff", key, found)
    return key
