"""What rules ask of land: the widest limit of each feature, and what they cannot be asked."""

from datetime import date

import numpy as np
import shapely

from geo_rv.analysis.ground import Ground
from geo_rv.analysis.limits import list_limits

LINE = shapely.LineString([(0, 0), (100, 0)])


def list_all(kit, layers, *rules, **options):
    ground = Ground.of_frames(layers, kit.catalogue, kit.plane)
    return list_limits(ground, rules, "burial", **options)


def test_the_widest_of_several_limits_counts_for_each_feature(kit):
    road = kit.frame("road", [LINE, LINE, LINE], **{"class": ["main", "lane", None]})
    found = list_all(
        kit,
        {"road": road},
        kit.rule("within", kit.case(layer="road", where={"class": ("main",)}, limit=500)),
        kit.rule("within", kit.case(layer="road", where={"class": ("main", "lane")}, limit=30),
                 from_edge=True),
    )  # fmt: skip
    assert found.kinds == ("road",)
    # 30 m and the usual half-width of 3 m; of the third road nobody knows what it is
    np.testing.assert_array_equal(found.kept[0].reaches_m, [500, 33, np.nan])
    assert found.unasked == ()


def test_what_lies_inside_is_kept_clear_of_by_itself(kit):
    layers = {"zone": kit.frame("zone", [LINE.buffer(5)]), "river": kit.frame("river", [LINE])}
    found = list_all(
        kit,
        layers,
        kit.rule("intersects", kit.case(layer="zone"), rule_id="A"),
        kit.rule("overlaps", kit.case(layer="river", limit=10), rule_id="B"),
    )
    assert [kept.reaches_m.tolist() for kept in found.kept] == [[0], [0]]


def test_certain_land_keeps_the_accuracies_too(kit):
    found = list_all(
        kit,
        {"zone": kit.frame("zone", [LINE.buffer(5)])},
        kit.rule("within", kit.case(layer="zone", limit=100)),
        certain=True,
    )
    assert found.kept[0].reaches_m.tolist() == [100 + 2 + 5]


def test_what_land_cannot_be_asked_is_told(kit):
    layers = {"zone": kit.frame("zone", [])}
    rules = [
        kit.rule("within", kit.case(layer="road", limit=5), kit.case(layer="zone", limit=5),
                 rule_id="A"),
        kit.rule("at_most", kit.case(field="area_m2", limit=4), rule_id="B"),
        kit.rule("intersects", kit.case(layer="zone", subject_where={"burial_type": ("body",)}),
                 rule_id="C"),
        kit.rule("exempt", kit.case(subject_where={"protected": (True,)}), rule_id="D"),
        kit.rule("within", kit.case(layer="river", limit=5), rule_id="E", subjects=("village",)),
        kit.rule("not_within", kit.case(layer="zone"), kit.case(layer="river"), rule_id="F"),
    ]  # fmt: skip
    found = list_all(kit, layers, *rules)
    told = [(each.rule.id, each.reason, each.about) for each in found.unasked]
    assert told == [
        ("A", "layer_missing", "road"),
        ("B", "own_field", "area_m2"),
        ("C", "of_some_sites", "burial_type"),
        ("F", "layer_missing", "river"),
    ]
    assert found.kinds == ("zone",)
    # one of the layers in which land may lie is missing: nobody can say that it does not
    assert found.required == ()


def test_a_rule_of_fields_alone_asks_nothing_of_land(kit):
    rule = kit.rule("present", kit.case(field="approved_on"), valid_from=date(2020, 1, 1))
    found = list_all(kit, {}, rule)
    assert (found.kinds, found.kept, found.required) == ((), (), ())
    assert [each.reason for each in found.unasked] == ["own_field"]
