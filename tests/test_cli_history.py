"""The history on the command line, and imports undone."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from geo_rv.project import Project
from tests.command_line import run


@pytest.fixture
def folder(tmp_path):
    run("new", tmp_path / "town", "--name", "测试镇")
    return tmp_path / "town"


def bring(folder, name, mode="add", **graves):
    file = folder.parent / name
    pd.DataFrame(
        {"编号": list(graves), "名称": list(graves.values()), "经度": 113.85, "纬度": 31.8}
    ).to_csv(file, index=False)
    run("import", folder, file, "--layer", "burial", "--mode", mode)


def read_names(folder):
    frame = Project.open(folder).read_layer("burial")
    return dict(zip(frame["id"], frame["name"], strict=True))


def test_history_lists_each_import(folder):
    bring(folder, "a.csv", G1="甲", G2="乙")
    bring(folder, "b.csv", "update", G2="新", G3="丙")
    told = json.loads(run("history", folder, "--json").stdout)
    assert [batch["batch"] for batch in told] == [2, 1]
    assert told[0]["action"] == "update"
    assert told[0]["undone_by"] is None
    assert told[0]["at"].endswith("+00:00")
    assert told[0]["layers"] == [
        {"layer": "burial", "layer_title": "坟墓", "file": "b.csv",
         "added": 1, "changed": 1, "removed": 0}
    ]  # fmt: skip
    printed = run("history", folder).stdout
    assert "a.csv" in printed
    assert "b.csv" in printed
    assert "按编号更新" not in printed.splitlines()[0]
    assert "When" in run("--lang", "en", "history", folder).stdout


def test_an_empty_history_says_so(folder):
    assert "还没有" in run("history", folder).stdout
    assert json.loads(run("history", folder, "--json").stdout) == []
    assert "没有可以撤销" in run("undo", folder, status=2).stderr


def test_undo_takes_back_the_last_import_and_then_the_one_before(folder):
    bring(folder, "a.csv", G1="甲", G2="乙")
    bring(folder, "b.csv", "replace", G2="新", G3="丙")
    assert "第 2 批" in run("undo", folder).stdout
    assert read_names(folder) == {"G1": "甲", "G2": "乙"}
    run("undo", folder)
    assert Project.open(folder).list_layers() == ()
    run("undo", folder, status=2)
    states = {
        batch["batch"]: (batch["undoes"], batch["undone_by"])
        for batch in json.loads(run("history", folder, "--json").stdout)
    }
    assert states == {4: (1, None), 3: (2, None), 2: (None, 3), 1: (None, 4)}


def test_undoing_is_undone_by_its_number(folder):
    bring(folder, "a.csv", G1="甲")
    told = json.loads(run("undo", folder, "1", "--json").stdout)
    assert (told["batch"], told["undoes"]) == (2, 1)
    run("undo", folder, told["batch"])
    assert read_names(folder) == {"G1": "甲"}


def test_what_cannot_be_undone_is_told_in_one_line(folder):
    bring(folder, "a.csv", G1="甲", G2="乙")
    bring(folder, "b.csv", "update", G1="新")
    before = read_names(folder)
    refusals = {
        language: run("--lang", language, "undo", folder, "1", status=2).stderr
        for language in ("zh", "en")
    }
    assert all("G1" in told and len(told.splitlines()) == 1 for told in refusals.values())
    assert "9" in run("undo", folder, "9", status=2).stderr
    assert read_names(folder) == before
    run("undo", folder, "2")
    assert "3" in run("undo", folder, "2", status=2).stderr
