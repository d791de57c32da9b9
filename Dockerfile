# syntax=docker/dockerfile:1
# One static binary, run by nobody, with nothing else in the image.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ENV CGO_ENABLED=0
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/cunwu . \
 && mkdir -p /out/data \
 && cp -r /usr/share/zoneinfo /out/zoneinfo

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/cunwu /cunwu
COPY --from=build /out/zoneinfo /usr/share/zoneinfo
# The data folder belongs to the user under which the server runs, so that a
# fresh volume mounted there does, too.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV CUNWU_ENV=production \
    CUNWU_LISTEN=0.0.0.0:8080 \
    CUNWU_DATA=/data
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["/cunwu", "health"]
ENTRYPOINT ["/cunwu"]
CMD ["serve"]
