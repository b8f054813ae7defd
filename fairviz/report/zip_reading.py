"""A zip file of a stranger, read strictly: what it says of itself is checked, never trusted.

Only what fairviz writes is taken: one disk, deflated or stored, nothing behind the directory.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from fairviz.core.errors import FairvizError
from fairviz.i18n import N_, _

MOST_FILES = 2000
# Unpacked, and as a file.
MOST_BYTES = 256 << 20
_CHUNK = 1 << 16
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END_FORM = struct.Struct("<4s4H2LH")
_CENTRAL_FORM = struct.Struct("<4s6H3L5H2L")
_LOCAL_FORM = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
AGAIN = N_("Get the file again from where it came from; fairviz writes it with “Download bundle”.")


class BadBundle(FairvizError):
    """A bundle that is not opened."""


class Entry(NamedTuple):
    """One file in a zip file, as its directory declares it."""

    name: str
    size: int  # bytes unpacked
    packed: int  # bytes in the zip file
    start: int  # of these
    method: int
    crc: int


def refused(message: str) -> BadBundle:
    """A refusal whose way out is to get the file again."""
    return BadBundle(message, fix=_(AGAIN))


def entries(stream: BinaryIO) -> dict[str, Entry]:
    """Every file of a zip file by its path.

    Raises:
        BadBundle: If it is no zip file, a part is missing, or an entry could do harm.
    """
    size = stream.seek(0, 2)
    if size > MOST_BYTES:
        raise refused(
            _(
                "The bundle has {n:,} MB, and at most {most:,} are opened.",
                n=size >> 20,
                most=MOST_BYTES >> 20,
            )
        )
    count, directory = _directory(stream, size)
    found: dict[str, Entry] = {}
    seen: set[str] = set()
    place = 0
    for _rest in range(count):
        entry, place = _entry(stream, directory, place)
        if entry.name.casefold() in seen:
            raise refused(_("The bundle holds {name} twice.", name=entry.name))
        seen.add(entry.name.casefold())
        found[entry.name] = entry
    if place != len(directory):
        raise refused(_("The directory of the zip file is damaged."))
    if sum(entry.size for entry in found.values()) > MOST_BYTES:
        raise BadBundle(
            _(
                "The bundle would take {n:,} MB unpacked, and at most {most:,} are opened.",
                n=sum(entry.size for entry in found.values()) >> 20,
                most=MOST_BYTES >> 20,
            ),
            fix=_("Make several smaller reports of it on the machine it is from."),
        )
    _apart(found, size - _END_FORM.size - len(directory))
    return found


def content(stream: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The bytes of a file, unpacked piece by piece; never more than were declared.

    Raises:
        BadBundle: If they cannot be unpacked or are not as many as declared.
    """
    stream.seek(entry.start)
    left, given, crc = entry.packed, 0, 0
    inflate = zlib.decompressobj(-15) if entry.method == _DEFLATED else None
    while left:
        packed = stream.read(min(_CHUNK, left))
        if not packed:
            raise refused(_("The bundle ends in the middle of {name}.", name=entry.name))
        left -= len(packed)
        for piece in _unpacked(inflate, packed, entry):
            given, crc = given + len(piece), zlib.crc32(piece, crc)
            if given > entry.size:
                raise refused(
                    _(
                        "{name} is larger than the {n:,} bytes that the bundle declares.",
                        name=entry.name,
                        n=entry.size,
                    )
                )
            yield piece
    whole = inflate is None or inflate.eof
    if not whole or given != entry.size or crc != entry.crc:
        raise refused(_("{name} is damaged.", name=entry.name))


def _unpacked(inflate: zlib._Decompress | None, packed: bytes, entry: Entry) -> Iterator[bytes]:
    if inflate is None:
        yield packed
        return
    while packed and not inflate.eof:
        try:
            yield inflate.decompress(packed, _CHUNK)
        except zlib.error as error:
            raise refused(
                _("{name} cannot be unpacked ({error}).", name=entry.name, error=error)
            ) from error
        packed = inflate.unconsumed_tail
    if inflate.unused_data:
        raise refused(_("{name} is damaged.", name=entry.name))


