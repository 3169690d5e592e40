"""Photographs of a project: taken with the phone, confirmed by a person, then public."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.plans.actions import photos
from nagara.plans.forms import PhotoConfirmForm, PhotoForm
from nagara.plans.models import Photo
from nagara.plans.views.common import project_to_edit, say, show_refusal, user_of
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal


def add(request: HttpRequest, pk: int) -> HttpResponse:
    project = project_to_edit(request, pk)
    form = PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            photo = photos.add(project, form.cleaned_data["photo"], by=user_of(request), at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("plans:confirm_photo", photo.pk)
    held = project.photos.filter(withdrawn_at=None).select_related("picture")
    return render(request, "plans/photos.html", {"project": project, "form": form, "photos": held})


def _photo(request: HttpRequest, pk: int) -> Photo:
    own = access.visible(request.user, "plans.edit_project").values("pk")
    return get_object_or_404(Photo.objects.select_related("project__city", "picture"), pk=pk, project__in=own, withdrawn_at=None)


def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """What the camera wrote stands there to be confirmed or mended."""
    photo = _photo(request, pk)
    inside = photos.inside_the_city(photo)
    initial = {"caption": photo.caption, "taken_on": photo.taken_on, "place_published": photo.place_published}
    form = PhotoConfirmForm(request.POST or None, initial=initial, may_publish=inside)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            photos.confirm(
                photo,
                caption=found["caption"],
                taken_on=found["taken_on"],
                place_published=found.get("place_published", False),
                by=user_of(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            say(request, _("The photograph is on the page of the project."))
            return redirect("plans:photos", photo.project_id)
    return render(request, "plans/confirm_photo.html", {"photo": photo, "project": photo.project, "form": form, "inside": inside})


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    photo = _photo(request, pk)
    photos.withdraw(photo, by=user_of(request), at=timezone.now())
    say(request, _("The photograph is off the page."))
    return redirect("plans:photos", photo.project_id)
