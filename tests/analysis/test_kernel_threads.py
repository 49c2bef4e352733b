"""The same answer however many work on it, and however many ask."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely

from geo_rv import parallel
from geo_rv.analysis import nearest
from geo_rv.analysis.ground import Ground
from geo_rv.analysis.setback import check_point, check_sites
from geo_rv.analysis.shapes import take_apart


def draw_sites(rng, count):
    places = rng.uniform((113.8, 31.8), (113.9, 31.9), (count, 2))
    points = shapely.points(places)
    faces = shapely.buffer(points, rng.uniform(1e-5, 1e-3, count), quad_segs=2)
    return np.where(rng.random(count) < 0.7, points, faces)


def draw_features(rng, count):
    lines = [
        shapely.LineString(
            rng.uniform((113.8, 31.8), (113.9, 31.9))
            + np.cumsum(rng.normal(0, 3e-4, (size, 2)), axis=0)
        )
        for size in rng.integers(2, 60, count)
    ]
    return np.concatenate([lines, draw_sites(rng, count)])


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(1)
    return take_apart(draw_sites(rng, 5000)), take_apart(draw_features(rng, 400))


@pytest.mark.parametrize("cores", [1, 2, 3, 8])
def test_any_number_of_cores_finds_the_same(drawn, cores, monkeypatch):
    sites, features = drawn
    widths = np.linspace(0, 40, features.count) * features.is_line
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: 1)
    alone = nearest.find_nearest(sites, features, half_widths_m=widths)
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: cores)
    together = nearest.find_nearest(sites, features, half_widths_m=widths)
    assert together.feature.tolist() == alone.feature.tolist()
    assert together.distance_m == pytest.approx(alone.distance_m, abs=2e-6)
    apart = alone.distance_m > 0
    assert together.segment[apart] == pytest.approx(alone.segment[apart], abs=1e-9)


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 511, 512, 513, 1000])
def test_no_site_is_left_out_between_two_parts(drawn, count, monkeypatch):
    sites, features = drawn
    some = sites.select(np.arange(sites.count) < count)
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: 8)
    found = nearest.find_nearest(some, features)
    assert (found.feature >= 0).all()
    assert len(found.feature) == count
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: None)
    assert nearest.find_nearest(some, features).feature.tolist() == found.feature.tolist()


@pytest.mark.parametrize("cores", [1, 2, 8])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 1000, 12_345])
def test_work_is_split_without_gap_or_overlap(cores, count, monkeypatch):
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: cores)
    done = []
    parallel.split_work(count, lambda first, last: done.append((first, last)), least=1)
    covered = [number for first, last in done for number in range(first, last)]
    assert sorted(covered) == list(range(count))


def test_what_goes_wrong_in_a_thread_is_told(monkeypatch):
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: 4)

    def work(first, _last):
        if first > 50:
            raise ValueError(first)

    with pytest.raises(ValueError, match=r"\d+"):
        parallel.split_work(100, work, least=1)


def make_ground(kit):
    rng = np.random.default_rng(2)
    reach = 1500

    def frame(kind, geometries, **columns):
        ids = {"id": [f"{number:04}" for number in range(len(geometries))]}
        return kit.frame(kind, geometries, **{**ids, **columns})

    lines = [
        shapely.LineString(rng.uniform(-reach, reach, (rng.integers(2, 30), 2))) for _ in range(60)
    ]
    layers = {
        "burial": frame("burial", shapely.points(rng.uniform(-reach, reach, (600, 2)))),
        "road": frame("road", lines, **{"class": rng.choice(["main", "lane"], 60)}),
        "zone": frame(
            "zone",
            [shapely.Point(place).buffer(90) for place in rng.uniform(-reach, reach, (40, 2))],
        ),
    }
    return Ground.of_frames(layers, kit.catalogue, kit.plane)


def list_rules(kit):
    return [
        kit.rule("within", kit.case(layer="road", limit=50), rule_id="near", from_edge=True),
        kit.rule(
            "within", kit.case(layer="road", where={"class": ("main",)}, limit=50), rule_id="main"
        ),
        kit.rule("intersects", kit.case(layer="zone"), rule_id="in"),
        kit.rule("overlaps", kit.case(layer="zone", limit=1), rule_id="over"),
    ]


@pytest.mark.parametrize("attempt", range(3))
def test_one_ground_answers_many_at_once_as_it_answers_one(kit, attempt):
    book = kit.book(*list_rules(kit))
    expected = check_sites(make_ground(kit), book, as_of=kit.day)
    asked_alone = check_point(make_ground(kit), book, lon=113.86, lat=31.85, as_of=kit.day)
    ground = make_ground(kit)
    barrier = threading.Barrier(6)

    def ask(number):
        barrier.wait()
        if number % 2:
            return check_point(ground, book, lon=113.86, lat=31.85, as_of=kit.day)
        return check_sites(ground, book, as_of=kit.day)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    for number, answer in enumerate(answers):
        assert answer.equals(asked_alone if number % 2 else expected), attempt


def test_what_was_repaired_can_be_asked_while_others_check(kit):
    ground = make_ground(kit)
    ground.find("road")
    stop = threading.Event()
    problems = []

    def ask():
        while not stop.is_set():
            try:
                assert ground.repaired == {}
            except RuntimeError as problem:
                problems.append(problem)

    asking = threading.Thread(target=ask)
    asking.start()
    for number in range(1500):
        ground.find("road", {"class": (f"{number}",)})
    stop.set()
    asking.join()
    assert problems == []
