"""Small random checkpoints of every architecture, and the optional data beside the repository."""

import gc
import os

# Read when the Hub's library is imported; a test that asked a network would wait for it.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from in_access import kept  # noqa: F401
from in_browser import (  # noqa: F401
    at_rest,
    browser_cache,
    chromium,
    one_server,
    server,
    visit,
    visits,
)
from in_server import served_pair, start  # noqa: F401

CORPUS = (
    "Il était une fois une pêcheuse qui vivait au bord de la mer.",
    "Once upon a time there was a nurse. The judge said that she went to the sea.",
)


# What takes longest begins first, or one process ends long after the other.
LONGEST = (
    "test_cluster", "test_compression_made", "test_pages_tables", "test_report_page",
    "test_same_everywhere", "test_probe_pairs", "test_verify", "test_in_turn", "test_evenness",
    "test_browser_access", "test_browser", "test_browser_report", "test_browser_first",
    "test_browser_report_file", "test_browser_wheel",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """By file, the longest first; then those with most tests, as xdist orders them by itself."""
    sizes = Counter(item.path.stem for item in items)
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (places.get(item.path.stem, len(places)), -sizes[item.path.stem]))


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Real models and data of others; absent on most machines, present in CI."""
    folder = Path(__file__).parents[1].parent / "shared"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{folder} is missing, and in CI it must be there")
        pytest.skip(f"needs the real models and data in {folder}")
    return folder


@pytest.fixture(scope="module", autouse=True)
def what_is_there_stays():
    """What was imported is not searched for garbage again: a quarter of the whole run was that."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def what_was_spared_stays_so():
    """Letting a model go searches all that pytest holds as well: a tenth of the whole run."""
    from fairviz.core import garbage

    quick = SimpleNamespace(freeze=gc.freeze, collect=gc.collect, unfreeze=lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(garbage, "gc", quick)
        yield


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of its own for each test of a page, and no model loaded behind its back."""
    import streamlit as st

    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    monkeypatch.setenv("FAIRVIZ_WARM", "0")
    for held in (st.cache_resource, st.cache_data):
        held.clear()
    yield tmp_path
    for held in (st.cache_resource, st.cache_data):
        held.clear()


@pytest.fixture(scope="session", autouse=True)
def no_power_is_cut():
    """Waiting for the disk is for machines that lose power: thousands of waits, up to 20 ms each.

    That a folder and a file are flushed before they get their names is seen by `test_disk`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def tables_are_read_here():
    """A stranger's table is not read by another process first, which costs half a second each."""
    from fairviz.core import parquet_file

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_file, "APART", False)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_foreign_components():
    """Each page without a browser would search every installed package for components anew."""
    with pytest.MonkeyPatch.context() as patch:
        from streamlit.components.v2 import manifest_scanner

        patch.setattr(manifest_scanner, "scan_component_manifests", list)
        yield


@pytest.fixture
def app(cache):
    """The dashboard without a browser, on that cache."""
    from streamlit.testing.v1 import AppTest

    return AppTest.from_file(str(Path(__file__).parents[1] / "app.py"), default_timeout=120)


def tiny_tokenizer():
    """A byte-level BPE of 300 tokens without a beginning-of-text token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>")


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory) -> dict[str, Path]:
    """Architecture -> folder with a random model of two layers and its tokenizer."""
    import torch
    from transformers import (
        AutoModelForCausalLM,
        BloomConfig,
        GPT2Config,
        LlamaConfig,
        MistralConfig,
        OPTConfig,
    )

    tokenizer = tiny_tokenizer()
    size = len(tokenizer)
    ends = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id}
    narrow = {
        "vocab_size": size,
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 128,
        **ends,
    }
    configs = {
        "bloom": BloomConfig(vocab_size=size, hidden_size=64, n_layer=2, n_head=4, **ends),
        "opt": OPTConfig(ffn_dim=128, word_embed_proj_dim=64, **narrow),
        "llama": LlamaConfig(intermediate_size=128, **narrow),
        "mistral": MistralConfig(
            intermediate_size=128, num_key_value_heads=2, sliding_window=16, **narrow
        ),
        "gpt2": GPT2Config(
            vocab_size=size, n_embd=64, n_layer=2, n_head=4, n_positions=128, **ends
        ),
    }
    folders = {}
    for name, config in configs.items():
        torch.manual_seed(0)
        folder = tmp_path_factory.mktemp("checkpoints") / name
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        folders[name] = folder
    return folders
