"""The certificates page: filters in the address, a database that pages, the drawer."""

import csv
import sqlite3
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography import x509
from streamlit.testing.v1 import AppTest

from lab.actions.certificate_deeds import deeds_on
from lab.actions.deed import deed, record
from lab.actions.export import certificate_file, chain_of, rows_as_csv
from lab.lab import open_lab
from lab.models import Condition, State, Usage
from lab.store import certificates, listing, parties, places, services, settings
from lab.store.listing import COLUMNS, View
from pages.certificate_filters import Wanted, column_labels
from pages.certificate_parts import SHOWN, CsvFile

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"


def open_page(**address):
    """Follow a link to the page, as another page or a mail would give it."""
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    app.query_params.update(address)
    return app.switch_page("certificates.py").run()


def table(app):
    return app.dataframe[0].value


def drawer_texts(app):
    return [each.value for each in (*app.markdown, *app.code, *app.caption)]


@pytest.fixture
def view(example):
    return View(at=example.clock.now(), thresholds=settings.thresholds(example.db))


@pytest.fixture
def issued(example, view):
    """An identity that two authorities stand above."""
    rows = listing.find(example.db, view, limit=1000)
    return next(
        row
        for row in rows
        if row.usage is Usage.IDENTITY
        and row.name == "tomcat"
        and row.issued_by == "Example Issuing CA"
    )


def test_the_list_begins_with_what_ends_first(example, view):
    app = open_page()

    assert not app.exception
    assert list(table(app).columns) == list(SHOWN)
    assert len(table(app)) == 50
    first = listing.find(example.db, view)
    assert list(table(app)["serial"]) == [row.serial for row in first]


