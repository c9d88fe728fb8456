"""A working certificate lab, modelled on a unified communications cluster."""
