"""What the command line can do; `lab.command` is its door."""
