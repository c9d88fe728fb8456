"""Which phones are fine, why others are not, and what brings them back."""

import streamlit as st

from lab.store import certificates, phone_listing
from pages.first_use import offer_example
from pages.language import _
from pages.phone_deeds import draw_deeds
from pages.phone_drawer import open_phone
from pages.phone_list_parts import draw_served
from pages.phone_parts import (
    choose_cluster,
    draw_numbers,
    draw_reasons,
    draw_table,
    wanted_phones,
)
from pages.phone_told import say_done
from pages.shared import session_lab

lab = session_lab()
if not certificates.count(lab.db):
    offer_example(lab)
    st.stop()
known = phone_listing.clusters(lab.db)
if not known:
    st.info(
        _(
            "No phone registers here. Imported phones have certificates and no lists; "
            "build the example lab into another file to see phones at work."
        ),
        icon=":material/phone_disabled:",
    )
    st.stop()
cluster = choose_cluster(lab, known)
draw_numbers(lab, cluster)
draw_reasons(lab, cluster)
draw_served(lab, cluster)
wanted = wanted_phones(lab, cluster.name)
deeds = st.container()
ticked = draw_table(lab, wanted)
with deeds:
    draw_deeds(cluster, wanted, ticked)
if "phones_asking" not in st.session_state:
    if "phone" not in st.query_params:
        say_done()
    open_phone(lab, cluster.name)
