"""The dialogs of deeds on a certificate: what follows, what breaks, and the button."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from lab.actions.certificate_deeds import DeedsAt, deeds_on, services_behind
from lab.actions.delete_trust import delete_trust
from lab.actions.follow_up import would_follow
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.identity_choices import common_name_of
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.restart_service import take_up
from lab.actions.trial import what_breaks
from lab.effects import Effect
from lab.lab import Lab
from lab.models import Certificate
from lab.rules.keys_and_names import notes_on
from lab.rules.multi_server import SHARED
from lab.rules.purposes import HASHES
from lab.rules.trust_stores import STORES, Reach
from lab.store import certificates
from pages.broken_parts import show_broken
from pages.certificate_deeds import (
    ASKED,
    CHOSEN,
    DONE,
    NO_PLACE,
    ask,
    buttons,
    close,
    words_for,
)
from pages.certificate_revoking import open_revoking
from pages.effect_parts import show_effects
from pages.language import _
from pages.shared import as_code, as_text, session_lab, showing_refusals


def open_dialog(lab: Lab, sha256: str) -> bool:
    """Open the dialog that was asked for; say whether there was one."""
    asked = st.session_state.get(ASKED)
    if asked is None:
        return False
    deed, place = asked
    if place == NO_PLACE:
        return open_revoking(lab, sha256, deed)
    at = next((each for each in deeds_on(lab, sha256) if each.place == place), None)
    if at is None:
        close()
        return False
    titles: dict[str, tuple[str, Callable[[Lab, DeedsAt, str], None]]] = {
        "regenerate": (_("Regenerate {what} on {where}?"), _regenerate),
        "self_signed": (_("Generate a self-signed {what} on {where}"), _form),
        "confirm": (_("Overwrite {what} on {where}?"), _self_signed),
        "delete": (_("Delete from {what} on {where}?"), _delete),
        "restart": (_("Restart what presents {what} on {where}?"), _restart),
    }
    title, body = titles[deed]
    shown = st.dialog(words_for(title, at), width="medium", on_dismiss=close)
    shown(_show)(asked, body, lab, at, sha256)
    return True


def _show(
    asked: tuple[str, int],
    body: Callable[[Lab, DeedsAt, str], None],
    lab: Lab,
    at: DeedsAt,
    sha256: str,
) -> None:
    if st.session_state.get(ASKED) != asked:  # it is done, or another one is next
        st.rerun()
    body(lab, at, sha256)


def _regenerate(lab: Lab, at: DeedsAt, _sha256: str) -> None:
    st.markdown(
        _("It gets a new key, as long as the present one, and signs itself again.")
    )
    _before_overwriting(lab, at, regenerate_certificate)
    buttons(_("Regenerate"), _overwrite, at, regenerate_certificate, {})


def _form(lab: Lab, at: DeedsAt, _sha256: str) -> None:
    """The fields of the cluster's own page: facts §3.3."""
    row = at.purpose
    if row is None:
        return
    left, right = st.columns(2)
    shared = left.selectbox(
        _("Distribution"),
        [False, True] if at.shares else [False],
        key="certificates_shared",
        format_func=lambda each: SHARED if each else at.node.fqdn,
    )
    parent = right.text_input(
        _("Parent domain"),
        key="certificates_parent",
        help=_("It becomes one of the names. Leave it empty for none."),
    )
    left.text_input(
        _("Common name"),
        common_name_of(lab, at.node, row, shared=shared),
        disabled=True,
        key=f"certificates_common_name_{shared}",
    )
    right.text_input(
        _("Key type"), row.key_type, disabled=True, key="certificates_key_type"
    )
    first, second, third = st.columns(3)
    size = first.selectbox(
        _("Key length"),
        row.sizes,
        index=row.sizes.index(row.default_size),
        key="certificates_size",
    )
    hash_name = second.selectbox(
        _("Hash algorithm"), HASHES[row.key_type, size].hashes, key="certificates_hash"
    )
    years = third.selectbox(
        _("Validity in years"),
        row.years_offered,
        index=row.years_offered.index(row.validity_years),
        key="certificates_years",
    )
    for note in notes_on(row.name, row.key_type, size):
        st.warning(as_text(_(note.note)), icon=":material/warning:")
    choices = {
        "shared": shared,
        "parent_domain": parent.strip(),
        "size": size,
        "hash_name": hash_name,
        "years": years,
    }
    buttons(_("Continue"), _go_on, at.place, choices, key="continue")


