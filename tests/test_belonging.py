"""Where imported certificates belong: proposed, chosen, and then found in the lab."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.actions.add_parties import add_cluster, add_node
from lab.actions.import_certificates import (
    Assignment,
    files_of,
    files_under,
    import_certificates,
    preview_import,
)
from lab.clock import utc_text
from lab.models import PartyKind, Usage
from lab.pki.bundles import write_pem
from lab.pki.reading import read_certificate
from lab.rules.belonging import (
    DOUBTS,
    EVIDENCE,
    LAYOUTS,
    NAME_PATTERNS,
    Doubt,
    Evidence,
)
from lab.rules.peers import PHONE_IDENTITIES
from lab.rules.purposes import SEED_R14
from lab.rules.trust_stores import STORES
from lab.store import listing, parties, places
from tests.explain_cases.keys import elliptic, rsa_key
from tests.explain_cases.making import (
    ALTERNATIVE_NAMES,
    EXTENDED_KEY_USAGE,
    alone,
    alternative_names,
    basic_constraints,
    extended_key_usage,
    key_usage,
    leaf,
    root,
)

ROOT = root("Their Root")
EARLY, LATE = datetime(2029, 1, 1, tzinfo=UTC), datetime(2029, 6, 1, tzinfo=UTC)
NOWHERE = ("", "Imported", "unassigned", "")
DOMAIN = "uc.example"


def own(host, purpose="tomcat", **how):
    """The certificate that a node made for one of its services."""
    key = elliptic(f"{purpose} of {host}")
    return alone(alternative_names(host), name=host, key=key, **how)


def nameless(name="nobody", *changes, **how):
    """A leaf that names no host."""
    return alone(*changes, name=name, without=(ALTERNATIVE_NAMES,), **how)


def proposals(lab, *files, **how):
    """What is proposed for each certificate: (file, proposals), in their order."""
    found = preview_import(lab, files, **how).found
    return [(each.file, each.proposals) for each in found]


def proposal(lab, file, made):
    """The one proposal for a certificate that is alone in the import."""
    ((_, (found,)),) = proposals(lab, (file, made.der))
    return found


def places_of(lab, made):
    """Where a certificate is: (cluster, party, usage, purpose or store)."""
    found = []
    for place in places.of_certificate(lab.db, read_certificate(made.der).sha256):
        party = parties.get(lab.db, place.party)
        found.append((party.cluster, party.name, place.usage.value, place.name))
    return sorted(found)


def take_in(lab, *files, **how):
    return import_certificates(lab, files, proposed=True, **how)


def pack(files):
    """A zip of these files."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return into.getvalue()


def pem(*made):
    return write_pem([each.der for each in made]).decode()


def snapshot(server, identities=(), trusts=()):
    """What the certificate management of a node answers; pairs of service and one."""
    answer = {
        "server": server,
        "identities": [
            {"service": service, "certificate": pem(made)}
            for service, made in identities
        ],
        "trusts": [
            {"service": service, "certificate_data": [{"certificate": pem(made)}]}
            for service, made in trusts
        ],
    }
    return json.dumps(answer).encode()


def for_place(evidence, **values):
    """The reason that the table has for a place."""
    return EVIDENCE[evidence].why.format(**values)


def against(doubt, place, node, **values):
    """The reason that the table has against it."""
    return DOUBTS[doubt].why.format(place=place, node=node, **values)


def session(*parts):
    """What a terminal kept: commands and lines as they are, certificates as PEM."""
    lines = (part if isinstance(part, str) else pem(part) for part in parts)
    return "\n".join(lines).encode()


def line(place, label):
    return f"{place}/{label}: Trust Certificate"


def serial(made):
    return read_certificate(made.der).serial


def later_of(made):
    """The subject of this one again, with another key and a later beginning."""
    return root(made.subject, key=elliptic("later"), start=LATE)


# -- What the file says ---------------------------------------------------------------


def test_a_snapshot_says_the_service_and_the_server(lab):
    data = snapshot(f"pub.{DOMAIN}", [("CallManager", own(f"other.{DOMAIN}"))])

    ((_, (found,)),) = proposals(lab, ("x.json", data))

    assert (found.node, found.purpose) == ("pub", "CallManager")
    assert (found.fqdn, found.evidence) == (f"pub.{DOMAIN}", Evidence.SERVER)
    server = f"pub.{DOMAIN}"
    assert found.why == for_place(Evidence.SERVER, service="CallManager", server=server)


def test_a_trust_certificate_of_a_snapshot_goes_to_the_store_of_its_service(lab):
    data = snapshot(f"pub.{DOMAIN}", trusts=[("tomcat", ROOT)])

    take_in(lab, ("x.json", data))

    assert places_of(lab, ROOT) == [(DOMAIN, "pub", "trust", "tomcat-trust")]


@pytest.mark.parametrize("service", ["tomcat", "CallManager", "ipsec", "TVS"])
def test_an_identity_of_a_snapshot_counts_though_it_looks_like_a_ca(lab, service):
    made = root(f"pub.{DOMAIN}")

    take_in(lab, ("x.json", snapshot(f"pub.{DOMAIN}", [(service, made)])))

    assert places_of(lab, made) == [(DOMAIN, "pub", "identity", service)]


def test_a_service_that_the_lab_does_not_know_is_doubted_and_left_unassigned(lab):
    made = own(f"pub.{DOMAIN}")
    file = ("x.json", snapshot(f"pub.{DOMAIN}", [("juggling", made)]))

    ((_, (found,)),) = proposals(lab, file)
    done = take_in(lab, file)

    assert found.doubt is Doubt.UNKNOWN
    assert found.why == against(Doubt.UNKNOWN, "", "pub", service="juggling")
    assert (done.new, done.placed) == (1, 0)
    assert places_of(lab, made) == [NOWHERE]


def test_what_the_file_says_goes_before_its_folder_and_its_name(lab):
    made = own(f"pub.{DOMAIN}")
    data = snapshot(f"pub.{DOMAIN}", [("ipsec", made)])

    ((_, (found,)),) = proposals(lab, ("sub/tomcat/CallManager.json", data))

    assert (found.node, found.purpose) == ("pub", "ipsec")


