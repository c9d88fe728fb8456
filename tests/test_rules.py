"""The tables hold together."""

import importlib
import pkgutil
import re
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path

import pytest

import lab.rules
from lab.models import State
from lab.rules import restarts, trust_lists, usages
from lab.rules.after_change import (
    AFTER_CHANGE,
    CTL_RESET,
    CTL_UPDATE,
    ITL_RESET,
    SECURITY_MODE,
)
from lab.rules.alarms import (
    ALARM_LADDER,
    ALARMS,
    MONITOR,
    MONITOR_SERVICE,
    SEVERITIES,
    alarm_for,
    alarm_of,
)
from lab.rules.certificate_list import LIST_COLUMNS
from lab.rules.cli import CLI_COMMANDS, CLI_TEXTS
from lab.rules.cluster_messages import CLUSTER_MESSAGES
from lab.rules.connections import CONNECTIONS, LISTS, ROLES
from lab.rules.contradictions import CONTRADICTIONS
from lab.rules.failures import FAILURES, failures_of
from lab.rules.follow_rules import FOLLOW_RULES
from lab.rules.known_incidents import TROUBLESHOOTING
from lab.rules.multi_server import MULTI_SERVER
from lab.rules.oauth_keys import OAUTH_CHANGES, OAUTH_KEYS
from lab.rules.parameters import PARAMETERS, PHONE_INTERACTION
from lab.rules.peers import PEERS, PHONE_IDENTITIES
from lab.rules.purposes import (
    EC_SIZES,
    HASHES,
    PROFILES,
    R15,
    RSA_SIZES,
    SEED_R14,
    SELF_SIGNED_EXTENDED_KEY_USAGE,
    SELF_SIGNED_KEY_USAGE,
    lifetime,
    purpose_of,
    purposes_of,
)
from lab.rules.reasons import REASONS
from lab.rules.restarts import (
    NO_RESTART,
    OTHER_RESTARTS,
    RESTARTS,
    restarts_after,
)
from lab.rules.revocation import (
    CHECK_ALARMS,
    LINK_INTERVALS,
    LIVE,
    LIVE_CLIENTS,
    LONG_LIVED,
    LONG_LIVED_LINKS,
    OUTCOMES,
    TRUST_MODELS,
    alarm_after,
)
from lab.rules.safe_order import NEVER_TOGETHER, ORDER_RULES, SAFE_ORDER
from lab.rules.services import SERVICES, STARTS, kept_over_restart, services_of
from lab.rules.sources import Source
from lab.rules.states import STATES, THRESHOLDS
from lab.rules.tables import TABLES
from lab.rules.trust_stores import (
    BULK,
    COPIES,
    DISPUTED,
    PRELOADED,
    STORES,
    UPLOAD_ALSO_LANDS_IN,
    Reach,
)

# Names of changes other than of a slot or a store.
OTHER_CHANGES = {SECURITY_MODE, CTL_UPDATE, ITL_RESET, CTL_RESET, *PARAMETERS}
OTHER_CHANGES |= {name for name in OAUTH_CHANGES if name != "authz"}
SHORT = {
    "SA": "serverAuth",
    "CA": "clientAuth",
    "IP": "ipsecEndSystem",
    "DS": "digitalSignature",
    "KE": "keyEncipherment",
    "DE": "dataEncipherment",
    "KA": "keyAgreement",
    "KCS": "keyCertSign",
}
# product, purpose, shared, extended key usage, key usage: the source's own tables
SEED_TABLES = """
ucm CallManager   Y SA,CA    DS,KE,DE
ucm CAPF          N SA       DS,KE,KCS
ucm ipsec         N SA,CA,IP DS,KE,DE
ucm tomcat        Y SA,CA    DS,KE,DE
ucm TVS           Y SA,CA    DS,KE,DE
imp cup           N SA,CA,IP DS,KE,DE,KA
imp cup-xmpp      Y SA,CA,IP DS,KE,DE,KA
imp cup-xmpp-s2s  Y SA,CA,IP DS,KE,DE,KA
imp ipsec         N SA,CA,IP DS,KE,DE
imp tomcat        Y SA,CA    DS,KE,DE
"""
R15_TABLES = """
ucm CallManager   Y SA,CA    DS,DE
ucm CAPF          N SA,CA    DS,KCS
ucm ipsec         N SA,CA,IP DS,KE,DE
ucm tomcat        Y SA,CA    DS,DE
ucm TVS           N SA,CA    DS,KE,DE
imp cup           N SA,CA,IP DS,DE
imp cup-xmpp      Y SA,CA,IP DS,DE
imp cup-xmpp-s2s  Y SA,CA,IP DS,DE
imp ipsec         N SA,CA,IP DS,DE
imp tomcat        Y SA,CA    DS,DE
"""
# the source's prose, which stands beside its tables
SEED_PROSE = """
CAPF        SA       DS,KCS
tomcat      SA,CA,IP DS,KE,DE,KA
ipsec       SA,CA,IP DS,KE,DE,KA
CallManager SA,CA    DS,KE,DE,KA
cup         SA,CA,IP DS,KE,DE,KA
cup-xmpp    SA,CA,IP DS,KE,DE,KA
"""
REQUESTABLE = {line.split()[1] for line in SEED_TABLES.split("\n") if line}
NOT_REQUESTABLE = {"ITLRecovery", "authz"}
WITH_A_TWIN = {"CallManager", "tomcat", "cup", "cup-xmpp", "cup-xmpp-s2s"}
PURPOSES = {name for _, name in SEED_R14}
OUTSIDE_IDENTITIES = {"LSC", "MIC", "peer"}
SERVICE_NAMES = {row.name for row in SERVICES}
PROFILE_NAMES = {"seed-r14", "r15", "tac", "every"}
KEY_USAGE_ORDER = [
    row.name for row in usages.USAGE_NAMES.values() if row.extension == "key usage"
]
EXTENDED_KEY_USAGES = set(usages.USAGE_NAMES) - set(KEY_USAGE_ORDER)

