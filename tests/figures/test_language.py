"""Figures of what the language says, in a column of print: they fit, and name what they shorten in full."""

import itertools

import pytest

import lstmviz
from lstmviz.errors import FigureError, MeasureError, ProofError
from lstmviz.figures.grid import notes_below
from lstmviz.figures.shared import place_names
from lstmviz.translation.messages import user_text

TWO = "{{hidden_size: 16, bidirectional: true, num_layers: {layers}}}"
PADDED = "input: {batch_size: 4, timesteps: 12, features: 3, batch_first: true, lengths: [12, 8, 9, 10]}\n"
STEPS = "input: {batch_size: 4, timesteps: 5, features: 3, batch_first: true}\n"


def proven(text):
    proofs = lstmviz.check(text)
    for proof in proofs:
        assert proof.answer == "proven", proof
    return proofs


def texts(scene):
    return [text.label.text for text in scene.texts]


@pytest.mark.parametrize("head", ["last_state", "last_step", "pool_steps: max"])
@pytest.mark.parametrize("layers", [1, 3])
def test_a_classifier_of_two_directions_fits_a_column(layers, head):
    told = f"layers: [gru: {TWO.format(layers=layers)}, {head}, linear: 2]\n"
    figures = f"figures: [grid, {{kind: unrolled, layer: {layers - 1}}}]\nstyle: {{width: column}}\n"
    proven(PADDED + told + figures)
    scene = lstmviz.draw(PADDED + told + figures, "grid").scene
    boxes = sorted(node.box for node in scene.nodes if node.id.startswith("cell.l0.fwd"))
    assert all(b[0] - a[2] > 12 for a, b in itertools.pairwise(boxes))  # with room for the dots between


def test_lines_up_from_last_states_keep_apart():
    text = STEPS + "layers: [lstm: {hidden_size: 8, num_layers: 2}, last_state, linear: 2]\n"
    edges = lstmviz.draw(text, "grid", width="column").scene.edges
    ups = [edge.route[1][0] for edge in edges if edge.target == "last_state"]
    assert len(ups) == len(set(ups)) > 0


def test_of_a_padded_batch_only_the_drawn_samples_last_step_is_kept():
    scene = lstmviz.draw(PADDED + "layers: [lstm: 8, last_step, linear: 2]\n", "grid", width="column").scene
    drawn = [node.id for node in scene.nodes if node.id.startswith("x.t")]
    assert drawn == ["x.t1", "x.t2", "x.t8", "x.t12"] or {"x.t9", "x.t10"}.isdisjoint(drawn)
    assert "x.t8" in drawn


OWN = (
    "layers: [{lstm: 16, name: encoder}, decoder: {cell: lstm, hidden_size: 16, steps: 4, features: 3, "
    "reads: own, attention: general}, linear: 3]\nfigures: [grid]\n"
)


@pytest.mark.parametrize("width", ["column", "text"])
def test_attention_of_a_decoder_on_top_is_drawn_and_its_own_answers_too(width):
    text = f"{STEPS}{OWN}style: {{width: {width}}}\n"
    proven(text)
    scene = lstmviz.draw(text, "grid").scene
    hub = next(edge.target for edge in scene.edges if edge.source == "encoder/output.t1")
    assert {edge.target for edge in scene.edges if edge.source == hub} == {
        node.id for node in scene.nodes if node.id.startswith("attention.t")
    }
    assert not any("not drawn" in text for text in texts(scene))
    led = [edge.id for edge in scene.edges if edge.source == "result.t1" and edge.dashed]
    assert len(led) == (width == "text")  # in a column step 2 is left out


DATES = ", ".join(f"2024-01-{day:02}" for day in range(1, 7))
DATED = (
    "input:\n  batch_size: 2\n  timesteps: 6\n  features: [rainfall in millimetres, "
    "wind speed at ten metres]\n"
    f"  axes: {{time: {{name: days, labels: [{DATES}]}}, batch: {{name: shares, labels: [Volkswagen "
    "Aktiengesellschaft, Industrial and Commercial Bank of China]}}}\n"
    "layers: [lstm: 4, last_step, linear: 1]\n"
).replace("}}}\n", "}}\n")
TOKENS = (
    "input:\n  vocabulary: 50\n  batch_first: true\n  sentences: [[Donaudampfschifffahrtsgesellschaft, "
    "antidisestablishmentarianism], [a, internationalization]]\nlayers: [embedding: 8, gru: 8]\n"
)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("kind", ["grid", "cube", "neurons", "activity", "influence"])
def test_dates_are_never_cut(kind, width, language):
    scene = lstmviz.draw(DATED, kind, width=width, language=language).scene
    shown = texts(scene)
    whole = [one for one in shown if "2024-01-0" in one]
    days = [one for one in shown if one.split()[-1] in {"01", "06"}]
    assert len(days) >= 2 or {"2024-01-01", "2024-01-06"} <= {one.split()[-1] for one in whole}
    assert not any(one.startswith("20") and one.endswith("…") and one != "2024-01-…" for one in shown)
    if days:
        assert any("2024-01-…" in one for one in shown)


