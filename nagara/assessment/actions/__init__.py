"""What happens in an assessment: one verb, one action. Each asks the rule, asks the lifecycle, saves named fields and records itself."""

from nagara.assessment.actions.applications import Clash, Written, Wrote, put_aside, start, submit, withdraw, write
from nagara.assessment.actions.areas import enter_proposed_area, propose_area, refuse_proposed_area
from nagara.assessment.actions.assessors import (
    accept_appointment,
    appoint,
    assign,
    assign_balanced,
    declare,
    decline_appointment,
    end_appointment,
    recuse_found,
    withdraw_assignment,
)
from nagara.assessment.actions.evidence import (
    add_evidence,
    link_evidence,
    remove_evidence,
    rename_evidence,
    replace_evidence,
    unlink_evidence,
)
from nagara.assessment.actions.outcome import approve_in_principle, award, decline, recommend, reconsider
from nagara.assessment.actions.results import close_panel, release_feedback, reopen_application, write_feedback
from nagara.assessment.actions.rounds import begin_assessment, cancel_round, change_round, finish_round, make_round, open_round
from nagara.assessment.actions.scoring import ask, dismiss_query, hand_in, reopen_criterion, save_score
from nagara.assessment.actions.screening import accept, extend_request, reject, return_for_information
from nagara.assessment.actions.team import hand_over, invite_co_applicant, join, leave

__all__ = [
    "Clash",
    "Written",
    "Wrote",
    "accept",
    "accept_appointment",
    "add_evidence",
    "appoint",
    "approve_in_principle",
    "ask",
    "assign",
    "assign_balanced",
    "award",
    "begin_assessment",
    "cancel_round",
    "change_round",
    "close_panel",
    "declare",
    "decline",
    "decline_appointment",
    "dismiss_query",
    "end_appointment",
    "enter_proposed_area",
    "extend_request",
    "finish_round",
    "hand_in",
    "hand_over",
    "invite_co_applicant",
    "join",
    "leave",
    "link_evidence",
    "make_round",
    "open_round",
    "propose_area",
    "put_aside",
    "recommend",
    "reconsider",
    "recuse_found",
    "refuse_proposed_area",
    "reject",
    "release_feedback",
    "remove_evidence",
    "rename_evidence",
    "reopen_application",
    "reopen_criterion",
    "replace_evidence",
    "return_for_information",
    "save_score",
    "start",
    "submit",
    "unlink_evidence",
    "withdraw",
    "withdraw_assignment",
    "write",
    "write_feedback",
]