MODULES = {
    info.name: importlib.import_module(f"lab.rules.{info.name}")
    for info in pkgutil.iter_modules(lab.rules.__path__)
}
ALL_ROWS = [(table.title, row) for table in TABLES for row in table.rows]
PROFILE_ROWS = [
    pytest.param(row, id=f"{profile}: {row.product} {row.name}")
    for profile, rows in PROFILES.items()
    for row in rows.values()
]


def long_names(short):
    return tuple(SHORT[name] for name in short.split(","))


def expected_table(text):
    """(product, purpose) → (shared, extended key usage, key usage), twins included."""
    table = {}
    for line in text.strip().splitlines():
        product, name, shared, extended, usage = line.split()
        row = (shared == "Y", long_names(extended), long_names(usage))
        table[product, name] = row
        if name in WITH_A_TWIN:
            table[product, f"{name}-ECDSA"] = row
    return table


def rsa_name(name):
    return name.removesuffix("-ECDSA")


def texts_in(value):
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_in(item)


def sources_in(value):
    values = value if isinstance(value, tuple) else (value,)
    return [item for item in values if isinstance(item, Source)]


def texts_of(row):
    for field in fields(row):
        yield from texts_in(getattr(row, field.name))


def tables_in(module):
    """The collections of rows that a module defines."""
    for name, value in vars(module).items():
        rows = tuple(value.values()) if isinstance(value, Mapping) else value
        if (
            not name.startswith("_")
            and isinstance(rows, tuple)
            and rows
            and all(is_dataclass(row) for row in rows)
            and type(rows[0]).__module__ == module.__name__
        ):
            yield name, rows


class TestEveryTable:
    def test_every_table_of_the_rules_is_shown(self):
        shown = {row for _, row in ALL_ROWS}
        hidden = [
            f"{module.__name__}.{name}"
            for key, module in MODULES.items()
            if key != "tables"
            for name, rows in tables_in(module)
            if not set(rows) <= shown
        ]

        assert hidden == []

    def test_a_table_has_rows_of_one_kind_and_a_title_of_its_own(self):
        titles = [table.title for table in TABLES]

        assert len(set(titles)) == len(titles)
        assert all(table.rows for table in TABLES)
        assert all(len({type(row) for row in table.rows}) == 1 for table in TABLES)
        assert all(table.about.endswith(".") for table in TABLES)

    def test_every_row_has_a_source(self):
        without = [
            title
            for title, row in ALL_ROWS
            if not isinstance(getattr(row, "source", None), Source)
        ]

        assert without == []

    def test_every_row_is_frozen(self):
        assert all(type(row).__dataclass_params__.frozen for _, row in ALL_ROWS)

    def test_no_row_stands_in_a_table_twice(self):
        doubled = [t.title for t in TABLES if len(set(t.rows)) != len(t.rows)]

        assert doubled == []

    def test_no_text_has_stray_blanks(self):
        stray = [
            text
            for title, row in ALL_ROWS
            for text in texts_of(row)
            if text != text.strip() or "  " in text or "\n" in text
        ]

        assert stray == []

    def test_every_source_is_cited_by_a_row(self):
        cited = {
            value
            for _, row in ALL_ROWS
            for field in fields(row)
            for value in sources_in(getattr(row, field.name))
        }
        cited |= {source for row in CONTRADICTIONS for source, _ in row.readings}

        assert set(Source) - cited == set()

    def test_titles_of_sources_differ(self):
        assert len({str(source) for source in Source}) == len(Source)

    @pytest.mark.parametrize("name", sorted(MODULES))
    def test_a_rule_module_imports_only_rules_and_the_standard_library(self, name):
        text = Path(MODULES[name].__file__).read_text(encoding="utf-8")

        imported = set(re.findall(r"^(?:from|import) ([\w.]+)", text, re.MULTILINE))

        outside = {
            module
            for module in imported
            if not module.startswith("lab.rules")
            and module.split(".")[0] not in sys.stdlib_module_names
        }
        assert outside == set()


