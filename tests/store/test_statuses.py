from lab.store import statuses


def test_a_status_is_found_by_its_serial_number(lab):
    """However many certificates an issuer has signed, one of them is read."""
    asked = []
    lab.db.conn.set_trace_callback(asked.append)
    found = statuses.of_serial(lab.db, "issuer", 0xABC)
    lab.db.conn.set_trace_callback(None)

    [question] = asked
    plan = [row[3] for row in lab.db.execute(f"EXPLAIN QUERY PLAN {question}")]
    assert found is None
    assert plan[:2] == [
        "SEARCH c USING INDEX certificates_serial (serial=?)",
        "SEARCH k USING COVERING INDEX issuer_links_issuer (issuer=? AND child=?)",
    ]
