"""Addresses of the shell."""

from django.urls import path

from nagara.web import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("tasks", views.tasks, name="tasks"),
]