class TestPurposes:
    @pytest.mark.parametrize(
        ("profile", "text"), [("seed-r14", SEED_TABLES), ("r15", R15_TABLES)]
    )
    def test_requests_carry_what_the_tables_of_the_document_print(self, profile, text):
        written = {
            key: (row.multi_server, row.extended_key_usage, row.key_usage)
            for key, row in PROFILES[profile].items()
            if row.requestable
        }

        assert written == expected_table(text)

    def test_every_document_row_of_the_two_profiles_is_among_the_readings(self):
        for text, document in (
            (SEED_TABLES, "tables of the source document"),
            (R15_TABLES, "guides of release 14 SU2 and 15"),
        ):
            rows = {
                (row.product, row.purpose): (
                    row.multi_server,
                    row.extended_key_usage,
                    row.key_usage,
                )
                for row in usages.READINGS
                if row.document == document
            }
            twins = [key for key in expected_table(text) if key[1].endswith("-ECDSA")]
            assert len(rows) + len(twins) == len(expected_table(text))
            assert rows.items() <= expected_table(text).items()

    def test_the_readings_hold_the_prose_of_the_source_document(self):
        written = {
            row.purpose: (row.extended_key_usage, row.key_usage)
            for row in usages.READINGS
            if row.document == "prose of the source document"
        }

        assert written == {
            name: (long_names(extended), long_names(usage))
            for name, extended, usage in (
                line.split() for line in SEED_PROSE.strip().splitlines()
            )
        }

    @pytest.mark.parametrize("row", PROFILE_ROWS)
    def test_optional_bits_are_those_that_only_the_prose_names(self, row):
        prose = {
            name: (long_names(extended), long_names(usage))
            for name, extended, usage in (
                line.split() for line in SEED_PROSE.strip().splitlines()
            )
        }
        extended, usage = prose.get(rsa_name(row.name), ((), ()))

        assert row.optional_extended_key_usage == tuple(
            name for name in extended if name not in row.extended_key_usage
        )
        assert row.optional_key_usage == tuple(
            name for name in usage if name not in row.key_usage
        )

    @pytest.mark.parametrize("row", PROFILE_ROWS)
    def test_usages_have_their_rfc_spelling_and_order(self, row):
        assert list(row.key_usage) == sorted(row.key_usage, key=KEY_USAGE_ORDER.index)
        assert set(row.extended_key_usage) <= EXTENDED_KEY_USAGES
        assert set(row.optional_key_usage) <= set(KEY_USAGE_ORDER)
        assert set(row.optional_extended_key_usage) <= EXTENDED_KEY_USAGES

    @pytest.mark.parametrize("row", PROFILE_ROWS)
    def test_only_capf_may_issue(self, row):
        assert ("keyCertSign" in row.key_usage) == (row.name == "CAPF")

    def test_both_profiles_know_the_same_purposes(self):
        assert list(SEED_R14) == list(R15)
        assert set(PROFILES) == {"seed-r14", "r15"}

    def test_each_product_has_its_slots(self):
        assert [row.name for row in purposes_of("seed-r14", "ucm")] == [
            "tomcat",
            "tomcat-ECDSA",
            "CallManager",
            "CallManager-ECDSA",
            "CAPF",
            "TVS",
            "ipsec",
            "ITLRecovery",
            "authz",
        ]
        assert [row.name for row in purposes_of("r15", "imp")] == [
            "tomcat",
            "tomcat-ECDSA",
            "cup",
            "cup-ECDSA",
            "cup-xmpp",
            "cup-xmpp-ECDSA",
            "cup-xmpp-s2s",
            "cup-xmpp-s2s-ECDSA",
            "ipsec",
        ]

    def test_a_row_stands_under_its_own_name(self):
        for rows in PROFILES.values():
            assert all((row.product, row.name) == key for key, row in rows.items())

    def test_an_unknown_purpose_is_a_key_error(self):
        with pytest.raises(KeyError):
            purpose_of("seed-r14", "imp", "CallManager")

    @pytest.mark.parametrize("row", PROFILE_ROWS)
    def test_a_purpose_with_ecdsa_in_its_name_has_an_elliptic_curve(self, row):
        ends_in_ecdsa = row.name.endswith("-ECDSA")

        assert row.key_type == ("EC" if ends_in_ecdsa else "RSA")
        assert row.sizes == (EC_SIZES if ends_in_ecdsa else RSA_SIZES)
        assert row.default_size == (384 if ends_in_ecdsa else 2048)
        assert row.default_size in row.sizes
        assert ("-EC" in row.common_name) == ends_in_ecdsa

    @pytest.mark.parametrize("row", PROFILE_ROWS)
    def test_names_are_filled_from_host_domain_and_hex(self, row):
        values = {"host": "h1", "domain": "d.example", "hex8": "01abcdef"}

        one = row.common_name.format(**values)
        shared = row.multi_common_name.format(**values)

        assert one in {
            "h1.d.example",
            "h1-EC.d.example",
            "CAPF-01abcdef",
            "ITLRECOVERY_h1.d.example",
            "AUTHZ_h1.d.example",
        }
        assert shared in {"", "h1-ms.d.example", "h1-EC-ms.d.example"}
        assert shared or not row.multi_server

    @pytest.mark.parametrize("row", PROFILE_ROWS)
    def test_a_copy_and_a_verifier_use_stores_that_exist(self, row):
        assert row.copied_to is None or row.copied_to in STORES
        assert set(row.verified_with) <= set(STORES)

    @pytest.mark.parametrize("row", PROFILE_ROWS)
    def test_only_shared_certificates_have_products_that_share_them(self, row):
        assert bool(row.multi_scope) == row.multi_server
        assert row.multi_server or not row.multi_self_signed
        assert not row.multi_scope or row.product in row.multi_scope

    def test_holders_are_nodes_the_publisher_or_the_cluster(self):
        others = {r.name: r.held_by for r in SEED_R14.values() if r.held_by != "node"}

        assert others == {
            "CAPF": "publisher",
            "ITLRecovery": "cluster",
            "authz": "cluster",
        }

    def test_certificates_last_five_years_but_the_recovery_key_in_release_14(self):
        assert {
            (profile, row.name, row.validity_years)
            for profile, rows in PROFILES.items()
            for row in rows.values()
            if row.validity_years != 5
        } == {("seed-r14", "ITLRecovery", 20)}
        assert all(
            row.validity_years in row.years_offered
            for rows in PROFILES.values()
            for row in rows.values()
        )

    def test_signing_only_purposes_cannot_be_requested(self):
        for rows in PROFILES.values():
            refused = {row.name for row in rows.values() if not row.requestable}
            assert refused == NOT_REQUESTABLE

    def test_a_hash_is_not_weaker_than_an_elliptic_curve_key(self):
        assert {key: row.hashes for key, row in HASHES.items() if key[0] == "EC"} == {
            ("EC", 256): ("SHA256", "SHA384", "SHA512"),
            ("EC", 384): ("SHA384", "SHA512"),
            ("EC", 521): ("SHA512",),
        }

    def test_every_offered_key_has_a_hash(self):
        offered = {
            (row.key_type, size) for row in SEED_R14.values() for size in row.sizes
        }

        assert offered == set(HASHES)

    def test_a_self_signed_certificate_of_a_node_is_a_small_authority(self):
        assert long_names("DS,KE,DE,KCS") == SELF_SIGNED_KEY_USAGE
        assert long_names("SA,CA") == SELF_SIGNED_EXTENDED_KEY_USAGE

    def test_a_lifetime_is_whole_years_of_365_days_less_a_second(self):
        assert lifetime(5) == timedelta(days=1825) - timedelta(seconds=1)

    def test_shared_certificates_agree_with_the_table_of_them(self):
        for row in MULTI_SERVER:
            purpose = SEED_R14.get(("ucm", row.purpose)) or SEED_R14["imp", row.purpose]
            assert purpose.multi_server == row.ca_signed, row.purpose
            assert purpose.multi_self_signed == row.self_signed, row.purpose

    def test_object_identifiers_are_those_of_the_source_document(self):
        names = usages.USAGE_NAMES

        assert names["serverAuth"].oid == "1.3.6.1.5.5.7.3.1"
        assert names["clientAuth"].oid == "1.3.6.1.5.5.7.3.2"
        assert names["ipsecEndSystem"].oid == "1.3.6.1.5.5.7.3.5"
        assert [names[name].bit for name in KEY_USAGE_ORDER] == list(range(9))

    def test_readings_name_known_purposes_and_usages(self):
        for row in usages.READINGS:
            assert (row.product, row.purpose) in SEED_R14
            assert set(row.key_usage) <= set(KEY_USAGE_ORDER)
            assert set(row.extended_key_usage) <= EXTENDED_KEY_USAGES