@pytest.mark.parametrize("kind", ["cube", "neurons", "influence", "activity"])
def test_a_name_that_is_shortened_is_whole_in_the_key(kind):
    scene = lstmviz.draw(TOKENS, kind, width="column").scene
    assert "Donaudampfschifffahrtsgesellschaft" in " ".join(texts(scene))
    proven(f"{TOKENS}figures: [{kind}]\nstyle: {{width: column}}\n")
    assert "antidisestablishmentarianism" in " ".join(texts(scene))


@pytest.mark.parametrize("width", ["column", "text"])
def test_the_cube_says_its_samples_and_features_in_full(width):
    said = " ".join(texts(lstmviz.draw(DATED, "cube", width=width).scene))
    for name in ("Volkswagen Aktiengesellschaft", "Industrial and Commercial Bank of China"):
        assert name in said
    assert "wind speed at ten metres" in said


ADDITIVE = STEPS + OWN.replace("reads: own, attention: general", "reads: shifted, attention: additive")


def test_weights_of_attention_are_to_scale_named_apart_and_nothing_is_said_twice():
    proven(ADDITIVE.replace("[grid]", "[weights]") + "style: {width: column}\n")
    scene = lstmviz.draw(ADDITIVE, "weights", width="column").scene
    said = texts(scene)
    assert {"keys.weight", "queries.weight"} <= {*said}
    assert scene.caption.count("bias_ih and bias_hh are added") == 1
    boxes = [frame.box for frame in scene.frames if frame.id == "attention.keys.weight"]
    assert [round(box[3] - box[1], 3) for box in boxes] == [round(box[2] - box[0], 3) for box in boxes]


@pytest.mark.parametrize(
    ("text", "kind", "style"),
    [
        (STEPS + "layers: [gru: 4]\n", "cell", "{detail: low, language: zh}"),
        (STEPS + "layers: [lstm: 128, lstm: 64, last_step, linear: 1]\n", "neurons", "{width: column}"),
        (STEPS + "layers: [lstm: 4, permute: [1, 0, 2], linear: 2]\n", "unrolled", "{}"),
        (STEPS + "layers: [lstm: 4, permute: [0, 2, 1], softmax: -1]\n", "grid", "{}"),
        (STEPS + "layers: [lstm: 4, conv1d: {out_channels: 4, kernel_size: 3}, permute: [1, 0, 2]]\n",
         "grid", "{}"),
    ],
)  # fmt: skip
def test_what_is_right_is_proven(text, kind, style):
    proven(f"{text}figures: [{kind}]\nstyle: {style}\n")


def test_volumes_are_not_drawn_up_to_a_decoder_as_if_it_read_them():
    text = (
        "input: {batch_size: 4, channels: 3, height: 8, width: 8}\nlayers: [flatten, linear: 4, repeat: 1, "
        "lstm: 4, decoder: {cell: lstm, hidden_size: 4, steps: 3, features: 2}]\n"
    )
    with pytest.raises(FigureError, match="this model branches"):
        lstmviz.draw(text, "volumes")


MIXED = "input: {batch_size: 3, timesteps: 5, features: 2}\nlayers: [lstm: 4, permute: [1, 0, 2], gru: 4]\n"


def test_influence_is_refused_where_a_layer_takes_the_batch_for_time():
    """The first sample is moved by none: each of them is asked."""
    with pytest.raises(MeasureError, match="samples of one batch move each other in gru"):
        lstmviz.draw(MIXED, "influence")


def test_a_kind_that_cannot_be_measured_is_left_out_unless_it_is_asked_for(tmp_path):
    assert {"influence"} == {"influence", *(p.kind for p in proven(MIXED))} - {p.kind for p in proven(MIXED)}
    spec = tmp_path / "mixed.yaml"
    spec.write_text(MIXED)
    drawn = [path.stem for path in lstmviz.render(spec, output=tmp_path)]
    assert ("mixed-grid" in drawn, "mixed-influence" in drawn) == (True, False)
    with pytest.raises(MeasureError):
        lstmviz.render(spec, output=tmp_path, kinds=["influence"])
    with pytest.raises(lstmviz.ProofError):
        lstmviz.check(MIXED + "figures: [influence]\n")


WINDOWS = (
    "input: {batch_size: 7, timesteps: 4, features: [rain, wind, PM2.5], batch_first: true}\n"
    "layers: [lstm: 8, last_step, linear: 2]\nstyle: {detail: low}\nfigures:\n  - {kind: cube, windows: %s}\n"
)


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "cut", ["{rows: 10}", "{rows: 12, horizon: 2, target: [PM2.5]}", "{rows: 13, horizon: 2, gap: 1}"]
)
def test_a_bare_cube_shows_its_windows_and_their_target(cut, language, width):
    text = WINDOWS % cut
    proven(text)
    scene = lstmviz.draw(text, "cube", width=width, language=language).scene
    aim = "its target" if language == "en" else "它的目标"
    assert (aim in texts(scene)) == ("horizon" in cut)
    targets = [p for p in scene.polygons if p.role == "output"]
    assert bool(targets) == ("horizon" in cut)


