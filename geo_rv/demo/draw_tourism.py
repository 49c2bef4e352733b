"""The layers tourism_route and tourism_site."""

from __future__ import annotations

import numpy as np
import shapely
from geopandas import GeoDataFrame

from geo_rv.demo.frames import make_layer
from geo_rv.demo.routes import follow_edges
from geo_rv.demo.scene import Scene
from geo_rv.errors import InconsistentData

ROUTE_ROADS = ("national", "provincial", "county", "township", "village")


def find_route_villages(scene: Scene) -> list[int]:
    """Return the numbers of the villages that the red-tourism route runs through, in its order."""
    codes = [unit.code for unit in scene.plan.villages]
    return [codes.index(code) + 1 for code in scene.plan.tourism.villages]


def draw_route(scene: Scene) -> GeoDataFrame:
    """Return the layer `tourism_route`: along roads from seat to seat, in its villages only."""
    villages = find_route_villages(scene)
    seats = {hamlet.village: hamlet.place for hamlet in scene.hamlets if hamlet.is_seat}
    ours = shapely.union_all(scene.villages[[number - 1 for number in villages]])
    shapely.prepare(ours)
    edges = np.vstack(
        [
            np.stack([road.line[:-1], road.line[1:]], axis=1)
            for road in scene.roads.roads
            if road.road_class in ROUTE_ROADS
        ]
    )
    inside = shapely.contains_properly(ours, shapely.linestrings(edges))
    try:
        route = follow_edges(edges[inside], [seats[number] for number in villages])
    except LookupError as error:
        codes = ", ".join(scene.plan.tourism.villages)
        raise InconsistentData(file="town.toml", key="tourism.villages", problem=codes) from error
    columns = {
        "name": [scene.plan.tourism.name],
        "theme": ["red"],
        "invested_wan": [scene.figures["tourism_invested"]],
        "visitors": [scene.figures["visitors"] + 5000],
    }
    return make_layer(scene, "tourism_route", [shapely.LineString(route)], columns)


def draw_sites(scene: Scene, route: GeoDataFrame) -> GeoDataFrame:
    """Return the layer `tourism_site`: beside the route, and some off it in other villages."""
    generator = scene.plan.start_generator("tourism")
    line = route.geometry.to_crs(scene.plane).iloc[0]
    sites = scene.plan.tourism.sites
    points = []
    for site in sites:
        village = scene.villages[[u.code for u in scene.plan.villages].index(site.village)]
        stretch = shapely.intersection(line, village)
        if site.on_route:
            parts = [part for part in shapely.get_parts(stretch) if part.length > 0]
            longest = max(parts, key=shapely.length)
            place = shapely.line_interpolate_point(longest, site.along, normalized=True)
            points.append(_step_aside(generator, scene, place, village))
        else:
            points.append(_find_summit(scene, village))
    columns = {
        "name": [site.name for site in sites],
        "type": [site.type for site in sites],
        "on_route": [site.on_route for site in sites],
        "village": [site.village for site in sites],
    }
    return make_layer(scene, "tourism_site", points, columns)


def _step_aside(
    generator: np.random.Generator, scene: Scene, place: shapely.Point, village: shapely.Geometry
) -> shapely.Point:
    """Return a dry point within a few steps of `place` in `village`."""
    beds = shapely.union_all(scene.beds)
    for _ in range(60):
        moved = shapely.Point(np.array(place.coords[0]) + generator.normal(0, 45, 2))
        if village.contains(moved) and moved.distance(beds) > 10:
            return moved
    return place


def _find_summit(scene: Scene, village: shapely.Geometry) -> shapely.Point:
    """Return the highest cell well inside `village`."""
    east, north = scene.terrain.grid.centres
    inner = shapely.buffer(village, -250)
    inside = shapely.contains_xy(inner, east, north)
    cell = int(np.where(inside, scene.terrain.heights, -np.inf).argmax())
    return shapely.Point(scene.terrain.grid.locate(np.array([cell]))[0])
