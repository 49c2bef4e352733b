"""The language switch."""

from web import create_app


def test_chinese_comes_first(client):
    assert 'lang="zh-CN"' in client.get("/rules", headers={"Accept-Language": "en"}).text


def test_choice_is_kept(client):
    client.get("/rules?lang=en")
    assert '<html lang="en">' in client.get("/check").text
    client.get("/rules?lang=zh")
    assert '<html lang="zh-CN">' in client.get("/check").text


def test_cookie_is_for_the_server_alone(client):
    cookie = client.get("/rules?lang=en").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Set-Cookie" not in client.get("/rules").headers


def test_spoilt_cookie_is_ignored(client):
    client.set_cookie("lang", "<script>", domain="localhost")
    answer = client.get("/rules")
    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in answer.text


def test_switch_keeps_the_page_and_its_filters(client):
    page = client.get("/check?verdict=pass&lang=zh").text
    assert 'href="/check?verdict=pass&amp;lang=en"' in page


def test_default_language_is_a_setting(project_folder):
    client = create_app({"PROJECT": project_folder, "LANGUAGE": "en"}).test_client()
    assert '<html lang="en">' in client.get("/rules").text