def test_a_bare_cube_refuses_what_it_does_not_show_of_windows():
    with pytest.raises(FigureError, match="does not show batch"):
        lstmviz.draw(WINDOWS % "{rows: 12, horizon: 2, batch: 3}", "cube")


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_bare_splits_are_bands_along_the_table_train_before_test(language, width):
    text = WINDOWS % "{rows: 12, horizon: 2, splits: 2}"
    proven(text)
    scene = lstmviz.draw(text, "cube", width=width, language=language).scene
    boxes = {node.id: node.box for node in scene.nodes}
    assert {f"{part}.{k}" for part in ("split", "train", "test") for k in (1, 2)} == {*boxes}
    for k in (1, 2):
        whole, train, test = (boxes[f"{part}.{k}"] for part in ("split", "train", "test"))
        assert whole[0] == train[0] < train[2] <= test[0] < test[2] <= whole[2] + 1e-9
    assert {"train", "test"} <= {*texts(scene)} or language == "zh"


FRAMES = (
    "input: {batch_size: 2, timesteps: 4, channels: 1, height: 6, width: 6, batch_first: true}\n"
    "layers: [conv2d: {out_channels: 2, kernel_size: 3}, flatten, %s]\n"
)


@pytest.mark.parametrize(
    "above",
    ["lstm: 4, last_step, linear: 2", "lstm: 4, linear: 2, softmax", "lstm: 4, self_attention: 2, linear: 2",
     "gru: {hidden_size: 4, bidirectional: true}, last_state, linear: 2"],
)  # fmt: skip
def test_what_stands_on_a_layer_that_reads_frames_is_proven(above):
    """Images run on shapes alone; the stages above have numbers where derivatives ask for them."""
    proven(f"{FRAMES % above}figures: [grid, unrolled, {{kind: grid, detail: low, name: bare}}]\n")


LONG = ", ".join(f"antidisestablishmentarianism-{step}" for step in range(1, 7))


@pytest.mark.parametrize(("kind", "text"), [("cube", DATED), ("cube", TOKENS), ("grid", TOKENS)])
def test_a_name_that_is_cut_and_stands_nowhere_whole_is_refuted(kind, text, monkeypatch):
    text += f"figures: [{kind}]\nstyle: {{width: column}}\n"
    proven(text)
    monkeypatch.setattr(place_names, "below", lambda *_: None)
    monkeypatch.setattr(notes_below, "key", lambda *_: [user_text("")])
    with pytest.raises(ProofError, match="stands nowhere whole"):
        lstmviz.check(text)


def test_rows_that_would_read_alike_are_numbered():
    text = DATED.replace(DATES, LONG)
    said = texts(lstmviz.draw(text, "influence", width="column").scene)
    assert not any(one.startswith("antidis") and one.endswith("…") for one in said)
    assert any("antidisestablishmentarianism-" in one for one in said)
    hours = ", ".join(f"2024-01-01 {hour:02}:00" for hour in range(1, 7))
    said = texts(lstmviz.draw(DATED.replace(DATES, hours), "influence", width="column").scene)
    assert said.count("03:00") == 2  # the row and the column


VECTOR = "input: {batch_size: 4, features: 3}\n"
AGAIN = {
    "dec (N, T, 3)": f"{STEPS}layers: [lstm: 4, last_step, repeat: 5, {{lstm: 4, name: dec}}, linear: 3]\n",
    "dec (N, T₂, 3)": f"{STEPS}layers: [lstm: 4, last_step, repeat: 7, {{gru: 4, name: dec}}, linear: 3]\n",
    "lstm (T, N, 2)": f"{VECTOR}layers: [repeat: 5, lstm: 4, linear: 2]\n",
    "gru (N, 2)": (
        f"{VECTOR}layers: [repeat: 5, gru: {{hidden_size: 4, bidirectional: true}}, last_step, linear: 2]\n"
    ),
}


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", AGAIN)
def test_what_stands_on_a_layer_that_reads_a_repeated_vector_is_drawn(name, kind):
    """A vector has no steps, and what repeats it has: they go on from there."""
    model, (of, shape) = AGAIN[name], name.split(" ", 1)
    of_it = f"kind: {kind}, of: {of}"
    proven(f"{model}figures: [{{{of_it}}}, {{{of_it}, detail: low, name: bare}}]\n")
    scene = lstmviz.draw(model, kind, of=of).scene
    said = [*texts(scene), *(node.label.text for node in scene.nodes if node.label)]
    assert any(one.startswith(f"y {shape} = ") for one in said) or ("y" in said and shape in " ".join(said))
    assert any(one.startswith("Linear") for one in said)
