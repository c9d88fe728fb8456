"""What goes wrong with revocation, really run: a lab of its own, a server, a client."""
