"""The page about the data, in the language of the reader."""

from django.urls import path

from nagara.opendata.views import home

app_name = "data"
urlpatterns = [path("data", home.home, name="home")]
