"""Talking to the broker that keeps the city data: ours or another, by the same API (ETSI GS CIM 009) and no other way.

Every data space is a tenant. For our own broker, the installation makes itself a key at first use.
"""

import http.client
import json
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from nagara.broker.doors.keys import ANY_TENANT, SCOPES, Keys
from nagara.toolkit.keys import kept
from nagara.toolkit.refusal import Refusal

ROOT = "/ngsi-ld/v1"
BATCH = 200
"""Entities in one batch; other brokers take no more than some hundreds."""
INSTANCES = 1000
"""Observations in one request to the temporal API."""

_connections = threading.local()

Entity = dict[str, Any]


class BrokerRefused(Exception):
    """The broker answered with a problem."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail = status, title, detail


def unavailable(why: str) -> Refusal:
    return Refusal(
        _("The broker does not answer, so the data cannot be shown or changed now."),
        rule=why,
        next_step=_("Try again in a minute. If it stays so, tell whoever runs this installation."),
        code="broker-unavailable",
        status=503,
    )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


def utc(at: datetime) -> str:
    """An instant as NGSI-LD writes it."""
    text = at.astimezone(UTC).isoformat(timespec="microseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """An instant as NGSI-LD writes it, read."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def own_key() -> str:
    """The key that this installation has to its own broker, to all tenants."""

    def make() -> bytes:
        keys = Keys(settings.BROKER_DATA)
        try:
            return keys.add(label="nagara", scopes=list(SCOPES), tenant=ANY_TENANT)[0].encode()
        finally:
            keys.close()

    return kept(settings.KEYS, "broker", make).decode()


def _authorization() -> str:
    return (
        f"Bearer {settings.BROKER_KEY}"
        if settings.BROKER_URL and settings.BROKER_KEY
        else ""
        if settings.BROKER_URL
        else f"Bearer {own_key()}"
    )


