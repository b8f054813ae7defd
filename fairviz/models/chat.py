"""Prompts as a chat model is given them: a user's message in the model's own chat template.

A template is a program that came with the model. It runs in the sandbox of transformers, and
nowhere else; whatever it raises is told. One that writes the day's date is given `DAY`, so that the
same request gives the same tokens on another day.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.specs import Chat, ModelSpec, is_gguf
from fairviz.i18n import _
from fairviz.metrics.traces import common
from fairviz.models.catalog import here
from fairviz.models.refusals import refusal
from fairviz.models.vocabulary import Vocabulary

DAY = datetime(2024, 7, 26)  # which Llama 3 takes where it is told no date
MODES, THINKING = ("off", "auto", "on"), ("", "on", "off")
_FILE, _CONFIG = "chat_template.jinja", "tokenizer_config.json"
_KEY = b"tokenizer.chat_template"
# Bytes at the beginning of a GGUF file that its metadata lies in.
_METADATA = 2**26
# Characters of a rendering that are shown from a little before where it is another's.
_AROUND = 240


class NotTheSame(FairvizError):
    """Two models whose templates give one prompt two texts."""


def hash_of(template: str) -> str:
    """Sixteen hexadecimal digits that name a template; empty for none."""
    return sha256(template.encode()).hexdigest()[:16] if template else ""


def template_here(spec: ModelSpec) -> str | None:
    """A model's chat template, empty where it has none; None where its files are not here."""
    path = here(spec)
    try:
        if path is None or not path.exists():
            return None
        known = [path] if path.is_file() else [path / _FILE, path / _CONFIG]
        if not is_gguf(path.name) and not (path / "config.json").is_file():
            known = sorted(path.glob("*.gguf"))
        return _read(tuple((one, one.stat().st_mtime_ns) for one in known if one.is_file()))
    except OSError:
        return None


@lru_cache(maxsize=64)
def _read(files: tuple[tuple[Path, int], ...]) -> str:
    for path, _rest in files:
        if is_gguf(path.name):
            return _of_file(path)
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.name == _FILE:
            return text
        try:
            found = json.loads(text).get("chat_template")
        except (ValueError, AttributeError):
            continue
        if isinstance(found, list):  # several, by what they are for
            found = {str(one.get("name")): one.get("template") for one in found}.get("default")
        if isinstance(found, str):
            return found
    return ""


def _of_file(path: Path) -> str:
    """What a GGUF file says is its template: behind the key its type, 8 for text, and length."""
    with path.open("rb") as file:
        start = file.read(_METADATA)
    place = start.find(struct.pack("<Q", len(_KEY)) + _KEY) + 8 + len(_KEY)
    if place < 8 + len(_KEY) or len(start) < place + 12:
        return ""
    kind, length = struct.unpack_from("<IQ", start, place)
    text = start[place + 12 : place + 12 + length]
    return text.decode("utf-8", errors="replace") if kind == 8 and len(text) == length else ""


def asked(mode: str, system: str, thinking: str, specs: Sequence[ModelSpec]) -> Chat | None:
    """How prompts are put to these models; None for as they stand.

    Args:
        mode: `on`, `off`, or `auto`: on where all of them have a template. What is not here is
            fetched to know it.
        system: The system's message; empty for none.
        thinking: `on`, `off` or empty.

    Raises:
        BadSpec: If one of these cannot be, or says something of a template that is off.
        ModelUnavailable: As `checkpoint.locate`, in `auto`.
    """
    for name, value, known in (("chat", mode, MODES), ("thinking", thinking, THINKING)):
        if value not in known:
            raise refusal("no_such_mode", BadSpec, name=name, value=value, known=", ".join(known))
    if mode == "auto":
        from fairviz.models.checkpoint import locate

        for spec in specs:
            if template_here(spec) is None:
                locate(spec)
        mode = "on" if all(map(template_here, specs)) else "off"
    elif mode == "off" and (system or thinking):
        raise refusal("chat_is_off", BadSpec)
    return Chat(system, thinking) if mode == "on" else None


