# SPDX-License-Identifier: Apache-2.0
# For the checks: what they look at, and TAP (Test Anything Protocol) for the verdicts.
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
count=0

# verdict SENTENCE OFFENDERS: one test, which passes when there are no offenders.
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

# skip SENTENCE REASON
skip()
{
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

finish()
{
    echo "1..$count"
}

# The C files of the product, and those of its tests.
sources()
{
    find src mod_security_auth.c security_auth.c -name '*.[ch]' 2>/dev/null | sort
}

test_sources()
{
    find test -name '*.[ch]' | sort
}
