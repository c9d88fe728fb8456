"""Commands of the laboratory: faults, questions to a responder, the matrix."""