def _directory(stream: BinaryIO, size: int) -> tuple[int, bytes]:
    """How many files the directory at the end lists, and its bytes."""
    stream.seek(0)
    if stream.read(4) not in (_LOCAL, _END):
        raise BadBundle(
            _("This file is no zip file."), fix=_("Choose a file that ends in .fairviz.zip.")
        )
    tail = max(0, size - _END_FORM.size)
    stream.seek(tail)
    end = stream.read(_END_FORM.size)
    if not end.startswith(_END):
        raise refused(_("The bundle is cut off or something was added behind it."))
    _rest, disk, first_disk, here, count, length, start, comment = _END_FORM.unpack(end)
    if comment or disk or first_disk or here != count or start + length != tail:
        raise refused(_("The directory of the zip file is damaged."))
    if count > MOST_FILES:
        raise refused(
            _(
                "The bundle holds {n:,} files, and at most {most:,} are opened.",
                n=count,
                most=MOST_FILES,
            )
        )
    stream.seek(start)
    return count, stream.read(length)


def _entry(stream: BinaryIO, directory: bytes, place: int) -> tuple[Entry, int]:
    """The entry at a place of the directory, and the place of the next one."""
    fixed = directory[place : place + _CENTRAL_FORM.size]
    if len(fixed) < _CENTRAL_FORM.size or not fixed.startswith(_CENTRAL):
        raise refused(_("The directory of the zip file is damaged."))
    fields = _CENTRAL_FORM.unpack(fixed)
    flags, method = fields[3:5]
    crc, packed, size, name_length, extra, comment = fields[7:13]
    attributes, offset = fields[15:]
    begin = place + _CENTRAL_FORM.size
    raw = directory[begin : begin + name_length]
    name = _safe(raw)
    if flags & 0x2041:
        raise BadBundle(
            _("{name} in the bundle is encrypted.", name=name),
            fix=_("Ask for the bundle without a password."),
        )
    kind = stat.S_IFMT(attributes >> 16)
    if kind not in (0, stat.S_IFREG):
        raise refused(_("{name} in the bundle is a link or no plain file.", name=name))
    if method not in (_STORED, _DEFLATED):
        raise refused(_("{name} is packed in a way that fairviz does not write.", name=name))
    stream.seek(offset)
    head = stream.read(_LOCAL_FORM.size)
    if len(head) < _LOCAL_FORM.size or not head.startswith(_LOCAL):
        raise refused(_("{name} is damaged.", name=name))
    local = _LOCAL_FORM.unpack(head)
    if stream.read(local[-2]) != raw or local[3] != method:
        raise refused(_("The bundle says two things of {name}.", name=name))
    start = offset + _LOCAL_FORM.size + local[-2] + local[-1]
    entry = Entry(name, size, packed, start, method, crc)
    return entry, begin + name_length + extra + comment


def _safe(raw: bytes) -> str:
    """A path that stays inside the folder it is unpacked into."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        raise refused(_("A file in the bundle has no readable name.")) from None
    leaves = any(step in ("", ".", "..") for step in name.split("/"))
    if leaves or "\\" in name or ":" in name or not name.isprintable():
        raise refused(_("{name!r} in the bundle is not a path inside it.", name=name[:200]))
    return name


def _apart(found: dict[str, Entry], end: int) -> None:
    """Refuse entries that share bytes: few of them would unpack to very many."""
    before = 0
    for entry in sorted(found.values(), key=lambda entry: entry.start):
        # The name and its header stand before the content and are of this entry as well.
        if entry.start - _LOCAL_FORM.size - len(entry.name.encode()) < before:
            raise refused(_("Files in the bundle overlap: {name}.", name=entry.name))
        before = entry.start + entry.packed
    if before > end:
        raise refused(_("Files in the bundle overlap: {name}.", name="…"))
