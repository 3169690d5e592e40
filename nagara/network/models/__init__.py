"""Networks of cities: who is a member since when, who stands for whom, and who asks to be admitted."""

from nagara.network.models.membership import CityMembership, Network, StateMembership
from nagara.network.models.nomination import (
    Answer,
    AnswerRevision,
    Consultation,
    Evidence,
    Nomination,
    NominationEdition,
    NominationStep,
    Reply,
)
from nagara.network.models.posts import NetworkPost, StateTerm

__all__ = [
    "Answer",
    "AnswerRevision",
    "CityMembership",
    "Consultation",
    "Evidence",
    "Network",
    "NetworkPost",
    "Nomination",
    "NominationEdition",
    "NominationStep",
    "Reply",
    "StateMembership",
    "StateTerm",
]
