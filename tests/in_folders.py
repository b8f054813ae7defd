"""Hostile folders: what a model's folder may hold by mistake or malice, made of a sound one.

Each mutation changes a copy of the folder in place. `HOSTILE` are those by hand, `drawn` makes as
many more as are asked for from a seed: same seed, same folders.
"""

import json
import os
import random
import shutil
import struct

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
# What no key of a config holds, or few do.
VALUES = (
    None, 0, -1, 1, 3, 10**6, 10**9, 10**18, 2**63, 0.5, float("nan"), True, "", "64", "é" * 999,
    [], [1], [[["x"], 10**9]], {}, {"x": {"y": [0]}}, "../../etc", "cuda", "__class__",
)  # fmt: skip


def rewrite(folder, name, change):
    path = folder / name
    content = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(change(content) or content))


def setting(key, value, name=CONFIG):
    """A mutation that sets one key of a JSON file."""

    def mutate(folder):
        rewrite(folder, name, lambda content: content | {key: value})

    mutate.__name__ = f"{name.split('.')[0]}-{key}-{str(value)[:20]}"
    return mutate


def content(name, data):
    """A mutation that replaces a file's content."""

    def mutate(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(data)

    mutate.__name__ = f"{name.split('.')[0]}-is-{data[:12].decode(errors='replace')!r}"
    return mutate


def pipe(name):
    def mutate(folder):
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    mutate.__name__ = f"{name}-is-a-pipe"
    return mutate


def directory(name):
    def mutate(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    mutate.__name__ = f"{name}-is-a-directory"
    return mutate


def loop(name):
    def mutate(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(name)

    mutate.__name__ = f"{name}-links-to-itself"
    return mutate


def header(change):
    """A mutation of the weights' header; its length is written anew."""

    def mutate(folder):
        path = folder / WEIGHTS
        whole = path.read_bytes()
        (length,) = struct.unpack("<Q", whole[:8])
        entries = json.loads(whole[8 : 8 + length])
        text = json.dumps(change(entries) or entries).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + whole[8 + length :])

    mutate.__name__ = f"header-{change.__name__}"
    return mutate


def _first(entries):
    return next(entries[name] for name in entries if name != "__metadata__")


def overlapping(entries):
    for entry in entries.values():
        if "data_offsets" in entry:
            entry["data_offsets"][0] = 0


def beyond_the_end(entries):
    _first(entries)["data_offsets"] = [0, 2**60]


def of_a_huge_shape(entries):
    _first(entries)["shape"] = [2**31, 2**31]


def of_negative_shape(entries):
    _first(entries)["shape"] = [-1, 4]


def of_an_unknown_type(entries):
    _first(entries)["dtype"] = "Q3"


def of_no_entries(entries):
    return {name: [] for name in entries}


def of_one_name_less(entries):
    entries["model.renamed"] = entries.pop(list(entries)[-1])


def a_vocabulary_with_a_huge_id(folder):
    def change(tokenizer):
        vocabulary = tokenizer["model"]["vocab"]
        vocabulary[list(vocabulary)[-1]] = 10**9

    rewrite(folder, TOKENIZER, change)


def an_added_token_with_a_huge_id(folder):
    rewrite(folder, TOKENIZER, lambda one: one["added_tokens"][0].update(id=10**9))


def a_tokenizer_with_ids_from_nowhere(folder):
    def change(tokenizer):
        tokenizer["model"]["vocab"] = dict.fromkeys(tokenizer["model"]["vocab"], 7)

    rewrite(folder, TOKENIZER, change)


def a_tokenizer_cut_short(folder):
    path = folder / TOKENIZER
    path.write_bytes(path.read_bytes()[:1000])


def a_tokenizer_of_many_gigabytes(folder):
    os.truncate(folder / TOKENIZER, 2**36)


def weights_cut_short(folder):
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-8])


def weights_that_promise_a_long_header(folder):
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", 2**62) + b"{}")


