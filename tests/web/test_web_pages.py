"""Each page in both languages, and every link on it."""

import re
from html.parser import HTMLParser

import pytest

from geo_rv.messages import load_messages
from geo_rv.project import Project
from web import create_app

PAGES = ("/", "/map", "/check", "/remedies", "/siting", "/industry", "/reconcile", "/rules")


class Links(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = set()
        self.feed(page)

    def handle_starttag(self, _tag, attributes):
        self.found |= {value for name, value in attributes if name in ("href", "src")}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("language", "tag", "word"), [("zh", "zh-CN", "殡葬核查"), ("en", "en", "Burial check")]
)
def test_page_in_language(client, page, language, tag, word):
    answer = client.get(page, query_string={"lang": language})
    assert answer.status_code == 200
    assert f'<html lang="{tag}">' in answer.text
    assert word in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_english_pages_leave_no_chinese_of_ours(client, page):
    ours = {
        words.zh
        for key, words in load_messages().items()
        if key.startswith("web.") and words.zh != words.en and "{" not in words.zh
    }
    shown = client.get(page, query_string={"lang": "en"}).text
    assert [words for words in ours if len(words) > 3 and words in shown] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_answers(client, page):
    links = Links(client.get(page).text).found
    assert links
    for link in links:
        assert link.startswith(("/", "#")), f"{link} leads outside"
        if link.startswith("/"):
            with client.get(link) as answer:
                assert answer.status_code == 200, link


@pytest.mark.parametrize("page", PAGES)
def test_empty_project_has_every_page(tmp_path, page):
    project = Project.create(tmp_path / "empty", name="空项目")
    client = create_app({"PROJECT": project.folder, "TESTING": True}).test_client()
    answer = client.get(page)
    assert answer.status_code in (200, 404)
    assert "Traceback" not in answer.text


def test_start_page_counts_broken_graves(client):
    page = client.get("/").text
    assert "合成数据" in page
    # three graves stand within 500 m of the national road, one of them is too large as well
    assert "<b>4</b>" in page
    assert re.search(r"<dd>3</dd>", page)


def test_report_of_another_town_is_not_held_against_this_one(client):
    assert "421381107" in client.get("/reconcile").text.split("没有意义")[0]
    assert "年报无数字" not in client.get("/").text


def test_current_page_is_marked(client):
    assert re.search(r'href="/check" aria-current="page"', client.get("/check").text)


def test_rules_page_tells_law_and_state(client):
    page = client.get("/rules", query_string={"as_of": "2025-06-01"}).text
    assert "BUR-01" in page
    assert "殡葬管理条例" in page
    assert "待民政部门确认" in page
    before_all = client.get("/rules", query_string={"as_of": "1900-01-01"}).text
    assert "尚未生效" in before_all
