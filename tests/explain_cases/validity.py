"""When a certificate is valid: RFC 5280 sections 4.1.2.5 and 6.1.3 (a)(2)."""

from datetime import UTC, datetime, timedelta, timezone

from lab.rules.path_rules import Fault
from tests.explain_cases import der
from tests.explain_cases import making as make
from tests.explain_cases.cases import Case, accepted, refused, refuses

BEGIN = datetime(2029, 6, 1, 8, 30, tzinfo=UTC)
END = datetime(2031, 6, 1, 8, 29, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMITS = {"start": BEGIN, "end": END}
LAST_SECOND = refuses(
    "it counts a certificate as expired in the second of notAfter itself; RFC 5280 "
    "section 4.1.2.5: valid through notAfter, inclusive"
)
FORM_OF_DATE = refuses(
    "it checks what RFC 5280 section 4.1.2.5 asks of issuers; a verifier that can read "
    "the date has no reason to refuse it"
)


def _with_leaf_of(at, **dates):
    root = make.root()
    return Case(make.leaf(root, **dates), [root], at=at)


def _with_issuer_of(at, **dates):
    root = make.root()
    issuing = make.ca("Issuing", root, **dates)
    leaf = make.leaf(issuing, start=BEGIN - SECOND, end=END + SECOND)
    return Case(leaf, [root], [issuing], at=at)


def _with_root_of(at, **dates):
    root = make.root(**dates)
    leaf = make.leaf(root, start=BEGIN - SECOND, end=END + SECOND)
    return Case(leaf, [root], at=at)


def _with_partial_anchor_of(at, **dates):
    root = make.root()
    issuing = make.ca("Issuing", root, **dates)
    leaf = make.leaf(issuing, start=BEGIN - SECOND, end=END + SECOND)
    return Case(leaf, [issuing], at=at)


def _trusting_itself_of(at, **dates):
    leaf = make.alone(**dates)
    return Case(leaf, [leaf], at=at)


@accepted()
def a_leaf_in_its_first_second():
    """
    Root (trusted) -> leaf, notBefore = at
    """
    return _with_leaf_of(BEGIN, **LIMITS)


@refused(Fault.NOT_YET_VALID)
def a_leaf_one_second_before_its_first():
    """
    Root (trusted) -> leaf, notBefore = at + 1 s
    """
    return _with_leaf_of(BEGIN - SECOND, **LIMITS)


@accepted(openssl=LAST_SECOND)
def a_leaf_in_its_last_second():
    """
    Root (trusted) -> leaf, notAfter = at
    """
    return _with_leaf_of(END, **LIMITS)


@refused(Fault.EXPIRED)
def a_leaf_one_second_after_its_last():
    """
    Root (trusted) -> leaf, notAfter = at - 1 s
    """
    return _with_leaf_of(END + SECOND, **LIMITS)


@accepted()
def an_intermediate_in_its_first_second():
    """
    Root (trusted) -> Issuing, notBefore = at -> leaf
    """
    return _with_issuer_of(BEGIN, **LIMITS)


@refused(Fault.NOT_YET_VALID)
def an_intermediate_one_second_before_its_first():
    """
    Root (trusted) -> Issuing, notBefore = at + 1 s -> leaf
    """
    return _with_issuer_of(BEGIN - SECOND, **LIMITS)


@accepted(openssl=LAST_SECOND)
def an_intermediate_in_its_last_second():
    """
    Root (trusted) -> Issuing, notAfter = at -> leaf
    """
    return _with_issuer_of(END, **LIMITS)


@refused(Fault.EXPIRED)
def an_intermediate_one_second_after_its_last():
    """
    Root (trusted) -> Issuing, notAfter = at - 1 s -> leaf
    """
    return _with_issuer_of(END + SECOND, **LIMITS)


@accepted()
def a_root_in_its_first_second():
    """
    Root (trusted), notBefore = at -> leaf
    """
    return _with_root_of(BEGIN, **LIMITS)


@refused(Fault.NOT_YET_VALID)
def a_root_one_second_before_its_first():
    """
    Root (trusted), notBefore = at + 1 s -> leaf
    """
    return _with_root_of(BEGIN - SECOND, **LIMITS)


@accepted(openssl=LAST_SECOND)
def a_root_in_its_last_second():
    """
    Root (trusted), notAfter = at -> leaf
    """
    return _with_root_of(END, **LIMITS)


@refused(Fault.EXPIRED)
def a_root_one_second_after_its_last():
    """
    Root (trusted), notAfter = at - 1 s -> leaf
    """
    return _with_root_of(END + SECOND, **LIMITS)


@accepted()
def a_trusted_intermediate_in_its_first_second():
    """
    (Root) -> Issuing (trusted), notBefore = at -> leaf
    """
    return _with_partial_anchor_of(BEGIN, **LIMITS)


@refused(Fault.NOT_YET_VALID)
def a_trusted_intermediate_one_second_before_its_first():
    """
    (Root) -> Issuing (trusted), notBefore = at + 1 s -> leaf
    """
    return _with_partial_anchor_of(BEGIN - SECOND, **LIMITS)


@accepted(openssl=LAST_SECOND)
def a_trusted_intermediate_in_its_last_second():
    """
    (Root) -> Issuing (trusted), notAfter = at -> leaf
    """
    return _with_partial_anchor_of(END, **LIMITS)


@refused(Fault.EXPIRED)
def a_trusted_intermediate_one_second_after_its_last():
    """
    (Root) -> Issuing (trusted), notAfter = at - 1 s -> leaf
    """
    return _with_partial_anchor_of(END + SECOND, **LIMITS)


@accepted()
def a_trusted_leaf_in_its_first_second():
    """
    leaf -> itself (trusted), notBefore = at
    """
    return _trusting_itself_of(BEGIN, **LIMITS)


@refused(Fault.NOT_YET_VALID)
def a_trusted_leaf_one_second_before_its_first():
    """
    leaf -> itself (trusted), notBefore = at + 1 s
    """
    return _trusting_itself_of(BEGIN - SECOND, **LIMITS)


@accepted(openssl=LAST_SECOND)
def a_trusted_leaf_in_its_last_second():
    """
    leaf -> itself (trusted), notAfter = at
    """
    return _trusting_itself_of(END, **LIMITS)


@refused(Fault.EXPIRED)
def a_trusted_leaf_one_second_after_its_last():
    """
    leaf -> itself (trusted), notAfter = at - 1 s
    """
    return _trusting_itself_of(END + SECOND, **LIMITS)


@accepted(openssl=LAST_SECOND)
def a_certificate_of_a_single_second():
    """
    Root (trusted) -> leaf, notBefore = notAfter = at
    """
    return _with_leaf_of(make.NOON, start=make.NOON, end=make.NOON)


@refused(Fault.EXPIRED)
def dates_the_wrong_way_round_after_both():
    """
    Root (trusted) -> leaf, notAfter < notBefore < at
    """
    return _with_leaf_of(END + SECOND, start=END, end=BEGIN)


@refused(Fault.NOT_YET_VALID)
def dates_the_wrong_way_round_before_both():
    """
    Root (trusted) -> leaf, at < notAfter < notBefore
    """
    return _with_leaf_of(BEGIN - SECOND, start=END, end=BEGIN)


@accepted()
def a_leaf_that_outlives_its_issuer():
    """
    Root (trusted) -> Issuing, notAfter 2031 -> leaf, notAfter 2040
    """
    root = make.root()
    issuing = make.ca("Issuing", root, **LIMITS)
    leaf = make.leaf(issuing, end=datetime(2040, 1, 1, tzinfo=UTC))
    return Case(leaf, [root], [issuing])


@refused(Fault.EXPIRED)
def a_leaf_whose_issuer_has_ended_before_it():
    """
    Root (trusted) -> Issuing, ended 2031 -> leaf, notAfter 2040; at 2032
    """
    root = make.root()
    issuing = make.ca("Issuing", root, **LIMITS)
    leaf = make.leaf(issuing, end=datetime(2040, 1, 1, tzinfo=UTC))
    return Case(leaf, [root], [issuing], at=datetime(2032, 1, 1, tzinfo=UTC))


@accepted()
def a_leaf_older_than_its_issuer():
    """
    Root (trusted) -> Issuing, renewed 2029 with its key -> leaf of 2028
    """
    root = make.root()
    issuing = make.ca("Issuing", root, **LIMITS)
    leaf = make.leaf(issuing, start=datetime(2028, 1, 1, tzinfo=UTC))
    return Case(leaf, [root], [issuing])


@refused(Fault.EXPIRED)
def a_chain_that_has_ended_from_leaf_to_root():
    """
    Root (trusted, ended 2035) -> leaf (ended 2031); at 2036
    """
    return _with_root_of(datetime(2036, 1, 1, tzinfo=UTC))


@accepted()
def a_certificate_without_a_known_end():
    """
    Root (trusted) -> leaf, notAfter 99991231235959Z (RFC 5280 4.1.2.5)
    """
    return _with_leaf_of(make.NOON, end=der.generalized_time("99991231235959Z"))


@accepted(openssl=LAST_SECOND)
def the_last_second_that_two_digits_of_a_year_can_name():
    """
    Root (trusted) -> leaf, notAfter UTCTime 491231235959Z = at
    """
    last = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
    root = make.root(end=der.generalized_time("20600101000000Z"))
    return Case(make.leaf(root, end=der.utc_time("491231235959Z")), [root], at=last)


@refused(Fault.EXPIRED)
def the_second_after_two_digits_of_a_year_end():
    """
    Root (trusted) -> leaf, notAfter UTCTime 491231235959Z; at 2050-01-01
    """
    root = make.root(end=der.generalized_time("20600101000000Z"))
    leaf = make.leaf(root, end=der.utc_time("491231235959Z"))
    return Case(leaf, [root], at=datetime(2050, 1, 1, tzinfo=UTC))


@refused(Fault.EXPIRED)
def year_fifty_of_two_digits_is_1950():
    """
    Root (trusted) -> leaf, notAfter UTCTime 500101000000Z
    """
    first = der.utc_time("500101000000Z")
    return _with_leaf_of(make.NOON, start=first, end=first)


@accepted()
def a_certificate_that_began_in_1950():
    """
    Root (trusted) -> leaf, notBefore UTCTime 500101000000Z = 1950
    """
    return _with_leaf_of(make.NOON, start=der.utc_time("500101000000Z"))


@refused(Fault.NOT_YET_VALID)
def year_fortynine_of_two_digits_is_2049():
    """
    Root (trusted) -> leaf, notBefore UTCTime 490101000000Z = 2049
    """
    return _with_leaf_of(
        make.NOON,
        start=der.utc_time("490101000000Z"),
        end=der.generalized_time("20600101000000Z"),
    )


@accepted()
def a_certificate_of_the_year_2050_in_its_first_second():
    """
    Root (trusted) -> leaf, notBefore GeneralizedTime 20500101000000Z = at
    """
    root = make.root(end=der.generalized_time("20600101000000Z"))
    turn = datetime(2050, 1, 1, tzinfo=UTC)
    leaf = make.leaf(root, start=turn, end=turn + timedelta(days=1))
    return Case(leaf, [root], at=turn)


@accepted(cryptography=FORM_OF_DATE)
def a_date_before_2050_written_in_full():
    """
    Root (trusted) -> leaf, notAfter GeneralizedTime 20310101000000Z
    """
    return _with_leaf_of(make.NOON, end=der.generalized_time("20310101000000Z"))


@refused(Fault.EXPIRED)
def an_end_before_2050_written_in_full_and_over():
    """
    Root (trusted) -> leaf, notAfter GeneralizedTime 20291231235959Z
    """
    return _with_leaf_of(make.NOON, end=der.generalized_time("20291231235959Z"))


@accepted(openssl=LAST_SECOND)
def the_last_second_asked_for_in_another_time_zone():
    """
    Root (trusted) -> leaf, notAfter 08:29:59Z; at 17:29:59+09:00
    """
    return _with_leaf_of(END.astimezone(timezone(timedelta(hours=9))), **LIMITS)


@refused(Fault.EXPIRED)
def the_second_after_it_in_another_time_zone():
    """
    Root (trusted) -> leaf, notAfter 08:29:59Z; at 03:30:00-05:00
    """
    at = (END + SECOND).astimezone(timezone(-timedelta(hours=5)))
    return _with_leaf_of(at, **LIMITS)


@accepted()
def an_expired_certificate_that_no_path_needs():
    """
    Other (expired)
    Root (trusted) -> leaf
    """
    root = make.root()
    other = make.ca("Other", root, end=BEGIN)
    return Case(make.leaf(root), [root], [other])


@refused(Fault.EXPIRED)
def a_client_certificate_after_its_last_second():
    """
    Root (trusted) -> client, notAfter = at - 1 s
    """
    root = make.root()
    client = make.leaf(root, **LIMITS)
    return Case(client, [root], at=END + SECOND, name="", usage="client")


@accepted(openssl=LAST_SECOND)
def a_leap_day_as_the_last_day():
    """
    Root (trusted) -> leaf, notAfter 2032-02-29 23:59:59 = at
    """
    last = datetime(2032, 2, 29, 23, 59, 59, tzinfo=UTC)
    return _with_leaf_of(last, end=last)


@refused(Fault.EXPIRED)
def the_day_after_a_leap_day():
    """
    Root (trusted) -> leaf, notAfter 2032-02-29 23:59:59; at 2032-03-01
    """
    last = datetime(2032, 2, 29, 23, 59, 59, tzinfo=UTC)
    return _with_leaf_of(last + SECOND, end=last)
