"""Bringing files by the page's own requests: received, judged, looked at, agreed to, undone."""

import json
import re
import time
from io import BytesIO

import pytest
from openpyxl import load_workbook

from geo_rv.errors import Cancelled, LayerNotChosen
from geo_rv.geodesy.datum import from_cgcs2000
from geo_rv.messages import load_messages
from geo_rv.project import Project
from web import create_app
from web.errors import find_status
from web.import_review import HELP
from web.refusals import FormExpired

EAST, SOUTH = 113.86, 31.85
HEAD = "编号,名称,坟墓种类,墓穴占地面积,经度,纬度\n"
FINE = f"N1,新坟一,body_single,3,{EAST + 0.001},{SOUTH}\nN2,新坟二,body_single,3,{EAST},{SOUTH}\n"
WRONG = f"N3,新坟三,body_single,很大,{EAST},{SOUTH + 0.001}\n"
TURNED = f"N4,新坟四,body_single,3,{SOUTH + 0.002},{EAST}\n"
WAIT_S = 60


def read_token(client, page="/import"):
    """Open the page, which sets the cookie, and return the word that its script sends along."""
    text = client.get(page).text
    data = re.search(r'<script[^>]*id="page-data"[^>]*>(.*?)</script>', text, re.DOTALL)
    return json.loads(data[1])["csrf_token"]


