"""The layer `village`, with the report's people, support and sanitation figures shared out."""

from __future__ import annotations

import numpy as np
from geopandas import GeoDataFrame

from geo_rv.demo.frames import make_layer, share_out
from geo_rv.demo.grid import Floats
from geo_rv.demo.scene import Scene

PEOPLE_PER_HOUSE = 3.4
FOLLOWS = {
    "poverty_people": "poverty_households",
    "monitored_households": "poverty_households",
    "monitored_people": "monitored_households",
    "risk_open_households": "monitored_households",
    "risk_open_people": "risk_open_households",
    "risk_removed_households": "monitored_households",
    "risk_removed_people": "risk_removed_households",
    "work_trips": "poverty_people",
    "travel_subsidy_people": "work_trips",
    "travel_subsidy_wan": "travel_subsidy_people",
    "grant_people": "poverty_people",
    "grant_wan": "grant_people",
    "public_jobs": "poverty_households",
    "sanitation_wan": "people",
    "cleaners": "people",
    "dry_latrines_removed": "households",
    "household_toilets_built": "dry_latrines_removed",
}
"""Each figure is shared out among the villages as another one is: where there is none of the
second, there is none of the first."""
GROWS_FROM = {
    "travel_subsidy_people_2021_2023": "travel_subsidy_people",
    "travel_subsidy_wan_2021_2023": "travel_subsidy_wan",
}
"""A figure over several years, and the one of the last year that it contains."""
STATIONED = {"refuse_trucks": (0, 7, 12), "hook_trucks": (0, 11)}
"""The places in the plan's order of villages where trucks stand."""


def draw_villages(scene: Scene) -> GeoDataFrame:
    """Return the layer `village`."""
    units = scene.plan.villages
    figures = scene.figures
    generator = scene.plan.start_generator("people")
    houses = np.zeros(len(units))
    np.add.at(houses, [h.village - 1 for h in scene.hamlets], [h.houses for h in scene.hamlets])
    # people live in half of the houses and a little more: the young have left
    counts: dict[str, Floats] = {"households": np.round(houses * 0.95)}
    counts["people"] = np.round(counts["households"] * PEOPLE_PER_HOUSE)
    poor = counts["households"] * generator.uniform(0.7, 1.3, len(units))
    counts["poverty_households"] = share_out(figures["poverty_households"], poor)
    for name, leader in FOLLOWS.items():
        counts[name] = share_out(figures[name], counts[leader], step=_find_step(name))
    for name, part in GROWS_FROM.items():
        rest = figures[name] - figures[part]
        counts[name] = counts[part] + share_out(rest, counts["work_trips"], step=_find_step(name))
    for name, places in STATIONED.items():
        stationed = np.isin(np.arange(len(units)), places)
        counts[name] = share_out(figures[name], stationed.astype(float))
    columns = {name: values.round(2) for name, values in counts.items()}
    columns["id"] = np.array([unit.code for unit in units])
    columns["name"] = np.array([unit.name for unit in units])
    return make_layer(scene, "village", scene.villages, columns)


def _find_step(name: str) -> float:
    return 0.01 if "_wan" in name else 1.0