class Tenant:
    """The data of one space in the broker."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keeps_history = True
        """False once the broker said that it keeps none, as clause 4.3.6 leaves it free to do."""

    # Entities

    def types(self) -> list[str]:
        """The types of which there are entities."""
        answer = self._ask("GET", "/types", none_on=(404,))
        return sorted(answer.json.get("typeList", [])) if answer.status == 200 else []

    def count(self, entity_type: str) -> int:
        return self.page(entity_type, limit=0)[1]

    def page(
        self, entity_type: str, *, q: str = "", limit: int = 50, offset: int = 0, name_like: str = "", attributes: str = ""
    ) -> tuple[list[Entity], int]:
        """One page of the entities of a type, and how many there are in all."""
        asked: dict[str, Any] = {"type": entity_type, "limit": limit, "offset": offset, "count": "true", "options": "sysAttrs"}
        if q:
            asked["q"] = q
        if name_like:
            asked["idPattern"] = name_like
        if attributes:
            asked["attrs"] = attributes
        answer = self._ask("GET", f"/entities?{urlencode(asked)}", none_on=(404,))
        if answer.status == 404:
            return [], 0
        return answer.json, int(answer.headers.get("ngsild-results-count", len(answer.json)))

    def all(self, entity_type: str, *, q: str = "", attributes: str = "", most: int = 20_000) -> Iterator[Entity]:
        """Every entity of a type, `most` at most; only those that have one of `attributes`, where such are named."""
        offset = 0
        while offset < most:
            found, _count = self.page(entity_type, q=q, limit=500, offset=offset, attributes=attributes)
            yield from found
            offset += len(found)
            if len(found) < 500:
                return

    def entity(self, id_: str) -> Entity | None:
        answer = self._ask("GET", f"/entities/{quote(id_, safe='')}?options=sysAttrs", none_on=(404,))
        return answer.json if answer.status == 200 else None

    def names(self, entity_type: str, *, most: int = 500) -> dict[str, str]:
        """The names of the entities of a type, by id, as far as they have one."""
        asked = urlencode({"type": entity_type, "attrs": "name", "limit": most})
        answer = self._ask("GET", f"/entities?{asked}", none_on=(404,))
        rows = answer.json if answer.status == 200 else []
        found = {row["id"]: row.get("name") for row in rows}
        return {id_: str(name["value"]) for id_, name in found.items() if isinstance(name, dict) and name.get("value")}

    def upsert(self, entities: list[Entity]) -> None:
        """Create or update; what an entity has beside what is sent stays."""
        for start in range(0, len(entities), BATCH):
            answer = self._ask("POST", "/entityOperations/upsert?options=update", entities[start : start + BATCH])
            if answer.status == 207:
                first = (answer.json.get("errors") or [{}])[0]
                problem = first.get("error", {})
                raise BrokerRefused(207, str(problem.get("title", "")), f"{first.get('entityId', '')}: {problem.get('detail', '')}")

    # History

    def append(self, temporal: Entity) -> bool:
        """Add observations to the temporal evolution of an entity. False where the broker keeps no history."""
        return self._of_history("POST", "", temporal).status < 400

    def _of_history(self, method: str, rest: str, body: Any = None) -> Answer:
        """A request to the temporal API. A broker without one says 404, 405 or 501."""
        answer = self._ask(method, f"/temporal/entities{rest}", body, none_on=(404, 405, 501))
        if answer.status in (405, 501) or (answer.status == 404 and method == "POST"):
            self.keeps_history = False
        return answer

    def series(
        self, id_: str, attributes: Iterable[str], *, since: datetime, until: datetime, most: int | None = None
    ) -> dict[str, list[tuple[datetime, Any]]]:
        """The observations of attributes of one entity in a window: (instant, value), the oldest first."""
        asked: dict[str, Any] = {
            "attrs": ",".join(attributes),
            "timerel": "between",
            "timeAt": utc(since),
            "endTimeAt": utc(until),
            "timeproperty": "observedAt",
            "options": "temporalValues",
        }
        if most:
            asked["lastN"] = most
        found: dict[str, list[tuple[datetime, Any]]] = {}
        while True:
            answer = self._of_history("GET", f"/{quote(id_, safe='')}?{urlencode(asked)}")
            if answer.status >= 400:
                return found
            newest = collect(answer.json, found)
            # A broker that does not give all at once says so with 206; what comes next begins where it ended.
            if answer.status != 206 or most or newest is None or newest <= moment(asked["timeAt"]):
                return {name: sorted(set(rows)) if _plain(rows) else rows for name, rows in found.items()}
            asked["timeAt"] = utc(newest)

    def observed_between(self, entity_type: str, since: datetime, until: datetime) -> bool:
        """Was anything of a type observed in a window?"""
        asked = {
            "type": entity_type,
            "timerel": "between",
            "timeAt": utc(since),
            "endTimeAt": utc(until),
            "timeproperty": "observedAt",
            "options": "temporalValues",
            "lastN": 1,
            "limit": 1,
        }
        answer = self._of_history("GET", f"?{urlencode(asked)}")
        rows = answer.json if answer.status in (200, 206) else []
        return any(name not in ("id", "type", "@context") and member for row in rows for name, member in row.items())

    def last_before(self, entity_type: str, at: datetime, timeproperty: str) -> Iterator[tuple[str, str, Entity]]:
        """(id, attribute, instance): of each attribute of each entity of a type its last instance before an instant, by one of its times."""
        asked: dict[str, Any] = {
            "type": entity_type,
            "timerel": "before",
            "timeAt": utc(at),
            "timeproperty": timeproperty,
            "options": "sysAttrs",
            "lastN": 1,
            "limit": 100,
        }
        offset = 0
        while True:
            answer = self._of_history("GET", f"?{urlencode({**asked, 'offset': offset})}")
            rows = answer.json if answer.status in (200, 206) else []
            for row in rows:
                for name, member in row.items():
                    for one in member if isinstance(member, list) else [member]:
                        if isinstance(one, dict) and "type" in one:
                            yield row["id"], name, one
            if len(rows) < 100:
                return
            offset += 100

    def aggregate(
        self, entity_type: str, attribute: str, *, since: datetime, until: datetime, methods: str, period: str, ids: str = "", q: str = ""
    ) -> dict[str, dict[str, list[Any]]]:
        """For each entity, for each method, rows [value, from, until] over periods of `period` (ISO 8601, such as P1D)."""
        asked: dict[str, Any] = {
            "type": entity_type,
            "attrs": attribute,
            "timerel": "between",
            "timeAt": utc(since),
            "endTimeAt": utc(until),
            "timeproperty": "observedAt",
            "options": "aggregatedValues",
            "aggrMethods": methods,
            "aggrPeriodDuration": period,
            "limit": 500,
        }
        if ids:
            asked["id"] = ids
        if q:
            asked["q"] = q
        found: dict[str, dict[str, list[Any]]] = {}
        offset = 0
        while True:
            answer = self._of_history("GET", f"?{urlencode({**asked, 'offset': offset})}")
            rows = answer.json if answer.status in (200, 206) else []
            for row in rows:
                member = row.get(attribute)
                member = member[0] if isinstance(member, list) else member
                if isinstance(member, dict):
                    found[row["id"]] = {method: member.get(method, []) for method in methods.split(",")}
            if len(rows) < 500:
                return found
            offset += 500

    # The call

    def _ask(self, method: str, path: str, body: Any = None, *, none_on: tuple[int, ...] = ()) -> Answer:
        headers = {"NGSILD-Tenant": self.name, "Accept": "application/json"}
        if authorization := _authorization():
            headers["Authorization"] = authorization
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        answer = _call(method, ROOT + path, headers, content)
        if answer.status == 401 and not settings.BROKER_URL:
            # A key that was made a moment ago: the broker looks for new ones once a second.
            time.sleep(1.1)
            answer = _call(method, ROOT + path, headers, content)
        if answer.status < 400 or answer.status in none_on:
            return answer
        if answer.status in (401, 403) and settings.BROKER_URL:
            raise Refusal(
                _("The broker refuses the key of this installation, so the data cannot be shown or changed."),
                rule=f"{settings.BROKER_URL}: {answer.status}",
                next_step=_("Whoever runs this installation puts a key of that broker into NAGARA_BROKER_KEY."),
                code="broker-key-refused",
                status=503,
            )
        try:
            problem = answer.json or {}
        except ValueError:
            problem = {}
        raise BrokerRefused(answer.status, str(problem.get("title", "")), str(problem.get("detail", ""))[:500])


def _plain(rows: list[tuple[datetime, Any]]) -> bool:
    return all(isinstance(value, int | float | str) for _at, value in rows)


def collect(document: Any, found: dict[str, list[tuple[datetime, Any]]]) -> datetime | None:
    """Put what a temporal answer holds into `found`; the newest instant in it."""
    newest = None
    for name, member in document.items():
        if name in ("id", "type", "@context") or not isinstance(member, dict | list):
            continue
        for one in member if isinstance(member, list) else [member]:
            pairs = one.get("values") or one.get("objects") or []
            if "observedAt" in one:
                pairs = [[one.get("value", one.get("object")), one["observedAt"]]]
            for value, at in pairs:
                instant = moment(at)
                found.setdefault(name, []).append((instant, value))
                newest = max(newest, instant) if newest else instant
    return newest


def _call(method: str, path: str, headers: dict[str, str], content: bytes | None) -> Answer:
    """One request on a connection that is kept; once more on a new one where the kept one had gone."""
    parts = urlsplit(settings.BROKER_ADDRESS)
    place = (parts.scheme, parts.netloc)
    for attempt in (1, 2):
        connection = getattr(_connections, "open", {}).get(place)
        fresh = connection is None
        if connection is None:
            if parts.scheme == "https":
                connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=60, context=ssl.create_default_context())
            else:
                connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
            _connections.open = {place: connection}
        try:
            connection.request(method, parts.path + path, content, headers)
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            _connections.open = {}
            # Reading again harms nothing; a write that may have arrived is sent again only where the connection had been idle.
            if fresh or attempt == 2:
                raise unavailable(str(error)) from None
    raise unavailable("")
