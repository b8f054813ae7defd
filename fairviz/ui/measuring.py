"""From the button to a result on a page, for every kind that is measured at one go.

A press of the button says what is wanted; the run of the page that follows finds or measures it,
puts its key into the address, and runs the page again, which shows what the address names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import runner
from fairviz.analyses.forms import MOST, question
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.runner import Answer, Loading, Machine, Measuring
from fairviz.analyses.store import example, is_example
from fairviz.analyses.tradeoff.axes import shown_name
from fairviz.core.errors import FairvizError
from fairviz.i18n import N_, _, joined, moment
from fairviz.ui import address, device_queue, shell, visitors
from fairviz.ui.markup import plain
from fairviz.ui.present import deck
from fairviz.ui.visitors import Shown
from fairviz.ui.widgets import paragraph, widget


@dataclass
class Job:
    """A viewer's long work of one kind."""

    wanted: Any = None  # what is computed now; a rerun of the page goes on with it
    again: bool = False  # whether a stored answer is passed over
    failure: FairvizError | None = None  # why the last one got no answer
    done: tuple[Shown, ...] = ()  # answers so far, where several forms are asked
    unkept: tuple[Shown, ...] = ()  # answers that are shown, of which one is not stored
    origin: str = ""  # what to say of `unkept`
    stopped: str = ""  # what to say of a job that the viewer stopped, in English
    fresh: frozenset[str] = frozenset()  # keys of what was computed last
    # Held while models write an answer that is shown as far as it came. Streamlit starts the next
    # run of a page before the last has ended; that next one waits here.
    writing: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, wanted: Any, *, again: bool = False) -> None:
        """Compute this in the next run of the page."""
        self.wanted, self.again, self.failure, self.unkept = wanted, again, None, ()
        self.stopped = ""

    def stop(self, words: str = "") -> None:
        """Compute nothing any more."""
        self.wanted, self.stopped = None, words