class TestTrustStores:
    def test_the_stores_are_those_of_the_schema_and_of_im_and_presence(self):
        assert set(STORES) == {
            "tomcat-trust",
            "CallManager-trust",
            "Phone-SAST-trust",
            "CAPF-trust",
            "Phone-Edge-trust",
            "ipsec-trust",
            "TVS-trust",
            "Phone-trust",
            "Phone-VPN-trust",
            "Phone-CTL-trust",
            "Phone-CTL-ASA-trust",
            "userlicensing-trust",
            "directory-trust",
            "cup-trust",
            "cup-xmpp-trust",
        }
        assert all(row.name == name for name, row in STORES.items())

    def test_uploads_and_deletions_reach_what_the_source_document_says(self):
        reach = {
            name: (row.upload.name.lower(), row.delete.name.lower())
            for name, row in STORES.items()
            if row.source is Source.SEED
        }

        assert reach == {
            "tomcat-trust": ("cluster", "cluster"),
            "CallManager-trust": ("cluster", "cluster"),
            "Phone-SAST-trust": ("cluster", "cluster"),
            "CAPF-trust": ("node", "cluster"),
            "Phone-Edge-trust": ("publisher", "publisher"),
        }

    def test_stores_that_no_document_spreads_stay_on_their_node(self):
        for name in ("ipsec-trust", "TVS-trust", "Phone-trust", "Phone-VPN-trust"):
            assert STORES[name].upload is STORES[name].delete is Reach.NODE
            assert STORES[name].source is Source.DEDUCED

    def test_only_a_store_that_spreads_takes_time(self):
        for row in STORES.values():
            assert (row.delay_minutes > 0) == (row.upload is Reach.CLUSTER), row.name
            assert row.delay_minutes in (0, 30)

    def test_only_the_edge_store_has_a_limit(self):
        limits = {row.name: row.limit for row in STORES.values() if row.limit}

        assert limits == {"Phone-Edge-trust": 16}

    def test_a_copied_identity_is_listed_among_the_copies(self):
        listed = {(row.purpose, row.store) for row in COPIES}

        assert {
            (row.name, row.copied_to) for row in SEED_R14.values() if row.copied_to
        } <= listed
        assert {row.purpose for row in COPIES} <= PURPOSES
        assert {row.store for row in COPIES} <= set(STORES)

    def test_a_copy_lands_in_a_store_of_the_same_product(self):
        for row in SEED_R14.values():
            if row.copied_to:
                assert row.product in STORES[row.copied_to].product, row.name

    def test_what_no_store_verifies_has_no_copy(self):
        without = {row.name for row in SEED_R14.values() if row.copied_to is None}

        assert without == {
            "TVS",
            "ITLRecovery",
            "authz",
            "cup-xmpp-s2s",
            "cup-xmpp-s2s-ECDSA",
        }

    def test_bulk_import_sorts_certificates_as_the_documents_say(self):
        assert {row.purpose: row.stores for row in BULK.values()} == {
            "tomcat": ("tomcat-trust",),
            "CallManager": ("Phone-SAST-trust", "CallManager-trust"),
            "CAPF": ("CallManager-trust",),
            "ITLRecovery": ("Phone-SAST-trust", "CallManager-trust"),
        }

    def test_other_tables_of_stores_name_stores(self):
        named = {row.store for row in DISPUTED}
        named |= {store for row in PRELOADED for store in row.stores}
        named |= set(UPLOAD_ALSO_LANDS_IN) | set(UPLOAD_ALSO_LANDS_IN.values())

        assert named <= set(STORES)

    def test_the_ca_of_capf_lands_in_the_store_of_callmanager_too(self):
        assert dict(UPLOAD_ALSO_LANDS_IN) == {"CAPF-trust": "CallManager-trust"}


