"""The commands on revocation checking, over real HTTP to a server on loopback."""

from base64 import b64decode

import pytest
from cryptography.x509 import ocsp

from lab.actions.add_parties import add_peer
from lab.actions.request_certificate import request_certificate
from lab.actions.sign_request import sign_request
from lab.pki.bundles import write_pem
from tests.responder_desk import NOBODY, SITE

ASK = ("revocation", "settings", "--set", "enable_ocsp=on")


@pytest.fixture
def asking(office):
    """The cluster asks the desk."""
    office.configure()
    return office


@pytest.mark.usefixtures("kept")
class TestSettings:
    def test_every_field_is_shown_with_its_label(self, lab_command):
        done = lab_command("revocation", "settings")

        assert done.status == 0
        assert "Use OCSP URI from Certificate" in done.out
        assert "next check: none is planned" in done.out

    def test_a_change_says_what_follows(self, lab_command):
        done = lab_command(*ASK, "--set", "every=6", "--set", "enable_check=on")

        assert done.status == 0, done.err
        assert "Restart Cisco Certificate Expiry Monitor on pub, sub, imp." in done.out
        shown = lab_command("revocation", "settings", "--json").json()
        assert (shown["enable_ocsp"], shown["every"]) == (True, 6)
        assert shown["next_check"]

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ("every=0", "Check Every cannot be 0 hours. It is a whole number from 1"),
            ("configured_uri=https://a.example/", "is an https address"),
            ("speed=1", "no field called 'speed'. The fields are: enable_ocsp"),
            ("crl_uris=a,b,c,d,e,f", "there are 6 addresses of CRLs"),
        ],
    )
    def test_what_cannot_be_is_refused_in_one_line(self, lab_command, change, text):
        done = lab_command("revocation", "settings", "--set", change)

        assert done.status == 1
        assert text in done.err
        assert done.err.count("\n") == 1

    def test_a_change_without_a_value_is_wrong_usage(self, lab_command):
        assert lab_command("revocation", "settings", "--set", "every").status == 2


@pytest.mark.usefixtures("kept")
class TestChecks:
    def test_a_check_is_told_listed_and_shown_with_its_evidence(
        self, asking, lab_command
    ):
        own = asking.tomcat()
        asking.says(own, "revoked")

        (found,) = lab_command("revocation", "check", own.sha256, "--json").json()

        assert (found["status"], found["connects"]) == ("revoked", False)
        listed = lab_command("revocation", "list").out
        assert "does not connect" in listed
        shown = lab_command("revocation", "show", found["id"], "--json").json()
        answer = ocsp.load_der_ocsp_response(b64decode(shown["response"]))
        assert answer.serial_number == int(own.serial, 16)
        told = lab_command("revocation", "show", found["id"]).out
        assert "the signer was believed by the model DTM" in told

    def test_all_are_checked_at_once(self, asking, lab_command):
        own = asking.tomcat()

        found = lab_command("revocation", "check", "--json").json()

        assert own.sha256 in {each["certificate"] for each in found}
        again = lab_command(
            "revocation", "list", "--certificate", own.sha256, "--json"
        ).json()
        assert [each["status"] for each in again] == ["good"]

    def test_a_cluster_that_asks_nobody_says_the_next_step(self, lab_command):
        done = lab_command("revocation", "check")

        assert done.status == 1
        assert "Switch one of them on" in done.err

    def test_nothing_was_checked_yet(self, lab_command):
        assert lab_command("revocation", "list").out == "nothing was checked yet\n"

    def test_a_number_that_is_none_is_refused(self, lab_command):
        done = lab_command("revocation", "show", 10**30)

        assert (done.status, "there is no check with number" in done.err) == (1, True)


@pytest.mark.usefixtures("kept")
class TestTheRest:
    def test_live_clients_and_links_are_listed(self, lab_command):
        live = lab_command("revocation", "live").out
        links = lab_command("revocation", "links").out

        assert "FileBeat" in live
        assert "SIP" in live
        assert "ldap.example" in links
        assert "while Certificate Validity Check is off" in links

    def test_a_live_client_asks_for_whom_it_meets(self, asking, lab_command):
        add_peer(
            asking.lab, SITE, "trunk", "sip-trunk", "sbc.example", authority="issuing"
        )

        (found,) = lab_command("revocation", "live", "SIP", "trunk", "--json").json()

        assert (found["status"], found["client"]) == ("good", "SIP")

    def test_a_client_that_meets_nobody_there_is_refused(self, lab_command):
        done = lab_command("revocation", "live", "FAX", "imp")

        assert done.status == 1
        assert "no client called 'FAX' of Site connects to 'imp'" in done.err
        assert lab_command("revocation", "live", "SIP").status == 2

    def test_common_criteria_is_switched(self, lab_command):
        assert "is disabled" in lab_command("revocation", "common-criteria").out

        done = lab_command("revocation", "common-criteria", "enable")

        assert "Common Criteria mode of Site is enabled" in done.out
        assert lab_command("revocation", "common-criteria", "enable").status == 1

    def test_an_upload_tells_the_alarm_and_is_done(self, office, lab_command, tmp_path):
        office.configure(configured_uri=NOBODY)
        made = request_certificate(office.lab, "sub", "tomcat")
        signed = sign_request(office.lab, "issuing", made.der)
        path = tmp_path / "new.pem"
        path.write_bytes(write_pem([signed.der]))

        done = lab_command("upload", path, "--node", "sub", "--to", "tomcat")

        assert done.status == 0
        assert "alarm CertificateRevokationStatusByOCSP" in done.err
        assert "is unreachable; it was uploaded all the same" in done.err
        assert office.seen.slot("sub", "tomcat").sha256 == signed.sha256
