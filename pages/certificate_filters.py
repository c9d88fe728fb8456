"""The filters of the certificates page; the address holds them, to be sent on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from lab.lab import Lab
from lab.models import Condition, State, Usage
from lab.store import parties, settings
from lab.store.listing import COLUMNS, OPERATORS, SORTS
from pages.address import forget, shown, write
from pages.language import _
from pages.shared import as_code, state_label

PAGE_ROWS = 50
MOST_CONDITIONS = 3
MOST_TEXT = 1000
_NO_TEXT = ("is_empty", "is_not_empty")
_FILTERS = (
    *("q", "usage", "state", "scope", "page"),
    *(f"{letter}{number}" for letter in "cot" for number in range(1, 4)),
)


def column_labels() -> dict[str, str]:
    """The columns of the list, in the words of the cluster's own."""
    return {
        "certificate": _("Certificate"),
        "common_name": _("Common name"),
        "distribution": _("Distribution"),
        "state": _("State"),
        "expiration": _("Valid until (UTC)"),
        "effective_end": _("Effective until (UTC)"),
        "limited_by": _("Limited by"),
        "usage": _("Usage"),
        "type": _("Type"),
        "key_type": _("Key type"),
        "issued_by": _("Issued by"),
        "serial": _("Serial"),
        "description": _("Description"),
        "holder": _("Holder"),
        "cluster": _("Cluster"),
        "subject": _("Subject"),
        "names": _("Other names"),
        "fingerprint": _("Fingerprint (SHA-256)"),
        "not_before": _("Valid from (UTC)"),
    }


def operator_labels() -> dict[str, str]:
    return {
        "begins_with": _("begins with"),
        "contains": _("contains"),
        "is_exactly": _("is exactly"),
        "ends_with": _("ends with"),
        "is_empty": _("is empty"),
        "is_not_empty": _("is not empty"),
    }


def usage_labels() -> dict[str, str]:
    return {
        "": _("All usages"),
        Usage.IDENTITY: _("Identity"),
        Usage.TRUST: _("Trust"),
        Usage.UNASSIGNED: _("Unassigned"),
    }


def scope_labels(lab: Lab) -> dict[str, str]:
    clusters = [each.name for each in parties.clusters(lab.db)]
    fixed = {"": _("Everything"), "built": _("The lab"), "imported": _("Imported")}
    return {**fixed, **{name: name for name in clusters if name not in fixed}}


