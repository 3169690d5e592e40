"""The broker that listens for an installation is set up from the environment."""

from pathlib import Path

from nagara.broker.settings import Settings, Tokens
from nagara.config.front import settings_from

NEEDED = {"NAGARA_BROKER_DATA": "/srv/nagara/broker", "PORT": "8000"}


def test_without_further_words_it_asks_for_keys_and_calls_nobody_inside():
    assert settings_from(NEEDED) == Settings(data=Path("/srv/nagara/broker"), port=8000)


def test_tokens_rate_history_and_hosts_are_named_by_the_environment():
    found = settings_from(
        {
            **NEEDED,
            "NAGARA_BROKER_JWKS": "https://id.example.org/jwks",
            "NAGARA_BROKER_ISSUER": "https://id.example.org",
            "NAGARA_BROKER_AUDIENCE": "data",
            "NAGARA_BROKER_RATE": "50",
            "NAGARA_BROKER_HISTORY": "/mnt/history",
            "NAGARA_ALLOW_HOSTS": "Sensors.local, 10.0.0.5",
        }
    )
    assert found.tokens == Tokens("https://id.example.org/jwks", "https://id.example.org", "data")
    assert (found.limits.rate, found.limits.burst, found.history) == (50.0, 100.0, Path("/mnt/history"))
    assert found.allow_hosts == {"sensors.local", "10.0.0.5"} and not found.open
