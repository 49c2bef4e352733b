import numpy as np
import pytest
import shapely

from geo_rv.analysis.reconcile import reconcile_report
from geo_rv.analysis.summary import summarise_layers
from geo_rv.catalogue import load_catalogue
from geo_rv.figures import AnnualReport, Contradiction, Figure, load_report
from geo_rv.messages import Text, load_messages


def same(text):
    return Text(zh=text, en=text)


def make_figure(name, value, *, layer="burial", measure="count", comparison="equal"):
    return Figure(name, "theme", same(name), same("unit"), layer, measure, value, comparison)


def make_report(*figures, contradictions=()):
    return AnnualReport(
        name="2023",
        title=same("report"),
        note=same("note"),
        town="421381107",
        year=2023,
        themes={"theme": same("theme")},
        figures=figures,
        contradictions=contradictions,
    )


@pytest.fixture
def summaries(kit):
    """Return three burials with 12 plots and 15.58 m2 in all."""
    burials = kit.frame(
        "burial",
        [shapely.Point(0, 0)] * 3,
        plots=[5, 7, None],
        area_m2=[10.1, 5.4800000001, np.nan],
    )
    return summarise_layers({"burial": burials}, kit.catalogue)


def reconcile(kit, summaries, *figures, contradictions=()):
    return reconcile_report(
        summaries, make_report(*figures, contradictions=contradictions), kit.catalogue
    )


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (make_figure("f", 3), (3, 0, "equal")),
        (make_figure("f", 4), (3, -1, "differs")),
        (make_figure("f", 15.58, measure="area_m2"), (15.58, 0, "equal")),
        (make_figure("f", 15.57, measure="area_m2"), (15.58, 0.01, "differs")),
        (make_figure("f", 12, measure="plots", comparison="at_least"), (12, 0, "at_least_met")),
        (make_figure("f", 10, measure="plots", comparison="at_least"), (12, 2, "at_least_met")),
        (make_figure("f", 13, measure="plots", comparison="at_least"), (12, -1, "differs")),
        (make_figure("f", None), (3, None, "no_figure")),
        (make_figure("f", 5, layer="road", measure="length_km"), (None, None, "layer_missing")),
        (make_figure("f", None, layer="road", measure="length_km"), (None, None, "layer_missing")),
    ],
)
def test_a_figure_is_told_beside_the_maps(kit, summaries, figure, expected):
    (row,) = reconcile(kit, summaries, figure).rows
    map_value, difference, status = expected
    assert row.status == status
    assert row.map_value == (None if map_value is None else pytest.approx(map_value, abs=1e-6))
    assert row.difference == difference
    assert row.report_value == figure.value
    assert row.measure.name == figure.measure


def test_a_contradiction_marks_its_figures_only_where_the_map_differs(kit, summaries):
    figures = [
        make_figure("part", 3),
        make_figure("other", 10),
        make_figure("total", 12, measure="plots"),
        make_figure("apart", 5),
    ]
    dispute = Contradiction("sum", same("sum"), ("part", "other"), "total", "sum_equals", same("!"))
    found = reconcile(kit, summaries, *figures, contradictions=(dispute,))
    assert [row.status for row in found.rows] == ["equal", "contradicted", "equal", "differs"]
    (row,) = found.contradictions
    assert (row.parts_value, row.total_value, row.difference, row.holds) == (13, 12, 1, True)


@pytest.mark.parametrize(
    ("relation", "parts", "total", "holds"),
    [
        ("sum_equals", 12, 12, False),
        ("sum_equals", 11, 12, True),
        ("at_most", 11, 12, False),
        ("at_most", 13, 12, True),
    ],
)
def test_a_contradiction_that_a_corrected_report_no_longer_has_marks_nothing(
    kit, summaries, relation, parts, total, holds
):
    figures = [make_figure("part", parts), make_figure("total", total)]
    row = Contradiction("c", same("c"), ("part",), "total", relation, same("!"))
    found = reconcile(kit, summaries, *figures, contradictions=(row,))
    assert found.contradictions[0].holds is holds
    assert {row.status for row in found.rows} == {"contradicted" if holds else "differs"}


def test_the_shipped_report_finds_its_own_contradictions():
    catalogue = load_catalogue()
    found = reconcile_report((), load_report("2023", catalogue), catalogue)
    assert {row.status for row in found.rows} == {"layer_missing"}
    told = {(row.parts_value, row.total_value, row.difference) for row in found.contradictions}
    assert told == {(114, 111, 3), (307, 342, -35), (15_000, 13_200, 1_800)}
    assert all(row.holds for row in found.contradictions)


def test_each_status_has_a_title():
    titled = {key for key in load_messages() if key.startswith("reconcile_status.")}
    statuses = (
        "equal", "at_least_met", "differs", "contradicted", "no_figure", "layer_missing",
    )  # fmt: skip
    assert titled == {f"reconcile_status.{status}" for status in statuses}
