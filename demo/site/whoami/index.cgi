#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shows what a program is told about the visitor in its environment.

escape()
{
    printf '%s' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
}

row()
{
    printf '<tr><th scope="row">%s</th><td>%s</td></tr>\n' "$1" "$(escape "$2")"
}

printf 'Content-Type: text/html; charset=utf-8\n\n'
cat <<'PAGE'
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Who am I?</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<strong><a href="/">Demo site</a></strong>
<a href="/change">Change password</a>
<form method="post" action="/logout"><button>Sign out</button></form>
</header>
<main>
<h1>Who am I?</h1>
<table>
PAGE
row REMOTE_USER "$REMOTE_USER"
row SECURITY_USER_ID "$SECURITY_USER_ID"
row SECURITY_EMAIL "$SECURITY_EMAIL"
row SECURITY_USERNAME "$SECURITY_USERNAME"
row SECURITY_ROLES "$SECURITY_ROLES"
row SECURITY_PERMISSIONS "$SECURITY_PERMISSIONS"
row SECURITY_METHOD "$SECURITY_METHOD"
printf '</table>\n</main>\n</body>\n</html>\n'
