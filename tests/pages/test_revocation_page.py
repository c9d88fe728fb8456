"""The revocation page: what is revoked, who knows, and how the nodes ask."""

from dataclasses import asdict
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.hold_certificate import hold_certificate
from lab.actions.release_certificate import release_certificate
from lab.actions.revocation_settings import set_revocation_settings, setting_text
from lab.actions.revoke_certificate import revoke_certificate
from lab.actions.set_authority import set_authority
from lab.actions.set_common_criteria import common_criteria, set_common_criteria
from lab.actions.set_parameter import parameter, set_parameter
from lab.actions.turn_clock import turn_clock
from lab.rules.parameters import VALIDITY_CHECK
from lab.rules.revocation import OUTCOMES, REVOCATION_FIELDS
from lab.store import certificates, crls, events, parties, revocation_checks
from lab.store.revocation_listing import taken_back
from lab.store.revocation_settings import RevocationSettings, read_settings
from tests.revocation_office import AUTHORITY, CLUSTER, open_office

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
NOBODY = "http://127.0.0.1:9/ocsp"  # the discard port: nobody listens


def open_page(**address):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    app.query_params.update(address)
    app = app.switch_page("revocation.py").run()
    assert not app.exception
    return app


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def texts(app):
    return [each.value for kind in (app.markdown, app.caption) for each in kind]


def sentence(app):
    """The kind of box on top of the page, and what it says."""
    for kind in ("error", "warning", "success"):
        for box in getattr(app, kind):
            if "revoked" in box.value:
                return kind, box.value
    raise AssertionError("there is no sentence")


def table(app, column):
    """The rows of the table that has that column."""
    for each in app.dataframe:
        if column in each.value:
            return each.value.to_dict("records")
    raise AssertionError(f"no table has {column}")


def numbers(app):
    return {metric.label: metric.value for metric in app.metric}


def setting(app, kind, name, present):
    """The widget of a field, by the value that it begins with."""
    found = f"revocation_{name}|{CLUSTER}|{setting_text(present)}"
    return getattr(app, kind)(key=found)


@pytest.fixture
def office(example, example_path):
    with open_office(example, example_path) as office:
        yield office


@pytest.fixture
def silent(example):
    """The example lab with all of it switched off, as on a new cluster."""
    present, wanted = read_settings(example.db, CLUSTER), RevocationSettings()
    changes = {
        name: value
        for name, value in asdict(wanted).items()
        if value != getattr(present, name)
    }
    if changes:
        set_revocation_settings(example, CLUSTER, **changes)
    if parameter(example, CLUSTER, VALIDITY_CHECK) != "False":
        set_parameter(example, CLUSTER, VALIDITY_CHECK, "False")
    return example


@pytest.fixture
def good(example):
    """A certificate below the issuing authority that is in use and good."""
    node = parties.by_name(example.db, CLUSTER, "cucm-sub1")
    [sha256] = [
        row[0]
        for row in example.db.execute(
            "SELECT certificate FROM places WHERE party = ? AND usage = 'identity' "
            "AND name = 'tomcat'",
            [node.id],
        )
    ]
    return certificates.get(example.db, sha256)


class TestTop:
    def test_it_says_what_is_revoked_who_may_not_know_and_who_does_not_ask(
        self, silent
    ):
        kind, text = sentence(open_page())

        [row] = taken_back(silent.db, silent.clock.now())
        assert kind == "warning"
        assert text.startswith("**1 certificate is revoked, none is on hold.**")
        assert "may still believe that it is good, until" in text
        assert "**The nodes of Example Cluster do not ask**" in text
        assert row.reason == "keyCompromise"

    def test_the_numbers_are_those_of_the_lab(self, example, good):
        hold_certificate(example, good.sha256)

        found = numbers(open_page())

        assert found == {
            "Revoked": "1",
            "On hold": "1",
            "Not known to all": "2",
            "Unknown": "0",
            "Expired": "0",
        }

    def test_nothing_old_is_believed_once_it_has_ended(self, example):
        turn_clock(example, days=40)

        _kind, text = sentence(open_page())

        assert "Every client that asks knows it." in text

    def test_what_the_nodes_have_found_is_in_the_sentence(self, office):
        office.configure()
        office.says(office.slot("imp-pub"), "revoked")
        office.check(office.slot("imp-pub"))
        office.check(office.slot("cucm-sub1"))

        app = open_page()

        assert "Example Cluster has taken 1 certificate out of use." in sentence(app)[1]
        assert any("Last check: **just now**" in text for text in texts(app))

    def test_a_list_that_has_ended_is_an_error(self, example):
        # Nobody had the schedule's work done: the list just ended.
        with example.db.conn:
            example.db.conn.execute(
                "UPDATE crls SET next_update = '2020-01-01T00:00:00+00:00' "
                "WHERE authority = ?",
                [AUTHORITY],
            )

        kind, text = sentence(open_page())

        assert kind == "error"
        assert "CRL, has ended." in text

    def test_a_number_leads_to_what_is_behind_it(self, office):
        office.configure()
        office.says(office.slot("cucm-sub2"), "unknown")
        office.check(office.slot("cucm-sub2"))
        office.check(office.slot("cucm-sub1"))

        app = press(open_page(), "revocation_number_unsure")

        assert app.query_params["show"] == "checks"
        assert [row["status"] for row in table(app, "ms")] == [["? Unknown"]]


