"""`python -m speech`."""

from speech.cli import main

if __name__ == "__main__":
    main(prog_name="python -m speech")
