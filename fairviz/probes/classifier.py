"""A text classifier that someone else trained, named by a folder or a Hugging Face id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.core.errors import BadSpec, ModelUnavailable
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.catalog import folder_of
from fairviz.models.checkpoint import refuse_no_files, whole
from fairviz.models.failures import USE, library_errors_as_advice
from fairviz.models.fit import Fit, foretold, refuse
from fairviz.models.hub import fetch
from fairviz.models.metadata import check_quantization, config_of
from fairviz.models.tokenizer import read_tokenizer

_BATCH = 32
# What classifiers call the harm they look for, the likeliest first.
_HARM = ("negative", "toxic", "toxicity", "hate", "hateful", "offensive", "neg", "harmful")
_NUMBERED = re.compile(r"\.\d+\.")
# A tokenizer without a limit says so with a huge number.
_NO_LIMIT = 1_000_000


class Scores(NamedTuple):
    """Texts under the classifier: (N, L) probabilities, and how many texts were cut short."""

    probabilities: list[list[float]]
    cut: int


@dataclass(frozen=True, eq=False)
class Classifier:
    """A classifier that can be asked.

    Attributes:
        labels: Names of its classes, in the order of its scores.
        exclusive: Whether the probabilities of the classes add up to 1.
    """

    source: str
    labels: tuple[str, ...]
    exclusive: bool
    _model: Any
    _tokenizer: Any
    _longest: int
    language: str = ""  # the one that it reads; empty where that is not known

    def harm(self, label: str = "") -> int:
        """Place of a label; by default the one whose name means harm.

        Raises:
            BadSpec: If there is no such label, or none that can be told to mean harm.
        """
        # Of two labels without names, the second is what a classifier looks for.
        unnamed = ("label_1",) if len(self.labels) == 2 else ()
        return label_place(self.source, self.labels, label, (*_HARM, *unnamed))

    def called(self, probabilities: Sequence[float], place: int) -> bool:
        """Whether a text is called that label: the likeliest one, or above one half."""
        if self.exclusive:
            return probabilities[place] == max(probabilities)
        return probabilities[place] > 0.5

    def scores(self, texts: Sequence[str]) -> Iterator[Scores]:
        """Probabilities of every label, batch by batch, in the order of the texts."""
        import torch

        # Without a padding token texts of different lengths are no batch.
        size = _BATCH if self._tokenizer.pad_token_id is not None else 1
        for start in range(0, len(texts), size):
            batch = list(texts[start : start + size])
            lengths = [len(ids) for ids in self._tokenizer(batch)["input_ids"]]
            ids = self._tokenizer(
                batch,
                return_tensors="pt",
                padding=size > 1,
                truncation=True,
                max_length=self._longest,
            ).to(self._model.device)
            with torch.inference_mode():
                logits = self._model(**ids).logits.float()
            found = logits.softmax(-1) if self.exclusive else logits.sigmoid()
            yield Scores(found.tolist(), sum(length > self._longest for length in lengths))


def label_place(source: str, labels: Sequence[str], label: str, guesses: Sequence[str] = ()) -> int:
    """Place of a label, or of the first guess that there is.

    Raises:
        BadSpec: If there is no such label, or none of the guesses.
    """
    names = [name.lower() for name in labels]
    for name in [label.lower()] if label else guesses:
        if name in names:
            return names.index(name)
    told = {"classifier": source, "labels": ", ".join(labels)}
    raise BadSpec(
        _("{classifier} has no label '{label}'; it has {labels}.", label=label, **told)
        if label
        else _("{classifier} does not say which label means harm; it has {labels}.", **told),
        fix=_("Name one of these."),
    )


def load_classifier(source: str, device: str) -> Classifier:
    """Read a sequence classifier; only safetensors, and never code of its authors.

    Args:
        source: A folder, or a Hugging Face id with `@revision` if wanted.

    Raises:
        BadSpec: If the name asks for compression, or it is a regression.
        ModelUnavailable: If it is not here, is no such classifier, or is not safe to read.
    """
    import torch
    import transformers

    spec = ModelSpec.parse(source)
    if spec.compression.method != "none":
        raise BadSpec(
            _("{classifier} asks for a compressed classifier.", classifier=source),
            fix=_("Leave out the + part."),
        )
    folder = folder_of(spec) or fetch(spec, unsafe_pickle=False)
    if not folder.is_dir():
        raise ModelUnavailable(
            _("There is no folder {path}.", path=folder), fix=_("Check the path.")
        )
    _check(spec, folder)
    # Before the tokenizer, which reads config.json too.
    report, shapes = foretold(spec, folder, "SequenceClassification")
    if report.get("missing_keys"):
        raise ModelUnavailable(
            _(
                "{classifier} lacks weights of a classifier, {weight} among them.",
                classifier=spec.source,
                weight=sorted(report["missing_keys"])[0],
            ),
            fix=_("Choose a model that was trained to classify; what is missing would be random."),
        )
    # The head that it had before it was trained to classify is no matter; its layers are.
    layers = [name for name in report.get("unexpected_keys", ()) if _NUMBERED.search(name)]
    refuse(spec, Fit({**report, "unexpected_keys": layers}, shapes))
    tokenizer = read_tokenizer(spec, folder)
    with library_errors_as_advice(spec, folder):
        model: Any = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
        )
    with library_errors_as_advice(spec, folder, USE):
        model.eval().requires_grad_(False).to(device)
        config = model.config
        if config.problem_type == "regression":
            raise BadSpec(
                _("{classifier} gives a number, not labels.", classifier=spec.source),
                fix=_("Choose a classifier with labels."),
            )
        several = config.problem_type == "multi_label_classification" or config.num_labels == 1
        labels = tuple(str(config.id2label[place]) for place in range(config.num_labels))
        classifier = Classifier(
            spec.source, labels, not several, model, tokenizer, _longest(tokenizer, model)
        )
        next(classifier.scores(["a"]))  # before an hour of writing what it is to judge
        return classifier


def _check(spec: ModelSpec, folder: Path) -> None:
    refuse_no_files(folder)
    config = config_of(folder)
    names = list(config.get("architectures") or [])
    if not any(str(name).endswith("ForSequenceClassification") for name in names):
        raise ModelUnavailable(
            _(
                "{classifier} is no text classifier (architecture: {architecture}).",
                classifier=spec.source,
                architecture=", ".join(map(str, names)) or _("none named"),
            ),
            fix=_("Choose one whose architecture ends in ForSequenceClassification."),
        )
    if not any(folder.glob("*.safetensors")):
        raise ModelUnavailable(
            _(
                "{classifier} has no safetensors weights; pickled ones can run code when read.",
                classifier=spec.source,
            ),
            fix=_("Choose a classifier that has them, or convert it where you trust its author."),
        )
    whole(folder)
    check_quantization(spec, config)


def _longest(tokenizer: Any, model: Any) -> int:
    """Tokens that it reads at once; RoBERTa's table of positions has two more rows."""
    limit = int(min(tokenizer.model_max_length, _NO_LIMIT))
    positions = getattr(model.config, "max_position_embeddings", None)
    return min(limit, positions - 2) if isinstance(positions, int) else limit
