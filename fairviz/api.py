"""From Python: one function a kind of run, each gives a `Result`.

    result = fairviz.compare("demo", "demo+nf4", "Il était une fois")
    result.present().allowed    # the sentences that the numbers allow
    result.to_frame()           # one row a token
    result.save()               # its key; `fairviz report KEY` takes it

What was asked before is found and not computed again, and what is computed is kept unless
`store=False`, as from the command line and on the pages. Models are named
`SOURCE[@REVISION][+METHOD]`; `score` and `compare` also take one behind a server,
`openai:URL#MODEL`. Every failure that a person can mend is a `FairvizError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urlencode

from fairviz.analyses import called
from fairviz.analyses.attribution.call import attribute as attribute
from fairviz.analyses.called import Asking, Result, Where, Writing, answered, each, tokens
from fairviz.analyses.comparison.branch import branch as branch
from fairviz.analyses.evenness.call import evenness as evenness
from fairviz.analyses.presentation import data_frame
from fairviz.analyses.served.call import any_served, refuse_beside, refuse_unasked, served
from fairviz.analyses.tradeoff.call import compare_forms as compare_forms
from fairviz.analyses.tradeoff.call import tradeoff as tradeoff
from fairviz.compression.calibration import LENGTH, SAMPLES
from fairviz.core.errors import BadSpec
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.i18n import _

if TYPE_CHECKING:
    from fairviz.analyses.audit.request import Audit
    from fairviz.analyses.comparison.request import Comparison
    from fairviz.analyses.probe.request import ProbeResult
    from fairviz.analyses.reading.request import Reading
    from fairviz.analyses.served.request import Served
    from fairviz.analyses.tables.view import TableView
    from fairviz.models.making import Step
    from fairviz.models.shelf import Made
    from fairviz.probes.record import Items, Probe
    from fairviz.report.record import Report


def compare(
    baseline: str,
    compressed: str | Sequence[str],
    prompt: str,
    *,
    top_k_logprobs: int | None = None,
    **how: Unpack[Writing],
) -> Result[Comparison] | Result[Served]:
    """Both models write on from a prompt; a row of its frame is a token of one of the texts.

    Args:
        baseline: A model.
        compressed: Another of the same vocabulary, or up to eight forms of the baseline.
        prompt: What both go on from.
        top_k_logprobs: Tokens a place that a server is asked for, where a model is behind one.
        how: Fields of `Decoding`, such as `max_new_tokens`, and of `Asking`.
    """
    from fairviz.analyses.comparison.request import ComparisonRequest
    from fairviz.analyses.comparison.run import measure

    asking, decoding = called.parted(how)
    if any_served(baseline, compressed):
        where, chat = called.asked_in(asking)
        refuse_beside(chat=chat)
        return served(baseline, compressed, prompt, Decoding(**decoding), top_k_logprobs, **where)
    refuse_unasked(top_k_logprobs)
    where, chat = called.asked_in(asking, baseline, compressed)

    def ask(one: ModelSpec, other: ModelSpec, where: Where) -> Result[Comparison]:
        request = ComparisonRequest(one, other, prompt, Decoding(**decoding), chat)
        return answered(
            "comparison", request, measure(request), lambda it: tokens(it.texts), **where
        )

    return each(baseline, compressed, ask, where)


def score(
    baseline: str,
    compressed: str | Sequence[str],
    text: str = "",
    *,
    floor: bool = True,
    batch_rows: int | None = None,
    null: int = 0,
    top_k_logprobs: int | None = None,
    **where: Unpack[Where],
) -> Result[Reading] | Result[Served]:
    """Both models read a text; a row of its frame is a token.

    Args:
        baseline: A model, or `llama-logits:FILE`: what llama.cpp's expected, as
            `llama-perplexity --kl-divergence-base FILE` wrote it.
        compressed: Another of the same vocabulary, or up to eight forms of the baseline.
        text: What they read; a file of llama.cpp's holds its own tokens.
        floor: Also the baseline against itself in another number type; a file has none.
        batch_rows: Texts read together, to repeat others' batched figures.
        null: So many null models, the baseline with random errors of the form's size, beside it.
        top_k_logprobs: Tokens a place that a server is asked for, where a model is behind one;
            there is no noise floor then.
        where: Fields of `Where`.
    """
    if any_served(baseline, compressed):
        refuse_beside(batch_rows=batch_rows, null=null, engine=where.get("engine"))
        return served(baseline, compressed, text, None, top_k_logprobs, **where)
    refuse_unasked(top_k_logprobs)
    from fairviz.analyses.reading.logits import check_file
    from fairviz.analyses.reading.request import ReadingRequest
    from fairviz.analyses.reading.run import measure

    base = ModelSpec.parse(baseline)
    if not base.logits and not text:
        raise BadSpec(
            _("There is no text."), fix=_("Give one; only a llama-logits: baseline holds its own.")
        )

    def ask(one: ModelSpec, other: ModelSpec, where: Where) -> Result[Reading]:
        if one.logits:
            check_file(one, other)
        texts = (text,) if text else ()
        request = ReadingRequest(one, other, texts, floor and not one.logits, batch_rows, null)
        return answered(
            "reading",
            request,
            measure(request),
            lambda it: tokens(dict(enumerate(it.traces, 1))),
            **where,
        )

    return each(baseline, compressed, ask, where)


def audit(
    baseline: str,
    compressed: str | Sequence[str],
    *,
    prompts: str = "",
    columns: Mapping[str, str] | None = None,
    task: str = "",
    items: str = "",
    labels: str = "",
    preamble: str = "",
    limit: int = 0,
    max_new_tokens: int = 50,
    floor: bool = True,
    batch_rows: int | None = None,
    null: int = 0,
    **how: Unpack[Asking],
) -> Result[Audit]:
    """Both models on a set of prompts or a zero-shot task; a row of its frame is one of them.

    Args:
        baseline: A model.
        compressed: Another of the same vocabulary, or up to eight forms of the baseline.
        prompts: `bank`, or a file of prompts.
        columns: Field -> column of that file, such as `{"text": "wording"}`.
        task: A zero-shot task, instead of prompts.
        items: The task's file, or `hub:DATASET[:SUBSET]`.
        labels: File of right answers that the task publishes apart.
        preamble: File of a text put before every question.
        limit: Only the first so many; 0 is all.
        max_new_tokens: Of answers in own words.
        floor: Also the baseline against itself in another number type.
        batch_rows: Texts read together, to repeat others' batched figures.
        null: So many null models beside it; see `score`.
        how: Fields of `Asking`.
    """
    from fairviz.analyses.audit.request import audit_request, named
    from fairviz.analyses.audit.run import run

    where, chat = called.asked_in(how, baseline, compressed)
    asked = named(
        prompts, columns=columns, task=task, items=items, labels=labels, preamble=preamble,
        limit=limit,
    )  # fmt: skip

    def ask(one: ModelSpec, other: ModelSpec, where: Where) -> Result[Audit]:
        request = audit_request(
            one, other, asked.source, asked.units, max_new_tokens, floor=floor,
            batch_rows=batch_rows, chat=chat, null=null,
        )  # fmt: skip
        return answered(
            "audit",
            request,
            lambda pair, parts, told: run(
                pair, request, asked.units, parts, left_out=asked.skipped, told=told
            ),
            lambda it: it.table,
            **where,
        )

    return each(baseline, compressed, ask, where)


def probe(
    name: str,
    baseline: str = "",
    compressed: str | Sequence[str] = "",
    *,
    items: str = "",
    second: str = "",
    batch_rows: int | None = None,
    null: int = 0,
    **settings: Any,
) -> Result[ProbeResult]:
    """A bias probe; a row of its frame is an item under both models.

    Args:
        name: Of the probe, such as `minimal_pairs`.
        baseline: A model; empty for a probe that reads what others measured.
        compressed: Another of the same vocabulary, or up to eight forms of the baseline.
        items: A file of items, or `hub:ID[:SUBSET]`; without one the project's own.
        second: A second file, for the probes that take one.
        batch_rows: Texts read together, to repeat others' batched figures.
        null: So many null models beside it; see `score`.
        settings: Of the probe (`docs/probes.md` lists them), and fields of `Asking`.
    """
    from fairviz.probes.fields import files
    from fairviz.probes.registry import probe_of

    which = probe_of(name)
    if which.models and not (baseline and compressed):
        raise BadSpec(
            _("The models are not named."), fix=_("Give baseline and compressed, e.g. demo+nf4.")
        )
    if second and not which.second:  # a setting of that name, as the swap of a template has it
        settings["second"], second = second, ""
    how, settings = called.parted(settings)
    chosen = which.settled(settings)
    read = which.items(files(items, second), chosen)
    return probed(
        which, baseline, compressed, read, chosen, batch_rows=batch_rows, null=null, **how
    )


def probed(
    which: Probe,
    baseline: str,
    compressed: str | Sequence[str],
    items: Items,
    settings: Mapping[str, Any],
    *,
    batch_rows: int | None = None,
    null: int = 0,
    **how: Unpack[Asking],
) -> Result[ProbeResult]:
    """As `probe`, of items that were read."""
    from fairviz.analyses.probe.request import probe_request
    from fairviz.analyses.probe.run import measure

    where, chat = called.asked_in(how, baseline, compressed)

    def ask(one: ModelSpec, other: ModelSpec, where: Where) -> Result[ProbeResult]:
        request = probe_request(which.name, one, other, items, settings, batch_rows, chat, null)
        measuring = measure(request, items, settings)
        return answered(
            "probe", request, measuring, lambda it: it.outcome.items, models=which.models, **where
        )

    return each(baseline or "baseline", compressed or "compressed", ask, where)


def compress(
    model: str,
    *,
    calibration: str = "",
    samples: int = SAMPLES,
    length: int = LENGTH,
    pairs: str = "",
    device: str = "auto",
    out: str = "",
    unsafe_pickle: bool = False,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Result[Made]:
    """The compressed form of a model, made once; its `save()` is the name that finds it again.

    Args:
        model: `SOURCE[@REVISION]+METHOD`, such as `demo+wanda:2:4`.
        calibration: A UTF-8 text that the method reads, `hub:DATASET[:SUBSET]`, or `bundled`.
        samples: Pieces of that text.
        length: Tokens of each piece.
        pairs: A file of pairs of sentences for `fairgptq`, as of `minimal_pairs`; else our own.
        device: `auto`, `cuda`, `mps` or `cpu`.
        out: A new folder for it; else the cache.
        unsafe_pickle: Also read pickled weights, which can run code when read.
        on_step: Told each step.
    """
    from fairviz.analyses.tradeoff.present import made as present
    from fairviz.analyses.tradeoff.sweep import calibration as text_of
    from fairviz.models.making import make

    spec = ModelSpec.parse(model)
    done = make(
        spec,
        calibration=text_of(spec, calibration, samples, length, pairs),
        device=device,
        out=Path(out).expanduser() if out else None,
        unsafe_pickle=unsafe_pickle,
        progress=on_step,
    )
    return Result(
        "compression",
        done,
        lambda it: data_frame([it.document() | {"folder": str(it.folder)}]),
        lambda: str(done.folder if out else done.model),
        present,
    )


def tables(address: str = "", **filters: str) -> Result[TableView]:
    """A view of the published and own bias tables; a row of its frame is a number.

    Args:
        address: Of the page *Bias tables*, as it stands in a browser.
        filters: The same by name, such as `benchmark="bbq", method="magnitude"`.
    """
    from fairviz.analyses.tables.view import view

    found = view("&".join(filter(None, (address, urlencode(filters)))))
    return Result("tables", found, lambda it: it.rows, lambda: f"tables:{found.address}")


def report(
    *runs: str | Result[Any],
    title: str = "",
    note: str = "",
    name: str = "",
    language: str = "",
    out: str = "",
    bundle: str = "",
) -> Result[Report]:
    """Runs in order, as one HTML file and as a bundle; a row of its frame is a part.

    Args:
        runs: Results, or keys of stored runs; `tables:ADDRESS` and `review:NAME` likewise.
        title: The report's title.
        note: Markdown that stands first in it.
        name: Keep it under this name; one that is there already gets the runs too.
        language: `en` or `fr`.
        out: Write it to this HTML file.
        bundle: Write it with its runs to this file, such as `findings.fairviz.zip`.
    """
    from fairviz.report.bundle import pack
    from fairviz.report.html.page import page
    from fairviz.report.make import made, present
    from fairviz.report.runs import sections
    from fairviz.report.shelf import Reports

    keys = [key for run in runs for key in (run.keys() if isinstance(run, Result) else [run])]
    found = made(keys, title=title, note=note, name=name, language=language)
    if out:
        Path(out).write_text(page(found, sections(found)), encoding="utf-8")
    if bundle:
        Path(bundle).write_bytes(pack(found).content)

    def save() -> str:
        Reports().save(found)
        return found.name

    return Result(
        "report",
        found,
        lambda it: data_frame(part.document() for part in it.parts),
        save,
        present,
    )
