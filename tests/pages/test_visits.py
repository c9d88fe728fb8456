"""Visits to a real server that end before their page is drawn."""

import shutil

from streamlit.proto.BackMsg_pb2 import BackMsg

from bench.serving import draw, serving, visiting

LEFT_EARLY = 36


def test_visits_that_end_in_the_middle_of_drawing_do_no_harm(example_file, tmp_path):
    path = tmp_path / "lab.sqlite3"
    shutil.copy(example_file, path)
    wanted = BackMsg()
    wanted.rerun_script.page_name = ""
    with serving(environment={"LAB_DB": str(path)}) as address:
        with visiting(address) as visit:
            draw(visit)
        for number in range(LEFT_EARLY):
            with visiting(address) as visit:
                visit.send(wanted.SerializeToString())
                for _ in range(number % 12):  # so much of the page is seen
                    visit.recv(decode=False)

        with visiting(address) as visit:
            assert draw(visit)
