"""States are a table; there is no force."""

import pytest

from nagara.toolkit.lifecycle import Lifecycle, Step
from nagara.toolkit.refusal import Refusal

LIFE = Lifecycle(Step("submit", ("draft", "returned"), "submitted"), Step("send_back", ("submitted",), "returned"))


def test_a_step_leads_from_each_of_its_sources():
    assert LIFE.after("submit", "draft") == "submitted"
    assert LIFE.after("submit", "returned") == "submitted"


def test_a_step_that_the_table_does_not_have_is_refused_with_the_present_state():
    with pytest.raises(Refusal) as refusal:
        LIFE.after("submit", "submitted", labels=[("submitted", "ยื่นแล้ว")])
    assert "ยื่นแล้ว" in refusal.value.message
    assert refusal.value.code == "wrong-state"


def test_a_table_in_which_one_verb_leads_two_ways_is_an_error():
    with pytest.raises(ValueError, match="one verb"):
        Lifecycle(Step("go", ("a",), "b"), Step("go", ("a",), "c"))


def test_it_says_what_is_possible():
    assert LIFE.verbs("submitted") == ["send_back"]
    assert LIFE.states() == {"draft", "returned", "submitted"}
    assert not LIFE.can("send_back", "draft")
