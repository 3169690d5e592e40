"""Photographs as proof: added, confirmed by a person, withdrawn. The place is published only inside the city's own outline."""

from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from shapely.geometry import Point, shape

from nagara.audit.record import Actor, record
from nagara.documents.files import keep, keep_bytes, open_file
from nagara.places.models import Boundary
from nagara.plans.actions.projects import require, today
from nagara.plans.models import Photo, Project
from nagara.plans.pictures import clean_copy, written
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts

KINDS = frozenset({"jpeg", "png"})


def add(project: Project, upload: UploadedFile, *, by: Actor, at: datetime) -> Photo:
    """Keep a photograph: the original closed, a copy without the camera's words for the page. The same picture twice is one."""
    require(by, "plans.edit_project", project)
    original = keep(upload, by=by, at=at, kinds=KINDS)
    with open_file(original) as file:
        said = written(file)
        content = clean_copy(file)
    picture = keep_bytes(content, name=f"{project.key}.jpg", media_type="image/jpeg", by=by, at=at)
    with transaction.atomic():
        held = Photo.objects.filter(project=project, original__digest=original.digest, withdrawn_at=None).first()
        if held:
            return held
        photo = Photo.objects.create(
            project=project,
            original=original,
            picture=picture,
            read_taken_on=said.taken_on,
            read_latitude=said.latitude,
            read_longitude=said.longitude,
            taken_on=said.taken_on,
            added_at=at,
            added_by=by.audit_key,
        )
        record(
            by=by,
            did="plans.add_photo",
            about=photo,
            at=at,
            on_behalf_of=project.city,
            after={"project": project.pk, "file": original.digest},
        )
    return photo


def inside_the_city(photo: Photo) -> bool:
    """Does the point that the camera wrote lie inside an outline on record: of the project's area, the city's areas or its province?

    Where no such outline is on record the answer is no: a point that cannot be checked is not published.
    """
    if photo.read_latitude is None or photo.read_longitude is None:
        return False
    city = photo.project.city
    places = Q(area__city=city)
    if city.subdivision_id:
        places |= Q(subdivision=city.subdivision_id)
    point = Point(photo.read_longitude, photo.read_latitude)
    near = Boundary.objects.filter(
        places, ended=None, west__lte=point.x, east__gte=point.x, south__lte=point.y, north__gte=point.y
    ).values_list("geometry", flat=True)
    return any(shape(geometry).covers(point) for geometry in near)


@transaction.atomic
def confirm(photo: Photo, *, caption: Texts, taken_on: date | None, place_published: bool, by: Actor, at: datetime) -> Photo:
    """Confirm what a photograph shows, when and where. From now on it is public."""
    photo = Photo.objects.select_for_update().select_related("project__city").get(pk=photo.pk)
    require(by, "plans.edit_project", photo.project)
    faults = {}
    if photo.withdrawn_at is not None:
        raise Refusal(_("This photograph was withdrawn."), code="withdrawn")
    if taken_on and taken_on > today(at):
        faults["taken_on"] = _("A photograph is taken on a day that has come.")
    if place_published and not inside_the_city(photo):
        faults["place_published"] = _("The place is not published: it does not lie inside an outline of the city that is on record.")
    if faults:
        raise Refusal(_("The photograph cannot be confirmed like this."), fields=faults, code="faulty-photo", status=422)
    photo.caption, photo.taken_on, photo.place_published = caption, taken_on, place_published
    photo.confirmed_at = photo.confirmed_at or at
    photo.save(update_fields=["caption", "taken_on", "place_published", "confirmed_at"])
    record(
        by=by,
        did="plans.confirm_photo",
        about=photo,
        at=at,
        on_behalf_of=photo.project.city,
        after={"caption": caption, "taken_on": taken_on, "place_published": place_published},
    )
    return photo


@transaction.atomic
def withdraw(photo: Photo, *, by: Actor, at: datetime) -> Photo:
    """Take a photograph off the page. The record keeps that it was there."""
    photo = Photo.objects.select_for_update().get(pk=photo.pk)
    require(by, "plans.edit_project", photo.project)
    if photo.withdrawn_at is None:
        photo.withdrawn_at = at
        photo.save(update_fields=["withdrawn_at"])
        record(by=by, did="plans.withdraw_photo", about=photo, at=at, on_behalf_of=photo.project.city)
    return photo
