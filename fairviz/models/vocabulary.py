"""From prompts to token ids and from token ids to what a reader sees."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BROKEN = "�"


class Vocabulary:
    """A tokenizer as fairviz uses it: one BOS at most, tokens shown as characters.

    Args:
        tokenizer: A tokenizer of transformers.
        template: The model's chat template, where it is not the tokenizer's.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, template: str = "") -> None:
        self.tokenizer = tokenizer
        own: Any = getattr(tokenizer, "chat_template", None)
        if isinstance(own, dict):  # several, by what they are for
            own = own.get("default")
        self.template = template or own or ""
        self._texts: dict[int, str] = {}

    @cached_property
    def tokens(self) -> dict[str, int]:
        """Every token's text form and its id; two models compare only when these are equal."""
        return dict(self.tokenizer.get_vocab())

    @cached_property
    def bos_id(self) -> int | None:
        """The beginning-of-text token that the tokenizer puts before a prompt, if it does."""
        ids = self.tokenizer("a")["input_ids"]
        bos = self.tokenizer.bos_token_id
        return int(bos) if bos is not None and ids and ids[0] == bos else None

    @property
    def bos(self) -> str:
        """Whether prompts get a beginning-of-text token, for a reader: `one, <s>` or `none`."""
        return "none" if self.bos_id is None else f"one, {self.tokenizer.bos_token}"

    @property
    def known(self) -> Mapping[str, Any]:
        """What a reader needs to know of how prompts were put to the model, as JSON values."""
        return {}

    def rendered(self, prompt: str) -> str:
        """The text that a model is given for a prompt: the prompt itself."""
        return prompt

    def answer(self, text: str) -> str:
        """What stands right behind a rendered prompt where `text` stands behind the prompt."""
        return text

    def encode(self, prompt: str) -> list[int]:
        """Token ids of what a model is given for a prompt."""
        return self.ids(self.rendered(prompt))

    def ids(self, text: str) -> list[int]:
        """Token ids of a text, with exactly one BOS where the tokenizer asks for one.

        No other special token is added: an end-of-text token that some tokenizers
        append would end the story before it starts.
        """
        ids = [int(i) for i in self.tokenizer(text, add_special_tokens=False)["input_ids"]]
        if self.bos_id is None:
            return ids
        if ids[:1] == [self.bos_id]:
            return ids
        return [self.bos_id, *ids]

    def text(self, token_id: int) -> str:
        """One token as a reader sees it; bytes that form no character as `<C3>`.

        It is read behind an ordinary letter, so that the space which some tokenizers
        drop at the beginning of a text is kept.
        """
        if token_id not in self._texts:
            anchor = self._anchor
            text = self._decode([*anchor, token_id])[len(self._decode(anchor)) :]
            if _BROKEN in text:
                text = self._bytes(token_id)
            self._texts[token_id] = text
        return self._texts[token_id]

    @cached_property
    def _anchor(self) -> list[int]:
        return [int(i) for i in self.tokenizer("a", add_special_tokens=False)["input_ids"]]

    @cached_property
    def _byte_of(self) -> dict[str, int]:
        # The printable stand-ins of GPT-2's byte-level BPE (Radford et al. 2019).
        from transformers.convert_slow_tokenizer import bytes_to_unicode

        return {char: byte for byte, char in bytes_to_unicode().items()}

    def _bytes(self, token_id: int) -> str:
        token = str(self.tokenizer.convert_ids_to_tokens(token_id))
        if token.startswith("<0x"):
            return f"<{token[3:-1]}>"
        return "".join(
            f"<{self._byte_of[char]:02X}>" if char in self._byte_of else char for char in token
        )

    def _decode(self, ids: list[int]) -> str:
        return str(
            self.tokenizer.decode(
                ids, skip_special_tokens=False, clean_up_tokenization_spaces=False
            )
        )

    def reader(self, context: list[int]) -> Reader:
        """Reads a text that goes on from `context`, token by token."""
        return Reader(self._decode, context)

    def texts(self, ids: list[int]) -> tuple[str, ...]:
        """The text of each token; their concatenation is the text of all."""
        reader = self.reader([])
        return tuple(reader.push(token_id) for token_id in ids)


class Reader:
    """Turns growing token ids into texts that join to the whole text.

    A token that ends within a character gives the empty text, and the token that
    completes the character gives the whole of it.
    """

    # Ids that are decoded again at each step: enough for a character of four bytes and
    # for decoders that treat the first token of a text in their own way.
    _WINDOW = 8

    def __init__(self, decode: object, context: list[int]) -> None:
        self._decode = decode
        self._ids = list(context[-self._WINDOW :])
        self._read = self._text()

    def _text(self) -> str:
        return str(self._decode(self._ids)) if self._ids else ""  # type: ignore[operator]

    def push(self, token_id: int) -> str:
        """The text that `token_id` adds."""
        self._ids.append(token_id)
        text = self._text()
        if text.endswith(_BROKEN):
            return ""
        added = text[len(self._read) :] if len(text) >= len(self._read) else ""
        self._ids = self._ids[-self._WINDOW :]
        self._read = self._text()
        return added
