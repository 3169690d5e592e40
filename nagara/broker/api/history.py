"""What an operator asks of the history of a tenant: how much there is, for how long it is kept. No part of the specification."""

from __future__ import annotations

from nagara.broker.api.call import Call
from nagara.broker.history.segments import keep_days, told
from nagara.broker.http import Response, json_response
from nagara.broker.model.values import shown
from nagara.broker.problems import bad_data


async def tell_history(call: Call) -> Response:
    """GET /history: how much history the tenant has, and for how many days it is kept."""
    call.params(frozenset())
    return json_response(200, await call.store.in_thread(told))


async def set_retention(call: Call) -> Response:
    """PATCH /history: for how many days the history of the tenant is kept, {"keepDays": 400}; null for ever."""
    call.params(frozenset())
    raw, _ = call.body(patch=True)
    if not isinstance(raw, dict) or set(raw) != {"keepDays"}:
        raise bad_data('Send {"keepDays": N}, or null to keep the history for ever.')
    days = raw["keepDays"]
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 36_500):
        raise bad_data(f"keepDays must be a whole number of days from 1 to 36500, or null, not {shown(days)}.")
    await call.store.writer.do(lambda txn: keep_days(txn.connection, days))
    return Response(204)


async def seal_history(call: Call) -> Response:
    """POST /history/seal: write all that is not in files yet to files, before they are copied."""
    call.params(frozenset())
    return json_response(200, {"writes": await call.broker.keeper.seal_all(call.store)})
