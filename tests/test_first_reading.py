"""A model that gives no numbers is found when it is loaded, and the number type suits the pair."""

import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from fairviz.cli.doctor import _devices
from fairviz.core.errors import NotFinite, OutOfMemory
from fairviz.core.specs import ModelSpec
from fairviz.models import devices, finite, memory
from fairviz.models import pair as pairs
from fairviz.models.pair import load_pair
from fairviz.models.resident import Resident

NO_BFLOAT16 = ("float32", "float16", "bfloat16")
WEIGHT = "model.layers.0.mlp.down_proj.weight"


@pytest.fixture(scope="module")
def folders(checkpoints, tmp_path_factory):
    """A Llama; with NaN in a weight, in a token's embedding, and beyond float16 though finite."""
    root = tmp_path_factory.mktemp("first")

    def changed(name, change):
        folder = shutil.copytree(checkpoints["llama"], root / name)
        weights = load_file(folder / "model.safetensors")
        change(weights)
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return ModelSpec.parse(str(folder))

    def broken(weights):
        weights[WEIGHT][1, 2] = torch.nan

    def token(weights):
        first = AutoTokenizer.from_pretrained(checkpoints["llama"])(finite._TEXTS[0])
        weights["model.embed_tokens.weight"][first["input_ids"][0]] = torch.inf

    def overflows(weights):
        for part in ("gate_proj", "up_proj", "down_proj"):
            weights[f"model.layers.0.mlp.{part}.weight"] *= 1000

    def large(weights):
        weights[WEIGHT][1, 2] = 1e5  # a number of float32, infinite in float16

    changes = {"broken": broken, "token": token, "overflows": overflows, "large": large}
    return {"whole": ModelSpec.parse(str(checkpoints["llama"]))} | {
        name: changed(name, change) for name, change in changes.items()
    }


def loaded(folders, baseline, compressed, **options):
    told = []
    options = {"device": "cpu", "progress": told.append, **options}
    pair = load_pair(folders[baseline], folders[compressed], **options)
    return pair, [re.fullmatch(r"(.+) \(\d+ s\)", words)[1] for words in told]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_broken_weight_is_named_with_model_type_and_token(folders, dtype):
    with pytest.raises(NotFinite) as error:
        loaded(folders, "whole", "broken", dtype=dtype)
    message = error.value.message
    assert message.startswith(f"{folders['broken']} in {dtype} ")
    assert "'The'" in message and f"{WEIGHT} holds NaN." in message
    assert "Use float32" not in error.value.fix  # it would not help


@pytest.mark.parametrize("name", ["overflows", "large"])
def test_what_only_float16_cannot_hold_says_so(folders, name):
    with pytest.raises(NotFinite, match="Use float32 or bfloat16") as error:
        loaded(folders, name, "whole", dtype="float16")
    assert "in float16" in error.value.message and "holds" not in error.value.message
    for dtype in ("float32", "bfloat16", "auto"):
        assert loaded(folders, name, "whole", dtype=dtype)


def test_one_token_without_numbers_is_no_reason_to_refuse_a_model(folders):
    for dtype in ("float32", "float16"):
        pair, _ = loaded(folders, "whole", "token", dtype=dtype)
        ids = pair.compressed.vocabulary.encode("The")
        assert not finite._finite(pair.compressed.model, ids)
        assert finite._finite(pair.baseline.model, ids)


def test_a_usual_model_is_read_once(folders, monkeypatch):
    """One short forward pass; the weights' files are not read again."""
    pair, _ = loaded(folders, "whole", "whole")
    calls = []
    monkeypatch.setattr(finite, "_finite", lambda model, ids: not calls.append(len(ids)))
    monkeypatch.setattr(finite, "first_no_number", lambda _: pytest.fail("read again"))
    one = pair.baseline
    finite.check_reading(one.spec, None, one.model, one.vocabulary, "float32")
    assert len(calls) == 1 and 1 < calls[0] < 32


# The automatic number type


@pytest.mark.parametrize(
    ("device", "bfloat16", "types"),
    [
        ("cpu", False, ("float32",)),
        ("cpu", True, ("float32",)),
        ("cuda", True, ("bfloat16",)),
        ("cuda", False, NO_BFLOAT16),
        ("mps", False, NO_BFLOAT16),
    ],
)
def test_number_types_by_device(device, bfloat16, types):
    assert devices.number_types(device, bfloat16) == types


@pytest.mark.parametrize(("free", "chosen"), [(500, "float32"), (459, "float16"), (10, "float16")])
def test_float32_is_taken_where_it_fits(free, chosen):
    # 4 and 2 bytes for each of 100 weights, and the margin of 15 %.
    needed = {name: 400 if name == "float32" else 200 for name in NO_BFLOAT16}
    assert memory.first_that_fits(needed, free) == chosen
    assert memory.first_that_fits({"bfloat16": 200}, free) == "bfloat16"


