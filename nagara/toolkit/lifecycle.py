"""States as a table. What may happen next is read here and nowhere else; a correction is one more step."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from nagara.toolkit.refusal import Refusal


class Step(NamedTuple):
    """One verb: from any of `sources` the thing comes to `target`."""

    verb: str
    sources: tuple[str, ...]
    target: str


class Lifecycle:
    """The table of steps of one kind of thing.

    >>> life = Lifecycle(Step("submit", ("draft", "returned"), "submitted"))
    >>> life.after("submit", "draft")
    'submitted'
    """

    def __init__(self, *steps: Step) -> None:
        self.steps = steps
        self._after = {(step.verb, source): step.target for step in steps for source in step.sources}
        if len(self._after) != sum(len(step.sources) for step in steps):
            raise ValueError("one verb leads from one state to two")

    def can(self, verb: str, state: str) -> bool:
        return (verb, str(state)) in self._after

    def verbs(self, state: str) -> list[str]:
        """Which verbs are possible from `state`, in the order of the table."""
        return [step.verb for step in self.steps if state in step.sources]

    def states(self) -> set[str]:
        return {state for step in self.steps for state in (*step.sources, step.target)}

    def after(self, verb: str, state: str, *, labels: Iterable[tuple[str, str | Promise]] = ()) -> str:
        """The state after `verb`; a `Refusal` that names the present state where the table has no such step."""
        if not self.can(verb, state):
            label = str(dict(labels).get(str(state), str(state)))
            raise Refusal(
                _("This cannot be done now: its state is “%(state)s”.") % {"state": label},
                next_step=_("Open the page again to see what has happened since."),
                code="wrong-state",
            )
        return self._after[verb, str(state)]
