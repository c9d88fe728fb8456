"""Every deed: the page and the buttons that do it, and the command that does it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from lab.actions.backups import backups_of
from lab.actions.confirm_task import is_outside
from lab.command import commands
from lab.models import KeySpec, SubjectFields
from lab.pki.certificates import build_root
from lab.pki.keys import make_key
from lab.store import parties, places, tasks
from pages.event_parts import kinds
from tests.conftest import NOON

ROOT = Path(__file__).parents[2]
FRAME = ROOT / "pages" / "frame.py"
# What a page, a step or a command calls <name> is looked up in the lab when it is its
# turn: a node's number, an identity, the example's root, what was just made.
_NAMED = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One deed of an administrator, and both ways to it.

    A step is a button's key, or a widget's key and what it is set to. The commands of
    `before` bring the lab to where the deed can be done.
    """

    name: str
    event: str
    before: tuple[tuple[str, ...], ...] = ()
    page: str
    address: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[str | tuple[str, object], ...]
    commands: tuple[tuple[str, ...], ...]


BLOCKED = ":material/block:"  # a refusal, as pages show it
CLUSTER, PHONE = "Example Cluster", "SEP00AA11000001"
SIGNED = "requests_<cucm-sub2>_tomcat"
SUB2_TOMCAT = {"node": "cucm-sub2", "purpose": "tomcat"}
ANSWERED = (
    ("csr", "make", "cucm-sub2", "tomcat"),
    ("sign", "example-issuing", "cucm-sub2", "tomcat", "--output", "<folder>/new.pem"),
)
TRUST_ENTRY = {"entry": "tomcat-trust", "certificate": "<root>"}
NEW_CIPHERS = "All Supported EC and RSA Ciphers"
# The discard port: nobody listens there, and that is found out at once.
ASK_NOBODY = (
    *("revocation", "settings", "--set", "enable_ocsp=on"),
    *("--set", "use_configured_uri=on"),
    *("--set", "configured_uri=http://127.0.0.1:9/ocsp"),
)
HOLD_TOMCAT = ("hold", "<cucm-sub1/tomcat>", "--yes")
WEB_SECURITY = "set web-security Voice Example Bern BE CH"

