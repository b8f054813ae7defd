"""From Python: what compressed forms of a model cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from fairviz.analyses.called import Result
from fairviz.analyses.presentation import data_frame
from fairviz.analyses.store import Store
from fairviz.analyses.tradeoff import sweep
from fairviz.analyses.tradeoff.request import Tradeoff
from fairviz.compression.calibration import LENGTH, SAMPLES
from fairviz.compression.registry import grid
from fairviz.core.errors import BadSpec
from fairviz.core.specs import CompressionSpec, ModelSpec
from fairviz.i18n import _
from fairviz.models.served_address import refuse_served


def tradeoff(
    baseline: str,
    *methods: str,
    calibration: str = "",
    samples: int = SAMPLES,
    length: int = LENGTH,
    text: str = "",
    device: str = "auto",
    unsafe_pickle: bool = False,
    null: int = 0,
    engine: str = "",
    workers: int = 0,
    on_form: Callable[[int, int, str], None] = lambda done, of, form: None,
) -> Result[Tradeoff]:
    """What forms of a model cost; a row of its frame is a form.

    Args:
        baseline: The model before compression.
        methods: Such as `nf4` and `wanda:0.5`; none are all of the studies' grid.
        calibration, samples, length: What calibrated methods read; see `compress`.
        text: What every form is measured on: a file, `hub:DATASET[:SUBSET]`, or `bundled`.
        device: `auto`, `cuda`, `mps` or `cpu`.
        unsafe_pickle: Also read pickled weights, which can run code when read.
        null: So many null models read the text too; see `score`.
        engine, workers: Who measures; see `called.Where`.
        on_form: Told how many forms of how many are done, and what is going on.

    Raises:
        BadSpec: If the model is compressed already.
        BadText: If it needs a text and none is named, or the text is too short.
    """
    from fairviz.models.making import check_text

    spec = ModelSpec.parse(baseline)
    refuse_served(spec)
    asked = tuple(map(CompressionSpec.parse, methods)) or grid()
    reads = sweep.calibration(spec, calibration, samples, length)
    if spec.compression.method != "none":
        raise BadSpec(
            _("A sweep is of a baseline, and {model} is compressed.", model=spec),
            fix=_("Name {model} itself.", model=spec.source),
        )
    if reads is None:
        check_text(spec)
    on = sweep.measured_on(spec, text, reads)
    sweep.refuse_short(on, spec, unsafe_pickle)
    forms = {
        str(form): sweep.Form(
            spec,
            ModelSpec(spec.source, spec.revision, form),
            on,
            reads,
            device,
            unsafe_pickle=unsafe_pickle,
            null=null,
        )
        for form in asked
    }
    return _result(sweep.sweep(spec, on, forms, device, engine, workers, on_form))


def compare_forms(
    baseline: str,
    forms: Sequence[str],
    *,
    text: str = "",
    device: str = "auto",
    null: int = 0,
    engine: str = "",
    workers: int = 0,
    on_form: Callable[[int, int, str], None] = lambda done, of, form: None,
) -> Result[Tradeoff]:
    """Forms of a model that are there, such as GGUF files, ranked; a row of its frame is a form.

    Args:
        baseline: What they are compared with.
        forms: Models of the same vocabulary.
        text: What all are measured on: a file, `hub:DATASET[:SUBSET]`, or `bundled`.
        device: `auto`, `cuda`, `mps` or `cpu`.
        null: So many null models read the text too; see `score`.
        engine, workers: Who measures; see `called.Where`.
        on_form: Told how many forms of how many are done, and what is going on.

    Raises:
        BadText: If the baseline needs a text and none is named, or the text is too short.
    """
    models, base = [ModelSpec.parse(form) for form in forms], ModelSpec.parse(baseline)
    for spec in (base, *models):
        refuse_served(spec)
    on = sweep.measured_on(base, text, None)
    sweep.refuse_short(on, base, False)
    measured = {
        str(model): sweep.Form(base, model, on, None, device, pairs=True, null=null)
        for model in models
    }
    return _result(sweep.sweep(base, on, measured, device, engine, workers, on_form))


def _result(found: Tradeoff) -> Result[Tradeoff]:
    return Result(
        "tradeoff",
        found,
        lambda it: data_frame(map(asdict, it.points)),
        lambda: sweep.keep(found, Store()),
    )
