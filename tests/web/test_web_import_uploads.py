"""Files on their way in: private, bounded, whole or not at all, and gone afterwards."""

import io
import os
import stat
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from geo_rv.errors import Cancelled, SourceUnreadable
from geo_rv.project import LARGEST_FILE
from web import uploads
from web.importing import MOST_IMPORTS, Desk
from web.jobs import Jobs
from web.refusals import UploadDisordered, UploadGone, UploadsBusy, UploadTooLarge, UploadUnusable
from web.uploads import MOST_FILES, PIECE_BYTES, Upload

HOSTILE = "../../etc/<img src=x>\x00\x1b[31m\ud800passwd"


@pytest.fixture(autouse=True)
def private_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def bring(**files):
    """Return an upload of files with these names (a double underscore for the dot), all here."""
    upload = Upload([(name.replace("__", "."), len(content)) for name, content in files.items()])
    for number, content in enumerate(files.values()):
        upload.receive(number, 0, io.BytesIO(content))
    return upload


def test_names_are_texts_and_never_paths(tmp_path):
    upload = Upload([(HOSTILE, 3), ("C:\\Users\\a\\b.csv", 3), ("..", 0)])
    upload.receive(0, 0, io.BytesIO(b"abc"))
    names = [file.name for file in upload.files]
    assert names[1] == "b.csv"
    assert all("/" not in name and name.isprintable() for name in names)
    inside = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in inside} == {"0", "1", "2"}
    assert {path.parent for path in inside} == {upload.folder}


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_nobody_else_reads_them():
    assert stat.S_IMODE(Upload([("a", 1)]).folder.stat().st_mode) == stat.S_IRWXU


def test_pieces_follow_each_other_or_are_refused():
    upload = Upload([("a.csv", 10)])
    assert upload.receive(0, 0, io.BytesIO(b"01234")) == 5
    for offset, content in ((0, b"x"), (6, b"x"), (5, b"x" * 6), (4, b"xx")):
        with pytest.raises(UploadDisordered):
            upload.receive(0, offset, io.BytesIO(content))
    with pytest.raises(UploadDisordered):
        upload.list_sources()
    assert upload.receive(0, 5, io.BytesIO(b"56789")) == 10
    assert upload.is_whole
    assert upload.list_sources()[0].path.read_bytes() == b"0123456789"
    with pytest.raises(UploadDisordered):
        upload.receive(1, 0, io.BytesIO(b""))


def test_a_piece_is_no_larger_than_said():
    upload = Upload([("a", PIECE_BYTES * 2)])
    with pytest.raises(UploadDisordered):
        upload.receive(0, 0, io.BytesIO(bytes(PIECE_BYTES + 1)))
    assert upload.files[0].received == 0


@pytest.mark.parametrize(
    ("listed", "error"),
    [
        ([], UploadUnusable),
        ([("a", 1)] * (MOST_FILES + 1), UploadUnusable),
        ([("a", LARGEST_FILE + 1)], UploadTooLarge),
        ([("a", LARGEST_FILE), ("b", 1)], UploadTooLarge),
        ([("a", -1)], UploadTooLarge),
    ],
)
def test_too_much_is_refused_before_it_comes(tmp_path, listed, error):
    with pytest.raises(error):
        Upload(listed)
    assert list(tmp_path.iterdir()) == []


def test_the_parts_of_shapefiles_become_one_source():
    upload = bring(
        **{
            "墓地.SHP": b"1",
            "墓地.dbf": b"2",
            "墓地.shp.xml": b"3",
            "别的__csv": b"4",
            "墓地b.csv": b"5",
        }
    )
    whole, *alone = upload.list_sources()
    assert whole.name == "墓地"
    assert [source.name for source in alone] == ["别的.csv", "墓地b.csv"]
    with zipfile.ZipFile(whole.path) as archive:
        assert archive.namelist() == ["墓地.SHP", "墓地.dbf", "墓地.shp.xml"]
        assert archive.read("墓地.dbf") == b"2"


def test_each_shapefile_is_a_source_of_its_own():
    upload = bring(a__shp=b"1", a__dbf=b"2", **{"a.b.shp": b"3", "a.b.dbf": b"4"})
    assert [source.name for source in upload.list_sources()] == ["a", "a.b"]
    for source, names in zip(
        upload.list_sources(), (["a.shp", "a.dbf"], ["a.b.shp", "a.b.dbf"]), strict=True
    ):
        with zipfile.ZipFile(source.path) as archive:
            assert archive.namelist() == names


