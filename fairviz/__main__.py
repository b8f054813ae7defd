"""`python -m fairviz`."""

from fairviz.cli import main

if __name__ == "__main__":
    main()
