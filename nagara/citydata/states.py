"""What may happen next to a table on its way in, to a source and to a dataset."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.lifecycle import Lifecycle, Step


class LoadState(models.TextChoices):
    MAPPING = "mapping", _("columns to be named")
    FAULTY = "faulty", _("has faults")
    SOUND = "sound", _("ready to load")
    QUEUED = "queued", _("waiting to be loaded")
    LOADING = "loading", _("being loaded")
    LOADED = "loaded", _("loaded")
    GIVEN_UP = "given_up", _("laid aside")


LOAD = Lifecycle(
    Step("find_faults", (LoadState.MAPPING, LoadState.FAULTY, LoadState.SOUND), LoadState.FAULTY),
    Step("find_sound", (LoadState.MAPPING, LoadState.FAULTY, LoadState.SOUND), LoadState.SOUND),
    Step("ask_to_load", (LoadState.SOUND,), LoadState.QUEUED),
    Step("load", (LoadState.QUEUED,), LoadState.LOADING),
    Step("finish", (LoadState.LOADING,), LoadState.LOADED),
    Step("give_up", (LoadState.MAPPING, LoadState.FAULTY, LoadState.SOUND), LoadState.GIVEN_UP),
    # A worker that was killed in the middle goes on where it was: what the broker took already is not sent again.
    Step("load_again", (LoadState.LOADING,), LoadState.QUEUED),
)

LOAD_BUSY = (LoadState.QUEUED, LoadState.LOADING)


class SourceState(models.TextChoices):
    ON = "on", _("connected")
    PAUSED = "paused", _("paused")
    ENDED = "ended", _("ended")


SOURCE = Lifecycle(
    Step("pause", (SourceState.ON,), SourceState.PAUSED),
    Step("resume", (SourceState.PAUSED,), SourceState.ON),
    Step("end", (SourceState.ON, SourceState.PAUSED), SourceState.ENDED),
)


class DatasetState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


DATASET = Lifecycle(
    Step("change", (DatasetState.DRAFT,), DatasetState.DRAFT),
    Step("change", (DatasetState.PUBLISHED,), DatasetState.PUBLISHED),
    Step("change", (DatasetState.WITHDRAWN,), DatasetState.WITHDRAWN),
    Step("publish", (DatasetState.DRAFT, DatasetState.WITHDRAWN), DatasetState.PUBLISHED),
    Step("withdraw", (DatasetState.PUBLISHED,), DatasetState.WITHDRAWN),
)
