"""The fault laboratory: faults are set and stopped, and the matrix is run and read."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lab.actions.faults import active_faults
from lab.lab import open_lab
from lab.laboratory.matrix import run_matrix
from lab.rules.faults import FAULTS, METHODS, POLICIES
from lab.store import asking
from pages.chart_style import DARK, LIGHT
from pages.matrix_chart import matrix_figure

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
FEW = ("good", "tryLater", "wrong_scope")


def open_page(**asked):
    app = AppTest.from_file(FRAME, default_timeout=120)
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page("fault_laboratory.py").run()


@pytest.fixture
def page(example_path):
    return open_page()


@pytest.fixture(scope="module")
def matrix(example_file):
    """A few rows of the matrix, really run."""
    lab = open_lab(example_file)
    yield run_matrix(lab, faults=FEW)
    lab.close()


def set_fault(app, fault, **fields):
    app.selectbox(key="laboratory_set_fault").set_value(fault).run()
    for key, value in fields.items():
        app.get_by_key(f"laboratory_set_{key}").set_value(value).run()
    app.button(key="laboratory_set").click().run()
    assert not app.exception
    return app


def words(app):
    return " ".join(each.value for each in [*app.markdown, *app.caption])


def test_at_first_everything_tells_the_truth(page):
    assert not page.exception
    assert "tell the truth" in page.success[0].value
    assert "has not been run" in page.info[0].value


def test_an_empty_lab_has_nothing_that_could_fail(empty_path):
    app = open_page()

    assert not app.exception
    assert "no authority of its own" in words(app)


def test_a_fault_of_everything_is_set_and_stopped(page, example):
    set_fault(page, "tryLater")

    [fault] = active_faults(example)
    assert (fault.target, fault.channel, fault.fault) == ("", "OCSP", "tryLater")
    assert "Try later" in words(page)
    page.button(key="laboratory_stop_0").click().run()
    assert not page.exception
    assert active_faults(example) == []
    assert "tell the truth" in page.success[0].value


def test_a_fault_of_an_authority_is_late_by_so_much(page, example):
    page.get_by_key("laboratory_set_kind").set_value("authority").run()
    page.selectbox(key="laboratory_set_authority").set_value("partner").run()
    set_fault(page, "slow", channel="CRL", seconds=2.5)

    [fault] = active_faults(example)
    assert (fault.target, fault.channel) == ("partner", "CRL")
    assert fault.seconds == 2.5
    assert "2.5 seconds late" in words(page)


def test_a_fault_of_one_certificate_is_set_by_its_name(page, example):
    wanted = asking.find(example.db, "cucm-sub1")[0]
    page.get_by_key("laboratory_set_kind").set_value("certificate").run()
    page.text_input(key="laboratory_set_q").set_value("cucm-sub1").run()
    page.selectbox(key="laboratory_set_certificate").set_value(wanted.sha256).run()

    set_fault(page, "nonce_wrong")

    [fault] = active_faults(example)
    assert fault.target == wanted.sha256
    assert wanted.common_name in words(page)


def test_all_faults_are_stopped_at_once(page, example):
    set_fault(page, "stale")
    page.get_by_key("laboratory_set_kind").set_value("authority").run()
    set_fault(page, "http_500")
    assert len(active_faults(example)) == 4

    page.button(key="laboratory_stop_all").click().run()

    assert active_faults(example) == []


def test_a_fault_of_the_environment_is_shown_and_has_no_button(
    example_path, monkeypatch
):
    monkeypatch.setenv("LAB_FAULTS", "example-issuing=tryLater")

    app = open_page()

    assert not app.exception
    assert "LAB_FAULTS" in words(app)
    assert "laboratory_stop_0" not in [each.key for each in app.button]


def test_faults_of_the_environment_that_make_no_sense_are_told(
    example_path, monkeypatch
):
    monkeypatch.setenv("LAB_FAULTS", "nonsense")

    app = open_page()

    assert not app.exception
    assert any("LAB_FAULTS" in each.value for each in app.error)


def test_it_is_told_beforehand_what_a_fault_does(page):
    page.selectbox(key="laboratory_set_fault").set_value("wrong_signer").run()

    assert FAULTS["wrong_signer"].happens in words(page)
    assert FAULTS["wrong_signer"].client in words(page)


def test_the_matrix_is_kept_and_a_cell_shows_its_evidence(example_path, matrix):
    app = AppTest.from_file(FRAME, default_timeout=120)
    app.session_state["laboratory_matrix"] = matrix
    app.query_params["fault"], app.query_params["method"] = "tryLater", "both"
    app.run()
    app.switch_page("fault_laboratory.py").run()

    assert not app.exception
    shown = words(app)
    for policy in POLICIES.values():
        assert policy.label in shown
    assert "tryLater" in shown
    cells, *trees = [each.value for each in app.dataframe]
    assert len(cells) == len(FEW) * len(METHODS) * len(POLICIES)
    assert trees[-1]["name"].iloc[0] == "CertificateList"


def test_a_cell_is_replayed(example_path, matrix):
    app = AppTest.from_file(FRAME, default_timeout=120)
    app.session_state["laboratory_matrix"] = matrix
    app.query_params["fault"], app.query_params["method"] = "tryLater", "OCSP"
    app.run()
    app.switch_page("fault_laboratory.py").run()

    app.button(key="laboratory_replay").click().run()

    assert not app.exception
    kept = app.session_state["laboratory_matrix"]
    assert len(kept.cells) == len(matrix.cells)
    place = ("tryLater", "OCSP", "soft")
    assert kept.cell(*place).asked is not matrix.cell(*place).asked
    assert kept.cell(*place).verdict == matrix.cell(*place).verdict
    place = ("good", "OCSP", "soft")
    assert kept.cell(*place) is matrix.cell(*place)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_figure_has_a_word_and_a_reason_in_each_cell(matrix, dark):
    figure = matrix_figure(matrix.cells, dark=dark)

    grid, points = figure.data
    assert [len(line) for line in grid.text] == [9, 9, 9]
    assert grid.text[0][:3] == ["yes", "yes", "yes"]
    assert grid.text[1][:3] == ["yes?", "no?", "no?"]
    assert len(points.customdata) == 27
    hover, fault, method = points.customdata[9]
    assert (fault, method) == ("tryLater", "OCSP")
    assert "Soft fail" in hover
    assert "tryLater" in hover
    assert grid.textfont.color == (DARK if dark else LIGHT).text


def test_a_fault_that_nothing_asked_can_have_is_faint(matrix):
    grid = matrix_figure(matrix.cells).data[0]

    verdicts = 4
    assert all(level >= verdicts for level in grid.z[1][3:6])  # tryLater of a CRL
    assert all(level < verdicts for level in grid.z[1][:3])
    assert len({colour for _, colour in grid.colorscale}) == 2 * verdicts
