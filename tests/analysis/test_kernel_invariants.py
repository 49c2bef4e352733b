"""What must not change an answer, or only one way."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_rv.analysis.boxtree import NONE
from geo_rv.analysis.nearest import find_nearest
from geo_rv.analysis.paths import CHUNK
from geo_rv.analysis.shapes import take_apart

LON, LAT = 115.5, 31.85
SAME_M = 2e-6
"""Two distances that differ by less are one to the kernel."""
offsets = st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02))
points = offsets.map(lambda offset: shapely.Point(LON + offset[0], LAT + offset[1]))
# 15, 16, 17, 31, 32, 33 vertices and edges lie beside the borders of chunks
sizes = st.sampled_from([2, 3, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])
seeds = st.integers(0, 10_000)


def draw_line(seed, size, start):
    """Return a line that wanders from a place."""
    steps = np.random.default_rng(seed).normal(0, 5e-4, (size, 2))
    steps[0] = 0
    return shapely.LineString(shapely.get_coordinates(start) + np.cumsum(steps, axis=0))


def draw_face(seed, size, start):
    """Return a star-shaped polygon round a place, with a hole."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, max(size, 3), endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * rng.uniform(1, 3, (len(angles), 1))
    middle = shapely.get_coordinates(start)
    return shapely.Polygon(middle + ring * 1e-3, [middle + ring * 3e-4])


lines = st.builds(draw_line, seeds, sizes, points)
faces = st.builds(draw_face, seeds, sizes, points)
anything = st.one_of(points, lines, faces)
several = st.lists(anything, min_size=1, max_size=8)


def measure(sites, features, **options):
    return find_nearest(take_apart(sites), take_apart(features), **options)


def distances(sites, features):
    return measure(sites, features).distance_m


@settings(deadline=None)
@given(anything, anything)
def test_there_is_as_far_as_back(some, other):
    assert distances([some], [other]) == pytest.approx(distances([other], [some]), abs=1e-4)


@settings(deadline=None)
@given(several, several, st.floats(-200, 60))
def test_a_step_along_the_parallel_changes_nothing(sites, features, step):
    moved = [
        [shapely.transform(each, lambda degrees: degrees + np.array([step, 0])) for each in drawn]
        for drawn in (sites, features)
    ]
    # longitudes have fewer digits after the point, the further from Greenwich
    assert distances(*moved) == pytest.approx(distances(sites, features), abs=1e-5)


@settings(deadline=None)
@given(several, several, anything)
def test_one_feature_more_is_never_further(sites, features, added):
    before = distances(sites, features)
    assert (distances(sites, [*features, added]) <= before + SAME_M).all()
    assert (distances(sites, [added, *features]) <= before + SAME_M).all()


@settings(deadline=None)
@given(several, several)
def test_the_nearest_of_many_is_the_nearest_one_by_one(sites, features):
    found = measure(sites, features)
    single = np.array([distances(sites, [feature]) for feature in features])
    assert found.distance_m == pytest.approx(single.min(axis=0), abs=SAME_M)
    # of features at the same distance, the first
    first = np.argmax(single <= single.min(axis=0) + SAME_M, axis=0)
    ties = np.count_nonzero(single <= single.min(axis=0) + 3 * SAME_M, axis=0) > 1
    assert (found.feature == first)[~ties].all()
    touched = single.min(axis=0) == 0
    # one that is a hair off may come before the first that is touched
    first_touched = np.argmax(single == 0, axis=0)
    assert (found.feature == first_touched)[touched].all()


@settings(deadline=None)
@given(several, several, st.integers(0, 6))
def test_sites_do_not_hear_of_each_other(sites, features, shift):
    found = distances(sites, features)
    order = np.roll(np.arange(len(sites)), shift)
    assert distances([sites[each] for each in order], features) == pytest.approx(
        found[order], abs=SAME_M
    )
    assert [distances([site], features)[0] for site in sites] == pytest.approx(found, abs=SAME_M)


@settings(deadline=None)
@given(several, seeds, st.sampled_from([2, 15, 16, 17, 18, 31, 32, 33, 34, 49, 65]), points)
def test_a_line_is_its_pieces(sites, seed, size, start):
    line = draw_line(seed, size, start)
    whole = distances(sites, [line])
    coordinates = shapely.get_coordinates(line)
    for cut in {1, size // 2, CHUNK - 1, CHUNK, CHUNK + 1, size - 2} & set(range(1, size - 1)):
        halves = shapely.linestrings(coordinates[: cut + 1]), shapely.linestrings(coordinates[cut:])
        assert distances(sites, halves) == pytest.approx(whole, abs=SAME_M)
    edges = shapely.linestrings(np.stack([coordinates[:-1], coordinates[1:]], axis=1))
    assert distances(sites, edges) == pytest.approx(whole, abs=SAME_M)
    # and as a site
    for site in sites:
        apart = distances(edges, [site]).min()
        assert distances([line], [site])[0] == pytest.approx(apart, abs=1e-4)


@settings(deadline=None)
@given(several, st.lists(st.one_of(lines, faces), min_size=1, max_size=4), st.integers(1, 32))
def test_where_and_which_way_a_path_begins_changes_nothing(sites, features, turn):
    def wind(ring):
        corners = shapely.get_coordinates(ring)[:-1]
        corners = np.roll(corners, turn, axis=0)
        return shapely.LinearRing(corners)

    turned = [
        shapely.Polygon(wind(each.exterior), [wind(hole) for hole in each.interiors])
        if each.geom_type == "Polygon"
        else each
        for each in features
    ]
    whole = distances(sites, features)
    for changed in (turned, shapely.reverse(features), shapely.orient_polygons(features)):
        assert distances(sites, changed) == pytest.approx(whole, abs=SAME_M)
        assert distances(changed, sites) == pytest.approx(distances(features, sites), abs=1e-4)


@settings(deadline=None)
@given(several, several, st.integers(0, 10_000))
def test_half_widths_come_off_before_distances_compare(sites, features, seed):
    rng = np.random.default_rng(seed)
    # only a line has an edge beside it
    is_line = np.array([each.geom_type != "Polygon" for each in features])
    widths = is_line * rng.choice([0, 3, 20, 150, 2500], len(features)).astype(float)
    found = measure(sites, features, half_widths_m=widths)
    single = np.array([distances(sites, [feature]) for feature in features])
    reached = np.maximum(single - widths[:, np.newaxis], 0)
    rows = np.arange(len(sites))
    assert np.maximum(found.distance_m - widths[found.feature], 0) == pytest.approx(
        reached.min(axis=0), abs=SAME_M
    )
    assert reached[found.feature, rows] == pytest.approx(reached.min(axis=0), abs=SAME_M)
    # the distance told is that to the line, not to its edge
    assert found.distance_m == pytest.approx(single[found.feature, rows], abs=SAME_M)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(anything, st.none()), max_size=6), several)
def test_sites_without_geometry_leave_the_others_alone(sites, features):
    found = measure(sites, features)
    present = np.array([site is not None for site in sites], dtype=bool)
    assert (found.feature == NONE).tolist() == (~present).tolist()
    assert np.isnan(found.distance_m).tolist() == (~present).tolist()
    alone = distances([site for site in sites if site is not None], features)
    assert found.distance_m[present] == pytest.approx(alone, abs=SAME_M)
