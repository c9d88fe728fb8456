"""The commands on phones and their lists: phones, lsc, ctl, itl."""

import json

import pytest
from click.testing import CliRunner

from lab.command import commands
from lab.lab import open_lab
from lab.store import parties, phones

pytestmark = pytest.mark.usefixtures("example_path")
FIRST, SECOND = "SEP00AA11000001", "SEP00AA11000002"
CLUSTER = "Example Cluster"


def run(*arguments):
    """`python -m lab …` within this process; it must not end with a traceback."""
    result = CliRunner().invoke(commands, [str(each) for each in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def lines(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def told(*arguments):
    return json.loads("\n".join(lines(*arguments, "--json")))


def refused(*arguments):
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("refused: ")
    return result.stderr


def renew_together():
    for purpose in ("CallManager", "TVS"):
        for node in ("cucm-pub", "cucm-sub1", "cucm-sub2"):
            lines("self-signed", node, purpose)
    lines("self-signed", "cucm-pub", "ITLRecovery")


class TestPhones:
    def test_they_are_listed_with_their_lists(self):
        found = lines("phones")

        assert found[0].split()[:3] == ["phone", "node", "state"]
        assert found[1].split()[:3] == [FIRST, "cucm-sub1", "registered"]
        assert found[-1] == "24 of 24 phones"

    def test_options_narrow_the_list(self):
        assert lines("phones", "--node", "cucm-sub2")[-1] == "8 of 8 phones"
        assert lines("phones", "--lost") == ["0 of 0 phones"]
        assert lines("phones", "--itl", "none") == ["0 of 0 phones"]
        assert lines("phones", "--limit", "3")[-1] == "3 of 24 phones"

    def test_json_tells_everything_of_each(self):
        (row,) = told("phones", "--limit", 1)

        assert row["device"] == FIRST
        assert row["registered"] is True
        assert row["words"] == []

    def test_lost_ones_are_explained_and_cured(self):
        renew_together()

        found = lines("phones", "reset")
        assert found[:2] == ["24 phones: 0 registered", "24 not registered"]
        assert "16 of cucm-sub1: Its configuration is signed by" in found[2]
        assert found[3].strip().startswith("TVS on cucm-pub shows a certificate")
        row = told("phones", "--lost", "--limit", 1)[0]
        assert row["evidence"]["why"] == "file_unknown"
        assert row["words"][-1].startswith("Sign the ITL with the local key")

        after = lines("itl", "reset-localkey")
        assert after[:2] == ["the ITL was signed with the localkey", "what follows:"]
        assert told("phones", "reset")["registered"] == 24

    def test_some_are_reset_or_unlocked(self):
        assert told("phones", "reset", FIRST, SECOND)["phones"] == 2
        assert lines("phones", "reset", "--node", "cucm-sub2") == [
            "8 phones: 8 registered"
        ]
        assert lines("phones", "unlock", FIRST) == ["1 phone: 1 registered"]

    def test_what_is_no_phone_is_refused(self):
        assert "cucm-pub is no phone" in refused("phones", "reset", "cucm-pub")
        assert "nothing in the lab is called" in refused("phones", "unlock", "SEPX")
        assert "no cluster called Nowhere" in refused(
            "phones", "reset", "--cluster", "Nowhere"
        )


class TestLscs:
    def test_they_are_issued_and_deleted(self):
        (one,) = told("lsc", "issue", FIRST, "--key-order", "EC Only", "--days", 9)
        assert len(one) == 64
        found = lines("lsc", "issue", "--all", "--node", "cucm-sub2", "--key-order",
                      "EC Preferred - RSA Backup", "--key-size", 384)  # fmt: skip
        assert found[0] == "issued 8 LSCs"
        assert found[1].endswith("EC key")
        assert lines("lsc", "delete", FIRST) == ["deleted the LSC of 1 phones"]
        assert told("phones", "--limit", 1)[0]["lsc"] == ""

    def test_those_of_an_earlier_capf_are_shown(self):
        assert lines("lsc", "stale") == ["every LSC was signed by the present CAPF"]
        lines("self-signed", "cucm-pub", "CAPF")

        assert len(told("lsc", "stale")) == 24
        assert lines("lsc", "stale")[1].split()[-1] == "yes"

    def test_what_capf_does_not_do_is_refused(self):
        assert "it is not said which phones" in refused("lsc", "issue")
        assert "valid for 0 days" in refused("lsc", "issue", FIRST, "--days", 0)
        assert "EC Key Size cannot be" in refused(
            "lsc", "issue", FIRST, "--key-order", "EC Only", "--key-size", 100
        )
        assert "shows its LSC" not in refused(
            "lsc", "issue", FIRST, "--authentication", "By Authentication String"
        )


class TestLists:
    def test_they_are_shown_as_the_cluster_does(self):
        found = lines("itl", "show", "--node", "cucm-sub1")

        assert found[0] == "The checksum value of the ITL file:"
        assert "ITL Record #:7" in found
        assert found[-1] == "The ITL file was verified successfully."
        assert lines("ctl", "show")[-1] == "The CTL file was verified successfully."

    def test_json_has_their_records(self):
        shown = told("itl", "show")

        assert (shown["kind"], shown["node"]) == ("ITL", "cucm-pub")
        assert [row["role"] for row in shown["records"]][:3] == [
            "SAST",
            "CCM+TFTP",
            "SAST",
        ]

    def test_the_ctl_is_updated_and_signed_with_the_local_key(self):
        assert lines("ctl", "update")[:2] == ["the CTL was written", "what follows:"]
        done = told("ctl", "reset-localkey")
        assert done["done"] == "the CTL was signed with the localkey"
        assert {each["kind"] for each in done["follows"]} >= {"trust_list", "phones"}

    def test_the_other_key_is_that_of_an_earlier_itlrecovery(self):
        assert "holds no key" in refused("itl", "reset-remotekey")
        lines("self-signed", "cucm-pub", "ITLRecovery")

        assert lines("itl", "reset-remotekey")[0] == (
            "the ITL was signed with the remotekey"
        )

    def test_the_mode_is_set(self, example_path):
        assert "already" in refused("ctl", "mode", "mixed-mode")
        assert lines("ctl", "mode", "non-secure-mode")[0] == (
            f"{CLUSTER} is in non-secure-mode"
        )
        assert "non-secure mode" in refused("ctl", "update")

        lab = open_lab(example_path)
        try:
            assert not parties.cluster(lab.db, CLUSTER).mixed_mode
            assert phones.count(lab.db) == (24, 24)
        finally:
            lab.close()

    def test_an_empty_lab_has_neither(self, empty_path):
        assert lines("phones", "--db", empty_path) == ["0 of 0 phones"]
        assert "the lab has 0 clusters" in refused("itl", "show", "--db", empty_path)
