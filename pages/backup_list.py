"""What was kept, what differs from now, and how to go back."""

import streamlit as st

from lab.actions.backups import backups_of
from pages.backup_parts import (
    draw_backups,
    draw_differences,
    draw_useless,
    offer_backup,
    say_what_comes_back,
)
from pages.backup_restore import open_restore, say_what_was_done
from pages.language import _
from pages.oauth_parts import choose_cluster, own_clusters, say_what_is_missing
from pages.shared import session_lab

lab = session_lab()
clusters = own_clusters(lab)
if not clusters:
    say_what_is_missing(lab)
    st.stop()
cluster = choose_cluster("backups", clusters)
offer_backup(lab, cluster)
say_what_was_done()
found = backups_of(lab, cluster)
chosen = draw_backups([each for each in found if not each.problem], lab.clock.now())
if chosen:
    draw_differences(lab, chosen)
else:
    st.info(
        _("There is no backup of this cluster yet. Make one after every change of "
          "certificates: then you can go back."),
        icon=":material/info:",
    )  # fmt: skip
draw_useless([each for each in found if each.problem])
say_what_comes_back()
open_restore(lab)
