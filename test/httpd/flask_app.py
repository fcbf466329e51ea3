# SPDX-License-Identifier: Apache-2.0
"""A Flask-Security application on the same tables: /usr/bin/python3 flask_app.py URI ORDER ...

Orders: `tables`, `add EMAIL PASSWORD [ROLE]`, `login EMAIL PASSWORD`, `cookies EMAIL PASSWORD`,
`change EMAIL OLD NEW`, `deactivate EMAIL`, `role EMAIL ROLE PERMISSIONS`, `whoami EMAIL`; each
prints one line of JSON. `serve PORT` serves the application until it is killed; its pages `/whoami`
and `/cookies` say who is signed in and what the browser sent.
"""

import json
import sys

from flask import Flask, request
from flask_security import (Security, SQLAlchemyUserDatastore, auth_required, current_user,
                            hash_password)
from flask_security.models import fsqla_v3
from flask_sqlalchemy import SQLAlchemy


def make_application(uri):
    application = Flask(__name__)
    application.config.update(
        SQLALCHEMY_DATABASE_URI=uri, SECRET_KEY="interoperation", SECURITY_PASSWORD_SALT="salty",
        SECURITY_PASSWORD_HASH="bcrypt", SECURITY_TRACKABLE=True, SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        WTF_CSRF_ENABLED=False)
    database = SQLAlchemy(application)
    fsqla_v3.FsModels.set_db_info(database)

    class Role(database.Model, fsqla_v3.FsRoleMixin):
        pass

    class User(database.Model, fsqla_v3.FsUserMixin):
        pass

    application.security = Security(application, SQLAlchemyUserDatastore(database, User, Role))
    return application, database


def add(application, email, password, role=None):
    store = application.security.datastore
    user = store.create_user(email=email, password=hash_password(password))
    if role:
        store.add_role_to_user(user, store.find_or_create_role(role))
    store.commit()
    return {"id": user.id}


def login(application, email, password):
    with application.test_client() as client:
        answer = client.post("/login", json={"email": email, "password": password})
        return {"status": answer.status_code, "body": answer.json}


def cookies(application, email, password):
    """What the application issues at a sign-in: session, remember cookie, token."""
    with application.test_client() as client:
        answer = client.post("/login?include_auth_token", json={
            "email": email, "password": password, "remember": True})
        jar = {cookie.name: cookie.value for cookie in client.cookie_jar}
        return {"session": jar["session"], "remember": jar["remember_token"],
                "token": answer.json["response"]["user"]["authentication_token"]}


def change(application, email, old, new):
    with application.test_client() as client:
        client.post("/login", json={"email": email, "password": old})
        answer = client.post("/change", json={
            "password": old, "new_password": new, "new_password_confirm": new})
        return {"status": answer.status_code, "body": answer.json}


def deactivate(application, email):
    store = application.security.datastore
    store.deactivate_user(store.find_user(email=email))
    store.commit()
    return {}


def role(application, email, name, permissions):
    store = application.security.datastore
    made = store.find_or_create_role(name, permissions=set(permissions.split(",")))
    store.add_role_to_user(store.find_user(email=email), made)
    store.commit()
    return {}


def whoami(application, email):
    user = application.security.datastore.find_user(email=email)
    return {"roles": sorted(role.name for role in user.roles),
            "permissions": sorted({name for role in user.roles
                                   for name in role.get_permissions()})}


def serve(application, port):
    @application.get("/whoami")
    @auth_required("session", "token")
    def say():
        return current_user.email

    @application.get("/cookies")
    def echo():
        return request.headers.get("Cookie", "")

    application.run("127.0.0.1", int(port))


ORDERS = {"add": add, "login": login, "cookies": cookies, "change": change,
          "deactivate": deactivate, "role": role, "whoami": whoami}


def main(uri, order, *words):
    application, database = make_application(uri)
    if order == "serve":
        serve(application, *words)
    with application.app_context():
        if order == "tables":
            database.create_all()
            result = {}
        else:
            result = ORDERS[order](application, *words)
    print(json.dumps(result))


main(*sys.argv[1:])
