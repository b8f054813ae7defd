"""Two models that can be compared: loaded, and of one vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from traceback import clear_frames
from typing import Any

from fairviz.compression.registry import method_of
from fairviz.core.errors import (
    BadSpec,
    FairvizError,
    NotFinite,
    OutOfMemory,
    VocabularyMismatch,
)
from fairviz.core.specs import Chat, ModelSpec, batch
from fairviz.i18n import _
from fairviz.models import devices
from fairviz.models.chat import ChatVocabulary
from fairviz.models.checkpoint import locate
from fairviz.models.finite import refuse_no_numbers
from fairviz.models.gguf import Record, record_of
from fairviz.models.identity import here_and_now
from fairviz.models.kept import Readings
from fairviz.models.loading import LoadedModel, load
from fairviz.models.making import Step, make
from fairviz.models.memory import collect, estimate, standing
from fairviz.models.placing import Plan, Size
from fairviz.models.refusals import refusal
from fairviz.models.shelf import Made
from fairviz.models.tokenizer import read_tokenizers
from fairviz.models.turns import (
    held_by,
    is_away,
    make_room,
    plan_beside,
    seat,
    takes_turns,
)
from fairviz.models.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Pair:
    """A baseline and its compressed version; the same object twice for one name twice."""

    baseline: LoadedModel  # the one that shifts are measured from
    compressed: LoadedModel  # the one that they are measured to
    vocabulary_size: int  # tokens that both models give a probability to
    say: Callable[[str], None] = lambda words: None  # told what goes on beside what is measured

    @property
    def in_turn(self) -> bool:
        """Whether one of the two is in memory at a time."""
        return self.baseline is not self.compressed and takes_turns(self.baseline.model)

    @property
    def context_length(self) -> int | None:
        """The most tokens that both can read at once; None is any number."""
        limits = (one.context_length for one in (self.baseline, self.compressed))
        return min(filter(None, limits), default=None)

    def read_ahead(self, measure: Callable[[Pair], object]) -> None:
        """Where the models take turns, let the baseline read all that a measuring asks it.

        What it read is kept, so that the measuring itself, done next, needs the compressed model
        alone. Should it ask more, that costs time and changes no number.

        Args:
            measure: Measures a pair, here the baseline against itself; its result is not used.

        Raises:
            OutOfMemory: If what was read does not fit into memory.
        """
        if not self.in_turn or self.baseline.readings is None:
            return
        self.baseline.readings.begin(devices.free_memory("cpu") // 2)
        alone = replace(self.baseline, context_length=self.context_length)
        try:
            measure(replace(self, baseline=alone, compressed=alone))
        except OutOfMemory:
            raise
        except FairvizError:
            return  # which the measuring itself tells, of both models

    def tell_ahead(self, done: int, of: int) -> None:
        """Say how far that is."""
        self.say(
            _(
                "{baseline} reads first: {done} of {of}",
                baseline=self.baseline.spec,
                done=done,
                of=of,
            )
        )

    def in_batches(self, rows: int | None) -> Pair:
        """The same models, reading up to so many texts together, whatever that does to them.

        Args:
            rows: As others batched them, to repeat their figures; None leaves the pair as it is,
                which reads alone what its neighbours would disturb.

        Raises:
            BadSpec: If there are none.
        """
        if rows is None:
            return self
        if rows < 1:
            raise refusal("no_batch", BadSpec, rows=rows)
        return self._each(lambda one: replace(one, batch_rows=rows))

    def _each(self, change: Callable[[LoadedModel], LoadedModel]) -> Pair:
        """Both models changed; one named twice stays one."""
        left = change(self.baseline)
        same = self.compressed is self.baseline
        return replace(self, baseline=left, compressed=left if same else change(self.compressed))

    def in_chat(self, chat: Chat | None) -> Pair:
        """The same models, each prompt put in their chat template; None leaves the pair as it is.

        Both stop where either ends its turn: a converted model may have lost that token.

        Raises:
            BadSpec: As `ChatVocabulary`.
        """
        if chat is None:
            return self
        models = self.baseline, self.compressed
        first, second = (ChatVocabulary(one.vocabulary, str(one.spec), chat) for one in models)
        if first.tokenizer is not second.tokenizer or first.template != second.template:
            first.beside(second)
        ends = self.baseline.eos_ids | self.compressed.eos_ids
        put = {self.compressed: second, self.baseline: first}
        return self._each(lambda one: replace(one, vocabulary=put[one], eos_ids=ends))

    def provenance(self) -> dict[str, Any]:
        """What a reader needs to trust or refute a number of these models, as JSON values.

        Both models as loaded, versions, device and date.
        """
        identity = self.baseline.identity
        return {
            "baseline": identity.document(),
            "compressed": self.compressed.identity.document(),
            "device": identity.device,
            "dtype": identity.dtype,
            **batch(self.baseline.batch_rows),
            **self.baseline.vocabulary.known,
            **({"in_turn": True} if self.in_turn else {}),
            **here_and_now(),
        }


def load_pair(
    baseline: ModelSpec,
    compressed: ModelSpec,
    *,
    device: str = "auto",
    dtype: str = "auto",
    unsafe_pickle: bool = False,
    together: bool = False,
    progress: Callable[[str], None] | None = None,
    known: MutableMapping[ModelSpec, LoadedModel] | None = None,
) -> Pair:
    """Load what is not loaded yet and check that the two speak of the same tokens.

    Everything that can be refused cheaply is refused before any weight is read. Models that do not
    fit together take turns; what fits no device is spread over those that there are.

    Args:
        baseline: Name of the baseline.
        compressed: Name of the compressed model.
        device: `auto`, `cuda`, `mps` or `cpu`.
        dtype: `auto` (by device, and never one in which a model overflows), `float32`,
            `bfloat16` or `float16`.
        unsafe_pickle: Also read weights that are not safetensors.
        together: Whether both must be in memory at once, since they write together.
        progress: Told in plain sentences what is going on, and for how many seconds.
        known: Models that are loaded already on this device; emptied where the pair needs
            another number type than theirs.

    Raises:
        FairvizError: For whatever a user can mend.
    """
    say = _timed(progress)
    device = devices.choose(device)
    types = devices.automatic(device) if dtype == "auto" else (devices.check_dtype(dtype),)
    specs = dict.fromkeys((baseline, compressed))
    models: dict[ModelSpec, LoadedModel] = dict(known or {})
    missing = [spec for spec in specs if spec not in models]
    for spec in missing:
        method_of(spec.compression, device)
    folders = {spec: locate(spec, unsafe_pickle=unsafe_pickle, progress=say) for spec in missing}
    records = {spec: model.identity.gguf for spec, model in models.items()}
    records |= {spec: record_of(folder) for spec, folder in folders.items()}
    _refuse_twice({spec: records[spec] for spec in specs})
    if folders:
        say(_("Reading the tokenizer"))
    loaded = [models[spec].vocabulary.tokenizer for spec in specs if spec in models]
    tokenizers = read_tokenizers(folders, loaded)
    vocabularies = {spec: model.vocabulary for spec, model in models.items()}
    vocabularies |= {spec: Vocabulary(tokenizer) for spec, tokenizer in tokenizers.items()}
    check_vocabularies(baseline, vocabularies[baseline], compressed, vocabularies[compressed])
    if folders:
        collect()  # before the weights come: reading tokenizers takes more than is kept
    for spec, folder in folders.items():
        method = method_of(spec.compression)
        if method.name != "none" and not method.made:
            refuse_no_numbers(spec, folder)
    for spec in folders:
        if method_of(spec.compression).made:
            made = make_beside(models, spec, say, device=device, unsafe_pickle=unsafe_pickle)
            folders[spec] = made.folder
    sizes = {
        one: [
            Size(estimate(folder, spec.compression, one), standing(folder, one))
            for spec, folder in folders.items()
        ]
        for one in types
    }
    anew = partial(
        load_pair,
        baseline,
        compressed,
        device=device,
        dtype=dtype,
        unsafe_pickle=unsafe_pickle,
        together=together,
        progress=progress,
    )
    how = None
    if folders:
        # A model that is loaded already takes no more, unless its layers are away.
        held = [held_by(model) for model in models.values()]
        how = plan_beside(sizes, held, devices.rooms(device), together)
    other_type = how and any(one.identity.dtype != how.dtype for one in models.values())
    if known and (other_type or (together and any(takes_turns(m.model) for m in models.values()))):
        # Both are read in one number type, and what takes turns writes with nobody.
        known.clear()
        models.clear()
        collect()
        return anew()

    # Not a free variable: the frame of a failure, once cleared, still holds its function.
    def read(models: dict[ModelSpec, LoadedModel], how: Plan, reason: str) -> None:
        if reason:
            say(_("Reading in {dtype}: {reason}", dtype=how.dtype, reason=_(reason)))
        if how.in_turn:
            say(_("Both do not fit into memory together: they are read in turn"))
        for model in models.values():
            if how.in_turn or takes_turns(model.model):
                seat(model, say)
        # In turn the baseline comes last, since it reads first.
        for spec in sorted(folders, key=[compressed, baseline].index) if how.in_turn else folders:
            if how.in_turn:
                make_room(None, device)
            plain = models.get(spec.uncompressed)
            models[spec] = load(
                spec,
                folders[spec],
                tokenizers[spec],
                device=device,
                dtype=how.dtype,
                dtype_reason=reason,
                unsafe_pickle=unsafe_pickle,
                beside=plain.model if plain else None,
                over=how.devices if len(how.devices) > 1 else (),
                progress=say,
            )
            if how.in_turn:
                seat(models[spec], say)

    try:
        if how is not None:
            read(models, how, devices.reason(types, how.dtype))
    except NotFinite as error:
        if len(types) == 1 or how is None or how.dtype != "float16":
            raise
        clear_frames(error.__traceback__)  # they hold what was half loaded
        models.clear()
        if known:
            known.clear()
            collect()
            return anew()
        collect()
        del sizes["float16"]
        read(models, plan_beside(sizes, [], devices.rooms(device), together), devices.OVERFLOWS)
    left = models[baseline]
    if left.readings is None:
        left = models[baseline] = replace(left, readings=Readings())
    right = models[compressed]
    for model in (left, right):
        if takes_turns(model.model):
            seat(model, say)
    return Pair(left, right, min(left.vocabulary_size, right.vocabulary_size), say)


def make_beside(
    loaded: Mapping[ModelSpec, LoadedModel],
    spec: ModelSpec,
    say: Callable[[str], None],
    **how: Any,
) -> Made:
    """`making.make` with progress; where it has no room, models that are loaded let theirs go."""
    progress = partial(_tell_making, say, spec)
    try:
        return make(spec, progress=progress, **how)
    except OutOfMemory:
        if all(is_away(one.model) for one in loaded.values()):
            raise
    for one in loaded.values():
        seat(one, say)
        make_room(None, one.model.device.type)
    return make(spec, progress=progress, **how)


def _refuse_twice(records: Mapping[ModelSpec, Record | None]) -> None:
    """Refuse a method on top of a quantized file, unless that file is the other model.

    Raises:
        BadSpec: With both names.
    """
    for spec, record in records.items():
        plain = spec.uncompressed
        if record is not None and record.quantized and spec != plain and plain not in records:
            raise refusal(
                "file_compressed_twice", BadSpec, spec=spec, types=record.types, plain=plain
            )


def _timed(progress: Callable[[str], None] | None) -> Callable[[str], None]:
    """Tells sentences with the seconds since now; to nobody where nobody asks."""
    if progress is None:
        return lambda words: None
    began = monotonic()
    return lambda words: progress(
        _("{words} ({seconds:.0f} s)", words=words, seconds=monotonic() - began)
    )


def _tell_making(say: Callable[[str], None], spec: ModelSpec, step: Step) -> None:
    """Tell how far the making of a compressed form is."""
    say(
        _("Making {spec}, once. {words}", spec=spec, words=step.words)
        if step.seconds_left is None
        else _(
            "Making {spec}, once. {words}, {seconds:.0f} s left",
            spec=spec,
            words=step.words,
            seconds=step.seconds_left,
        )
    )


def check_vocabularies(
    baseline: ModelSpec, left: Vocabulary, compressed: ModelSpec, right: Vocabulary
) -> None:
    """Refuse two models whose token ids mean different tokens.

    Raises:
        VocabularyMismatch: With both sizes and the first token that differs.
    """
    if left.tokenizer is right.tokenizer or left.tokens == right.tokens:
        return
    ours = {number: token for token, number in left.tokens.items()}
    theirs = {number: token for token, number in right.tokens.items()}
    numbers = sorted(ours.keys() | theirs.keys())
    first = next((i for i in numbers if ours.get(i) != theirs.get(i)), None)
    detail = ""
    if first is not None:
        one, other = (
            repr(side[first]) if first in side else _("missing") for side in (ours, theirs)
        )
        detail = " " + _("Token {i} is {one} and {other}.", i=first, one=one, other=other)
    raise VocabularyMismatch(
        _(
            "{baseline} has {n} tokens, {compressed} has {m}, and they are not the same.",
            baseline=baseline.source,
            n=len(ours),
            compressed=compressed.source,
            m=len(theirs),
        )
        + detail,
        fix=_("Choose the compressed form of the same checkpoint; shifts compare equal token ids."),
    )