def refuse_without(specs: Sequence[ModelSpec]) -> None:
    """Refuse to put prompts in a template where one of the models is known to have none.

    A GGUF file without one is read with the other model's, as with its tokenizer.

    Raises:
        BadSpec: With the model's name.
    """
    for spec in specs:
        others = any(template_here(one) != "" for one in specs)
        if template_here(spec) == "" and not (is_gguf(spec.source) and others):
            raise refusal("no_template", BadSpec, source=spec.source, file=_FILE)


class ChatVocabulary(Vocabulary):
    """A tokenizer whose prompts are a user's messages.

    Special tokens are those that the template writes; none is added.

    Args:
        of: The tokenizer and template of one of the models.
        name: What the user calls it.
        chat: What stands around a prompt.

    Raises:
        BadSpec: If it has no template, or one that takes no system message or knows no such
            switch, or that fails.
    """

    def __init__(self, of: Vocabulary, name: str, chat: Chat) -> None:
        super().__init__(of.tokenizer, of.template)
        self.first: tuple[str, list[int]] | None = None  # a prompt's rendering and its tokens
        self._name, self._chat = name, chat
        self._beside: ChatVocabulary | None = None
        if not self.template:
            raise refusal("no_template", BadSpec, source=name, file=_FILE)
        plain = self._text("?", Chat())
        if chat.thinking:
            on, off = (self._text("?", Chat("", one)) for one in ("on", "off"))
            if on == off:
                raise refusal("no_thinking", BadSpec, source=name)
        if chat.system and self._text("?", Chat(chat.system)) == plain:
            raise refusal("no_system", BadSpec, source=name, reason=_("it writes none"))

    def beside(self, other: ChatVocabulary) -> None:
        """From now on refuse a prompt that the other model is given in other tokens."""
        self._beside = other

    def rendered(self, prompt: str) -> str:
        """A prompt in the template, up to where the model's answer begins.

        Raises:
            BadSpec: If the template fails.
            NotTheSame: If the other model's gives other tokens; with both.
        """
        text = self._text(prompt, self._chat)
        ids = self.ids(text) if self._beside or not self.first else []
        self.first = self.first or (text, ids)
        if self._beside is not None:
            theirs = self._beside.rendered(prompt)
            other = self._beside._name, theirs, self._beside.ids(theirs)
            _refuse_other((self._name, text, ids), other)
        return text

    @property
    def known(self) -> Mapping[str, Any]:
        """The first prompt as it was given to the model."""
        if self.first is None:
            return {}
        text, ids = self.first
        return {"rendered": {"text": text, "ids": ids}}

    def answer(self, text: str) -> str:
        """An answer begins behind the generation prompt, without the space after a prompt."""
        return text.removeprefix(" ")

    def ids(self, text: str) -> list[int]:
        """Token ids of a text, with no special token that is not in it."""
        return [int(i) for i in self.tokenizer(text, add_special_tokens=False)["input_ids"]]

    def _text(self, prompt: str, chat: Chat) -> str:
        messages = [{"role": "user", "content": prompt}]
        if chat.system:
            messages.insert(0, {"role": "system", "content": chat.system})
        switch = chat.thinking == "on"
        # By its names in the templates of Qwen and SmolLM, of Granite and DeepSeek.
        switches: dict[str, Any] = (
            {"enable_thinking": switch, "thinking": switch} if chat.thinking else {}
        )
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    messages,
                    chat_template=self.template,
                    tokenize=False,
                    add_generation_prompt=True,
                    strftime_now=DAY.strftime,
                    **switches,
                )
            )
        except Exception as error:  # a stranger's program, which may raise anything
            which = "no_system" if chat.system else "template_fails"
            reason = f"{type(error).__name__}: {error}"[:300]
            raise refusal(which, BadSpec, source=self._name, reason=reason) from error


def _refuse_other(one: tuple[str, str, list[int]], other: tuple[str, str, list[int]]) -> None:
    """Refuse two renderings of one prompt, each with its model's name, whose tokens differ."""
    if one[2] == other[2]:
        return
    # The same text that is cut otherwise is shown as its tokens.
    shown: list[Any] = [one[1], other[1]] if one[1] != other[1] else [one[2], other[2]]
    start = max(0, common(*shown) - _AROUND // 4)
    first, second = (repr(each[start : start + _AROUND]) for each in shown)
    values = {"one": one[0], "first": first, "other": other[0], "second": second}
    raise refusal("other_rendering", NotTheSame, **values)
