"""The commands on phones and their lists: phones, lsc, ctl, itl."""
