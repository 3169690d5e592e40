"""The business of this programme that a body can resolve upon, registered with governance."""

from nagara.governance.matters import register
from nagara.recognition.matters.appeal import AppealMatter
from nagara.recognition.matters.award import AwardMatter
from nagara.recognition.matters.proposal import ProposalMatter
from nagara.recognition.states import Business


def register_all() -> None:
    for business in Business:
        register(ProposalMatter(business))
    register(AwardMatter())
    register(AppealMatter())
