"""The only code that talks to other machines; everything has a time limit."""
