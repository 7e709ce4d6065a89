"""`python -m e2v` is `e2v`."""

from e2v.cli.entry import main

if __name__ == "__main__":
    main()
