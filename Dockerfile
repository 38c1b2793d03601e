# The emulator alone, without the tools that built it.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/ark
COPY requirements-run.lock ./
RUN /opt/ark/bin/pip install --no-cache-dir --require-hashes -r requirements-run.lock
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY emulator ./emulator
COPY scenarios ./scenarios
RUN /opt/ark/bin/pip install --no-cache-dir --no-deps --no-build-isolation .
RUN /opt/ark/bin/python -m compileall -q /opt/ark/lib

FROM python:3.13-slim
# /data belongs to who serves, and so does a fresh volume that is mounted there: --store sqlite:/data/worlds.db
RUN useradd --uid 10001 --create-home ark && install -d -o ark -g ark /data
COPY --from=build /opt/ark /opt/ark
ENV PATH=/opt/ark/bin:$PATH ARK_EMULATOR_HOST=0.0.0.0
USER 10001
WORKDIR /home/ark
EXPOSE 7333
HEALTHCHECK --interval=5s --start-period=2s CMD ["ark-emulator", "health"]
ENTRYPOINT ["ark-emulator"]
CMD ["serve"]
