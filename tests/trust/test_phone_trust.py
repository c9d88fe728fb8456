"""When a phone takes a list and when it registers: the five rules, one by one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lab.models import ServiceState
from lab.rules.trust_lists import (
    MOST_ITL_BYTES,
    MOST_ITL_CERTIFICATES,
    PHONE_REASONS,
    PHONE_RULES,
    TVS_ANSWERS,
)
from lab.trust.phone_trust import (
    Desk,
    HeldList,
    Station,
    Trust,
    ask_tvs,
    lsc_dates,
    register,
    reset,
    take_list,
)


def a_list(kind="ITL", number=1, signer="recovery", **roles):
    names = {"ccm_tftp": "CCM+TFTP"}
    held = {names.get(name, name.upper()): frozenset(of) for name, of in roles.items()}
    return HeldList(
        number=number, kind=kind, signer=signer, roles=held, certificates=7, size=9000
    )


OLD = a_list(sast=["recovery", "cm"], ccm_tftp=["cm"], tvs=["tvs"], capf=["capf"])
NEW = a_list(
    number=2, signer="recovery2", sast=["recovery2", "cm2"], ccm_tftp=["cm2"],
    tvs=["tvs2"],
)  # fmt: skip
CTL = a_list("CTL", 5, sast=["recovery", "cm"], ccm_tftp=["cm"])
KNOWING = Desk(
    node="pub", state="up", shows="tvs", knows=frozenset({"recovery2", "cm2"})
)
STATION = Station(
    node="sub",
    online=True,
    calls=ServiceState.STARTED,
    serves=True,
    itl=NEW,
    ctl=None,
    file_signer="cm2",
    server="cm2",
    mixed=False,
    issuers=frozenset({"capf"}),
    entries=frozenset({"capf", "sub-ca"}),
)


class TestTakingAList:
    def test_rule_1_without_any_list_the_first_file_is_trusted(self):
        forged = replace(NEW, genuine=False)

        assert take_list(forged, None, None, []).good
        assert take_list(forged, None, None, []).rule == 1

    def test_rule_2_with_a_ctl_it_alone_decides_over_an_itl(self):
        known = replace(NEW, signer="recovery")

        assert take_list(known, None, CTL, []) == replace(
            take_list(known, OLD, CTL, []), rule=2
        )
        assert take_list(known, OLD, CTL, []).good
        refused = take_list(NEW, OLD, CTL, [KNOWING])
        assert (refused.good, refused.rule, refused.asked) == (False, 2, ())
        assert refused.why == "ctl_not_knowing"

    def test_rule_3_a_signer_of_the_own_list_is_enough(self):
        for signer in ("recovery", "cm"):
            taken = take_list(replace(NEW, signer=signer), OLD, None, [])
            assert (taken.good, taken.rule) == (True, 3)

    def test_a_certificate_in_another_role_is_no_signer(self):
        assert not take_list(replace(NEW, signer="tvs"), OLD, None, []).good
        assert not take_list(replace(NEW, signer="capf"), OLD, None, []).good

    def test_rule_4_else_a_tvs_of_the_old_list_vouches(self):
        taken = take_list(NEW, OLD, None, [KNOWING])

        assert (taken.good, taken.rule) == (True, 4)
        assert taken.asked == (("pub", "vouched"),)

    def test_nobody_vouches_and_the_old_list_stays(self):
        outcome = reset(Trust(itl=OLD), STATION, [replace(KNOWING, shows="tvs2")])

        assert outcome.itl == OLD
        assert outcome.refused["ITL"].why == "nobody_vouches"
        assert outcome.refused["ITL"].about == "recovery2"
        assert outcome.refused["ITL"].asked == (("pub", "not_in_list"),)

    def test_a_new_ctl_is_taken_on_the_word_of_a_tvs(self):
        ctl = a_list("CTL", 6, "recovery2", sast=["recovery2"])

        assert take_list(ctl, OLD, CTL, [KNOWING]).good
        assert not take_list(ctl, OLD, CTL, []).good

    def test_a_list_with_a_wrong_signature_is_refused(self):
        forged = replace(NEW, signer="recovery", genuine=False)

        assert take_list(forged, OLD, None, [KNOWING]).why == "not_genuine"

    def test_a_list_prepared_for_rollback_takes_any_file_but_not_beside_a_ctl(self):
        blank = a_list(sast=["recovery"])

        assert take_list(NEW, blank, None, []).good
        assert not take_list(NEW, blank, CTL, []).good

    def test_the_rules_are_those_of_the_table(self):
        assert [row.number for row in PHONE_RULES] == [1, 2, 3, 4, 5]


class TestAskingTvs:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({}, "vouched"),
            ({"knows": frozenset()}, "not_known"),
            ({"shows": "tvs2"}, "not_in_list"),
            ({"shows": ""}, "not_in_list"),
            ({"state": "down"}, "down"),
            ({"state": "offline"}, "offline"),
        ],
    )
    def test_each_answer_is_given_where_it_belongs(self, change, said):
        good, asked = ask_tvs(OLD, "cm2", [replace(KNOWING, **change)])

        assert asked == (("pub", said),)
        assert good is (said == "vouched")
        assert TVS_ANSWERS[said].words

    def test_one_that_vouches_is_enough(self):
        down = replace(KNOWING, node="sub", state="down")

        assert ask_tvs(OLD, "cm2", [down, KNOWING])[0]

    @pytest.mark.parametrize("itl", [None, a_list(sast=["recovery"])])
    def test_without_a_tvs_in_the_list_nobody_is_asked(self, itl):
        assert ask_tvs(itl, "cm2", [KNOWING]) == (False, (("", "no_list"),))


class TestRegistering:
    def test_a_phone_that_knows_the_new_list_registers(self):
        assert register(Trust(itl=NEW), STATION, []).good

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"online": False}, "node_offline"),
            ({"calls": ServiceState.STARTING}, "calls_starting"),
            ({"calls": ServiceState.STOPPED}, "calls_down"),
            ({"calls": ServiceState.DEACTIVATED}, "calls_down"),
            ({"calls": None}, "calls_down"),
            ({"itl": replace(NEW, certificates=40)}, "itl_too_large"),
            ({"itl": replace(NEW, size=65537)}, "itl_too_large"),
            ({"file_signer": "cm3"}, "file_unknown"),
        ],
    )
    def test_what_keeps_it_away_is_named(self, change, why):
        answer = register(Trust(itl=NEW), replace(STATION, **change), [])

        assert (answer.good, answer.why) == (False, why)
        assert PHONE_REASONS[why].remedy.endswith(".")

    def test_the_largest_list_is_just_taken(self):
        most = replace(NEW, certificates=MOST_ITL_CERTIFICATES, size=MOST_ITL_BYTES)

        assert register(Trust(itl=NEW), replace(STATION, itl=most), []).good

    def test_a_tvs_vouches_for_what_signed_the_configuration(self):
        assert not register(Trust(itl=OLD), STATION, []).good
        assert register(Trust(itl=OLD), STATION, [KNOWING]).good

    def test_without_tftp_it_keeps_the_configuration_that_it_has(self):
        down = replace(STATION, serves=False)

        assert register(Trust(itl=OLD), down, []).good
        assert register(Trust(), down, []).why == "nothing_served"
        assert reset(Trust(itl=OLD), down, []).itl == OLD

    def test_a_list_prepared_for_rollback_takes_any_configuration(self):
        blank = a_list(sast=["recovery"])

        assert register(Trust(itl=blank), STATION, []).good
        assert not register(Trust(itl=blank, ctl=CTL), STATION, []).good

    def test_only_a_secure_phone_looks_at_the_server(self):
        station = replace(STATION, server="cm3")
        phone = Trust(itl=NEW, has_lsc=True, lsc_issuers=("capf",))

        assert register(phone, station, []).good
        answer = register(phone, replace(station, mixed=True), [])
        assert (answer.why, answer.about) == ("server_unknown", "cm3")
        assert register(Trust(itl=NEW), replace(station, mixed=True), []).good

    @pytest.mark.parametrize(
        ("change", "why", "about"),
        [
            ({}, "", ""),
            ({"lsc_dates": "lsc_ended"}, "lsc_ended", ""),
            ({"lsc_issuers": ("capf0",)}, "lsc_unknown", "capf0"),
            ({"lsc_issuers": ()}, "lsc_unknown", ""),
            ({"lsc_issuers": ("sub-ca",)}, "lsc_broken", "sub-ca"),
        ],
    )
    def test_the_server_looks_at_its_lsc(self, change, why, about):
        phone = replace(Trust(itl=NEW, has_lsc=True, lsc_issuers=("capf",)), **change)

        answer = register(phone, replace(STATION, mixed=True), [])

        assert (answer.good, answer.why) == (not why, why)
        assert answer.about == about

    def test_an_lsc_ends_after_its_last_second(self):
        start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (2030, 2031))

        assert lsc_dates(start, end, start) == ""
        assert lsc_dates(start, end, end) == ""
        assert lsc_dates(start, end, end.replace(second=1)) == "lsc_ended"
        assert lsc_dates(start, end, start.replace(year=2029)) == "lsc_not_yet"


class TestAReset:
    def test_a_new_phone_holds_what_it_was_served(self):
        mixed = replace(STATION, mixed=True, ctl=replace(CTL, signer="recovery2",
                        roles={"SAST": frozenset({"recovery2"})}))  # fmt: skip

        assert reset(Trust(), STATION, []).itl == NEW
        outcome = reset(Trust(), mixed, [])
        assert (outcome.itl, outcome.ctl) == (NEW, mixed.ctl)

    def test_the_ctl_is_read_first_and_then_decides_over_the_itl(self):
        mixed = replace(STATION, mixed=True, ctl=CTL)

        outcome = reset(Trust(), mixed, [])

        assert (outcome.itl, outcome.ctl) == (None, CTL)
        assert outcome.refused["ITL"].rule == 2
        assert not outcome.registration.good

    def test_in_non_secure_mode_only_one_that_holds_a_ctl_asks_for_it(self):
        back = replace(STATION, ctl=replace(CTL, number=6))

        assert reset(Trust(), back, []).ctl is None
        assert reset(Trust(itl=OLD, ctl=CTL), back, []).ctl == back.ctl

    def test_a_list_that_is_too_large_is_not_taken(self):
        large = replace(STATION, itl=replace(NEW, size=70_000))

        outcome = reset(Trust(itl=OLD), large, [KNOWING])

        assert outcome.itl == OLD
        assert outcome.registration.why == "itl_too_large"

    def test_an_offline_node_serves_nothing(self):
        outcome = reset(Trust(itl=OLD), replace(STATION, online=False), [KNOWING])

        assert outcome.itl == OLD
        assert outcome.registration.why == "node_offline"