def test_a_session_says_the_unit_and_the_certificate_its_node(lab):
    made = own(f"pub.{DOMAIN}")
    data = session("admin:show cert own tomcat", made, "admin:")

    ((_, (found,)),) = proposals(lab, ("session.txt", data))

    assert (found.node, found.purpose) == ("pub", "tomcat")
    assert found.why == for_place(Evidence.COMMAND, service="tomcat")


def test_a_trust_certificate_of_a_session_is_on_the_node_the_session_was_with(lab):
    data = session(
        "admin:show cert own tomcat",
        own(f"pub.{DOMAIN}"),
        "admin:show cert trust tomcat-trust/Their_Root.pem",
        ROOT,
        "admin:",
    )

    take_in(lab, ("session.txt", data))

    assert places_of(lab, ROOT) == [(DOMAIN, "pub", "trust", "tomcat-trust")]


def test_a_ca_certificate_that_a_session_shows_as_a_services_own_is_doubted(lab):
    data = session("admin:show cert own tomcat", root(f"pub.{DOMAIN}"), "admin:")

    ((_, (found,)),) = proposals(lab, ("session.txt", data))

    assert found.doubt is Doubt.NO_IDENTITY


# -- Lines of show cert list ----------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        "Their_Root.pem",
        "their_root.pem",
        f"Their_Root_{serial(ROOT)}.pem",
        f"Their_Root_{serial(ROOT).upper()}.pem",
    ],
)
def test_a_line_names_a_certificate_as_old_and_new_releases_call_it(lab, label):
    data = session("admin:show cert list trust", line("tomcat-trust", label), "admin:")

    take_in(lab, ("pub/list.txt", data), ("pub/ca-1.cer", ROOT.der))

    assert places_of(lab, ROOT) == [("Imported", "pub", "trust", "tomcat-trust")]


def test_a_line_names_a_certificate_by_the_name_of_its_file(lab):
    data = session("admin:show cert list trust", line("CAPF-trust", "odd.pem"))

    (_, (found,)) = proposals(lab, ("pub/list.txt", data), ("pub/odd.cer", ROOT.der))[0]

    assert (found.node, found.store) == ("pub", "CAPF-trust")
    assert found.why == for_place(Evidence.LISTING, line="CAPF-trust/odd.pem")


def test_the_serial_number_tells_certificates_of_one_name_apart(lab):
    other = later_of(ROOT)
    data = session(
        "admin:show cert list trust",
        line("tomcat-trust", f"Their_Root_{serial(ROOT)}.pem"),
        line("CAPF-trust", f"Their_Root_{serial(other)}.pem"),
    )

    take_in(lab, ("pub/l.txt", data), ("pub/1.cer", ROOT.der), ("pub/2.cer", other.der))

    assert places_of(lab, ROOT) == [("Imported", "pub", "trust", "tomcat-trust")]
    assert places_of(lab, other) == [("Imported", "pub", "trust", "CAPF-trust")]


def test_a_line_that_two_certificates_fit_names_neither(lab):
    other = later_of(ROOT)
    data = session("admin:show cert list trust", line("tomcat-trust", "Their_Root.pem"))
    files = [("pub/l.txt", data), ("pub/1.cer", ROOT.der), ("pub/2.cer", other.der)]

    preview = preview_import(lab, files)

    assert [each.proposal.doubt for each in preview.found] == [Doubt.AUTHORITY] * 2


def test_lines_of_several_nodes_give_one_certificate_several_places(lab):
    data = session("admin:show cert list trust", line("tomcat-trust", "Their_Root.pem"))
    files = [("pub/l.txt", data), ("sub/l.txt", data), ("root.cer", ROOT.der)]

    done = take_in(lab, *files)

    assert done.placed == 2
    assert places_of(lab, ROOT) == [
        ("Imported", "pub", "trust", "tomcat-trust"),
        ("Imported", "sub", "trust", "tomcat-trust"),
    ]


def test_a_line_whose_certificate_is_not_in_the_files_is_reported(lab):
    data = session("admin:show cert list trust", line("tomcat-trust", "Gone.pem"))

    preview = preview_import(lab, [("pub/list.txt", data), ("pub/r.cer", ROOT.der)])

    assert preview.missed == 1
    (missing,) = preview.missing
    assert (missing.file, missing.place) == ("pub/list.txt", "tomcat-trust")
    assert (missing.label, missing.how) == ("Gone.pem", "Trust Certificate")


def test_a_line_of_an_own_certificate_that_is_there_is_not_reported(lab):
    data = session("admin:show cert list own", "tomcat/tomcat.pem: Certificate Signed")

    preview = preview_import(
        lab, [("pub/list.txt", data), ("pub/tomcat/x.pem", own(f"pub.{DOMAIN}").der)]
    )

    assert preview.missing == []


# -- Folders and file names -----------------------------------------------------------


def certificate_for(place):
    return ROOT if place in STORES else nameless()


def laid_out(row, path, data):
    """The files of an import in which a file lies at that path, zips packed."""
    name, mark, inner = path.partition(".zip/")
    if not mark:
        return [(path, data)]
    return list(files_of([(f"{name}.zip", pack({inner: data}))]))


@pytest.mark.parametrize("row", LAYOUTS, ids=lambda row: row.layout)
@pytest.mark.parametrize("above", ["", "bundle.zip/"], ids=["bare", "in a zip"])
def test_every_layout_is_read_as_its_columns_say(lab, row, above):
    made = certificate_for(row.place)

    files = laid_out(row, above + row.example, made.der)
    ((_, (found,)),) = proposals(lab, *files)

    assert (found.node, found.place, found.doubt) == (row.node, row.place, None)
    assert found.cluster == (row.cluster or "Imported")
    assert found.evidence in (Evidence.FOLDER, Evidence.FILE_NAME)


