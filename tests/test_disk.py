"""What lies in the cache after a process was ended at any step, and when two write at once."""

import errno
import multiprocessing
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import audits
import outcomes
import pytest
import reports
import reviews
from comparisons import comparison

from fairviz.analyses.registry import HASHED
from fairviz.analyses.review import codec as review_codec
from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.store import Store
from fairviz.core import disk, stored
from fairviz.report.cache_folder import contents, prune
from fairviz.report.record import Report
from fairviz.report.shelf import Reports

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names open folders by /proc")

WRITES = ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate")


class Killed(BaseException):
    """From here on the process does nothing any more."""


class Steps:
    """Counts everything that is written, and ends the process at one of them.

    An ended process cleans nothing up, so whatever comes after that step is refused too.
    """

    def __init__(self):
        self.root, self.end, self.taken = None, None, 0

    def __call__(self, event, given):
        if self.root is None or not (event in WRITES or event == "open"):
            return
        path = given[0]
        if not isinstance(path, str | bytes | os.PathLike):
            return
        if event in ("os.remove", "os.rmdir") and given[1] >= 0:  # while a tree is removed
            path = os.path.join(os.readlink(f"/proc/self/fd/{given[1]}"), os.fsdecode(path))
        flags = given[2] if event == "open" else os.O_WRONLY
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and os.fsdecode(path).startswith(str(self.root)):
            self.taken += 1
            if self.end is not None and self.taken > self.end:
                raise Killed


STEPS = Steps()
sys.addaudithook(STEPS)


@contextmanager
def counted(root, end=None):
    STEPS.root, STEPS.end, STEPS.taken = root, end, 0
    try:
        yield STEPS
    finally:
        STEPS.root = None


def other(run):
    return replace(run, provenance={**run.provenance, "date": "2030-01-01T00:00:00+00:00"})


def of_audit(root, run):
    place = Store(root).begin("audit", "key", run.request)
    place.add(0, [{"id": "a", "kl": 0.5}], [], 1)
    place.finish(run)


def audit():
    return audits.audit(audits.prompts_table(), "prompts")


# What is kept: one, another under the same name, how it is saved and loaded.
KINDS = {
    "comparison": (
        comparison, lambda root, run: Store(root).save("comparison", "key", run),
        lambda root: Store(root).load("comparison", "key"),
    ),
    "reading": (
        reports.reading, lambda root, run: Store(root).save("reading", "key", run),
        lambda root: Store(root).load("reading", "key"),
    ),
    "probe": (
        outcomes.run, lambda root, run: Store(root).save("probe", "key", run),
        lambda root: Store(root).load("probe", "key"),
    ),
    "audit": (audit, of_audit, lambda root: Store(root).load("audit", "key")),
}  # fmt: skip


def stamp(run):
    return run and run.provenance.get("date", "")


# The exchange of two names is of every kind; without it, of the two ways that a run is written.
ENDED = [*((kind, True) for kind in KINDS), ("comparison", False), ("audit", False)]


