"""Every address. Pages have a language (none in the address: Thai; /en/: English), data has none."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from nagara.config import views

urlpatterns = [
    path("health.json", views.health_json, name="health_json"),
    path("", include("nagara.opendata.urls")),
    path("", include("nagara.reports.machine_urls")),
    path("", include("nagara.recognition.machine_urls")),
    path("", include("nagara.citydata.machine_urls")),
    *i18n_patterns(
        path("", include("nagara.web.urls")),
        path("", include("nagara.opendata.pages")),
        path("", include("nagara.reports.urls")),
        path("", include("nagara.recognition.urls")),
        path("", include("nagara.network.urls")),
        path("", include("nagara.governance.urls")),
        path("", include("nagara.assessment.urls")),
        path("", include("nagara.citydata.urls")),
        path("", include("nagara.monitoring.urls")),
        path("", include("nagara.plans.urls")),
        path("", include("nagara.places.urls")),
        path("", include("nagara.rulebook.urls")),
        path("", include("nagara.people.urls")),
        path("health", views.health_page, name="health"),
        path("accounts/", include("allauth.urls")),
        prefix_default_language=False,
    ),
]

handler403 = "nagara.web.errors.forbidden"
handler404 = "nagara.web.errors.not_found"
handler500 = "nagara.web.errors.broken"
