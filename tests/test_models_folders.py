"""What a folder holds and the model does not, and folders that are no models: told, never run."""

import contextlib
import io
import json
import shutil
import time

import in_folders
import pytest
import torch
from conftest import CORPUS, tiny_tokenizer
from in_commands import fairviz
from safetensors.torch import load_file, save_file

from fairviz.core.errors import FairvizError, ModelUnavailable
from fairviz.core.specs import ModelSpec
from fairviz.models import making
from fairviz.models.checkpoint import locate
from fairviz.models.failures import library_errors_as_advice
from fairviz.models.loading import load
from fairviz.models.tokenizer import read_tokenizer

# What is odd in these is nothing that a model is made of, or has a default.
SOUND = {
    "generation_config-is-'{}'",
    "tokenizer_config-is-'{}'",
    "config-max_position_embeddings-1000000000000",
    "a_record_that_is_none",
}


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    """A Llama of two layers: 9 tensors in each, and embeddings, norm and head."""
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_tokenizer()
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("llama") / "model"
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=64, bos_token_id=None, eos_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(llama, tmp_path):
    return shutil.copytree(llama, tmp_path / "model")


def read(folder, unsafe_pickle=False):
    spec = ModelSpec(str(folder))
    found = locate(spec, unsafe_pickle=unsafe_pickle)
    tokenizer = read_tokenizer(spec, found)
    return load(
        spec, found, tokenizer, device="cpu", dtype="float32", unsafe_pickle=unsafe_pickle
    ).model


def logits(model):
    return model(torch.tensor([[5, 17, 40]])).logits


def add_tensors(folder, *names):
    path = folder / "model.safetensors"
    more = {name: torch.ones(1, 1, 4, 4) for name in names}
    save_file(load_file(path) | more, path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    "mutation", [*in_folders.HOSTILE, *in_folders.drawn(15, 20)], ids=lambda one: one.__name__
)
def test_a_hostile_folder_is_refused_with_advice_and_soon(folder, mutation):
    """Whatever a library raises; that which waits or counts for ever is refused before."""
    mutation(folder)
    started = time.monotonic()
    if mutation.__name__ in SOUND:
        assert logits(read(folder)).isfinite().all()
    elif mutation.__name__.startswith("drawn"):
        with contextlib.suppress(FairvizError):  # any other error fails
            read(folder)
    else:
        with pytest.raises(FairvizError) as told:
            read(folder)
        assert told.value.message and told.value.fix
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "changes, said",
    [
        (
            {"num_hidden_layers": 1},
            "9 of the 21 tensors of .* have no place .* model.layers.1.input_layernorm.weight",
        ),
        ({"num_hidden_layers": 0}, "18 of the 21 tensors"),
        ({"num_hidden_layers": 3}, "lacks 9 of its weights"),
        ({"num_attention_heads": 0}, "num_attention_heads is 0"),
        (
            {"vocab_size": 299},
            "2 tensors .* lm_head.weight: 300 x 16 in the file and 299 x 16 in the config",
        ),
        ({"quantization_config": {"quant_method": "b158x"}}, "cannot be read here: b158x"),
        ({"model_type": "unheard_of"}, "config.json of .* cannot be used"),
    ],
)
def test_another_model_than_that_of_the_files_is_told_with_count_and_name(folder, changes, said):
    for key, value in changes.items():
        in_folders.setting(key, value)(folder)
    with pytest.raises(ModelUnavailable, match=said):
        read(folder)


def test_tensors_without_a_place_name_the_way_out(folder):
    add_tensors(folder, "model.layers.0.self_attn.q_proj.lora_A.weight")
    with pytest.raises(ModelUnavailable, match="1 of the 22 tensors") as told:
        read(folder)
    assert "merge_and_unload" in told.value.fix


@pytest.mark.parametrize(
    "name",
    [
        "model.layers.0.self_attn.rotary_emb.inv_freq",
        "transformer.h.0.attn.bias",
        "h.0.attn.masked_bias",
        "gpt_neox.layers.0.attention.bias",
        "model.embed_positions.weights",
    ],
)
def test_what_every_version_computes_anew_is_harmless(folder, llama, name):
    add_tensors(folder, name)
    assert torch.equal(logits(read(folder)), logits(read(llama)))


@pytest.mark.parametrize("same", [True, False])
def test_a_head_that_is_stored_beside_the_embeddings_it_is_tied_to(folder, llama, same):
    """Equal, it is one tensor; another one is read as it is stored, as transformers does."""
    in_folders.setting("tie_word_embeddings", True)(folder)
    path = folder / "model.safetensors"
    weights = load_file(path)
    if same:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"].clone()
        save_file(weights, path, metadata={"format": "pt"})
    model = read(folder)
    assert torch.equal(model.lm_head.weight, weights["lm_head.weight"])


