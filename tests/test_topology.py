"""Whatever a topology says, it is built whole or refused, and nothing is half done."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lab.actions.build_lab import build_lab, example_topology, read_topology
from lab.clock import FrozenClock
from lab.errors import BadInputError, LabError, RuleError
from lab.lab import Lab
from lab.store import certificates, events, parties
from lab.store.database import open_database, troubles
from tests.conftest import NOON

SMALL = """\
installed_days_ago = 400

[[authorities]]
name = "root"
label = "Root CA"
key = "EC 256"
crl_days = 90
days_ago = 500

[[authorities]]
name = "issuing"
label = "Issuing CA"
key = "EC 384"
parent = "root"
days = 3000
ocsp = true
days_ago = 450

[[authorities]]
name = "maker"
label = "Maker CA"
key = "EC 256"
role = "manufacturing"
days_ago = 500

[[clusters]]
name = "One"
domain = "one.example"
mixed_mode = true
peers = [
  { name = "browser", kind = "browser", fqdn = "pc.one.example" },
]

[[history]]
days_ago = 3
deed = "trust_authority"
cluster = "One"
node = "pub"
store = "tomcat-trust"
authority = "root"
"""
NO_NODE = SMALL[: SMALL.index("[[history]]")]
WITH_NODE = SMALL.replace(
    "peers = [",
    'nodes = [\n  { name = "pub", product = "ucm" },\n]\n'
    'phones = [\n  { node = "pub", model = "8845", first = "SEP00AA11000001", '
    'count = 1, authority = "maker" },\n]\npeers = [',
)
TWO_CLUSTERS = (
    WITH_NODE
    + """
