"""XML made to do harm, in every format that is made of it: refused, and nothing is fetched."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from geo_rv.errors import SourceError
from geo_rv.intake import Limits

KML = """<?xml version="1.0" encoding="UTF-8"?>{doctype}
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{more}<Placemark><name>{entity}</name>
<Point><coordinates>113.8,31.8</coordinates></Point></Placemark></Document></kml>"""
GPX = """<?xml version="1.0" encoding="UTF-8"?>{doctype}
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{more}
<wpt lat="31.8" lon="113.8"><name>{entity}</name></wpt></gpx>"""
ENTITIES = {
    "file": '<!DOCTYPE x [<!ENTITY e SYSTEM "{canary}">]>',
    "network": '<!DOCTYPE x [<!ENTITY e SYSTEM "{address}/e">]>',
    "remote": '<!DOCTYPE x SYSTEM "{address}/x.dtd" [<!ENTITY e "e">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "{address}/p"> %p; <!ENTITY e "e">]>',
    "bomb": "<!DOCTYPE x [<!ENTITY e0 'ha'>"
    + "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 20))
    + "<!ENTITY e '&e19;'>]>",
    "quadratic": "<!DOCTYPE x [<!ENTITY big '" + "ha" * 50_000 + "'><!ENTITY e '&big;&big;'>]>",
}


@pytest.fixture(params=ENTITIES)
def doctype(request, web_server, canary):
    text = ENTITIES[request.param].replace("{address}", web_server[0])
    return text.replace("{canary}", canary.as_uri())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("text", [KML, GPX], ids=["kml", "gpx"])
def test_entities_are_never_resolved(text, encoding, doctype, tmp_path, survive):
    path = tmp_path / "burial.kml"
    written = text.format(doctype=doctype, more="", entity="&e;")
    path.write_bytes(written.replace("UTF-8", encoding.upper()).encode(encoding))
    assert isinstance(survive(path, kind="burial"), SourceError)


def test_entities_in_a_kmz(doctype, tmp_path, survive):
    path = tmp_path / "burial.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", KML.format(doctype=doctype, more="", entity="&e;"))
    assert isinstance(survive(path, kind="burial"), SourceError)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"]
)
def test_entities_in_a_workbook(part, doctype, tmp_path, survive):
    content = change_workbook(part, lambda xml: xml.replace(b"?>", b"?>" + doctype.encode(), 1))
    (tmp_path / "burial.xlsx").write_bytes(content)
    assert isinstance(survive(tmp_path / "burial.xlsx", kind="burial"), SourceError)


def test_entities_in_a_word_document(doctype, tmp_path, survive):
    path = tmp_path / "burial.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<?xml version="1.0"?>{doctype}<Types>&e;</Types>')
        archive.writestr("word/document.xml", f'<?xml version="1.0"?>{doctype}<w>&e;</w>')
    assert isinstance(survive(path, kind="burial"), SourceError)


def test_links_of_a_kml_are_never_followed(web_server, canary, tmp_path, survive):
    address, _ = web_server
    more = "".join(
        f"<NetworkLink><Link><href>{href}</href></Link></NetworkLink>"
        f"<Style><IconStyle><Icon><href>{href}</href></Icon></IconStyle></Style>"
        f"<GroundOverlay><Icon><href>{href}</href></Icon></GroundOverlay>"
        for href in (f"{address}/x.kml", canary.as_uri(), "../private/canary.txt")
    )
    path = tmp_path / "burial.kml"
    path.write_text(KML.format(doctype="", more=more, entity="甲"))
    (candidate,) = survive(path, kind="burial")
    assert candidate.frame["name"].tolist() == ["甲"]


def test_links_of_a_gpx_are_never_followed(web_server, tmp_path, survive):
    address, _ = web_server
    more = f'<metadata><link href="{address}/x"><text>x</text></link></metadata>'
    path = tmp_path / "burial.gpx"
    path.write_text(GPX.format(doctype="", more=more, entity="甲"))
    (candidate,) = survive(path, kind="burial")
    assert candidate.frame["name"].tolist() == ["甲"]


@pytest.mark.parametrize("tag", ["Folder", "MultiGeometry", "name"])
def test_elements_nested_deeply(tag, tmp_path, survive):
    path = tmp_path / "burial.kml"
    nested = f"<{tag}>" * 100_000 + f"</{tag}>" * 100_000
    path.write_text(KML.format(doctype="", more=nested, entity="甲"))
    assert isinstance(survive(path, kind="burial"), SourceError)


def test_coordinates_without_end(tmp_path, survive):
    path = tmp_path / "burial.kml"
    path.write_text(KML.format(doctype="", more="", entity="甲").replace("113.8", "1" * 2_000_000))
    outcome = survive(path, kind="burial")
    assert isinstance(outcome, SourceError) or not len(outcome[0].frame)


def test_millions_of_places_are_bounded(tmp_path, survive):
    path = tmp_path / "road.kml"
    line = "<LineString><coordinates>" + "113.8,31.8 " * 200_000 + "</coordinates></LineString>"
    text = KML.format(doctype="", more="", entity="甲")
    path.write_text(text.replace("<Point><coordinates>113.8,31.8</coordinates></Point>", line))
    assert isinstance(survive(path, limits=Limits(vertices=100_000), kind="road"), SourceError)


ELSEWHERE = {
    "wfs": "<OGRWFSDataSource><URL>{address}/wfs</URL></OGRWFSDataSource>",
    "wms": "<GDAL_WMS><Service name='WMS'><ServerUrl>{address}?</ServerUrl></Service></GDAL_WMS>",
    "vrt": "<VRTDataset><SourceFilename>{canary}</SourceFilename></VRTDataset>",
    "gml": "<gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml' "
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='x {address}/x'/>",
    "osm": "<osm version='0.6'><node id='1' lat='31.8' lon='113.8'/></osm>",
    "svg": "<svg xmlns='http://www.w3.org/2000/svg'><image href='{address}/x.png'/></svg>",
}


@pytest.mark.parametrize("text", ELSEWHERE.values(), ids=ELSEWHERE)
def test_documents_that_make_gdal_look_elsewhere(text, web_server, canary, tmp_path, survive):
    path = tmp_path / "burial.kml"
    path.write_text(text.replace("{address}", web_server[0]).replace("{canary}", str(canary)))
    assert isinstance(survive(path, kind="burial"), SourceError)


def change_workbook(part, change):
    """Return the bytes of a workbook with one grave, one of its parts changed."""
    book = openpyxl.Workbook()
    for row in (["编号", "经度", "纬度"], ["甲", 113.8, 31.8]):
        book.active.append(row)
    whole, changed = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(changed, "w") as target:
        assert part in source.namelist()
        for name in source.namelist():
            content = source.read(name)
            if name == part and not content.startswith(b"<?xml"):
                content = b'<?xml version="1.0"?>' + content
            target.writestr(name, change(content) if name == part else content)
    return changed.getvalue()
