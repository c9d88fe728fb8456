"""Figures: the bars, their colours and texts, and names that are not mark-up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab.models import State
from pages import chart_style, charts, timeline
from tests.placements import NOW, placement


def bars(figure):
    return {trace.name: trace for trace in figure.data if trace.type == "bar"}


def test_each_certificate_is_a_bar_of_its_state_below_its_node():
    rows = [
        placement(1, days=300),
        placement(2, days=5, name="CallManager", state=State.ENDS_IN_7, party="pub"),
    ]

    figure = timeline.timeline(rows, NOW, NOW)

    assert list(figure.layout.yaxis.ticktext) == [
        *("<b>pub</b>", "CallManager", "<b>sub</b>", "tomcat"),
    ]
    found = bars(figure)
    assert list(found["Ends within 7 days"].y) == [1]
    assert list(found["In use and fine"].y) == [3]


def test_a_bar_reaches_from_its_first_to_its_effective_end():
    row = placement(1, days=30)

    (bar,) = bars(timeline.timeline([row], NOW, NOW)).values()

    left = figure_left(timeline.timeline([row], NOW, NOW))
    start = max(left, row.not_before)
    assert bar.base[0] == start
    assert bar.x[0] == (row.effective_end - start) / timedelta(milliseconds=1)


def figure_left(figure):
    return figure.layout.xaxis.range[0]


def test_behind_an_earlier_effective_end_the_bar_is_faded_and_has_a_diamond():
    row = placement(
        1, days=40, not_after=NOW + timedelta(days=500), limited_by_name="CA 2"
    )

    figure = timeline.timeline([row], NOW, NOW)

    faded = next(t for t in figure.data if t.opacity == 0.25)
    diamond = next(t for t in figure.select_traces({"mode": "markers"}))
    assert faded.base[0] == row.effective_end
    assert diamond.marker.symbol == "diamond"
    assert diamond.x[0] == row.effective_end
    assert "limited by CA 2" in diamond.customdata[0]


def test_a_certificate_in_several_places_is_one_bar_that_says_so():
    figure = timeline.timeline([placement(places=3)], NOW, NOW)

    assert figure.layout.yaxis.ticktext[1] == "tomcat +2"
    assert "Also in 2 other places" in bars(figure)["In use and fine"].customdata[0]


def test_today_and_the_date_of_the_slider_are_lines():
    later = NOW + timedelta(days=30)

    now = timeline.timeline([placement()], NOW, NOW).layout.shapes
    ahead = timeline.timeline([placement()], later, NOW).layout.shapes

    assert [line.x0 for line in now] == [NOW]
    assert [line.x0 for line in ahead] == [NOW, later]


@pytest.mark.parametrize(
    "name", ["<b>bold</b>", "<a href='https://x.example'>x</a>", "a & b", "$x^2$"]
)
def test_a_name_is_never_mark_up(name):
    row = placement(
        common_name=name, party=name, name=name, issued_by=name, limited_by_name=name
    )
    early = replace(row, place=2, not_after=NOW + timedelta(days=900))

    texts = [
        timeline.timeline([row, early], NOW, NOW).to_json(),
        charts.heat_map([row], NOW).to_json(),
    ]

    for text in texts:
        bare = (
            text.replace("<b>", "").replace("</b>", "").replace("\\u003cb\\u003e", "")
        )
        assert name not in text
        assert "href='" not in bare
        assert "bold<" not in bare


def test_a_plain_text_has_one_line_and_no_invisible_signs():
    assert chart_style.plain("a\nb\u202ec") == "a b c"
    assert chart_style.plain("<b>") == "&lt;b&gt;"
    assert chart_style.plain("$a$") == "&#36;a&#36;"


def test_a_long_name_loses_its_middle():
    text = chart_style.plain("a-very-long-name.of.a.host.example", 16)

    assert text == "a-very-….example"
    assert len(text) == 16


def test_nothing_in_the_timeline_is_cut_off():
    figure = timeline.timeline([placement(party="x" * 200, name="y" * 200)], NOW, NOW)

    assert figure.layout.yaxis.automargin
    assert all(len(text) <= 40 for text in figure.layout.yaxis.ticktext)


@pytest.mark.parametrize("dark", [False, True])
def test_every_state_has_a_colour_or_a_pattern_of_its_own(dark):
    looks = {
        (chart_style.state_colour(state, dark=dark), chart_style.PATTERNS[state])
        for state in State
    }

    assert len(looks) == len(State)


def test_a_cell_of_the_heat_map_shows_days_or_a_word():
    rows = [
        placement(1, days=40),
        placement(2, days=700, party="pub", state=State.NOT_IN_USE),
        placement(3, days=1900, name="ipsec"),
    ]

    (heat,) = charts.heat_map(rows, NOW).data

    assert [list(line) for line in heat.text] == [
        ["40 d", "not in use"],
        ["1,900 d", ""],
    ]
    order = list(State)
    assert heat.z[0][0] == order.index(State.FINE)
    assert heat.z[1][1] is None


def test_nodes_of_the_same_name_in_two_clusters_have_columns_of_their_own():
    rows = [placement(1, days=40), placement(2, days=50, cluster="two")]

    (heat,) = charts.heat_map(rows, NOW).data

    assert list(heat.text[0]) == ["40 d", "50 d"]


def test_all_twelve_months_are_shown_even_when_nothing_ends():
    figure = charts.forecast({}, NOW)

    assert len(figure.layout.xaxis.ticktext) == 12
    assert list(figure.data[-1].text) == ["0"] * 12


def test_bars_of_a_month_are_stacked_by_state():
    counts = {
        (State.FINE, "2030-03"): 4,
        (State.ENDS_IN_90, "2030-03"): 2,
        (State.FINE, "2033-01"): 9,  # beyond the twelve months
    }

    figure = charts.forecast(counts, NOW)

    found = bars(figure)
    assert figure.layout.barmode == "stack"
    assert list(found["In use and fine"].y) == [0, 0, 4] + [0] * 9
    assert list(found["Ends within 90 days"].y) == [0, 0, 2] + [0] * 9
    assert list(figure.data[-1].y) == [0, 0, 6] + [0] * 9


def test_months_run_on_across_the_year():
    months = chart_style.months_ahead(datetime(2030, 11, 30, tzinfo=UTC), 3)

    assert [f"{month:%Y-%m-%d}" for month in months] == [
        *("2030-11-01", "2030-12-01", "2031-01-01"),
    ]


def test_days_are_counted_as_people_count_them():
    evening = datetime(2030, 1, 1, 23, 59, tzinfo=UTC)

    assert chart_style.days_between(evening, datetime(2030, 1, 2, tzinfo=UTC)) == 1
    assert chart_style.days_between(evening, datetime(2029, 12, 31, tzinfo=UTC)) == -1


def test_a_cell_lets_the_background_through():
    assert chart_style.blend("#ff0000", "#0000ff", 0.5) == "#800080"
    assert chart_style.blend("#123456", "#ffffff", 1) == "#123456"


def test_a_copy_that_is_left_over_lifts_its_node_to_no_higher_place():
    leftover = placement(1, days=-70, party="quiet", state=State.LEFT_OVER)
    urgent = placement(2, days=6, party="busy", state=State.ENDS_IN_7)

    figure = timeline.timeline([leftover, urgent], NOW, NOW)

    labels = list(figure.layout.yaxis.ticktext)
    assert labels.index("<b>busy</b>") < labels.index("<b>quiet</b>")