def test_the_pages_together_hold_every_row_once(example, view):
    total = listing.count(example.db, view)
    seen = []

    for page in range(1, total // 50 + 2):
        app = open_page(page=str(page))
        rows = table(app)
        seen += list(
            zip(rows["serial"], rows["certificate"], rows["distribution"], strict=True)
        )

    assert len(seen) == len(set(seen)) == total


@pytest.mark.parametrize("state", ["revoked", "ends_in_7,ends_in_30", "left_over"])
def test_a_link_to_states_shows_the_rows_in_them(example, view, state):
    wanted = [State(each) for each in state.split(",")]

    app = open_page(state=state, scope="built")

    assert not app.warning
    found = listing.find(example.db, view, states=wanted)
    assert list(table(app)["serial"]) == [row.serial for row in found]


def test_conditions_of_the_address_are_joined_by_and(example, view):
    app = open_page(
        c1="usage",
        o1="is_exactly",
        t1="trust",
        c2="holder",
        o2="begins_with",
        t2="imp",
        c3="description",
        o3="is_not_empty",
        sort="serial",
        desc="1",
    )

    found = listing.find(
        example.db,
        view,
        [
            Condition(column="usage", operator="is_exactly", text="trust"),
            Condition(column="holder", operator="begins_with", text="imp"),
        ],
        sort="serial",
        descending=True,
    )
    assert list(table(app)["serial"]) == [row.serial for row in found]
    assert app.button(key="certificates_add").disabled


def test_what_is_typed_and_chosen_goes_into_the_address(example_path):
    app = open_page(page="3")

    app.text_input(key="certificates_q").set_value("SEP").run()
    app.selectbox(key="certificates_usage").set_value("identity").run()
    app.button(key="certificates_add").click().run()
    app.selectbox(key="certificates_c1").set_value("issued_by").run()
    app.text_input(key="certificates_t1").set_value("Manufacturing").run()
    app.toggle(key="certificates_desc").set_value(True).run()

    assert not app.exception
    assert app.query_params == {
        "q": "SEP",
        "usage": "identity",
        "c1": "issued_by",
        "t1": "Manufacturing",
        "desc": "1",
    }
    assert set(table(app)["certificate"]) == {"MIC"}


def test_a_condition_can_be_removed_and_all_be_cleared(example_path):
    app = open_page(c1="serial", t1="a", c2="subject", o2="ends_with", t2="x", q="u")

    app.button(key="certificates_remove1").click().run()
    after_removal = dict(app.query_params)
    app.button(key="certificates_clear").click().run()

    assert after_removal == {"c1": "subject", "o1": "ends_with", "t1": "x", "q": "u"}
    assert app.query_params == {}
    assert len(table(app)) == 50


@pytest.mark.parametrize(
    "address",
    [
        {"sort": "c.serial; DROP TABLE places"},
        {"state": "fine,<script>"},
        {"scope": "nobody' OR 1=1"},
        {"usage": "identity%"},
        {"c1": "places.id", "o1": "contains", "t1": "1"},
        {"c1": "serial", "o1": "GLOB", "t1": "*"},
    ],
    ids=lambda address: next(iter(address)),
)
def test_what_an_address_asks_for_in_vain_is_named_and_left_out(example_path, address):
    app = open_page(**address)

    assert not app.exception
    assert len(app.warning) == 1
    assert app.dataframe or app.info


@pytest.mark.parametrize(
    "page", ["0", "-1", "99", "1e9", "9" * 5000, "\u0663", "", "x\0"]
)
def test_a_page_that_is_not_there_is_the_nearest_or_the_first(example_path, page):
    app = open_page(page=page)

    assert not app.exception
    assert 0 < len(table(app)) <= 50


@pytest.mark.parametrize("name", ["q", "t1"])
@pytest.mark.parametrize(
    "text", ["%", "u_", "'\"; --", "\\", "a\0b", "=1+1", "**x** [a](b)"]
)
def test_a_hostile_text_finds_nothing_and_breaks_nothing(example_path, name, text):
    app = open_page(**{name: text, "c1": "common_name"})

    assert not app.exception
    assert not app.error
    assert "Loosen" in app.info[0].value


def test_a_text_of_ten_thousand_letters_is_refused(example_path):
    app = open_page(q="x" * 10_000)

    assert not app.exception
    assert "the most is 1000" in app.error[0].value


def test_no_match_says_which_filter_to_loosen(example_path):
    app = open_page(q="SEP", usage="trust")

    lines = app.info[0].value.splitlines()
    assert "- 0 rows without: Usage" not in app.info[0].value
    assert any(line.startswith("- 48 rows without: Usage") for line in lines)
    assert any("without: Common name contains" in line for line in lines)


def test_an_empty_lab_offers_the_example(empty_path):
    app = open_page()

    assert not app.exception
    assert app.button(key="first_use_build")


def test_every_column_that_can_be_searched_has_a_heading():
    assert set(COLUMNS) | set(SHOWN) <= set(column_labels())


def test_the_drawer_says_state_evidence_and_remedy(example, issued):
    app = open_page(certificate=issued.certificate)

    text = "\n".join(drawer_texts(app))
    assert not app.exception
    assert f"{issued.effective_end.day} " in text
    for word in ("Evidence", "Rule", "What helps", "Source of the rule"):
        assert f"**{word}:**" in text


def test_the_drawer_shows_the_chain_and_where_it_ends(example, issued):
    app = open_page(certificate=issued.certificate)

    chain = app.dataframe[1].value
    links = chain_of(example, issued.certificate)
    assert list(chain["certificate"]) == [
        issued.common_name,
        "Example Issuing CA",
        "Example Root CA",
    ]
    assert min(link.end for link in links) == issued.effective_end
    assert list(chain["note"] != "") == [link.limits for link in links]


def test_the_drawer_lists_every_place_and_who_presents_it(example, view, issued):
    app = open_page(certificate=issued.certificate)

    rows = app.dataframe[3].value
    assert len(rows) == len(listing.get(example.db, view, issued.certificate))
    assert rows["place"][0] == f"tomcat on {issued.party}"
    assert "Cisco Tomcat" in rows["loaded"][0]
    assert not any(rows["loaded"][1:])


def test_the_drawer_shows_the_verdict_of_each_store_that_decides(example, issued):
    app = open_page(certificate=issued.certificate)

    path = app.dataframe[2].value
    text = "\n".join(drawer_texts(app))
    assert list(path["certificate"])[1] == f"↑ {issued.issued_by}"
    assert list(path["role"])[-1] == "Trusted"
    assert "Accepted" in text
    assert "tomcat-trust" in text
    assert "cryptography" in text


def test_the_drawer_shows_all_extensions_and_both_fingerprints(example, issued):
    app = open_page(certificate=issued.certificate)

    text = "\n".join(drawer_texts(app))
    der = certificate_file(example, issued.certificate, "der").data
    for extension in x509.load_der_x509_certificate(der).extensions:
        assert f":gray[{extension.oid.dotted_string}]" in text
    for words in ("serverAuth", "CA: FALSE", "DNS:", "BEGIN CERTIFICATE"):
        assert words in text
    sha256 = bytes.fromhex(issued.certificate).hex(":").upper()
    assert sha256 in text


@pytest.mark.parametrize("asked", ["x", "0" * 64, "'; --", "a\0", "**", "z" * 10_000])
def test_an_unknown_certificate_is_refused_beside_the_list(example_path, asked):
    app = open_page(certificate=asked)

    assert not app.exception
    assert "no certificate with fingerprint" in app.error[0].value
    assert len(app.error[0].value) < 400
    assert len(table(app)) == 50


def test_a_fingerprint_may_be_written_with_colons(example, issued):
    colons = bytes.fromhex(issued.certificate).hex(":").upper()

    app = open_page(certificate=colons)

    assert len(app.dataframe) == 4


def test_every_certificate_of_the_example_opens(example, view):
    rows = listing.find(example.db, view, once=True, limit=1000)
    by_state = {(row.state, row.usage, row.name): row.certificate for row in rows}
    app = open_page()

    for sha256 in by_state.values():
        app.query_params["certificate"] = sha256
        app.run()

        assert not app.exception, sha256
        assert not app.error, sha256


def test_downloads_are_the_certificate_and_its_chain(example, issued):
    der, pem, chain = (
        certificate_file(example, issued.certificate, kind)
        for kind in ("der", "pem", "chain")
    )

    one = x509.load_der_x509_certificate(der.data)
    links = x509.load_pem_x509_certificates(chain.data)
    assert x509.load_pem_x509_certificate(pem.data) == one
    assert links[0] == one
    assert len(links) == 3
    for child, issuer in pairwise(links):
        child.verify_directly_issued_by(issuer)
    assert links[-1].issuer == links[-1].subject


def test_every_chain_ends_when_the_list_says(example, view):
    for row in listing.find(example.db, view, once=True, limit=1000):
        links = chain_of(example, row.certificate)

        assert min(link.end for link in links) == row.effective_end
        assert [link.certificate.sha256 for link in links if link.limits] == [
            row.limited_by
        ]


def test_the_name_of_a_download_holds_no_path(example, issued):
    example.db.execute("PRAGMA foreign_keys = OFF")
    example.db.execute("UPDATE certificates SET common_name = '../../etc/\x01 passwd'")

    file = certificate_file(example, issued.certificate, "pem")

    assert file.name == f"etc-passwd-{issued.certificate[:8]}.pem"


def test_the_file_of_rows_holds_all_of_them_in_order(example, view):
    wanted = Wanted(sort="serial", usage="trust")
    words = {state.value: state.value for state in State}
    words |= {"identity": "i", "trust": "t", "self_signed": "s", "ca_signed": "c"}

    data = CsvFile(view, wanted, words, column_labels())()

    rows = list(csv.reader(StringIO(data.getvalue().decode("utf-8-sig"))))
    found = listing.find(
        example.db,
        view,
        [Condition(column="usage", operator="is_exactly", text="trust")],
        sort="serial",
        limit=1000,
    )
    assert rows[0][0] == "Certificate"
    assert [row[-1] for row in rows[1:]] == [row.certificate for row in found]
    assert {len(row) for row in rows} == {len(SHOWN) + 3}


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_of_a_file_is_a_formula(sign):
    data = rows_as_csv(["name"], [[f"{sign}cmd|' /C calc'!A0"], ["a;=1+1"], [5]])

    text = data.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text, newline="")))
    assert rows[1] == [f"'{sign}cmd|' /C calc'!A0"]
    assert '"a;=1+1"' in text
    assert rows[3] == ["5"]


