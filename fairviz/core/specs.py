"""What a user asks for: a compression, a model, a way of decoding, a question."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fairviz.core.documents import Documented
from fairviz.core.errors import BadSpec
from fairviz.i18n import N_, _

_METHOD = re.compile(
    r"(?P<form>[a-z][a-z0-9_]*(?::[a-z0-9_.]+)*)"
    r"(?:\+keep(?P<bits>8?)=(?P<keep>[\w.]+(?:,[\w.]+)*))?"
)

# Before the path of a file of log-probabilities, in place of a model: see `models.llama_logits`.
LOGITS = "llama-logits:"

# Raised where the same request gives other numbers than before: it is then computed anew, and what
# was kept before opens by its old key. 2: int8 alone, half-precision heads in float32.
NUMERICS = 2


def request_key(
    schema: int,
    request: Mapping[str, object],
    fingerprints: tuple[str, str],
    device: str,
    dtype: str,
) -> str:
    """Names the answer to a request: other weights, device or number type, other key."""
    return digest([schema, NUMERICS, dict(request), list(fingerprints), device, dtype])


def batch(rows: int | None) -> dict[str, int]:
    """The part of a document that says how many texts are read together; empty as usual."""
    return {} if rows is None else {"batch_rows": rows}


def refuse_alone(null: int) -> None:
    """Refuse a number of null models that read beside.

    Raises:
        BadSpec: If it is one, which nothing can be told apart from, or fewer than none.
    """
    if null == 1 or null < 0:
        raise BadSpec(
            _("{n} null models cannot be told apart.", n=null),
            fix=_("Take 20, or at least 2; 0 reads none."),
        )


def digest(content: object) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of `content` as canonical JSON."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_folder(name: str) -> bool:
    """Whether a name is that of a folder here; no name is too long or too strange to ask."""
    return os.path.isdir(os.path.expanduser(name))


def is_gguf(name: str) -> bool:
    """Whether a name is that of a GGUF file, here or not."""
    return name.lower().endswith(".gguf")


def is_served(name: str) -> bool:
    """Whether a name is that of a model behind a server, `openai:URL#MODEL`."""
    return name.startswith("openai:")


def _is_here(name: str) -> bool:
    return is_folder(name) or (is_gguf(name) and os.path.isfile(os.path.expanduser(name)))


@dataclass(frozen=True)
class CompressionSpec:
    """A compression method and its settings; text form `int8`, `gptq:4`, `wanda:2:4`.

    `gptq:4+keep=3.mlp.down,0.attn` leaves these parts as they are, `+keep8=` in 8 bits.

    Whether the method exists and takes these settings is the registry's business
    (`fairviz.compression`); here only the text form is read.
    """

    method: str = "none"
    settings: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()  # parts that are not compressed; see `compression.layers.short`
    keep_bits: int = 16  # what those are held in, 16 or 8

    @classmethod
    def parse(cls, text: str) -> CompressionSpec:
        """Read the text form; the empty text is no compression.

        Raises:
            BadSpec: If the text is not `method[:setting[:setting]]`.
        """
        if not text:
            return cls()
        found = _METHOD.fullmatch(text)
        if found is None:
            raise BadSpec(
                _("'{text}' is not a compression method.", text=text),
                fix=_("Write a method and its settings as in int8, nf4 or gptq:4."),
            )
        method, *settings = found["form"].split(":")
        keep = tuple(found["keep"].split(",")) if found["keep"] else ()
        return cls(method, tuple(settings), keep, int(found["bits"] or 16))

    def __str__(self) -> str:
        form = ":".join((self.method, *self.settings))
        bits = "" if self.keep_bits == 16 else self.keep_bits
        return f"{form}+keep{bits}={','.join(self.keep)}" if self.keep else form


@dataclass(frozen=True)
class ModelSpec:
    """Which model: `SOURCE[@REVISION][+METHOD]`."""

    # `demo`, another bundled name, a Hugging Face id, a local folder, a GGUF file (its path, or
    # `owner/repo:file.gguf`), `openai:URL#MODEL` for a model behind a server, or
    # `llama-logits:FILE` for what a model was written to expect.
    source: str
    revision: str = ""  # branch, tag or commit of a Hugging Face id; empty for the default
    # What is applied to the weights when they are loaded.
    compression: CompressionSpec = field(default_factory=CompressionSpec)

    @classmethod
    def parse(cls, text: str) -> ModelSpec:
        """Read the text form.

        A folder or GGUF file that exists is taken whole, so its name may hold `+` and `@`, and so
        are a file of log-probabilities and a model behind a server; otherwise the last `+` starts
        the method, with what it keeps behind another, and the last `@` the revision.

        Raises:
            BadSpec: If there is no source or the method cannot be read.
        """
        text = text.strip()
        if text.startswith(LOGITS) or is_served(text):
            return cls(text)
        if text.startswith(("http://", "https://")):
            raise BadSpec(
                _("'{text}' is an address.", text=text),
                fix=_("A model behind a server is named openai:{text}#MODEL.", text=text),
            )
        before, _plus, kept = text.rpartition("+keep")
        source, plus, method = (before or text).rpartition("+")
        method += f"+keep{kept}" if before else ""
        if (not plus and not before) or _is_here(text):
            source, method = text, ""
        elif not method:
            raise BadSpec(
                _("'{text}' ends in + without a method.", text=text),
                fix=_("Name one, as in demo+int8, or leave out the +."),
            )
        revision = ""
        if "@" in source and not _is_here(source):
            source, _rest, revision = source.rpartition("@")
        if not source:
            raise BadSpec(
                _("'{text}' names no model.", text=text),
                fix=_(
                    "Write SOURCE[@REVISION][+METHOD], as in demo+nf4 or "
                    "bigscience/bloom-560m@main+int8."
                ),
            )
        return cls(source, revision, CompressionSpec.parse(method))

    def __str__(self) -> str:
        at = f"@{self.revision}" if self.revision else ""
        plus = f"+{self.compression}" if self.compression.method != "none" else ""
        return f"{self.source}{at}{plus}"

    @property
    def served(self) -> bool:
        """Whether it is a model behind a server."""
        return is_served(self.source)

    @property
    def uncompressed(self) -> ModelSpec:
        """The same source without its method."""
        return ModelSpec(self.source, self.revision)

    @property
    def logits(self) -> str:
        """The path of the file of log-probabilities that stands for a model; empty for a model."""
        return self.source.removeprefix(LOGITS) if self.source.startswith(LOGITS) else ""

    @property
    def key(self) -> str:
        """A hash of the text form that names cache folders."""
        return digest(str(self))


@dataclass(frozen=True)
class Chat(Documented):
    """How a prompt is put to a chat model: as a user's message, in the model's own template."""

    LATER = ("system", "thinking")

    system: str = ""  # the system's message before it; empty leaves that to the template
    # `on` or `off`, for a template that knows the switch; empty leaves it too.
    thinking: str = ""


@dataclass(frozen=True)
class Decoding(Documented):
    """How the next token is chosen."""

    max_new_tokens: int = 60  # the most tokens each model writes, at least 1
    temperature: float = 0.0  # 0 is greedy; otherwise the logits are divided by it
    top_k: int = 0  # only the k most likely tokens may be drawn; 0 is off
    top_p: float = 1.0  # only the smallest set of tokens of this mass may be drawn; 1 is off
    # Divides the positive logits of tokens already in the context and multiplies their negative
    # ones (Keskar et al. 2019); 1 is off.
    repetition_penalty: float = 1.0
    seed: int = 0  # of the Gumbel noise that both models share when sampling

    def __post_init__(self) -> None:
        checks = (
            ("max_new_tokens", self.max_new_tokens >= 1, N_("It must be at least 1.")),
            (
                "temperature",
                math.isfinite(self.temperature) and self.temperature >= 0,
                N_("It must be 0 (greedy) or more."),
            ),
            ("top_k", self.top_k >= 0, N_("It must be 0 (off) or more.")),
            ("top_p", 0 < self.top_p <= 1, N_("It must be above 0 and at most 1 (off).")),
            (
                "repetition_penalty",
                math.isfinite(self.repetition_penalty) and self.repetition_penalty > 0,
                N_("It must be above 0; 1 is off."),
            ),
            ("seed", 0 <= self.seed < 2**63, N_("It must be between 0 and 2^63 - 1.")),
        )
        for name, holds, allowed in checks:
            if not holds:
                value = getattr(self, name)
                raise BadSpec(_("{name} is {value}.", name=name, value=value), fix=_(allowed))

    @property
    def greedy(self) -> bool:
        """Whether the most likely token is always taken."""
        return self.temperature == 0