class TestServices:
    def test_a_service_is_listed_once_for_a_product(self):
        keys = [(row.product, row.name) for row in SERVICES]

        assert len(set(keys)) == len(keys)

    def test_the_columns_hold_known_words(self):
        for row in SERVICES:
            assert row.product in ("ucm", "imp"), row.name
            assert row.kind in ("feature", "network"), row.name
            assert row.on in ("every", "publisher"), row.name
            assert row.name.startswith("Cisco "), row.name

    def test_a_service_presents_and_reads_what_its_product_has(self):
        for row in SERVICES:
            assert all((row.product, name) in SEED_R14 for name in row.loads), row.name
            assert all(row.product in STORES[name].product for name in row.trusts), (
                row.name
            )

    def test_capf_and_the_backup_master_run_on_the_publisher(self):
        publisher = {row.name for row in SERVICES if row.on == "publisher"}

        assert publisher == {
            "Cisco Certificate Authority Proxy Function",
            "Cisco DRF Master",
            "Cisco DirSync",
        }

    def test_every_identity_but_that_of_tokens_is_presented_by_a_service(self):
        presented = {(row.product, name) for row in SERVICES for name in row.loads}

        assert set(SEED_R14) - presented == {("ucm", "authz")}

    def test_both_products_have_the_monitor_on_the_network_half(self):
        for product in ("ucm", "imp"):
            kinds = {row.name: row.kind for row in services_of(product)}
            assert kinds[MONITOR_SERVICE] == "network"

    def test_every_service_has_a_time_to_start_in(self):
        assert set(STARTS) == SERVICE_NAMES
        assert all(0 < row.seconds <= 600 for row in STARTS.values())

    def test_a_start_interrupts_what_fails_with_a_certificate_too(self):
        words = {row.words for row in FAILURES}

        for row in STARTS.values():
            assert set(row.interrupts) <= words, row.service

    def test_what_cannot_be_stopped_says_why_and_is_a_network_service(self):
        for row in STARTS.values():
            if not row.stops:
                assert row.note
                kinds = {each.kind for each in SERVICES if each.name == row.service}
                assert kinds == {"network"}, row.service

    def test_only_tftp_keeps_a_copy_over_a_restart(self):
        kept = {
            (name, profile): kept_over_restart(name, profile)
            for name in SERVICE_NAMES
            for profile in PROFILES
        }

        assert {key: names for key, names in kept.items() if names} == {
            ("Cisco Tftp", "seed-r14"): ("tomcat",)
        }


class TestRestarts:
    def test_the_seed_restarts_what_its_table_says(self):
        written = {}
        for row in RESTARTS:
            if row.profile == "seed-r14" and row.changed in PURPOSES - {"authz"}:
                written.setdefault(row.changed, []).append(row.service)

        assert written == {
            "tomcat": ["Cisco Tomcat", "Cisco CallManager"],
            "tomcat-ECDSA": ["Cisco Tomcat", "Cisco CallManager"],
            "CallManager-ECDSA": ["Cisco CallManager"],
        }
        for name in ("CallManager", "CAPF", "TVS"):
            assert restarts_after(name) == []

    def test_new_token_keys_restart_callmanager_everywhere(self):
        (row,) = restarts_after("authz")

        assert (row.service, row.nodes) == ("Cisco CallManager", "every")

    def test_the_five_services_of_support_follow_callmanager(self):
        assert [row.service for row in restarts_after("CallManager", "tac")] == [
            "Cisco CallManager",
            "Cisco CTIManager",
            "Cisco Trust Verification Service",
            "Cisco Tftp",
            "Cisco HAProxy",
        ]

    def test_release_15_restarts_only_the_proxy_after_callmanager(self):
        assert [row.service for row in restarts_after("CallManager", "r15")] == [
            "Cisco HAProxy"
        ]

    def test_a_restart_answers_to_something_that_can_be_changed(self):
        named = {row.changed for row in RESTARTS} | {row.changed for row in NO_RESTART}

        assert named <= PURPOSES | set(STORES) | set(PARAMETERS) | OTHER_CHANGES

    def test_every_parameter_says_what_it_restarts_or_that_it_restarts_nothing(self):
        restarted = {row.changed for row in RESTARTS}
        silent = {row.changed for row in NO_RESTART}

        assert set(PARAMETERS) <= restarted | silent
        assert not set(PARAMETERS) & restarted & silent

    def test_a_restart_names_a_service_that_exists(self):
        assert {row.service for row in RESTARTS} <= SERVICE_NAMES
        assert {s for row in OTHER_RESTARTS for s in row.services} <= SERVICE_NAMES

    def test_no_restart_is_listed_twice(self):
        keys = [(row.changed, row.service, row.profile) for row in RESTARTS]

        assert len(set(keys)) == len(keys)

    def test_the_columns_hold_known_words(self):
        for row in RESTARTS:
            assert row.nodes in ("every", "publisher", "this"), row
            assert row.profile in PROFILE_NAMES, row

    def test_what_needs_no_restart_has_no_restart_in_that_profile(self):
        for row in NO_RESTART:
            assert restarts.restarts_after(row.changed, row.profile) == [], row

    @pytest.mark.parametrize("profile", ["seed-r14", "r15", "tac"])
    def test_every_purpose_has_restarts_or_a_row_that_says_none(self, profile):
        silent = {
            name
            for name in PURPOSES
            if not restarts_after(name, profile)
            and (name, profile) not in {(r.changed, r.profile) for r in NO_RESTART}
        }

        # Support says nothing of new token keys.
        assert silent == ({"authz"} if profile == "tac" else set())


