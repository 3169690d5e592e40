"""Bodies decide. Who sat, under which rule, with which quorum and by which words stays readable for good."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.documents.models import Source, StoredFile
from nagara.governance.states import CorrectionState, ItemState, MeetingState, MinutesState, Verb
from nagara.people.models import Organisation, Person, User
from nagara.toolkit.days import to_buddhist
from nagara.toolkit.periods import Dated
from nagara.toolkit.texts import TextsField, text


class Body(Dated):
    """A committee, subcommittee or working group."""

    class Kind(models.TextChoices):
        COMMITTEE = "committee", _("committee")
        SUBCOMMITTEE = "subcommittee", _("subcommittee")
        WORKING_GROUP = "working_group", _("working group")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = TextsField(_("name"))
    short = TextsField(_("short name"), blank=True)
    kind = models.CharField(_("kind of body"), max_length=20, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("under"))
    mandate = TextsField(_("mandate"), blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["code"]
        verbose_name = _("body")

    def __str__(self) -> str:
        return text(self.short) or text(self.name)


class Heading(models.TextChoices):
    """The headings of an agenda, as Thai official papers name and order them."""

    CHAIR_INFORMS = "chair_informs", _("chair informs the meeting")
    ADOPT_MINUTES = "adopt_minutes", _("adoption of minutes")
    MATTERS_ARISING = "matters_arising", _("matters arising")
    FOR_INFORMATION = "for_information", _("for information")
    FOR_CONSIDERATION = "for_consideration", _("for consideration")
    OTHER = "other", _("other matters")


def all_headings() -> list[str]:
    return [str(heading) for heading in Heading]


class BodyRule(Dated):
    """How a body is quorate and how it prepares its meetings, since one day and until another.

    A quorum is more than, or at least, `numerator`/`denominator` of the seats that count. Whether a recused or a vacant seat
    stays in that base is the body's own rule.
    """

    body = models.ForeignKey(Body, models.CASCADE, related_name="rules")
    numerator = models.PositiveSmallIntegerField(default=1)
    denominator = models.PositiveSmallIntegerField(default=2)
    more_than = models.BooleanField(_("more than, not at least"), default=False)
    recused_leave_base = models.BooleanField(_("recused seats leave the base"), default=True)
    vacant_count = models.BooleanField(_("vacant seats stay in the base"), default=True)
    online_counts = models.BooleanField(_("online attendance counts"), default=True)
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=0)
    thai_digits = models.BooleanField(_("papers use Thai digits"), default=False)
    headings = models.JSONField(_("headings of the agenda"), default=all_headings)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["body", "since", "pk"]
        verbose_name = _("rule of a body")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="a_quorum_is_a_share", condition=Q(denominator__gt=0, numerator__gt=0, numerator__lte=models.F("denominator"))
            ),
            models.UniqueConstraint(name="one_open_rule_a_body", fields=["body"], condition=Q(ended__isnull=True)),
        ]


class Seat(Dated):
    """A place in a body: of an agency or of a named expert. It is the seat that counts for a quorum, not the person."""

    class Part(models.TextChoices):
        CHAIR = "chair", _("chair")
        VICE_CHAIR = "vice_chair", _("vice-chair")
        MEMBER = "member", _("member")
        SECRETARY = "secretary", _("member and secretary")
        ASSISTANT = "assistant", _("assistant secretary")
        ADVISER = "adviser", _("adviser")

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats")
    position = models.PositiveSmallIntegerField(_("order of precedence"))
    part = models.CharField(_("part in the body"), max_length=20, choices=Part.choices)
    title = TextsField(_("title of the seat"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="seats")
    counts = models.BooleanField(_("counts for the quorum"), default=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["body", "position", "pk"]
        verbose_name = _("seat")

    def __str__(self) -> str:
        return text(self.title)


class SeatHolder(Dated):
    """A person who holds a seat, or stands in for its holder, since one day and until another."""

    class Capacity(models.TextChoices):
        HOLDER = "holder", _("holder")
        ALTERNATE = "alternate", _("alternate of the seat")

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="holders")
    person = models.ForeignKey(Person, models.PROTECT, related_name="seats")
    capacity = models.CharField(max_length=20, choices=Capacity.choices, default=Capacity.HOLDER)
    position_title = TextsField(_("position as the paper names it"), blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["seat", "since", "pk"]
        verbose_name = _("seat holder")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(name="one_open_holder_a_seat", fields=["seat"], condition=Q(capacity="holder", ended__isnull=True)),
        ]


class Meeting(models.Model):
    """A sitting of a body, numbered n/Buddhist year. What was planned and what was held are both kept."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="meetings")
    number = models.PositiveSmallIntegerField(_("number of the meeting"))
    year = models.PositiveSmallIntegerField(_("year (CE)"))
    state = models.CharField(_("state"), max_length=20, choices=MeetingState.choices, default=MeetingState.PLANNED)
    planned_from = models.DateTimeField(_("planned from"), null=True, blank=True)
    planned_until = models.DateTimeField(_("planned until"), null=True, blank=True)
    planned_place = TextsField(_("planned place"), blank=True)
    planned_link = models.URLField(_("online link"), blank=True)
    headings = models.JSONField(_("headings of the agenda"), default=all_headings)
    held_on = models.DateField(_("held on"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    held_place = TextsField(_("held at"), blank=True)
    on_site = models.BooleanField(_("on-site"), default=True)
    online = models.BooleanField(_("online"), default=False)
    chaired_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("in the chair"))
    called_at = models.DateTimeField(_("called at"), null=True, blank=True)
    short_notice_why = models.CharField(_("reason for short notice"), max_length=500, blank=True)
    cancelled_why = models.CharField(_("reason for cancelling"), max_length=500, blank=True)
    attendees = models.JSONField(
        _("who attended, as the source names them"),
        default=list,
        blank=True,
        help_text=_("list of texts; for a meeting of the public record"),
    )
    on_record_only = models.BooleanField(
        _("known from the public record only"), default=False, help_text=_("held outside Nagara: attendance and quorum are not on record")
    )
    invented = models.BooleanField(_("invented"), default=False)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    note = TextsField(_("note"), blank=True)

    class Meta:
        ordering = ["-year", "-number", "body"]
        verbose_name = _("meeting")
        constraints = [
            models.UniqueConstraint(name="one_meeting_a_number", fields=["body", "year", "number"]),
            models.CheckConstraint(
                name="a_meeting_on_record_only_has_its_source", condition=Q(on_record_only=False) | Q(source__isnull=False)
            ),
            models.CheckConstraint(
                name="a_sitting_has_its_day_and_opening",
                condition=~Q(state__in=["sitting", "held", "minuted"])
                | Q(on_record_only=True)
                | Q(held_on__isnull=False, opened_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_meeting_closes_after_it_opens",
                condition=Q(opened_at__isnull=True) | Q(closed_at__isnull=True) | Q(closed_at__gte=models.F("opened_at")),
            ),
            models.CheckConstraint(name="a_cancelled_meeting_says_why", condition=~Q(state="cancelled") | ~Q(cancelled_why="")),
        ]

    @property
    def reference(self) -> str:
        """1/2565: the number and the Buddhist year, in every language, as on the papers."""
        return f"{self.number}/{to_buddhist(self.year)}"

    def __str__(self) -> str:
        return f"{self.body} {self.reference}"


class AgendaItem(models.Model):
    """One item of an agenda. Its *matters* are what a resolution on it acts upon."""

    Kind = Heading

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    kind = models.CharField(_("heading"), max_length=20, choices=Heading.choices)
    position = models.PositiveSmallIntegerField(_("order under its heading"), default=1)
    number = models.CharField(
        _("number of the item"), max_length=12, blank=True, help_text=_("such as 4.1; fixed once the meeting is called")
    )
    title = TextsField(_("title of the item"))
    paper = TextsField(_("paper"), blank=True)
    discussion = TextsField(_("what was said"), blank=True)
    state = models.CharField(_("state"), max_length=20, choices=ItemState.choices, default=ItemState.LISTED)
    minutes_of = models.ForeignKey(Meeting, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("minutes of"))
    arising_from = models.ForeignKey(
        "Resolution", models.PROTECT, null=True, blank=True, related_name="arising", verbose_name=_("arising from")
    )
    carried_from = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="carried_to")
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    taken_off_why = models.CharField(_("reason for taking it off"), max_length=500, blank=True)
    revision = models.PositiveIntegerField(default=1)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["meeting", "position", "pk"]
        verbose_name = _("agenda item")
        constraints = [
            models.UniqueConstraint(name="one_item_before_the_meeting", fields=["meeting"], condition=Q(state="open")),
            models.CheckConstraint(name="an_item_taken_off_says_why", condition=~Q(state="taken_off") | ~Q(taken_off_why="")),
        ]

    def __str__(self) -> str:
        return text(self.title)


class ItemPaper(models.Model):
    """A file that goes with an item."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="papers")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    title = TextsField(_("title of the item"))
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=80)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["item", "added_at", "pk"]
        verbose_name = _("paper")


class ItemMatter(models.Model):
    """A piece of a programme's business on an item, by the kind that the programme registered and the row's own key."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="matters")
    kind = models.CharField(max_length=60)
    ref = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["item", "position", "pk"]
        constraints = [models.UniqueConstraint(name="a_matter_once_on_an_item", fields=["item", "kind", "ref"])]
        indexes = [models.Index(name="matters_by_ref", fields=["kind", "ref"])]


class AttendanceEvent(models.Model):
    """Somebody came or left: a seat's holder or alternate, or a participant without a seat. Never changed; a mistake is struck out."""

    class Kind(models.TextChoices):
        JOIN = "join", _("joined")
        LEAVE = "leave", _("left")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendance")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=20, choices=SeatHolder.Capacity.choices, blank=True)
    position_title = TextsField(_("position"), blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    online = models.BooleanField(_("online"), default=False)
    at = models.DateTimeField(_("came or left at"))
    recorded_at = models.DateTimeField(_("entered at"))
    recorded_by = models.CharField(max_length=80)
    struck_out_at = models.DateTimeField(null=True, blank=True)
    struck_out_by = models.CharField(max_length=80, blank=True)
    struck_out_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["meeting", "at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="who_sits_has_a_capacity", condition=Q(seat__isnull=True, capacity="") | (Q(seat__isnull=False) & ~Q(capacity=""))
            ),
            models.CheckConstraint(
                name="struck_out_with_who_and_why",
                condition=Q(struck_out_at__isnull=True, struck_out_by="", struck_out_why="")
                | (Q(struck_out_at__isnull=False) & ~Q(struck_out_by="") & ~Q(struck_out_why="")),
            ),
        ]


class Absence(models.Model):
    """A seat's holder said that they would not come, and why. Not saying so is no absence less."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="absences")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["meeting", "seat", "pk"]
        constraints = [models.UniqueConstraint(name="absent_once", fields=["meeting", "seat"], condition=Q(withdrawn_at__isnull=True))]


class Recusal(models.Model):
    """A seat that takes no part in one item."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="recusals")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=500)
    found = models.BooleanField(_("found by the system"), default=False)
    declared_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = models.CharField(_("reason for withdrawing"), max_length=300, blank=True)

    class Meta:
        ordering = ["item", "seat", "pk"]
        constraints = [models.UniqueConstraint(name="recused_once", fields=["item", "seat"], condition=Q(withdrawn_at__isnull=True))]


class Resolution(models.Model):
    """What a body resolved on an item. Adopting it does what it says; a correction is a new resolution that names the old one."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="resolutions")
    verb = models.CharField(_("verb"), max_length=30, choices=Verb.choices)
    text = TextsField(_("text"), blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to be done by"))
    due = models.DateField(_("day due"), null=True, blank=True)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("corrects"))
    draft = models.BooleanField(_("draft"), default=True)
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=80)
    adopted_on = models.DateField(_("adopted on"), null=True, blank=True)
    adopted_at = models.DateTimeField(_("adopted at"), null=True, blank=True)
    adopted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    quorum = models.JSONField(_("quorum"), null=True, blank=True, help_text=_("base, needed, present, recused, rule; empty: not on record"))
    effects = models.JSONField(_("what adopting it did"), default=list, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_note = models.CharField(_("how it was done"), max_length=500, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-adopted_on", "-pk"]
        verbose_name = _("resolution")
        constraints = [
            # A resolution of the public record may have no day: it is not on record then.
            models.CheckConstraint(
                name="a_resolution_has_its_day_or_its_source",
                condition=Q(draft=True) | Q(adopted_on__isnull=False) | Q(source__isnull=False),
            ),
            models.CheckConstraint(
                name="a_resolution_has_its_quorum_or_its_source",
                condition=Q(draft=True)
                | Q(source__isnull=False)
                | Q(adopted_at__isnull=False, adopted_by__isnull=False, quorum__isnull=False),
            ),
            models.UniqueConstraint(name="one_draft_an_item", fields=["item"], condition=Q(draft=True)),
            # Pressing twice, or two people at once, gives one resolution: the database holds it.
            models.UniqueConstraint(name="one_first_resolution_an_item", fields=["item"], condition=Q(draft=False, corrects__isnull=True)),
            models.UniqueConstraint(name="corrected_once", fields=["corrects"], condition=Q(draft=False, corrects__isnull=False)),
        ]

    def __str__(self) -> str:
        return text(self.text)


class DraftRevision(models.Model):
    """Everything that a draft resolution has said. What was written at the same time as another text is set aside, not lost."""

    resolution = models.ForeignKey(Resolution, models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    verb = models.CharField(max_length=30, choices=Verb.choices)
    text = TextsField(blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    due = models.DateField(null=True, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=80)
    set_aside = models.BooleanField(default=False)

    class Meta:
        ordering = ["resolution", "saved_at", "pk"]


class Minutes(models.Model):
    """The minutes of a meeting in one version, drafted from what happened."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=20, choices=MinutesState.choices, default=MinutesState.DRAFT)
    content = models.TextField(help_text="canonical JSON of what the minutes say, in Thai and English")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    file_th = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    file_en = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    circulated_at = models.DateTimeField(_("circulated at"), null=True, blank=True)
    corrections_until = models.DateField(_("corrections until"), null=True, blank=True)
    adopted_by = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["meeting", "-version"]
        verbose_name = _("minutes")
        constraints = [
            models.UniqueConstraint(name="one_minutes_a_version", fields=["meeting", "version"]),
            models.UniqueConstraint(
                name="one_living_minutes_a_meeting", fields=["meeting"], condition=Q(state__in=["draft", "circulated", "adopted"])
            ),
            models.CheckConstraint(
                name="adopted_minutes_have_their_resolution", condition=~Q(state="adopted") | Q(adopted_by__isnull=False)
            ),
        ]


class MinutesCorrection(models.Model):
    """What a member asks to be changed in circulated minutes, and what became of it."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="corrections")
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item"))
    wanted = models.TextField(_("what should change"))
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=CorrectionState.choices, default=CorrectionState.PROPOSED)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["minutes", "proposed_at", "pk"]
        verbose_name = _("correction")
        constraints = [
            models.CheckConstraint(name="a_settled_correction_has_its_instant", condition=Q(state="proposed") | Q(settled_at__isnull=False))
        ]
