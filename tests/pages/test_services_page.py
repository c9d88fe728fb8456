"""The services page: what runs, what it presents, and the deeds on it."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.activate_service import deactivate_service
from lab.actions.add_parties import add_cluster, add_node
from lab.actions.import_certificates import import_certificates
from lab.actions.node_connection import take_offline
from lab.actions.restart_service import restart_service
from lab.actions.set_parameter import set_parameter
from lab.actions.stop_service import stop_service
from lab.actions.turn_clock import turn_clock
from lab.lab import open_lab
from lab.models import KeySpec, ServiceState, SubjectFields, state_of
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from lab.store import events, parties, services
from tests.conftest import NOON

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
TFTP, TOMCAT, HAPROXY = "Cisco Tftp", "Cisco Tomcat", "Cisco HAProxy"
OLD = "7 services do not present what is stored."


def open_page(**address):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    app.query_params.update(address)
    app = app.switch_page("control_center.py").run()
    assert not app.exception
    return app


def rows(app):
    """The rows of both tables, by the name of the service."""
    found = {}
    for table in app.dataframe:
        if "service" in table.value:
            for row in table.value.to_dict("records"):
                found[row["service"]] = row
    return found


def state(lab, node, service):
    party = parties.by_name(lab.db, "", node)
    return state_of(services.get(lab.db, party.id, service), lab.clock.now())


def presented(lab, node, service):
    party = parties.by_name(lab.db, "", node)
    return services.loaded(lab.db, services.get(lab.db, party.id, service).id)


def press(app, name):
    app.button(key=f"services_{name}").click().run()
    assert not app.exception
    return app


def test_the_publisher_comes_first_and_what_is_behind_before_the_rest(example):
    app = open_page()

    feature, network = (table.value for table in app.dataframe)
    assert app.selectbox(key="services_id").label == "Node"
    assert list(feature["service"])[:2] == ["Cisco CallManager", TFTP]
    assert list(feature["presents"])[:2] == [
        ["△ Old until restarted"],
        ["△ Old until activated anew"],
    ]
    assert network["service"][0] == TOMCAT
    states = [*feature["state"], *network["state"]]
    assert {state for (state,) in states} == {"✓ Started"}
    assert OLD in [warning.value for warning in app.warning]


def test_every_service_of_the_node_is_in_one_of_the_two_tables(example):
    app = open_page(node="imp-sub", cluster="Example Cluster")

    party = parties.by_name(example.db, "", "imp-sub")
    known = {each.name: each.kind for each in services.of_party(example.db, party.id)}
    assert rows(app).keys() == known.keys()
    assert "All that runs presents what is stored." in [
        message.value for message in app.success
    ]
    assert set(app.dataframe[0].value["service"]) == {
        name for name, kind in known.items() if kind == "feature"
    }


def test_the_filter_leaves_what_presents_something_old(example):
    app = open_page(old="1")

    assert len(rows(app)) == 7
    assert {row["presents"][0] for row in rows(app).values()} == {
        "△ Old until restarted",
        "△ Old until activated anew",
    }


def test_another_node_is_kept_in_the_address(example):
    app = open_page(service=TOMCAT)
    party = parties.by_name(example.db, "", "cucm-sub1")

    app.selectbox(key="services_id").select(party.id).run()

    assert not app.exception
    assert app.query_params["node"] == "cucm-sub1"
    assert "service" not in app.query_params
    assert "Cisco DirSync" not in rows(app)


@pytest.mark.parametrize(
    "address",
    [
        {"node": "nobody"},
        {"node": "directory"},
        {"node": "[x](http://b)", "cluster": "`"},
        {"node": "cucm-pub", "cluster": "Elsewhere"},
        {"service": "Cisco Nothing"},
        {"service": "[x](http://b)" * 100},
        {"old": "x"},
    ],
    ids=lambda address: str(address)[:60],
)
def test_a_hostile_address_breaks_nothing(example, address):
    app = open_page(**address)

    assert len(rows(app)) == 20


def test_the_drawer_shows_what_is_loaded_and_what_is_stored(example):
    app = open_page(node="cucm-pub", service=TFTP)

    (drawn,) = [one.value for one in app.dataframe if "loaded" in one.value]
    by_purpose = {row["purpose"]: row for row in drawn.to_dict("records")}
    assert by_purpose["CallManager"]["presents"] == "As stored"
    assert by_purpose["CallManager"]["stored"] == "The same"
    tomcat = by_purpose["tomcat"]
    assert tomcat["presents"] == "Old until activated anew"
    assert tomcat["loaded"] != tomcat["stored"]
    assert "cucm-pub.uc.example, ends on" in tomcat["loaded"]
    assert any("A restart is not enough" in one.value for one in app.warning)


def test_the_drawer_says_how_long_it_takes_and_what_is_interrupted(example):
    app = open_page(node="cucm-sub1", service="Cisco CallManager")

    (told,) = [one.value for one in app.info]
    assert "about 60 seconds" in told
    assert "secure SIP trunks" in told
    assert "secure registration of 16 phones" in told


def test_a_restart_is_seen_starting_and_then_started(example):
    app = open_page(node="cucm-pub", service=TOMCAT)
    old = presented(example, "cucm-pub", TOMCAT)["tomcat"]

    press(app, "restart")

    assert presented(example, "cucm-pub", TOMCAT)["tomcat"] != old
    row = rows(app)[TOMCAT]
    assert row["state"] == ["→ Starting"]
    assert (row["started"][:9], row["up"]) == ("ready at ", "")
    assert row["presents"] == ["✓ As stored"]
    assert "service" not in app.query_params
    turn_clock(example, hours=1)
    app.run()
    assert rows(app)[TOMCAT]["state"] == ["✓ Started"]
    assert any(
        event.kind == "service.ready" for event in events.latest(example.db, limit=9)
    )


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        (None, "restart", ServiceState.STARTING),
        (None, "stop", ServiceState.STOPPED),
        (None, "deactivate", ServiceState.DEACTIVATED),
        (None, "toggle", ServiceState.STARTING),
        (stop_service, "start", ServiceState.STARTING),
        (stop_service, "deactivate", ServiceState.DEACTIVATED),
        (deactivate_service, "activate", ServiceState.STARTING),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_each_deed_is_a_button(example, before, name, after):
    if before:
        before(example, "cucm-sub1", TFTP)
    app = open_page(node="cucm-sub1", service=TFTP)

    press(app, name)

    assert state(example, "cucm-sub1", TFTP) is after
    assert not app.error


@pytest.mark.parametrize(
    ("service", "offered"),
    [
        (TOMCAT, {"restart", "everywhere"}),
        (HAPROXY, {"restart", "stop", "everywhere"}),
        (TFTP, {"restart", "stop", "toggle", "deactivate", "everywhere"}),
    ],
)
def test_only_what_is_possible_is_offered(example, service, offered):
    app = open_page(node="cucm-sub1", service=service)

    drawn = {
        button.key.removeprefix("services_")
        for button in app.button
        if button.key and button.key.startswith("services_")
    }
    assert drawn - {"catch_up"} == offered


def test_a_restart_on_all_nodes_begins_with_the_publisher(example):
    take_offline(example, "imp-sub")
    app = open_page(node="cucm-sub2", service=TOMCAT)

    press(app, "everywhere")

    done = [
        event.about
        for event in reversed(events.latest(example.db, limit=20))
        if event.kind == "service.restarted" and event.actor == "dashboard"
    ]
    nodes = ["cucm-pub", "cucm-sub1", "cucm-sub2", "imp-pub"]
    assert done == [f"Cisco Tomcat on {node}" for node in nodes]
    assert "left out: imp" in app.toast[0].value.replace("\\", "")


def test_all_that_is_behind_catches_up_after_a_question(example):
    app = press(open_page(node="cucm-pub"), "catch_up")
    assert any("deactivated and activated: Cisco Tftp." in one.value
               for one in app.markdown)  # fmt: skip

    press(app, "catch_up_confirm")

    assert services.stale(example.db) == []
    assert OLD not in [warning.value for warning in app.warning]
    assert app.toast[0].value == "7 services are starting."


def test_the_question_can_be_called_off(example):
    app = press(open_page(node="cucm-pub"), "catch_up")

    press(app, "cancel")

    assert len(services.stale(example.db)) == 7
    assert not [one for one in app.button if one.key == "services_cancel"]


def test_what_starts_is_counted_down_one_bar_for_all(example):
    restart_service(example, "cucm-sub1", TFTP)
    (one,) = open_page().get("progress")
    restart_service(example, "imp-pub", TOMCAT)
    (both,) = open_page().get("progress")

    assert one.proto.text.startswith("Cisco Tftp on cucm\\-sub1 is starting: ready in")
    assert both.proto.text.startswith("2 services are starting: Cisco Tomcat on imp")
    assert not open_page(cluster="Other").exception


def test_a_lab_that_was_imported_runs_nothing(empty_path):
    lab = open_lab(empty_path)
    root = build_root(
        subject=SubjectFields(common_name="Stranger"),
        key=make_key(KeySpec(type="EC", size=256)),
        not_before=NOON,
        not_after=NOON.replace(year=2040),
    )
    import_certificates(lab, [("stranger.cer", root)])
    lab.close()

    app = open_page()

    assert "No node here runs services" in app.info[0].value
    assert not app.dataframe


def test_what_somebody_else_did_first_is_refused(example):
    app = open_page(node="cucm-sub1", service=TFTP)
    deactivate_service(example, "cucm-sub1", TFTP)

    app.button(key="services_restart").click().run()

    assert not app.exception
    assert "Cisco Tftp on cucm-sub1 is deactivated" in app.error[0].value


def test_the_services_of_a_node_that_is_offline_cannot_be_reached(example):
    take_offline(example, "cucm-pub")

    app = open_page(node="cucm-pub", service=TFTP)

    assert any("This node is offline" in one.value for one in app.warning)
    assert app.button(key="services_restart").disabled
    assert app.button(key="services_catch_up").disabled


def test_a_stopped_service_presents_nothing(example):
    stop_service(example, "cucm-sub1", HAPROXY)

    row = rows(open_page(node="cucm-sub1"))[HAPROXY]

    assert (*row["state"], row["started"], row["up"]) == ("✕ Stopped", "", "")
    assert row["presents"] == ["○ Nothing"]


def test_elliptic_curves_wait_for_a_restart(example):
    ciphers = ("HTTPS Ciphers", "All Supported EC and RSA Ciphers")
    set_parameter(example, "Example Cluster", *ciphers)

    app = open_page(node="cucm-sub1")
    assert rows(app)[TOMCAT]["presents"] == ["△ Nothing until restarted"]

    restart_service(example, "cucm-sub1", TOMCAT)
    app.run()
    assert rows(app)[TOMCAT]["presents"] == ["✓ As stored"]


def test_a_node_of_the_same_name_is_found_by_its_cluster(example, make_keys_fast):
    fast = replace(example, make_key=make_keys_fast)
    add_cluster(fast, "Other", "other.example")
    add_node(fast, "Other", "cucm-pub")
    stop_service(fast, "cucm-pub", HAPROXY, cluster="Other")

    other = open_page(node="cucm-pub", cluster="Other")
    first = open_page(node="cucm-pub", cluster="Example Cluster")

    assert rows(other)[HAPROXY]["state"] == ["✕ Stopped"]
    assert rows(first)[HAPROXY]["state"] == ["✓ Started"]
