# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml describes what the endpoints answer: every operation, for browsers and programs."""

import pathlib
import re

import jsonschema
import pytest
import yaml
from servers_httpd import SOURCE
from visitor import BROWSER, password_of

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityLoginWithoutConfirmation On
SecurityRecoverable On
SecurityChangeable On
SecurityChangeEmail On
SecurityChangeUsername On
SecurityUsernameEnable On
SecurityTokens On
"""

DOCUMENT = yaml.safe_load((SOURCE / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
OPERATIONS = [(path, method) for path, item in DOCUMENT["paths"].items()
              for method in item if method in ("get", "post")]
SIGNED_IN = ["/verify", "/account", "/change", "/change-username", "/change-email", "/tokens"]
JSON = "application/json"
NEW_PASSWORD = "a whole new sentence"


def resolve(node):
    while "$ref" in node:
        target = DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def described(path, method, status):
    responses = DOCUMENT["paths"][path][method]["responses"]
    assert str(status) in responses or status >= 400, f"{method} {path} answers {status}"
    return resolve(responses.get(str(status)) or responses["default"])


def validate(schema, value):
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema,
             "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def check_headers(response, answer):
    for name, header in response.get("headers", {}).items():
        header = resolve(header)
        assert name in answer.headers or not header.get("required"), f"{name} is missing"
        if name in answer.headers:
            validate(header["schema"], answer.headers[name])


def check(path, answer, status):
    """Checks that the document describes the answer; returns its JSON response, or its text."""
    method = answer.request.method.lower()
    response = described(path, method, answer.status_code)
    assert answer.status_code == status, answer.text
    check_headers(response, answer)
    if not answer.content:
        return ""
    kind = answer.headers["Content-Type"].split(";")[0]
    assert kind in response["content"], f"{method} {path} answers {kind}"
    if kind != JSON:
        validate(response["content"][kind]["schema"], answer.text)
        return answer.text
    body = answer.json()
    validate(response["content"][kind]["schema"], body)
    assert body["meta"]["code"] == status
    return body["response"]


def concrete(path):
    return path.replace("{secret}", "no-such-secret")


def json_member(site, name):
    program = site.visitor(accept=JSON)
    check("/login", program.sign_in_json(name), 200)
    return program


def newcomer(site):
    """An account for one test, which may change it in any way."""
    newcomer.count += 1
    name = f"new{newcomer.count}"
    site.tool("users", "create", f"{name}@example.org", "--password-stdin", "--confirmed",
              typed=password_of(name) + "\n")
    site.database.hand_over()
    return name


newcomer.count = 0


def nodes(node):
    yield node
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, (dict, list)):
            yield from nodes(child)


def test_the_document_is_well_formed():
    # A comma in an unquoted text turns the rest of it into a key without a value.
    assert not [node for node in nodes(DOCUMENT)
                if isinstance(node, dict) and None in node.values()]
    text = (SOURCE / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    for reference in re.findall(r'\$ref: "([^"]+)"', text):
        assert resolve({"$ref": reference}), reference
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_endpoint_is_described():
    source = pathlib.Path(SOURCE / "src" / "base" / "settings.c").read_text(encoding="utf-8")
    urls = set(re.findall(r'_url = "(/[^"]+)"', source))
    assert urls == {path.removesuffix("/{secret}") for path in DOCUMENT["paths"]}


@pytest.mark.parametrize("accept", [JSON, BROWSER], ids=["json", "html"])
@pytest.mark.parametrize("path,method", OPERATIONS)
def test_a_stranger_is_answered_as_described(site, path, method, accept):
    answer = site.visitor(accept=accept).request(method.upper(), concrete(path))
    check(path, answer, answer.status_code)


@pytest.mark.parametrize("accept", [JSON, BROWSER], ids=["json", "html"])
@pytest.mark.parametrize("path", [path for path, method in OPERATIONS if method == "get"])
def test_a_signed_in_user_is_answered_as_described(site, path, accept):
    person = site.visitor(accept=accept)
    person.sign_in("ann")
    answer = person.get(concrete(path))
    check(path, answer, answer.status_code)


@pytest.mark.parametrize("path", SIGNED_IN)
def test_a_program_that_is_not_signed_in_is_told_so(site, path):
    assert check(path, site.visitor(accept=JSON).get(path), 401)["errors"]


@pytest.mark.parametrize("accept", [JSON, BROWSER], ids=["json", "html"])
@pytest.mark.parametrize("path,method", OPERATIONS)
def test_another_method_is_refused_as_described(site, path, method, accept):
    answer = site.visitor(accept=accept).request("DELETE", concrete(path))
    response = resolve(DOCUMENT["paths"][path][method]["responses"]["default"])
    assert answer.status_code == 405
    check_headers(response, answer)
    assert "GET, HEAD" in answer.headers["Allow"]


@pytest.mark.parametrize("body,kind,status", [
    ("{", JSON, 400), ("1", JSON, 400), ("<a/>", "text/xml", 415), ("x" * 70000, JSON, 413),
    ('{"email": 1}', JSON, 400),
], ids=["cut off", "no object", "no json", "too large", "a number"])
def test_a_bad_body_is_refused_as_described(site, body, kind, status):
    answer = site.visitor(accept=JSON).post("/login", body, headers={"Content-Type": kind})
    check("/login", answer, status)


def test_the_default_scope_of_a_token_is_described(site):
    program = json_member(site, "twin")
    made = check("/tokens", program.post("/tokens", json={"name": "bare"}), 200)
    site.secrets.add(made["secret"])
    wish = DOCUMENT["components"]["schemas"]["TokenFields"]["properties"]["scope"]["description"]
    assert made["token"]["roles"] == made["token"]["permissions"] == []
    assert "nothing when missing" in wish


def test_another_site_is_refused_as_described(site):
    answer = site.visitor(accept=JSON).post(
        "/login", json={}, headers={"Origin": "https://elsewhere.example"})
    check("/login", answer, 403)


def test_a_program_signs_in_proves_its_password_and_signs_out(site):
    program = json_member(site, "ada")
    assert check("/login", program.get("/login"), 200)["user"]["id"]
    check("/login", program.sign_in_json("ada"), 400)
    check("/register", program.get("/register"), 400)
    check("/verify", program.post("/verify", json={"password": "wrong"}), 400)
    proved = check("/verify", program.post("/verify", json={"password": password_of("ada")}), 200)
    assert proved["user"]["authentication_token"]
    check("/logout", program.post("/logout", json={}), 200)
    check("/account", program.get("/account"), 401)


def test_a_browser_signs_in_and_out(site):
    person = site.visitor()
    assert "errors" in check("/login", person.sign_in("ann", "wrong"), 200)
    check("/login", person.sign_in("ann"), 302)
    check("/login", person.get("/login"), 302)
    check("/verify", person.post("/verify", {"password": password_of("ann")}), 302)
    check("/logout", person.post("/logout", {}), 302)


def test_wrong_fields_are_reported_by_field(site):
    program = site.visitor(accept=JSON)
    check("/login", program.sign_in_json("ann", "wrong"), 400)
    answer = program.post("/register", json={"email": "no address", "password": "x"})
    assert check("/register", answer, 400)["field_errors"]["email"]


def test_the_account_lists_sessions_and_ends_them(site):
    name = newcomer(site)
    other, program = json_member(site, name), json_member(site, name)
    sessions = check("/account", program.get("/account"), 200)["sessions"]
    assert [session["current"] for session in sessions].count(True) == 1
    check("/account", program.post("/account", json={"end": "nonsense"}), 400)
    check("/account", program.post("/account", json={"end": "others"}), 200)
    check("/account", other.get("/account"), 401)


def test_a_token_is_created_listed_and_revoked(site):
    program = json_member(site, "ed")
    made = check("/tokens", program.post("/tokens", json={"name": "backup", "expires": "1d"}), 200)
    site.secrets.add(made["secret"])
    with_token = site.visitor(accept=JSON)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    check("/account", with_token.get("/account", headers=headers), 403)
    listed = check("/tokens", program.get("/tokens"), 200)["tokens"]
    assert made["token"]["id"] in [token["id"] for token in listed]
    check("/tokens", program.post("/tokens", json={"name": ""}), 400)
    check("/tokens", program.post("/tokens", json={"revoke": str(made["token"]["id"])}), 200)
    check("/tokens", program.post("/tokens", json={"revoke": "987654"}), 404)


def test_the_names_and_the_password_are_changed(site):
    name = newcomer(site)
    program = json_member(site, name)
    assert check("/change-username", program.get("/change-username"), 200)[
        "current_username"] is None
    check("/change-username", program.post("/change-username", json={"username": name}), 200)
    check("/change-username", program.post("/change-username", json={}), 400)
    check("/change-email", program.post("/change-email", json={"email": "nothing"}), 400)
    changed = {"password": password_of(name), "new_password": NEW_PASSWORD}
    check("/change", program.post("/change", json=changed), 400)
    changed["new_password_confirm"] = NEW_PASSWORD
    assert check("/change", program.post("/change", json=changed), 200)["user"]


def link_of(site, mail, path):
    text = mail.get_body(("plain",)).get_content()
    found = re.search(rf"{re.escape(site.url)}({path}/\S+)", text)
    assert found, mail
    site.links.add(found[1].rsplit("/", 1)[1])
    return found[1]


def test_the_links_of_a_registration(site, mailbox):
    program = site.visitor(accept=JSON)
    password = site.make_secret()
    fields = {"email": "reader@example.org", "password": password, "password_confirm": password}
    assert check("/register", program.post("/register", json=fields), 200)["user"] == {}
    link = link_of(site, mailbox.wait_for("reader@example.org"), "/confirm")
    check("/confirm", program.post("/confirm", json={"email": "reader@example.org"}), 200)
    again = link_of(site, mailbox.wait_for("reader@example.org"), "/confirm")
    check("/confirm/{secret}", site.visitor().get(link), 302)
    check("/confirm/{secret}", site.visitor().post(again, {}), 302)


def test_the_link_of_a_reset(site, mailbox):
    name = newcomer(site)
    program = site.visitor(accept=JSON)
    check("/reset", program.post("/reset", json={"email": f"{name}@example.org"}), 200)
    link = link_of(site, mailbox.wait_for(f"{name}@example.org"), "/reset")
    check("/reset/{secret}", program.get(link), 200)
    check("/reset/{secret}", program.post(link, json={"password": NEW_PASSWORD}), 400)
    fields = {"password": NEW_PASSWORD, "password_confirm": NEW_PASSWORD}
    assert check("/reset/{secret}", program.post(link, json=fields), 200)["user"]["id"]
    check("/reset/{secret}", site.visitor(accept=JSON).post(link, json=fields), 400)


def test_the_link_of_a_new_address(site, mailbox):
    name = newcomer(site)
    program = json_member(site, name)
    fields = {"email": f"{name}@elsewhere.example"}
    assert check("/change-email", program.post("/change-email", json=fields), 200)["current_email"]
    link = link_of(site, mailbox.wait_for(fields["email"]), "/change-email")
    check("/change-email/{secret}", site.visitor().get(link), 200)
    check("/change-email/{secret}", site.visitor(accept=JSON).get(link), 200)
    check("/change-email/{secret}", program.get(link), 302)


def test_the_style_sheet_is_not_sent_twice(site):
    visitor = site.visitor()
    tag = visitor.get("/security.css").headers["ETag"]
    check("/security.css", visitor.get("/security.css", headers={"If-None-Match": tag}), 304)