DEEDS = (
    Deed(
        name="request a certificate",
        event="request.made",
        page="certificate_requests.py",
        address=SUB2_TOMCAT,
        steps=(f"{SIGNED}_generate",),
        commands=(("csr", "make", "cucm-sub2", "tomcat"),),
    ),
    Deed(
        name="take the request out",
        event="request.downloaded",
        page="certificate_requests.py",
        address={"node": "cucm-sub2", "purpose": "CallManager"},
        steps=("requests_<cucm-sub2>_CallManager_download",),
        commands=(("csr", "download", "cucm-sub2", "CallManager"),),
    ),
    Deed(
        name="sign with an authority of the lab",
        event="certificate.issued",
        page="certificate_requests.py",
        address=SUB2_TOMCAT,
        steps=(f"{SIGNED}_generate", f"{SIGNED}_sign"),
        commands=ANSWERED,
    ),
    Deed(
        name="upload an identity as the last step of a request",
        event="certificate.uploaded",
        page="certificate_requests.py",
        address=SUB2_TOMCAT,
        steps=(
            f"{SIGNED}_generate",
            f"{SIGNED}_sign",
            f"{SIGNED}_upload",
            "requests_upload",
        ),
        commands=(
            *ANSWERED,
            ("upload", "<folder>/new.pem", "--node", "cucm-sub2", "--to", "tomcat"),
        ),
    ),
    Deed(
        name="upload an identity from a file",
        event="certificate.uploaded",
        before=ANSWERED,
        page="certificate_upload.py",
        steps=(("upload_files_0", "<folder>/new.pem"), "upload_confirm"),
        commands=(("upload", "<folder>/new.pem", "--proposed"),),
    ),
    Deed(
        name="upload an authority into a trust store",
        event="trust.uploaded",
        page="certificate_upload.py",
        steps=(
            ("upload_files_0", "<stranger>"),
            ("upload_left0_name__ucm", "tomcat-trust"),
            "upload_confirm",
        ),
        commands=(
            ("upload", "<stranger>", "--node", "cucm-pub", "--to", "tomcat-trust"),
        ),
    ),
    Deed(
        name="regenerate",
        event="certificate.regenerated",
        page="certificates.py",
        address={"certificate": "<cucm-sub1/tomcat>"},
        steps=("certificates_regenerate", "certificates_confirm"),
        commands=(("regenerate", "cucm-sub1", "tomcat"),),
    ),
    Deed(
        name="generate self-signed",
        event="certificate.generated",
        page="certificates.py",
        address={"certificate": "<cucm-sub1/TVS>"},
        steps=(
            "certificates_self_signed",
            "certificates_continue",
            "certificates_confirm",
        ),
        commands=(("self-signed", "cucm-sub1", "TVS"),),
    ),
    Deed(
        name="delete a trust certificate",
        event="trust.deleted",
        page="trust_stores.py",
        address=TRUST_ENTRY | {"node": "cucm-sub1"},
        steps=("trust_delete",),
        commands=(("delete-trust", "cucm-sub1", "tomcat-trust", "<root>", "--yes"),),
    ),
    Deed(
        name="put a trust certificate back",
        event="trust.uploaded",
        page="trust_stores.py",
        address=TRUST_ENTRY | {"node": "imp-sub"},
        steps=("trust_put_back",),
        commands=(
            ("export", "<root>", "--output", "<folder>/root.pem"),
            (
                "upload",
                "<folder>/root.pem",
                "--node",
                "imp-sub",
                "--to",
                "tomcat-trust",
            ),
        ),
    ),
    Deed(
        name="force an intercluster sync",
        event="trust.synced",
        page="trust_stores.py",
        steps=("trust_sync_<imp-pub>",),
        commands=(("intercluster-sync", "imp-pub"),),
    ),
    Deed(
        name="take a node offline",
        event="node.disconnected",
        page="trust_stores.py",
        steps=("trust_connection_<cucm-sub2>",),
        commands=(("node", "offline", "cucm-sub2"),),
    ),
    Deed(
        name="bring a node back",
        event="node.reconnected",
        before=(("node", "offline", "cucm-sub2"),),
        page="trust_stores.py",
        steps=("trust_connection_<cucm-sub2>",),
        commands=(("node", "back", "cucm-sub2"),),
    ),
    Deed(
        name="restart a service",
        event="service.restarted",
        page="control_center.py",
        address={"node": "cucm-pub", "service": "Cisco Tomcat"},
        steps=("services_restart",),
        commands=(("restart", "cucm-pub", "Cisco Tomcat"),),
    ),
    Deed(
        name="restart a service on all nodes",
        event="service.restarted",
        page="control_center.py",
        address={"node": "cucm-pub", "service": "Cisco Tomcat"},
        steps=("services_everywhere",),
        commands=(("restart", "Cisco Tomcat", "--all-nodes"),),
    ),
    Deed(
        name="have a node present what is stored",
        event="service.restarted",
        page="control_center.py",
        address={"node": "cucm-pub"},
        steps=("services_catch_up", "services_catch_up_confirm"),
        commands=(("restart", "cucm-pub", "--old"),),
    ),
    Deed(
        name="switch TFTP off",
        event="service.deactivated",
        page="control_center.py",
        address={"node": "cucm-pub", "service": "Cisco Tftp"},
        steps=("services_deactivate",),
        commands=(("deactivate", "cucm-pub", "Cisco Tftp"),),
    ),
    Deed(
        name="switch TFTP off and on",
        event="service.activated",
        page="control_center.py",
        address={"node": "cucm-pub", "service": "Cisco Tftp"},
        steps=("services_toggle",),
        commands=(
            ("deactivate", "cucm-pub", "Cisco Tftp"),
            ("activate", "cucm-pub", "Cisco Tftp"),
        ),
    ),
    Deed(
        name="stop a service",
        event="service.stopped",
        page="control_center.py",
        address={"node": "imp-pub", "service": "Cisco SIP Proxy"},
        steps=("services_stop",),
        commands=(("stop", "imp-pub", "Cisco SIP Proxy"),),
    ),
    Deed(
        name="start a service",
        event="service.started",
        before=(("stop", "imp-pub", "Cisco SIP Proxy"),),
        page="control_center.py",
        address={"node": "imp-pub", "service": "Cisco SIP Proxy"},
        steps=("services_start",),
        commands=(("start", "imp-pub", "Cisco SIP Proxy"),),
    ),
    Deed(
        name="update the CTL",
        event="ctl.updated",
        page="phone_list.py",
        steps=("phones_ask_ctl", "phones_confirm"),
        commands=(("ctl", "update"),),
    ),
    Deed(
        name="sign the CTL with the local key",
        event="ctl.reset",
        page="phone_list.py",
        steps=("phones_ask_ctl_key", "phones_confirm"),
        commands=(("ctl", "reset-localkey"),),
    ),
    Deed(
        name="sign the ITL with the local key",
        event="itl.reset",
        page="phone_list.py",
        steps=("phones_ask_itl", "phones_confirm"),
        commands=(("itl", "reset-localkey"),),
    ),
    Deed(
        name="change the security mode",
        event="mode.set",
        page="phone_list.py",
        steps=("phones_ask_mode", "phones_confirm"),
        commands=(("ctl", "mode", "non-secure-mode"),),
    ),
    Deed(
        name="reset all phones",
        event="phones.reset",
        page="phone_list.py",
        steps=("phones_ask_reset", "phones_confirm"),
        commands=(("phones", "reset"),),
    ),
    Deed(
        name="unlock a phone",
        event="phone.unlocked",
        page="phone_list.py",
        address={"phone": PHONE},
        steps=("phones_one_unlock",),
        commands=(("phones", "unlock", PHONE),),
    ),
    Deed(
        name="issue or renew an LSC",
        event="lsc.issued",
        page="phone_list.py",
        address={"phone": PHONE},
        steps=("phones_one_lsc",),
        commands=(("lsc", "issue", PHONE),),
    ),
    Deed(
        name="renew the LSCs of all phones",
        event="lsc.issued",
        page="phone_list.py",
        steps=("phones_ask_lsc", "phones_confirm"),
        commands=(("lsc", "issue", "--all"),),
    ),
    Deed(
        name="delete an LSC",
        event="lsc.deleted",
        page="phone_list.py",
        address={"phone": PHONE},
        steps=(("phones_one_what", "Delete"), "phones_one_lsc"),
        commands=(("lsc", "delete", PHONE),),
    ),
    Deed(
        name="renew the OAuth signing key",
        event="oauth_key.regenerated",
        page="oauth_keys.py",
        steps=("oauth_renew", "oauth_renew_now"),
        commands=(("oauth", "regenerate", "signing"),),
    ),
    Deed(
        name="renew the OAuth encryption key",
        event="oauth_key.regenerated",
        page="cluster_console.py",
        address={"node": "cucm-pub"},
        steps=(
            ("console_line", "set key regen authz encryption"),
            "console_enter",
            ("console_line", "yes"),
            "console_enter",
        ),
        commands=(("oauth", "regenerate", "encryption"),),
    ),
    Deed(
        name="sign users in",
        event="users.signed_in",
        page="oauth_keys.py",
        steps=(("oauth_users", "alice, bob"), "oauth_sign_in_button"),
        commands=(("oauth", "sign-in", "alice", "bob"),),
    ),
    Deed(
        name="set an enterprise parameter",
        event="parameter.set",
        page="cluster_settings.py",
        steps=(
            (f"settings_value_HTTPS Ciphers|{CLUSTER}|RSA Ciphers Only", NEW_CIPHERS),
            "settings_set_HTTPS Ciphers",
            "settings_confirm",
        ),
        commands=(("settings", "HTTPS Ciphers", NEW_CIPHERS),),
    ),
    Deed(
        name="back up",
        event="backup.made",
        page="backup_list.py",
        steps=("backups_make",),
        commands=(("backup",),),
    ),
    Deed(
        name="restore",
        event="backup.restored",
        before=(("backup",), ("regenerate", "cucm-sub1", "tomcat")),
        page="backup_list.py",
        steps=("backups_restore", "backups_restore_now"),
        commands=(("restore", "<backup>", "--yes"),),
    ),
    Deed(
        name="turn the clock",
        event="clock.turned",
        page="cluster_settings.py",
        steps=(("settings_days", 3), "settings_turn"),
        commands=(("clock", "--days", "3"),),
    ),
    Deed(
        name="say that a task was done outside",
        event="task.confirmed",
        before=(("regenerate", "cucm-pub", "tomcat"),),
        page="overview.py",
        steps=(
            f"overview_item_{CLUSTER}|tomcat|cucm-pub_sign_on",
            "overview_confirm",
        ),
        commands=(("tasks", "--confirm", "<task outside>"),),
    ),
    Deed(
        name="change the web certificate's organization",
        event="web_security.set",
        page="cluster_console.py",
        address={"node": "cucm-sub1"},
        steps=(
            ("console_line", WEB_SECURITY),
            "console_enter",
            ("console_line", "yes"),
            "console_enter",
        ),
        commands=(("cli", WEB_SECURITY, "--node", "cucm-sub1", "--yes"),),
    ),
    Deed(
        name="set the thresholds",
        event="settings.changed",
        page="cluster_settings.py",
        steps=(("settings_far", 120), "settings_save_thresholds"),
        commands=(("thresholds", "120", "30", "7"),),
    ),
    Deed(
        name="set the base URL",
        event="settings.changed",
        page="cluster_settings.py",
        steps=(
            ("settings_base_url", "http://127.0.0.1:9000"),
            "settings_save_base_url",
        ),
        commands=(("base-url", "http://127.0.0.1:9000"),),
    ),
    Deed(
        name="allow an address",
        event="addresses.allowed",
        page="cluster_settings.py",
        steps=(
            ("settings_allow", "192.0.2.0/24"),
            "FormSubmitter:settings_allow_form-Allow",
        ),
        commands=(("addresses", "--allow", "192.0.2.0/24"),),
    ),
    Deed(
        name="forbid an address again",
        event="addresses.forbidden",
        before=(("addresses", "--allow", "192.0.2.0/24"),),
        page="cluster_settings.py",
        steps=("settings_forbid_192.0.2.0/24",),
        commands=(("addresses", "--forbid", "192.0.2.0/24"),),
    ),
    Deed(
        name="import",
        event="certificates.imported",
        page="import_files.py",
        steps=(("import_files_files_0", "<stranger>"), "import_take_in"),
        commands=(("import", "<stranger>"),),
    ),
    Deed(
        name="set a fault",
        event="fault.set",
        page="fault_laboratory.py",
        steps=(("laboratory_set_fault", "stale"), "laboratory_set"),
        commands=(("faults", "set", "*", "stale"),),
    ),
    Deed(
        name="take faults back",
        event="fault.cleared",
        before=(("faults", "set", "example-issuing", "stale"),),
        page="fault_laboratory.py",
        steps=("laboratory_stop_all",),
        commands=(("faults", "clear"),),
    ),
    Deed(
        name="revoke",
        event="certificate.revoked",
        page="certificates.py",
        address={"certificate": "<cucm-sub1/tomcat>"},
        steps=("certificates_revoke", "certificates_confirm"),
        commands=(("revoke", "<cucm-sub1/tomcat>", "--yes"),),
    ),
    Deed(
        name="put on hold",
        event="certificate.held",
        page="certificates.py",
        address={"certificate": "<cucm-sub1/tomcat>"},
        steps=("certificates_hold", "certificates_confirm"),
        commands=(HOLD_TOMCAT,),
    ),
    Deed(
        name="release from its hold",
        event="certificate.released",
        before=(HOLD_TOMCAT,),
        page="certificates.py",
        address={"certificate": "<cucm-sub1/tomcat>"},
        steps=("certificates_release", "certificates_confirm"),
        commands=(("release", "<cucm-sub1/tomcat>"),),
    ),
    Deed(
        name="set an invalidity date",
        event="certificate.dated",
        before=(HOLD_TOMCAT,),
        page="certificates.py",
        address={"certificate": "<cucm-sub1/tomcat>"},
        steps=("certificates_invalidity", "certificates_confirm"),
        commands=(("invalidity", "<cucm-sub1/tomcat>", "<yesterday>"),),
    ),
    Deed(
        name="save the settings of revocation",
        event="revocation.set",
        page="revocation.py",
        address={"show": "settings"},
        steps=((f"revocation_full_chain|{CLUSTER}|off", True), "revocation_save"),
        commands=(("revocation", "settings", "--set", "full_chain=on"),),
    ),
    Deed(
        name="switch Common Criteria mode on",
        event="common_criteria.set",
        page="revocation.py",
        address={"show": "settings"},
        steps=("revocation_mode",),
        commands=(("revocation", "common-criteria", "enable"),),
    ),
    Deed(
        name="ask for the revocation of one certificate",
        event="revocation.checked",
        before=(ASK_NOBODY,),
        page="revocation.py",
        address={"show": "checks"},
        steps=("revocation_ask_one",),
        commands=(("revocation", "check", "<cucm-sub1/CallManager>"),),
    ),
    Deed(
        name="save how an authority answers and publishes",
        event="authority.set",
        page="revocation.py",
        address={"show": "health", "authority": "example-issuing"},
        steps=(
            ("revocation_delta_hours|example-issuing|0", 12),
            "revocation_save_authority",
        ),
        commands=(("authority", "set", "example-issuing", "--delta-hours", "12"),),
    ),
    Deed(
        name="publish a revocation list",
        event="crl.published",
        page="revocation.py",
        address={"show": "health", "authority": "example-issuing"},
        steps=("revocation_publish",),
        commands=(("crl", "publish", "example-issuing"),),
    ),
)


