"""The tokenizer of a GGUF file: another's, checked against its list, or one built from it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.errors import ModelUnavailable, VocabularyMismatch
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.gguf import VOCABULARY

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

# Kinds of tokens as the format numbers them.
_CONTROL, _USER_DEFINED, _UNUSED, _BYTE = 3, 4, 5, 6
_PADDING = "[PAD"
_SPACE = "▁"
# How texts are cut before merges, by the name that files give it; the patterns are those of the
# models' own tokenizer.json. Where there are two, the second cuts what the first left.
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{digits}"
    r"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_CUTS = {
    **dict.fromkeys(("default", "gpt-2", "mpt", "olmo", "phi-2"), (_GPT2,)),
    **dict.fromkeys(("smollm", "starcoder", "refact", "command-r"), (r"\p{N}", _GPT2)),
    **dict.fromkeys(("llama-bpe", "llama3", "llama-v3"), (_CL100K.format(digits="{1,3}"),)),
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen"), (_CL100K.format(digits=""),)),
    "bloom": (r" ?[^(\s|[.,!?…。，、।۔،])]+",),
}
# Those take a whole word that is a token, whatever its merges.
_WHOLE_WORDS = ("llama-bpe", "llama3", "llama-v3")


class _List(NamedTuple):
    """What a file says of its tokens; the settings without `tokenizer.ggml.`."""

    tokens: list[str]
    kinds: list[int]
    settings: Mapping[str, Any]

    def special(self, name: str) -> str | None:
        """The text of the token that a role has, such as `bos`."""
        number = self.settings.get(f"{name}_token_id")
        known = isinstance(number, int) and 0 <= number < len(self.tokens)
        return self.tokens[number] if known else None  # type: ignore[index]


def of_file(folder: Path) -> bool:
    """Whether a folder was made from a GGUF file."""
    return (folder / VOCABULARY).is_file()


def _list(spec: ModelSpec, folder: Path) -> _List:
    stored = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
    settings = {name.removeprefix("tokenizer.ggml."): value for name, value in stored.items()}
    tokens = settings.get("tokens")
    if not isinstance(tokens, list) or not tokens or not isinstance(tokens[0], str):
        raise ModelUnavailable(
            _("{source} has no list of tokens.", source=spec.source),
            fix=_("Choose a file that has its tokenizer, as llama.cpp's converter writes it."),
        )
    kinds = settings.get("token_type") or [1] * len(tokens)
    return _List(tokens, kinds, settings)


def check(spec: ModelSpec, folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse to read a file with a tokenizer whose ids are not the file's, each looked at.

    llama.cpp writes some tokens otherwise: spaces for the signs that stand for them, bytes as
    `<0x0A>`, and `[PAD…]` where the weights have more rows than there are tokens.

    Raises:
        VocabularyMismatch: With the first token that differs.
    """
    tokens, kinds, _rest = _list(spec, folder)
    theirs = {number: token for token, number in tokenizer.get_vocab().items()}
    for number in range(max(len(tokens), 1 + max(theirs, default=0))):
        ours = tokens[number] if number < len(tokens) else None
        other = theirs.get(number)
        if ours == other or (ours is not None and _same(ours, other, kinds[number])):
            continue
        shown = [_("missing") if one is None else repr(one) for one in (ours, other)]
        raise VocabularyMismatch(
            _(
                "The list of tokens in {source} is not that of the other model: token {i} is {one} "
                "and {other}.",
                source=spec.source,
                i=number,
                one=shown[0],
                other=shown[1],
            ),
            fix=_("Choose two forms of the same checkpoint; shifts compare equal token ids."),
        )


def _same(ours: str, other: str | None, kind: int) -> bool:
    if other is None:
        return kind == _UNUSED or ours.startswith(_PADDING)
    return other.replace(_SPACE, " ") == ours.replace(_SPACE, " ") or (
        len(other) == 1 and ours == f"<0x{ord(other):02X}>"
    )


