"""Server time and queries of each page, asked through the whole stack of Django in this process: middleware, session, templates."""

import gc
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, reset_queries
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from benchmarks.pages.table import Line, show
from nagara.assessment.models import Application, Assignment, Round
from nagara.assessment.slots import cell_key
from nagara.audit.models import Entry
from nagara.governance.models import Body, Meeting, Resolution
from nagara.people.models import User
from nagara.recognition.models import Certificate, Recognition

TIMES, MOST_MS = 20, 4000


def run(only: str) -> None:
    """Everything on the database of this process, or only the pages whose words hold `only`."""
    from benchmarks.pages import served

    pages = [(words, who, address) for words, who, address in addresses() if only in words or only in address]
    visitors = {who: visitor(who) for who in {who for _words, who, _address in pages} | {""}}
    baseline = line("a page that holds nothing but the shell", visitors[""], "/en/accounts/inactive/")
    print(f"\nLoad of the machine as it begins: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    show("Server time", (line(words, visitors[who], address) for words, who, address in pages), baseline)
    if only:
        return
    show_readings()
    show_verification()
    served.run()


def visitor(key: str) -> Client:
    """A browser of nobody, or of one of the demonstration's people who has just shown the second factor."""
    from allauth.account.internal.flows.login import record_authentication

    client = Client()
    if key:
        user = User.objects.get(email=f"{key}@demo.example" if "@" not in key else key)
        client.force_login(user)
        request = HttpRequest()
        request.session = client.session  # type: ignore[assignment]
        record_authentication(request, user, "mfa", type="totp")
        request.session.save()
    return client


def addresses() -> list[tuple[str, str, str]]:
    """(what it is, who asks, address). The rows are those of the built world, in the middle of their lists."""
    area = Recognition.objects.filter(tier="label", number__gte=1000).select_related("area").order_by("pk")[1003].area
    certificate = Certificate.objects.order_by("pk")[2500].number
    walked = Certificate.objects.order_by("pk")[0]
    opened = Round.objects.order_by("-opens_at")[0].slug
    sheet = Assignment.objects.filter(assessor__email="assessor-1@demo.example", state="open", application__round__slug=opened).order_by(
        "-pk"
    )[0]
    score = sheet.scores.order_by("pk")[0]
    read = Application.objects.filter(state="in_review").order_by("-pk")[0]
    draft = Application.objects.filter(state="draft", team__user__email__endswith="@size.example").order_by("pk")[0]
    lead = draft.team.get().user.email
    held = Meeting.objects.filter(on_record_only=False, body__code="smart-city-committee").order_by("pk")[0]
    item = held.items.order_by("-pk")[0]
    body = Body.objects.get(code="smart-city-committee")
    entry = Entry.objects.order_by("-seq")[500_000 if Entry.objects.order_by("-seq")[0].seq > 500_000 else 10]
    decided = Resolution.objects.filter(draft=False).order_by("-pk")[300]
    past = (timezone.localdate() - timedelta(days=1200)).isoformat()
    return [
        ("home", "", "/en/"),
        ("home on a past day", "", f"/en/?as_of={past}"),
        ("register, first page", "", "/en/register"),
        ("register in Thai", "", "/register"),
        ("register, page 150", "", "/en/register?page=150"),
        ("register, filtered", "", "/en/register?province=TH-83&status=recognised"),
        ("register, searched", "", "/en/register?q=Nakhon+Kaeo"),
        ("register, searched in Thai", "", "/register?q=%E0%B8%97%E0%B8%AD%E0%B8%87"),
        ("register on a past day", "", f"/en/register?as_of={past}"),
        ("map", "", "/en/map"),
        ("figures (counts of the day)", "", "/en/figures"),
        ("figures on a past day", "", f"/en/figures?as_of={past}"),
        ("figures, a year compared", "", f"/en/figures?since={(timezone.localdate() - timedelta(days=365)).isoformat()}"),
        ("area", "", f"/en/areas/{area.slug}"),
        ("area on a past day", "", f"/en/areas/{area.slug}?as_of={past}"),
        ("area of the walked line", "", f"/en/areas/{walked.recognition.area.slug}"),
        ("status of a certificate", "", f"/en/verify/{certificate}"),
        ("resolutions", "", "/en/resolutions"),
        ("resolutions, searched", "", "/en/resolutions?q=Kaeo"),
        ("one resolution", "", f"/en/resolutions/{decided.pk}"),
        ("search", "", "/en/search?q=Kaeo"),
        ("criteria", "", "/en/criteria"),
        ("open data", "", "/en/data"),
        ("projects", "", "/en/projects"),
        ("figures as JSON", "", "/figures.json"),
        ("area as JSON", "", f"/areas/{area.slug}.json"),
        ("status list of certificates", "", "/credentials/status/revocation"),
        ("rounds", "", "/en/rounds"),
        ("sign-in page", "", "/en/accounts/login/"),
        ("my tasks of an assessor", "assessor-1", "/en/tasks"),
        ("my tasks of the office", "office", "/en/tasks"),
        ("my tasks of a city officer", "city-officer-2", "/en/tasks"),
        ("my tasks of a secretary", "committee-secretary", "/en/tasks"),
        ("assessor's list", "assessor-1", "/en/assess"),
        ("assessor's score sheet", "assessor-1", f"/en/assess/{sheet.pk}"),
        ("a criterion to score", "assessor-1", f"/en/assess/{sheet.pk}/{cell_key(score.criterion, score.dimension)}"),
        ("applications of a round (office)", "office", f"/en/rounds/{opened}/office"),
        ("applications of a round, searched", "office", f"/en/rounds/{opened}/office?q=Kaeo&state=in_review"),
        ("assessors of a round (office)", "office", f"/en/rounds/{opened}/assessors"),
        ("an application (office)", "office", f"/en/applications/{read.pk}/office"),
        ("an application (its team)", lead, f"/en/applications/{draft.pk}"),
        ("evidence of an application", lead, f"/en/applications/{draft.pk}/evidence"),
        ("one document's page", lead, f"/en/applications/{draft.pk}/evidence/{draft.evidence.order_by('pk')[0].pk}"),
        ("check before submitting", lead, f"/en/applications/{draft.pk}/check"),
        ("own applications", lead, "/en/applications"),
        ("recognitions (office)", "office", "/en/recognitions"),
        ("recognitions that end soon", "office", "/en/recognitions/expiring"),
        ("one recognition (office)", "office", f"/en/recognitions/{walked.recognition_id}"),
        ("waiting for a signature", "office", "/en/recognitions/sign"),
        ("places (office)", "office", "/en/places"),
        ("edit a place", "office", f"/en/areas/{area.slug}/edit"),
        ("meetings", "committee-secretary", "/en/meetings"),
        ("a meeting", "committee-secretary", f"/en/meetings/{held.pk}"),
        ("an item of a meeting", "committee-secretary", f"/en/meetings/{held.pk}/items/{item.pk}"),
        ("a body", "committee-secretary", f"/en/bodies/{body.code}"),
        ("persons (administration)", "office", "/en/people/persons"),
        ("persons, searched", "office", "/en/people/persons?q=Kaeo"),
        ("organisations", "office", "/en/people/organisations"),
        ("accounts (administration)", "administrator", "/en/admin"),
        ("audit record", "auditor", "/en/admin/record"),
        ("audit record, by verb and days", "auditor", f"/en/admin/record?did=places.edit&since={past}"),
        ("audit record, by thing", "auditor", "/en/admin/record?about=places.area:77"),
        ("one entry of the record", "auditor", f"/en/admin/record/{entry.seq}"),
        ("history of a thing", "auditor", "/en/admin/record/things/places.area:77"),
        ("inbox", "office", "/en/account/notices"),
    ]


def line(words: str, client: Client, address: str) -> Line:
    """The first answer warms; the second counts queries; the rest are timed. A page that answers with an error misses its aim."""
    answer = client.get(address)
    if answer.status_code == 302:
        address = answer["Location"]
        answer = client.get(address)
    if answer.status_code != 200:
        return Line(f"{words}: {address} answered {answer.status_code}", [math.inf])
    connection.force_debug_cursor = True
    reset_queries()
    size = len(body(client.get(address)))
    queries = len(connection.queries)
    connection.force_debug_cursor = False
    before = spent()
    times = timed(lambda: body(client.get(address)))
    return Line(words, times, queries, size, cpu=(spent() - before) / len(times))


def spent() -> float:
    """Milliseconds of processor time of this process and, on PostgreSQL, of the one that serves its connection."""
    own = time.process_time() * 1000
    if connection.vendor != "postgresql" or "host=/" not in os.environ.get("DATABASE_URL", ""):
        return own
    words = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return own + (int(words[11]) + int(words[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if getattr(answer, "streaming", False) else answer.content


def timed(work: Callable[[], Any], times: int = TIMES) -> list[float]:
    found = []
    gc.collect()
    while len(found) < times and (len(found) < 3 or sum(found) < MOST_MS):
        begun = time.perf_counter()
        work()
        found.append((time.perf_counter() - begun) * 1000)
    return found


def show_readings() -> None:
    """What lies below the pages: the count of a day, and the papers."""
    from nagara.recognition.queries import changes_between, counts_on

    past, today = timezone.localdate() - timedelta(days=1200), timezone.localdate()
    client = visitor("")
    number = Certificate.objects.order_by("pk")[0].number
    floor = Line("one SELECT of one row", timed(lambda: Certificate.objects.order_by("pk")[0]), 1, aimed=False)
    show(
        "Readings and papers",
        [
            Line("count of a day", timed(lambda: counts_on(past)), 1),
            Line("changes of a year, explained", timed(lambda: changes_between(today - timedelta(days=365), today), 5), 3, aimed=False),
            Line("PDF of a certificate, as it was issued", timed(lambda: body(client.get(f"/en/verify/{number}/certificate-en.pdf")))),
            Line("PDF of a certificate, set anew", timed(paper(), 5), aimed=False),
            Line("PDF slip of today's status, set anew", timed(lambda: body(client.get(f"/en/verify/{number}/slip.pdf")), 5), aimed=False),
            Line("the register as CSV", timed(lambda: body(client.get("/register.csv")), 3), aimed=False),
            Line("the register as JSON", timed(lambda: body(client.get("/register.json")), 3), aimed=False),
        ],
        floor,
    )


def paper() -> Callable[[], bytes]:
    """Setting the certificate of the walked line, from rows to PDF."""
    from nagara.documents.pdf import typeset
    from nagara.recognition import certificates
    from nagara.rulebook.keep import kept

    row = Certificate.objects.select_related("recognition__area__subdivision", "recognition__edition", "step").order_by("pk")[0]

    def work() -> bytes:
        said = certificates.paper(
            row.recognition,
            row.step,
            certificates.Decision(row.step.resolution),
            kept(row.recognition.edition),
            number=row.number,
            digest=row.credential_digest,
            kid=row.key_id,
            at=row.issued_at,
        )
        return typeset(certificates.SOURCE, said | {"credential": row.credential}, lang="th")

    return work


def show_verification() -> None:
    """`nagara audit verify` over the whole chain, in a process of its own, whose memory is told; beside reading the rows alone."""
    code = "import django; django.setup()\nimport resource, time\nbegun = time.perf_counter()\n{work}\n"
    code += "print(n, round(time.perf_counter() - begun, 2), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    works = {
        "every entry read, nothing done": "from nagara.audit.verify import _rows\nn = sum(1 for row in _rows(None))",
        "the chain verified, head and checkpoints": "from nagara.audit.verify import verify\nf = verify()\nn = f.entries if f.whole else f.faults",
    }
    print(
        "\nAudit verification, each in a process of its own\n| work | entries | seconds | memory MB | × baseline |\n|---|--:|--:|--:|--:|"
    )
    first = 0.0
    for words, work in works.items():
        out = subprocess.run([sys.executable, "-c", code.format(work=work)], capture_output=True, text=True, check=True).stdout
        entries, seconds, memory = out.rsplit(maxsplit=2)
        first = first or float(seconds)
        print(f"| {words} | {entries} | {seconds} | {memory} | {float(seconds) / first:.1f} |", flush=True)
