# SPDX-License-Identifier: Apache-2.0
"""The endpoints answer whatever a site does with all its paths."""

import pytest
from servers import free_port

FRONT = ("RewriteEngine On\nRewriteBase /\nRewriteCond %{REQUEST_FILENAME} !-f\n"
         "RewriteRule ^(.*)$ index.html?q=$1 [L]\n")

# Name -> lines of the virtual host, and of the .htaccess of its document root.
SITES = {
    "front-controller": ("", FRONT),
    "fallback": ("", "FallbackResource /index.html\n"),
    "handler": ("<Location />\nSetHandler {proxy}\n</Location>\n", ""),
    "handler-of-folder": ("", "SetHandler {proxy}\nForceType text/plain\n"),
    "action": ("Action ours /index.html\n<Location />\nSetHandler ours\n</Location>\n", ""),
    "proxy": ("ProxyPass / {url}\n", ""),
    "proxy-encoded": ("ProxyPass / {url} mapping=encoded\n", ""),
    "proxy-match": ("ProxyPassMatch ^/(.*)$ {url}$1\n", ""),
    "proxy-rewrite": ("RewriteEngine On\nRewriteRule ^/(.*)$ {url}$1 [P]\n", ""),
    "redirect": ("Redirect 301 / https://elsewhere.example/\n", ""),
    "all-denied": ("<Location />\nAuthType Security\nRequire valid-user\n</Location>\n",
                   "Require all denied\n"),
}


@pytest.fixture(scope="module")
def site(make_site, backend):
    def config(site):
        url = f"http://127.0.0.1:{backend.port}/"
        words = {"{url}": url, "{proxy}": f"proxy:{url}"}
        lines = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                 for name in ("rewrite", "actions")]
        site.ports = {}
        for name, texts in SITES.items():
            root = site.folder / name
            root.mkdir()
            (root / "index.html").write_text("the site itself")
            for word, meaning in words.items():
                texts = [text.replace(word, meaning) for text in texts]
            (root / ".htaccess").write_text(texts[1])
            port = site.ports[name] = free_port()
            lines.append(f"Listen 127.0.0.1:{port}\n<VirtualHost 127.0.0.1:{port}>\n"
                         f"DocumentRoot {root}\n<Directory {root}>\nRequire all granted\n"
                         "AllowOverride All\nOptions FollowSymLinks\n</Directory>\n"
                         f"SecurityPublicUrl http://127.0.0.1:{port}\n{texts[0]}</VirtualHost>")
        return "\n".join(lines)

    return make_site(config)


@pytest.mark.parametrize("name", SITES)
def test_the_endpoints_answer_in_any_surroundings(site, name):
    visitor = site.visitor()
    visitor.base = f"http://127.0.0.1:{site.ports[name]}"
    answer = visitor.get("/login?next=/page")
    assert answer.status_code == 200
    assert 'name="password"' in answer.text and 'value="/page"' in answer.text
    assert visitor.get("/security.css").headers["Content-Type"].startswith("text/css")
    answer = visitor.sign_in("ann", path="/login?next=/page")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/page"
    assert "ann@example.org" in visitor.get("/account").text
