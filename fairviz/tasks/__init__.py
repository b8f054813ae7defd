"""The zero-shot tasks of the studies: their records, their prompt formats and their files."""

from fairviz.tasks.item import Item, Open
from fairviz.tasks.registry import TASKS, Task, task_of

__all__ = ["TASKS", "Item", "Open", "Task", "task_of"]
