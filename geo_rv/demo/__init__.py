"""A whole township made in code: real villages and codes, the report's figures, invented ground."""

from __future__ import annotations

from geopandas import GeoDataFrame

from geo_rv.demo.draw_burials import draw_burials, draw_cemeteries
from geo_rv.demo.draw_land import (
    clear_corridors,
    draw_basic_farmland,
    draw_fields,
    draw_forest,
    draw_redline,
    draw_residential,
)
from geo_rv.demo.draw_livelihood import (
    draw_facilities,
    draw_projects,
    draw_resettlement,
    draw_stations,
)
from geo_rv.demo.draw_protected import draw_hazards, draw_heritage, draw_scenic_areas
from geo_rv.demo.draw_tourism import draw_route, draw_sites
from geo_rv.demo.draw_traffic import draw_power_lines, draw_railway, draw_roads
from geo_rv.demo.draw_transfers import draw_transfers
from geo_rv.demo.draw_villages import draw_villages
from geo_rv.demo.draw_water import draw_protection, draw_reservoirs, draw_rivers
from geo_rv.demo.plan import load_plan
from geo_rv.demo.register import Register
from geo_rv.demo.scene import build_scene

__all__ = ["make_town"]


def make_town() -> dict[str, GeoDataFrame]:
    """Return the layer frames of the demo town by their kinds, in EPSG:4490.

    The same frames come out every time. The totals are those of the town's report; shapes,
    positions and names other than the villages' are made up, and each row's remark says so.
    """
    scene = build_scene(load_plan())
    land = clear_corridors(scene)
    register = Register(scene, land)
    transfers = draw_transfers(scene, register)
    forest = draw_forest(scene, land, register.taken)
    route = draw_route(scene)
    return {
        "village": draw_villages(scene),
        "ecological_redline": draw_redline(scene, land, register.taken),
        "forest_land": forest,
        "cultivated_land": draw_fields(scene, land),
        "basic_farmland": draw_basic_farmland(scene, land),
        "residential_area": draw_residential(scene),
        "reservoir": draw_reservoirs(scene),
        "river": draw_rivers(scene),
        "water_protection": draw_protection(scene),
        "scenic_area": draw_scenic_areas(scene),
        "heritage_zone": draw_heritage(scene),
        "hazard_zone": draw_hazards(scene),
        "road": draw_roads(scene),
        "railway": draw_railway(scene),
        "power_line": draw_power_lines(scene),
        "land_transfer": transfers,
        "resettlement_site": draw_resettlement(scene),
        "pv_station": draw_stations(scene),
        "facility": draw_facilities(scene),
        "project": draw_projects(scene),
        "tourism_route": route,
        "tourism_site": draw_sites(scene, route),
        "cemetery": draw_cemeteries(scene),
        "burial": draw_burials(scene, forest),
    }
