"""Describing a dataset, publishing it, taking it back."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.citydata.models import Dataset, DataSpace
from nagara.citydata.states import DATASET, DatasetState
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


@dataclass(frozen=True)
class Said:
    """What people say of a dataset."""

    entity_type: str
    title: Texts
    description: Texts
    theme: str
    frequency: str
    licence: str
    keywords: list[str] = field(default_factory=list)
    category: str = Dataset.Category.PUBLIC
    accessible_condition: str = ""
    objective: str = ""


@transaction.atomic
def describe(space: DataSpace, said: Said, *, dataset: Dataset | None = None, by: User, at: datetime) -> Dataset:
    """Keep what is said of a dataset; `dataset` is the one that changes, None makes a new one."""
    access.require(by, "citydata.keep_space", space)
    facts = asdict(said)
    if dataset is None:
        made = Dataset.objects.create(space=space, slug=_slug(space, said), made_at=at, changed_at=at, **facts)
        record(by=by, did="citydata.describe_dataset", about=made, at=at, after=facts)
        return made
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk, space=space)
    before = {name: getattr(dataset, name) for name in facts}
    if before == facts:
        return dataset
    dataset.state = DATASET.after("change", dataset.state, labels=DatasetState.choices)
    for name, value in facts.items():
        setattr(dataset, name, value)
    if dataset.state == DatasetState.PUBLISHED:
        _check(dataset)
    if before["entity_type"] != dataset.entity_type:
        dataset.first_day = dataset.last_day = dataset.looked_at = None
        dataset.extent = []
    dataset.changed_at = at
    dataset.save(update_fields=[*facts, "state", "changed_at", "first_day", "last_day", "extent", "looked_at"])
    record(by=by, did="citydata.describe_dataset", about=dataset, at=at, before=before, after=facts)
    return dataset


@transaction.atomic
def publish(dataset: Dataset, *, by: User, at: datetime) -> Dataset:
    """Offer a dataset to everybody: its entities are open from now on."""
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
    access.require(by, "citydata.keep_dataset", dataset)
    if dataset.state == DatasetState.PUBLISHED:
        return dataset
    state = DATASET.after("publish", dataset.state, labels=DatasetState.choices)
    _check(dataset)
    dataset.state, dataset.published_at, dataset.changed_at = state, dataset.published_at or at, at
    dataset.looked_at = None  # the worker asks from when to when it has observations
    dataset.save(update_fields=["state", "published_at", "changed_at", "looked_at"])
    record(by=by, did="citydata.publish_dataset", about=dataset, at=at, after={"licence": dataset.licence, "type": dataset.entity_type})
    return dataset


@transaction.atomic
def withdraw(dataset: Dataset, *, by: User, at: datetime, why: str = "") -> Dataset:
    """Offer it no longer. What others copied they may keep under its licence."""
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
    access.require(by, "citydata.keep_dataset", dataset)
    if dataset.state == DatasetState.WITHDRAWN:
        return dataset
    dataset.state = DATASET.after("withdraw", dataset.state, labels=DatasetState.choices)
    dataset.changed_at = at
    dataset.save(update_fields=["state", "changed_at"])
    record(by=by, did="citydata.withdraw_dataset", about=dataset, at=at, why=why)
    return dataset


def _check(dataset: Dataset) -> None:
    if dataset.category != Dataset.Category.PUBLIC:
        raise Refusal(
            _("Only public data are published. This dataset is of another category."),
            next_step=_("If it holds no personal data and no secret, change its category first."),
            code="not-public",
            fields={"category": str(_("Only public data are published."))},
        )


def _slug(space: DataSpace, said: Said) -> str:
    lead = slugify(said.title.get("en", ""))[:60].strip("-") or slugify(said.entity_type) or "dataset"
    number, slug = 1, lead
    while Dataset.objects.filter(space=space, slug=slug).exists():
        number += 1
        slug = f"{lead}-{number}"
    return slug
