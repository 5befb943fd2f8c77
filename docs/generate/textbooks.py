"""The page that puts figures beside the classic drawings of textbooks, told in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from generate.markdown import block, heading, page

import lstmviz
from lstmviz.commands.snippets import in_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmviz.figure import Figure

FOLDER = "figures/textbooks"
INTRO = """\
# Beside the textbooks

Most books draw the same few pictures of these networks. Here each stands in words, beside our figure of such a model: bare
(`detail: low`), as a slide or a first look takes it, and in full, as one studies it. Both are drawn from a run of the model when this
page is built. No drawing leaves nothing out; what each leaves out is said.
"""
SEQUENCE = "{batch_size: 6, timesteps: 5, features: 3}"


@dataclass(frozen=True, slots=True)
class Pair:
    """A classic drawing and ours: what it shows, and what either leaves out."""

    name: str
    title: str
    kind: str
    spec: str
    classic: str
    theirs: str
    ours: str


def _recurrent(*layers: str) -> str:
    return f"input: {SEQUENCE}\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)


PAIRS = (
    Pair(
        "unfolding", "A recurrent network, folded and unfolded", "unfold", _recurrent("rnn: 16"),
        "A box with a loop, an equals sign, and the same box four or five times in a row, each with an input below and "
        "an output above.",
        "That the row begins with a state, which ends it, and which of the two the code gives back; that one box is a "
        "whole layer of units; what leaves the loop after the last step.",
        "The steps in the middle, and in the bare figure the sizes and the weights.",
    ),
    Pair(
        "lstm-cell", "The inside of an LSTM cell", "cell", _recurrent("lstm: 16"),
        "A wide box with the cell state as a straight line on top, three σ and one tanh in a row below it, and circles where "
        "lines meet. The input and the last hidden state are joined before the gates.",
        "The biases, that each gate has rows of its own in one matrix, and their order in it; which σ is which gate, where "
        "only letters in the text say it.",
        "The bare figure has a box for each gate, without its weights; neither it nor the full one joins x and h into one "
        "vector, as torch keeps two matrices.",
    ),
    Pair(
        "gru-cell", "The inside of a GRU cell", "cell", _recurrent("gru: 16"),
        "As for the LSTM, with one line: the hidden state, which the update gate mixes with the candidate.",
        "That torch lets the reset gate multiply after the weights of h, with their bias, and not before: both are called GRU.",
        "The other variant, which torch does not have.",
    ),
    Pair(
        "stack", "A stack of recurrent layers", "grid", _recurrent("lstm: {hidden_size: 16, num_layers: 2}"),
        "Rows of circles, one row for a layer, one column for a step; arrows go right and up.",
        "Where each row begins and ends, that only the last row is `output` while `h_n` holds the last column, and that c does "
        "not go up.",
        "In the bare figure the indices of `h_n`; layers in the middle, where there are many.",
    ),
    Pair(
        "two-directions", "A network that reads both ways", "grid",
        _recurrent("lstm: {hidden_size: 16, bidirectional: true}"),
        "Two rows of circles, one with arrows to the right and one with arrows to the left; both reach each output.",
        "That the second row does not read the first one; that the last states stand at opposite ends, so that `output[-1]` "
        "has one of them alone.",
        "In the bare figure, which half of `output` is which direction's.",
    ),
    Pair(
        "encoder-decoder", "An encoder and its decoder", "grid",
        _recurrent("lstm: 16", "decoder: {cell: lstm, hidden_size: 16, steps: 4, features: 8}", "linear: 8"),
        "Two groups of boxes, and one fat arrow between them, often through a box called context.",
        "What the arrow carries (the last h, and the last c as well), and which of the states `output` has nothing of; that "
        "in training the decoder reads the target.",
        "Beam search and sampling, which are no part of a module.",
    ),
    Pair(
        "attention", "A decoder that weighs its encoder's steps", "grid",
        _recurrent(
            "gru: 16", "decoder: {cell: gru, hidden_size: 16, steps: 4, features: 8, attention: additive}", "linear: 8"
        ),
        "The encoder's row, a bar or a fan of lines over it, and a box called attention or context before the decoder.",
        "Whether attention comes before or after the decoder's cell (both are called so), that it is asked anew at every "
        "step, and that the last state goes over besides.",
        "How the weights are made: scores, softmax and sum stand in `pipeline`.",
    ),
    Pair(
        "neurons", "A network of neurons", "neurons",
        "input: {batch_size: 6, features: 4}\nlayers:\n  - linear: 5\n  - relu\n  - linear: 3\n",
        "Columns of circles, every circle joined with all of the next column; inputs are circles as well.",
        "The biases, the function after the sum, and what a row of the weight matrix is.",
        "In the bare figure the function and the numbers; units in the middle, where there are many.",
    ),
    Pair(
        "feature-maps", "A convolutional network", "volumes",
        "input: {batch_size: 6, channels: 1, height: 28, width: 28}\nlayers:\n"
        "  - conv2d: {out_channels: 6, kernel_size: 5, padding: 2}\n  - relu\n  - avg_pool2d: 2\n"
        "  - conv2d: {out_channels: 16, kernel_size: 5}\n  - relu\n  - avg_pool2d: 2\n"
        "  - flatten\n  - linear: 120\n  - relu\n  - linear: 84\n  - relu\n  - linear: 10\n",
        "Stacks of squares that become smaller and more, then columns of units; a small square marks the kernel.",
        "That a kernel reaches through all maps below it; the functions in between; how flat vectors come from maps.",
        "The batch. The sides are not to one scale: they grow as the root of the size.",
    ),
)  # fmt: skip


@cache
def drawn(pair: Pair, detail: str) -> Figure:
    """One figure, in the paint of the page."""
    options: dict[str, Any] = {"detail": detail, "width": "text", "theme": "auto"}
    return lstmviz.draw(pair.spec, pair.kind, **options)


def files() -> Iterator[tuple[str, bytes]]:
    """Every figure of the page as a file."""
    for pair in PAIRS:
        for detail in ("low", "full"):
            yield f"{FOLDER}/{pair.name}-{detail}.svg", drawn(pair, detail).svg.encode()


def textbooks() -> str:
    """The whole page."""
    return page(INTRO, *(part for pair in PAIRS for part in _pair(pair)))


def _pair(pair: Pair) -> Iterator[str]:
    yield heading(2, pair.title, pair.name)
    yield f"**The classic drawing.** {pair.classic}"
    yield f"**What it leaves out.** {pair.theirs}"
    for detail, name in (("low", "bare"), ("full", "in full")):
        path = f"{FOLDER}/{pair.name}-{detail}.svg"
        yield f"**Ours, {name}.**"
        yield f"[![{in_markdown(drawn(pair, detail).alt)}]({path}){{ loading=lazy }}]({path})"
    yield f"**What ours leaves out.** {pair.ours}"
    inside = block(pair.spec + f"figures: [{pair.kind}]\n", "yaml").replace("\n", "\n    ")
    yield f'??? example "The spec"\n\n    {inside}'
