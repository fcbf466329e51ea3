# SPDX-License-Identifier: Apache-2.0
"""The whole life of an account, in a real browser and with real mails."""

import pytest
from selenium.webdriver.common.by import By
from test_account import link_in, register
from test_browser import fill, photograph, press, sign_in, wait_for_text
from test_undo import change_email
from visitor import password_of

pytestmark = pytest.mark.once
CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeable On
SecurityChangeEmail On
SecurityTokens On
"""
ADDRESS = "lena@example.org"


def sign_out(browser, site):
    browser.get(site.url + "/logout")
    press(browser, "main button")
    browser.get(site.url + "/login")
    assert browser.find_elements(By.NAME, "password")


def test_register_confirm_forget_reset_change_and_look_at_the_account(site, browser, mailbox):
    first, second, third = site.make_secret(), site.make_secret(), site.make_secret()

    browser.get(site.url + "/register")
    fill(browser, email=ADDRESS, password=first, password_confirm=first + "x")
    wait_for_text(browser, "do not match")
    photograph(browser, "register-refused")
    fill(browser, email=ADDRESS, password=first, password_confirm=first)
    wait_for_text(browser, "check your email")
    photograph(browser, "registered")

    fill(browser, email=ADDRESS, password=first)
    wait_for_text(browser, "Sign-in failed")
    browser.get(site.url + link_in(mailbox.wait_for(ADDRESS), site, "/confirm"))
    browser.get(site.url + "/account")
    wait_for_text(browser, ADDRESS)
    wait_for_text(browser, "confirmed")
    photograph(browser, "account")
    sign_out(browser, site)

    browser.get(site.url + "/reset")
    fill(browser, email=ADDRESS)
    wait_for_text(browser, "on its way")
    browser.get(site.url + link_in(mailbox.wait_for(ADDRESS, "instructions"), site, "/reset"))
    photograph(browser, "choose-password")
    fill(browser, password=second, password_confirm=second)
    browser.get(site.url + "/members/")
    wait_for_text(browser, "you read members")

    browser.get(site.url + "/change")
    fill(browser, password=first, new_password=third, new_password_confirm=third)
    wait_for_text(browser, "The password is incorrect")
    fill(browser, password=second, new_password=third, new_password_confirm=third)
    browser.get(site.url + "/members/")
    wait_for_text(browser, "you read members")
    sign_out(browser, site)
    fill(browser, email=ADDRESS, password=third)
    browser.get(site.url + "/tokens")
    fill(browser, name="backup")
    wait_for_text(browser, "msa_")
    photograph(browser, "tokens")
    shown = browser.find_element(By.TAG_NAME, "code").text
    site.secrets.add(shown)
    browser.get(site.url + "/tokens")
    assert shown not in browser.page_source
    wait_for_text(browser, "backup")


def test_a_form_leads_to_the_view_on_another_host(make_site, browser, backend):
    view = f"http://127.0.0.1:{backend.port}/application"
    site = make_site(f"SecurityPostLoginView {view}\n")
    browser.delete_all_cookies()
    browser.get(site.url + "/login")
    fill(browser, email="ann@example.org", password=password_of("ann"))
    wait_for_text(browser, "Sec-Fetch")
    assert browser.current_url == view


def test_an_image_uses_up_no_link_and_nobody_is_switched_to_another_account_unasked(
        site, browser, mailbox):
    address, new = "paula@example.org", "paula@elsewhere.example"
    browser.delete_all_cookies()
    register(site, address, site.make_secret())
    link = link_in(mailbox.wait_for(address), site, "/confirm")
    (site.docs / "picture.html").write_text(
        f'<!doctype html><title>picture</title><img src="{link}"><iframe src="{link}"></iframe>')
    browser.get(site.url + "/picture.html")
    rows = f"SELECT id FROM `user` WHERE email = '{address}' AND confirmed_at IS NULL"
    assert site.sql(rows)
    browser.get(site.url + "/login")
    sign_in(browser, "ann")
    browser.get(site.url + link)
    wait_for_text(browser, "You are signed in as ann@example.org")
    photograph(browser, "confirm-as-another")
    assert site.sql(rows)
    press(browser, "main button")
    wait_for_text(browser, "home")
    assert not site.sql(rows)

    there, _ = change_email(site, mailbox, "twin", new)
    browser.delete_all_cookies()
    browser.get(site.url + there)
    wait_for_text(browser, "t***@e***.org")
    photograph(browser, "another-address")
    press(browser, "main button")
    wait_for_text(browser, "Your email address has been changed")
    browser.get(site.url + "/login")
    fill(browser, email=new, password=password_of("twin"))
    browser.get(site.url + "/account")
    wait_for_text(browser, "can take the account back until")
    photograph(browser, "account-with-a-way-back")