@pytest.mark.parametrize("kind, exchange", ENDED)
def test_ended_at_every_step_the_old_or_the_new_one_is_there(tmp_path, monkeypatch, kind, exchange):
    make, save, load = KINDS[kind]
    old, new = make(), other(make())
    if not exchange:
        monkeypatch.setattr(disk, "_exchange", lambda one, other: False)
    save(tmp_path / "first", old)
    shutil.copytree(tmp_path / "first", tmp_path / "count")
    with counted(tmp_path) as steps:
        save(tmp_path / "count", new)
    last = steps.taken
    assert last > 8
    seen = set()
    for end in range(last):
        root = shutil.copytree(tmp_path / "first", tmp_path / f"{end}")
        with counted(root, end), pytest.raises(Killed):
            save(root, new)
        found = stamp(load(root))
        assert found in (stamp(old), stamp(new)), end
        seen.add(found)
        save(root, new)  # and the next one is not hindered
        assert stamp(load(root)) == stamp(new)
        left = [path.name for path in root.rglob(".*") if not path.name.endswith(".lock")]
        assert left == [], end
    assert seen == {stamp(old), stamp(new)}


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "two renames"])
def test_a_report_ended_at_every_step_of_a_change(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(disk, "_exchange", lambda one, other: False)
    Reports(tmp_path / "first").save(Report("r", "Old"))
    shutil.copytree(tmp_path / "first", tmp_path / "count")

    def change(root):
        Reports(root).change("r", lambda report: replace(report, title="New"))

    with counted(tmp_path) as steps:
        change(tmp_path / "count")
    for end in range(steps.taken):
        root = shutil.copytree(tmp_path / "first", tmp_path / f"{end}")
        with counted(root, end), pytest.raises(Killed):
            change(root)
        (found,) = Reports(root).all() or [Reports(root).load("r")]
        assert found.title in ("Old", "New"), end
        change(root)
        assert [one.title for one in Reports(root).all()] == ["New"]


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "two renames"])
def test_a_process_that_is_gone_at_any_step_has_let_go_of_its_locks(
    tmp_path, monkeypatch, exchange
):
    """As above by processes that really end: what they leave is mended, not waited for."""
    if not exchange:
        monkeypatch.setattr(disk, "_exchange", lambda one, other: False)
    titles = [str(number) for number in range(200)]
    Reports(tmp_path).save(Report("r", titles[0]))
    for step, (old, new) in enumerate(pairwise(titles), 1):
        child = os.fork()
        if child == 0:
            left = iter(range(step, -1, -1))

            def hook(event, given):
                writes = event == "open" and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
                if (event in WRITES or writes) and next(left) <= 1:  # noqa: B023
                    os._exit(9)

            try:
                sys.addaudithook(hook)
                Reports(tmp_path).save(Report("r", new))
            finally:
                os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if step % 2:  # every other time a writer comes before a reader
            Reports(tmp_path).remove("another")
        (found,) = Reports(tmp_path).all() or [Reports(tmp_path).load("r")]
        assert found is not None and found.title in (old, new), step
        Reports(tmp_path).save(Report("r", new))
        if ended == 0:
            break
    assert step > 12 and found.title == new


def test_what_the_system_said_is_found_behind_a_reader_s_own_words(tmp_path):
    def read(folder):
        raise ValueError("not a run") from OSError(errno.EMFILE, "Too many open files")

    folder = Store(tmp_path).save("comparison", "key", comparison())
    with pytest.raises(stored.CannotRead, match="Too many open files"):
        stored.loaded(folder, read, aside=True)
    assert folder.is_dir()


def test_a_new_one_that_was_whole_is_not_lost(tmp_path):
    """Ended after all of it is on the disk and before it has its name, it gets it later."""
    with counted(tmp_path) as steps:
        Store(tmp_path / "count").save("comparison", "key", comparison())
    kept = 0
    for end in range(steps.taken):
        with counted(root := tmp_path / f"{end}", end), pytest.raises(Killed):
            Store(root).save("comparison", "key", comparison())
        disk.mend(root / "runs")
        kept += Store(root).load("comparison", "key") is not None
    assert kept >= 2


def test_what_an_earlier_release_left_aside_comes_back(tmp_path):
    Store(tmp_path).save("comparison", "key", comparison())
    runs = tmp_path / "runs"
    (runs / "key").rename(runs / ".key.4711.abcd_123.old")
    assert Store(tmp_path).load("comparison", "key") is not None
    assert Store(tmp_path).recent("comparison")


