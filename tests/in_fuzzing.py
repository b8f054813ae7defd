"""What the fuzzer needs: content changed at random from a seed, and a watch over what it does."""

import faulthandler
import io
import json
import os
import signal
import sys
import tempfile
import time
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

# As long as this by default for all of it together; hours by hand.
SECONDS = float(os.environ.get("FAIRVIZ_FUZZ_SECONDS", "6"))
HANG = 10
TOKENS = (
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b"\r", b"\n\n", b"[", b"{", b"]}",
    b"null", b"NaN", b"-1", b"1e999", b"9" * 400, b"\xc3", b"\\ud800", b"=1+1", b"../..",
    b"<script>", b",,,",
)  # fmt: skip
VALUES = (
    None, True, -1, 0, 2**70, 1e308, float("nan"), "", "x" * 5000, "../../x", "\0", [], [[]], {},
    {"a": {}}, "\ud800", "=1", "é",
)  # fmt: skip


class Hang(BaseException):
    """Not an `Exception`: nothing on the way may take it for a failure of its own."""


def bytes_changed(draw, content):
    """One to four cuts, doublings, flips and insertions."""
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(content) + 1)
        to = min(len(content), at + draw.choice((1, 2, 8, 64, len(content))))
        between = draw.choice(
            (b"", content[at:to] * 2, draw.choice(TOKENS), draw.randbytes(to - at))
        )
        kept = at if draw.random() < 0.3 else to
        content = (content[:at] + between + content[kept:])[: 2 * len(content) + 9999]
    return content


def value_changed(draw, document):
    """A JSON document with one value of it, somewhere, replaced, dropped or doubled."""
    place, last = document, None
    while isinstance(place, dict | list) and place and (last is None or draw.random() < 0.8):
        last = place, draw.choice(list(place) if isinstance(place, dict) else range(len(place)))
        place = last[0][last[1]]
    if last is None:
        return draw.choice(VALUES)
    holder, key = last
    if draw.random() < 0.3:
        del holder[key]
    else:
        holder[key] = draw.choice(VALUES)
    return document


def changed(draw, content):
    """Bytes at random, or a JSON document or line of it with another value."""
    if draw.random() < 0.5:
        return bytes_changed(draw, content)
    try:
        lines = [content] if content.lstrip()[:1] == b"[" else content.splitlines()
        with suppress(ValueError):
            lines = [json.dumps(json.loads(content)).encode()]
        at = draw.randrange(len(lines))
        document = value_changed(draw, json.loads(lines[at]))
        lines[at] = json.dumps(document).encode()
        return b"\n".join(lines)
    except (ValueError, IndexError):
        return bytes_changed(draw, content)


def zip_changed(draw, content, listed):
    """A bundle with one of its files changed, under a manifest that agrees, or bytes changed."""
    if draw.random() < 0.3:
        return bytes_changed(draw, content)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    name = draw.choice(sorted(files))
    files[name] = changed(draw, files[name])
    if name != "manifest.json":
        files = listed(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, one in files.items():
            bundle.writestr(name, one)
    return out.getvalue()


class Watch:
    """Hears of every file that is written and every process and connection that is begun."""

    def __init__(self):
        self.allowed = None
        self.seen = []

    def __call__(self, event, given):
        if self.allowed is None:
            return
        if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
            if given[0] != sys.executable:  # tables are tried by a process of their own
                self.seen.append((event, given[0]))
        elif event == "socket.connect" and not isinstance(given[1], str | bytes):
            self.seen.append((event, given[1]))
        elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree"):
            self._path(event, given[0])
        elif event in ("os.rename", "os.link", "os.symlink"):
            self._path(event, given[1])
        elif event == "open" and (
            (isinstance(given[1], str) and set("wax+") & set(given[1]))
            or (isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        ):
            self._path(event, given[0])

    def _path(self, event, path):
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a descriptor that is open already
        # Names relative to an open folder are of a walk that began at one that was seen.
        path = Path(os.fsdecode(path))
        whole = Path(os.path.realpath(path))
        if path.is_absolute() and not any(whole.is_relative_to(one) for one in self.allowed):
            self.seen.append((event, str(whole)))


WATCH = Watch()
sys.addaudithook(WATCH)


@contextmanager
def watched(cache):
    """Nothing is written but in the cache and where temporary files are; nothing is begun.

    Gives a block that may take ten seconds: `with watched(cache) as limit: with limit(): ...`.
    """
    allowed = [Path(os.path.realpath(one)) for one in (cache, tempfile.gettempdir(), "/dev")]

    def interrupt(*_):
        raise Hang(f"longer than {HANG} seconds")

    @contextmanager
    def limit():
        signal.setitimer(signal.ITIMER_REAL, HANG)
        # Native code hears no signal: then the process ends and says where it was.
        faulthandler.dump_traceback_later(6 * HANG, exit=True)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()

    before = signal.signal(signal.SIGALRM, interrupt)
    WATCH.seen, WATCH.allowed = [], [*allowed]
    try:
        yield limit
    finally:
        WATCH.allowed = None
        signal.signal(signal.SIGALRM, before)
    assert WATCH.seen == []


def until(share):
    """Counts up until this share of the time is over, and to 20 on a machine that is busy."""
    end = time.monotonic() + SECONDS * share
    number = 0
    while time.monotonic() < end or number < 20:
        yield number
        number += 1
