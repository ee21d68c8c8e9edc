# Sourced by `run` and `test`: checks for Rust and installs the Debian packages that are missing, when it may.
# Where it may not (no root, no sudo, not Debian) it says exactly what to install and stops.

# Window and GPU libraries are opened at run time; only a C compiler is needed to build.
RUN_PACKAGES="build-essential ca-certificates libvulkan1 mesa-vulkan-drivers libwayland-client0 libxkbcommon0 \
libxkbcommon-x11-0 libx11-6 libx11-xcb1 libxcb1 libxcursor1 libxi6"

say() { printf 'gridwall: %s\n' "$*" >&2; }

need_rust() {
    if ! command -v cargo >/dev/null 2>&1; then
        [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
    fi
    if ! command -v cargo >/dev/null 2>&1; then
        say "Rust 1.95 or newer is needed and no cargo was found. Install it with rustup, then run this again."
        exit 1
    fi
}

# need_packages PACKAGE... : installs those that dpkg does not have.
need_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "not a Debian system: if something is missing, it is what these Debian packages hold: $*"
        return 0
    fi
    missing=""
    for package in "$@"; do
        status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
        [ "$status" = "install ok installed" ] || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo"
    else
        say "these Debian packages are missing and this user may not install them. As root:"
        say "    apt-get update && apt-get install -y$missing"
        exit 1
    fi
    say "installing:$missing"
    # shellcheck disable=SC2086 # the words are package names
    if ! { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing; } >/dev/null; then
        say "the installation failed. As root, see what apt says:"
        say "    apt-get update && apt-get install -y$missing"
        exit 1
    fi
}