class TestAfterChange:
    def test_every_purpose_has_a_row(self):
        assert set(AFTER_CHANGE) - OTHER_CHANGES == PURPOSES
        assert all(row.purpose == name for name, row in AFTER_CHANGE.items())

    def test_the_ctl_is_updated_after_what_the_documents_name(self):
        updated = {
            rsa_name(row.purpose) for row in AFTER_CHANGE.values() if row.ctl_update
        }

        assert updated == {"CAPF", "ITLRecovery", "CallManager", CTL_RESET}

    def test_phones_are_reset_for_what_the_parameter_names(self):
        parameter = PARAMETERS[PHONE_INTERACTION]

        reset = {
            row.purpose
            for row in AFTER_CHANGE.values()
            if row.phones_reset == "automatic"
        }

        assert reset == set(parameter.purposes)
        assert parameter.name == "Phone Interaction on Certificate Update"
        assert parameter.default == "automatic"

    def test_tftp_is_swapped_after_tomcat_and_restarted_in_release_15(self):
        row = AFTER_CHANGE["tomcat"]

        assert row.tftp == "deactivate then activate"
        assert row.tftp_r15 == "restart"

    def test_the_columns_hold_known_words(self):
        for row in AFTER_CHANGE.values():
            assert row.phones_reset in ("automatic", "manual", "no")
            assert row.tftp in ("restart", "deactivate then activate", "")
            assert row.backup or row.purpose in OTHER_CHANGES


class TestParameters:
    @pytest.mark.parametrize("row", PARAMETERS.values(), ids=list(PARAMETERS))
    def test_the_choices_hold_together(self, row):
        assert row.default == row.options[0]
        assert set(row.elliptic) <= set(row.options)
        assert set(row.purposes) <= PURPOSES
        assert bool(row.most) == (len(row.options) == 1)
        if row.most:
            assert row.least <= int(row.default) <= row.most

    def test_the_web_shows_rsa_alone_unless_it_is_told_otherwise(self):
        web, calls = PARAMETERS["HTTPS Ciphers"], PARAMETERS["TLS Ciphers"]

        assert web.default not in web.elliptic
        assert calls.default in calls.elliptic

    def test_a_choice_that_no_document_prints_is_marked(self):
        unconfirmed = {
            name
            for name, row in PARAMETERS.items()
            if row.options_source is Source.UNCONFIRMED
        }

        assert unconfirmed == {
            "TLS Ciphers",
            "Phone Interaction on Certificate Update",
            "Validity Check Frequency",
        }


class TestWhatCanFollow:
    def test_the_columns_hold_known_words(self):
        assert {row.by for row in FOLLOW_RULES} == {"itself", "lab", "outside"}

    def test_what_happens_by_itself_has_no_place_in_the_order(self):
        for row in FOLLOW_RULES:
            assert (row.position == 0) == (row.by == "itself"), row

    def test_the_backup_comes_last_and_the_trust_list_first(self):
        left = [row for row in FOLLOW_RULES if row.by != "itself"]
        order = sorted(left, key=lambda row: row.position)

        assert order[0].kind == "trust_list"
        assert order[-1].kind == "backup"


class TestConnections:
    IDENTIFIERS = (
        "W1 W2 W3 W4 P1 P2 P3 P4 P5 P6 P6M T1 T2 T3 X1 X2 X3 X4 X5 X6 "
        "L1 D1 I1 C1 E1 E2 E3 V1 V2 S1 S2 Y1"
    )

    def test_every_kind_of_connection_is_there_once(self):
        assert [row.id for row in CONNECTIONS] == self.IDENTIFIERS.split()
        assert len({row.label for row in CONNECTIONS}) == len(CONNECTIONS)

    def test_both_ends_are_known(self):
        ends = {row.client for row in CONNECTIONS} | {row.server for row in CONNECTIONS}

        assert ends == set(ROLES)

    def test_identities_exist(self):
        for row in CONNECTIONS:
            shown = {*row.server_purposes, *row.client_purposes}
            assert shown <= PURPOSES | OUTSIDE_IDENTITIES, row.id

    def test_verifiers_are_stores_or_lists(self):
        used = {
            name
            for row in CONNECTIONS
            for name in (*row.server_verified_with, *row.client_verified_with)
        }

        assert used <= set(STORES) | set(LISTS)
        assert set(LISTS) <= used

    def test_whoever_shows_a_certificate_is_verified(self):
        for row in CONNECTIONS:
            assert bool(row.server_purposes) == bool(row.server_verified_with), row.id
            assert bool(row.client_purposes) == bool(row.client_verified_with), row.id
            assert row.client_purposes or not row.mutual, row.id

    def test_ports_are_ports(self):
        for row in CONNECTIONS:
            assert all(0 < port < 65536 for port in row.ports), row.id
            assert row.ports or row.transport == "802.1X", row.id

    def test_a_service_at_an_end_presents_the_node_certificate_of_that_end(self):
        wrong = []
        for row in CONNECTIONS:
            for service, shown in (
                (row.server_service, row.server_purposes),
                (row.client_service, row.client_purposes),
            ):
                if not service:
                    continue
                loaded = {p for s in SERVICES if s.name == service for p in s.loads}
                node_certificates = {name for name in shown if name in PURPOSES}
                if service not in SERVICE_NAMES or (
                    node_certificates and not node_certificates & loaded
                ):
                    wrong.append((row.id, service))

        assert wrong == []

    def test_a_node_that_shows_a_certificate_names_its_service(self):
        for row in CONNECTIONS:
            if PURPOSES & set(row.server_purposes) and row.server != "other-cluster":
                assert row.server_service, row.id
            if PURPOSES & set(row.client_purposes):
                assert row.client_service, row.id

    def test_a_verified_peer_meets_the_store_that_its_kind_names(self):
        for peer in PEERS.values():
            rows = [row for row in CONNECTIONS if row.id in peer.connections]
            met = {
                store
                for row in rows
                for shown, stores in (
                    (row.server_purposes, row.server_verified_with),
                    (row.client_purposes, row.client_verified_with),
                )
                if "peer" in shown
                for store in stores
            }
            assert met == set(peer.verified_with), peer.kind

    def test_a_peer_is_an_end_of_its_connections(self):
        by_id = {row.id: row for row in CONNECTIONS}

        for peer in PEERS.values():
            for name in peer.connections:
                assert peer.kind in (by_id[name].client, by_id[name].server)

    def test_the_peers_are_those_of_the_lab(self):
        assert set(PEERS) == {
            "directory",
            "sip-trunk",
            "expressway-c",
            "unity",
            "syslog",
            "xmpp-peer",
            "browser",
        }

    def test_phones_are_verified_by_two_stores(self):
        assert {n: r.verified_with for n, r in PHONE_IDENTITIES.items()} == {
            "MIC": ("CallManager-trust", "CAPF-trust"),
            "LSC": ("CallManager-trust",),
        }


