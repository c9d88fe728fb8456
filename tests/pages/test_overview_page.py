"""The overview: one sentence, numbers, what to do next, and the look ahead."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.close_tasks import close_tasks
from lab.actions.deed import deed
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.import_certificates import import_certificates
from lab.actions.regenerate_oauth_key import regenerate_oauth_key
from lab.actions.renew_certificate import renew_certificate
from lab.actions.restart_service import restart_service
from lab.actions.set_parameter import set_parameter
from lab.effects import Follows
from lab.lab import open_lab
from lab.models import KeySpec, State, SubjectFields
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from lab.store import (
    events,
    listing,
    parties,
    places,
    requests,
    services,
    settings,
    tasks,
)
from pages.overview_data import KINDS, look, sentence

CLUSTER = "Example Cluster"
FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


@pytest.fixture
def page(example_path):
    """The overview of the example lab, drawn once."""
    return AppTest.from_file(FRAME, default_timeout=60).run()


def number(app, label):
    return next(each.value for each in app.metric if each.label == label)


def titles(app):
    return [each.value for each in app.markdown if each.value.endswith("**")]


def press(app, part):
    """Press the button of the step whose name holds `part`."""
    (button,) = [
        each
        for each in app.button
        if str(each.key).startswith("overview_do_") and part in each.key
    ]
    return button.click().run()


def confirm(app):
    return app.button(key="overview_confirm").click().run()


def imported(path, *ends):
    lab = open_lab(path)
    files = [
        (
            f"{number}.cer",
            build_root(
                subject=SubjectFields(common_name=f"<b>host{number}</b>"),
                key=make_key(KeySpec(type="EC", size=256)),
                not_before=datetime(2020, 1, 1, tzinfo=UTC),
                not_after=lab.clock.now() + timedelta(days=days),
            ),
        )
        for number, days in enumerate(ends)
    ]
    import_certificates(lab, files)
    lab.close()


def test_an_empty_lab_offers_the_example_and_the_import(empty_path):
    app = AppTest.from_file(FRAME, default_timeout=60).run()

    assert not app.exception
    assert app.button(key="first_use_build").label == "Build the example lab"
    assert not app.metric


def test_the_sentence_says_what_is_broken_and_what_comes_first(page):
    (text,) = [each.value for each in page.error]

    assert not page.exception
    assert "**1 certificate is broken now:** syslog was revoked 3 days ago" in text
    assert "the first is tomcat on cucm\\-sub1 in 6 days" in text
    assert "web administration of this node and SIP OAuth for 16 phones" in text


def test_the_numbers_are_those_of_the_list(page, example):
    view = listing.View(at=example.clock.now())
    ending = [State.ENDS_IN_7, State.ENDS_IN_30, State.ENDS_IN_90]

    for count, label in enumerate(
        ("Within 7 days", "Within 30 days", "Within 90 days"), start=1
    ):
        states = ending[:count]
        rows = listing.count(example.db, view, states=states, once=True)
        assert number(page, label) == f"{rows:,}"
    assert number(page, "Broken now") == "1"


def test_a_number_leads_to_its_rows(page):
    links = {each.proto.label: each.proto for each in page.get("page_link")}

    (broken,) = [link for label, link in links.items() if label.endswith("Broken now")]

    assert broken.page == "certificates"
    assert "state=revoked%2Con_hold%2Cexpired" in broken.query_string


def test_the_steps_come_in_order_of_urgency(page):
    found = [title for title in titles(page) if "] **" in title]

    assert [title.partition("] **")[2] for title in found[:6]] == [
        "Replace the certificate of syslog**",
        "Put Example Root CA back on imp\\-sub**",
        "Renew tomcat on cucm\\-sub1**",
        "After tomcat on cucm\\-pub was changed: 9 of 9 things left to do**",
        "Issue new LSCs to 16 phones on cucm\\-sub1**",
        "Finish the renewal of CallManager on cucm\\-sub2**",
    ]


def test_a_step_shows_what_follows_before_it_is_done(page, example):
    head = events.head(example.db)

    press(page, "renew|Example Cluster|cucm-sub1|tomcat")

    text = "\n".join(each.value for each in page.markdown)
    assert "Restart Cisco Tomcat on cucm\\-sub1" in text
    assert "this cannot be undone" in text
    assert "Make a new backup" in text
    assert page.checkbox(key="overview_restart").value
    assert events.head(example.db) == head


def test_renewing_really_renews_and_restarts(page, example):
    party = parties.by_name(example.db, "", "cucm-sub1")
    before = places.slot(example.db, party.id, "tomcat")
    tomcat = services.get(example.db, party.id, "Cisco Tomcat")

    confirm(press(page, "renew|Example Cluster|cucm-sub1|tomcat"))

    after = places.slot(example.db, party.id, "tomcat")
    assert not page.exception
    assert after.certificate != before.certificate
    assert services.loaded(example.db, tomcat.id)["tomcat"] == after.certificate
    assert number(page, "Within 7 days") == "0"
    assert number(page, "Broken now") == "1"
    assert not any("Renew tomcat on cucm" in title for title in titles(page))


def test_a_renewal_leaves_no_step_for_the_copies_that_are_on_their_way(page):
    confirm(press(page, "renew|Example Cluster|cucm-sub1|tomcat"))

    assert not [title for title in titles(page) if "Put cucm" in title]
    assert not [title for title in titles(page) if "from tomcat" in title]


def test_restarting_makes_services_present_what_is_stored(page, example):
    assert services.stale(example.db)

    confirm(press(page, "follow|Example Cluster|cucm-pub|tomcat"))

    assert services.stale(example.db) == []
    # The backup waits for Cisco DRF Master, which was restarted too.
    assert {task.kind for task in tasks.all_open(example.db)} == {"sign_on", "backup"}
    assert any("A backup is made at" in each.value for each in page.info)


def test_services_that_nobody_was_asked_to_restart_have_a_step_of_their_own(example):
    tick_off_everything(example)
    app = AppTest.from_file(FRAME, default_timeout=60).run()

    confirm(press(app, "restart|Example Cluster|cucm-pub|tomcat"))

    assert services.stale(example.db) == []
    assert not any("old tomcat" in title for title in titles(app))


def test_putting_back_ends_the_drift(page, example):
    stores = ["tomcat-trust"]
    assert places.drift(example.db, stores)

    confirm(press(page, "put_back"))

    assert places.drift(example.db, stores) == []


def test_replacing_a_revoked_peer_mends_what_is_broken(page):
    confirm(press(page, "replace|Example Cluster|syslog"))

    assert number(page, "Broken now") == "0"
    assert "broken" not in "".join(each.value for each in page.error)


def test_finishing_takes_the_request_away(page, example):
    assert requests.pending(example.db)

    confirm(press(page, "finish"))

    assert requests.pending(example.db) == []


def test_issuing_renews_the_phones_of_the_node(page, example):
    view = listing.View(at=example.clock.now())
    before = listing.count(example.db, view, states=[State.ENDS_IN_30], once=True)

    confirm(press(page, "issue|Example Cluster|cucm-sub1"))

    after = listing.count(example.db, view, states=[State.ENDS_IN_30], once=True)
    assert before - after == 10


def test_cancelling_changes_nothing(page, example):
    head = events.head(example.db)
    press(page, "follow|Example Cluster|cucm-pub|tomcat")

    page.button(key="overview_cancel").click().run()

    assert events.head(example.db) == head
    assert "overview_confirm" not in [each.key for each in page.button]


def test_what_nobody_can_do_here_has_a_reason_and_no_button(page):
    keys = [str(each.key) for each in page.button]
    reasons = "\n".join(each.value for each in page.caption)

    assert any("Prepare a successor of Partner CA" in title for title in titles(page))
    assert not any("succeed" in key for key in keys)
    assert "1 certificate ends with it: sip\\-trunk" in reasons


def test_looking_ahead_changes_the_numbers_and_nothing_in_the_file(page, example):
    head, before = events.head(example.db), number(page, "Broken now")
    day = page.slider(key="overview_as_of").value + timedelta(days=400)

    page.slider(key="overview_as_of").set_value(day).run()

    assert not page.exception
    assert int(number(page, "Broken now")) > int(before)
    assert any("if nobody acts" in each.value for each in page.error)
    assert any("As of" in each.value for each in page.markdown)
    assert all(each.disabled for each in page.button if "overview_do_" in str(each.key))
    assert events.head(example.db) == head


def test_the_scope_counts_only_its_own_rows(example_path):
    imported(example_path, 3, -5)
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    assert number(app, "Within 7 days") == "2"

    app.selectbox(key="overview_scope").select("imported").run()

    assert not app.exception
    assert number(app, "Within 7 days") == "1"
    assert number(app, "Broken now") == "1"
    assert app.query_params["scope"] == "imported"


def test_an_address_with_nonsense_in_it_shows_everything(example_path):
    app = AppTest.from_file(FRAME, default_timeout=60)
    app.query_params["scope"] = "no such cluster"
    app.query_params["kinds"] = "nonsense"
    app.query_params["overview_as_of"] = "1066-10-14"

    app.run()

    assert not app.exception
    assert number(app, "Broken now") == "1"


def test_imports_alone_are_told_of_too(empty_path):
    imported(empty_path, -3, 20, 400)

    app = AppTest.from_file(FRAME, default_timeout=60).run()

    (text,) = [each.value for each in app.error]
    assert not app.exception
    assert "expired 3 days ago" in text
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert number(app, "Within 30 days") == "1"
    assert any("imported certificate" in title for title in titles(app))


def test_all_clear_is_said_with_the_time_of_the_check(empty_path):
    imported(empty_path, 900)

    app = AppTest.from_file(FRAME, default_timeout=60).run()

    texts = [each.value for each in app.success]
    assert any(text.startswith("All clear, checked ") for text in texts)
    assert "Nothing needs you." in texts


def test_thresholds_are_set_beside_the_legend(page, example):
    page.number_input(key="overview_far").set_value(120)
    page.number_input(key="overview_near").set_value(40)

    page.button(key="overview_save_thresholds").click().run()

    assert not page.exception
    assert settings.thresholds(example.db) == (120, 40, 7)
    assert number(page, "Within 40 days")


def test_thresholds_in_the_wrong_order_are_refused(page, example):
    page.number_input(key="overview_soon").set_value(80)

    page.button(key="overview_save_thresholds").click().run()

    assert settings.thresholds(example.db) == (90, 30, 7)
    assert any("falling thresholds" in each.value for each in page.error)


def test_the_legend_explains_every_state(page):
    text = "\n".join(each.value for each in page.markdown)

    assert "Its issuer has revoked it for good." in text
    assert "Source: RFC 5280" in text
    assert text.count("-badge[:material/") >= len(State)


def test_the_month_leads_to_its_rows(page):
    month = page.selectbox(key="overview_month").options[1]

    page.selectbox(key="overview_month").select_index(1).run()

    links = [each.proto.query_string for each in page.get("page_link")]
    assert month
    assert any("c1=effective_end&o1=begins_with&t1=" in link for link in links)


def test_the_language_can_be_changed_while_a_month_is_chosen(page):
    page.selectbox(key="overview_month").select_index(2).run()

    page.selectbox(key="frame_language").select("ja").run()
    page.run()

    assert not page.exception
    assert "月" in page.selectbox(key="overview_month").options[0]


def test_a_deed_on_another_connection_is_seen_at_once(page, example):
    assert number(page, "Within 7 days") == "1"

    renew_certificate(example, "cucm-sub1", "tomcat", restart=True)
    page.run()

    assert number(page, "Within 7 days") == "0"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_shown_alone(example, kind):
    now = example.clock.now()

    found = look(example, listing.View(at=now), now, [kind], 200)

    shown = {(row.usage, row.party_kind) for row in found.rows}
    assert bool(shown) == (kind != "imported")
    if kind == "phones":
        assert shown == {("identity", "phone")}
    if kind == "identities":
        assert {usage for usage, _kind in shown} == {"identity"}


def test_a_certificate_is_one_row_of_the_timeline(example):
    now = example.clock.now()

    found = look(example, listing.View(at=now), now, KINDS, 200)

    names = [row.certificate for row in found.rows]
    assert len(set(names)) == len(names) > 60
    ends = [row.effective_end for row in found.rows]
    assert ends == sorted(ends)


def test_the_sentence_counts_what_the_states_say(example):
    now = example.clock.now()
    view = listing.View(at=now + timedelta(days=3650))

    found = look(example, view, now, KINDS, 20)

    kind, text = sentence(found)
    assert kind == "error"
    assert f"{found.number(State.EXPIRED, State.REVOKED, State.BROKEN_CHAIN)} " in text


def test_how_many_and_which_kinds_are_in_the_address(page):
    page.button_group(key="overview_most").set_value(60).run()
    page.button_group(key="overview_kinds").set_value(["phones"]).run()

    assert not page.exception
    assert page.query_params["most"] == "60"
    assert page.query_params["kinds"] == "phones"


def lines(app):
    """The lines of cards for what changes still ask for: label to button."""
    return {
        each.label: each
        for each in app.button
        if str(each.key).startswith("overview_item_")
    }


def tick_off_everything(lab):
    """Leave nothing to do but what the test changes."""
    with deed(lab) as now:
        for kind in Follows:
            close_tasks(lab, CLUSTER, kind, now=now)


@pytest.fixture
def after_a_change(example):
    """The overview after a new ipsec on one node and an enterprise parameter."""
    tick_off_everything(example)
    generate_self_signed(example, "cucm-sub2", "ipsec")
    set_parameter(example, CLUSTER, "HTTPS Ciphers", "All Supported EC and RSA Ciphers")
    return AppTest.from_file(FRAME, default_timeout=60).run()


def test_a_change_is_one_card_with_what_is_left_of_it(after_a_change):
    found = titles(after_a_change)

    assert any(
        "After ipsec on cucm\\-sub2 was changed: 2 of 2 things left" in title
        for title in found
    )
    assert any(
        "After HTTPS Ciphers was changed: 5 of 5 things left" in title
        for title in found
    )
    assert {"Restart Cisco IPsec on cucm\\-sub2", "Make a new backup"} <= set(
        lines(after_a_change)
    )
    assert "Restart Cisco Tomcat on 5 nodes" in lines(after_a_change)


def test_a_line_is_done_after_a_look_at_all_its_nodes(after_a_change, example):
    app = lines(after_a_change)["Restart Cisco Tomcat on 5 nodes"].click().run()
    text = "\n".join(each.value for each in app.markdown)
    still = len(tasks.all_open(example.db))

    confirm(app)

    assert "Restart Cisco Tomcat on cucm\\-pub, cucm\\-sub1, cucm\\-sub2" in text
    assert not app.exception
    assert len(tasks.all_open(example.db)) == still - 5
    assert not any("HTTPS Ciphers" in title for title in titles(app))


def test_what_is_done_elsewhere_ticks_itself_off(after_a_change, example):
    restart_service(example, "cucm-pub", "Cisco Tomcat")

    app = after_a_change.run()

    assert any("HTTPS Ciphers was changed: 4 of 5" in each for each in titles(app))
    assert "Restart Cisco Tomcat on 4 nodes" in lines(app)


def test_all_of_a_change_is_done_at_once(after_a_change, example):
    confirm(press(after_a_change, "follow|Example Cluster|cucm-sub2|ipsec"))

    assert not after_a_change.exception
    assert "ipsec" not in {task.cause for task in tasks.all_open(example.db)}


def test_many_changes_are_one_card_and_finished_together(after_a_change, example):
    generate_self_signed(example, "cucm-pub", "TVS")
    set_parameter(example, CLUSTER, "TLS Ciphers", "RSA Ciphers Only")

    app = after_a_change.run()
    before = titles(app)
    confirm(press(app, "follow_all|Example Cluster"))

    assert any("Finish 4 changes of Example Cluster" in title for title in before)
    assert not any(" was changed: " in title for title in before)
    assert not app.exception
    assert {task.kind for task in tasks.all_open(example.db)} <= {"phones"}


def test_what_is_done_outside_is_confirmed(after_a_change, example):
    regenerate_oauth_key(example, CLUSTER, "encryption")
    app = after_a_change.run()

    app = lines(app)["Do the same on Cisco Expressway"].click().run()
    label = app.button(key="overview_confirm").label
    confirm(app)

    assert label == "It is done"
    whats = {task.what for task in tasks.all_open(example.db)}
    assert "Cisco Expressway" not in whats
    assert "Cisco Unity Connection" in whats


def test_who_comes_second_is_told_that_it_is_done(after_a_change, example):
    app = lines(after_a_change)["Restart Cisco IPsec on cucm\\-sub2"].click().run()
    restart_service(example, "cucm-sub2", "Cisco IPsec")
    head = events.head(example.db)

    confirm(app)

    assert any("is done already" in each.value for each in app.error)
    assert events.head(example.db) == head


def test_a_card_of_a_change_takes_up_the_restart_of_what_is_old(example):
    tick_off_everything(example)
    generate_self_signed(example, "cucm-sub2", "tomcat")

    app = AppTest.from_file(FRAME, default_timeout=60).run()

    found = titles(app)
    assert any("After tomcat on cucm\\-sub2 was changed" in title for title in found)
    assert not any("presents the old tomcat on cucm\\-sub2" in title for title in found)


def test_lines_cannot_be_pressed_while_looking_ahead(after_a_change):
    day = after_a_change.slider(key="overview_as_of").value + timedelta(days=40)

    app = after_a_change.slider(key="overview_as_of").set_value(day).run()

    assert not app.exception
    assert all(each.disabled for each in lines(app).values())
