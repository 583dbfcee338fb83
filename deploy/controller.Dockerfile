# Build: the wheel with front-end files and catalogues; Node comes with PyPI.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -c constraints.txt '.[controller]'

FROM python:3.11-slim
# Chinese characters on labels.
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /var/lib/fleet --uid 10001 fleet
COPY --from=build /wheels /wheels
COPY constraints.txt /tmp/constraints.txt
RUN pip install --no-cache-dir --no-index --find-links /wheels -c /tmp/constraints.txt 'campus-fleet[controller]' \
    && rm -rf /wheels /tmp/constraints.txt
USER fleet
WORKDIR /var/lib/fleet
VOLUME /var/lib/fleet
EXPOSE 8080
CMD ["sh", "-c", "fleet db upgrade && exec fleet serve"]