@pytest.mark.parametrize("row", LAYOUTS, ids=lambda row: row.layout)
def test_every_layout_puts_the_certificate_there(lab, row):
    made = certificate_for(row.place)
    usage = "trust" if row.place in STORES else "identity"

    take_in(lab, *laid_out(row, row.example, made.der))

    cluster = row.cluster or "Imported"
    assert places_of(lab, made) == [(cluster, row.node, usage, row.place)]


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase])
@pytest.mark.parametrize("name", [*sorted({name for _, name in SEED_R14}), *STORES])
def test_a_folder_or_a_file_names_each_place_in_any_letters(lab, name, change):
    made = root("CA") if name in STORES else nameless()
    kinds = {kind for kind, other in SEED_R14 if other == name}
    if name in STORES:
        kinds = {*STORES[name].product}

    by_folder = proposal(lab, f"node/{change(name)}/x.pem", made)
    by_file = proposal(lab, f"node/{change(name)}.pem", made)
    by_start = proposal(lab, f"node/{change(name)}_x.pem", made)

    for found in (by_folder, by_file, by_start):
        assert (found.node, found.place, found.doubt) == ("node", name, None)
        assert found.kind in kinds


def test_the_node_of_a_folder_may_be_written_in_full_and_in_capitals(lab):
    take_in(lab, (f"PUB.{DOMAIN.upper()}/tomcat-trust/root.pem", ROOT.der))

    assert places_of(lab, ROOT) == [(DOMAIN, "pub", "trust", "tomcat-trust")]


def test_the_own_folders_of_a_node_may_be_written_in_capitals(lab):
    path = "PUB/USR/LOCAL/CM/.SECURITY/CALLMANAGER/TRUST-CERTS/ROOT.PEM"

    take_in(lab, (path, ROOT.der))

    assert places_of(lab, ROOT) == [("Imported", "pub", "trust", "CallManager-trust")]


@pytest.mark.parametrize(
    "node", ["fe80::1%" + "x" * 80, "fe80::1%\x07", "İ" * 40, "a" * 70, "p\u200bub"]
)
def test_a_folder_that_no_node_is_called_by_stops_nothing(lab, node):
    done = take_in(lab, (f"{node}/tomcat-trust/root.pem", ROOT.der))

    assert (done.new, done.placed) == (1, 0)


@pytest.mark.parametrize("address", ["10.0.0.1", "2001:db8::1"])
def test_a_node_may_be_called_by_its_address(lab, address):
    take_in(lab, (f"{address}/tomcat-trust/root.pem", ROOT.der))

    assert places_of(lab, ROOT) == [("Imported", address, "trust", "tomcat-trust")]


def test_folders_above_the_nodes_are_clusters_when_there_are_several(lab):
    files = [
        (f"{cluster}/pub/tomcat-trust/root.pem", ROOT.der) for cluster in ("hq", "lab")
    ]

    take_in(lab, *files)

    assert places_of(lab, ROOT) == [
        ("hq", "pub", "trust", "tomcat-trust"),
        ("lab", "pub", "trust", "tomcat-trust"),
    ]


def test_the_name_that_a_person_gives_a_cluster_goes_before_its_folder(lab):
    files = [(f"{name}/pub/tomcat-trust/x", ROOT.der) for name in ("hq", "lab")]

    import_certificates(lab, files, Assignment(cluster="Mine"), proposed=True)

    assert places_of(lab, ROOT) == [("Mine", "pub", "trust", "tomcat-trust")]


def test_a_store_without_a_node_is_doubted(lab):
    found = proposal(lab, "tomcat-trust/root.pem", ROOT)

    assert found.doubt is Doubt.NO_NODE
    assert found.why == against(Doubt.NO_NODE, "tomcat-trust", "")


# -- Common names ---------------------------------------------------------------------

FILLED = {
    "<8 hex digits>": "1a2b3c4d",
    "<12 hex digits>": "0011aabbccdd",
    "<host>": "cucm-pub",
    "<domain>": DOMAIN,
    "<model>": "8845",
}


def named_by(row):
    name = row.name
    for gap, text in FILLED.items():
        name = name.replace(gap, text)
    return name


def test_every_name_pattern_has_an_example_here():
    assert [row.name for row in NAME_PATTERNS if "<" in named_by(row)] == []


@pytest.mark.parametrize("row", NAME_PATTERNS, ids=lambda row: row.name)
@pytest.mark.parametrize("change", [str, str.upper, str.lower, str.swapcase])
def test_every_name_pattern_tells_the_purpose_or_the_node(lab, row, change):
    made = nameless(change(named_by(row)))
    file = "any.pem" if row.place else "tomcat.pem"

    found = proposal(lab, file, made)

    if row.place == "CAPF":
        assert (found.place, found.doubt) == ("CAPF", Doubt.NO_NODE)
    elif row.place in PHONE_IDENTITIES:
        assert (found.place, found.node) == (row.place, "SEP0011AABBCCDD")
        assert (found.kind, found.doubt) == (PartyKind.PHONE, None)
    else:
        assert (found.place, found.node) == (row.place or "tomcat", "cucm-pub")
        assert found.doubt is None
        assert found.cluster == DOMAIN


@pytest.mark.parametrize("row", NAME_PATTERNS, ids=lambda row: row.name)
@pytest.mark.parametrize("wrong", ["x{}", "{} x", "un {} is"])
def test_a_name_that_only_holds_a_pattern_tells_no_purpose(lab, row, wrong):
    found = proposal(lab, "any.pem", nameless(wrong.format(named_by(row))))

    assert found.doubt is Doubt.NOTHING


def test_certificates_of_phones_go_to_the_phones(lab):
    lsc, mic = nameless("SEP0011AABBCCDD"), nameless("CP-8845-SEP0011AABBCCDD")

    take_in(lab, ("lsc.pem", lsc.der), ("mic.pem", mic.der))

    assert places_of(lab, lsc) == [("Imported", "SEP0011AABBCCDD", "identity", "LSC")]
    assert places_of(lab, mic) == [("Imported", "SEP0011AABBCCDD", "identity", "MIC")]


