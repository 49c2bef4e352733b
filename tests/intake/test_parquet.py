"""GeoParquet as others write it: every encoding, the systems it names, and what it may not hold."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_rv.errors import CrsMissing, DatumRefused, SourceError, SourceRefused
from geo_rv.intake import Limits

DATA = Path(__file__).parents[3] / "shared" / "data" / "pyogrio-fixtures" / "pyogrio" / "tests"

SQUARE = shapely.box(113.85, 31.85, 113.851, 31.851)
RING = SQUARE.difference(shapely.box(113.8504, 31.8504, 113.8506, 31.8506))
SHAPES = {
    "burial": [shapely.Point(113.85, 31.85), shapely.Point(113.86, 31.86)],
    "road": [
        shapely.LineString([(113.85, 31.85), (113.86, 31.86), (113.87, 31.85)]),
        shapely.LineString([(113.8, 31.8), (113.81, 31.8)]),
    ],
    "forest_land": [RING, shapely.transform(SQUARE, lambda places: places + 0.01)],
}
MANY = {
    "burial": lambda shape: shapely.MultiPoint([shape]),
    "road": lambda shape: shapely.MultiLineString([shape]),
    "forest_land": lambda shape: shapely.MultiPolygon([shape]),
}


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("kind", SHAPES)
def test_every_encoding_brings_the_same(encoding, version, many, kind, tmp_path, read):
    if encoding == "geoarrow" and version == "1.0.0":
        pytest.skip("1.0 knows well-known binary only")
    shapes = [MANY[kind](shape) for shape in SHAPES[kind]] if many else SHAPES[kind]
    frame = gpd.GeoDataFrame({"id": ["甲", "乙"], "备注": ["一", None]}, geometry=shapes, crs=4490)
    path = tmp_path / f"{kind}.parquet"
    frame.to_parquet(path, geometry_encoding=encoding, schema_version=version)
    oracle = gpd.read_parquet(path).geometry.to_numpy()
    candidate = read(path)
    assert candidate.format == "parquet"
    before = np.concatenate([candidate.before, candidate.refused_shapes])
    assert shapely.equals_identical(before, oracle).all()
    assert candidate.rows_read == 2


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_rows_without_a_geometry_stay_in_their_place(encoding, tmp_path, read):
    shapes = [None, *SHAPES["forest_land"], None]
    frame = gpd.GeoDataFrame({"id": list("abcd")}, geometry=shapes, crs=4490)
    frame.to_parquet(tmp_path / "forest_land.parquet", geometry_encoding=encoding)
    candidate = read(tmp_path / "forest_land.parquet")
    told = {problem.row for problem in candidate.refused if problem.key == "geometry_missing"}
    assert told == {1, 4}


def test_plane_coordinates_come_out_in_degrees(roads, tmp_path, read):
    roads.to_crs(4547).to_parquet(tmp_path / "road.parquet")
    back = read(tmp_path / "road.parquet").frame.geometry
    assert shapely.equals_exact(back.values, roads.geometry.values, 1e-9).all()


def rewrite_meta(path, change):
    table = pq.read_table(path)
    meta = json.loads(table.schema.metadata[b"geo"])
    change(meta["columns"]["geometry"], meta)
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(meta)}), path)


@pytest.fixture
def path(graves, tmp_path):
    graves.to_parquet(tmp_path / "burial.parquet")
    return tmp_path / "burial.parquet"


def test_no_crs_means_longitude_and_latitude(path, read):
    rewrite_meta(path, lambda column, _: column.pop("crs"))
    assert read(path).crs == "WGS 84 (CRS84)"


def test_null_crs_is_unknown(path, read):
    rewrite_meta(path, lambda column, _: column.update(crs=None))
    with pytest.raises(CrsMissing):
        read(path)
    assert len(read(path, crs="EPSG:4490").frame) == 3


def test_old_datum_is_refused(graves, tmp_path, read):
    graves.set_crs(4610, allow_override=True).to_parquet(tmp_path / "burial.parquet")
    with pytest.raises(DatumRefused):
        read(tmp_path / "burial.parquet")


@pytest.mark.parametrize(
    "change",
    [
        lambda column, _: column.update(encoding="twkb"),
        lambda column, _: column.update(crs=7),
        lambda _, meta: meta.update(primary_column="none"),
        lambda _, meta: meta.update(columns=[]),
        lambda _, meta: meta.pop("primary_column"),
    ],
)
def test_metadata_that_is_wrong(change, path, read):
    rewrite_meta(path, change)
    with pytest.raises(SourceRefused, match=r"burial\.parquet"):
        read(path)


def test_plain_parquet_is_told(graves, tmp_path, read):
    graves.drop(columns="geometry").to_parquet(tmp_path / "burial.parquet")
    with pytest.raises(SourceRefused, match="GeoParquet"):
        read(tmp_path / "burial.parquet")


def test_values_of_every_plain_type(tmp_path, read):
    day = dt.date(2024, 3, 20)
    frame = gpd.GeoDataFrame(
        {
            "id": pa.array(["a", "b"]).dictionary_encode().to_pandas(),
            "名称": ["双乡村一号", None],
            "area_m2": [Decimal("0.5"), Decimal("4.25")],
            "安葬日期": [day, day],
            "里面": [[1, 2], [3]],
            "字节": [b"1", b"2"],
        },
        geometry=SHAPES["burial"],
        crs=4490,
    )
    frame.to_parquet(tmp_path / "burial.parquet")
    candidate = read(tmp_path / "burial.parquet")
    assert candidate.frame["area_m2"].tolist() == [0.5, 4.25]
    assert candidate.frame["name"].tolist()[0] == "双乡村一号"
    assert candidate.frame["buried_on"].dt.date.tolist() == [day, day]
    (note,) = [problem for problem in candidate.problems if problem.key == "columns_nested"]
    assert note.facts["count"] == 2


def test_bounds(path, read):
    with pytest.raises(SourceRefused, match="2"):
        read(path, limits=Limits(rows=2))
    with pytest.raises(SourceRefused, match="3"):
        read(path, limits=Limits(columns=3))


class WellKnownBinary(pa.ExtensionType):
    """What Arrow writes as Parquet's own type GEOMETRY."""

    def __init__(self, crs):
        self.crs = crs
        super().__init__(pa.binary(), "geoarrow.wkb")

    def __arrow_ext_serialize__(self):
        return json.dumps({"crs": self.crs} if self.crs else {}).encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, serialized):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("crs", "name"), [(None, "WGS 84 (CRS84)"), ("srid:4490", "China Geodetic Coordinate System")]
)
def test_own_geometry_type_of_parquet(crs, name, tmp_path, read):
    encoded = pa.array(shapely.to_wkb(SHAPES["burial"]), pa.binary())
    column = pa.ExtensionArray.from_storage(WellKnownBinary(crs), encoded)
    path = tmp_path / "burial.parquet"
    pq.write_table(pa.table({"id": ["a", "b"], "places": column}), path)
    kinds = [pq.ParquetFile(path).schema.column(at).logical_type.type for at in range(2)]
    assert kinds[1] == "GEOMETRY", kinds
    candidate = read(path)
    assert candidate.crs.startswith(name)
    assert shapely.equals_identical(candidate.before, SHAPES["burial"]).all()


@pytest.mark.parametrize("name", ["list_field_values_file", "list_nested_struct_file"])
def test_bytes_that_nothing_says_to_be_geometries(name, read):
    path = DATA / "fixtures" / f"{name}.parquet"
    if not path.is_file():
        pytest.skip("pyogrio's fixtures are not here")
    with pytest.raises(SourceRefused, match="GeoParquet"):
        read(path, kind="burial")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("parquet") / "burial.parquet"
    frame = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=SHAPES["burial"], crs=4490)
    frame.to_parquet(path)
    return path


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(4, 3000), rubbish=st.binary(min_size=1, max_size=12), cut=st.booleans())
def test_damaged_files_are_refused_or_read(at, rubbish, cut, whole, read, tmp_path):
    data = bytearray(whole.read_bytes())
    at %= len(data)
    data[at : at + len(rubbish)] = rubbish
    path = tmp_path / "burial.parquet"
    path.write_bytes(data[:at] if cut and at > 4 else data)
    try:
        assert read(path).rows_read == 2
    except SourceError as error:
        assert "burial.parquet" in str(error)  # noqa: PT017 - either is fine, a crash is not
