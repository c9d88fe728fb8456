"""The phones page: how many are lost and why, the filters, the deeds, one phone."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.deed import deed
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.reset_phones import reset_phones
from lab.actions.set_cluster_mode import set_cluster_mode
from lab.models import PartyKind
from lab.store import events, parties, phone_listing, phones, places, trust_lists
from lab.store.phone_listing import PhoneFilter

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
CLUSTER, FIRST = "Example Cluster", "SEP00AA11000001"


def open_page(**address):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    app.query_params.update(address)
    app = app.switch_page("phone_list.py").run()
    assert not app.exception
    return app


def click(app, key):
    app = app.button(key=key).click().run()
    assert not app.exception
    return app


def table(app):
    return next(each.value for each in app.dataframe if "device" in each.value)


def texts(app):
    kinds = (app.markdown, app.error, app.warning, app.success, app.caption, app.info)
    return "\n".join(each.value for kind in kinds for each in kind)


def done(lab, kind):
    return [each for each in events.latest(lab.db, limit=50) if each.kind == kind]


@pytest.fixture
def broken(example, make_keys_fast):
    """The example after CallManager, TVS and ITLRecovery were renewed together."""
    lab = replace(example, make_key=make_keys_fast)
    with deed(lab):
        for purpose in ("CallManager", "TVS"):
            for node in parties.nodes(lab.db, CLUSTER, PartyKind.UCM):
                generate_self_signed(lab, node.name, purpose)
        generate_self_signed(lab, "cucm-pub", "ITLRecovery")
        reset_phones(lab, CLUSTER)
    return lab


class TestLooking:
    @pytest.mark.usefixtures("example")
    def test_it_begins_with_how_many_are_registered(self):
        app = open_page()

        shown = {each.label: each.value for each in app.metric}
        assert shown["Registered"] == "24 / 24"
        assert shown["Not registered"] == "0"
        assert shown["Security mode"] == "Mixed mode"
        assert "Every phone is registered." in texts(app)
        assert len(table(app)) == 24
        assert {state for (state,) in table(app)["ctl"]} == {"✓ Current"}

    @pytest.mark.usefixtures("broken")
    def test_lost_phones_are_told_in_groups_with_evidence_and_a_way_out(self):
        app = open_page()

        assert [each.value.count("TVS on") for each in app.error] == [3, 3]
        first = app.error[0].value
        assert "Its configuration is signed by" in first
        assert "which the CTL that the phone holds does not know" in first
        assert "utils itl reset localkey" in first
        assert "utils ctl reset localkey" in texts(app)  # the steps of mixed mode
        assert {state for (state,) in table(app)["itl"]} == {"✕ Not accepted"}
        assert table(app)["why"][0].startswith("Its configuration is signed by cucm-")

    @pytest.mark.usefixtures("example")
    def test_it_warns_of_phones_that_refused_a_list_and_are_still_there(
        self, example, make_keys_fast
    ):
        lab = replace(example, make_key=make_keys_fast)
        generate_self_signed(lab, "cucm-pub", "ITLRecovery")
        reset_phones(lab, CLUSTER)

        app = open_page()

        assert "24 phones are registered and have refused" in app.warning[0].value
        assert "Every phone is registered." in texts(app)

    @pytest.mark.parametrize(
        ("address", "number"),
        [
            ({"node": "cucm-sub2"}, 8),
            ({"state": "yes"}, 24),
            ({"state": "no"}, 0),
            ({"itl": "none"}, 0),
            ({"phones_q": "0AA110001"}, 8),
            ({"node": "cucm-sub2", "phones_q": "8845"}, 0),
            ({"node": "nowhere", "state": "maybe", "itl": "x"}, 24),
        ],
    )
    @pytest.mark.usefixtures("example")
    def test_the_address_holds_the_filters(self, address, number):
        app = open_page(**address)

        if number:
            assert len(table(app)) == number
        else:
            assert "No phone is like this. Loosen a filter." in texts(app)

    @pytest.mark.usefixtures("example")
    def test_a_choice_goes_into_the_address(self):
        app = open_page()

        app.selectbox(key="phones_node").select("cucm-sub2").run()

        assert app.query_params["node"] == "cucm-sub2"
        assert len(table(app)) == 8

    @pytest.mark.usefixtures("example")
    def test_an_unknown_cluster_is_named_and_left_out(self):
        app = open_page(cluster="`[x](http://y)`")

        assert "No phone registers in" in texts(app)
        assert len(table(app)) == 24

    def test_a_thousand_phones_are_one_page_of_several(self, example):
        with deed(example):
            example.db.conn.executemany(
                "INSERT INTO parties (cluster, kind, name, fqdn, role, node) "
                "SELECT cluster, 'phone', ?, '', '8845', id FROM parties "
                "WHERE name = 'cucm-sub1'",
                [(f"SEP{number:012X}",) for number in range(1000)],
            )

        app = open_page(phones_page="2")

        assert len(table(app)) == 24
        assert "1024 phones" in texts(app)
        assert "never been started with this cluster" in app.error[0].value

    @pytest.mark.usefixtures("example")
    def test_the_lists_that_are_served_are_decoded(self):
        app = open_page()

        records = next(each.value for each in app.dataframe if "role" in each.value)
        assert list(records["role"])[:2] == [
            "System Administrator Security Token",
            "CCM+TFTP",
        ]
        assert list(records["signed"]).count(True) == 1
        app.selectbox(key="phones_list").select("CTL").run()
        records = next(each.value for each in app.dataframe if "role" in each.value)
        assert "TVS" not in set(records["role"])

    @pytest.mark.usefixtures("broken")
    def test_it_speaks_japanese(self):
        assert not open_page(language="ja", phone=FIRST).exception


class TestOnePhone:
    @pytest.mark.usefixtures("broken")
    def test_it_shows_its_reason_and_both_lists(self):
        app = open_page(phone=FIRST)

        text = texts(app)
        assert "Not registered" in text
        assert "TVS on cucm\\-sub2 shows a certificate that is not in the ITL" in text
        held = [each.value for each in app.dataframe if "role" in each.value]
        assert len(held) == 3  # the one that is served, and the two that it holds

    def test_it_can_be_reset_and_unlocked(self, broken):
        app = click(open_page(phone=FIRST), "phones_one_reset")
        assert phone_listing.count(broken.db, PhoneFilter(registered=True)) == 0
        set_cluster_mode(broken, CLUSTER, mixed=False)

        click(app, "phones_one_unlock")

        row = phone_listing.one(broken.db, CLUSTER, FIRST)
        assert row.registered
        assert phone_listing.count(broken.db, PhoneFilter(registered=True)) == 1
        assert done(broken, "phone.unlocked")[0].actor == "dashboard"

    def test_capf_issues_and_deletes_its_lsc(self, example):
        app = open_page(phone=FIRST)
        before = phone_listing.one(example.db, CLUSTER, FIRST).lsc

        app.selectbox(key="phones_one_order").select("EC Only").run()
        app.number_input(key="phones_one_days").set_value(100).run()
        app = click(app, "phones_one_lsc")

        row = phone_listing.one(example.db, CLUSTER, FIRST)
        assert row.lsc != before
        assert (row.lsc_ends - example.clock.now()).days in (99, 100)
        app.radio(key="phones_one_what").set_value("Delete").run()
        click(app, "phones_one_lsc")
        party = parties.by_name(example.db, CLUSTER, FIRST)
        assert places.slot(example.db, party.id, "LSC") is None

    @pytest.mark.usefixtures("example")
    def test_a_refusal_is_shown(self):
        app = open_page(phone=FIRST)

        app.selectbox(key="phones_one_mode").select("By Authentication String").run()
        app = click(app, "phones_one_lsc")

        assert any("is no authentication string" in each.value for each in app.error)

    @pytest.mark.usefixtures("example")
    def test_an_unknown_one_is_said_to_be_none(self):
        assert "There is no phone called" in texts(open_page(phone="SEP`<b>"))


class TestDeeds:
    def test_a_reset_says_before_what_will_be(self, broken):
        app = click(open_page(), "phones_ask_reset")

        assert "24 phones will not be registered afterwards." in texts(app)
        before = len(done(broken, "phones.reset"))
        click(app, "phones_confirm")

        assert len(done(broken, "phones.reset")) == before + 1

    def test_a_reset_of_one_node_is_a_choice(self, example):
        app = click(open_page(node="cucm-sub2"), "phones_ask_reset")

        click(app, "phones_confirm")

        (event, *_) = done(example, "phones.reset")
        assert (event.about, event.detail) == ("cucm-sub2", "8 phones: 8 registered")

    def test_the_disaster_is_cured_from_the_page(self, broken):
        app = click(open_page(), "phones_ask_itl")
        assert "Reset the phones" in texts(app)

        click(app, "phones_confirm")
        assert done(broken, "itl.reset")
        app = click(open_page(), "phones_ask_reset")
        assert "24 phones register" in texts(app)
        click(app, "phones_confirm")

        assert phones.count(broken.db, CLUSTER) == (24, 24)

    @pytest.mark.parametrize(
        ("key", "kind"), [("ctl", "ctl.updated"), ("ctl_key", "ctl.reset")]
    )
    def test_the_ctl_is_written(self, example, key, kind):
        app = click(open_page(), f"phones_ask_{key}")

        click(app, "phones_confirm")

        assert done(example, kind)

    def test_the_mode_is_set_and_set_back(self, example):
        publisher = parties.by_name(example.db, CLUSTER, "cucm-pub")
        before = len(trust_lists.all_of(example.db, publisher.id, "CTL"))

        for mixed in (False, True):
            app = click(open_page(), "phones_ask_mode")
            click(app, "phones_confirm")
            assert parties.cluster(example.db, CLUSTER).mixed_mode is mixed

        after = len(trust_lists.all_of(example.db, publisher.id, "CTL"))
        assert after == before + 2

    def test_lscs_are_issued_for_all_of_a_node(self, example):
        app = click(open_page(node="cucm-sub2"), "phones_ask_lsc")
        app.selectbox(key="phones_many_order").select("EC Only").run()

        click(app, "phones_confirm")

        assert done(example, "lsc.issued")[0].detail.startswith("8 phones, 365 days")

    def test_what_is_cancelled_is_not_done(self, example):
        before = events.count(example.db)
        app = click(open_page(), "phones_ask_mode")

        app = click(app, "phones_cancel")

        assert events.count(example.db) == before
        assert "phones_asking" not in app.session_state