def test_a_capf_certificate_may_be_that_of_a_ca_and_finds_the_node_beside_it(lab):
    capf = root("CAPF-1a2b3c4d")

    take_in(
        lab, ("pub/capf.cer", capf.der), ("pub/tomcat.pem", own("pub.uc.example").der)
    )

    assert places_of(lab, capf) == [(DOMAIN, "pub", "identity", "CAPF")]


def test_a_multi_server_certificate_is_one_of_the_node_behind_its_name(lab):
    made = own(f"pub-ms.{DOMAIN}")

    take_in(lab, ("tomcat.pem", made.der))

    assert places_of(lab, made) == [(DOMAIN, "pub", "identity", "tomcat")]


def test_a_multi_server_certificate_is_in_the_slots_of_all_nodes_that_show_it(lab):
    made = alone(
        alternative_names(f"pub.{DOMAIN}", f"sub.{DOMAIN}"), name=f"pub-ms.{DOMAIN}"
    )
    files = [(f"{node}/tomcat/x.pem", made.der) for node in ("pub", "sub")]

    done = take_in(lab, *files)

    assert done.placed == 2
    assert places_of(lab, made) == [
        (DOMAIN, "pub", "identity", "tomcat"),
        (DOMAIN, "sub", "identity", "tomcat"),
    ]


# -- Usages ---------------------------------------------------------------------------

_IPSEC = ("serverAuth", "clientAuth", "ipsecEndSystem")
_WRAPS = ("digitalSignature", "keyEncipherment", "dataEncipherment")


@pytest.mark.parametrize(
    ("extended", "usages", "purpose"),
    [
        (_IPSEC, _WRAPS, "ipsec"),
        (
            ("serverAuth",),
            ("digitalSignature", "keyEncipherment", "keyCertSign"),
            "CAPF",
        ),
        (("serverAuth", "clientAuth"), ("digitalSignature", "keyCertSign"), "CAPF"),
    ],
    ids=["ipsec", "CAPF", "CAPF of release 15"],
)
def test_usages_that_one_purpose_alone_has_tell_it(lab, extended, usages, purpose):
    made = alone(
        alternative_names(f"pub.{DOMAIN}"),
        extended_key_usage(*extended),
        key_usage(*usages),
        name=f"pub.{DOMAIN}",
        key=rsa_key(),
    )

    found = proposal(lab, "any.pem", made)

    assert (found.node, found.purpose, found.doubt) == ("pub", purpose, None)
    assert found.evidence is Evidence.USAGE
    assert found.why == for_place(Evidence.USAGE, place=purpose)


def test_usages_that_several_purposes_have_tell_nothing(lab):
    made = alone(
        extended_key_usage("serverAuth", "clientAuth"),
        key_usage(*_WRAPS),
        key=rsa_key(),
    )

    found = proposal(lab, "any.pem", made)

    assert found.doubt is Doubt.NOTHING


def test_usages_of_another_type_of_key_tell_nothing(lab):
    made = alone(extended_key_usage(*_IPSEC), key_usage(*_WRAPS))

    found = proposal(lab, "any.pem", made)

    assert found.doubt is Doubt.NOTHING


def test_the_usages_of_a_ca_tell_nothing(lab):
    made = root(
        f"pub.{DOMAIN}",
        extended_key_usage(*_IPSEC),
        key_usage(*_WRAPS),
        key=rsa_key(),
    )

    found = proposal(lab, "any.pem", made)

    assert found.doubt is Doubt.AUTHORITY


def test_the_folder_goes_before_the_name_and_the_name_before_usages(lab):
    made = nameless(
        "CAPF-1a2b3c4d", extended_key_usage(*_IPSEC), key_usage(*_WRAPS), key=rsa_key()
    )

    in_folder = proposals(lab, ("pub/tomcat/x.pem", made.der))[0][1]
    outside = proposals(lab, ("pub/x.pem", made.der))[0][1]

    assert [each.place for each in in_folder] == ["tomcat"]
    assert [each.place for each in outside] == ["CAPF"]


# -- Certificates of CAs --------------------------------------------------------------


@pytest.mark.parametrize("file", ["root.pem", "pub/root.pem", "pub/certs/root.pem"])
def test_a_ca_certificate_that_no_store_is_named_for_stays_unassigned(lab, file):
    ((_, (found,)),) = proposals(lab, (file, ROOT.der))
    take_in(lab, (file, ROOT.der))

    assert found.doubt is Doubt.AUTHORITY
    assert found.assignment == Assignment()
    assert places_of(lab, ROOT) == [NOWHERE]


def test_a_ca_certificate_in_the_folder_of_a_service_is_not_its_identity(lab):
    made = leaf(ROOT, alternative_names(f"pub.{DOMAIN}"), name=f"pub.{DOMAIN}")

    take_in(lab, ("pub/tomcat/chain.pem", write_pem([made.der, ROOT.der])))

    assert places_of(lab, made) == [(DOMAIN, "pub", "identity", "tomcat")]
    assert places_of(lab, ROOT) == [NOWHERE]


@pytest.mark.parametrize(
    ("changes", "without"),
    [
        ([basic_constraints(path_length=0)], [EXTENDED_KEY_USAGE]),
        ([basic_constraints()], []),
    ],
    ids=["no CA below it", "usages of a service"],
)
def test_the_small_ca_that_a_node_makes_of_itself_is_an_identity(lab, changes, without):
    host = f"pub.{DOMAIN}"
    names = alternative_names(host)
    made = alone(names, *changes, name=host, without=without)

    take_in(lab, ("pub/tomcat.pem", made.der))

    assert read_certificate(made.der).is_ca
    assert places_of(lab, made) == [(DOMAIN, "pub", "identity", "tomcat")]


