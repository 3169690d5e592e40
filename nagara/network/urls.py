"""Addresses of pages."""

from django.urls import path

from nagara.network.states import StateOffice
from nagara.network.views import city, public, representative, secretariat

app_name = "network"
urlpatterns = [
    path("networks/<slug:code>/nominations", public.nominations, name="nominations"),
    path("networks/<slug:code>/nominations/new", representative.begin, name="begin"),
    path("networks/<slug:code>/posts", public.posts, name="posts"),
    path("networks/<slug:code>/contacts", secretariat.contacts, name="contacts"),
    path("networks/<slug:code>/contacts/new", secretariat.new_post, name="new_post"),
    path("networks/<slug:code>/desk", secretariat.desk, name="desk"),
    path("networks/<slug:code>/chair", secretariat.office, {"kind": StateOffice.CHAIR}, name="chair"),
    path("networks/<slug:code>/shepherd", secretariat.office, {"kind": StateOffice.SHEPHERD}, name="shepherd"),
    path("represent", representative.desk, name="represent"),
    path("nominations/<int:pk>", public.nomination, name="nomination"),
    path("nominations/<int:pk>/write", city.write, name="write"),
    path("nominations/<int:pk>/save", city.save, name="save"),
    path("nominations/<int:pk>/documents/<slug:code>", city.attach, name="attach"),
    path("nominations/<int:pk>/send-back", representative.send_back, name="send_back"),
    path("nominations/<int:pk>/endorse", representative.endorse, name="endorse"),
    path("nominations/<int:pk>/withdraw", representative.withdraw, name="withdraw"),
    path("nominations/<int:pk>/accept", secretariat.accept, name="accept"),
    path("nominations/<int:pk>/take-up", secretariat.take_up, name="take_up"),
    path("nominations/<int:pk>/consult", secretariat.consult, name="consult"),
    path("nominations/<int:pk>/consultation", secretariat.show_consultation, name="consultation"),
    path("nominations/<int:pk>/consultation/extend", secretariat.extend, name="extend"),
    path("nominations/<int:pk>/consultation/conclude", secretariat.conclude, name="conclude"),
    path("nominations/<int:pk>/consultation/reply", representative.reply, name="reply"),
    path("nomination-documents/<int:pk>", city.document, name="document"),
    path("nomination-documents/<int:pk>/remove", city.detach, name="detach"),
    path("network-posts/<int:pk>/change", secretariat.change_post, name="change_post"),
    path("network-posts/<int:pk>/terms/<int:term>/end", secretariat.end_term, name="end_term"),
    path("shepherds/<int:pk>/renew", secretariat.renew, name="renew"),
]
