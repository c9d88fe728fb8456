"""The console command `utils fips_common_criteria`."""

from lab.actions.cluster_commands.run import run_command
from lab.actions.set_common_criteria import common_criteria

COMMAND = "utils fips_common_criteria"


def test_status_says_whether_it_is_on(site):
    reply = run_command(site, "pub", f"{COMMAND} status")

    assert reply.text == "Common Criteria mode is disabled"


def test_enabling_says_what_is_modelled_and_asks(site):
    asked = run_command(site, "pub", f"{COMMAND} enable")

    assert asked.waits
    assert "The lab models what this mode means for revocation checks" in asked.text
    assert not common_criteria(site, "Site")


def test_with_a_yes_the_whole_cluster_has_it(site, seen):
    reply = run_command(site, "imp", f"{COMMAND} enable", answers=["yes"])

    assert reply.text.endswith("Common Criteria mode is enabled")
    assert common_criteria(site, "Site")
    assert [event.detail for event in seen.events("common_criteria.set")] == ["enabled"]


def test_with_a_no_nothing_changes(site):
    reply = run_command(site, "pub", f"{COMMAND} enable", answers=["no"])

    assert "cancelled" in reply.text
    assert not common_criteria(site, "Site")


def test_what_is_so_already_is_refused(site):
    reply = run_command(site, "pub", f"{COMMAND} disable", answers=["y"])

    assert "is disabled already" in reply.text
    assert reply.refusal
