"""A tiny agency that vouches for people: an OpenID Connect provider in a thread of the test, its tokens signed by joserfc."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "nagara", "a shared secret"


@dataclass
class Agency:
    """What it says of the person who signs in: `claims`. `asked` notes what was posted to it."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    audience: str = CLIENT
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))

    def answers(self) -> dict[str, Any]:
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "jwks_uri": f"{self.address}/keys",
            },
            "/keys": {"keys": [self.key.as_dict(private=False)]},
            "/userinfo": self.claims,
            "/token": {"access_token": "a token", "token_type": "Bearer", "expires_in": 60, "id_token": self.id_token()},
        }

    def id_token(self) -> str:
        now = int(time.time())
        facts = {**self.claims, "iss": self.address, "aud": self.audience, "iat": now, "exp": now + 60}
        return jwt.encode({"alg": "RS256", "kid": "one"}, facts, self.key)


@contextmanager
def open_agency() -> Iterator[Agency]:
    agency = Agency()

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            agency.asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self._answer()

        def _answer(self) -> None:
            found = agency.answers().get(self.path.partition("?")[0])
            content = json.dumps(found).encode()
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    agency.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield agency
    finally:
        server.shutdown()
        server.server_close()
