"""`python -m lab`: the command line."""

from lab.command import main

if __name__ == "__main__":
    main()
