# SPDX-License-Identifier: Apache-2.0
"""A virtual host's own templates: its pages and mails appear there, and only there."""

import re

import pytest
from servers_httpd import MODULES, SOURCE

pytestmark = pytest.mark.once
WRONG_PASSWORDS = 10
FEATURES = f"""
LoadModule remoteip_module {MODULES}/mod_remoteip.so
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeable On
SecurityChangeEmail On
SecurityChangeUsername On
SecurityUsernameEnable On
SecurityTokens On
SecuritySendNewLoginEmail On
SecurityLinkConfirmation button
SecurityThrottleAccount {WRONG_PASSWORDS}
"""
SHIPPED = SOURCE / "templates"
PAGES = sorted(path.stem for path in (SHIPPED / "page").glob("[!_]*.html"))
MAILS = sorted(path.stem for path in (SHIPPED / "mail").glob("[!_]*.html"))


def mark(path, folder):
    """A copy of a shipped template with its own name in the heading, or in subject and text."""
    name = f"{path.parent.name}/{path.stem}"
    text = path.read_text(encoding="utf-8").replace("<s:text>\n", f"<s:text>\nOwn {name}.\n")
    text = re.sub(r"<h1[ >]", lambda found: f"<p>Own {name}.</p>{found[0]}", text)
    text = text.replace("<title>", "<title>Our ")
    target = folder / path.parent.name / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


class Tour:
    """Visits everything a virtual host shows; collects which of its own templates appeared."""

    def __init__(self, site, mailbox, secure):
        self.site, self.mailbox, self.secure = site, mailbox, secure
        self.seen = set()
        self.url = site.secure_url if secure else site.url

    def visitor(self):
        return self.site.visitor(secure=self.secure)

    def look(self, answer):
        self.seen |= set(re.findall(r"Own ([a-z_/-]+)\.", answer.text))
        return answer

    def mail(self, address, subject, path=None):
        mail = self.mailbox.wait_for(address, subject)
        text = mail.get_body(("plain",)).get_content()
        self.seen |= set(re.findall(r"Own ([a-z_/-]+)\.", text))
        if not path:
            return None
        found = re.search(re.escape(self.url) + f"({path}/[A-Za-z0-9_-]+)", text)
        self.site.links.add(found[1].rsplit("/", 1)[1])
        return found[1]

    def walk(self, mine):
        first, second, third = (self.site.make_secret() for _ in range(3))
        other = f"other-{mine}"
        guest = self.visitor()
        for path in ("/login", "/register", "/confirm", "/reset", "/logout"):
            self.look(guest.get(path))
        self.look(guest.request("PUT", "/login"))
        for name in ("", "annabel"):
            guest.post("/register", {"email": mine if not name else other, "username": name,
                                     "password": first, "password_confirm": first})
        self.mail(other, "Welcome")
        guest.post("/register", {"email": mine, "password": second, "password_confirm": second})
        self.mail(mine, "Welcome")
        guest.post("/confirm", {"email": mine})
        link = self.mail(mine, "Please confirm", "/confirm")
        self.mail(mine, "Welcome")
        self.look(guest.get(link))
        # After confirming by a link that was requested again, the user chooses a password.
        chosen = guest.post(link).headers["Location"].removeprefix(self.url)
        self.site.links.add(chosen.rsplit("/", 1)[1])
        guest.post(chosen, {"password": first, "password_confirm": first})
        for path in ("/account", "/change", "/verify"):
            self.look(guest.get(path))
        guest.post("/verify", {"password": first})
        for path in ("/change-email", "/change-username", "/tokens"):
            self.look(guest.get(path))
        guest.post("/change-username", {"username": "name" + str(len(mine))})
        self.mail(mine, "username")
        guest.post("/change", {"password": first, "new_password": second,
                               "new_password_confirm": second})
        self.mail(mine, "has been changed")
        self.visitor().post("/reset", {"email": mine})
        link = self.mail(mine, "reset instructions", "/reset")
        self.look(guest.get(link))
        guest.post(link, {"password": third, "password_confirm": third})
        self.mail(mine, "has been reset")
        guest.post("/change-email", {"email": "new-" + mine})
        undo = self.mail(mine, "is being changed", "/change-email")
        self.look(guest.get(undo))
        self.look(guest.get(self.mail("new-" + mine, "Confirm your new", "/change-email")))
        self.visitor().sign_in(mine, third)
        self.mail(mine, "New sign-in")
        stranger = self.visitor()
        stranger.session.headers["X-Forwarded-For"] = "198.51.100.1"
        for _ in range(WRONG_PASSWORDS):
            stranger.sign_in(mine, self.site.make_secret())
        self.mail(mine, "wrong passwords")
        return self.seen


def test_every_page_and_mail_is_the_virtual_hosts_own(make_site, mailbox):
    def config(site):
        own = site.folder / "own"
        for path in [*(SHIPPED / "page").glob("[!_]*.html"), *(SHIPPED / "mail").glob("[!_]*.html")]:
            mark(path, own)
        text = site.configuration.read_text().replace(
            f"SecurityPublicUrl {site.secure_url}\n",
            f"SecurityPublicUrl {site.secure_url}\nSecurityTemplates {own}\n")
        site.configuration.write_text(text)
        return FEATURES

    site = make_site(config)
    everything = {f"page/{name}" for name in PAGES} | {f"mail/{name}" for name in MAILS}
    assert Tour(site, mailbox, secure=False).walk("plain@example.org") == set()
    assert everything - Tour(site, mailbox, secure=True).walk("tour@example.org") == set()
