"""`python -m dgqa` and the command `dgqa`: the command line, in which an interrupt ends quietly from the first import on."""

import sys


def main() -> int:
    """Run the command line and return the exit code."""
    try:
        from dgqa.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("dgqa: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
