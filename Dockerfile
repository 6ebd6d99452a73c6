# Hookledger in a container: one binary, one folder for its data.
#
#   docker build --tag hookledger .
FROM node:22-bookworm-slim AS console
WORKDIR /source/crates/console/web
COPY crates/console/web/package.json crates/console/web/package-lock.json crates/console/web/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY crates/console/web ./
RUN npm run build

FROM rust:1.95-bookworm AS build
WORKDIR /source
# What the image brings, rather than what rust-toolchain.toml adds for developers.
ENV RUSTUP_TOOLCHAIN=1.95.0
COPY . .
COPY --from=console /source/crates/console/web/dist crates/console/web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --locked --release --package hookledger --bin hookledger \
    && cp target/release/hookledger /usr/local/bin/

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data hookledger \
    && install --directory --owner=hookledger --mode=0700 /data
COPY --from=build /usr/local/bin/hookledger /usr/local/bin/
# By its number, so that whoever runs the image can tell that it is not root.
USER 10001
ENV HOOKLEDGER_LISTEN=0.0.0.0:4300 HOOKLEDGER_DATA=/data HOOKLEDGER_LOG_FORMAT=json
VOLUME /data
EXPOSE 4300
ENTRYPOINT ["hookledger"]
CMD ["serve"]
