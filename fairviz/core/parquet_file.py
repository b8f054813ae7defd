"""A Parquet file of a stranger as a table, once it is known what it becomes in memory."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairviz.core.errors import Unreadable
from fairviz.i18n import _

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MOST_ROWS = 5_000_000
MOST_VALUES = 50_000_000
MOST_BYTES = 256 << 20
_BATCH = 1024
# Whether a stranger's file is first read by a process of its own; it costs half a second.
APART = True
# What takes more seconds of a processor is damaged, or larger than is taken; a machine that is
# busy with others is waited for.
_CPU, _PATIENCE = 8, 120
# What goes wrong in an orderly way goes wrong here too, and is told here.
_TRIAL = f"""
import io, os, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, ({_CPU}, {_CPU}))
except ImportError:
    pass
from pathlib import Path
import pyarrow.parquet
from fairviz.core import parquet_file
paths = [Path(one) for one in sys.argv[1:]]
for content in [one.read_bytes() for one in paths] or [sys.stdin.buffer.read()]:
    try:
        parquet_file.table(content, "trial", tried=True)
        pyarrow.parquet.read_table(io.BytesIO(content)).to_pandas()  # as it is read afterwards
    except Exception:
        continue
os._exit(0)  # pyarrow's threads do not always survive the end of an interpreter
"""


def table(source: bytes | Path, name: str, *, tried: bool = False) -> pa.Table:
    """The table in a file, its texts as pointers to what they say.

    A few kilobytes can stand for gigabytes: one long text that every row points to. The lengths
    of what is pointed to are added up, and reading ends where they are too much.

    Args:
        tried: Whether `try_apart` has been asked already.

    Raises:
        Unreadable: If it is no Parquet file, has text that is none, or would take more than
            `MOST_BYTES`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not tried:
        try_apart(source, name=name)

    def opened(**given: object) -> pq.ParquetFile:
        # A path is otherwise read as a data set, its folders as columns.
        return pq.ParquetFile(io.BytesIO(source) if isinstance(source, bytes) else source, **given)

    try:
        with opened() as file:
            declared = file.metadata
            groups = [declared.row_group(number) for number in range(declared.num_row_groups)]
            rows, size = declared.num_rows, sum(group.total_byte_size for group in groups)
            # A row may hold a list of many.
            values = sum(
                group.column(number).num_values
                for group in groups
                for number in range(group.num_columns)
            )
            if rows > MOST_ROWS or values > MOST_VALUES:
                raise Unreadable(
                    _(
                        "{name} is too large: rows: {rows:,}, of at most {most_rows:,}; values: "
                        "{values:,}, of at most {most:,}.",
                        name=name,
                        rows=rows,
                        values=values,
                        most_rows=MOST_ROWS,
                        most=MOST_VALUES,
                    ),
                    fix=_("Keep fewer rows or columns."),
                )
            if size > MOST_BYTES:
                raise _too_large(name, size)
            schema = file.schema
            columns = map(schema.column, range(len(schema)))
            texts = [one.path for one in columns if one.physical_type == "BYTE_ARRAY"]
        with opened(read_dictionary=texts) as file:
            batches, taken, done = [], 0, 0
            for batch in file.iter_batches(_BATCH):
                _check_text(batch, name, done)
                taken += sum(_bytes(column) for column in batch.columns)
                done += len(batch)
                if taken > MOST_BYTES:
                    raise _too_large(name, taken * rows // done)
                batches.append(batch)
            return pa.Table.from_batches(batches, file.schema_arrow if not batches else None)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException, RecursionError) as error:
        raise _no_table(name, error) from error


def try_apart(*sources: bytes | Path, name: str) -> None:
    """Let another process read tables first: some damaged ones end whoever reads them.

    Raises:
        Unreadable: If that process was ended, or took too long.
    """
    if not (APART and sources):
        return
    paths = [str(one) for one in sources if isinstance(one, Path)]
    content = next((one for one in sources if isinstance(one, bytes)), b"")
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRIAL, *paths],
            input=content,
            cwd=Path(__file__).resolve().parents[2],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        done = -1
    if done < 0:
        raise _no_table(name, ValueError(_("it is damaged")))


def values(column: pa.ChunkedArray, name: str) -> list[Any]:
    """A column as Python's values.

    Raises:
        Unreadable: If it has one that Python does not, such as a date after the year 9999.
    """
    import pyarrow as pa

    try:
        found: list[Any] = column.to_pylist()
    except (ValueError, OverflowError, KeyError, TypeError, pa.ArrowException) as error:
        raise _no_table(name, error) from error
    return found


def _no_table(name: str, error: Exception) -> Unreadable:
    return Unreadable(
        _(
            "{name} cannot be read as a Parquet file ({why}).",
            name=name,
            why=(str(error).splitlines() or [""])[0][:200] or type(error).__name__,
        ),
        fix=_("Write it again; it may be damaged or cut off."),
    )


def _check_text(batch: pa.RecordBatch, name: str, before: int) -> None:
    """Refuse text that is none: it would break whoever shows it."""
    import pyarrow as pa

    for column, values in zip(batch.schema.names, batch.columns, strict=True):
        try:
            values.validate(full=True)
        except pa.ArrowInvalid as error:
            raise Unreadable(
                _(
                    "{name}, column {column!r}, rows {first} to {last}: a text is not UTF-8.",
                    name=name,
                    column=column[:60],
                    first=before + 1,
                    last=before + len(batch),
                ),
                fix=_("Write the file again from texts in UTF-8."),
            ) from error


def _too_large(name: str, size: int) -> Unreadable:
    return Unreadable(
        _(
            "{name} would take about {n:,} MB in memory; at most {most:,} are read.",
            name=name,
            n=size >> 20,
            most=MOST_BYTES >> 20,
        ),
        fix=_("Keep fewer rows or columns."),
    )


def _bytes(column: pa.Array) -> int:
    """Of a column in memory, its texts written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_map(kind):
        return _bytes(column.keys) + _bytes(column.items) + 8 * len(column)
    if pa.types.is_fixed_size_list(kind):
        return _bytes(column.flatten())
    if pa.types.is_dictionary(kind):
        lengths = pc.binary_length(column.dictionary)
        total = pc.sum(pc.take(lengths, column.indices)).as_py() if len(lengths) else 0
        return int(total or 0)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _bytes(column.flatten()) + 8 * len(column)
    if pa.types.is_struct(kind):
        return sum(_bytes(field) for field in column.flatten())
    return int(column.nbytes)
