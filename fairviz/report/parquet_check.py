"""Whether a Parquet file of a stranger fits into memory, found out without filling it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fairviz.language import tr
from fairviz.report.zip_reading import MOST_BYTES, refused

MOST_ROWS = 5_000_000
MOST_VALUES = 50_000_000
_BATCH = 4096


def fits(path: Path, name: str) -> None:
    """Refuse a Parquet file that cannot be read or is too large in memory.

    A few kilobytes can stand for gigabytes: one long text that every row points to. Texts are
    therefore left as such pointers and their lengths are added up.

    Args:
        path: The file.
        name: What it is called in the bundle.

    Raises:
        BadBundle: If it cannot be read, or would take more than `MOST_BYTES`.
    """
    try:
        with pq.ParquetFile(path) as file:
            rows, values, size = _declared(file)
            if rows > MOST_ROWS or values > MOST_VALUES or size > MOST_BYTES:
                raise _too_large(name)
            schema = file.schema
            texts = [
                schema.column(number).path
                for number in range(len(schema))
                if schema.column(number).physical_type == "BYTE_ARRAY"
            ]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            taken = 0
            for batch in file.iter_batches(_BATCH):
                batch.validate(full=True)  # text that is none would break whoever shows it
                taken += sum(_bytes(column) for column in batch.columns)
                if taken > MOST_BYTES:
                    raise _too_large(name)
    except (OSError, ValueError, KeyError, pa.ArrowException, RecursionError) as error:
        raise refused(
            tr("{name} cannot be read as a table ({why}).", name=name, why=type(error).__name__)
        ) from error


def _too_large(name: str) -> Exception:
    return refused(tr("{name} would take more than {most:,} MB.", name=name, most=MOST_BYTES >> 20))


def _declared(file: pq.ParquetFile) -> tuple[int, int, int]:
    """Rows, values (a row may hold a list of many) and bytes, as the file says."""
    found = file.metadata
    groups = [found.row_group(number) for number in range(found.num_row_groups)]
    values = sum(
        group.column(number).num_values for group in groups for number in range(group.num_columns)
    )
    return found.num_rows, values, sum(group.total_byte_size for group in groups)


def _bytes(column: pa.Array) -> int:
    """Of a column in memory, its texts written out."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        lengths = pc.binary_length(column.dictionary)
        total = pc.sum(pc.take(lengths, column.indices)).as_py() if len(lengths) else 0
        return int(total or 0)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _bytes(column.flatten()) + 8 * len(column)
    if pa.types.is_struct(kind):
        return sum(_bytes(field) for field in column.flatten())
    return int(column.nbytes)
