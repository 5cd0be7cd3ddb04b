#!/bin/sh
# fetch-server.sh [-d FOLDER] [NAME]    fetch a Redis or Valkey server once; prints the path of the program
#
#   NAME        Debian suite                       package
#   redis-7.0   bookworm, with bookworm-security   redis-tools   (the default)
#   redis-8.0   trixie                             redis-tools
#   valkey-8.1  trixie                             valkey-tools
#   valkey-9    forky (testing)                    valkey-tools
#   redis-8.6   experimental                       redis-tools
#
#   FOLDER      ${XDG_CACHE_HOME:-$HOME/.cache}/nest-redis-cluster/servers
#
# Plain Debian packages from the mirror this system is set up with (or
# DEBIAN_MIRROR, DEBIAN_SECURITY_MIRROR). Nothing is installed, no system file
# is touched, root is not needed: apt works on a state of its own, checks the
# Release signatures and the packages' SHA256, and dpkg-deb unpacks into FOLDER.
# The suites move on, so only the series in NAME is fixed, not the exact version.
#
# The programs run through trixie's dynamic loader with trixie's libraries
# (FOLDER/runtime), whatever this system's libc is.
#
# Several may run at once: one fetches, the others wait and find it done; and
# a folder appears under its final name only when it is complete.
set -eu

say() { echo "fetch-server: $*" >&2; }
fail() { say "$*"; exit 1; }
no_mirror() {
  fail "$* Install a server instead (apt install redis-server or valkey-server, dnf install valkey, brew install redis) so that redis-server or valkey-server is on the PATH, or set REDIS_SERVER to the path of one."
}

folder=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/nest-redis-cluster/servers
while getopts d: option; do
  case $option in d) folder=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
name=${1:-redis-7.0}
case $name in
  redis-7.0) suite=bookworm ;;
  redis-8.0 | valkey-8.1) suite=trixie ;;
  valkey-9) suite=forky ;;
  redis-8.6) suite=experimental ;;
  *) fail "unknown server $name; known are redis-7.0 valkey-8.1 redis-8.0 valkey-9 redis-8.6" ;;
esac
kind=${name%%-*}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
program=$folder/$name/$kind-server
if [ -x "$program" ]; then echo "$program"; exit 0; fi

for tool in apt-get dpkg dpkg-deb flock; do
  command -v "$tool" >/dev/null || no_mirror "Servers can be fetched on Debian only ($tool is missing)."
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || no_mirror "Debian's signing keys are missing ($keyring)."
architecture=$(dpkg --print-architecture)
case $architecture in
  amd64) triple=x86_64-linux-gnu loader=ld-linux-x86-64.so.2 ;;
  arm64) triple=aarch64-linux-gnu loader=ld-linux-aarch64.so.1 ;;
  *) no_mirror "No recipe for the architecture $architecture." ;;
esac

# the first address in apt's sources that ends as asked
configured() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    grep -v '^[[:space:]]*#' | grep -oE 'https?://[^] ]+' | sed 's#/$##' | grep -E "$1" | head -n 1
}
mirror=${DEBIAN_MIRROR:-$(configured '/debian$' || true)}
[ -n "$mirror" ] || no_mirror "No Debian mirror in apt's sources (DEBIAN_MIRROR can name one)."
security=${DEBIAN_SECURITY_MIRROR:-$(configured '/debian-security$' || true)}
security=${security:-$mirror-security}

# the lock ends with this process, however that ends
exec 9>"$folder/.lock"
flock -n 9 || { say "waiting for another fetch to end"; flock 9; }
if [ -x "$program" ]; then echo "$program"; exit 0; fi
# what a killed fetch left behind; nobody else is at work now
rm -rf "$folder"/.fetch.*
work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

source_of() { # URI SUITE
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nArchitectures: %s\nSigned-By: %s\n\n' "$1" "$2" "$architecture" "$keyring"
}
# The package cache is switched off by some images' own apt configuration,
# which is read after APT_CONFIG; only the command line wins.
apt() { # SUITE ARGUMENT...
  state=$work/apt-$1
  shift
  APT_CONFIG=$state/apt.conf apt-get -qq -o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin "$@" >&2
}
read_suite() { # SUITE
  state=$work/apt-$1
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  {
    source_of "$mirror" "$1"
    if [ "$1" = bookworm ]; then source_of "$security" bookworm-security; fi
  } >"$state/suite.sources"
  cat >"$state/apt.conf" <<END
Dir::State "$state"; Dir::State::lists "$state/lists"; Dir::State::status "$state/status";
Dir::Cache "$state/cache";
Dir::Etc::sourcelist "$state/suite.sources"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "$architecture"; APT::Architectures "$architecture"; APT::Sandbox::User "";
Acquire::Languages "none"; Acquire::Retries "3";
END
  say "reading the package list of $1"
  apt "$1" update
}
unpack() { # SUITE FOLDER PACKAGE...
  from=$1 into=$2
  shift 2
  mkdir -p "$into" "$into.deb"
  say "downloading $*"
  (cd "$into.deb" && apt "$from" download "$@") || return 1
  for package in "$into.deb"/*.deb; do dpkg-deb -x "$package" "$into" || return 1; done
}

# set -e does not hold in a function whose status is asked for: each step says so itself
runtime() {
  if [ -e "$folder/runtime/$loader" ]; then return; fi
  if [ "$suite" != trixie ]; then read_suite trixie || return 1; fi
  unpack trixie "$work/libraries" libc6 libgcc-s1 libstdc++6 libatomic1 libssl3t64 libjemalloc2 liblzf1 libsystemd0 libcap2 zlib1g libzstd1 || return 1
  mkdir "$work/runtime" || return 1
  find "$work/libraries/usr/lib/$triple" -maxdepth 1 \( -name '*.so' -o -name '*.so.*' \) -exec cp -a -t "$work/runtime" {} + || return 1
  if [ ! -e "$work/runtime/$loader" ]; then
    cp -aL "$(find "$work/libraries" -name "$loader" | head -n 1)" "$work/runtime/" || return 1
  fi
  rm -rf "$folder/runtime"
  mv "$work/runtime" "$folder/runtime"
}

say "fetching $name from $mirror into $folder (once)"
read_suite "$suite" || fail "the package list of $suite cannot be read from $mirror"
runtime || fail "the libraries for $name cannot be fetched from $mirror"
unpack "$suite" "$work/package" "$kind-tools" || fail "$kind-tools cannot be fetched from $suite"
mkdir -p "$work/$name/elf"
# the -tools package holds the server: <kind>-check-rdb is the same program, which looks at its own name
for pair in server:check-rdb cli:cli; do
  target=$kind-${pair%%:*}
  cp "$work/package/usr/bin/$kind-${pair#*:}" "$work/$name/elf/$target"
  cat >"$work/$name/$target" <<END
#!/bin/sh
# exec keeps the pid: signals reach the server itself
here=\$(dirname "\$(readlink -f "\$0")")
exec "\$here/../runtime/$loader" --library-path "\$here/../runtime" "\$here/elf/$target" "\$@"
END
  chmod 755 "$work/$name/$target"
done
version=$("$folder/runtime/$loader" --library-path "$folder/runtime" "$work/$name/elf/$kind-server" --version) ||
  fail "$name does not run on this system"
rm -rf "${folder:?}/$name"
mv "$work/$name" "$folder/$name"
say "ready: $version"
echo "$program"
