# Wheels are built in one stage and installed in another: no compiler, no sources, no root.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -c constraints.txt '.[agent]'

FROM python:3.11-slim AS install
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/constraints.txt
RUN python -m venv /opt/fleet-agent \
    && /opt/fleet-agent/bin/pip install --no-cache-dir --no-index --find-links /wheels -c /wheels/constraints.txt 'campus-fleet[agent]'

FROM python:3.11-slim
# iperf3 for lines that are tested with it.
RUN apt-get update \
    && apt-get install -y --no-install-recommends iperf3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/fleet-agent --uid 10002 fleet \
    && chmod 700 /var/lib/fleet-agent
COPY --from=install /opt/fleet-agent /opt/fleet-agent
ENV PATH=/opt/fleet-agent/bin:$PATH \
    FLEET_AGENT_STATE_DIR=/var/lib/fleet-agent
USER fleet
WORKDIR /var/lib/fleet-agent
VOLUME /var/lib/fleet-agent
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('FLEET_AGENT_METRICS_PORT', '9464') + '/metrics', timeout=3)"]
CMD ["fleet-agent", "run"]
