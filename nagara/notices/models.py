"""Messages to people. Written in the action's transaction, sent afterwards, shown in the recipient's own list."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.texts import TextsField


class Notice(models.Model):
    """One message to one recipient."""

    recipient = models.CharField(_("recipient"), max_length=80, db_index=True)
    address = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(max_length=5, default="th")
    subject = TextsField(_("subject"))
    body = TextsField(_("text"))
    link = models.CharField(_("link"), max_length=500, blank=True)
    sealed = models.TextField(blank=True)
    """What only the mail may say, such as a link that opens an account; sealed until it has left, then gone."""
    about = models.CharField(max_length=120, blank=True, db_index=True)
    made_at = models.DateTimeField(_("made at"))
    due_at = models.DateTimeField(_("to be sent from"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("notice")
        indexes = [
            models.Index(name="notices_of_recipient", fields=["recipient", "-made_at", "-id"]),
            models.Index(name="notices_waiting", fields=["due_at"], condition=Q(sent_at__isnull=True, withdrawn_at__isnull=True)),
        ]