# -- Conflicts ------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [1, -1], ids=["older first", "newer first"])
def test_a_slot_takes_the_certificate_that_began_last(lab, turn):
    old = own(f"pub.{DOMAIN}", start=EARLY)
    new = own(f"pub.{DOMAIN}", start=LATE)
    files = [("pub/tomcat/a.pem", old.der), ("pub/tomcat/b.pem", new.der)][::turn]

    found = dict(proposals(lab, *files))
    done = take_in(lab, *files)

    (doubted,), (kept,) = found["pub/tomcat/a.pem"], found["pub/tomcat/b.pem"]
    assert (doubted.doubt, kept.doubt) == (Doubt.NEWER, None)
    assert doubted.why == against(Doubt.NEWER, "tomcat", "pub", start=utc_text(LATE))
    assert done.placed == 1
    assert places_of(lab, new) == [(DOMAIN, "pub", "identity", "tomcat")]
    assert places_of(lab, old) == [NOWHERE]


def test_a_store_takes_the_one_of_a_subject_that_began_last(lab):
    new, other = later_of(ROOT), root("Another Root")

    done = take_in(
        lab,
        ("pub/tomcat-trust/a.pem", ROOT.der),
        ("pub/tomcat-trust/b.pem", new.der),
        ("pub/tomcat-trust/c.pem", other.der),
    )

    assert done.placed == 2
    assert places_of(lab, ROOT) == [NOWHERE]
    for kept in (new, other):
        assert places_of(lab, kept) == [("Imported", "pub", "trust", "tomcat-trust")]


def test_one_certificate_at_several_nodes_has_several_places(lab):
    files = [
        (f"{node}/{store}/root.pem", ROOT.der)
        for node in ("pub", "sub")
        for store in ("CallManager-trust", "tomcat-trust")
    ]

    done = take_in(lab, *files)

    assert (done.new, done.known, done.placed) == (1, 3, 4)
    assert places_of(lab, ROOT) == [
        ("Imported", node, "trust", store)
        for node in ("pub", "sub")
        for store in ("CallManager-trust", "tomcat-trust")
    ]


def test_a_later_import_makes_room_only_for_what_began_later(lab):
    old, new = own("pub.x.example", start=EARLY), own("pub.x.example", start=LATE)
    take_in(lab, ("pub/tomcat.pem", new.der))

    (doubted,) = proposals(lab, ("pub/tomcat.pem", old.der))[0][1]
    again = take_in(lab, ("pub/tomcat.pem", old.der))

    assert doubted.doubt is Doubt.STORED
    assert doubted.why == against(Doubt.STORED, "tomcat", "pub", start=utc_text(LATE))
    assert again.placed == 0
    assert places_of(lab, new) == [("x.example", "pub", "identity", "tomcat")]
    assert places_of(lab, old) == [NOWHERE]


def test_what_began_later_replaces_what_an_earlier_import_put_there(lab):
    old, new = own("pub.x.example", start=EARLY), own("pub.x.example", start=LATE)
    take_in(lab, ("pub/tomcat.pem", old.der), ("pub/tomcat-trust/r", ROOT.der))

    take_in(
        lab, ("pub/tomcat.pem", new.der), ("pub/tomcat-trust/r", later_of(ROOT).der)
    )

    assert places_of(lab, new) == [("x.example", "pub", "identity", "tomcat")]
    assert places_of(lab, later_of(ROOT)) == [
        ("x.example", "pub", "trust", "tomcat-trust")
    ]
    assert places_of(lab, old) == places_of(lab, ROOT) == []


def test_nothing_is_proposed_for_a_slot_with_a_certificate_of_the_labs_own(lab):
    add_cluster(lab, "hq", "hq.example")
    add_node(lab, "hq", "pub", product="imp")
    party = parties.by_name(lab.db, "hq", "pub")
    before = places.slot(lab.db, party.id, "cup-ECDSA")
    files = [("cup-ECDSA.pem", own("pub.hq.example").der)]

    preview = preview_import(lab, files, assignment=Assignment(cluster="hq"))
    done = import_certificates(lab, files, Assignment(cluster="hq"), proposed=True)

    assert preview.found[0].proposal.doubt is Doubt.OWN
    assert (preview.placed, done.placed) == (0, 0)
    assert places.slot(lab.db, party.id, "cup-ECDSA") == before


def test_a_node_has_the_places_of_one_product(lab):
    files = [
        ("pub/CallManager.pem", own("pub.x.example").der),
        ("pub/TVS.pem", own("pub.x.example", "TVS").der),
        ("pub/cup.pem", own("pub.x.example", "cup").der),
    ]

    found = dict(proposals(lab, *files))

    assert found["pub/CallManager.pem"][0].doubt is None
    assert found["pub/cup.pem"][0].doubt is Doubt.OTHER_PRODUCT
    assert found["pub/cup.pem"][0].why == against(Doubt.OTHER_PRODUCT, "cup", "pub")


def test_phone_edge_trust_takes_sixteen(lab):
    files = [
        (f"pub/Phone-Edge-trust/{n}.pem", root(f"Root {n}").der) for n in range(17)
    ]

    found = [each[0] for _, each in proposals(lab, *files)]
    done = take_in(lab, *files)

    (full,) = [each for each in found if each.doubt]
    assert full.doubt is Doubt.FULL
    assert full.why == against(Doubt.FULL, "Phone-Edge-trust", "pub", limit=16)
    party = parties.by_name(lab.db, "Imported", "pub")
    assert (
        done.placed == len(places.entries(lab.db, party.id, "Phone-Edge-trust")) == 16
    )


def test_several_imports_together_do_not_pass_the_limit_of_a_store(lab):
    numbers = [range(10), range(10, 20)]
    first, second = (
        [(f"pub/Phone-Edge-trust/{n}.pem", root(f"R {n}").der) for n in some]
        for some in numbers
    )
    take_in(lab, *first)
    looked = preview_import(lab, second)

    done = take_in(lab, *second, *second)

    (party,) = parties.named(lab.db, "pub")
    assert looked.placed == done.placed == 6
    assert len(places.entries(lab.db, party.id, "Phone-Edge-trust")) == 16