@pytest.mark.parametrize("beside", [True, False])
def test_an_adapter_is_named_as_one(folder, beside):
    in_folders.setting("base_model_name_or_path", "some/base", "adapter_config.json")(folder)
    tensors = {"base_model.model.lora_A.weight": torch.ones(1)}
    save_file(tensors, folder / "adapter_model.safetensors")
    if not beside:
        (folder / "config.json").unlink()
        (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="LoRA adapter of some/base") as told:
        read(folder)
    assert ("its 1 tensor" in told.value.message) == beside
    assert "merge_and_unload" in told.value.fix and str(folder) in told.value.fix


def test_a_file_that_this_user_may_not_read(folder, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, _: path.name != "model.safetensors")
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors cannot be read: Permission"):
        read(folder)


def test_no_quantization_may_be_written_as_null(folder, llama):
    in_folders.setting("quantization_config", None)(folder)
    assert torch.equal(logits(read(folder)), logits(read(llama)))
    found = making.make(ModelSpec.parse(f"{folder}+magnitude:0.5"), out=folder / "made")
    assert found.zero_share == pytest.approx(0.5, abs=0.05)


def test_pickled_weights_are_held_against_the_config_too(folder, llama):
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    assert torch.equal(logits(read(folder, unsafe_pickle=True)), logits(read(llama)))
    torch.save(weights | {"extra": torch.ones(2)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match=r"1 of the 22 tensors .*: extra"):
        read(folder, unsafe_pickle=True)
    in_folders.a_pickle_that_is_none(folder)
    with pytest.raises(ModelUnavailable, match="could not be read"):
        read(folder, unsafe_pickle=True)


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_a_tokenizer_of_sentencepiece_alone(folder, kind):
    """The ids are those of SentencePiece itself."""
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 3), model_writer=model, vocab_size=290, model_type=kind,
        byte_fallback=True, hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "LlamaTokenizer"}')
    found = read_tokenizer(ModelSpec(str(folder)), locate(ModelSpec(str(folder))))
    ids = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()).encode(CORPUS[0])
    assert found(CORPUS[0], add_special_tokens=False)["input_ids"] == ids
    # Nothing says any more that a text begins with a space: what is guessed is held against it.
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(ModelUnavailable, match="cuts texts otherwise"):
        read_tokenizer(ModelSpec(str(folder)), folder)


class PanicException(BaseException):
    """As the libraries in Rust name theirs."""


@pytest.mark.parametrize(
    "raised", [AssertionError, IndexError, ZeroDivisionError, RecursionError, PanicException]
)
def test_whatever_a_library_raises_becomes_advice(folder, raised):
    with (
        pytest.raises(ModelUnavailable, match=r"could not be read: a library failed over it"),
        library_errors_as_advice(ModelSpec("some/model"), folder),
    ):
        raise raised("why")


def test_what_ends_the_program_is_no_advice(folder):
    with (
        pytest.raises(KeyboardInterrupt),
        library_errors_as_advice(ModelSpec("some/model"), folder),
    ):
        raise KeyboardInterrupt


def test_generation_settings_that_contradict_each_other_are_left_out_and_told(folder, tmp_path):
    """transformers reads them and refuses to write them: that would be after all the work."""
    settings = {"do_sample": False, "temperature": 0.9, "top_p": 0.6, "eos_token_id": [0, 7]}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    out = tmp_path / "made"
    done = fairviz("compress", f"{folder}+magnitude:0.5", "--out", out, cache=tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert "contradict each other: temperature, top_p" in done.stdout
    written = json.loads((out / "generation_config.json").read_text())
    assert written.keys() == {"eos_token_id", "transformers_version"}
    assert written["eos_token_id"] == [0, 7]


def test_what_cannot_be_saved_is_found_before_the_work(folder, tmp_path, monkeypatch):
    from transformers import LlamaConfig

    def refuse(*_, **__):
        raise TypeError("no")

    monkeypatch.setattr(LlamaConfig, "save_pretrained", refuse)
    monkeypatch.setattr(making._Job, "_compress", lambda *_: pytest.fail("it was compressed"))
    with pytest.raises(ModelUnavailable, match=r"a library failed over it"):
        making.make(ModelSpec.parse(f"{folder}+magnitude:0.5"), out=tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_what_fails_in_the_work_is_advice_too(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(making._Job, "_compress", lambda *_: [][0])
    with pytest.raises(
        ModelUnavailable, match=r"magnitude:0\.5 could not be made \(a library failed"
    ):
        making.make(ModelSpec.parse(f"{folder}+magnitude:0.5"), out=tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_command_says_it_in_one_line(folder, llama, tmp_path):
    in_folders.setting("num_hidden_layers", 1)(folder)
    models = ("--baseline", llama, "--compressed", folder, "--prompt", "Once")
    done = fairviz("compare", *models, cache=tmp_path / "cache")
    assert done.returncode == 2
    assert done.stderr.startswith("error: 9 of the 21 tensors") and done.stderr.count("\n") == 1
