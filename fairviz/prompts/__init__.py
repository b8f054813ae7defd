"""Sets of prompts: the project's own bank, and files of one's own."""

from fairviz.prompts.bank import Prompt, bank
from fairviz.prompts.own import ColumnsUnknown, PromptSet, guess, read

__all__ = ["ColumnsUnknown", "Prompt", "PromptSet", "bank", "guess", "read"]