def test_a_name_that_means_mischief_is_shown_as_it_is(example_path):
    connection = sqlite3.connect(example_path)
    name = "**bold** [a](http://b) `=1+1`"
    connection.execute("UPDATE certificates SET common_name = ?", [name])
    connection.commit()
    (sha256,) = connection.execute(
        "SELECT certificate FROM places WHERE name = 'tomcat' LIMIT 1"
    ).fetchone()
    connection.close()

    app = open_page(certificate=sha256)

    assert not app.exception
    assert table(app)["common_name"][0] == name
    shown = [each.value for each in app.markdown if "bold" in each.value]
    assert shown
    assert all("`` **bold** [a](http://b) '=1+1' ``" in each for each in shown)


def test_opening_a_certificate_changes_nothing(example, issued):
    before = example.db.execute("SELECT count(*) FROM events").fetchone()
    open_page(certificate=issued.certificate)

    lab = open_lab(Path(example.db.conn.execute("PRAGMA database_list").fetchone()[2]))
    assert lab.db.execute("SELECT count(*) FROM events").fetchone() == before
    lab.close()


def test_the_number_of_rows_follows_what_is_done(example):
    app = open_page(q="SEP")
    before = next(each.value for each in app.markdown if each.value.endswith("rows"))

    with deed(example) as now:
        places.remove(example.db, listing.find(example.db, View(at=now))[0].place)
        [phone, *_] = listing.find(
            example.db,
            View(at=now),
            [Condition(column="common_name", operator="contains", text="SEP")],
        )
        places.remove(example.db, phone.place)
        record(example, now, "trust.lost", "a place")
    app.run()

    after = next(each.value for each in app.markdown if each.value.endswith("rows"))
    assert (before, after) == ("48 rows", "47 rows")


