"""Input that means harm, or is no text at all: an answer, and soon."""

from __future__ import annotations

import time

import pytest

from lstmviz.errors import SpecError
from lstmviz.spec import load, load_text
from lstmviz.spec.report import to_text

GOOD = "input: {features: 3, timesteps: 5}\nlayers: [lstm: 16]\n"
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}], k{i}: 1}}\n" for i in range(1, 60)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LAUGHS, "too-big"),
        ("a: &a [*a]\n", "syntax"),
        ("a: &a {b: *a}\n", "syntax"),
        (GOOD + "style: " + "[" * 2000 + "\n", "too-big"),
        (GOOD + "style: " + "{a: " * 2000 + "\n", "too-big"),
        ("- " * 5000 + "\n", "too-big"),
        ("? " * 5000 + "\n", "too-big"),
        (GOOD + "style: [" + "1, " * 200_000 + "]\n", "too-big"),
        (GOOD + "title: " + "x" * 2_000_000 + "\n", "too-big"),
        (GOOD + "title: !!python/object/apply:os.system ['true']\n", "unknown-tag"),
        (GOOD + "title: !!python/name:os.system\n", "unknown-tag"),
        (GOOD + "title: !include other.yaml\n", "unknown-tag"),
        (GOOD + "title: !!binary aGVsbG8=\n", "unknown-tag"),
        (GOOD + "style: !!set {a, b}\n", "unknown-tag"),
        (GOOD + "style: !!omap [a: 1]\n", "unknown-tag"),
        (GOOD + "title: !!timestamp 2024-01-01\n", "unknown-tag"),
        (GOOD + "%TAG ! tag:x,2000:\n---\na: 1\n", "syntax"),
        (GOOD + "? [a]\n: b\n", "bad-type"),
        (GOOD + "<<: 3\n", "bad-type"),
        (GOOD + 'title: "a\\0b"\n', "bad-value"),
        (GOOD + 'title: "\\e[31m"\n', "bad-value"),
        (GOOD + 'title: "\\uFFFE"\n', "bad-value"),
        (GOOD + "style: {" + ", ".join(f"k{i}: 1" for i in range(30_000)) + "}\nlayer: 1\n", "unknown-key"),
    ],
    ids=lambda v: v if len(v) < 20 else v[:3] + v[-15:],
)
def test_refused_in_time(text, code):
    start = time.process_time()
    with pytest.raises(SpecError) as caught:
        load_text(text, "a.yaml")
    assert code in {p.code for p in caught.value.problems}
    assert len(to_text(caught.value).splitlines()) <= 40
    assert time.process_time() - start < 5


def test_an_alias_counts_as_what_it_repeats():
    row = ", ".join(["x"] * 99)
    fits = "a: &a [" + row + "]\nb: [" + "*a, " * 990 + "]\n"
    with pytest.raises(SpecError) as caught:
        load_text(fits)
    assert {p.code for p in caught.value.problems} == {"unknown-key", "missing-key"}
    with pytest.raises(SpecError) as caught:
        load_text(fits.replace("*a, ", "*a, *a, ", 10))
    assert {p.code for p in caught.value.problems} == {"too-big"}


def test_many_merges_stay_small():
    with pytest.raises(SpecError):
        load_text(MERGES)


def test_thousands_of_unknown_keys_in_time():
    start = time.process_time()
    with pytest.raises(SpecError) as caught:
        load_text("input: {" + ", ".join(f"featurs{i}: 1" for i in range(10_000)) + "}\nlayers: [relu]\n")
    assert len(caught.value.problems) >= 10_000
    assert time.process_time() - start < 10


def test_thousands_of_wrong_labels_in_time():
    labels = ", ".join(["[]"] * 20_000)
    start = time.process_time()
    with pytest.raises(SpecError) as caught:
        load_text(
            f"input: {{features: 3, timesteps: 20000, axes: {{time: {{labels: [{labels}]}}}}}}\n"
            "layers: [relu]\n"
        )
    assert len(caught.value.problems) == 20_000
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"\xff\xfe\x00", "unreadable", 1, 1),
        (b"input:\n  caf\xe9: 1\n", "unreadable", 2, 6),
        (b"i\0n\0p\0u\0t\0", "syntax", 1, 2),
        (b"\x89PNG\r\n\x1a\n\0\0", "unreadable", 1, 1),
        (b"a: 1\n\x80", "unreadable", 2, 1),
        (b"a: \xed\xa0\x80\n", "unreadable", 1, 4),
        ("a: 1 \u202a\x07".encode(), "syntax", 1, 7),
        (b"", "syntax", 1, 1),
        (b"\xef\xbb\xbf", "syntax", 1, 1),
    ],
)
def test_bytes(tmp_path, data, code, line, column):
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.span.line, problem.span.column) == (code, line, column)


