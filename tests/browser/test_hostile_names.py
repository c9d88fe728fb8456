"""Names that mean mischief, on every page of a real browser: only shown."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bench.serving import serving
from lab.actions.import_certificates import Assignment, import_certificates
from lab.lab import open_lab
from lab.models import KeySpec
from lab.pki.keys import make_key
from tests.browser.looking import open_tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NAMES = [
    "**bold** <b>x</b> [a](http://b.example) $x^2$",
    "=1+1 | :red[danger] :material/block: :smile:",
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "# heading www.evil.example me@evil.example",
    "`code` ``two`` {number} {0} %s",
    "‮evil‬ name",
    "東京証明書センター 第二ルート認証局",
    "a" * 64,
]


def certificate(name, key, now, days):
    """A self-signed one, with a name that no builder of the lab would take."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def hostile_address(tmp_path_factory):
    """A dashboard on hostile names alone: of certificates, nodes and a cluster."""
    path = tmp_path_factory.mktemp("hostile") / "lab.sqlite3"
    lab = open_lab(path)
    key, now = make_key(KeySpec(type="EC", size=256)), lab.clock.now()
    for number, name in enumerate(NAMES):
        found = [(name[:20], certificate(name, key, now, days=2 + number))]
        where = Assignment()
        if number % 2:
            node = f"**n{number}** <i> www.n.example"
            where = Assignment(cluster="<b>C</b> *x*", node=node, purpose="tomcat")
        import_certificates(lab, found, where)
    lab.close()
    with serving(environment={"LAB_DB": str(path)}) as address:
        yield address


@pytest.fixture
def visit(browser, hostile_address):
    with open_tab(browser, hostile_address) as visit:
        visit.page.on("dialog", lambda dialog: visit.errors.append(dialog.message))
        yield visit


def mischief(visit):
    """Links to elsewhere, elements that a name made, and whatever else is wrong."""
    page = visit.page
    links = [link.get_attribute("href") for link in page.locator("a[href]").all()]
    found = [link for link in links if "evil" in link or "b.example" in link]
    for made in ("img[src='x']", "main b", "main em", "main script", "main .katex"):
        found += [made] * page.locator(made).count()
    return found + visit.faults()


@pytest.mark.parametrize("path", ["", "certificates", "event_log", "import_files"])
def test_names_make_no_links_pictures_or_markup(visit, path):
    visit.open(path)

    assert mischief(visit) == []


def test_a_drawer_shows_such_a_name_as_it_is(visit):
    visit.open("certificates?q=bold")
    visit.page.locator(".dvn-scroller").first.click(position={"x": 300, "y": 50})
    visit.page.get_by_role("dialog").wait_for()
    visit.settle()

    assert "[a](http://b.example)" in visit.page.get_by_role("dialog").inner_text()
    assert mischief(visit) == []


def test_an_import_previews_such_names_and_takes_them_in(visit, tmp_path):
    key = make_key(KeySpec(type="EC", size=256))
    lab = open_lab(tmp_path / "clock.sqlite3")
    file = tmp_path / "**odd** <name>.cer"
    file.write_bytes(certificate(NAMES[0], key, lab.clock.now(), days=9))
    lab.close()
    visit.open("import_files")
    visit.page.locator("input[type=file]").set_input_files(str(file))
    visit.page.get_by_role("button", name="Take in 1 certificate").click()

    visit.page.get_by_text("1 certificate was taken in").wait_for()

    visit.settle()
    assert mischief(visit) == []
