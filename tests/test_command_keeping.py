"""python -m lab oauth, backup and restore."""

import pytest

from lab.actions.build_lab import build_lab
from lab.lab import open_lab
from lab.store import events, oauth, parties

TOPOLOGY = """\
[[authorities]]
name = "maker"
label = "Maker CA"
key = "EC 256"
role = "manufacturing"

[[clusters]]
name = "One"
domain = "one.example"
nodes = [{ name = "pub", product = "ucm" }, { name = "imp", product = "imp" }]
"""
SECOND = """
[[clusters]]
name = "Two"
domain = "two.example"
nodes = [{ name = "other", product = "ucm" }]
"""


@pytest.fixture(scope="module")
def small_file(tmp_path_factory):
    return _built(tmp_path_factory.mktemp("one") / "lab.sqlite3", TOPOLOGY)


def _built(path, topology):
    lab = open_lab(path)
    build_lab(lab, topology)
    lab.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    lab.close()
    return path


@pytest.fixture
def small(small_file, tmp_path, monkeypatch):
    """A lab of two nodes in a file of its own; `LAB_DB` names it."""
    path = tmp_path / "lab.sqlite3"
    path.write_bytes(small_file.read_bytes())
    monkeypatch.setenv("LAB_DB", str(path))
    return path


def held(path):
    lab = open_lab(path)
    found = {kind: each.key for kind, each in oauth.of_cluster(lab.db, "One").items()}
    lab.close()
    return found


def test_both_keys_are_shown_with_every_node(small, lab_command):
    text = lab_command("oauth", "show").out
    found = lab_command("oauth", "show", "--json").json()

    assert {key["kind"]: key["checksum"] for key in found["keys"]} == held(small)
    assert all(checksum in text for checksum in held(small).values())
    assert text.count("pub: the same") == text.count("imp: the same") == 2


@pytest.mark.parametrize("kind", ["encryption", "signing"])
def test_a_key_is_renewed(small, lab_command, kind):
    before = held(small)

    done = lab_command("oauth", "regenerate", kind)

    after = held(small)
    assert done.status == 0, done.err
    assert after[kind] in done.out
    assert {name for name in after if after[name] != before[name]} == {kind}
    assert "Cisco CallManager" in done.out
    assert "Expressway" in done.out


def test_a_renewal_is_told_as_json(small, lab_command):
    found = lab_command("oauth", "regenerate", "encryption", "--json").json()

    assert found["key"]["checksum"] == held(small)["encryption"]
    assert {"restart", "other_cluster", "backup"} <= {
        each["kind"] for each in found["follows"]
    }


def test_tokens_die_with_a_key(small, lab_command):
    signed_in = lab_command("oauth", "sign-in", "alice", "bob", "--json").json()
    before = lab_command("oauth", "show", "--json").json()["tokens"]
    lab_command("oauth", "regenerate", "signing")
    after = lab_command("oauth", "show", "--json").json()["tokens"]

    assert signed_in == {"cluster": "One", "tokens": 4}
    assert {(each["state"], *each["taken_by"]) for each in before} == {
        ("good", "pub", "imp")
    }
    assert {(each["state"], *each["taken_by"]) for each in after} == {("dead",)}
    assert "alice" in lab_command("oauth", "show").out


def test_no_key_is_ever_printed(small, lab_command):
    lab_command("oauth", "sign-in", "alice")
    lab = open_lab(small)
    secrets = [row[0] for row in lab.db.execute("SELECT material FROM keys")]
    lab.close()

    said = "".join(
        lab_command("oauth", *words).out
        for words in (["show"], ["show", "--json"], ["regenerate", "encryption"])
    )

    assert secrets
    assert not [each for each in secrets if each.hex() in said]


def test_a_third_key_is_wrong_usage(small, lab_command):
    assert small.exists()
    assert lab_command("oauth", "regenerate", "session").status == 2


def test_a_backup_is_made_and_listed(small, lab_command):
    empty = lab_command("backup", "--list")
    made = lab_command("backup", "--json").json()
    listed = lab_command("backup", "--list", "--json").json()
    text = lab_command("backup", "--list").out

    assert "there are no backups" in empty.out
    assert (small.parent / "backups" / made["name"]).stat().st_size == made["size"]
    assert listed == [made]
    assert made["cluster"] == "One"
    assert made["problem"] == ""
    assert made["name"] in text


def test_a_file_of_no_use_is_listed_with_the_reason(small, lab_command):
    lab_command("backup")
    (small.parent / "backups" / "evil\x1b[2J.sqlite3").write_text("x")

    done = lab_command("backup", "--list")

    assert "is no backup" in done.out
    assert "\x1b" not in done.out


def test_a_restore_says_what_differs_and_brings_it_back(small, lab_command):
    before = held(small)
    name = lab_command("backup", "--json").json()["name"]
    lab_command("oauth", "regenerate", "encryption")

    done = lab_command("restore", name, "--yes")

    assert done.status == 0, done.err
    assert "OAuth key" in done.out
    assert before["encryption"][:16] in done.out
    assert "restored" in done.out
    assert held(small) == before
    lab = open_lab(small)
    assert events.first_broken(lab.db) is None
    assert events.latest(lab.db, limit=1)[0].kind == "backup.restored"
    lab.close()


def test_a_restore_is_told_as_json(small, lab_command):
    name = lab_command("backup", "--json").json()["name"]
    lab_command("oauth", "regenerate", "signing")

    found = lab_command("restore", name, "--yes", "--json").json()

    assert found["backup"]["name"] == name
    kinds = {each["kind"] for each in found["differences"]}
    assert {"identity", "OAuth key"} <= kinds
    assert found["ready_at"] > found["backup"]["at"]


def test_a_restore_asks_first(small, lab_command):
    name = lab_command("backup", "--json").json()["name"]
    lab_command("oauth", "regenerate", "encryption")
    renewed = held(small)

    refused = lab_command("restore", name, answer="n\n")
    kept = held(small)
    accepted = lab_command("restore", name, answer="y\n")

    assert refused.status == 1
    assert "encryption" in refused.out
    assert kept == renewed
    assert accepted.status == 0, accepted.err
    assert held(small) != renewed


def test_a_backup_that_is_not_there_is_refused_in_one_line(small, lab_command):
    assert small.exists()

    done = lab_command("restore", "nothing.sqlite3", "--yes")

    assert done.status == 1
    assert done.err.startswith("refused: there is no backup called 'nothing.sqlite3'")
    assert done.err.count("\n") == 1


def test_of_several_clusters_one_must_be_named(tmp_path, monkeypatch, lab_command):
    path = _built(tmp_path / "two.sqlite3", TOPOLOGY + SECOND)
    monkeypatch.setenv("LAB_DB", str(path))

    for words in (["oauth", "show"], ["oauth", "regenerate", "signing"], ["backup"]):
        refused = lab_command(*words)
        assert refused.status == 1
        assert "--cluster: One, Two" in refused.err
        assert lab_command(*words, "--cluster", "Two").status == 0
    lab = open_lab(path)
    assert parties.by_name(lab.db, "Two", "other")
    lab.close()
    assert len(lab_command("backup", "--list", "--json").json()) == 1
    assert lab_command("backup", "--list", "--cluster", "One", "--json").json() == []
    assert lab_command("backup", "--list", "--cluster", "No").status == 1
