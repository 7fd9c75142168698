# pypes in a container: a slim image, no root, a root file system that may be read-only; only /data is written.
#
#   docker build -t pypes .
#   docker run --read-only --tmpfs /tmp -v pypes:/data -e PYPES_TOKEN=… -p 127.0.0.1:7979:7979 pypes

FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m venv /opt/pypes \
 && /opt/pypes/bin/pip install --no-cache-dir --disable-pip-version-check '.[postgres]'

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin pypes \
 && install -d -o pypes -g pypes -m 0700 /data
COPY --from=build /opt/pypes /opt/pypes
ENV PATH=/opt/pypes/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYPES_HOME=/data \
    PYPES_HOST=0.0.0.0
USER 10001:10001
VOLUME /data
EXPOSE 7979
STOPSIGNAL SIGTERM
# Over the unix socket in /data, which asks for no token: 0 while the daemon answers, 3 when it does not.
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s CMD ["pypes", "status"]
ENTRYPOINT ["pypes"]
CMD ["start", "--attach"]