def test_too_big_a_file_is_not_read(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(SpecError) as caught:
        load(path)
    assert [p.code for p in caught.value.problems] == ["too-big"]
    path.write_bytes(GOOD.encode() + b"#" * (1024 * 1024 - len(GOOD)))
    assert load(path).stem == "a"


def test_an_endless_file():
    with pytest.raises(SpecError) as caught:
        load("/dev/zero")
    assert [p.code for p in caught.value.problems] == ["too-big"]


def test_unreadable(tmp_path):
    (tmp_path / "b.yaml").write_text(GOOD, "utf-8")
    for source, hint in [
        (tmp_path, None),
        (tmp_path / "something quite different.txt", None),
        (tmp_path / "a.yaml", f"did you mean '{tmp_path / 'b.yaml'}'?"),
        (tmp_path / "b", f"did you mean '{tmp_path / 'b.yaml'}'?"),
        (tmp_path / "b.yml", f"did you mean '{tmp_path / 'b.yaml'}'?"),
        (tmp_path / "b.yaml" / "c", None),
        ("a\0b", None),
        ("x" * 5000, None),
        ("input: {features: 3}", "a line break"),
        ("", None),
    ]:
        with pytest.raises(SpecError) as caught:
            load(source)
        (problem,) = caught.value.problems
        assert problem.code == "unreadable", source
        assert (hint is None) == (problem.hint is None)
        assert (hint or "") in (problem.hint or "")


def cyclic():
    value = {}
    value["input"] = value
    return value


@pytest.mark.parametrize(
    ("mapping", "code", "path"),
    [
        ({"input": {"features": 3, "timesteps": object()}, "layers": []}, "bad-type", "input.timesteps"),
        ({"input": {1: 3}}, "bad-type", "input"),
        ({"input": {"features": b"3"}}, "bad-type", "input.features"),
        ({"input": {"features": {3}}}, "bad-type", "input.features"),
        (cyclic(), "too-big", ""),
        ({"input": {"features": "3"}, "layers": ["relu"]}, "bad-type", "input.features"),
        ({"input": {"features": True}, "layers": ["relu"]}, "bad-type", "input.features"),
        ({"input": {"features": float("nan")}, "layers": ["relu"]}, "bad-type", "input.features"),
        ({"input": {"features": 3}, "layers": ["relu"], "title": "\ud800"}, "bad-value", "title"),
        ({"input": {"features": 3}, "layers": ["relu"], "title": True}, "bad-type", "title"),
        ({"input": {"features": 10**5000}, "layers": ["relu"]}, "out-of-range", "input.features"),
    ],
)
def test_mappings(mapping, code, path):
    with pytest.raises(SpecError) as caught:
        load(mapping)
    assert [(p.code, p.path, p.span) for p in caught.value.problems] == [(code, path, None)]


def test_equal_mistakes_in_a_mapping_are_all_told():
    with pytest.raises(SpecError) as caught:
        load({"input": {"features": 3}, "layers": [{"linear": {}}, {"linear": {}}]})
    assert [p.path for p in caught.value.problems] == [
        "layers.0.linear.out_features",
        "layers.1.linear.out_features",
    ]


TEXTS = [
    "<&\"'>",
    "a\\b$x^2$ {a} %s",
    "🙂👩‍👩‍👧‍👦",
    "مرحبا",
    "中文标签",
    "x" * 200,
    " spaced ",
    "#hash",
    "- dash",
    "key: value",
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_come_through_unchanged(text):
    import json

    quoted = json.dumps(text, ensure_ascii=False)
    spec = load_text(
        f"title: {quoted}\ninput: {{features: [{quoted}], timesteps: 1, axes: {{time: {quoted}}}}}\n"
        "layers: [relu]\n"
    )
    assert spec.title == spec.input.feature_names[0] == spec.input.axes.time.name == text