# What nobody does by hand: the lab does it, or the example's past had it.
BY_ITSELF = {
    "authority.added": "the topology names the authorities",
    "cluster.added": "the topology names the clusters",
    "node.installed": "the topology names the nodes",
    "peer.added": "the topology names the outside systems",
    "phones.added": "the topology names the phones",
    "lab.built": "the build as a whole",
    "backup.refused": "a job that comes due and finds no room",
    "upload.refused": "what is left of an upload that was refused",
    "trust.lost": "the example shows a node that drifted",
    "ocsp_signer.issued": "a job that comes due",
    "cluster.ready": "a job that comes due after a restore",
    "identity.installed": "a job that comes due when a node is back",
    "oauth_key.copied": "a job that comes due when a node is back",
    "service.ready": "a job that comes due after a start",
    "trust.replicated": "a job that comes due after an upload",
    "trust.withdrawn": "a job that comes due after a deletion",
    "phones.lost": "what a deed did to phones",
    "phones.returned": "what a deed did to phones",
    "alarm.raised": "what a check of revocation found out",
    "peer.renewed": "a button of the overview alone: no cluster has such a deed",
}


@pytest.fixture
def a_stranger(tmp_path):
    """A file with a certificate that the lab has never seen."""
    certificate = build_root(
        subject=SubjectFields(common_name="Stranger"),
        key=make_key(KeySpec(type="EC", size=256)),
        not_before=NOON.replace(year=2020),
        not_after=NOON.replace(year=2040),
    )
    path = tmp_path / "stranger.cer"
    path.write_bytes(certificate)
    return path