def test_removal_ended_at_every_step_leaves_all_or_nothing(tmp_path):
    Reports(tmp_path / "first").save(Report("r", "Old"))
    root = shutil.copytree(tmp_path / "first", tmp_path / "count")
    with counted(root) as steps:
        Reports(root).remove("r")
    for end in range(steps.taken):
        root = shutil.copytree(tmp_path / "first", tmp_path / f"{end}")
        with counted(root, end), pytest.raises(Killed):
            Reports(root).remove("r")
        assert [one.title for one in Reports(root).all()] in ([], ["Old"])
        assert Reports(root).damaged() == []


def test_all_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    """Whatever a power cut may lose: each file, then its folder, then the shelf, in this order."""
    flushed = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: flushed.append(os.readlink(f"/proc/self/fd/{handle}"))
    )
    put(tmp_path / "x", "new")
    names = [os.path.basename(path) for path in flushed]
    assert names[0] == "a" and names[1].endswith(".part") and names[2] == tmp_path.name
    flushed.clear()
    disk.whole_file(tmp_path / "y", lambda part: part.write_text("new"))
    names = [os.path.basename(path) for path in flushed]
    assert names[0].endswith(".part") and names[1:] == [tmp_path.name]


def put(folder, text):
    with disk.replacing(folder) as part:
        (part / "a").write_text(text)


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "two renames"])
def test_what_an_ended_writer_left_never_replaces_what_was_saved_after_it(
    tmp_path, monkeypatch, exchange
):
    """Ended between two names, while another that had begun before it was still writing."""
    if not exchange:
        monkeypatch.setattr(disk, "_exchange", lambda one, other: False)
    put(tmp_path / "x", "old")
    with disk.replacing(tmp_path / "x") as part:
        (part / "a").write_text("saved")
        child = os.fork()
        if child == 0:

            def hook(event, given):
                if event == "os.rename" and str(given[1]).endswith(".part"):
                    os._exit(9)

            try:
                sys.addaudithook(hook)
                put(tmp_path / "x", "ended")
            finally:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    disk.mend(tmp_path)
    assert (tmp_path / "x" / "a").read_text() == "saved"
    assert not list(tmp_path.glob(".x*"))


def test_pruning_ended_at_every_step_leaves_nothing_behind(tmp_path):
    Store(tmp_path / "first").save("comparison", "key", comparison())
    root = shutil.copytree(tmp_path / "first", tmp_path / "count")
    with counted(root) as steps:
        assert prune(contents(root).entries)
    for end in range(steps.taken):
        root = shutil.copytree(tmp_path / "first", tmp_path / f"{end}")
        with counted(root, end), pytest.raises(Killed):
            prune(contents(root).entries)
        Store(root).save("comparison", "other", comparison())
        left = [path.name for path in (root / "runs").glob(".*") if path.name != ".lock"]
        assert left == [], end


def changes(root, times):
    for _ in range(times):
        Reports(root).change("r", lambda one: replace(one, title=str(int(one.title) + 1)))


def test_two_processes_lose_no_change_of_a_report(tmp_path):
    times = int(os.environ.get("FAIRVIZ_CHANGES", "20"))
    Reports(tmp_path).save(Report("r", "0"))
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=changes, args=(tmp_path, times)) for _ in range(2)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert [one.exitcode for one in writers] == [0, 0]
    assert Reports(tmp_path).load("r").title == str(2 * times)


def hold(folder, begun, go_on):
    with disk.replacing(folder) as part:
        (part / "a").write_text("from another process")
        begun.set()
        go_on.wait(60)


def test_the_folder_of_a_living_writer_is_never_touched(tmp_path, monkeypatch):
    """Whatever its process id means here: it is never asked for, the lock is."""
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a process id was asked for"))
    monkeypatch.setattr(os, "getpid", lambda: 1)
    spawn = multiprocessing.get_context("spawn")
    begun, go_on = spawn.Event(), spawn.Event()
    writer = spawn.Process(target=hold, args=(tmp_path / "x", begun, go_on))
    writer.start()
    assert begun.wait(60)
    disk.mend(tmp_path)
    with disk.replacing(tmp_path / "x") as part:
        (part / "a").write_text("from this one")
    assert list(tmp_path.glob(".x.*.part"))
    go_on.set()
    writer.join(60)
    assert (tmp_path / "x" / "a").read_text() == "from another process"
    disk.mend(tmp_path)
    assert not list(tmp_path.glob(".x.*"))


