"""Which phones are fine: lists, certificates, registration, recovery."""