def _go_on(place: int, choices: dict[str, Any]) -> None:
    st.session_state[CHOSEN] = choices
    ask("confirm", place)


def _self_signed(lab: Lab, at: DeedsAt, _sha256: str) -> None:
    choices = st.session_state.get(CHOSEN, {})
    st.markdown(_("It gets the new key that was chosen, and signs itself."))
    _before_overwriting(lab, at, generate_self_signed, **choices)
    buttons(_("Generate"), _overwrite, at, generate_self_signed, choices)


def _before_overwriting(
    lab: Lab, at: DeedsAt, deed: Callable[..., Certificate], **choices: Any
) -> None:
    """What is overwritten, what breaks and what follows: it is done and undone."""
    if at.signed_by:
        st.warning(
            words_for(
                _(
                    "The certificate that {issuer} signed is overwritten. To have one "
                    "of an authority again, a new request must be signed."
                ),
                at,
            ),
            icon=":material/warning:",
        )
    effects: list[Effect] = []

    def doing(trying: Lab) -> None:
        deed(trying, at.node.name, at.name, cluster=at.node.cluster, **choices)
        effects.extend(would_follow(trying, at.name, at.node))

    with showing_refusals():
        show_broken(what_breaks(lab, doing))
        show_effects(effects)


def _overwrite(
    at: DeedsAt, deed: Callable[..., Certificate], choices: dict[str, Any]
) -> None:
    lab = session_lab()
    with showing_refusals():
        made = deed(lab, at.node.name, at.name, cluster=at.node.cluster, **choices)
        words = words_for(_("{what} on {where} has a new certificate."), at)
        st.session_state[DONE] = (words, would_follow(lab, at.name, at.node))
        st.query_params["certificate"] = made.sha256
        close()


def _delete(lab: Lab, at: DeedsAt, sha256: str) -> None:
    effects: list[Effect] = []

    def doing(trying: Lab) -> None:
        node, cluster = at.node.name, at.node.cluster
        effects.extend(delete_trust(trying, node, at.name, sha256, cluster=cluster))

    found = certificates.get(lab.db, sha256)
    st.markdown(as_code(found.common_name or found.subject))
    st.markdown(_scope(at))
    with showing_refusals():
        show_broken(what_breaks(lab, doing))
        show_effects(effects)
        st.warning(
            _("The cluster cannot undo it: the certificate would have to be uploaded "
              "again."),
            icon=":material/warning:",
        )  # fmt: skip
    buttons(_("Delete for good"), _do_delete, at, sha256)


def _scope(at: DeedsAt) -> str:
    rule = STORES[at.name]
    if rule.delete is not Reach.CLUSTER:
        return _("It goes from {where} alone.", where=as_text(at.node.name))
    return (
        _(
            "It goes from all nodes that have it, within {minutes} minutes.",
            minutes=rule.delay_minutes,
        )
        if rule.delay_minutes
        else _("It goes from all nodes that have it, at once.")
    )


def _do_delete(at: DeedsAt, sha256: str) -> None:
    with showing_refusals():
        effects = delete_trust(
            session_lab(), at.node.name, at.name, sha256, cluster=at.node.cluster
        )
        words = words_for(_("Deleted from {what} on {where}."), at)
        st.session_state[DONE] = (words, effects)
        close()


def _restart(lab: Lab, at: DeedsAt, _sha256: str) -> None:
    st.markdown(_("They read what is stored. While they start, this is interrupted:"))
    lines = [
        _(
            "- {service}, about {seconds} seconds: {interrupts}",
            service=as_text(each.service.name),
            seconds=each.rule.seconds,
            interrupts=", ".join(as_text(_(word)) for word in each.rule.interrupts)
            or _("nothing that the lab models"),
        )
        for each in services_behind(lab, at)
    ]
    st.markdown("\n".join(lines))
    buttons(_("Restart"), _do_restart, at)


def _do_restart(at: DeedsAt) -> None:
    with showing_refusals():
        done = take_up(session_lab(), at.node, at.name)
        words = _(
            "{services} on {where} read their certificates again.",
            services=as_text(", ".join(done)),
            where=as_text(at.node.name),
        )
        st.session_state[DONE] = (words, [])
        close()