def places(kind: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Where what a page shows stands: its texts, and below them all else.

    The second is empty from the moment that another answer is under way: numbers of the last would
    stand, greyed, under the next. It changes its place then, since the browser keeps what is in
    a container that comes again.
    """
    top = st.container()
    if of_page(kind).wanted is None:
        rest = st.container()
        st.empty()
        return top, rest
    st.empty()
    return top, st.container()


# Elements that may stand behind the progress of a run: all that was drawn of the last would stay,
# greyed, until the next is there.
_BEHIND = 100


def of_page(kind: str) -> Job:
    """This viewer's job of a kind."""
    key = f"_job_{kind}"
    found = st.session_state.get(key)
    if not isinstance(found, Job):  # also when the code was reloaded under a living session
        found = st.session_state[key] = Job()
    return found


class Wanted(NamedTuple):
    """What a press of the button asks for: the arguments of `runner.answer`.

    Where no `models` are run, none is loaded.
    """

    kind: str
    requests: tuple[Any, ...]  # one a compressed form, which take turns
    measure: Callable[[Any], Measuring]  # of one of them
    machine: Machine
    models: bool = True


_STOPPED = N_("Stopped. Nothing was changed: press Run to measure it from the start.")


def buttons(
    kind: str, wanted: Wanted | None, label: str, *, stop: str, stopped: str = _STOPPED
) -> None:
    """Run, for `wanted` where nothing is missing, and Stop: what it does for who asks, and what is
    said once it was pressed, marked `N_`."""
    now = of_page(kind)
    with st.container(horizontal=True, gap="small"):
        st.button(
            label,
            **widget("run"),
            disabled=wanted is None or now.wanted is not None,
            on_click=now.ask,
            args=(wanted,),
        )
        st.button(
            **widget("stop_run"),
            disabled=now.wanted is None,
            on_click=now.stop,
            args=(stopped,),
            help=stop,
        )


def restored(kind: str, fits: Callable[[Any], bool] = lambda request: True) -> Any | None:
    """The stored result that the address names, once: what the widgets are filled from.

    An address that says nothing names the last one of those that fit, by their requests. Of several
    forms it is the first; the others fill the widgets of theirs.
    """
    parameter, now = ANALYSES[kind].parameter, of_page(kind)
    idle = now.wanted is None and not now.unkept and not now.stopped and now.failure is None
    if address.bare() and idle and not visitors.here():
        own = (one.key for one in device_queue.store().recent(kind) if fits(one.request))
        if key := next(own, ""):
            st.query_params[parameter] = key
    keys = st.query_params.get_all(parameter)
    if not keys or st.session_state.get(_restored(kind)) == keys:
        return None
    st.session_state[_restored(kind)] = keys
    found = [run for key in keys[:MOST] if (run := device_queue.store().load(kind, key))]
    if found and "also" not in st.query_params:
        st.session_state["also"] = [str(one.request.compressed) for one in found[1:]]
    return found[0] if found else None


def is_new(kind: str) -> bool:
    """Whether the address names runs that the widgets were not filled from yet."""
    keys = st.query_params.get_all(ANALYSES[kind].parameter)
    return bool(keys) and st.session_state.get(_restored(kind)) != keys


def shown(
    kind: str,
    wanted: Wanted | None,
    draw: Callable[[Any, DeltaGenerator], None],
    *,
    button: str = "",
    again: bool = False,
    loading: Callable[[DeltaGenerator], Loading] = device_queue.loading,
    fits: Callable[[Any], bool] = lambda request: True,
    above: DeltaGenerator | None = None,
) -> tuple[Shown, ...]:
    """What the page shows, one a compressed form; where nothing was asked, the run last stored
    here, else the example that comes with the package.

    Args:
        draw: Tells the reader how far it is, from a progress, in the place for it.
        button: What the button is called; Run by default.
        again: Whether a stored result can be measured anew.
        loading: Loads the pair, and tells in the place for it how far that is.
        fits: Whether what was not asked may be shown, by its request.
        above: Where an example is told as one, for a page that finds it above the widgets.
    """
    now, button = of_page(kind), button or _("Run")
    turn, status = st.empty(), st.empty()  # always there, so that what is below keeps its place
    if now.wanted is not None:
        for _rest in range(_BEHIND):
            st.empty()
        _finish(now, draw, turn, status, loading)
    _refused(now, turn)
    if now.stopped:
        status.info(_(now.stopped), icon=":material/stop:")
    found = _known(kind, button)
    if not found and not st.query_params.get(ANALYSES[kind].parameter) and now.failure is None:
        found = _unasked(kind, fits)
    if found and not now.stopped:
        place = (above or status) if is_example(found[0].key) else status
        with place.container(horizontal=True, vertical_alignment="center", key="origin"):
            _origin(kind, found, wanted, button, again)
    return found


def of_null(done: int, of: int) -> str:
    """How far null models are."""
    return _("All is read and kept; null model {done} of {of}", done=done, of=of)


def time_left(seconds: float) -> str:
    """How long the rest takes."""
    minutes, left = divmod(round(seconds), 60)
    if minutes:
        return _("about {minutes} min {seconds} s left", minutes=minutes, seconds=left)
    return _("about {seconds} s left", seconds=left)


def _finish(
    now: Job,
    draw: Callable[[Any, DeltaGenerator], None],
    turn: DeltaGenerator,
    status: DeltaGenerator,
    loading: Callable[[DeltaGenerator], Loading],
) -> None:
    """Find or measure what is wanted, form after form, then run the page again without it."""
    wanted: Wanted = now.wanted
    load, n = loading(status), len(wanted.requests)

    def step(progress: Any) -> None:
        device_queue.check_cancelled()
        draw(progress, status)

    now.done, now.fresh = (), frozenset()
    for place, request in enumerate(wanted.requests, 1):
        if n > 1:
            form = plain(shown_name(str(request.compressed)))
            turn.caption(paragraph("forms_take_turns", place=place, of=n, form=form))
        try:
            answer = runner.answer(
                wanted.kind,
                request,
                wanted.measure(request),
                machine=wanted.machine,
                # How fast it comes would tell a visitor what others asked.
                store=None if visitors.here() else device_queue.store(),
                loading=load if wanted.models else runner.no_pair,
                on_step=step,
                again=now.again,
            )
        except FairvizError as error:  # the other forms may have none
            now.failure = now.failure or error
        except Exception:
            now.wanted = None  # what failed is not asked again by the next rerun
            raise
        else:
            _keep(now, wanted.kind, answer)
    now.wanted, now.again = None, False
    _refused(now, turn)  # before the page is drawn once more
    st.rerun()


def _refused(now: Job, place: DeltaGenerator) -> None:
    """Why there is no answer, in the same place before and after the page is drawn anew."""
    if now.failure is not None:
        with place.container():
            shell.advise(now.failure)


def _keep(now: Job, kind: str, answer: Answer) -> None:
    """The keys go into the address; what has none is shown from the session."""
    now.done = (*now.done, Shown(answer.result, answer.key))
    now.fresh |= {answer.key} if answer.fresh else frozenset()
    now.unkept = () if all(one.key for one in now.done) else now.done
    now.origin = _("Measured just now, but not stored: download it below.")
    if visitors.here():
        now.origin = _("Measured just now. It is shown to you alone, and not stored.")
    _write_keys(kind, now.done)
    for name in ("token", "chips"):  # they were of what stood there before
        st.query_params.pop(name, None)


def _write_keys(kind: str, found: Sequence[Shown]) -> None:
    """What is stored stands in the address, and the widgets say it already."""
    keys = [one.key for one in found if one.key]
    address.put(ANALYSES[kind].parameter, keys)
    if keys:
        st.session_state[_restored(kind)] = keys


def _known(kind: str, button: str) -> tuple[Shown, ...]:
    now, parameter = of_page(kind), ANALYSES[kind].parameter
    with now.writing:
        pass  # a run that was just stopped hands over what it wrote, within one step
    if now.unkept:
        _write_keys(kind, now.unkept)
        return now.unkept
    keys = list(dict.fromkeys(st.query_params.get_all(parameter)))[:MOST]
    store = device_queue.store()
    found = [Shown(run, key) for key in keys if (run := store.load(kind, key)) is not None]
    if len(found) < len(keys):
        st.warning(paragraph("not_in_store", button=button), icon=":material/inventory_2:")
    asked = [question(kind, one.result.request) for one in found]
    return tuple(one for one, what in zip(found, asked, strict=True) if what == asked[0])


def _unasked(kind: str, fits: Callable[[Any], bool]) -> tuple[Shown, ...]:
    """The example, as long as nothing was measured here."""
    store, key = device_queue.store(), example(kind)
    found = store.load(kind, key) if visitors.here() or not store.recent(kind, 1) else None
    return (Shown(found, key),) if found is not None and fits(found.request) else ()


def _origin(
    kind: str, found: Sequence[Shown], wanted: Wanted | None, button: str, again: bool
) -> None:
    """Where the results come from, and what they are of where the widgets say something else."""
    now, before = of_page(kind), tuple(one.result.request for one in found)
    if deck.on():
        return
    if is_example(found[0].key):
        st.markdown(paragraph("example", models=plain(_forms(before))), width="content")
        if wanted is not None:
            own = widget("run_own", models=plain(_forms(wanted.requests)))
            st.button(**own, on_click=now.ask, args=(wanted,))
        return
    if not all(one.key for one in found):
        st.caption(now.origin)
    elif now.fresh.issuperset(one.key for one in found):
        st.caption(_("Measured just now."))
    else:
        date = found[0].result.provenance.get("date")
        when = moment(datetime.fromisoformat(str(date))) if date else _("an unknown date")
        said = _("Answered from the store, measured on {date} UTC. No model was run.", date=when)
        if not now.fresh.isdisjoint(one.key for one in found):
            said = _("Measured just now, but for what the store had already.")
        st.caption(said)
        if again and wanted is not None and wanted.requests == before:
            st.button(**widget("again"), on_click=now.ask, args=(wanted,), kwargs={"again": True})
    if wanted is None or wanted.requests != before:
        label = ANALYSES[kind].label(before[0])
        if len(before) > 1:
            label = joined([label, *(shown_name(str(one.compressed)) for one in before[1:])])
        below = _("Below: {what}.", what=plain(label))
        more = _("Press {button} for what is chosen above.", button=button) if wanted else ""
        st.info(f"{below} {more}".strip())


def _forms(requests: Sequence[Any]) -> str:
    """The compressed models, without the folders before their names."""
    return joined([str(one.compressed).rpartition("/")[2] for one in requests])


def _restored(kind: str) -> str:
    """Where the session keeps the key that the widgets were filled from."""
    return f"_restored_{ANALYSES[kind].parameter}"