def test_a_full_phone_edge_trust_takes_no_more(lab):
    take_in(
        lab,
        *((f"pub/Phone-Edge-trust/{n}.pem", root(f"R {n}").der) for n in range(16)),
    )

    found = proposal(lab, "pub/Phone-Edge-trust/more.pem", ROOT)

    assert found.doubt is Doubt.FULL


def test_phone_edge_trust_is_kept_on_the_publisher_alone(lab):
    files = [
        ("pub/CAPF.pem", root("CAPF-1a2b3c4d").der),
        ("pub/Phone-Edge-trust/root.pem", ROOT.der),
        ("sub/Phone-Edge-trust/root.pem", ROOT.der),
    ]

    found = dict(proposals(lab, *files))
    take_in(lab, *files)

    (doubted,) = found["sub/Phone-Edge-trust/root.pem"]
    assert doubted.doubt is Doubt.PUBLISHER
    said = against(Doubt.PUBLISHER, "Phone-Edge-trust", "sub", publisher="pub")
    assert doubted.why == said
    assert found["pub/CAPF.pem"][0].role == "publisher"
    assert places_of(lab, ROOT) == [("Imported", "pub", "trust", "Phone-Edge-trust")]


def test_a_publisher_that_an_earlier_import_told_counts_too(lab):
    take_in(
        lab,
        ("pub/CAPF.pem", root("CAPF-1a2b3c4d").der),
        ("sub/tomcat-trust/root.pem", ROOT.der),
    )

    found = proposal(lab, "sub/Phone-Edge-trust/root.pem", ROOT)

    assert found.doubt is Doubt.PUBLISHER


def test_the_name_of_itlrecovery_tells_the_publisher(lab):
    recovery = nameless(f"ITLRECOVERY_pub.{DOMAIN}")
    files = [
        ("sub/ITLRecovery.pem", recovery.der),
        ("sub/tomcat.pem", own(f"sub.{DOMAIN}").der),
        ("pub/tomcat.pem", own(f"pub.{DOMAIN}").der),
    ]

    take_in(lab, *files)

    roles = {each.name: each.role for each in parties.nodes(lab.db, DOMAIN)}
    assert roles == {"pub": "publisher", "sub": ""}


# -- Nothing said, and what a person says ---------------------------------------------


def test_when_nothing_says_where_it_belongs_it_stays_unassigned_with_a_reason(lab):
    made = nameless()

    ((_, (found,)),) = proposals(lab, ("x.pem", made.der))
    done = take_in(lab, ("x.pem", made.der))

    assert (found.doubt, found.why) == (Doubt.NOTHING, DOUBTS[Doubt.NOTHING].why)
    assert (done.new, done.placed) == (1, 0)
    assert places_of(lab, made) == [NOWHERE]


def test_without_being_asked_for_no_proposal_is_followed(lab):
    import_certificates(lab, [("pub/tomcat-trust/root.pem", ROOT.der)])

    assert places_of(lab, ROOT) == [NOWHERE]


def test_a_choice_goes_before_what_is_proposed(lab):
    files = [("pub/tomcat-trust/root.pem", ROOT.der)]
    (found,) = preview_import(lab, files).found
    choice = Assignment(cluster="Mine", node="far", store="CAPF-trust")

    done = take_in(lab, *files, choices={found.key: choice})

    assert done.placed == 1
    assert places_of(lab, ROOT) == [("Mine", "far", "trust", "CAPF-trust")]


def test_an_empty_choice_leaves_a_certificate_unassigned(lab):
    other = root("Another Root")
    files = [("pub/tomcat-trust/a", ROOT.der), ("pub/tomcat-trust/b", other.der)]
    key = preview_import(lab, files).found[0].key

    done = take_in(lab, *files, choices={key: Assignment()})

    assert done.placed == 1
    assert places_of(lab, ROOT) == [NOWHERE]
    assert places_of(lab, other) == [("Imported", "pub", "trust", "tomcat-trust")]


def test_an_empty_choice_leaves_a_certificate_in_the_cluster_that_is_named(lab):
    files = [("pub/tomcat-trust/root.pem", ROOT.der), ("x.pem", nameless().der)]
    key = preview_import(lab, files).found[0].key
    cluster = Assignment(cluster="HQ")

    import_certificates(lab, files, cluster, proposed=True, choices={key: Assignment()})

    assert places_of(lab, ROOT) == [("HQ", "Imported", "unassigned", "")]


def test_a_choice_is_for_the_file_it_was_made_for(lab):
    files = [(f"{node}/tomcat-trust/r", ROOT.der) for node in ("pub", "sub")]
    key = preview_import(lab, files).found[0].key
    choice = Assignment(cluster="Imported", node="pub", store="CAPF-trust")

    take_in(lab, *files, choices={key: choice})

    assert places_of(lab, ROOT) == [
        ("Imported", "pub", "trust", "CAPF-trust"),
        ("Imported", "sub", "trust", "tomcat-trust"),
    ]


def test_a_slot_that_a_person_has_filled_takes_no_proposal(lab):
    mine, theirs = own("pub.x.example", start=EARLY), own("pub.x.example", start=LATE)
    files = [("mine.pem", mine.der), ("pub/tomcat.pem", theirs.der)]
    key = preview_import(lab, files).found[0].key
    choice = Assignment(cluster="x.example", node="pub", purpose="tomcat")

    done = take_in(lab, *files, choices={key: choice})

    assert done.placed == 1
    assert places_of(lab, mine) == [("x.example", "pub", "identity", "tomcat")]
    assert places_of(lab, theirs) == [NOWHERE]


# -- Whole clusters -------------------------------------------------------------------

SERVICES = {
    "pub": ("tomcat", "CallManager", "CAPF"),
    "sub": ("tomcat", "CallManager"),
    "imp": ("tomcat", "cup"),
}
STORES_OF = {
    "pub": ("tomcat-trust", "CallManager-trust"),
    "sub": ("tomcat-trust", "CallManager-trust"),
    "imp": ("tomcat-trust", "cup-trust"),
}


def identity(node, service):
    if service == "CAPF":
        return root("CAPF-1a2b3c4d")
    return own(f"{node}.{DOMAIN}", service)


