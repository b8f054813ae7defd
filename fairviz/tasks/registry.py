"""Every task, by name."""

from __future__ import annotations

from fairviz.core.errors import BadSpec
from fairviz.i18n import _
from fairviz.tasks.arc import CHALLENGE, EASY
from fairviz.tasks.boolq import BOOLQ
from fairviz.tasks.hellaswag import HELLASWAG
from fairviz.tasks.mmlu import MMLU
from fairviz.tasks.openbookqa import OPENBOOKQA
from fairviz.tasks.piqa import PIQA
from fairviz.tasks.record import Task
from fairviz.tasks.truthfulqa import GENERATION, MC1, MC2
from fairviz.tasks.xstorycloze import XSTORYCLOZE

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        MC1, MC2, GENERATION, PIQA, BOOLQ, OPENBOOKQA, EASY, CHALLENGE, HELLASWAG, XSTORYCLOZE,
        MMLU,
    )
}  # fmt: skip


def task_of(name: str) -> Task:
    """The task of a name.

    Raises:
        BadSpec: With the names that there are.
    """
    if name not in TASKS:
        raise BadSpec(
            _("There is no task {name}.", name=repr(name)),
            fix=_("Name one of {names}.", names=", ".join(TASKS)),
        )
    return TASKS[name]