class TestFailures:
    def test_every_purpose_and_every_other_identity_stops_something(self):
        others = {"LSC", "MIC", "CA", "OCSP signer", "peer"}

        assert {row.purpose for row in FAILURES} == PURPOSES | others

    def test_words_fit_after_stops(self):
        for row in FAILURES:
            assert not row.words.endswith("."), row
            first = row.words.split()[0]
            assert first[0].islower() or first.isupper() or first == "IPsec", row

    def test_only_known_people_notice(self):
        assert {row.who for row in FAILURES} == {
            "administrators",
            "phones",
            "users",
            "partners",
            "the system",
        }

    def test_the_first_thing_that_stops_with_tomcat_is_administration(self):
        first, second, *_ = failures_of("tomcat")

        assert first.words == "web administration of this node"
        assert second.words == "SIP OAuth for phones"

    def test_nothing_is_said_twice_of_a_purpose(self):
        keys = [(row.purpose, row.words) for row in FAILURES]

        assert len(set(keys)) == len(keys)


class TestStates:
    def test_every_state_has_a_row_in_the_same_order(self):
        assert list(STATES) == [state.value for state in State]
        assert [row.rank for row in STATES.values()] == list(range(1, len(State) + 1))

    def test_labels_are_those_of_the_legend(self):
        assert [row.label for row in STATES.values()] == [
            "Revoked",
            "On hold",
            "Trust copy left over",
            "Expired",
            "Not yet valid",
            "Broken chain",
            "Ends within 7 days",
            "Stored, not in use",
            "Ends within 30 days",
            "Ends within 90 days",
            "In use and fine",
        ]

    def test_an_icon_says_more_than_a_colour(self):
        icons = [row.icon for row in STATES.values()]

        assert len(set(icons)) == len(icons)
        assert all(re.fullmatch(r":material/[a-z0-9_]+:", icon) for icon in icons)

    def test_rule_and_remedy_are_sentences(self):
        for row in STATES.values():
            for text in (row.rule, row.remedy):
                assert text[0].isupper(), text
                assert text.endswith("."), text

    def test_thresholds_have_states(self):
        assert THRESHOLDS == (90, 30, 7)
        assert {f"ends_in_{days}" for days in THRESHOLDS} <= set(STATES)


class TestAlarms:
    @pytest.mark.parametrize(
        ("days", "alarm", "severity"),
        [
            (-400, "CertExpired", 0),
            (0, "CertExpired", 0),
            (1 / 86400, "CertValidLessthanADay", 1),
            (1 - 1 / 86400, "CertValidLessthanADay", 1),
            (1, "CertValidfor7days", 2),
            (7 - 1 / 86400, "CertValidfor7days", 2),
            (7, "CertValidLessThanMonth", 4),
            (30, "CertValidLessThanMonth", 4),
            (30 + 1 / 86400, "CertValidityOver30Days", 5),
            (7300, "CertValidityOver30Days", 5),
        ],
    )
    def test_the_ladder_changes_at_its_steps(self, days, alarm, severity):
        row = alarm_for(days)

        assert (row.name, row.severity) == (alarm, severity)

    def test_the_ladder_rises(self):
        bounds = [rung.days_left for rung in ALARM_LADDER]

        assert bounds == [0, 1, 7, 30, float("inf")]
        assert {rung.alarm for rung in ALARM_LADDER} <= {row.name for row in ALARMS}

    def test_an_alarm_has_a_name_of_its_own_and_a_known_severity(self):
        names = [row.name for row in ALARMS]

        assert len(set(names)) == len(names)
        assert all(
            row.severity is None or 0 <= row.severity < len(SEVERITIES)
            for row in ALARMS
        )

    def test_severities_run_from_emergency_to_debug(self):
        assert [row.number for row in SEVERITIES] == list(range(8))
        assert [SEVERITIES[n].name for n in (0, 4, 7)] == [
            "Emergency",
            "Warning",
            "Debug",
        ]

    def test_the_monitor_runs_daily_and_hourly_near_an_end(self):
        assert {row.name: row.value for row in MONITOR} == {
            "base_hours": 24,
            "hourly_hours": 1,
            "hourly_when_days_left_lte": 1,
            "reschedule_after_restart_hours": 24,
        }
        assert MONITOR_SERVICE in SERVICE_NAMES


