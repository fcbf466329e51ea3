# SPDX-License-Identifier: Apache-2.0
# Shared by the checks: the files to look at, and TAP (Test Anything Protocol) output.
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
count=0

# verdict SENTENCE OFFENDERS: reports one test, which passes if there are no offenders.
verdict()
{
    count=$((count + 1))
    if [ -z "$2" ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
    fi
}

# skip SENTENCE REASON: reports one skipped test.
skip()
{
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

finish()
{
    echo "1..$count"
}

# List the C files of the product and of its tests.
sources()
{
    find src mod_security_auth.c security_auth.c -name '*.[ch]' 2>/dev/null | sort
}

test_sources()
{
    find test -name '*.[ch]' | sort
}
