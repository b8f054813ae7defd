"""The judgement of forms from Python; see `fairviz.api`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fairviz.analyses.called import Result
from fairviz.analyses.presentation import data_frame
from fairviz.compression.calibration import LENGTH, SAMPLES
from fairviz.core.specs import ModelSpec
from fairviz.models.served_address import refuse_served

if TYPE_CHECKING:
    from fairviz.analyses.evenness.request import Evenness


def evenness(
    baseline: str,
    *forms: str,
    calibration: str = "",
    samples: int = SAMPLES,
    length: int = LENGTH,
    pairs: str = "",
    text: str = "",
    language: str = "",
    groups: str = "",
    device: str = "auto",
    store: bool = True,
    unsafe_pickle: bool = False,
    on_form: Callable[[int, int, str], None] = lambda done, of, form: None,
) -> Result[Evenness]:
    """Whether forms of a model stand nearer to even than the first; a row of its frame is a form.

    Args:
        baseline: The model before compression.
        forms: Such as `gptq:4` and `fairgptq:4:0.1`; none are Fair-GPTQ, some weights, controls.
        calibration, samples, length, pairs: What they are made with; see `compress`.
        text: General text; a file, `hub:DATASET[:SUBSET]`, or `bundled`.
        language: `fr` or `en`, of what is judged on; empty for both.
        groups: Such as `trade`, of the same, with commas between; empty for all.
        device: `auto`, `cuda`, `mps` or `cpu`.
        store: Whether a stored judgement is found and a new one kept.
        unsafe_pickle: Also read pickled weights, which can run code when read.
        on_form: Told how many forms of how many are done, and what is going on.
    """
    from fairviz.analyses.evenness.judge import judge
    from fairviz.analyses.evenness.run import FORMS, judged
    from fairviz.analyses.store import Store
    from fairviz.analyses.tradeoff.sweep import calibration as text_of

    spec = ModelSpec.parse(baseline)
    refuse_served(spec)
    answer = judged(
        spec,
        forms=forms or FORMS,
        reads=text_of(spec, calibration, samples, length, pairs),
        text=text,
        language=language,
        groups=groups,
        device=device,
        unsafe_pickle=unsafe_pickle,
        told=on_form,
        store=Store() if store else None,
    )
    return Result(
        "evenness",
        answer.result,
        lambda it: data_frame(one.row() for one in judge(it)),
        lambda: answer.key,
        key=answer.key,
        unkept=answer.unkept,
    )
