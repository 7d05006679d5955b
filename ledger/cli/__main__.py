"""`python -m ledger.cli` is `platemark`."""

from ledger.cli import main

if __name__ == "__main__":
    main()