def examples_of(column: str) -> str:
    """What may stand in a column that holds one of a few words, or how a date looks."""
    fixed = {
        "usage": ", ".join(Usage),
        "type": "Self-signed, CA-signed",
        "key_type": "RSA 2048, EC 256",
        "state": ", ".join(State),
    }
    date = "2027-01-15"
    return fixed.get(column, date if column in ("expiration", "effective_end") else "")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the address asks for; `left_out` is what it asked for in vain."""

    text: str = ""
    usage: str = ""
    states: tuple[State, ...] = ()
    scope: str = ""
    conditions: tuple[Condition, ...] = ()
    once: bool = False
    sort: str = "effective_end"
    descending: bool = False
    left_out: tuple[str, ...] = field(default=(), compare=False)

    def all_conditions(self) -> tuple[Condition, ...]:
        found = []
        if self.text:
            found.append(
                Condition(column="common_name", operator="contains", text=self.text)
            )
        if self.usage:
            found.append(
                Condition(column="usage", operator="is_exactly", text=self.usage)
            )
        found += [
            each
            for each in self.conditions
            if each.text or each.operator in ("is_exactly", *_NO_TEXT)
        ]
        return tuple(found)

    def loosened(self) -> Iterator[tuple[str, "Wanted"]]:
        """Each filter that is set, in words, and what is wanted without it."""
        if self.text:
            label = f"{_('Common name')} {_('contains')} {as_code(self.text)}"
            yield label, replace(self, text="")
        if self.usage:
            label = f"{_('Usage')} {as_code(usage_labels()[self.usage])}"
            yield label, replace(self, usage="")
        if self.states:
            yield _("State"), replace(self, states=())
        if self.scope:
            yield f"{_('Scope')} {as_code(self.scope)}", replace(self, scope="")
        for number, each in enumerate(self.conditions):
            words = column_labels()[each.column], operator_labels()[each.operator]
            text = as_code(each.text) if each.text else ""
            rest = self.conditions[:number] + self.conditions[number + 1 :]
            yield f"{words[0]} {words[1]} {text}", replace(self, conditions=rest)


def wanted_of_address(lab: Lab) -> Wanted:
    """Read the address; what it names and the lab does not know is left out."""
    asked = st.query_params
    left_out: list[str] = []

    def one_of(name: str, known: Sequence[str], default: str) -> str:
        value = asked.get(name, default)
        if value in known:
            return value
        left_out.append(f"{name}={value[:80]}")
        return default

    states = []
    for value in ",".join(asked.get_all("state")).split(","):
        if value in list(State):
            states.append(State(value))
        elif value:
            left_out.append(f"state={value[:80]}")
    conditions = []
    for number in range(1, _conditions_in_address() + 1):
        column = one_of(f"c{number}", list(COLUMNS), "common_name")
        operator = one_of(f"o{number}", list(OPERATORS), "contains")
        text = "" if operator in _NO_TEXT else asked.get(f"t{number}", "")
        conditions.append(Condition(column=column, operator=operator, text=text))
    return Wanted(
        text=asked.get("q", ""),
        usage=one_of("usage", list(usage_labels()), ""),
        states=tuple(dict.fromkeys(states)),
        scope=one_of("scope", list(scope_labels(lab)), ""),
        conditions=tuple(conditions),
        once=asked.get("once") == "1",
        sort=one_of("sort", list(SORTS), "effective_end"),
        descending=asked.get("desc") == "1",
        left_out=tuple(left_out),
    )


def draw_filters(lab: Lab, wanted: Wanted) -> None:
    """The filters, showing what the address says; a change of one rewrites it."""
    scopes, usages = scope_labels(lab), usage_labels()
    thresholds = settings.thresholds(lab.db)
    row = st.container(horizontal=True)
    row.text_input(
        _("Common name contains"),
        key=_shown("q", wanted.text),
        max_chars=MOST_TEXT,
        icon=":material/search:",
        width=240,
        on_change=_write,
        args=("q",),
    )
    row.selectbox(
        _("Usage"),
        list(usages),
        key=_shown("usage", wanted.usage),
        format_func=usages.__getitem__,
        width=150,
        on_change=_write,
        args=("usage",),
    )
    row.multiselect(
        _("State"),
        list(State),
        key=_shown("state", list(wanted.states)),
        format_func=lambda each: state_label(each, thresholds),
        placeholder=_("All states"),
        width=310,
        on_change=_write,
        args=("state",),
    )
    row.selectbox(
        _("Scope"),
        list(scopes),
        key=_shown("scope", wanted.scope),
        format_func=scopes.__getitem__,
        width=170,
        on_change=_write,
        args=("scope",),
    )
    for number, condition in enumerate(wanted.conditions, start=1):
        _draw_condition(number, condition)
    _draw_bar(wanted)


def _draw_condition(number: int, condition: Condition) -> None:
    columns, operators = column_labels(), operator_labels()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.selectbox(
        _("Find certificates where") if number == 1 else _("and"),
        list(COLUMNS),
        key=_shown(f"c{number}", condition.column),
        format_func=columns.__getitem__,
        width=240,
        on_change=_write,
        args=(f"c{number}",),
    )
    row.selectbox(
        _("Operator"),
        list(OPERATORS),
        key=_shown(f"o{number}", condition.operator),
        format_func=operators.__getitem__,
        label_visibility="hidden",
        width=150,
        on_change=_write,
        args=(f"o{number}",),
    )
    row.text_input(
        _("Text"),
        key=_shown(f"t{number}", condition.text),
        max_chars=MOST_TEXT,
        placeholder=examples_of(condition.column),
        disabled=condition.operator in _NO_TEXT,
        label_visibility="hidden",
        width=310,
        on_change=_write,
        args=(f"t{number}",),
    )
    row.button(
        _("Remove"),
        key=f"certificates_remove{number}",
        icon=":material/close:",
        type="tertiary",
        on_click=_remove_condition,
        args=(number,),
    )


def _draw_bar(wanted: Wanted) -> None:
    labels = column_labels()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            _("Add a condition"),
            key="certificates_add",
            icon=":material/add:",
            disabled=len(wanted.conditions) >= MOST_CONDITIONS,
            on_click=_add_condition,
        )
        st.button(
            _("Clear"),
            key="certificates_clear",
            icon=":material/filter_alt_off:",
            disabled=not list(wanted.loosened()),
            on_click=_clear,
        )
        st.space("stretch")
        st.toggle(
            _("Each certificate once"),
            key=_shown("once", wanted.once),
            on_change=_write,
            args=("once",),
        )
        st.selectbox(
            _("Sort by"),
            list(SORTS),
            key=_shown("sort", wanted.sort),
            format_func=labels.__getitem__,
            width=220,
            on_change=_write,
            args=("sort",),
        )
        st.toggle(
            _("Last first"),
            key=_shown("desc", wanted.descending),
            on_change=_write,
            args=("desc",),
        )


def draw_pages(total: int) -> int:
    """The page numbers, when there is more than one; returns the first row's number."""
    pages = max(1, -(-total // PAGE_ROWS))
    asked = st.query_params.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    page = min(max(page, 1), pages)
    if pages > 1:
        st.pagination(
            pages,
            default=page,
            key="certificates_page",
            on_change=_write,
            args=("page",),
        )
    return (page - 1) * PAGE_ROWS


def sort_by(column: str) -> None:
    """Have the database sort by this column; the same one again turns the order."""
    asked = st.query_params
    turned = asked.get("sort", "effective_end") == column and asked.get("desc") != "1"
    asked.pop("page", None)
    asked["sort"] = column
    if turned:
        asked["desc"] = "1"
    else:
        asked.pop("desc", None)


def _shown(name: str, value: object) -> str:
    return shown("certificates", name, value)


def _write(name: str) -> None:
    write("certificates", name, *(() if name == "page" else ("page",)))


def _clear() -> None:
    forget(*_FILTERS)


def _conditions_in_address() -> int:
    for number in range(1, MOST_CONDITIONS + 1):
        if not {f"{letter}{number}" for letter in "cot"} & set(st.query_params):
            return number - 1
    return MOST_CONDITIONS


def _add_condition() -> None:
    st.query_params[f"c{_conditions_in_address() + 1}"] = "common_name"


def _remove_condition(number: int) -> None:
    forget("page")
    for following in range(number, MOST_CONDITIONS + 1):
        for letter in "cot":
            value = st.query_params.get(f"{letter}{following + 1}", "")
            forget(f"{letter}{following}")
            if value and following < MOST_CONDITIONS:
                st.query_params[f"{letter}{following}"] = value