class TestTaken:
    def test_a_row_says_since_when_why_and_until_when_it_may_be_believed(self, silent):
        [row] = table(open_page(), "until")

        [taken] = taken_back(silent.db, silent.clock.now())
        earlier = [
            crl
            for crl in crls.all_of(silent.db, AUTHORITY, 100)
            if crl.this_update < taken.at
        ]
        assert row["name"] == taken.common_name == "syslog.corp.example"
        assert row["state"] == ["✕ Revoked"]
        assert row["since"] == f"{taken.at:%Y-%m-%d %H:%M}"
        assert row["until"] == f"{earlier[0].next_update:%Y-%m-%d %H:%M}"
        assert (row["place"], row["reason"]) == ("syslog", "The private key leaked")
        assert row["last"] == "does not ask"

    def test_what_the_cluster_found_stands_beside_it(self, office, good):
        revoke_certificate(office.lab, good.sha256, "superseded")
        office.configure()
        office.check(good)  # the desk has not heard of it

        rows = {row["name"]: row for row in table(open_page(), "until")}

        assert rows["cucm-sub1.uc.example"]["last"] == "✓ Good"
        assert rows["syslog.corp.example"]["last"] == "never asked"

    def test_the_dialog_says_who_may_not_know_it_yet(self, example, good):
        revoke_certificate(example, good.sha256, "keyCompromise")

        app = open_page(taken=good.sha256)

        [told] = [text for text in texts(app) if text.startswith("- A client")]
        assert "kept an OCSP answer from just before" in told
        assert "goes by CRL number" in told
        assert "Whoever asks from now on learns it." in texts(app)
        assert any("services still present it" in each.value for each in app.warning)

    def test_with_deltas_the_dialog_says_that_the_newest_full_list_is_behind(
        self, example, good
    ):
        set_authority(example, AUTHORITY, delta_hours=6)
        revoke_certificate(example, good.sha256, "keyCompromise")

        app = open_page(taken=good.sha256)

        [told] = [text for text in texts(app) if text.startswith("- A client")]
        assert "That list is the newest: the change is in a delta CRL." in told
        assert "Whoever asks from now on learns it." not in texts(app)

    def test_a_filter_of_the_address_leaves_what_is_on_hold(self, example, good):
        hold_certificate(example, good.sha256)

        [row] = table(open_page(state="on_hold"), "until")

        assert row["state"] == ["‖ On hold"]

    def test_a_lifted_hold_that_a_list_still_has_is_told(self, example, good):
        hold_certificate(example, good.sha256)
        release_certificate(example, good.sha256)

        app = open_page()

        [told] = [each.value for each in app.info]
        assert "The hold was lifted, and not every client knows it" in told
        assert "believes that it is on hold until" in told

    def test_nothing_revoked_is_said_with_the_next_step(self, example):
        [row] = taken_back(example.db, example.clock.now())
        with example.db.conn:
            example.db.conn.execute(
                "UPDATE certificates SET revoked_at = NULL WHERE sha256 = ?",
                [row.certificate],
            )

        app = open_page()

        assert "**Nothing is revoked or on hold.**" in sentence(app)[1]
        assert "To revoke a certificate, open it" in app.info[0].value