def by_place():
    """The certificates of a cluster as files, a folder a node and one a place."""
    files = {
        f"{node}/{service}/{service}.pem": identity(node, service).der
        for node, services in SERVICES.items()
        for service in services
    }
    for node, stores in STORES_OF.items():
        files |= {f"{node}/{store}/root.pem": ROOT.der for store in stores}
    return files


def from_folder(tmp_path):
    for name, data in by_place().items():
        path = tmp_path / "theirs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files_under([tmp_path / "theirs"])


def from_zip(_):
    return files_of([("theirs.zip", pack(by_place()))])


def from_zips(_):
    """A zip for each node."""
    for node in SERVICES:
        files = {
            name.removeprefix(f"{node}/"): data
            for name, data in by_place().items()
            if name.startswith(f"{node}/")
        }
        yield from files_of([(f"{node}.zip", pack(files))])


def from_snapshots(_):
    for node, services in SERVICES.items():
        yield (
            f"{node}.json",
            snapshot(
                f"{node}.{DOMAIN}",
                [(service, identity(node, service)) for service in services],
                [(store, ROOT) for store in STORES_OF[node]],
            ),
        )


def from_one_snapshot(_):
    answers = [json.loads(data) for _, data in from_snapshots(_)]
    return [("all.json", json.dumps(answers).encode())]


FORMS = [from_folder, from_zip, from_zips, from_snapshots, from_one_snapshot]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_whole_cluster_comes_out_as_a_cluster_of_its_own(lab, tmp_path, form):
    placed = preview_import(lab, form(tmp_path)).placed

    done = import_certificates(lab, form(tmp_path), proposed=True)

    assert done.placed == placed == 13
    (cluster,) = parties.clusters(lab.db)
    assert (cluster.name, cluster.domain) == (DOMAIN, DOMAIN)
    nodes = parties.nodes(lab.db, DOMAIN)
    assert {(each.name, each.kind, each.role) for each in nodes} == {
        ("pub", PartyKind.UCM, "publisher"),
        ("sub", PartyKind.UCM, ""),
        ("imp", PartyKind.IMP, ""),
    }
    for node, services in SERVICES.items():
        for service in services:
            assert places_of(lab, identity(node, service)) == [
                (DOMAIN, node, "identity", service)
            ]
    assert places_of(lab, ROOT) == sorted(
        (DOMAIN, node, "trust", store)
        for node, stores in STORES_OF.items()
        for store in stores
    )


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_whole_cluster_takes_the_name_that_a_person_gives(lab, tmp_path, form):
    import_certificates(lab, form(tmp_path), Assignment(cluster="HQ"), proposed=True)

    (cluster,) = parties.clusters(lab.db)
    assert (cluster.name, cluster.domain) == ("HQ", DOMAIN)
    assert {each.name for each in parties.nodes(lab.db, "HQ")} == {*SERVICES}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_the_list_shows_a_whole_cluster_where_it_is(lab, tmp_path, form):
    import_certificates(lab, form(tmp_path), proposed=True)

    view = listing.View(at=lab.clock.now(), scope=DOMAIN)
    rows = list(listing.every(lab.db, view))

    assert len(rows) == 13
    found = {(row.party, row.name) for row in rows if row.usage is Usage.IDENTITY}
    assert found == {(node, name) for node, names in SERVICES.items() for name in names}
    assert {row.how for row in rows} == {"imported"}


def test_two_clusters_of_one_zip_are_kept_apart(lab):
    files = {f"hq/{name}": data for name, data in by_place().items()}
    files |= {f"branch/{name}": data for name, data in by_place().items()}

    import_certificates(lab, files_of([("all.zip", pack(files))]), proposed=True)

    assert {each.name for each in parties.clusters(lab.db)} == {"hq", "branch"}
    for cluster in ("hq", "branch"):
        assert {each.name for each in parties.nodes(lab.db, cluster)} == {*SERVICES}


def test_the_same_cluster_again_changes_no_place(lab, tmp_path):
    import_certificates(lab, from_zip(tmp_path), proposed=True)
    query = "SELECT party, usage, name, certificate FROM places ORDER BY 1, 2, 3, 4"
    before = lab.db.execute(query).fetchall()

    import_certificates(lab, from_snapshots(tmp_path), proposed=True)

    assert lab.db.execute(query).fetchall() == before


def test_the_order_of_the_files_changes_nothing(lab, tmp_path):
    files = list(from_zip(tmp_path))

    forward, backward = (
        {
            (each.file, tuple((one.target, one.doubt) for one in each.proposals))
            for each in preview_import(lab, ordered).found
        }
        for ordered in (files, files[::-1])
    )

    assert forward == backward


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_preview_writes_nothing(lab, tmp_path, form):
    before = list(lab.db.conn.iterdump())

    preview_import(lab, form(tmp_path))

    assert list(lab.db.conn.iterdump()) == before


# -- Hostile names --------------------------------------------------------------------

HOSTILE = [
    *("", ".", "..", "/", "//", "../../etc/passwd", "/tomcat", "tomcat/", "\\"),
    *("x" * 5000, "x/" * 5000, "\0", "\n", "\ud800", "\u202egnp.", "a\u2028b", " "),
    *("{node}", "{0}", "{", "}", "%s", "'; DROP TABLE places; --", "<b>", "**x**"),
    *(".zip", ".zip/.zip", "x.zip/.zip/tomcat", "tomcat.zip", "tomcat-trust.zip/x"),
    *("-", "--", "-trust", "_", "_x", ".security", "certs", "trust-certs", "1.2.3"),
    *("::", "999.1.1.1", "a..b", "a.b.", ".a", "\u0661.1.1.1", "pub/tomcat/tomcat"),
    *("SEP", "SEP00000000000g", "CAPF-", "AUTHZ_", "AUTHZ_{x}", "ITLRECOVERY_ x"),
    *("-ms.x", "a-EC-ms.", "-EC.x", "=HYPERLINK(1)", "../{node}/tomcat-trust/{}"),
    *("Imported", "imported", "unassigned", "*" * 63, "a" * 64, "a." * 126 + "a"),
]


