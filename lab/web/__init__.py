"""What machines ask of the lab over HTTP."""