class TestHealth:
    def test_each_authority_has_its_answers_and_its_list(self, example):
        rows = table(open_page(show="health"), "authority")

        found = {(row["authority"], row["what"]): row["state"] for row in rows}
        assert found["Example Issuing CA", "OCSP answers"] == ["✓ Fresh"]
        assert found["Example Issuing CA", "CRL"] == ["✓ Fresh"]
        assert found["Phone Manufacturing CA", "OCSP answers"] == ["○ Switched off"]
        assert len(rows) == 2 * len(parties.authorities(example.db))

    def test_the_settings_of_an_authority_are_saved(self, example):
        app = open_page(show="health", authority="maker")

        key = "revocation_{}|maker|{}"
        app.selectbox(key=key.format("ocsp", "none")).select("delegated")
        app.number_input(key=key.format("delta_hours", 0)).set_value(12)
        app.number_input(key=key.format("ocsp_minutes", 60)).set_value(30)
        press(app, "revocation_save_authority")

        saved = parties.authority(example.db, "maker")
        assert (saved.ocsp, saved.delta_hours, saved.ocsp_minutes) == (
            "delegated", 12, 30,
        )  # fmt: skip
        rows = table(app, "authority")
        label = "Phone Manufacturing CA"
        kinds = {row["what"] for row in rows if row["authority"] == label}
        assert kinds == {"OCSP answers", "CRL", "Delta CRL"}
        assert not app.error

    @pytest.mark.usefixtures("example")
    def test_the_key_of_the_signer_can_be_another_one(self):
        app = open_page(show="health", authority=AUTHORITY)

        key = f"revocation_signer_key|{AUTHORITY}|EC 256"
        app.selectbox(key=key).select("RSA 2048")
        press(app, "revocation_save_authority")

        assert not app.error
        assert app.selectbox(
            key=f"revocation_signer_key|{AUTHORITY}|RSA 2048"
        ).value == "RSA 2048"  # fmt: skip

    def test_what_cannot_be_is_refused_and_changes_nothing(self, example):
        before = parties.authority(example.db, AUTHORITY)
        app = open_page(show="health", authority=AUTHORITY)

        app.number_input(
            key=f"revocation_delta_hours|{AUTHORITY}|0"
        ).set_value(720)  # fmt: skip
        press(app, "revocation_save_authority")

        assert "no more often than a full one" in app.error[0].value
        assert parties.authority(example.db, AUTHORITY) == before

    def test_a_list_is_published_at_once(self, example):
        before = crls.latest(example.db, AUTHORITY).number

        app = press(open_page(show="health", authority=AUTHORITY), "revocation_publish")

        assert crls.latest(example.db, AUTHORITY).number == before + 1
        assert f"CRL number {before + 1} was published." in app.toast[0].value


class TestChecks:
    @pytest.mark.usefixtures("silent")
    def test_while_nobody_asks_the_page_says_so(self):
        app = open_page(show="checks")

        assert app.button(key="revocation_ask_all").disabled
        press(app, "revocation_to_settings")
        assert app.query_params["show"] == "settings"

    def test_all_are_asked_for(self, office):
        office.configure()
        office.says(office.slot("imp-pub"), "revoked")

        app = press(open_page(show="checks"), "revocation_ask_all")

        latest = revocation_checks.latest_checks(office.lab.db, CLUSTER)
        assert len(table(app, "ms")) == len(latest) > 10
        assert numbers(app)["Expired"] == str(
            sum(each.status == "expired" for each in latest)
        )
        assert office.slot("imp-pub").sha256 in {
            each.certificate for each in latest if each.status == "revoked"
        }
        assert "results were found" in app.toast[0].value

    def test_one_is_asked_for_and_its_proof_opens(self, office):
        office.configure()
        app = open_page(show="checks")

        app.selectbox(key="revocation_one").select(office.slot("cucm-sub1").sha256)
        press(app, "revocation_ask_one")

        [found] = revocation_checks.latest_checks(office.lab.db, CLUSTER)
        assert app.query_params["check"] == str(found.id)
        assert any("Delegated trust model" in text for text in texts(app))

    def test_a_client_connects_and_is_told_by_its_own_question(self, office):
        office.configure()
        office.says(office.slot("syslog", "peer"), "revoked")
        app = open_page(show="checks")

        app.selectbox(key="revocation_met").select("syslog syslog")
        press(app, "revocation_connect")

        [found] = revocation_checks.latest_checks(office.lab.db, CLUSTER)
        assert (found.cause, found.client) == ("live", "syslog")
        [row] = [each for each in table(app, "client") if each["party"] == "syslog"]
        assert (row["status"], row["connects"]) == (
            "✕ Revoked",
            "✕ It does not connect",
        )

    def test_an_address_with_a_status_shows_those_results_alone(self, office):
        office.configure()
        office.says(office.slot("imp-pub"), "on_hold")
        for node in ("imp-pub", "cucm-sub1", "cucm-sub2"):
            office.check(office.slot(node))

        app = open_page(show="checks", status="on_hold")

        assert [row["status"] for row in table(app, "ms")] == [["‖ On hold"]]


