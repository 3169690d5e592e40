"""What may happen next to a version of a plan and to an import."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.lifecycle import Lifecycle, Step


class PlanState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ADOPTED = "adopted", _("in force")
    SUPERSEDED = "superseded", _("replaced by the next version")


PLAN = Lifecycle(
    Step("change", (PlanState.DRAFT,), PlanState.DRAFT),
    Step("adopt", (PlanState.DRAFT,), PlanState.ADOPTED),
    Step("supersede", (PlanState.ADOPTED,), PlanState.SUPERSEDED),
)


class ImportState(models.TextChoices):
    WAITING = "waiting", _("waiting to be read")
    READING = "reading", _("being read")
    FAULTY = "faulty", _("has faults")
    SOUND = "sound", _("ready to load")
    QUEUED = "queued", _("waiting to be loaded")
    LOADING = "loading", _("being loaded")
    LOADED = "loaded", _("loaded")
    GIVEN_UP = "given_up", _("given up")


IMPORT = Lifecycle(
    Step("read", (ImportState.WAITING,), ImportState.READING),
    Step("find_faults", (ImportState.READING, ImportState.LOADING), ImportState.FAULTY),
    Step("find_sound", (ImportState.READING, ImportState.LOADING), ImportState.SOUND),
    Step("ask_to_load", (ImportState.SOUND,), ImportState.QUEUED),
    Step("load", (ImportState.QUEUED,), ImportState.LOADING),
    Step("finish", (ImportState.LOADING,), ImportState.LOADED),
    Step("give_up", (ImportState.FAULTY, ImportState.SOUND), ImportState.GIVEN_UP),
    # A worker that was killed in the middle left nothing behind: the import is taken up again from its start.
    Step("read_again", (ImportState.READING,), ImportState.WAITING),
    Step("load_again", (ImportState.LOADING,), ImportState.QUEUED),
)

BUSY = (ImportState.WAITING, ImportState.READING, ImportState.QUEUED, ImportState.LOADING)
"""States in which a worker has the import, or will have it soon."""
