"""Put a certificate into a slot or a trust store, after a look at what it does."""
