"""Addresses of the shell."""

from django.urls import path

from nagara.web.views import area, figures, home, mapped, network, register, resolutions, search, tasks, theme

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("register", register.register, name="register"),
    path("areas/<slug:slug>", area.area, name="area"),
    path("map", mapped.mapped, name="map"),
    path("resolutions", resolutions.resolutions, name="resolutions"),
    path("resolutions/<int:pk>", resolutions.resolution, name="resolution"),
    path("resolutions/meetings/<int:pk>", resolutions.meeting, name="meeting"),
    path("networks", network.all_networks, name="networks"),
    path("networks/<slug:code>", network.network, name="network"),
    path("cities/<slug:slug>", network.city, name="city"),
    path("figures", figures.figures, name="figures"),
    path("search", search.search, name="search"),
    path("tasks", tasks.tasks, name="tasks"),
    path("theme", theme.theme, name="theme"),
]