def build(spec: ModelSpec, folder: Path) -> None:
    """Make the tokenizer that a file describes and put it beside the weights, once.

    Raises:
        ModelUnavailable: If the file's kind of tokenizer is none that is known here.
    """
    if (folder / "tokenizer.json").is_file():
        return
    from transformers import PreTrainedTokenizerFast

    listed = _list(spec, folder)
    kind, cut = str(listed.settings.get("model")), str(listed.settings.get("pre", "default"))
    if kind == "llama":
        made = _by_scores(listed)
    elif kind == "gpt2" and cut in _CUTS:
        made = _by_merges(listed, cut)
    else:
        raise ModelUnavailable(
            _(
                "{source} has a tokenizer of a kind that is not built here ({kind}, {cut}).",
                source=spec.source,
                kind=kind,
                cut=cut,
            ),
            fix=_("Name the Hugging Face checkpoint as the other model: its tokenizer is used."),
        )
    _complete(made, listed, bos=bool(listed.settings.get("add_bos_token", kind == "llama")))
    roles = {
        f"{name}_token": token
        for name, role in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding"))
        if (token := listed.special(role)) is not None
    }
    tokenizer: Any = PreTrainedTokenizerFast(
        tokenizer_object=made, clean_up_tokenization_spaces=False, **roles
    )
    template = listed.settings.get("tokenizer.chat_template")
    if isinstance(template, str):
        tokenizer.chat_template = template
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tokenizer") as beside:
        tokenizer.save_pretrained(beside)
        # What says that it is there comes last.
        files = sorted(Path(beside).iterdir(), key=lambda path: path.name == "tokenizer.json")
        for path in files:
            path.replace(folder / path.name)


def _by_scores(listed: _List) -> Tokenizer:
    """SentencePiece's BPE: of the pairs of neighbours that are tokens the best is merged."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    ids = {token: number for number, token in enumerate(listed.tokens)}
    scores = listed.settings.get("scores") or [0.0] * len(listed.tokens)
    plain = {token for token, n in ids.items() if listed.kinds[n] not in (_CONTROL, _BYTE)}
    merges = [
        (-scores[ids[token]], ids[token[:cut]], ids[token[cut:]])
        for token in plain
        for cut in range(1, len(token))
        if token[:cut] in plain and token[cut:] in plain
    ]
    merges.sort()
    tokens = listed.tokens
    made = Tokenizer(
        models.BPE(
            vocab=ids,
            merges=[(tokens[left], tokens[right]) for _rest, left, right in merges],
            unk_token=listed.special("unknown"),
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    prefix = bool(listed.settings.get("add_space_prefix", True))
    spaces = normalizers.Replace(" ", _SPACE)
    made.normalizer = (
        normalizers.Sequence([normalizers.Prepend(_SPACE), spaces]) if prefix else spaces
    )
    parts = [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    made.decoder = decoders.Sequence([*parts, *([decoders.Strip(" ", 1, 0)] if prefix else [])])
    return made


def _by_merges(listed: _List, cut: str) -> Tokenizer:
    """GPT-2's BPE over bytes: the merges are in the file, how texts are cut has a name there."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    made = Tokenizer(
        models.BPE(
            vocab={token: number for number, token in enumerate(listed.tokens)},
            merges=[tuple(one.split(" ", 1)) for one in listed.settings.get("merges") or ()],
            ignore_merges=cut in _WHOLE_WORDS,
        )
    )
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            *(pre_tokenizers.Split(Regex(one), "isolated") for one in _CUTS[cut]),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    return made


def _complete(made: Tokenizer, listed: _List, bos: bool) -> None:
    """Tokens that no text is cut into, and the one that stands before a text."""
    from tokenizers import AddedToken, processors

    for kind, add in ((_CONTROL, made.add_special_tokens), (_USER_DEFINED, made.add_tokens)):
        names = [
            token for token, one in zip(listed.tokens, listed.kinds, strict=False) if one == kind
        ]
        add([AddedToken(name, normalized=False, special=kind == _CONTROL) for name in names])
    first = listed.special("bos")
    if bos and first is not None:
        made.post_processor = processors.TemplateProcessing(
            single=f"{first} $A",
            pair=f"{first} $A {first} $B:1",
            special_tokens=[(first, listed.settings["bos_token_id"])],
        )
