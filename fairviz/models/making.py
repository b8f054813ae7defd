"""Making a compressed model: once, whole or not at all, checked, and found again."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.compression import checks
from fairviz.compression.calibration import BadCalibration, Calibration, bundled, pieces
from fairviz.compression.layers import depth, in_layer, matrices
from fairviz.compression.method import Method, Shape, Work
from fairviz.compression.pairs import asked
from fairviz.compression.registry import check, fitted, method_of
from fairviz.compression.settings import GROUP, fair
from fairviz.core import garbage
from fairviz.core.disk import replacing
from fairviz.core.errors import BadSpec
from fairviz.core.specs import CompressionSpec, ModelSpec, digest
from fairviz.i18n import _
from fairviz.models import catalog, devices, memory, shelf
from fairviz.models.checkpoint import locate
from fairviz.models.failures import GENERATION, WORK, library_errors_as_advice
from fairviz.models.finite import refuse_no_numbers
from fairviz.models.identity import revision_of
from fairviz.models.loading import load
from fairviz.models.metadata import config_of, shape_of, stored_quantization, tensor_sizes
from fairviz.models.refusals import refusal
from fairviz.models.served_address import refuse_served
from fairviz.models.shelf import Made
from fairviz.models.tokenizer import read_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformers import PreTrainedTokenizerBase

    from fairviz.models.loading import LoadedModel

# Weights, their samples' activations, and the model read again.
_MEMORY = 2.5
# Weights, and a layer of them once more: what reads no text, or waits while a GPU works.
_BY_LAYER = 1.3
_PACKAGES = ("torch", "transformers", "llmcompressor", "compressed-tensors")
_IDS = ("bos_token_id", "eos_token_id", "pad_token_id")


class Step(NamedTuple):
    """How far a compression is."""

    done: int  # layers that are finished
    of: int  # all of them
    words: str  # what is going on
    seconds_left: float | None  # by the pace so far; None where there is none yet


def make(
    spec: ModelSpec,
    *,
    calibration: Calibration | None = None,
    device: str = "auto",
    out: Path | None = None,
    unsafe_pickle: bool = False,
    progress: Callable[[Step], None] | None = None,
) -> Made:
    """The compressed form of a model, made if it is not there yet.

    Where no group size is given and the usual one does not fit, the largest that does is taken,
    and the record names it. What the model cannot take is refused before a weight is read. Of two
    processes that ask for the same one, one makes it and the other waits. If anything fails, or
    `progress` raises to stop, nothing is left behind.

    Args:
        spec: The baseline with a method whose weights are made (`demo+wanda:0.5`).
        calibration: The text it reads; None for the bundled one, of the bundled models alone.
        device: `auto`, `cuda`, `mps` or `cpu`.
        out: A folder for it; None for the cache.
        unsafe_pickle: Also read weights that are not safetensors.
        progress: Told after every layer; what it raises to stop is no `Exception`.

    Raises:
        FairvizError: With the way out, for whatever a user can mend.
    """
    say = progress or (lambda step: None)
    device = devices.choose(device)
    refuse_served(spec)
    method = method_of(spec.compression, device)
    if not method.made:
        raise refusal("nothing_to_make", BadSpec, method=_(method.title), spec=spec)
    base = spec.uncompressed
    folder = locate(base, unsafe_pickle=unsafe_pickle)
    if stored_quantization(config_of(folder)):
        raise refusal("compressed_twice", BadSpec, source=base, compression=spec.compression)
    shape = shape_of(base, folder)
    form = fitted(spec.compression, shape)
    if form != spec.compression:
        words = _(
            "{usual} does not divide every width of {model}: {form} is made",
            usual=GROUP,
            model=base,
            form=form,
        )
        say(Step(0, 1, words, None))
        spec = replace(spec, compression=form)
    check(spec.compression, shape)
    text = (calibration or bundled()).with_pairs(method.paired) if method.calibrated else None
    revision = revision_of(folder)
    key = digest(
        {
            "revision": revision,
            "source": spec.source,
            "compression": str(spec.compression),
            "calibration": text.document() if text else None,
        }
    )
    target = out or shelf.root() / key
    if (there := shelf.read(target)) is not None and there.key == key:
        return there
    if text is not None and calibration is None:
        check_text(spec)
    if out is not None and out.exists() and any(out.iterdir()):
        raise refusal("not_empty", BadSpec, folder=out)
    refuse_no_numbers(spec, folder)
    memory.check_disk(target, sum(path.stat().st_size for path in folder.glob("*.safetensors")))
    place, dtype = _place(method, folder, device)
    if place != device:
        say(Step(0, 1, _("It waits in the CPU's memory, one layer at a time on the GPU"), None))
    with _alone(target, key, say):
        if (there := shelf.read(target)) is not None and there.key == key:
            return there
        job = _Job(
            key,
            revision,
            spec,
            base,
            folder,
            shape,
            method,
            text,
            device,
            place,
            dtype,
            read_tokenizer(base, folder),
            unsafe_pickle,
            say,
        )
        with replacing(target) as writing, library_errors_as_advice(spec, folder, WORK):
            made = job.run(writing)
    return replace(made, folder=target)


def _place(method: Method, folder: Path, device: str) -> tuple[str, str]:
    """Where the weights are while they are compressed, and their number type.

    Raises:
        OutOfMemory: If they fit neither the device nor, for a method that works layer by layer, the
            memory of the CPU.
    """
    light = method.by_layer and not method.calibrated

    def needed(times: float) -> dict[str, int]:
        return {
            one: int(memory.estimate(folder, CompressionSpec(), one) * times)
            for one in devices.automatic(device)
            if one != "float16"  # in which some models overflow
        }

    place, there = device, needed(_BY_LAYER if light else _MEMORY)
    dtype = memory.first_that_fits(there, devices.free_memory(place))
    if (
        method.by_layer
        and device != "cpu"
        and there[dtype] * memory.MARGIN > devices.free_memory(place)
    ):
        place, there = "cpu", needed(_BY_LAYER)
        dtype = memory.first_that_fits(there, devices.free_memory(place))
    memory.check(there[dtype], place)
    return place, dtype


def check_text(spec: ModelSpec) -> None:
    """Refuse the toy grammar as calibration text where nobody has asked for it.

    Raises:
        BadCalibration: If the model is none of ours.
    """
    if spec.source not in catalog.BUNDLED:
        raise refusal("no_calibration", BadCalibration, spec=spec, source=spec.source)


@contextmanager
def _alone(target: Path, key: str, say: Callable[[Step], None]) -> Iterator[None]:
    """Hold the file lock of one compressed model."""
    from filelock import FileLock, Timeout

    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target.parent / f".{key}.lock")
    while True:
        try:
            lock.acquire(timeout=0.5)
            break
        except Timeout:
            say(Step(0, 1, _("Another process is making it; waiting for that one"), None))
    try:
        yield
    finally:
        lock.release()


class _Job(NamedTuple):
    """One compression from the baseline's folder to a checked checkpoint."""

    key: str
    revision: str
    spec: ModelSpec
    base: ModelSpec
    folder: Path
    shape: Shape
    method: Method
    text: Calibration | None
    device: str  # where its method computes
    place: str  # where its weights are
    dtype: str
    tokenizer: PreTrainedTokenizerBase
    unsafe_pickle: bool
    say: Callable[[Step], None]

    def run(self, writing: Path) -> Made:
        """Compress, save, read again, check, and write the record."""
        import torch

        started = time.monotonic()
        compression = self.spec.compression
        loaded = self._load(self.base, self.folder)
        left_out = _settings_that_cannot_be_saved(loaded.model, self.folder)
        with library_errors_as_advice(self.base, self.folder, GENERATION):
            # All but the weights, before the work: a saving that fails must fail here.
            for part in (loaded.model.config, loaded.model.generation_config, self.tokenizer):
                part.save_pretrained(writing)
        samples: Any = torch.zeros((0, 1), dtype=torch.long)
        if self.text is not None:
            width = loaded.context_length or self.text.length
            samples = pieces(self.text, self.tokenizer, width)
        with memory.out_of_memory_as_advice():
            self._compress(loaded, samples)
        checks.finite(compression, loaded.model)
        # (1, L) tokens that the saved and the reloaded model are compared on.
        probe = samples[:1]
        if not len(samples):
            probe = torch.arange(min(32, len(self.tokenizer)))[None]
        stored = _rounded_to(loaded.model, config_of(self.folder))
        before = checks.logits(loaded.model, probe)
        self._tell(_("Saving and checking it"))
        self._save(loaded.model, stored, writing)
        dtype = loaded.identity.dtype
        del loaded
        garbage.collect()
        again = self._load(ModelSpec(str(writing)), writing)
        checks.reloads(compression, before, checks.logits(again.model, probe), dtype)
        checks.as_asked(compression, again.model, self.shape.layers)
        made = self._record(again, writing, time.monotonic() - started, left_out)
        shelf.write(made, writing)
        return made

    def _load(self, spec: ModelSpec, folder: Path) -> LoadedModel:
        return load(
            spec,
            folder,
            self.tokenizer,
            device=self.place,
            dtype=self.dtype,
            unsafe_pickle=self.unsafe_pickle,
            progress=self._tell if spec is self.base else None,
        )

    def _compress(self, loaded: LoadedModel, samples: Any) -> None:
        started = time.monotonic()

        def told(done: int, of: int) -> None:
            left = (time.monotonic() - started) / done * (of - done) if done else None
            words = _(
                "{method}: {done} of {of} done", method=_(self.method.title), done=done, of=of
            )
            self.say(Step(done, of, words, left))

        spec, pairs = self.spec.compression, tuple[tuple[str, str], ...]()
        if self.text is not None and self.text.pairs is not None:
            wanted = fair(spec)
            pairs = asked(self.text.pairs, self.text.texts, wanted.language, wanted.control)
        work = Work(spec, loaded.model, self.tokenizer, samples, told, pairs)
        if self.method.make is None:
            raise refusal("makes_nothing", BadSpec, method=_(self.method.title))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.method.make(work)
        loaded.model.requires_grad_(False)

    def _save(self, model: Any, stored: Any, writing: Path) -> None:
        for tensor in _not_quantized(model):
            tensor.data = tensor.data.to(stored or tensor.dtype)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save_pretrained(writing)
        self.tokenizer.save_pretrained(writing)
        (writing / "recipe.yaml").unlink(missing_ok=True)

    def _record(
        self, again: LoadedModel, writing: Path, seconds: float, left_out: tuple[str, ...]
    ) -> Made:
        weights = [module.weight for module in matrices(again.model).values()]
        count = sum(weight.numel() for weight in weights)
        stored = sum(
            size.stored
            for name, size in tensor_sizes(writing).items()
            if ".weight" in name
            and in_layer(f"{name.split('.weight')[0]}.weight")
            and (len(size.shape) == 2 or "weight_" in name)
        )
        if not weights:
            raise refusal("no_linear_layer", source=self.base)
        return Made(
            key=self.key,
            folder=writing,
            spec=self.spec,
            revision=self.revision,
            calibration=self.text.document() if self.text else None,
            seconds=round(seconds, 2),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            bytes_on_disk=sum(path.stat().st_size for path in writing.glob("*.safetensors")),
            bytes_in_memory=again.identity.bytes_in_memory,
            parameters=again.identity.parameters,
            zero_share=sum(int((weight == 0).sum()) for weight in weights) / count,
            bits_per_weight=8 * stored / count,
            layers=depth(again.model.config),
            device=self.device,
            versions={name: version(name) for name in _PACKAGES},
            left_out=left_out,
        )

    def _tell(self, words: str) -> None:
        self.say(Step(0, 1, words, None))


