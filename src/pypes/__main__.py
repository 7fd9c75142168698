"""`python -m pypes` is the command line."""

from pypes.cli import main

if __name__ == "__main__":
    main()
