"""Write docs/openapi.json from the routes; a test holds it current."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from controller.app import create_app
from controller.settings import Settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"


def main() -> None:
    with TemporaryDirectory() as directory:
        settings = Settings(
            database_url="sqlite://", secret_key_file=Path(directory, "key"), jobs=False
        )
        described = create_app(settings).openapi()
    DOCUMENT.write_text(json.dumps(described, indent=0, ensure_ascii=False, sort_keys=True) + "\n")
    print(DOCUMENT)


if __name__ == "__main__":
    main()
