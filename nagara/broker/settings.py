"""What an operator may choose, and the limits that keep one client from taking the broker away from the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one request. Past each of them the answer is a 4xx that names the bound."""

    body: int = 32 * 1024 * 1024
    depth: int = 64  # nesting of a JSON document
    url: int = 16 * 1024  # characters of the query string
    page: int = 1000  # entities in one answer
    page_default: int = 20
    batch: int = 100_000  # entities in one batch operation
    expression: int = 8 * 1024  # characters of q, scopeQ, type
    terms: int = 256  # terms of one q
    pattern: int = 512  # characters of one regular expression
    vertices: int = 20_000  # points of one geometry
    ordered: int = 100_000  # entities that one request may have sorted
    join_level: int = 8
    linked: int = 5_000  # entities joined into one answer
    context_bytes: int = 2 * 1024 * 1024
    context_depth: int = 8  # @contexts that refer to @contexts
    instances: int = 10_000  # of attributes in one answer with their history, after which it is partial (6.3.10)
    query_seconds: float = 20.0
    subscriptions: int = 100_000  # of one tenant
    notify_queue: int = 10_000  # notifications that wait for one subscriber; the oldest give way
    notify_hours: float = 24.0  # how long a notification is tried
    notify_entities: int = 1_000  # entities in one periodic notification
    rate: float = 0.0  # requests a second for one key or address; 0 = no bound
    burst: float = 0.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where bearer tokens come from (OAuth2 / OpenID Connect)."""

    jwks: str = ""  # address or file of the issuer's public keys
    issuer: str = ""
    audience: str = ""
    tenant_claim: str = "tenant"


@dataclass(frozen=True, slots=True)
class Settings:
    """One running broker."""

    data: Path
    history: Path | None = None  # where the files of the older history are; None: under `data`
    host: str = "127.0.0.1"
    port: int = 9090
    open: bool = False  # no key asked; only on loopback
    allow_hosts: frozenset[str] = frozenset()  # private hosts that outgoing calls may reach
    base_url: str = ""  # how clients reach this broker; empty: as each request says
    alias: str = ""  # contextSourceAlias, the name in a Via header; empty: one made for the data folder
    default_context: str = ""  # user @context assumed where a request names none (5.5.5)
    tokens: Tokens = field(default_factory=Tokens)
    limits: Limits = field(default_factory=Limits)
