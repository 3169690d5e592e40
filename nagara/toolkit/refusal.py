"""An expected "no". Everything else that goes wrong is a bug and reaches the log."""

from typing import Any


class Refusal(Exception):
    """What was refused, by which rule, who can act and what to do next, in words that a person can act on.

    `code` is stable and for machines; `status` is the HTTP status (409 where nothing better fits).
    `fields` names the inputs that are at fault: {"field": "message"}.
    """

    def __init__(
        self,
        message: str,
        *,
        rule: str = "",
        who: str = "",
        next_step: str = "",
        code: str = "refused",
        status: int = 409,
        fields: dict[str, str] | None = None,
        back: str = "",
    ) -> None:
        super().__init__(message)
        self.message = str(message)
        self.rule = str(rule)
        self.who = str(who)
        self.next_step = str(next_step)
        self.code = code
        self.status = status
        self.fields = fields or {}
        self.back = back

    def problem(self) -> dict[str, Any]:
        """The refusal as problem details (RFC 9457)."""
        body: dict[str, Any] = {"type": f"urn:nagara:refusal:{self.code}", "title": self.message, "status": self.status}
        for key in ("rule", "who", "next_step", "fields"):
            if value := getattr(self, key):
                body[key] = value
        return body
