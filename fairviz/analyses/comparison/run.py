"""From a request to its answer, written live by a loaded pair."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.analyses.comparison.write import Writing
from fairviz.core.errors import EmptyPrompt, PromptTooLong
from fairviz.i18n import _, ngettext

if TYPE_CHECKING:
    from fairviz.analyses.runner import Measuring
    from fairviz.models.pair import Pair


def prompt_ids(request: ComparisonRequest, pair: Pair) -> list[int]:
    """Token ids of the prompt, checked against the context of both models.

    Raises:
        EmptyPrompt: If the models would get no token at all.
        PromptTooLong: If prompt and answer do not fit into the smaller context.
    """
    prompt = pair.baseline.vocabulary.encode(request.prompt)
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
    wanted = request.decoding.max_new_tokens
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


def stream(pair: Pair, request: ComparisonRequest) -> Iterator[Writing]:
    """The answer after every step, and once more when it is done; one growing object.

    Closing the iterator stops both models before their next step.

    Raises:
        EmptyPrompt, PromptTooLong, NoEmbedding: Before anything is computed.
        NotFinite: At the first step where a model gives no numbers.
        OutOfMemory: If the device runs out of memory on the way.
    """
    from fairviz.inference.paired_decoding import write_in_pair
    from fairviz.models.memory import out_of_memory_as_advice

    prompt = prompt_ids(request, pair)
    writing = Writing(request, pair, prompt)
    writers = pair.baseline.writer, pair.compressed.writer
    with out_of_memory_as_advice():
        steps = write_in_pair(*writers, prompt, request.decoding, pair.vocabulary_size)
        for step in steps:
            writing.push(step)
            yield writing
    writing.done = True
    yield writing


def measure(request: ComparisonRequest) -> Measuring:
    """What `runner.answer` runs: the growing answer after every step, at last the comparison."""

    def measuring(
        pair: Pair | None, _run: None, _told: Callable[[Any], None]
    ) -> Iterator[Writing | Comparison]:
        if pair is None:
            raise TypeError("a comparison needs two models")
        for writing in stream(pair, request):
            yield writing
        yield writing.snapshot()

    return measuring