@pytest.fixture
def look_up(example, tmp_path, a_stranger):
    """Put what stands in the lab for each <name> of a text."""

    def one(match):
        name = match[1]
        if name == "folder":
            return str(tmp_path)
        if name == "stranger":
            return str(a_stranger)
        if name == "root":
            return parties.authority(example.db, "example-root").certificate
        if name == "yesterday":
            return f"{example.clock.now() - timedelta(days=1):%Y-%m-%d}"
        if name == "backup":
            return backups_of(example, CLUSTER)[0].name
        if name == "task outside":
            found = tasks.all_open(example.db, CLUSTER)
            return str(next(task.id for task in found if is_outside(task)))
        node, _, purpose = name.partition("/")
        party = parties.by_name(example.db, CLUSTER, node)
        if purpose:
            return places.slot(example.db, party.id, purpose).certificate
        return str(party.id)

    return lambda text: _NAMED.sub(one, text)


@pytest.fixture
def type_in(look_up):
    """Run a command line as a process of its own would; what it says is JSON."""

    def run(line):
        words = [look_up(word) for word in line]
        done = CliRunner().invoke(commands, [*words, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return run


@pytest.fixture
def newly(example):
    """The kinds of the events since it was asked before."""
    seen = 0

    def look():
        nonlocal seen
        rows = [*example.db.query("SELECT id, kind FROM events WHERE id > ?", [seen])]
        seen = max((row["id"] for row in rows), default=seen)
        return {row["kind"] for row in rows}

    look()
    return look


def open_page(deed, look_up):
    app = AppTest.from_file(FRAME, default_timeout=60).run()
    app.query_params.clear()
    for name, value in deed.address.items():
        app.query_params[name] = look_up(value)
    return app.run() if deed.page == "overview.py" else app.switch_page(deed.page).run()


@pytest.mark.parametrize("deed", DEEDS, ids=[row.name for row in DEEDS])
def test_a_page_does_it(deed, look_up, type_in, newly):
    for line in deed.before:
        type_in(line)
    newly()
    app = open_page(deed, look_up)

    for number, step in enumerate(deed.steps, start=1):
        key, *value = (step,) if isinstance(step, str) else step
        widget = app.get_by_key(look_up(key))
        assert not getattr(widget, "disabled", False), f"{key} cannot be used"
        if number == len(deed.steps):
            assert deed.event not in newly(), "done before the last step"
        if "_files_" in key:
            path = Path(look_up(value[0]))
            widget.set_value([(path.name, path.read_bytes(), "application/x-pem-file")])
        elif value:
            widget.set_value(*value)
        else:
            widget.click()
        if value and getattr(widget, "form_id", ""):
            continue  # what stands in a form is sent with its button
        app.run()
        assert not app.exception
        assert not [each.value for each in app.error if each.icon == BLOCKED]

    assert deed.event in newly()


@pytest.mark.parametrize("deed", DEEDS, ids=[row.name for row in DEEDS])
def test_a_command_does_it(deed, type_in, newly):
    for line in deed.before:
        type_in(line)
    newly()

    for line in deed.commands:
        type_in(line)

    assert deed.event in newly()


def test_no_event_is_written_by_a_deed_that_is_not_here():
    written = re.compile(r'record\(\s*\w+,\s*\w+,\s*"(\w+\.\w+)"')
    found = set(kinds())
    for path in (ROOT / "lab" / "actions").rglob("*.py"):
        found.update(written.findall(path.read_text("utf-8")))

    assert found - {deed.event for deed in DEEDS} - BY_ITSELF.keys() == set()


def test_every_event_has_a_word_for_people():
    assert {deed.event for deed in DEEDS} | BY_ITSELF.keys() <= kinds().keys()