def check_same(lab, files):
    """Preview and import agree; every reason can be said."""
    scratch = lab.what_if(lab.clock)

    preview = preview_import(scratch, files)
    done = import_certificates(scratch, files, proposed=True)

    assert preview.placed == done.placed
    assert (preview.new, preview.known) == (done.new, done.known)
    for each in preview.found:
        for found in each.proposals:
            assert found.why
            assert (found.assignment == Assignment()) == bool(found.doubt)
    scratch.close()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_hostile_folders_and_files_are_names_like_others(lab, text):
    files = [
        (text, ROOT.der),
        (f"{text}/tomcat-trust/root.pem", ROOT.der),
        (f"{text}/pub/tomcat-trust/root.pem", ROOT.der),
        (f"hq/pub/{text}/root.pem", ROOT.der),
        (f"hq/pub/tomcat-trust/{text}.pem", ROOT.der),
        (f"hq/pub/tomcat_{text}", own(f"pub.{DOMAIN}").der),
    ]

    check_same(lab, files)

    assert parties.clusters(lab.db) == []


@pytest.mark.parametrize(
    "text", [each for each in HOSTILE if each.isascii()], ids=lambda text: text[:30]
)
def test_hostile_common_names_are_names_like_others(lab, text):
    made, of_ca = nameless(text), root(text)
    files = [
        ("x.pem", made.der),
        ("tomcat.pem", made.der),
        ("pub/tomcat/x.pem", made.der),
        ("pub/tomcat-trust/x.pem", of_ca.der),
        ("s.json", snapshot(f"pub.{DOMAIN}", [("ipsec", made)], [("tomcat", of_ca)])),
        (
            "pub/list.txt",
            session("admin:show cert list trust", line("CAPF-trust", "x.pem")),
        ),
    ]

    check_same(lab, files)

    assert parties.clusters(lab.db) == []


@pytest.mark.parametrize("text", ["{", "{x}", "..", "Imported", "a" * 250, "-trust"])
def test_hostile_services_and_servers_of_a_snapshot_are_names_like_others(lab, text):
    made = own(f"pub.{DOMAIN}")

    check_same(
        lab,
        [
            ("a.json", snapshot(text, [("tomcat", made)], [("tomcat", ROOT)])),
            ("b.json", snapshot("pub", [(text, made)], [(text, ROOT)])),
            ("c.json", snapshot(text, [(text, made)], [(text, ROOT)])),
        ],
    )

    assert parties.clusters(lab.db) == []


SEGMENTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *("pub", "sub", "SUB", "imp", "hq", "branch", "x.zip", ".security"),
            *("certs", "trust-certs", "platform", "tomcat", "CallManager", "cup"),
            *("ipsec", "CAPF", "ITLRecovery", "tomcat-trust", "cup-trust"),
            *("Phone-Edge-trust", "tomcat.pem", "CAPF_x.pem", f"pub.{DOMAIN}"),
        ]
    ),
)
NAMES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *(f"pub.{DOMAIN}", f"sub.{DOMAIN}", f"pub-ms.{DOMAIN}", "CAPF-1a2b3c4d"),
            *(f"ITLRECOVERY_pub.{DOMAIN}", f"AUTHZ_pub.{DOMAIN}", "SEP0011AABBCCDD"),
            *("CP-8845-SEP0011AABBCCDD", "10.0.0.1", "Their Root"),
        ]
    ),
)
MADE = st.builds(
    lambda make, name, start: make(name=name, key=elliptic("any"), start=start),
    st.sampled_from([nameless, alone, root]),
    NAMES,
    st.sampled_from([EARLY, LATE]),
)
LISTED = st.builds(
    lambda store, name: session("admin:show cert list trust", line(store, name)),
    st.sampled_from([*STORES]),
    st.sampled_from(["Their_Root.pem", "x.pem", "CAPF-1a2b3c4d.pem"]),
)
SHOWN = st.builds(
    lambda server, service, one, store, other: snapshot(
        re.sub(r"[\0-\x1f\x7f]", "", server), [(service, one)], [(store, other)]
    ),
    NAMES,
    st.sampled_from(["tomcat", "cup", "CAPF", "juggling"]),
    MADE,
    st.sampled_from(["tomcat", "cup-trust", "Phone-Edge", "juggling"]),
    MADE,
)
FILES = st.tuples(
    st.lists(SEGMENTS, min_size=1, max_size=5).map("/".join),
    st.one_of(MADE.map(lambda made: made.der), SHOWN, LISTED),
)
LOOSE = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@settings(max_examples=150, deadline=None, suppress_health_check=LOOSE)
@given(st.lists(FILES, max_size=6), MADE)
def test_whatever_the_names_an_import_places_what_its_preview_says(lab, files, made):
    check_same(lab, [*files, ("one.pem", made.der)])


@settings(max_examples=50, deadline=None, suppress_health_check=LOOSE)
@given(st.lists(FILES, max_size=4), st.lists(FILES, max_size=4), MADE)
def test_whatever_is_there_a_second_import_places_what_its_preview_says(
    lab, first, second, made
):
    scratch = lab.what_if(lab.clock)
    take_in(scratch, *first, ("one.pem", made.der))

    check_same(scratch, [*second, ("one.pem", made.der)])
    scratch.close()


# -- The tables -----------------------------------------------------------------------


def test_every_evidence_and_every_doubt_has_its_row():
    assert list(EVIDENCE) == list(Evidence)
    assert list(DOUBTS) == list(Doubt)


def test_what_is_sure_comes_before_what_is_not():
    sure = [row.is_sure for row in EVIDENCE.values()]

    assert sure == sorted(sure, reverse=True)


@pytest.mark.parametrize("row", NAME_PATTERNS, ids=lambda row: row.name)
def test_every_name_pattern_is_for_a_place_there_is(row):
    known = {name for _, name in SEED_R14} | {*PHONE_IDENTITIES, ""}

    assert row.place in known
    assert re.compile(row.pattern)
