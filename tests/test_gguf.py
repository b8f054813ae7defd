"""A GGUF file is a model like any other: its numbers are gguf-py's, its tokens are its list's."""

import json
import shutil
import struct

import gguf
import in_gguf
import numpy as np
import pytest
import torch
from conftest import CORPUS, tiny_tokenizer
from in_commands import fairviz
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from fairviz.core.errors import BadSpec, FairvizError, ModelUnavailable, VocabularyMismatch
from fairviz.core.specs import ModelSpec
from fairviz.models import gguf as source
from fairviz.models import gguf_tokenizer
from fairviz.models.checkpoint import locate
from fairviz.models.gguf import record_of
from fairviz.models.gguf_architectures import ARCHITECTURES
from fairviz.models.gguf_file import read
from fairviz.models.pair import load_pair
from fairviz.models.tokenizer import read_tokenizer, read_tokenizers

SENTENCES = (
    "Once upon a time there was a nurse.",
    "Il était une fois une pêcheuse, née en 1924 !",
    "  two spaces,\ta tab\nand a line; 3.14 <s> </s> don't 你好 🙂",
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Architecture of llama.cpp -> folder with a random model of it, its vectors too."""
    import transformers

    tokenizer = tiny_tokenizer()
    common = {"vocab_size": len(tokenizer), "bos_token_id": None, "eos_token_id": 0}
    wide = {
        "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 2, "head_dim": 64,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, **common,
    }  # fmt: skip
    small = {"n_layer": 2, "n_head": 4, **common}
    configs = {
        "llama": transformers.LlamaConfig(**wide),
        "qwen2": transformers.Qwen2Config(**(wide | {"head_dim": 64})),
        "qwen3": transformers.Qwen3Config(**wide, tie_word_embeddings=True),
        "gemma2": transformers.Gemma2Config(**wide, sliding_window=8, query_pre_attn_scalar=64),
        "gemma3": transformers.Gemma3TextConfig(**wide, sliding_window=8, query_pre_attn_scalar=64),
        "gpt2": transformers.GPT2Config(n_embd=64, n_positions=48, **small),
        "bloom": transformers.BloomConfig(hidden_size=64, **small),
    }
    made = {}
    for name, config in configs.items():
        torch.manual_seed(0)
        model = transformers.AutoModelForCausalLM.from_config(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
        made[name] = tmp_path_factory.mktemp("gguf") / name
        model.save_pretrained(made[name])
        tokenizer.save_pretrained(made[name])
    return made


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "cache"))


def spec(path):
    return ModelSpec.parse(str(path))


def logits(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model(torch.tensor([[5, 17, 40, 3, 8, 9, 22, 21, 200, 7, 6, 5]])).logits


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_file_of_32_bits_computes_as_the_folder_that_it_was_written_from(
    folders, tmp_path, architecture
):
    """Every rearrangement and setting of the architecture is undone and read: the logits say so.

    12 tokens, so that a window of 8 matters. Adding 1 to Gemma's norms and taking it away again
    rounds; all others are equal to the bit.
    """
    path = in_gguf.write(tmp_path / "m.gguf", folders[architecture], architecture, "F32")
    found, wanted = logits(locate(spec(path))), logits(folders[architecture])
    if architecture.startswith("gemma"):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    else:
        assert torch.equal(found, wanted)


@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q4_K", "Q6_K", "IQ4_XS"])
def test_the_numbers_of_a_type_are_those_that_the_package_of_llama_cpp_gives(
    folders, tmp_path, kind
):
    """Rounded by gguf-py where it can; Q4_K, Q6_K and IQ4_XS, which it only reads, are drawn."""
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", kind)
    stored = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    found = load_file(locate(spec(path)) / "model.safetensors")
    values = {name: gguf.dequantize(one.data, one.tensor_type) for name, one in stored.items()}
    down = found["model.layers.1.mlp.down_proj.weight"].float().numpy()
    np.testing.assert_array_equal(down, values["blk.1.ffn_down.weight"])
    # Rows 0, 1, 2, … of a head in the file are rows 0, 32, 1, 33, … of it in the folder.
    keys = found["model.layers.0.self_attn.k_proj.weight"].float().numpy()
    order = [32 * (row % 2) + row // 2 for row in range(64)]
    np.testing.assert_array_equal(keys[:64][order], values["blk.0.attn_k.weight"][:64])
    norm = found["model.norm.weight"].numpy()
    np.testing.assert_array_equal(norm, values["output_norm.weight"])


def test_the_header_is_read_as_the_package_reads_it(folders, tmp_path):
    path = in_gguf.write(tmp_path / "m.gguf", folders["qwen3"], "qwen3", "Q8_0")
    ours, theirs = read(path), gguf.GGUFReader(path)
    assert ours.settings == {
        name: field.contents() for name, field in theirs.fields.items() if name[:5] != "GGUF."
    }
    assert [(t.name, t.shape, t.type, t.start, t.size) for t in ours.tensors] == [
        (t.name, tuple(map(int, t.shape[::-1])), t.tensor_type.name, t.data_offset, t.n_bytes)
        for t in theirs.tensors
    ]


def test_kl_is_exactly_0_between_a_file_and_the_folder_made_from_it(folders, tmp_path):
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", "Q4_0")
    folder, kept = tmp_path / "folder", shutil.ignore_patterns("gguf*.json")
    shutil.copytree(locate(spec(path)), folder, ignore=kept)
    tiny_tokenizer().save_pretrained(folder)
    assert record_of(folder) is None
    done = fairviz(
        "score", "--baseline", path, "--compressed", folder, "--text-file", "-", "--json", "-",
        stdin=" ".join(SENTENCES), cache=tmp_path / "cache",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document["traces"][0]["kl"]) == {0.0}
    assert document["provenance"]["baseline"]["gguf"]["types"] == "16 x Q4_0, 5 x F32"


def test_a_file_is_converted_once_and_whole(folders, tmp_path, monkeypatch):
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", "Q8_0")
    told = []
    first = locate(spec(path), progress=told.append)
    assert any("tensor 21 of 21" in words for words in told)  # 9 a layer, and 3 beside them
    monkeypatch.setattr(source, "read", pytest.fail)
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(path.read_bytes())
    assert locate(spec(copy)) == first
    monkeypatch.undo()
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "other"))
    monkeypatch.setattr(source, "_record", lambda file, key: 1 / 0)
    with pytest.raises(FairvizError):
        locate(spec(path))
    assert not [one for one in (tmp_path / "other" / "gguf").iterdir() if one.name != ".lock"]


def test_a_large_model_is_written_in_several_files(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "_SHARD", 10**6)
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", "F32")
    folder = locate(spec(path))
    assert len(list(folder.glob("*.safetensors"))) > 1
    assert torch.equal(logits(folder), logits(folders["llama"]))


def test_a_file_is_named_by_its_path_or_by_the_folder_that_holds_it_alone(folders, tmp_path):
    path = in_gguf.write(tmp_path / "a+b@c.gguf", folders["llama"], "llama", "Q8_0")
    assert str(spec(path)) == str(path)
    assert spec(path).compression.method == "none"
    assert spec(f"{path}+int8").compression.method == "int8"
    assert locate(spec(path)) == locate(spec(tmp_path))
    (tmp_path / "second.gguf").write_bytes(path.read_bytes())
    with pytest.raises(ModelUnavailable, match="holds more than one GGUF file"):
        locate(spec(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"There is no file .*none\.gguf"):
        locate(spec(tmp_path / "none.gguf"))
    with pytest.raises(BadSpec, match="has no revision"):
        locate(spec(f"{tmp_path}/second.gguf@main"))


def test_a_file_of_the_hub_is_named_by_its_repository_and_name(folders, tmp_path, monkeypatch):
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", "Q8_0")
    asked = {}

    def download(**wanted):
        asked.update(wanted)
        return str(path)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    named = spec("owner/repo:sub/model-Q8_0.gguf@v1")
    assert locate(named) == locate(spec(path))
    assert (asked["repo_id"], asked["filename"]) == ("owner/repo", "sub/model-Q8_0.gguf")
    assert asked["revision"] == "v1"


def test_the_card_tells_what_the_file_is(folders, tmp_path):
    path = in_gguf.write(
        tmp_path / "m.gguf", folders["llama"], "llama", "Q4_0",
        settings={"quantize.imatrix.file": "wiki.dat"},
    )  # fmt: skip
    pair = load_pair(spec(folders["llama"]), spec(path), device="cpu")
    card = pair.compressed.identity
    # 16 matrices of 4.5 bits a weight, 5 vectors of 32: embeddings and head of 300 x 256, and in
    # each of 2 layers 256 x (256 + 128 + 128 + 256) and 3 x 256 x 512.
    matrices = 2 * 300 * 256 + 2 * (256 * 768 + 3 * 256 * 512)
    bits = (4.5 * matrices + 32 * 5 * 256) / (matrices + 5 * 256)
    assert card.bits_per_weight == pytest.approx(bits)
    assert card.bytes_on_disk == path.stat().st_size
    assert card.method == "already quantized: GGUF, 16 x Q4_0, 5 x F32"
    assert card.gguf._asdict() | {"sha256": "", "size": 0, "bits_per_weight": 0} == {
        "sha256": "", "size": 0, "bits_per_weight": 0, "architecture": "llama", "name": "tiny",
        "types": "16 x Q4_0, 5 x F32", "imatrix": True, "quantized": True,
    }  # fmt: skip
    assert json.loads(json.dumps(card.document()))["gguf"]["imatrix"] is True
    assert "gguf" not in pair.baseline.identity.document()


def test_a_method_on_a_quantized_file_is_refused_unless_the_file_is_the_other_model(
    folders, tmp_path
):
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", "Q8_0")
    whole = in_gguf.write(tmp_path / "w.gguf", folders["llama"], "llama", "F16")
    with pytest.raises(BadSpec, match=r"compresses what is compressed: .*16 x Q8_0"):
        load_pair(spec(folders["llama"]), spec(f"{path}+magnitude:0.5"), device="cpu")
    load_pair(spec(path), spec(f"{path}+magnitude:0.5"), device="cpu")
    load_pair(spec(folders["llama"]), spec(f"{whole}+magnitude:0.5"), device="cpu")


def test_the_other_models_tokenizer_is_used_and_checked_id_by_id(folders, tmp_path):
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", "Q8_0")
    pair = load_pair(spec(folders["llama"]), spec(path), device="cpu")
    assert pair.compressed.vocabulary.tokens == pair.baseline.vocabulary.tokens
    assert not (locate(spec(path)) / "tokenizer.json").exists()  # none was built
    other = tmp_path / "other"
    changed = json.loads((folders["llama"] / "tokenizer.json").read_text())
    vocab = changed["model"]["vocab"]
    names = {number: token for token, number in vocab.items()}
    vocab[names[77]], vocab[names[78]] = 78, 77
    AutoTokenizer.from_pretrained(folders["llama"]).save_pretrained(other)
    (other / "tokenizer.json").write_text(json.dumps(changed))
    tokenizer = AutoTokenizer.from_pretrained(other)
    with pytest.raises(VocabularyMismatch, match="token 77 is"):
        read_tokenizers({spec(path): locate(spec(path))}, [tokenizer])


def test_two_files_share_one_tokenizer_that_is_built_from_the_first(folders, tmp_path):
    paths = [
        in_gguf.write(tmp_path / f"{kind}.gguf", folders["llama"], "llama", kind)
        for kind in ("Q8_0", "Q4_0")
    ]
    places = {spec(path): locate(spec(path)) for path in paths}
    one, other = read_tokenizers(places).values()
    assert one is other
    wanted = AutoTokenizer.from_pretrained(folders["llama"])
    for text in SENTENCES:
        ids = wanted(text)["input_ids"]
        assert one(text)["input_ids"] == ids
        assert one.decode(ids) == wanted.decode(ids)
    assert one.eos_token == wanted.eos_token


def test_a_tokenizer_of_sentencepiece_is_built_as_its_own(shared_folder, tmp_path):
    """Encoded and decoded both ways beside the tokenizer of the model that the file is of."""
    from transformers import AutoTokenizer

    llama = shared_folder / "models" / "stories260K-llama"
    path = in_gguf.write(tmp_path / "m.gguf", llama, "llama", "F16")
    built, wanted = (
        read_tokenizer(spec(path), locate(spec(path))),
        AutoTokenizer.from_pretrained(llama),
    )
    for text in SENTENCES:
        ids = wanted(text)["input_ids"]
        assert built(text)["input_ids"] == ids
        assert built.decode(ids) == wanted.decode(ids)


def test_runs_of_spaces_that_are_tokens_are_cut_as_sentencepiece_cuts_them(tmp_path):
    """As in Gemma's files, where llama.cpp's converter writes such tokens with real spaces."""
    import io

    import sentencepiece

    own, model = ("  ", "   ", "\n\n"), io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 3), model_writer=model, vocab_size=300, model_type="bpe",
        byte_fallback=True, hard_vocab_limit=False, minloglevel=2, user_defined_symbols=own,
        normalization_rule_name="identity", add_dummy_prefix=False, remove_extra_whitespaces=False,
    )  # fmt: skip
    wanted = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [wanted.id_to_piece(number) for number in range(len(wanted))]
    written = [one.replace("▁", " ") for one in pieces]
    kinds = [
        4 if text in own
        else 3 if wanted.is_control(n)
        else 2 if wanted.is_unknown(n)
        else 6 if wanted.is_byte(n)
        else 1
        for n, text in enumerate(written)
    ]  # fmt: skip
    listed = {
        "model": "llama", "token_type": kinds, "add_bos_token": False, "add_space_prefix": False,
        "tokens": [
            text if kind == 4 else piece
            for piece, text, kind in zip(pieces, written, kinds, strict=True)
        ],
        "scores": [wanted.get_score(n) for n in range(len(wanted))],
        "unknown_token_id": wanted.unk_id(),
    }  # fmt: skip
    named = {f"tokenizer.ggml.{name}": value for name, value in listed.items()}
    (tmp_path / source.VOCABULARY).write_text(json.dumps(named))
    gguf_tokenizer.build(spec(tmp_path), tmp_path)
    built = read_tokenizer(spec(tmp_path), tmp_path)
    for text in (*SENTENCES[:2], "a  b", "fin.   Puis", f"a{7 * ' '}b ", "a\n\n\nb", "a\n  b"):
        ids = wanted.encode(text)
        assert built(text)["input_ids"] == ids
        assert built.decode(ids) == text


BAD = {
    "no GGUF file": lambda data: b"PK\x03\x04" + data[4:],
    r"cut short or damaged .*reaches beyond its end": lambda data: data[:-4000],
    "cut short or damaged": lambda data: data[:300],
    "damaged .*cannot mmap": lambda data: b"",
    "damaged .*version 1 of": lambda data: data[:4] + struct.pack("<I", 1) + data[8:],
    "damaged .*says that it has": lambda data: data[:16] + struct.pack("<Q", 2**60) + data[24:],
}


@pytest.mark.parametrize("words", BAD)
def test_a_file_that_is_none_or_not_whole_is_refused_with_advice(folders, tmp_path, words):
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", "F16")
    path.write_bytes(BAD[words](path.read_bytes()))
    with pytest.raises(ModelUnavailable, match=words) as refused:
        locate(spec(path))
    assert refused.value.fix


def test_any_cut_of_a_header_is_refused(folders, tmp_path):
    path = in_gguf.write(tmp_path / "m.gguf", folders["gpt2"], "gpt2", "F16")
    data = path.read_bytes()
    for end in range(0, 3000, 37):
        path.write_bytes(data[:end])
        with pytest.raises(ModelUnavailable):
            read(path)


def test_what_is_not_read_from_gguf_is_refused_by_name(folders, tmp_path):
    def refused(name, words, **more):
        path = in_gguf.write(tmp_path / name, folders["llama"], "llama", "F16", **more)
        if name == "type.gguf":
            # The type of the first tensor, behind its name, dimensions and shape.
            data = bytearray(path.read_bytes())
            at = data.index(b"token_embd.weight") + len("token_embd.weight") + 4 + 16
            data[at : at + 4] = struct.pack("<I", 137)
            path.write_bytes(data)
        with pytest.raises(FairvizError, match=words):
            locate(spec(path))

    refused("type.gguf", r"the type IQ2_K \(token_embd.weight\)")
    refused("split.gguf", "is one part of a model, of 3", settings={"split.count": 3})
    refused(
        "rope.gguf", "stretches positions by yarn", settings={"llama.rope.scaling.type": "yarn"}
    )
    path = tmp_path / "unknown.gguf"
    writer = gguf.GGUFWriter(path, "mamba")
    writer.add_tensor("token_embd.weight", np.zeros((4, 4), np.float32))
    for step in ("header", "kv_data", "tensors"):
        getattr(writer, f"write_{step}_to_file")()
    writer.close()
    with pytest.raises(ModelUnavailable, match="architecture mamba, which is not read"):
        locate(spec(path))


def test_wavelengths_of_llama_3_are_found_in_what_the_file_divides_them_by(folders, tmp_path):
    """A factor of 8: divisors of 1 below wavelengths of 2048, of 8 above 8192."""
    import in_gguf as writing

    base, half = 10000.0, 32
    wave = 2 * np.pi * base ** (np.arange(half) / half)
    smooth = (8192 / wave - 1) / 3
    divisors = np.where(
        wave < 2048, 1.0, np.where(wave > 8192, 8.0, 1 / ((1 - smooth) / 8 + smooth))
    )
    writer = writing.gguf.GGUFWriter
    add = writer.write_header_to_file

    def with_divisors(self, *given):
        self.add_tensor("rope_freqs.weight", divisors.astype(np.float32))
        return add(self, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "write_header_to_file", with_divisors)
        path = writing.write(tmp_path / "m.gguf", folders["llama"], "llama", "F16")
    config = json.loads((locate(spec(path)) / "config.json").read_text())
    assert config["rope_parameters"] == {
        "rope_type": "llama3", "rope_theta": base, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
    }  # fmt: skip


def test_a_file_without_a_tokenizer_says_so(folders, tmp_path):
    path = in_gguf.write(tmp_path / "m.gguf", folders["llama"], "llama", "F16")
    folder = locate(spec(path))
    assert record_of(folder).architecture == "llama"
    listed = json.loads((folder / source.VOCABULARY).read_text())
    (folder / source.VOCABULARY).write_text(json.dumps(listed | {"tokenizer.ggml.pre": "tekken"}))
    with pytest.raises(ModelUnavailable, match=r"kind that is not built here \(gpt2, tekken\)"):
        read_tokenizer(spec(path), folder)
    del listed["tokenizer.ggml.tokens"]
    (folder / source.VOCABULARY).write_text(json.dumps(listed))
    with pytest.raises(ModelUnavailable, match="has no list of tokens"):
        read_tokenizer(spec(path), folder)


def test_files_are_ranked_by_size_kl_and_what_they_do_to_pairs(folders, tmp_path):
    """Against the logits themselves: the KL that 99 % do not exceed, and the same top token."""
    whole = in_gguf.write(tmp_path / "whole.gguf", folders["llama"], "llama", "F16")
    small = in_gguf.write(tmp_path / "small.gguf", folders["llama"], "llama", "Q4_0")
    text = tmp_path / "text.txt"
    text.write_text("\n\n".join(f"The judge said that she saw {n} boats." for n in range(12)))
    done = fairviz(
        "compare-forms", folders["llama"], whole, small, tmp_path / "none.gguf", "--text", text,
        "--json", "-", cache=tmp_path / "cache",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    first, second = document["points"]
    assert (first["bytes_on_disk"], second["bytes_on_disk"]) == (
        whole.stat().st_size,
        small.stat().st_size,
    )
    assert (second["method"], second["family"]) == ("gguf", "quantization")
    assert list(document["refused"]) == [str(tmp_path / "none.gguf")]
    assert first["kl"] < second["kl"] < second["kl_99"]
    assert 0 <= second["same_top"] <= first["same_top"] <= 1
    assert second["bias_shift"] == abs(second["pairs_shift"])
    assert 0 < second["pairs_moved"] <= 1

    tokenizer = read_tokenizer(spec(folders["llama"]), folders["llama"])
    models = [
        AutoModelForCausalLM.from_pretrained(one) for one in (folders["llama"], locate(spec(small)))
    ]
    kl = []
    for piece in text.read_text().split("\n\n"):
        ids = torch.tensor(tokenizer(piece)["input_ids"])[None]
        p, q = (model(ids).logits[0, :-1].double().log_softmax(-1) for model in models)
        kl += (p.exp() * (p - q)).sum(-1).tolist()
    assert second["tokens"] == len(kl)
    assert second["kl_99"] == pytest.approx(np.quantile(kl, 0.99), rel=1e-3)


def test_a_short_text_is_told_before_a_weight_is_read(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "fairviz.models.pair.load", lambda *_, **__: pytest.fail("weights were read")
    )
    (text := tmp_path / "short.txt").write_text("Once upon a time there was a nurse.")
    asked = (folders["llama"], f"{folders['llama']}+nf4", "--text", text)
    done = fairviz("compare-forms", *asked, cache=tmp_path / "cache")
    assert done.returncode == 2
    assert "an interval takes 10" in done.stderr


def test_two_files_alone_are_compared_without_options(folders, tmp_path):
    paths = [
        in_gguf.write(tmp_path / f"model-{kind}.gguf", folders["llama"], "llama", kind)
        for kind in ("Q8_0", "Q4_0")
    ]
    done = fairviz("compare", *paths, "--max-new-tokens", 3, cache=tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert "Once upon a time" in done.stdout
    assert fairviz("compare", paths[0], cache=tmp_path / "cache").returncode == 2


def test_a_file_is_rounded_to_another_type_and_keeps_all_else(folders, tmp_path):
    """Every matrix is what gguf-py makes of what it reads in the first file."""
    from bench.gguf_forms import requantized

    first = in_gguf.write(tmp_path / "first.gguf", folders["llama"], "llama", "Q8_0")
    second = requantized(first, "Q4_0", tmp_path / "second.gguf")
    one, other = gguf.GGUFReader(first), gguf.GGUFReader(second)
    assert {name: field.contents() for name, field in one.fields.items()} == {
        name: field.contents() for name, field in other.fields.items()
    }
    kind = gguf.GGMLQuantizationType.Q4_0
    for before, after in zip(one.tensors, other.tensors, strict=True):
        weights = gguf.dequantize(before.data, before.tensor_type)
        assert before.name == after.name
        if weights.ndim == 1:
            assert np.array_equal(after.data, weights)
        else:
            assert after.tensor_type == kind
            assert np.array_equal(after.data, gguf.quantize(weights, kind))
    assert record_of(locate(spec(second))).types == "16 x Q4_0, 5 x F32"