class TestRevocation:
    def test_reasons_are_those_of_the_rfc(self):
        assert {row.name: row.code for row in REASONS.values()} == {
            "unspecified": 0,
            "keyCompromise": 1,
            "cACompromise": 2,
            "affiliationChanged": 3,
            "superseded": 4,
            "cessationOfOperation": 5,
            "certificateHold": 6,
            "removeFromCRL": 8,
            "privilegeWithdrawn": 9,
            "aACompromise": 10,
        }

    def test_only_a_hold_is_reversible(self):
        assert [row.name for row in REASONS.values() if row.reversible] == [
            "certificateHold"
        ]

    def test_nobody_can_choose_to_lift_a_hold_as_a_reason(self):
        assert [row.name for row in REASONS.values() if not row.choosable] == [
            "removeFromCRL"
        ]

    def test_no_reason_at_all_is_left_out_of_a_crl(self):
        odd = {r.name: r.in_crl for r in REASONS.values() if r.in_crl != "yes"}

        assert odd == {"unspecified": "left out", "removeFromCRL": "delta only"}

    def test_unknown_connects_only_without_common_criteria(self):
        assert {key: row.connects for key, row in OUTCOMES.items()} == {
            ("good", True): True,
            ("good", False): True,
            ("revoked", True): False,
            ("revoked", False): False,
            ("on_hold", True): False,
            ("on_hold", False): False,
            ("expired", True): False,
            ("expired", False): False,
            ("unknown", True): False,
            ("unknown", False): True,
            ("unreachable", True): False,
            ("unreachable", False): True,
        }

    def test_a_check_raises_an_alarm_of_the_table_or_none(self):
        for row in CHECK_ALARMS:
            assert alarm_of(row.alarm)
            assert {(status, True) for status in row.statuses} <= OUTCOMES.keys()
        assert alarm_after("upload", "revoked") == "CertificateRevoked"
        assert alarm_after("link", "expired", "CTI").startswith("Cti")
        assert alarm_after("link", "expired", "LDAP") == "CertExpired"
        assert alarm_after("live", "revoked") == ""
        assert alarm_after("schedule", "good") == ""

    def test_links_and_live_clients_are_connections_of_the_table(self):
        known = {row.id for row in CONNECTIONS}

        assert {row.connection for row in LONG_LIVED} <= known
        assert {name for row in LIVE for name in row.connections} <= known
        assert LONG_LIVED_LINKS == ("CTI", "IPsec", "LDAP")
        assert LIVE_CLIENTS == ("syslog", "FileBeat", "SIP", "ILS", "LBM")

    def test_the_interval_of_the_page_wins_where_links_are_checked(self):
        assert {key: row.wins for key, row in LINK_INTERVALS.items()} == {
            (True, True): "page",
            (True, False): "parameter",
            (False, True): "nobody",
            (False, False): "nobody",
        }

    def test_the_delegated_model_is_tried_first(self):
        assert [row.short for row in TRUST_MODELS] == ["DTM", "TRP"]


class TestOperations:
    def test_all_fourteen_contradictions_of_the_facts_are_kept_and_later_ones(self):
        numbers = [row.number for row in CONTRADICTIONS]

        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 14

    def test_a_contradiction_has_two_readings_and_a_choice(self):
        for row in CONTRADICTIONS:
            assert len(row.readings) >= 2, row.number
            assert row.lab_choice.endswith("."), row.number
            assert re.fullmatch(r"\d+(\.\d+)?", row.section), row.number

    def test_messages_of_the_cluster_are_literal(self):
        texts = {row.key: row.text for row in CLUSTER_MESSAGES}

        assert texts["issuer_missing"] == (
            "CA certificate is not available in the trust-store"
        )
        assert texts["key_mismatch"] == (
            "CSR Public Key and Certificate Public Key do not match"
        )
        assert texts["names_mismatch"] == "CSR SAN and Certificate SAN does not match"
        assert texts["remote_node"] == (
            "Connection to the Server cannot be established "
            "(unable to connect to Remote Node)"
        )
        assert len(texts) == len(CLUSTER_MESSAGES)

    def test_the_source_document_names_four_filters(self):
        assert {row.label for row in LIST_COLUMNS if row.find_where} == {
            "Common Name_SerialNumber",
            "Expiration",
            "Key Type",
            "Usage",
        }

    def test_a_command_is_listed_once(self):
        commands = [row.command for row in CLI_COMMANDS]

        assert len(set(commands)) == len(commands)
        assert {row.privilege for row in CLI_COMMANDS} == {None, 0, 1, 4}

    def test_output_belongs_to_a_listed_command(self):
        stems = {" ".join(row.command.split()[:3]) for row in CLI_COMMANDS}

        assert {" ".join(row.command.split()[:3]) for row in CLI_TEXTS} <= stems

    def test_the_encryption_key_is_renewed_on_the_command_line_only(self):
        assert {row.name: row.on_the_page for row in OAUTH_KEYS} == {
            "encryption": False,
            "signing": True,
        }

    def test_trust_lists_hold_identities_in_known_roles(self):
        roles = {row.name for row in trust_lists.LIST_ROLES}

        for row in trust_lists.ENTRIES:
            assert row.purpose in PURPOSES | {""}, row
            assert row.role in roles, row

    def test_only_the_itl_holds_tvs(self):
        assert [r.trust_list for r in trust_lists.ENTRIES if r.purpose == "TVS"] == [
            "ITL"
        ]

    def test_the_recovery_key_signs_both_lists(self):
        assert {row.signer for row in trust_lists.TRUST_LISTS} == {"ITLRecovery"}

    def test_the_safe_order_never_has_callmanager_beside_tvs_without_a_wait(self):
        order = {row.purpose: row for row in SAFE_ORDER}

        assert [row.position for row in SAFE_ORDER] == list(range(1, 9))
        assert set(order) <= PURPOSES
        for pair in NEVER_TOGETHER:
            first = min(order[pair.first], order[pair.second], key=lambda r: r.position)
            assert first.wait_after

    def test_callmanager_and_tvs_are_the_hard_rule(self):
        assert ("CallManager", "TVS") in {(r.first, r.second) for r in NEVER_TOGETHER}
        assert 3 in {row.number for row in ORDER_RULES if row.hard}

    def test_the_unreachable_node_has_six_steps_and_two_waits(self):
        assert [row.number for row in TROUBLESHOOTING] == [1, 2, 3, 4, 5, 6]
        assert [row.number for row in TROUBLESHOOTING if row.wait_minutes] == [1, 5]
        for row in TROUBLESHOOTING:
            service = row.command.removeprefix("utils service restart ")
            assert not row.command or service in SERVICE_NAMES
