"""The layer `land_transfer`: who took over which land for which crop, as the report counts it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from geopandas import GeoDataFrame

from geo_rv.demo.frames import LAND_EDITION, make_layer, name_villages, share_out
from geo_rv.demo.grid import Flags, Floats
from geo_rv.demo.ground import Use
from geo_rv.demo.register import Parcels, Register
from geo_rv.demo.scene import Scene

LAND_CODES = {
    "ginger": "0103",
    "camellia": "0204",
    "rice": "0101",
    "greenhouse": "0103",
    "orchard": "0201",
    "forest_fruit": "0201",
}
FREE_MU = {"greenhouse": 62.0, "orchard": 85.0, "pond": 46.0}
"""Areas that the report does not tell; orchard and pond for each of some villages."""
STRAYING = ((4, 0.08), (11, 0.07), (23, 0.11))
"""Hill parcels, counted by size, whose contract is too large by this share; the next larger
one's is too small by as much."""
TERMS = (3, 5, 10, 15, 20, 30)
TERM_SHARES = (0.04, 0.16, 0.3, 0.2, 0.2, 0.1)


class Crops:
    """The crops one after the other, each on ground that those before have left."""

    def __init__(self, scene: Scene, register: Register) -> None:
        self.scene, self.register = scene, register
        self.generator = scene.plan.start_generator("crops")
        land = register.land
        self.is_field: Flags = land.use == Use.FIELD
        self.is_slope: Flags = land.use == Use.SLOPE
        self.codes = {unit.code: number for number, unit in enumerate(scene.plan.villages, start=1)}
        self.names = {number: unit.name for number, unit in enumerate(scene.plan.villages, start=1)}

    def find_village(self, industry: str) -> tuple[int, Floats]:
        """Return the number of the village of `industry`, and the place of its seat."""
        number = self.codes[self.scene.plan.industries[industry]]
        seats = (h.place for h in self.scene.hamlets if h.is_seat and h.village == number)
        return number, next(seats)

    def lease(self, industry: str, suits: Flags, mu: float, **columns: Any) -> Parcels:
        """Return parcels of `mu` for an industry of one village, round the village's seat."""
        number, seat = self.find_village(industry)
        picked = self.register.pick(suits & (self.register.land.village == number), seat, mu)
        columns.setdefault("lessee", f"{self.names[number]}{columns.pop('called')}（示意）")
        return self.register.fit(picked, mu, crop=industry, **columns)

    def lease_ginger(self) -> list[Parcels]:
        """Return the demonstration base, and the rest of the village's ginger."""
        figures = self.scene.figures
        area_mu = self.register.area_mu
        terms = {"lessee_type": "cooperative", "terrain": "dry", "called": "小黄姜专业合作社"}
        base_mu = figures["ginger_base_mu"]
        fits = self.is_field & (area_mu > 1.15 * base_mu) & (area_mu < 1.8 * base_mu)
        base = self.lease(
            "ginger",
            fits,
            base_mu,
            base=True,
            invested_wan=figures["ginger_base_invested"],
            profit_wan=figures["ginger_base_profit"] + 2,
            name="小黄姜示范基地",
            **terms,
        )
        rest = figures["ginger_mu"] - base_mu
        return [base, self.lease("ginger", self.is_field & (area_mu > 8), rest, **terms)]

    def lease_camellia(self) -> Parcels:
        """Return the camellia of one village: a company's, and not a co-operative's."""
        figures = self.scene.figures
        parcels = self.lease(
            "camellia",
            self.is_slope & (self.register.area_mu > 15),
            figures["camellia_mu"],
            lessee_type="company",
            terrain="hill",
            called="油茶产业公司",
            remark="报告只说“一个村”，所在村为示意",
        )
        shares = parcels.contract_mu
        parcels.columns["households"] = share_out(figures["camellia_households"], shares)
        parcels.columns["income_wan"] = share_out(figures["camellia_income"] + 4, shares, step=0.01)
        return parcels

    def lease_hills(self) -> Parcels:
        """Return the hill land that the villages' co-operative companies took over."""
        scene, register = self.scene, self.register
        avoided = self.codes[scene.plan.industries["camellia"]]
        large = self.is_slope & (register.area_mu > 25) & (register.area_mu < 320)
        numbers = [n for n in self.names if n not in (1, avoided)]
        ground = np.array(
            [register.area_mu[large & (register.land.village == n)].sum() for n in numbers]
        )
        picked = []
        for number, quota in zip(numbers, share_out(scene.figures["hill_mu"], ground), strict=True):
            suits = large & (register.land.village == number)
            middle = register.middles[self.generator.choice(np.flatnonzero(suits))]
            picked.append(register.pick(suits, middle, quota))
        parcels = register.fit(np.concatenate(picked), scene.figures["hill_mu"])
        count = len(parcels.shapes)
        kinds = ["forest_fruit", "orchard", "other"]
        remarks = np.full(count, "", dtype=object)
        income = share_out(scene.figures["hill_income"], parcels.contract_mu, step=0.01)
        _let_stray(parcels.contract_mu, remarks)
        columns = {
            "crop": self.generator.choice(kinds, count, p=[0.5, 0.2, 0.3]),
            "lessee": [f"{self.names[n]}合作公司（示意）" for n in parcels.village],
            "lessee_type": "cooperative",
            "terrain": "hill",
            "income_wan": income,
            "remark": remarks,
        }
        return Parcels(parcels.shapes, parcels.village, parcels.contract_mu, columns)

    def lease_others(self) -> list[Parcels]:
        """Return rice and greenhouses of one village each, and some orchards and ponds."""
        figures, land = self.scene.figures, self.register.land
        area_mu = self.register.area_mu
        low = self.is_field & (land.rise < 5) & (area_mu > 12)
        rice = self.lease(
            "rice",
            low,
            figures["rice_mu"],
            lessee_type="household",
            terrain="paddy",
            called="种粮大户",
        )
        rice.columns["income_wan"] = share_out(figures["rice_income"], rice.contract_mu, step=0.01)
        greenhouse = self.lease(
            "greenhouse",
            self.is_field & (area_mu > 12),
            FREE_MU["greenhouse"],
            lessee_type="company",
            terrain="dry",
            called="茄子大棚公司",
        )
        share = share_out(figures["greenhouse_share"], greenhouse.contract_mu, step=0.01)
        greenhouse.columns["invested_wan"] = share
        plots = [rice, greenhouse]
        for crop, terrain, size, villages in (
            ("orchard", "dry", (area_mu > 10) & (land.rise > 4), (2, 8, 9, 14)),
            ("pond", "paddy", (area_mu > 8) & (area_mu < 30) & (land.rise < 5), (3, 4, 5, 10, 12)),
        ):
            for number in villages:
                suits = self.is_field & size & (land.village == number)
                middle = self.register.middles[self.generator.choice(np.flatnonzero(suits))]
                picked = self.register.pick(suits, middle, FREE_MU[crop])
                lessee = f"{self.names[number]}种养大户（示意）"
                terms = {"crop": crop, "lessee": lessee, "lessee_type": "household"}
                plots.append(self.register.fit(picked, FREE_MU[crop], terrain=terrain, **terms))
        return plots


