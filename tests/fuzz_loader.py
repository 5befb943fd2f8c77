"""``make fuzz``: atheris bends specs where the loader's own branches lead it.

    python tests/fuzz_loader.py -atheris_runs=20000

What it finds is written to a file named ``crash-…``; such a file becomes a test.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

SPECS = Path(__file__).parent.parent / "specs"
LIMIT = 2.0


def answer(data: bytes) -> None:
    """Load the bytes: a Spec or a LstmvizError, and soon."""
    from lstmviz import pipeline
    from lstmviz.errors import LstmvizError

    began = time.process_time()
    try:
        pipeline.load_bytes(data, "fuzz")
    except LstmvizError as error:
        assert str(error)
    assert time.process_time() - began < LIMIT


def main() -> None:
    """Run until the count of runs is reached, or something else comes out."""
    import atheris

    with atheris.instrument_imports(include=["lstmviz", "yaml"]):
        from lstmviz import pipeline

    for spec in SPECS.glob("*.yaml"):  # loads what is loaded late, outside of the clock
        pipeline.load(spec)
    with tempfile.TemporaryDirectory() as corpus:
        for spec in SPECS.glob("*.yaml"):
            (Path(corpus) / spec.name).write_bytes(spec.read_bytes())
        atheris.Setup([*sys.argv, corpus, "-max_len=4096"], answer)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
