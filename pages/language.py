"""The two languages: every text that a page shows goes through `_`."""

import gettext
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import streamlit as st
from babel import Locale, dates
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "ja": "日本語"}
_FOLDER = Path(__file__).parent / "locale"


def current() -> str:
    """The language of this visit: the one chosen, else the browser's, else English."""
    # Asked for each text: the address is only looked at before the frame has chosen.
    chosen = st.session_state.get("frame_language") or st.query_params.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    browser = (st.context.locale or "en").partition("-")[0].lower()
    return browser if browser in LANGUAGES else "en"


def _(text: str, **values: object) -> str:
    """`text` in the language of this visit, with `{name}` filled from `values`."""
    translated = catalogue(current()).gettext(text) if text else ""
    return translated.format(**values) if values else translated


def counted(one: str, many: str, number: int, **values: object) -> str:
    """`one` or `many`, as the number and the language want it; `{number}` is filled."""
    translated = catalogue(current()).ngettext(one, many, number)
    return translated.format(number=number, **values)


def day_text(moment: datetime) -> str:
    """A date for people: 15 January 2027."""
    pattern = "y年M月d日" if current() == "ja" else "d MMMM y"
    return str(dates.format_date(moment.date(), pattern, locale=current()))


def moment_text(moment: datetime) -> str:
    """A moment for people, in UTC: 15 January 2027, 10:32 UTC."""
    return f"{day_text(moment)} {moment:%H:%M} UTC"


def month_text(month: datetime) -> str:
    """A month on an axis: Jan 2027."""
    pattern = "y年M月" if current() == "ja" else "MMM y"
    return str(dates.format_date(month.date(), pattern, locale=current()))


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of a language, read from its catalogue once a process."""
    path = _FOLDER / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=Locale.parse(language)))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
