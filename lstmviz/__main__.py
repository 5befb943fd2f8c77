"""``python -m lstmviz`` is the command ``lstmviz``."""

from lstmviz.cli import main

main()