@pytest.fixture
def old_gpu(monkeypatch):
    """A device without bfloat16 whose memory the test sets, played by the CPU."""
    monkeypatch.setattr(devices, "automatic", lambda device: NO_BFLOAT16)
    room = {"free": 10**12}
    monkeypatch.setattr(devices, "free_memory", lambda device: room["free"])
    return room


def bytes_of(folders, dtype):
    from fairviz.core.specs import CompressionSpec
    from fairviz.models.checkpoint import locate

    return 2 * memory.estimate(locate(folders["whole"]), CompressionSpec(), dtype)


def types(pair):
    return {one.identity.dtype for one in (pair.baseline, pair.compressed)}


def test_without_bfloat16_float32_is_taken_and_told(folders, old_gpu):
    pair, told = loaded(folders, "whole", "overflows")
    assert types(pair) == {"float32"} and pair.baseline.identity.dtype_reason == devices.NO_BFLOAT16
    assert "Reading in float32: this device does not compute in bfloat16" in told
    pair, told = loaded(folders, "whole", "overflows", dtype="float32")
    assert pair.baseline.identity.dtype_reason == "" and not any("bfloat16" in one for one in told)


def test_float16_is_taken_where_float32_does_not_fit_and_left_where_it_overflows(folders, old_gpu):
    old_gpu["free"] = int(1.2 * bytes_of(folders, "float16"))
    pair, told = loaded(folders, "whole", "token")
    assert types(pair) == {"float16"} and pair.baseline.identity.dtype_reason == devices.NO_ROOM
    pair, told = loaded(folders, "whole", "overflows")
    assert types(pair) == {"bfloat16"}
    assert pair.compressed.identity.dtype_reason == devices.OVERFLOWS
    assert "Reading in bfloat16: the pair overflows in float16" in told
    with pytest.raises(NotFinite, match="Use float32"):
        loaded(folders, "whole", "overflows", dtype="float16")
    with pytest.raises(NotFinite, match="holds NaN"):
        loaded(folders, "whole", "broken")
    old_gpu["free"] = 10
    with pytest.raises(OutOfMemory):
        loaded(folders, "whole", "overflows")


def test_the_resident_pair_is_of_one_number_type(folders, old_gpu):
    resident = Resident()
    first = resident.pair(folders["whole"], folders["whole"], device="cpu")
    assert types(first) == {"float32"}
    again = resident.pair(folders["whole"], folders["token"], device="cpu")
    assert again.baseline is first.baseline
    old_gpu["free"] = int(0.7 * bytes_of(folders, "float16"))  # one more, in float16 alone
    with pytest.raises(OutOfMemory):
        resident.pair(folders["whole"], folders["overflows"], device="cpu")
    old_gpu["free"] = int(1.2 * bytes_of(folders, "float16"))
    small = resident.pair(folders["whole"], folders["token"], device="cpu")
    assert types(small) == {"float16"}
    wide = resident.pair(folders["whole"], folders["overflows"], device="cpu")
    assert types(wide) == {"bfloat16"}
    small = resident.pair(folders["whole"], folders["token"], device="cpu")
    assert types(small) == {"float16"}
    old_gpu["free"] = 10**12
    other = resident.pair(folders["whole"], folders["overflows"], device="cpu")
    assert types(other) == {"float32"} and other.baseline is not small.baseline


def test_the_card_and_the_doctor_tell_it(folders, old_gpu, monkeypatch):
    from fairviz.analyses.identity import _facts
    from fairviz.i18n import speaking

    pair, _ = loaded(folders, "whole", "whole")
    card = pair.baseline.identity.document()
    assert ("Why this number format", devices.NO_BFLOAT16) in _facts(card)
    with speaking("fr"):
        assert "bfloat16" in dict(_facts(card))["Raison de ce format"]
    assert "Why this number format" not in dict(_facts({**card, "dtype_reason": ""}))
    monkeypatch.setattr(devices, "available", lambda: ("cpu",))
    (found,) = _devices()
    assert found.detail.endswith("runs float32, else float16, else bfloat16")


def test_nothing_is_read_for_a_pair_that_is_there(folders, monkeypatch):
    resident = Resident()
    first = resident.pair(folders["whole"], folders["token"], device="cpu")
    monkeypatch.setattr(pairs, "load", lambda *_, **__: pytest.fail("read again"))
    again = resident.pair(folders["whole"], folders["token"], device="cpu", dtype="float32")
    assert again.baseline is first.baseline and again.compressed is first.compressed