class TestEvidence:
    def test_the_fallback_to_the_trusted_responder_is_shown(self, office):
        office.configure()
        office.sign_by_a_designated_responder()
        done = office.check(office.slot("cucm-sub1"))

        shown = "\n".join(texts(open_page(show="checks", check=str(done.id))))

        assert done.model == "TRP"
        failed, believed = shown.index("Delegated trust"), shown.index("Trusted resp")
        assert shown.index("red-badge[:material/close: Delegated") < believed
        assert failed < shown.index("green-badge[:material/check: Trusted responder")
        assert "Designated Responder was issued by Designated Responder" in shown
        assert "`` CN=Designated Responder ``" in shown

    @pytest.mark.parametrize("strict", [False, True])
    def test_the_mode_decides_what_unknown_leads_to(self, office, strict):
        office.configure()
        if strict:
            set_common_criteria(office.lab, CLUSTER, True)
        office.says(office.slot("cucm-sub1"), "unknown")
        done = office.check(office.slot("cucm-sub1"))

        shown = "\n".join(texts(open_page(show="checks", check=str(done.id))))

        assert ("It does not connect" in shown) == strict
        mode = "on" if strict else "off"
        assert f"Common Criteria mode is {mode}" in shown

    def test_request_and_response_are_taken_apart(self, office):
        office.configure()
        done = office.check(office.slot("cucm-sub1"))

        app = open_page(show="checks", check=str(done.id))

        names = [
            {str(name).strip() for name in each.value["name"]}
            for each in app.dataframe
            if "note" in each.value and "value" in each.value
        ]
        assert any("OCSPResponse" in found for found in names)
        assert any("OCSPRequest" in found for found in names)

    def test_nobody_there_is_unreachable_and_there_is_no_response(self, office):
        office.configure(configured_uri=NOBODY)
        done = office.check(office.slot("cucm-sub1"))

        app = open_page(show="checks", check=str(done.id))

        shown = "\n".join(texts(app))
        assert "Unreachable" in shown
        assert "There is none." in shown
        assert "Path taken" not in shown

    def test_asking_again_shows_the_new_answer(self, office):
        office.configure()
        done = office.check(office.slot("cucm-sub1"))
        app = open_page(show="checks", check=str(done.id))
        office.says(office.slot("cucm-sub1"), "revoked")

        press(app, "revocation_ask_again")

        assert app.query_params["check"] != str(done.id)
        assert any("red-badge[:material/block: Revoked]" in text for text in texts(app))

    @pytest.mark.parametrize(
        "address",
        [
            {"check": "999"},
            {"check": "-1"},
            {"check": "9" * 300},
            {"check": "[x](http://b)"},
            {"taken": "[x](http://b)"},
            {"taken": "ff" * 400},
            {"show": "nothing"},
            {"show": "checks", "status": "[x],,good"},
            {"show": "health", "authority": "../x"},
            {"cluster": "`Elsewhere`"},
            {"state": "x"},
        ],
        ids=lambda address: str(address)[:40],
    )
    @pytest.mark.usefixtures("example")
    def test_a_hostile_address_breaks_nothing(self, address):
        app = open_page(**address)

        assert sentence(app)[0] == "warning"

    def test_the_drawer_of_the_certificate_has_a_line_of_it(self, office):
        office.configure()
        done = office.check(office.slot("cucm-sub1"))

        app = AppTest.from_file(FRAME, default_timeout=60).run()
        app.query_params["certificate"] = done.certificate
        app.switch_page("certificates.py").run()

        assert not app.exception
        [line] = [text for text in texts(app) if text.startswith("**Last check:**")]
        assert "Good" in line
        assert "It connects" in line


