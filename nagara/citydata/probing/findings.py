"""What is looked at when an endpoint is probed, and what each look may find. Plain values: kept in the row, put into words by `words`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nagara.citydata.models import Endpoint, Probe
from nagara.toolkit.days import instant

MET, UNMET, NOT_ASKED = "met", "unmet", "not_asked"


class Check(models.TextChoices):
    REACHABLE = "reachable", gettext_lazy("answers")
    STANDARD = "standard", gettext_lazy("speaks the standard declared")
    CATALOGUE = "catalogue", gettext_lazy("catalogue can be read")
    LICENCE = "licence", gettext_lazy("open licence")
    FRESH = "fresh", gettext_lazy("as fresh as declared")
    TLS = "tls", gettext_lazy("connection is protected (TLS)")
    KEY = "key", gettext_lazy("asks for a key where it should")


MUST = (Check.REACHABLE, Check.STANDARD)
"""Without these nothing else can be said: the probe failed."""


@dataclass(frozen=True)
class Finding:
    check: str
    state: str
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {"check": self.check, "state": self.state, "code": self.code, "facts": self.facts}


def outcome(findings: list[Finding]) -> str:
    """Passed where everything that applies is met; failed where it does not answer or speaks something else."""
    unmet = [finding.check for finding in findings if finding.state == UNMET]
    if any(check in MUST for check in unmet):
        return Probe.Outcome.FAILED
    return Probe.Outcome.PARTLY if unmet else Probe.Outcome.PASSED


def words(finding: dict[str, Any]) -> str:
    """A finding in one line, in the language of the page."""
    said = {
        "answered": _("HTTP %(status)s after %(ms)s ms"),
        "unreachable": _("no answer: %(why)s"),
        "spoken": _("%(standard)s, as declared"),
        "not_spoken": _("the answer is not %(standard)s: %(why)s"),
        "datasets": _("%(count)s datasets"),
        "no_datasets": _("no dataset is listed"),
        "open": _("%(count)s of %(all)s datasets have an open licence"),
        "newest": _("newest: %(at)s, declared: within %(minutes)s"),
        "no_newest": _("nothing says when it was last observed"),
        "tls": _("certificate valid"),
        "no_tls": _("the address begins with http, so anybody on the way can read and change it"),
        "local": _("this installation is reached from its own machine only"),
        "refused": _("without a key: HTTP %(status)s"),
        "let_in": _("without a key it answers all the same: HTTP %(status)s"),
        "no_key": _("none is declared"),
        "skipped": _("not looked at"),
    }.get(finding.get("code", ""), "")
    return said % _shown(finding.get("facts", {})) if said else ""


def _shown(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as people read them: a standard by its name, an instant in the calendar of the language, minutes as a length of time."""
    found = dict(facts)
    if found.get("standard") in Endpoint.Kind.values:
        found["standard"] = Endpoint.Kind(found["standard"]).label
    if "at" in found:
        found["at"] = instant(datetime.fromisoformat(found["at"]), settings.ZONE)
    if "minutes" in found:
        found["minutes"] = span_of(int(found["minutes"]))
    return found


def span_of(minutes: int) -> str:
    """A length of time as people say it: days, hours or minutes."""
    if minutes >= 1440:
        return ngettext("%(n)s day", "%(n)s days", minutes // 1440) % {"n": minutes // 1440}
    if minutes >= 60:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