def test_a_folder_becomes_one_source():
    upload = bring(
        **{
            "town.gdb/a1.gdbtable": b"1",
            "town.gdb/deep/x.shp": b"2",
            "other.csv": b"3",
            "../up/../../C:/y.csv": b"4",
        }
    )
    folder, hostile, alone = upload.list_sources()
    assert [folder.name, hostile.name, alone.name] == ["town.gdb", "up", "other.csv"]
    with zipfile.ZipFile(folder.path) as archive:
        assert archive.namelist() == ["town.gdb/a1.gdbtable", "town.gdb/deep/x.shp"]
    with zipfile.ZipFile(hostile.path) as archive:
        assert archive.namelist() == ["y.csv"]


def test_what_nobody_asks_about_is_dropped():
    desk = Desk()
    begun = desk.open([("a.csv", 3)])
    folder = begun.upload.folder
    desk.sweep(kept_s=3600)
    assert desk.find(begun.token) is begun
    desk.sweep(kept_s=-1)
    assert not folder.exists()
    with pytest.raises(UploadGone):
        desk.find(begun.token)


def test_tokens_cannot_be_guessed():
    desk = Desk()
    tokens = {desk.open([("a", 1)]).token for _ in range(MOST_IMPORTS)}
    assert len(tokens) == MOST_IMPORTS
    assert min(map(len, tokens)) >= 32
    with pytest.raises(UploadGone):
        desk.find("../../etc/passwd")


def test_the_oldest_idle_makes_room():
    desk = Desk()
    first, *others = [desk.open([("a", 1)]) for _ in range(MOST_IMPORTS)]
    desk.find(first.token)  # used again: the second is the oldest now
    desk.open([("b", 1)])
    assert desk.find(first.token) is first
    with pytest.raises(UploadGone):
        desk.find(others[0].token)


def test_no_room_while_all_are_busy(monkeypatch):
    desk = Desk()
    for _ in range(MOST_IMPORTS):
        desk.open([("a", 1)])
    monkeypatch.setattr("web.importing.Import.is_busy", True)
    with pytest.raises(UploadsBusy):
        desk.open([("b", 1)])


def test_at_the_end_nothing_is_left(tmp_path):
    desk = Desk()
    begun = desk.open([("a.csv", 3)])

    def work(progress):
        while True:
            progress("progress.reading")
            time.sleep(0.01)

    begun.job = Jobs().start(work)
    desk.close()
    assert begun.job.state == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_left_goes_after_a_day(tmp_path):
    old, new = tmp_path / "geo-rv-upload-old", tmp_path / "geo-rv-upload-new"
    others = tmp_path / "other"
    for folder in (old, new, others):
        folder.mkdir()
        (folder / "0").write_text("x", "utf-8")
    yesterday = time.time() - 25 * 3600
    for folder in (old, others):
        os.utime(folder, (yesterday, yesterday))
    uploads.remove_abandoned()
    assert sorted(path.name for path in Path(tmp_path).iterdir()) == [new.name, "other"]


def test_jobs_run_a_few_at_a_time_and_can_be_called_off_while_they_wait():
    jobs = Jobs(at_once=1)
    gate = []

    def hold(progress):
        while not gate:
            progress("progress.reading")
            time.sleep(0.01)

    first, second = jobs.start(hold), jobs.start(hold)
    time.sleep(0.1)
    assert {first.state, second.state} == {"working", "waiting"}
    waiting = first if first.state == "waiting" else second
    waiting.cancel()
    assert waiting.wait(5)
    assert waiting.state == "cancelled"
    gate.append(True)
    assert first.wait(5)
    assert second.wait(5)
    assert {first.state, second.state} == {"done", "cancelled"}


@pytest.mark.parametrize(
    ("error", "state"),
    [(SourceUnreadable(file="a", problem="b"), "failed"), (Cancelled(), "cancelled")],
)
def test_how_a_job_ends(error, state):
    def work(_progress):
        raise error

    job = Jobs().start(work)
    assert job.wait(5)
    assert job.state == state
    assert (job.error is error) == (state == "failed")
