"""``python -m lstmviz`` is the command ``lstmviz``."""

import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command; Ctrl-C says nothing even while it is being loaded."""
    try:
        from lstmviz.cli import main as command  # noqa: PLC0415

        command()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:  # nothing is left to interrupt but the way out
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