class TestSettings:
    def test_every_field_is_there_and_is_saved(self, silent):
        present = RevocationSettings()
        app = open_page(show="settings")

        def field(kind, name):
            return setting(app, kind, name, getattr(present, name))

        for name in ("enable_ocsp", "use_configured_uri", "enable_check", "enable_crl"):
            field("checkbox", name).check()
        field("checkbox", "use_certificate_uri").uncheck()
        field("checkbox", "full_chain").check()
        field("text_input", "configured_uri").input("http://127.0.0.1:8501/pki/ocsp")
        field("number_input", "every").set_value(3)
        field("selectbox", "unit").select("days")
        field("text_area", "crl_uris").input("http://a.example/1\nhttp://a.example/2")
        press(app, "revocation_save")

        saved = read_settings(silent.db, CLUSTER)
        assert saved == RevocationSettings(
            enable_ocsp=True,
            use_certificate_uri=False,
            use_configured_uri=True,
            configured_uri="http://127.0.0.1:8501/pki/ocsp",
            enable_check=True,
            every=3,
            unit="days",
            enable_crl=True,
            crl_uris=("http://a.example/1", "http://a.example/2"),
            full_chain=True,
        )
        assert not app.error

    @pytest.mark.usefixtures("silent")
    def test_saving_lists_the_services_to_restart(self):
        app = open_page(show="settings")

        setting(app, "checkbox", "enable_ocsp", False).check()
        press(app, "revocation_save")

        assert any("Cisco Certificate Expiry Monitor" in text.replace("\\", "")
                   for text in texts(app))  # fmt: skip
        press(app, "revocation_saved_close")
        assert not [one for one in app.button if one.key == "revocation_saved_close"]

    @pytest.mark.usefixtures("example")
    def test_every_row_of_the_rules_is_a_widget(self):
        app = open_page(show="settings")

        drawn = [
            widget.label
            for kind in ("checkbox", "text_input", "text_area", "number_input")
            for widget in getattr(app, kind)
        ] + [widget.label for widget in app.selectbox]
        assert {row.label for row in REVOCATION_FIELDS} <= set(drawn)

    def test_what_the_page_refuses_changes_nothing(self, silent):
        app = open_page(show="settings")

        setting(app, "checkbox", "use_configured_uri", False).check()
        press(app, "revocation_save")

        assert "is on, and OCSP Configured URI is empty" in app.error[0].value
        assert read_settings(silent.db, CLUSTER) == RevocationSettings()

    def test_the_mode_is_switched_on_and_off(self, example):
        app = press(open_page(show="settings"), "revocation_mode")

        assert common_criteria(example, CLUSTER)
        press(app, "revocation_mode")
        assert not common_criteria(example, CLUSTER)
        kinds = [event.kind for event in events.latest(example.db, limit=2)]
        assert kinds == ["common_criteria.set"] * 2

    @pytest.mark.parametrize(
        ("validity", "page", "wins"),
        [
            (True, True, "Check Every"),
            (True, False, "Validity Check Frequency"),
            (False, True, ""),
            (False, False, ""),
        ],
    )
    def test_it_says_which_interval_counts_for_long_lived_links(
        self, silent, validity, page, wins
    ):
        if validity:
            set_parameter(silent, CLUSTER, VALIDITY_CHECK, "True")
        if page:
            set_revocation_settings(
                silent, CLUSTER, enable_ocsp=True, enable_check=True
            )

        rows = table(open_page(show="settings"), "wins")

        assert [row["what"] for row in rows if row["wins"]] == [wins] * bool(wins)

    @pytest.mark.usefixtures("example")
    def test_links_name_the_certificates_on_them(self):
        rows = table(open_page(show="settings"), "link")

        assert {row["link"] for row in rows} == {"CTI", "IPsec", "LDAP"}
        [directory] = [row for row in rows if row["link"] == "LDAP"]
        assert directory["certificate"] == "ldap.corp.example"


class TestRules:
    @pytest.mark.parametrize("strict", [False, True])
    def test_the_table_says_what_each_result_leads_to(self, example, strict):
        if strict:
            set_common_criteria(example, CLUSTER, True)

        rows = table(open_page(show="rules"), "source_on")

        words = {True: "✓ It connects", False: "✕ It does not connect"}
        for row in rows:
            status = row["status"].split(" ", 1)[1].lower().replace(" ", "_")
            assert row["on"] == words[OUTCOMES[status, True].connects]
            assert row["off"] == words[OUTCOMES[status, False].connects]
        assert len(rows) == len(OUTCOMES) / 2
