"""`python -m dgqa` and the command `dgqa`: the command line, in which an interrupt ends quietly from the first import on."""

import gc
import sys


def main() -> int:
    """Run the command line and return the exit code."""
    try:
        gc.disable()  # nothing of what is imported is ever garbage: looking for it takes a tenth of a short command's time
        from dgqa.cli.main import main as run

        gc.freeze()
        gc.enable()
        return run()
    except KeyboardInterrupt:
        sys.stderr.write("dgqa: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
