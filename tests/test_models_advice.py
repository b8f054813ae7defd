"""What is refused is refused early, and the advice is one that helps."""

import gc
import json
import os
import shutil
import subprocess
import sys

import pytest
import torch

from fairviz.cli.doctor import examine
from fairviz.compression.registry import METHODS, method_of
from fairviz.core.errors import BadSpec, MissingPackage, ModelUnavailable, VocabularyMismatch
from fairviz.core.specs import CompressionSpec, Decoding, ModelSpec
from fairviz.models import checkpoint, devices, identity, loading, pair, tokenizer
from fairviz.models.memory import estimate
from fairviz.models.metadata import tensor_sizes
from fairviz.models.pair import load_pair


@pytest.fixture
def folder(checkpoints, tmp_path):
    return shutil.copytree(checkpoints["llama"], tmp_path / "model")


def load(folder, method=""):
    spec = ModelSpec.parse(f"{folder}+{method}" if method else str(folder))
    return load_pair(spec, spec, device="cpu")


def reconfigure(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("form", "install"),
    [
        ("gptq", "pip install gptqmodel optimum"),
        ("awq", "pip install gptqmodel"),
        ("aqlm", "pip install aqlm[gpu,cpu]"),
    ],
)
def test_a_quantized_checkpoint_names_what_reads_it(folder, monkeypatch, form, install):
    import transformers

    def refuse(*_, **__):
        raise ImportError(f"Using `{form}` quantization requires more: `pip install aqlm[gpu,cpu]`")

    reconfigure(folder, quantization_config={"quant_method": form, "bits": 4})
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", refuse)
    with pytest.raises(MissingPackage) as caught:
        load(folder)
    assert caught.value.fix == f"Run: {install}"


def test_what_transformers_really_says_about_a_missing_package(folder):
    reconfigure(folder, quantization_config={"quant_method": "vptq"})
    try:
        import vptq  # noqa: F401
    except ImportError:
        with pytest.raises((MissingPackage, ModelUnavailable)) as caught:
            load(folder)
        assert "vptq" in str(caught.value).lower()


@pytest.mark.parametrize("length", [2, 2000, -8])
def test_weights_that_are_cut_short(folder, length):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors could not be read"):
        load(folder)


def test_a_shard_that_is_missing(folder):
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelUnavailable, match=r"lacks 1 file.* model-00002-of-00002"):
        load(folder)


def test_gpt2_without_a_tokenizer_is_not_given_an_empty_one(checkpoints, tmp_path):
    folder = shutil.copytree(checkpoints["gpt2"], tmp_path / "model")
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(ModelUnavailable, match="no tokenizer"):
        load(folder)


def test_program_code_in_a_checkpoint_is_named_as_the_reason(folder):
    auto_map = {"AutoConfig": "foo.Config", "AutoModelForCausalLM": "foo.Model"}
    reconfigure(folder, model_type="foo", auto_map=auto_map)
    with pytest.raises(ModelUnavailable, match="never runs"):
        load(folder)


def no_weights_please(*_, **__):
    raise AssertionError("weights were read")


def test_other_vocabularies_are_refused_before_any_weight_is_read(folder, checkpoints, monkeypatch):
    path = folder / "tokenizer.json"
    document = json.loads(path.read_text())
    vocabulary = document["model"]["vocab"]
    by_id = {number: token for token, number in vocabulary.items()}
    vocabulary[by_id[20]], vocabulary[by_id[21]] = 21, 20
    path.write_text(json.dumps(document))
    monkeypatch.setattr(pair, "load", no_weights_please)
    with pytest.raises(VocabularyMismatch) as caught:
        load_pair(ModelSpec(str(checkpoints["llama"])), ModelSpec(str(folder)), device="cpu")
    said = f"Token 20 is {by_id[20]!r} and {by_id[21]!r}."
    assert said in caught.value.message
    assert "300 tokens" in caught.value.message


def test_a_method_is_refused_for_its_device_before_anything_is_fetched(monkeypatch):
    monkeypatch.setattr(devices, "available", lambda: ("mps", "cpu"))
    monkeypatch.setattr(pair, "locate", no_weights_please)
    spec = ModelSpec.parse("some/model+int8")
    with pytest.raises(BadSpec, match="does not run on mps"):
        load_pair(spec, spec)


