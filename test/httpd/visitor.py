# SPDX-License-Identifier: Apache-2.0
"""Somebody on the other end of the line: a browser, or a program that speaks JSON."""

import requests

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def password_of(name):
    """The password of a test account, easy to find in a log that must not contain it."""
    return f"Wq7-staple-{name[::-1]}-battery"


class Visitor:
    """One cookie jar and one kind of request; never follows a redirect by itself."""

    def __init__(self, site, secure=False, accept=BROWSER):
        self.site = site
        self.base = site.secure_url if secure else site.url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(site.certificates / "cert.pem")
        self.session.headers["Accept"] = accept

    def request(self, method, path, **options):
        options.setdefault("allow_redirects", False)
        options.setdefault("timeout", 60)
        answer = self.session.request(method, self.base + path, **options)
        for cookie in answer.cookies:
            if cookie.value and len(cookie.value) > 20:
                self.site.secrets.add(cookie.value)
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, data=None, **options):
        return self.request("POST", path, data=data, **options)

    def sign_in(self, name, password=None, path="/login", **fields):
        """Posts the sign-in form; NAME is an account of the site or a full address."""
        return self.post(path, self.credentials(name, password, fields))

    def sign_in_json(self, name, password=None, path="/login", **fields):
        return self.post(path, json=self.credentials(name, password, fields))

    @staticmethod
    def credentials(name, password, fields):
        address = name if "@" in name else f"{name}@example.org"
        return {"email": address, "password": password or password_of(name), **fields}

    def cookie(self, name):
        return self.session.cookies.get(name)

    def set_cookie(self, name, value):
        self.session.cookies.set(name, value, domain="127.0.0.1", path="/")

    def drop_cookie(self, name):
        for cookie in list(self.session.cookies):
            if cookie.name == name:
                self.session.cookies.clear(cookie.domain, cookie.path, cookie.name)

    def is_signed_in(self):
        return self.get("/members/").status_code == 200
