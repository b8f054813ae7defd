"""From a question to its answer: out of the store, or written live by a loaded pair."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from fairviz.analyses.comparison.write import Writing
from fairviz.core.errors import EmptyPrompt, PromptTooLong
from fairviz.core.specs import Decoding, ModelSpec, Question
from fairviz.core.stored import CannotKeep
from fairviz.i18n import _, ngettext
from fairviz.metrics.traces import Comparison

if TYPE_CHECKING:
    from fairviz.analyses.store import Store
    from fairviz.models.pair import Pair
    from fairviz.models.resident import Resident

_log = logging.getLogger(__name__)


def prompt_ids(question: Question, pair: Pair) -> list[int]:
    """Token ids of the prompt, checked against the context of both models.

    Raises:
        EmptyPrompt: If the models would get no token at all.
        PromptTooLong: If prompt and answer do not fit into the smaller context.
    """
    prompt = pair.baseline.vocabulary.encode(question.prompt)
    if not prompt:
        raise EmptyPrompt(
            _("The prompt is empty and the model has no beginning-of-text token."),
            fix=_("Write at least one word."),
        )
    room = min(
        (
            model.context_length
            for model in (pair.baseline, pair.compressed)
            if model.context_length
        ),
        default=sys.maxsize,
    )
    wanted = question.decoding.max_new_tokens
    if len(prompt) + wanted > room:
        raise PromptTooLong(
            ngettext(
                "The prompt has {n} token, and with {wanted} more it is longer than the "
                "context, which holds {room}.",
                "The prompt has {n} tokens, and with {wanted} more it is longer than the "
                "context, which holds {room}.",
                len(prompt),
                wanted=wanted,
                room=room,
            ),
            fix=ngettext(
                "Write at most {n} new token.",
                "Write at most {n} new tokens.",
                room - len(prompt),
            )
            if len(prompt) < room
            else _("Shorten the prompt to fewer than {room} tokens.", room=room),
        )
    return prompt


def stream(pair: Pair, question: Question) -> Iterator[Writing]:
    """The answer after every step, and once more when it is done; one growing object.

    Closing the iterator stops both models before their next step.

    Raises:
        EmptyPrompt, PromptTooLong, NoEmbedding: Before anything is computed.
        NotFinite: At the first step where a model gives no numbers.
        OutOfMemory: If the device runs out of memory on the way.
    """
    from fairviz.inference.paired_decoding import write_in_pair
    from fairviz.models.memory import out_of_memory_as_advice

    prompt = prompt_ids(question, pair)
    writing = Writing(question, pair, prompt)
    writers = pair.baseline.writer, pair.compressed.writer
    with out_of_memory_as_advice():
        steps = write_in_pair(*writers, prompt, question.decoding, pair.vocabulary_size)
        for step in steps:
            writing.push(step)
            yield writing
    writing.done = True
    yield writing


def answer(
    question: Question,
    *,
    device: str = "auto",
    dtype: str = "auto",
    store: Store | None = None,
    resident: Resident | None = None,
    unsafe_pickle: bool = False,
    on_step: Callable[[Writing], None] | None = None,
) -> Comparison:
    """The whole comparison, from the store if it was asked before.

    Args:
        question: Two models, a prompt, a way of decoding.
        device: `auto`, `cuda`, `mps` or `cpu`.
        dtype: `auto` (by device) or a torch dtype's name.
        store: Where answers are kept; None keeps nothing.
        resident: Holds the pair between calls; None loads it for this one.
        unsafe_pickle: Also read weights that are not safetensors. Such files can run
            code when they are read.
        on_step: Called with the growing answer after every step.

    Raises:
        FairvizError: For anything the asker can mend.
    """
    from fairviz.models import catalog, devices
    from fairviz.models.pair import load_pair

    device = devices.choose(device)
    kept_as = devices.default_dtype(device) if dtype == "auto" else dtype
    key = ""
    if store is not None:
        prints = (catalog.fingerprint(question.baseline), catalog.fingerprint(question.compressed))
        key = store.key("comparison", question, prints, device, kept_as)
        known: Comparison | None = store.load("comparison", key)
        if known is not None:
            return known
    load = load_pair if resident is None else resident.pair
    pair = load(
        question.baseline,
        question.compressed,
        device=device,
        dtype=dtype,
        unsafe_pickle=unsafe_pickle,
    )
    for writing in stream(pair, question):
        if on_step is not None:
            on_step(writing)
    comparison = writing.snapshot()
    if store is not None:
        try:
            store.save("comparison", key, comparison)
        except CannotKeep as error:
            # An answer that is there is not lost because the store is full or read-only.
            _log.warning("note: the answer was not stored: %s", error)
    return comparison


def compare(baseline: str, compressed: str, prompt: str, **decoding: Any) -> Comparison:
    """Compare two models by their names, as in `compare("demo", "demo+nf4", "Il était")`.

    Args:
        baseline: `SOURCE[@REVISION][+METHOD]`.
        compressed: Likewise, of the same vocabulary.
        prompt: What both models go on from.
        decoding: Fields of `Decoding`, greedy by default.
    """
    question = Question(
        ModelSpec.parse(baseline), ModelSpec.parse(compressed), prompt, Decoding(**decoding)
    )
    return answer(question)
