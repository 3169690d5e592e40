"""The framework that plans and projects are filed by, as its titles in the reader's language and as choices."""

from datetime import date

from django.utils.translation import gettext as _

from nagara.rulebook import frameworks
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text

PROGRAMME = "asean-smart-cities-framework"


def in_force(on: date) -> FrameworkFile:
    """The edition of a day; before the first edition the first one, so that older rows keep their titles."""
    found = frameworks.in_force(PROGRAMME, on)
    if found is not None:
        return found
    published = frameworks.editions(PROGRAMME)
    if not published:
        raise Refusal(_("The rulebook holds no framework that projects are filed by."), code="no-framework")
    return published[0]


def area_titles(edition: FrameworkFile) -> dict[str, str]:
    return {area.code: text(area.title) for area in edition.focus_areas}


def stage_titles(edition: FrameworkFile) -> dict[str, str]:
    return {code: text(title) for code, title in edition.stage_titles().items()}


def status_titles(edition: FrameworkFile) -> dict[str, str]:
    return {status.code: text(status.title) for status in edition.project_statuses}


def sub_type_titles(edition: FrameworkFile) -> dict[str, str]:
    return {item.code: text(item.title) for area in edition.focus_areas for item in area.sub_types}


def area_of_sub_type(edition: FrameworkFile, sub_type: str) -> str | None:
    return next((area.code for area in edition.focus_areas if any(item.code == sub_type for item in area.sub_types)), None)


def check_stage(edition: FrameworkFile, stage: str, status: str, *, now: str = "") -> None:
    """Refuse a stage and a life-cycle code that contradict each other. A group of stages may stay (`now`), never be chosen."""
    single = [entry.code for entry in edition.stages]
    if stage not in single and stage != now:
        raise Refusal(
            _("A stage is one of: %(stages)s.") % {"stages": ", ".join(text(entry.title) for entry in edition.stages)},
            code="unknown-stage",
            fields={"stage": _("Choose one of the stages.")},
        )
    if not status:
        return
    found = edition.project_status(status)
    if found is None:
        raise Refusal(_("“%(status)s” is no life-cycle code.") % {"status": status}, code="unknown-status")
    group = next((entry.stages for entry in edition.stage_groups if entry.code == stage), (stage,))
    if not set(group) & set(found.stages):
        titles = stage_titles(edition)
        raise Refusal(
            _("The life-cycle “%(status)s” cannot stand beside the stage “%(stage)s”, only beside: %(stages)s.")
            % {"status": text(found.title), "stage": titles[stage], "stages": ", ".join(titles[code] for code in found.stages)},
            code="stage-contradicts-status",
            fields={"status": _("This does not fit the stage.")},
        )
