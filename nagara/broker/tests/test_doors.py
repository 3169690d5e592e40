"""The ways in: keys, tokens, open mode, the command line (and what each refuses)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nagara.broker.cli import main
from nagara.broker.clock import iso, now_us
from nagara.broker.doors.keys import KeyRefused, Keys
from nagara.broker.tests.conftest import Running, soon, station

ONE = "entities/urn:ngsi-ld:Station:1"


@dataclass
class Said:
    """How the command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """`nagara broker …`, within this process."""

    def run(*words: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        told = capsys.readouterr()
        return Said(int(ended.value.code or 0), told.out, told.err)

    return run


def test_without_a_key_nothing_but_the_description_is_told(start: Callable[..., Running]) -> None:
    api = start().api()
    answer = api.get(ONE)
    assert answer.is_problem(401) and "key" in answer.json["detail"] and answer.headers["www-authenticate"] == "Bearer"
    assert api.get(ONE, Authorization="Bearer nagara_no_key").is_problem(401)
    assert api.get(ONE, Authorization="Basic eDp5").is_problem(401)
    assert api.get("openapi.json").status == 200 and api.get("health").status == 200


def test_a_key_opens_its_tenant_for_its_scopes(start: Callable[..., Running], tmp_path: Path) -> None:
    data = tmp_path / "keyed"
    keys = Keys(data)
    writer, _ = keys.add(label="gateway", scopes=["read", "write"], tenant="city_a")
    reader, read_key = keys.add(label="dashboard", scopes=["read"], tenant="city_a")
    every, _ = keys.add(label="operator", scopes=["read", "write"], tenant="*")
    running = start(data=data)
    api = running.api("city_a")
    assert api.post("entities", station(1, a=1), Authorization=f"Bearer {writer}").status == 201
    assert api.get(ONE, X_API_Key=reader).status == 200
    refused = api.post("entities", station(2), X_API_Key=reader)
    assert refused.is_problem(403) and "write" in refused.json["detail"]
    assert api.get(ONE, X_API_Key=reader + "x").is_problem(401)
    assert running.api("city_b").post("entities", station(1), X_API_Key=writer).is_problem(403)
    assert running.api().get("types", X_API_Key=reader).is_problem(403)
    assert running.api("city_b").post("entities", station(1), X_API_Key=every).status == 201
    # A running broker sees within a second what is changed beside it, and writes down when keys were used.
    late, _ = keys.add(label="late", scopes=["read"], tenant="city_a")
    keys.revoke(read_key.id)
    soon(lambda: api.get(ONE, X_API_Key=late).status == 200)
    assert api.get(ONE, X_API_Key=reader).is_problem(401) and api.get(ONE, X_API_Key=writer).status == 200
    used = soon(lambda: (found := {key.label: key.used for key in keys.all()})["late"] and found)
    assert used["gateway"] is not None and used["dashboard"] is not None
    keys.close()


def test_a_key_opens_until_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(tmp_path)
    ends = now_us() + 60_000_000
    secret, key = keys.add(label="visitor", scopes=["read"], expires=iso(ends))
    for at, opens in ((ends - 1, True), (ends, False), (ends + 1, False)):
        monkeypatch.setattr("nagara.broker.doors.keys.now_us", lambda at=at: at)
        assert (keys.opened_by(secret) == key) is opens
    keys.close()


def test_a_secret_is_nowhere_on_disk(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    secret, key = keys.add(label="x", scopes=["read"])
    assert keys.opened_by(secret) == key and keys.opened_by(secret[:-1]) is None and keys.opened_by("") is None
    keys.close()
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.rpartition("_")[2].encode() not in held and secret.encode() not in held
    assert (tmp_path / "keys.sqlite").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "asked", [{"scopes": ["fly"]}, {"scopes": []}, {"label": " "}, {"expires": "2020-01-01T00:00:00Z"}, {"expires": "soon"}]
)
def test_a_key_that_cannot_be_is_refused(tmp_path: Path, asked: dict[str, Any]) -> None:
    keys = Keys(tmp_path)
    with pytest.raises(KeyRefused):
        keys.add(**{"label": "x", "scopes": ["read"], **asked})
    with pytest.raises(KeyRefused):
        keys.revoke("none")
    keys.close()


def test_keys_by_the_command_line(tmp_path: Path, cli: Callable[..., Said]) -> None:
    data = ["--data", str(tmp_path)]
    made = cli("keys", "add", "--label", "gateway", "--scopes", "read,write", "--tenant", "city_a", *data)
    assert made.returncode == 0 and made.stdout.startswith("nagara_")
    listed = cli("keys", "list", *data)
    assert "gateway" in listed.stdout and "city_a" in listed.stdout and "never" in listed.stdout
    assert made.stdout.splitlines()[0] not in listed.stdout
    id_ = listed.stdout.split()[0]
    assert cli("keys", "revoke", id_, *data).returncode == 0 and "revoked" in cli("keys", "list", *data).stdout
    assert cli("keys", "revoke", id_, *data).returncode == 1 and cli("keys", "revoke", *data).returncode == 1
    wrong = cli("keys", "add", "--label", "x", "--scopes", "all", *data)
    assert wrong.returncode == 1 and "read, write, subscribe, manage" in wrong.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_open_to_all_is_for_this_machine_alone(tmp_path: Path, cli: Callable[..., Said], host: str) -> None:
    answer = cli("--open", "--host", host, "--data", str(tmp_path))
    assert answer.returncode == 2 and "loopback" in answer.stderr


def _issuer(tmp_path: Path) -> tuple[Any, Path]:
    from joserfc.jwk import KeySet, RSAKey

    key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    return key, path


def _token(key: Any, header: dict[str, Any] | None = None, **claims: Any) -> str:
    from joserfc import jwt

    found = {
        "iss": "https://id.example.org",
        "aud": "broker",
        "sub": "u1",
        "exp": int(time.time()) + 60,
        "scope": "ngsi-ld:read",
        "tenant": "default",
    }
    found.update(claims)
    return str(jwt.encode({"alg": "RS256", "kid": "one", **(header or {})}, {k: v for k, v in found.items() if v is not None}, key))


def test_tokens_of_the_trusted_issuer_open_what_they_say(start: Callable[..., Running], tmp_path: Path) -> None:
    from joserfc.jwk import RSAKey

    key, jwks = _issuer(tmp_path)
    api = start("--jwks", str(jwks), "--issuer", "https://id.example.org", "--audience", "broker").api()

    def status(token: str, method: str = "GET", body: Any = None) -> int:
        return api(method, "types" if method == "GET" else "entities", body, Authorization=f"Bearer {token}").status

    good = _token(key)
    assert status(good) == 200 and status(good) == 200
    assert status(good, "POST", station(1)) == 403
    assert status(_token(key, scope="read write"), "POST", station(1)) == 201
    assert status(_token(key, scope=None, scp=["ngsi-ld:write", "ngsi-ld:read"]), "POST", station(2)) == 201
    assert status(_token(key, tenant="city_a")) == 403
    for claims in (
        {"exp": int(time.time()) - 100},
        {"exp": None},
        {"iss": "https://evil.example.org"},
        {"aud": "other"},
        {"nbf": int(time.time()) + 500},
    ):
        assert status(_token(key, **claims)) == 401, claims
    forged = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    assert status(_token(forged)) == 401
    head, body, _ = good.split(".")
    assert status(f"{head}.{body}.") == 401
    none = "eyJhbGciOiJub25lIn0"
    assert status(f"{none}.{body}.") == 401


def test_the_public_key_is_no_secret_to_sign_with(start: Callable[..., Running], tmp_path: Path) -> None:
    """A token signed by HMAC with the issuer's public key as its secret must open nothing."""
    import base64
    import hashlib
    import hmac

    key, jwks = _issuer(tmp_path)
    api = start("--jwks", str(jwks)).api()

    def part(value: Any) -> bytes:
        return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "kid": "one"}) + b"." + part({"sub": "x", "scope": "read", "exp": int(time.time()) + 60})
    for secret in (key.as_pem(private=False), jwks.read_bytes()):
        token = signed + b"." + part(hmac.new(secret, signed, hashlib.sha256).digest())
        assert api.get("types", Authorization=f"Bearer {token.decode()}").status == 401