# -- What can be done with the certificate in the drawer -------------------------------


def slot_of_node(example, node, purpose):
    party = parties.by_name(example.db, "", node)
    place = places.slot(example.db, party.id, purpose)
    return certificates.get(example.db, place.certificate)


def drawer_of(example, node, purpose):
    return open_page(certificate=slot_of_node(example, node, purpose).sha256)


def all_texts(app):
    boxes = (app.markdown, app.warning, app.error, app.success, app.info, app.caption)
    return "\n".join(each.value for box in boxes for each in box)


def test_regenerating_announces_what_is_overwritten_and_what_breaks(example):
    before = slot_of_node(example, "cucm-sub1", "tomcat")
    app = drawer_of(example, "cucm-sub1", "tomcat")

    app.button(key="certificates_regenerate").click().run()
    asked = all_texts(app)
    still = slot_of_node(example, "cucm-sub1", "tomcat")
    app.button(key="certificates_confirm").click().run()

    assert not app.exception
    assert "Example Issuing CA" in asked
    assert "is overwritten" in asked
    assert "Cisco Tomcat" in asked
    assert still == before
    made = slot_of_node(example, "cucm-sub1", "tomcat")
    assert made.self_signed
    assert app.query_params["certificate"] == made.sha256
    assert "has a new certificate" in all_texts(app)
    assert "What follows" in all_texts(app)


def test_a_self_signed_one_is_generated_as_the_form_says(example):
    app = drawer_of(example, "cucm-pub", "tomcat-ECDSA")

    app.button(key="certificates_self_signed").click().run()
    app.selectbox(key="certificates_shared").set_value(True).run()
    app.selectbox(key="certificates_size").set_value(256).run()
    app.selectbox(key="certificates_years").set_value(2).run()
    app.text_input(key="certificates_parent").set_value("voip.example").run()
    app.button(key="certificates_continue").click().run()
    app.button(key="certificates_confirm").click().run()

    assert not app.exception
    made = slot_of_node(example, "imp-sub", "tomcat-ECDSA")
    assert made == slot_of_node(example, "cucm-pub", "tomcat-ECDSA")
    assert (made.key_size, made.self_signed) == (256, True)
    assert "DNS:voip.example" in made.alternative_names
    assert (made.not_after - made.not_before).days == 2 * 365 - 1


