"""Forms of one baseline, each made and measured on one text; goes on where an earlier one ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
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
from fairviz.compression.registry import METHODS, grid, method_of
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.specs import CompressionSpec, ModelSpec, digest
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


def sweep(
    spec: ModelSpec,
    *,
    forms: Sequence[CompressionSpec] = (),
    reads: Calibration | None = None,
    text: str = "",
    device: str = "auto",
    unsafe_pickle: bool = False,
    null: int = 0,
    engine: str = "",
    workers: int = 0,
    told: Callable[[int, int, str], None] = lambda done, of, form: None,
) -> Tradeoff:
    """Make and measure forms of a baseline; what it cannot take is left out and told.

    The baseline stays loaded, and reads the text once.

    Args:
        forms: Methods; none are all of the studies' grid.
        reads: What calibrated methods read; None is the bundled text, of ours alone.
        text: What every form is measured on; see `measured_on`.
        device: `auto`, `cuda`, `mps` or `cpu`.
        null: So many null models read the text too.
        unsafe_pickle: Also read pickled weights, which can run code when read.
        engine: `ray[:ADDRESS]` gives each form to a worker; empty takes one after the other.
        workers: Of an engine.
        told: Told how many of how many are done, and what is going on.

    Raises:
        BadSpec: If the model is compressed already.
        BadText: If it needs a text and none is named, or the text is too short.
    """
    from fairviz.models.making import check_text

    if spec.compression.method != "none":
        raise BadSpec(
            _("A sweep is of a baseline, and {model} is compressed.", model=spec),
            fix=_("Name {model} itself.", model=spec.source),
        )
    if reads is None:
        check_text(spec)
    on = measured_on(spec, text, reads)
    _refuse_short(on, spec, unsafe_pickle)
    wanted = {
        str(form): _Form(
            spec,
            ModelSpec(spec.source, spec.revision, CompressionSpec.parse(str(form))),
            on,
            reads,
            device,
            unsafe_pickle=unsafe_pickle,
            null=null,
        )
        for form in forms or grid()
    }
    points, refused = _points(wanted, engine, workers, told)
    return _measured(spec, on, points, refused, device)


def compare_forms(
    baseline: ModelSpec,
    models: Sequence[ModelSpec],
    *,
    text: str = "",
    device: str = "auto",
    null: int = 0,
    engine: str = "",
    workers: int = 0,
    told: Callable[[int, int, str], None] = lambda done, of, form: None,
) -> Tradeoff:
    """Measure models that are there, such as GGUF files, on one text and on the minimal pairs.

    The baseline stays loaded. What cannot be measured is left out and told.

    Args:
        text: What all are measured on; see `measured_on`.
        device: `auto`, `cuda`, `mps` or `cpu`.
        null: So many null models read the text too.
        engine, workers: As of `sweep`.
        told: Told how many of how many are done, and what is going on.

    Raises:
        BadText: If the baseline needs a text and none is named, or the text is too short.
    """
    on = measured_on(baseline, text, None)
    _refuse_short(on, baseline, False)
    forms = {
        str(model): _Form(baseline, model, on, None, device, pairs=True, null=null)
        for model in models
    }
    points, refused = _points(forms, engine, workers, told)
    return _measured(baseline, on, points, refused, device)


class _Form(NamedTuple):
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
        from fairviz.models.pair import make_beside

        model = self.model
        if self.reads is not None and METHODS[model.compression.method].made:
            model = make_beside(
                known,
                model,
                say,
                calibration=self.reads,
                device=self.device,
                unsafe_pickle=self.unsafe_pickle,
            ).model
        return tradeoff.measure(
            self.baseline,
            model,
            text=self.text,
            device=self.device,
            progress=say,
            pairs=self.pairs,
            null=self.null,
            known=known,
        )


def _by_worker(form: _Form) -> Point | FairvizError:
    try:
        return form.measured({}, lambda words: None)
    except FairvizError as error:
        return error


def _points(
    forms: Mapping[str, _Form],
    engine: str,
    workers: int,
    told: Callable[[int, int, str], None],
) -> tuple[list[Point], dict[str, str]]:
    """What came of each form, in their order, and why others could not be measured."""
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
        say = partial(_tell, told, number, len(forms), shown_name(name))
        say("")
        try:
            found[name] = form.measured(loaded, say)
        except FairvizError as error:
            loaded.clear()
            found[name] = error
    return (
        [one for name in forms if isinstance(one := found[name], Point)],
        {name: str(one) for name in forms if isinstance(one := found[name], FairvizError)},
    )


def _tell(told: Callable[[int, int, str], None], done: int, of: int, name: str, words: str) -> None:
    told(done, of, f"{name}: {words}" if words else name)


def _refuse_short(text: EvaluationText, baseline: ModelSpec, unsafe_pickle: bool) -> None:
    """A text too short for an interval is told before a weight is read."""
    from fairviz.models.checkpoint import locate
    from fairviz.models.tokenizer import read_tokenizer

    if not ours(baseline):
        folder = locate(baseline, unsafe_pickle=unsafe_pickle)
        text.pieces(read_tokenizer(baseline, folder).encode)


def _measured(
    baseline: ModelSpec,
    on: EvaluationText,
    points: Sequence[Point],
    refused: dict[str, str],
    device: str,
) -> Tradeoff:
    return Tradeoff(
        TradeoffRequest(baseline, tuple(point.name for point in points), on.name, on.hash),
        tuple(points),
        whole(baseline, points),
        refused,
        here_and_now() | {"device": device},
    )


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
