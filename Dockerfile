# lint-image in a container, for places without Python:
#
#     docker build --tag lint-image .
#     docker run --rm --volume "$PWD:/work" lint-image check Dockerfile
#
# To lint images of the local daemon, add --volume /var/run/docker.sock:/var/run/docker.sock.
ARG BASE=public.ecr.aws/docker/library/python:3.12-slim

FROM ${BASE} AS build
WORKDIR /source
# What .dockerignore lets through is what a wheel is made of.
COPY . .
RUN python3 -m pip install --no-cache-dir --prefix /installed .

FROM ${BASE}
COPY --from=build /installed/ /usr/local/
WORKDIR /work
ENTRYPOINT ["lint-image"]
CMD ["--help"]