def test_a_short_key_is_offered_with_a_note(example):
    app = drawer_of(example, "cucm-sub1", "TVS")

    app.button(key="certificates_self_signed").click().run()
    app.selectbox(key="certificates_size").set_value(1024).run()

    assert "too short today" in all_texts(app)


def test_a_refusal_is_shown_and_nothing_is_done(example):
    before = slot_of_node(example, "cucm-pub", "TVS")
    app = drawer_of(example, "cucm-pub", "TVS")

    app.button(key="certificates_self_signed").click().run()
    app.text_input(key="certificates_parent").set_value("*.example").run()
    app.button(key="certificates_continue").click().run()
    app.button(key="certificates_confirm").click().run()

    assert not app.exception
    assert "is a wildcard" in all_texts(app)
    assert slot_of_node(example, "cucm-pub", "TVS") == before


def test_cancelling_leads_back_to_the_drawer(example):
    before = slot_of_node(example, "cucm-pub", "TVS")
    app = drawer_of(example, "cucm-pub", "TVS")

    app.button(key="certificates_regenerate").click().run()
    app.button(key="certificates_cancel").click().run()

    assert not app.exception
    assert app.button(key="certificates_regenerate")
    assert slot_of_node(example, "cucm-pub", "TVS") == before


def test_what_a_subscriber_does_not_make_is_not_offered_there(example):
    root = slot_of_node(example, "cucm-pub", "ITLRecovery")
    subscriber = next(
        each for each in deeds_on(example, root.sha256) if each.node.name == "cucm-sub1"
    )
    app = open_page(certificate=root.sha256)

    app.selectbox(key="certificates_place").set_value(subscriber.place).run()

    assert not app.exception
    assert not {each.key for each in app.button} & {"certificates_regenerate"}
    assert "ITLRecovery is made on the publisher" in all_texts(app).replace("\\", "")


def test_a_trust_certificate_is_deleted_after_a_look_at_what_breaks(example):
    authority = parties.authority(example.db, "example-root").certificate
    app = open_page(certificate=authority)
    chosen = next(
        each
        for each in deeds_on(example, authority)
        if (each.node.name, each.name) == ("cucm-pub", "tomcat-trust")
    )

    app.selectbox(key="certificates_place").set_value(chosen.place).run()
    app.button(key="certificates_delete").click().run()
    asked = all_texts(app)
    app.button(key="certificates_confirm").click().run()

    assert not app.exception
    assert "The cluster cannot undo it" in asked
    assert app.query_params["certificate"] == authority
    pub = parties.by_name(example.db, "", "cucm-pub")
    assert authority not in {
        each.certificate for each in places.entries(example.db, pub.id, "tomcat-trust")
    }
    assert "Deleted from" in all_texts(app)


def test_what_presents_an_old_one_is_restarted_from_the_drawer(example):
    stored = slot_of_node(example, "cucm-pub", "tomcat")
    app = drawer_of(example, "cucm-pub", "tomcat")

    app.button(key="certificates_restart").click().run()
    asked = all_texts(app)
    app.button(key="certificates_confirm").click().run()

    assert not app.exception
    assert "Cisco Tomcat" in asked
    pub = parties.by_name(example.db, "", "cucm-pub")
    service = services.get(example.db, pub.id, "Cisco Tomcat")
    assert services.loaded(example.db, service.id)["tomcat"] == stored.sha256
    assert "certificates_restart" not in {each.key for each in app.button}


def test_a_request_that_waits_can_be_taken_out_and_a_new_one_made(example):
    app = drawer_of(example, "cucm-sub2", "CallManager")

    assert not app.exception
    assert "certificates_download_csr" in {each.key for each in app.download_button}
    other = drawer_of(example, "cucm-pub", "TVS")
    assert "certificates_download_csr" not in {
        each.key for each in other.download_button
    }
    assert not other.exception