def an_index_to_elsewhere(folder):
    index = {"weight_map": {"a": "../../../../etc/passwd"}}
    (folder / WEIGHTS).rename(folder / "other.safetensors")
    (folder / f"{WEIGHTS}.index.json").write_text(json.dumps(index))


def a_pickle_that_is_none(folder):
    (folder / WEIGHTS).unlink(missing_ok=True)
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04cposix\nsystem\n(S'false'\ntR.")


def a_record_that_is_none(folder):
    (folder / "made.json").write_text('{"version": 1, "spec": 7, "parameters": "x"}')


def a_folder_of_nothing(folder):
    shutil.rmtree(folder)
    folder.mkdir()


HOSTILE = (
    *(pipe(name) for name in (CONFIG, WEIGHTS, TOKENIZER, "made.json", "qwen.tiktoken")),
    *(directory(name) for name in (CONFIG, WEIGHTS, TOKENIZER)),
    *(loop(name) for name in (CONFIG, WEIGHTS, TOKENIZER)),
    *(
        content(name, data)
        for name in (CONFIG, WEIGHTS, TOKENIZER, "generation_config.json", "tokenizer_config.json")
        for data in (b"", b"[" * 200_000, b"\xff\xfe{}", b"null", b"[]", b'"x"', b"{}")
    ),
    *map(
        header,
        (
            overlapping, beyond_the_end, of_a_huge_shape, of_negative_shape, of_an_unknown_type,
            of_no_entries, of_one_name_less,
        ),
    ),
    *(
        setting(key, value)
        for key, value in (
            ("num_hidden_layers", 10**6), ("num_hidden_layers", 10**9), ("vocab_size", 10**9),
            ("num_hidden_layers", 0), ("num_hidden_layers", 1), ("num_attention_heads", 0),
            ("quantization_config", {"quant_method": "unheard_of"}), ("quantization_config", "x"),
            ("quantization_config", {"quant_method": "compressed-tensors"}),
            ("quantization_config", {"quant_method": ["x"]}), ("num_labels", 10**9),
            ("quantization_config", {"bits": 4}), ("max_position_embeddings", 10**12),
            ("head_dim", 10**9), ("intermediate_size", 10**15), ("architectures", "Llama"),
            ("model_type", "bert"), ("model_type", ["llama"]), ("transformers_weights", "../x"),
        )
    ),
    a_vocabulary_with_a_huge_id, an_added_token_with_a_huge_id, a_tokenizer_with_ids_from_nowhere,
    a_tokenizer_cut_short, a_tokenizer_of_many_gigabytes, weights_cut_short,
    weights_that_promise_a_long_header, an_index_to_elsewhere, a_pickle_that_is_none,
    a_record_that_is_none, a_folder_of_nothing,
)  # fmt: skip


def drawn(seed, count):
    """So many further mutations: of a value anywhere in a JSON file, or of a file's bytes."""
    return [_drawn(random.Random(f"{seed}-{number}"), number) for number in range(count)]


def _drawn(draw, number):
    def mutate(folder):
        names = sorted(path.name for path in folder.iterdir() if path.is_file())
        name = draw.choice([one for one in names if one.endswith(".json")])
        kind = draw.random()
        if kind < 0.7:
            rewrite(folder, name, lambda content: _with_another(draw, content))
            return
        path = folder / draw.choice(names)
        data = bytearray(path.read_bytes())
        if kind < 0.85 or not data:
            path.write_bytes(data[: draw.randrange(len(data) + 1)])
            return
        for _ in range(draw.randint(1, 8)):
            data[draw.randrange(min(len(data), 4000))] = draw.randrange(256)
        path.write_bytes(data)

    mutate.__name__ = f"drawn-{number}"
    return mutate


def _with_another(draw, content):
    """A document in which one value, at any depth, is another."""
    place = content
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = draw.choice(keys)
        if not isinstance(place[key], dict | list) or not place[key] or draw.random() < 0.4:
            place[key] = draw.choice(VALUES)
            break
        place = place[key]
    return content
