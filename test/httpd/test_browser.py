# SPDX-License-Identifier: Apache-2.0
"""A real browser: what people see and click."""

import os
import pathlib

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from visitor import password_of

pytestmark = pytest.mark.once
CONFIG = """
SecurityRegisterable On
SecurityRecoverable On
SecurityChangeable On
"""


def leave(browser, go):
    """Performs an action that leads to another page, and waits until that page is there.

    A mark on its window identifies the old page: asking about an element while its document is
    being replaced can raise many different errors.
    """
    browser.execute_script("window.isOld = true")
    go()
    WebDriverWait(browser, 20, ignored_exceptions=[WebDriverException]).until(
        lambda page: page.execute_script(
            "return !window.isOld && document.readyState === 'complete'"))


def press(browser, selector="button"):
    leave(browser, browser.find_element(By.CSS_SELECTOR, selector).click)


def fill(browser, **fields):
    for name, value in fields.items():
        field = browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)
    leave(browser, field.submit)


def wait_for_text(browser, text):
    WebDriverWait(browser, 20).until(lambda page: text in page.execute_script(
        "return document.body ? document.body.innerText : ''"))


def sign_in(browser, name, password=None):
    fill(browser, email=f"{name}@example.org", password=password or password_of(name))


def photograph(browser, name):
    folder = pathlib.Path(os.environ.get("MSA_SCREENSHOTS", "/tmp/msa-screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    assert browser.save_screenshot(str(folder / f"{name}.png"))


def test_a_person_signs_in_is_refused_comes_back_as_admin_and_signs_out(site, browser):
    (site.docs / "members" / "out.html").write_text(
        '<!doctype html><form method="post" action="/logout"><button>Sign out</button></form>')
    browser.get(site.url + "/admin/")
    assert "/login" in browser.current_url
    photograph(browser, "sign-in")
    sign_in(browser, "ann", "wrong-password")
    wait_for_text(browser, "password")
    assert "/login" in browser.current_url
    photograph(browser, "sign-in-refused")
    sign_in(browser, "ann")
    WebDriverWait(browser, 20).until(lambda page: "/login" not in page.current_url)
    assert browser.current_url == site.url + "/admin/"
    assert "you read" not in browser.page_source
    photograph(browser, "forbidden")
    browser.get(site.url + "/members/out.html")
    press(browser)
    wait_for_text(browser, "home")
    browser.get(site.url + "/admin/")
    sign_in(browser, "ada")
    wait_for_text(browser, "you read admin")
    assert browser.current_url == site.url + "/admin/"
    browser.get(site.url + "/members/out.html")
    press(browser)
    wait_for_text(browser, "home")
    browser.get(site.url + "/members/")
    assert "/login" in browser.current_url


@pytest.mark.parametrize("path", ["/login", "/register", "/reset"])
def test_our_pages_can_be_used_without_seeing_them(site, browser, path):
    browser.get(site.url + path)
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang")
    assert browser.title
    assert len(browser.find_elements(By.TAG_NAME, "h1")) == 1
    for field in browser.find_elements(By.CSS_SELECTOR, "input:not([type=hidden]):not([type=submit])"):
        label = browser.execute_script("return arguments[0].labels.length", field)
        assert label == 1, field.get_attribute("name")
    for field in browser.find_elements(By.CSS_SELECTOR, "input[type=password]"):
        assert field.get_attribute("autocomplete") in ("current-password", "new-password")


def test_our_pages_are_styled_and_obey_their_own_content_policy(site, browser):
    browser.get_log("browser")  # what earlier pages reported
    browser.get(site.url + "/login")
    size = browser.execute_script("return document.styleSheets.length && "
                                  "document.styleSheets[0].cssRules.length")
    assert size > 3
    severe = [entry for entry in browser.get_log("browser")
              if entry["level"] == "SEVERE" and "favicon" not in entry["message"]]
    assert severe == []
