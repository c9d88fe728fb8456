"""What is revoked, what clients learn of it, and when."""

import streamlit as st

from lab.store import certificates
from pages import revocation_top as top
from pages.first_use import offer_example
from pages.revocation_checks import draw_checks, say_done
from pages.revocation_data import read_picture
from pages.revocation_dialog import open_taken
from pages.revocation_evidence import open_evidence
from pages.revocation_health import draw_health
from pages.revocation_rules import draw_rules
from pages.revocation_settings import draw_settings, open_saved
from pages.revocation_taken import draw_taken
from pages.shared import session_lab

lab = session_lab()
now = lab.clock.now()
if not certificates.count(lab.db):
    offer_example(lab)
    st.stop()
say_done()
cluster = top.choose_cluster(lab)
found = read_picture(lab, cluster, now)
top.headline(found)
top.numbers(found)
name, tab = top.draw_tabs()
with tab:
    match name:
        case "taken":
            draw_taken(found)
        case "health":
            draw_health(lab, found.lines, now)
        case "checks":
            draw_checks(lab, found)
        case "settings":
            draw_settings(lab, cluster)
        case "rules":
            draw_rules(lab, cluster)
# One dialog at a time.
if not (open_saved() or open_taken(lab, now)):
    open_evidence(lab)