def _let_stray(contract_mu: Floats, remarks: np.ndarray) -> None:
    """Make some contracts wrong, in pairs that keep the sum, and say so in their remarks."""
    order = np.argsort(contract_mu, kind="stable")
    for place, share in STRAYING:
        one, other = order[place], order[place + 1]
        amount = round(share * contract_mu[other], 1)
        contract_mu[one] = round(contract_mu[one] + amount, 1)
        contract_mu[other] = round(contract_mu[other] - amount, 1)
        remarks[one] = f"合同面积有意多写{amount}亩，供核查演示"
        remarks[other] = f"合同面积有意少写{amount}亩，供核查演示"


def draw_transfers(scene: Scene, register: Register) -> GeoDataFrame:
    """Return the layer `land_transfer`; the pieces it stands on are marked in `register`."""
    crops = Crops(scene, register)
    plots = [
        *crops.lease_ginger(),
        crops.lease_camellia(),
        crops.lease_hills(),
        *crops.lease_others(),
    ]
    counts = [len(plot.shapes) for plot in plots]
    total = sum(counts)
    table: dict[str, Any] = {
        name: np.full(total, None, dtype=object)
        for name in sorted({name for plot in plots for name in plot.columns})
    }
    ends = np.cumsum(counts)
    for plot, end, count in zip(plots, ends, counts, strict=True):
        for name, values in plot.columns.items():
            table[name][end - count : end] = values
    village = np.concatenate([plot.village for plot in plots])
    remarks = ["" if remark is None else str(remark) for remark in table.pop("remark")]
    table["base"] = [bool(base) for base in table["base"]]
    table |= {
        "village": name_villages(scene, village),
        "contract_mu": np.concatenate([plot.contract_mu for plot in plots]),
        "contract_no": [f"示意-LZ-{number:04d}" for number in range(1, total + 1)],
        "lessor": [f"{crops.names[number]}村民委员会（示意）" for number in village],
        "land_code": [LAND_CODES.get(crop) for crop in table["crop"]],
        "land_edition": LAND_EDITION,
        **_draw_terms(crops.generator, total),
    }
    shapes = np.concatenate([plot.shapes for plot in plots])
    return make_layer(scene, "land_transfer", shapes, table, remarks=remarks)


def _draw_terms(generator: np.random.Generator, count: int) -> dict[str, list[date]]:
    """Return the first and the last day of each contract."""
    starts = generator.integers(2015, 2024, count)
    terms = generator.choice(TERMS, count, p=TERM_SHARES)
    return {
        "start_on": [date(int(year), 1, 1) for year in starts],
        "end_on": [
            date(int(year + term - 1), 12, 31) for year, term in zip(starts, terms, strict=True)
        ],
    }
