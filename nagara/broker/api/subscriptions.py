"""/subscriptions and /csourceSubscriptions: create, query, retrieve, update, delete (5.8, 5.11; 6.10 to 6.13)."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote, urlsplit

from nagara.broker.api.call import Call
from nagara.broker.api.querying import read_page
from nagara.broker.api.remote_subscriptions import internal, renew, spread, withdraw
from nagara.broker.clock import now_us
from nagara.broker.doors.outgoing import Forbidden
from nagara.broker.http import LD_JSON, Headers, Response
from nagara.broker.ld.context import Context
from nagara.broker.model.names import NULL
from nagara.broker.model.values import uri
from nagara.broker.problems import Problem, bad_data, not_found
from nagara.broker.sources.telling import wanted_by
from nagara.broker.subscriptions.document import Subscription, kept, plain_source, shown_subscription, with_names
from nagara.broker.subscriptions.post import Post, alter, erase, insert

_MANDATORY = frozenset({"id", "type", "notification"})
_QUERIES = frozenset({"q", "geoQ", "csf"})


def _about_sources(call: Call) -> bool:
    return "/csourceSubscriptions" in call.request.path


def _folder(call: Call) -> str:
    return "csourceSubscriptions" if _about_sources(call) else "subscriptions"


async def post_of(call: Call) -> Post:
    """The subscriptions of the tenant."""
    return await call.broker.notifier.post(call.store, call.resolver)


async def _context(call: Call, raw: dict[str, Any], kind: str) -> Context:
    """The @context of a subscription, without a list around a single one, so that it has an address of its own."""
    context = await call.context_of(raw, kind)
    source = plain_source(context.source)
    return context if source == context.source else await call.resolver.resolve(source)


async def _link(call: Call, source: Any) -> str:
    """An address by which receivers can find a @context."""
    if isinstance(source, str):
        return source
    stored = await call.resolver.implicit(source)
    return f"{call.base}/jsonldContexts/{stored.id}"


async def _read(call: Call, doc: dict[str, Any], context: Context, told: tuple[Any, str] | None, *, csource: bool) -> Subscription:
    """A subscription from its document, with all checks (5.8.1.4). `told`: @context of its notifications and its address, where known."""
    if "jsonldContext" in doc:
        try:
            await call.resolver.resolve(doc["jsonldContext"])
        except Problem as problem:
            raise problem if problem.kind == "LdContextNotAvailable" else bad_data(problem.detail) from None
        told = (doc["jsonldContext"], doc["jsonldContext"])
    elif told is None:
        told = (context.source, await _link(call, context.source))
    held = {"doc": doc, "context": context.source, "told": told[0], "link": told[1]}
    one = await call.broker.notifier.read(held, call.resolver, csource=csource)
    if urlsplit(one.endpoint.uri).scheme in ("http", "https"):
        try:
            call.broker.outgoing.check(one.endpoint.uri)
        except Forbidden as e:
            raise bad_data(f"endpoint.uri: {e}") from None
    return one


def _not_past(one: Subscription) -> None:
    if one.expires is not None and one.expires <= now_us():
        raise bad_data(f"expiresAt {one.doc['expiresAt']} is in the past (5.8.1.4).")


async def create_subscription(call: Call) -> Response:
    """POST /subscriptions, /csourceSubscriptions: Create Subscription (5.8.1, 5.11.2; 6.10.3.1, 6.12.3.1)."""
    call.params(frozenset())
    raw, kind = call.body()
    if not isinstance(raw, dict) or not raw:
        raise bad_data("The body must be a subscription, a JSON object (5.2.12).")
    context = await _context(call, raw, kind)
    csource = _about_sources(call)
    doc = kept(raw, csource=csource)
    doc.setdefault("id", f"urn:ngsi-ld:{'CSourceSubscription' if csource else 'Subscription'}:{uuid.uuid4()}")
    one = await _read(call, doc, context, None, csource=csource)
    _not_past(one)
    if csource:
        wanted_by(one, call.broker.settings.limits)
    one.snapshot = call.snapshot
    post = await post_of(call)
    if one.id in post.lanes:
        raise Problem("AlreadyExists", f"The subscription {one.id} exists already.", instance=one.id)
    if len(post.lanes) >= call.broker.settings.limits.subscriptions:
        raise Problem("TooManyResults", f"This tenant has {len(post.lanes)} subscriptions, as many as this broker keeps.")
    one.key = await call.store.writer.do(lambda txn: insert(txn, one))
    post.open(one)
    if csource:
        await _greet(call, post, one)
    else:
        call.broker.copies.beside(spread(call, one))
    return Response(201, [call.location(_folder(call), one.id)])


async def _greet(call: Call, post: Post, one: Subscription) -> None:
    """Tell a new or altered subscription to registrations of all that match it now (5.11.2.4, 5.11.3.4)."""
    body = post.of_sources(one) if one.status(now_us()) == "active" else None
    if body is not None:
        await post.deliver(one, body)


async def list_subscriptions(call: Call) -> Response:
    """GET /subscriptions, /csourceSubscriptions: Query Subscriptions (5.8.4, 5.11.5; 6.10.3.2, 6.12.3.2)."""
    params = call.params(frozenset({"limit", "offset", "count", "options"}))
    params.options(frozenset({"sysAttrs"}))
    kind = call.accepts()
    context = await call.linked()
    limit, offset, count = read_page(params, call.broker.settings.limits)
    now = now_us()
    everything = [shown_subscription(one, context, now) for one in (await post_of(call)).all(csource=_about_sources(call))]
    if _about_sources(call):
        everything += internal(call)
    headers = page_headers(call, LD_JSON if _about_sources(call) else kind, limit, offset, len(everything), count=count)
    page = everything[offset : offset + limit]
    return await call.answer(page, context, kind, [*headers, *call.preference()])


def page_headers(call: Call, kind: str, limit: int, offset: int, total: int, *, count: bool) -> Headers:
    """The count, and the links to the pages around one of a list that is short enough to be held (6.3.10, 6.3.13)."""
    headers: Headers = [("ngsild-results-count", str(total))] if count else []
    if limit == 0:
        return headers
    given = [part for part in call.request.query.split("&") if part and part.partition("=")[0] not in ("limit", "offset")]

    def link(at: int, rel: str) -> tuple[str, str]:
        pairs = "&".join([*given, f"limit={limit}", f"offset={at}"])
        return "link", f'<{quote(call.request.path.rstrip("/"), safe="/:")}?{pairs}>;rel="{rel}";type="{kind}"'

    if offset:
        headers.append(link(max(0, offset - limit), "prev"))
    if offset + limit < total:
        headers.append(link(offset + limit, "next"))
    return headers


async def _find(call: Call) -> tuple[Post, Subscription]:
    id_ = uri(call.args["id"], "The id of the subscription")
    post = await post_of(call)
    one = post.get(id_, csource=_about_sources(call))
    if one is None:
        raise not_found(f"There is no subscription {id_}.", instance=id_)
    return post, one


async def retrieve_subscription(call: Call) -> Response:
    """GET /subscriptions/{subscriptionId}, /csourceSubscriptions/…: Retrieve Subscription (5.8.3, 5.11.4; 6.11.3.1, 6.13.3.1)."""
    call.params(frozenset({"options"})).options(frozenset({"sysAttrs"}))
    kind = call.accepts()
    context = await call.linked()
    _, one = await _find(call)
    return await call.answer(shown_subscription(one, context, now_us()), context, kind, call.preference())


async def update_subscription(call: Call) -> Response:
    """PATCH /subscriptions/{subscriptionId}, /csourceSubscriptions/…: Update Subscription (5.8.2, 5.11.3; 6.11.3.2, 6.13.3.2)."""
    call.params(frozenset())
    uri(call.args["id"], "The id of the subscription")
    raw, kind = call.body(patch=True)
    if not isinstance(raw, dict) or not raw:
        raise bad_data("The body must be a subscription fragment, a JSON object with members.")
    context = await _context(call, raw, kind)
    post, one = await _find(call)
    gone = {name for name, value in raw.items() if value is None or value == NULL}
    if gone & _MANDATORY:
        raise bad_data(f"{', '.join(sorted(gone & _MANDATORY))} cannot be taken from a subscription (5.8.2.4).")
    fragment = {name: value for name, value in raw.items() if name not in gone and name != "@context"}
    if fragment.get("id", one.id) != one.id:
        raise bad_data(f"The body is about {fragment['id']}, the address about {one.id}.")
    before = {name: value for name, value in one.doc.items() if name not in gone}
    kept({**before, **fragment}, csource=one.csource)  # whole and sound, before its names are looked at
    # Names are written out in full, so that those of the fragment and those from before go together; a query is read
    # under the @context that it came with.
    doc = kept({**with_names(before, one.context.full), **with_names(fragment, context.full)}, csource=one.csource)
    names = context if _QUERIES & fragment.keys() else one.context
    told = None if "jsonldContext" in gone else (one.told, one.link)
    new = await _read(call, doc, names, told, csource=one.csource)
    if "expiresAt" in fragment:
        _not_past(new)
    new.key, new.state, new.snapshot = one.key, one.state, one.snapshot
    await call.store.writer.do(lambda txn: alter(txn, new))
    post.open(new)
    if new.csource:
        await _greet(call, post, new)
    else:
        call.broker.copies.beside(renew(call, new))
    return Response(204)


async def delete_subscription(call: Call) -> Response:
    """DELETE /subscriptions/{subscriptionId}, /csourceSubscriptions/…: Delete Subscription (5.8.5, 5.11.6; 6.11.3.3, 6.13.3.3)."""
    call.params(frozenset())
    post, one = await _find(call)
    await call.store.writer.do(lambda txn: erase(txn, one))
    await post.close(one.id)
    copies = call.broker.copies.of(call.tenant, subscription=one.id)
    if copies:
        call.broker.copies.beside(withdraw(call, copies))
    return Response(204)
