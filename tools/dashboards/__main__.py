"""Write deploy/grafana/dashboards; a test holds them current."""

import json
from pathlib import Path

from tools.dashboards import fleet, service
from tools.dashboards.panels import Dashboard

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"
DASHBOARDS = {"service.json": service.DASHBOARD, "fleet.json": fleet.DASHBOARD}


def text(dashboard: Dashboard) -> str:
    """A dashboard as its file holds it."""
    return json.dumps(dashboard.document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, dashboard in DASHBOARDS.items():
        (FOLDER / name).write_text(text(dashboard))
        print(FOLDER / name)