def test_hub_models_with_pickles_only(monkeypatch, folder):
    import huggingface_hub

    (folder / "model.safetensors").unlink()  # what a download without pickles leaves
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda **_: str(folder))
    with pytest.raises(ModelUnavailable, match="no safetensors weights on Hugging Face"):
        checkpoint.locate(ModelSpec("some/model"))


def test_a_half_downloaded_model_without_a_network(monkeypatch, folder):
    import huggingface_hub

    (folder / "config.json").unlink()  # only the tokenizer is in the cache
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda **_: str(folder))
    with pytest.raises(ModelUnavailable, match="not in the local cache"):
        checkpoint.locate(ModelSpec("some/model"))


def test_a_full_disk_is_not_a_missing_network(monkeypatch):
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    def download(local_files_only=False, **_):
        raise LocalEntryNotFoundError("x") if local_files_only else OSError(28, "No space left")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    with pytest.raises(ModelUnavailable, match="No space left"):
        checkpoint.locate(ModelSpec("some/model"))


def test_headers_by_hand(tmp_path):
    import torch
    from safetensors.torch import save_file

    # 3 x 5 halves of 2 bytes are 30 bytes, 7 singles of 4 bytes are 28.
    tensors = {"a": torch.zeros(3, 5, dtype=torch.float16), "b": torch.zeros(7)}
    save_file(tensors, tmp_path / "model.safetensors")
    assert tensor_sizes(tmp_path) == {"a": ((3, 5), 30, "F16"), "b": ((7,), 28, "F32")}


def test_a_quantized_checkpoint_is_estimated_as_stored(tmp_path, checkpoints):
    spec = ModelSpec.parse(f"{checkpoints['llama']}+nf4")
    loaded = load_pair(spec, spec, device="cpu").baseline
    loaded.model.save_pretrained(tmp_path)
    guess = estimate(tmp_path, CompressionSpec(), "float32")
    assert guess == pytest.approx(loaded.identity.bytes_in_memory, rel=0.05)


def test_progress_is_told_in_sentences(folder):
    told = []
    spec = ModelSpec.parse(f"{folder}+int8")
    load_pair(spec, spec, device="cpu", progress=told.append)
    assert [words.rpartition(" (")[0] for words in told] == [
        "Reading the tokenizer",
        f"Reading {folder} as 8-bit, LLM.int8()",
        f"Measuring {folder}",
    ]


def test_layers_are_told_while_weights_are_read(folder, monkeypatch):
    monkeypatch.setattr(loading, "_PACE", -1.0)  # at every weight
    told = []
    load_pair(*[ModelSpec(str(folder))] * 2, device="cpu", progress=told.append)
    layers = [words for words in told if ": layer " in words]
    assert layers[0].startswith(f"Reading {folder}: layer 1 of 2 (")
    assert layers[-1].startswith(f"Reading {folder}: layer 2 of 2 (")
    monkeypatch.setattr(loading, "_PACE", 1e9)
    told.clear()
    load_pair(*[ModelSpec(str(folder))] * 2, device="cpu", progress=told.append)
    assert not any(": layer " in words for words in told)


