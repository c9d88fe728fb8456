"""The promised speeds, measured as ratios in one run; never a test."""
