"""Loading a pair: what loads, what it weighs, and the way out of what does not."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
import torch
from huggingface_hub import errors as hub
from safetensors.torch import load_file, save_file

from fairviz import compare
from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.comparison.run import stream
from fairviz.compression.registry import METHODS, method_of
from fairviz.core.errors import (
    BadSpec,
    EmptyPrompt,
    FairvizError,
    MissingPackage,
    ModelUnavailable,
    OutOfMemory,
    PromptTooLong,
    VocabularyMismatch,
)
from fairviz.core.specs import CompressionSpec, Decoding, ModelSpec
from fairviz.models import catalog, checkpoint, devices, memory
from fairviz.models.identity import weigh
from fairviz.models.pair import load_pair
from fairviz.models.resident import DeviceQueue, Resident

ARCHITECTURES = ("bloom", "opt", "llama", "mistral", "gpt2")


def spec(path, method=""):
    return ModelSpec.parse(f"{path}+{method}" if method else str(path))


def pair(path, method="", **options):
    return load_pair(spec(path), spec(path, method), device="cpu", **options)


def copied(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "model")


# What loads


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("method", ["int8", "nf4", "fp4"])
def test_every_method_on_every_architecture(checkpoints, architecture, method):
    loaded = pair(checkpoints[architecture], method)
    request = ComparisonRequest(
        loaded.baseline.spec, loaded.compressed.spec, "Il était", Decoding(6)
    )
    *_, writing = stream(loaded, request)
    comparison = writing.snapshot()
    assert writing.done and len(comparison.on_baseline) == len(comparison.on_compressed) == 6
    assert (comparison.on_baseline.kl >= 0).all() and comparison.on_baseline.kl.max() > 0
    assert loaded.compressed.identity.bits_per_weight < loaded.baseline.identity.bits_per_weight


def test_the_same_name_twice_is_one_model(checkpoints):
    loaded = pair(checkpoints["bloom"])
    assert loaded.baseline is loaded.compressed


def test_five_lines_of_python(checkpoints):
    folder = checkpoints["gpt2"]
    answer = compare(str(folder), f"{folder}+nf4", "The nurse", max_new_tokens=3, store=False).value
    assert answer.on_baseline.text and len(answer.on_compressed.ids) == 3


@pytest.mark.parametrize("method", ["nf4", "fp4"])
def test_4_bit_layers_compute_what_their_weights_say(checkpoints, method):
    """Twice: the path for AVX512-BF16 repacks at the first forward and is wrong after it."""
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    model = pair(checkpoints["llama"], method).compressed.model
    layer = next(module for module in model.modules() if isinstance(module, Linear4bit))
    rows = torch.randn(3, layer.in_features, generator=torch.Generator().manual_seed(0))
    weight = dequantize_4bit(layer.weight.data, layer.weight.quant_state)
    with torch.inference_mode():
        for _ in range(2):
            torch.testing.assert_close(layer(rows), rows @ weight.T, atol=1e-4, rtol=1e-4)


def test_4_bit_runs_on_widths_that_are_not_multiples_of_64(tmp_path, checkpoints):
    from transformers import AutoTokenizer, BloomConfig, BloomForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(checkpoints["bloom"])
    BloomForCausalLM(
        BloomConfig(vocab_size=len(tokenizer), hidden_size=40, n_layer=1, n_head=2)
    ).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    answer = compare(
        str(tmp_path), f"{tmp_path}+nf4", "Il était", max_new_tokens=3, store=False
    ).value
    assert len(answer.on_compressed) == 3


def test_an_already_quantized_checkpoint_loads_as_it_is(tmp_path, checkpoints):
    loaded = pair(checkpoints["bloom"], "nf4").compressed
    loaded.model.save_pretrained(tmp_path)
    loaded.vocabulary.tokenizer.save_pretrained(tmp_path)
    again = load_pair(spec(checkpoints["bloom"]), spec(tmp_path), device="cpu")
    assert again.compressed.identity.method.startswith("already quantized")
    ids = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        torch.testing.assert_close(again.compressed.model(ids).logits, loaded.model(ids).logits)
    with pytest.raises(BadSpec, match="already quantized"):
        load_pair(spec(tmp_path), spec(tmp_path, "int8"))


# What it weighs


def test_the_card_by_hand():
    # 4 x 8 = 32 weights, of which we set 8 to zero, 4 bytes each
    layer = torch.nn.Linear(8, 4, bias=False)
    layer.weight.data.fill_(1.0)
    layer.weight.data[:2, :4] = 0
    assert weigh(layer) == (32, 8, 128, 0)


@pytest.mark.parametrize(("method", "bytes_each"), [("nf4", 0.5), ("int8", 1.0)])
def test_compressed_layers_weigh_what_the_method_says(checkpoints, method, bytes_each):
    loaded = pair(checkpoints["llama"], method)
    model = loaded.baseline.model
    linear = sum(
        module.weight.numel()
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and "lm_head" not in name
    )
    before, after = loaded.baseline.identity, loaded.compressed.identity
    assert before.parameters == after.parameters == model.num_parameters()
    assert before.bits_per_weight == 32
    weights_saved = before.bytes_in_memory - after.bytes_in_memory
    # The scales of a 4-bit layer are at most 4 bytes for 64 weights, plus a small table.
    assert linear * (4 - bytes_each) * 0.9 < weights_saved <= linear * (4 - bytes_each)


def test_the_estimate_is_near_what_is_measured(checkpoints):
    for architecture in ARCHITECTURES:
        loaded = pair(checkpoints[architecture])
        guess = memory.estimate(checkpoints[architecture], CompressionSpec(), "float32")
        measured = weigh(loaded.baseline.model).bytes_of_weights
        assert guess == pytest.approx(measured, rel=0.01)


def test_a_pair_that_cannot_fit_is_refused_before_reading(checkpoints, monkeypatch):
    monkeypatch.setattr(devices, "free_memory", lambda device: 1000)
    with pytest.raises(OutOfMemory, match="GB free"):
        pair(checkpoints["bloom"])


def test_running_out_of_memory_is_advice():
    with pytest.raises(OutOfMemory), memory.out_of_memory_as_advice():
        torch.empty(2**60)
    with pytest.raises(RuntimeError, match="else"), memory.out_of_memory_as_advice():
        raise RuntimeError("something else")


# What does not load


def test_different_vocabularies(tmp_path, checkpoints):
    other = copied(checkpoints["bloom"], tmp_path)
    text = (other / "tokenizer.json").read_text()
    tokenizer = json.loads(text)
    vocabulary = tokenizer["model"]["vocab"]
    a, b = list(vocabulary)[20:22]
    vocabulary[a], vocabulary[b] = vocabulary[b], vocabulary[a]  # the same size, other ids
    (other / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(VocabularyMismatch) as caught:
        load_pair(spec(checkpoints["bloom"]), spec(other))
    assert "300" in caught.value.message and repr(a) in caught.value.message


def test_folders_that_hold_no_model(tmp_path):
    with pytest.raises(ModelUnavailable, match="no folder"):
        pair(tmp_path / "nowhere")
    with pytest.raises(ModelUnavailable, match=r"no config\.json"):
        pair(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        pair(tmp_path)


@pytest.mark.parametrize("architectures", [["BertModel"], ["T5ForConditionalGeneration"], None])
def test_not_a_causal_language_model(tmp_path, checkpoints, architectures):
    folder = copied(checkpoints["gpt2"], tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": architectures}))
    with pytest.raises(ModelUnavailable, match="not a causal"):
        pair(folder)


def test_remote_code_is_never_run(tmp_path, checkpoints):
    folder = copied(checkpoints["gpt2"], tmp_path)
    (folder / "evil.py").write_text("raise SystemExit('ran')\n")
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "evil",
        "auto_map": {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelUnavailable):
        pair(folder)


def test_pickled_weights_only_when_the_user_says_so(tmp_path, checkpoints):
    from transformers import AutoModelForCausalLM

    folder = copied(checkpoints["gpt2"], tmp_path)
    model = AutoModelForCausalLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="no weights"):
        pair(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="run code"):
        pair(folder)
    assert pair(folder, unsafe_pickle=True).baseline.identity.parameters > 0


def test_broken_weights_and_missing_tokenizer(tmp_path, checkpoints):
    folder = copied(checkpoints["llama"], tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ModelUnavailable, match="could not be read"):
        pair(folder)
    whole = load_file(checkpoints["llama"] / "model.safetensors")
    lacking = dict(list(whole.items())[:-2])
    save_file(lacking, weights, metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match="lacks"):
        pair(folder)
    shutil.copy(checkpoints["llama"] / "model.safetensors", weights)
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(ModelUnavailable, match="no tokenizer"):
        pair(folder)


def response(status):
    return httpx.Response(status, request=httpx.Request("GET", "https://huggingface.co"))


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (hub.GatedRepoError("gated", response=response(403)), "gated"),
        (hub.RepositoryNotFoundError("missing", response=response(404)), "no model"),
        (hub.RevisionNotFoundError("missing", response=response(404)), "no revision 'v9'"),
        (hub.LocalEntryNotFoundError("offline"), "not in the local cache"),
        (httpx.ConnectError("no network"), "not in the local cache"),
        (OSError("no route"), "not in the local cache"),
    ],
)
def test_what_the_hub_answers_is_advice(monkeypatch, raised, says):
    import huggingface_hub

    def download(local_files_only=False, **_):
        raise hub.LocalEntryNotFoundError("not cached") if local_files_only else raised

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    with pytest.raises(ModelUnavailable, match=says) as caught:
        checkpoint.locate(ModelSpec.parse("some/model@v9"))
    assert caught.value.fix


def test_a_cached_snapshot_needs_no_network(tmp_path, checkpoints, monkeypatch):
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "models--some--bloom"
    shutil.copytree(checkpoints["bloom"], repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    import huggingface_hub

    whole = huggingface_hub.snapshot_download

    def cached(**wanted):
        return whole(**wanted, cache_dir=tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", cached)
    asked = ModelSpec.parse("some/bloom@main")
    assert catalog.fingerprint(asked) == commit
    assert "some/bloom" in catalog.suggestions()
    loaded = load_pair(asked, ModelSpec.parse("some/bloom+nf4"), device="cpu")
    assert loaded.baseline.identity.revision == commit


@pytest.mark.parametrize("text", ["../../etc", "a/b/c", "no spaces/allowed", "x" * 200])
def test_what_is_neither_folder_nor_id(text):
    with pytest.raises(FairvizError):
        checkpoint.locate(ModelSpec(text))


@pytest.mark.parametrize("text", ["int7", "nf4:3", "int8:2"])
def test_methods_that_do_not_exist(text):
    with pytest.raises(BadSpec, match=text.split(":")[0]):
        method_of(CompressionSpec.parse(text))


def test_a_missing_package_names_its_install_line(monkeypatch):
    from fairviz.compression import registry

    monkeypatch.setattr(registry, "find_spec", lambda package: None)
    with pytest.raises(MissingPackage, match="pip install bitsandbytes"):
        method_of(CompressionSpec("nf4"))


def test_prompts_that_do_not_fit(checkpoints):
    loaded = pair(checkpoints["gpt2"])
    name = loaded.baseline.spec
    with pytest.raises(PromptTooLong, match="128"):
        next(stream(loaded, ComparisonRequest(name, name, "word " * 300)))
    with pytest.raises(EmptyPrompt):
        next(stream(loaded, ComparisonRequest(name, name, "")))


@pytest.mark.parametrize("name", METHODS)
def test_each_methods_record_is_its_own(name):
    method = METHODS[name]
    assert method.name == name and method.meaning.endswith(".")
    if method.bits:
        config = method.load_arguments("float32")["quantization_config"]
        assert (config.load_in_8bit, config.load_in_4bit) == (method.bits == 8, method.bits == 4)
        assert method.bits == 8 or config.bnb_4bit_quant_type == name
        assert method.bits == 4 or config.llm_int8_threshold == 6.0


# What stays


def test_the_resident_pair_stays_and_another_evicts_it(checkpoints):
    bloom, gpt2 = spec(checkpoints["bloom"]), spec(checkpoints["gpt2"])
    resident = Resident()
    first = resident.pair(bloom, spec(checkpoints["bloom"], "nf4"), device="cpu")
    assert resident.pair(bloom, spec(checkpoints["bloom"], "nf4")).baseline is first.baseline
    # A new partner for the same baseline: only the partner is loaded.
    assert resident.pair(bloom, spec(checkpoints["bloom"], "int8")).baseline is first.baseline
    resident.pair(gpt2, gpt2)
    assert resident.pair(bloom, bloom).baseline is not first.baseline
    with pytest.raises(ModelUnavailable):
        resident.pair(bloom, ModelSpec.parse("/no/such/folder"))
    resident.release()
    assert resident.pair(bloom, bloom).baseline.identity.parameters > 0


def test_the_queue_is_first_come_first_served():
    queue, order = DeviceQueue(), []
    inside, leave = threading.Event(), threading.Event()

    def first():
        with queue.turn() as ahead_of_us:
            assert list(ahead_of_us) == []
            inside.set()
            leave.wait(10)
            order.append("first")

    def N_(name, waiting):
        with queue.turn() as ahead_of_us:
            for ahead in ahead_of_us:
                assert ahead >= 1
                waiting.set()
            order.append(name)

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert inside.wait(10)
    for name in ("second", "third"):
        waiting = threading.Event()
        threads.append(threading.Thread(target=N_, args=(name, waiting)))
        threads[-1].start()
        assert waiting.wait(10)
    assert len(queue) == 3
    leave.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second", "third"] and len(queue) == 0


def test_who_leaves_while_waiting_or_fails_frees_the_place():
    queue = DeviceQueue()

    def fail_while_waiting():
        with queue.turn() as ahead_of_us:
            assert next(ahead_of_us) == 1
            raise KeyError

    with queue.turn():
        with pytest.raises(KeyError):
            fail_while_waiting()
        assert len(queue) == 1
    with queue.turn() as ahead_of_us:
        assert list(ahead_of_us) == []


def test_bitsandbytes_fetches_no_kernel(tmp_path):
    """Even where the package that would fetch compiled code is installed."""
    (tmp_path / "kernels.py").write_text("raise SystemExit('fetched')\n")
    code = (
        "from fairviz.compression.quiet import import_bitsandbytes; import_bitsandbytes();"
        "import sys; print('bitsandbytes' in sys.modules, 'kernels' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parents[1]}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["True", "False"], done.stdout + done.stderr
    assert "kernels" not in done.stderr


def test_what_a_process_may_hold_is_bounded_from_outside(monkeypatch):
    import psutil

    held = psutil.Process().memory_info().rss
    monkeypatch.setenv(devices.LIMIT, f"{(held + 2 * 10**9) // 10**6}MB")
    assert devices.free_memory("cpu") == pytest.approx(2e9, abs=3e8)
    monkeypatch.setenv(devices.LIMIT, "1MB")
    assert devices.free_memory("cpu") == 0
    # What is asked for stays, whoever shares the machine; else each has its part.
    devices.share(4)
    assert os.environ[devices.LIMIT] == "1MB"
    monkeypatch.delenv(devices.LIMIT)
    devices.share(1)
    assert devices.LIMIT not in os.environ
    devices.share(4)
    part = psutil.virtual_memory().total / 4 - held
    assert devices.free_memory("cpu") == pytest.approx(part, abs=3e8)
    monkeypatch.setenv(devices.LIMIT, "much")
    with pytest.raises(BadSpec, match="FAIRVIZ_MEMORY is 'much'"):
        devices.free_memory("cpu")
