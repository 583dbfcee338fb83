FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -c constraints.txt '.[agent]'

FROM python:3.11-slim
RUN useradd --system --create-home --home-dir /var/lib/fleet-agent --uid 10002 fleet
COPY --from=build /wheels /wheels
COPY constraints.txt /tmp/constraints.txt
RUN pip install --no-cache-dir --no-index --find-links /wheels -c /tmp/constraints.txt 'campus-fleet[agent]' \
    && rm -rf /wheels /tmp/constraints.txt
USER fleet
WORKDIR /var/lib/fleet-agent
VOLUME /var/lib/fleet-agent
ENV FLEET_AGENT_STATE_DIR=/var/lib/fleet-agent
CMD ["fleet-agent", "run"]
