"""The agenda: its numbers, its papers and what is pulled onto it."""

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from nagara.audit.models import Entry
from nagara.documents.files import keep_bytes
from nagara.governance import actions
from nagara.governance.agenda import next_number, numbers
from nagara.governance.models import Heading, all_headings
from nagara.governance.queries.meetings import waiting_for
from nagara.governance.states import ItemState
from nagara.governance.tests.stage import CALLED, clock, make_stage, plan, put, sit, trees
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import texts

C, I, O = Heading.FOR_CONSIDERATION, Heading.FOR_INFORMATION, Heading.OTHER  # noqa: E741


def test_an_agenda_is_numbered_by_heading():
    items = [("a", Heading.CHAIR_INFORMS), ("b", Heading.ADOPT_MINUTES), ("c", I), ("d", I), ("e", C), ("f", O)]
    assert numbers(all_headings(), items) == {"a": "1", "b": "2", "c": "4.1", "d": "4.2", "e": "5.1", "f": "6"}


def test_a_heading_with_several_items_gives_each_a_number_of_its_own():
    items = [("a", Heading.CHAIR_INFORMS), ("b", Heading.CHAIR_INFORMS)]
    assert numbers(all_headings(), items) == {"a": "1.1", "b": "1.2"}


def test_a_body_without_matters_arising_counts_without_it():
    headings = [heading for heading in all_headings() if heading != Heading.MATTERS_ARISING]
    assert numbers(headings, [("a", I), ("b", C)]) == {"a": "3.1", "b": "4.1"}


@given(st.lists(st.sampled_from(all_headings()), max_size=30))
def test_every_item_has_one_number_and_no_two_share_it(kinds):
    found = numbers(all_headings(), list(enumerate(kinds)))
    assert sorted(found) == list(range(len(kinds)))
    assert len(set(found.values())) == len(kinds)


@given(st.lists(st.sampled_from(all_headings()), max_size=20), st.lists(st.sampled_from(all_headings()), max_size=10))
def test_items_added_afterwards_never_take_a_number_that_went_out(kinds, later):
    taken = list(numbers(all_headings(), list(enumerate(kinds))).values())
    for heading in later:
        number = next_number(all_headings(), heading, taken)
        assert number not in taken
        taken.append(number)


@pytest.mark.django_db
class TestArranging:
    def test_items_are_renumbered_while_the_meeting_is_planned(self):
        stage = make_stage()
        meeting = plan(stage)
        first, second, third = put(stage, meeting, "ก"), put(stage, meeting, "ข"), put(stage, meeting, "ค")
        actions.place_item(third, place=1, by=stage.secretary, at=CALLED)
        assert self.numbers(meeting) == {first.pk: "5.2", second.pk: "5.3", third.pk: "5.1"}
        actions.take_off(first, why="not ready", by=stage.secretary, at=CALLED)
        assert self.numbers(meeting) == {first.pk: "", second.pk: "5.2", third.pk: "5.1"}
        actions.put_back(first, by=stage.secretary, at=CALLED)
        assert sorted(self.numbers(meeting).values()) == ["5.1", "5.2", "5.3"]

    def numbers(self, meeting):
        return dict(meeting.items.values_list("pk", "number"))

    def test_numbers_stand_once_the_meeting_is_called(self):
        stage = make_stage()
        meeting = plan(stage)
        first, second = put(stage, meeting, "ก"), put(stage, meeting, "ข")
        actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
        actions.take_off(first, why="not ready", by=stage.secretary, at=CALLED)
        late = put(stage, meeting, "ค")
        assert self.numbers(meeting) == {first.pk: "5.1", second.pk: "5.2", late.pk: "5.3"}
        with pytest.raises(Refusal) as refused:
            actions.place_item(late, place=1, by=stage.secretary, at=CALLED)
        assert refused.value.code == "meeting-state"

    def test_a_heading_that_the_body_does_not_have_is_refused(self):
        stage = make_stage(headings=[heading for heading in all_headings() if heading != Heading.MATTERS_ARISING])
        with pytest.raises(Refusal) as refused:
            put(stage, plan(stage), kind=Heading.MATTERS_ARISING)
        assert refused.value.code == "no-such-heading"

    def test_rows_of_a_programme_are_pulled_once_and_wait_no_longer(self):
        stage = make_stage()
        meeting = plan(stage)
        with trees():
            assert [ref for ref, _title in waiting_for(meeting, "test.trees").rows] == ["oak", "teak"]
            item = put(stage, meeting, matters=[("test.trees", "oak")])
            actions.add_matters(item, [("test.trees", "oak"), ("test.trees", "teak")], by=stage.secretary, at=CALLED)
            assert list(item.matters.values_list("ref", flat=True)) == ["oak", "teak"]
            assert waiting_for(meeting, "test.trees").rows == []
            actions.remove_matter(item.matters.get(ref="oak"), by=stage.secretary, at=CALLED)
            assert [ref for ref, _title in waiting_for(meeting, "test.trees").rows] == ["oak"]

    def test_two_who_edit_one_item_never_overwrite_each_other(self):
        stage = make_stage()
        item = put(stage, plan(stage))
        actions.edit_item(item, title=texts("ใหม่"), paper=texts("เอกสาร"), revision=1, by=stage.secretary, at=CALLED)
        with pytest.raises(Refusal) as refused:
            actions.edit_item(item, title=texts("อีกแบบ"), paper={}, revision=1, by=stage.office, at=CALLED)
        assert refused.value.code == "edited-meanwhile"
        item.refresh_from_db()
        assert (item.title, item.revision) == (texts("ใหม่"), 2)

    def test_a_file_is_added_once_and_taken_off_without_being_lost(self):
        stage = make_stage()
        item = put(stage, plan(stage))
        file = keep_bytes(b"%PDF-1.4\n", name="paper.pdf", media_type="text/plain", by=stage.secretary, at=CALLED)
        for _press in range(2):
            paper = actions.add_paper(item, file, title=texts("เอกสาร"), by=stage.secretary, at=CALLED)
        assert item.papers.count() == 1
        actions.remove_paper(paper, by=stage.secretary, at=CALLED)
        assert item.papers.get().removed_at == CALLED

    def test_only_one_item_is_before_the_meeting(self):
        stage = make_stage()
        meeting = plan(stage)
        first, second = put(stage, meeting, "ก"), put(stage, meeting, "ข")
        sit(stage, meeting, 1)
        actions.open_item(first, by=stage.secretary, at=clock(10))
        actions.open_item(second, by=stage.secretary, at=clock(10, 10))
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, first.closed_at, second.state) == (ItemState.CLOSED, clock(10, 10), ItemState.OPEN)

    def test_the_office_prepares_an_agenda_and_a_member_does_not(self):
        stage = make_stage()
        meeting = plan(stage)
        assert actions.put_on_agenda(meeting, C, texts("จากสำนักงาน"), by=stage.office, at=CALLED).number == "5.1"
        for user in (stage.chair, make_stage("other").secretary):
            with pytest.raises(PermissionDenied):
                actions.put_on_agenda(meeting, C, texts("ไม่"), by=user, at=CALLED)
        assert Entry.objects.filter(did="governance.put_on_agenda").count() == 1
