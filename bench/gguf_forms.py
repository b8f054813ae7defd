"""Another GGUF file of the same weights, rounded to another type.

    python -m bench.gguf_forms model.gguf Q8_0 model-Q8_0.gguf

Every matrix is dequantized by gguf-py and rounded anew to the type; vectors, names, settings and
the tokenizer stay. A file that was rounded before is rounded a second time, so this is for
comparing forms of what the first file holds, not of the checkpoint from which that was made.
"""

from __future__ import annotations

import sys
from pathlib import Path


def requantized(file: Path, kind: str, target: Path) -> Path:
    """The file in `target`, written where it is not there yet.

    Args:
        kind: A type that gguf-py can write, such as `Q8_0` or `Q4_0`.
    """
    from gguf import (
        GGMLQuantizationType,
        GGUFReader,
        GGUFValueType,
        GGUFWriter,
        LlamaFileType,
        dequantize,
        quantize,
    )

    if target.exists():
        return target
    reader, rounded = GGUFReader(file), GGMLQuantizationType[kind]
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    writer = GGUFWriter(partial, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        value = field.contents()
        if name == "general.file_type":
            value = LlamaFileType[f"MOSTLY_{kind}"].value
        # The type of a list, then that of what it lists.
        inner = field.types[1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, value, field.types[0], inner)
    for tensor in reader.tensors:
        weights = dequantize(tensor.data, tensor.tensor_type)
        if weights.ndim == 1:
            writer.add_tensor(tensor.name, weights)
        else:
            writer.add_tensor(tensor.name, quantize(weights, rounded), raw_dtype=rounded)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.rename(target)
    return target


if __name__ == "__main__":
    print(requantized(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
