# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of the test bed share: where the cache is, how Debian
# packages come into it by name, and how a piece of it is made once. Sourced,
# never run.

set -euo pipefail

CORDON_CACHE=${CORDON_CACHE:-$HOME/.cache/cordon}
TESTBED=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts that source this
TREE=$(cd "$TESTBED/../.." && pwd)
mkdir -p "$CORDON_CACHE"

say()
{
	echo "testbed: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

# One maker at a time for each piece of the cache: two beds may start together.
# The lock is held by the calling script until it ends.
lock()
{
	exec {lock_fd}>"$CORDON_CACHE/.lock-$1"
	flock "$lock_fd"
}

# apt: the machine's own, or another configuration when APT_CONFIG names it.
# Package lists may be absent or too old for the mirror, so what fails is tried
# again once with new ones.
with_lists()
{
	"$@" && return
	say "new package lists"
	apt_get update >&2
	"$@"
}

apt_get()
{
	# A download needs no other user, and the cache may be closed to _apt.
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		-o APT::Sandbox::User=root "$@"
}

# The package that a meta package stands for now: depends_on META REGEX
depends_on()
{
	apt-cache depends "$1" 2>/dev/null |
		sed -n 's/^ *Depends: //p' | grep -E -m 1 "$2"
}

# Unpack packages into a folder without installing them: unpack DIR PACKAGE...
unpack()
{
	local dir=$1 debs deb

	shift
	debs=$(mktemp -d "$CORDON_CACHE/debs.XXXXXX")
	(cd "$debs" && with_lists apt_get download "$@" >&2) || return
	for deb in "$debs"/*.deb; do
		dpkg -x "$deb" "$dir" || return
	done
	rm -rf "$debs"
}

# The mirror that the machine itself uses.
mirror()
{
	local uri

	# shellcheck disable=SC2016 # apt's own variables
	uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(LABEL)' \
		'Created-By: Packages' |
		awk '$2 !~ /-/ && $3 == "Debian" { print $1; exit }')
	[ -n "$uri" ] || return
	echo "$uri"
}

# A folder made whole or not at all: make_once DIR COMMAND..., where the command
# gets the path of an unfinished folder as its last argument.
make_once()
{
	local dir=$1 start=$SECONDS

	shift
	[ -d "$dir" ] && return
	rm -rf "$dir.part"
	mkdir -p "$dir.part"
	# Not `|| die`: that would switch off set -e inside.
	# shellcheck disable=SC2064 # the name as it is now
	trap "say 'could not make $dir, see the logs in $CORDON_CACHE'" EXIT
	"$@" "$dir.part"
	trap - EXIT
	mv "$dir.part" "$dir"
	say "made $dir in $((SECONDS - start)) s"
}

# A Debian 13 with these packages: trixie_root SITE PACKAGES DIR
trixie_root()
{
	say "debootstrap trixie: $2"
	debootstrap --variant=minbase --include="$2" trixie "$3" "$1" \
		>"$3.log" 2>&1
	rm -rf "$3.log" "$3"/usr/share/{doc,man,locale} "$3"/var/cache/apt \
		"$3"/var/lib/apt/lists
}

# KVER, IMAGE, MODDIR, KDIR and KROOT of a kernel, which is made if need be.
load_kernel()
{
	local vars

	vars=$("$TESTBED/kernel" "$1")
	eval "$vars"
}
