"""The keys behind OAuth tokens: checksums, age, and how to renew them."""

import streamlit as st

from lab.actions.judge_tokens import judge_tokens
from lab.actions.look_at_oauth import oauth_keys_of
from pages.language import _
from pages.oauth_parts import (
    choose_cluster,
    draw_keys,
    draw_nodes,
    open_renewal,
    own_clusters,
    say_what_is_missing,
    say_what_was_done,
)
from pages.oauth_tokens import draw_tokens, offer_sign_in
from pages.shared import session_lab

lab = session_lab()
clusters = own_clusters(lab)
if not clusters:
    say_what_is_missing(lab)
    st.stop()
cluster = choose_cluster("oauth", clusters)
keys = oauth_keys_of(lab, cluster)
st.markdown(
    _("When users sign in they are given tokens, which one key signs and the other "
      "encrypts. A key is renewed when it may have become known: then all tokens die.")
)  # fmt: skip
say_what_was_done()
draw_keys(lab, cluster, keys)
draw_nodes(keys)
draw_tokens(judge_tokens(lab, cluster))
offer_sign_in(cluster)
open_renewal(lab, cluster)
