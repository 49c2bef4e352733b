"""project.toml: what is written is read again, and says itself what each line is for."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_rv.errors import NotAProject, OutputError, UnknownKey
from geo_rv.messages import LANGUAGES, Text, text
from geo_rv.settings import FILE_NAME, ProjectSettings, read_settings, write_settings

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@given(name=WORDS, notice=WORDS)
def test_any_name_survives(tmp_path_factory, name, notice):
    folder = tmp_path_factory.mktemp("project")
    settings = ProjectSettings(name=name, town="421381107", notice=Text(notice, name))
    write_settings(settings, folder)
    assert read_settings(folder) == settings


def test_every_setting_is_explained_in_both_languages(tmp_path):
    write_settings(ProjectSettings(name="吴店镇"), tmp_path)
    written = (tmp_path / FILE_NAME).read_text("utf-8")
    for field in dataclasses.fields(ProjectSettings):
        assert text(f"setting.{field.name}") in written
        assert all(text(f"setting.{field.name}", language) for language in LANGUAGES)


def test_a_folder_without_settings_is_no_project(tmp_path):
    with pytest.raises(NotAProject) as refusal:
        read_settings(tmp_path)
    assert "geo-rv new" in refusal.value.in_language("zh")


def test_a_misspelt_setting_is_named(tmp_path):
    (tmp_path / FILE_NAME).write_text('name = "a"\nbok = "burial"\n', "utf-8")
    with pytest.raises(UnknownKey, match=r"project\.toml.*bok.*book"):
        read_settings(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    with pytest.raises(OutputError, match="absent"):
        write_settings(ProjectSettings(name="a"), tmp_path / "absent")
