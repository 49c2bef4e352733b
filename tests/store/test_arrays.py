"""Arrays beside a project: what comes back is what was kept, or nothing does."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from geo_rv.store.arrays import keep_arrays, recall_arrays

ARRAYS = [
    np.linspace(113.8, 113.9, 50),
    np.arange(50) * 10**12,
    np.zeros((3, 4)),
    np.empty(0, np.int64),
    np.empty((0, 4)),
    np.arange(7, dtype=np.int8),
]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "road.shapes"


def keep(file, arrays=ARRAYS, stamp="7 2026-01-01"):
    keep_arrays(file, stamp, arrays)


def recall(file, stamp="7 2026-01-01"):
    return recall_arrays(file, stamp)


def are_same(some, others):
    return len(some) == len(others) and all(
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        for one, other in zip(some, others, strict=True)
    )


def test_what_was_kept_comes_back(file):
    keep(file)
    assert are_same(recall(file), ARRAYS)


@settings(max_examples=30)
@given(
    st.lists(
        st_numpy.arrays(
            st.sampled_from([np.float64, np.int64, np.int8]),
            st_numpy.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=5),
        ),
        max_size=4,
    ),
    st.text(max_size=10),
)
def test_anything_comes_back_under_its_stamp_alone(tmp_path_factory, arrays, stamp):
    file = tmp_path_factory.mktemp("kept") / "cache" / "some.shapes"
    keep(file, arrays, stamp=stamp)
    assert are_same(recall(file, stamp=stamp), arrays)
    assert recall(file, stamp=stamp + "1") is None


def test_a_later_stamp_takes_the_place_of_the_earlier(file):
    keep(file, stamp="1")
    keep(file, [np.arange(3)], stamp="2")
    assert recall(file, stamp="1") is None
    assert are_same(recall(file, stamp="2"), [np.arange(3)])
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_file_cut_short_anywhere_or_longer_is_none(file):
    keep(file)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert recall(file) is None, length
    file.write_bytes(whole + b"\0")
    assert recall(file) is None


def test_a_file_with_any_byte_changed_is_none(file):
    keep(file)
    whole = file.read_bytes()
    rng = np.random.default_rng(1)
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= int(rng.integers(1, 256))
        file.write_bytes(changed)
        assert recall(file) is None, place


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_file_whose_end_the_disk_never_got_is_none(file, share):
    # after a power cut: the length is right, the last blocks are zeros
    keep(file)
    whole = file.read_bytes()
    kept = int(share * len(whole))
    file.write_bytes(whole[:kept] + bytes(len(whole) - kept))
    assert recall(file) is None


def list_foreign():
    """Return the contents of files that are something else."""
    pickled, zipped, huge = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(pickled, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.savez(zipped, a=np.arange(3))
    np.lib.format.write_array_header_1_0(
        huge, {"descr": "|u1", "fortran_order": False, "shape": (10**15,)}
    )
    empty_zip = io.BytesIO()
    zipfile.ZipFile(empty_zip, "w").close()
    return {
        "empty": b"",
        "text": b"id,name\n1,a\n" * 100,
        "zeros": bytes(4096),
        "pickled": pickled.getvalue(),
        "zipped": zipped.getvalue(),
        "empty zip": empty_zip.getvalue(),
        "huge": huge.getvalue() + bytes(100),
        "magic alone": b"\x93NUMPY",
        "later format": b"\x93NUMPY\x09\x00" + bytes(200),
        "database": b"SQLite format 3\x00" + bytes(4096),
    }


@pytest.mark.parametrize("name", list_foreign())
def test_a_foreign_file_is_none_and_is_replaced(file, name):
    file.parent.mkdir()
    file.write_bytes(list_foreign()[name])
    assert recall(file) is None
    keep(file)
    assert are_same(recall(file), ARRAYS)


def test_what_is_not_there_or_no_file_is_none(file):
    assert recall(file) is None
    file.mkdir(parents=True)
    assert recall(file) is None
    keep(file)
    assert recall(file) is None
    assert file.is_dir()


def test_where_nothing_can_be_written_nothing_is_kept_and_nobody_is_told(file):
    file.parent.write_text("a file in the folder's place")
    keep(file)
    assert recall(file) is None
    gone = file.parent.parent / "no" / "project" / "cache" / "road.shapes"
    keep(gone)
    assert not gone.parent.exists()


def test_what_cannot_be_finished_leaves_what_was_there(file):
    keep(file)

    def fail():
        yield np.arange(3)
        raise OSError("no space left")

    keep(file, fail(), stamp="8")
    assert are_same(recall(file), ARRAYS)
    assert [each.name for each in file.parent.iterdir()] == [file.name]