class Visitor:
    """What the page's script does, by hand."""

    def __init__(self, client):
        self.client = client
        self.word = read_token(client)
        self.token = None

    def post(self, path, body):
        headers = {"X-CSRFToken": self.word}
        return self.client.post(path, json=body, headers=headers)

    def at(self, name):
        return f"/import/{self.token}/{name}"

    def send_piece(self, number, offset, content):
        headers = {"X-CSRFToken": self.word, "Content-Type": "application/octet-stream"}
        path = f"{self.at('piece.json')}?file={number}&offset={offset}"
        return self.client.post(path, data=content, headers=headers)

    def bring(self, **files):
        """Bring files of these names (a double underscore for the dot) and contents."""
        contents = {name.replace("__", "."): content for name, content in files.items()}
        contents = {name: text.encode() for name, text in contents.items()}
        listed = [{"name": name, "size": len(content)} for name, content in contents.items()]
        self.token = self.post("/import/begin.json", {"files": listed}).json["token"]
        for number, content in enumerate(contents.values()):
            assert self.send_piece(number, 0, content).json == {"received": len(content)}

    def judge(self, *wishes, mode="add"):
        answer = self.post(self.at("judge.json"), {"wishes": list(wishes), "mode": mode})
        assert answer.status_code == 200, answer.text
        return self.follow()

    def take(self, *accept):
        assert self.post(self.at("take.json"), {"accept": list(accept)}).status_code == 200
        return self.follow()

    def follow(self):
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            status = self.get("status.json")
            if status["state"] not in ("waiting", "working"):
                return status
            time.sleep(0.05)
        raise AssertionError(status)

    def get(self, name, **query):
        answer = self.client.get(self.at(name), query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def own(own_client):
    """A visitor of a project of the test's own, and that project."""
    client, project = own_client
    return Visitor(client), project


def count_graves(project):
    return len(project.read_layer("burial"))


def test_a_file_is_judged_looked_at_and_taken_in(own):
    visitor, project = own
    before = count_graves(project)
    visitor.bring(坟墓__csv=HEAD + FINE)
    assert visitor.judge()["state"] == "judged"
    review = visitor.get("review.json")
    assert review["rows"] == {"read": 2, "accepted": 2, "to_repair": 0, "refused": 0}
    (candidate,) = review["candidates"]
    assert (candidate["layer"], candidate["file"], candidate["source"]) == ("burial", "坟墓.csv", 0)
    assert set(candidate["headings"]) == set(HEAD.strip().split(","))
    assert count_graves(project) == before  # judging changes nothing
    folder = (
        visitor.client.application.extensions["geo-rv-imports"].find(visitor.token).upload.folder
    )
    assert folder.is_dir()
    status = visitor.take()
    assert not folder.exists()
    assert status["state"] == "taken"
    assert status["result"]["rows"] == 2
    assert status["result"]["left"] == 0
    assert count_graves(project) == before + 2


def test_refused_and_repaired_rows_wait_for_a_word(own):
    visitor, project = own
    before = count_graves(project)
    visitor.bring(坟墓__csv=HEAD + FINE + WRONG + TURNED)
    visitor.judge()
    rows = visitor.get("review.json")["rows"]
    assert rows == {"read": 4, "accepted": 2, "to_repair": 1, "refused": 1}
    status = visitor.take()
    assert status["error"]
    assert status["state"] == "judged"  # it can still be agreed to
    assert count_graves(project) == before
    status = visitor.take("repairs", "partial")
    assert (status["result"]["rows"], status["result"]["left"]) == (3, 1)
    assert count_graves(project) == before + 3


def test_problems_are_listed_with_row_field_and_remedy(own):
    visitor, _ = own
    visitor.bring(坟墓__csv=HEAD + FINE + WRONG + TURNED)
    visitor.judge()
    told = visitor.get("problems.json", severity="refused")
    (problem,) = told["rows"]
    assert (problem["row"], problem["field"], problem["feature"]) == (4, "area_m2", "N3")
    assert "很大" in problem["problem"]
    assert problem["remedy"]
    every = visitor.get("problems.json")
    order = [problem["severity"] for problem in every["rows"]]
    assert order == sorted(order, key=["refused", "repair", "warning"].index)
    of_one = visitor.get("problems.json", key=problem["key"], field="area_m2", candidate=0)
    assert of_one["total"] == 1
    assert visitor.get("problems.json", candidate=1)["total"] == 0
    english = visitor.get("problems.json", severity="refused", lang="en")["rows"][0]
    assert english["remedy"] != problem["remedy"]


def test_the_map_shows_each_row_in_its_state(own):
    visitor, _ = own
    visitor.bring(坟墓__csv=HEAD + FINE + WRONG + TURNED)
    visitor.judge()
    drawn = json.loads(visitor.client.get(visitor.at("rows.geojson")).text)
    states = sorted(feature["properties"]["state"] for feature in drawn["features"])
    # what was turned round was off the world's map, at latitude 113
    assert states == ["accepted", "accepted", "refused", "repair"]
    (mended,) = [f for f in drawn["features"] if f["properties"]["state"] == "repair"]
    assert mended["geometry"]["coordinates"] == pytest.approx([EAST, SOUTH + 0.002])
    row = visitor.get("row.json", candidate=0, row=mended["properties"]["row"])
    assert row["after"] == mended["geometry"]
    assert row["state"] == "repair"
    assert ["名称", "新坟四"] in row["values"]
    empty = json.loads(visitor.client.get(visitor.at("rows.geojson") + "?bbox=0,0,1,1").text)
    assert empty["features"] == []


def test_refused_rows_come_as_a_workbook_with_reasons(own):
    visitor, _ = own
    visitor.bring(坟墓__csv=HEAD + FINE + WRONG + TURNED)
    visitor.judge()
    for query, names in (("", {"新坟三", "新坟四"}), ("?accept=repairs", {"新坟三"})):
        answer = visitor.client.get(visitor.at("refused.xlsx") + query)
        sheet = load_workbook(BytesIO(answer.data)).active
        head, *rows = sheet.iter_rows(values_only=True)
        assert {row[head.index("名称")] for row in rows} == names
        assert all(row[-2] for row in rows)  # why


def test_a_file_that_does_not_tell_its_layer_is_judged_as_what_it_looks_like(own):
    visitor, _ = own
    visitor.bring(新台账__csv=HEAD + FINE)
    status = visitor.judge()
    assert status["state"] == "judged"
    assert status["sources"][0]["proposed"] == "burial"
    assert status["sources"][0]["wish"]["kind"] == ""  # the visitor has said nothing
    assert visitor.get("review.json")["candidates"][0]["layer"] == "burial"


def test_what_cannot_be_understood_is_no_dead_end(own):
    visitor, _ = own
    visitor.bring(台账__csv=HEAD.replace("经度", "甲").replace("纬度", "乙") + FINE)
    status = visitor.judge({"kind": "burial"})
    assert (status["state"], status["help"], status["source"]) == ("failed", "columns", 0)
    assert "甲" in status["headings"]
    assert "--" not in status["error"]
    wish = {"kind": "burial", "columns": {"lon": "甲", "lat": "乙"}}
    assert visitor.judge(wish)["state"] == "judged"
    assert visitor.get("review.json")["rows"]["accepted"] == 2


def test_names_with_commas_are_told_apart(own):
    visitor, _ = own
    visitor.bring(台账__csv='编号,"甲, 东","乙, 北"\n' + f"N1,{EAST},{SOUTH}\n")
    status = visitor.judge({"kind": "burial"})
    assert status["headings"] == ["编号", "甲, 东", "乙, 北"]
    wish = {"kind": "burial", "columns": {"lon": "甲, 东", "lat": "乙, 北"}}
    assert visitor.judge(wish)["state"] == "judged"


def test_columns_that_may_be_either_are_both_to_choose_from(own):
    visitor, _ = own
    visitor.bring(台账__csv="编号,X,Y\nN1,500000,500001\n")
    status = visitor.judge({"kind": "burial", "crs": "EPSG:4547"})
    assert (status["help"], status["headings"]) == ("columns", ["X", "Y"])


def test_a_row_is_told_in_words_and_with_what_moves_the_whole_file(own):
    visitor, project = own
    there = project.read_layer("burial").head(60)
    lon, lat = from_cgcs2000(there.geometry.x, there.geometry.y, "gcj02")
    rows = zip(there["id"], lon, lat, strict=True)
    lines = [f"{name},骨灰单人,{east:.8f},{north:.8f}" for name, east, north in rows]
    visitor.bring(坟墓__csv="\n".join(["编号,安葬方式,经度,纬度", *lines]))
    visitor.judge(mode="update")
    row = visitor.get("row.json", candidate=0, row=2)
    assert ["安葬方式", "骨灰单人"] in row["values"]
    assert "datum_proposed" in {problem["key"] for problem in row["problems"]}
    assert row["before"] != row["after"]


def test_each_file_has_its_own_choices(own):
    visitor, _ = own
    road = {"type": "LineString", "coordinates": [[EAST, SOUTH], [EAST, SOUTH + 0.01]]}
    feature = {"type": "Feature", "id": "R9", "geometry": road, "properties": {"class": "county"}}
    lines = json.dumps({"type": "FeatureCollection", "features": [feature]})
    visitor.bring(甲__csv=HEAD + FINE, 乙__geojson=lines)
    status = visitor.judge({"kind": "burial"}, {"kind": "road"})
    assert status["state"] == "judged", status
    review = visitor.get("review.json")
    assert [(each["source"], each["layer"]) for each in review["candidates"]] == [
        (0, "burial"),
        (1, "road"),
    ]
    visitor.take()
    assert len(visitor.get("status.json")["result"]["layers"]) == 2


def test_modes(own):
    visitor, project = own
    there = project.read_layer("burial")["id"].iloc[0]
    visitor.bring(坟墓__csv=HEAD + FINE.replace("N1", there))
    visitor.judge(mode="update")
    (outcome,) = visitor.get("review.json")["outcome"]
    assert (outcome["added"], outcome["changed"], outcome["removed"]) == (1, 1, 0)
    visitor.judge(mode="replace")
    (outcome,) = visitor.get("review.json")["outcome"]
    assert outcome["removed"] == count_graves(project) - 1
    visitor.take()
    assert count_graves(project) == 2


def test_an_import_is_undone_from_the_history(own):
    visitor, project = own
    before = count_graves(project)
    visitor.bring(坟墓__csv=HEAD + FINE)
    visitor.judge()
    batch = visitor.take()["result"]["batch"]
    page = visitor.client.get("/history").text
    assert "坟墓.csv" in page
    assert f'data-undo="{batch}"' in page
    answer = visitor.post("/history/undo.json", {"batch": batch})
    assert answer.json["undoes"] == batch
    assert count_graves(project) == before
    again = visitor.post("/history/undo.json", {"batch": batch})
    assert again.status_code == 409
    assert f'data-undo="{batch}"' not in visitor.client.get("/history").text


@pytest.mark.parametrize("body", [{}, {"batch": "1"}, {"batch": True}, {"batch": 1.5}, []])
def test_undoing_wants_a_number(own, body):
    assert own[0].post("/history/undo.json", body).status_code == 400


def test_a_project_that_changed_meanwhile_is_judged_again(own):
    visitor, project = own
    visitor.bring(坟墓__csv=HEAD + FINE)
    visitor.judge()
    project.undo(project.list_history()[0].number)
    status = visitor.take()
    assert "重新检查" in status["error"]
    assert status["state"] == "judged"


def test_cancelling_ends_the_job_and_changes_nothing(own, monkeypatch):
    visitor, _ = own
    started = []

    def judge_for_ever(_self, _files, *, progress, **_):
        started.append(True)
        while True:
            progress("progress.reading")
            time.sleep(0.01)

    with monkeypatch.context() as patch:
        patch.setattr(Project, "judge_files", judge_for_ever)
        visitor.bring(坟墓__csv=HEAD + FINE)
        visitor.post(visitor.at("judge.json"), {"wishes": []})
        busy = visitor.post(visitor.at("judge.json"), {"wishes": []})
        assert busy.status_code == 409
        while not started:
            time.sleep(0.01)
        visitor.post(visitor.at("cancel.json"), {})
        status = visitor.follow()
    assert status["calm"]
    assert status["error"] == Cancelled().in_language("zh")
    assert visitor.judge()["state"] == "judged"  # and it can be begun again


def test_a_failing_job_tells_no_inside(project_folder, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Project, "judge_files", fail)
    visitor = Visitor(create_app({"PROJECT": project_folder}).test_client())
    visitor.bring(坟墓__csv=HEAD + FINE)
    status = visitor.judge()
    assert status["state"] == "failed"
    assert "程序出错了" in status["error"]
    assert "secret" not in json.dumps(status)
    assert "secret detail" in caplog.text


def test_an_empty_project_can_be_filled(tmp_path):
    project = Project.create(tmp_path / "empty", name="空项目")
    visitor = Visitor(create_app({"PROJECT": project.folder, "TESTING": True}).test_client())
    assert "历史" in visitor.client.get("/history").text
    visitor.bring(坟墓__csv=HEAD + FINE)
    visitor.judge()
    assert visitor.get("review.json")["bounds"] == pytest.approx([EAST, SOUTH, EAST + 0.001, SOUTH])
    assert visitor.take()["result"]["rows"] == 2
    assert count_graves(project) == 2


def test_nothing_changes_without_the_pages_word(own):
    visitor, project = own
    visitor.bring(坟墓__csv=HEAD + FINE)
    visitor.judge()
    for path in ("judge", "take", "cancel", "drop", "piece"):
        answer = visitor.client.post(visitor.at(f"{path}.json"), json={})
        assert answer.status_code == find_status(FormExpired())
    for path in ("/import/begin.json", "/history/undo.json"):
        assert visitor.client.post(path, json={}).status_code == find_status(FormExpired())
    assert len(project.list_history()) == 1


def test_what_a_choice_mends_is_told_without_the_command_lines_options():
    messages = load_messages()
    for error in HELP:
        texts = [
            messages.get(f"{place}.{error.__name__}") for place in ("web.imports.error", "error")
        ]
        told = next((each for each in texts if each is not None), None)
        assert told is None or "--" not in told.zh + told.en, error
    for key, told in messages.items():
        if key.startswith(("intake.", "imports.note")):
            assert not re.search(r"--|\}=|=表头|=heading|=#", told.zh + told.en), key


def test_every_error_that_a_choice_mends_leads_to_it(client):
    page = client.get("/import").text
    data = re.search(r'<script[^>]*id="page-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    choices = json.loads(data[1])["choices"]
    assert {*HELP.values()} <= {*choices, "layer", "columns", "parameters"}
    assert HELP[LayerNotChosen] == "kind"