[[clusters]]
name = "Two"
domain = "two.example"
profile = "r15"
nodes = [{ name = "imp", product = "imp" }]
"""
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            "true",
            "-1",
            "0",
            "1e400",
            "nan",
            "99999999999999999999",
            "1000000000",
            '""',
            '"x"',
            '"../../etc/passwd"',
            '"\\u0000"',
            '"=cmd()"',
            '"RSA 1"',
            '"RSA"',
            '"EC many"',
            '"' + "a" * 300 + '"',
            "[]",
            "[1]",
            "{}",
            "[{ a = 1 }]",
            "1979-05-27T07:32:00Z",
        ]
    ),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(str),
)
TOML = st.lists(
    st.sampled_from(
        [
            "[[clusters]]",
            "[[authorities]]",
            "[[history]]",
            "[clusters]",
            "name",
            "deed",
            "days_ago",
            "nodes",
            "phones",
            "=",
            '"x"',
            "1",
            "[",
            "]",
            "{",
            "}",
            "\n",
            "\n",
            "#",
            "\x00",
            "\ud800",
        ]
    ),
    max_size=30,
).map(" ".join)


def empty_lab():
    return Lab(open_database(":memory:"), FrozenClock(NOON), actor="test")


def refusal_of(lab, text):
    """Build it; the refusal, or None when it was built."""
    try:
        build_lab(lab, text)
    except LabError as refusal:
        return refusal
    return None


def build_or_refuse(text):
    """Whether it was built; a lab that is neither whole nor empty fails here."""
    lab = empty_lab()
    refusal = refusal_of(lab, text)
    if refusal:
        assert f"{refusal}. {refusal.hint}"
        assert not lab.db.conn.in_transaction
        for table in ("certificates", "parties", "clusters", "keys", "jobs", "events"):
            assert lab.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    else:
        assert troubles(lab.db) == []
        assert events.first_broken(lab.db) is None
        assert events.latest(lab.db, 1)[0].kind == "lab.built"
    lab.close()
    return refusal is None


def changed(text, line, value):
    """The text with the value of one of its lines replaced by another."""
    lines = text.splitlines()
    having = [number for number, each in enumerate(lines) if "=" in each]
    number = having[line % len(having)]
    name = lines[number].rpartition("=")[0] if "{" not in lines[number] else ""
    if not name:  # a row of a table in one line: its last value
        head, _, _ = lines[number].rpartition("=")
        lines[number] = f"{head}= {value} }},"
    else:
        lines[number] = f"{name}= {value}"
    return "\n".join(lines)


def test_the_topologies_that_the_tests_change_are_built_as_they_are():
    assert build_or_refuse(NO_NODE)
    assert build_or_refuse(WITH_NODE)


def test_two_clusters_are_built_apart():
    lab = empty_lab()

    build_lab(lab, TWO_CLUSTERS)

    assert [each.name for each in parties.clusters(lab.db)] == ["One", "Two"]
    assert [each.fqdn for each in parties.nodes(lab.db)] == [
        "pub.one.example",
        "imp.two.example",
    ]
    assert parties.by_name(lab.db, "One", "SEP00AA11000001").node == "pub"
    assert troubles(lab.db) == []
    assert events.first_broken(lab.db) is None
    lab.close()


def test_the_example_names_nothing_that_is_not_known():
    steps = read_topology(example_topology())

    assert [step.days_ago for step in steps] == sorted(
        (step.days_ago for step in steps), reverse=True
    )


def test_a_lab_that_holds_something_is_left_as_it_is():
    lab = empty_lab()
    build_lab(lab, NO_NODE)
    before = events.head(lab.db), certificates.count(lab.db)

    with pytest.raises(RuleError, match="already holds something"):
        build_lab(lab, NO_NODE)

    assert (events.head(lab.db), certificates.count(lab.db)) == before
    lab.close()


@pytest.mark.parametrize(
    "text",
    ["", "# nothing", "x = 1", "clusters = 1", "[clusters]", "[[clusters]]", "= ="],
)
def test_a_text_that_is_no_topology_is_refused(text):
    with pytest.raises(BadInputError):
        read_topology(text)


def test_a_topology_that_is_too_long_is_refused_before_it_is_parsed():
    with pytest.raises(BadInputError, match="has 1048577 characters; the most is"):
        read_topology("[" * (1024 * 1024 + 1))


def test_a_deeply_nested_topology_is_refused():
    assert not build_or_refuse("x = " + "[" * 100_000)


@settings(deadline=None, max_examples=200)
@given(text=st.one_of(st.text(max_size=200), TOML))
def test_any_text_is_built_or_refused(text):
    build_or_refuse(text)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(line=st.integers(0, 30), value=VALUES)
@example(line=3, value='"RSA"')
@example(line=3, value="7")
@example(line=9, value="99999999999999999999")
def test_a_changed_topology_is_built_or_refused(line, value):
    build_or_refuse(changed(NO_NODE, line, value))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(line=st.integers(0, 40), value=VALUES)
@example(line=19, value="{}")
@example(line=20, value="1")
def test_a_changed_topology_with_a_node_is_built_or_refused(line, value):
    build_or_refuse(changed(WITH_NODE, line, value))


NODE = '{ name = "pub", product = "ucm" }'
PHONES = {
    "node": '"pub"',
    "model": '"8845"',
    "first": '"SEP00AA11000001"',
    "count": "1",
    "authority": '"maker"',
}
AUTHORITY = {
    "deed": '"add_authority"',
    "name": '"another"',
    "label": '"Another CA"',
    "key": '"EC 256"',
}


def with_phones(phones):
    rows = f"nodes = [{NODE}]\nphones = [{phones}]\npeers = ["
    return NO_NODE.replace("peers = [", rows)


def toml(row, between):
    return between.join(f"{name} = {value}" for name, value in row.items())


@pytest.mark.parametrize(
    "change",
    [
        {"count": "1000000000"},
        {"count": '"many"'},
        {"count": "-1"},
        {"first": '"SEPFFFFFFFFFFFF"', "count": "2"},
        {"first": '"elephant"'},
        {"first": "7"},
        {"node": '"nowhere"'},
        {"authority": '"nobody"'},
        {"wings": "2"},
    ],
    ids=str,
)
def test_phones_that_make_no_sense_are_refused(change):
    phones = "{ " + toml(PHONES | change, ", ") + " }"

    assert not build_or_refuse(with_phones(phones))


@pytest.mark.parametrize("phones", ['{ node = "pub" }', "{ }", "7", "[]", '"x"'])
def test_phones_that_lack_something_are_refused(phones):
    assert not build_or_refuse(with_phones(phones))


@pytest.mark.parametrize(
    "deed",
    [
        {"deed": '"launch"'},
        {"days_ago": "1"},
        {"deed": '"restart_service"'},
        {"deed": '"restart_service"', "node": "7", "service": "[]"},
        {"deed": '"generate_self_signed"', "node": '"pub"', "purpose": "7"},
        {"deed": '"issue_lsc"', "first": '"SEP1"', "count": "99999999999"},
        {"deed": '"renew_peer"'},
        {"deed": '"revoke_certificate"', "party": '"browser"', "purpose": '"peer"'},
        AUTHORITY | {"key": '"RSA 1000000"'},
        AUTHORITY | {"days": "1e300"},
        AUTHORITY | {"crl_days": "0"},
        AUTHORITY | {"crl_days": "0.0001"},
        AUTHORITY | {"label": "{}"},
        AUTHORITY | {"label": "nan"},
        AUTHORITY | {"days_ago": "-1"},
        AUTHORITY | {"lab": "1"},
    ],
    ids=str,
)
def test_a_deed_that_makes_no_sense_is_refused(deed):
    assert not build_or_refuse(f"{NO_NODE}\n[[history]]\n" + toml(deed, "\n"))


def test_a_deed_of_the_same_kind_that_makes_sense_is_done():
    assert build_or_refuse(f"{NO_NODE}\n[[history]]\n" + toml(AUTHORITY, "\n"))
