"""The tokenizer that belongs to a checkpoint."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models import gguf_tokenizer
from fairviz.models.failures import panicked, reason
from fairviz.models.refusals import refusal
from fairviz.models.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from transformers import PreTrainedTokenizerBase

# The tokenizers library counts from 0 to the largest id, and cannot be stopped; published
# vocabularies end below a million.
_LARGEST_ID = 10**7 - 1
_HOLDS_LARGER = re.compile(rb"\d{8}")
_SAY_HOW = ("tokenizer.json", "tokenizer_config.json")
_SAMPLE = "Once upon a time, il était une fois 2 sœurs."
_WEIGHTS = (".safetensors", ".bin")
_WITH_IDS = ("tokenizer.json", "vocab.json", "added_tokens.json", "tokenizer_config.json")
# Folder and state of its files -> the tokenizer, while a model holds it: a large one takes four
# seconds and half a gigabyte, and both sides of most pairs have the same.
_read: WeakValueDictionary[tuple[object, ...], PreTrainedTokenizerBase] = WeakValueDictionary()


def read_tokenizers(
    folders: Mapping[ModelSpec, Path], known: Sequence[PreTrainedTokenizerBase] = ()
) -> dict[ModelSpec, PreTrainedTokenizerBase]:
    """The tokenizer of each; a GGUF file is read with the other model's, checked against its list.

    Only where no model has another is one built from the file, and it serves all.

    Args:
        folders: Of the checkpoints.
        known: Those of models that are compared with these, and loaded already.

    Raises:
        ModelUnavailable: As of `read_tokenizer`.
        VocabularyMismatch: If the list in a file is another.
    """
    found = {
        spec: read_tokenizer(spec, folder)
        for spec, folder in folders.items()
        if not gguf_tokenizer.of_file(folder)
    }
    shared = next(iter([*found.values(), *known]), None)
    for spec, folder in folders.items():
        if spec not in found:
            if shared is None:
                shared = read_tokenizer(spec, folder)
            gguf_tokenizer.check(spec, folder, shared)
            found[spec] = shared
    return found


def read_tokenizer(spec: ModelSpec, folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a checkpoint; the same object while one is held and no file has changed.

    Raises:
        ModelUnavailable: If there is none, or one that knows special tokens only, which is
            what transformers makes for some architectures when the files are missing.
    """
    from transformers import AutoTokenizer

    if gguf_tokenizer.of_file(folder):
        gguf_tokenizer.build(spec, folder)
    try:
        key = _state(folder)
        if (held := _read.get(key)) is not None:
            return held
        _check_ids(folder)
        tokenizer = AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
        if len(tokenizer) <= len(tokenizer.all_special_ids):
            raise ValueError(_("it knows no tokens"))
        _check_pieces(folder, tokenizer)
        vocabulary = Vocabulary(tokenizer)
        vocabulary.texts(vocabulary.encode("a"))
    except BaseException as error:
        if not (isinstance(error, Exception) or panicked(error)):
            raise
        why = reason(error)[:200]
        raise refusal("no_tokenizer", source=spec.source, reason=why) from error
    _read[key] = tokenizer
    found: PreTrainedTokenizerBase = tokenizer
    return found


def _state(folder: Path) -> tuple[object, ...]:
    """A folder and its files but for the weights, by name, size and times of change."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix not in _WEIGHTS]
    stats = [(path.name, path.stat()) for path in files if path.is_file()]
    return (
        folder.resolve(),
        *((name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in stats),
    )


def _check_pieces(folder: Path, tokenizer: Any) -> None:
    """Refuse a tokenizer that is guessed from `tokenizer.model` alone and cuts otherwise than it.

    Without a tokenizer_config.json nothing says how texts begin, and a space may be lost.
    """
    alone = folder / "tokenizer.model"
    if not alone.is_file() or any((folder / name).is_file() for name in _SAY_HOW):
        return
    import sentencepiece

    wanted = sentencepiece.SentencePieceProcessor(model_file=str(alone)).encode(
        _SAMPLE, out_type=str
    )
    ids = tokenizer(_SAMPLE, add_special_tokens=False)["input_ids"]
    if tokenizer.convert_ids_to_tokens(ids) != wanted:
        raise ValueError(_("without tokenizer_config.json it cuts texts otherwise than it should"))


def _check_ids(folder: Path) -> None:
    for name in _WITH_IDS:
        path = folder / name
        # Most files hold no such number, and reading them as JSON takes a second for some.
        if not path.is_file() or not _HOLDS_LARGER.search(content := path.read_bytes()):
            continue
        document = json.loads(content)
        table = document if name in ("vocab.json", "added_tokens.json") else {}
        largest = max(_ids(document, table), default=0)
        if largest > _LARGEST_ID:
            raise ValueError(
                _("{file} gives a token the number {id}", file=name, id=f"{largest:,}")
            )


def _ids(document: Any, table: Any) -> Iterator[int]:
    """Every token id of any of these files, and of a plain table of them."""
    for ids in (table, document.get("model", {}).get("vocab")):
        yield from ids.values() if isinstance(ids, dict) else ()
    for token in document.get("added_tokens") or ():
        yield token["id"]
    yield from map(int, document.get("added_tokens_decoder") or ())
