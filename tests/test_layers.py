"""The rules of the house, kept by a test rather than by memory."""

import ast
import string
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAB = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("lab/**/*.py"))
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("pages/*.py"))

# What each part may import from the rest. A part may use those above it, never those
# below it.
VALUES = ("lab.errors", "lab.models", "lab.clock", "lab.rules")
MAY_IMPORT = {
    "lab/__init__": (),
    "lab/errors": (),
    "lab/clock": (),
    "lab/models": (),
    "lab/rules": ("lab.rules",),
    "lab/pki": ("lab.errors", "lab.models", "lab.rules", "lab.pki"),
    "lab/trust": ("lab.errors", "lab.models", "lab.rules", "lab.pki", "lab.trust"),
    "lab/checks": ("lab.models", "lab.trust", "lab.checks"),
    "lab/effects": ("lab.models", "lab.rules"),
    "lab/belonging": (*VALUES, "lab.pki", "lab.belonging"),
    "lab/store": ("lab.errors", "lab.models", "lab.store"),
    "lab/lab": ("lab.clock", "lab.errors", "lab.models", "lab.pki", "lab.store"),
    "lab/outside": ("lab.errors", "lab.models", "lab.pki", "lab.outside"),
    "lab/actions": (
        *VALUES,
        "lab.pki",
        "lab.trust",
        "lab.checks",
        "lab.effects",
        "lab.belonging",
        "lab.store",
        "lab.lab",
        "lab.outside",
        "lab.actions",
    ),
    "lab/what_if": (
        *VALUES,
        "lab.trust",
        "lab.checks",
        "lab.lab",
        "lab.store",
        "lab.actions",
        "lab.what_if",
    ),
    "lab/web": (
        *VALUES,
        "lab.pki",
        "lab.store",
        "lab.lab",
        "lab.actions",
        "lab.what_if",
        "lab.web",
    ),
    "lab/laboratory": (
        *VALUES,
        "lab.pki",
        "lab.trust",
        "lab.store",
        "lab.lab",
        "lab.outside",
        "lab.actions",
        "lab.web",
        "lab.laboratory",
    ),
    "lab/commands": (
        *VALUES,
        "lab.pki",
        "lab.trust",
        "lab.checks",
        "lab.effects",
        "lab.store",
        "lab.lab",
        "lab.actions",
        "lab.what_if",
        "lab.web.serving",
        "lab.laboratory",
        "lab.commands",
    ),
    "lab/command": ("lab.commands",),
    "lab/__main__": ("lab.command",),
    "pages": (
        *VALUES,
        "lab.trust",
        "lab.checks",
        "lab.effects",
        "lab.store",
        "lab.lab",
        "lab.actions",
        "lab.what_if",
        "lab.laboratory",
    ),
}
MAY_ASK_THE_LAB_CLOCK = (
    "lab/actions/",
    "lab/web/",
    "lab/laboratory/",
    "lab/commands/",
    "pages/",
)
REFUSALS = {"LabError", "NotFoundError", "RuleError", "BadInputError", "BusyError"}
REFUSALS |= {"PasswordNeededError", "UnreachableError"}


def tree(file):
    return ast.parse((ROOT / file).read_text("utf-8"))


def imports(file):
    names = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(file):
    return {name.split(".")[0] for name in imports(file)}


def calls(file):
    return [node for node in ast.walk(tree(file)) if isinstance(node, ast.Call)]


def is_within(name, parts):
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def refusals():
    return list(_refusals())


def _refusals():
    for file in LAB:
        for call in calls(file):
            if isinstance(call.func, ast.Name) and call.func.id in REFUSALS:
                yield pytest.param(call, id=f"{file}:{call.lineno}")


@pytest.mark.parametrize("file", LAB + PAGES)
def test_a_part_imports_only_what_it_may(file):
    [allowed] = [
        may
        for part, may in MAY_IMPORT.items()
        if file.startswith((f"{part}.", f"{part}/"))
    ]

    used = {name for name in imports(file) if name.startswith("lab.")}

    assert not {name for name in used if not is_within(name, allowed)}


@pytest.mark.parametrize("file", LAB)
def test_the_lab_knows_nothing_of_the_dashboard(file):
    assert not packages(file) & {"streamlit", "plotly", "pages"}


@pytest.mark.parametrize("file", PAGES)
def test_a_page_knows_nothing_of_rows_and_certificates(file):
    assert not packages(file) & {"cryptography", "sqlite3", "sqlite_utils"}
    assert not {
        call.func.attr
        for call in calls(file)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"execute", "executemany", "query", "rows_where"}
    }


@pytest.mark.parametrize("file", [file for file in LAB if "/store/" not in file])
def test_only_the_store_speaks_sql(file):
    spoken = {
        node.value
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lstrip().startswith(
            ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA ", "CREATE ")
        )
    }

    assert not spoken


@pytest.mark.parametrize("file", [each for each in LAB if each != "lab/clock.py"])
def test_only_the_clock_asks_the_machine_for_the_time(file):
    asked = {
        ast.unparse(call.func)
        for call in calls(file)
        if isinstance(call.func, ast.Attribute | ast.Name)
    }

    assert not {
        name
        for name in asked
        if name.split(".")[-1] in {"utcnow", "today", "time", "time_ns", "localtime"}
    }
    assert {name for name in asked if name.split(".")[-1] == "now"} <= (
        {"lab.clock.now"} if file.startswith(MAY_ASK_THE_LAB_CLOCK) else set()
    )


@pytest.mark.parametrize("file", PAGES)
def test_a_page_asks_only_the_clock_of_the_lab(file):
    asked = {ast.unparse(call.func) for call in calls(file)}

    assert not {name for name in asked if name.endswith((".utcnow", ".today"))}
    assert not {
        name
        for name in asked
        if name.endswith(".now") and not name.endswith("clock.now")
    }


@pytest.mark.parametrize("call", refusals())
def test_a_refusal_is_a_template_with_all_its_values(call):
    texts = [*call.args, *(key.value for key in call.keywords if key.arg == "hint")]
    values = {key.arg for key in call.keywords}

    assert len(call.args) == 1
    for text in texts:
        # A name is a constant of its file; anything put together is no template.
        assert isinstance(text, ast.Constant | ast.Name), ast.unparse(text)
        if isinstance(text, ast.Constant):
            named = {field for _, field, _, _ in string.Formatter().parse(text.value)}
            assert {field for field in named if field} <= values


@pytest.mark.parametrize("call", refusals())
def test_a_refusal_is_lower_case_and_its_hint_a_sentence(call):
    [message] = call.args
    hints = [key.value for key in call.keywords if key.arg == "hint"]

    if isinstance(message, ast.Constant):
        assert not message.value.endswith(".")
        # A name such as PEM keeps its capitals; so does what the cluster says itself.
        first, second = message.value[:2]
        assert not first.isupper() or second.isupper() or "File" in message.value
    for hint in hints:
        if isinstance(hint, ast.Constant) and hint.value != "{next_step}":
            assert hint.value.endswith((".", "?"))
            assert not hint.value[0].islower()


def test_no_page_is_named_like_a_module_that_others_import():
    taken = {"requests", "secrets", "calendar", "signal", "queue", "crypt", "ssl"}

    assert not taken & {Path(file).stem for file in PAGES}