# --- what is damage, and what is not ----------------------------------------------------


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.EACCES, errno.ENOMEM])
@pytest.mark.parametrize("kind", ["comparison", "reading", "probe", "audit"])
def test_a_system_that_fails_is_no_damage(tmp_path, monkeypatch, kind, number):
    make, save, load = KINDS[kind]
    save(tmp_path, make())

    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr("json.loads", fail)
        with pytest.raises(stored.CannotRead, match=os.strerror(number)) as told:
            load(tmp_path)
        assert "try again" in told.value.fix
        assert Store(tmp_path).recent("comparison") == []
    assert load(tmp_path) is not None
    assert not list(tmp_path.rglob("damaged"))


@pytest.mark.parametrize(
    "file, load",
    [
        ("runs/key/run.json", lambda root: Store(root).load("comparison", "key")),
        ("readings/key/reading.json", lambda root: Store(root).load("reading", "key")),
        ("probes/key/probe.json", lambda root: Store(root).load("probe", "key")),
        ("audits/key/audit.json", lambda root: Store(root).load("audit", "key")),
    ],
)
def test_a_newer_run_is_told_and_left(tmp_path, file, load):
    for make, save, _ in KINDS.values():
        save(tmp_path, make())
    path = tmp_path / file
    text = path.read_text().replace('"schema": ', '"schema": 99')
    path.write_text(text)
    with pytest.raises(stored.Newer, match="newer fairviz"):
        load(tmp_path)
    for kind in HASHED:
        Store(tmp_path).recent(kind)
    assert path.read_text() == text
    assert not list(tmp_path.rglob("damaged"))


def test_the_reason_is_there_before_the_run_is_moved(tmp_path):
    run = Store(tmp_path / "first").save("comparison", "key", comparison())
    (run / "run.json").write_text("{")
    root = shutil.copytree(tmp_path / "first", tmp_path / "count")
    with counted(root) as steps:
        Store(root).load("comparison", "key")
    for end in range(steps.taken):
        root = shutil.copytree(tmp_path / "first", tmp_path / f"{end}")
        with counted(root, end), pytest.raises(Killed):
            Store(root).load("comparison", "key")
        for moved in root.rglob("damaged/*/run"):
            assert "JSONDecodeError" in (moved.parent / "reason.txt").read_text()


def test_a_sound_one_that_took_the_place_of_a_damaged_one_is_not_set_aside(tmp_path, monkeypatch):
    def read(folder):
        if (text := (folder / "a").read_text()) == "bad":
            raise ValueError(text)
        return text

    @contextmanager
    def after_another(folder):
        put(tmp_path / "x", "sound")
        with disk.locked(folder):
            yield

    put(tmp_path / "x", "bad")
    monkeypatch.setattr(stored, "locked", after_another)
    assert stored.loaded(tmp_path / "x", read, aside=True) == "sound"
    assert not list(tmp_path.glob("damaged/*"))


def test_answers_that_the_system_cannot_read_now_are_not_none(tmp_path, monkeypatch):
    path = tmp_path / review_codec.file_name("Ann")
    assert review_codec.log(path) is None
    review_codec.append(path, {"reviewer": "Ann", "finished": True})

    def fail(_):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("pathlib.Path.read_bytes", fail)
    with pytest.raises(stored.CannotRead, match="Too many open files"):
        review_codec.log(path)


def test_a_review_is_made_once(tmp_path):
    reviews.ten(Reviews(tmp_path))
    with pytest.raises(Exception, match="already"):
        reviews.ten(Reviews(tmp_path))
