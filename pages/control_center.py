"""What runs with what: loaded against stored, start and restart."""
