"""Addresses of pages."""

from django.urls import path

from nagara.monitoring.views import office, own, public, writing

app_name = "monitoring"
urlpatterns = [
    path("monitoring", office.desk, name="desk"),
    path("monitoring/periods/new", office.new_period, name="new_period"),
    path("monitoring/periods/<slug:code>", office.period, name="period"),
    path("monitoring/periods/<slug:code>/publish", office.publish, name="publish"),
    path("monitoring/periods/<slug:code>/ask", office.ask_city, name="ask_city"),
    path("monitoring/periods/<slug:code>/remind", office.remind, name="remind"),
    path("returns/<int:pk>", writing.whole, name="return"),
    path("returns/<int:pk>/begin", writing.begin, name="begin"),
    path("returns/<int:pk>/answers/<str:key>", writing.section, name="section"),
    path("returns/<int:pk>/cell", writing.save_cell, name="cell"),
    path("returns/<int:pk>/offer", writing.take_offer, name="offer"),
    path("returns/<int:pk>/confirm", writing.confirm, name="confirm"),
    path("returns/<int:pk>/submit", writing.submit, name="submit"),
    path("returns/<int:pk>/more-time", writing.ask_time, name="ask_time"),
    path("returns/<int:pk>/extension", office.extension, name="extension"),
    path("returns/<int:pk>/verify", office.verify, name="verify"),
    path("returns/<int:pk>/verify-rest", office.verify_rest, name="verify_rest"),
    path("returns/<int:pk>/send-back", office.send_back, name="send_back"),
    path("returns/<int:pk>/like-size", own.beside, name="beside"),
    path("indicators", public.sets, name="sets"),
    path("indicators/<slug:code>.svg", public.indicator_svg, name="indicator_svg"),
    path("indicators/<slug:code>", public.indicator, name="indicator"),
    path("cities/<slug:slug>/values", public.city_values, name="city_values"),
    path("cities/<slug:slug>/values/<slug:code>", public.city_measure, name="city_measure"),
    path("cities/<slug:slug>/goals", own.set_goals, name="goals"),
]
