"""Home and my tasks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nagara.toolkit.pages import open_page


@open_page
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "web/home.html")


def tasks(request: HttpRequest) -> HttpResponse:
    return render(request, "web/tasks.html")
