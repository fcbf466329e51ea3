# SPDX-License-Identifier: Apache-2.0
"""A Flask-Security application on the same tables: /usr/bin/python3 flask_app.py URI ORDER ...

Orders: `tables`, `add EMAIL PASSWORD [ROLE]`, `login EMAIL PASSWORD`, `cookies EMAIL PASSWORD`, `change EMAIL OLD NEW`.
Prints one line of JSON.
"""

import json
import sys

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore, hash_password
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
    """What the application hands out at a sign-in: session, remember cookie, token."""
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


def main(uri, order, *words):
    application, database = make_application(uri)
    with application.app_context():
        if order == "tables":
            database.create_all()
            result = {}
        else:
            result = {"add": add, "login": login, "cookies": cookies, "change": change}[order](application, *words)
    print(json.dumps(result))


main(*sys.argv[1:])
