"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from fairviz.core.text_file import content_of, text_of

Baseline = Annotated[str, typer.Option(help="SOURCE[@REVISION][+METHOD], e.g. demo.")]
OrServed = Annotated[
    str, typer.Option(help="SOURCE[@REVISION][+METHOD], e.g. demo, or openai:URL#MODEL.")
]
Compressed = Annotated[
    list[str] | None,
    typer.Option(help="Likewise, e.g. demo+nf4; up to eight forms of one baseline: repeat it."),
]
Device = Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")]
Dtype = Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")]
BatchRows = Annotated[
    int | None,
    typer.Option(
        help="Texts read together, to repeat others' batched figures; by default what its "
        "neighbours would disturb is read alone."
    ),
]
Floor = Annotated[
    bool, typer.Option(help="Also the baseline against itself in another number type.")
]
Null = Annotated[
    int,
    typer.Option(
        min=0,
        help="So many null models beside: the baseline with random errors of the form's size. "
        "20 tell what any disturbance would do, in some 40 readings.",
    ),
]
TopLogprobs = Annotated[
    int | None,
    typer.Option(
        "--top-k-logprobs",
        min=1,
        help="Tokens a place that a server is asked for, 20 by default; for openai:URL#MODEL.",
    ),
]
Chat = Annotated[
    str,
    typer.Option(
        help="on puts prompts in the models' chat template, as a user's message; off reads them as "
        "they stand; auto is on where both models have a template."
    ),
]
System = Annotated[str, typer.Option(help="The system's message, in the chat template.")]
Thinking = Annotated[str, typer.Option(help="on or off, for a chat template that knows it.")]
Engine = Annotated[
    str,
    typer.Option(
        help="Who reads: ray for workers on this machine, ray:ADDRESS for a cluster's (HOST:PORT "
        "or auto), local to go on in this process with what they had done."
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        min=0,
        help="With --engine ray, each holds the pair; by default one a GPU, or one a machine "
        "where there is none.",
    ),
]
JsonFile = Annotated[
    str, typer.Option("--json", help="Write everything measured to a file; - is stdout.")
]
UnsafePickle = Annotated[
    bool, typer.Option(help="Also read pickled weights, which can run code when read.")
]
Keep = Annotated[
    bool, typer.Option("--store/--no-store", help="Answer from the store, and keep the answer.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="KEY=VALUE of the probe's settings; may be repeated."),
]
Document = Annotated[str, typer.Option("--json", help="Write it to a file; - is stdout.")]


def text_in(file: Path) -> str:
    """The text of a file; `-` is stdin."""
    content = sys.stdin.buffer.read() if str(file) == "-" else content_of(file)
    return text_of(content, str(file))