def _settings_that_cannot_be_saved(model: Any, folder: Path) -> tuple[str, ...]:
    """Take out of a generation config what `save_pretrained` refuses to write.

    It reads settings that contradict each other, such as a temperature without sampling, and
    does not save them. Nothing here decodes by them: only the ids of special tokens are kept.

    Returns:
        The names of what was taken out; none where all can be saved.
    """
    before = model.generation_config
    try:
        before.validate(strict=True)
    except ValueError:
        model.generation_config = type(before)(**{name: getattr(before, name) for name in _IDS})
        file = folder / GENERATION
        written = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        numbers = {name for name, value in written.items() if type(value) in (int, float)}
        return tuple(sorted(numbers - {*_IDS}))
    return ()


def _rounded_to(model: Any, config: dict[str, Any]) -> Any:
    """Round what is not quantized to the number type that the baseline is stored in.

    Returns:
        The type, or None where that is float32 or unknown.
    """
    import torch

    name = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    if name not in ("float16", "bfloat16"):
        return None
    stored = getattr(torch, name)
    for tensor in _not_quantized(model):
        tensor.data = tensor.data.to(stored).to(tensor.dtype)
    return stored


def _not_quantized(model: Any) -> list[Any]:
    """The tensors that are stored as numbers, not as codes."""
    modules = (one for one in model.modules() if not hasattr(one, "quantization_scheme"))
    return [tensor for module in modules for tensor in module.parameters(recurse=False)]