def test_a_folder_is_read_and_hashed_once(folder, cache, monkeypatch):
    """One tokenizer for both sides, one hash until a file changes."""
    load_pair(ModelSpec(str(folder)), ModelSpec.parse(f"{folder}+nf4"), device="cpu")
    before = identity.revision_of(folder)
    monkeypatch.setattr(identity.hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
    read = []
    monkeypatch.setattr(tokenizer, "_check_ids", read.append)
    gc.collect()  # the first pair is no more
    again = load_pair(ModelSpec(str(folder)), ModelSpec.parse(f"{folder}+nf4"), device="cpu")
    assert read == [folder]
    assert again.baseline.vocabulary.tokenizer is again.compressed.vocabulary.tokenizer
    assert again.baseline.identity.revision == before
    monkeypatch.undo()
    file = folder / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    stat = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as a copy that keeps times
    assert identity.revision_of(folder) != before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": [1, 2]}'])
def test_a_spoiled_note_of_hashes_is_no_harm(folder, cache, text):
    clean = identity.revision_of(folder)
    (cache / "hashes.json").write_text(text)
    assert identity.revision_of(folder) == clean


def test_what_a_method_leaves_alone_is_held_once(folder):
    two = load_pair(ModelSpec(str(folder)), ModelSpec.parse(f"{folder}+nf4"), device="cpu")
    left, right = (
        one.model.get_input_embeddings().weight for one in (two.baseline, two.compressed)
    )
    assert left.data_ptr() == right.data_ptr()


@pytest.mark.parametrize("name", [m.name for m in METHODS.values() if m.linear_only])
def test_all_but_linear_layers_are_the_baselines_own(folder, name):
    """Loaded by itself: what `linear_only` says of a method is so."""
    spec = ModelSpec.parse(f"{folder}+{name}")
    plain = dict(load(folder).baseline.model.named_parameters())
    alone = load_pair(spec, spec, device="cpu").compressed.model
    same = [name for name, weight in alone.named_parameters() if weight.dtype == torch.float32]
    assert any("embed" in name for name in same) and any("norm" in name for name in same)
    assert all(torch.equal(plain[name], alone.get_parameter(name)) for name in same)


def test_a_wrong_path_is_refused_before_the_device_is_waited_for(cache):
    from fairviz.analyses import runner
    from fairviz.analyses.comparison.request import ComparisonRequest

    request = ComparisonRequest(ModelSpec("demo"), ModelSpec("/nowhere/at/all"), "a", Decoding())
    with pytest.raises(ModelUnavailable, match="There is no folder /nowhere/at/all"):
        runner.answer(
            "comparison",
            request,
            lambda *_: pytest.fail("measured"),
            store=None,
            loading=lambda *_: pytest.fail("waited"),
        )


@pytest.mark.parametrize(("ends", "expected"), [(0, {0}), ([0, 7], {0, 7}), (None, {0})])
def test_the_ends_of_a_text(folder, ends, expected):
    """The generation config's, else the model's or the tokenizer's (id 0 in both)."""
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": ends}))
    assert load(folder).baseline.eos_ids == expected


def test_suggestions_and_fingerprints_come_without_torch(folder):
    code = (
        "import sys; from fairviz.models import catalog; from fairviz.core.specs import ModelSpec; "
        f"catalog.suggestions(); print(catalog.fingerprint(ModelSpec({str(folder)!r}))); "
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    assert len(done.stdout.strip()) == 16


def test_the_fingerprint_follows_the_weights(folder):
    from fairviz.models.catalog import fingerprint

    spec = ModelSpec(str(folder))
    before = fingerprint(spec)
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes() + b"\0")
    assert fingerprint(spec) not in (before, "")
    assert fingerprint(ModelSpec("no/such-model")) == ""


def test_the_doctor_tries_every_method():
    findings = {finding.name: finding for finding in examine()}
    for name in METHODS.keys() - {"none"}:
        assert findings[f"method {name}"].ok, findings[f"method {name}"]
    assert all(finding.ok or finding.fix for finding in findings.values())


def test_every_method_runs_on_the_cpu():
    for name, method in METHODS.items():
        usual = (method.forms or (name,))[0]
        assert method_of(CompressionSpec.parse(usual), "cpu").name == name


def test_alibi_has_no_limit_and_learned_positions_have(checkpoints):
    lengths = {name: load(checkpoints[name]).baseline.context_length for name in checkpoints}
    learned = dict.fromkeys(("opt", "llama", "mistral", "gpt2"), 128)
    assert lengths == {"bloom": None, **learned}


def test_loading_reads_only_safetensors_and_no_code(folder, monkeypatch):
    import transformers

    asked = {}

    def reader(*_, **options):
        asked.update(options)
        raise OSError("stop here")

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", reader)
    with pytest.raises(ModelUnavailable, match="stop here"):
        load(folder)
    assert asked["use_safetensors"] is True
    assert asked["trust_remote_code"] is False
